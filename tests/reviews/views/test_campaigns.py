"""Pages of the rounds."""

import csv
import datetime
import io
import re

import openpyxl
import pytest

from procedures.models import AuthorityLevel, Procedure, ProcedureStatus
from reviews.actions.campaigns import create_campaign, open_campaign, update_campaign
from reviews.actions.preparing import choose_bodies
from reviews.models import Campaign, Review, ScopeItem
from reviews.views import campaigns as pages
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
from tthc_portal.jobs.models import Job

pytestmark = pytest.mark.django_db

FORM = {
    "code": "2021",
    "title": "Rà soát năm 2021",
    "guidance": "Làm theo hướng dẫn.",
    "bodies_on": "2021-09-30",
    "opens_on": "2021-10-01",
    "deadline": "2099-12-31",
    "ministry_target": "12,5",
    "ministry_target_kind": "binding",
    "province_target": "20",
    "province_target_kind": "reference",
    "excluded_levels": ["COMMUNE_PC"],
    "headline_tier": "accepted",
}


def appraiser():
    return UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory())


@pytest.fixture
def prepared():
    levels = ladder()
    ministry = OrganisationFactory()
    ProvinceFactory()
    for code in ("MINISTER", "COMMUNE_PC", "PROV_PC"):
        DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=ministry), level=levels[code])
    ProcedureFactory(publisher=ministry)
    day = datetime.date(2021, 9, 30)
    return create_campaign(
        by=None,
        code="2021",
        title="Rà soát năm 2021",
        bodies_on=day,
        opens_on=day,
        deadline=datetime.date(2099, 1, 1),
    )


def test_the_department_prepares_a_round_with_targets_in_per_cent(login):
    ladder()
    OrganisationFactory()
    answer = login(appraiser()).post("/campaigns/new/", FORM)
    campaign = Campaign.objects.get()
    assert answer.headers["Location"] == "/campaigns/2021/"
    rule = campaign.rule
    assert (rule.ministry_target_bp, rule.excluded_levels, rule.headline_tier) == (1250, ["COMMUNE_PC"], "accepted")
    assert (campaign.state, campaign.participations.count()) == ("preparing", 1)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("deadline", "2021-01-01", "Hạn gửi phải từ ngày mở trở đi"),
        ("deadline", "31/12/2201", "Năm 2201 không hợp lý; hãy kiểm tra lại"),
        ("bodies_on", "0021-09-30", "Năm 21 không hợp lý; hãy kiểm tra lại"),
        ("title", "", "bắt buộc"),
        ("ministry_target", "120", "100"),
        ("code", "có dấu", "chỉ gồm chữ không dấu"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_stays(login, field, value, sentence):
    ladder()
    page = login(appraiser()).post("/campaigns/new/", FORM | {field: value}).content.decode()
    assert sentence in page
    assert "Làm theo hướng dẫn." in page
    assert not Campaign.objects.exists()


def test_a_code_used_before_is_refused(login, prepared):
    page = login(appraiser()).post("/campaigns/new/", FORM).content.decode()
    assert "Mã “2021” đã dùng" in page


@pytest.mark.parametrize("code", ["dot-1", "Dot-1"])
def test_a_code_that_differs_in_capitals_only_is_refused_too(login, code):
    ladder()
    client = login(appraiser())
    client.post("/campaigns/new/", FORM | {"code": "DOT-1"})
    page = client.post("/campaigns/new/", FORM | {"code": code}).content.decode()
    assert f"Mã “{code}” đã dùng cho một đợt khác" in page
    assert Campaign.objects.get().code == "DOT-1"
    # Its own code is no other round's: it may be written otherwise while the round is prepared.
    assert client.post("/campaigns/DOT-1/edit/", FORM | {"code": code}).headers["Location"] == f"/campaigns/{code}/"


def test_a_code_whose_address_is_another_page_is_refused(login):
    ladder()
    page = login(appraiser()).post("/campaigns/new/", FORM | {"code": "new"}).content.decode()
    assert "Mã “new” trùng với địa chỉ của trang lập đợt; hãy chọn mã khác." in page
    assert not Campaign.objects.exists()


@pytest.mark.parametrize("address", ["new/", "2021/edit/", "2021/open/", "2021/close/"])
@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_the_department_steers_rounds(login, prepared, address, role):
    client = login(UserFactory(role=role))
    assert client.get(f"/campaigns/{address}").status_code == 403
    assert client.post(f"/campaigns/{address}").status_code == 403
    assert Campaign.objects.get().state == "preparing"


def test_opening_says_with_counts_what_it_will_do_and_only_a_post_does_it(login, prepared):
    client = login(appraiser())
    page = client.get("/campaigns/2021/open/").content.decode()
    assert "Chốt 4 thủ tục và mở đợt" in page
    assert "Loại trừ: mọi cấp có thẩm quyền" in page
    assert Campaign.objects.get().state == "preparing"
    said = client.post("/campaigns/2021/open/", follow=True).content.decode()
    assert "Đã chốt danh mục và mở đợt" in said
    assert (Campaign.objects.get().state, Review.objects.count()) == ("open", 5)
    assert "không có gì thay đổi" in client.post("/campaigns/2021/open/", follow=True).content.decode()
    assert Review.objects.count() == 5


def seen_on(page: str) -> str:
    """The digest that a page carries to the confirmation."""
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page)[1]


