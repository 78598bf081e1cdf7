"""Who says who decides, one at a time and many at once."""

import datetime
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.deciders import confirm_deciders
from procedures.models import DecidingAuthority, Procedure
from tests.factories import (
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProcedureSectorFactory,
    SectorFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import BODY_ROLES, Role, Succession

pytestmark = pytest.mark.django_db
PAGE = reverse("procedures:deciders")
MINISTER = {"level": "MINISTER", "body": "Bộ trưởng  Bộ Tư pháp", "case": "", "legal_ground": "Điều 5"}


@pytest.fixture
def focal(justice):
    ladder()
    return UserFactory(organisation=justice, role=Role.FOCAL_POINT)


def payload(*rows, **data):
    fields = {"deciders-TOTAL_FORMS": len(rows), "deciders-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        fields |= {f"deciders-{index}-{name}": value for name, value in row.items()}
    return fields | data


def test_confirming_replaces_what_files_said_and_keeps_who_said_it(focal, justice):
    procedure = ProcedureFactory(publisher=justice)
    DecidingAuthorityFactory(procedure=procedure)
    rows = [MINISTER, {"level": "PROV_PC_CHAIR"}, MINISTER]
    assert confirm_deciders(by=focal, procedures=[procedure], rows=rows) == 1
    found = list(procedure.deciders.order_by("pk"))
    assert [(d.level_id, d.body, d.source, d.confirmed_by) for d in found] == [
        ("MINISTER", "Bộ trưởng Bộ Tư pháp", "confirmed", focal),
        ("PROV_PC_CHAIR", "", "confirmed", focal),
    ]


@pytest.mark.parametrize("rows", [[], [{"level": ""}], [{"level": "KHONG_CO"}], [MINISTER | {"body": "x" * 501}]])
def test_rows_that_say_nothing_are_refused(focal, justice, rows):
    with pytest.raises(ValidationError):
        confirm_deciders(by=focal, procedures=[ProcedureFactory(publisher=justice)], rows=rows)
    assert not DecidingAuthority.objects.exists()


def test_another_bodys_procedure_is_not_ones_to_settle(focal, justice):
    mine, theirs = ProcedureFactory(publisher=justice), ProcedureFactory()
    with pytest.raises(PermissionDenied):
        confirm_deciders(by=focal, procedures=[mine, theirs], rows=[MINISTER])
    assert not DecidingAuthority.objects.exists()


def test_the_focal_point_of_a_successor_settles_what_its_predecessors_published(justice, login):
    ladder()
    old = OrganisationFactory(code="G04", name="Bộ Giao thông vận tải", valid_to=datetime.date(2025, 2, 28))
    new = OrganisationFactory(code="G17", name="Bộ Xây dựng", valid_from=datetime.date(2025, 3, 1))
    Succession.objects.create(predecessor=old, successor=new, on=datetime.date(2025, 3, 1))
    theirs, foreign = ProcedureFactory(publisher=old), ProcedureFactory(publisher=justice)
    focal = UserFactory(organisation=new, role=Role.FOCAL_POINT)
    page = login(focal).get(PAGE).content.decode()
    assert theirs.code in page
    assert foreign.code not in page
    assert "kế thừa Bộ Giao thông vận tải" in page
    assert confirm_deciders(by=focal, procedures=[theirs], rows=[MINISTER]) == 1
    with pytest.raises(PermissionDenied):
        confirm_deciders(by=focal, procedures=[foreign], rows=[MINISTER])
    stranger = UserFactory(organisation=justice, role=Role.FOCAL_POINT)
    with pytest.raises(PermissionDenied):
        confirm_deciders(by=stranger, procedures=[theirs], rows=[MINISTER])


def test_a_focal_point_settles_the_ticked_procedures(focal, justice, login):
    ticked, left = ProcedureFactory(publisher=justice), ProcedureFactory(publisher=justice)
    client = login(focal)
    text = client.get(PAGE).content.decode()
    assert "0/2" in text
    response = client.post(f"{PAGE}?decider=unknown", payload(MINISTER, procedure=[ticked.pk]))
    assert response.url == f"{PAGE}?decider=unknown"
    assert list(Procedure.objects.decider_unknown()) == [left]
    text = client.get(response.url).content.decode()
    assert "1/2" in text
    assert "Đã xác định thẩm quyền quyết định của 1 thủ tục" in text


def test_all_that_the_filter_matches_are_settled_beyond_the_page(focal, justice, login):
    for _ in range(60):
        ProcedureFactory(publisher=justice, executing_bodies=["Sở Tư pháp"])
    other = ProcedureFactory(publisher=justice, executing_bodies=["Sở Tư pháp tỉnh"])
    client = login(focal)
    url = f"{PAGE}?executing=S%E1%BB%9F+T%C6%B0+ph%C3%A1p"
    assert 'data-count="60"' in client.get(url).content.decode()
    client.post(url, payload(MINISTER, all="1", matched="60"))
    assert list(Procedure.objects.decider_unknown()) == [other]


def test_a_list_that_moved_is_looked_at_again_before_all_of_it_is_settled(focal, justice, login):
    ProcedureFactory.create_batch(2, publisher=justice)
    response = login(focal).post(PAGE, payload(MINISTER, all="1", matched="1"))
    assert response.status_code == 422
    assert "đã thay đổi" in response.content.decode()
    assert not DecidingAuthority.objects.exists()


def test_what_was_typed_and_ticked_stays_when_it_cannot_be_recorded(focal, justice, login):
    procedure = ProcedureFactory(publisher=justice)
    typed = {"level": "", "body": "Bộ trưởng Bộ Tư pháp", "legal_ground": "Điều 5", "case": ""}
    response = login(focal).post(PAGE, payload(typed, procedure=[procedure.pk]))
    text = response.content.decode()
    assert response.status_code == 422
    assert "Chọn cấp có thẩm quyền quyết định." in text
    assert 'value="Bộ trưởng Bộ Tư pháp"' in text
    assert f'value="{procedure.pk}" aria-label="Chọn {procedure.code}" checked' in text


def test_nothing_ticked_says_so(focal, justice, login):
    ProcedureFactory(publisher=justice)
    response = login(focal).post(PAGE, payload(MINISTER))
    assert "Chưa chọn thủ tục nào" in response.content.decode()


def test_a_focal_point_sees_and_touches_only_his_body(focal, justice, login):
    theirs = ProcedureFactory(publisher=OrganisationFactory(code="G77"))
    client = login(focal)
    assert theirs.code not in client.get(PAGE, {"organisation": "G77"}).content.decode()
    client.post(f"{PAGE}?organisation=G77", payload(MINISTER, procedure=[theirs.pk]))
    assert not DecidingAuthority.objects.exists()


def test_an_administrator_settles_for_any_body(admin, justice, login):
    ladder()
    procedure = ProcedureFactory(publisher=justice)
    ProcedureFactory()
    login(admin).post(f"{PAGE}?organisation=G15", payload(MINISTER, procedure=[procedure.pk]))
    assert procedure.deciders.get().confirmed_by == admin


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.DEPARTMENT_HEAD, Role.AUDITOR])
def test_overseers_read_and_do_not_write(justice, login, role):
    ladder()
    procedure = ProcedureFactory(publisher=justice)
    client = login(UserFactory(organisation=DepartmentFactory(), role=role))
    text = client.get(PAGE, {"organisation": "G15"}).content.decode()
    assert procedure.code in text
    assert "Ghi thẩm quyền" not in text
    assert client.post(f"{PAGE}?organisation=G15", payload(MINISTER, procedure=[procedure.pk])).status_code == 403
    assert client.get(PAGE, {"organisation": "KHONG"}).status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.LEADER])
