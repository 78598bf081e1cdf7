"""The page of candidates for an adjustment of the scope."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.models import Procedure
from reviews.actions.campaigns import open_campaign
from tests.factories import (
    CampaignFactory,
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import BODY_ROLES, OVERSEEING_ROLES, Role

pytestmark = pytest.mark.django_db
URL = "/campaigns/2021/drift/"


@pytest.fixture
def ministry():
    ladder()
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def campaign(ministry):
    for n in range(1, 31):
        procedure = ProcedureFactory(code=f"1.{n:06d}", publisher=ministry)
        DecidingAuthorityFactory(procedure=procedure, level_id="MINISTER")
    campaign = CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    ParticipationFactory(campaign=campaign, organisation=ministry)
    return campaign


@pytest.fixture
def frozen(campaign):
    open_campaign(by=None, campaign=campaign)
    return campaign


@pytest.fixture
def client(login):
    return login(UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory()))


def count(response) -> int:
    return int(response.content.decode().split('data-count="')[1].split('"')[0])


def test_overseers_read_and_people_of_bodies_do_not(login, frozen, ministry):
    for role in OVERSEEING_ROLES:
        assert login(UserFactory(role=role, organisation=DepartmentFactory())).get(URL).status_code == 200
    for role in BODY_ROLES:
        assert login(UserFactory(role=role, organisation=ministry)).get(URL).status_code == 403


def test_the_page_shows_frozen_and_present_side_by_side(client, frozen, ministry):
    assert "Danh mục chưa thay đổi từ khi chốt" in client.get(URL).content.decode()
    old = Procedure.objects.get(code="1.000001").name
    Procedure.objects.filter(code="1.000001").update(name="Tên mới")
    Procedure.objects.filter(code="1.000002").update(status="abolished")
    ProcedureFactory(code="2.000001", publisher=ministry)
    answer = client.get(URL)
    page = answer.content.decode()
    assert count(answer) == 3
    assert f"<del>{old}</del>" in page
    assert "<ins>Tên mới</ins>" in page
    assert "Chưa trong phạm vi" in page
    assert f'href="{URL}"' in client.get("/campaigns/2021/").content.decode()
    for query, wanted in (
        ({"kind": "changed"}, 1),
        ({"kind": "abolished"}, 1),
        ({"kind": "new", "organisation": "G15"}, 1),
        ({"kind": "x"}, 0),
        ({"organisation": "X"}, 0),
        ({"page": "9"}, 3),
    ):
        assert count(client.get(URL, query)) == wanted, query


def test_exports_hold_the_rows_of_the_list(client, frozen):
    Procedure.objects.filter(code__in=["1.000001", "1.000002"]).update(name="Tên mới")
    lines = b"".join(client.get(URL, {"export": "csv"}).streaming_content).decode("utf-8-sig").strip().split("\r\n")
    assert len(lines) == 3
    assert "Tên mới" in lines[1]
    content = b"".join(client.get(URL, {"export": "xlsx", "kind": "name"}).streaming_content)
    assert openpyxl.load_workbook(io.BytesIO(content)).active.max_row == 3
    assert client.get(URL, {"export": "pdf"}).status_code == 404


def test_a_round_not_yet_frozen_says_so(client, campaign):
    assert "chưa chốt danh mục" in client.get(URL).content.decode()
    assert "Danh mục khác bản chốt" not in client.get("/campaigns/2021/").content.decode()


def test_thirty_candidates_cost_the_queries_of_one(client, frozen):
    Procedure.objects.filter(code="1.000001").update(name="Tên mới")
    client.get(URL)
    with CaptureQueriesContext(connection) as one:
        assert count(client.get(URL)) == 1
    Procedure.objects.update(name="Tên mới")
    with CaptureQueriesContext(connection) as thirty:
        assert count(client.get(URL)) == 30
    assert len(one) == len(thirty)
