"""Tính thử: every body's figures under another rule, side by side with the present ones; nothing is written.

A round in preparation is worked out from what opening it would freeze. An open or closed one from its frozen
catalogue: only reviews of procedures whose verdict changes can move, and what an adjustment decided stays decided.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from reviews.actions.content import UNDETERMINED
from reviews.actions.freezing import Levels, OpeningPlan, plan_opening
from reviews.models import Campaign, CampaignRule, CampaignState, CurrentAuthority, Review, ReviewKind, ScopeItem
from reviews.reports.dashboards import bodies_of, figures_of, nation_of
from reviews.reports.tallies import BodyTally, Group, moved, tallies_by_body
from reviews.rules.eligibility import Eligibility, decide
from reviews.rules.shares import BodyFigures, Tally
from tthc_portal.accounts.models import OrganisationKind

RULE_FIELDS = (
    "ministry_target_bp",
    "ministry_target_kind",
    "province_target_bp",
    "province_target_kind",
    "excluded_levels",
    "headline_tier",
)
# Keys in one statement; far below what either database takes.
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Pair:
    """The figures of one body now and under the other rule."""

    before: BodyFigures
    after: BodyFigures

    @property
    def changed(self) -> bool:
        """Whether anything a person reads of it differs."""
        return told(self.before) != told(self.after)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every body in the order of its code, the nation, and how many procedures enter or leave the base."""

    bodies: list[Pair]
    nation: Pair
    entering: int = 0
    leaving: int = 0


def told(figures: BodyFigures) -> tuple:
    """(e, n, share, required, missing, met) as the comparison shows them."""
    share = figures.share
    return figures.tally.eligible, share.n, share.text, share.required, share.missing, share.met


def rule_with(rule: CampaignRule, values: dict) -> CampaignRule:
    """A rule that is stored nowhere: ``rule`` with some of RULE_FIELDS replaced."""
    kept = {name: getattr(rule, name) for name in RULE_FIELDS}
    return CampaignRule(campaign_id=rule.campaign_id, version=rule.version, **kept | values)


def compare(campaign: Campaign, after: CampaignRule) -> Comparison:
    """The figures of ``campaign`` now and under the rule ``after``, in a fixed number of queries."""
    rule = campaign.rule
    if campaign.state == CampaignState.PREPARING:
        now, then, verdicts = _of_plan(campaign, after)
    else:
        now = tallies_by_body(campaign)
        verdicts = _Verdicts() if _same(rule, after) else _changed_items(campaign, rule, after)
        then = _moved(campaign, after, now, verdicts) if verdicts.changed else now
    pairs = [
        Pair(
            figures_of(body, rule, now.get(body.pk, BodyTally())),
            figures_of(body, after, then.get(body.pk, BodyTally())),
        )
        for body in sorted(bodies_of(campaign), key=lambda body: body.code)
    ]
    nation = Pair(nation_of([one.before for one in pairs], rule), nation_of([one.after for one in pairs], after))
    return Comparison(pairs, nation, verdicts.entering, verdicts.leaving)


@dataclass(slots=True)
class _Verdicts:
    """{scope item: verdict of the other rule} of those whose verdict it changes, and how many change sides."""

    changed: dict[int, Eligibility] = field(default_factory=dict)
    entering: int = 0
    leaving: int = 0


def _same(rule: CampaignRule, after: CampaignRule) -> bool:
    return set(rule.excluded_levels) == set(after.excluded_levels)


def _codes(deciders: Iterable[dict]) -> tuple[str, ...]:
    return tuple("" if row.get("level") == UNDETERMINED else row.get("level") or "" for row in deciders)


class _Judge:
    """The rule on sets of deciders; few sets recur over thousands of procedures."""

    def __init__(self, excluded: Collection[str]):
        self.excluded = frozenset(excluded)
        self.known: dict[tuple[str, ...], Eligibility] = {}

    def __call__(self, codes: tuple[str, ...]) -> Eligibility:
        if codes not in self.known:
            self.known[codes] = decide(codes, self.excluded)
        return self.known[codes]


def _of_plan(campaign: Campaign, after: CampaignRule) -> tuple[dict, dict, _Verdicts]:
    """What opening would freeze for each body, by the round's rule and by the other."""
    plan = plan_opening(campaign)
    now = _counted(plan)
    judge = _Judge(after.excluded_levels)
    verdicts = _Verdicts()
    for item in plan.items:
        verdict = judge(_codes(item.deciders))
        verdicts.entering += item.excluded and verdict.eligible
        verdicts.leaving += not item.excluded and not verdict.eligible
        item.excluded, item.rule = not verdict.eligible, verdict.rule
    return now, _counted(plan.tally()), verdicts


