"""What a form still lacks before it may be finished: every gap at once, each under its field, in plain Vietnamese.

Ground of the form: Nghị định 63/2010/NĐ-CP, Phụ lục I (need, reasonableness: is the settling body named clearly), Điều
28 as amended by Nghị định 92/2017/NĐ-CP (what is assessed) and Điều 31 as amended by Nghị định 48/2013/NĐ-CP (options
and implementing recommendations).
"""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from reviews.rules.criteria import BY_CODE, REQUIRED_TO_DECENTRALIZE, speaks_against
from reviews.rules.eligibility import DEFAULT_EXCLUDED, decide
from reviews.rules.transfers import (
    CONCLUSION_LABELS,
    TRANSFER_MODE_LABELS,
    Conclusion,
    Level,
    TransferClass,
    TransferMode,
    classify,
    effective_class,
    explain,
)

MIN_REASON_LENGTH = 30
"""Fewest characters of the reason for "Phân cấp" and "Giữ nguyên", spaces at both ends not counted."""

STANCES_WITHOUT_PROPOSAL = frozenset({"agree", "no_opinion"})
"""What a province may answer without anything more: it agrees with the present, or has no opinion."""

DEFAULT_CONDITIONS = (
    "Tập huấn, bàn giao hồ sơ và dữ liệu cho cơ quan nhận trước khi thực hiện; bố trí đủ nhân lực, kinh phí; "
    "kiểm tra, hậu kiểm định kỳ; báo cáo kết quả hằng năm; cơ quan nhận không phân cấp, ủy quyền tiếp."
)
"""Conditions of a safe hand-down, offered as a first wording (training, data, staff, budget, inspection, reports, no
further hand-down)."""

_LONG_REASON = frozenset({Conclusion.DECENTRALIZE, Conclusion.KEEP})

_OPENINGS: dict[TransferMode, str] = {
    TransferMode.DECENTRALIZE: "Phân cấp thẩm quyền",
    TransferMode.DEVOLVE: "Phân quyền, chuyển thẩm quyền",
    TransferMode.DELEGATE: "Ủy quyền",
    TransferMode.REALLOCATE: "Phân định lại thẩm quyền",
}


@dataclass(frozen=True, slots=True)
class DeciderRow:
    """One authority that decides now: level code (blank: not chosen), its name, the body as named, the legal ground."""

    level: str
    level_label: str = ""
    body: str = ""
    legal_ground: str = ""


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One proposed move of power.

    An end not chosen is None; `mode` is a TransferMode value, `ruling` the class given by the department, if any.
    """

    source_level: Level | None
    target_level: Level | None
    mode: str = TransferMode.DECENTRALIZE
    ruling: str | None = None

    @property
    def effective(self) -> TransferClass | None:
        """Class that holds now, the department's ruling included; None while an end is missing."""
        if self.source_level is None or self.target_level is None:
            return None
        ruling = TransferClass(self.ruling) if self.ruling else None
        return effective_class(classify(self.source_level, self.target_level), ruling)


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """One legal document to amend: its type, number, provision (điểm, khoản, điều) and what is done to it."""

    document_type: str
    number: str
    provision: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """The answer to one question: its code (C1–C14), yes, no or unsure, and the reason given."""

    code: str
    answer: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FormContent:
    """The content of one form as plain values; `excluded_levels` are the level codes the round leaves out.

    `short` is a province's form on a procedure that others manage, `stance` what it says there (agree, propose,
    no_opinion); `dossiers_known`: a number of dossiers a year, or "no figures", is given.
    """

    conclusion: str = ""
    reason: str = ""
    content: str = ""
    deciders: Sequence[DeciderRow] = ()
    transfers: Sequence[TransferRow] = ()
    amendments: Sequence[AmendmentRow] = ()
    criteria: Sequence[CriterionRow] = ()
    dossiers_known: bool = False
    short: bool = False
    stance: str = ""
    excluded_levels: Collection[str] = DEFAULT_EXCLUDED


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing missing: `field` is the part of the form it belongs to, `message` what to do.

    Parts: conclusion, reason, deciders, transfers, amendments, criteria, annual_dossiers.
    """

    field: str
    message: str


def gaps(form: FormContent) -> list[Gap]:
    """Everything that keeps the form from being finished, in the order of the form; empty when it is complete."""
    if form.short and form.stance in STANCES_WITHOUT_PROPOSAL:
        # A province that has nothing to propose need not explain the ministry's procedure.
        return list(_conclusion_gaps(form))
    found = [*_conclusion_gaps(form), *_decider_gaps(form), *_reason_gaps(form)]
    found += _criteria_gaps(form)
    if form.conclusion == Conclusion.DECENTRALIZE:
        found += _transfer_gaps(form)
        # A province asks the ministry to consider: which documents change and what it costs is the ministry's to say.
        if not form.short:
            found += [*_amendment_gaps(form), *_dossier_gaps(form)]
    return found


def conclusion_of(stance: str) -> str:
    """The conclusion that a province's stance amounts to; blank for no stance. An unknown stance raises KeyError."""
    return {"": "", "agree": Conclusion.KEEP, "propose": Conclusion.DECENTRALIZE, "no_opinion": Conclusion.KEEP}[stance]