def test_officials_and_leaders_have_no_business_here(justice, login, role):
    client = login(UserFactory(organisation=justice, role=role))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, payload(MINISTER)).status_code == 403


def test_twenty_rows_cost_the_queries_of_one(focal, justice, login):
    client = login(focal)
    confirm_deciders(by=focal, procedures=[ProcedureFactory(publisher=justice)], rows=[MINISTER])
    client.get(PAGE)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    confirm_deciders(by=focal, procedures=ProcedureFactory.create_batch(19, publisher=justice), rows=[MINISTER])
    with CaptureQueriesContext(connection) as twenty:
        assert 'data-count="20"' in client.get(PAGE).content.decode()
    assert len(one) == len(twenty)


def test_settling_many_costs_few_statements(focal, justice):
    procedures = ProcedureFactory.create_batch(300, publisher=justice)
    with CaptureQueriesContext(connection) as queries:
        confirm_deciders(by=focal, procedures=procedures, rows=[MINISTER])
    assert len(queries) <= 15


def groups(client, query="?group=executing"):
    page = client.get(f"{PAGE}{query}").content.decode()
    return page, int(page.split('id="result-count" data-count="')[1].split('"')[0])


def answers(page, **chosen):
    """The fields of the groups as the page shows them, with ``level_N`` and others chosen."""
    hidden = dict(re.findall(r'name="((?:key|size)-\d+)" value="([^"]*)"', page))
    return hidden | {re.sub(r"_(\d)", r"-\1", name): value for name, value in chosen.items()}


