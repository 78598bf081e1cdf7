"""What the pages of a round say: its bodies, how far they are, what opening would ask, why a procedure counts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from procedures.models import AuthorityLevel
from reviews.actions.freezing import OpeningPlan
from reviews.models import Campaign, Participation, Review, Status
from reviews.reports.tallies import in_figures
from reviews.reports.worklist import status_counts
from tthc_portal.accounts.models import Organisation, OrganisationKind, User
from tthc_portal.accounts.naming import under_names_of

RULE_LABELS = {
    "in_base": "Thuộc diện tính",
    "commune_only": "Loại trừ: chỉ cấp được loại trừ quyết định",
    "unknown_decider": "Thuộc diện tính, chưa xác định thẩm quyền",
}
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
    """What opening would ask of one body."""

    body: Organisation
    total: int
    excluded: int
    eligible: int
    unknown: int
    local: int


def level_labels(codes: Iterable[str]) -> list[str]:
    """Names of levels, in the order of the ladder."""
    return list(AuthorityLevel.objects.filter(pk__in=list(codes)).values_list("label", flat=True))


def body_rows(campaign: Campaign, reader: User) -> list[Participation]:
    """Bodies of a round with what was frozen for them, ministries first; a body's people see their own row."""
    found = Participation.objects.visible_to(reader).filter(campaign=campaign).select_related("organisation")
    rows = list(found.order_by("organisation__kind", "organisation__code"))
    under_names_of(campaign.bodies_on, [row.organisation for row in rows])
    return rows


def progress_of(campaign: Campaign) -> Progress:
    """How far a round is, over everything that figures are taken over."""
    reviews = in_figures(Review.objects.filter(campaign=campaign))
    counts = status_counts(reviews)
    excluded = reviews.filter(eligible=False).count()
    sent = sum(counts[status] for status in (Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED))
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
        rows = [_preview_row(plan, body) for body in plan.bodies if body.kind == kind]
        names = ("total", "excluded", "eligible", "unknown", "local")
        total = PreviewRow(None, *(sum(getattr(row, name) for row in rows) for name in names))
        groups.append((label, rows, total))
    return groups


def _preview_row(plan: OpeningPlan, body: Organisation) -> PreviewRow:
    counts = plan.counts[body.pk]
    return PreviewRow(body, counts.total, counts.excluded, counts.eligible, counts.unknown, counts.local)


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
