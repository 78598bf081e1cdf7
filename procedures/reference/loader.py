"""Loading the facts kept beside this module as CSV: levels, bodies of state by period, mergers, wordings.

The files are the portal's own record of public facts. Loading is idempotent and shy: rows that are missing are added;
rows that an administrator has since changed are left as they stand and counted, unless ``overwrite`` is asked for.
"""

import csv
import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from procedures.models import AuthorityAlias, AuthorityLevel
from tthc_portal.accounts.models import (
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    OrganisationName,
    Succession,
)
from tthc_portal.text import fold, one_line

FOLDER = Path(__file__).parent
ALWAYS = datetime.date(1900, 1, 1)
"""First day of what has stood longer than the portal needs to know."""

_DAY = datetime.timedelta(days=1)


def load_reference(*, overwrite: bool = False) -> dict[str, int]:
    """Load every file in one transaction; the number of rows added or changed by table, and ``different``.

    ``different`` counts rows that stand otherwise in the database than in the files and were left alone. A second run
    gives zeros. With ``overwrite`` such levels and bodies are brought back to the files; aliases never are, since
    correcting them is an administrator's everyday work.
    """
    with transaction.atomic():
        levels, levels_off = _load_levels(overwrite)
        organisations, organisations_off = _load_organisations(overwrite)
        names = _load_names()
        successions, successions_off = _load_successions()
        organisation_aliases, bodies_off = _load_organisation_aliases()
        authority_aliases, authorities_off = _load_authority_aliases()
    return {
        "levels": levels,
        "organisations": organisations,
        "organisation_names": names,
        "successions": successions,
        "organisation_aliases": organisation_aliases,
        "authority_aliases": authority_aliases,
        "different": levels_off + organisations_off + successions_off + bodies_off + authorities_off,
    }


