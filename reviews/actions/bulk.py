"""Setting the same things on many forms of one body as one act (see :mod:`reviews.actions.undoing` for taking it back).

What would happen is worked out by :func:`weigh`, alike for the preview and, on locked rows, for the act itself.
"""

import datetime
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.actions import filling
from reviews.actions.actors import actors_for, round_refusal, verdict
from reviews.actions.content import (
    ROWS,
    VERSION,
    clean_content,
    forget_rows,
    initial_content,
    new_rows,
    refresh_flags,
    rule_levels,
    snapshot,
    with_rows,
)
from reviews.actions.events import compose, locked, record_many
from reviews.actions.moving import move
from reviews.actions.versions import next_versions
from reviews.models import BulkChange, BulkKind, Campaign, Review, ReviewEvent, Status, WorkingCopy
from reviews.rules.bulk import Move, Skip, Wish, filled
from reviews.rules.transfers import Level
from reviews.rules.workflow import TRANSITIONS, Action, next_status
from tthc_portal.accounts.models import Role, User
from tthc_portal.text import tidy

FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)
# Text typed within this time and not saved yet belongs to somebody who is at the form now.
TYPING = datetime.timedelta(minutes=10)
# What every write sets beside the columns of the content that changed.
WRITTEN = (
    "version", "status", "status_since", "edited_by", "edited_at", "decider_unknown", "counted", "within",
    "by_exception",
)  # fmt: skip


class SetMoved(ValidationError):
    """The set of forms is no longer what the asker saw: nothing was written, he is to look again."""


@dataclass(slots=True)
class Change:
    """One form to be changed: what stands on it and the parts that would be written."""

    review: Review
    before: dict
    data: dict


@dataclass(slots=True)
class Plan:
    """What would happen to every form asked for: those changed, and (form, why, who is at it) of those left alone."""

    changes: list[Change] = field(default_factory=list)
    skipped: list[tuple[Review, Skip, str]] = field(default_factory=list)

    @property
    def matched(self) -> int:
        """How many forms were asked for."""
        return len(self.changes) + len(self.skipped)

    @property
    def seal(self) -> str:
        """The set of forms and the number that would change, as the page carries them to the act."""
        keys = sorted([one.review.pk for one in self.changes] + [review.pk for review, *_ in self.skipped])
        digest = hashlib.sha256(",".join(map(str, keys)).encode()).hexdigest()[:24]
        return f"{digest}-{len(self.changes)}"

    def skips(self) -> Counter:
        """How many are left alone for each reason."""
        return Counter(why for _, why, _ in self.skipped)


def weigh(*, by: User, campaign: Campaign, reviews: QuerySet, wish: Wish | Mapping[int, Wish]) -> Plan:
    """What ``wish`` (one for all, or one a review by primary key) would do to ``reviews``; reads only."""
    rows = _own(by, campaign, reviews).order_by("pk").select_related("scope_item", "organisation", "assignee")
    levels = rule_levels()
    return _weigh(by, campaign, with_rows(list(rows)), cleaned(wish, levels), levels)


def cleaned(wish: Wish | Mapping[int, Wish], levels: Mapping[str, Level]):
    """The same wishes with every value tidied and checked; raises ValidationError({name: sentences})."""
    if not isinstance(wish, Wish):
        return {pk: cleaned(one, levels) for pk, one in wish.items()}
    rows = [{"criterion": code, "answer": answer, "reason": why} for code, (answer, why) in wish.answers.items()]
    found = clean_content({**wish.values, "criteria": rows}, levels)
    answers = {row["criterion"]: (row["answer"], row["reason"]) for row in found.pop("criteria")}
    chosen = wish.move
    if chosen and chosen.target not in levels:
        raise ValidationError({"transfers": [f"Cấp nhận “{chosen.target}” không có trong danh mục."]})
    chosen = Move(chosen.target, tidy(chosen.body), chosen.mode) if chosen else None
    return replace(wish, values=found, move=chosen, answers=answers)