@pytest.fixture
def unsettled(justice):
    """Two wordings of one level, one that suggests two levels, one nobody understands, one without a body."""
    sector = SectorFactory(name="Hộ tịch")
    for bodies in (["Sở Tư pháp"], ["Sở Nội vụ"], ["Sở Tư pháp", "Chủ tịch UBND tỉnh"], ["Tổ nào đó"], []):
        ProcedureSectorFactory(procedure=ProcedureFactory(publisher=justice, executing_bodies=bodies), sector=sector)


def test_what_is_unknown_comes_in_groups_with_suggestions_that_nothing_takes_by_itself(focal, unsettled, login):
    page, number = groups(login(focal))
    assert number == 4
    assert "Gợi ý từ cơ quan thực hiện" in page
    assert "Cùng quyết định: Sở, ban, ngành; Chủ tịch Ủy ban nhân dân cấp tỉnh" in page
    assert " selected" not in page.split("Số thủ tục")[1].split("Các nhóm còn để trống")[0].replace(
        '<option value="" selected>', ""
    )
    assert not DecidingAuthority.objects.exists()
    assert groups(login(focal), "?group=sector")[1] == 1


def test_an_answer_settles_its_group_and_leaves_the_others_unknown(focal, unsettled, login):
    client = login(focal)
    page, _ = groups(client)
    client.post(f"{PAGE}?group=executing", answers(page, level_0="PROV_DEPT", ground_0="Điều 7"))
    found = {(d.level_id, d.legal_ground, d.confirmed_by) for d in DecidingAuthority.objects.all()}
    assert found == {("PROV_DEPT", "Điều 7", focal)}
    assert Procedure.objects.decider_unknown().count() == 3
    page, number = groups(client)
    assert number == 3
    joint = next(value for value in re.findall(r'value="([A-Z_]+\+[A-Z_]+)"', page))
    place = page.split(joint)[0].count('name="level-') - 1
    client.post(f"{PAGE}?group=executing", answers(page, **{f"level_{place}": joint}, rest_level="MINISTER"))
    assert not Procedure.objects.decider_unknown().exists()
    assert DecidingAuthority.objects.filter(level="MINISTER").count() == 2


def test_groups_that_moved_or_were_left_blank_write_nothing_and_keep_what_was_typed(focal, justice, unsettled, login):
    client = login(focal)
    page, _ = groups(client)
    data = answers(page, level_0="PROV_DEPT", ground_0="Điều 7")
    ProcedureFactory(publisher=justice, executing_bodies=["Sở Tài chính"])
    refused = client.post(f"{PAGE}?group=executing", data)
    assert refused.status_code == 422
    assert "đã thay đổi từ lúc mở trang" in refused.content.decode()
    assert 'value="Điều 7"' in refused.content.decode()
    page, _ = groups(client)
    assert "Chưa chọn cấp có thẩm quyền" in client.post(f"{PAGE}?group=executing", answers(page)).content.decode()
    assert client.post(f"{PAGE}?group=executing", answers(page, level_0="KHONG_CO")).status_code == 422
    assert not DecidingAuthority.objects.exists()


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.AUDITOR, Role.OFFICIAL, Role.LEADER])
def test_groups_are_not_settled_by_others(justice, unsettled, login, role):
    ladder()
    body = justice if role in BODY_ROLES else DepartmentFactory()
    client = login(UserFactory(organisation=body, role=role))
    query = "?group=executing&organisation=G15"
    assert client.post(f"{PAGE}{query}", {"rest_level": "MINISTER"}).status_code == 403
    assert not DecidingAuthority.objects.exists()


def test_overseers_see_how_far_every_body_is(admin, focal, justice, login):
    done, _ = ProcedureFactory.create_batch(2, publisher=justice)
    ProcedureFactory(publisher=justice, status="abolished")
    ProcedureFactory(publisher=OrganisationFactory(code="G77"))
    confirm_deciders(by=focal, procedures=[done], rows=[MINISTER, {"level": "PROV_PC"}])
    client = login(admin)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        text = client.get(PAGE).content.decode()
    assert 'data-count="2"' in text
    assert '<td class="numeric" data-label="Tổng số">2</td>' in text
    assert "50%" in text
    assert "organisation=G15&amp;group=executing" in text
    for _ in range(20):
        ProcedureFactory(publisher=OrganisationFactory())
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(few) == len(many)
