"""A round of several bodies with forms in every state, by bulk statements: what the department meets near the end."""

import datetime
from dataclasses import dataclass
from itertools import cycle

from django.db.models import Q
from django.utils import timezone

from procedures.models import Procedure, Sector
from reviews.models import (
    Campaign,
    CurrentAuthority,
    LegalAmendment,
    Review,
    ReviewKind,
    ScopeItem,
    Submission,
    SubmissionItem,
    Transfer,
)
from tests.factories import OrganisationFactory, ParticipationFactory, ProvinceFactory, ladder
from tthc_portal.accounts.models import Organisation, OrganisationKind

DECIDER = {"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": "khoản 2 Điều 15"}
SENT = ("submitted", "returned", "accepted", "approved")


@dataclass(frozen=True)
class Lot:
    """``number`` forms alike: where they stand, what they conclude, and what that counts as."""

    number: int
    status: str
    conclusion: str = ""
    counted: bool = False
    within: bool = False
    unknown: bool = False
    excluded: bool = False
    # Dossiers a year of each.
    dossiers: int | None = None


# One ministry with most of what waits, others at other points of their way, one with nothing to count, two provinces.
LOTS = {
    "G15": (
        Lot(66, "submitted", "decentralize", counted=True, dossiers=12),
        Lot(9, "submitted", "decentralize", counted=True, within=True, dossiers=7),
        # Not counted: the ladder cannot class the move, the department has not ruled on it.
        Lot(2, "submitted", "decentralize"),
        Lot(14, "submitted", "keep"),
        Lot(5, "submitted", "delegate"),
        Lot(3, "submitted", "abolish"),
        Lot(4, "submitted", "simplify"),
        Lot(5, "accepted", "decentralize", counted=True, dossiers=100),
        Lot(2, "approved", "decentralize", counted=True),
        Lot(4, "returned", "decentralize", counted=True, dossiers=3),
        Lot(2, "ready", "decentralize", counted=True),
        Lot(1, "checked", "keep"),
        Lot(3, "draft", "decentralize", counted=True),
        Lot(21, "not_started"),
        Lot(4, "not_started", unknown=True),
        Lot(12, "not_started", excluded=True),
    ),
    "G16": (
        Lot(11, "submitted", "decentralize", counted=True, dossiers=4),
        Lot(3, "submitted", "keep"),
        Lot(64, "not_started"),
        Lot(2, "draft", unknown=True),
        Lot(1, "approved", "decentralize", counted=True, within=True, dossiers=50),
        Lot(7, "not_started", excluded=True),
    ),
    # Everything decided by the commune: a base of nothing.
    "G17": (Lot(6, "not_started", excluded=True),),
    "G18": (Lot(30, "not_started"), Lot(1, "accepted", "out_of_scope")),
    "H30": (
        Lot(6, "submitted", "decentralize", counted=True),
        Lot(1, "accepted", "keep"),
        Lot(8, "not_started"),
    ),
    "H31": (Lot(5, "not_started"), Lot(2, "not_started", excluded=True)),
}


def waiting() -> int:
    """How many forms wait for the department before its day begins."""
    return sum(lot.number for lots in LOTS.values() for lot in lots if lot.status == "submitted")


def make_round_of_many(campaign: Campaign, ministry: Organisation, finisher) -> dict[str, Organisation]:
    """Fill ``campaign`` by LOTS, ``ministry`` being G15; the bodies by their codes."""
    ladder()
    bodies = {"G15": ministry}
    for code in list(LOTS)[1:]:
        factory = OrganisationFactory if code.startswith("G") else ProvinceFactory
        then = Q(valid_to=None) | Q(valid_to__gt=campaign.bodies_on)
        found = Organisation.objects.filter(then, code=code, valid_from__lte=campaign.bodies_on).first()
        bodies[code] = found or factory(code=code)
    # Every eighth procedure has no sector.
    sectors = [*(Sector.objects.get_or_create(name=f"Lĩnh vực thử {place}")[0] for place in range(7)), None]
    for place, (code, lots) in enumerate(LOTS.items()):
        ParticipationFactory(campaign=campaign, organisation=bodies[code])
        _fill(campaign, bodies[code], lots, finisher, sectors, first=10_000 * (place + 1))
    return bodies


