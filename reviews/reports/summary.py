"""One page a leader reads: the share and its line, the days left, where it weighs, who lags, what needs a decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, QuerySet

from reviews.models import Campaign, Review, Status, Transfer
from reviews.reports.dashboards import NO_SECTOR, body_figures, national_figures
from reviews.reports.home import Deadline, deadline_of, today
from reviews.reports.tallies import Group, in_figures, tally_of
from reviews.reports.workbooks import list_of
from reviews.reports.workloads import workload
from reviews.rules.shares import BodyFigures, Share, Tally
from tthc_portal.accounts.models import Organisation, OrganisationKind, User
from tthc_portal.text import collation_key

SHOWN = 5
NATION = "VN"


@dataclass(frozen=True, slots=True)
class SectorWeight:
    """One sector that weighs: its share at the headline tier, what is still unreviewed, and its list."""

    name: str
    share: Share
    unreviewed: int
    url: str


@dataclass(frozen=True, slots=True)
class Lagging:
    """One unit (or, for the nation, one ministry) that lags: how much is left out of how much, and its list.

    What a ministry misses is no count of a list: ``is_count`` says whether the list holds exactly what is left.
    """

    name: str
    left: int
    whole: int
    note: str
    url: str
    is_count: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that somebody must decide: what, how many, who, and the list."""

    figure: str
    label: str
    number: int
    who: str
    url: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything on the page."""

    figures: BodyFigures
    deadline: Deadline
    sectors: list[SectorWeight]
    lagging: list[Lagging]
    lagging_title: str
    # What the two numbers of a line are called.
    lagging_heads: tuple[str, str]
    decisions: list[Decision]


def body_summary(campaign: Campaign, body: Organisation, reader: User) -> Summary:
    """The page of one body, in a fixed number of queries."""
    figures, _statuses = body_figures(campaign, body)
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation=body))
    # The units of a body are its own matter; the department looks at its sectors.
    own = not reader.oversees or reader.role == "auditor"
    units = _units(campaign, body) if own else []
    return Summary(
        figures=figures,
        deadline=deadline_of(campaign, body),
        sectors=_sectors(campaign, reviews, figures, organisation=body.code),
        lagging=units,
        lagging_title="Đơn vị còn nhiều phiếu chưa hoàn thành" if own else "",
        lagging_heads=("Chưa hoàn thành", "Được giao"),
        decisions=_decisions(campaign, reviews, reader, organisation=body.code),
    )


def nation_summary(campaign: Campaign, reader: User) -> Summary:
    """The page of all ministries together; the reader oversees."""
    bodies, total = national_figures(campaign)
    ministries = [one for one in bodies if one.kind == OrganisationKind.MINISTRY]
    reviews = in_figures(Review.objects.filter(campaign=campaign, organisation__kind=OrganisationKind.MINISTRY))
    behind = sorted(
        (one for one in ministries if one.share.missing), key=lambda one: (-(one.share.missing or 0), one.code)
    )
    kind = OrganisationKind.MINISTRY.value
    return Summary(
        figures=total,
        deadline=Deadline(campaign.deadline, (campaign.deadline - today()).days, extended=False),
        sectors=_sectors(campaign, reviews, total, kind=kind),
        lagging=[
            Lagging(
                one.name,
                one.share.missing or 0,
                one.share.required or 0,
                f"{one.share.display} ({one.share.n}/{one.share.e})",
                list_of(campaign, organisation=one.code),
                is_count=False,
            )
            for one in behind[:SHOWN]
        ],
        lagging_title="Bộ, cơ quan còn thiếu nhiều nhất",
        lagging_heads=("Còn thiếu", "Cần đạt"),
        decisions=_decisions(campaign, reviews, reader, kind=kind),
    )


def _sectors(campaign: Campaign, reviews: QuerySet, figures: BodyFigures, **scope: str) -> list[SectorWeight]:
    """The sectors with most procedures in the base; one query."""
    columns = ("scope_item__sector", "scope_item__sector_name", "status", "counted", "eligible", "decider_unknown")
    rows = reviews.order_by("scope_item__sector", "scope_item__sector_name").values_list(*columns)
    weights: list[tuple[str, str, Tally]] = []
    for (sector, name), group in groupby(rows.annotate(number=Count("pk")), key=lambda row: row[:2]):
        groups = [Group(*row[2:6], number=row[6]) for row in group]
        key = "none" if sector is None else str(sector)
        weights.append((key, name or NO_SECTOR, tally_of(groups).tally))
    heaviest = sorted(weights, key=lambda one: (-one[2].eligible, collation_key(one[1])))
    return [
        SectorWeight(
            name,
            Share(tally.counted_at(figures.headline), tally.eligible, figures.share.target_bp),
            tally.eligible - tally.reviewed,
            list_of(campaign, eligible="1", sector=key, **scope),
        )
        for key, name, tally in heaviest[:SHOWN]
        if tally.eligible
    ]


def _units(campaign: Campaign, body: Organisation) -> list[Lagging]:
    """Units with most forms not yet finished."""
    units = [one for one in workload(campaign, body).units if one.pending]
    behind = sorted(units, key=lambda one: (-one.pending, collation_key(one.name)))
    statuses = ",".join((Status.NOT_STARTED, Status.DRAFT, Status.RETURNED))
    return [Lagging(one.name, one.pending, one.total, "", f"{one.url}&status={statuses}") for one in behind[:SHOWN]]


def _decisions(campaign: Campaign, reviews: QuerySet, reader: User, **scope: str) -> list[Decision]:
    """What waits for somebody's decision; two queries. Nothing that waits is left out."""
    asked = reviews.filter(eligible=True)
    found = dict(asked.order_by().values_list("status").annotate(number=Count("pk")))
    unknown = asked.filter(decider_unknown=True).count()
    waiting = manual_waiting(asked.readable_by(reader)).count()
    lines: Iterable[tuple] = (
        ("returned", "Bị trả lại, phải hoàn thiện rồi gửi lại", found.get(Status.RETURNED, 0), "Cơ quan rà soát",
         {"status": Status.RETURNED.value}),
        ("ready", "Đã hoàn thành, chờ kiểm tra", found.get(Status.READY, 0), "Đầu mối, trưởng đơn vị",
         {"status": Status.READY.value}),
        ("checked", "Đã kiểm tra, chờ lãnh đạo ký gửi", found.get(Status.CHECKED, 0), "Lãnh đạo cơ quan",
         {"status": Status.CHECKED.value}),
        ("unknown", "Chưa xác định thẩm quyền nên chưa gửi được", unknown, "Cơ quan rà soát", {"unknown": "1"}),
        ("submitted", "Đã gửi, chờ xem xét, đánh giá", found.get(Status.SUBMITTED, 0), "Cơ quan chủ trì",
         {"status": Status.SUBMITTED.value}),
        ("ruling", "Có chuyển thẩm quyền chờ xếp loại, chưa được tính", waiting, "Cơ quan chủ trì",
         {"ruling": "waiting"}),
    )  # fmt: skip
    return [
        Decision(figure, label, number, who, list_of(campaign, eligible="1", **scope, **filters))
        for figure, label, number, who, filters in lines
        if number
    ]


def manual_waiting(reviews: QuerySet) -> QuerySet:
    """Those of ``reviews`` with a move that the ladder cannot class and the department has not ruled on."""
    waiting = Transfer.objects.filter(transfer_class="manual", ruling="")
    return reviews.filter(conclusion="decentralize", pk__in=waiting.values("review"))
