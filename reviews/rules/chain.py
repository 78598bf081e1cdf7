"""The chain of events: each hash covers the event and the hash before it, so a change of the past shows.

Values are plain (text, whole numbers, booleans, None, lists and mappings of these); moments are datetimes with a zone.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping

# What a hash covers, in this order of meaning; adding a field would break every chain made before.
COVERED = (
    "campaign",
    "review",
    "sequence",
    "at",
    "by",
    "action",
    "reason",
    "bulk_id",
    "status_before",
    "status_after",
    "changes",
    "content",
)


def event_hash(previous: str, fields: Mapping[str, object]) -> str:
    """SHA-256 (hex) over ``previous`` and the covered ``fields``; KeyError when one is missing."""
    covered = {name: _plain(fields[name]) for name in COVERED}
    text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def first_break(events: Iterable[tuple[str, str, Mapping[str, object]]], head: str) -> int | None:
    """The place (0-based) where a chain breaks, or None when it is whole.

    ``events`` are (previous hash, hash, fields) in order; ``head`` is the hash kept on the review itself. A chain whose
    last event was cut off breaks at the place after the last.
    """
    expected = ""
    place = 0
    for place, (previous, own, fields) in enumerate(events):
        if previous != expected or event_hash(previous, fields) != own:
            return place
        expected = own
    if expected != head:
        return place + 1 if expected else 0
    return None


def _plain(value):
    """Moments in UTC to the microsecond, identifiers as text: the same on every database and machine."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    if value is None or isinstance(value, (str, int, bool, list, dict)):
        return value
    return str(value)
