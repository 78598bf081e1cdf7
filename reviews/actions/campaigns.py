"""Preparing, opening and closing review rounds."""

import datetime
from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.asking import ask
from reviews.actions.events import locked, record
from reviews.actions.freezing import OpeningPlan, ProvinceSelection, plan_opening
from reviews.models import Campaign, CampaignRule, CampaignState, Participation, ScopeItem
from tthc_portal.accounts.models import Organisation, User

# Frozen procedures sent at once; the database splits them further by itself.
BATCH = 5_000

RULE_FIELDS = (
    "ministry_target_bp",
    "ministry_target_kind",
    "province_target_bp",
    "province_target_kind",
    "excluded_levels",
    "headline_tier",
)
FACT_FIELDS = ("code", "title", "guidance", "bodies_on", "opens_on", "deadline")
# Once the catalogue is frozen, figures rest on everything else.
OPEN_FIELDS = ("title", "guidance", "deadline")
CHANGED = "Danh mục, quy tắc hoặc cơ quan tham gia đã thay đổi từ lúc bạn xem trước; hãy xem lại rồi mở đợt."


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opening did: ``changed`` is False when the round had been opened before and nothing was written."""

    campaign: Campaign
    changed: bool
    items: int
    reviews: int


def _prepared_by_department(by: User | None) -> None:
    """Rounds are the coordinating department's; None is the system itself (a command run on the server)."""
    if by is not None and not by.is_department:
        raise ValidationError(
            "Đợt rà soát do cơ quan chủ trì (Cục) lập, mở và đóng; tài khoản này không thực hiện được."
        )


@transaction.atomic
def create_campaign(
    *,
    by: User | None,
    code: str,
    title: str,
    bodies_on: datetime.date,
    opens_on: datetime.date,
    deadline: datetime.date,
    guidance: str = "",
    **rule,
) -> Campaign:
    """A new round in preparation, with version 1 of its rule and every ministry and province of ``bodies_on``.

    ``rule`` takes the fields named in RULE_FIELDS; those not given keep the defaults of the Hội nghị 30/9/2021 (20%
    binding on ministries, a reference for provinces, UBND and Chủ tịch UBND cấp xã left out). Raises ValidationError.
    """
    _prepared_by_department(by)
    rule.setdefault("excluded_levels", ["COMMUNE_PC", "COMMUNE_PC_CHAIR"])
    campaign = Campaign(
        code=code,
        title=title,
        guidance=guidance,
        bodies_on=bodies_on,
        opens_on=opens_on,
        deadline=deadline,
        created_by=by,
    )
    campaign.full_clean(exclude=["created_by"])
    campaign.save()
    _new_rule(campaign, by=by, version=1, values=rule)
    _ask_bodies(campaign)
    record(campaign, by=by, action="create_campaign", changes=_changes({}, _facts(campaign) | rule))
    return campaign


@transaction.atomic
def update_campaign(*, by: User | None, campaign: Campaign, **values) -> Campaign:
    """Change a round: anything while it is prepared; once open only title, guidance and a later deadline.

    ``values`` are fields of FACT_FIELDS and RULE_FIELDS; a changed rule becomes its next version. Raises
    ValidationError.
    """
    _prepared_by_department(by)
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    before = _facts(campaign) | _rule_values(campaign.rule)
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return campaign
    if campaign.state == CampaignState.CLOSED:
        raise ValidationError("Đợt rà soát đã đóng nên không sửa được nữa.")
    if campaign.state == CampaignState.OPEN:
        fixed = [name for name in changed if name not in OPEN_FIELDS]
        if fixed:
            labels = ", ".join(_label(name) for name in fixed)
            raise ValidationError(
                f"Đợt rà soát đã chốt danh mục nên không đổi được: {labels}. Chỉ sửa được tên, hướng dẫn và hạn gửi."
            )
        if "deadline" in changed and changed["deadline"] < campaign.deadline:
            raise ValidationError("Đợt rà soát đang mở: hạn gửi chỉ được lùi về sau, không rút ngắn.")
    for name in FACT_FIELDS:
        if name in changed:
            setattr(campaign, name, changed[name])
    campaign.full_clean(exclude=["created_by"])
    campaign.save()
    new_rule = {name: changed[name] for name in RULE_FIELDS if name in changed}
    if new_rule:
        version = campaign.rule.version + 1
        _new_rule(campaign, by=by, version=version, values=_rule_values(campaign.rule) | new_rule)
        del campaign.rule
    if "bodies_on" in changed:
        _ask_bodies(campaign)
    record(campaign, by=by, action="update_campaign", changes=_changes(before, changed))
    return campaign