def read(name: str) -> Iterator[dict[str, str]]:
    """Rows of the CSV ``name`` in this folder, header as keys."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> datetime.date | None:
    return datetime.date.fromisoformat(text) if text else None


def _settle(row, wanted: dict, overwrite: bool) -> str:
    """Compare a stored row with the file: "same", "changed" (fields set, not saved) or "different"."""
    if all(getattr(row, field) == value for field, value in wanted.items()):
        return "same"
    if not overwrite:
        return "different"
    for field, value in wanted.items():
        setattr(row, field, value)
    return "changed"


def _load_levels(overwrite: bool) -> tuple[int, int]:
    stored = AuthorityLevel.objects.in_bulk()
    missing, changed, off = [], [], 0
    fields = ["label", "tier", "branch", "rank", "valid_from", "valid_to"]
    for row in read("levels"):
        wanted = {
            "label": row["label"],
            "tier": row["tier"],
            "branch": row["branch"],
            "rank": int(row["rank"]) if row["rank"] else None,
            "valid_from": _day(row["valid_from"]),
            "valid_to": _day(row["valid_to"]),
        }
        level = stored.get(row["code"])
        if level is None:
            missing.append(AuthorityLevel(code=row["code"], **wanted))
            continue
        verdict = _settle(level, wanted, overwrite)
        off += verdict == "different"
        if verdict == "changed":
            changed.append(level)
    AuthorityLevel.objects.bulk_create(missing)
    if changed:
        AuthorityLevel.objects.bulk_update(changed, fields)
    return len(missing) + len(changed), off


def _load_organisations(overwrite: bool) -> tuple[int, int]:
    stored = {(one.code, one.valid_from): one for one in Organisation.objects.all()}
    missing, changed, off = [], [], 0
    for row in read("organisations"):
        wanted = {
            "name": row["name"],
            "short_name": row["short_name"],
            "kind": row["kind"],
            "valid_to": _day(row["valid_to"]),
        }
        start = _day(row["valid_from"]) or ALWAYS
        body = stored.get((row["code"], start))
        if body is None:
            missing.append(Organisation(code=row["code"], valid_from=start, **wanted))
            continue
        verdict = _settle(body, wanted, overwrite)
        off += verdict == "different"
        if verdict == "changed":
            changed.append(body)
    if missing:
        bulk_create_with_history(missing, Organisation)
    if changed:
        bulk_update_with_history(changed, Organisation, ["name", "short_name", "kind", "valid_to"])
    return len(missing) + len(changed), off


@dataclass(frozen=True)
class _Bodies:
    """The bodies stored now, found by code and day."""

    by_code: dict[str, list[Organisation]]

    @classmethod
    def load(cls) -> "_Bodies":
        by_code: dict[str, list[Organisation]] = {}
        for body in Organisation.objects.exclude(kind=OrganisationKind.UNIT).order_by("code", "valid_from"):
            by_code.setdefault(body.code, []).append(body)
        return cls(by_code)

    def __iter__(self) -> Iterator[Organisation]:
        return (body for bodies in self.by_code.values() for body in bodies)

    def on(self, code: str, day: datetime.date) -> Organisation:
        """The body ``code`` names on ``day``; ValueError when there is none: a file would be wrong."""
        for body in self.by_code.get(code, ()):
            if body.existed_on(day):
                return body
        raise ValueError(f"{code}: không có cơ quan nào mang mã này ngày {day:%d/%m/%Y}.")

    def spells(self, code: str, start: datetime.date, end: datetime.date | None):
        """(body, from, to) for every body that ``code`` names between ``start`` and ``end``."""
        for body in self.by_code.get(code, ()):
            first = max(start, body.valid_from)
            last = min(filter(None, (end, body.valid_to)), default=None)
            if last is None or first <= last:
                yield body, first, last


def _load_names() -> int:
    bodies = _Bodies.load()
    stored = set(OrganisationName.objects.values_list("organisation", "valid_from"))
    missing = []
    for row in read("organisation_names"):
        start = _day(row["valid_from"]) or ALWAYS
        body = bodies.on(row["code"], start)
        if (body.pk, start) not in stored:
            missing.append(
                OrganisationName(
                    organisation=body,
                    name=row["name"],
                    short_name=row["short_name"],
                    valid_from=start,
                    valid_to=_day(row["valid_to"]),
                )
            )
    OrganisationName.objects.bulk_create(missing)
    return len(missing)


def _load_successions() -> tuple[int, int]:
    bodies = _Bodies.load()
    stored = set(Succession.objects.values_list("predecessor", "successor"))
    followed = set(Succession.objects.filter(is_main=True).values_list("predecessor", flat=True))
    missing, off = [], 0
    for row in read("successions"):
        on = datetime.date.fromisoformat(row["on"])
        before, after = bodies.on(row["predecessor"], on - _DAY), bodies.on(row["successor"], on)
        if (before.pk, after.pk) in stored:
            continue
        is_main = row["is_main"] == "1"
        if is_main and before.pk in followed:
            off += 1  # an administrator has named another main successor
            continue
        missing.append(
            Succession(
                predecessor=before,
                successor=after,
                on=on,
                is_main=is_main,
                scope=row["scope"],
                legal_ground=row["legal_ground"],
            )
        )
    Succession.objects.bulk_create(missing)
    return len(missing), off


def _load_organisation_aliases() -> tuple[int, int]:
    """Irregular wordings from the file first, then the names themselves; a wording already stored is never touched."""
    bodies = _Bodies.load()
    stored = {(one.folded, one.valid_from): one for one in OrganisationAlias.objects.all()}
    wanted: dict[tuple[str, datetime.date], OrganisationAlias] = {}
    for wording, body, start, end in [*_irregular_wordings(bodies), *_own_wordings(bodies)]:
        alias = OrganisationAlias(
            wording=one_line(wording), folded=fold(wording), organisation=body, valid_from=start, valid_to=end
        )
        wanted.setdefault((alias.folded, start), alias)
    for alias in _heirs(list(wanted.values())):
        wanted.setdefault((alias.folded, alias.valid_from), alias)
    missing = [alias for key, alias in wanted.items() if key not in stored]
    off = sum(stored[key].organisation_id != alias.organisation_id for key, alias in wanted.items() if key in stored)
    # An administrator's alias without an end also speaks for the days after: no second voice beside it.
    spoken = {}
    for one in stored.values():
        spoken.setdefault(one.folded, []).append(one)
    missing = [alias for alias in missing if not any(_overlap(alias, one) for one in spoken.get(alias.folded, ()))]
    OrganisationAlias.objects.bulk_create(missing, batch_size=500)
    return len(missing), off


def _overlap(left: OrganisationAlias, right: OrganisationAlias) -> bool:
    last = datetime.date.max
    return left.valid_from <= (right.valid_to or last) and right.valid_from <= (left.valid_to or last)


def _irregular_wordings(bodies: _Bodies):
    for row in read("organisation_aliases"):
        spells = list(bodies.spells(row["code"], _day(row["valid_from"]) or ALWAYS, _day(row["valid_to"])))
        if not spells:
            raise ValueError(f"{row['wording']}: mã {row['code']} không có cơ quan nào trong thời kỳ này.")
        for body, start, end in spells:
            yield row["wording"], body, start, end


def _own_wordings(bodies: _Bodies):
    """The names of every body, past ones too; a province is also written as its People's Committee."""
    dated: dict[int, list[OrganisationName]] = {}
    for name in OrganisationName.objects.all():
        dated.setdefault(name.organisation_id, []).append(name)
    for body in bodies:
        # A dated name serves the whole life of the row: files cite old names long after a change.
        for name in dict.fromkeys(
            text for one in [body, *dated.get(body.pk, ())] for text in (one.name, one.short_name) if text
        ):
            yield name, body, body.valid_from, body.valid_to
            if body.kind == OrganisationKind.PROVINCE:
                yield f"Ủy ban nhân dân {name}", body, body.valid_from, body.valid_to
                yield f"UBND {name}", body, body.valid_from, body.valid_to


