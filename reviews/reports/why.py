"""“Căn cứ tính” of one procedure in a round: the verdict, the data it rests on, what each body's form counts as."""

from dataclasses import dataclass, field

from procedures.models import AuthorityLevel, DecidingAuthority, Procedure, ProcedureStatus
from reviews.actions.freezing import plan_opening
from reviews.models import (
    AdjustmentItem,
    Campaign,
    CampaignState,
    Conclusion,
    FrozenStanding,
    Review,
    ReviewKind,
    ScopeItem,
    Status,
)
from reviews.reports.rounds import RULE_LABELS
from reviews.rules.eligibility import RULE_VERSION
from reviews.rules.shares import TIER_LABELS, counts_as
from reviews.rules.workflow import STATUS_LABELS
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.accounts.naming import under_names_of
from tthc_portal.accounts.succession import body_on


@dataclass(frozen=True, slots=True)
class Decider:
    """A deciding authority as frozen, with its level in words and who confirmed it, if that is still on record."""

    level: str
    body: str
    case: str
    legal_ground: str
    excluded: bool
    source: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """One body's form on the procedure: whether and where it counts, in one sentence; by the freeze and now."""

    review: Review
    now: str
    frozen: str
    tiers: list[str]
    sentence: str


@dataclass(slots=True)
class Why:
    """Everything the page says; ``item`` is unsaved while the round is prepared."""

    item: ScopeItem
    prepared: bool
    verdict: str
    rule: str
    rule_day: str
    round_version: str
    excluded_levels: list[str]
    deciders: list[Decider]
    sector: str = ""
    adjustments: list[AdjustmentItem] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    asked: list[tuple[Organisation, str]] = field(default_factory=list)


def explain(campaign: Campaign, code: str, reader: User) -> Why | None:
    """Why ``code`` counts or not in ``campaign``, as far as ``reader`` may know; None when it is not in the round."""
    if campaign.state == CampaignState.PREPARING:
        return _of_preview(campaign, code, reader)
    items = ScopeItem.objects.visible_to(reader).filter(campaign=campaign, code__iexact=code)
    item = items.select_related("owner", "sector", "batch", "procedure", "admitted_by").first()
    if item is None:
        return None
    why = _why(campaign, item, prepared=False)
    touching = AdjustmentItem.objects.filter(
        adjustment__campaign=campaign, adjustment__approved_at__isnull=False, procedure=item.procedure
    )
    why.adjustments = list(
        touching.select_related("adjustment__approved_by", "replacement", "new_owner").order_by(
            "adjustment__approved_at"
        )
    )
    reviews = item.reviews.select_related("organisation", "campaign").order_by(
        "organisation__kind", "organisation__code"
    )
    if not reader.oversees:
        reviews = reviews.filter(organisation=reader.body)
    reviews = list(reviews)
    under_names_of(campaign.bodies_on, [review.organisation for review in reviews] + [item.owner])
    why.standings = [_standing(review, item, reader) for review in reviews]
    return why


def _of_preview(campaign: Campaign, code: str, reader: User) -> Why | None:
    """The verdict that opening would freeze now, and whom it would ask."""
    plan = plan_opening(campaign, procedures=Procedure.objects.filter(code__iexact=code))
    item = next(iter(plan.items), None)
    if item is None:
        return None
    why = _why(campaign, item, prepared=True)
    asked = [(body, kind) for body, one, kind in plan.asked() if one is item]
    why.asked = [
        (body, str(ReviewKind(kind).label)) for body, kind in asked if reader.oversees or body.pk == reader.body.pk
    ]
    return why


def outside(campaign: Campaign, procedure: Procedure) -> str:
    """Why a procedure of the catalogue stands in no figure of the round, in one sentence."""
    owner = body_on(procedure.publisher, campaign.bodies_on)
    taking_part = owner is not None and campaign.participations.filter(organisation=owner).exists()
    if not taking_part:
        return f"Không trong danh mục của đợt: {procedure.publisher.name} không tham gia đợt này."
    if procedure.status == ProcedureStatus.ABOLISHED:
        return "Không trong danh mục của đợt: thủ tục đã bãi bỏ."
    return "Không trong danh mục của đợt: thủ tục chưa có hiệu lực khi chốt; chỉ vào được bằng điều chỉnh phạm vi."