def _another_rule(campaign):
    update_campaign(by=appraiser(), campaign=campaign, ministry_target_bp=1000)


def _one_body_less(campaign):
    kept = [row.organisation for row in campaign.participations.select_related("organisation")]
    choose_bodies(by=appraiser(), campaign=campaign, bodies=[body for body in kept if body.kind == "ministry"])


def _another_procedure(campaign):
    ProcedureFactory(publisher=campaign.participations.get(organisation__kind="ministry").organisation)


def _another_name(campaign):
    procedure = Procedure.objects.order_by("code").first()
    procedure.name = "Tên khác trong tệp nhập mới"
    procedure.save()


def _another_decider(campaign):
    procedure = Procedure.objects.filter(deciders__isnull=True).get()
    DecidingAuthorityFactory(procedure=procedure, level=AuthorityLevel.objects.get(code="MINISTER"))


CHANGED_SINCE = "đã thay đổi từ lúc bạn xem trước; hãy xem lại rồi mở đợt."


@pytest.mark.parametrize("change", [_another_rule, _one_body_less, _another_procedure, _another_name, _another_decider])
def test_what_another_person_changed_since_the_preview_is_shown_before_it_is_frozen(login, prepared, change):
    client = login(appraiser())
    page = client.get("/campaigns/2021/open/").content.decode()
    assert CHANGED_SINCE not in page
    change(Campaign.objects.get())
    answer = client.post("/campaigns/2021/open/", {"seen": seen_on(page)})
    again = answer.content.decode()
    assert (answer.status_code, CHANGED_SINCE in again) == (409, True)
    assert (Campaign.objects.get().state, ScopeItem.objects.count(), Review.objects.count()) == ("preparing", 0, 0)
    assert seen_on(again) != seen_on(page)
    assert client.post("/campaigns/2021/open/", {"seen": seen_on(again)}).status_code == 302
    assert Campaign.objects.get().state == "open"


def test_a_preview_that_still_holds_opens_the_round_and_a_second_press_changes_nothing(login, prepared):
    client = login(appraiser())
    seen = seen_on(client.get("/campaigns/2021/open/").content.decode())
    update_campaign(by=appraiser(), campaign=Campaign.objects.get(), guidance="Chỉ sửa hướng dẫn.")
    said = client.post("/campaigns/2021/open/", {"seen": seen}, follow=True).content.decode()
    assert "Đã chốt danh mục và mở đợt" in said
    again = client.post("/campaigns/2021/open/", {"seen": seen}, follow=True).content.decode()
    assert "không có gì thay đổi" in again
    assert Review.objects.count() == 5


