"""The work list: its order, its rows, its exports; one's own columns blank where the reader may not look."""

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils import timezone

from reviews.models import Campaign, Conclusion, Review, Status
from tthc_portal.accounts.models import User
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


def ordered(reviews: QuerySet, sort: str) -> QuerySet:
    """``reviews`` by one of SORTS ("-" before it for descending; anything else: by code)."""
    name = sort.removeprefix("-")
    order = _ORDERS.get(name, "scope_item__code")
    if name not in _ORDERS or name == "code":
        order = f"-{order}" if sort == "-code" else order
        return reviews.order_by(order, "organisation__code")
    if isinstance(order, str):
        order = f"-{order}" if sort.startswith("-") else order
    else:
        order = order.desc() if sort.startswith("-") else order.asc()
    return reviews.order_by(order, "scope_item__code", "organisation__code")


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
    organisation_name: str
    organisation_short_name: str
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
    "organisation__name",
    "organisation__short_name",
    "scope_item__code",
    "scope_item__name",
    "scope_item__sector_name",
    "assignee__full_name",
    "assignee__username",
    "unit__name",
    "by_exception",
)


def page_rows(reviews: QuerySet) -> QuerySet:
    """``reviews`` as tuples of what a Line is made of, in one query."""
    return reviews.values_list(*_LINE)


def status_counts(reviews: QuerySet) -> dict[str, int]:
    """How many of ``reviews`` stand in each of the eight statuses."""
    found = dict(reviews.order_by().values_list("status").annotate(number=Count("pk")))
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