def _why(campaign: Campaign, item: ScopeItem, *, prepared: bool) -> Why:
    labels = dict(AuthorityLevel.objects.values_list("code", "label"))
    day, _, version = item.rule_version.partition("/")
    rule = campaign.rules.filter(version=int(version)).first() if version.isdecimal() else campaign.rule
    excluded = set((rule or campaign.rule).excluded_levels)
    return Why(
        item=item,
        prepared=prepared,
        verdict="Loại trừ" if item.excluded else "Thuộc diện tính" if item.rule != "unknown_decider" else "Tạm tính",
        rule=RULE_LABELS.get(item.rule, item.rule),
        rule_day="30/9/2021" if day == RULE_VERSION else day,
        round_version=version or str(campaign.rule.version),
        excluded_levels=[labels.get(code, code) for code in labels if code in excluded],
        deciders=_deciders(item, labels, excluded),
        sector=item.sector_name,
    )


def _deciders(item: ScopeItem, labels: dict[str, str], excluded: set[str]) -> list[Decider]:
    """The frozen deciders; beside those that still stand in the catalogue unchanged, who said so and when."""
    standing = DecidingAuthority.objects.filter(procedure=item.procedure).select_related("confirmed_by", "batch")
    said = {(one.level_id, one.body, one.case, one.legal_ground): _source(one) for one in standing}
    return [
        Decider(
            labels.get(one["level"], one["level"]),
            one["body"],
            one["case"],
            one["legal_ground"],
            one["level"] in excluded,
            said.get((one["level"], one["body"], one["case"], one["legal_ground"]), ""),
        )
        for one in item.deciders
    ]


def _source(one: DecidingAuthority) -> str:
    if one.confirmed_by:
        return f"{one.confirmed_by} xác nhận ngày {one.recorded_at:%d/%m/%Y}"
    if one.batch:
        return f"tệp {one.batch.file_name}" + (f", dòng {one.batch_row}" if one.batch_row else "")
    return ""


def _standing(review: Review, item: ScopeItem, reader: User) -> Standing:
    """A body's form in words; what it concludes is told only to those who may read the form."""
    frozen = str(FrozenStanding(review.frozen_standing).label) if review.frozen_standing else ""
    now = "Ngoài phạm vi" if review.removed else "Thuộc diện tính" if review.eligible else "Loại trừ"
    readable = review.content_visible_to(reader)
    tiers = counts_as(review.status) if review.counted and readable else ()
    return Standing(
        review=review,
        now=now,
        frozen=frozen,
        tiers=[label for tier, label in TIER_LABELS.items() if tier in tiers],
        sentence=_sentence(review, item, readable=readable),
    )


def _sentence(review: Review, item: ScopeItem, *, readable: bool) -> str:
    """Why the form counts towards the share or not, by the first of the rules that settles it."""
    if review.removed and item.removed_at is None:
        return "Không tính: điều chỉnh phạm vi đã chuyển thủ tục sang cơ quan khác."
    if review.removed:
        return "Không tính: điều chỉnh phạm vi đã đưa thủ tục ra khỏi đợt."
    if not review.eligible:
        return item.reason if item.excluded else "Không tính: điều chỉnh phạm vi đã loại trừ thủ tục này."
    if review.kind == ReviewKind.LOCAL:
        return "Thống kê riêng: thủ tục đặc thù của địa phương không vào tỷ lệ."
    status = STATUS_LABELS[review.status].lower()
    if not readable:
        return f"Trong mẫu số; phiếu {status}, nội dung chưa gửi nên chưa nói có tính hay không."
    if review.status == Status.NOT_STARTED:
        return "Trong mẫu số, chưa vào tử số: chưa rà soát."
    if review.conclusion != Conclusion.DECENTRALIZE:
        concluded = Conclusion(review.conclusion).label.lower() if review.conclusion else "chưa có"
        return f"Trong mẫu số, không vào tử số: kết luận {concluded}; chỉ kết luận phân cấp mới được tính."
    if not review.counted:
        return (
            "Trong mẫu số, không vào tử số: chưa có việc chuyển thẩm quyền nào xuống cấp thấp hơn được công nhận, hoặc "
            "có việc chuyển lên cấp cao hơn."
        )
    if not counts_as(review.status):
        return f"Trong mẫu số, sẽ vào tử số khi gửi: phương án phân cấp hợp lệ nhưng phiếu {status}."
    return (
        "Trong cả mẫu số và tử số: kết luận phân cấp, thẩm quyền chuyển xuống cấp thấp hơn, không chuyển lên cấp nào."
    )
