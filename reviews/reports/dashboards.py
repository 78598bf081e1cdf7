"""The figures of a round: of the nation, of a body, by sector, status and conclusion."""

from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from reviews.actions.tallying import present_tallies
from reviews.models import Campaign, CampaignRule, Conclusion, Review, ReviewEvent, Status
from reviews.reports.past import PRESENT, AsOf
from reviews.reports.tallies import (
    BodyTally,
    SectorGroups,
    groups_of_body,
    tallies_by_body,
    tally_of,
    tally_of_body,
)
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


@dataclass(frozen=True, slots=True)
class BodyReport:
    """Everything of one body's dashboard, from one reading: figures, by status, by sector, by conclusion."""

    figures: BodyFigures
    statuses: list[StatusCount]
    sectors: list[SectorFigures]
    conclusions: list[tuple[str, str, int]]


def national_figures(campaign: Campaign, asked: AsOf = PRESENT) -> tuple[list[BodyFigures], BodyFigures]:
    """(figures of every body taking part, the national row over the ministries), in a fixed number of queries.

    Those of the present are the kept ones; what has changed since they were kept is counted again.
    """
    tallies = present_tallies(campaign) if asked.is_present else tallies_by_body(campaign, asked)
    rule = campaign.rule
    rows = [figures_of(body, rule, tallies.get(body.pk, BodyTally())) for body in bodies_of(campaign)]
    return rows, nation_of(rows, rule)


def nation_of(rows: list[BodyFigures], rule: CampaignRule) -> BodyFigures:
    """The national row over the ministries among ``rows``."""
    target, target_bp = rule.target_for(OrganisationKind.MINISTRY)
    return nation(rows, target=TargetKind(target), target_bp=target_bp, headline=Tier(rule.headline_tier))


def body_figures(
    campaign: Campaign, organisation: Organisation, asked: AsOf = PRESENT
) -> tuple[BodyFigures, list[StatusCount]]:
    """One body's figures and its reviews by status: all eight, adding up to the total."""
    kept = present_tallies(campaign, organisation) if asked.is_present else {}
    counted = kept.get(organisation.pk) or tally_of_body(campaign, organisation, asked)
    return figures_of(organisation, campaign.rule, counted), _statuses(counted)


def body_report(campaign: Campaign, organisation: Organisation, reader: User, asked: AsOf = PRESENT) -> BodyReport:
    """Figures, statuses, sectors and conclusions of one body as ``reader`` may see them, in one query for all."""
    groups = groups_of_body(campaign, organisation, asked)
    counted = tally_of(groups.values_of_all())
    return BodyReport(
        figures_of(organisation, campaign.rule, counted),
        _statuses(counted),
        _by_sector(campaign.rule, organisation, groups),
        _by_conclusion(organisation, groups, reader),
    )


def _statuses(counted: BodyTally) -> list[StatusCount]:
    return [StatusCount(status, status.label, counted.statuses.get(status, 0)) for status in Status]


def _by_sector(rule: CampaignRule, organisation: Organisation, groups: SectorGroups) -> list[SectorFigures]:
    """Figures sector by sector, in Vietnamese order, procedures without a sector last.

    The target binds the body as a whole, so for a sector it is only a line to compare with.
    """
    target, target_bp = rule.target_for(organisation.kind)
    line = TargetKind.NONE if target == TargetKind.NONE else TargetKind.REFERENCE
    tallies = {key: tally_of(found).tally for key, found in groups.items()}
    return [
        SectorFigures(
            sector,
            BodyFigures(
                code="" if sector is None else str(sector),
                name=name or NO_SECTOR,
                kind="sector",
                tally=tallies[sector, name],
                target=line,
                target_bp=target_bp,
                headline=Tier(rule.headline_tier),
            ),
        )
        for sector, name in sorted(groups, key=lambda key: (key[0] is None, collation_key(key[1])))
        if tallies[sector, name].total
    ]


def _by_conclusion(organisation: Organisation, groups: SectorGroups, reader: User) -> list[tuple[str, str, int]]:
    """(conclusion, label, how many) of eligible reviews whose content ``reader`` may read.

    Those without a conclusion yet come last, under "none"; what the reader may not read is in no row.
    """
    form, readable = Review(organisation=organisation), set()
    for status in Status.values:
        form.status = status
        if form.content_visible_to(reader):
            readable.add(status)
    numbers = Counter()
    for group in groups.values_of_all():
        if group.eligible and group.status in readable:
            numbers[group.conclusion] += group.number
    counts = [(choice.value, choice.label, numbers[choice.value]) for choice in Conclusion]
    return [*counts, ("none", NO_CONCLUSION, numbers[""])]


# The newest event of a round, and whether another session of this database (of the server's others none counts) writes.
_NEWEST = """
SELECT (SELECT MAX(id) FROM reviews_reviewevent WHERE campaign_id = %s), EXISTS (
    SELECT 1 FROM pg_stat_activity
    WHERE backend_xid IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()
)
"""


def last_event(campaign: Campaign) -> int | None:
    """The newest event of the round: while it stays, no figure has changed. 0 before the first.

    None while anybody is writing on PostgreSQL: events are numbered before they are committed, so one with a lower
    number may still come, and the newest would not tell of it. SQLite has one writer at a time.
    """
    if connection.vendor != "postgresql":
        return ReviewEvent.objects.filter(campaign=campaign).aggregate(last=Max("pk"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, [campaign.pk])
        newest, writing = cursor.fetchone()
    return None if writing else newest or 0


def figures_of(organisation: Organisation, rule: CampaignRule, counted: BodyTally) -> BodyFigures:
    """The figures of one body under ``rule``."""
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
