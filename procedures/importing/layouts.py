"""Where the table of a sheet begins and what its columns mean: by their labels, wherever they stand."""

from dataclasses import dataclass, field
from functools import lru_cache

from procedures.importing.extent import column_letter
from procedures.importing.mapping import normal
from procedures.importing.refusals import ImportFileError
from tthc_portal.text import one_line

HEADER_WITHIN = 30
_HEADER_ROWS = 3
_LABEL_LENGTH = 80

# What a person is offered when he says what a column means, and what each field may be called in the layouts met so
# far (letters and digits of the folded label only).
FIELDS = {
    "code": "Mã TTHC",
    "name": "Tên TTHC",
    "publisher": "Cơ quan ban hành",
    "executing_bodies": "Cơ quan thực hiện",
    "sectors": "Lĩnh vực",
    "execution_levels": "Cấp thực hiện",
    "deciders": "Cơ quan có thẩm quyền quyết định",
    "legal_ground": "Căn cứ pháp lý",
    "publishing_decision": "Quyết định công bố",
    "published_on": "Ngày công bố",
    "subjects": "Đối tượng thực hiện",
    "status": "Tình trạng",
}
_LABELS = {
    "code": "ma maso matthc mathutuc mathutuchanhchinh masotthc masothutuc masothutuchanhchinh masohosotthc "
    "mahosotthc macuatthc maquocgia matthcquocgia",
    "name": "ten tentthc tenthutuc tenthutuchanhchinh tenthutuchanhchinhtthc",
    "publisher": "coquanbanhanh coquancongkhai coquancongbo coquanbanhanhtthc coquancongkhaitthc bonganh "
    "bocoquanngangbo bonganhquanly",
    "executing_bodies": "coquanthuchien coquanthuchientthc coquantructiepthuchien coquangiaiquyet "
    "coquantructiepgiaiquyet",
    "sectors": "linhvuc linhvuctthc tenlinhvuc linhvucthuchien linhvucthutuc",
    "execution_levels": "capthuchien capthuchientthc capgiaiquyet",
    "deciders": "coquancothamquyen coquancothamquyenquyetdinh thamquyenquyetdinh thamquyengiaiquyet "
    "coquancothamquyengiaiquyet coquanthamquyen thamquyen coquanquyetdinh nguoicothamquyenquyetdinh",
    "legal_ground": "cancuphaply cosophaply",
    "publishing_decision": "qdcongbo soquyetdinh soqd soqdcongbo quyetdinhcongbo soquyetdinhcongbo",
    "published_on": "ngaycongbo ngayquyetdinh ngayqd ngaybanhanh",
    "subjects": "doituongthuchien doituong",
    "status": "tinhtrang trangthai",
}
FIELD_OF_LABEL = {label: name for name, labels in _LABELS.items() for label in labels.split()}
REQUIRED = {name: FIELDS[name] for name in ("code", "name", "publisher")}
# Columns that number the rows mean nothing for the catalogue and need not be asked about.
_ORDINALS = {"stt", "tt", "so", "sott", "sothutu", "no"}

# The two columns that a report adds to the file; a report may be mended and uploaded again.
RESULT, REMEDY = "kết quả", "cách sửa"

# How a column is called that no file has: a person gave its one value for the whole file.
WHOLE_FILE = "Cơ quan chọn cho cả tệp"

Merge = tuple[tuple[int, int], tuple[int, int]]


class WholeFile(str):
    """Where a mapping has the label of a column: the value itself, the same for every row."""

    __slots__ = ()


@dataclass(slots=True)
class Header:
    """A header of one to three rows. ``first`` and ``last`` count from 1; ``labels`` and ``fields`` go by column.

    ``mapping``: field → label as a person said; ``whole``: field → the value he gave for every row.
    """

    first: int
    last: int
    labels: list[str]
    fields: list[str | None]
    mapping: dict[str, str] = field(default_factory=dict)
    whole: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> set[str]:
        """The fields that some column holds."""
        return {name for name in self.fields if name}

    @property
    def unknown(self) -> list[str]:
        """Labels of columns that no field answers to."""
        written = set(self.written)
        return [
            label
            for label, name in zip(self.labels, self.fields, strict=True)
            if label in written and not name and normal(label) not in _ORDINALS
        ]

    @property
    def written(self) -> list[str]:
        """All labels, in order, but for the two that a report of ours has added: with them the layout is the same."""
        labels = [label for label in self.labels if label]
        return labels[:-2] if labels[-2:] == [RESULT, REMEDY] else labels

    def complete(self) -> bool:
        """Whether this alone makes a table: a catalogue, or codes with their deciding authorities."""
        return "code" in self.known and bool(self.known & {"name", "deciders"})


