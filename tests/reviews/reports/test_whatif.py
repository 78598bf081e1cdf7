"""What a rule would do, against a round really opened with it; nothing is written."""

import datetime

import pytest
from django.apps import apps

from reviews.actions.campaigns import create_campaign, open_campaign
from reviews.actions.filling import check, finish, save_review
from reviews.actions.sending import send_signed
from reviews.models import ReceptionRequest, Review
from reviews.reports import whatif
from reviews.reports.dashboards import national_figures
from tests.factories import (
    DecidingAuthorityFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProvinceFactory,
    UserFactory,
    ladder,
)
from tests.reviews.cast import CONTENT
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 9, 30)
OTHER_RULE = {
    "excluded_levels": ["DISTRICT_PC", "MINISTER"],
    "headline_tier": "accepted",
    "ministry_target_bp": 3300,
    "province_target_bp": 1000,
}


@pytest.fixture
def catalogue():
    levels = ladder()
    for code in ("G02", "G01"):
        body = OrganisationFactory(code=code)
        for deciders in (["MINISTER"], ["COMMUNE_PC"], ["COMMUNE_PC", "DISTRICT_PC"], ["DISTRICT_PC"], [], ["PROV_PC"]):
            procedure = ProcedureFactory(publisher=body)
            for level in deciders:
                DecidingAuthorityFactory(procedure=procedure, level=levels[level])
    ProvinceFactory()
    ProvinceFactory()


def make(code, **rule):
    campaign = create_campaign(
        by=None, code=code, title=code, bodies_on=DAY, opens_on=DAY, deadline=datetime.date(2099, 1, 1), **rule
    )
    ReceptionRequest.objects.create(campaign=campaign, owner=OrganisationFactory._meta.model.objects.get(code="G01"))
    return campaign


def work(campaign):
    """The first ministry sends what it hands down."""
    review = Review.objects.get(
        campaign=campaign, organisation__code="G01", scope_item__deciders__0__level="PROV_PC", eligible=True
    )
    official, focal, leader = (
        UserFactory(organisation=review.organisation, role=role)
        for role in (Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER)
    )
    row = CONTENT["transfers"][0] | {"source_level": "PROV_PC", "target_level": "DISTRICT_PC"}
    deciders = [CONTENT["deciders"][0] | {"level": "PROV_PC"}]
    content = CONTENT | {"transfers": [row], "deciders": deciders}
    save_review(by=official, review_id=review.pk, base_version=0, data=content)
    finish(by=official, reviews=[review])
    check(by=focal, reviews=[review])
    send_signed(by=leader, reviews=[review], signer_name="Nguyễn Văn A")


def plain(figures):
    return [(one.as_dict(), one.tally) for one in figures]


def rows_of_everything():
    return {
        # PostgreSQL gives bytes as a memoryview, whose repr is its address.
        model._meta.label: sorted(
            repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
            for row in model._base_manager.values_list()
        )
        for label in ("accounts", "procedures", "reviews")
        for model in apps.get_app_config(label).get_models()
    }


def compared(campaign, rule):
    before = rows_of_everything()
    found = whatif.compare(campaign, whatif.rule_with(campaign.rule, rule))
    assert rows_of_everything() == before
    return found


@pytest.mark.parametrize("values", [OTHER_RULE, {"excluded_levels": []}, {"ministry_target_bp": 1}])
@pytest.mark.parametrize("opened", [False, True])
def test_after_is_what_a_round_opened_with_that_rule_shows(catalogue, values, opened):
    campaign, twin = make("a"), make("b", **values)
    if opened:
        open_campaign(by=None, campaign=campaign)
        work(campaign)
        campaign.refresh_from_db()
    open_campaign(by=None, campaign=twin)
    if opened:
        work(twin)
    twin.refresh_from_db()
    found = compared(campaign, values)
    rows, total = national_figures(twin)
    assert plain(one.after for one in found.bodies) == plain(sorted(rows, key=lambda row: row.code))
    assert plain([found.nation.after]) == plain([total])
    if opened:
        rows, total = national_figures(campaign)
        assert plain(one.before for one in found.bodies) == plain(sorted(rows, key=lambda row: row.code))
        assert plain([found.nation.before]) == plain([total])


def test_the_same_rule_changes_nothing(catalogue):
    campaign = make("a")
    open_campaign(by=None, campaign=campaign)
    found = compared(campaign, {})
    assert not any(one.changed for one in (*found.bodies, found.nation))


def test_what_an_adjustment_decided_stays_decided(catalogue):
    campaign = make("a")
    open_campaign(by=None, campaign=campaign)
    campaign.refresh_from_db()
    minister = Review.objects.filter(organisation__code="G01", scope_item__deciders__0__level="PROV_PC")
    minister.update(frozen_standing="eligible", eligible=False, decider_unknown=False)
    commune = Review.objects.filter(organisation__code="G01", kind="own", eligible=False, frozen_standing="").first()
    found = compared(campaign, {"excluded_levels": []})
    pair = next(one for one in found.bodies if one.before.code == "G01")
    assert commune is not None
    assert pair.after.tally.excluded == 1


def test_comparing_takes_the_same_queries_for_few_procedures_and_for_many(catalogue, django_assert_num_queries):
    for code in ("a", "b"):
        campaign = make(code)
        open_campaign(by=None, campaign=campaign)
        campaign.refresh_from_db()
        rule = whatif.rule_with(campaign.rule, {"excluded_levels": ["MINISTER"]})
        with django_assert_num_queries(13):
            whatif.compare(campaign, rule)
        for _ in range(30):
            procedure = ProcedureFactory(publisher=OrganisationFactory._meta.model.objects.get(code="G01"))
            DecidingAuthorityFactory(procedure=procedure, level_id="MINISTER")
