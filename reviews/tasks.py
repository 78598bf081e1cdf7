"""Long work of reviews, done by the worker."""

from django.urls import reverse

# What comes round by itself registers when its module is read: the worker must know it too.
from reviews import longwork, papers  # noqa: F401
from reviews.actions import reminding, sweeping, working  # noqa: F401
from reviews.actions.adjusting import approve
from reviews.actions.campaigns import open_campaign
from reviews.models import Campaign, ScopeAdjustment
from tthc_portal.jobs.models import Job
from tthc_portal.jobs.runner import Progress, job_kind

OPEN_CAMPAIGN = "open_campaign"
APPROVE_ADJUSTMENT = "approve_adjustment"


@job_kind(OPEN_CAMPAIGN)
def open_round(job: Job, progress: Progress) -> dict:
    """Open the round named by ``job.arguments["campaign"]`` as ``seen``; a second run finds it open, writes nothing."""
    campaign = Campaign.objects.get(code=job.arguments["campaign"])
    seen = job.arguments.get("seen", "")
    opened = open_campaign(by=job.created_by, campaign=campaign, seen=seen, progress=progress)
    return {
        "url": f"/campaigns/{campaign.code}/",
        "message": f"Đợt “{campaign.title}” đã mở: {opened.items} thủ tục, {opened.reviews} phiếu rà soát.",
    }


@job_kind(APPROVE_ADJUSTMENT)
def approve_adjustment(job: Job, progress: Progress) -> dict:
    """Approve ``job.arguments["adjustment"]`` as ``seen``, all in one transaction.

    A second run finds it approved by the same person and writes nothing. Raises ValidationError.
    """
    adjustment = ScopeAdjustment.objects.select_related("campaign").get(pk=job.arguments["adjustment"])
    if adjustment.approved_by_id is None or adjustment.approved_by_id != job.created_by_id:
        approve(by=job.created_by, adjustment=adjustment, seen=job.arguments["seen"], progress=progress)
    return {
        "url": reverse("reviews:adjustment", args=[adjustment.campaign.code, adjustment.pk]),
        "message": f"Điều chỉnh theo {adjustment.document_number} đã được duyệt; số liệu của đợt đã thay đổi.",
    }