def stance_of(conclusion: str) -> str:
    """The stance that a conclusion given on a short form amounts to; blank where it is neither of the two."""
    return {Conclusion.KEEP: "agree", Conclusion.DECENTRALIZE: "propose"}.get(conclusion, "")


def _criteria_gaps(form: FormContent) -> Iterable[Gap]:
    answered = {row.code: row for row in form.criteria if row.answer}
    if "C1" in answered and answered["C1"].answer == "no" and form.conclusion not in ("", Conclusion.ABOLISH):
        yield Gap(
            "criteria",
            "Câu C1 trả lời thủ tục không còn cần thiết: hãy chọn kết luận “Bãi bỏ”, hoặc trả lời lại câu C1.",
        )
        return
    if form.conclusion == Conclusion.DECENTRALIZE and not form.short:
        missing = [code for code in REQUIRED_TO_DECENTRALIZE if code not in answered]
        if missing:
            yield Gap("criteria", f"Kết luận “Phân cấp” cần trả lời tiêu chí {', '.join(missing)}.")
    for row in answered.values():
        if row.code in BY_CODE and speaks_against(row.code, row.answer, form.conclusion) and not row.reason.strip():
            yield Gap(
                "criteria",
                f"Tiêu chí {row.code}: câu trả lời không thuận với kết luận đã chọn nên cần nêu lý do, cách xử lý.",
            )


def _dossier_gaps(form: FormContent) -> Iterable[Gap]:
    if not form.dossiers_known:
        yield Gap(
            "annual_dossiers",
            "Chưa có số hồ sơ một năm: ghi số (không phát sinh thì ghi 0) hoặc đánh dấu “Chưa có số liệu”.",
        )


def _conclusion_gaps(form: FormContent) -> Iterable[Gap]:
    if not form.conclusion:
        yield Gap("conclusion", "Chưa chọn kết luận rà soát.")
    elif form.conclusion not in CONCLUSION_LABELS:
        yield Gap("conclusion", f"Kết luận “{form.conclusion}” không có trong danh mục, hãy chọn lại.")


def _decider_gaps(form: FormContent) -> Iterable[Gap]:
    codes = [row.level for row in form.deciders if row.level]
    # Whatever the conclusion: a form whose decider is unknown cannot be sent.
    if not codes:
        yield Gap("deciders", "Chưa xác định cấp có thẩm quyền quyết định hiện nay: cần ít nhất một dòng có chọn cấp.")
    for number, row in enumerate(form.deciders, start=1):
        if codes and not row.level and row.body.strip():
            yield Gap("deciders", f"Thẩm quyền hiện nay, dòng {number} (“{row.body.strip()}”): chưa chọn cấp.")
    labels = {row.level: row.level_label for row in form.deciders if row.level_label}
    # Rows whose level is not chosen are left out: they have their own gap.
    decision = decide(codes, form.excluded_levels, labels)
    if not decision.eligible:
        yield Gap(
            "deciders",
            f"{decision.reason} Hãy báo cơ quan chủ trì đợt rà soát để điều chỉnh phạm vi, không gửi phiếu này.",
        )


