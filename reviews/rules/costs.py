"""The cost of complying with a procedure, in whole đồng: now, after, and what a proposal saves.

Source: Thông tư 02/2017/TT-VPCP, Điều 27: the cost of one procedure is the cost of the work needed plus fees, charges
and other costs set by rule; a year's cost is that times the number of times and of subjects a year; benefit is now less
after. Opportunity cost is not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class CostItem:
    """One piece of work: hours (may be a fraction), income an hour, outside cost, fee; times and subjects a year.

    Negative figures raise ValueError.
    """

    hours: Fraction | int
    hourly_income: int
    outside_cost: int = 0
    fee: int = 0
    times_per_year: int = 1
    subjects_per_year: int = 0

    def __post_init__(self) -> None:
        figures = (self.hours, self.hourly_income, self.outside_cost, self.fee)
        if min(*figures, self.times_per_year, self.subjects_per_year) < 0:
            raise ValueError("Chi phí, số lần và số đối tượng không được âm.")

    @property
    def unit(self) -> int:
        """Cost of doing it once, in đồng; a fraction of a đồng is cut."""
        return int(Fraction(self.hours) * self.hourly_income) + self.outside_cost + self.fee

    @property
    def yearly(self) -> int:
        """Cost in a year, in đồng."""
        return self.unit * self.times_per_year * self.subjects_per_year


@dataclass(frozen=True, slots=True)
class Saving:
    """Yearly cost now and after; what is saved may be nothing or less than nothing."""

    now: int
    after: int

    @property
    def amount(self) -> int:
        """Đồng saved in a year; negative where the proposal costs more."""
        return self.now - self.after

    @property
    def text(self) -> str | None:
        """The saved share with two decimals cut towards zero and a point ("20.30"); None where nothing is spent now."""
        if self.now == 0:
            return None
        share = abs(self.amount) * 10_000 // self.now
        return f"{'-' if self.amount < 0 else ''}{share // 100}.{share % 100:02d}"


def saving(now: Iterable[CostItem], after: Iterable[CostItem]) -> Saving:
    """What the change from the items ``now`` to the items ``after`` saves in a year."""
    return Saving(sum(item.yearly for item in now), sum(item.yearly for item in after))
