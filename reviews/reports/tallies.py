"""Counting reviews: the queries behind every figure, turned into the tallies of the rules.

A body's figures are taken over everything it was asked, less the procedures that are its own alone (đặc thù của địa
phương): those have their own statistics, so that a province is measured on the same catalogue as the others.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from django.db.models import CharField, Count, Func, Q, QuerySet, Sum

from reviews.models import Campaign, Conclusion, Review, ReviewKind, ScopeItem, Status
from reviews.reports.past import PRESENT, AsOf, changes
from reviews.rules.rewinding import Facts
from reviews.rules.shares import (
    ACCEPTED_STATUSES,
    APPROVED_STATUSES,
    FINISHED_STATUSES,
    PROPOSED_STATUSES,
    REVIEWED_STATUSES,
    Tally,
)
from tthc_portal.accounts.models import Organisation, OrganisationKind

# What a review's part in the plain counts depends on, in the order of the covering index.
FACTS = ("organisation", "status", "counted", "eligible", "decider_unknown")
# The same for what a proposal adds to them, in the order of its own partial index.
PROPOSAL = ("organisation", "status", "counted", "conclusion", "within")


class Group(NamedTuple):
    """Reviews alike in everything figures depend on: how many (taken off where negative), and their dossiers a year."""

    status: str
    counted: bool
    eligible: bool
    decider_unknown: bool
    within: bool = False
    conclusion: str = ""
    number: int = 1
    dossiers: int = 0


@dataclass(slots=True)
class BodyTally:
    """The counts of one body, and how its reviews divide over the statuses (adding up to ``tally.total``)."""

    tally: Tally = field(default_factory=Tally)
    statuses: Counter = field(default_factory=Counter)

    def plain(self) -> dict:
        """The counts as JSON keeps them; :meth:`of` reads them back."""
        return {"tally": {name: getattr(self.tally, name) for name in _NAMES}, "statuses": dict(self.statuses)}

    @classmethod
    def of(cls, kept: dict | None) -> "BodyTally | None":
        """The counts that JSON kept; None where there are none, or those of a release that counted other things."""
        if kept is None or kept["tally"].keys() != _NAMED:
            return None
        return cls(Tally(**kept["tally"]), Counter(kept["statuses"]))


_NAMES = tuple(one.name for one in fields(Tally))
_NAMED = frozenset(_NAMES)


class _Sums:
    """Counts of one body under way; adding and taking off in any order gives the same."""

    __slots__ = ("counts", "statuses")

    def __init__(self):
        self.counts = dict.fromkeys(_NAMES, 0)
        self.statuses = Counter()

    def plain(self, status: str, counted: bool, eligible: bool, decider_unknown: bool, number: int) -> None:
        """What can be told without the proposal."""
        counts = self.counts
        self.statuses[status] += number
        counts["total"] += number
        if not eligible:
            counts["excluded"] += number
            return
        counts["eligible"] += number
        if decider_unknown:
            counts["unknown"] += number
        if status in REVIEWED_STATUSES:
            counts["reviewed"] += number
        if counted:
            if status in PROPOSED_STATUSES:
                counts["proposed"] += number
                if status in ACCEPTED_STATUSES:
                    counts["accepted"] += number
                if status in APPROVED_STATUSES:
                    counts["approved"] += number
            elif status == Status.RETURNED:
                counts["returned_counted"] += number
            elif status in FINISHED_STATUSES:
                counts["finished_counted"] += number

    def proposal(self, status: str, counted: bool, conclusion: str, within: bool, number: int, dossiers: int) -> None:
        """What a sent proposal adds."""
        if status not in PROPOSED_STATUSES:
            return
        if counted:
            self.counts["dossiers"] += dossiers or 0
            if within:
                self.counts["within"] += number
        elif conclusion == Conclusion.DELEGATE:
            self.counts["delegated"] += number

    def group(self, one: Group) -> None:
        """All of a group; a proposal of what is not eligible counts nowhere."""
        self.plain(one.status, one.counted, one.eligible, one.decider_unknown, one.number)
        if one.eligible:
            self.proposal(one.status, one.counted, one.conclusion, one.within, one.number, one.dossiers)

    def take_off(self, one: Group, *, plain: bool = True) -> None:
        """Take a group off counts that were made without asking whether proposals are eligible."""
        if plain:
            self.plain(one.status, one.counted, one.eligible, one.decider_unknown, -one.number)
        self.proposal(one.status, one.counted, one.conclusion, one.within, -one.number, -(one.dossiers or 0))

    def done(self) -> BodyTally:
        """The counts as a value."""
        return BodyTally(Tally(**self.counts), +self.statuses)


def in_figures(reviews: QuerySet) -> QuerySet:
    """Those of ``reviews`` that figures are taken over: all but procedures of the province's own and those that an
    adjustment took out of the scope.
    """
    return reviews.filter(removed=False).exclude(kind=ReviewKind.LOCAL)


def tally_of(groups: Iterable[Group]) -> BodyTally:
    """The counts of ``groups`` together."""
    sums = _Sums()
    for one in groups:
        sums.group(one)
    return sums.done()


def moved(counted: BodyTally, groups: Iterable[Group]) -> BodyTally:
    """``counted`` with ``groups`` added, or taken off where their numbers are negative."""
    sums = _Sums()
    for name in _NAMES:
        sums.counts[name] += getattr(counted.tally, name)
    for status, number in counted.statuses.items():
        sums.statuses[status] += number
    for one in groups:
        sums.group(one)
    return sums.done()


def group_of(facts: Facts, number: int = 1) -> Group:
    """One review as a group; ``number`` -1 takes it off."""
    dossiers = (facts.annual_dossiers or 0) * number
    return Group(
        facts.status,
        facts.counted,
        facts.eligible,
        facts.decider_unknown,
        facts.within,
        facts.conclusion,
        number,
        dossiers,
    )


def tallies_by_body(
    campaign: Campaign, asked: AsOf = PRESENT, *, bodies: Collection[int] | None = None
) -> dict[int, BodyTally]:
    """Every body's counts in ``campaign`` by its primary key, in four queries whatever the size of the round.

    ``bodies`` (primary keys) counts those alone, and of the present. The first two queries are answered from covering
    indexes alone; the few reviews of provinces' own procedures, found from the scope, and those that an adjustment took
    out are then taken off. On another basis or day the reviews that stood differently are put as they stood, in at most
    three queries more.
    """
    by_body: dict[int, _Sums] = {}
    reviews = Review.objects.filter(campaign=campaign)
    if bodies is not None:
        reviews = reviews.filter(organisation__in=bodies)
    for body, *facts, number in reviews.order_by().values_list(*FACTS).annotate(number=Count("*")):
        if body not in by_body:
            by_body[body] = _Sums()
        by_body[body].plain(*facts, number)
    sent = reviews.filter(conclusion__in=_PROPOSALS, status__in=PROPOSED_STATUSES)
    proposals = sent.order_by().values_list(*PROPOSAL)
    for body, *facts, number, dossiers in proposals.annotate(number=Count("*"), dossiers=Sum("annual_dossiers")):
        by_body[body].proposal(*facts, number, dossiers)
    own_items = _own_items(campaign)
    if bodies is not None:
        own_items = own_items.filter(owner__in=bodies)
    for body, *group in _grouped(reviews.filter(scope_item__in=own_items, kind=ReviewKind.LOCAL)):
        by_body[body].take_off(Group(*group))
    _take_off_adjusted(by_body, reviews)
    for change in changes(campaign, asked):
        sums = by_body.setdefault(change.organisation, _Sums())
        if change.now:
            sums.group(group_of(change.now, -1))
        if change.then:
            sums.group(group_of(change.then))
    return {body: sums.done() for body, sums in by_body.items()}


def _take_off_adjusted(by_body: dict[int, _Sums], reviews: QuerySet) -> None:
    """Take off what adjustments took out of the scope, and delegations of what they made ineligible."""
    adjusted = reviews.filter(eligible=False).exclude(frozen_standing="").exclude(kind=ReviewKind.LOCAL)
    for body, removed, *group in _grouped(adjusted, "removed"):
        by_body[body].take_off(Group(*group), plain=removed)


def eligible_by_status(campaign: Campaign, kept: dict[int, BodyTally], statuses: Collection[str]) -> dict[int, Counter]:
    """How many eligible reviews of each body stand in each of ``statuses``, as lists of eligible reviews count them.

    ``kept`` are the present counts of the bodies. They leave a province's own procedures apart and hold what an
    adjustment made ineligible after it was filled; both are few, found by their own indexes and set right here, so
    nothing is asked of the whole round. Statuses that untouched excluded procedures have are not to be asked about.
    """
    found = {body: Counter({one: tally.statuses[one] for one in statuses}) for body, tally in kept.items()}
    standing = Review.objects.filter(status__in=list(statuses)).order_by()
    adjusted = standing.filter(~Q(frozen_standing=_literal("")), campaign=campaign, eligible=False, removed=False)
    # Named by their scope items alone: with the round beside them, SQLite would walk through all its reviews.
    local = standing.filter(scope_item__in=_own_items(campaign), kind=ReviewKind.LOCAL, eligible=True)
    for sign, rows in ((-1, adjusted.exclude(kind=ReviewKind.LOCAL)), (1, local)):
        # Counted here for the same reason: grouping them would draw it to the index of all.
        for body, status in rows.values_list("organisation", "status"):
            found.setdefault(body, Counter())[status] += sign
    return found


def _own_items(campaign: Campaign) -> QuerySet:
    """Provinces' own procedures in the scope of a round."""
    provinces = Organisation.objects.filter(kind=OrganisationKind.PROVINCE)
    return ScopeItem.objects.filter(campaign=campaign, owner__in=provinces)


