"""Pages of a round in preparation: bodies taking part, and what provinces are asked."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.models import DecidingAuthority, Procedure
from reviews.actions.campaigns import create_campaign, open_campaign
from reviews.models import Campaign, Participation, ReceptionRequest, Review
from tests.factories import (
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProvinceFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
BODIES, PROVINCES = "/campaigns/2021/bodies/", "/campaigns/2021/provinces/"
DAY = datetime.date(2021, 9, 30)


@pytest.fixture
def ministry():
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def province():
    return ProvinceFactory(code="H35", name="Tỉnh Lai Châu")


@pytest.fixture
def campaign(ministry, province):
    OrganisationFactory(code="G99", name="Bộ Không có gì")
    levels = ladder()
    for level in ("MINISTER", "COMMUNE_PC", "PROV_PC"):
        DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=ministry), level=levels[level])
    ProcedureFactory(publisher=ministry)
    return create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=DAY, opens_on=DAY, deadline=DAY)


@pytest.fixture
def client(login):
    return login(UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory()))


def read(client, address):
    return client.get(address).content.decode()


def test_every_body_of_the_day_is_listed_with_what_it_brings(client, campaign, ministry):
    text = read(client, BODIES)
    assert f'name="ministry" value="{ministry.pk}" aria-label="Bộ Tư pháp tham gia" checked' in text
    assert "Chưa có thủ tục nào để rà soát" in text
    assert '<td class="numeric" data-label="Thủ tục được hỏi">4</td>' in text
    assert '<td class="numeric" data-label="Chưa rõ thẩm quyền">1</td>' in text
    assert "Lưu lựa chọn này thì thay đổi gì" not in text


def test_a_choice_says_what_it_changes_before_it_is_saved(client, campaign, ministry, province):
    choice = {"ministry": [ministry.pk]}
    page = client.post(BODIES, choice | {"step": "preview"}).content.decode()
    assert "Bỏ 2: Bộ Không có gì, Tỉnh Lai Châu." in page
    assert Participation.objects.count() == 3
    # Saved without having been shown: shown first.
    page = client.post(BODIES, choice | {"step": "save", "seen": "1,2"}).content.decode()
    assert "Lưu lựa chọn này thì thay đổi gì" in page
    assert Participation.objects.count() == 3
    client.post(BODIES, choice | {"step": "save", "seen": str(ministry.pk)})
    assert [part.organisation for part in Participation.objects.all()] == [ministry]


def test_all_or_none_of_a_kind_are_ticked_at_once(client, campaign, ministry, province):
    page = client.post(BODIES, {"ministry": [ministry.pk], "tick": "province:all"}).content.decode()
    assert 'aria-label="Tỉnh Lai Châu tham gia" checked' in page
    page = client.post(BODIES, {"ministry": [ministry.pk], "province": [province.pk], "tick": "ministry:none"})
    assert 'aria-label="Bộ Tư pháp tham gia" checked' not in page.content.decode()
    assert Participation.objects.count() == 3


def test_nobody_chosen_is_refused_with_a_sentence(client, campaign):
    page = client.post(BODIES, {"step": "save", "seen": ""}, follow=True).content.decode()
    assert "Chưa chọn cơ quan nào" in page
    assert Participation.objects.count() == 3


def test_after_the_freeze_the_bodies_stand_and_the_page_says_what_is_still_unknown(client, campaign, ministry):
    open_campaign(by=None, campaign=campaign)
    Review.objects.filter(organisation=ministry, decider_unknown=True).update(decider_unknown=False)
    text = read(client, BODIES)
    assert '<td class="numeric" data-label="Chưa rõ khi chốt">1</td>' in text
    assert "organisation=G15&amp;eligible=1&amp;unknown=1" in text
    assert ">0</a>" in text
    said = client.post(BODIES, {"step": "save", "seen": ""}, follow=True).content.decode()
    assert "đã chốt danh mục" in said
    assert Participation.objects.count() == 3


def test_the_department_asks_provinces_further_and_sees_what_each_gets(client, campaign, ministry):
    assert "Chưa hỏi ý kiến tiếp nhận" in read(client, PROVINCES)
    assert client.post(PROVINCES, {"owner": "G15"}).status_code == 302
    text = read(client, PROVINCES)
    assert '<td class="numeric" data-label="Kiến nghị">1</td>' in text
    assert '<td class="numeric" data-label="Ý kiến tiếp nhận">2</td>' in text
    assert "Ý kiến tiếp nhận" in read(client, "/campaigns/2021/open/")
    client.post(PROVINCES, {"drop": ReceptionRequest.objects.get().pk})
    assert not ReceptionRequest.objects.exists()


def test_where_nothing_says_what_provinces_settle_the_page_says_so_and_what_to_do(client, campaign, ministry):
    assert "Chưa tỉnh nào được hỏi" not in read(client, PROVINCES)
    DecidingAuthority.objects.all().delete()
    text = read(client, PROVINCES)
    assert "Trong 4 thủ tục của các bộ, 4 thủ tục chưa ghi cả cấp quyết định lẫn cấp thực hiện" in text
    assert 'href="/procedures/deciders/"' in text
    Procedure.objects.all().delete()
    assert "Danh mục chưa có thủ tục nào của các bộ" in read(client, PROVINCES)


def test_pasted_codes_are_read_however_they_are_parted_and_strange_ones_are_named(client, campaign, ministry):
    codes = [procedure.code for procedure in ministry.procedures.order_by("code")]
    refused = client.post(PROVINCES, {"codes": f"{codes[0]}\n9.999999"})
    assert refused.status_code == 422
    assert "9.999999" in refused.content.decode()
    assert not ReceptionRequest.objects.exists()
    client.post(PROVINCES, {"codes": f"{codes[0]};{codes[1]}, {codes[0]}"})
    assert {one.procedure.code for one in ReceptionRequest.objects.all()} == set(codes[:2])


def test_after_the_freeze_what_provinces_are_asked_is_only_read(client, campaign, ministry):
    client.post(PROVINCES, {"owner": "G15"})
    open_campaign(by=None, campaign=campaign)
    text = read(client, PROVINCES)
    assert "Thêm yêu cầu" not in text
    assert '<td class="numeric" data-label="Ý kiến tiếp nhận">2</td>' in text
    assert "đã chốt danh mục" in client.post(PROVINCES, {"owner": "G15"}, follow=True).content.decode()
    assert ReceptionRequest.objects.count() == 1


def test_the_round_shows_its_states_what_comes_next_and_only_the_pages_one_may_open(client, login, campaign, ministry):
    text = read(client, "/campaigns/2021/")
    assert "Đã chọn 2 bộ, cơ quan ngang bộ và 1 tỉnh" in text
    assert "Khi mở sẽ chốt 4 thủ tục (loại trừ 1) và tạo 5 phiếu rà soát." in text
    for address in (BODIES, PROVINCES, "/procedures/deciders/"):
        assert f'<a href="{address}">' in text
    assert text.count('href="/campaigns/2021/open/"') == 1
    focal = login(UserFactory(role=Role.FOCAL_POINT, organisation=ministry))
    text = read(focal, "/campaigns/2021/")
    assert BODIES not in text
    assert "/procedures/deciders/" in text
    open_campaign(by=None, campaign=campaign)
    text = read(client, "/campaigns/2021/")
    assert "Nếu đóng bây giờ, 4 phiếu chưa gửi" in text
    for name in ("adjustments", "extensions", "what-if", "drift", "scope"):
        assert f'href="/campaigns/2021/{name}/"' in text
    assert 'href="/campaigns/2021/open/"' not in text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_overseers_read_and_change_nothing(login, campaign, ministry, role):
    reader = login(UserFactory(role=role, organisation=DepartmentFactory()))
    for address in (BODIES, PROVINCES):
        assert reader.get(address).status_code == 200
        assert reader.post(address, {"owner": "G15", "step": "save", "seen": ""}).status_code == 403
    assert (Participation.objects.count(), ReceptionRequest.objects.count()) == (3, 0)
    assert Campaign.objects.get().state == "preparing"


@pytest.mark.parametrize("address", [BODIES, PROVINCES, "/campaigns/2021/"])
def test_twenty_procedures_and_bodies_cost_the_queries_of_one(client, campaign, ministry, address):
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(20):
        body = OrganisationFactory()
        Participation.objects.create(campaign=campaign, organisation=body)
        DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=body), level_id="MINISTER")
    with CaptureQueriesContext(connection) as twenty:
        client.get(address)
    assert len(one) == len(twenty)
