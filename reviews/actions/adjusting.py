"""Adjusting the frozen scope of an open round: one person of the department proposes, another approves or declines.

What was frozen is never rewritten: the ledger, the flags of the reviews and their events say what came after, so that
every figure can still be printed by the catalogue as it was frozen, on any day.
"""

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from reviews.actions.adjustment_effects import AdjustmentPlan, Line, Touched, plan_adjustment
from reviews.actions.columns import write_columns
from reviews.actions.content import COLUMNS, FLAGS, ROWS, changed_between, flags_of, forget_rows, snapshot, with_rows
from reviews.actions.events import compose, locked, record, record_many
from reviews.models import AdjustmentItem, Campaign, Notice, Review, ReviewEvent, ScopeAdjustment, ScopeItem
from reviews.models.campaign import HANOI
from reviews.reports.dashboards import bodies_of
from reviews.reports.tallies import BodyTally, Group, tallies_by_body, tally_of
from reviews.rules.shares import BodyFigures, Tally, TargetKind, Tier
from tthc_portal.accounts.models import DEPARTMENT_ROLES, Organisation, Role, User
from tthc_portal.text import tidy

FIGURES = (
    "total", "excluded", "eligible", "unknown", "proposed", "accepted", "approved", "share", "required", "missing",
    "met",
)  # fmt: skip
"""What the effect of an adjustment keeps of a body before and after, beside ``n`` of the headline share."""

CHANGED = "Số liệu đã thay đổi từ lúc bạn xem trang này. Hãy xem lại phần “Số liệu thay đổi” rồi xác nhận lại."
_COPIED = (*COLUMNS, "status", "status_since", "version", "edited_by", "edited_at", "unit", "assignee")


def preview(
    campaign: Campaign, kind: str, lines: Iterable[Line], new_owner: Organisation | None = None
) -> tuple[AdjustmentPlan, list[dict]]:
    """(plan, effect) of an adjustment if it were approved now; nothing is written."""
    plan = plan_adjustment(campaign, kind, lines, new_owner).measure()
    return plan, [] if plan.refusals else effect_of(plan, tallies_by_body(campaign))


def preview_of(adjustment: ScopeAdjustment) -> tuple[AdjustmentPlan, list[dict]]:
    """:func:`preview` of a proposal that waits for the second person."""
    lines, new_owner = lines_of(adjustment)
    return preview(adjustment.campaign, adjustment.kind, lines, new_owner)


def lines_of(adjustment: ScopeAdjustment) -> tuple[list[Line], Organisation | None]:
    """(procedures, new owner) that a stored adjustment names."""
    items = list(adjustment.items.select_related("procedure", "replacement", "new_owner"))
    return [Line(item.procedure, item.replacement) for item in items], items[0].new_owner if items else None


def effect_of(plan: AdjustmentPlan, before: Mapping[int, BodyTally]) -> list[dict]:
    """[{code, name, before, after}] of every body whose figures a measured plan changes, from its tallies ``before``.

    ``before`` and ``after`` hold FIGURES and ``n``, as plain values.
    """
    rule = plan.campaign.rule
    effect = []
    for body in bodies_of(plan.campaign):
        minus, plus = (_tally(side.get(body.pk, {})) for side in (plan.minus, plan.plus))
        then = before.get(body.pk, BodyTally()).tally
        now = Tally(*(getattr(then, f.name) - getattr(minus, f.name) + getattr(plus, f.name) for f in fields(Tally)))
        if then == now:
            continue
        target, target_bp = rule.target_for(body.kind)
        sides = (
            BodyFigures(body.code, body.name, body.kind, tally, TargetKind(target), target_bp, Tier(rule.headline_tier))
            for tally in (then, now)
        )
        told = [{name: figures.as_dict()[name] for name in FIGURES} | {"n": figures.share.n} for figures in sides]
        effect.append({"code": body.code, "name": body.name, "before": told[0], "after": told[1]})
    return effect


def _tally(moved: Mapping[tuple, int]) -> Tally:
    """The tally of one side of a plan."""
    groups = (Group(*key[:-1], number=number, dossiers=key[-1] * number) for key, number in moved.items())
    return tally_of(groups).tally


