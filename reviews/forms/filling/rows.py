"""Rows of the tables of the form: what one is, when it says nothing, and the selects of levels in them."""

import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal

from django import forms

from procedures.models import AuthorityLevel, Tier

MAX_ROWS = 60
_BLANK_LEVEL = ("", "Chọn cấp…")


def level_choices(levels: Iterable[AuthorityLevel], first: Iterable[str] = ()) -> list:
    """Choices of a level select, grouped by storey; ``first`` (codes) stand in a group of their own at the top."""
    levels = list(levels)
    labels = {level.code: level.label for level in levels}
    first = [code for code in dict.fromkeys(first) if code in labels]
    choices: list = [_BLANK_LEVEL]
    if first:
        choices.append(("Thẩm quyền hiện nay đã khai", [(code, labels[code]) for code in first]))
    for tier, name in [*Tier.choices, ("", "Ngoài hệ thống hành chính")]:
        group = [(level.code, level.label) for level in levels if level.tier == tier and level.code not in first]
        if group:
            choices.append((name, group))
    return choices


class RowForm(forms.Form):
    """One row of a table; a row with nothing typed in it is no row at all."""

    # Values that stand in an untouched row and so say nothing.
    silent: tuple[str, ...] = ()
    needed: Mapping[str, str] = {}

    def __init__(self, *args, choices: Mapping[str, list] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        for name, options in (choices or {}).items():
            self.fields[name].choices = options

    def is_blank(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any(
            value for name, value in self.cleaned_data.items() if name not in self.silent and name != "DELETE"
        )

    def clean(self):
        """A row begun must name what it stands on."""
        cleaned = super().clean()
        if not self.is_blank():
            for name, sentence in self.needed.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned

    def row(self) -> dict:
        """The row as plain values."""
        return {name: plain(value) for name, value in self.cleaned_data.items() if name != "DELETE"}


class RowsFormSet(forms.BaseFormSet):
    """A table of rows whose untouched rows are left out, prefilled ones included."""

    def get_form_kwargs(self, index):
        """Rows are judged by what stands in them, not by whether they differ from what the page offered."""
        kwargs = super().get_form_kwargs(index)
        return kwargs if index is None else kwargs | {"empty_permitted": False}

    def rows(self) -> list[dict]:
        """The rows that say something, as plain values; only after ``is_valid()``."""
        kept = [form for form in self.forms if not self._should_delete_form(form)]
        return [form.row() for form in kept if not form.is_blank()]


def table_of(form: type[RowForm]) -> type[RowsFormSet]:
    """The table of such rows: rows come and go, one blank row stands ready."""
    return forms.formset_factory(
        form, RowsFormSet, extra=1, can_delete=True, max_num=MAX_ROWS, validate_max=True, absolute_max=MAX_ROWS + 20
    )


def plain(value):
    """``value`` as a content keeps it: dates and decimals as text."""
    if isinstance(value, datetime.date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value
