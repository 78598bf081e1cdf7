"""The form of a review as one: what stands once and its tables, read from a content and giving back a part of one."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from procedures.models import AuthorityLevel
from reviews.forms.filling.main import BOXES, MainForm
from reviews.forms.filling.rows import RowsFormSet, level_choices
from reviews.forms.filling.tables import TABLES
from reviews.models import ComplianceCost, Query
from reviews.rules.criteria import CRITERIA


def _by_criterion(row: Mapping) -> tuple:
    return (str(row.get("criterion", "")),)


def _by_phase(row: Mapping) -> tuple:
    return (str(row.get("phase", "")),)


# Tables that are stored in an order of their own, whatever the order of the page.
_STORED_ORDER: dict[str, Callable[[Mapping], tuple]] = {"criteria": _by_criterion, "costs": _by_phase}


class ReviewForm:
    """The main form and its tables as one; ``content`` is what it shows, ``data`` (a POST) what was typed.

    ``short`` is a province's form, which says a stance.

    What a POST does not carry (a table without its management form, a field without its name) is left as stored.
    """

    def __init__(
        self,
        content: Mapping,
        levels: list[AuthorityLevel],
        *,
        queries: Iterable[Query] = (),
        data: Mapping | None = None,
        short: bool = False,
    ):
        self.data = data
        self.short = short
        self.main = MainForm(data, initial=dict(content), queries=queries, short=short)
        plain = level_choices(levels)
        deciding = level_choices(levels, [row["level"] for row in content["deciders"]])
        choices = {
            "deciders": {"level": plain},
            "transfers": {"source_level": deciding, "target_level": plain},
        }
        self.tables: dict[str, RowsFormSet] = {}
        for name, formset in TABLES.items():
            posted = data if data is not None and f"{name}-TOTAL_FORMS" in data else None
            self.tables[name] = formset(
                posted,
                prefix=name,
                initial=[_initial(row) for row in _shown_rows(name, content[name])],
                form_kwargs={"choices": choices.get(name, {})},
            )

    def __getattr__(self, name: str):
        """``form.deciders`` in templates is the table of that name."""
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def formsets(self) -> list[RowsFormSet]:
        """The tables in the order of the page."""
        return list(self.tables.values())

    def is_valid(self) -> bool:
        """Whether everything that was posted can be read; every part is checked, so that all errors show at once."""
        bound = [table for table in self.formsets if table.is_bound]
        return all([self.main.is_valid(), *(table.is_valid() for table in bound)])

    @property
    def version(self) -> int:
        """The version the editor began from."""
        return self.main.cleaned_data["version"]

    def content(self) -> dict:
        """What was typed, as a part of a content; where the editor kept the other side's text, that name is absent."""
        typed = {}
        for name, value in self.main.cleaned_data.items():
            # A box not ticked is not posted; the whole form says with ``boxes`` that it stood on the page.
            shown = name in self.data or (name in BOXES and "boxes" in self.data)
            if name != "version" and shown:
                typed[name] = value
        typed |= {name: _stored_rows(name, table.rows()) for name, table in self.tables.items() if table.is_bound}
        return {name: value for name, value in typed.items() if self.data.get(f"keep_{name}") != "theirs"}

    def add_errors(self, error: ValidationError) -> None:
        """Tie the sentences of an action's refusal to the fields they speak of, the rest to the whole form."""
        for name, messages in getattr(error, "error_dict", {NON_FIELD_ERRORS: error.error_list}).items():
            sentences = [sentence for message in messages for sentence in message.messages]
            target = name if name in self.main.fields else None
            for sentence in sentences:
                self.main.add_error(target, sentence)


def _shown_rows(name: str, rows: list[Mapping]) -> list[Mapping]:
    """The rows of a table in the order of the page: every question, answered or not; costs of now before those after.

    Answers to a question no longer asked stand last, so that they are not lost.
    """
    if name == "criteria":
        known = {row["criterion"]: row for row in rows}
        asked = [known.pop(one.code, {"criterion": one.code}) for one in CRITERIA]
        return [*asked, *known.values()]
    if name == "costs":
        return sorted(rows, key=lambda row: row["phase"] != ComplianceCost.Phase.NOW)
    return rows


def _stored_rows(name: str, rows: list[dict]) -> list[dict]:
    """Rows as typed in the order in which they are stored, so that a form saved untouched has changed nothing.

    A question is answered once: of two answers in one post the later stands.
    """
    if name == "criteria":
        rows = list({row["criterion"]: row for row in rows}.values())
    return sorted(rows, key=_STORED_ORDER[name]) if name in _STORED_ORDER else rows


def _initial(row: Mapping) -> dict:
    """Row of a content as a form shows it: ISO dates become dates, hours a number without idle noughts."""
    shown = {name: _day(value) if name.endswith("_on") and value else value for name, value in row.items()}
    return shown | {"hours": _number(shown["hours"])} if "hours" in shown else shown


def _number(text) -> Decimal | str:
    """The number of a decimal's text; what is none (typed wrong, and kept so) as it is."""
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError):
        return text
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _day(value: str) -> datetime.date | str:
    """The day of an ISO date; what is none (typed wrong, and kept so) as it is."""
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        return value
