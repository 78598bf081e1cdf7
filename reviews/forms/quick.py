"""One row of the quick review, and a block of rows pasted from a workbook."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django import forms

from reviews.forms.bulk import CODE
from reviews.models import Conclusion, Stance
from tthc_portal.text import fold, tidy

MAX_BLOCK_ROWS = 2_000
HEADERS: dict[str, tuple[str, ...]] = {
    "code": ("ma tthc", "ma thu tuc", "ma so", "ma"),
    "conclusion": ("ket luan", "ket luan ra soat", "phuong an", "de xuat"),
    "level": ("cap nhan", "cho cap", "den cap", "chuyen cho", "cap", "cap duoc phan cap"),
    "reason": ("ly do", "giai trinh", "thuyet minh"),
    "": ("stt", "tt", "ten", "ten tthc", "ten thu tuc", "ten thu tuc hanh chinh", "linh vuc", "co quan", "trang thai"),
}
ORDER = ("conclusion", "level", "reason")
COLUMN_LABELS = {"code": "Mã TTHC", "conclusion": "Kết luận", "level": "Cấp nhận", "reason": "Lý do", "": "bỏ qua"}
# What people write for a conclusion beside its label and its code.
WORDS = {
    "giu": "keep",
    "giu nguyen hien hanh": "keep",
    "khong phan cap": "keep",
    "phan quyen": "decentralize",
    "de nghi phan cap": "decentralize",
    "don gian": "simplify",
    "huy bo": "abolish",
    "khong thuoc pham vi": "out_of_scope",
    "khong thuoc dien": "out_of_scope",
    "ngoai pham vi": "out_of_scope",
}
CONCLUSIONS = WORDS | {fold(label): value for value, label in Conclusion.choices} | {v: v for v in Conclusion.values}


class QuickForm(forms.Form):
    """One row as posted; a field that the row does not show is not posted and stays as it is."""

    version = forms.IntegerField(min_value=0)
    conclusion = forms.ChoiceField(label="Kết luận", required=False, choices=[("", "—"), *Conclusion.choices])
    stance = forms.ChoiceField(label="Ý kiến", required=False, choices=[("", "—"), *Stance.choices])
    level = forms.ChoiceField(label="Cấp nhận", required=False)
    reason = forms.CharField(label="Lý do", required=False, max_length=30_000)

    def __init__(self, data, *, levels: Mapping[str, str]):
        super().__init__(data)
        self.fields["level"].choices = [("", "—"), *levels.items()]

    def typed(self) -> dict:
        """What was posted, except where the other side's text was kept."""
        kept = {name for name in self.cleaned_data if self.data.get(f"keep_{name}") == "theirs"}
        kept |= {"level"} if self.data.get("keep_transfers") == "theirs" else set()
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "version" and name in self.data and name not in kept
        }


class PasteForm(forms.Form):
    """A block of cells, and what it falls on when it names no procedures."""

    block = forms.CharField(
        label="Khối ô chép từ Excel",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=500_000,
        strip=False,
        help_text="Các cột: mã TTHC (nếu có), kết luận, cấp nhận, lý do. "
        "Không có cột mã thì điền lần lượt từ dòng đầu.",
        error_messages={"required": "Hãy dán các ô chép từ Excel."},
    )
    overwrite = forms.BooleanField(
        label="Thay cả nội dung đã có",
        required=False,
        help_text="Không đánh dấu thì chỉ điền chỗ trống.",
    )
    list = forms.CharField(required=False, widget=forms.HiddenInput)
    start = forms.IntegerField(required=False, widget=forms.HiddenInput)


@dataclass(slots=True)
class PastedRow:
    """One line of a block: its number, the words in it by column, what they mean, and what is not understood."""

    number: int
    words: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """A pasted block: what each column was taken for, whether its first line named them, and its rows."""

    columns: list[str]
    headed: bool
    rows: list[PastedRow]

    @property
    def labels(self) -> list[str]:
        """What each column was taken for, in words."""
        return [COLUMN_LABELS[name] for name in self.columns]


