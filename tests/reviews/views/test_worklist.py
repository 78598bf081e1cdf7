"""The work list: who sees which rows, what filters leave, exports, acts on ticked rows."""

import csv
import io
import re

import openpyxl
import pytest
from django.core.paginator import Paginator
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from reviews.filters import ReviewFilter
from reviews.models import Review, ReviewEvent
from reviews.reports.worklist import walks
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ReviewFactory,
    ScopeItemFactory,
    SectorFactory,
    UserFactory,
)
from tests.reviews.cast import make_cast
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Organisation, OrganisationName, Role

pytestmark = pytest.mark.django_db

COUNT = re.compile(r'<output id="result-count" data-count="(\d+)">')


def page(client, query=""):
    response = client.get(f"/reviews/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def count(client, query=""):
    return int(COUNT.search(page(client, query))[1])


def rows(client, query=""):
    text = b"".join(client.get(f"/reviews/?{query}&export=csv").streaming_content).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def overseer(role=Role.APPRAISER):
    return UserFactory(role=role, organisation=DepartmentFactory())


@pytest.fixture
def one_round():
    return make_round(7, ministries=2, provinces=2, procedures=20)


def bodies(campaign, kind="ministry"):
    return list(Organisation.objects.filter(participations__campaign=campaign, kind=kind).order_by("code"))


def test_a_bodys_people_see_their_own_rows_and_of_another_body_only_what_is_settled(login, one_round):
    mine, other = bodies(one_round)
    client = login(UserFactory(organisation=mine))
    assert count(client) == Review.objects.filter(organisation=mine).count()
    settled = Review.objects.filter(organisation=other, status__in=["accepted", "approved"])
    assert count(client, f"organisation={other.code}") == settled.count()


def test_each_filter_leaves_exactly_its_rows(login, one_round):
    reviews = Review.objects.filter(campaign=one_round).exclude(kind="local")
    sent = ["submitted", "returned", "accepted", "approved"]
    sector = Review.objects.filter(scope_item__sector__isnull=False).first().scope_item.sector
    client = login(overseer())
    body = bodies(one_round)[0]
    for query, expected in {
        "": reviews,
        f"organisation={body.code.lower()}": reviews.filter(organisation=body),
        "organisation=KHONGCO": reviews.none(),
        "kind=province": reviews.filter(organisation__kind="province"),
        "status=draft": reviews.filter(status="draft"),
        "status=draft,ready": reviews.filter(status__in=["draft", "ready"]),
        "status=draft&status=ready": reviews.filter(status__in=["draft", "ready"]),
        "status=khongco": reviews.none(),
        f"sector={sector.pk}": reviews.filter(scope_item__sector=sector),
        f"sector={sector.name}": reviews.filter(scope_item__sector=sector),
        "sector=none": reviews.filter(scope_item__sector=None),
        "eligible=1": reviews.filter(eligible=True),
        "eligible=0": reviews.filter(eligible=False),
        "eligible=2": reviews.none(),
        "unknown=1": reviews.filter(decider_unknown=True),
        "conclusion=keep": reviews.filter(conclusion="keep", status__in=sent),
        "counted=1": reviews.filter(counted=True, status__in=sent),
        "tier=accepted": reviews.filter(counted=True, status__in=["accepted", "approved"]),
        "local=1": Review.objects.filter(campaign=one_round, kind="local"),
        "local=all": Review.objects.filter(campaign=one_round),
        "assignee=none": Review.objects.filter(campaign=one_round),
    }.items():
        assert count(client, query) == expected.count(), query


@pytest.mark.parametrize("number", ["9" * 19, "9" * 30, "9" * 3000])
@pytest.mark.parametrize("name", ["sector", "unit", "assignee", "submission"])
def test_a_number_that_no_database_takes_leaves_no_rows(login, one_round, name, number):
    client = login(overseer())
    assert count(client, f"{name}={number}") == 0
    assert rows(client, f"{name}={number}") == []


def test_an_official_finds_his_own_work(login, one_round):
    user = UserFactory(organisation=bodies(one_round)[0])
    mine = Review.objects.filter(organisation=user.body)[:2]
    Review.objects.filter(pk__in=[review.pk for review in mine]).update(assignee=user)
    assert count(login(user), "assignee=me") == len(mine)


def test_the_search_ignores_accents_and_reads_codes(login, one_round):
    item = ScopeItemFactory(
        campaign=one_round,
        procedure=ProcedureFactory(name="Đăng ký khai sinh lưu động", publisher=bodies(one_round)[0]),
    )
    ReviewFactory(scope_item=item)
    client = login(overseer())
    assert count(client, "q=dang ky khai sinh") == 1
    assert count(client, f"q={item.code}") == 1


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICIAL])
def test_exports_hide_conclusion_and_count_where_the_reader_may_not_look(login, one_round, role):
    own = role == Role.OFFICIAL
    user = UserFactory(role=role, organisation=bodies(one_round)[0] if own else DepartmentFactory())
    client = login(user)
    found = rows(client)
    assert list(found[0])[:6] == ["organisation", "code", "status", "conclusion", "eligible", "counted"]
    assert len(found) == count(client)
    for row in found:
        stored = Review.objects.get(scope_item__code=row["code"], organisation__code=row["organisation"])
        seen = stored.content_visible_to(user)
        assert row["conclusion"] == (stored.conclusion if seen else "")
        assert row["counted"] == (str(int(stored.counted)) if seen else "")
        assert (row["status"], row["eligible"]) == (stored.status, str(int(stored.eligible)))


