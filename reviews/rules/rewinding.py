"""What a review was on a past day, and what it is by the frozen catalogue: its facts with later events taken back.

Every event that moves a status or a fact of a figure keeps what stood before, so the state at a moment is the present
one with the later events taken back, newest first. An adjustment of the scope is undone the same way, for the figures
"theo danh mục chốt".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

ADJUST = "adjust"
"""The action of events that an adjustment of the scope writes."""
NOT_STARTED = "not_started"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything of one review that a figure can depend on; the names are those of its columns."""

    status: str
    eligible: bool
    decider_unknown: bool = False
    counted: bool = False
    within: bool = False
    removed: bool = False
    frozen_standing: str = ""
    frozen_counted: bool = False
    conclusion: str = ""
    annual_dossiers: int | None = None


NAMES = tuple(Facts.__dataclass_fields__)
FLAG_NAMES = NAMES[1:]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as far as figures go: its place in the chain, the status around it ("" for none), {field: [before,
    after]}.
    """

    sequence: int
    action: str
    status_before: str
    status_after: str
    changes: Mapping[str, list]


def rewind(present: Facts, later: Iterable[Happened]) -> Facts | None:
    """``present`` before the ``later`` events (newest first); None when an adjustment made the review only then."""
    before: dict[str, object] = {}
    for event in later:
        if event.action == ADJUST and _made_by(event, before.get("frozen_standing", present.frozen_standing)):
            return None
        if event.status_before and event.status_after:
            before["status"] = event.status_before
        before |= {name: event.changes[name][0] for name in FLAG_NAMES if name in event.changes}
    then = replace(present, **before) if before else present
    # A form never begun is empty: content that an adjustment copied into it later is not told in the changes.
    return replace(then, conclusion="", annual_dossiers=None) if then.status == NOT_STARTED else then


def by_frozen_catalogue(facts: Facts, kept: Facts | None = None) -> Facts | None:
    """``facts`` with the adjustments of the scope undone; None for what the frozen catalogue did not hold.

    ``kept`` is what the review was just before an adjustment made it ineligible, where that is known: whether its
    decider was unknown and whether it stayed within the ministry are taken from there.
    """
    if facts.frozen_standing == "absent":
        return None
    if facts.frozen_standing == "excluded":
        return replace(facts, eligible=False, removed=False, decider_unknown=False, counted=False, within=False)
    if facts.frozen_standing == "eligible":
        if facts.eligible:
            return replace(facts, removed=False)
        counted = facts.frozen_counted
        return replace(
            facts,
            eligible=True,
            removed=False,
            counted=counted,
            within=counted and kept is not None and kept.within,
            decider_unknown=kept is not None and kept.decider_unknown,
        )
    return facts


def made_ineligible(event: Happened) -> Facts | None:
    """What a review was before ``event`` when that adjustment made it ineligible, else None."""
    if event.action != ADJUST or event.changes.get("eligible") != [True, False]:
        return None
    flags = {name: event.changes[name][0] for name in ("decider_unknown", "counted", "within") if name in event.changes}
    return Facts(status=event.status_before, eligible=True, **flags)


def _made_by(event: Happened, standing: object) -> bool:
    """Whether an adjusting ``event`` made the review: its first, and by the frozen catalogue there was none."""
    return standing == "absent" and (event.sequence == 1 or event.changes.get("frozen_standing", [""])[0] is None)
