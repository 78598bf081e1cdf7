"""Merging two people's edits of one form, field by field, so that nobody's text is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that both sides changed differently: the value both began from (None if none), and the two new ones."""

    base: object
    mine: object
    theirs: object


@dataclass(frozen=True, slots=True)
class Merge:
    """Result of a merge: `merged` holds every field; `conflicts` the fields that a person must choose, by name."""

    merged: dict[str, object] = field(default_factory=dict)
    conflicts: dict[str, Conflict] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """True when nothing is left to choose."""
        return not self.conflicts


def merge(base: Mapping[str, object], mine: Mapping[str, object], theirs: Mapping[str, object]) -> Merge:
    """Three-way merge of plain values.

    `base` is the version the editor began from, `mine` what he sends, `theirs` what is stored now. A field absent from
    `mine` or `theirs` is unchanged on that side. Edits of different fields merge; the same value on both sides is no
    conflict. Where both changed a field differently, `merged` keeps the stored value and `conflicts` carries mine.
    """
    result = Merge()
    for name in dict.fromkeys([*base, *theirs, *mine]):
        start = base.get(name, _ABSENT)
        my_value, their_value = mine.get(name, start), theirs.get(name, start)
        if their_value == start:
            result.merged[name] = my_value
            continue
        result.merged[name] = their_value
        if my_value not in (start, their_value):
            result.conflicts[name] = Conflict(None if start is _ABSENT else start, my_value, their_value)
    return result
