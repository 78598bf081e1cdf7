"""What the pages of the ledger say: changes made and proposed, what they do to figures, and what suggests itself."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from reviews.actions.adjustment_effects import AdjustmentPlan
from reviews.models import (
    AdjustmentItem,
    AdjustmentKind,
    Campaign,
    CurrentAuthority,
    Review,
    ReviewKind,
    ScopeAdjustment,
)
from reviews.reports import drift
from reviews.reports.rounds import RULE_LABELS
from tthc_portal.accounts.models import Organisation, User

STATE_LABELS = {"pending": "Chờ duyệt", "approved": "Đã duyệt", "declined": "Bị từ chối"}
LEDGER_HEADER = (
    "Loại điều chỉnh",
    "Số văn bản",
    "Ngày văn bản",
    "Lý do",
    "Mã TTHC",
    "Tên TTHC",
    "Mã thay thế",
    "Cơ quan quản lý mới",
    "Tình trạng",
    "Người đề nghị",
    "Lúc đề nghị",
    "Người quyết định",
    "Lúc quyết định",
    "Lý do từ chối",
)
# What a candidate is proposed for, and the words of its tab.
SUGGESTED = {
    AdjustmentKind.EXCLUDE: "Đề nghị loại trừ",
    AdjustmentKind.REMOVE: "Đề nghị đưa ra khỏi phạm vi",
    AdjustmentKind.ADMIT: "Đề nghị bổ sung",
}
_COLUMNS = (
    ("total", "Tổng số"),
    ("excluded", "Loại trừ"),
    ("eligible", "Thuộc diện tính"),
    ("n", "Phân cấp"),
    ("share", "Tỷ lệ"),
    ("missing", "Cần thêm"),
)
# What only the body itself and the overseers read of work not yet agreed with.
_OWN_ONLY = frozenset({"n", "share", "missing"})


def ledger(campaign: Campaign, reader: User, q: str = "", kind: str = "", state: str = "") -> QuerySet:
    """Adjustments of a round that ``reader`` may read, the latest first, with ``number`` of procedures."""
    found = ScopeAdjustment.objects.visible_to(reader).filter(campaign=campaign)
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(**_STATES[state])
    if q := q.strip():
        lines = AdjustmentItem.objects.filter(adjustment=OuterRef("pk"))
        lines = lines.filter(Q(procedure__code__istartswith=q) | Q(replacement__code__istartswith=q))
        found = found.filter(Q(document_number__icontains=q) | Exists(lines))
    found = found.select_related("proposed_by", "approved_by", "declined_by").defer("effect")
    return found.annotate(number=Count("items")).order_by("-proposed_at", "-pk")


_STATES = {
    "pending": {"approved_at": None, "declined_at": None},
    "approved": {"approved_at__isnull": False},
    "declined": {"declined_at__isnull": False},
}


def state_of(adjustment: ScopeAdjustment) -> str:
    """A key of STATE_LABELS."""
    if adjustment.is_pending:
        return "pending"
    return "approved" if adjustment.approved_at else "declined"


def ledger_rows(found: QuerySet) -> Iterator[list]:
    """Rows under LEDGER_HEADER, one a procedure, streamed."""
    keys = found.order_by().values("pk")
    lines = AdjustmentItem.objects.filter(adjustment__in=keys).order_by("-adjustment__proposed_at", "procedure__code")
    lines = lines.select_related(
        "adjustment__proposed_by", "adjustment__approved_by", "adjustment__declined_by", "procedure", "replacement",
        "scope_item", "new_owner",
    ).defer("adjustment__effect")  # fmt: skip
    for line in lines.iterator(chunk_size=1000):
        one = line.adjustment
        yield [
            one.get_kind_display(),
            one.document_number,
            one.document_date,
            one.reason,
            line.procedure.code,
            line.scope_item.name if line.scope_item else line.procedure.name,
            line.replacement.code if line.replacement else "",
            line.new_owner.code if line.new_owner else "",
            STATE_LABELS[state_of(one)],
            str(one.proposed_by),
            one.proposed_at,
            str(one.approved_by or one.declined_by or ""),
            one.approved_at or one.declined_at,
            one.decline_reason,
        ]


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a body before and after, as text; ``moved`` when they differ, ``hidden`` from this reader."""

    label: str
    before: str
    after: str
    moved: bool
    hidden: bool = False


