"""A round with random reviews, adjusted ones among them, and its figures recounted naively."""

import random

from django.utils import timezone

from procedures.models import Procedure
from reviews.models import Campaign, Review, ReviewEvent, ReviewKind, ScopeItem, Status
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProvinceFactory,
    SectorFactory,
    UserFactory,
)

SENT = {"submitted", "accepted", "approved"}
CONCLUSIONS = ["decentralize", "decentralize", "delegate", "keep", "simplify", "abolish", "out_of_scope"]
FLAGS = ("eligible", "decider_unknown", "counted", "within", "removed", "frozen_standing", "frozen_counted")


def make_round(
    seed: int, *, ministries: int = 3, provinces: int = 2, procedures: int = 12, adjusted: bool = False
) -> Campaign:
    """An open round whose reviews stand in random states, each one legal.

    With ``adjusted`` a third of them has been touched by adjustments; ``campaign.kept`` then holds {review: (counted,
    within, decider unknown)} of those made ineligible, as they were before.
    """
    dice = random.Random(seed)
    campaign = CampaignFactory()
    DepartmentFactory()
    sectors = [SectorFactory() for _ in range(3)]
    finisher = UserFactory(organisation=DepartmentFactory())
    bodies = [OrganisationFactory() for _ in range(ministries)] + [ProvinceFactory() for _ in range(provinces)]
    for body in bodies:
        ParticipationFactory(campaign=campaign, organisation=body)
    made = []
    for owner in bodies:
        for number in range(dice.randint(0, procedures)):
            name = f"Thủ tục cấp giấy phép số {number}"
            code = f"{campaign.pk % 10}.{campaign.pk * 997 % 10000:04d}{len(made):02d}.{owner.code}"
            made.append(Procedure(code=code, name=name, publisher=owner, search_text=f"{code} {name}".lower()))
    Procedure.objects.bulk_create(made)
    items = [_item(dice, campaign, procedure, procedure.publisher, sectors) for procedure in made]
    ScopeItem.objects.bulk_create(items)
    reviews = []
    for item in items:
        own = item.owner in bodies[ministries:]
        reviews.append(_review(dice, item, item.owner, ReviewKind.LOCAL if own else ReviewKind.OWN, finisher))
        if not own:
            reviews += [
                _review(dice, item, body, ReviewKind.PROPOSAL, finisher)
                for body in bodies[ministries:]
                if dice.random() < 0.5
            ]
    before = [_adjust(dice, review) if adjusted and dice.random() < 0.35 else None for review in reviews]
    Review.objects.bulk_create(reviews)
    touched = [(review, flags) for review, flags in zip(reviews, before, strict=True) if flags]
    ReviewEvent.objects.bulk_create(
        ReviewEvent(
            campaign=campaign,
            review=review,
            sequence=1,
            at=timezone.now(),
            action="adjust",
            status_before=review.status,
            status_after=review.status,
            changes={name: [flags[name], getattr(review, name)] for name in FLAGS},
            hash="0" * 64,
        )
        for review, flags in touched
    )
    campaign.kept = {
        review.pk: (flags["counted"], flags["within"], flags["decider_unknown"])
        for review, flags in touched
        if flags["eligible"] and not review.eligible
    }
    return campaign


def _adjust(dice, review: Review) -> dict:
    """Touch ``review`` as an adjustment does; its flags before."""
    before = {name: getattr(review, name) for name in FLAGS}
    if not review.eligible:
        # Frozen as excluded: now taken out, or (untouched as it is) admitted.
        review.frozen_standing = "excluded"
        review.removed = dice.random() < 0.5
        review.eligible = not review.removed
    elif dice.random() < 0.3:
        review.frozen_standing = "absent"
        before["frozen_standing"] = ""
    else:
        review.frozen_standing = "eligible"
        review.frozen_counted = review.counted
        review.eligible = review.counted = review.within = review.decider_unknown = False
        review.removed = dice.random() < 0.5
    return before


def _item(dice, campaign, procedure, owner, sectors) -> ScopeItem:
    sector = dice.choice([None, *sectors])
    excluded = dice.random() < 0.2
    return ScopeItem(
        campaign=campaign,
        procedure=procedure,
        code=procedure.code,
        name=procedure.name,
        owner=owner,
        sector=sector,
        sector_name=sector.name if sector else "",
        search_text=procedure.search_text,
        fingerprint="0" * 64,
        excluded=excluded,
        rule="commune_only" if excluded else "in_base",
        rule_version="1",
        reason="Vì thế.",
    )


def _review(dice, item, body, kind, finisher) -> Review:
    facts = {"status": "not_started", "eligible": not item.excluded}
    if not item.excluded:
        status = dice.choice(Status.values)
        conclusion = "" if status == "not_started" else dice.choice(CONCLUSIONS)
        facts |= {
            "status": status,
            "version": 0 if status == "not_started" else 1,
            "conclusion": conclusion,
            "counted": conclusion == "decentralize" and dice.random() < 0.8,
            "annual_dossiers": dice.choice([None, 0, 7, 1200]),
            "finished_by": None if status in ("not_started", "draft") else finisher,
            "decider_unknown": status not in SENT and dice.random() < 0.3,
        }
        facts["within"] = facts["counted"] and dice.random() < 0.4
    return Review(campaign=item.campaign, scope_item=item, organisation=body, kind=kind, **facts)


NAMES = (
    *("total", "excluded", "eligible", "unknown", "reviewed", "proposed", "accepted", "approved"),
    *("returned_counted", "finished_counted", "within", "delegated", "dossiers"),
)


def recount(reviews: list[Review], *, frozen: bool = False, kept: dict | None = None) -> dict[str, int]:
    """The counts of a body, one review after the other; ``frozen``: by the catalogue as it was frozen."""
    counts = dict.fromkeys(NAMES, 0)
    for review in reviews:
        if review.kind == "local":
            continue
        eligible, counted, within = review.eligible, review.counted, review.within
        unknown = review.decider_unknown
        if frozen and review.frozen_standing == "absent":
            continue
        if frozen and review.frozen_standing == "excluded":
            eligible = False
        if frozen and review.frozen_standing == "eligible" and not review.eligible:
            eligible = True
            counted, within, unknown = kept[review.pk]
        if not frozen and review.removed:
            continue
        counts["total"] += 1
        if not eligible:
            counts["excluded"] += 1
            continue
        counts["eligible"] += 1
        if unknown:
            counts["unknown"] += 1
        if review.status in SENT:
            counts["reviewed"] += 1
            if review.conclusion == "delegate":
                counts["delegated"] += 1
        if not counted:
            continue
        if review.status in SENT:
            counts["proposed"] += 1
            counts["dossiers"] += review.annual_dossiers or 0
            if within:
                counts["within"] += 1
        if review.status in {"accepted", "approved"}:
            counts["accepted"] += 1
        if review.status == "approved":
            counts["approved"] += 1
        if review.status == "returned":
            counts["returned_counted"] += 1
        if review.status in {"ready", "checked"}:
            counts["finished_counted"] += 1
    return counts
