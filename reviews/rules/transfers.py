"""Which moves of deciding power are a hand-down (phân cấp), and which of them count.

The aim set at the Hội nghị 30/9/2021 is to hand the settlement of procedures to "cấp dưới trực tiếp, địa phương". The
ladder of levels and the treatment of moves across branches, at one level or upward are conventions of the round. The
words are those of the Luật Tổ chức chính quyền địa phương 2015: phân quyền (Điều 12), phân cấp (Điều 13), ủy quyền
(Điều 14).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

TIERS = ("central", "regional", "province", "district", "commune")
"""Administrative tiers, highest first."""

BRANCHES = ("state", "vertical", "local", "other")
"""state: central bodies and ministries; vertical: ngành dọc; local: local government; other: off the ladder."""

MINISTRY_RANK = 30
"""Rank of a ministry and of its minister; a smaller rank stands above every ministry."""

_TIER_NAMES = {
    "central": "cấp trung ương",
    "regional": "cấp khu vực",
    "province": "cấp tỉnh",
    "district": "cấp huyện",
    "commune": "cấp xã",
}


class TransferClass(StrEnum):
    """What a move from one deciding level to another amounts to."""

    DOWNWARD = "downward"
    SAME_LEVEL = "same_level"
    MANUAL = "manual"
    UPWARD = "upward"


TRANSFER_CLASS_LABELS: dict[TransferClass, str] = {
    TransferClass.DOWNWARD: "Chuyển xuống cấp dưới",
    TransferClass.SAME_LEVEL: "Cùng cấp",
    TransferClass.MANUAL: "Chờ cơ quan chủ trì xếp loại",
    TransferClass.UPWARD: "Chuyển lên cấp trên",
}


class TransferMode(StrEnum):
    """The legal form of a move (Luật Tổ chức chính quyền địa phương 2015, Điều 12, 13, 14)."""

    DECENTRALIZE = "decentralize"
    DEVOLVE = "devolve"
    DELEGATE = "delegate"
    REALLOCATE = "reallocate"


TRANSFER_MODE_LABELS: dict[TransferMode, str] = {
    TransferMode.DECENTRALIZE: "Phân cấp",
    TransferMode.DEVOLVE: "Phân quyền",
    TransferMode.DELEGATE: "Ủy quyền",
    TransferMode.REALLOCATE: "Phân định thẩm quyền",
}


class Conclusion(StrEnum):
    """What a review concludes about its procedure; only DECENTRALIZE can count towards the target."""

    DECENTRALIZE = "decentralize"
    DELEGATE = "delegate"
    KEEP = "keep"
    SIMPLIFY = "simplify"
    ABOLISH = "abolish"
    OUT_OF_SCOPE = "out_of_scope"


CONCLUSION_LABELS: dict[Conclusion, str] = {
    Conclusion.DECENTRALIZE: "Phân cấp",
    Conclusion.DELEGATE: "Ủy quyền",
    Conclusion.KEEP: "Giữ nguyên",
    Conclusion.SIMPLIFY: "Đơn giản hóa",
    Conclusion.ABOLISH: "Bãi bỏ",
    Conclusion.OUT_OF_SCOPE: "Không thuộc phạm vi rà soát",
}


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the ladder of deciding authorities.

    `tier` is one of TIERS, or None (or blank) outside the ladder; `branch` is one of BRANCHES; `rank` is smaller for a
    higher authority, None outside the ladder. An unknown tier or branch raises ValueError.
    """

    code: str
    label: str
    tier: str | None
    branch: str
    rank: int | None

    def __post_init__(self) -> None:
        if self.tier and self.tier not in TIERS:
            raise ValueError(f"Cấp hành chính “{self.tier}” của “{self.label}” không có trong danh mục.")
        if self.branch not in BRANCHES:
            raise ValueError(f"Khối cơ quan “{self.branch}” của “{self.label}” không có trong danh mục.")

    @property
    def is_ranked(self) -> bool:
        """Whether the level has a place on the ladder, so that moves to and from it can be classed by rule."""
        return self.branch != "other" and bool(self.tier) and self.rank is not None


def _position(level: Level) -> tuple[int, int]:
    """Place of a ranked level: tier first, rank within the tier; a larger pair is a lower authority."""
    return TIERS.index(level.tier), level.rank  # type: ignore[arg-type, return-value]


def _crosses_branches(source: Level, target: Level) -> bool:
    """One side belongs to a vertical branch (ngành dọc), the other to local government."""
    return {source.branch, target.branch} == {"vertical", "local"}


