"""Preparing, opening and closing rounds."""

import datetime

import pytest
from django.core.exceptions import ValidationError

from procedures.models import ImportBatch
from reviews.actions.campaigns import (
    close_campaign,
    create_campaign,
    open_campaign,
    preview_opening,
    update_campaign,
)
from reviews.models import Campaign, CampaignState, Participation, Review, ReviewEvent, ReviewKind, ScopeItem
from tests.factories import (
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProcedureSectorFactory,
    ProvinceFactory,
    SectorFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import Role, Succession

pytestmark = pytest.mark.django_db

DAYS = {
    "bodies_on": datetime.date(2021, 9, 30),
    "opens_on": datetime.date(2021, 10, 1),
    "deadline": datetime.date(2021, 12, 31),
}


def appraiser():
    return UserFactory(organisation=DepartmentFactory(), role=Role.APPRAISER)


def prepared(**changes) -> Campaign:
    return create_campaign(by=None, **({"code": "2021", "title": "Đợt 2021"} | DAYS | changes))


def decided(levels=(), **facts):
    procedure = ProcedureFactory(**facts)
    for level in levels:
        DecidingAuthorityFactory(procedure=procedure, level=ladder()[level])
    return procedure


def test_a_new_round_asks_every_ministry_and_province_of_its_day_and_no_other_body():
    ministry, province = OrganisationFactory(), ProvinceFactory()
    OrganisationFactory(kind="other")
    OrganisationFactory(valid_from=datetime.date(2025, 3, 1))
    OrganisationFactory(valid_to=datetime.date(2020, 1, 1))
    DepartmentFactory()
    campaign = create_campaign(by=appraiser(), code="2021", title="Đợt 2021", ministry_target_bp=2500, **DAYS)
    assert {p.organisation for p in campaign.participations.all()} == {ministry, province}
    assert (campaign.state, campaign.rule.version, campaign.rule.ministry_target_bp) == ("preparing", 1, 2500)
    assert campaign.rule.excluded_levels == ["COMMUNE_PC", "COMMUNE_PC_CHAIR"]


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_the_department_prepares_opens_and_closes_rounds(role):
    stranger = UserFactory(role=role)
    campaign = prepared()
    for attempt in (
        lambda: create_campaign(by=stranger, code="khac", title="Khác", **DAYS),
        lambda: update_campaign(by=stranger, campaign=campaign, title="Khác"),
        lambda: open_campaign(by=stranger, campaign=campaign),
        lambda: close_campaign(by=stranger, campaign=campaign),
    ):
        with pytest.raises(ValidationError, match="cơ quan chủ trì"):
            attempt()
    assert Campaign.objects.get().state == "preparing"


def test_dates_out_of_order_are_refused_with_a_sentence():
    with pytest.raises(ValidationError, match="Hạn gửi phải từ ngày mở trở đi"):
        prepared(deadline=datetime.date(2021, 9, 1))


def test_a_changed_rule_becomes_the_next_version_and_a_changed_day_asks_other_bodies():
    old = OrganisationFactory(valid_to=datetime.date(2025, 2, 28))
    new = OrganisationFactory(valid_from=datetime.date(2025, 3, 1))
    campaign = prepared()
    update_campaign(by=None, campaign=campaign, ministry_target_bp=3000, bodies_on=datetime.date(2025, 7, 1))
    campaign = Campaign.objects.get()
    assert [(r.version, r.ministry_target_bp) for r in campaign.rules.all()] == [(1, 2000), (2, 3000)]
    assert [p.organisation for p in campaign.participations.all()] == [new]
    assert old not in {p.organisation for p in Participation.objects.all()}


def test_saving_a_round_unchanged_writes_nothing():
    campaign = prepared()
    before = ReviewEvent.objects.count()
    update_campaign(by=None, campaign=campaign, title="Đợt 2021")
    assert ReviewEvent.objects.count() == before


def test_opening_freezes_each_procedure_with_verdict_reason_and_source():
    ministry = OrganisationFactory()
    campaign = prepared()
    batch = ImportBatch.objects.create(file_name="danh-muc.xlsx", sha256="0" * 64)
    commune = decided(["COMMUNE_PC"], code="1.000001", publisher=ministry, provenance={"name": [batch.pk, 7]})
    both = decided(["COMMUNE_PC", "PROV_PC"], code="1.000002", publisher=ministry)
    unknown = decided(code="1.000003", publisher=ministry)
    decided(["COMMUNE_PC"], code="1.000004", publisher=ministry, status="abolished")
    sector = SectorFactory(name="Đất đai")
    ProcedureSectorFactory(procedure=both, sector=sector)
    opened = open_campaign(by=appraiser(), campaign=campaign)
    items = {item.procedure: item for item in ScopeItem.objects.all()}
    assert set(items) == {commune, both, unknown}
    assert [(items[p].excluded, items[p].rule) for p in (commune, both, unknown)] == [
        (True, "commune_only"),
        (False, "in_base"),
        (False, "unknown_decider"),
    ]
    assert "Ủy ban nhân dân cấp xã" in items[commune].reason
    assert items[commune].source == "tệp danh-muc.xlsx, dòng 7"
    assert (items[commune].batch, items[commune].batch_row) == (batch, 7)
    assert (items[both].sector, items[both].sector_name) == (sector, "Đất đai")
    assert [d["level"] for d in items[both].deciders] == ["COMMUNE_PC", "PROV_PC"]
    reviews = {review.scope_item.procedure: review for review in Review.objects.all()}
    assert [(reviews[p].eligible, reviews[p].decider_unknown) for p in (commune, both, unknown)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    part = Participation.objects.get()
    counts = (part.frozen_total, part.frozen_excluded, part.frozen_eligible, part.frozen_unknown)
    assert counts == (3, 1, 2, 1)
    assert (opened.changed, opened.items, opened.reviews) == (True, 3, 3)
    assert opened.campaign.state == CampaignState.OPEN


def test_opening_twice_writes_once_and_says_so():
    campaign = prepared()
    part = OrganisationFactory()
    update_campaign(by=None, campaign=campaign, bodies_on=datetime.date(2021, 9, 29))
    decided(["MINISTER"], publisher=part)
    events = ReviewEvent.objects.count()
    first = open_campaign(by=None, campaign=campaign)
    second = open_campaign(by=None, campaign=campaign)
    assert (first.changed, second.changed) == (True, False)
    assert (second.items, second.reviews) == (1, 1)
    assert ReviewEvent.objects.count() == events + 1


def test_a_round_without_procedures_is_not_opened():
    OrganisationFactory()
    with pytest.raises(ValidationError, match="nhập danh mục"):
        open_campaign(by=None, campaign=prepared())
    assert Campaign.objects.get().state == "preparing"


def test_provinces_are_asked_about_what_is_settled_there_but_not_ngành_dọc_and_keep_their_own_apart():
    ministry, province = OrganisationFactory(), ProvinceFactory()
    campaign = prepared()
    asked = [
        decided(["PROV_PC"], publisher=ministry),
        decided(["DISTRICT_PC"], publisher=ministry),
        decided(publisher=ministry, execution_levels=["ministry", "province"]),
    ]
    decided(["MINISTER"], publisher=ministry, execution_levels=["ministry"])
    decided(["PROV_VERTICAL"], publisher=ministry)
    decided(["PROV_VERTICAL"], publisher=ministry, execution_levels=["province"], is_vertical=True)
    own = decided(["PROV_PC"], publisher=province, is_local_specific=True)
    open_campaign(by=None, campaign=campaign)
    of_province = Review.objects.filter(organisation=province)
    assert {r.scope_item.procedure for r in of_province.filter(kind=ReviewKind.PROPOSAL)} == set(asked)
    assert [r.scope_item.procedure for r in of_province.filter(kind=ReviewKind.LOCAL)] == [own]
    assert Review.objects.filter(organisation=ministry, kind=ReviewKind.OWN).count() == 6
    assert Participation.objects.get(organisation=province).frozen_total == 3


def test_a_selection_may_replace_what_a_province_is_asked():
    ministry, province = OrganisationFactory(), ProvinceFactory()
    campaign = prepared()
    for _ in range(3):
        decided(["MINISTER"], publisher=ministry)
    open_campaign(by=None, campaign=campaign, province_selection=lambda campaign, items, body: items[:2])
    assert Review.objects.filter(organisation=province).count() == 2


def test_a_publisher_that_ended_is_answered_for_by_its_successor_and_strangers_stay_out():
    old = OrganisationFactory(valid_to=datetime.date(2020, 12, 31))
    heir = OrganisationFactory(valid_from=datetime.date(2021, 1, 1))
    Succession.objects.create(predecessor=old, successor=heir, on=datetime.date(2021, 1, 1))
    campaign = prepared()
    decided(["MINISTER"], publisher=old)
    decided(["MINISTER"], publisher=OrganisationFactory(kind="other"))
    plan = preview_opening(campaign)
    assert [item.owner for item in plan.items] == [heir]
    assert plan.left_out == 1


def test_the_preview_counts_exactly_what_opening_writes_and_writes_nothing():
    ministry, province = OrganisationFactory(), ProvinceFactory()
    campaign = prepared()
    decided(["COMMUNE_PC"], publisher=ministry, execution_levels=["district"])
    decided(["PROV_PC"], publisher=ministry)
    decided(publisher=ministry)
    plan = preview_opening(campaign)
    assert not ScopeItem.objects.exists()
    assert dict(plan.rules) == {"commune_only": 1, "in_base": 1, "unknown_decider": 1}
    open_campaign(by=None, campaign=campaign)
    for body in (ministry, province):
        frozen = Participation.objects.get(organisation=body)
        assert frozen.frozen_total == plan.counts[body.pk].total == Review.objects.filter(organisation=body).count()
    assert plan.reviews_total == Review.objects.count()


def test_planning_takes_the_same_number_of_queries_for_one_procedure_and_for_twenty(django_assert_num_queries):
    ministry = OrganisationFactory()
    campaign = prepared()
    levels = ladder()

    def add(count):
        for _ in range(count):
            DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=ministry), level=levels["MINISTER"])

    add(1)
    with django_assert_num_queries(11):
        preview_opening(Campaign.objects.get())
    add(19)
    with django_assert_num_queries(11):
        preview_opening(Campaign.objects.get(pk=campaign.pk))