def _literal(value: str) -> Func:
    """``value`` written into the statement: SQLite uses a partial index only where it can read the condition."""
    return Func(template=f"'{value}'", output_field=CharField())


_PROPOSALS = (_literal(Conclusion.DECENTRALIZE.value), _literal(Conclusion.DELEGATE.value))


def tally_of_body(campaign: Campaign, organisation: Organisation, asked: AsOf = PRESENT) -> BodyTally:
    """One body's counts, in one query (and at most three more on another basis or day)."""
    return tally_of(groups_of_body(campaign, organisation, asked).values_of_all())


class SectorGroups(dict):
    """{(sector or None, its name as frozen): [Group]} of one body."""

    def values_of_all(self) -> Iterable[Group]:
        """Every group, whatever its sector."""
        return (group for groups in self.values() for group in groups)


def groups_of_body(campaign: Campaign, organisation: Organisation, asked: AsOf = PRESENT) -> SectorGroups:
    """One body's reviews by sector and by everything figures depend on; procedures without a sector under (None, "").

    One query, and at most three more on another basis or day.
    """
    found = SectorGroups()
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation=organisation))
    for _body, sector, name, *group in _grouped(reviews, "scope_item__sector", "scope_item__sector_name"):
        found.setdefault((sector, name), []).append(Group(*group))
    for change in changes(campaign, asked, organisation):
        groups = found.setdefault(change.sector, [])
        if change.now:
            groups.append(group_of(change.now, -1))
        if change.then:
            groups.append(group_of(change.then))
    return found


def _grouped(reviews: QuerySet, *also: str) -> QuerySet:
    """(organisation, *also, then the columns of a Group) of ``reviews``."""
    columns = ("organisation", *also, *Group._fields[:6])
    rows = reviews.order_by().values_list(*columns)
    return rows.annotate(number=Count("*"), dossiers=Sum("annual_dossiers"))