def test_a_catalogue_emptied_since_the_preview_is_shown_with_what_to_do(login, prepared):
    client = login(appraiser())
    seen = seen_on(client.get("/campaigns/2021/open/").content.decode())
    Procedure.objects.update(status=ProcedureStatus.ABOLISHED)
    answer = client.post("/campaigns/2021/open/", {"seen": seen})
    page = answer.content.decode()
    assert (answer.status_code, CHANGED_SINCE in page) == (409, True)
    assert "nhập danh mục trước khi mở đợt" in page


def test_a_large_opening_changed_since_the_preview_gives_no_job_and_one_changed_later_fails_in_the_job(
    login, prepared, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    client = login(appraiser())
    seen = seen_on(client.get("/campaigns/2021/open/").content.decode())
    _another_procedure(Campaign.objects.get())
    answer = client.post("/campaigns/2021/open/", {"seen": seen})
    assert (answer.status_code, Job.objects.count()) == (409, 0)
    with django_capture_on_commit_callbacks() as callbacks:
        client.post("/campaigns/2021/open/", {"seen": seen_on(answer.content.decode())})
    _another_procedure(Campaign.objects.get())
    for callback in callbacks:
        callback()
    job = Job.objects.get()
    assert (job.state, CHANGED_SINCE in job.message) == ("failed", True)
    assert (Campaign.objects.get().state, ScopeItem.objects.count()) == ("preparing", 0)


def test_a_large_opening_is_a_job(login, prepared, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    with django_capture_on_commit_callbacks(execute=True):
        answer = login(appraiser()).post("/campaigns/2021/open/")
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    job.refresh_from_db()
    assert (job.state, Campaign.objects.get().state, Review.objects.count()) == ("done", "open", 5)


def test_asking_twice_for_a_large_opening_is_one_job(login, prepared, monkeypatch):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    client = login(appraiser())
    answers = [client.post("/campaigns/2021/open/") for _ in range(2)]
    job = Job.objects.get()
    assert {answer.headers["Location"] for answer in answers} == {f"/jobs/{job.pk}/"}


@pytest.mark.parametrize(("deadline", "warned"), [("2021-10-05", True), ("2099-01-01", False)])
def test_opening_with_a_deadline_already_past_is_warned_of(login, prepared, deadline, warned):
    Campaign.objects.update(deadline=deadline)
    page = login(appraiser()).get("/campaigns/2021/open/").content.decode()
    assert ("Hạn gửi của đợt (05/10/2021) đã qua" in page) is warned
    assert ('href="/campaigns/2021/edit/"' in page) is warned


def test_a_round_without_procedures_says_what_to_do_first(login):
    ladder()
    day = datetime.date(2021, 9, 30)
    create_campaign(by=None, code="trong", title="Trống", bodies_on=day, opens_on=day, deadline=day)
    client = login(appraiser())
    assert "nhập danh mục trước khi mở đợt" in client.get("/campaigns/trong/open/").content.decode()
    assert "nhập danh mục" in client.post("/campaigns/trong/open/", follow=True).content.decode()


def test_an_open_round_offers_only_title_guidance_and_deadline(login, prepared):
    open_campaign(by=None, campaign=prepared)
    client = login(appraiser())
    page = client.get("/campaigns/2021/edit/").content.decode()
    assert 'name="ministry_target"' not in page
    # Once lengthened the deadline is not shortened again: a slip of the year would stay.
    slipped = client.post("/campaigns/2021/edit/", {"title": "Tên mới", "guidance": "", "deadline": "2209-02-01"})
    assert "Năm 2209 không hợp lý" in slipped.content.decode()
    client.post("/campaigns/2021/edit/", {"title": "Tên mới", "guidance": "", "deadline": "2099-02-01"})
    campaign = Campaign.objects.get()
    assert (campaign.title, campaign.deadline) == ("Tên mới", datetime.date(2099, 2, 1))
    refused = client.post("/campaigns/2021/edit/", {"title": "Tên mới", "deadline": "2098-01-01"}).content.decode()
    assert "không rút ngắn" in refused


def test_closing_says_what_stays_unsent_and_then_closes(login, prepared):
    open_campaign(by=None, campaign=prepared)
    client = login(appraiser())
    assert "Còn 4 phiếu chưa gửi" in client.get("/campaigns/2021/close/").content.decode()
    assert Campaign.objects.get().state == "open"
    client.post("/campaigns/2021/close/")
    assert Campaign.objects.get().state == "closed"
    assert "đã đóng" in client.get("/campaigns/2021/edit/", follow=True).content.decode()


def test_a_bodys_people_see_the_round_and_their_own_row_only(login, prepared):
    open_campaign(by=None, campaign=prepared)
    official = UserFactory(organisation=OrganisationFactory._meta.model.objects.get(kind="ministry", users=None))
    client = login(official)
    page = client.get("/campaigns/2021/").content.decode()
    assert "Cơ quan tham gia (1)" in page
    assert "/campaigns/2021/edit/" not in page
    assert 'data-count="1"' in client.get("/campaigns/").content.decode()


@pytest.mark.parametrize("export", ["csv", "xlsx"])
def test_the_rounds_of_the_page_are_taken_home_as_a_file(login, prepared, export):
    client = login(appraiser())
    page = client.get("/campaigns/").content.decode()
    answer = client.get(f"/campaigns/?export={export}")
    if export == "csv":
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text))
        assert header == ["code", "title", "state", "opens_on", "deadline", "bodies"]
    else:
        data = answer.content if not answer.streaming else b"".join(answer.streaming_content)
        _header, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)
    assert f'data-count="{len(rows)}"' in page
    assert [row[0] for row in rows] == list(
        Campaign.objects.order_by("-opens_on", "-pk").values_list("code", flat=True)
    )
    assert client.get("/campaigns/?export=pdf").status_code == 404


