"""Long work of reviews, done by the worker."""

from reviews.actions.campaigns import open_campaign
from reviews.models import Campaign
from tthc_portal.jobs.models import Job
from tthc_portal.jobs.runner import Progress, job_kind

OPEN_CAMPAIGN = "open_campaign"


@job_kind(OPEN_CAMPAIGN)
def open_round(job: Job, progress: Progress) -> dict:
    """Open the round named by ``job.arguments["campaign"]``; a second run finds it open and writes nothing."""
    campaign = Campaign.objects.get(code=job.arguments["campaign"])
    opened = open_campaign(by=job.created_by, campaign=campaign, progress=progress)
    return {
        "url": f"/campaigns/{campaign.code}/",
        "message": f"Đợt “{campaign.title}” đã mở: {opened.items} thủ tục, {opened.reviews} phiếu rà soát.",
    }
