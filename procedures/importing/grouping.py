"""Rows under a header: procedures, and what a ministry's own sheet puts between them.

Group rows name a body, a sector, a level or a status for the rows below; totals, numbering and notes are no procedures;
a merged cell speaks for every row it covers. Nothing is left out without being listed.
"""

import re
from dataclasses import dataclass, field

from procedures.importing.layouts import WHOLE_FILE, Header, Merge, columns_of, looks_like_code
from procedures.importing.mapping import normal
from tthc_portal.text import fold, one_line

_MARKER = re.compile(r"\(?(?P<mark>[IVX]+|[A-HĐ]|\d{1,3}(?:\.\d{1,2})*)\)?\s*[.)]?")
_PREFIX = re.compile(r"(?P<mark>[IVX]+|[A-HĐ]|\d{1,2}(?=\s*[.)]))\s*[.)\-–:/]\s*(?=\S)")  # noqa: RUF001 (dash as typed)
_TOTAL = re.compile(r"(tong cong|tong so)\b.*|(tong|cong)\s*[:.]?\s*\d*( tthc| thu tuc.*)?\s*:?")
_NOTE = re.compile(r"(ghi chu|luu y|noi nhan|nguoi lap|nguoi tong hop|thu truong|kt\.|tl\.|tm\.|\(\*+\)|\*)")
_BODY = re.compile(
    r"(bo (cong an|cong thuong|dan toc|giao duc|giao thong|ke hoach|khoa hoc|lao dong|ngoai giao|noi vu|nong nghiep|"
    r"quoc phong|tai chinh|tai nguyen|thong tin|tu phap|van hoa|xay dung|y te)|thanh tra chinh phu|ngan hang|"
    r"van phong chinh phu|uy ban dan toc|bao hiem xa hoi|ubnd|uy ban nhan dan|toa an|vien kiem sat|kiem toan|tap doan)"
    r"\b"
)
_LEVEL = re.compile(r"\bcap (trung uong|bo|tinh|huyen|xa)\b")
_LEVEL_NAMES = {
    "trung uong": "Cấp bộ",
    "bo": "Cấp bộ",
    "tinh": "Cấp tỉnh",
    "huyen": "Cấp huyện",
    "xa": "Cấp xã",
}
# A group that speaks of procedures may say their level or status and is no sector; "(Lĩnh vực TTHC nội bộ)" ends one.
_PROCEDURES = re.compile(r"\b(thu tuc|tthc)\b")
_OF_PROCEDURES = re.compile(r"\b(thu tuc hanh chinh|tthc(?! noi bo))\b")
_STATUS_NAMES = {"bai bo": "Bãi bỏ", "moi ban hanh": "Mới ban hành", "sua doi": "Sửa đổi, bổ sung"}
_NUMBERING = re.compile(r"\(?\s*(\d{1,2}|[A-H])\s*\)?(\s*=.*)?")
_CODES = re.compile(r"(?:\d[.,]\d\d[^\n]*\n)*\d[.,]\d\d[^\n]*")
_OF_BODY = re.compile(r"(?:quản lý|chức năng|thẩm quyền)[^.;]*?\bcủa ((?:bộ|ngân hàng|thanh tra|ủy ban|ubnd) [^.;(]+)")
# Marks from the outer to the inner; without a mark a body stands outside and a sector inside.
_RANKS = {"publisher": 0, "status": 1, "execution_levels": 1, "sectors": 3, "": 2}
_JOINED = {"executing_bodies", "deciders", "sectors", "legal_ground", "subjects"}
_GROUPED = {
    "publisher": "Cơ quan ban hành (dòng nhóm)",
    "sectors": "Lĩnh vực (dòng nhóm)",
    "execution_levels": "Cấp thực hiện (dòng nhóm)",
    "status": "Tình trạng (dòng nhóm)",
}


