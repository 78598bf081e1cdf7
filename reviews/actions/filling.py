"""Filling a review inside its body: saving, finishing, checking, sending it back to its author."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions import copies
from reviews.actions.actors import actor_for, verdict
from reviews.actions.content import (
    COLUMNS,
    apply_content,
    changed_between,
    clean_content,
    initial_content,
    refresh_flags,
    rule_levels,
    snapshot,
    with_rows,
)
from reviews.actions.events import compose, record
from reviews.actions.gaps import compose_from, gaps, is_short
from reviews.actions.moving import Outcome, move
from reviews.actions.versions import (
    changes_by_others,
    content_at,
    fields_at,
    load_locked,
    next_versions,
    without_version,
)
from reviews.models import Conclusion, Review, WorkingCopy
from reviews.rules import completeness, merging
from reviews.rules.merging import Hand, Typed, fold
from reviews.rules.transfers import Level
from reviews.rules.workflow import Action, next_status
from tthc_portal.accounts.models import User
from tthc_portal.text import tidy

TWO_TABS = "Cùng một người sửa mục này ở hai nơi: nội dung mới hơn được dùng, nội dung cũ giữ lại ở đây."
NOT_SAVED = "Nội dung tự lưu chưa ghi được thành phiên bản."


class EditConflict(ValidationError):
    """Two people changed the same fields: nothing was saved, and the text that was not is kept in the history.

    ``conflicts`` is {field: merging.Conflict(base, mine, theirs)}; ``merged`` the content with everything that could
    be merged (stored values where a person must choose); ``version`` the one now stored; ``theirs_by`` and
    ``theirs_at`` who saved it and when.
    """

    def __init__(self, review: Review, merge: merging.Merge):
        self.conflicts = merge.conflicts
        self.merged = merge.merged
        self.version = review.version
        self.theirs_by = review.edited_by
        self.theirs_at = review.edited_at
        super().__init__(
            "Phiếu đã được lưu ở nơi khác trong khi bạn đang sửa, và có nội dung hai bên cùng thay đổi. "
            "Hãy chọn nội dung cần giữ ở từng mục rồi lưu lại; nội dung bạn vừa nhập đã được ghi vào lịch sử.",
            code="conflict",
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """A save that went through: ``changed`` is False when nothing was new; ``merged`` when others' edits joined."""

    review: Review
    changed: bool
    merged: bool


def save_review(
    *,
    by: User,
    review_id: int,
    base_version: int,
    data: Mapping[str, object],
    hand: Hand | None = None,
    number: int = 0,
    dropped: Iterable[str] = (),
    reason: str = "",
) -> Saved:
    """Save ``data`` (any part of a content) that an editor began from ``base_version``, his working copy with it.

    ``hand`` says from which of his tabs it comes and what that tab had seen (None: everything in ``data`` is meant),
    ``number`` which of the tab's messages this is, ``dropped`` the fields where he chose the other side's text,
    ``reason`` what the history says of the save. Edits of others since then are merged field by field. Raises
    EditConflict where both changed a field (what ``by`` typed is in the history by then), and ValidationError for a
    move the workflow refuses or a wrong value.
    """
    hand = hand or Hand(base_version, chosen=frozenset(data))
    # The refusal is raised outside the transaction: the record of what could not be saved must stay.
    with transaction.atomic():
        outcome = _save(by, review_id, data, hand, number, set(dropped), reason)
    if isinstance(outcome, EditConflict):
        raise outcome
    return outcome


def _save(by: User, review_id: int, data: Mapping, hand: Hand, number: int, dropped: set, reason: str):
    """Saved, or the EditConflict to be raised once what it tells is in the history."""
    review = load_locked(review_id)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    levels = rule_levels()
    mine = clean_content(data, levels)
    follow_stance(review, mine)
    # Read once under the lock: what follows looks at the content again and again.
    stored = snapshot(*with_rows([review]))
    copy = copies.find(review, by)
    before = {name: entry for name, entry in copies.fields_of(copy).items() if name not in dropped}
    sent = {name: Typed(value, hand.base, 0, hand.tab) for name, value in mine.items()}
    fields, lost = fold(before, sent, hand, content_at(review, hand.base) if before else {})
    copies.keep(review, {name: before[name] for name in lost}, stored, by=by, action="conflict", reason=TWO_TABS)
    ready, waiting = _ready(fields, stored, mine, levels)
    data, conflicts, merge = _merged(review, by, ready, stored)
    if conflicts:
        unsaved = {name: entry.value for name, entry in ready.items()}
        changes = changed_between({name: stored.get(name) for name in unsaved}, unsaved)
        record(review, by=by, action="conflict", changes=changes)
        if before:
            kept = {name: replace(entry, kept=name in ready or entry.kept) for name, entry in fields.items()}
            copies.put(copy, kept)
            copy.save()
        return EditConflict(review, merging.Merge(merge.merged, conflicts))
    word_content(stored, data, levels)
    saved = _write(by, review, stored, data, levels, merge is not None, reason)
    if copy is None and hand.tab and number:
        # An earlier message of the tab may still be on its way: it must be known for what it is.
        copy = WorkingCopy(review=review, user=by, base_version=review.version)
    if copy:
        copies.put(copy, waiting, tab=hand.tab, number=number)
        copy.saved_at = None
        copy.save()
    return saved


