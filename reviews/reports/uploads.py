"""Filled workbooks handed in, in words: what one would do to the forms, what came of it, and the list of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import F, QuerySet

from reviews.actions.content import rule_levels
from reviews.actions.filling import is_short
from reviews.actions.upload_plans import MINE, Cell, Fate, Plan, Row, column_sets, question_id
from reviews.models import Campaign, FormUpload, Review
from reviews.sheets.columns import NO, YES, SheetColumn
from tthc_portal.accounts.models import User

# Questions on one page: more are asked after these are answered.
ASKED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A cell that both sides changed, in words; ``base`` is None where nobody knows it; ``choice`` blank while open."""

    name: str
    review: Review
    row: Row
    label: str
    base: str | None
    mine: str
    theirs: str
    choice: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """One form of a file: where it stands there, and (label, before, after) or (label, value, why) of its cells."""

    sheet: str
    number: int
    code: str
    review: int | None
    name: str
    why: str
    cells: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """A question of a written upload: the form (code, primary key), the cell, both texts and whose stands."""

    review: int
    code: str
    label: str
    chosen: str
    lost: str
    side: str


class Words:
    """Says the cells of a workbook in Vietnamese."""

    def __init__(self):
        self._sets = column_sets(rule_levels())
        self._all = self._sets[True] | self._sets[False]

    def label(self, key: str, review: Review | None = None) -> str:
        """What a column is called on the sheet of ``review``."""
        column = self._column(key, review)
        return column.label if column else key

    def text(self, key: str, value, review: Review | None = None) -> str:
        """A cell as its reader sees it; blank for nothing."""
        return said(self._column(key, review), value)

    def _column(self, key: str, review: Review | None) -> SheetColumn | None:
        own = self._sets[is_short(review)] if review else self._all
        return own.get(key) or self._all.get(key)


def said(column: SheetColumn | None, value) -> str:
    """``value`` of ``column`` in words."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int) and column and column.key == "annual_dossiers":
        return f"{value:,}".replace(",", ".")
    if column and column.choices:
        return next((label for label, code in column.choices.items() if code == value), str(value))
    return str(value)


def uploads_of(campaign: Campaign | None, reader: User) -> QuerySet:
    """The filled workbooks of a round that ``reader`` may see, the latest first."""
    found = FormUpload.objects.visible_to(reader).filter(campaign=campaign)
    found = found.annotate(row_count=F("report__number")).defer("report", "choices")
    return found.select_related("organisation", "made_by", "bulk_change")


def questions(plan: Plan, words: Words) -> list[Question]:
    """The questions of a plan, those still open first, as many as one page holds."""
    asked = sorted(plan.questions, key=lambda pair: bool(pair[1].choice) and not _clashes(pair[1]))
    return [_question(row, cell, words) for row, cell in asked[:ASKED_AT_ONCE]]


def _question(row: Row, cell: Cell, words: Words) -> Question:
    review = row.review
    base = None if cell.base is None and not _is_number(cell) else words.text(cell.key, cell.base, review)
    return Question(
        name=question_id(review, cell.key),
        review=review,
        row=row,
        label=words.label(cell.key, review),
        base=base,
        mine=words.text(cell.key, cell.mine, review),
        theirs=words.text(cell.key, cell.theirs, review),
        choice=cell.choice,
        why=cell.why if _clashes(cell) else "",
    )


def _is_number(cell: Cell) -> bool:
    """Whether a blank of this cell is None, as a number's is."""
    return isinstance(cell.mine, int) or isinstance(cell.theirs, int)


def _clashes(cell: Cell) -> bool:
    return cell.choice == MINE and bool(cell.why)


def taken(rows: Iterable[Row], words: Words) -> list[Told]:
    """What would be written on each form: (label, stored now, in the file) of every cell taken."""
    return [
        _told(row, [_pair(cell, row.review, words) for cell in row.of(Fate.TAKE)]) for row in rows if row.of(Fate.TAKE)
    ]


def left_out(plan: Plan, words: Words) -> list[Told]:
    """Forms and cells of a plan that cannot be written, with everything typed there: (label, in the file, why)."""
    found = []
    for row in plan.rows:
        cells = row.cells if row.refusal else row.of(Fate.WRONG)
        if row.refusal or cells:
            typed = [(cell.key, cell.mine, cell.why) for cell in cells if cell.fate is not Fate.KEEP]
            found.append(_told(row, _once([_typed(*one, row.review, words) for one in typed])))
    return found


def left_out_then(outcome: Mapping, words: Words) -> list[Told]:
    """The same of an upload that has been written, as it was kept."""
    codes = {one["code"] for one in outcome["refused"]}
    names = (
        dict(Review.objects.filter(scope_item__code__in=codes).values_list("scope_item__code", "scope_item__name"))
        if codes
        else {}
    )
    return [
        Told(
            one["sheet"],
            one["row"],
            one["code"],
            one["review"],
            names.get(one["code"], ""),
            one["why"],
            _once([_typed(key, value, why, None, words) for key, (value, why) in one["cells"].items()]),
        )
        for one in outcome["refused"]
    ]


def answered(outcome: Mapping, words: Words) -> list[Answered]:
    """The questions of an upload that has been written, by code."""
    keys = {review for review, *_ in outcome["answers"]}
    reviews = {one.pk: one for one in Review.objects.filter(pk__in=keys).select_related("scope_item")} if keys else {}
    found = []
    for pk, key, mine, theirs, choice in outcome["answers"]:
        review = reviews[pk]
        texts = [words.text(key, value, review) for value in (mine, theirs)]
        chosen, lost = texts if choice == MINE else texts[::-1]
        side = "giá trị trong tệp" if choice == MINE else "giá trị trên cổng"
        found.append(Answered(pk, review.scope_item.code, words.label(key, review), chosen, lost, side))
    return sorted(found, key=lambda one: one.code)


def closed_cells(report: Mapping, words: Words) -> list[dict]:
    """Locked cells changed in the file, as the faults of a row: {sheet, row, column, value, message}."""
    return [
        {
            "sheet": row["sheet"],
            "row": row["row"],
            "column": words.label(key),
            "value": text,
            "message": "Ô này đã khóa, chỉ để xem: giá trị trong tệp không được nhận, cổng giữ giá trị đang lưu.",
        }
        for row in report["rows"]
        for key, text in row["locked"].items()
    ]


def _told(row: Row, cells: list[tuple[str, str, str]]) -> Told:
    review = row.review
    name = review.scope_item.name if review else ""
    return Told(row.sheet, row.number, row.code, review.pk if review else None, name, row.refusal, cells)


def _pair(cell: Cell, review: Review, words: Words) -> tuple[str, str, str]:
    said_by = (words.text(cell.key, value, review) for value in (cell.theirs, cell.mine))
    return (words.label(cell.key, review), *said_by)


def _typed(key: str, value, why: str, review: Review | None, words: Words) -> tuple[str, str, str]:
    return words.label(key, review), words.text(key, value, review), why


def _once(cells: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """The same cells; a reason that several share is said at the last of those that stand together."""
    after = [why for *_, why in cells[1:]] + [""]
    return [
        (label, value, "" if why == following else why)
        for (label, value, why), following in zip(cells, after, strict=True)
    ]
