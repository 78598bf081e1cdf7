"""Official tables: a title block by Nghị định 30/2020/NĐ-CP, a header with merged cells, numbered columns, totals.

One :class:`Table` says what a table is; here it becomes a sheet, and the same value is what its page shows.
"""

import datetime
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import xlsxwriter
from django.utils import timezone

from reviews.models.campaign import HANOI
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.sheets import xlsx_text

FONT = "Times New Roman"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
# Points of one line of a cell, and the tallest row that Excel knows.
_LINE, _TALLEST = 15, 409
# The same of the header's bold letters, and how low its rows may be.
_HEAD_LINE, _HEAD = 16, 62
# Letters of this font that fit where one digit of a column's width stands, and bold ones of the header's size.
_FITS, _BOLD_FITS = 1.2, 0.95
_ROMAN = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
# What a body's name begins with and the name of its place does not.
_PLACE = re.compile(r"^(?:Ủy ban nhân dân |UBND )?(?:tỉnh|thành phố) ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its label, the label above it that neighbours share, its official number, width in characters.

    ``kind``: text (left, wrapped), centre, count (whole number), percent (a number already rounded down), date.
    """

    label: str
    number: str = ""
    group: str = ""
    width: float = 12
    kind: str = "count"


class Row(NamedTuple):
    """One line: its kind (row, group, subgroup, total), its cells in the order of the columns, the code of what it is
    about, and the page or list behind it.
    """

    kind: str
    cells: Sequence
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """Who issues a table, where and when: (body above, body), the place, the moment in Hà Nội."""

    above: str
    issuer: str
    place: str
    moment: datetime.datetime

    @property
    def day(self) -> str:
        """The place and day as a paper says them: a day below 10 and a month below 3 have a zero before them."""
        day, month = self.moment.day, self.moment.month
        written = f"ngày {day:02d} tháng {f'{month:02d}' if month < 3 else month} năm {self.moment.year}"
        return f"{self.place}, {written}"


@dataclass(frozen=True, slots=True)
class Table:
    """An official table but for its rows: heading, form number ("Biểu 01"), title, lines under it, columns, notes."""

    form: str
    title: str
    heading: Heading
    lines: tuple[str, ...]
    columns: tuple[Column, ...]
    source: str
    notes: tuple[str, ...] = field(default=())

    @property
    def header(self) -> list[tuple[str, int, int]]:
        """Cells of the first header row: (label, columns across, rows down)."""
        cells, place = [], 0
        while place < len(self.columns):
            column = self.columns[place]
            if not column.group:
                cells.append((column.label, 1, 2 if self.is_grouped else 1))
                place += 1
                continue
            across = 1
            while place + across < len(self.columns) and self.columns[place + across].group == column.group:
                across += 1
            cells.append((column.group, across, 1))
            place += across
        return cells

    @property
    def second_header(self) -> list[str]:
        """Labels of the second header row, below the merged ones."""
        return [column.label for column in self.columns if column.group]

    @property
    def is_grouped(self) -> bool:
        """Whether any columns share a label."""
        return any(column.group for column in self.columns)


def label_place(row: Row) -> int | None:
    """The column from which the label of a group runs to the end of the line; None for a line with cells of its own."""
    if row.kind == "row":
        return None
    filled = [place for place, value in enumerate(row.cells) if place and value not in ("", None)]
    return filled[0] if len(filled) == 1 and filled[0] < len(row.cells) - 1 else None


def roman(number: int) -> str:
    """1 → I, 4 → IV, 84 → LXXXIV."""
    text = ""
    for value, sign in _ROMAN:
        while number >= value:
            text += sign
            number -= value
    return text


def _lines(text: str, letters: float) -> int:
    """Lines that ``text`` takes where so many letters fit in one: words stay whole unless one alone is longer."""
    fits = max(1, int(letters))
    if len(text) <= fits:
        return 1
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > fits:
            lines, used = lines + 1, 0
        used += len(word) + (1 if used else 0)
        if used > fits:
            lines, used = lines + (used - 1) // fits, (used - 1) % fits + 1
    return lines


def heading_of(body: Organisation, moment: datetime.datetime) -> Heading:
    """The heading of a paper that ``body`` issues at ``moment``.

    "Cục …, Văn phòng Chính phủ" names the body above after the comma; a ministry and a province stand alone.
    """
    issuer, _, above = body.name.partition(", ")
    if not above and body.parent_id:
        above = body.parent.name
    place = _PLACE.sub("", body.name) if body.kind == OrganisationKind.PROVINCE else "Hà Nội"
    return Heading(above.upper(), issuer.upper(), place, timezone.localtime(moment, HANOI))


def write_official(target, table: Table, rows: Iterable[Row]) -> int:
    """Write ``table`` with ``rows`` into ``target`` (path or binary file); the number of lines comes back.

    Text never becomes a formula, numbers and days stay what they are. Rows are written as they come and kept nowhere,
    unless the header joins cells across its two rows: the writer must then hold the sheet until its end.
    """
    options = dict.fromkeys(("strings_to_formulas", "strings_to_numbers", "strings_to_urls"), False)
    book = xlsxwriter.Workbook(target, options | {"constant_memory": not table.is_grouped})
    try:
        return _Sheet(book, table).write(rows)
    finally:
        # Also where the rows break off (work that is cancelled): only so does the writer take its own files away.
        book.close()


def official_file(table: Table, rows: Iterable[Row]):
    """The workbook as an open temporary file, at its beginning; who sends it closes it."""
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
    write_official(target, table, rows)
    target.seek(0)
    return target


class _Sheet:
    """One sheet under way, written row after row from the top."""

    def __init__(self, book: xlsxwriter.Workbook, table: Table):
        self.book, self.table = book, table
        self.sheet = book.add_worksheet(table.form[:31])
        self.last = len(table.columns) - 1
        self.at = 0
        self.formats = {}

    def write(self, rows: Iterable[Row]) -> int:
        """Everything; the number of lines of the table comes back."""
        self._page()
        self._title()
        self._header()
        first = self.at
        for row in rows:
            self._row(row)
        number = self.at - first
        self._foot()
        return number

    def _page(self) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        # Margins of Nghị định 30/2020/NĐ-CP in inches: left 30 mm, right 15 mm, top and bottom 20 mm.
        sheet.set_margins(left=1.18, right=0.6, top=0.8, bottom=0.8)
        sheet.set_header(f'&C&"{FONT},Regular"&13&P')
        sheet.hide_gridlines(1)
        for place, column in enumerate(self.table.columns):
            sheet.set_column(place, place, column.width, self._format())

    def _format(self, **look):
        """A format of the book, made once."""
        key = tuple(sorted(look.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format({"font_name": FONT, "font_size": 12} | look)
        return self.formats[key]

    def _across(self, first: int, last: int, text: str, **look) -> None:
        """``text`` over the columns from ``first`` to ``last`` of the present row."""
        look = self._format(align="center", valign="vcenter", **look)
        if first != last:
            self.sheet.merge_range(self.at, first, self.at, last, "", look)
        if text:
            self.sheet.write_string(self.at, first, text, look)

    def _title(self) -> None:
        table, heading = self.table, self.table.heading
        left = self._left_half()
        pairs = (
            (heading.above or heading.issuer, {"bold": not heading.above}, STATE, {"bold": True}),
            (heading.issuer if heading.above else "", {"bold": True}, MOTTO, {"bold": True, "underline": 1}),
            ("", {}, heading.day, {"italic": True}),
        )
        for own, own_look, state, state_look in pairs:
            self._across(0, left, own, text_wrap=True, **own_look)
            self._across(left + 1, self.last, state, **({"font_size": 13} | state_look))
            self.at += 1
        self.at += 1
        self._across(0, self.last, table.form, bold=True, font_size=13)
        self.at += 1
        self._across(0, self.last, table.title.upper(), bold=True, font_size=14, text_wrap=True)
        self.at += 1
        for line in table.lines:
            self._across(0, self.last, line, italic=True, text_wrap=True)
            self.at += 1
        self.at += 1

    def _left_half(self) -> int:
        """The last column of the left half, by widths."""
        widths = [column.width for column in self.table.columns]
        half, gone = sum(widths) * 0.45, 0.0
        for place, width in enumerate(widths[:-1]):
            gone += width
            if gone >= half:
                return place
        return max(0, len(widths) - 2)

    def _header(self) -> None:
        columns, first = self.table.columns, self.at
        look = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
        bold = self._format(**look)
        place = 0
        for label, across, down in self.table.header:
            if across > 1 or down > 1:
                self.sheet.merge_range(first, place, first + down - 1, place + across - 1, label, bold)
            else:
                self.sheet.write_string(first, place, label, bold)
            place += across
        self.at += 1
        if self.table.is_grouped:
            for place, column in enumerate(columns):
                if column.group:
                    self.sheet.write_string(self.at, place, column.label, bold)
            self.at += 1
        self._header_heights(first)
        small = self._format(italic=True, font_size=10, border=1, align="center", text_wrap=True)
        self.sheet.set_row(
            self.at, 2 * _LINE if any(len(column.number) > column.width for column in columns) else _LINE
        )
        for place, column in enumerate(columns):
            if column.number:
                self.sheet.write_string(self.at, place, column.number, small)
            else:
                self.sheet.write_blank(self.at, place, None, small)
        self.at += 1
        self.sheet.repeat_rows(first, self.at - 1)
        # Held fast is what a line is about, not the rows so far: with the title they fill an office screen.
        texts = (place for place, column in enumerate(columns) if column.kind == "text")
        self.sheet.freeze_panes(0, next(texts, 0) + 1)

    def _header_heights(self, first: int) -> None:
        """Rows tall enough for their labels: no program measures them where cells are joined."""
        upper = lower = alone = place = 0
        for label, across, down in self.table.header:
            columns = self.table.columns[place : place + across]
            lines = _lines(label, _BOLD_FITS * sum(column.width for column in columns))
            if down == 1 and self.table.is_grouped:
                upper = max(upper, lines)
                lower = max(lower, *(_lines(column.label, _BOLD_FITS * column.width) for column in columns))
            else:
                alone = max(alone, lines)
            place += across
        if self.table.is_grouped:
            self.sheet.set_row(first, _HEAD_LINE * upper)
        self.sheet.set_row(self.at - 1, max(_HEAD, _HEAD_LINE * max(lower, alone - upper)))

    def _row(self, row: Row) -> None:
        bold = {"bold": True} if row.kind in ("group", "total") else {}
        if row.kind == "subgroup":
            bold = {"bold": True, "italic": True}
        label = label_place(row)
        self.sheet.set_row(self.at, self._height(row, label))
        for place, (column, value) in enumerate(zip(self.table.columns, row.cells, strict=True)):
            if label is None or place < label:
                self._cell(place, column, value, bold)
        if label is not None:
            look = self._format(border=1, valign="top", font_size=11, **bold)
            self.sheet.merge_range(self.at, label, self.at, self.last, "", look)
            self.sheet.write_string(self.at, label, xlsx_text(str(row.cells[label])), look)
        self.at += 1

    def _height(self, row: Row, label: int | None) -> float:
        """Points that the longest cell of ``row`` needs once wrapped: not every program measures it by itself."""
        if label is not None:
            return _LINE
        lines = 1
        for column, value in zip(self.table.columns, row.cells, strict=True):
            if isinstance(value, str):
                lines = max(lines, sum(_lines(part, column.width * _FITS) for part in value.split("\n")))
        return min(_TALLEST, _LINE * lines)

    def _cell(self, place: int, column: Column, value, bold: dict) -> None:
        look = {"border": 1, "valign": "top", "font_size": 11} | bold
        if value is None or value == "":
            self.sheet.write_blank(self.at, place, None, self._format(**look))
        elif isinstance(value, datetime.date):
            day = self._format(num_format="dd/mm/yyyy", align="center", **look)
            self.sheet.write_datetime(self.at, place, datetime.datetime.combine(value, datetime.time()), day)
        elif isinstance(value, (int, float)):
            form = "0.00" if column.kind == "percent" else "#,##0"
            align = "center" if column.kind == "centre" else "right"
            self.sheet.write_number(self.at, place, value, self._format(num_format=form, align=align, **look))
        else:
            align = {"align": "center"} if column.kind != "text" else {}
            self.sheet.write_string(
                self.at, place, xlsx_text(str(value)), self._format(text_wrap=True, **align, **look)
            )

    def _foot(self) -> None:
        self.at += 1
        for number, note in enumerate((*self.table.notes, self.table.source)):
            lead = "Ghi chú: " if number == 0 and self.table.notes else ""
            look = self._format(italic=True, font_size=11, text_wrap=True, valign="top")
            self.sheet.merge_range(self.at, 0, self.at, self.last, "", look)
            self.sheet.write_string(self.at, 0, f"{lead}{note}", look)
            width = sum(column.width for column in self.table.columns)
            self.sheet.set_row(self.at, 15 * (1 + int(len(f"{lead}{note}") // max(width, 1))))
            self.at += 1
        self.at += 1
        left = self._left_half()
        for own, state, look in (
            ("NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG CƠ QUAN, ĐƠN VỊ", {"bold": True}),
            ("(Ký, ghi rõ họ tên)", "(Ký, ghi rõ họ tên, đóng dấu)", {"italic": True}),
        ):
            self._across(0, left, own, **look)
            self._across(left + 1, self.last, state, **look)
            self.at += 1