def test_the_workbook_holds_the_same_rows_in_words(login, one_round):
    client = login(overseer())
    answer = client.get("/reviews/?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in sheet[1]][:3] == ["Cơ quan", "Mã TTHC", "Trạng thái"]
    assert sheet.max_row - 1 == count(client)
    assert client.get("/reviews/?export=pdf").status_code == 404


def test_rows_are_sorted_by_vietnamese_names_and_by_the_order_of_the_work(login):
    cast = make_cast()
    for name in ("Đất đai", "Dân cư", "Ân xá", "An ninh"):
        ReviewFactory(
            scope_item=ScopeItemFactory(
                campaign=cast.campaign, procedure=ProcedureFactory(name=name, publisher=cast.body)
            )
        )
    client = login(overseer())
    assert [row["name"] for row in rows(client, "sort=name")] == ["An ninh", "Ân xá", "Dân cư", "Đất đai"]
    assert [row["name"] for row in rows(client, "sort=-name")] == ["Đất đai", "Dân cư", "Ân xá", "An ninh"]
    codes = [row["code"] for row in rows(client)]
    assert codes == sorted(codes)
    assert [row["code"] for row in rows(client, "sort=-code")] == codes[::-1]
    assert len(rows(client, "sort=status")) == len(rows(client, "sort=-updated")) == 4


@pytest.mark.parametrize("sort", ["code", "-code", "name", "-name", "status", "-updated"])
def test_a_walk_through_the_catalogue_gives_the_same_pages_as_sorting_all_rows(login, monkeypatch, sort):
    """Names alike in their first hundred letters, two bodies asked about the same procedures, another round beside."""
    cast, other = make_cast(), CampaignFactory()
    second = OrganisationFactory(kind="ministry")
    for number in range(30):
        name = "Cấp giấy phép " * 10 + chr(ord("a") + number * 7 % 26) + str(number)
        item = ScopeItemFactory(campaign=cast.campaign, procedure=ProcedureFactory(name=name, publisher=cast.body))
        for body in (cast.body, second):
            ReviewFactory(scope_item=item, organisation=body, removed=False)
        ReviewFactory(scope_item=ScopeItemFactory(campaign=other, procedure=item.procedure))
    monkeypatch.setattr("reviews.views.worklist.PAGE_SIZE", 25)
    client, named = login(overseer()), f"&organisation={cast.body.code}"
    for query, pages in (("", 3), (named, 2), (f"{named}&status=not_started", 2), ("&q=cap+giay", 3)):
        shown = {}
        for catalogue in (0, 10**9):
            monkeypatch.setattr("reviews.reports.worklist._CATALOGUE", catalogue)
            addresses = [f"campaign={cast.campaign.code}&sort={sort}{query}&page={one}" for one in range(1, pages + 1)]
            shown[catalogue] = [
                re.findall(r'class="code"[^>]*><a href="/reviews/(\d+)/', page(client, a)) for a in addresses
            ]
        assert shown[0] == shown[10**9]
        assert sum(map(len, shown[0])) == count(client, f"campaign={cast.campaign.code}{query}") > 25


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what it has counted")
@pytest.mark.parametrize("sort", ["name", "-name", "code", "-code"])
def test_no_page_reads_a_bodys_rows_of_other_rounds(login, one_round, monkeypatch, sort):
    monkeypatch.setattr("reviews.views.worklist.walks", lambda *asked: True)
    body = Organisation.objects.filter(participations__campaign__state="open").first()
    client = login(UserFactory(organisation=DepartmentFactory(), role=Role.APPRAISER))
    with CaptureQueriesContext(connection) as asked:
        page(client, f"organisation={body.code}&sort={sort}")
    lines = next(one["sql"] for one in asked if "scope_item__sector_name" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {lines}")
        assert "campaign_id=?" in cursor.fetchone()[3]


def test_the_first_pages_of_long_lists_are_found_by_walking_and_others_by_sorting():
    def walked(number, page, sort="code"):
        return walks(sort, Paginator(range(number), 50).page(page))

    assert all([walked(1900, 1), walked(1900, 1, "-name"), walked(130_000, 1000)])
    assert not any(
        [walked(1900, 30), walked(300, 1), walked(0, 1), walked(1900, 1, "status"), walked(1900, 1, "-updated")]
    )


def test_a_body_stands_in_the_list_under_its_name_of_the_rounds_day(login):
    cast = make_cast()
    cast.review("draft")
    body, day = cast.body, cast.campaign.bodies_on
    OrganisationName.objects.create(organisation=body, name="Bộ Tên Ngày Ấy", valid_from=day, valid_to=day)
    cell = '<td data-label="Cơ quan">Bộ Tên Ngày Ấy</td>'
    assert cell in page(login(overseer()), f"campaign={cast.campaign.code}")
    assert cell in page(login(cast.own["focal_point"]), f"campaign={cast.campaign.code}&columns=code,body")


def test_the_statuses_above_the_list_add_up_to_the_whole(login, one_round):
    text = page(login(overseer()), "status=draft&kind=ministry")
    nav = text.split('aria-label="Lọc theo trạng thái"')[1].split("</nav>")[0]
    numbers = [int(number) for number in re.findall(r"<strong>(\d+)</strong>", nav)]
    assert numbers[0] == sum(numbers[1:]) == Review.objects.filter(organisation__kind="ministry").count()


def test_the_list_takes_the_same_queries_for_one_row_and_for_twenty(login, django_assert_max_num_queries):
    small, large = make_round(1, ministries=1, provinces=0, procedures=1), make_round(3, ministries=3, procedures=40)
    client = login(overseer())
    page(client, f"campaign={small.code}")
    for campaign in (small, large):
        with django_assert_max_num_queries(8):
            page(client, f"campaign={campaign.code}")


def test_an_empty_list_says_so(login, one_round):
    assert "Không có phiếu nào khớp" in page(login(overseer()), "q=khong-co-o-dau")


def test_two_sets_of_filters_ask_for_their_own_reader_and_round(one_round):
    def narrowed(campaign):
        reader = overseer()
        return ReviewFilter(QueryDict("conclusion=keep"), Review.objects.all(), reader=reader, campaign=campaign)

    first, second = narrowed(one_round), narrowed(CampaignFactory())
    for one in (first, second):
        assert all(each.parent is one for each in one.filters.values())
        assert one.filters["conclusion"].filter.method.__self__ is one
    assert first.around("status")[0].count() == first.in_scope().count() > 0 == second.qs.count()


def test_a_focal_point_checks_ticked_rows_and_is_told_which_were_refused(login):
    cast = make_cast()
    ready, draft = cast.review("ready"), cast.review("draft")
    answer = login(cast.own["focal_point"]).post(
        "/reviews/act/", {"review": [ready.pk, draft.pk], "action": "check", "back": "status=ready"}, follow=True
    )
    assert answer.redirect_chain[0][0] == "/reviews/?status=ready"
    said = [str(message) for message in answer.context["messages"]]
    assert said[0] == "Kiểm tra: đã thực hiện với 1 phiếu."
    assert said[1].startswith("1 phiếu không thực hiện được: Phiếu đang ở trạng thái “Đang rà soát”")
    ready.refresh_from_db()
    assert ready.status == "checked"


def test_the_department_accepts_ticked_rows(login):
    cast = make_cast()
    sent = [cast.review("submitted"), cast.review("submitted")]
    head = overseer(Role.DEPARTMENT_HEAD)
    login(head).post("/reviews/act/", {"review": [review.pk for review in sent], "action": "accept"})
    assert {review.status for review in Review.objects.all()} == {"accepted"}
    assert len(set(ReviewEvent.objects.values_list("bulk_id", flat=True))) == 1


def test_an_act_that_is_not_the_roles_is_refused_and_writes_nothing(login):
    cast = make_cast()
    review = cast.review("submitted")
    for user, action in (
        (cast.own["focal_point"], "accept"),
        (cast.own["official"], "check"),
        (overseer(), "assign"),
        (overseer(Role.AUDITOR), "accept"),
        (overseer(Role.ADMINISTRATOR), "accept"),
        (overseer(), "xóa"),
    ):
        assert login(user).post("/reviews/act/", {"review": review.pk, "action": action}).status_code == 403
    assert not ReviewEvent.objects.exists()


def test_acts_reach_no_row_the_actor_cannot_see(login):
    cast = make_cast()
    review = cast.review("ready")
    stranger = UserFactory(role=Role.FOCAL_POINT, organisation=OrganisationFactory())
    answer = login(stranger).post("/reviews/act/", {"review": review.pk, "action": "check"})
    assert answer.status_code == 404
    assert login(cast.own["focal_point"]).get("/reviews/act/").status_code == 405


def test_nothing_ticked_is_said(login):
    cast = make_cast()
    answer = login(cast.own["focal_point"]).post("/reviews/act/", {"action": "check"}, follow=True)
    assert "Chưa chọn phiếu nào" in answer.content.decode()


def test_a_ticked_number_that_no_database_takes_is_no_row(login):
    cast = make_cast()
    asked = {"review": "9" * 30, "action": "check"}
    answer = login(cast.own["focal_point"]).post("/reviews/act/", asked, follow=True)
    assert "Chưa chọn phiếu nào" in answer.content.decode()


def test_a_focal_point_gives_ticked_rows_to_a_colleague(login):
    cast = make_cast()
    review = cast.review("draft")
    client = login(cast.own["focal_point"])
    official = cast.own["official"]
    client.post("/reviews/act/", {"review": review.pk, "action": "assign", "assignee": official.pk})
    review.refresh_from_db()
    assert review.assignee == official
    answer = client.post(
        "/reviews/act/", {"review": review.pk, "action": "assign", "assignee": UserFactory().pk}, follow=True
    )
    assert "Hãy chọn người được giao" in answer.content.decode()
    client.post("/reviews/act/", {"review": review.pk, "action": "assign", "assignee": "none"})
    review.refresh_from_db()
    assert review.assignee is None


def test_filters_that_come_by_links_are_shown_and_can_be_dropped(login, one_round):
    sector = SectorFactory()
    text = page(login(overseer()), f"counted=1&sector={sector.pk}")
    assert "Tính là phân cấp: Có" in text