def _heirs(aliases: Iterable[OrganisationAlias]) -> Iterator[OrganisationAlias]:
    """Wordings of ended bodies name the main successor afterwards, unless they have a meaning of their own by then."""
    successor = {
        link.predecessor_id: link.successor
        for link in Succession.objects.filter(is_main=True).select_related("successor")
    }
    starts: dict[str, list[datetime.date]] = {}
    for alias in aliases:
        starts.setdefault(alias.folded, []).append(alias.valid_from)
    for alias in aliases:
        heir = successor.get(alias.organisation_id) if alias.valid_to else None
        if heir is None or any(start > alias.valid_to for start in starts[alias.folded]):
            continue
        yield OrganisationAlias(
            wording=alias.wording,
            folded=alias.folded,
            organisation=heir,
            valid_from=alias.valid_to + _DAY,
            valid_to=heir.valid_to,
        )


def _load_authority_aliases() -> tuple[int, int]:
    """Wordings of the file, then those of ministries and provinces by name; one already stored is never touched."""
    stored = {
        alias.folded: {level.pk for level in alias.levels.all()}
        for alias in AuthorityAlias.objects.prefetch_related("levels")
    }
    wanted: dict[str, tuple[str, list[str]]] = {}
    for wording, codes in [*_authority_wordings(), *_named_authorities()]:
        wanted.setdefault(fold(wording), (one_line(wording), codes))
    missing = {folded: pair for folded, pair in wanted.items() if folded not in stored}
    off = sum(stored[folded] != set(codes) for folded, (_, codes) in wanted.items() if folded in stored)
    AuthorityAlias.objects.bulk_create(
        [AuthorityAlias(wording=wording, folded=folded) for folded, (wording, _) in missing.items()], batch_size=500
    )
    keys = dict(AuthorityAlias.objects.values_list("folded", "pk"))
    through = AuthorityAlias.levels.through
    through.objects.bulk_create(
        [
            through(authorityalias_id=keys[folded], authoritylevel_id=code)
            for folded, (_, codes) in missing.items()
            for code in codes
        ],
        batch_size=500,
    )
    return len(missing), off


def _authority_wordings():
    for row in read("authority_aliases"):
        yield row["wording"], row["levels"].split(";")


def _named_authorities():
    """A ministry, its minister, a province's People's Committee and its Chair, each under the body's own name."""
    for body in Organisation.objects.taking_part().prefetch_related("names"):
        for name in dict.fromkeys([body.name, *(one.name for one in body.names.all())]):
            if body.kind == OrganisationKind.MINISTRY:
                yield name, ["MINISTRY"]
                if name.startswith("Bộ "):
                    yield f"Bộ trưởng {name}", ["MINISTER"]
                continue
            for committee in ("Ủy ban nhân dân", "UBND"):
                yield f"{committee} {name}", ["PROV_PC"]
                yield f"Chủ tịch {committee} {name}", ["PROV_PC_CHAIR"]
