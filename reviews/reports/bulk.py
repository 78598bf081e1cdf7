"""Changes of many forms: what one would do, told in few words, and those that were done."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from reviews.actions.bulk import Change, Plan
from reviews.actions.content import COLUMNS, ROWS
from reviews.models import BulkChange, Campaign, Review, ReviewEvent
from reviews.rules.bulk import SKIP_LABELS, Skip
from tthc_portal.accounts.models import User

SAMPLE = 10
# Codes named beside a reason; beyond them only the number is told.
NAMED = 30


@dataclass(frozen=True, slots=True)
class SkipGroup:
    """Forms left alone for one reason: why, how many, the first of them with who is at each."""

    label: str
    number: int
    first: list[tuple[Review, str]]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.number - len(self.first)


def skip_groups(plan: Plan) -> list[SkipGroup]:
    """Why forms are left alone, the commonest reason first."""
    return [
        SkipGroup(
            SKIP_LABELS[why],
            number,
            [(review, who) for review, one, who in plan.skipped if one is why][:NAMED],
        )
        for why, number in plan.skips().most_common()
    ]


def told_skips(change: BulkChange) -> list[tuple[str, int]]:
    """(why, how many) of what a change left alone."""
    return [(SKIP_LABELS[Skip(why)], number) for why, number in change.values.get("skips", {}).items()]


def sample(plan: Plan, number: int = SAMPLE) -> list[Change]:
    """A few of the forms to be changed, spread over all of them."""
    step = max(1, len(plan.changes) // number)
    return plan.changes[::step][:number]


def changes_of(campaign: Campaign | None, reader: User) -> QuerySet:
    """The changes of many forms in a round that ``reader`` may see, the latest first."""
    return BulkChange.objects.visible_to(reader).filter(campaign=campaign).select_related(*RELATED)


RELATED = ("campaign", "organisation", "made_by", "undone_by")


def rows_of(change: BulkChange) -> QuerySet:
    """The event of each form of a change, by code."""
    events = ReviewEvent.objects.filter(bulk_id=change.pk, action="save", at=change.made_at)
    return events.select_related("review__scope_item").defer("content").order_by("review__scope_item__code")


def parts_of(changes: Mapping[str, list]) -> dict[str, list]:
    """{part of the form: [before, after]} of an event, what follows from them left out."""
    return {name: pair for name, pair in changes.items() if name in COLUMNS or name in ROWS}