@dataclass(slots=True)
class Body:
    """The rows of a table: ``columns`` as in a SheetTable, and one more for each field that only groups name."""

    columns: dict[str, tuple[int, str]]
    rows: list[tuple[int, list]] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)

    def skip(self, number: int, what: str, value, message: str) -> None:
        """List a row that is no procedure."""
        self.warn(number, what, value, message)
        self.warnings[-1]["skipped"] = True

    def warn(self, number: int, column: str, value, message: str) -> None:
        """List what was taken from elsewhere than the row itself, or needs a second look."""
        self.warnings.append({"row": number, "column": column, "value": one_line(str(value))[:300], "message": message})


def read_body(matrix: list[list], header: Header, merges: list[Merge], hidden: set[int]) -> Body:
    """The procedures under ``header``; ``merges`` count from 0, ``hidden`` are row numbers as Excel shows them."""
    body = Body(columns_of(header))
    reader = _Reader(matrix, header, merges, body)
    reader.run()
    if "name" in body.columns:
        _lay_whole_file(body, matrix, header)
    if hidden:
        for number in sorted(hidden.intersection(number for number, _ in body.rows)):
            body.warn(
                number, "Dòng ẩn", "", "Dòng đang bị ẩn trong Excel, vẫn được nhập. Kiểm tra lại có đúng ý không."
            )
    return body


def _lay_whole_file(body: Body, matrix: list[list], header: Header) -> None:
    """One column more for each value that a person gave for every row of a file without it."""
    for name, value in header.whole.items():
        if name in body.columns:
            continue
        body.columns[name] = (max(len(matrix[0]), *(len(row) for _, row in body.rows[:1]), 0), WHOLE_FILE)
        for _, row in body.rows:
            row.append(value)
        message = "Tệp không có cột này: mọi dòng lấy giá trị mà người nhập đã chọn cho cả tệp."
        body.warn(header.last, WHOLE_FILE, value, message)


