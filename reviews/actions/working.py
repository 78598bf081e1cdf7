"""What is being typed: autosaved as it comes, made a version when its author leaves or rests, dropped when he asks."""

import datetime
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from reviews.actions import copies
from reviews.actions.actors import actor_for, verdict
from reviews.actions.content import rule_levels, snapshot
from reviews.actions.filling import TWO_TABS, settle
from reviews.actions.versions import Change, changes_by_others, content_at, fields_at, load_locked
from reviews.models import Review, WorkingCopy
from reviews.rules.merging import Hand, Typed, fold, merge
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import User
from tthc_portal.jobs.periodic import every

logger = logging.getLogger(__name__)

# Who has not been heard of for so long has left the page.
PRESENT_FOR = datetime.timedelta(seconds=60)
# After so long without typing, what was typed becomes a version.
IDLE_AFTER = datetime.timedelta(minutes=10)
# A row that holds nothing is needed only to recognise late messages of its tabs.
FORGOTTEN_AFTER = datetime.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Autosaved:
    """What became of an autosave.

    ``saved_at`` is None when nothing waits in the copy; ``version`` the one now stored; ``wrong`` {field: sentences} of
    what stands in the copy as typed and cannot be saved; ``clashes`` {field: Change} of what somebody else has changed
    too; ``replaced`` the fields where another tab's text went to the history.
    """

    saved_at: datetime.datetime | None
    revision: int
    version: int
    wrong: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clashes: dict[str, Change] = field(default_factory=dict)
    replaced: tuple[str, ...] = ()


@transaction.atomic
def autosave(
    *,
    by: User,
    review_id: int,
    base_version: int,
    data: Mapping[str, object],
    wrong: Mapping[str, tuple[object, Iterable[str]]] | None = None,
    hand: Hand | None = None,
    number: int = 0,
    leaving: bool = False,
) -> Autosaved:
    """Keep what ``by`` has typed (any part of a content) in his working copy; no version, no event.

    ``wrong`` is what could not be read: {field: (as typed, sentences)}. ``hand`` and ``number`` say which message of
    which tab this is: one that has arrived already changes nothing. ``leaving``: he leaves the page, so what stands in
    the copy becomes a version at once. With nothing typed it only tells that he is there. Raises ValidationError when
    he may not save this review now.
    """
    review = load_locked(review_id)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    hand = hand or Hand(base_version)
    now = timezone.now()
    copy = copies.find(review, by) or WorkingCopy(review=review, user=by, base_version=base_version)
    replaced: tuple[str, ...] = ()
    if (data or wrong) and not copies.arrived(copy, hand.tab, number):
        copy.revision += 1
        levels = rule_levels()
        sent = copies.typed(data, wrong or {}, levels, base=base_version, revision=copy.revision, tab=hand.tab)
        replaced = _take_in(review, copy, sent, hand, number)
        copy.saved_at = now
    copy.seen_at = now - PRESENT_FOR if leaving else now
    if leaving and copy.saved_at:
        settle(review, copy)
    else:
        copy.save()
    fields = copies.fields_of(copy)
    return Autosaved(
        saved_at=copy.saved_at,
        revision=copy.revision,
        version=review.version,
        wrong={name: entry.wrong for name, entry in fields.items() if entry.wrong},
        clashes=_clashes(review, by, fields),
        replaced=replaced,
    )


def _take_in(review: Review, copy: WorkingCopy, sent: Mapping[str, Typed], hand: Hand, number: int) -> tuple[str, ...]:
    """Fold what a tab sent into ``copy``; the names whose older text, of another tab, went to the history."""
    before = copies.fields_of(copy)
    strange = any(name in sent and not hand.knows(entry) for name, entry in before.items())
    fields, lost = fold(before, sent, hand, content_at(review, hand.base) if strange else {})
    if lost:
        kept = {name: before[name] for name in lost}
        copies.keep(review, kept, snapshot(review), by=copy.user, action="conflict", reason=TWO_TABS)
    copies.put(copy, fields, tab=hand.tab, number=number)
    return tuple(lost)


def _clashes(review: Review, by: User, fields: Mapping[str, Typed]) -> dict[str, Change]:
    """The fields of a copy that somebody else has changed differently since it was begun."""
    bases = {name: one.base for name, one in fields.items() if one.base != review.version and not one.wrong}
    if not bases:
        return {}
    stored = snapshot(review)
    mine = {name: fields[name].value for name in bases}
    merged = merge(fields_at(review, bases), mine, {name: stored[name] for name in bases if name in stored})
    if merged.clean:
        return {}
    return changes_by_others(review, {name: bases[name] for name in merged.conflicts}, by=by)


@transaction.atomic
def discard(*, by: User, review_id: int) -> bool:
    """Drop the working copy of ``by``: its text stays in the history. False when there was nothing to drop."""
    review = load_locked(review_id)
    copy = copies.find(review, by)
    fields = copies.fields_of(copy)
    if not fields:
        return False
    reason = "Người soạn bỏ nội dung tự lưu; nội dung được giữ lại ở đây."
    copies.keep(review, fields, snapshot(review), by=by, action="discard", reason=reason)
    copies.put(copy, {})
    copy.saved_at = None
    copy.save()
    return True


@every(minutes=1)
def settle_idle() -> int:
    """Make versions of the working copies nobody has typed in for ten minutes; how many there were.

    Each in a transaction of its own: one that fails stops no other.
    """
    idle = WorkingCopy.objects.filter(saved_at__lte=timezone.now() - IDLE_AFTER).order_by("saved_at")
    number = 0
    for pk, review_id in list(idle.values_list("pk", "review_id")[:500]):
        try:
            number += _settle_one(pk, review_id)
        except Exception:
            logger.exception("working copy %s could not be settled", pk)
    empty = WorkingCopy.objects.filter(Q(data={}) | Q(data__fields={}), saved_at__isnull=True)
    empty.filter(seen_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()
    return number


@transaction.atomic
def _settle_one(pk: int, review_id: int) -> bool:
    review = load_locked(review_id)
    copies_now = WorkingCopy.objects.filter(pk=pk, saved_at__lte=timezone.now() - IDLE_AFTER)
    copy = copies_now.select_related("user__organisation__parent").first()
    if copy is None:
        return False
    settle(review, copy)
    return True


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has the form open; ``editing`` when he has typed something not yet a version."""

    name: str
    editing: bool


def people_at(review: Review, besides: User) -> list[Person]:
    """Who else has the form of ``review`` open now."""
    found = WorkingCopy.objects.filter(review=review, seen_at__gt=timezone.now() - PRESENT_FOR).exclude(user=besides)
    return [
        Person(str(copy.user), copy.saved_at is not None)
        for copy in found.select_related("user").order_by("user__full_name", "pk")
    ]