class Labels:
    """What a label means, a person's word before the general list."""

    def __init__(self, mapping: dict[str, str] | None = None):
        said = {name: label for name, label in (mapping or {}).items() if label and name in FIELDS}
        self.whole = {name: str(value) for name, value in said.items() if isinstance(value, WholeFile)}
        self.mapping = {name: label for name, label in said.items() if name not in self.whole}
        self._said = {normal(label): name for name, label in self.mapping.items()}
        self._asked: dict[str, str | None] = {}

    def field_of(self, label: str) -> str | None:
        """The field that ``label`` names; each is worked out once."""
        if label not in self._asked:
            self._asked[label] = self._field_of(label)
        return self._asked[label]

    def _field_of(self, label: str) -> str | None:
        key = normal(label)
        if key in self._said:
            return self._said[key]
        name = FIELD_OF_LABEL.get(key)
        return None if name in self.mapping else name


def find_header(top: list[list], merges: list[Merge], where: str, mapping: dict[str, str] | None = None) -> Header:
    """The header among the rows ``top``, complete or not.

    ``where`` begins the sentence of a refusal; ``mapping`` is what a person said: field → label. Raises ImportFileError
    where there is no header, where two rows look like it, or where two columns mean the same.
    """
    labels = Labels(mapping)
    found = [
        header
        for first in range(len(top))
        for height in range(1, _HEADER_ROWS + 1)
        if (header := _candidate(top, first, height, merges, labels)) and len(header.known) >= 2
    ]
    if not found:
        guess = _guess(top)
        wanted = ", ".join(f"“{label}”" for label in REQUIRED.values())
        message = f"{where} không có dòng tiêu đề trong {HEADER_WITHIN} dòng đầu. Bảng phải có các cột {wanted}."
        if guess is None:
            raise ImportFileError(message)
        guess.mapping, guess.whole = labels.mapping, labels.whole
        return guess
    best = max(found, key=lambda item: (item.complete(), len(item.known), item.first - item.last))
    for other in found:
        apart = other.last < best.first or other.first > best.last
        if best.complete() and apart and other.complete() and len(other.known) >= len(best.known):
            numbers = " và ".join(str(number) for number in sorted((best.last, other.last)))
            raise ImportFileError(
                f"{where} có hai dòng đều giống dòng tiêu đề: dòng {numbers}. Xóa bớt một dòng rồi tải lại.",
                len(REQUIRED),
            )
    _refuse_twins(best, where)
    best.mapping, best.whole = labels.mapping, labels.whole
    return best


def _candidate(top: list[list], first: int, height: int, merges: list[Merge], labels: Labels) -> Header | None:
    """The header that rows ``first`` … of this height would make, or None where they make none."""
    rows = top[first : first + height]
    if len(rows) < height or any(_is_data(cell) for row in rows[1:] for cell in row):
        return None
    tall = max((down - up + 1 for (up, _), (down, _) in merges if up == first and down > up), default=1)
    if height != tall and 1 < tall <= _HEADER_ROWS:
        return None
    # A label over several columns belongs to each of them, but the last row speaks for one column only.
    spans = {
        (row - first, column): (up - first, left)
        for (up, left), (down, right) in merges
        if right > left and first <= up and down < first + height - 1
        for row in range(up, down + 1)
        for column in range(left, right + 1)
    }
    shown, fields, from_above = [], [], False
    for column in range(len(rows[0])):
        stack = []
        for row in range(height):
            at, left = spans.get((row, column), (row, column))
            text = _label(rows[at][left]) if left < len(rows[at]) else ""
            if text and text not in stack:
                stack.append(text)
        own = stack[-1] if stack else ""
        joined = " ".join(stack)
        name = labels.field_of(own) or labels.field_of(joined)
        shown.append(own if name and labels.field_of(own) else joined)
        fields.append(name)
        from_above = from_above or bool(name and not (_label(rows[-1][column]) and labels.field_of(own)))
    if height > 1 and not from_above:
        return None
    return Header(first + 1, first + height, _distinct(shown, fields), fields)