def _fill(campaign, body, lots, finisher, sectors, *, first: int) -> None:
    one_each = [lot for lot in lots for _ in range(lot.number)]
    # A province is asked about what a ministry manages; the procedures stand under a ministry that takes no part.
    province = body.kind == OrganisationKind.PROVINCE
    owner = OrganisationFactory(code=f"Z{first}") if province else body
    names = [f"Cấp giấy phép hoạt động loại {first + place}" for place in range(len(one_each))]
    procedures = Procedure.objects.bulk_create(
        Procedure(code=f"2.{first + place:06d}", name=name, publisher=owner) for place, name in enumerate(names)
    )
    items = ScopeItem.objects.bulk_create(
        ScopeItem(
            campaign=campaign, procedure=one, code=one.code, name=one.name, owner=owner, search_text=one.code,
            deciders=[] if lot.unknown else [DECIDER], fingerprint="0" * 64, rule_version="1", excluded=lot.excluded,
            rule="commune_only" if lot.excluded else "in_base", reason="Theo thẩm quyền quyết định.",
            sector=sector, sector_name=sector.name if sector else "",
        )
        for one, lot, sector in zip(procedures, one_each, cycle(sectors), strict=False)
    )  # fmt: skip
    reviews = Review.objects.bulk_create(
        Review(
            campaign=campaign, scope_item=item, organisation=body, status=lot.status, conclusion=lot.conclusion,
            kind=ReviewKind.PROPOSAL if province else ReviewKind.OWN, eligible=not lot.excluded, counted=lot.counted,
            stance={"": "", "keep": "agree"}.get(lot.conclusion, "propose") if province else "",
            within=lot.within, decider_unknown=lot.unknown, version=0 if lot.status == "not_started" else 1,
            finished_by=finisher if lot.status not in ("not_started", "draft") else None,
            annual_dossiers=lot.dossiers, reason="Đã đủ điều kiện." if lot.conclusion else "",
            approval_document="Quyết định số 1/QĐ-TTg" if lot.status == "approved" else "",
        )
        for item, lot in zip(items, one_each, strict=True)
    )  # fmt: skip
    _proposals(list(zip(reviews, one_each, strict=True)))
    sent = [one for one in reviews if one.status in SENT]
    if sent:
        pack = Submission.objects.create(
            campaign=campaign, organisation=body, door="signed", signer_name="Nguyễn Văn Ký", sent_by=finisher,
            letter_number=f"{first // 10_000}/CV-{body.code}", letter_date=datetime.date(2021, 11, 5),
            digest="0" * 64, sent_at=timezone.now() - datetime.timedelta(days=2),
        )  # fmt: skip
        SubmissionItem.objects.bulk_create(
            SubmissionItem(submission=pack, review=one, version=one.version, event_hash="0" * 64) for one in sent
        )


def _proposals(made: list[tuple[Review, Lot]]) -> None:
    """Who decides now, where it would go, and what must be amended for that."""
    down = [(review, lot) for review, lot in made if lot.conclusion == "decentralize"]
    CurrentAuthority.objects.bulk_create(
        CurrentAuthority(review=review, level_id="MINISTER", body="Bộ trưởng") for review, _lot in down
    )
    Transfer.objects.bulk_create(
        Transfer(
            review=review, source_level_id="MINISTER", is_internal=lot.within,
            target_level_id="DEPARTMENT" if lot.within else "PROV_PC_CHAIR" if lot.counted else "PROV_VERTICAL",
            transfer_class="downward" if lot.counted else "manual",
        )
        for review, lot in down
    )  # fmt: skip
    LegalAmendment.objects.bulk_create(
        LegalAmendment(review=review, document_type="decree", number="15/2021/NĐ-CP", article="12", clause="2")
        for review, _lot in down
    )
