"""First passwords: printed codes that work once, letters with links, and what ends them."""

import datetime
import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.factories import OrganisationFactory, UserFactory
from tthc_portal.accounts import codes, people
from tthc_portal.accounts.models import OneTimeCode, Role, User

pytestmark = pytest.mark.django_db
CODE = "/accounts/code/"
NEW = "mat-khau-moi-2026"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


@pytest.fixture
def focal():
    return UserFactory(role=Role.FOCAL_POINT, organisation=OrganisationFactory(code="G15"))


@pytest.fixture
def person(focal):
    return people.create(
        by=focal, username="g15.binh", full_name="Trần Thị Bình", organisation=focal.body, role=Role.OFFICIAL,
        email="binh@moj.gov.vn",
    )  # fmt: skip


def code_for(focal, person):
    return codes.issue(by=focal, users=[person])[0].code


def enter(client, username, code, password=NEW, again=None):
    data = {"username": username, "code": code, "password1": password, "password2": again or password}
    return client.post(CODE, data)


def is_in(client):
    return "_auth_user_id" in client.session


def test_a_code_sets_the_password_once_and_signs_in(client, focal, person):
    code = code_for(focal, person)
    assert re.fullmatch(r"(?:[34679A-Y]{4}-){3}[34679A-Y]{4}", code)
    answer = enter(client, " G15.Binh", code.lower().replace("-", " "))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/").status_code == 200
    assert User.objects.get(pk=person.pk).check_password(NEW)
    client.logout()
    again = enter(client, person.username, code, "mat-khau-khac-2026")
    assert again.status_code == 422
    assert "đã dùng, đã hết hạn" in again.content.decode()
    assert not is_in(client)


def test_the_code_is_stored_only_as_a_hash(focal, person):
    code = code_for(focal, person)
    stored = OneTimeCode.objects.get()
    assert code not in stored.code_hash
    assert code.replace("-", "") not in stored.code_hash
    assert stored.expires_at - stored.made_at == datetime.timedelta(hours=72)
    assert stored.made_by == focal


def test_five_wrong_tries_kill_a_code(client, focal, person):
    code = code_for(focal, person)
    for _ in range(5):
        assert enter(client, person.username, "SAIX-SAIX-SAIX-SAIX").status_code == 422
    assert enter(client, person.username, code).status_code == 422
    assert OneTimeCode.objects.get().failures == 5
    assert not is_in(client)


def test_four_wrong_tries_do_not(client, focal, person):
    code = code_for(focal, person)
    for _ in range(4):
        enter(client, person.username, "SAIX-SAIX-SAIX-SAIX")
    assert enter(client, person.username, code).status_code == 302


def test_a_code_ends_with_its_time_with_a_newer_one_and_with_the_account(client, focal, person):
    old = code_for(focal, person)
    new = code_for(focal, person)
    assert enter(client, person.username, old).status_code == 422
    OneTimeCode.objects.update(expires_at=timezone.now() - datetime.timedelta(seconds=1))
    assert enter(client, person.username, new).status_code == 422
    newest = code_for(focal, person)
    people.deactivate(by=focal, user=person)
    people.reopen(by=focal, user=person)
    assert enter(client, person.username, newest).status_code == 422
    assert not is_in(client)


def test_somebody_elses_code_opens_nothing(client, focal, person):
    other = UserFactory(organisation=focal.body)
    code = code_for(focal, person)
    wrong = enter(client, other.username, code).content.decode()
    unknown = enter(client, "khong-co-ai", code).content.decode()
    for page in (wrong, unknown):
        assert "Tên đăng nhập hoặc mã không đúng" in page
    assert not is_in(client)


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [("ngan", None, "10 k"), ("1234567890", None, "phổ biến"), (NEW, "khac-hoan-toan-1", "không giống nhau"),
     ("g15.binh01", None, "giống")],
)  # fmt: skip
def test_a_bad_password_costs_neither_the_code_nor_a_try(client, focal, person, password, again, sentence):
    code = code_for(focal, person)
    page = enter(client, person.username, code, password, again)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    stored = OneTimeCode.objects.get()
    assert (stored.failures, stored.used_at) == (0, None)
    assert enter(client, person.username, code).status_code == 302


def test_trying_codes_from_one_place_is_stopped(client, focal, person):
    for number in range(60):
        enter(client, f"ai-do-{number}", "SAIX")
    answer = enter(client, person.username, code_for(focal, person))
    assert answer.status_code == 429
    assert "quá nhiều lần" in answer.content.decode()


