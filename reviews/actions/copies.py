"""A person's working copy of a form: what stands in its row, what of it can be saved, and what the history must keep.

``WorkingCopy.data`` holds ``fields`` ({name of a part of a content: a Typed as plain values}) and ``tabs`` ({tab: the
last of its autosaves that arrived}), so that an autosave sent twice is kept once.
"""

import dataclasses
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError

from reviews.actions.content import ANSWER, COLUMNS, ROWS, clean_content
from reviews.actions.events import record
from reviews.models import Review, WorkingCopy
from reviews.rules.merging import Typed
from reviews.rules.transfers import Level
from tthc_portal.accounts.models import User

# Tabs whose last autosave is remembered.
MAX_TABS = 12
EMPTY = ("", None, False, [])


def find(review: Review | int, user: User) -> WorkingCopy | None:
    """The working copy of ``user`` at ``review`` (or its key); whoever writes it holds the lock on the review."""
    copy = WorkingCopy.objects.filter(review=review, user=user).order_by().first()
    if copy:
        copy.user = user
    return copy


def fields_of(copy: WorkingCopy | None) -> dict[str, Typed]:
    """What stands in ``copy``, field by field; {} where there is none."""
    stored = copy.data.get("fields", {}) if copy else {}
    return {name: Typed(**(entry | {"wrong": tuple(entry.get("wrong", ()))})) for name, entry in stored.items()}


def put(copy: WorkingCopy, fields: Mapping[str, Typed], *, tab: str = "", number: int = 0) -> None:
    """Write ``fields`` into ``copy`` (not saved), and that autosave ``number`` of ``tab`` has arrived."""
    tabs = dict(copy.data.get("tabs", {}))
    if tab and number:
        number = max(number, tabs.pop(tab, 0))
        tabs = dict(list(tabs.items())[1 - MAX_TABS :]) | {tab: number}
    copy.data = {"fields": {name: dataclasses.asdict(entry) for name, entry in fields.items()}, "tabs": tabs}
    copy.base_version = min((entry.base for entry in fields.values()), default=copy.base_version)


def arrived(copy: WorkingCopy | None, tab: str, number: int) -> bool:
    """Whether autosave ``number`` of ``tab`` is in ``copy`` already."""
    return bool(copy and tab and number and copy.data.get("tabs", {}).get(tab, 0) >= number)


def typed(
    data: Mapping[str, object],
    wrong: Mapping[str, tuple[object, Iterable[str]]],
    levels: Mapping[str, Level],
    *,
    base: int,
    revision: int,
    tab: str,
) -> dict[str, Typed]:
    """What an editor sent as fields of a copy: cleaned where it can be, as typed and marked where not.

    ``wrong`` are the fields that could not even be read: {name: (value as typed, sentences)}.
    """
    found = {}
    for name, value in data.items():
        sentences: tuple[str, ...] = ()
        try:
            value = clean_content({name: value}, levels)[name]
        except ValidationError as error:
            sentences = tuple(error.messages)
        found[name] = Typed(value, base, revision, tab, sentences)
    for name, (value, sentences) in wrong.items():
        found[name] = Typed(value, base, revision, tab, tuple(sentences) or ("Giá trị chưa đúng.",))
    return {name: entry for name, entry in found.items() if name in COLUMNS or name in ROWS or name.startswith(ANSWER)}


def keep(review: Review, entries: Mapping[str, Typed], stored: Mapping, *, by: User, action: str, reason: str) -> None:
    """Put what ``by`` typed and could not save into the history of a locked ``review``; nothing for nothing."""
    changes, said = {}, [reason]
    for name, entry in entries.items():
        if entry.kept or entry.value in EMPTY or entry.value == stored.get(name):
            continue
        if entry.wrong and name in ROWS:
            said.append(_told(name, entry.value))
            changes.setdefault(name, None)
        else:
            changes[name] = [stored.get(name), entry.value]
    if changes:
        kept = {name: change for name, change in changes.items() if change is not None}
        record(review, by=by, action=action, reason=" ".join(said), changes=kept)


def _told(name: str, rows: list[Mapping]) -> str:
    """A table with wrong rows in words: its cells cannot be shown as what they are not."""
    label = str(ROWS[name].model._meta.verbose_name).capitalize()
    lines = ["; ".join(str(cell) for cell in row.values() if cell not in EMPTY) for row in rows]
    return f"{label}: " + " | ".join(f"dòng {number}: {line}" for number, line in enumerate(lines, 1) if line) + "."


def laid_over(copy: WorkingCopy | None, content: Mapping[str, object]) -> dict:
    """``content`` with what stands in ``copy`` over it; a point closed since is left out."""
    return {**content, **{name: entry.value for name, entry in fields_of(copy).items() if name in content}}
