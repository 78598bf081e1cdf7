"""Every page of the department, administrators and auditors, at each width and on paper: it fits, axe finds nothing."""

import pytest
from django.utils import timezone

from procedures.models import ImportBatch
from reviews.models import AdjustmentItem, BulkChange, Campaign, Review, Status, Submission
from reviews.rules.guide import ARTICLES
from tests.e2e.sweeping import show_the_demo, sweep
from tthc_portal.accounts.models import User
from tthc_portal.jobs.models import Job

# Another rule than the round's, as the page of "tính thử" puts it in its address.
TRIED = (
    "ministry_target=25&ministry_target_kind=binding&province_target=20&province_target_kind=reference"
    "&excluded_levels=COMMUNE_PC&headline_tier=accepted"
)
OFFICIAL = (
    "/", "/reviews/", "/reviews/submissions/", "/procedures/", "/procedures/matching/", "/procedures/matching/chosen/",
    "/procedures/corrections/", "/campaigns/", "/campaigns/2021/", "/campaigns/2021/scope/", "/support/", "/dashboard/",
    "/dashboard/G15/", "/dashboard/H35/", "/campaigns/new/", "/campaigns/2021/edit/", "/campaigns/2021/close/",
    "/campaigns/2021/extensions/", "/campaigns/2021/adjustments/", "/campaigns/2021/adjustments/new/",
    "/campaigns/2021/adjustments/candidates/", "/campaigns/2021/bodies/", "/campaigns/2021/provinces/",
    "/campaigns/2021/drift/", "/campaigns/2026/", "/campaigns/2026/bodies/", "/campaigns/2026/provinces/",
    "/campaigns/2026/open/", "/campaigns/2026/what-if/", "/reports/", "/reports/01/", "/reports/02/",
    "/reports/documents/", "/reports/summary/VN/", "/reports/summary/G15/",
)  # fmt: skip


@pytest.fixture
def demo(transactional_db, settings):
    """The illustrative round of 2021, in mid-course."""
    show_the_demo()


def head(user):
    """The head: a form in each status, a history, why procedures count, past figures, each article."""
    visible = Review.objects.visible_to(user).filter(organisation__code="G15")
    reviews = (visible.filter(status=status, eligible=True).first() for status in Status)
    told = visible.order_by("-event_count").first()
    return (
        "/", "/reviews/", "/campaigns/2021/what-if/", f"/campaigns/2021/what-if/?{TRIED}",
        "/campaigns/2021/adjustments/?state=pending", "/dashboard/?basis=frozen",
        *(f"/support/help/{article.slug}/" for article in ARTICLES),
        *(f"/reviews/{review.pk}/" for review in reviews if review),
        f"/reviews/{told.pk}/history/", f"/procedures/{told.scope_item.code}/",
        *adjusted(told.scope_item.code),
    )  # fmt: skip


def adjusted(code):
    """Every adjustment, why an adjusted procedure and ``code`` count or not, and the figures of the day it opened."""
    campaign = Campaign.objects.get(code="2021")
    moved = AdjustmentItem.objects.filter(adjustment__approved_at__isnull=False).first().procedure.code
    past = f"basis=frozen&on={timezone.localdate(campaign.frozen_at)}"
    return [
        *(f"/campaigns/2021/adjustments/{one.pk}/" for one in campaign.adjustments.all()),
        *(f"/campaigns/2021/scope/{one}/" for one in (moved, code)),
        *(f"/dashboard/{body}?{past}" for body in ("", "G15/")),
    ]


def administrator(user):
    """The keeper of catalogue and people, and of long work."""
    return (
        "/", "/procedures/", "/procedures/import/", "/procedures/deciders/",
        "/procedures/deciders/?organisation=G15&group=executing", "/users/", "/users/?organisation=G15", "/users/new/",
        "/users/import/", f"/users/{User.objects.get(username='g15.chuyenvien').pk}/",
        f"/procedures/import/{ImportBatch.objects.latest('pk').pk}/", f"/jobs/{Job.objects.latest('pk').pk}/",
    )  # fmt: skip


def auditor(user):
    """The one who reads everything and writes nothing."""
    sent, change = Submission.objects.filter(organisation__code="G15").first(), BulkChange.objects.first()
    return (
        "/", "/dashboard/", "/campaigns/2021/adjustments/", "/campaigns/2021/bodies/", "/reviews/bulk-changes/",
        f"/reviews/bulk-changes/{change.pk}/", f"/reviews/submissions/{sent.pk}/",
    )  # fmt: skip


@pytest.mark.usefixtures("demo")
def test_every_page_of_those_who_oversee_fits_its_window_and_axe_finds_nothing(visitor):
    pages = {"cuc.chuyenvien": OFFICIAL, "cuc.lanhdao": head, "admin": administrator, "kiemtra": auditor}
    faults = sweep(visitor, pages)
    assert not faults, "\n".join(faults)
