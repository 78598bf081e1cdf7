"""What the pages of a round say: its bodies, how far they are, what opening would ask, why a procedure counts."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone

from procedures.models import AuthorityLevel
from reviews.actions.deadlines import last_days
from reviews.actions.freezing import BodyCounts, OpeningPlan
from reviews.models import Campaign, CampaignState, Participation, Review, Status
from reviews.models.campaign import HANOI
from reviews.reports.tallies import in_figures
from reviews.rules.shares import REVIEWED_STATUSES
from tthc_portal.accounts.models import Organisation, OrganisationKind, User
from tthc_portal.accounts.naming import under_names_of

RULE_LABELS = {
    "in_base": "Thuộc diện tính",
    "commune_only": "Loại trừ: chỉ cấp được loại trừ quyết định",
    "unknown_decider": "Thuộc diện tính, chưa xác định thẩm quyền",
}
ROUNDS_CSV_HEADER = ("code", "title", "state", "opens_on", "deadline", "bodies")
ROUNDS_XLSX_HEADER = ("Mã", "Đợt rà soát", "Trạng thái", "Ngày mở", "Hạn gửi", "Số cơ quan")
SCOPE_HEADER = (
    "Mã TTHC",
    "Tên TTHC",
    "Mã cơ quan",
    "Cơ quan quản lý",
    "Lĩnh vực",
    "Loại trừ",
    "Căn cứ tính",
    "Quy tắc",
    "Phiên bản quy tắc",
    "Cấp quyết định khi chốt",
    "Nguồn dữ liệu",
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the reviews of a round stand: all of them, those sent, those still with the bodies."""

    total: int
    excluded: int
    sent: int
    waiting: int
    statuses: list[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What opening would ask of one body; of a province, ``total`` is ``proposal`` and ``reception`` together."""

    body: Organisation | None
    total: int
    excluded: int
    eligible: int
    unknown: int
    local: int
    proposal: int
    reception: int
    ticked: bool = True

    @property
    def known_percent(self) -> int:
        """Procedures whose deciders are known, in whole per cent rounded down; of nothing, all."""
        return 100 * (self.total - self.unknown) // self.total if self.total else 100


def level_labels(codes: Iterable[str]) -> list[str]:
    """Names of levels, in the order of the ladder."""
    return list(AuthorityLevel.objects.filter(pk__in=list(codes)).values_list("label", flat=True))


def body_rows(campaign: Campaign, reader: User | None) -> list[Participation]:
    """Bodies of a round with what was frozen for them, ministries first; a body's people see their own row.

    Without a ``reader`` every row, for pages that only overseers reach.
    """
    found = Participation.objects.all() if reader is None else Participation.objects.visible_to(reader)
    found = found.filter(campaign=campaign).select_related("organisation")
    rows = list(found.order_by("organisation__kind", "organisation__code"))
    under_names_of(campaign.bodies_on, [row.organisation for row in rows])
    ends = last_days(campaign, [row.organisation_id for row in rows])
    for row in rows:
        row.ends_on = ends[row.organisation_id]
    return rows


def progress_of(campaign: Campaign) -> Progress:
    """How far a round is, over everything that figures are taken over."""
    reviews = in_figures(Review.objects.filter(campaign=campaign)).order_by()
    counts, excluded, sent = dict.fromkeys(Status.values, 0), 0, 0
    for status, eligible, number in reviews.values_list("status", "eligible").annotate(number=Count("pk")):
        counts[status] += number
        excluded += 0 if eligible else number
        # What was sent and then excluded by an adjustment is among the excluded.
        sent += number if eligible and status in REVIEWED_STATUSES else 0
    total = sum(counts.values())
    return Progress(
        total=total,
        excluded=excluded,
        sent=sent,
        waiting=total - excluded - sent,
        statuses=[(status.value, status.label, counts[status]) for status in Status],
    )


def preview_rows(plan: OpeningPlan) -> list[tuple[str, list[PreviewRow], PreviewRow]]:
    """(kind of body, a row a body, their sum) of what opening would ask."""
    groups = []
    for kind, label in (
        (OrganisationKind.MINISTRY, "Các bộ, cơ quan ngang bộ"),
        (OrganisationKind.PROVINCE, "Các tỉnh, thành phố"),
    ):
        rows = [preview_row(body, plan.counts[body.pk]) for body in plan.bodies if body.kind == kind]
        groups.append((label, rows, preview_row(None, _sum(plan, kind))))
    return groups


def preview_row(body: Organisation | None, counts: BodyCounts, *, ticked: bool = True) -> PreviewRow:
    """The row of one body, or of the sum of several."""
    return PreviewRow(body=body, ticked=ticked, **asdict(counts))


def _sum(plan: OpeningPlan, kind: str) -> BodyCounts:
    total = BodyCounts()
    for body in plan.bodies:
        if body.kind == kind:
            total.include(plan.counts[body.pk])
    return total


@dataclass(frozen=True, slots=True)
class Step:
    """One of the three states of a round as the page shows it; ``state`` is done, now or next."""

    label: str
    state: str
    icon: str
    text: str


def steps_of(campaign: Campaign, plan: OpeningPlan | None, progress: Progress | None) -> list[Step]:
    """Preparing, open and closed, with what has been done and what the next step will do, counted where known."""
    order = [CampaignState.PREPARING, CampaignState.OPEN, CampaignState.CLOSED]
    at = order.index(CampaignState(campaign.state))
    texts = [_said_of_preparing(campaign, plan), _said_of_opening(campaign, plan), _said_of_closing(campaign, progress)]
    icons = ("pencil", "list-check", "lock")
    states = ["done" if place < at else "now" if place == at else "next" for place in range(3)]
    return [Step(str(state.label), states[place], icons[place], texts[place]) for place, state in enumerate(order)]


def _said_of_preparing(campaign: Campaign, plan: OpeningPlan | None) -> str:
    if campaign.state != CampaignState.PREPARING:
        return f"Danh mục chốt lúc {_moment(campaign.frozen_at)}."
    if plan is None:
        return "Cục chọn cơ quan tham gia, nội dung hỏi địa phương; đầu mối của các bộ đối chiếu thẩm quyền."
    ministries = sum(body.kind == OrganisationKind.MINISTRY for body in plan.bodies)
    return (
        f"Đã chọn {vn(ministries)} bộ, cơ quan ngang bộ và {vn(len(plan.bodies) - ministries)} tỉnh, thành phố; "
        f"còn {vn(plan.rules.get('unknown_decider', 0))} thủ tục chưa xác định thẩm quyền."
    )


def _said_of_opening(campaign: Campaign, plan: OpeningPlan | None) -> str:
    if campaign.state == CampaignState.OPEN:
        return f"Các cơ quan rà soát đến hết ngày {campaign.deadline:%d/%m/%Y}."
    if campaign.state == CampaignState.CLOSED:
        return f"Mở lúc {_moment(campaign.opened_at)}." if campaign.opened_at else "Đã mở."
    if plan is None:
        return "Khi mở, danh mục được chốt và mỗi cơ quan nhận phiếu của mình."
    return (
        f"Khi mở sẽ chốt {vn(len(plan.items))} thủ tục (loại trừ {vn(plan.rules.get('commune_only', 0))}) "
        f"và tạo {vn(plan.reviews_total)} phiếu rà soát."
    )


def _said_of_closing(campaign: Campaign, progress: Progress | None) -> str:
    if campaign.state == CampaignState.CLOSED:
        return f"Đóng lúc {_moment(campaign.closed_at)}; phiếu chỉ còn xem được." if campaign.closed_at else "Đã đóng."
    if campaign.state == CampaignState.OPEN and progress:
        return f"Nếu đóng bây giờ, {vn(progress.waiting)} phiếu chưa gửi sẽ không gửi được nữa."
    return "Khi đóng, mọi phiếu giữ nguyên trạng thái và chỉ còn xem được."


def _moment(at: datetime.datetime) -> str:
    return f"{timezone.localtime(at, HANOI):%H:%M %d/%m/%Y}"


def vn(number: int) -> str:
    """1234 → 1.234."""
    return f"{number:,}".replace(",", ".")


def rounds_csv_rows(rounds: Iterable[Campaign]) -> Iterator[list]:
    """Rows under ROUNDS_CSV_HEADER in codes; ``rounds`` know the number of their ``bodies``."""
    for one in rounds:
        days = [f"{day:%Y-%m-%d}" if day else "" for day in (one.opens_on, one.deadline)]
        yield [one.code, one.title, one.state, *days, one.bodies]


def rounds_xlsx_rows(rounds: Iterable[Campaign]) -> Iterator[list]:
    """Rows under ROUNDS_XLSX_HEADER in words."""
    for one in rounds:
        yield [one.code, one.title, one.get_state_display(), one.opens_on, one.deadline, one.bodies]


def scope_rows(items: QuerySet) -> Iterator[list]:
    """Rows under SCOPE_HEADER, streamed."""
    labels = dict(AuthorityLevel.objects.values_list("code", "label"))
    for item in items.iterator(chunk_size=1000):
        levels = dict.fromkeys(labels.get(one["level"], one["level"]) for one in item.deciders)
        yield [
            item.code,
            item.name,
            item.owner.code,
            item.owner.name,
            item.sector_name,
            "Có" if item.excluded else "Không",
            item.reason,
            RULE_LABELS.get(item.rule, item.rule),
            item.rule_version,
            "; ".join(levels),
            item.source,
        ]
