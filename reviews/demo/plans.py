"""How far each body has come: ahead of the target, exactly at it, one short of it, far away, or not begun."""

import random
from dataclasses import dataclass, field

from reviews.rules.workflow import Status

# Share of counted procedures each ministry has sent so far, in basis points of its base.
SENT_BP = {
    "G01": 900,
    "G02": 1600,
    "G03": 2050,
    "G04": 1200,
    "G05": 1800,
    "G06": 2200,
    "G07": 1300,
    "G08": 1500,
    "G10": 1100,
    "G11": 400,
    "G12": 570,
    "G13": 1000,
    "G14": 1750,
    "G15": 2600,
    "G16": 2120,
    "G17": 2400,
    "G19": 1400,
    "G20": 400,
}
EXACTLY_MET = "G09"
ONE_SHORT = "G18"
NOT_BEGUN = "G21"
AHEAD = "G15"
FAR = "G12"
# The province that is asked only about what its communes decide: its base is empty.
EMPTY_BASE = "H63"
# The province whose officials try everything.
BUSY_PROVINCE = "H35"
TARGET_BP = 2000

# Kinds of content a form may have.
DOWN, MANUAL, SAME, OTHER = "down", "manual", "same", "other"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a review is to become: its content and the status it has reached; ``ruled`` when the department classed."""

    content: str
    status: Status
    ruled: bool = False
    detour: bool = False


@dataclass
class Plan:
    """Goals of one body, those that need a move downward first."""

    goals: list[Goal] = field(default_factory=list)

    def add(self, count: int, content: str, status: Status, **more) -> None:
        """``count`` more reviews with the same goal."""
        self.goals += [Goal(content, status, **more)] * count


def ministry_plan(code: str, eligible: int, rng: random.Random) -> Plan:
    """Goals for a ministry with ``eligible`` procedures in its base; the rest stays not started."""
    plan = Plan()
    if code == NOT_BEGUN:
        return plan
    required = -(-TARGET_BP * eligible // 10_000)
    counted = {EXACTLY_MET: required, ONE_SHORT: required - 1}.get(code)
    if counted is None:
        counted = SENT_BP[code] * eligible // 10_000
    ahead = 10_000 * counted >= TARGET_BP * eligible
    approved = min(counted // 8, 6) if ahead and code in {AHEAD, "G17", "G06"} else 0
    accepted = counted * rng.randrange(25, 50) // 100 - approved if counted > 4 else 0
    ruled = 1 if counted > 20 else 0
    plan.add(approved, DOWN, Status.APPROVED)
    plan.add(max(accepted, 0), DOWN, Status.ACCEPTED)
    plan.add(counted - approved - max(accepted, 0) - ruled, DOWN, Status.SUBMITTED)
    _common(plan, eligible, rng, returned=3, drafts=8)
    plan.add(ruled, MANUAL, Status.SUBMITTED, ruled=True)
    plan.add(eligible * 12 // 1000, MANUAL, Status.SUBMITTED)
    plan.add(1 if eligible > 100 else 0, SAME, Status.DRAFT)
    kept = eligible * rng.randrange(10, 30) // 100 if counted > 10 else eligible * 3 // 100
    plan.add(kept // 3, OTHER, Status.ACCEPTED)
    plan.add(kept - kept // 3, OTHER, Status.SUBMITTED)
    return plan


def province_plan(code: str, eligible: int, rng: random.Random) -> Plan:
    """Goals for a province; about one in six has not begun."""
    plan = Plan()
    if code != BUSY_PROVINCE and rng.randrange(6) == 0:
        return plan
    counted = eligible * rng.randrange(2, 28) // 100
    accepted = counted // 4
    plan.add(accepted, DOWN, Status.ACCEPTED)
    plan.add(counted - accepted, DOWN, Status.SUBMITTED)
    _common(plan, eligible, rng, returned=2, drafts=6)
    plan.add(eligible * rng.randrange(2, 15) // 100, OTHER, Status.SUBMITTED)
    return plan


def _common(plan: Plan, eligible: int, rng: random.Random, *, returned: int, drafts: int) -> None:
    """Work under way, as percentages of the base."""

    def some(percent: int) -> int:
        return eligible * rng.randrange(percent // 2, percent + 1) // 100

    plan.add(some(returned) or (1 if eligible > 40 else 0), DOWN, Status.RETURNED)
    plan.add(some(4), DOWN, Status.CHECKED)
    plan.add(some(4), DOWN, Status.READY)
    plan.add(some(drafts), DOWN, Status.DRAFT)
    plan.add(some(2), DOWN, Status.DRAFT, detour=True)
    plan.add(some(4), OTHER, Status.READY)