def read_block(text: str, level_of: Callable[[str], str]) -> Block:
    """Read cells separated by tabs; ``level_of`` gives the code of a wording, blank when it is not understood."""
    lines = csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter="\t")
    try:
        cells = [[tidy(cell) for cell in line] for line in lines]
    except csv.Error:
        # A quotation mark nobody closed: plain lines then.
        cells = [[tidy(cell) for cell in line.split("\t")] for line in text.splitlines()]
    cells = [(number, line) for number, line in enumerate(cells, start=1) if any(line)][: MAX_BLOCK_ROWS + 1]
    if not cells:
        return Block([], False, [])
    columns = _headed(cells[0][1])
    headed = columns is not None
    body = cells[1:] if headed else cells
    columns = columns or _by_content([line for _, line in body], level_of)
    rows = []
    for number, line in body:
        words = {name: cell for name, cell in zip(columns, line, strict=False) if name}
        rows.append(_understood(PastedRow(number, words), level_of))
    return Block(columns, headed, rows)


def _headed(line: list[str]) -> list[str] | None:
    """The columns that a line of labels names; None when it is no such line."""
    known = {label: name for name, labels in HEADERS.items() for label in labels}
    found = [known.get(fold(cell)) for cell in line]
    named = [name for name in found if name]
    if not named or sum(name is not None for name in found) * 2 < sum(bool(cell) for cell in line):
        return None
    seen: set[str] = set()
    columns = []
    for name in found:
        columns.append(name if name and name not in seen else "")
        seen.add(name or "")
    return columns


def _by_content(lines: list[list[str]], level_of: Callable[[str], str]) -> list[str]:
    """Columns told by what stands in most of their cells; the rest by order."""
    width = max(len(line) for line in lines)
    tests = {
        "code": lambda cell: bool(CODE.fullmatch(cell.upper())),
        "conclusion": lambda cell: fold(cell) in CONCLUSIONS,
        "level": lambda cell: bool(level_of(cell)),
    }
    columns = [""] * width
    for name, test in tests.items():
        shares = []
        for place in range(width):
            cells = [line[place] for line in lines if place < len(line) and line[place]]
            share = sum(map(test, cells)) / len(cells) if cells else 0
            shares.append(0 if columns[place] else share)
        best = max(range(width), key=shares.__getitem__)
        if shares[best] >= 0.5:
            columns[best] = name
    last = max((place for place, name in enumerate(columns) if name), default=-1)
    # What comes after the recognised columns follows the usual order; what stands between is somebody's own column.
    missing = iter([name for name in ORDER if name not in columns])
    if last < 0:
        return [next(missing, "") for _ in columns]
    rest = [place for place in range(last + 1, width) if any(place < len(line) and line[place] for line in lines)]
    for place in rest[-1:]:
        columns[place] = "reason"
    return columns


def _understood(row: PastedRow, level_of: Callable[[str], str]) -> PastedRow:
    words = row.words
    code = words.get("code", "").upper()
    if code:
        if CODE.fullmatch(code):
            row.values["code"] = code
        else:
            row.problems.append(f"“{words['code']}” không phải mã TTHC; mã có dạng 1.001234 hoặc 1.001234.H35.")
    if words.get("conclusion"):
        value = CONCLUSIONS.get(fold(words["conclusion"]))
        if value:
            row.values["conclusion"] = value
        else:
            labels = ", ".join(Conclusion.labels)
            row.problems.append(f"Không hiểu kết luận “{words['conclusion']}”; dùng một trong: {labels}.")
    if words.get("level"):
        level = level_of(words["level"])
        if level:
            row.values["level"] = level
        else:
            row.problems.append(
                f"Không hiểu cấp nhận “{words['level']}”; ghi như trong danh sách cấp, "
                "ví dụ “Ủy ban nhân dân cấp tỉnh”."
            )
    if words.get("reason"):
        row.values["reason"] = words["reason"]
    if not row.problems and not row.values.keys() & {"conclusion", "level", "reason"}:
        row.problems.append("Dòng không có kết luận, cấp nhận hay lý do.")
    return row