def test_an_open_round_keeps_its_rule_and_only_lengthens_its_deadline():
    campaign = prepared()
    update_campaign(by=None, campaign=campaign, code="2021")
    decided(
        ["MINISTER"],
        publisher=Participation.objects.create(campaign=campaign, organisation=OrganisationFactory()).organisation,
    )
    open_campaign(by=None, campaign=campaign)
    with pytest.raises(ValidationError, match="đã chốt danh mục"):
        update_campaign(by=None, campaign=campaign, ministry_target_bp=1000)
    with pytest.raises(ValidationError, match="không rút ngắn"):
        update_campaign(by=None, campaign=campaign, deadline=datetime.date(2021, 11, 1))
    later = update_campaign(by=None, campaign=campaign, deadline=datetime.date(2022, 1, 31))
    assert later.deadline == datetime.date(2022, 1, 31)


def test_a_round_closes_once_and_only_after_it_was_open():
    campaign = prepared()
    with pytest.raises(ValidationError, match="chưa mở"):
        close_campaign(by=None, campaign=campaign)
    decided(
        ["MINISTER"],
        publisher=Participation.objects.create(campaign=campaign, organisation=OrganisationFactory()).organisation,
    )
    open_campaign(by=None, campaign=campaign)
    closed = close_campaign(by=None, campaign=campaign)
    events = ReviewEvent.objects.count()
    assert (closed.state, close_campaign(by=None, campaign=campaign).state) == ("closed", "closed")
    assert ReviewEvent.objects.count() == events
    with pytest.raises(ValidationError, match="đã đóng"):
        update_campaign(by=None, campaign=campaign, title="Tên khác")
