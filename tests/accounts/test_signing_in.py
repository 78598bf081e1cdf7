"""The door: signing in, being refused in Vietnamese, no way to sign up."""

import pytest
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    cache.clear()


def sign_in(client, user, password=PASSWORD):
    return client.post(LOGIN, {"login": user.username, "password": password})


def test_the_right_password_opens_the_home_page(client):
    answer = sign_in(client, UserFactory())
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.get("/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_get_the_same_vietnamese_sentence(client):
    user = UserFactory()
    wrong = sign_in(client, user, "sai-mat-khau").content.decode()
    unknown = client.post(LOGIN, {"login": "khong-co", "password": "x"}).content.decode()
    for page in (wrong, unknown):
        assert "Tên đăng nhập hoặc mật khẩu không đúng" in page
    assert 'value="' + user.username in wrong
    assert "_auth_user_id" not in client.session


def test_blank_fields_are_answered_in_vietnamese(client):
    page = client.post(LOGIN, {"login": "", "password": ""}).content.decode()
    assert "This field" not in page
    assert "bắt buộc" in page


def test_a_deactivated_person_is_turned_away(client):
    answer = client.post(LOGIN, {"login": UserFactory(is_active=False).username, "password": PASSWORD}, follow=True)
    assert "_auth_user_id" not in client.session
    assert "Tài khoản đã ngừng sử dụng" in answer.content.decode()


def test_a_person_deactivated_while_signed_in_is_out_at_once(client):
    user = UserFactory()
    sign_in(client, user)
    user.delete()
    assert client.get("/").status_code == 302


def test_thirty_people_of_one_office_sign_in_within_a_minute(client):
    for _ in range(31):
        assert sign_in(client, UserFactory()).status_code == 302
        client.logout()


def test_guessing_one_persons_password_is_stopped_in_vietnamese(client):
    user = UserFactory()
    for _ in range(12):
        page = sign_in(client, user, "sai-mat-khau").content.decode()
    assert "Đã nhập sai quá nhiều lần" in page
    assert sign_in(client, user).status_code == 200


def test_nobody_signs_up(client):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert client.get("/accounts/signup/").status_code in {302, 404}


def test_signing_out_is_a_post(client):
    sign_in(client, UserFactory())
    assert client.get("/accounts/logout/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session


def test_after_signing_in_one_comes_where_one_wanted_to_go_but_not_elsewhere(client):
    user = UserFactory()
    wanted = client.get("/support/")
    assert wanted["Location"] == f"{LOGIN}?next=/support/"
    data = {"login": user.username, "password": PASSWORD}
    assert client.post(LOGIN, data | {"next": "/support/"})["Location"] == "/support/"
    client.logout()
    assert client.post(LOGIN, data | {"next": "https://example.com/"})["Location"] == "/"
