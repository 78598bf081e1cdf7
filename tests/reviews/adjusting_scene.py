"""A small round, opened by the real action, whose scope tests adjust: two ministries, two provinces, the department."""

import datetime
from dataclasses import dataclass, field

from procedures.models import Procedure
from reviews.actions import adjusting
from reviews.actions.adjustment_effects import Line
from reviews.actions.appraisal import accept, approve
from reviews.actions.campaigns import open_campaign
from reviews.actions.filling import check, finish, save_review
from reviews.actions.sending import send_signed
from reviews.models import CurrentAuthority, Review, Status, Transfer
from tests.factories import (
    CampaignFactory,
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    ProvinceFactory,
    UserFactory,
    ladder,
)
from tests.reviews.cast import CONTENT
from tthc_portal.accounts.models import Role

PAPER = {
    "reason": "Công bố mới sau ngày chốt danh mục.",
    "document_number": "12/TTr-KSTT",
    "document_date": datetime.date(2021, 10, 5),
}


@dataclass
class Scene:
    """The round and its people; procedures by code in ``procedures``."""

    campaign: object = None
    ministry: object = None
    rival: object = None
    provinces: list = field(default_factory=list)
    people: dict = field(default_factory=dict)
    procedures: dict = field(default_factory=dict)

    def procedure(self, code, publisher=None, level="MINISTER", **facts) -> Procedure:
        """A procedure of the first ministry decided at ``level`` (none: nobody knows)."""
        made = ProcedureFactory(code=code, publisher=publisher or self.ministry, **facts)
        if level:
            DecidingAuthorityFactory(procedure=made, level_id=level)
        self.procedures[code] = made
        return made

    def review(self, code, body=None) -> Review:
        """The review of a procedure by a body (the first ministry unless given)."""
        return Review.objects.get(campaign=self.campaign, scope_item__code=code, organisation=body or self.ministry)

    def lines(self, *codes) -> list[Line]:
        """Lines of an adjustment; a code may be a pair (old, new)."""
        pairs = [code if isinstance(code, tuple) else (code, None) for code in codes]
        return [Line(self.procedures[old], self.procedures.get(new)) for old, new in pairs]

    def propose(self, kind, *codes, **facts):
        """A proposal of the appraiser."""
        return adjusting.propose(
            by=self.people["appraiser"],
            campaign=self.campaign,
            kind=kind,
            lines=self.lines(*codes),
            **PAPER | facts,
        )

    def adjust(self, kind, *codes, **facts):
        """A proposal, approved by the head of the department."""
        return adjusting.approve(by=self.people["department_head"], adjustment=self.propose(kind, *codes, **facts))

    def work(self, code, status, body=None) -> Review:
        """Take the review of a procedure to ``status`` by the real actions."""
        review = self.review(code, body)
        official, focal, leader = (self.people[role] for role in ("official", "focal_point", "leader"))
        if body is not None and body.pk == self.rival.pk:
            official, focal, leader = (self.people[f"rival_{role}"] for role in ("official", "focal_point", "leader"))
        save_review(by=official, review_id=review.pk, base_version=0, data=CONTENT)
        if status == Status.DRAFT:
            return self.review(code, body)
        finish(by=official, reviews=[review])
        check(by=focal, reviews=[review])
        today = datetime.date.today()
        send_signed(by=leader, reviews=[review], letter_number="1/BXD", letter_date=today, signer_name="Nguyễn Văn A")
        if status in (Status.ACCEPTED, Status.APPROVED):
            accept(by=self.people["appraiser"], reviews=[review])
        if status == Status.APPROVED:
            approve(by=self.people["department_head"], reviews=[review], document="QĐ 1015/QĐ-TTg ngày 30/8/2022")
        return self.review(code, body)


def make_scene(*codes) -> Scene:
    """An open round with ``codes`` of the first ministry, decided by the minister."""
    ladder()
    scene = Scene(ministry=OrganisationFactory(code="G17", name="Bộ Xây dựng"))
    scene.rival = OrganisationFactory(code="G09", name="Bộ Y tế")
    scene.provinces = [ProvinceFactory(code=code, name=f"Tỉnh {code}") for code in ("H01", "H35")]
    department = DepartmentFactory()
    for role in ("official", "focal_point", "leader"):
        scene.people[role] = UserFactory(username=role, organisation=scene.ministry, role=Role(role))
        scene.people[f"rival_{role}"] = UserFactory(username=f"rival-{role}", organisation=scene.rival, role=Role(role))
    for role in ("appraiser", "department_head", "administrator", "auditor"):
        scene.people[role] = UserFactory(username=role, organisation=department, role=Role(role))
    scene.people["second"] = UserFactory(username="second", organisation=department, role=Role.APPRAISER)
    for code in codes:
        scene.procedure(code)
    scene.campaign = CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    for body in (scene.ministry, scene.rival, *scene.provinces):
        ParticipationFactory(campaign=scene.campaign, organisation=body)
    return scene


def opened(scene: Scene) -> Scene:
    """The same scene with its catalogue frozen and its round open."""
    open_campaign(by=None, campaign=scene.campaign)
    scene.campaign.refresh_from_db()
    return scene


def count_as_sent(scene: Scene, codes, status="submitted") -> None:
    """Stand reviews of the first ministry in ``status``, counted, without the road there (for sizes only)."""
    reviews = Review.objects.filter(
        campaign=scene.campaign, organisation=scene.ministry, scope_item__code__in=list(codes)
    )
    keys = list(reviews.values_list("pk", flat=True))
    CurrentAuthority.objects.bulk_create(CurrentAuthority(review_id=pk, level_id="MINISTER") for pk in keys)
    Transfer.objects.bulk_create(
        Transfer(review_id=pk, source_level_id="MINISTER", target_level_id="PROV_PC", transfer_class="downward")
        for pk in keys
    )
    reviews.update(
        status=status,
        version=1,
        conclusion="decentralize",
        counted=True,
        finished_by=scene.people["official"],
        decider_unknown=False,
    )
