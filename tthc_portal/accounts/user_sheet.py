"""The workbook of people: its columns, the rows that stand in it, and the one to fill in."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import xlsxwriter
from django.core.exceptions import ValidationError

from tthc_portal.accounts import people
from tthc_portal.accounts.models import OrganisationKind, Role, User
from tthc_portal.text import fold, one_line

# Columns of the workbook in order: field → label. The others may be missing, and a blank cell keeps what is stored.
COLUMNS = {
    "username": "Tên đăng nhập",
    "full_name": "Họ và tên",
    "body": "Mã cơ quan",
    "unit": "Đơn vị",
    "role": "Vai trò",
    "position": "Chức vụ",
    "email": "Thư điện tử",
    "phone": "Điện thoại",
    "is_unit_head": "Phụ trách đơn vị",
}
NEEDED = ("username", "full_name", "role")
MAX_PEOPLE = 5_000
HEADER_WITHIN = 20
YES, NO = "Có", "Không"
_ALSO = {
    "ten tai khoan": "username", "tai khoan": "username", "ho ten": "full_name", "co quan": "body",
    "ma co quan don vi": "body", "vai tro trong cong": "role", "email": "email", "thu dien tu email": "email",
    "so dien thoai": "phone", "dien thoai lien he": "phone",
}  # fmt: skip
_LABELS = {fold(label): name for name, label in COLUMNS.items()} | _ALSO


@dataclass(frozen=True, slots=True)
class Line:
    """One row as Excel numbers it: texts by field of COLUMNS; fields of columns that are absent are not in it.

    ``unread``: what stands in cells that hold a formula without a result, or an error.
    """

    number: int
    texts: dict[str, str]
    unread: dict[str, str] = field(default_factory=dict)


def lines_of(matrix: Sequence[Sequence], unread: Mapping[tuple[int, int], str] = {}) -> list[Line]:  # noqa: B006
    """The rows under the header, which is found by its labels; raises ValidationError where there is none.

    ``matrix``: the cells of the sheet; ``unread``: by (row number, column index) what a cell shows instead of a value.
    """
    first, columns = _header(matrix)
    lacking = [f"“{COLUMNS[name]}”" for name in NEEDED if name not in columns]
    if lacking:
        raise ValidationError(f"Dòng tiêu đề thiếu cột {', '.join(lacking)}. Thêm cột này rồi tải lại.")
    lines = []
    for number, row in enumerate(matrix[first:], start=first + 1):
        texts = {name: _text(row[index], name) for name, index in columns.items()}
        wrong = {name: unread[number, index] for name, index in columns.items() if (number, index) in unread}
        if any(texts.values()) or wrong:
            lines.append(Line(number, texts, wrong))
    if not lines:
        raise ValidationError("Dưới dòng tiêu đề không có người nào. Điền danh sách rồi tải lại.")
    if len(lines) > MAX_PEOPLE:
        raise ValidationError(f"Tệp có {len(lines)} dòng, quá {MAX_PEOPLE}. Chia thành nhiều tệp rồi tải lên lần lượt.")
    return lines


def _header(matrix: Sequence[Sequence]) -> tuple[int, dict[str, int]]:
    """(number of the header's row, column index by field)."""
    for number, row in enumerate(matrix[:HEADER_WITHIN], start=1):
        columns: dict[str, int] = {}
        for index, cell in enumerate(row):
            name = _LABELS.get(fold(str(cell)).rstrip(" *"))
            if name:
                columns.setdefault(name, index)
        if len(columns) > 1:
            return number, columns
    wanted = ", ".join(f"“{COLUMNS[name]}”" for name in NEEDED)
    raise ValidationError(
        f"Không thấy dòng tiêu đề có các cột {wanted} trong {HEADER_WITHIN} dòng đầu. Tải tệp mẫu rồi chép danh sách "
        "vào đó."
    )


def _text(cell, name: str) -> str:
    if isinstance(cell, bool):
        return YES if cell else NO
    if isinstance(cell, float) and cell.is_integer():
        cell = str(int(cell))
        # Excel drops the zero a number begins with.
        return f"0{cell}" if name == "phone" and len(cell) in (9, 10) else cell
    return one_line(str(cell))


def template_for(by: User):
    """An open binary file: the workbook to fill in, with lists of the roles, bodies and units that ``by`` may name."""
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
    book = xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "text_wrap": True, "border": 1, "bg_color": "#E7EFF9", "valign": "vcenter",
                            "font_name": "Times New Roman"})  # fmt: skip
    text = book.add_format({"num_format": "@", "font_name": "Times New Roman"})
    sheet, lists = book.add_worksheet("Người dùng"), book.add_worksheet("Mã cơ quan")
    widths = (24, 28, 12, 34, 30, 26, 30, 16, 12)
    for column, (label, width) in enumerate(zip(COLUMNS.values(), widths, strict=True)):
        sheet.set_column(column, column, width, text)
        sheet.write_string(0, column, label, head)
    sheet.freeze_panes(1, 2)
    places = list(people.places_given_by(by))
    bodies = [one for one in places if one.kind != OrganisationKind.UNIT and one.valid_to is None] or [by.body]
    units = [one for one in places if one.kind == OrganisationKind.UNIT and one.valid_to == by.body.valid_to]
    roles = [str(role.label) for role in people.roles_given_by(by)]
    for column, (label, width) in enumerate((("Mã cơ quan", 14), ("Tên cơ quan", 60), ("Đơn vị", 60), ("Vai trò", 34))):
        lists.set_column(column, column, width, text)
        lists.write_string(0, column, label, head)
    lists.write_column(1, 0, [one.code for one in bodies])
    lists.write_column(1, 1, [one.name for one in bodies])
    lists.write_column(1, 2, [one.name for one in units] if by.role != Role.ADMINISTRATOR else [])
    lists.write_column(1, 3, roles)
    choices = {"body": ("A", len(bodies)), "role": ("D", len(roles))}
    if units and by.role != Role.ADMINISTRATOR:
        choices["unit"] = ("C", len(units))
    order = list(COLUMNS)
    for name, (letter, number) in choices.items():
        source = f"='Mã cơ quan'!${letter}$2:${letter}${number + 1}"
        sheet.data_validation(1, order.index(name), MAX_PEOPLE, order.index(name), {
            "validate": "list", "source": source, "error_title": COLUMNS[name],
            "error_message": "Chọn một giá trị trong danh sách.",
        })  # fmt: skip
    place = order.index("is_unit_head")
    sheet.data_validation(1, place, MAX_PEOPLE, place, {"validate": "list", "source": [YES, NO]})
    sheet.data_validation(1, 0, MAX_PEOPLE, 0, {
        "validate": "any", "input_title": COLUMNS["username"], "input_message": people.USERNAME_RULE[:255],
    })  # fmt: skip
    book.close()
    target.seek(0)
    return target


def sheet_row(user: User) -> tuple[str, ...]:
    """``user`` under COLUMNS, as the workbook wants him back."""
    unit = user.organisation.name if user.organisation.kind == OrganisationKind.UNIT else ""
    return (
        user.username, user.full_name, user.body.code, unit, str(Role(user.role).label), user.position, user.email,
        user.phone, YES if user.is_unit_head else NO,
    )  # fmt: skip
