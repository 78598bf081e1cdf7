"""What opening a round would write, worked out in memory: the frozen catalogue and who is asked about what.

Nothing here writes; the preview of an opening and the opening itself read the same plan.
"""

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from django.db.models import Prefetch, QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone

from procedures.models import AuthorityLevel, DecidingAuthority, ImportBatch, Procedure, ProcedureSector, Tier
from reviews.models import Campaign, ReceptionRequest, Review, ReviewKind, ScopeItem
from reviews.rules.eligibility import RULE_VERSION, Eligibility, decide
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.accounts.succession import bodies_on

# (campaign, items of the ministries, province) → the items that province is asked about. Every item carries its
# ``procedure``, so a selection may look at execution levels or ngành dọc.
ProvinceSelection = Callable[[Campaign, list[ScopeItem], Organisation], Iterable[ScopeItem]]

_LOCAL_TIERS = frozenset({Tier.PROVINCE, Tier.DISTRICT})
_LOCAL_EXECUTION = frozenset({"province", "district"})
# A decider recorded as "not determined" is no decider: the rule knows it as a blank level.
_UNDETERMINED = "UNDETERMINED"


@dataclass(frozen=True, slots=True)
class Levels:
    """What freezing needs of the ladder: the name of every level, and those of the province's own apparatus."""

    labels: dict[str, str]
    local: frozenset[str]

    @classmethod
    def load(cls) -> "Levels":
        """Read the ladder in one query."""
        levels = list(AuthorityLevel.objects.all())
        return cls(
            {level.code: level.label for level in levels},
            # The vertical branches (công an, thuế, BHXH…) stand in the province but do not answer to it.
            frozenset(level.code for level in levels if level.branch == "local" and level.tier in _LOCAL_TIERS),
        )