def effect_rows(effect: Iterable[dict], reader: User) -> list[tuple[dict, list[Cell]]]:
    """(body, its cells) of an effect, as far as ``reader`` may know of other bodies' work under way."""
    own = reader.body.code
    return [(body, [_cell(body, name, label, reader, own) for name, label in _COLUMNS]) for body in effect]


def _cell(body: dict, name: str, label: str, reader: User, own: str) -> Cell:
    if name in _OWN_ONLY and not reader.oversees and body["code"] != own:
        return Cell(label, "", "", False, hidden=True)
    before, after = (_shown(name, body[side].get(name)) for side in ("before", "after"))
    return Cell(label, before, after, before != after)


def _shown(name: str, value) -> str:
    if value is None:
        return "—"
    if name == "share":
        return str(value).replace(".", ",") + "%"
    return f"{value:,}".replace(",", ".")


@dataclass(frozen=True, slots=True)
class Move:
    """What one procedure becomes, in words."""

    code: str
    name: str
    owner: str
    before: str
    after: str


def moves(plan: AdjustmentPlan) -> list[Move]:
    """Every procedure that a plan moves, in the order of the codes."""
    owners = Organisation.objects.in_bulk({after.owner_id for _, after in plan.moved})
    found = []
    for before, after in plan.moved:
        words = [before.words if before else "chưa có trong phạm vi", after.words]
        if before and before.owner_id != after.owner_id:
            words = [f"thuộc {after.item.owner}", f"thuộc {owners[after.owner_id]}"]
        found.append(Move(after.item.code, after.item.name, str(owners[after.owner_id]), *words))
    return sorted(found, key=lambda one: one.code)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A procedure that somebody should look at: what it is proposed for, and why. ``waits``: already proposed."""

    code: str
    name: str
    owner: Organisation
    kind: str
    why: str
    review: int | None = None
    waits: bool = False


def suggestions(campaign: Campaign, reader: User) -> list[Suggestion]:
    """Proposals that forms and the catalogue make by themselves, none of them applied; in the order of the codes."""
    found = {(one.code, one.kind): one for one in _drifted(campaign)}
    found |= {(one.code, one.kind): one for one in _by_forms(campaign, reader)}
    now = dict(
        Review.objects.filter(
            campaign=campaign,
            removed=False,
            kind__in=[ReviewKind.OWN, ReviewKind.LOCAL],
            scope_item__code__in=[code for code, _ in found],
        ).values_list("scope_item__code", "eligible")
    )
    waiting = set(
        AdjustmentItem.objects.filter(
            adjustment__campaign=campaign, adjustment__approved_at=None, adjustment__declined_at=None
        ).values_list("procedure__code", flat=True)
    )
    # What an adjustment did meanwhile is proposed no more.
    open_now = {
        AdjustmentKind.EXCLUDE: lambda code: now.get(code) is True,
        AdjustmentKind.REMOVE: lambda code: code in now,
        AdjustmentKind.ADMIT: lambda code: now.get(code) is not True,
    }
    kept = (one for one in found.values() if open_now[one.kind](one.code))
    shown = (
        Suggestion(one.code, one.name, one.owner, one.kind, one.why, one.review, one.code in waiting) for one in kept
    )
    return sorted(shown, key=lambda one: one.code)


def _by_forms(campaign: Campaign, reader: User) -> Iterator[Suggestion]:
    """Eligible procedures whose owner's form, as far as the reader may read it, records only excluded levels."""
    levels = campaign.rule.excluded_levels
    recorded = CurrentAuthority.objects.filter(review=OuterRef("pk"))
    reviews = Review.objects.readable_by(reader).filter(
        Exists(recorded),
        ~Exists(recorded.exclude(level__in=levels)),
        campaign=campaign,
        eligible=True,
        kind=ReviewKind.OWN,
    )
    with_levels = Prefetch("current_authorities", CurrentAuthority.objects.select_related("level"))
    for review in reviews.select_related("scope_item", "organisation").prefetch_related(with_levels):
        labels = dict.fromkeys(one.level.label for one in review.current_authorities.all())
        why = f"Phiếu của cơ quan ghi chỉ {'; '.join(labels)} quyết định."
        yield Suggestion(
            review.scope_item.code, review.scope_item.name, review.organisation, AdjustmentKind.EXCLUDE, why, review.pk
        )


