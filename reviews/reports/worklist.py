"""The work list: its order, its rows, its exports; one's own columns blank where the reader may not look."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from django.core.paginator import Page
from django.db import connection
from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When
from django.utils import timezone

from reviews.models import Campaign, Conclusion, Review, Status
from reviews.models.scope import name_key_start
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.text import collation_key

_STATUS_ORDER = Case(
    *[When(status=status, then=Value(place)) for place, status in enumerate(Status.values)], output_field=IntegerField()
)
_ORDERS = {
    "code": "scope_item__code",
    "name": "scope_item__name_key",
    "status": _STATUS_ORDER,
    "updated": "status_since",
}
SORTS = tuple(_ORDERS)

# The first six are read by other people's scripts and keep their names and places.
CSV_HEADER = (
    "organisation",
    "code",
    "status",
    "conclusion",
    "eligible",
    "counted",
    "name",
    "sector",
    "assignee",
    "since",
    "decider_unknown",
)
XLSX_HEADER = (
    "Cơ quan",
    "Mã TTHC",
    "Trạng thái",
    "Kết luận",
    "Thuộc diện tính",
    "Tính là phân cấp",
    "Tên TTHC",
    "Lĩnh vực",
    "Người được giao",
    "Trạng thái từ lúc",
    "Chưa xác định thẩm quyền",
)
_VALUES = (
    "organisation__code",
    "scope_item__code",
    "status",
    "conclusion",
    "eligible",
    "counted",
    "scope_item__name",
    "scope_item__sector_name",
    "assignee__full_name",
    "assignee__username",
    "status_since",
    "decider_unknown",
    "organisation",
)


# About how many procedures a round has: what a walk through its catalogue may have to look at.
_CATALOGUE = 7_000


def walks(sort: str, page: Page) -> bool:
    """Whether ``page`` in the order ``sort`` is found sooner by walking through the catalogue in that order until it is
    full than by sorting all rows: by code or name, the first pages of a long list.
    """
    number = page.paginator.count
    return sort.removeprefix("-") not in ("status", "updated") and page.end_index() * _CATALOGUE < number * number


def ordered(reviews: QuerySet, sort: str, *, walked: bool = False, one_body: bool = False) -> QuerySet:
    """``reviews`` by one of SORTS ("-" before it for descending; anything else: by code).

    ``walked``: as the indexes of the catalogue have them, see :func:`walks`; ``one_body``: all of them belong to one
    body, which then is no part of the order. Neither changes what comes after what.
    """
    name, order = sort.removeprefix("-"), ["scope_item__code"]
    if name not in _ORDERS or name == "code":
        order = ["-scope_item__code" if sort == "-code" else "scope_item__code"]
    else:
        before = [name_key_start("scope_item__name_key")] if walked and name == "name" else []
        for one in reversed([*before, _ORDERS[name]]):
            one = F(one) if isinstance(one, str) else one
            order.insert(0, one.desc() if sort.startswith("-") else one.asc())
    return reviews.order_by(*order) if one_body else reviews.order_by(*order, "organisation__code")


class Line(NamedTuple):
    """What one row of the list shows."""

    pk: int
    status: str
    since: datetime.datetime
    conclusion: str
    counted: bool
    eligible: bool
    decider_unknown: bool
    organisation: int
    code: str
    name: str
    sector: str
    assignee_name: str | None
    assignee_username: str | None
    unit: str | None = None
    by_exception: bool = False


# The columns of a Line, in its order.
_LINE = (
    "pk",
    "status",
    "status_since",
    "conclusion",
    "counted",
    "eligible",
    "decider_unknown",
    "organisation",
    "scope_item__code",
    "scope_item__name",
    "scope_item__sector_name",
    "assignee__full_name",
    "assignee__username",
    "unit__name",
    "by_exception",
)


def page_lines(reviews: QuerySet, page: Page) -> list[Line]:
    """The lines of ``page`` (of numbers, one for each of ``reviews``), in one query."""
    found = reviews.values_list(*_LINE)[max(page.start_index() - 1, 0) : page.end_index()]
    return list(map(Line._make, found))


def names_of(lines: Iterable[Line], bodies: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """{primary key: name} of the bodies of ``lines``: as ``bodies`` (those taking part, see below) have it."""
    names = {body: name for body, _, name in bodies}
    if unknown := {line.organisation for line in lines} - names.keys():
        found = Organisation.objects.filter(pk__in=unknown).values_list("pk", "short_name", "name")
        names |= {body: short_name or name for body, short_name, name in found}
    return names


def status_counts(reviews: QuerySet) -> dict[str, int]:
    """How many of ``reviews`` stand in each of the eight statuses."""
    found = dict(reviews.order_by().values_list("status").annotate(number=Count("*")))
    return {status: found.get(status, 0) for status in Status.values}


# Answered from indexes alone, and for most sectors by the first procedure of it that is looked at. Written out: putting
# three nested querysets together took longer than asking.
_SECTORS_ASKED = """
SELECT sector.id, sector.name FROM procedures_sector sector WHERE EXISTS (
    SELECT 1 FROM reviews_scopeitem item WHERE item.campaign_id = %s AND item.sector_id = sector.id AND EXISTS (
        SELECT 1 FROM reviews_review review WHERE review.scope_item_id = item.id AND review.organisation_id = %s))