@transaction.atomic
def apply(
    *,
    by: User,
    campaign: Campaign,
    reviews: QuerySet,
    wish: Wish | Mapping[int, Wish],
    reason: str,
    seal: str,
    kind: str = BulkKind.FIELDS,
    title: str = "",
    filters: str = "",
    finish: bool = False,
) -> BulkChange:
    """Do it, as one batch: a "save" event a form with the batch's id; with ``finish`` complete forms are finished too.

    ``seal`` is that of the plan the asker saw. Raises SetMoved when the forms are others by now or more of them would
    change, ValidationError for a wrong value, a missing reason or nothing to change.
    """
    reason, title = tidy(reason), tidy(title)
    _may(by, campaign)
    if not reason:
        raise ValidationError({"reason": ["Thay đổi hàng loạt phải có lý do; hãy ghi một câu."]})
    rows = locked(_own(by, campaign, reviews)).select_related("scope_item", "organisation", "assignee")
    levels = rule_levels()
    plan = _weigh(by, campaign, with_rows(list(rows)), cleaned(wish, levels), levels)
    _check_seal(plan, seal)
    if not plan.changes:
        raise ValidationError("Không có phiếu nào thay đổi: xem lý do bỏ qua ở từng nhóm.")
    change = BulkChange(
        id=uuid.uuid4(),
        campaign=campaign,
        organisation=by.body,
        kind=kind,
        title=title[:300],
        reason=reason,
        filters=filters,
        changed=len(plan.changes),
        skipped=len(plan.skipped),
        made_by=by,
        made_at=timezone.now(),
        values=_told(plan, wish),
    )
    _save_all(plan, change, levels)
    if finish:
        done = move(
            by=by,
            reviews=[one.review for one in plan.changes],
            action=Action.FINISH,
            values={"finished_by": by},
            check=_complete(levels),
            bulk_id=change.pk,
        )
        change.values["finished"] = len(done.done)
    change.save(force_insert=True)
    return change


def rewrite(edits: Iterable[tuple[Review, Mapping]], levels: Mapping[str, Level], rulings: Mapping | None = None):
    """Put parts of contents on locked forms: columns on the instances, rows in their tables, a few statements in all.

    Returns the names of the columns that changed. ``rulings`` {review: {move: columns}} come back with their transfers.
    """
    edits = list(edits)
    columns: set[str] = set()
    for review, data in edits:
        for name in data.keys() - ROWS.keys():
            setattr(review, name, data[name])
            columns.add(name)
    for name, rows in ROWS.items():
        touched = [(review, data[name]) for review, data in edits if name in data]
        if not touched:
            continue
        made = [row for review, values in touched for row in new_rows(review, rows, values, levels)]
        for row in made if name == "transfers" and rulings else ():
            for column, value in rulings.get(row.review_id, {}).get(move_key(row), {}).items():
                setattr(row, column, value)
        reviews = [review for review, _ in touched]
        rows.model.objects.filter(review__in=[review.pk for review in reviews]).delete()
        rows.model.objects.bulk_create(made, batch_size=2000)
        for review in reviews:
            forget_rows(review, [rows.accessor])
        with_rows(reviews)
    return columns


def move_key(row) -> str:
    """What a ruling of the department hangs on: the two levels and the receiver."""
    return f"{row.source_level_id}>{row.target_level_id}>{row.target_body}"


def at_work(reviews: Iterable[Review]) -> dict[int, str]:
    """{review: who} of forms with text typed within the last ten minutes and not saved."""
    copies = WorkingCopy.objects.filter(
        review__in=[review.pk for review in reviews], saved_at__gte=timezone.now() - TYPING
    )
    return {copy.review_id: str(copy.user) for copy in copies.select_related("user") if copy.data}


def _may(by: User, campaign: Campaign) -> None:
    if by.role not in FILLERS:
        raise ValidationError("Việc điền hàng loạt chỉ dành cho chuyên viên, công chức đầu mối.", code="refused")
    refusal = round_refusal(campaign)
    if refusal:
        raise ValidationError(refusal, code="refused")


def _own(by: User, campaign: Campaign, reviews: QuerySet) -> QuerySet:
    """Whatever was asked for, only forms of the asker's own body in this round."""
    return Review.objects.filter(organisation=by.body, campaign=campaign, pk__in=reviews.order_by().values("pk"))


def _check_seal(plan: Plan, seal: str) -> None:
    seen, _, number = seal.partition("-")
    now, _, _ = plan.seal.partition("-")
    if seen != now or not number.isdigit() or len(plan.changes) > int(number):
        raise SetMoved(
            f"Danh sách phiếu đã thay đổi từ lúc bạn xem trước: hiện có {plan.matched} phiếu, "
            f"trong đó {len(plan.changes)} phiếu sẽ thay đổi. Hãy xem lại rồi áp dụng.",
            code="moved",
        )


