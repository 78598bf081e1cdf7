"""What a page sends while somebody types: the form half filled, and from which of his tabs."""

from collections.abc import Mapping

from reviews.forms.filling import ReviewForm, RowsFormSet
from reviews.rules.merging import Hand

KEEP = "keep_"
MAX_NAME = 40


def read_typed(form: ReviewForm) -> tuple[dict, dict]:
    """(content, wrong) of a posted form: what can be read, and {field: (value as typed, sentences)} of what cannot.

    A table with one wrong cell is wrong as a whole; its other cells stand in it as read.
    """
    form.is_valid()
    unreadable = {
        name: table for name, table in form.tables.items() if table.is_bound and not table.management_form.is_valid()
    }
    wrong = {
        name: _wrong_rows(table)
        for name, table in form.tables.items()
        if table.is_bound and name not in unreadable and not table.is_valid()
    }
    for name, errors in form.main.errors.items():
        if name in form.main.fields and name != "version" and name in form.data:
            wrong[name] = (form.data.get(name), _sentences(errors))
    content = {name: value for name, value in form.content().items() if name not in wrong and name not in unreadable}
    return content, wrong


def _wrong_rows(table: RowsFormSet) -> tuple[list[dict], list[str]]:
    rows, sentences = [], [str(sentence) for sentence in table.non_form_errors()]
    for number, form in enumerate(table.forms, start=1):
        if form.data.get(form.add_prefix("DELETE")) == "on":
            continue
        row = {
            name: form.data.get(form.add_prefix(name), "") if name in form.errors else value
            for name, value in (_as_typed(form) | form.row()).items()
        }
        if form.is_blank() and not form.errors:
            continue
        rows.append(row)
        for name, errors in form.errors.items():
            label = f", {form.fields[name].label}" if name in form.fields else ""
            sentences += [f"Dòng {number}{label}: {sentence}" for sentence in _sentences(errors)]
    return rows, sentences


def _as_typed(form) -> dict:
    return {name: form.data.get(form.add_prefix(name), "") for name in form.fields if name != "DELETE"}


def _sentences(errors) -> list[str]:
    return [str(sentence) for sentence in errors]


def hand_of(data: Mapping, version: int) -> Hand | None:
    """From which tab a POST comes, as the page told it; None for one that says nothing of a working copy.

    ``touched`` is sent by the script alone: without it nobody knows what was changed on the page.
    """
    if "revision" not in data:
        return None
    touched = data.get("touched")
    return Hand(
        base=version,
        revision=_whole(data.get("revision")),
        tab=data.get("tab", "")[:MAX_NAME],
        was=data.get("was", "")[:MAX_NAME],
        touched=frozenset(touched.split(",")) if touched is not None and data.get("tab") else None,
        chosen=frozenset(name.removeprefix(KEEP) for name in data if name.startswith(KEEP)),
    )


def number_of(data: Mapping) -> int:
    """Which message of its tab a POST is; 0 where it does not say."""
    return _whole(data.get("number"))


def dropped_in(data: Mapping) -> list[str]:
    """The fields for which the person chose the other side's text."""
    return [name.removeprefix(KEEP) for name in data if name.startswith(KEEP) and data.get(name) == "theirs"]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
