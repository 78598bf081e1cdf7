"""Versions of a form: reading one under lock, what it was at any of them, and who has changed what since."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reviews.actions.content import FLAGS, VERSION, initial_content, snapshot
from reviews.actions.events import locked
from reviews.models import Review, ReviewEvent
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import User

# Events that tell of a text without having changed the form.
UNSAVED = ("conflict", "discard")
# What the changes of an event tell beside the content of the form.
NO_CONTENT = (*FLAGS, "by_exception")


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a field last, and when (None where nobody is known)."""

    by: User | None
    at: datetime.datetime | None


def load_locked(review_id: int) -> Review:
    """One review locked until the transaction ends, with its round and its frozen procedure."""
    rows = locked(Review.objects.filter(pk=review_id)).select_related("campaign", "scope_item", "organisation")
    return rows.select_related("edited_by").get()


def next_versions(reviews: Iterable[Review]) -> dict[int, int]:
    """The version that the next save of each of ``reviews`` makes, by its key: one that it never had before.

    A form taken back to unsaved goes on above what its history tells of: a page still open at an older version must
    not take another content for what it was opened with.
    """
    reviews = list(reviews)
    last = {review.pk: review.version for review in reviews}
    told = [review.pk for review in reviews if not review.version and review.event_count]
    if told:
        events = ReviewEvent.objects.filter(review__in=told, action=Action.SAVE.value, content__isnull=False)
        for pk, version in events.values_list("review", f"content__{VERSION}"):
            last[pk] = max(last[pk], version)
    return {pk: version + 1 for pk, version in last.items()}


def content_at(review: Review, version: int) -> dict:
    """The content of ``review`` as it was saved at ``version``; {} when no such version is known.

    An unknown version makes every difference a conflict, so nothing is overwritten unseen.
    """
    if version == 0:
        return initial_content(review)
    if version == review.version:
        return snapshot(review)
    kept = ReviewEvent.objects.filter(review=review, content__isnull=False, content__version=version)
    event = kept.order_by("-sequence").first()
    return event.content if event else _undo_saves(review, review.version - version)


def fields_at(review: Review, versions: Mapping[str, int]) -> dict:
    """Fields of ``review``, each as it was at its own version ({field: version}); a field then unknown is absent."""
    contents = {version: content_at(review, version) for version in set(versions.values())}
    return {name: contents[version][name] for name, version in versions.items() if name in contents[version]}


def changes_by_others(review: Review, versions: Mapping[str, int], *, by: User) -> dict[str, Change]:
    """The fields that somebody other than ``by`` changed after the version given for each, and who did last.

    Fields of a version nobody knows are taken as changed: they are asked about, never settled unseen.
    """
    events = ReviewEvent.objects.filter(review=review).exclude(action__in=UNSAVED)
    events = events.filter(sequence__gt=_sequence_of(review, min(versions.values()))) if versions else events.none()
    found: dict[str, Change] = {}
    for event in events.select_related("by").order_by("sequence"):
        reached = (event.content or {}).get(VERSION)
        for name in event.changes.keys() & versions.keys():
            if event.by_id != by.pk and (reached is None or reached > versions[name]):
                found[name] = Change(event.by, event.at)
    unknown = {name: Change(review.edited_by, review.edited_at) for name in versions if versions[name] > review.version}
    return unknown | found


def _sequence_of(review: Review, version: int) -> int:
    """Place in the chain of the last event of ``version``; 0, the very beginning, where none tells."""
    if version == 0:
        return 0
    kept = ReviewEvent.objects.filter(review=review, content__isnull=False, content__version=version)
    return kept.order_by("-sequence").values_list("sequence", flat=True).first() or 0


def without_version(content: Mapping[str, object]) -> dict:
    """A content without its version: the fields alone."""
    return {name: value for name, value in content.items() if name != VERSION}


def _undo_saves(review: Review, number: int) -> dict:
    """What is stored now with the last ``number`` saves taken back; {} when the history does not hold that many."""
    saves = ReviewEvent.objects.filter(review=review, action=Action.SAVE.value).order_by("-sequence")
    undone = list(saves[:number]) if number > 0 else []
    if not undone or len(undone) < number:
        return {}
    content = snapshot(review)
    for event in undone:
        content |= {name: before for name, (before, _after) in event.changes.items() if name not in NO_CONTENT}
    return content
