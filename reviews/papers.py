"""Biểu 02 as a reader may have it: at once while it is short, by the worker when it runs to thousands of lines."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.files import File
from django.db.models import QuerySet
from django.urls import reverse

from reviews.models import Campaign, Review
from reviews.reports import workbooks
from reviews.reports.official import Row, Table, heading_of, write_official
from reviews.rules.shares import Tier
from reviews.views.asof import Asked
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.accounts.naming import under_names_of
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import Progress, enqueue, job_kind

PROPOSALS_FILE = "proposals_file"
# Lines that are made into a sheet while the reader waits: about a thousand a second, two seconds of them. A paper with
# more is the worker's.
LARGE = 2_000


@dataclass(frozen=True, slots=True)
class Proposals:
    """Biểu 02 of a round for one reader: the table but for its lines, the reviews it lists in its order, how many."""

    campaign: Campaign
    table: Table
    found: QuerySet
    total: int

    @property
    def is_large(self) -> bool:
        """Whether its sheet takes longer than one waits for an answer."""
        return self.total > LARGE

    @property
    def file_name(self) -> str:
        """The name of its sheet."""
        return f"bieu-02-{self.campaign.code}.xlsx"

    def rows(self) -> Iterator[Row]:
        """All its lines, streamed."""
        return workbooks.proposals_rows(self.found, self.campaign, total=self.total)


def proposals_of(
    reader: User, campaign: Campaign, *, tier: Tier, body: Organisation | None = None, kind: str = "", asked: Asked
) -> Proposals:
    """Biểu 02 at ``tier`` of ``body``, or of the bodies of ``kind`` (blank: all), as far as ``reader`` may read."""
    seen = Review.objects.visible_to(reader).readable_by(reader).filter(workbooks.of_reader(body, kind))
    heading = heading_of(under_names_of(campaign.bodies_on, [reader.body])[0], asked.now)
    left = workbooks.not_counted(seen, campaign)
    table = workbooks.proposals_table(campaign, tier, heading, asked.words, asked.source, left)
    found = workbooks.proposals(seen, campaign, tier)
    return Proposals(campaign, table, found, found.count())


def make_in_background(*, by: User, campaign: Campaign, tier: Tier, body: Organisation | None, kind: str) -> Job:
    """The job that makes the sheet for ``by``: the one already under way for the same paper, else a new one."""
    asked = {
        "campaign": campaign.code,
        "tier": tier.value,
        "body": body.pk if body else None,
        "kind": kind,
    }
    under_way = Job.objects.filter(
        kind=PROPOSALS_FILE, created_by=by, state__in=(JobState.WAITING, JobState.RUNNING), cancel_requested=False
    )
    for job in under_way:
        if job.arguments == asked and not job.is_silent:
            return job
    return enqueue(kind=PROPOSALS_FILE, title=f"Lập tệp Biểu 02: {campaign.title}"[:300], by=by, arguments=asked)


@job_kind(PROPOSALS_FILE)
def make_proposals_file(job: Job, progress: Progress) -> dict:
    """Write the sheet that ``job.arguments`` describe, as its asker may read it now; it becomes the job's file.

    Nothing else is written, so a second run only makes the file again.
    """
    told = job.arguments
    campaign = Campaign.objects.visible_to(job.created_by).get(code=told["campaign"])
    body = Organisation.objects.get(pk=told["body"]) if told["body"] else None
    asked = Asked(campaign)
    tier, kind = Tier(told["tier"]), told["kind"]
    paper = proposals_of(job.created_by, campaign, tier=tier, body=body, kind=kind, asked=asked)
    with tempfile.TemporaryFile(suffix=".xlsx") as target:
        write_official(target, paper.table, _reported(paper.rows(), progress, paper.total))
        target.seek(0)
        job.result_file.save(paper.file_name, File(target), save=False)
    words = f"{paper.total:,}".replace(",", ".")
    return {
        "message": f"Biểu 02 gồm {words} phương án đã lập xong. {asked.words}.",
        "url": f"{reverse('reviews:report_proposals')}?campaign={campaign.code}",
        "url_label": "Về Biểu 02",
    }


def _reported(rows: Iterable[Row], progress: Progress, total: int) -> Iterator[Row]:
    """``rows`` as they pass, each procedure's line told to ``progress``."""
    done = 0
    for row in rows:
        if row.kind == "row":
            done += 1
            progress(done, total)
        yield row
