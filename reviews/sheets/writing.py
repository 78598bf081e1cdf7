"""Review forms written as a workbook to be filled outside the portal: locked cells, drop-downs, help, hidden ids."""

import datetime
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import xlsxwriter
from django.db.models import QuerySet
from django.utils import timezone
from xlsxwriter.worksheet import Worksheet

from reviews.actions.content import COLUMNS, ROWS, initial_content, rule_levels
from reviews.actions.gaps import is_short
from reviews.models import Campaign, Review, Status
from reviews.rules.transfers import Level
from reviews.rules.workflow import TRANSITIONS, Action
from reviews.sheets import guide
from reviews.sheets.columns import LOCKED, NO, YES, SheetColumn, columns
from reviews.sheets.looks import Looks, height_of
from reviews.sheets.seals import (
    FACTS,
    FORMAT,
    GUIDE_SHEET,
    HIDDEN,
    LIST_SHEET,
    MARKER,
    SHORT_SHEET,
    WHOLE_SHEET,
    sealed,
)
from reviews.sheets.values import row_of
from tthc_portal.accounts.models import User
from tthc_portal.sheets import xlsx_text

OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "dd/mm/yyyy",
}
# A list written into the rule itself may be this long; a longer one stands on the hidden sheet.
_INLINE_LIST = 255
_KEYS_ROW, _LABELS_ROW, _FIRST_ROW = 0, 1, 2
# What stays at the left while one scrolls: the hidden columns, code and name.
_FROZEN = len(HIDDEN) + 2
_MAY = {"format_columns": True, "format_rows": True, "autofilter": True}
_FILLABLE = TRANSITIONS[Action.SAVE].sources
_NOTE_LIMIT = 1_500
# The tables that cells come from.
_PARTS = ("deciders", "transfers", "criteria")


@dataclass(slots=True)
class _Book:
    """The workbook on its way: what every part of it needs to know."""

    book: xlsxwriter.Workbook
    looks: Looks
    campaign: Campaign
    by: User
    levels: Mapping[str, Level]
    contents: Mapping[int, dict]
    lists: dict[tuple[str, ...], str]


def write(
    target: str | io.BufferedIOBase,
    reviews: QuerySet | Iterable[Review],
    *,
    by: User,
    campaign: Campaign,
    title: str = "",
) -> int:
    """Write ``reviews`` (of ``by``'s body in ``campaign``) into ``target``, path or binary file; the number of forms.

    ``title`` says in the guide which forms they are. The number of queries does not grow with the forms.
    """
    if isinstance(reviews, QuerySet):
        reviews = reviews.select_related("scope_item", "organisation", "unit", "assignee")
    rows = list(reviews)
    made_at = timezone.now()
    book = xlsxwriter.Workbook(target, OPTIONS)
    book.set_properties({"title": title or "Phiếu rà soát", "author": str(by), "created": made_at.replace(tzinfo=None)})
    file = _Book(book, Looks(book), campaign, by, rule_levels(), contents_of(rows), {})
    cover = book.add_worksheet(GUIDE_SHEET)
    sheets = []
    for name, short in ((WHOLE_SHEET, False), (SHORT_SHEET, True)):
        chosen = [review for review in rows if is_short(review) is short]
        if chosen:
            sheet = book.add_worksheet(name)
            _form_sheet(file, sheet, chosen, columns(short, file.levels))
            sheets.append((sheet, len(chosen)))
    guide.fill(cover, file.looks, campaign=campaign, by=by, made_at=made_at, title=title, sheets=sheets)
    _list_sheet(file, made_at)
    if sheets:
        sheets[0][0].activate()
    book.close()
    return len(rows)


def contents_of(reviews: Iterable[Review]) -> dict[int, dict]:
    """The parts of each review's content that cells come from, by primary key.

    As ``snapshot`` gives them, of a form never saved as ``initial_content`` does; plain values, for two thousand forms
    have some thirty thousand answers.
    """
    found: dict[int, dict] = {}
    for review in reviews:
        found[review.pk] = {name: getattr(review, name) for name in COLUMNS} | {name: [] for name in _PARTS}
    saved = [review.pk for review in reviews if review.version]
    for name in _PARTS:
        rows = ROWS[name]
        names = [rows.model._meta.get_field(field).attname for field in rows.fields]
        for pk, *values in rows.model.objects.filter(review__in=saved).values_list("review_id", *names):
            found[pk][name].append(dict(zip(rows.fields, values, strict=True)))
    return found | {review.pk: initial_content(review) for review in reviews if not review.version}


def _form_sheet(file: _Book, sheet: Worksheet, reviews: list[Review], of: tuple[SheetColumn, ...]) -> None:
    last = _FIRST_ROW + len(reviews) - 1
    _heads(file, sheet, of)
    for place, column in enumerate(of, start=len(HIDDEN)):
        _rule(file, sheet, column, (_FIRST_ROW, place, last, place))
    for number, review in enumerate(reviews, start=_FIRST_ROW):
        _row(file, sheet, number, review, of)
    sheet.freeze_panes(_FIRST_ROW, _FROZEN)
    sheet.autofilter(_LABELS_ROW, len(HIDDEN), last, len(HIDDEN) + len(of) - 1)
    sheet.protect("", _MAY)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: what an office prints its tables on
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_print_scale(65)  # readable; what does not fit goes on to further pages with code and name again
    sheet.repeat_rows(_LABELS_ROW)
    sheet.repeat_columns(len(HIDDEN), _FROZEN - 1)
    sheet.set_footer("&L&8&F&R&8Trang &P/&N")


