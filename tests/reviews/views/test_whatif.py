"""The page of "tính thử": read by those who oversee, before and after side by side."""

import pytest
from django.urls import reverse

from tests.factories import DepartmentFactory, UserFactory, ladder
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
QUERY = {
    "ministry_target": "33,5",
    "ministry_target_kind": "binding",
    "province_target": "10",
    "province_target_kind": "reference",
    "headline_tier": "accepted",
    "excluded_levels": ["COMMUNE_PC"],
}


@pytest.fixture
def page(login):
    ladder()
    campaign = make_round(5, ministries=3, provinces=1)
    client = login(UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory()))
    return lambda **query: client.get(reverse("reviews:what_if", args=[campaign.code]), query)


def test_at_first_there_is_the_form_with_the_rounds_own_rule(page):
    text = page().content.decode()
    assert 'value="20' in text
    assert 'data-section="what-if"' not in text


def test_every_body_stands_in_the_order_of_its_code_and_the_nation_last(page):
    text = page(**QUERY).content.decode()
    codes = [part.split('"')[0] for part in text.split('<tr data-body="')[1:]]
    assert codes[:-1] == sorted(codes[:-1])
    assert (len(codes), codes[-1]) == (5, "VN")
    assert "data-changed" in text


def test_a_wrong_value_is_one_sentence_and_nothing_typed_is_lost(page):
    text = page(**QUERY | {"ministry_target": "120"}).content.decode()
    assert 'value="120"' in text
    assert 'data-section="what-if"' not in text


def test_the_comparison_is_exported(page):
    lines = b"".join(page(**QUERY, export="csv").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Mã,Tên cơ quan,")
    assert (len(lines), lines[-1][:3]) == (6, "VN,")
    assert b"".join(page(**QUERY, export="xlsx").streaming_content).startswith(b"PK")
    assert page(**QUERY, export="pdf").status_code == 404