def settle(review: Review, copy: WorkingCopy, *, final: bool = False) -> list[str]:
    """Make a version of what stands in ``copy`` of a locked ``review``; the names of what could not become one.

    What others changed meanwhile merges. What cannot be saved (a wrong value, a field that somebody else changed too,
    everything where its author may no longer save) goes to the history at once and, unless ``final``, stays in the
    copy for its author to settle.
    """
    by, stored, fields = copy.user, snapshot(*with_rows([review])), copies.fields_of(copy)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    waiting: dict[str, Typed] = {}
    if not allowed:
        copies.keep(review, fields, stored, by=by, action="discard", reason=f"{NOT_SAVED} {allowed.reason}")
    else:
        levels = rule_levels()
        ready, waiting = _ready(fields, stored, {}, levels)
        copies.keep(review, waiting, stored, by=by, action="discard", reason=NOT_SAVED)
        data, conflicts, merge = _merged(review, by, ready, stored)
        asked = {name: ready[name] for name in conflicts}
        copies.keep(review, asked, stored, by=by, action="conflict", reason="")
        data = {name: value for name, value in data.items() if name not in asked}
        follow_stance(review, data)
        word_content(stored, data, levels)
        if any(stored.get(name) != value for name, value in data.items()):
            _write(by, review, stored, data, levels, merge is not None)
        waiting = {name: replace(entry, kept=True) for name, entry in (waiting | asked).items()}
    copies.put(copy, {} if final else waiting)
    copy.saved_at = None
    copy.save()
    return list(waiting)


def _ready(fields: Mapping[str, Typed], stored: Mapping, cleaned: Mapping, levels: Mapping[str, Level]) -> tuple:
    """(what of a working copy can be saved, what cannot): wrong values, and points closed since, wait."""
    ready, waiting = {}, {}
    for name, entry in fields.items():
        wrong = entry.wrong
        if not wrong and name not in stored and name not in cleaned:
            wrong = ("Điểm cần hoàn thiện này không còn chờ trả lời.",)
        if not wrong and name not in cleaned:
            try:
                entry = replace(entry, value=clean_content({name: entry.value}, levels)[name])
            except ValidationError as error:
                wrong = tuple(error.messages)
        if wrong:
            waiting[name] = replace(entry, wrong=wrong)
        else:
            ready[name] = entry
    return ready, waiting


def _merged(review: Review, by: User, fields: Mapping[str, Typed], stored: Mapping):
    """(values to save, conflicts, merge) of ``fields`` begun from their versions; merge is None where none was due.

    A field that nobody but ``by`` himself has changed since is no conflict: his newer text stands, the older one is in
    the history.
    """
    mine = {name: entry.value for name, entry in fields.items()}
    bases = {name: entry.base for name, entry in fields.items() if entry.base != review.version}
    if not bases:
        return mine, {}, None
    merge = merging.merge(
        fields_at(review, bases),
        {name: mine[name] for name in bases},
        {name: stored[name] for name in bases if name in stored},
    )
    others = (
        changes_by_others(review, {name: bases[name] for name in merge.conflicts}, by=by) if merge.conflicts else {}
    )
    conflicts = {name: one for name, one in merge.conflicts.items() if name in others}
    data = dict(mine)
    for name in bases:
        own = name in merge.conflicts and name not in conflicts
        data[name] = merge.conflicts[name].mine if own else merge.merged[name]
    return data, conflicts, merging.Merge({**without_version(stored), **data}, conflicts)


