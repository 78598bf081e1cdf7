"""Every main page as every role, on an office screen and on a telephone: it fits, axe finds nothing, no errors."""

import datetime

import pytest
from django.core.management import call_command
from django.utils import timezone

from procedures.models import ImportBatch
from reviews.actions import adjusting
from reviews.actions.adjustment_effects import Line
from reviews.actions.campaigns import create_campaign
from reviews.actions.deadlines import extend
from reviews.actions.preparing import request_reception
from reviews.models import AdjustmentItem, Campaign, Review, Status
from reviews.rules.guide import ARTICLES
from tests.e2e.conftest import OFFICE, PHONE
from tthc_portal.accounts.deputies import appoint
from tthc_portal.accounts.models import Organisation, User

WORDY = (
    "Qua phiếu đã gửi, các thủ tục này chỉ do Ủy ban nhân dân cấp xã quyết định theo Nghị định số 23/2015/NĐ-CP; đề "
    "nghị loại khỏi diện tính theo kết luận của Hội nghị ngày 30/9/2021."
)

# Another rule than the round's, as the page of "tính thử" puts it in its address.
TRIED = (
    "ministry_target=25&ministry_target_kind=binding&province_target=20&province_target_kind=reference"
    "&excluded_levels=COMMUNE_PC&headline_tier=accepted"
)
# One of each kind reads everything; the others only what differs for them.
COMMON = (
    "/", "/reviews/", "/procedures/", "/campaigns/", "/campaigns/2021/", "/campaigns/2021/scope/", "/support/",
)  # fmt: skip
PAGES = {
    "g15.chuyenvien": (
        *COMMON, "/dashboard/G15/", "/support/ask/", "/support/help/trang-thai/", "/support/help/thuat-ngu/",
        "/accounts/password/change/",
    ),
    "g15.daumoi": (
        "/", "/reviews/", "/reviews/sending/", "/procedures/deciders/", "/procedures/deciders/?group=executing",
        "/procedures/deciders/?group=sector", "/reviews/assignments/", "/reviews/assignments/spread/",
        "/reviews/assignments/handover/", "/reviews/deputies/", "/campaigns/2021/adjustments/",
        "/campaigns/2021/extensions/",
    ),
    "g15.lanhdao": ("/", "/reviews/", "/reviews/sending/", "/reviews/assignments/"),
    "h35.daumoi": ("/", "/reviews/", "/dashboard/H35/", "/reviews/assignments/"),
    "cuc.chuyenvien": (
        *COMMON, "/dashboard/", "/dashboard/G15/", "/dashboard/H35/", "/campaigns/new/", "/campaigns/2021/edit/",
        "/campaigns/2021/close/", "/campaigns/2021/extensions/", "/campaigns/2021/adjustments/",
        "/campaigns/2021/adjustments/new/", "/campaigns/2021/adjustments/candidates/", "/campaigns/2021/bodies/",
        "/campaigns/2021/provinces/", "/campaigns/2021/drift/", "/campaigns/2026/", "/campaigns/2026/bodies/",
        "/campaigns/2026/provinces/", "/campaigns/2026/open/", "/campaigns/2026/what-if/",
    ),
    "cuc.lanhdao": (
        "/", "/reviews/", "/campaigns/2021/what-if/", f"/campaigns/2021/what-if/?{TRIED}",
        "/campaigns/2021/adjustments/?state=pending", "/dashboard/?basis=frozen",
        *(f"/support/help/{article.slug}/" for article in ARTICLES),
    ),
    "admin": (
        "/", "/procedures/", "/procedures/import/", "/procedures/deciders/",
        "/procedures/deciders/?organisation=G15&group=executing",
    ),
    "kiemtra": ("/", "/dashboard/", "/campaigns/2021/adjustments/", "/campaigns/2021/bodies/"),
}  # fmt: skip
SIZES = {"office": OFFICE, "phone": PHONE, "zoomed": {"width": 1093, "height": 614}}