@transaction.atomic
def propose(
    *,
    by: User,
    campaign: Campaign,
    kind: str,
    lines: Iterable[Line],
    reason: str,
    document_number: str,
    document_date: datetime.date,
    new_owner: Organisation | None = None,
    seen: str = "",
) -> ScopeAdjustment:
    """Put an adjustment before the second person; nothing in the round moves yet.

    ``seen`` is the digest of the plan that the proposer was shown: another plan by now is refused. Raises
    ValidationError with every reason against it at once.
    """
    _by_department(by)
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    reason, document_number = tidy(reason), tidy(document_number)
    plan = plan_adjustment(campaign, kind, lines, new_owner)
    refusals = [*_paper_refusals(reason, document_number, document_date), *plan.refusals]
    if refusals:
        raise ValidationError(refusals, code="refused")
    if seen and plan.measure().digest != seen:
        raise ValidationError(CHANGED, code="changed")
    adjustment = ScopeAdjustment.objects.create(
        campaign=campaign,
        kind=plan.kind,
        reason=reason,
        document_number=document_number,
        document_date=document_date,
        proposed_by=by,
    )
    AdjustmentItem.objects.bulk_create(
        AdjustmentItem(
            adjustment=adjustment,
            procedure=line.procedure,
            replacement=line.replacement,
            new_owner=new_owner,
            scope_item=plan.before[line.procedure.pk].item if line.procedure.pk in plan.before else None,
        )
        for line in plan.lines
    )
    record(campaign, by=by, action="propose_adjustment", reason=reason, content=_told(adjustment, plan))
    _tell_department(adjustment, len(plan.lines))
    return adjustment


def reach_of(adjustment: ScopeAdjustment) -> int:
    """How many reviews approving a waiting proposal may touch; 0 when it would be refused."""
    lines, new_owner = lines_of(adjustment)
    return plan_adjustment(adjustment.campaign, adjustment.kind, lines, new_owner).reach()


