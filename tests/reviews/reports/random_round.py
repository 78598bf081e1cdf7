"""A round with random reviews, for recounting figures naively."""

import random

from reviews.models import Campaign, Review, ReviewKind, ScopeItem, Status
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    ProvinceFactory,
    SectorFactory,
    UserFactory,
)

SENT = {"submitted", "accepted", "approved"}
CONCLUSIONS = ["decentralize", "delegate", "keep", "simplify", "abolish", "out_of_scope"]


def make_round(seed: int, *, ministries: int = 3, provinces: int = 2, procedures: int = 12) -> Campaign:
    """An open round whose reviews stand in random states, each one legal."""
    dice = random.Random(seed)
    campaign = CampaignFactory()
    DepartmentFactory()
    sectors = [SectorFactory() for _ in range(3)]
    finisher = UserFactory()
    bodies = [OrganisationFactory() for _ in range(ministries)] + [ProvinceFactory() for _ in range(provinces)]
    for body in bodies:
        ParticipationFactory(campaign=campaign, organisation=body)
    items, reviews = [], []
    for owner in bodies:
        for _ in range(dice.randint(0, procedures)):
            procedure = ProcedureFactory(publisher=owner)
            items.append(_item(dice, campaign, procedure, owner, sectors))
    ScopeItem.objects.bulk_create(items)
    for item in items:
        own = item.owner in bodies[ministries:]
        reviews.append(_review(dice, item, item.owner, ReviewKind.LOCAL if own else ReviewKind.OWN, finisher))
        if not own:
            reviews += [
                _review(dice, item, body, ReviewKind.PROPOSAL, finisher)
                for body in bodies[ministries:]
                if dice.random() < 0.5
            ]
    Review.objects.bulk_create(reviews)
    return campaign


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
            "finished_by": None if status in ("not_started", "draft") else finisher,
            "decider_unknown": status not in SENT and dice.random() < 0.3,
        }
    return Review(campaign=item.campaign, scope_item=item, organisation=body, kind=kind, **facts)


def recount(reviews: list[Review]) -> dict[str, int]:
    """The counts of a body, one review after the other."""
    counts = dict.fromkeys(
        ("total", "excluded", "eligible", "unknown", "reviewed", "proposed", "accepted", "approved"), 0
    )
    returned = 0
    for review in reviews:
        if review.kind == "local":
            continue
        counts["total"] += 1
        if not review.eligible:
            counts["excluded"] += 1
            continue
        counts["eligible"] += 1
        if review.decider_unknown:
            counts["unknown"] += 1
        if review.status in SENT:
            counts["reviewed"] += 1
        if review.counted and review.status in SENT:
            counts["proposed"] += 1
        if review.counted and review.status in {"accepted", "approved"}:
            counts["accepted"] += 1
        if review.counted and review.status == "approved":
            counts["approved"] += 1
        if review.counted and review.status == "returned":
            returned += 1
    return counts | {"returned_counted": returned}
