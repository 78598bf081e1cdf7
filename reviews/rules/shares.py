"""The share of procedures proposed for decentralization: the one definition every screen, sheet and command prints.

Source: Hội nghị 30/9/2021 (at least 20% of each ministry's procedures, less those the commune decides). Integers only:
targets are basis points (2000 = 20%), percentages are cut, never rounded up, so a shown 20,00% has always met 20%. A
base of zero shows no percentage, as the national indicators allow (Quyết định 766/QĐ-TTg).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import add, attrgetter
from typing import TypeVar

from reviews.rules.workflow import Status

DEFAULT_TARGET_BP = 2000
"""The 20% of the Hội nghị 30/9/2021, in basis points."""

_WHOLE_BP = 10_000

_T = TypeVar("_T", bound=Hashable)


class TargetKind(StrEnum):
    """What the target is for a body: an obligation, a line to compare with, or nothing."""

    BINDING = "binding"
    REFERENCE = "reference"
    NONE = "none"


class Tier(StrEnum):
    """How far a counted review has come; each tier contains the next."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    APPROVED = "approved"


TIER_LABELS: dict[Tier, str] = {
    Tier.PROPOSED: "Đề xuất",
    Tier.ACCEPTED: "Thống nhất",
    Tier.APPROVED: "Phê duyệt",
}

APPROVED_STATUSES = frozenset({Status.APPROVED})
ACCEPTED_STATUSES = frozenset({Status.ACCEPTED, Status.APPROVED})
PROPOSED_STATUSES = frozenset({Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED})
FINISHED_STATUSES = frozenset({Status.READY, Status.CHECKED})
"""Finished within the body and not yet sent."""
REVIEWED_STATUSES = PROPOSED_STATUSES
"""A review is done, whatever it concludes, once its body has sent it."""


def counts_as(status: str) -> frozenset[Tier]:
    """Tiers to which a *counted* review in this status belongs; empty before it is sent and while it is returned."""
    by_tier = {Tier.PROPOSED: PROPOSED_STATUSES, Tier.ACCEPTED: ACCEPTED_STATUSES, Tier.APPROVED: APPROVED_STATUSES}
    return frozenset(tier for tier, statuses in by_tier.items() if status in statuses)


