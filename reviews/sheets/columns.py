"""The columns of the filled workbook: one definition for the sheet that goes out and the one that comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reviews.actions.content import rule_levels
from reviews.models import Conclusion, CriterionAnswer, Stance, TransferMode
from reviews.rules.criteria import CRITERIA
from reviews.rules.field_help import SECTIONS, SHORT, FieldHelp
from reviews.rules.transfers import Level

Kind = Literal["text", "choice", "yes_no", "number"]

LEVEL, BODY, MODE = "move.level", "move.body", "move.mode"
MOVE = (LEVEL, BODY, MODE)
"""The one transfer a row can hold: to which level, to which body, in which legal form."""

CRITERION = "criterion."
REASON = ".reason"
YES, NO = "Có", "Không"


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """One column of the workbook.

    ``key``: a column of the content under its own name, ``criterion.<CODE>``, ``criterion.<CODE>.reason`` or one of
    MOVE; of a locked column, what it shows. ``kind``: text, choice, yes_no or number (whole). ``width`` in
    characters. ``help``: what a person reads at the header. ``choices``: {label: code}, in order.
    """

    key: str
    label: str
    kind: Kind = "text"
    locked: bool = False
    width: int = 30
    help: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


LOCKED = (
    SheetColumn("code", "Mã TTHC", locked=True, width=16, help="Mã trong danh mục chốt của đợt; không sửa."),
    SheetColumn("name", "Tên TTHC", locked=True, width=38, help="Tên trong danh mục chốt của đợt; không sửa."),
    SheetColumn("sector", "Lĩnh vực", locked=True, width=18, help="Lĩnh vực của thủ tục; không sửa."),
    SheetColumn(
        "deciders",
        "Thẩm quyền quyết định hiện nay",
        locked=True,
        width=28,
        help="Khai hoặc sửa ở mục B của phiếu trên cổng; trong tệp chỉ để xem.",
    ),
    SheetColumn("unit", "Đơn vị", locked=True, width=20, help="Đơn vị được giao; công chức đầu mối giao trên cổng."),
    SheetColumn(
        "assignee",
        "Người được giao",
        locked=True,
        width=20,
        help="Người được giao phiếu; công chức đầu mối giao trên cổng.",
    ),
    SheetColumn(
        "status",
        "Trạng thái",
        locked=True,
        width=18,
        help="Trạng thái lúc tải tệp. Nhập tệp không hoàn thành và không gửi phiếu nào.",
    ),
)
"""What every row shows and nobody changes in the file."""


def columns(short: bool, levels: Mapping[str, Level] | None = None) -> tuple[SheetColumn, ...]:
    """The columns of a form's sheet in their order; ``short``: of the form on a procedure that others manage.

    ``levels`` as :func:`reviews.actions.content.rule_levels` gives them, which is asked for when they are not given
    (one query): they are the choices of the receiving level.
    """
    levels = rule_levels() if levels is None else levels
    return (*LOCKED, *(_short(levels) if short else _whole(levels)))


def editable(of: tuple[SheetColumn, ...]) -> tuple[SheetColumn, ...]:
    """The columns of ``of`` that are filled in the file."""
    return tuple(column for column in of if not column.locked)


def _whole(levels: Mapping[str, Level]) -> tuple[SheetColumn, ...]:
    about = {one.field: one for entries in SECTIONS.values() for one in entries}
    return (
        _choice("conclusion", about, Conclusion.choices, width=20),
        *_move(about, levels),
        *(_text(name, about, width) for name, width in (("content", 45), ("reason", 50), ("conditions", 45))),
        *(_text(name, about, 35) for name in ("new_steps", "transition")),
        *(column for asked in CRITERIA for column in _criterion(asked, about["criteria.reason"])),
        _text("receiving_body", about, 25),
        _text("coordinating_bodies", about, 25),
        _text("delegation_in_force", about, 35),
        *_dossiers(about),
    )


def _short(levels: Mapping[str, Level]) -> tuple[SheetColumn, ...]:
    # The whole form's help stands in for what the short one does not explain apart.
    about = {one.field: one for entries in SECTIONS.values() for one in entries} | {one.field: one for one in SHORT}
    conditions = "Điều kiện để tiếp nhận, thực hiện"
    return (
        _choice("stance", about, Stance.choices, width=24),
        *_move(about, levels),
        _text("reason", about, 50),
        SheetColumn("conditions", conditions, width=45, help=_told(about["conditions"])),
        *_dossiers(about),
    )


def _move(about: Mapping[str, FieldHelp], levels: Mapping[str, Level]) -> tuple[SheetColumn, ...]:
    alone = "Một dòng của tệp giữ một lần chuyển; phiếu có nhiều lần chuyển thì sửa trên cổng, ba ô này bị khóa."
    choices = {level.label: code for code, level in levels.items()}
    to, body, mode = (about[f"transfers.{name}"] for name in ("target_level", "target_body", "mode"))
    modes = {label: code for code, label in TransferMode.choices}
    return (
        SheetColumn(LEVEL, to.label, "choice", width=28, help=f"{_told(to)} {alone}", choices=choices),
        SheetColumn(BODY, body.label, width=24, help=_told(body)),
        SheetColumn(MODE, mode.label, "choice", width=16, help=f"{_told(mode)} Để trống là “Phân cấp”.", choices=modes),
    )


def _criterion(asked, reason: FieldHelp) -> tuple[SheetColumn, ...]:
    answers = {label: code for code, label in CriterionAnswer.Answer.choices}
    key = f"{CRITERION}{asked.code}"
    return (
        SheetColumn(key, f"{asked.code}. {asked.question}", "choice", width=24, help=asked.help, choices=answers),
        SheetColumn(f"{key}{REASON}", f"{asked.code}. {reason.label}", width=30, help=_told(reason)),
    )


def _dossiers(about: Mapping[str, FieldHelp]) -> tuple[SheetColumn, ...]:
    number = about["annual_dossiers"]
    return (
        SheetColumn("annual_dossiers", number.label, "number", width=14, help=_told(number)),
        SheetColumn(
            "annual_dossiers_year",
            about["annual_dossiers_year"].label,
            "number",
            width=12,
            help=_told(about["annual_dossiers_year"]),
        ),
        SheetColumn(
            "annual_dossiers_estimated",
            "Số ước tính",
            "yes_no",
            width=12,
            help=f"Chọn “{YES}” khi số hồ sơ là ước tính. Để trống là “{NO}”.",
        ),
        SheetColumn(
            "annual_dossiers_unknown",
            "Chưa có số liệu",
            "yes_no",
            width=12,
            help=f"Chọn “{YES}” khi không có số hồ sơ; khi đó bỏ trống ô “{number.label}”. Để trống là “{NO}”.",
        ),
        _text("annual_dossiers_source", about, 30),
    )


def _choice(key: str, about: Mapping[str, FieldHelp], choices, *, width: int) -> SheetColumn:
    entry = about[key]
    labels = {label: code for code, label in choices}
    return SheetColumn(key, entry.label, "choice", width=width, help=_told(entry), choices=labels)


def _text(key: str, about: Mapping[str, FieldHelp], width: int) -> SheetColumn:
    return SheetColumn(key, about[key].label, width=width, help=_told(about[key]))


def _told(entry: FieldHelp) -> str:
    """What a field asks, with its example and its ground."""
    parts = (
        entry.text,
        f"Ví dụ: {entry.example}" if entry.example else "",
        f"Căn cứ: {entry.ground.rstrip('.')}." if entry.ground else "",
    )
    return " ".join(filter(None, parts))
