"""Setting the same things on many forms: what would be written on each, and why some are left alone.

Contents are plain values (see :mod:`reviews.actions.content`). Nothing here knows who asks: roles and statuses are the
workflow's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reviews.rules.transfers import Conclusion, Level, TransferClass, TransferMode, classify


class Skip(StrEnum):
    """Why a form is left as it is."""

    EXCLUDED = "excluded"
    STATUS = "status"
    ASSIGNED = "assigned"
    REFUSED = "refused"
    OPEN = "open"
    STARTED = "started"
    CONCLUDED = "concluded"
    NOT_SHORT = "not_short"
    NO_DECIDER = "no_decider"
    NOT_LOWER = "not_lower"
    ALREADY = "already"


SKIP_LABELS: dict[Skip, str] = {
    Skip.EXCLUDED: "Không thuộc diện rà soát (loại trừ hoặc đã đưa ra khỏi phạm vi), phiếu chỉ xem",
    Skip.STATUS: "Phiếu đã hoàn thành hoặc đã gửi, nội dung đã khóa",
    Skip.ASSIGNED: "Đã phân công cho người khác",
    Skip.REFUSED: "Bạn không sửa được phiếu lúc này",
    Skip.OPEN: "Đang có người mở, có nội dung chưa lưu",
    Skip.STARTED: "Đã có ý kiến riêng, đang soạn",
    Skip.CONCLUDED: "Đã có kết luận khác (đang chỉ điền chỗ trống)",
    Skip.NOT_SHORT: "Không phải phiếu kiến nghị của địa phương nên không có mục ý kiến",
    Skip.NO_DECIDER: "Chưa xác định cấp có thẩm quyền quyết định nên chưa lập được dòng chuyển thẩm quyền",
    Skip.NOT_LOWER: "Cấp nhận cùng cấp hoặc cao hơn cấp đang quyết định",
    Skip.ALREADY: "Đã đúng như vậy, hoặc các mục đã có nội dung",
}

DOSSIERS = ("annual_dossiers", "annual_dossiers_unknown")


@dataclass(frozen=True, slots=True)
class Move:
    """Hand down from each form's own deciders to one level (code), to a body named or not."""

    target: str
    body: str = ""
    mode: str = TransferMode.DECENTRALIZE


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to stand on a form afterwards.

    ``values`` is a part of a content (columns and the table of amendments); ``move`` makes the table of transfers from
    the form's own deciders; ``answers`` {criterion: (answer, reason)} adds to the table of criteria. Unless
    ``overwrite``, only what is blank is filled. ``fresh``: only on forms never saved.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    move: Move | None = None
    answers: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    overwrite: bool = False
    fresh: bool = False


def filled(stored: Mapping, wish: Wish, *, levels: Mapping[str, Level], excluded: Collection[str], short: bool):
    """The parts of a content that ``wish`` changes on a form that holds ``stored``, or the Skip that says why none.

    ``short``: a province's short form, the only one that has a stance. ``excluded``: level codes outside the round.
    """
    values = dict(wish.values)
    if wish.fresh and stored.get("version"):
        return Skip.STARTED
    if not short and values.pop("stance", "") and not (values or wish.move or wish.answers):
        return Skip.NOT_SHORT
    if _contradicts(stored, values, wish.overwrite):
        return Skip.CONCLUDED
    if "annual_dossiers" in values or "annual_dossiers_unknown" in values:
        values |= {"annual_dossiers": values.get("annual_dossiers")}
        values |= {"annual_dossiers_unknown": bool(values.get("annual_dossiers_unknown"))}
    known = any(stored[name] not in (None, False) for name in DOSSIERS)
    found = {
        name: value
        for name, value in values.items()
        if value != stored[name] and (wish.overwrite or not (known if name in DOSSIERS else stored[name]))
    }
    if wish.move and (wish.overwrite or not stored["transfers"]):
        rows = transfers_to(wish.move, stored["deciders"], levels, excluded)
        if isinstance(rows, Skip):
            return rows
        if rows != stored["transfers"]:
            found["transfers"] = rows
    answers = _answered(stored["criteria"], wish)
    if answers != list(stored["criteria"]):
        found["criteria"] = answers
    return found or Skip.ALREADY


def transfers_to(move: Move, deciders: Sequence[Mapping], levels: Mapping[str, Level], excluded: Collection[str]):
    """Rows of transfers from each deciding level down to ``move.target``, or the Skip that says why there are none.

    Deciders already at the level or below it keep what they have; levels outside the round hand nothing down.
    """
    sources = list(dict.fromkeys(row["level"] for row in deciders if row["level"] in levels))
    if not sources:
        return Skip.NO_DECIDER
    target = levels[move.target]
    down = [
        code
        for code in sources
        if code not in excluded and classify(levels[code], target) in (TransferClass.DOWNWARD, TransferClass.MANUAL)
    ]
    if not down:
        return Skip.NOT_LOWER
    return [
        {
            "source_level": code,
            "target_level": move.target,
            "target_body": move.body,
            "mode": str(move.mode),
            "is_partial": False,
            "condition": "",
        }
        for code in down
    ]


def common_target(transfers: Sequence[Mapping]) -> str | None:
    """The one level (code) all ``transfers`` go to, blank when there are none, None when they go to several."""
    targets = {row["target_level"] for row in transfers}
    return None if len(targets) > 1 else next(iter(targets), "")


def mode_for(conclusion: str) -> str:
    """The legal form of a move under a conclusion: delegation is one of its own."""
    return str(TransferMode.DELEGATE if conclusion == Conclusion.DELEGATE else TransferMode.DECENTRALIZE)


def _contradicts(stored: Mapping, values: Mapping, overwrite: bool) -> bool:
    """A reason written for one conclusion must not fill the blank under another."""
    return not overwrite and any(
        values.get(name) and stored[name] and stored[name] != values[name] for name in ("conclusion", "stance")
    )


def _answered(stored: Sequence[Mapping], wish: Wish) -> list[dict]:
    """The table of criteria with the wished answers added, in the order of the questions (C1, C2 … C14)."""
    rows = {row["criterion"]: dict(row) for row in stored}
    for code, (answer, reason) in wish.answers.items():
        if wish.overwrite or not rows.get(code, {}).get("answer"):
            rows[code] = {"criterion": code, "answer": answer, "reason": reason}
    # The table is read back ordered by its code as text.
    return [rows[code] for code in sorted(rows)]
