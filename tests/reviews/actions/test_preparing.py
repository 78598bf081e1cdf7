"""Who takes part in a round and what its provinces are asked, settled before the catalogue is frozen."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from reviews.actions.campaigns import create_campaign, open_campaign, preview_opening, update_campaign
from reviews.actions.preparing import choose_bodies, drop_reception, request_reception
from reviews.models import Participation, ReceptionRequest, Review, ReviewEvent, ReviewKind
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
from tthc_portal.accounts.models import Organisation, Role

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 9, 30)


@pytest.fixture
def head():
    return UserFactory(organisation=DepartmentFactory(), role=Role.DEPARTMENT_HEAD)


def prepared(day=DAY):
    return create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=day, opens_on=day, deadline=day)


def decided(*levels, sector=None, **facts):
    procedure = ProcedureFactory(**facts)
    for level in levels:
        DecidingAuthorityFactory(procedure=procedure, level=ladder()[level])
    if sector:
        ProcedureSectorFactory(procedure=procedure, sector=sector)
    return procedure


@pytest.mark.parametrize(
    ("day", "ministries", "provinces"), [(DAY, 21, 63), (datetime.date(2025, 8, 1), 17, 34)], ids=["2021", "2025"]
)
def test_a_round_asks_the_bodies_of_its_day_and_a_changed_day_asks_all_of_that_day_again(day, ministries, provinces):
    call_command("load_reference", verbosity=0)
    campaign = prepared()
    choose_bodies(by=None, campaign=campaign, bodies=Organisation.objects.on(DAY).coded("G15", DAY))
    assert Participation.objects.count() == 1
    update_campaign(by=None, campaign=campaign, bodies_on=DAY - datetime.timedelta(days=1))
    update_campaign(by=None, campaign=campaign, bodies_on=day)
    kinds = list(Participation.objects.values_list("organisation__kind", flat=True))
    assert (kinds.count("ministry"), kinds.count("province")) == (ministries, provinces)


def test_bodies_are_chosen_by_hand_and_the_round_remembers_by_whom(head):
    kept, dropped, province = OrganisationFactory(), OrganisationFactory(), ProvinceFactory()
    campaign = prepared()
    assert choose_bodies(by=head, campaign=campaign, bodies=[kept, province])
    assert {part.organisation for part in Participation.objects.all()} == {kept, province}
    event = ReviewEvent.objects.get(action="choose_bodies")
    assert event.by == head
    assert event.changes["bodies"] == [
        sorted([kept.code, dropped.code, province.code]),
        sorted([kept.code, province.code]),
    ]
    assert not choose_bodies(by=head, campaign=campaign, bodies=[province, kept])
    assert ReviewEvent.objects.filter(action="choose_bodies").count() == 1


def test_bodies_of_another_day_of_another_kind_or_none_at_all_are_refused(head):
    OrganisationFactory()
    campaign = prepared()
    late = OrganisationFactory(valid_from=datetime.date(2025, 3, 1))
    for bodies, sentence in (
        ([], "Chưa chọn cơ quan nào"),
        ([late], "không phải bộ hoặc tỉnh đang hoạt động"),
        ([OrganisationFactory(kind="other")], "không phải bộ hoặc tỉnh"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            choose_bodies(by=head, campaign=campaign, bodies=bodies)
    assert Participation.objects.count() == 1


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_the_department_settles_them_and_only_before_the_freeze(role, head):
    ministry = OrganisationFactory()
    procedure = decided("MINISTER", publisher=ministry)
    campaign, stranger = prepared(), UserFactory(role=role)
    request_reception(by=head, campaign=campaign, owner=ministry)
    request = ReceptionRequest.objects.get()
    attempts = [
        lambda by: choose_bodies(by=by, campaign=campaign, bodies=[ministry]),
        lambda by: request_reception(by=by, campaign=campaign, procedures=[procedure]),
        lambda by: drop_reception(by=by, campaign=campaign, requests=[request.pk]),
    ]
    for attempt in attempts:
        with pytest.raises(ValidationError, match="cơ quan chủ trì"):
            attempt(stranger)
    open_campaign(by=head, campaign=campaign)
    for attempt in attempts:
        with pytest.raises(ValidationError, match="đã chốt danh mục"):
            attempt(head)
    assert ReceptionRequest.objects.get() == request


def test_provinces_give_opinions_on_what_is_requested_and_not_asked_already(head):
    ministry, other, province = OrganisationFactory(), OrganisationFactory(), ProvinceFactory()
    land = SectorFactory(name="Đất đai")
    campaign = prepared()
    usual = decided("PROV_PC", sector=land, publisher=ministry)
    wanted = decided("MINISTER", sector=land, publisher=ministry)
    decided("COMMUNE_PC", sector=land, publisher=ministry)
    decided("PROV_VERTICAL", sector=land, publisher=ministry, is_vertical=True)
    decided("MINISTER", publisher=ministry)
    named = decided("MINISTER", publisher=other, is_vertical=True)
    assert request_reception(by=head, campaign=campaign, owner=ministry, sector=land) == 1
    assert request_reception(by=head, campaign=campaign, procedures=[named]) == 1
    assert request_reception(by=head, campaign=campaign, procedures=[named]) == 0
    plan = preview_opening(campaign)
    counts = plan.counts[province.pk]
    assert (counts.proposal, counts.reception, counts.total, counts.local) == (1, 2, 3, 0)
    open_campaign(by=head, campaign=campaign)
    asked = Review.objects.filter(organisation=province)
    assert {r.scope_item.procedure for r in asked.filter(kind=ReviewKind.RECEPTION)} == {wanted, named}
    assert {r.scope_item.procedure for r in asked.filter(kind=ReviewKind.PROPOSAL)} == {usual}
    assert Participation.objects.get(organisation=province).frozen_total == 3
    frozen = ReviewEvent.objects.get(action="open_campaign").content["bodies"][province.code]
    assert (frozen["proposal"], frozen["reception"]) == (1, 2)


def test_a_withdrawn_request_asks_nothing(head):
    ministry, province = OrganisationFactory(), ProvinceFactory()
    decided("MINISTER", publisher=ministry)
    campaign = prepared()
    request_reception(by=head, campaign=campaign, owner=ministry)
    request = ReceptionRequest.objects.get()
    assert drop_reception(by=head, campaign=campaign, requests=[request.pk]) == 1
    assert drop_reception(by=head, campaign=campaign, requests=[request.pk]) == 0
    assert preview_opening(campaign).counts[province.pk].total == 0


def test_a_request_says_what_it_is_about(head):
    ministry = OrganisationFactory()
    campaign = prepared()
    for facts, sentence in (
        ({}, "Chưa chọn gì"),
        ({"owner": ministry, "procedures": [ProcedureFactory()]}, "Mỗi lần chỉ thêm"),
        ({"owner": ProvinceFactory()}, "của bộ, cơ quan ngang bộ"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            request_reception(by=head, campaign=campaign, **facts)