@transaction.atomic
def approve(
    *,
    by: User,
    adjustment: ScopeAdjustment,
    seen: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> ScopeAdjustment:
    """The second person approves: scope, reviews and ledger change together, each review with its event.

    ``seen`` is the digest of the plan the page showed; ``progress(done, total)`` hears of every batch. Raises
    ValidationError with every reason against it at once.
    """
    _by_department(by)
    campaign = locked(Campaign.objects.filter(pk=adjustment.campaign_id)).get()
    adjustment = locked(ScopeAdjustment.objects.filter(pk=adjustment.pk)).get()
    adjustment.campaign = campaign
    lines, new_owner = lines_of(adjustment)
    plan = plan_adjustment(campaign, adjustment.kind, lines, new_owner)
    refusals = [*_decision_refusals(adjustment, by, "duyệt"), *plan.refusals]
    if refusals:
        raise ValidationError(refusals, code="refused")
    at = timezone.now()
    tallies = tallies_by_body(campaign)
    adjustment.approved_by, adjustment.approved_at = by, at
    bulk_id = uuid.uuid4()
    total, done = plan.reach() if progress else 0, 0
    _write_scope(plan, adjustment, at)
    for batch in plan.touched():
        _write_reviews(batch, adjustment, by=by, at=at, bulk_id=bulk_id)
        done += len(batch)
        if progress:
            progress(done, total)
    if seen and plan.digest != seen:
        raise ValidationError(CHANGED, code="changed")
    adjustment.effect = effect_of(plan, tallies)
    adjustment.save(update_fields=["approved_by", "approved_at", "effect"])
    told = _told(adjustment, plan) | {"effect": adjustment.effect}
    record(campaign, by=by, action="adjust_scope", reason=adjustment.reason, content=told, bulk_id=bulk_id, at=at)
    _tell_bodies(adjustment)
    return adjustment


def permit(*, by: User, adjustment: ScopeAdjustment) -> None:
    """Raise ValidationError when ``by`` may not approve ``adjustment`` now, whatever it would do."""
    _by_department(by)
    refusals = _decision_refusals(adjustment, by, "duyệt")
    if refusals:
        raise ValidationError(refusals, code="refused")


@transaction.atomic
def decline(*, by: User, adjustment: ScopeAdjustment, reason: str) -> ScopeAdjustment:
    """The second person declines, with a reason; nothing moves. Raises ValidationError."""
    _by_department(by)
    campaign = locked(Campaign.objects.filter(pk=adjustment.campaign_id)).get()
    adjustment = locked(ScopeAdjustment.objects.filter(pk=adjustment.pk)).get()
    reason = tidy(reason)
    refusals = _decision_refusals(adjustment, by, "từ chối")
    if refusals:
        raise ValidationError(refusals, code="refused")
    if not reason:
        raise ValidationError({"reason": ["Từ chối phải nêu lý do."]})
    adjustment.declined_by, adjustment.declined_at, adjustment.decline_reason = by, timezone.now(), reason
    adjustment.save(update_fields=["declined_by", "declined_at", "decline_reason"])
    told = {"adjustment": adjustment.pk, "kind": adjustment.kind, "document": adjustment.document_number}
    record(campaign, by=by, action="decline_adjustment", reason=reason, content=told)
    return adjustment


def _by_department(by: User) -> None:
    if not by.is_department:
        raise ValidationError("Chỉ cơ quan chủ trì đợt rà soát điều chỉnh phạm vi.", code="refused")


def _paper_refusals(reason: str, number: str, day: datetime.date | None) -> list[str]:
    refusals = []
    if not reason:
        refusals.append("Điều chỉnh phạm vi phải nêu lý do.")
    if not number:
        refusals.append("Điều chỉnh phạm vi phải nêu số văn bản làm căn cứ.")
    if day is None:
        refusals.append("Điều chỉnh phạm vi phải nêu ngày của văn bản làm căn cứ.")
    elif day > timezone.localdate(timezone=HANOI):
        refusals.append(f"Ngày văn bản ({day:%d/%m/%Y}) không được sau hôm nay.")
    return refusals


def _decision_refusals(adjustment: ScopeAdjustment, by: User, verb: str) -> list[str]:
    """Why ``by`` may not decide on ``adjustment`` (now)."""
    if adjustment.approved_at:
        return ["Điều chỉnh này đã được duyệt trước đó."]
    if adjustment.declined_at:
        return ["Điều chỉnh này đã bị từ chối trước đó; nếu vẫn cần, hãy lập đề nghị mới."]
    if adjustment.proposed_by_id == by.pk:
        return [f"Người {verb} phải khác người đề nghị; cần một người khác của cơ quan chủ trì."]
    return []


def _told(adjustment: ScopeAdjustment, plan: AdjustmentPlan) -> dict:
    """What the event of the round keeps of an adjustment."""
    return {
        "adjustment": adjustment.pk,
        "kind": adjustment.kind,
        "document": adjustment.document_number,
        "document_date": adjustment.document_date.isoformat(),
        "procedures": [line.procedure.code for line in plan.lines],
        "replacements": [line.replacement.code for line in plan.lines if line.replacement],
        "new_owner": plan.new_owner.code if plan.new_owner else "",
    }


def _write_scope(plan: AdjustmentPlan, adjustment: ScopeAdjustment, at: datetime.datetime) -> None:
    """Store what comes in, mark what goes out; rows and reviews of everything that moves stay locked to the end."""
    if plan.admission:
        for item in plan.admission.items:
            item.admitted_by = adjustment
        ScopeItem.objects.bulk_create(plan.admission.items)
        made = {item.procedure_id: item for item in plan.admission.items}
        rows = [row for row in adjustment.items.filter(scope_item=None) if row.procedure_id in made]
        for row in rows:
            row.scope_item = made[row.procedure_id]
        write_columns(rows, ["scope_item"])
    items = list(plan.items())
    list(ScopeItem.objects.filter(pk__in=items).order_by("pk").select_for_update().values_list("pk"))
    list(Review.objects.filter(scope_item__in=items).order_by("pk").select_for_update().values_list("pk"))
    for present in (True, False):
        keys = [now.item.pk for was, now in plan.moved if was and was.present != now.present and now.present == present]
        if keys:
            ScopeItem.objects.filter(pk__in=keys).update(removed_at=None if present else at)


def _write_reviews(
    batch: list[Touched], adjustment: ScopeAdjustment, *, by: User, at: datetime.datetime, bulk_id: uuid.UUID
) -> None:
    """Write one batch: new reviews, flags, copied content, and an event a review."""
    copied = [one for one in batch if one.source is not None]
    for one in copied:
        _copy_columns(one, at)
    for one in batch:
        if one.is_new:
            one.review.status_since = at
    Review.objects.bulk_create([one.review for one in batch if one.is_new])
    groups: dict[tuple, list[int]] = {}
    for one in batch:
        if not one.is_new:
            groups.setdefault(tuple(flags_of(one.review).values()), []).append(one.review.pk)
    returned = [one.review for one in copied if not one.is_new]
    # A draft's flags are only valid with its content.
    write_columns(returned, [*_COPIED, *FLAGS])
    for flags, keys in groups.items():
        # Few kinds of change, each one statement however many rows.
        Review.objects.filter(pk__in=keys).update(**dict(zip(FLAGS, flags, strict=True)))
    _copy_rows(copied)
    reason = f"{adjustment.get_kind_display()} theo {adjustment.document_number}: {adjustment.reason}"
    events = [_event(one, by=by, reason=reason, at=at, bulk_id=bulk_id) for one in batch]
    record_many(events, [one.review for one in batch])


def _copy_columns(one: Touched, at: datetime.datetime) -> None:
    """Content, and the person and unit at work where the body stays the same."""
    review, source = one.review, one.source
    for name in COLUMNS:
        setattr(review, name, getattr(source, name))
    review.status_since, review.edited_at, review.edited_by_id = at, at, source.edited_by_id
    if source.organisation_id == review.organisation_id:
        review.unit_id, review.assignee_id = source.unit_id, source.assignee_id


def _copy_rows(copied: list[Touched]) -> None:
    """The rows of the forms, in as many statements for one form as for a hundred."""
    if not copied:
        return
    for rows in ROWS.values():
        kept = [f.attname for f in rows.model._meta.concrete_fields if f.name not in ("id", "review")]
        rows.model.objects.bulk_create(
            rows.model(review=one.review, **{name: getattr(row, name) for name in kept})
            for one in copied
            for row in getattr(one.source, rows.accessor).all()
        )
    for one in copied:
        forget_rows(one.review)
    with_rows([one.review for one in copied])


def _event(one: Touched, *, by: User, reason: str, at: datetime.datetime, bulk_id: uuid.UUID) -> ReviewEvent:
    review = one.review
    content = None
    if one.source is not None:
        content = snapshot(review)
        reason += f" (chép nội dung từ phiếu {one.source.pk})"
    return compose(
        review,
        by=by,
        action="adjust",
        status_before=one.status_before,
        status_after=review.status,
        reason=reason,
        changes=changed_between(one.before, flags_of(review)),
        content=content,
        bulk_id=bulk_id,
        at=at,
    )


def _address(adjustment: ScopeAdjustment) -> str:
    return reverse("reviews:adjustment", args=[adjustment.campaign.code, adjustment.pk])


def _tell_department(adjustment: ScopeAdjustment, number: int) -> None:
    """Who may be the second person hears that a proposal waits."""
    people = User.objects.filter(is_active=True, role__in=DEPARTMENT_ROLES).exclude(pk=adjustment.proposed_by_id)
    text = (
        f"{adjustment.proposed_by} đề nghị điều chỉnh phạm vi ({adjustment.get_kind_display().lower()}, {number} "
        "thủ tục); chờ người thứ hai duyệt."
    )
    url = _address(adjustment)
    Notice.objects.bulk_create(Notice(user=person, text=text[:500], url=url) for person in people)


def _tell_bodies(adjustment: ScopeAdjustment) -> None:
    """Focal points of bodies whose figures changed hear what became of them."""
    changed = {one["code"]: one for one in adjustment.effect}
    bodies = {body.pk: body.code for body in bodies_of(adjustment.campaign) if body.code in changed}
    people = User.objects.filter(is_active=True, role=Role.FOCAL_POINT).select_related("organisation")
    people = people.filter(Q(organisation__in=list(bodies)) | Q(organisation__parent__in=list(bodies)))
    notices = []
    for person in people:
        code = bodies.get(person.organisation_id) or bodies[person.organisation.parent_id]
        then, now = changed[code]["before"], changed[code]["after"]
        text = (
            f"Phạm vi rà soát được điều chỉnh theo {adjustment.document_number}: tổng số {then['total']} → "
            f"{now['total']}, thuộc diện tính {then['eligible']} → {now['eligible']}."
        )
        notices.append(Notice(user=person, text=text[:500], url=_address(adjustment)))
    Notice.objects.bulk_create(notices)