def _heads(file: _Book, sheet: Worksheet, of: tuple[SheetColumn, ...]) -> None:
    """The hidden line of keys, the line of labels with a note of help at each."""
    looks = file.looks
    for place, key in enumerate(HIDDEN):
        sheet.write_string(_KEYS_ROW, place, key, looks.hidden)
        sheet.set_column(place, place, 12, looks.hidden, {"hidden": True})
    for place, column in enumerate(of, start=len(HIDDEN)):
        sheet.write_string(_KEYS_ROW, place, column.key, looks.hidden)
        sheet.write_string(_LABELS_ROW, place, column.label, looks.head(column))
        sheet.set_column(place, place, column.width)
        note = column.help[:_NOTE_LIMIT]
        size = {"x_scale": 2.2, "y_scale": max(0.7, len(note) / 190)}
        sheet.write_comment(_LABELS_ROW, place, note, {"author": "Cổng rà soát TTHC", "font_size": 9, **size})
    sheet.set_row(_KEYS_ROW, None, None, {"hidden": True})
    sheet.set_row(_LABELS_ROW, 78)


def _rule(file: _Book, sheet: Worksheet, column: SheetColumn, cells: tuple[int, int, int, int]) -> None:
    """What a cell of the column takes: a drop-down, a number, a text of bearable length."""
    if column.locked:
        return
    said = {"error_title": column.label[:32], "ignore_blank": True}
    if column.kind in ("choice", "yes_no"):
        labels = tuple(column.choices) or (YES, NO)
        wrong = "Hãy chọn một giá trị trong danh sách thả xuống, hoặc xóa trống ô."
        rule = {"validate": "list", "source": _source(file, labels), "error_message": wrong}
    elif column.kind == "number":
        low, high = (2000, 2100) if column.key.endswith("_year") else (0, 2_147_483_647)
        wrong = f"Ghi số nguyên từ {low} trở lên, không kèm chữ; không có số thì để trống."
        rule = {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high, "error_message": wrong}
    else:
        wrong = "Nội dung dài quá 30.000 ký tự; hãy rút gọn."
        rule = {"validate": "length", "criteria": "<=", "value": 30_000, "error_message": wrong}
    sheet.data_validation(*cells, rule | said)


def _source(file: _Book, labels: tuple[str, ...]) -> list[str] | str:
    """The list itself while it is short and free of commas, else where it stands on the hidden sheet."""
    if len(",".join(labels)) <= _INLINE_LIST and not any("," in label for label in labels):
        return list(labels)
    if labels not in file.lists:
        letter = chr(ord("D") + len(file.lists))
        file.lists[labels] = f"='{LIST_SHEET}'!${letter}$2:${letter}${len(labels) + 1}"
    return file.lists[labels]


def _row(file: _Book, sheet: Worksheet, number: int, review: Review, of: tuple[SheetColumn, ...]) -> None:
    content = file.contents[review.pk]
    facts = _facts(file, review, content)
    cells, closed = row_of(content, of)
    shown = facts | closed
    fillable = review.eligible and not review.removed and review.status in _FILLABLE
    seal = sealed((file.campaign.pk, review.organisation_id), review.pk, review.version, review.scope_item.code, shown)
    sheet.write_number(number, 0, review.pk, file.looks.hidden)
    sheet.write_number(number, 1, review.version, file.looks.hidden)
    sheet.write_string(number, 2, seal, file.looks.hidden)
    lines = 1
    for place, column in enumerate(of, start=len(HIDDEN)):
        key = column.key
        value = shown[key] if key in shown else _written(column, cells[key])
        look = file.looks.cell(column, locked=column.locked or key in closed or not fillable, note=key in closed)
        if value is None or value == "":
            sheet.write_blank(number, place, None, look)
        elif isinstance(value, int):
            sheet.write_number(number, place, value, look)
        else:
            sheet.write_string(number, place, xlsx_text(value), look)
            lines = max(lines, height_of(value, column.width))
    sheet.set_row(number, 15.75 * min(max(lines, 2), 12))


def _facts(file: _Book, review: Review, content: Mapping) -> dict[str, str]:
    """What the locked columns show of a form."""
    deciders = []
    for row in content["deciders"]:
        said = (_label(file.levels, row["level"]), row["body"], row["case"])
        deciders.append(" – ".join(dict.fromkeys(filter(None, said))))  # a body is often named like its level
    item = review.scope_item
    facts = {
        "code": item.code,
        "name": item.name,
        "sector": item.sector_name,
        "deciders": "\n".join(filter(None, deciders)) or "Chưa xác định",
        "unit": review.unit.name if review.unit else "",
        "assignee": str(review.assignee) if review.assignee else "Chưa giao",
        "status": Status(review.status).label,
    }
    return {column.key: facts[column.key] for column in LOCKED}


def _label(levels: Mapping[str, Level], code: str) -> str:
    return levels[code].label if code in levels else code


def _written(column: SheetColumn, value) -> str | int | None:
    """A value as the cell shows it."""
    if column.kind == "yes_no":
        return YES if value else None
    if column.kind == "choice":
        return next((label for label, code in column.choices.items() if code == value), value)
    return value


def _list_sheet(file: _Book, made_at: datetime.datetime) -> None:
    """The hidden sheet: what the file is, and the lists too long for a rule."""
    sheet = file.book.add_worksheet(LIST_SHEET)
    facts = dict(zip(FACTS, (file.campaign.pk, file.by.body.pk, made_at.isoformat()), strict=True))
    for number, (name, value) in enumerate({MARKER: FORMAT, **facts}.items()):
        sheet.write_string(number, 0, name)
        sheet.write_string(number, 1, str(value))
    for place, labels in enumerate(file.lists, start=3):
        for number, label in enumerate(labels, start=1):
            sheet.write_string(number, place, label)
    sheet.protect("")
    sheet.hide()
