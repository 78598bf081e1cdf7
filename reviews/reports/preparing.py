"""What the pages of a round in preparation say: what each body would bring, what a choice changes, what is asked."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count

from reviews.actions.freezing import OpeningPlan, is_settled_locally
from reviews.models import Campaign, ReceptionRequest, Review, ReviewKind
from reviews.reports.rounds import PreviewRow, body_rows, preview_row
from reviews.reports.tallies import tallies_by_body
from tthc_portal.accounts.models import Organisation, OrganisationKind

KIND_LABELS = (
    (OrganisationKind.MINISTRY, "Các bộ, cơ quan ngang bộ"),
    (OrganisationKind.PROVINCE, "Các tỉnh, thành phố"),
)


@dataclass(frozen=True, slots=True)
class Choices:
    """The bodies of one kind with what each would bring."""

    kind: str
    label: str
    rows: list[PreviewRow]

    @property
    def ticked(self) -> int:
        """How many of them are ticked."""
        return sum(row.ticked for row in self.rows)


@dataclass(frozen=True, slots=True)
class Effect:
    """What another choice of bodies changes: who comes and goes, and (before, after) counts of an opening."""

    added: list[Organisation]
    dropped: list[Organisation]
    figures: list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request for opinions, with how many procedures it asks about that are not asked about anyway."""

    request: ReceptionRequest
    label: str
    asked: int
    usual: int


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """What was frozen for a body and what is still unknown of it now."""

    body: Organisation
    total: int
    excluded: int
    eligible: int
    unknown_then: int
    unknown: int
    proposal: int
    reception: int
    local: int

    @property
    def known_percent(self) -> int:
        """Procedures whose deciders are known, in whole per cent rounded down; of nothing, all."""
        return 100 * (self.total - self.unknown) // self.total if self.total else 100


def body_choices(plan: OpeningPlan, ticked: Collection[int]) -> list[Choices]:
    """Every body of ``plan``, by kind; a province brings what it would be asked if all ministries ticked take part."""
    ministries = [body for body in plan.bodies if body.kind == OrganisationKind.MINISTRY and body.pk in ticked]
    others = [body for body in plan.bodies if body.kind != OrganisationKind.MINISTRY]
    asked = plan.narrowed([*ministries, *others])
    found = []
    for kind, label in KIND_LABELS:
        counts = plan.counts if kind == OrganisationKind.MINISTRY else asked.counts
        rows = [
            preview_row(body, counts[body.pk], ticked=body.pk in ticked) for body in plan.bodies if body.kind == kind
        ]
        found.append(Choices(kind, label, rows))
    return found


def choice_effect(plan: OpeningPlan, before: Collection[int], after: Collection[int]) -> Effect:
    """What taking ``after`` instead of ``before`` (primary keys) changes of an opening."""
    old = plan.narrowed(body for body in plan.bodies if body.pk in before)
    new = plan.narrowed(body for body in plan.bodies if body.pk in after)
    return Effect(
        added=[body for body in plan.bodies if body.pk in after and body.pk not in before],
        dropped=[body for body in plan.bodies if body.pk in before and body.pk not in after],
        figures=[
            ("Cơ quan tham gia", len(before), len(after)),
            ("Thủ tục sẽ chốt", len(old.items), len(new.items)),
            ("Trong đó loại trừ", old.rules["commune_only"], new.rules["commune_only"]),
            ("Trong đó chưa xác định thẩm quyền", old.rules["unknown_decider"], new.rules["unknown_decider"]),
            ("Phiếu rà soát sẽ tạo", old.reviews_total, new.reviews_total),
        ],
    )


def reception_rows(plan: OpeningPlan, campaign: Campaign) -> list[RequestRow]:
    """The requests of a round with what each adds for a province, by the catalogue as it stands."""
    ministries = {body.pk for body in plan.bodies if body.kind == OrganisationKind.MINISTRY}
    national = [item for item in plan.items if item.owner_id in ministries]
    rows = []
    for one in campaign.reception_requests.select_related("owner", "sector", "procedure"):
        alone = [item for item in national if plan.is_requested(item, [one])]
        usual = sum(is_settled_locally(item, plan.levels) for item in alone)
        rows.append(RequestRow(one, _label(one), len(alone) - usual, usual))
    return rows


def placeless(plan: OpeningPlan) -> dict[str, int]:
    """``national``: procedures of ministries in the plan; ``nameless``: those of them of which nothing is recorded that
    would say where they are settled, neither a decider nor a level of execution.
    """
    ministries = {body.pk for body in plan.bodies if body.kind == OrganisationKind.MINISTRY}
    national = [item for item in plan.items if item.owner_id in ministries]
    nameless = sum(not item.deciders and not item.procedure.execution_levels for item in national)
    return {"national": len(national), "nameless": nameless}


def frozen_requests(requests: Iterable[ReceptionRequest]) -> list[RequestRow]:
    """The requests of an opened round; what they brought stands in its reviews."""
    return [RequestRow(one, _label(one), 0, 0) for one in requests]


def _label(one: ReceptionRequest) -> str:
    if one.procedure:
        return f"{one.procedure.code} {one.procedure.name}"
    parts = [one.owner.name if one.owner else "Mọi bộ", f"lĩnh vực {one.sector.name}" if one.sector else "mọi lĩnh vực"]
    return ", ".join(parts)


def standing_unknowns(campaign: Campaign) -> list[tuple[str, list[FrozenRow]]]:
    """(kind of body, rows) of an opened round: frozen counts, kinds of review, and what is unknown now."""
    tallies = tallies_by_body(campaign)
    kinds = Review.objects.in_scope().filter(campaign=campaign).exclude(kind=ReviewKind.OWN)
    counts = {(body, kind): number for body, kind, number in _by_kind(kinds)}
    groups = {kind: [] for kind, _ in KIND_LABELS}
    for row in body_rows(campaign, None):
        body = row.organisation
        tally = tallies[body.pk].tally if body.pk in tallies else None
        by_kind = (counts.get((body.pk, kind), 0) for kind in (ReviewKind.PROPOSAL, ReviewKind.RECEPTION, "local"))
        facts = (row.frozen_total, row.frozen_excluded, row.frozen_eligible, row.frozen_unknown)
        unknown = tally.unknown if tally else row.frozen_unknown
        groups.setdefault(body.kind, []).append(FrozenRow(body, *facts, unknown, *by_kind))
    return [(label, groups[kind]) for kind, label in KIND_LABELS]


def _by_kind(reviews):
    return reviews.order_by().values_list("organisation", "kind").annotate(n=Count("pk"))
