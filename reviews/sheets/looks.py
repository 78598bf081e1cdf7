"""How the filled workbook looks: one format a kind of cell, so that what is filled stands out from what is not."""

import xlsxwriter
from xlsxwriter.format import Format

from reviews.sheets.columns import CRITERION, SheetColumn

_FONT = {"font_name": "Times New Roman", "font_size": 11}
_CELL = _FONT | {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#B8C2CC"}
_HEAD = _FONT | {
    "bold": True,
    "text_wrap": True,
    "valign": "vcenter",
    "align": "center",
    "border": 1,
    "border_color": "#8A96A3",
}
# Thousands are set apart as the reader's own program does it.
_NUMBERS = {"annual_dossiers": "#,##0", "annual_dossiers_year": "0"}


class Looks:
    """The formats of one workbook, made once each."""

    def __init__(self, book: xlsxwriter.Workbook):
        self._book = book
        self._made: dict[tuple, Format] = {}
        self._cells: dict[tuple[str, bool, bool], Format] = {}
        self.hidden = self._make(_FONT | {"font_color": "#6B7680"})
        self.title = self._make(_FONT | {"bold": True, "font_size": 15, "font_color": "#123B6D"})
        self.heading = self._make(_FONT | {"bold": True, "font_size": 12, "font_color": "#123B6D", "valign": "top"})
        self.text = self._make(_FONT | {"text_wrap": True, "valign": "top"})
        self.number = self._make(_FONT | {"align": "right", "valign": "top", "indent": 1, "num_format": "0."})
        self.name = self._make(_FONT | {"valign": "top", "font_color": "#44505C"})
        self.sample_open = self._make(_CELL | {"bg_color": "#FFFFFF"})
        self.sample_shut = self._make(_CELL | {"bg_color": "#EDF0F3"})

    def head(self, column: SheetColumn) -> Format:
        """The format of a header: locked columns grey, questions green, the rest blue."""
        if column.locked:
            colours = {"bg_color": "#DDE3E9", "font_color": "#1F2A35"}
        elif column.key.startswith(CRITERION):
            colours = {"bg_color": "#DCEBDD", "font_color": "#1F2A35"}
        else:
            colours = {"bg_color": "#D3E2F4", "font_color": "#123B6D"}
        return self._make(_HEAD | colours)

    def cell(self, column: SheetColumn, *, locked: bool, note: bool = False) -> Format:
        """The format of a cell; ``note``: it shows why it is locked."""
        kind = (column.key, locked, note)
        if kind not in self._cells:
            self._cells[kind] = self._cell(column, locked, note)
        return self._cells[kind]

    def _cell(self, column: SheetColumn, locked: bool, note: bool) -> Format:
        made = _CELL | {"locked": locked, "num_format": _NUMBERS.get(column.key, "@")}
        if locked:
            made |= {"bg_color": "#EDF0F3"}
        if note:
            made |= {"italic": True, "font_color": "#6B4A00"}
        if column.kind == "number":
            made |= {"align": "right"}
        return self._make(made)

    def _make(self, properties: dict) -> Format:
        key = tuple(sorted(properties.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def height_of(text: str, width: int) -> int:
    """About how many lines ``text`` takes in a cell of ``width``; its letters are narrower than the column's unit."""
    return sum(max(1, -(-len(line) // width)) for line in text.split("\n"))
