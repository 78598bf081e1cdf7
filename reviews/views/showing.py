"""The content of a form in words: labels and texts for the read-only view, the history and conflicts."""

import datetime
from collections.abc import Iterable, Mapping

from procedures.models import AuthorityLevel
from reviews.actions.content import ANSWER, COLUMNS, VERSION
from reviews.models import (
    ComplianceCost,
    Conclusion,
    CriterionAnswer,
    Opinion,
    Review,
    ReviewEvent,
    Stance,
    TransferClass,
    TransferMode,
)
from reviews.models.content import AmendmentAction, DocumentType
from reviews.rules.criteria import BY_CODE
from reviews.rules.workflow import ACTION_LABELS

TABLE_LABELS = {
    "deciders": "Thẩm quyền quyết định hiện nay",
    "transfers": "Chuyển thẩm quyền",
    "criteria": "Tiêu chí đánh giá",
    "amendments": "Kiến nghị thực thi",
    "costs": "Chi phí tuân thủ",
}
OTHER_LABELS = {
    "ruling": "Phân loại chuyển thẩm quyền",
    "counted": "Được tính là phân cấp",
    "within": "Phân cấp trong nội bộ bộ, ngành dọc",
    "eligible": "Thuộc diện tính",
    "decider_unknown": "Chưa xác định thẩm quyền",
    "removed": "Đưa ra khỏi phạm vi",
    "frozen_standing": "Theo danh mục chốt",
    "frozen_counted": "Được tính theo danh mục chốt",
    "by_exception": "Trả lời chung",
    "assignee": "Người được giao",
    "unit": "Đơn vị",
    "attachments": "Tài liệu kèm theo",
    "opinions": "Tiếp thu, giải trình ý kiến",
}
EVENT_LABELS = {action.value: label for action, label in ACTION_LABELS.items()} | {
    "conflict": "Hai người cùng sửa: nội dung chưa lưu được giữ lại ở đây",
    "discard": "Nội dung tự lưu chưa thành phiên bản, được giữ lại ở đây",
    "rule_transfer": "Cục phân loại chuyển thẩm quyền",
    "assign": "Phân công",
    "attach": "Tải lên tài liệu kèm theo",
    "detach": "Bỏ tài liệu kèm theo",
    "answer_opinion": "Tiếp thu, giải trình ý kiến",
    "adjust": "Điều chỉnh phạm vi",
}
EVENT_ICONS = {
    "save": "device-floppy",
    "finish": "check",
    "check": "list-check",
    "return_internal": "arrow-back-up",
    "send_signed": "signature",
    "send_recorded": "send",
    "return": "arrow-back-up",
    "accept": "circle-check",
    "reopen": "refresh",
    "approve": "rubber-stamp",
    "conflict": "git-compare",
    "discard": "history",
    "rule_transfer": "scale",
    "assign": "user",
    "attach": "paperclip",
    "detach": "trash",
    "answer_opinion": "message",
    "adjust": "git-compare",
}

_CHOICES = {"conclusion": Conclusion, "stance": Stance}
_ORDER = (
    "deciders",
    "receiving_body",
    "coordinating_bodies",
    "delegation_in_force",
    "annual_dossiers",
    "annual_dossiers_year",
    "annual_dossiers_estimated",
    "annual_dossiers_unknown",
    "annual_dossiers_source",
    "stance",
    "criteria",
    "conclusion",
    "transfers",
    "content",
    "reason",
    "conditions",
    "new_steps",
    "transition",
    "amendments",
    "costs",
)
_SILENT = ("annual_dossiers_estimated", "annual_dossiers_unknown")


