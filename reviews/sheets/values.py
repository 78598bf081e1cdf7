"""Between the content of a form and the cells of one row: each way, and what a row cannot hold."""

import re
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError

from reviews.actions.content import COLUMNS
from reviews.models import TransferMode
from reviews.rules.bulk import mode_for
from reviews.rules.criteria import BY_CODE
from reviews.rules.transfers import Level, TransferClass, classify, explain
from reviews.sheets.columns import BODY, CRITERION, LEVEL, MODE, MOVE, REASON, SheetColumn
from tthc_portal.text import tidy

# What Excel keeps in one cell, in its own count of characters (UTF-16).
CELL_LIMIT = 32_767
TOO_LONG = "Nội dung dài hơn một ô Excel giữ được (32.767 ký tự): xem và sửa trên cổng."
UNWRITABLE = "Nội dung có ký tự mà tệp Excel không giữ được: xem và sửa trên cổng."
# Signs no XML may hold, and a word that readers of workbooks take for the beginning of an escaped one.
_LOST = re.compile("[\ufffe\uffff]|x005F_")
_NUMBERS = {"annual_dossiers": (0, 2_147_483_647), "annual_dossiers_year": (2000, 2100)}
_BOXES = ("annual_dossiers_estimated", "annual_dossiers_unknown")
_BLANK_MOVE = dict.fromkeys(MOVE, "")


def cells_of(content: Mapping, columns: Iterable[SheetColumn]) -> dict[str, object]:
    """What stands in the fillable cells of a row: {key: text, code, whole number, bool or None}.

    A key whose cell is locked in this row is left out.
    """
    return row_of(content, columns)[0]


def row_of(content: Mapping, columns: Iterable[SheetColumn]) -> tuple[dict[str, object], dict[str, str]]:
    """(cells as :func:`cells_of` gives them, {key: what is shown} of fillable columns this content does not fit)."""
    columns = tuple(columns)
    stated, why = _stated(content), why_no_move(content)
    told = _told_moves(content, columns, why) if why else {}
    cells, closed = {}, {}
    for column in columns:
        if column.locked:
            continue
        key = column.key
        value = stated.get(key, "")
        unfit = why_no_cell(value) if isinstance(value, str) else ""
        if key in told:
            closed[key] = told[key]
        elif unfit:
            closed[key] = unfit
        else:
            cells[key] = value
    return cells, closed


def why_no_cell(text: str) -> str:
    """Why a cell of a workbook cannot hold ``text``; blank when it can."""
    if len(text) > CELL_LIMIT // 2 and len(text.encode("utf-16-le")) // 2 > CELL_LIMIT:
        return TOO_LONG
    return UNWRITABLE if _LOST.search(text) else ""


def why_no_move(content: Mapping) -> str:
    """Why the transfers of a content cannot stand in one row of the workbook; blank when they can."""
    rows, deciders = content["transfers"], content["deciders"]
    sources = list(dict.fromkeys(row["level"] for row in deciders if row["level"]))
    if len(rows) > 1:
        return "Phiếu có nhiều dòng chuyển thẩm quyền: sửa trên cổng."
    if rows and (rows[0]["is_partial"] or rows[0]["condition"]):
        return "Phiếu chỉ chuyển một phần trường hợp: sửa trên cổng."
    if not sources:
        return "Chưa xác định cấp có thẩm quyền quyết định: khai trên cổng trước."
    if len(sources) > 1:
        return "Nhiều cấp đang có thẩm quyền quyết định: ghi từng dòng chuyển trên cổng."
    if any(row["case"] for row in deciders):
        return "Thẩm quyền chia theo trường hợp: ghi dòng chuyển trên cổng."
    if rows and rows[0]["source_level"] != sources[0]:
        return "Cấp chuyển không phải cấp đang có thẩm quyền: sửa trên cổng."
    return ""


def content_with(content: Mapping, cells: Mapping[str, object], levels: Mapping[str, Level]) -> dict[str, object]:
    """The parts of ``content`` that these cells change, ready for ``clean_content``; a key not among them stays.

    Raises ValidationError({key: [sentence]}) for what cannot be.
    """
    now = _stated(content)
    fresh = {key: _tidied(value) for key, value in cells.items()}
    changed = {key: value for key, value in fresh.items() if value != now.get(key, "")}
    errors: dict[str, list[str]] = {}
    parts: dict[str, object] = {}
    for key, value in changed.items():
        if key in COLUMNS:
            wrong = _wrong_number(key, value)
            if wrong:
                errors[key] = [wrong]
            parts[key] = value
        elif key not in MOVE and _criterion_of(key) not in BY_CODE:
            errors[key] = [f"Phiếu rà soát không có ô “{key}”."]
    errors |= _wrong_box(content | parts, changed)
    if any(key.startswith(CRITERION) for key in changed):
        parts["criteria"] = _criteria(content["criteria"], changed, errors)
    if changed.keys() & set(MOVE):
        conclusion = parts.get("conclusion", content["conclusion"])
        moves = _moves(content, changed, levels, str(conclusion), errors)
        parts |= {"transfers": moves} if moves != content["transfers"] else {}
    if errors:
        raise ValidationError(errors)
    return parts


