"""Every main page as every role, on an office screen and on a telephone: it fits, axe finds nothing, no errors."""

import pytest
from django.core.management import call_command

from procedures.models import ImportBatch
from reviews.models import Review, Status
from tests.e2e.conftest import OFFICE, PHONE
from tthc_portal.accounts.models import User

# One of each kind reads everything; the others only what differs for them.
COMMON = (
    "/", "/reviews/", "/procedures/", "/campaigns/", "/campaigns/2021/", "/campaigns/2021/scope/", "/support/",
)  # fmt: skip
PAGES = {
    "g15.chuyenvien": (
        *COMMON, "/dashboard/G15/", "/support/ask/", "/support/help/trang-thai/", "/support/help/thuat-ngu/",
        "/accounts/password/change/",
    ),
    "g15.daumoi": ("/", "/reviews/", "/reviews/sending/", "/procedures/deciders/"),
    "g15.lanhdao": ("/", "/reviews/", "/reviews/sending/"),
    "h35.daumoi": ("/", "/reviews/", "/dashboard/H35/"),
    "cuc.chuyenvien": (
        *COMMON, "/dashboard/", "/dashboard/G15/", "/dashboard/H35/", "/campaigns/new/", "/campaigns/2021/edit/",
        "/campaigns/2021/close/",
    ),
    "cuc.lanhdao": ("/", "/reviews/"),
    "admin": ("/", "/procedures/", "/procedures/import/", "/procedures/deciders/"),
    "kiemtra": ("/", "/dashboard/"),
}  # fmt: skip
SIZES = {"office": OFFICE, "phone": PHONE, "zoomed": {"width": 1093, "height": 614}}


@pytest.fixture
def demo(transactional_db, settings):
    """The illustrative round of 2021, in mid-course."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("demo", verbosity=0)


def addresses(name, user):
    """The pages of ``name`` and, for the two who read everything, a review in each status, a history, a procedure."""
    visible = Review.objects.visible_to(user).filter(organisation__code="G15")
    pages = list(PAGES[name])
    if name in {"g15.daumoi", "cuc.lanhdao"}:
        reviews = (visible.filter(status=status, eligible=True).first() for status in Status)
        pages += [f"/reviews/{review.pk}/" for review in reviews if review]
    if name == "cuc.lanhdao":
        told = visible.order_by("-event_count").first()
        pages += [f"/reviews/{told.pk}/history/", f"/procedures/{told.scope_item.code}/"]
    if name == "admin":
        pages += [f"/procedures/import/{batch.pk}/" for batch in ImportBatch.objects.all()[:1]]
    return pages


def faults_of(person, path):
    """What is wrong with ``path`` at each size: pixels over the edge, what axe finds."""
    person.goto(path)
    for label, size in SIZES.items():
        person.page.set_viewport_size(size)
        if wide := person.overflows():
            yield f"{path} {wide} px too wide ({label})"
        # The structure is the same at every width; the two ends are enough for axe.
        if label != "zoomed":
            yield from (f"{path} ({label}) {found}" for found in person.axe())
    person.page.set_viewport_size(OFFICE)


@pytest.mark.usefixtures("demo")
def test_every_page_fits_its_window_and_axe_finds_nothing(visitor):
    faults = []
    for name in PAGES:
        user = User.objects.get(username=name)
        person = visitor(user)
        faults += [f"{name}: {fault}" for path in addresses(name, user) for fault in faults_of(person, path)]
        person.page.close()
    assert not faults, "\n".join(faults)


def test_the_door_fits_and_axe_finds_nothing(visitor):
    faults = list(faults_of(visitor(), "/accounts/login/"))
    assert not faults, "\n".join(faults)
