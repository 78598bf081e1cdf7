"""Ratios inside one run: medians of interleaved repetitions, and how they are printed."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, the figure measured, the goal it is held against, what it was measured from.

    A ratio has its two sides in ``ours`` and ``floor``.
    """

    what: str
    measured: str
    goal: str
    made_of: str
    met: bool | None
    ours: str = ""
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Work with something to be done before each repetition, which is not measured."""

    before: Callable[[], object]
    work: Callable[[], object]

    def __call__(self) -> object:
        """The work alone."""
        return self.work()


def seconds(work: Callable[[], object]) -> float:
    """How long ``work`` took, without what it is prepared by."""
    if isinstance(work, Prepared):
        work.before()
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


# Linux counts what a process was before it began its program: a copy of its parent. The bench has grown large by then,
# so the program is started, and waited for, by a small process in between, which prints the peak in kilobytes.
_BETWEEN = """
import os, subprocess, sys
with subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL) as process:
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
print(usage.ru_maxrss)
sys.exit(process.returncode != 0)
"""


def peak_of(*command: str) -> float:
    """Peak memory, in MB, of a process of its own that runs ``command``; RuntimeError where that fails."""
    done = subprocess.run([sys.executable, "-c", _BETWEEN, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return int(done.stdout) / 1024


def ratio(what: str, ours: float, floor: float, goal: float, *, at_least: bool = False) -> Row:
    """The line of ``ours`` ÷ ``floor`` (both in seconds, or both rates) against ``goal``."""
    found = ours / floor
    return Row(
        what,
        f"{found:.2f}",
        f"{'≥' if at_least else '≤'} {goal:g}",
        "",
        found >= goal if at_least else found <= goal,
        f"{ours:.4g}",
        f"{floor:.4g}",
    )


def against(what: str, ours: dict[str, float], earlier: dict[str, float], name: str, goal: float) -> Row:
    """The line of ``name`` now ÷ before, each over the empty page of its own moment: a slow machine falls out."""
    return ratio(what, ours[name] / ours["empty"], earlier[name] / earlier["empty"], goal)


def show(rows: list[Row]) -> str:
    """The table as text."""
    lines = [
        ("path", "goal", "floor", "ours", "ratio", ""),
        *((r.what, r.goal, r.floor or r.made_of, r.ours or r.measured, _ratio(r), _mark(r)) for r in rows),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(6)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _ratio(row: Row) -> str:
    return row.measured if row.ours else ""


def _mark(row: Row) -> str:
    return "" if row.met is None else "held" if row.met else "NOT HELD"
