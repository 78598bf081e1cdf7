"""Procedures whose deciders nobody has recorded, put together so that a person can settle many at a time.

"Cơ quan thực hiện" never says who decides; read as a wording it suggests a level, and a suggestion is all it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from procedures.authorities import AuthorityResolver
from procedures.models import Procedure
from tthc_portal.text import collation_key, fold

EXECUTING, SECTOR = "executing", "sector"
# Between the codes of several levels that decide together.
JOIN = "+"


@dataclass(slots=True)
class Group:
    """Procedures that one answer may settle; ``suggested`` are codes of levels, ``wordings`` what they were read from.

    ``key`` names the group in a form; ``sector`` is the sector when the procedures say nothing of who executes them.
    """

    key: str
    sector: str = ""
    suggested: tuple[str, ...] = ()
    wordings: dict[str, int] = field(default_factory=dict)
    procedures: list[Procedure] = field(default_factory=list)

    @property
    def example(self) -> str:
        """The name of one of them."""
        return self.procedures[0].name


def groups_of(procedures: Iterable[Procedure], by: str, resolver: AuthorityResolver) -> list[Group]:
    """The groups of ``procedures`` (their sectors prefetched), the largest first; each procedure is in one of them.

    By executing body: those whose bodies suggest the same levels together, whatever the wording; those not understood
    by their wording; those without a body by sector. By sector: by the first sector alone.
    """
    groups: dict[str, Group] = {}
    for procedure in procedures:
        sector = next((link.sector.name for link in procedure.sector_links.all()), "chưa xếp lĩnh vực")
        bodies = "; ".join(procedure.executing_bodies)
        found, unknown = resolver.resolve_all(procedure.executing_bodies) if bodies else ((), ())
        levels = () if unknown else tuple(sorted({level for level, _ in found}))
        if by == SECTOR or not bodies:
            group = groups.setdefault(f"s:{fold(sector)}", Group(f"s:{fold(sector)}", sector=sector))
        elif levels:
            key = f"l:{JOIN.join(levels)}"
            group = groups.setdefault(key, Group(key, suggested=levels))
        else:
            group = groups.setdefault(f"w:{fold(bodies)}", Group(f"w:{fold(bodies)}"))
        if bodies:
            group.wordings[bodies] = group.wordings.get(bodies, 0) + 1
        group.procedures.append(procedure)
    return sorted(groups.values(), key=lambda group: (-len(group.procedures), collation_key(group.key)))
