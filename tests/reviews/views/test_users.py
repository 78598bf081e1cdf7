"""Pages of people: what each keeper sees, what may be given, leaving after the hand-over, workbooks."""

import io
import re

import openpyxl
import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import DepartmentFactory, OrganisationFactory, UserFactory
from tests.reviews.cast import make_cast
from tthc_portal.accounts.models import BODY_ROLES, OneTimeCode, Role, User, UserImport
from tthc_portal.accounts.user_sheet import COLUMNS

pytestmark = pytest.mark.django_db
USERS, IMPORT = reverse("reviews:users"), reverse("reviews:user_import")


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def focal(cast, login):
    return login(cast.own["focal_point"])


@pytest.fixture
def admin(cast, login):
    return login(UserFactory(username="quantri", role=Role.ADMINISTRATOR, organisation=DepartmentFactory()))


def url(name, person):
    return reverse(f"reviews:{name}", args=[person.pk])


def listed(client, **query):
    return {person.username for person, *_ in client.get(USERS, query).context["rows"]}


def data_of(person, **more):
    return {
        "full_name": person.full_name, "organisation": person.organisation_id, "role": person.role, "position": "",
        "email": person.email, "phone": "",
    } | more  # fmt: skip


def book(*rows):
    workbook, target = openpyxl.Workbook(), io.BytesIO()
    workbook.active.append(list(COLUMNS.values()))
    for row in rows:
        workbook.active.append(row)
    workbook.save(target)
    target.seek(0)
    target.name = "danh sách.xlsx"
    return target


def upload(client, file):
    return client.post(IMPORT, {"file": file}, follow=True)


def test_a_focal_point_sees_his_body_and_its_units_an_administrator_everybody(cast, focal, admin):
    unit = OrganisationFactory(kind="unit", parent=cast.body, code=f"{cast.body.code}.01")
    inside, stranger = UserFactory(organisation=unit), UserFactory()
    own = {user.username for user in cast.own.values()}
    assert listed(focal) == own | {inside.username}
    assert listed(admin) >= own | {inside.username, stranger.username, "quantri"}
    assert listed(focal, organisation=unit.code) == {inside.username}
    assert listed(admin, organisation=stranger.body.code) == {stranger.username}
    assert listed(focal, organisation=stranger.body.code) == set()


def test_the_list_is_searched_without_accents_filtered_and_counted(cast, focal):
    found = UserFactory(organisation=cast.body, full_name="Đặng Thị Hường", position="Phó Vụ trưởng")
    gone = UserFactory(organisation=cast.body, full_name="Đặng Văn Hưng", is_active=False)
    assert listed(focal, q="dang huong") == {found.username}
    assert listed(focal, q="vu truong") == {found.username}
    assert listed(focal, q="đặng", active="0") == {gone.username}
    assert listed(focal, role="focal_point") == {cast.own["focal_point"].username}
    page = focal.get(USERS, {"q": "dang"}).content.decode()
    assert 'data-count="2"' in page


def test_each_persons_open_reviews_are_counted_and_lead_to_the_hand_over(cast, focal):
    person = cast.own["official"]
    before = focal.get(USERS).context["rows"]
    held = {one: number for one, number, _ in before}[person]
    cast.review("draft", assignee=person)
    page = focal.get(USERS)
    assert {one: number for one, number, _ in page.context["rows"]}[person] == held + 1
    assert f'{reverse("reviews:hand_over")}?person={person.pk}"' in page.content.decode()


@pytest.mark.parametrize("query", [{}, {"q": "nguyen"}, {"export": "csv"}])
def test_the_list_asks_as_often_for_twenty_as_for_one(cast, admin, query):
    def statements():
        with CaptureQueriesContext(connection) as seen:
            answer = admin.get(USERS, query)
            if answer.streaming:
                b"".join(answer.streaming_content)
        return len(seen)

    first = statements()
    unit = OrganisationFactory(kind="unit", parent=cast.body, code=f"{cast.body.code}.01")
    for number in range(20):
        person = UserFactory(organisation=unit if number % 2 else cast.body)
        cast.review("draft", assignee=person)
    assert statements() == first


