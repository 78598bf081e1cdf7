"""The figures of a round: of the nation, of a body, by sector, status and conclusion."""

from dataclasses import dataclass

from django.db.models import Count, Max

from reviews.models import Campaign, Conclusion, Review, ReviewEvent, Status
from reviews.reports.tallies import BodyTally, in_figures, tallies_by_body, tallies_by_sector, tally_of_body
from reviews.rules.shares import BodyFigures, TargetKind, Tier, nation
from tthc_portal.accounts.models import Organisation, OrganisationKind, User
from tthc_portal.accounts.naming import under_names_of
from tthc_portal.text import collation_key

NO_SECTOR = "Chưa xếp lĩnh vực"
NO_CONCLUSION = "Chưa có kết luận"


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many of a body's reviews stand in one status."""

    status: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class SectorFigures:
    """The figures of one sector within a body; ``sector`` is its primary key, None for procedures without one."""

    sector: int | None
    figures: BodyFigures


def bodies_of(campaign: Campaign) -> list[Organisation]:
    """Bodies taking part, ministries first, in the order of their codes, under the names of the round's day."""
    bodies = Organisation.objects.filter(participations__campaign=campaign).order_by("kind", "code")
    return under_names_of(campaign.bodies_on, bodies)


def national_figures(campaign: Campaign) -> tuple[list[BodyFigures], BodyFigures]:
    """(figures of every body taking part, the national row over the ministries), in a fixed number of queries."""
    tallies = tallies_by_body(campaign)
    rule = campaign.rule
    rows = [_figures(body, rule, tallies.get(body.pk, BodyTally())) for body in bodies_of(campaign)]
    target, target_bp = rule.target_for(OrganisationKind.MINISTRY)
    total = nation(rows, target=TargetKind(target), target_bp=target_bp, headline=Tier(rule.headline_tier))
    return rows, total


def body_figures(campaign: Campaign, organisation: Organisation) -> tuple[BodyFigures, list[StatusCount]]:
    """One body's figures and its reviews by status: all eight, adding up to the total."""
    counted = tally_of_body(campaign, organisation)
    statuses = [StatusCount(status, status.label, counted.statuses.get(status, 0)) for status in Status]
    return _figures(organisation, campaign.rule, counted), statuses


def by_sector(campaign: Campaign, organisation: Organisation) -> list[SectorFigures]:
    """One body's figures sector by sector, in Vietnamese order, procedures without a sector last.

    The target binds the body as a whole, so for a sector it is only a line to compare with.
    """
    rule = campaign.rule
    target, target_bp = rule.target_for(organisation.kind)
    line = TargetKind.NONE if target == TargetKind.NONE else TargetKind.REFERENCE
    found = tallies_by_sector(campaign, organisation)
    return [
        SectorFigures(
            sector,
            BodyFigures(
                code="" if sector is None else str(sector),
                name=name or NO_SECTOR,
                kind="sector",
                tally=found[sector, name],
                target=line,
                target_bp=target_bp,
                headline=Tier(rule.headline_tier),
            ),
        )
        for sector, name in sorted(found, key=lambda key: (key[0] is None, collation_key(key[1])))
    ]


def by_conclusion(campaign: Campaign, organisation: Organisation, reader: User) -> list[tuple[str, str, int]]:
    """(conclusion, label, how many) of a body's eligible reviews whose content ``reader`` may read.

    Those without a conclusion yet come last, under "none"; what the reader may not read is in no row.
    """
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation=organisation, eligible=True))
    rows = reviews.readable_by(reader).order_by().values_list("conclusion").annotate(number=Count("pk"))
    numbers = dict(rows)
    counts = [(choice.value, choice.label, numbers.get(choice.value, 0)) for choice in Conclusion]
    return [*counts, ("none", NO_CONCLUSION, numbers.get("", 0))]


def last_event(campaign: Campaign) -> int:
    """The newest event of the round: while it stays, no figure has changed. 0 before the first."""
    return ReviewEvent.objects.filter(campaign=campaign).aggregate(last=Max("pk"))["last"] or 0


def _figures(organisation: Organisation, rule, counted: BodyTally) -> BodyFigures:
    target, target_bp = rule.target_for(organisation.kind)
    return BodyFigures(
        code=organisation.code,
        name=organisation.name,
        kind=organisation.kind,
        tally=counted.tally,
        target=TargetKind(target),
        target_bp=target_bp,
        headline=Tier(rule.headline_tier),
    )