def _weigh(by: User, campaign: Campaign, reviews: list[Review], wish, levels: Mapping[str, Level]) -> Plan:
    plan = Plan()
    actors, typing = actors_for(by, reviews), at_work(reviews)
    excluded = campaign.rule.excluded_levels
    for review in reviews:
        review.campaign = campaign
        mine = wish if isinstance(wish, Wish) else wish.get(review.pk, Wish())
        skip = _refusal(review, actors[review.pk]) or (Skip.OPEN if review.pk in typing else None)
        if skip:
            plan.skipped.append((review, skip, typing.get(review.pk, "")))
            continue
        before = snapshot(review)
        stored = before if review.version else initial_content(review)
        found = filled(stored, mine, levels=levels, excluded=excluded, short=filling.is_short(review))
        if isinstance(found, Skip):
            plan.skipped.append((review, found, ""))
            continue
        filling.follow_stance(review, found)
        filling.word_content(stored, found, levels)
        if not review.version:
            # The first save takes over the deciders frozen with the scope, as the form itself does.
            found.setdefault("deciders", [row for row in stored["deciders"] if row["level"]])
        data = {name: value for name, value in found.items() if before.get(name) != value}
        plan.changes.append(Change(review, before, data))
    return plan


def _refusal(review: Review, actor) -> Skip | None:
    if not review.eligible or review.removed:
        return Skip.EXCLUDED
    if review.status not in TRANSITIONS[Action.SAVE].sources:
        return Skip.STATUS
    if verdict(Action.SAVE, review, actor, review.campaign):
        return None
    return Skip.REFUSED if actor.is_assignee or actor.unassigned else Skip.ASSIGNED


def _save_all(plan: Plan, change: BulkChange, levels: Mapping[str, Level]) -> None:
    columns = rewrite(((one.review, one.data) for one in plan.changes), levels)
    versions = next_versions(one.review for one in plan.changes)
    events = []
    for one in plan.changes:
        review, status = one.review, one.review.status
        review.version = versions[review.pk]
        review.status = next_status(Action.SAVE, status).value
        if review.status != status:
            review.status_since = change.made_at
        review.edited_by, review.edited_at = change.made_by, change.made_at
        changes = {name: [one.before.get(name), value] for name, value in one.data.items()}
        changes |= filling.mark_exception(review, change.kind == BulkKind.EXCEPTION) | refresh_flags(review, levels)
        events.append(saved(review, change, status, changes, change.reason))
    write(events, [one.review for one in plan.changes], [*sorted(columns), *WRITTEN])


def write(events: list[ReviewEvent], reviews: list[Review], fields: Iterable[str]) -> None:
    """Save ``fields`` of ``reviews`` and their events: what is alike on all by one plain UPDATE."""
    rest, alike = [], {}
    for name in fields:
        values = {getattr(review, Review._meta.get_field(name).attname) for review in reviews}
        if len(values) == 1:
            alike[Review._meta.get_field(name).attname] = values.pop()
        else:
            rest.append(name)
    if alike:
        Review.objects.filter(pk__in=[review.pk for review in reviews]).update(**alike)
    record_many(events, reviews, fields=rest)


def saved(review: Review, change: BulkChange, status: str, changes: dict, reason: str, **facts) -> ReviewEvent:
    """The event of one form of the batch, its whole content included."""
    facts = {"by": change.made_by, "at": change.made_at} | facts
    return compose(
        review,
        action=Action.SAVE.value,
        status_before=status,
        status_after=review.status,
        reason=reason,
        changes=changes,
        content=snapshot(review),
        bulk_id=change.pk,
        **facts,
    )


def _complete(levels: Mapping[str, Level]):
    """A check that refuses a form with anything missing."""

    def check(review: Review) -> None:
        missing = filling.gaps(review, levels)
        if missing:
            raise ValidationError([gap.message for gap in missing], code="incomplete")

    return check


def _told(plan: Plan, wish: Wish | Mapping) -> dict:
    """What the batch keeps of itself: the fields it set, the wish when it was one for all, the rulings it displaced."""
    named = dict.fromkeys(name for one in plan.changes for name in one.data if name != VERSION)
    told: dict = {"fields": list(named), "skips": {why.value: number for why, number in plan.skips().items()}}
    if isinstance(wish, Wish):
        told |= {"set": dict(wish.values), "overwrite": wish.overwrite}
        if wish.move:
            told["move"] = {"target": wish.move.target, "body": wish.move.body, "mode": str(wish.move.mode)}
        if wish.answers:
            told["answers"] = {code: list(pair) for code, pair in wish.answers.items()}
    rulings = {str(one.review.pk): rulings_of(one.review) for one in plan.changes if "transfers" in one.data}
    told["rulings"] = {pk: found for pk, found in rulings.items() if found}
    return told


def rulings_of(review: Review) -> dict[str, dict]:
    """The rulings of the department on the transfers of ``review``, by what each hangs on."""
    return {
        move_key(row): {
            "ruling": row.ruling,
            "ruling_reason": row.ruling_reason,
            "ruled_by_id": row.ruled_by_id,
            "ruled_at": row.ruled_at.isoformat(),
        }
        for row in review.transfers.all()
        if row.ruling
    }


FILLABLE = (Status.NOT_STARTED, Status.DRAFT, Status.RETURNED)