class Wording:
    """Says contents in Vietnamese; ``labels`` are the names of the levels by code."""

    def __init__(self, levels: Iterable[AuthorityLevel]):
        self.labels = {level.code: level.label for level in levels}

    def label(self, name: str) -> str:
        """What a part of a content is called."""
        if name in COLUMNS:
            words = str(Review._meta.get_field(name).verbose_name)
            return words[:1].upper() + words[1:]
        if name.startswith(ANSWER):
            return "Trả lời điểm cần hoàn thiện"
        return TABLE_LABELS.get(name) or OTHER_LABELS.get(name, name)

    def text(self, name: str, value) -> str:
        """A part of a content as text; blank where there is nothing."""
        if isinstance(value, list):
            value = sorted(value, key=_place) if name == "criteria" else value
            return "\n".join(self._row(name, row) for row in value)
        if isinstance(value, dict):
            return self._row(name, value)
        if isinstance(value, bool):
            return "Có" if value else "Không"
        if name in _CHOICES:
            return _choice(_CHOICES[name], value)
        if name == "annual_dossiers" and isinstance(value, int):
            return f"{value:,}".replace(",", ".")
        return "" if value is None else str(value)

    def sections(self, content: Mapping) -> list[tuple[str, str, str]]:
        """(name, label, text) of everything a reader of the form looks at, in its order; blanks left out."""
        names = [*_ORDER, *(name for name in content if name not in _ORDER and name != VERSION)]
        shown = ((name, self.label(name), self.text(name, content[name])) for name in names)
        return [
            (name, label, text)
            for name, label, text in shown
            if text and not (name in _SILENT and not content[name]) and not name.startswith(ANSWER)
        ]

    def changes(self, event: ReviewEvent) -> list[dict[str, str]]:
        """What an event changed: label, before and after of each field."""
        return [
            {"label": self.label(name), "before": self.text(name, before), "after": self.text(name, after)}
            for name, (before, after) in event.changes.items()
        ]

    def _level(self, code: str) -> str:
        return self.labels.get(code, code or "chưa chọn cấp")

    def _row(self, name: str, row: Mapping) -> str:
        say = {
            "deciders": self._decider,
            "transfers": self._transfer,
            "amendments": _amendment,
            "criteria": _criterion,
            "costs": _cost,
            "ruling": self._ruling,
            "attachments": _file,
            "opinions": _opinion,
        }.get(name)
        return say(row) if say else "; ".join(str(value) for value in row.values() if value)

    def _decider(self, row: Mapping) -> str:
        parts = [self._level(row["level"])]
        if row["body"]:
            parts[0] += f" ({row['body']})"
        if row["case"]:
            parts.append(f"trường hợp: {row['case']}")
        if row["legal_ground"]:
            parts.append(f"căn cứ: {row['legal_ground']}")
        return "; ".join(parts)

    def _transfer(self, row: Mapping) -> str:
        text = f"{self._level(row['source_level'])} → {self._level(row['target_level'])}"
        if row["target_body"]:
            text += f" ({row['target_body']})"
        parts = [text, _choice(TransferMode, row["mode"])]
        if row["is_partial"]:
            parts.append("chỉ một phần trường hợp")
        if row["condition"]:
            parts.append(row["condition"])
        return "; ".join(parts)

    def _ruling(self, row: Mapping) -> str:
        move = f"{self._level(row.get('source_level', ''))} → {self._level(row.get('target_level', ''))}"
        ruling = _choice(TransferClass, row["ruling"]) if row["ruling"] else "chưa phân loại"
        return f"{move}: {ruling}" + (f" ({row['reason']})" if row.get("reason") else "")


def _amendment(row: Mapping) -> str:
    text = f"{_choice(AmendmentAction, row['action'])} {_choice(DocumentType, row['document_type'])} {row['number']}"
    if row["issued_on"]:
        text += f" ngày {_day(row['issued_on'])}"
    parts = [text]
    if row["title"]:
        parts.append(row["title"])
    places = [
        f"{word} {row[key]}" for key, word in (("point", "điểm"), ("clause", "khoản"), ("article", "điều")) if row[key]
    ]
    if places:
        parts.append(" ".join(places))
    if row["drafting_lead"]:
        parts.append(f"chủ trì soạn thảo: {row['drafting_lead']}")
    if row["due_on"]:
        parts.append(f"thời hạn: {_day(row['due_on'])}")
    return "; ".join(parts)


def _criterion(row: Mapping) -> str:
    asked = BY_CODE.get(row["criterion"])
    question = f"{row['criterion']}. {asked.question}" if asked else row["criterion"]
    text = f"{question} {_choice(CriterionAnswer.Answer, row['answer'])}"
    return f"{text} ({row['reason']})" if row["reason"] else text


def _cost(row: Mapping) -> str:
    parts = [f"{_choice(ComplianceCost.Phase, row['phase'])}: {row['item']}"]
    hours = str(row["hours"] or "").removesuffix(".00").replace(".", ",")
    if hours.strip("0,"):
        parts.append(f"{hours} giờ × {_number(row['hourly_income'])} đồng")
    if row["outside_cost"]:
        parts.append(f"chi phí khác {_number(row['outside_cost'])} đồng")
    if row["fee"]:
        parts.append(f"phí, lệ phí {_number(row['fee'])} đồng")
    parts.append(f"{_number(row['times_per_year'])} lần × {_number(row['subjects_per_year'])} đối tượng một năm")
    if row["source"]:
        parts.append(f"nguồn: {row['source']}")
    return "; ".join(parts)


def _file(row: Mapping) -> str:
    return f"{row.get('name', '')} (SHA-256 {row.get('sha256', '')})"


def _opinion(row: Mapping) -> str:
    text = f"{row.get('organisation', '')}: {_choice(Opinion.AnswerKind, row.get('answer_kind', ''))}"
    return f"{text}. {row['answer']}" if row.get("answer") else text


def _number(value) -> str:
    """A whole number with its points; what is none (typed wrong, and kept so) as it is."""
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value or 0)


def _place(row: Mapping) -> tuple[int, str]:
    code = row["criterion"]
    return len(code), code


def _choice(choices, value) -> str:
    """The label of a stored choice; a value no longer among them as it is."""
    return dict(choices.choices).get(value, str(value or ""))


def _day(iso: str) -> str:
    return f"{datetime.date.fromisoformat(iso):%d/%m/%Y}"
