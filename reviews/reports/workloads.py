"""Who has how much: the reviews of one body by unit, person, sector and status, and what to give to whom.

Everything here is counted over the eligible reviews of the body, a province's own procedures included: excluded ones
are nobody's work. Each count leads to exactly the list it counts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import Count, QuerySet
from django.urls import reverse

from reviews.actions.assigning import ASSIGNABLE, FILLERS, HANDED_OVER, fillers_of, in_hand, units_of
from reviews.actions.deadlines import last_day, today
from reviews.models import Campaign, CampaignState, Review, Status
from reviews.reports.home import OPEN_STATUSES
from tthc_portal.accounts.models import Deputy, Organisation, OrganisationAlias, User
from tthc_portal.text import collation_key, fold

NO_SECTOR = "Chưa xếp lĩnh vực"
# Signs between the name of a unit and the rest of a wording: "Cục Hàng không – Bộ Giao thông vận tải".
_SEPARATORS = re.compile(r"\s+[-–—]\s+|[(),;/]")


@dataclass(slots=True)
class Load:
    """What one unit, one person or nobody has: counts by status, what is wrong with it, and the list behind it."""

    key: str
    name: str
    note: str = ""
    statuses: Counter = field(default_factory=Counter)
    marks: list[str] = field(default_factory=list)
    url: str = ""
    active: bool = True

    @property
    def total(self) -> int:
        """All of it, whatever its status."""
        return sum(self.statuses.values())

    @property
    def pending(self) -> int:
        """Still to be filled: not started, begun, or returned."""
        return sum(self.statuses[status] for status in OPEN_STATUSES)

    @property
    def query(self) -> str:
        """The query of the list, for pages that take the same filters."""
        return self.url.partition("?")[2]

    def cells(self) -> list[tuple[str, str, int, str]]:
        """(status, its label, number, address of the list) for each of the eight statuses, in order."""
        return [
            (status.value, status.label, self.statuses[status], f"{self.url}&status={status.value}")
            for status in Status
        ]


@dataclass(slots=True)
class Workload:
    """How the work of a body is divided: ``people`` and ``nobody`` add up to ``scope``, and so do the ``units``."""

    scope: Load
    units: list[Load]
    people: list[Load]
    nobody: Load
    given: int
    in_units: int
    free: int
    free_url: str
    mean: str = ""

    @property
    def headings(self) -> list[tuple[str, str]]:
        """(status, label) of the columns of every table."""
        return [(status.value, status.label) for status in Status]

    @property
    def marked(self) -> list[Load]:
        """People with something wrong."""
        return [person for person in self.people if person.marks]


@dataclass(slots=True)
class SectorLoad:
    """A sector on the table of giving out: how many reviews may still be given, how many are free, where they are."""

    key: str
    name: str
    url: str
    assignable: int = 0
    free: int = 0
    holders: Counter = field(default_factory=Counter)
    suggested: Counter = field(default_factory=Counter)

    @property
    def free_url(self) -> str:
        """The list of those nobody has."""
        return f"{self.url}&assignee=none&unit=none"

    @property
    def query(self) -> str:
        """The query of the list, for pages that take the same filters."""
        return self.url.partition("?")[2]

    @property
    def shown_holders(self) -> str:
        """Who has the rest, the largest part first."""
        return "; ".join(f"{name} ({number})" for name, number in self.holders.most_common(3))

    @property
    def shown_suggestions(self) -> str:
        """Units that the executing bodies name."""
        return "; ".join(f"{unit} ({number})" for unit, number in self.suggested.most_common(3))


def asked(campaign: Campaign, body: Organisation) -> QuerySet:
    """What is to be divided: the eligible reviews of ``body`` in ``campaign``."""
    return Review.objects.filter(campaign=campaign, organisation=body, eligible=True)


def list_url(campaign: Campaign, body: Organisation, **filters: object) -> str:
    """Address of the list of :func:`asked`, narrowed further."""
    query = {"campaign": campaign.code, "organisation": body.code, "eligible": "1", "local": "all"} | filters
    return f"{reverse('reviews:list')}?{urlencode(query)}"


def workload(campaign: Campaign, body: Organisation) -> Workload:
    """The work of ``body`` in ``campaign`` by unit and by person; a fixed number of queries."""
    groups = asked(campaign, body).order_by().values_list("unit", "assignee", "status").annotate(number=Count("pk"))
    by_unit, by_person, scope = defaultdict(Counter), defaultdict(Counter), Counter()
    in_units = 0
    for unit, person, status, number in groups:
        by_unit[unit][status] += number
        by_person[person][status] += number
        scope[status] += number
        in_units += number if unit and not person else 0
    nobody = _load(campaign, body, "none", "Chưa giao cho người nào", by_person.pop(None, Counter()), assignee="none")
    free = nobody.total - in_units
    total = Load("", "Trong phạm vi phải rà soát", statuses=scope, url=list_url(campaign, body))
    people = _people(campaign, body, by_person)
    return Workload(
        scope=total,
        units=_units(campaign, body, by_unit),
        people=people,
        nobody=nobody,
        given=total.total - nobody.total,
        in_units=in_units,
        free=free,
        free_url=list_url(campaign, body, assignee="none", unit="none"),
        mean=_mark(campaign, body, people),
    )


def _load(campaign, body, key, name, statuses, **filters) -> Load:
    return Load(str(key), name, statuses=statuses, url=list_url(campaign, body, **filters))


def _units(campaign: Campaign, body: Organisation, by_unit: dict) -> list[Load]:
    """Every unit that may have or has reviews, then what is with no unit."""
    units = {unit.pk: unit for unit in units_of(body)}
    units |= Organisation.objects.in_bulk([pk for pk in by_unit if pk and pk not in units])
    rows = [_load(campaign, body, pk, unit.name, by_unit.get(pk, Counter()), unit=pk) for pk, unit in units.items()]
    name = "Không thuộc đơn vị nào" if rows else "Cơ quan chưa lập đơn vị trực thuộc"
    return [*rows, _load(campaign, body, "none", name, by_unit.get(None, Counter()), unit="none")]


def _people(campaign: Campaign, body: Organisation, by_person: dict) -> list[Load]:
    """Everybody who fills forms, and whoever else still has some, by name."""
    people = {person.pk: person for person in fillers_of(body)}
    gone = [pk for pk in by_person if pk not in people]
    people |= {person.pk: person for person in User.objects.filter(pk__in=gone).select_related("organisation")}
    rows = []
    for pk, person in people.items():
        row = _load(campaign, body, pk, str(person), by_person.get(pk, Counter()), assignee=pk)
        row.note = str(person.organisation) if person.organisation_id != body.pk else person.get_role_display()
        row.active = person.is_active and person.role in FILLERS
        rows.append(row)
    return sorted(rows, key=lambda row: collation_key(row.name))


def _mark(campaign: Campaign, body: Organisation, people: list[Load]) -> str:
    """Put on ``people`` what is wrong, with the figures it rests on; the mean load in words comes back."""
    busy = [row for row in people if row.pending]
    whole = sum(row.pending for row in busy)
    day = last_day(campaign, body)
    late = today() > day
    absent = {
        row.user_id: row
        for row in Deputy.objects.on(today()).filter(user__in=[int(row.key) for row in people]).select_related("deputy")
    }
    mean = f"{whole / len(busy):.1f}".replace(".", ",") if busy else ""
    for row in people:
        if not row.active and row.total:
            row.marks.append("Không còn làm phiếu ở cơ quan: cần bàn giao")
        if late and row.pending:
            row.marks.append(f"Quá hạn {day:%d/%m/%Y}: còn {row.pending} phiếu chưa hoàn thành")
        # More than one and a half times the mean of those who have work, in whole numbers.
        if len(busy) > 1 and 2 * row.pending * len(busy) > 3 * whole:
            row.marks.append(f"Quá tải: {row.pending} phiếu chưa hoàn thành, trung bình {mean}")
        standing = absent.get(int(row.key))
        if standing:
            row.note += f"; {standing.deputy} làm thay đến hết ngày {standing.ends_on:%d/%m/%Y}"
    return mean


def sector_loads(campaign: Campaign, body: Organisation) -> list[SectorLoad]:
    """Sectors with something that may still be given, in Vietnamese order, those without a sector last."""
    rows = asked(campaign, body).filter(status__in=ASSIGNABLE).order_by("pk")
    rows = rows.values_list(
        "pk", "scope_item__sector", "scope_item__sector_name", "scope_item__executing_bodies", "assignee", "unit",
        "assignee__full_name", "assignee__username", "unit__name",
    )  # fmt: skip
    match = matcher(body)
    found: dict[object, SectorLoad] = {}
    for _pk, sector, name, executing, assignee, unit, full_name, username, unit_name in rows:
        key = "none" if sector is None else str(sector)
        load = found.get(key)
        if load is None:
            url = list_url(campaign, body, sector=key, status=",".join(ASSIGNABLE))
            load = found[key] = SectorLoad(key, name if sector else NO_SECTOR, url)
        load.assignable += 1
        if assignee or unit:
            load.holders[(full_name or username) if assignee else unit_name] += 1
            continue
        load.free += 1
        named = match(executing)
        if named:
            load.suggested[named] += 1
    return sorted(found.values(), key=lambda load: (load.key == "none", collation_key(load.name)))


def suggestions(reviews: QuerySet, body: Organisation) -> dict[int, Organisation]:
    """The unit that the executing bodies of each of ``reviews`` name, where they name exactly one."""
    match = matcher(body)
    rows = reviews.order_by("pk").values_list("pk", "scope_item__executing_bodies")
    return {pk: unit for pk, executing in rows if (unit := match(executing))}


def matcher(body: Organisation):
    """A function (executing bodies as written) → the one unit of ``body`` they name, or None."""
    units = list(units_of(body))
    names: dict[str, set] = defaultdict(set)
    for unit in units:
        for name in (unit.name, unit.short_name):
            if name:
                names[fold(name)].add(unit)
    by_pk = {unit.pk: unit for unit in units}
    for alias in OrganisationAlias.objects.filter(organisation__in=units):
        names[alias.folded].add(by_pk[alias.organisation_id])
    known: dict[tuple, Organisation | None] = {}

    def match(executing: Iterable[str]) -> Organisation | None:
        key = tuple(executing)
        if key not in known:
            wordings = [part for text in key for part in (text, *_SEPARATORS.split(text))]
            found = set().union(*(names.get(fold(part), ()) for part in wordings)) if units else set()
            known[key] = found.pop() if len(found) == 1 else None
        return known[key]

    return match


def sectors_of_reviews(reviews: QuerySet) -> dict[str, list[int]]:
    """Primary keys of ``reviews`` by the name of their sector, in the order of their codes."""
    groups = defaultdict(list)
    for pk, name in reviews.order_by("scope_item__code", "pk").values_list("pk", "scope_item__sector_name"):
        groups[name].append(pk)
    return dict(groups)


def leaver_counts(person: User) -> list[tuple[str, str, int]]:
    """(status, its label, how many) of what ``person`` would hand over."""
    found = dict(in_hand(person).order_by().values_list("status").annotate(number=Count("pk")))
    return [(status.value, status.label, found[status]) for status in Status if found.get(status)]


def holders_of_work(body: Organisation) -> list[tuple[User, int]]:
    """Everybody who has something to hand over, inactive people first, with how much."""
    found = Review.objects.filter(
        organisation=body, eligible=True, status__in=HANDED_OVER, campaign__state=CampaignState.OPEN
    )
    numbers = dict(found.exclude(assignee=None).order_by().values_list("assignee").annotate(number=Count("pk")))
    people = User.objects.filter(pk__in=numbers).select_related("organisation__parent")
    rows = [(person, numbers[person.pk]) for person in people]
    return sorted(rows, key=lambda row: (row[0].is_active, collation_key(str(row[0]))))
