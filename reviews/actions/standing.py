"""What each procedure is in a round after its adjustments: the frozen verdict with the ledger laid over it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from reviews.models import AdjustmentItem, AdjustmentKind, Campaign, ScopeItem


@dataclass(frozen=True, slots=True)
class Standing:
    """What a procedure is in a round now: in its scope or not, excluded or not, and whose it is."""

    item: ScopeItem
    present: bool
    excluded: bool
    owner_id: int

    @property
    def words(self) -> str:
        """The standing in a few words."""
        if not self.present:
            return "ngoài phạm vi"
        return "loại trừ" if self.excluded else "thuộc diện tính"


def standings(campaign: Campaign, procedures: Iterable[int] | None = None) -> dict[int, Standing]:
    """What procedures (by primary key; all of them unless named) are in the round now; those never in it are absent.

    The frozen verdict with the approved adjustments laid over it, in the order of their approval; two queries.
    """
    items = ScopeItem.objects.filter(campaign=campaign)
    lines = AdjustmentItem.objects.filter(adjustment__campaign=campaign, adjustment__approved_at__isnull=False)
    if procedures is not None:
        keys = list(procedures)
        items = items.filter(procedure__in=keys)
        lines = lines.filter(Q(procedure__in=keys) | Q(replacement__in=keys))
    found = {
        item.procedure_id: Standing(item, item.admitted_by_id is None, item.excluded, item.owner_id)
        for item in items.defer("executing_bodies", "search_text")
    }
    lines = lines.order_by("adjustment__approved_at", "adjustment_id", "pk")
    for kind, old, new, owner in lines.values_list("adjustment__kind", "procedure", "replacement", "new_owner"):
        lay(found, kind, old, new, owner)
    return found


def lay(found: dict[int, Standing], kind: str, old: int, new: int | None = None, owner: int | None = None) -> None:
    """Lay one line of a ledger over ``found``: what the procedure ``old`` becomes, and ``new`` that replaces it."""
    if kind == AdjustmentKind.REPLACE:
        lay(found, AdjustmentKind.REMOVE, old)
        # Several old procedures may be replaced by one, which comes in with the first of them.
        if new in found and not found[new].present:
            lay(found, AdjustmentKind.ADMIT, new)
        return
    now = found.get(old)
    if now is None:
        return
    if kind == AdjustmentKind.ADMIT:
        # What was taken out comes back as it left; what stands there excluded becomes eligible.
        found[old] = replace(now, excluded=False) if now.present else replace(now, present=True)
    elif kind == AdjustmentKind.EXCLUDE:
        found[old] = replace(now, excluded=True)
    elif kind == AdjustmentKind.REMOVE:
        found[old] = replace(now, present=False)
    elif kind == AdjustmentKind.REOWN:
        found[old] = replace(now, owner_id=owner)