@dataclass(frozen=True, slots=True)
class Share:
    """n procedures of a base of e, against a target in basis points (None: no target).

    Raises ValueError unless 0 ≤ n ≤ e and the target lies within 0..10000.
    """

    n: int
    e: int
    target_bp: int | None

    def __post_init__(self) -> None:
        if self.n < 0 or self.e < 0:
            raise ValueError(f"Số thủ tục không được âm (tử số {self.n}, mẫu số {self.e}).")
        if self.n > self.e:
            raise ValueError(
                f"Số thủ tục phân cấp ({self.n}) không được lớn hơn số thủ tục thuộc diện tính ({self.e})."
            )
        if self.target_bp is not None and not 0 <= self.target_bp <= _WHOLE_BP:
            raise ValueError(f"Chỉ tiêu phải trong khoảng 0% đến 100% (nhận {self.target_bp} phần vạn).")

    @property
    def percent_floor_bp(self) -> int | None:
        """The share in basis points, rounded down; None over an empty base."""
        return None if self.e == 0 else self.n * _WHOLE_BP // self.e

    @property
    def text(self) -> str | None:
        """The percentage for machines, two decimals rounded down and a point ("19.86"); None over an empty base."""
        floor = self.percent_floor_bp
        return None if floor is None else f"{floor // 100}.{floor % 100:02d}"

    @property
    def display(self) -> str:
        """The percentage for people ("19,86%"), "—" over an empty base."""
        return "—" if self.text is None else self.text.replace(".", ",") + "%"

    @property
    def required(self) -> int | None:
        """Fewest procedures that meet the target: target · e rounded up to a whole one; None without a target."""
        return None if self.target_bp is None else -(-self.target_bp * self.e // _WHOLE_BP)

    @property
    def missing(self) -> int | None:
        """Procedures still needed to meet the target; None without a target."""
        return None if self.required is None else max(0, self.required - self.n)

    @property
    def met(self) -> bool | None:
        """10000·n ≥ target·e, compared exactly; None without a target or over an empty base."""
        if self.e == 0 or self.target_bp is None:
            return None
        return _WHOLE_BP * self.n >= self.target_bp * self.e


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one body's procedures in a round. Tallies add; `sum(tallies, Tally())` is their total.

    `unknown`: eligible, decider not yet known. `reviewed`: sent, whatever the conclusion. The three tiers count
    *counted* reviews, each within the one before; `returned_counted` are those now sent back, `finished_counted` those
    finished and not yet sent. Of what was sent, `within` are counted hand-downs that stay within the ministry or its
    vertical branch, `delegated` those concluded as ủy quyền (never counted), `dossiers` the dossiers a year of the
    proposed ones. Counts that contradict each other raise ValueError.
    """

    total: int = 0
    excluded: int = 0
    eligible: int = 0
    unknown: int = 0
    reviewed: int = 0
    proposed: int = 0
    accepted: int = 0
    approved: int = 0
    returned_counted: int = 0
    finished_counted: int = 0
    within: int = 0
    delegated: int = 0
    dossiers: int = 0

    def __post_init__(self) -> None:
        if min(_counts_of(self)) < 0:
            raise ValueError("Các số đếm không được âm.")
        if self.total != self.excluded + self.eligible:
            raise ValueError(
                f"Tổng số ({self.total}) phải bằng loại trừ ({self.excluded}) cộng thuộc diện tính ({self.eligible})."
            )
        if not self.approved <= self.accepted <= self.proposed <= self.reviewed <= self.eligible:
            raise ValueError(
                f"Phê duyệt ({self.approved}), thống nhất ({self.accepted}), đề xuất ({self.proposed}), "
                f"đã rà soát ({self.reviewed}) và thuộc diện tính ({self.eligible}) phải tăng dần."
            )
        if self.unknown > self.eligible:
            raise ValueError(
                f"Số chưa xác định thẩm quyền ({self.unknown}) không được lớn hơn thuộc diện tính ({self.eligible})."
            )
        if self.reviewed + self.returned_counted + self.finished_counted > self.eligible:
            raise ValueError(
                f"Đã rà soát ({self.reviewed}) cộng đang trả lại ({self.returned_counted}) và đã hoàn thành "
                f"({self.finished_counted}) không được lớn hơn thuộc diện tính ({self.eligible})."
            )
        if self.within > self.proposed or self.proposed + self.delegated > self.reviewed:
            raise ValueError(
                f"Phân cấp trong nội bộ ({self.within}) không được lớn hơn đề xuất ({self.proposed}); đề xuất cộng ủy "
                f"quyền ({self.delegated}) không được lớn hơn đã rà soát ({self.reviewed})."
            )

    def __add__(self, other: "Tally") -> "Tally":
        if not isinstance(other, Tally):
            return NotImplemented
        return Tally(*map(add, _counts_of(self), _counts_of(other)))

    def counted_at(self, tier: Tier) -> int:
        """Counted reviews that have reached the tier: the n of that tier's share."""
        return {Tier.PROPOSED: self.proposed, Tier.ACCEPTED: self.accepted, Tier.APPROVED: self.approved}[tier]


# Every count of a tally at once: a page makes a hundred tallies, and asking a dataclass for its fields is slow.
_counts_of = attrgetter(*(one.name for one in fields(Tally)))


@dataclass(frozen=True, slots=True)
class BodyFigures:
    """Every figure of one body (or of the nation) in a round: its counts, its target and what follows from them."""

    code: str
    name: str
    kind: str
    tally: Tally
    target: TargetKind
    target_bp: int
    headline: Tier = Tier.PROPOSED

    def _share(self, n: int) -> Share:
        return Share(n, self.tally.eligible, None if self.target == TargetKind.NONE else self.target_bp)

    def share_of(self, tier: Tier) -> Share:
        """The share at one tier."""
        return self._share(self.tally.counted_at(tier))

    @property
    def share(self) -> Share:
        """The share at the round's headline tier."""
        return self.share_of(self.headline)

    @property
    def if_resent(self) -> Share:
        """The *proposed* share if every counted review now returned were sent again.

        Proposed whatever the headline: sending again raises that tier and no other.
        """
        return self._share(self.tally.proposed + self.tally.returned_counted)

    @property
    def if_finished_sent(self) -> Share:
        """The *proposed* share if every counted review that is finished in the body were sent now."""
        return self._share(self.tally.proposed + self.tally.finished_counted)

    @property
    def of_all(self) -> Share:
        """The headline n over *all* procedures, excluded ones too: for information, so without a target."""
        return Share(self.tally.counted_at(self.headline), self.tally.total, None)

    @property
    def unreviewed(self) -> int:
        """Eligible procedures whose review has not been sent (or is sent back)."""
        return self.tally.eligible - self.tally.reviewed

    def as_dict(self) -> dict[str, str | int | bool | None]:
        """Plain values for JSON, in a fixed order; required, missing and met are None for a body without a target."""
        tally, share = self.tally, self.share
        return {
            "code": self.code,
            "name": self.name,
            "kind": str(self.kind),
            "total": tally.total,
            "excluded": tally.excluded,
            "eligible": tally.eligible,
            "unknown": tally.unknown,
            "reviewed": tally.reviewed,
            "proposed": tally.proposed,
            "accepted": tally.accepted,
            "approved": tally.approved,
            "share": share.text,
            "required": share.required,
            "missing": share.missing,
            "met": share.met,
            "target": TargetKind(self.target).value,
        }


def nation(
    bodies: Iterable[BodyFigures],
    *,
    name: str = "Tổng các bộ, cơ quan ngang bộ",
    target: TargetKind = TargetKind.BINDING,
    target_bp: int | None = None,
    headline: Tier | None = None,
) -> BodyFigures:
    """The national row: n and e of the ministries summed, so never a mean of percentages.

    Other kinds of body are left out. `required` follows from the summed e: it is not the sum of the ministries' own.
    Target and headline default to those the ministries share (without ministries: 2000 and proposed); a ministry
    twice, or ministries that differ in them while none is given, raise ValueError.

    Source: Hội nghị 30/9/2021; a procedure in several decisions counts once (Quyết định 766/QĐ-TTg).
    """
    ministries = [body for body in bodies if body.kind == "ministry"]
    if len({body.code for body in ministries}) < len(ministries):
        raise ValueError("Một bộ, cơ quan ngang bộ xuất hiện hai lần trong số liệu cộng.")
    if target_bp is None:
        target_bp = _shared((body.target_bp for body in ministries), DEFAULT_TARGET_BP)
    if headline is None:
        headline = _shared((body.headline for body in ministries), Tier.PROPOSED)
    return BodyFigures(
        "VN", name, "nation", sum((body.tally for body in ministries), Tally()), target, target_bp, headline
    )


def _shared(values: Iterable[_T], default: _T) -> _T:
    """The one value all have, or the default when there are none."""
    found = set(values)
    if len(found) > 1:
        raise ValueError("Các bộ, cơ quan ngang bộ không cùng chỉ tiêu hoặc mức tính nên chưa cộng chung được.")
    return found.pop() if found else default
