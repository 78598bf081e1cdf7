"""Every page of the bodies' people, at an office, zoomed, on a telephone, on paper: it fits, axe finds nothing."""

import pytest

from reviews.models import BulkChange, Review, ReviewEvent, Status, Submission, Ticket
from tests.e2e.sweeping import show_the_demo, sweep
from tthc_portal.accounts.models import User

NOTHING = "q=khong-co-thu-tuc-nay"
# One person reads what all of them see; the others only what differs for them.
COMMON = (
    "/", "/notices/", "/notices/?state=read",
    "/reviews/", f"/reviews/?{NOTHING}", "/procedures/", f"/procedures/?{NOTHING}", "/procedures/corrections/",
    "/campaigns/", "/campaigns/2021/", "/campaigns/2021/scope/", "/support/", "/reports/", "/reports/01/",
    "/reports/02/", "/reports/documents/", "/reports/summary/G15/",
)  # fmt: skip


@pytest.fixture
def demo(transactional_db, settings):
    """The illustrative round of 2021, in mid-course."""
    show_the_demo()


def official(user):
    """A specialist: his forms, their history and neighbours, the ways to fill many, help."""
    own = Review.objects.filter(organisation=user.body, eligible=True)
    draft = own.filter(status=Status.DRAFT, assignee=user).first()
    told = ReviewEvent.objects.filter(review__in=own, action="save").exclude(content=None).first()
    question = Ticket.objects.filter(organisation=user.body).first()
    return (
        *COMMON, "/dashboard/G15/", "/reviews/quick/", f"/reviews/quick/?{NOTHING}", "/reviews/bulk-changes/",
        "/reviews/bulk-changes/new/", "/reviews/uploads/", "/reviews/phrases/", "/support/ask/",
        "/support/help/trang-thai/", "/support/help/thuat-ngu/", "/accounts/password/change/",
        f"/reviews/{draft.pk}/precedents/", f"/reviews/{told.review_id}/history/{told.sequence}/",
        f"/procedures/{draft.scope_item.code}/report-wrong/", f"/support/questions/{question.pk}/",
    )  # fmt: skip


def focal_point(user):
    """A focal point: a form in each status, the body's people, assigning and sending."""
    visible = Review.objects.visible_to(user).filter(organisation=user.body, eligible=True)
    reviews = (visible.filter(status=status).first() for status in Status)
    sent = Submission.objects.filter(organisation=user.body).first()
    return (
        "/", "/reviews/", "/reviews/sending/", f"/reviews/submissions/{sent.pk}/", "/procedures/deciders/",
        "/procedures/deciders/?group=executing", "/procedures/deciders/?group=sector", "/reviews/assignments/",
        "/reviews/assignments/spread/", "/reviews/assignments/handover/", "/reviews/deputies/",
        "/campaigns/2021/adjustments/", "/campaigns/2021/extensions/", "/users/", "/users/new/", "/users/import/",
        f"/users/{User.objects.get(username='g15.chuyenvien').pk}/",
        *(f"/reviews/{review.pk}/" for review in reviews if review),
    )  # fmt: skip


def province(user):
    """A province's focal point: its short forms, the common answer, what was answered so."""
    change = BulkChange.objects.get(organisation=user.body)
    short = Review.objects.filter(organisation=user.body, status=Status.DRAFT).first()
    return (
        "/", "/reviews/", "/dashboard/H35/", "/reviews/assignments/", "/reviews/quick/", "/reviews/the-rest/",
        f"/reviews/bulk-changes/{change.pk}/", f"/reviews/{short.pk}/", "/users/", "/reports/summary/H35/",
    )  # fmt: skip


@pytest.mark.usefixtures("demo")
def test_every_page_of_a_body_fits_its_window_and_axe_finds_nothing(visitor):
    faults = sweep(
        visitor,
        {
            "g15.chuyenvien": official,
            "g15.daumoi": focal_point,
            "g15.lanhdao": ("/", "/reviews/", "/reviews/sending/", "/reviews/assignments/", "/dashboard/G15/"),
            "h35.daumoi": province,
        },
    )
    assert not faults, "\n".join(faults)