@dataclass(slots=True)
class BodyCounts:
    """What one body is asked: counts over its reviews, those of its own đặc thù procedures apart in ``local``.

    ``proposal`` (kiến nghị) and ``reception`` (ý kiến tiếp nhận) divide the ``total`` of a province.
    """

    total: int = 0
    excluded: int = 0
    eligible: int = 0
    unknown: int = 0
    local: int = 0
    proposal: int = 0
    reception: int = 0

    def add(self, items: Sequence[ScopeItem], kind: str) -> None:
        """Count one review of each of ``items``."""
        if kind == ReviewKind.LOCAL:
            self.local += len(items)
            return
        excluded = sum(item.excluded for item in items)
        self.total += len(items)
        self.excluded += excluded
        self.eligible += len(items) - excluded
        self.unknown += sum(item.rule == "unknown_decider" for item in items)
        if kind == ReviewKind.PROPOSAL:
            self.proposal += len(items)
        if kind == ReviewKind.RECEPTION:
            self.reception += len(items)

    def include(self, other: "BodyCounts") -> None:
        """Add the counts of ``other``."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class OpeningPlan:
    """The catalogue to freeze (unsaved items, in the order of their codes) and the bodies to ask."""

    campaign: Campaign
    items: list[ScopeItem]
    bodies: list[Organisation]
    left_out: int
    levels: Levels
    province_selection: ProvinceSelection | None = None
    receptions: list[ReceptionRequest] = field(default_factory=list)
    counts: dict[int, BodyCounts] = field(default_factory=dict)

    @property
    def rules(self) -> Counter:
        """How many procedures each rule decided: {"in_base": 5000, "commune_only": 900, "unknown_decider": 300}."""
        return Counter(item.rule for item in self.items)

    @property
    def reviews_total(self) -> int:
        """How many reviews the opening makes, for every body together."""
        return sum(counts.total + counts.local for counts in self.counts.values())

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what a person confirms: the rule, the bodies with their counts, and the catalogue.

        Where a value came from is left out: a file imported again with the same content is the same opening.
        """
        rule = model_to_dict(self.campaign.rule)
        bodies = {body.pk: asdict(self.counts[body.pk]) for body in self.bodies}
        requests = sorted(str((one.procedure_id, one.owner_id, one.sector_id)) for one in self.receptions)
        items = [[item.code, item.owner_id, item.rule, item.fingerprint] for item in self.items]
        told = json.dumps([RULE_VERSION, rule, bodies, requests, self.left_out, items], default=str, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def blocks(self) -> Iterator[tuple[Organisation, str, list[ScopeItem]]]:
        """(body, kind of review, items) of everything to ask, body after body; items in the order of their codes.

        Provinces asked the same share one list.
        """
        by_owner: dict[int, list[ScopeItem]] = {}
        for item in self.items:
            by_owner.setdefault(item.owner_id, []).append(item)
        ministries = {body.pk for body in self.bodies if body.kind == OrganisationKind.MINISTRY}
        national = [item for item in self.items if item.owner_id in ministries]
        settled = [item for item in national if is_settled_locally(item, self.levels)]
        requested = [item for item in national if self.receptions and self.is_requested(item)]
        usual = {item.code for item in settled}
        received = [item for item in requested if item.code not in usual]
        for body in self.bodies:
            if body.pk in ministries:
                blocks = [(ReviewKind.OWN, by_owner.get(body.pk, []))]
            elif self.province_selection is None:
                blocks = [(ReviewKind.PROPOSAL, settled), (ReviewKind.RECEPTION, received)]
            else:
                chosen = list(self.province_selection(self.campaign, national, body))
                codes = {item.code for item in chosen}
                further = [item for item in requested if item.code not in codes]
                blocks = [(ReviewKind.PROPOSAL, chosen), (ReviewKind.RECEPTION, further)]
            if body.pk not in ministries:
                blocks.append((ReviewKind.LOCAL, by_owner.get(body.pk, [])))
            yield from ((body, kind, items) for kind, items in blocks if items)

    def asked(self) -> Iterator[tuple[Organisation, ScopeItem, str]]:
        """(body, item, kind of review) for every review to make, body after body."""
        return ((body, item, kind) for body, kind, items in self.blocks() for item in items)

    def is_requested(self, item: ScopeItem, receptions: Iterable[ReceptionRequest] | None = None) -> bool:
        """Whether the department wants provinces' opinion on a ministry's procedure, by one of ``receptions``.

        Never of an excluded one: the commune decides it already. A request for a ministry or sector leaves ngành dọc
        out, as the usual selection does; one for a named procedure means it.
        """
        if item.excluded:
            return False
        return any(
            (one.procedure_id or not item.procedure.is_vertical)
            and one.procedure_id in (None, item.procedure_id)
            and one.owner_id in (None, item.owner_id)
            and one.sector_id in (None, item.sector_id)
            for one in (self.receptions if receptions is None else receptions)
        )

    def tally(self) -> "OpeningPlan":
        """Fill ``counts`` (by the body's primary key) and return the plan."""
        self.counts = {body.pk: BodyCounts() for body in self.bodies}
        known: dict[tuple[int, str], tuple[list[ScopeItem], BodyCounts]] = {}
        for body, kind, items in self.blocks():
            # Provinces share their lists, each counted once; kept beside its count, a list keeps its identity too.
            if (id(items), kind) not in known:
                known[id(items), kind] = (items, BodyCounts())
                known[id(items), kind][1].add(items, kind)
            self.counts[body.pk].include(known[id(items), kind][1])
        return self

    def narrowed(self, bodies: Iterable[Organisation]) -> "OpeningPlan":
        """The same plan asking only ``bodies``, which are among its own; nothing is read again."""
        kept = {body.pk for body in bodies}
        items = [item for item in self.items if item.owner_id in kept]
        return replace(
            self,
            items=items,
            bodies=[body for body in self.bodies if body.pk in kept],
            left_out=self.left_out + len(self.items) - len(items),
            counts={},
        ).tally()


def is_settled_locally(item: ScopeItem, levels: Levels) -> bool:
    """Whether a ministry's procedure is settled at province or district level, ngành dọc left out.

    By who decides or by where it is carried out: with 60% of the deciders unknown, either is enough to ask.
    """
    procedure = item.procedure
    if procedure.is_vertical:
        return False
    return bool(
        levels.local.intersection(decider["level"] for decider in item.deciders)
        or _LOCAL_EXECUTION.intersection(procedure.execution_levels)
    )


def plan_opening(
    campaign: Campaign,
    *,
    province_selection: ProvinceSelection | None = None,
    bodies: Iterable[Organisation] | None = None,
    procedures: QuerySet | None = None,
) -> OpeningPlan:
    """What opening ``campaign`` now would freeze and ask, in a fixed number of queries.

    ``bodies`` stand in for those taking part, to see what another choice of them would ask; ``procedures`` for the
    whole catalogue, to admit some of it later as if they had been there.

    Every procedure in force enters whose publisher, followed to the body standing on the round's day, takes part;
    ``left_out`` counts the others in force.
    """
    levels = Levels.load()
    if bodies is None:
        bodies = Organisation.objects.filter(participations__campaign=campaign).order_by("kind", "code")
    bodies = list(bodies)
    taking_part = {body.pk for body in bodies}
    standing = bodies_on(campaign.bodies_on)
    files = {pk: (name, digest) for pk, name, digest in ImportBatch.objects.values_list("pk", "file_name", "sha256")}
    rule = campaign.rule
    items, left_out = [], 0
    for procedure in _catalogue(Procedure.objects.all() if procedures is None else procedures):
        owner = standing.get(procedure.publisher_id)
        if owner is None or owner.pk not in taking_part:
            left_out += 1
            continue
        items.append(_freeze(campaign, rule, procedure, owner, levels, files))
    requests = list(campaign.reception_requests.all())
    return OpeningPlan(campaign, items, bodies, left_out, levels, province_selection, requests).tally()


def _catalogue(procedures: QuerySet) -> Iterator[Procedure]:
    """Those of ``procedures`` in force in the order of their codes, with deciders and sectors at hand."""
    return (
        procedures.in_force()
        .order_by("code")
        .prefetch_related(
            Prefetch("deciders", DecidingAuthority.objects.order_by("pk")),
            Prefetch("sector_links", ProcedureSector.objects.select_related("sector").order_by("position")),
        )
        .iterator(chunk_size=1000)
    )


def _freeze(campaign, rule, procedure, owner, levels: Levels, files: dict[int, tuple]) -> ScopeItem:
    """The unsaved frozen copy of ``procedure`` with the verdict of the rule on it."""
    recorded = list(procedure.deciders.all())
    verdict: Eligibility = decide(
        ["" if one.level_id == _UNDETERMINED else one.level_id for one in recorded], rule.excluded_levels, levels.labels
    )
    deciders = [
        {"level": one.level_id, "body": one.body, "case": one.case, "legal_ground": one.legal_ground}
        for one in recorded
    ]
    link = next(iter(procedure.sector_links.all()), None)
    batch, row = _origin(procedure, recorded)
    return ScopeItem(
        campaign=campaign,
        procedure=procedure,
        code=procedure.code,
        name=procedure.name,
        owner=owner,
        sector_id=link.sector_id if link else None,
        sector_name=link.sector.name if link else "",
        executing_bodies=procedure.executing_bodies,
        deciders=deciders,
        search_text=procedure.search_text,
        fingerprint=fingerprint(procedure.name, deciders, procedure.execution_levels),
        excluded=not verdict.eligible,
        rule=verdict.rule,
        rule_version=f"{RULE_VERSION}/{rule.version}",
        reason=verdict.reason,
        source=_source(recorded, batch, row, files)[:500],
        batch_id=batch if batch in files else None,
        batch_row=row if batch in files else None,
        batch_digest=files[batch][1] if batch in files else "",
    )


def fingerprint(name: str, deciders: list[dict], execution_levels: list[str]) -> str:
    """SHA-256 (hex) of what a change in the catalogue would alter: name, deciders in any order, levels."""
    parts = [name, sorted(json.dumps(one, sort_keys=True, ensure_ascii=False) for one in deciders)]
    text = json.dumps([*parts, sorted(execution_levels)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _origin(procedure: Procedure, recorded: list[DecidingAuthority]) -> tuple[int | None, int | None]:
    """(import, row) that the verdict rests on: that of the deciders, else that of the procedure's name."""
    for one in recorded:
        if one.batch_id:
            return one.batch_id, one.batch_row
    place = procedure.provenance.get("name") or next(iter(procedure.provenance.values()), None)
    return (place[0], place[1]) if place else (None, None)


def _source(recorded: list[DecidingAuthority], batch: int | None, row: int | None, files: dict[int, tuple]) -> str:
    """Where the value came from, as people cite it: "tệp X, dòng N", or whose confirmation of which day."""
    parts = []
    if batch in files:
        parts.append(f"tệp {files[batch][0]}, dòng {row}" if row else f"tệp {files[batch][0]}")
    confirmed = [one.recorded_at for one in recorded if one.source != "import"]
    if confirmed:
        day = timezone.localtime(max(confirmed)).date()
        parts.append(f"cơ quan xác nhận thẩm quyền ngày {_day(day)}")
    return "; ".join(parts) or "nhập trực tiếp trên hệ thống"


def _day(day: datetime.date) -> str:
    return f"{day:%d/%m/%Y}"


def review_of(campaign: Campaign, body: Organisation, item: ScopeItem, kind: str, at: datetime.datetime) -> Review:
    """The unsaved review of a saved ``item`` that ``body`` is asked for from ``at`` on."""
    return Review(
        campaign=campaign,
        scope_item=item,
        organisation=body,
        kind=kind,
        eligible=not item.excluded,
        decider_unknown=item.rule == "unknown_decider",
        status_since=at,
    )
