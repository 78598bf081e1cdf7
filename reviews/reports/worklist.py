"""The work list: its order, its rows, its exports; one's own columns blank where the reader may not look."""

import datetime
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db import connection
from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils import timezone

from reviews.models import Campaign, Conclusion, Review, Status
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.accounts.naming import names_on
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


def bodies_named(campaign: Campaign) -> list[tuple[int, str, str]]:
    """(primary key, code, name on the round's day) of the bodies taking part, ministries first, by their codes."""
    asked = Organisation.objects.filter(participations__campaign=campaign).order_by("kind", "code")
    names = names_on(campaign.bodies_on)
    rows = []
    for body, code, name, short_name in asked.values_list("pk", "code", "name", "short_name"):
        then, short_then = names.get(body, (name, ""))
        rows.append((body, code, short_then or short_name or then))
    return rows


def may_read(reader: User) -> Callable[[int, str], bool]:
    """A function (body, status) → whether ``reader`` may read such a form; asks the model once for each pair."""
    known: dict[tuple[int, str], bool] = {}

    def asked(organisation: int, status: str) -> bool:
        key = (organisation, status)
        if key not in known:
            known[key] = Review(organisation_id=organisation, status=status).content_visible_to(reader)
        return known[key]

    return asked


def csv_rows(reviews: QuerySet, reader: User) -> Iterator[list]:
    """Rows under CSV_HEADER in codes, streamed."""
    readable = may_read(reader)
    for *row, unknown, body in reviews.values_list(*_VALUES).iterator(chunk_size=2000):
        organisation, code, status, conclusion, eligible, counted, name, sector, full_name, username, since = row
        open_to_reader = readable(body, status)
        yield [
            organisation,
            code,
            status,
            conclusion if open_to_reader else "",
            int(eligible),
            int(counted) if open_to_reader else "",
            name,
            sector,
            full_name or username or "",
            timezone.localtime(since).isoformat(timespec="seconds"),
            int(unknown),
        ]


def xlsx_rows(reviews: QuerySet, reader: User) -> Iterator[list]:
    """Rows under XLSX_HEADER in words."""
    statuses, conclusions = dict(Status.choices), dict(Conclusion.choices)
    yes_no = {1: "Có", 0: "Không", "": ""}
    for row in csv_rows(reviews, reader):
        organisation, code, status, conclusion, eligible, counted, name, sector, assignee, since, unknown = row
        yield [
            organisation,
            code,
            statuses[status],
            conclusions.get(conclusion, ""),
            yes_no[eligible],
            yes_no[counted],
            name,
            sector,
            assignee,
            datetime.datetime.fromisoformat(since),
            yes_no[unknown],
        ]