def _stated(content: Mapping) -> dict[str, object]:
    """Every cell a content can state, whatever the form; a blank number is None, a blank text or choice ""."""
    stated = {name: content[name] for name in COLUMNS}
    for row in content["criteria"]:
        key = f"{CRITERION}{row['criterion']}"
        stated |= {key: row["answer"], f"{key}{REASON}": row["reason"]}
    rows = content["transfers"]
    one = rows[0] if len(rows) == 1 else None
    return stated | ({LEVEL: one["target_level"], BODY: one["target_body"], MODE: one["mode"]} if one else _BLANK_MOVE)


def _criterion_of(key: str) -> str:
    """The code of the question a cell belongs to; blank for another cell."""
    return key.removeprefix(CRITERION).removesuffix(REASON) if key.startswith(CRITERION) else ""


def _tidied(value):
    return tidy(value) if isinstance(value, str) else value


def _wrong_number(key: str, value) -> str:
    """Why ``value`` is none for a column of numbers or boxes; blank when it is."""
    if key in _BOXES:
        return "" if isinstance(value, bool) else "Chọn “Có”, “Không” hoặc để trống."
    if key not in _NUMBERS or value is None:
        return ""
    low, high = _NUMBERS[key]
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return ""
    if key == "annual_dossiers_year":
        return f"Năm phải là số nguyên từ {low} đến {high}."
    return "Số hồ sơ phải là số nguyên từ 0 trở lên; không có số thì để trống và chọn “Chưa có số liệu”."


def _wrong_box(after: Mapping, changed: Mapping) -> dict[str, list[str]]:
    """A number and "no figures" contradict each other; asked only where one of the two was changed."""
    if not changed.keys() & {"annual_dossiers", "annual_dossiers_unknown"}:
        return {}
    if after["annual_dossiers"] is None or not after["annual_dossiers_unknown"]:
        return {}
    sentence = "Đã ghi số hồ sơ một năm; hãy bỏ “Có” ở ô “Chưa có số liệu” hoặc xóa số."
    return {"annual_dossiers_unknown": [sentence]}


def _criteria(rows: Iterable[Mapping], changed: Mapping, errors: dict) -> list[dict]:
    """The table of answers with the changed cells in it, in the order it is read back (by code as text)."""
    table = {row["criterion"]: dict(row) for row in rows}
    for key, value in changed.items():
        if key.startswith(CRITERION):
            code = _criterion_of(key)
            row = table.setdefault(code, {"criterion": code, "answer": "", "reason": ""})
            row["reason" if key.endswith(REASON) else "answer"] = value
    for code, row in table.items():
        if row["reason"] and not row["answer"]:
            errors[f"{CRITERION}{code}"] = [
                f"Câu {code} đã ghi lý do nhưng chưa chọn “Có”, “Không” hoặc “Chưa rõ”; hãy chọn, hoặc xóa lý do."
            ]
    return [table[code] for code in sorted(table) if table[code]["answer"]]


def _moves(content: Mapping, changed: Mapping, levels: Mapping[str, Level], conclusion: str, errors: dict) -> list:
    """The table of transfers with the changed cells in it: no row, or one from the level that decides now."""
    why = why_no_move(content)
    if why:
        errors |= {key: [why] for key in MOVE if key in changed}
        return content["transfers"]
    now = _stated(content)
    level, body, mode = (changed.get(key, now[key]) for key in MOVE)
    source = next(row["level"] for row in content["deciders"] if row["level"])
    if not level:
        if body or mode:
            errors[LEVEL] = ["Chưa chọn cấp nhận; hãy chọn, hoặc xóa cả cơ quan nhận và hình thức để bỏ dòng chuyển."]
        return []
    if level not in levels or source not in levels:
        errors[LEVEL] = [f"Cấp “{level if level not in levels else source}” không có trong danh mục."]
        return content["transfers"]
    if classify(levels[source], levels[level]) is TransferClass.UPWARD:
        errors[LEVEL] = [explain(levels[source], levels[level])]
    row = content["transfers"][0] if content["transfers"] else {"is_partial": False, "condition": ""}
    to = {"source_level": source, "target_level": level, "target_body": body, "mode": mode or mode_for(conclusion)}
    return [{**to, "is_partial": row["is_partial"], "condition": row["condition"]}]


def _told_moves(content: Mapping, columns: Iterable[SheetColumn], why: str) -> dict[str, str]:
    """The transfers of a content in the words of the three cells, line by line, and why they are locked."""
    labels = {code: label for column in columns if column.key == LEVEL for label, code in column.choices.items()}
    modes, rows = dict(TransferMode.choices), content["transfers"]

    def lines(words: Iterable[str]) -> str:
        words = list(words)
        if not any(words):
            return ""
        return "\n".join(f"{number}. {word or '—'}" for number, word in enumerate(words, start=1))

    to = [
        f"{labels.get(row['source_level'], row['source_level'])} → "
        f"{labels.get(row['target_level'], row['target_level'])}"
        + (f" (một phần: {row['condition'] or 'chưa ghi trường hợp'})" if row["is_partial"] or row["condition"] else "")
        for row in rows
    ]
    told = {LEVEL: "\n".join(filter(None, [lines(to), why])), BODY: lines(row["target_body"] for row in rows)}
    told[MODE] = lines(modes.get(row["mode"], row["mode"]) for row in rows)
    return {key: why if why_no_cell(text) else text for key, text in told.items()}
