"""Addresses that no database can be asked about."""

import pytest

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    [
        "/reviews/?campaign=%00",
        "/reviews/?q=%00&export=csv",
        "/procedures/?organisation=G15%00",
        "/procedures/%00/",
        "/dashboard/G15%00/",
        "/reports/summary/%00/",
        "/campaigns/2021/scope/%00/",
    ],
)
def test_a_null_in_an_address_is_a_bad_request_said_in_vietnamese(login, address):
    answer = login(UserFactory()).get(address)
    assert answer.status_code == 400
    assert "Địa chỉ có thể bị gõ sai" in answer.content.decode()


def test_a_per_cent_sign_before_two_noughts_is_only_text(login):
    assert login(UserFactory()).get("/reviews/?q=%2500").status_code == 200