def classify(source: Level, target: Level) -> TransferClass:
    """Class of a move by tier, branch and rank together; rank alone never decides.

    - MANUAL: a side is outside the ladder, or one side is vertical and the other local, whatever the tiers;
    - DOWNWARD: the tier goes down, or stays and the rank goes down (Bộ → Cục, UBND tỉnh → Sở);
    - SAME_LEVEL: same tier and same rank (Bộ → Bộ trưởng): no lower authority gains the power;
    - UPWARD: everything else.

    Source: Hội nghị 30/9/2021 ("cấp dưới trực tiếp, địa phương"), read through the ladder of the round.
    """
    if not (source.is_ranked and target.is_ranked) or _crosses_branches(source, target):
        return TransferClass.MANUAL
    before, after = _position(source), _position(target)
    if after > before:
        return TransferClass.DOWNWARD
    return TransferClass.SAME_LEVEL if after == before else TransferClass.UPWARD


def explain(source: Level, target: Level) -> str:
    """One Vietnamese sentence: the class of the move, the reason, and what follows for the share."""
    computed = classify(source, target)
    lead = f"{TRANSFER_CLASS_LABELS[computed]}: "
    if computed is TransferClass.MANUAL:
        return lead + _why_manual(source, target)
    source_tier, target_tier = _TIER_NAMES[source.tier], _TIER_NAMES[target.tier]  # type: ignore[index]
    same_tier = source.tier == target.tier
    if computed is TransferClass.SAME_LEVEL:
        if source.code == target.code:
            where = f"thẩm quyền vẫn thuộc bậc {source.label} ({source_tier})"
        else:
            where = f"{source.label} và {target.label} cùng {source_tier}, cùng bậc"
        return f"{lead}{where}, không có cấp thấp hơn nào nhận việc nên được ghi nhận nhưng không tính vào tỷ lệ."
    step = "thấp hơn" if computed is TransferClass.DOWNWARD else "cao hơn"
    if same_tier:
        where = f"{source.label} và {target.label} cùng {source_tier}, bên nhận ở bậc {step}"
    else:
        where = f"thẩm quyền đi từ {source.label} ({source_tier}) đến {target.label} ({target_tier}) là cấp {step}"
    if computed is TransferClass.DOWNWARD:
        return f"{lead}{where} nên được tính vào tỷ lệ phân cấp."
    return f"{lead}{where} nên không phải là phân cấp và không được chấp nhận."


def _why_manual(source: Level, target: Level) -> str:
    outside = [level.label for level in (source, target) if not level.is_ranked]
    if outside:
        names = " và ".join(dict.fromkeys(outside))
        why = f"{names} không nằm trong thang bậc cơ quan hành chính nên không thể tự xếp loại"
    else:
        vertical, local = (source, target) if source.branch == "vertical" else (target, source)
        why = f"{vertical.label} thuộc ngành dọc, còn {local.label} thuộc chính quyền địa phương"
        why += " nên không thể tự xếp loại"
    return f"{why}, và chưa tính vào tỷ lệ khi cơ quan chủ trì đợt rà soát chưa xếp loại, nêu lý do."


def is_internal(source: Level, target: Level) -> bool:
    """Whether a DOWNWARD move stays in one apparatus; it counts all the same, and is shown apart.

    True inside a ministry or down its vertical branch (Bộ trưởng → Cục, Cục → cơ quan ngành dọc ở tỉnh) and inside the
    province's own apparatus (UBND tỉnh → Sở). A move from above the ministries is not internal, nor one between a
    ministry's own units and a "cơ quan thuộc Chính phủ", which is no part of a ministry. Source: Hội nghị 30/9/2021
    ("cấp dưới trực tiếp").
    """
    if classify(source, target) is not TransferClass.DOWNWARD:
        return False
    if source.branch == target.branch == "local":
        return source.tier == target.tier == "province"
    central = {"state", "vertical"}
    if source.branch not in central or target.branch not in central or source.rank < MINISTRY_RANK:  # type: ignore[operator]
        return False
    return source.branch == target.branch or not (source.tier == target.tier == "central")


def effective_class(computed: TransferClass, ruling: TransferClass | None) -> TransferClass:
    """Class that holds once the coordinating department has ruled.

    A ruling (downward, same_level or upward) replaces only MANUAL; what the rule classes by itself no ruling changes.
    None or a blank ruling leaves the computed class. An unknown value raises ValueError.
    """
    computed = TransferClass(computed)
    return TransferClass(ruling) if ruling and computed is TransferClass.MANUAL else computed


def is_counted(*, eligible: bool, conclusion: str, classes: Iterable[str]) -> bool:
    """Whether a review counts in the numerator of the share.

    Eligible, concluded "Phân cấp", at least one downward move and none upward. `classes` are the effective classes of
    its moves; same-level and not yet ruled ones neither help nor hinder. Source: Hội nghị 30/9/2021 (only a hand-down
    counts); that an upward move spoils the count is a convention of the round.
    """
    found = set(classes)
    return (
        bool(eligible)
        and conclusion == Conclusion.DECENTRALIZE
        and TransferClass.DOWNWARD in found
        and TransferClass.UPWARD not in found
    )