def _drifted(campaign: Campaign) -> Iterator[Suggestion]:
    """What the catalogue says today and the frozen scope does not, where an adjustment would answer it."""
    excluded = RULE_LABELS["commune_only"]
    for one in drift.candidates(campaign):
        if "abolished" in one.kinds:
            kind = AdjustmentKind.REMOVE
        elif "new" in one.kinds or (one.rule_then == excluded and one.rule_now != excluded):
            kind = AdjustmentKind.ADMIT
        elif one.rule_now == excluded and one.rule_then != excluded:
            kind = AdjustmentKind.EXCLUDE
        else:
            continue
        sources = "; ".join(source.text for source in one.sources)
        yield Suggestion(one.code, one.name, one.owner, kind, f"{'; '.join(one.labels)} ({sources}).")


class Reverse(NamedTuple):
    """The adjustment that would take another back, as its form is filled: ``codes`` a line each; no kind: none does."""

    kind: str = ""
    codes: list[str] = []
    new_owner: str = ""


def reverse_of(adjustment: ScopeAdjustment) -> Reverse:
    """What would take an approved adjustment back; without a kind where it needs more than one."""
    lines = list(adjustment.items.order_by("procedure__code").select_related("procedure", "replacement", "scope_item"))
    codes = [line.procedure.code for line in lines]
    if adjustment.kind in (AdjustmentKind.EXCLUDE, AdjustmentKind.REMOVE):
        return Reverse(AdjustmentKind.ADMIT, codes)
    if adjustment.kind == AdjustmentKind.ADMIT:
        admitted = sum(
            line.scope_item is not None and line.scope_item.admitted_by_id == adjustment.pk for line in lines
        )
        return Reverse(AdjustmentKind.REMOVE, codes) if admitted == len(codes) else Reverse()
    if adjustment.kind == AdjustmentKind.REPLACE:
        # One that took the place of several cannot be replaced by several.
        if len({line.replacement_id for line in lines}) < len(lines):
            return Reverse()
        return Reverse(AdjustmentKind.REPLACE, [f"{line.replacement.code} {line.procedure.code}" for line in lines])
    owners = _owners_before(adjustment, lines)
    if len(owners) != 1 or None in owners:
        return Reverse()
    return Reverse(AdjustmentKind.REOWN, codes, Organisation.objects.get(pk=owners.pop()).code)


def _owners_before(adjustment: ScopeAdjustment, lines: list[AdjustmentItem]) -> set[int | None]:
    """Whose the procedures of a change of owner were until then."""
    earlier = AdjustmentItem.objects.filter(
        adjustment__campaign=adjustment.campaign_id,
        adjustment__kind=AdjustmentKind.REOWN,
        adjustment__approved_at__lt=adjustment.approved_at,
        procedure__in=[line.procedure_id for line in lines],
    )
    moved = dict(earlier.order_by("adjustment__approved_at", "pk").values_list("procedure", "new_owner"))
    frozen = {line.procedure_id: line.scope_item.owner_id if line.scope_item else None for line in lines}
    return {moved.get(key, owner) for key, owner in frozen.items()}