def test_the_list_leaves_as_csv_and_xlsx_and_comes_back_unchanged(cast, focal):
    text = b"".join(focal.get(USERS, {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert text.startswith(",".join(COLUMNS.values()))
    User.objects.exclude(role__in=BODY_ROLES).update(organisation=DepartmentFactory())
    file = io.BytesIO(b"".join(focal.get(USERS, {"export": "xlsx"}).streaming_content))
    file.name = "nguoi-dung.xlsx"
    page = upload(focal, file)
    assert page.context["report"]["errors"] == []
    assert "0 thay đổi" in page.content.decode()


def test_a_new_person_is_made_with_a_role_his_keeper_may_give(cast, focal):
    url_new = reverse("reviews:user_create")
    assert "Chuyên viên xem xét" not in focal.get(url_new).content.decode()
    data = {"username": "moi.1", "full_name": "Người Mới", "role": "official", "organisation": cast.body.pk}
    for forged in ({"role": "administrator"}, {"organisation": OrganisationFactory().pk}, {"role": "auditor"}):
        assert focal.post(url_new, data | forged).status_code == 422
    assert not User.objects.filter(username="moi.1").exists()
    page = focal.post(url_new, data | {"is_superuser": "on", "is_staff": "on"}, follow=True)
    assert "Đã tạo tài khoản moi.1" in page.content.decode()
    made = User.objects.get(username="moi.1")
    assert (made.is_superuser, made.is_staff, made.role) == (False, False, "official")
    assert "Tạo tài khoản" in page.content.decode()


def test_what_was_typed_stays_with_the_sentence_that_refuses_it(cast, focal):
    data = {"username": "Mới 1", "full_name": "Người Mới", "role": "official", "organisation": cast.body.pk}
    page = focal.post(reverse("reviews:user_create"), data).content.decode()
    assert "không đúng quy tắc" in page
    assert 'value="Mới 1"' in page


def test_leaving_a_unit_asks_for_the_hand_over_first(cast, focal):
    unit = OrganisationFactory(kind="unit", parent=cast.body, code=f"{cast.body.code}.01")
    person = cast.own["official"]
    cast.review("draft", assignee=person)
    page = focal.post(url("user", person), data_of(person, organisation=unit.pk))
    assert page.status_code == 422
    assert f'{reverse("reviews:hand_over")}?person={person.pk}"' in page.content.decode()
    assert User.objects.get(pk=person.pk).organisation == cast.body
    data = data_of(person, organisation=unit.pk, despite="on")
    assert focal.post(url("user", person), data).status_code == 302
    assert User.objects.get(pk=person.pk).organisation == unit
    assert "Cơ quan" in focal.get(url("user", person)).content.decode()


def test_stopping_asks_for_the_hand_over_first_and_reopening_brings_back(cast, focal):
    person = cast.own["official"]
    cast.review("draft", assignee=person)
    page = focal.post(url("user_active", person), {"active": "0"}, follow=True).content.decode()
    assert "Hãy bàn giao trước" in page
    assert f'{reverse("reviews:hand_over")}?person={person.pk}"' in page
    assert User.objects.get(pk=person.pk).is_active
    focal.post(url("user_active", person), {"active": "0", "despite": "on"})
    assert not User.objects.get(pk=person.pk).is_active
    page = focal.post(url("user_active", person), {"active": "1"}, follow=True).content.decode()
    assert "Đã mở lại" in page
    assert "Không rõ" in focal.post(url("user_active", person), {}, follow=True).content.decode()


def test_the_last_focal_point_is_told_why_he_stays(cast, focal):
    me = cast.own["focal_point"]
    page = focal.post(url("user", me), data_of(me, role="leader"))
    assert "duy nhất đang hoạt động" in page.content.decode()
    page = focal.post(url("user_active", me), {"active": "0"}, follow=True)
    assert "duy nhất đang hoạt động" in page.content.decode()
    assert User.objects.get(pk=me.pk).is_active


def test_slips_are_shown_once_and_never_kept_by_the_browser(cast, focal):
    chosen = [cast.own["official"].pk, cast.own["leader"].pk]
    answer = focal.post(reverse("reviews:user_codes"), {"person": chosen})
    page = answer.content.decode()
    assert re.findall(r'data-slip="username">([^<]+)<', page) == sorted(
        cast.own[role].username for role in ("official", "leader")
    )
    assert len(re.findall(r'data-slip="code">(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}<', page)) == 2
    assert "http://testserver/accounts/code/" in page
    assert "no-store" in answer["Cache-Control"]
    assert "data-slip" not in focal.get(USERS).content.decode()
    assert OneTimeCode.objects.count() == 2
    assert "Chưa chọn người nào" in focal.post(reverse("reviews:user_codes"), follow=True).content.decode()
    assert "Cấp lúc" in focal.get(url("user", cast.own["official"])).content.decode()


def test_letters_go_to_those_ticked(cast, focal):
    person = cast.own["official"]
    page = focal.post(reverse("reviews:user_invite"), {"person": person.pk}, follow=True)
    assert "Chưa có địa chỉ thư" in page.content.decode()
    User.objects.filter(pk=person.pk).update(email="a@moj.gov.vn")
    page = focal.post(reverse("reviews:user_invite"), {"person": person.pk}, follow=True)
    assert "Đã gửi 1 thư" in page.content.decode()
    assert "http://testserver/accounts/password/reset/key/" in mail.outbox[0].body


def test_a_focal_point_adds_a_unit_on_the_page_of_people(cast, focal):
    page = focal.post(reverse("reviews:user_units"), {"name": "Vụ Kế hoạch"}, follow=True).content.decode()
    assert "Đã thêm đơn vị Vụ Kế hoạch" in page
    assert "0 người đang hoạt động" in page
    assert (
        "đã có đơn vị"
        in focal.post(reverse("reviews:user_units"), {"name": "vụ kế hoạch"}, follow=True).content.decode()
    )


def test_a_workbook_is_previewed_and_written_only_when_confirmed(cast, focal):
    page = upload(focal, book(["moi.1", "Người Mới", "", "", "Chuyên viên", "", "", "", ""]))
    assert "Xác nhận để thêm 1 người mới" in page.content.decode()
    assert not User.objects.filter(username="moi.1").exists()
    item = UserImport.objects.get()
    page = focal.post(reverse("reviews:user_imported", args=[item.pk]), follow=True)
    assert "In mã cho 1 người mới" in page.content.decode()
    assert User.objects.get(username="moi.1").body == cast.body
    again = focal.post(reverse("reviews:user_imported", args=[item.pk]), follow=True)
    assert "đã được ghi lúc" in again.content.decode()


def test_what_happened_since_the_preview_is_seen_before_anything_is_written(cast, focal):
    upload(focal, book(["moi.1", "Người Mới", "", "", "Chuyên viên", "", "", "", ""]))
    UserFactory(username="moi.1")
    item = UserImport.objects.get()
    page = focal.post(reverse("reviews:user_imported", args=[item.pk]), follow=True).content.decode()
    assert "Chưa ghi gì" in page
    assert "đã có người của cơ quan khác" in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "trống"), (b"khong phai excel", "không phải tệp Excel"), (b"PK\x03\x04hong", "hỏng")],
)
def test_a_file_that_is_no_workbook_is_refused_in_one_sentence(focal, content, sentence):
    file = io.BytesIO(content)
    file.name = "a.xlsx"
    answer = focal.post(IMPORT, {"file": file})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not UserImport.objects.exists()


def test_the_workbook_to_fill_in_is_downloaded(focal):
    answer = focal.get(IMPORT, {"template": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))["Người dùng"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS.values())
