"""Merging two people's edits of one form, field by field, so that nobody's text is lost.

A table of rows is one field made of rows: rows keep an identity by the columns that say what they speak of (ROW_KEYS),
so that edits of different rows merge and only edits of the same row ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

# By which columns a row of a table is the same row on both sides; the n-th of equal ones is the n-th.
ROW_KEYS: dict[str, tuple[str, ...]] = {
    "deciders": ("level", "body"),
    "transfers": ("source_level", "target_level", "target_body"),
    "criteria": ("criterion",),
    "amendments": ("document_type", "number", "article", "clause", "point"),
    "costs": ("phase", "item"),
}
# A table never grows beyond this by merging: rather than that, the two sides are shown.
MAX_ROWS = 60
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field that both sides changed differently: the value both began from (None if none), and the two new ones.

    Of a table, `mine` also holds the rows that only the other side changed.
    """

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
    `mine` or `theirs` is unchanged on that side. Edits of different fields merge, edits of different rows of a table
    too; the same value on both sides is no conflict. Where both changed a field (or a row) differently, `merged` keeps
    the stored value and `conflicts` carries mine.
    """
    result = Merge()
    for name in dict.fromkeys([*base, *theirs, *mine]):
        start = base.get(name, _ABSENT)
        my_value, their_value = mine.get(name, start), theirs.get(name, start)
        if their_value == start:
            result.merged[name] = my_value
            continue
        result.merged[name] = their_value
        if my_value in (start, their_value):
            continue
        if name in ROW_KEYS and all(isinstance(side, list) for side in (my_value, their_value)):
            rows, contested = merge_rows(start if isinstance(start, list) else [], my_value, their_value, name)
            if not contested and len(rows) <= MAX_ROWS:
                result.merged[name] = rows
                continue
            my_value = rows if len(rows) <= MAX_ROWS else my_value
        result.conflicts[name] = Conflict(None if start is _ABSENT else start, my_value, their_value)
    return result


def merge_rows(
    base: Sequence[Mapping], mine: Sequence[Mapping], theirs: Sequence[Mapping], name: str
) -> tuple[list[Mapping], bool]:
    """(rows, contested) of the table `name`: in the stored order, my new rows last; a contested row is given as mine.

    A row is contested when both sides changed it differently; removing a row is a change of it.
    """
    start, my_rows, their_rows = (_by_key(rows, ROW_KEYS[name]) for rows in (base, mine, theirs))
    mine_alone, theirs_alone = my_rows.keys() - their_rows.keys() - start.keys(), their_rows.keys() - my_rows.keys()
    if start.keys() - my_rows.keys() - their_rows.keys() and mine_alone and theirs_alone - start.keys():
        # Both made another row of the same one: whether these are one row or two, nobody but a person can tell.
        return list(mine), True
    kept, contested = [], False
    for key in dict.fromkeys([*their_rows, *my_rows]):
        before, my_row, their_row = (rows.get(key) for rows in (start, my_rows, their_rows))
        if my_row in (before, their_row):
            chosen = their_row
        else:
            contested = contested or their_row != before
            # A row that I removed and the other side wrote on is better kept: its text would go unseen.
            chosen = my_row if my_row is not None or their_row == before else their_row
        if chosen is not None:
            kept.append(chosen)
    return kept, contested


def _by_key(rows: Sequence[Mapping], columns: tuple[str, ...]) -> dict[tuple, Mapping]:
    found: dict[tuple, Mapping] = {}
    for row in rows:
        key = tuple(str(row.get(column) or "").strip() for column in columns)
        number = 0
        while (*key, number) in found:
            number += 1
        found[(*key, number)] = row
    return found


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of a person's working copy.

    `value` as typed; `base` the version of the form he began from; `revision` the autosave that brought it, by `tab`;
    `wrong` the sentences that say why it cannot be saved; `kept` when the history already holds the value. `sent` is
    filled where rows of several tabs were joined in one table: what each of them sent last, by tab, for none of them
    shows the rows of the others.
    """

    value: object
    base: int
    revision: int
    tab: str = ""
    wrong: tuple[str, ...] = ()
    kept: bool = False
    sent: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hand:
    """From where something is typed: the version and the revision the page showed, its tab and the tab it took over.

    `touched` are the fields changed there (None: whatever is sent differs on purpose or not, nobody knows); `chosen`
    the fields for which the person has just chosen between two texts.
    """

    base: int
    revision: int | None = None
    tab: str = ""
    was: str = ""
    touched: frozenset[str] | None = None
    chosen: frozenset[str] = frozenset()

    def knows(self, entry: Typed) -> bool:
        """Whether the page showed `entry` or brought it itself, all of it."""
        if entry.tab and entry.tab in (self.tab, self.was) and not entry.sent:
            return True
        return self.revision is not None and entry.revision <= self.revision

    def last_sent(self, entry: Typed) -> object:
        """What this tab sent last of an `entry` that several tabs have joined in; None where it sent nothing."""
        return entry.sent.get(self.tab, entry.sent.get(self.was))


def fold(
    copy: Mapping[str, Typed],
    typed: Mapping[str, Typed],
    hand: Hand,
    base: Mapping[str, object],
) -> tuple[dict[str, Typed], dict[str, object]]:
    """A person's working copy with what one of his tabs sends: (copy, lost).

    Fields of different tabs stand beside each other; of two texts in one field the newer stands, and the older, unless
    it is empty, is in `lost` by its name: whoever calls keeps it. `base` holds the fields as the tab's version had
    them, so that a field sent untouched does not undo another tab's.
    """
    result, lost = dict(copy), {}
    for name, new in typed.items():
        old = copy.get(name)
        if old is None:
            result[name] = new
            continue
        if new.value == old.value:
            # An explicit choice moves the field to the version chosen on.
            sent = {**old.sent, hand.tab: new.value} if old.sent else old.sent
            result[name] = new if name in hand.chosen else replace(old, wrong=new.wrong, sent=sent)
            continue
        if not hand.knows(old) and not (old.sent and name in hand.chosen):
            begun = hand.last_sent(old)
            begun = base.get(name, _ABSENT) if begun is None else begun
            if new.value == begun or (hand.touched is not None and name not in hand.touched):
                continue
            if name in ROW_KEYS and not old.wrong and not new.wrong:
                rows, contested = merge_rows([] if begun in (_ABSENT, None) else begun, new.value, old.value, name)
                if contested or len(rows) > MAX_ROWS:
                    lost[name] = old.value
                if len(rows) <= MAX_ROWS:
                    new = replace(new, value=rows, sent={**(old.sent or {old.tab: old.value}), new.tab: new.value})
            elif old.value not in ("", None, False, []):
                lost[name] = old.value
        # What was begun from an older version stays begun from it: typing on settles no clash.
        result[name] = new if name in hand.chosen else replace(new, base=min(new.base, old.base))
    return result, lost