def _label(cell) -> str:
    """A header cell as a label; "" for what is none."""
    if not isinstance(cell, str) or not cell or len(cell) > _LABEL_LENGTH:
        return ""
    return _on_one_line(cell)


# The rows at the top of a sheet are looked at as a header's first, second and third row.
_on_one_line = lru_cache(maxsize=2048)(one_line)


def _is_data(cell) -> bool:
    """Whether no header would hold this cell: long text, a number that counts nothing, a procedure's code."""
    if isinstance(cell, str):
        return len(cell) > _LABEL_LENGTH or looks_like_code(cell)
    return cell is not None


def looks_like_code(cell) -> bool:
    """Whether a cell begins as codes of procedures do: 1.004850, 2,002308."""
    if isinstance(cell, float):
        return 1 < cell < 10 and not cell.is_integer()
    return isinstance(cell, str) and cell[:1].isdigit() and cell[1:2] in {".", ","} and cell[2:4].isdigit()


def _distinct(labels: list[str], fields: list[str | None]) -> list[str]:
    """Labels of columns not recognised, told apart by the column's letter where two are the same."""
    keys = [normal(label) for label in labels]
    return [
        f"{label} (cột {column_letter(index)})"
        if label and not fields[index] and keys.count(keys[index]) > 1
        else label
        for index, label in enumerate(labels)
    ]


def _refuse_twins(header: Header, where: str) -> None:
    for index, name in enumerate(header.fields):
        first = header.fields.index(name)
        if name and first != index:
            one = f"“{header.labels[first]}” (cột {column_letter(first)})"
            two = f"“{header.labels[index]}” (cột {column_letter(index)})"
            raise ImportFileError(
                f"{where}, dòng tiêu đề {header.last} có hai cột cùng nghĩa: {one} và {two}. "
                "Xóa bớt một cột rồi tải lại.",
                len(header.known),
            )


def _guess(top: list[list]) -> Header | None:
    """The row of labels over a column of codes, where the labels themselves say nothing."""
    for first, row in enumerate(top[:-1]):
        labels = [_label(cell) for cell in row]
        below = top[first + 1 : first + 4]
        coded = any(looks_like_code(line[index]) for line in below for index, label in enumerate(labels) if label)
        if len({label for label in labels if label}) >= 2 and coded and not any(map(looks_like_code, row)):
            fields = [None] * len(labels)
            return Header(first + 1, first + 1, _distinct(labels, fields), fields)
    return None


def lacking(header: Header, where: str) -> ImportFileError:
    """The refusal of a header that lacks required columns, with the labels that could be mapped to them."""
    missing = ", ".join(f"“{label}”" for name, label in REQUIRED.items() if name not in header.known)
    seen = ", ".join(f"“{label}”" for label in header.written)
    chosen = "Chọn ý nghĩa các cột trên trang xem trước, " if header.unknown else "Thêm cột còn thiếu "
    if REQUIRED.keys() - header.known == {"publisher"}:
        chosen = f"{chosen.strip(' ,')}, chọn một cơ quan cho cả tệp, "
    error = ImportFileError(
        f"{where} thiếu cột {missing}; dòng {header.last} được đọc là dòng tiêu đề ({seen}). "
        f"{chosen}hoặc sửa tên cột rồi tải lại.",
        len(header.known),
        mappable=header.unknown,
    )
    error.header_row, error.labels, error.mapping = header.last, header.written, header.mapping
    error.columns = columns_of(header)
    return error


def columns_of(header: Header) -> dict[str, tuple[int, str]]:
    """Field → (column index, label as written)."""
    return {name: (index, header.labels[index]) for index, name in enumerate(header.fields) if name}