class _Reader:
    """One walk over the rows of a table."""

    def __init__(self, matrix: list[list], header: Header, merges: list[Merge], body: Body):
        self.matrix, self.header, self.body = matrix, header, body
        self.code = body.columns["code"][0] if "code" in body.columns else 0
        self.indexes = [index for index, _ in body.columns.values()]
        self.wide: dict[int, int] = {}
        self.continued: dict[int, int] = {}
        self.groups: list[tuple[int, str, str]] = []
        self.filled: list[dict[str, str]] = []
        self.after_total = False
        for merge in merges:
            if merge[0][0] >= header.last:
                self._merged(*merge)

    def _merged(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """A merged cell of the data speaks for the rows it covers, in its first column."""
        (up, column), (down, right) = start, end
        if right > column:
            self.wide[up] = column
        if down == up or column not in self.indexes or up >= len(self.matrix):
            return
        value = self.matrix[up][column]
        down = min(down, len(self.matrix) - 1)
        if value == "" or (right > column and not looks_like_code(self.matrix[up][self.code])):
            return
        if column == self.code:
            self.continued.update((row, up) for row in range(up + 1, down + 1))
        for row in range(up + 1, down + 1):
            if self.matrix[row][column] == "":
                self.matrix[row][column] = value
        label = self.header.labels[column]
        message = f"Ô gộp từ dòng {up + 1} đến dòng {down + 1}: giá trị được lấy cho mọi dòng trong ô gộp."
        self.body.warn(up + 1, label, value, message)

    def run(self) -> None:
        """Sort the rows; group values are laid into the rows at the end, when it is known which fields they fill."""
        start = self.header.last
        if start < len(self.matrix) and _is_numbering(self.matrix[start]):
            start += 1
            self.body.skip(start, "Dòng đánh số", "", "Dòng đánh số các cột, không phải thủ tục: được bỏ qua.")
        rows, code = self.body.rows, self.code
        if not self.continued and _only_codes([row[code] for row in self.matrix[start:]]):
            rows += enumerate(self.matrix[start:], start=start + 1)
            return
        for number, row in enumerate(self.matrix[start:], start=start + 1):
            # The common case first: a code where a code belongs.
            if (looks_like_code(row[code]) or self._is_procedure(number, row)) and not self._joins(number, row):
                rows.append((number, row))
                if self.groups:
                    self.filled.extend({} for _ in range(len(rows) - 1 - len(self.filled)))
                    self.filled.append({name: value for _, name, value in self.groups if name})
        if self.filled:
            self.filled.extend({} for _ in range(len(rows) - len(self.filled)))
            self._lay_groups()

    def _joins(self, number: int, row: list) -> bool:
        """Whether the row only continues, under one merged code, the lists of the procedure above it."""
        if number - 1 not in self.continued:
            return False
        first = self.matrix[self.continued[number - 1]]
        columns = self.body.columns
        differing = [name for name, (i, _) in columns.items() if row[i] != "" and row[i] != first[i]]
        if not set(differing) <= _JOINED:
            return False
        for name in differing:
            index = columns[name][0]
            first[index] = f"{first[index]}\n{row[index]}" if first[index] != "" else row[index]
        message = f"Dòng chung ô mã với dòng {self.continued[number - 1] + 1}: được gộp vào dòng đó."
        self.body.skip(number, columns["code"][1], row[self.code], message)
        return True

    def _is_procedure(self, number: int, row: list) -> bool:
        """Whether a row without a code of the usual shape is a procedure all the same; all else is noted here."""
        cells = [
            (i, v) for i, v in enumerate(row) if v != "" and v is not None and not (type(v) is str and v.isspace())
        ]
        if not cells:
            return False
        texts = [(i, one_line(v)) for i, v in cells if isinstance(v, str)]
        mark = ""
        if len(cells) > 1 and (match := _MARKER.fullmatch(_as_text(cells[0][1]))) and cells[0][0] != self.code:
            mark = match["mark"]
            texts = [(i, text) for i, text in texts if i != cells[0][0]]
        if texts and len(texts) <= 2 and _TOTAL.fullmatch(fold(texts[0][1])):
            self.after_total = True
            self.body.skip(number, "Dòng tổng", texts[0][1], "Dòng tổng, không phải thủ tục: được bỏ qua.")
            return False
        # A number where codes stand may be how many procedures the group has, but only under a Roman numeral or letter.
        counted = bool(mark) and not mark[0].isdigit() and isinstance(row[self.code], float)
        coded = row[self.code] != "" and self.code not in {i for i, _ in texts} and not counted
        if len(texts) == 1 and not coded:
            index, text = texts[0]
            if self._opens_group(number, index, text, mark):
                return False
            if self.after_total or (number - 1 in self.wide and _NOTE.match(fold(text))):
                self.body.skip(number, "Ghi chú", text, "Dòng ghi chú dưới bảng, không phải thủ tục: được bỏ qua.")
                return False
        if isinstance(row[self.code], str) and row[self.code] and self._repeats_header(row):
            message = "Dòng tiêu đề lặp lại giữa bảng: được bỏ qua."
            self.body.skip(number, "Dòng tiêu đề", row[self.code], message)
            return False
        return any(index in self.indexes for index, _ in cells)

    def _repeats_header(self, row: list) -> bool:
        columns = self.body.columns.values()
        same = sum(isinstance(row[i], str) and normal(row[i]) == normal(label) for i, label in columns)
        return same >= 2 and same >= len(columns) - 1

    def _opens_group(self, number: int, index: int, text: str, mark: str) -> bool:
        """Whether the lone ``text`` names a group; if so it speaks from here on."""
        if not mark and (match := _PREFIX.match(text)):
            mark, text = match["mark"], text[match.end() :]
        spanning = self.wide.get(number - 1) is not None and not looks_like_code(text)
        strong = bool(mark) and not mark[0].isdigit()
        field_name, value = _named(text)
        own = {self.body.columns[name][0] for name in ("publisher", "sectors") if name in self.body.columns}
        surely = field_name and index not in own and (index != self.code or spanning or strong)
        if not (strong or spanning or surely) or _NOTE.match(fold(text)):
            return False
        if not field_name and not _OF_PROCEDURES.search(fold(text)) and not self.after_total:
            field_name, value = "sectors", _sentence(text)
        if not field_name and self.after_total:
            return False
        rank = 0 if mark and mark in "ABCDEFGHĐ" else 1 if strong else 2 if mark else _RANKS[field_name]
        self.groups = [item for item in self.groups if item[0] < rank and item[1] != field_name]
        self.groups.append((rank, field_name, value))
        what = (
            f"lấy làm {_GROUPED[field_name].split(' (')[0]} của các dòng dưới" if field_name else "không phải thủ tục"
        )
        self.body.skip(number, "Dòng nhóm", text, f"Dòng nhóm: {what}.")
        return True

    def _lay_groups(self) -> None:
        """Put what the groups said into the rows: a blank cell of the column, or a column more."""
        width = len(self.matrix[0])
        columns = self.body.columns
        for name in dict.fromkeys(name for values in self.filled for name in values):
            if name not in columns:
                columns[name] = (width, _GROUPED[name])
                width += 1
                for _, row in self.body.rows:
                    row.append("")
            index = columns[name][0]
            for (_, row), values in zip(self.body.rows, self.filled, strict=True):
                if name in values and (row[index] == "" or str(row[index]).isspace()):
                    row[index] = values[name]


def _only_codes(cells: list) -> bool:
    """Whether every cell of the column of codes looks like one, asked of all at once."""
    try:
        return bool(_CODES.fullmatch("\n".join(cells)))
    except TypeError:
        return False


def _as_text(cell) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _is_numbering(row: list) -> bool:
    """Whether the row only numbers the columns: (1) (2) (3)."""
    cells = [_as_text(cell) for cell in row if cell != "" and cell is not None]
    return len(cells) >= 2 and all(_NUMBERING.fullmatch(cell) for cell in cells)


def _sentence(text: str) -> str:
    """A name as sectors are written: HỘ TỊCH, hộ tịch → Hộ tịch."""
    return text.capitalize() if text.isupper() else text[:1].upper() + text[1:]


def _named(text: str) -> tuple[str, str]:
    """(field, value) that a group's text names by its wording; ("", "") where the wording does not say."""
    key = fold(text)
    if match := re.match(r"(nhom )?linh vuc\s*:?\s*", key):
        # Folding keeps one letter for one letter in composed text, so the rest begins at the same place.
        rest = text[match.end() :] if len(key) == len(text) else re.sub(r"(?i)^(nhóm )?lĩnh vực\s*:?\s*", "", text)
        rest = rest.strip(" .:")
        return "sectors", _sentence(rest)
    if is_body(text):
        return "publisher", text.strip(" .:;")
    if _PROCEDURES.search(key) or key.startswith("cap "):
        if match := _LEVEL.search(key):
            return "execution_levels", _LEVEL_NAMES[match[1]]
        said = [value for wording, value in _STATUS_NAMES.items() if wording in key]
        if len(said) == 1:  # "sửa đổi, bổ sung và bãi bỏ" says of no row which of them it is
            return "status", said[0]
    return "", ""


def is_body(text: str) -> bool:
    """Whether a lone text is the name of a body that publishes procedures."""
    return len(text) <= 90 and bool(_BODY.match(fold(text)))


def body_of_title(matrix: list[list], before: int) -> tuple[int, str] | None:
    """(row number, body) named in the rows above the header, where they name one and only one."""
    found: dict[str, tuple[int, str]] = {}
    for number, row in enumerate(matrix[: before - 1], start=1):
        for cell in row:
            for line in str(cell).split("\n") if isinstance(cell, str) and cell else ():
                text = one_line(line).strip(" .:;")
                if is_body(text):
                    found.setdefault(fold(text), (number, text))
                elif match := _OF_BODY.search(text.casefold()):
                    name = text[match.start(1) : match.end(1)].strip()
                    if is_body(name):
                        found.setdefault(fold(name), (number, name))
    return next(iter(found.values())) if len(found) == 1 else None