def test_a_round_in_preparation_is_not_found_by_bodies_it_does_not_ask(login, prepared):
    stranger = UserFactory(organisation=OrganisationFactory(valid_from=datetime.date(2025, 1, 1)))
    for address in ("", "scope/"):
        assert login(stranger).get(f"/campaigns/2021/{address}").status_code == 404
    assert 'data-count="0"' in login(stranger).get("/campaigns/").content.decode()


def test_the_scope_tells_why_each_procedure_counts_or_not(login, prepared):
    open_campaign(by=None, campaign=prepared)
    client = login(UserFactory(role=Role.AUDITOR))

    def count(query=""):
        page = client.get(f"/campaigns/2021/scope/?{query}").content.decode()
        return int(page.split('id="result-count" data-count="')[1].split('"')[0])

    assert (count(), count("excluded=1"), count("excluded=0"), count("excluded=x")) == (4, 1, 3, 0)
    assert (count("rule=unknown_decider"), count("rule=commune_only")) == (1, 1)
    item = prepared.scope.first()
    assert (count(f"organisation={item.owner.code}"), count("organisation=X"), count(f"q={item.code}")) == (4, 0, 1)
    page = client.get("/campaigns/2021/scope/?excluded=1").content.decode()
    assert "Loại trừ: mọi cấp có thẩm quyền quyết định hiện nay" in page
    lines = b"".join(client.get("/campaigns/2021/scope/?export=csv").streaming_content).decode().splitlines()
    assert len(lines) == 5
    book = client.get("/campaigns/2021/scope/?export=xlsx")
    assert book.status_code == 200
    assert b"".join(book.streaming_content).startswith(b"PK")


def test_the_pages_take_the_same_queries_for_one_procedure_and_for_twenty(
    login, prepared, django_assert_max_num_queries
):
    ministry = prepared.participations.get(organisation__kind="ministry").organisation
    for _ in range(20):
        DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=ministry), level_id="MINISTER")
    client = login(appraiser())
    client.get("/campaigns/")
    with django_assert_max_num_queries(17):
        client.get("/campaigns/2021/open/")
    open_campaign(by=None, campaign=prepared)
    for address, most in (("/campaigns/", 10), ("/campaigns/2021/", 10), ("/campaigns/2021/scope/", 10)):
        with django_assert_max_num_queries(most):
            client.get(address)