def _reason_gaps(form: FormContent) -> Iterable[Gap]:
    # NFC first: a letter typed with separate accent marks is still one letter.
    length = len(unicodedata.normalize("NFC", form.reason).strip())
    if form.conclusion in _LONG_REASON and length < MIN_REASON_LENGTH:
        label = CONCLUSION_LABELS[Conclusion(form.conclusion)]
        yield Gap("reason", f"Kết luận “{label}” cần lý do ít nhất {MIN_REASON_LENGTH} ký tự (hiện có {length}).")
    elif length == 0:
        yield Gap("reason", "Chưa nêu lý do.")


def _transfer_gaps(form: FormContent) -> Iterable[Gap]:
    if not form.transfers:
        yield Gap("transfers", "Kết luận “Phân cấp” cần ít nhất một dòng chuyển thẩm quyền: từ cấp nào, cho cấp nào.")
        return
    deciding = {row.level for row in form.deciders if row.level}
    for number, row in enumerate(form.transfers, start=1):
        for message in _row_messages(row, deciding, form.excluded_levels):
            yield Gap("transfers", f"Chuyển thẩm quyền, dòng {number}: {message}")
    if all(row.effective is TransferClass.SAME_LEVEL for row in form.transfers):
        yield Gap(
            "transfers",
            "Mọi dòng chuyển thẩm quyền đều cùng cấp, không có cấp thấp hơn nào nhận việc nên chưa phải là phân cấp; "
            "hãy chọn cấp nhận thấp hơn hoặc chọn kết luận khác.",
        )


def _row_messages(row: TransferRow, deciding: Collection[str], excluded: Collection[str]) -> Iterable[str]:
    source, target = row.source_level, row.target_level
    if source is None:
        yield "chưa chọn cấp đang có thẩm quyền."
    if target is None:
        yield "chưa chọn cấp nhận thẩm quyền."
    if source is not None and source.code in excluded:
        yield f"{source.label} thuộc diện loại trừ của đợt rà soát nên không đề xuất chuyển thẩm quyền từ cấp này."
    if source is not None and deciding and source.code not in deciding:
        yield f"{source.label} không có trong các cấp có thẩm quyền quyết định hiện nay đã khai ở trên."
    if source is not None and target is not None and row.effective is TransferClass.UPWARD:
        if classify(source, target) is TransferClass.MANUAL:
            yield "cơ quan chủ trì đợt rà soát đã xếp loại là chuyển lên cấp trên nên không được chấp nhận."
        else:
            yield explain(source, target)
    if row.mode == TransferMode.DELEGATE:
        yield "ủy quyền không phải là phân cấp; nếu là ủy quyền, hãy chọn kết luận “Ủy quyền”."
    elif row.mode not in TRANSFER_MODE_LABELS:
        yield "chưa chọn hình thức chuyển thẩm quyền."


def _amendment_gaps(form: FormContent) -> Iterable[Gap]:
    if not any(row.document_type.strip() and row.number.strip() for row in form.amendments):
        yield Gap(
            "amendments",
            "Kết luận “Phân cấp” cần kiến nghị thực thi: ít nhất một văn bản cần sửa đổi, "
            "có loại văn bản và số, ký hiệu.",
        )


def compose_content(transfers: Iterable[TransferRow]) -> str:
    """First wording of the option's content: "Phân cấp thẩm quyền giải quyết từ A cho B; từ C cho D."

    Moves of one legal form share a sentence; rows with an end missing are left out. Blank when no row has both ends.
    """
    by_mode: dict[str, dict[str, None]] = {}
    for row in transfers:
        if row.source_level is not None and row.target_level is not None:
            move = f"từ {row.source_level.label} cho {row.target_level.label}"
            mode = row.mode if row.mode in _OPENINGS else TransferMode.DECENTRALIZE
            by_mode.setdefault(mode, {})[move] = None
    return " ".join(
        f"{_OPENINGS[TransferMode(mode)]} giải quyết {'; '.join(moves)}." for mode, moves in by_mode.items()
    )
