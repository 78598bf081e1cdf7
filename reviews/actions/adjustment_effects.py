"""What an adjustment of a frozen scope would do, worked out before anything is written.

The preview of a proposal, the page of the second person and the approval itself read the same plan: what each named
procedure becomes, what stands in the way, and how every review, and with it every figure, moves.
"""

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import prefetch_related_objects

from procedures.models import Procedure, ProcedureStatus
from reviews.actions.content import flags_of, refresh_flags, rule_levels, with_rows
from reviews.actions.freezing import OpeningPlan, plan_opening, review_of
from reviews.actions.standing import Standing, lay, standings
from reviews.models import (
    AdjustmentKind,
    Campaign,
    CampaignState,
    FrozenStanding,
    Review,
    ReviewKind,
    ScopeItem,
    Status,
)
from reviews.rules.transfers import Level
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.accounts.succession import bodies_on

CHUNK = 2_000
# Reviews a body has because the procedure is its own; the others are opinions asked of provinces.
OWNERS_KINDS = (ReviewKind.OWN, ReviewKind.LOCAL)
NAMED = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One procedure of an adjustment, and what takes its place when it is replaced."""

    procedure: Procedure
    replacement: Procedure | None = None


@dataclass(slots=True)
class Touched:
    """One review that an adjustment changes or makes, already as it will be; ``before`` are its flags until then.

    ``source`` is the review whose content it gets as a draft. ``is_new`` marks one that has yet to be made.
    """

    review: Review
    before: dict[str, object]
    source: Review | None = None
    is_new: bool = False
    status_before: str = Status.NOT_STARTED


@dataclass(slots=True)
class AdjustmentPlan:
    """Everything an adjustment would do: ``refusals`` are sentences, and leave nothing else to be done."""

    campaign: Campaign
    kind: str
    lines: list[Line]
    new_owner: Organisation | None = None
    refusals: list[str] = field(default_factory=list)
    before: dict[int, Standing] = field(default_factory=dict)
    after: dict[int, Standing] = field(default_factory=dict)
    admission: OpeningPlan | None = None
    # Reviews before the move and after it, by body and (status, counted, eligible, decider unknown, within the
    # ministry, conclusion, dossiers a year).
    minus: dict[int, Counter] = field(default_factory=dict)
    plus: dict[int, Counter] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=rule_levels)

    @property
    def moved(self) -> list[tuple[Standing | None, Standing]]:
        """(before, after) of every procedure in the scope that becomes something else; before is None for new ones."""
        return [(self.before.get(pk), after) for pk, after in self.after.items() if self.before.get(pk) != after]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the plan would do to whose figures: what a person saw, to be kept to on approval."""
        moves = {
            body: sorted([*map(str, key), number] for key, number in self._net(body).items() if number)
            for body in sorted({*self.minus, *self.plus})
        }
        lines = [[one.procedure.pk, one.replacement.pk if one.replacement else None] for one in self.lines]
        told = [self.kind, lines, self.new_owner.pk if self.new_owner else None, moves]
        return hashlib.sha256(json.dumps(told, separators=(",", ":")).encode()).hexdigest()

    def _net(self, body: int) -> Counter:
        """What changes of a body's counts, without what only the content of its forms tells."""
        net: Counter = Counter()
        for side, sign in ((self.plus, 1), (self.minus, -1)):
            for key, number in side.get(body, {}).items():
                net[key[:4]] += sign * number
        return net

    def items(self) -> dict[int, ScopeItem]:
        """Items already in the round that the plan moves, by primary key."""
        return {after.item.pk: after.item for before, after in self.moved if before is not None}

    def reach(self) -> int:
        """How many reviews the plan may touch, in one query: those of the procedures it moves and those it makes."""
        if self.refusals:
            return 0
        new = self.admission.reviews_total if self.admission else 0
        if self.kind == AdjustmentKind.REOWN:
            new += len(self.moved)
        return new + Review.objects.filter(scope_item__in=list(self.items())).count()

    def touched(self) -> Iterator[list[Touched]]:
        """Every review that moves, in batches: first those there are, in the order of their keys, then the new ones.

        Figures are tallied on the way: after the last batch ``minus`` and ``plus`` are complete.
        """
        self.minus, self.plus = {}, {}
        items, sources = self.items(), self._sources()
        known: set[tuple[int, int]] = set()
        for rows in self._existing(items):
            known.update((review.scope_item_id, review.organisation_id) for review in rows)
            batch = self._moved_reviews(rows, items, sources)
            self._tally(batch)
            yield batch
        new = self._new_reviews(known, sources)
        while batch := [one for _, one in zip(range(CHUNK), new, strict=False)]:
            self._tally(batch)
            yield batch

    def measure(self) -> "AdjustmentPlan":
        """Tally the figures without writing; returns the plan."""
        if not self.refusals:
            for _ in self.touched():
                pass
        return self

    def _existing(self, items: Mapping[int, ScopeItem]) -> Iterator[list[Review]]:
        keys = list(Review.objects.filter(scope_item__in=list(items)).order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            rows = list(Review.objects.filter(pk__in=chunk).order_by("pk"))
            for review in rows:
                review.campaign, review.scope_item = self.campaign, items[review.scope_item_id]
            yield rows

    def _moved_reviews(self, rows: list[Review], items, sources) -> list[Touched]:
        targets = {self.after[item.procedure_id].item.pk: self.after[item.procedure_id] for item in items.values()}
        moving = []
        for review in rows:
            target = targets[review.scope_item_id]
            ours = review.kind not in OWNERS_KINDS or review.organisation_id == target.owner_id
            removed = not (target.present and ours)
            eligible = not removed and not target.excluded
            if (removed, eligible) != (review.removed, review.eligible):
                moving.append((review, removed, eligible))
        prefetch_related_objects([row for row, _, eligible in moving if eligible], "current_authorities", "transfers")
        batch = []
        for review, removed, eligible in moving:
            touched = Touched(review, flags_of(review), status_before=review.status)
            self._set_flags(review, removed, eligible)
            if not removed and review.version == 0:
                touched.source = _source_for(review, sources)
                self._as_copied(touched)
            batch.append(touched)
        return batch

    def _set_flags(self, review: Review, removed: bool, eligible: bool) -> None:
        """Put a review in or out; what the frozen catalogue made of it is kept from the first time on."""
        if not review.frozen_standing:
            review.frozen_standing = (FrozenStanding.ELIGIBLE if review.eligible else FrozenStanding.EXCLUDED).value
        if review.frozen_standing == FrozenStanding.ELIGIBLE and eligible != review.eligible:
            # While it is eligible the form itself tells whether it counts.
            review.frozen_counted = review.counted and not eligible
        review.removed, review.eligible = removed, eligible
        if eligible:
            refresh_flags(review, self.levels)
        else:
            review.decider_unknown = review.counted = review.within = False

    def _new_reviews(self, known: set[tuple[int, int]], sources) -> Iterator[Touched]:
        """Reviews of procedures that come in, and of new owners who have none yet."""
        for body, item, kind in self.admission.asked() if self.admission else ():
            yield self._new_review(body, item, kind, item.excluded, sources)
        if self.kind == AdjustmentKind.REOWN:
            kind = ReviewKind.OWN if self.new_owner.kind == OrganisationKind.MINISTRY else ReviewKind.LOCAL
            for _, after in self.moved:
                if (after.item.pk, self.new_owner.pk) not in known:
                    yield self._new_review(self.new_owner, after.item, kind, after.excluded, sources)

    def _new_review(self, body, item: ScopeItem, kind: str, excluded: bool, sources) -> Touched:
        review = review_of(self.campaign, body, item, kind, at=None)
        review.eligible = not excluded
        review.decider_unknown = review.decider_unknown and review.eligible
        review.frozen_standing = FrozenStanding.ABSENT.value
        # Before it was made it was in no figure.
        before = flags_of(review) | {"removed": True, "eligible": False, "decider_unknown": False}
        touched = Touched(review, before, _source_for(review, sources), is_new=True)
        self._as_copied(touched)
        return touched

    def _as_copied(self, touched: Touched) -> None:
        """Give the review the flags that its source's content makes, and the status of a draft."""
        source, review = touched.source, touched.review
        if source is None:
            return
        probe = copy.copy(source)
        probe.campaign, probe.eligible = self.campaign, review.eligible
        refresh_flags(probe, self.levels)
        review.decider_unknown, review.counted, review.within = probe.decider_unknown, probe.counted, probe.within
        review.status, review.version, review.conclusion = Status.DRAFT.value, 1, source.conclusion

    def _sources(self) -> dict[tuple[int, int | str], Review]:
        """The forms with work on them whose content is copied, by (procedure it goes to, body or "own").

        An opinion goes to the same province's opinion, the owner's form to the new owner's.
        """
        if self.kind == AdjustmentKind.REPLACE:
            goes_to = {}
            for line in self.lines:
                goes_to[self.before[line.procedure.pk].item.pk] = line.replacement.pk
            kinds = ReviewKind.values
        elif self.kind == AdjustmentKind.REOWN:
            goes_to = {before.item.pk: before.item.procedure_id for before, _ in self.moved}
            kinds = OWNERS_KINDS
        else:
            return {}
        found: dict[tuple[int, int | str], Review] = {}
        rows = Review.objects.filter(scope_item__in=list(goes_to), removed=False, version__gt=0, kind__in=kinds)
        for review in with_rows(list(rows.select_related("scope_item").order_by("scope_item__code", "pk"))):
            whose = "own" if review.kind in OWNERS_KINDS else review.organisation_id
            found.setdefault((goes_to[review.scope_item_id], whose), review)
        return found

    def _tally(self, batch: list[Touched]) -> None:
        for one in batch:
            review, before = one.review, one.before
            if review.kind == ReviewKind.LOCAL:
                continue
            if not before["removed"]:
                flags = (before["counted"], before["eligible"], before["decider_unknown"], before["within"])
                key = (one.status_before, *flags, review.conclusion, review.annual_dossiers or 0)
                self.minus.setdefault(review.organisation_id, Counter())[key] += 1
            if not review.removed:
                flags = (review.counted, review.eligible, review.decider_unknown, review.within)
                key = (review.status, *flags, review.conclusion, review.annual_dossiers or 0)
                self.plus.setdefault(review.organisation_id, Counter())[key] += 1


def _source_for(review: Review, sources: Mapping[tuple[int, int | str], Review]) -> Review | None:
    whose = "own" if review.kind in OWNERS_KINDS else review.organisation_id
    return sources.get((review.scope_item.procedure_id, whose))


def plan_adjustment(
    campaign: Campaign, kind: str, lines: Iterable[Line], new_owner: Organisation | None = None
) -> AdjustmentPlan:
    """What the adjustment would do now, with every reason against it; figures by :meth:`AdjustmentPlan.measure`."""
    lines = sorted(lines, key=lambda line: line.procedure.code)
    plan = AdjustmentPlan(campaign, AdjustmentKind(kind), lines, new_owner)
    if campaign.state != CampaignState.OPEN:
        state = "chưa mở" if campaign.state == CampaignState.PREPARING else "đã đóng"
        plan.refusals.append(f"Đợt rà soát “{campaign.title}” {state} nên không điều chỉnh được phạm vi.")
        return plan
    if not lines:
        plan.refusals.append("Chưa chọn thủ tục nào.")
        return plan
    named = {one.pk for line in lines for one in (line.procedure, line.replacement) if one is not None}
    plan.before = standings(campaign, named)
    _refuse(plan)
    if plan.refusals:
        return plan
    newcomers = [one.pk for one in _coming_in(plan) if one.pk not in plan.before]
    if newcomers:
        plan.admission = plan_opening(campaign, procedures=Procedure.objects.filter(pk__in=newcomers))
    after = dict(plan.before)
    owner_id = new_owner.pk if new_owner else None
    for line in lines:
        lay(after, plan.kind, line.procedure.pk, line.replacement.pk if line.replacement else None, owner_id)
    plan.after = after
    for item in plan.admission.items if plan.admission else ():
        plan.after[item.procedure_id] = Standing(item, True, item.excluded, item.owner_id)
    return plan


def _coming_in(plan: AdjustmentPlan) -> list[Procedure]:
    """Procedures that the plan brings into the scope, each once."""
    if plan.kind == AdjustmentKind.ADMIT:
        return [line.procedure for line in plan.lines]
    found = {line.replacement.pk: line.replacement for line in plan.lines if line.replacement is not None}
    return list(found.values())


def _refuse(plan: AdjustmentPlan) -> None:
    """Every reason against the plan, one sentence a reason, naming the procedures."""
    reasons: dict[str, list[str]] = {}
    for line in plan.lines:
        for reason in _reasons(plan, line, plan.before.get(line.procedure.pk)):
            reasons.setdefault(reason, []).append(line.procedure.code)
    for procedure in _coming_in(plan):
        if procedure.pk not in plan.before and procedure.status == ProcedureStatus.ABOLISHED:
            reasons.setdefault("Đã bãi bỏ trong danh mục nên không bổ sung được", []).append(procedure.code)
    _refuse_outsiders(plan, reasons)
    _refuse_decided(plan, reasons)
    plan.refusals += [f"{reason}: {named(codes)}." for reason, codes in reasons.items()]


def _reasons(plan: AdjustmentPlan, line: Line, now: Standing | None) -> Iterator[str]:
    if plan.kind == AdjustmentKind.ADMIT:
        if now and now.present and not now.excluded:
            yield "Đã thuộc diện tính của đợt này"
        return
    if now is None or not now.present:
        yield "Không có trong phạm vi của đợt này"
        return
    if plan.kind == AdjustmentKind.EXCLUDE and now.excluded:
        yield "Đã được loại trừ"
    if plan.kind == AdjustmentKind.REPLACE:
        new = line.replacement
        if new is None:
            yield "Chưa nêu thủ tục thay thế"
        elif new.pk == line.procedure.pk:
            yield "Thủ tục không thể thay thế chính mình"
        elif new.pk in plan.before and plan.before[new.pk].present:
            yield f"Thủ tục thay thế {new.code} đã có trong phạm vi; hãy dùng “Đưa ra khỏi phạm vi” cho thủ tục cũ"
    if plan.kind == AdjustmentKind.REOWN and plan.new_owner is not None and now.owner_id == plan.new_owner.pk:
        yield f"Đã thuộc {plan.new_owner}"


def _refuse_outsiders(plan: AdjustmentPlan, reasons: dict[str, list[str]]) -> None:
    """Procedures and bodies that the round does not ask."""
    bodies = Organisation.objects.filter(participations__campaign=plan.campaign).in_bulk()
    standing = None
    for procedure in _coming_in(plan):
        if procedure.pk in plan.before:
            continue
        standing = bodies_on(plan.campaign.bodies_on) if standing is None else standing
        owner = standing.get(procedure.publisher_id)
        if owner is None or owner.pk not in bodies:
            reasons.setdefault("Thuộc cơ quan không tham gia đợt này", []).append(procedure.code)
    if plan.kind != AdjustmentKind.REOWN:
        return
    if plan.new_owner is None or plan.new_owner.pk not in bodies:
        plan.refusals.append("Hãy chọn cơ quan quản lý mới trong các cơ quan tham gia đợt.")
        return
    for line in plan.lines:
        now = plan.before.get(line.procedure.pk)
        if now and now.owner_id in bodies and bodies[now.owner_id].kind != plan.new_owner.kind:
            reason = "Chỉ chuyển được giữa các bộ với nhau hoặc giữa các tỉnh với nhau"
            reasons.setdefault(reason, []).append(line.procedure.code)


def _refuse_decided(plan: AdjustmentPlan, reasons: dict[str, list[str]]) -> None:
    """A proposal approved in a Decision stays as it was decided."""
    if plan.kind == AdjustmentKind.ADMIT:
        return
    items = {plan.before[line.procedure.pk].item.pk for line in plan.lines if line.procedure.pk in plan.before}
    decided = Review.objects.filter(scope_item__in=list(items), status=Status.APPROVED, removed=False)
    if plan.kind == AdjustmentKind.REOWN:
        decided = decided.filter(kind__in=OWNERS_KINDS)
    codes = decided.order_by("scope_item__code").values_list("scope_item__code", flat=True).distinct()
    for code in codes:
        reasons.setdefault("Đã được phê duyệt tại Quyết định nên không điều chỉnh được", []).append(code)


def named(codes: Iterable[str]) -> str:
    """Codes in a sentence: the first NAMED of them and how many more."""
    codes = list(codes)
    shown = ", ".join(codes[:NAMED])
    return shown if len(codes) <= NAMED else f"{shown} và {len(codes) - NAMED} thủ tục khác"
