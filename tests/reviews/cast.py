"""The people and reviews that tests of the workflow share: one ministry, another, the department, one of each role."""

import datetime
from dataclasses import dataclass, field

from django.utils import timezone

from reviews.models import CriterionAnswer, CurrentAuthority, LegalAmendment, Review, Transfer
from reviews.rules.criteria import REQUIRED_TO_DECENTRALIZE
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    ReviewFactory,
    ScopeItemFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import BODY_ROLES, Role, User

REASON = (
    "Sở Xây dựng đã tiếp nhận và thẩm định hồ sơ; giao Ủy ban nhân dân cấp tỉnh quyết định để giảm khâu trung gian."
)
FINISHED = ("ready", "checked", "submitted", "accepted", "approved")

CONTENT = {
    "deciders": [{"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": "khoản 2 Điều 15"}],
    "conclusion": "decentralize",
    "transfers": [
        {
            "source_level": "MINISTER",
            "target_level": "PROV_PC",
            "target_body": "",
            "mode": "decentralize",
            "is_partial": False,
            "condition": "",
        }
    ],
    "reason": REASON,
    "annual_dossiers_unknown": True,
    "criteria": [
        {"criterion": code, "answer": "no" if code in ("C8", "C9") else "yes", "reason": ""}
        for code in REQUIRED_TO_DECENTRALIZE
    ],
    "amendments": [
        {
            "document_type": "decree",
            "number": "15/2021/NĐ-CP",
            "issued_on": "2021-03-03",
            "title": "",
            "article": "15",
            "clause": "2",
            "point": "",
            "action": "amend",
            "new_wording": "",
            "drafting_lead": "Bộ Xây dựng",
            "issuing_authority": "",
            "due_on": None,
            "progress": "",
        }
    ],
}


@dataclass
class Cast:
    """Two ministries taking part in an open round, and people by role: ``own`` of the first, ``other`` elsewhere."""

    campaign: object
    body: object
    rival: object
    department: object
    own: dict[str, User] = field(default_factory=dict)
    other: dict[str, User] = field(default_factory=dict)

    def review(self, status: str = "not_started", **facts) -> Review:
        """A review of the first ministry standing in ``status``, filled so that it could go on from there."""
        item = facts.pop("scope_item", None) or ScopeItemFactory(
            campaign=self.campaign, procedure=ProcedureFactory(publisher=self.body)
        )
        if status == "not_started":
            return ReviewFactory(scope_item=item, organisation=self.body, decider_unknown=True, **facts)
        if status in FINISHED:
            facts.setdefault("finished_by", self.own["official"])
        facts = {"version": 1, "conclusion": "decentralize", "reason": REASON, "counted": True} | facts
        facts.setdefault("annual_dossiers_unknown", True)
        review = ReviewFactory(
            scope_item=item, organisation=self.body, status=status, edited_at=timezone.now(), **facts
        )
        fill(review)
        return review


def fill(review: Review) -> None:
    """Rows of a complete form: Bộ trưởng now, handed down to the provincial People's Committee by a decree."""
    CurrentAuthority.objects.create(
        review=review, level_id="MINISTER", body="Bộ trưởng", legal_ground="khoản 2 Điều 15"
    )
    Transfer.objects.create(
        review=review, source_level_id="MINISTER", target_level_id="PROV_PC", transfer_class="downward"
    )
    CriterionAnswer.objects.bulk_create(
        CriterionAnswer(review=review, criterion=row["criterion"], answer=row["answer"]) for row in CONTENT["criteria"]
    )
    LegalAmendment.objects.create(
        review=review,
        document_type="decree",
        number="15/2021/NĐ-CP",
        issued_on=datetime.date(2021, 3, 3),
        article="15",
        clause="2",
        drafting_lead="Bộ Xây dựng",
    )


def make_cast(**campaign) -> Cast:
    """Everybody, stored."""
    ladder()
    body = OrganisationFactory(code="G17", name="Bộ Xây dựng")
    rival = OrganisationFactory(code="G09", name="Bộ Y tế")
    department = DepartmentFactory()
    cast = Cast(CampaignFactory(**campaign), body, rival, department)
    ParticipationFactory(campaign=cast.campaign, organisation=body)
    ParticipationFactory(campaign=cast.campaign, organisation=rival)
    for role in Role.values:
        cast.own[role] = UserFactory(username=f"own-{role}", organisation=body, role=role)
        elsewhere = rival if role in BODY_ROLES else department
        cast.other[role] = UserFactory(username=f"other-{role}", organisation=elsewhere, role=role)
    return cast


def form_data(content=None, *, version: int = 0, **fields) -> dict:
    """The main form as a browser posts it: ``content`` (CONTENT unless given) with its tables, and further fields."""
    content = CONTENT if content is None else content
    data = {"version": str(version)}
    for name, value in content.items():
        if isinstance(value, list):
            data |= {f"{name}-TOTAL_FORMS": str(len(value) + 1), f"{name}-INITIAL_FORMS": "0"}
            for number, row in enumerate(value):
                for column, cell in row.items():
                    if cell is True:
                        data[f"{name}-{number}-{column}"] = "on"
                    elif cell not in (None, False):
                        data[f"{name}-{number}-{column}"] = str(cell)
        else:
            data[name] = str(value)
    return data | {name: str(value) for name, value in fields.items()}