@transaction.atomic
def open_campaign(
    *,
    by: User | None,
    campaign: Campaign,
    at: datetime.datetime | None = None,
    province_selection: ProvinceSelection | None = None,
    seen: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Opened:
    """Freeze the catalogue (chốt danh mục), make the review of every procedure asked of every body, open the round.

    A round opened before is left as it is. ``at`` is the moment written (now unless given); ``province_selection``
    replaces what provinces are asked by default; ``seen`` is the digest of the plan that the page showed, and another
    plan by now is refused (code "changed"); ``progress(done, total)`` hears of every body asked. Raises
    ValidationError when there is nothing to review.
    """
    _prepared_by_department(by)
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    if campaign.state != CampaignState.PREPARING:
        return Opened(campaign, False, campaign.scope.count(), campaign.reviews.count())
    at = at or timezone.now()
    plan = plan_opening(campaign, province_selection=province_selection)
    if seen and plan.digest != seen:
        raise ValidationError(CHANGED, code="changed")
    if not plan.reviews_total:
        raise ValidationError(
            f"Chưa mở được đợt “{campaign.title}”: không có thủ tục nào đang có hiệu lực của các cơ quan tham gia. "
            "Hãy nhập danh mục thủ tục hành chính trước."
        )
    ScopeItem.objects.bulk_create(plan.items, batch_size=BATCH)
    _write_reviews(plan, at, progress)
    _keep_counts(plan)
    campaign.state = CampaignState.OPEN
    campaign.frozen_at = campaign.opened_at = at
    campaign.opened_by = by
    campaign.save()
    record(
        campaign,
        by=by,
        action="open_campaign",
        status_before=CampaignState.PREPARING,
        status_after=CampaignState.OPEN,
        at=at,
        content=_opening_content(plan),
    )
    return Opened(campaign, True, len(plan.items), plan.reviews_total)


@transaction.atomic
def close_campaign(*, by: User | None, campaign: Campaign, at: datetime.datetime | None = None) -> Campaign:
    """End an open round: its reviews stay readable and are written no more. Raises ValidationError."""
    _prepared_by_department(by)
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    if campaign.state == CampaignState.PREPARING:
        raise ValidationError("Đợt rà soát chưa mở nên chưa đóng được.")
    if campaign.state == CampaignState.CLOSED:
        return campaign
    campaign.state = CampaignState.CLOSED
    campaign.closed_at = at or timezone.now()
    campaign.closed_by = by
    campaign.save()
    record(
        campaign,
        by=by,
        action="close_campaign",
        status_before=CampaignState.OPEN,
        status_after=CampaignState.CLOSED,
        at=campaign.closed_at,
    )
    return campaign


def preview_opening(campaign: Campaign, *, province_selection: ProvinceSelection | None = None) -> OpeningPlan:
    """What :func:`open_campaign` would do now, counted and not written."""
    return plan_opening(campaign, province_selection=province_selection)


def _new_rule(campaign: Campaign, *, by: User | None, version: int, values: dict) -> CampaignRule:
    rule = CampaignRule(campaign=campaign, version=version, made_by=by, **values)
    # Made by nobody when the system makes it; a round may leave no level out.
    rule.full_clean(exclude=["made_by", "excluded_levels"])
    rule.save()
    return rule


def _ask_bodies(campaign: Campaign) -> None:
    """Make the ministries and provinces standing on the round's day its participants, and no others."""
    bodies = Organisation.objects.on(campaign.bodies_on).taking_part()
    campaign.participations.exclude(organisation__in=bodies).delete()
    known = set(campaign.participations.values_list("organisation", flat=True))
    Participation.objects.bulk_create(
        Participation(campaign=campaign, organisation=body) for body in bodies.order_by("code") if body.pk not in known
    )


def _write_reviews(plan: OpeningPlan, at: datetime.datetime, progress) -> None:
    """Make the reviews body by body."""
    done = 0
    for body, kind, items in plan.blocks():
        done += ask(plan.campaign, body, kind, items, at)
        if progress:
            progress(done, plan.reviews_total)


def _keep_counts(plan: OpeningPlan) -> None:
    """Keep on each participation what was frozen for it."""
    participations = list(plan.campaign.participations.all())
    for participation in participations:
        counts = plan.counts[participation.organisation_id]
        participation.frozen_total = counts.total
        participation.frozen_excluded = counts.excluded
        participation.frozen_eligible = counts.eligible
        participation.frozen_unknown = counts.unknown
    fields = ["frozen_total", "frozen_excluded", "frozen_eligible", "frozen_unknown"]
    Participation.objects.bulk_update(participations, fields)


def _opening_content(plan: OpeningPlan) -> dict:
    """What the event keeps of an opening: counts, by rule and by body."""
    codes = {body.pk: body.code for body in plan.bodies}
    return {
        "items": len(plan.items),
        "reviews": plan.reviews_total,
        "rules": dict(plan.rules),
        "bodies": {codes[pk]: asdict(counts) for pk, counts in plan.counts.items()},
    }


def _facts(campaign: Campaign) -> dict:
    return {name: getattr(campaign, name) for name in FACT_FIELDS}


def _rule_values(rule: CampaignRule) -> dict:
    return {name: getattr(rule, name) for name in RULE_FIELDS}


def _changes(before: dict, after: dict) -> dict:
    """{field: [before, after]} in values an event may hold."""
    return {name: [_plain(before.get(name)), _plain(value)] for name, value in after.items()}


def _plain(value):
    return value.isoformat() if isinstance(value, datetime.date) else value


def _label(name: str) -> str:
    model = Campaign if name in FACT_FIELDS else CampaignRule
    return str(model._meta.get_field(name).verbose_name)