@pytest.mark.parametrize("make", [codes.issue, lambda **given: codes.invite(portal="https://x", **given)])
def test_nobody_gets_into_an_account_he_does_not_keep(focal, make):
    body = focal.body
    forbidden = (
        UserFactory(role=Role.ADMINISTRATOR, organisation=body), UserFactory(role=Role.AUDITOR, organisation=body),
        UserFactory(), UserFactory(organisation=body, is_superuser=True), focal,
        UserFactory(organisation=body, is_active=False),
    )  # fmt: skip
    for user in forbidden:
        with pytest.raises(ValidationError):
            make(by=focal, users=[UserFactory(organisation=body, email="a@b.vn"), user])
    for role in (Role.OFFICIAL, Role.LEADER, Role.AUDITOR, Role.DEPARTMENT_HEAD):
        with pytest.raises(ValidationError):
            make(by=UserFactory(role=role, organisation=body), users=[UserFactory(organisation=body, email="a@b.vn")])
    with pytest.raises(ValidationError, match="Chưa chọn"):
        make(by=focal, users=[])
    assert not OneTimeCode.objects.exists()
    assert mail.outbox == []


def test_codes_for_many_cost_a_constant_number_of_statements(focal, django_assert_max_num_queries):
    many = [User(username=f"nguoi.{n}", organisation=focal.body, role=Role.OFFICIAL) for n in range(120)]
    many = User.objects.bulk_create(many)
    with django_assert_max_num_queries(6):
        assert len({slip.code for slip in codes.issue(by=focal, users=many)}) == 120


def link_in(letter):
    return re.search(r"https?://\S+(/accounts/password/reset/key/\S+)", letter.body)[1]


def test_an_invitation_opens_the_page_of_the_first_password(client, focal, person):
    assert codes.invite(by=focal, users=[person], portal="http://testserver/") == 1
    letter = mail.outbox[0]
    assert letter.to == ["binh@moj.gov.vn"]
    assert letter.subject.startswith("Tài khoản của bạn")
    assert "g15.binh" in letter.body
    page = client.get(link_in(letter), follow=True)
    assert "Đặt mật khẩu mới" in page.content.decode()
    done = client.post(page.context["action_url"], {"password1": NEW, "password2": NEW}, follow=True)
    assert "Đã đặt mật khẩu mới" in done.content.decode()
    assert User.objects.get(pk=person.pk).check_password(NEW)
    assert "Đường dẫn không dùng được" in client.get(link_in(letter), follow=True).content.decode()


def test_an_invitation_needs_an_address_and_a_mail_server(focal, person, settings):
    silent = UserFactory(organisation=focal.body, email="")
    with pytest.raises(ValidationError, match=silent.username):
        codes.invite(by=focal, users=[person, silent], portal="https://x")
    settings.MAIL_READY = False
    with pytest.raises(ValidationError, match="In mã|in mã"):
        codes.invite(by=focal, users=[person], portal="https://x")
    assert mail.outbox == []


def test_a_forgotten_password_is_reset_by_mail_in_vietnamese_and_says_nothing_of_others(client, person):
    answers = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True).content.decode()
        for email in ("binh@moj.gov.vn", "khong-co@moj.gov.vn")
    ]
    assert answers[0] == answers[1]
    assert "Xem hộp thư của bạn" in answers[0]
    assert [letter.to for letter in mail.outbox] == [["binh@moj.gov.vn"]]
    assert mail.outbox[0].subject.startswith("Đặt lại mật khẩu")
    assert "Set password" not in mail.outbox[0].body
    page = client.get(link_in(mail.outbox[0]), follow=True)
    assert "Đường dẫn không dùng được" not in page.content.decode()


def test_a_forgotten_password_is_reset_whatever_the_capitals_of_the_address(client, focal, person):
    people.change(by=focal, user=person, email="TranThiBinh@MOJ.gov.vn")
    for number, typed in enumerate(("TranThiBinh@MOJ.gov.vn", "tranthibinh@moj.gov.vn"), start=1):
        client.post("/accounts/password/reset/", {"email": typed})
        assert len(mail.outbox) == number, typed
    page = client.get(link_in(mail.outbox[-1]), follow=True)
    assert "Đường dẫn không dùng được" not in page.content.decode()


def test_people_who_share_an_address_each_get_a_letter_though_one_has_used_his(client, focal, person):
    people.create(
        by=focal, username="g15.chi", full_name="Lê Thị Chi", organisation=focal.body, role=Role.OFFICIAL,
        email=person.email,
    )  # fmt: skip
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)
    client.post("/accounts/password/reset/", {"email": person.email})
    assert sorted("g15.chi" in letter.body for letter in mail.outbox) == [False, True]


def test_a_link_sent_to_an_address_that_is_no_longer_his_opens_nothing(client, focal, person):
    codes.invite(by=focal, users=[person], portal="http://testserver/")
    people.change(by=focal, user=person, email="moi@moj.gov.vn")
    assert "Đường dẫn không dùng được" in client.get(link_in(mail.outbox[0]), follow=True).content.decode()
    client.post("/accounts/password/reset/", {"email": "binh@moj.gov.vn"})
    assert len(mail.outbox) == 1


def test_a_mail_server_that_fails_breaks_no_page(client, person, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = client.post("/accounts/password/reset/", {"email": person.email})
    assert answer.status_code == 302
    with pytest.raises(ValidationError, match="Máy chủ thư"):
        codes.invite(by=User.objects.get(role=Role.FOCAL_POINT), users=[person], portal="https://x")