@pytest.fixture
def demo(transactional_db, settings):
    """The illustrative round of 2021, in mid-course."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("demo", verbosity=0)
    campaign = Campaign.objects.get(code="2021")
    official, head = (User.objects.get(username=f"cuc.{name}") for name in ("chuyenvien", "lanhdao"))
    adjust(campaign, official, head)
    prolong(campaign, head)
    prepare(official)
    focal = User.objects.get(username="g15.daumoi")
    today = timezone.localdate()
    appoint(by=focal, user=User.objects.get(username="g15.chuyenvien"), deputy=focal, starts_on=today, ends_on=today)


def adjust(campaign, official, head):
    """An adjustment in each state: approved, declined, waiting."""
    reviews = Review.objects.filter(
        campaign=campaign, organisation__code="G15", eligible=True, status__in=[Status.DRAFT, Status.SUBMITTED]
    )
    one, two, three, four = (row.scope_item.procedure for row in reviews.select_related("scope_item__procedure")[:4])
    paper = {"reason": WORDY, "document_number": "1235/TTr-KSTT", "document_date": campaign.opens_on}

    def propose(kind, *procedures):
        lines = [Line(procedure) for procedure in procedures]
        return adjusting.propose(by=official, campaign=campaign, kind=kind, lines=lines, **paper)

    adjusting.approve(by=head, adjustment=propose("exclude", one, two))
    adjusting.decline(by=head, adjustment=propose("remove", three), reason=WORDY)
    propose("exclude", four)


def prolong(campaign, head):
    """A ministry with more time than the others."""
    body = Organisation.objects.get(participations__campaign=campaign, code="G15")
    until = max(campaign.deadline, timezone.localdate()) + datetime.timedelta(days=9)
    extend(by=head, campaign=campaign, bodies=[body], until=until, reason=WORDY, document_number="1234/VPCP-KSTT")


def prepare(official):
    """A round in preparation, with a long title, which asks provinces further."""
    today = timezone.localdate()
    title = "Đợt rà soát, đơn giản hóa và phân cấp giải quyết thủ tục hành chính tại các bộ, tỉnh năm 2026"
    days = {"bodies_on": datetime.date(2021, 9, 30), "opens_on": today, "deadline": today}
    campaign = create_campaign(by=official, code="2026", title=title, **days)
    ministry = Organisation.objects.get(participations__campaign=campaign, code="G15")
    request_reception(by=official, campaign=campaign, owner=ministry)


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
        pages += adjusted_addresses(told.scope_item.code)
    if name == "admin":
        pages += [f"/procedures/import/{batch.pk}/" for batch in ImportBatch.objects.all()[:1]]
    return pages


def adjusted_addresses(code):
    """Every adjustment, why an adjusted procedure and ``code`` count or not, and the figures of the day it opened."""
    campaign = Campaign.objects.get(code="2021")
    adjusted = AdjustmentItem.objects.filter(adjustment__approved_at__isnull=False).first().procedure.code
    past = f"basis=frozen&on={timezone.localdate(campaign.frozen_at)}"
    return [
        *(f"/campaigns/2021/adjustments/{one.pk}/" for one in campaign.adjustments.all()),
        *(f"/campaigns/2021/scope/{one}/" for one in (adjusted, code)),
        *(f"/dashboard/{body}?{past}" for body in ("", "G15/")),
    ]


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
        # The preview of an opening works out two hundred thousand forms; a busy machine takes its time.
        person.context.set_default_timeout(60_000)
        faults += [f"{name}: {fault}" for path in addresses(name, user) for fault in faults_of(person, path)]
        person.page.close()
    assert not faults, "\n".join(faults)


def test_the_door_fits_and_axe_finds_nothing(visitor):
    faults = list(faults_of(visitor(), "/accounts/login/"))
    assert not faults, "\n".join(faults)
