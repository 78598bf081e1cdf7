"""Ratios inside one run: medians of interleaved repetitions, and how they are printed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, the figure measured, the goal it is held against, what it was measured from."""

    what: str
    measured: str
    goal: str
    made_of: str
    met: bool | None


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(times: int, **works: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each of ``works``, run in turn so that a slow moment falls on all of them."""
    found = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(times):
        for name, work in works.items():
            found[name].append(seconds(work))
    return {name: statistics.median(values) for name, values in found.items()}


def ratio(what: str, ours: float, floor: float, goal: float, *, at_least: bool = False) -> Row:
    """The line of ``ours`` ÷ ``floor`` (both in seconds, or both rates) against ``goal``."""
    found = ours / floor
    return Row(
        what,
        f"{found:.2f}",
        f"{'≥' if at_least else '≤'} {goal:g}",
        f"{ours:.4g} / {floor:.4g}",
        found >= goal if at_least else found <= goal,
    )


def show(rows: list[Row]) -> str:
    """The table as text."""
    lines = [
        ("path", "measured", "goal", "", "from"),
        *((r.what, r.measured, r.goal, _mark(r), r.made_of) for r in rows),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _mark(row: Row) -> str:
    return "" if row.met is None else "met" if row.met else "NOT MET"