"""


def sectors_of(campaign: Campaign, organisation) -> list[tuple[int, str]]:
    """(primary key, name) of the sectors a body is asked about, in Vietnamese order."""
    with connection.cursor() as cursor:
        cursor.execute(_SECTORS_ASKED, [campaign.pk, getattr(organisation, "pk", organisation)])
        used = cursor.fetchall()
    return sorted(used, key=lambda sector: collation_key(sector[1]))


# The bodies with their names in force on a day, in one statement; of two names in force the later one comes last.
_BODIES_NAMED = """
SELECT body.id, body.code, body.name, body.short_name, named.name, named.short_name
FROM reviews_participation part
JOIN accounts_organisation body ON body.id = part.organisation_id
LEFT JOIN accounts_organisationname named ON named.organisation_id = body.id
    AND named.valid_from <= %s AND (named.valid_to IS NULL OR named.valid_to >= %s)
WHERE part.campaign_id = %s ORDER BY body.kind, body.code, body.id, named.valid_from
"""


def bodies_named(campaign: Campaign) -> list[tuple[int, str, str]]:
    """(primary key, code, name on the round's day) of the bodies taking part, ministries first, by their codes."""
    with connection.cursor() as cursor:
        cursor.execute(_BODIES_NAMED, [campaign.bodies_on, campaign.bodies_on, campaign.pk])
        found = cursor.fetchall()
    rows = {
        body: (body, code, short_then or short_name or then or name)
        for body, code, name, short_name, then, short_then in found
    }
    return list(rows.values())


def may_read(reader: User) -> Callable[[int, str], bool]:
    """A function (body, status) → whether ``reader`` may read such a form; asks the model once for each pair."""
    known: dict[tuple[int, str], bool] = {}

    def asked(organisation: int, status: str) -> bool:
        key = (organisation, status)
        if key not in known:
            known[key] = Review(organisation_id=organisation, status=status).content_visible_to(reader)
        return known[key]

    return asked


def _export_rows(reviews: QuerySet, reader: User) -> Iterator[tuple]:
    """Rows of both exports as stored, streamed; "" for the conclusion and the count that ``reader`` may not read."""
    asked, known = may_read(reader), {}
    for *row, unknown, body in reviews.values_list(*_VALUES).iterator(chunk_size=2000):
        organisation, code, status, conclusion, eligible, counted, name, sector, full_name, username, since = row
        if (readable := known.get((body, status))) is None:
            readable = known[body, status] = asked(body, status)
        if not readable:
            conclusion = counted = ""
        person = full_name or username or ""
        yield organisation, code, status, conclusion, eligible, counted, name, sector, person, since, unknown


def csv_rows(reviews: QuerySet, reader: User) -> Iterator[list]:
    """Rows under CSV_HEADER in codes, streamed."""
    zone = timezone.get_current_timezone()
    for organisation, code, status, conclusion, eligible, counted, *named, since, unknown in _export_rows(
        reviews, reader
    ):
        yield [
            organisation,
            code,
            status,
            conclusion,
            int(eligible),
            counted if counted == "" else int(counted),
            *named,
            since.astimezone(zone).isoformat(timespec="seconds"),
            int(unknown),
        ]


def xlsx_rows(reviews: QuerySet, reader: User) -> Iterator[list]:
    """Rows under XLSX_HEADER in words."""
    statuses, conclusions = dict(Status.choices), {"": "", **dict(Conclusion.choices)}
    # Lazy labels become text once, and not at every row.
    statuses, conclusions = ({code: str(label) for code, label in words.items()} for words in (statuses, conclusions))
    yes_no = {True: "Có", False: "Không", "": ""}
    for organisation, code, status, conclusion, eligible, counted, *named, since, unknown in _export_rows(
        reviews, reader
    ):
        yield [
            organisation,
            code,
            statuses[status],
            conclusions.get(conclusion, ""),
            yes_no[eligible],
            yes_no[counted],
            *named,
            since,
            yes_no[unknown],
        ]
