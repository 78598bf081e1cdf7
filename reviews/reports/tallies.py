"""Counting reviews: the one query behind every figure, turned into the tallies of the rules.

A body's figures are taken over everything it was asked, less the procedures that are its own alone (đặc thù của địa
phương): those have their own statistics, so that a province is measured on the same catalogue as the others.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from reviews.models import Campaign, Review, ReviewKind, ScopeItem, Status
from reviews.rules.shares import ACCEPTED_STATUSES, APPROVED_STATUSES, PROPOSED_STATUSES, REVIEWED_STATUSES, Tally
from tthc_portal.accounts.models import Organisation, OrganisationKind

# What a review's part in every figure depends on, in the order of the covering index.
FACTS = ("organisation", "status", "counted", "eligible", "decider_unknown")


@dataclass(slots=True)
class BodyTally:
    """The counts of one body, and how its reviews divide over the statuses (adding up to ``tally.total``)."""

    tally: Tally = field(default_factory=Tally)
    statuses: Counter = field(default_factory=Counter)


def in_figures(reviews: QuerySet) -> QuerySet:
    """Those of ``reviews`` that figures are taken over: all but procedures of the province's own and those that an
    adjustment took out of the scope.
    """
    return reviews.filter(removed=False).exclude(kind=ReviewKind.LOCAL)


def tally_of(groups: Iterable[tuple[str, bool, bool, bool, int]]) -> Tally:
    """The tally of (status, counted, eligible, decider unknown, how many) groups."""
    total = excluded = unknown = reviewed = proposed = accepted = approved = returned = 0
    for status, counted, eligible, decider_unknown, number in groups:
        total += number
        if not eligible:
            excluded += number
            continue
        unknown += number if decider_unknown else 0
        reviewed += number if status in REVIEWED_STATUSES else 0
        if counted:
            proposed += number if status in PROPOSED_STATUSES else 0
            accepted += number if status in ACCEPTED_STATUSES else 0
            approved += number if status in APPROVED_STATUSES else 0
            returned += number if status == Status.RETURNED else 0
    return Tally(
        total=total,
        excluded=excluded,
        eligible=total - excluded,
        unknown=unknown,
        reviewed=reviewed,
        proposed=proposed,
        accepted=accepted,
        approved=approved,
        returned_counted=returned,
    )


def tallies_by_body(campaign: Campaign) -> dict[int, BodyTally]:
    """Every body's counts in ``campaign`` by its primary key, in three queries whatever the size of the round.

    The first is answered from the covering index alone; the few reviews of provinces' own procedures, found from the
    scope, and those that an adjustment took out are then taken off.
    """
    groups = Counter()
    for *facts, number in _grouped(Review.objects.filter(campaign=campaign)):
        groups[tuple(facts)] += number
    own_items = ScopeItem.objects.filter(
        campaign=campaign, owner__in=Organisation.objects.filter(kind=OrganisationKind.PROVINCE)
    )
    for *facts, number in _grouped(Review.objects.filter(scope_item__in=own_items, kind=ReviewKind.LOCAL)):
        groups[tuple(facts)] -= number
    gone = Review.objects.filter(campaign=campaign, removed=True).exclude(frozen_standing="")
    for *facts, number in _grouped(gone.exclude(kind=ReviewKind.LOCAL)):
        groups[tuple(facts)] -= number
    by_body: dict[int, list] = {}
    for (body, *facts), number in groups.items():
        if number:
            by_body.setdefault(body, []).append((*facts, number))
    return {body: _body_tally(found) for body, found in by_body.items()}


def tally_of_body(campaign: Campaign, organisation: Organisation) -> BodyTally:
    """One body's counts, in one query."""
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation=organisation))
    return _body_tally([tuple(group[1:]) for group in _grouped(reviews)])


def tallies_by_sector(campaign: Campaign, organisation: Organisation) -> dict[tuple[int | None, str], Tally]:
    """One body's counts by (sector, its name as frozen), in one query; procedures without a sector under (None, "")."""
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation=organisation))
    sector = ("scope_item__sector", "scope_item__sector_name")
    rows = reviews.order_by().values_list(*sector, *FACTS[1:]).annotate(number=Count("pk"))
    groups: dict[tuple[int | None, str], list] = {}
    for key, name, *facts in rows:
        groups.setdefault((key, name), []).append(tuple(facts))
    return {sector: tally_of(found) for sector, found in groups.items()}


def _grouped(reviews: QuerySet) -> QuerySet:
    """(organisation, status, counted, eligible, decider unknown, how many) of ``reviews``."""
    return reviews.order_by().values_list(*FACTS).annotate(number=Count("pk"))


def _body_tally(groups: list[tuple]) -> BodyTally:
    statuses = Counter()
    for status, *_facts, number in groups:
        statuses[status] += number
    return BodyTally(tally_of(groups), statuses)