def _write(
    by: User,
    review: Review,
    stored: dict,
    data: dict,
    levels: Mapping[str, Level],
    merged: bool,
    reason: str = "",
) -> Saved:
    if review.version == 0 and "deciders" not in data:
        # Whoever saves a part only has still confirmed what stood on the form he opened.
        frozen = [row for row in initial_content(review)["deciders"] if row["level"] in levels]
        data = {**data, "deciders": frozen}
    changes = apply_content(review, data, by=by, levels=levels)
    first = review.version == 0
    if not changes and not first:
        return Saved(review, False, merged)
    now = timezone.now()
    before = review.status
    review.version = next_versions([review])[review.pk]
    review.status = next_status(Action.SAVE, before).value
    if review.status != before:
        review.status_since = now
    review.edited_by, review.edited_at = by, now
    changes |= mark_exception(review, False) | refresh_flags(review, levels)
    event = compose(
        review,
        by=by,
        action=Action.SAVE.value,
        status_before=before,
        status_after=review.status,
        reason=reason,
        changes=changes,
        content=snapshot(review),
        at=now,
    )
    event.save(force_insert=True)
    review.save(
        update_fields=[
            *COLUMNS,
            "version",
            "status",
            "status_since",
            "edited_by",
            "edited_at",
            "decider_unknown",
            "counted",
            "within",
            "by_exception",
            "event_count",
            "head_hash",
        ]
    )
    return Saved(review, True, merged)


def mark_exception(review: Review, answered: bool) -> dict[str, list]:
    """Say of ``review`` (not saved) whether it was answered by one act for all the rest: {name: [before, after]}.

    Whoever works on one of them by itself takes it out of their number.
    """
    before, review.by_exception = review.by_exception, answered
    return {"by_exception": [before, answered]} if before != answered else {}


def word_content(stored: Mapping, data: dict, levels: Mapping[str, Level]) -> None:
    """Word the option's content from its transfers while nobody has written it otherwise."""
    if data.keys().isdisjoint(("conclusion", "content", "transfers")):
        return
    final = {name: data.get(name, stored[name]) for name in ("conclusion", "content", "transfers")}
    composed = tidy(compose_from(final["transfers"], levels))
    if final["content"] not in ("", compose_from(stored["transfers"], levels), composed):
        return
    if final["conclusion"] == Conclusion.DECENTRALIZE:
        data["content"] = composed
    elif final["content"]:
        data["content"] = ""


def follow_stance(review: Review, data: dict) -> None:
    """On a short form conclusion and stance are one thing said twice: the one given sets the other."""
    if not is_short(review):
        return
    if data.get("stance"):
        data["conclusion"] = str(completeness.conclusion_of(data["stance"]))
    elif "conclusion" in data:
        data["stance"] = completeness.stance_of(data["conclusion"])


def settle_all(review_ids: Iterable[int]) -> None:
    """Make versions of everybody's working copies of these reviews, whose status is about to change."""
    waiting = WorkingCopy.objects.filter(review__in=list(review_ids), saved_at__isnull=False)
    for copy in waiting.select_related("user__organisation__parent").order_by("review", "saved_at"):
        settle(load_locked(copy.review_id), copy, final=True)


@transaction.atomic
def finish(*, by: User, reviews: Iterable[Review]) -> Outcome:
    """Declare forms complete (hoàn thành): each must have no gap left, else ValidationError({field: sentences})."""
    levels = rule_levels()
    reviews = list(reviews)
    settle_all(review.pk for review in reviews)

    def complete(review: Review) -> None:
        missing: dict[str, list[str]] = {}
        for gap in gaps(review, levels):
            missing.setdefault(gap.field, []).append(gap.message)
        if missing:
            raise ValidationError(missing, code="incomplete")

    return move(by=by, reviews=reviews, action=Action.FINISH, values={"finished_by": by}, check=complete)


def check(*, by: User, reviews: Iterable[Review]) -> Outcome:
    """Pass finished forms on for signing (kiểm tra); never by the one who finished them, unless he is alone."""
    return move(by=by, reviews=reviews, action=Action.CHECK, values={"checked_by": by})


def return_internal(*, by: User, reviews: Iterable[Review], reason: str) -> Outcome:
    """Send forms back to their authors inside the body, with a reason."""
    reason = tidy(reason)
    if not reason:
        raise ValidationError({"reason": ["Trả lại nội bộ phải nêu lý do để người soạn biết cần sửa gì."]})
    return move(
        by=by,
        reviews=reviews,
        action=Action.RETURN_INTERNAL,
        reason=reason,
        values={"checked_by": None},
    )
