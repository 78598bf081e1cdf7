"""How far the filled cells of a sheet reach: the reader takes memory for the whole rectangle that they span.

Two glances at the raw XML pass nearly every sheet; whatever they cannot vouch for is read by an XML parser.
"""

import re
from collections.abc import Iterable
from xml.parsers import expat

from procedures.importing.refusals import ImportFileError

MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_CELLS = 5_000_000

# Any cell that is not plainly named A1 to Z99999, as its first attribute: 26 × 99,999 cells are within the limit.
# Wider tables: A1 to CV49999. Attributes in another order, in other quotes, no name at all: all that is found too.
_NOT_NARROW = re.compile(rb'<c(?! r="[A-Z]\d{1,5}+")[\s/>]')
_NOT_SHORT = re.compile(rb'<c(?! r="(?:[A-Z]|[AB][A-Z]|C[A-V])(?:\d{1,4}"|[1-4]\d{4}"))[\s/>]')
# The reader does not mind what stands before the colon.
_PREFIXED = re.compile(rb":c[\s/>]")
_CONTENT = {"v", "is", "f"}
_PLACE = re.compile(r"([A-Z]+)(\d+)")


def is_narrow(block: bytes) -> bool:
    """Whether all cells of this piece of a sheet's XML surely lie within Z99999."""
    return not (_NOT_NARROW.search(block) or (b":" in block and _PREFIXED.search(block)))


def is_short(block: bytes) -> bool:
    """Whether all cells of this piece of a sheet's XML surely lie within CV49999."""
    return not (_NOT_SHORT.search(block) or (b":" in block and _PREFIXED.search(block)))


def measure(pieces: Iterable[bytes], where: str) -> None:
    """Read the XML of a sheet through; raises ImportFileError at a filled cell too far from the first.

    ``where`` begins the sentence: file and sheet. Raises ValueError or ExpatError for what is no plain XML.
    """
    parser = expat.ParserCreate()
    parser.StartElementHandler = _Reach(where).begin
    parser.StartDoctypeDeclHandler = _no_doctype
    for piece in pieces:
        parser.Parse(piece)
    parser.Parse(b"", True)


def _no_doctype(*_) -> None:
    raise ValueError("A sheet declares no document type.")


class _Reach:
    """The rectangle from A1 over all filled cells so far; formatted empty ones take nothing."""

    def __init__(self, where: str):
        self.where = where
        self.rows, self.width = 0, 0
        self.row, self.column = 0, 0
        self.in_cell = False

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins; a cell is filled if its value, text or formula does."""
        name = tag.rpartition(":")[2]
        if name == "c":
            self.in_cell = True
            if place := _PLACE.fullmatch(attributes.get("r", "").upper()):
                self.column, self.row = column_index(place[1]) + 1, int(place[2])
            else:
                self.column += 1
        elif name == "row":
            self.in_cell, self.column = False, 0
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() else self.row + 1
        elif self.in_cell and name in _CONTENT:
            self.in_cell = False
            self._fill()

    def _fill(self) -> None:
        self.rows, self.width = max(self.rows, self.row), max(self.width, self.column)
        if self.row > MAX_ROWS:
            raise ImportFileError(
                f"{self.where} có hơn 200.000 dòng (còn ô có dữ liệu ở dòng {self.row}). "
                "Xóa các dòng thừa ở cuối bảng hoặc tách tệp rồi tải lại.",
                1,
            )
        if self.column > MAX_COLUMNS:
            raise ImportFileError(
                f"{self.where} có dữ liệu tới cột {column_letter(self.column - 1)}, quá {MAX_COLUMNS} cột. "
                "Xóa các cột thừa bên phải bảng rồi tải lại.",
                1,
            )
        if self.rows * self.width > MAX_CELLS:
            raise too_large(self.where, 1)


def too_large(where: str, recognised: int) -> ImportFileError:
    """The refusal of a sheet that has too many rows or cells."""
    return ImportFileError(
        f"{where} có hơn 200.000 dòng hoặc quá nhiều ô. Xóa các dòng, cột thừa ở cuối bảng hoặc tách tệp rồi tải lại.",
        recognised,
    )


def column_letter(index: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A → 0, AA → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
