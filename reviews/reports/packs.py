"""What a pack ready for signing holds, and what sending it would make of its body's share."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from reviews.models import Campaign, Conclusion, Review, Status
from reviews.reports.dashboards import body_figures
from reviews.reports.tallies import in_figures
from reviews.rules.shares import BodyFigures, Share, TargetKind, Tier
from tthc_portal.accounts.models import Organisation


@dataclass(frozen=True, slots=True)
class PackFigures:
    """Checked reviews of a body: how many, of them by conclusion, and the proposed share now and once all are sent."""

    body: BodyFigures
    checked: int
    counted: int
    conclusions: dict[str, int]
    share_now: Share
    share_after: Share

    @property
    def is_reference(self) -> bool:
        """Whether the target is only a line to compare with."""
        return self.body.target == TargetKind.REFERENCE


def pack_figures(campaign: Campaign, body: Organisation) -> PackFigures:
    """Figures of everything ``body`` has checked in ``campaign`` and not yet sent."""
    figures, _statuses = body_figures(campaign, body)
    checked = Review.objects.filter(campaign=campaign, organisation=body, status=Status.CHECKED)
    groups = dict(checked.order_by().values_list("conclusion").annotate(number=Count("pk")))
    counted = in_figures(checked).aggregate(number=Count("pk", filter=Q(counted=True)))["number"]
    now = figures.share_of(Tier.PROPOSED)
    return PackFigures(
        body=figures,
        checked=sum(groups.values()),
        counted=counted,
        conclusions={Conclusion(name).label: number for name, number in sorted(groups.items()) if name},
        share_now=now,
        share_after=Share(now.n + counted, now.e, now.target_bp),
    )


def submissions_of(submissions: QuerySet, campaign: Campaign, body: Organisation) -> QuerySet:
    """Those of ``submissions`` that ``body`` made in ``campaign``, newest first; ``number`` counts their reviews."""
    found = submissions.filter(campaign=campaign, organisation=body).select_related("sent_by")
    return found.annotate(number=Count("items")).order_by("-sent_at")