def _counted(plan: OpeningPlan) -> dict[int, BodyTally]:
    return {
        body: BodyTally(Tally(total=one.total, excluded=one.excluded, eligible=one.eligible, unknown=one.unknown))
        for body, one in plan.counts.items()
    }


def _changed_items(campaign: Campaign, rule: CampaignRule, after: CampaignRule) -> _Verdicts:
    was, will = _Judge(rule.excluded_levels), _Judge(after.excluded_levels)
    found = _Verdicts()
    # A form that names a level beside one not determined may be clear by one rule and open by the other.
    unsure = CurrentAuthority.objects.filter(review__campaign=campaign, level=UNDETERMINED)
    half_known = set(unsure.order_by().values_list("review__scope_item", flat=True))
    items = ScopeItem.objects.filter(campaign=campaign).order_by().values_list("pk", "deciders", "removed_at")
    for pk, deciders, removed_at in items.iterator(chunk_size=2_000):
        codes = _codes(deciders)
        before, now = was(codes), will(codes)
        if pk in half_known or (before.eligible, before.unknown) != (now.eligible, now.unknown):
            found.changed[pk] = now
            if removed_at is None:
                found.entering += now.eligible and not before.eligible
                found.leaving += before.eligible and not now.eligible
    return found


_ROW = ("pk", "organisation", "scope_item", "scope_item__excluded", "kind", "version", "annual_dossiers")
_GROUP = ("status", "counted", "eligible", "decider_unknown", "within", "conclusion")


def _moved(campaign: Campaign, after: CampaignRule, now: dict[int, BodyTally], verdicts: _Verdicts) -> dict:
    """Every body's counts once the reviews of ``verdicts`` stand as the other rule makes them."""
    judge = _Judge(after.excluded_levels)
    keys = sorted(verdicts.changed)
    moves: dict[int, list[Group]] = {}
    asked: set[tuple[int, int]] = set()
    for start in range(0, len(keys), CHUNK):
        chunk = keys[start : start + CHUNK]
        forms = _form_deciders(chunk)
        rows = Review.objects.filter(scope_item__in=chunk, removed=False).exclude(kind=ReviewKind.LOCAL)
        for pk, body, item, excluded, kind, version, dossiers, *facts in rows.order_by().values_list(*_ROW, *_GROUP):
            asked.add((body, item))
            group = Group(*facts, 1, dossiers or 0)
            verdict = verdicts.changed[item]
            # What an adjustment decided against the frozen verdict is no matter of the rule.
            eligible = group.eligible if group.eligible == excluded else verdict.eligible
            codes = forms.get(pk)
            unknown = verdict.unknown if codes is None and version == 0 else judge(codes or ()).unknown
            side = moves.setdefault(body, [])
            side.append(group._replace(number=-1, dossiers=-group.dossiers))
            if kind == ReviewKind.RECEPTION and not eligible and not excluded:
                continue  # provinces are asked for an opinion on what is eligible only
            counted = group.counted and eligible
            side.append(
                group._replace(
                    eligible=eligible,
                    decider_unknown=eligible and unknown,
                    counted=counted,
                    within=group.within and counted,
                )
            )
    _ask_provinces(campaign, verdicts, asked, moves)
    return now | {body: moved(now.get(body, BodyTally()), groups) for body, groups in moves.items()}


def _form_deciders(items: list[int]) -> dict[int, tuple[str, ...]]:
    """{review: level codes} of the forms on ``items`` that record who decides."""
    rows = CurrentAuthority.objects.filter(review__scope_item__in=items).order_by("review", "position")
    found: dict[int, tuple[str, ...]] = {}
    for review, level in rows.values_list("review", "level"):
        found[review] = (*found.get(review, ()), "" if level == UNDETERMINED else level)
    return found


def _ask_provinces(campaign: Campaign, verdicts: _Verdicts, asked: set, moves: dict[int, list[Group]]) -> None:
    """Opinions that provinces would also have been asked for, of what the other rule makes eligible."""
    requests = list(campaign.reception_requests.all())
    entering = [pk for pk, verdict in verdicts.changed.items() if verdict.eligible]
    if not requests or not entering:
        return
    plan = OpeningPlan(campaign, [], [], 0, Levels({}, frozenset()), receptions=requests)
    provinces = campaign.participations.filter(organisation__kind=OrganisationKind.PROVINCE)
    bodies = list(provinces.values_list("organisation", flat=True))
    items = ScopeItem.objects.filter(pk__in=entering, owner__kind=OrganisationKind.MINISTRY, removed_at=None)
    for item in items.select_related("procedure"):
        was_excluded, item.excluded = item.excluded, False
        if was_excluded and plan.is_requested(item):
            unknown = verdicts.changed[item.pk].unknown
            for body in bodies:
                if (body, item.pk) not in asked:
                    moves.setdefault(body, []).append(Group("not_started", False, True, unknown))
