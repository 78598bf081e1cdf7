"""Which body a wording names on a day."""

import datetime

import pytest

from procedures.importing.lookups import Publishers
from tthc_portal.accounts.models import OrganisationAlias

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 7, 1)


@pytest.mark.parametrize(
    "wording",
    [
        "Bộ Tư pháp",
        "bộ  tư pháp.",
        "G15",
        "g15",
        "000.00.00.G15",
        "000.00.00.g15",
        "Bộ Tư pháp (G15)",
        "G15 - Bộ Tư pháp",
    ],
)
def test_a_name_a_code_and_its_long_form_name_the_body(bodies, wording):
    assert Publishers(DAY).resolve(wording) == bodies["justice"]


@pytest.mark.parametrize("wording", ["Bộ Tư pháp (G17)", "G17 - Bộ Tư pháp", "000.00.00.G99", "Bộ lạ"])
def test_a_name_and_a_code_that_disagree_name_nobody(bodies, wording):
    with pytest.raises(ValueError, match="Không có cơ quan nào"):
        Publishers(DAY).resolve(wording)


def test_an_alias_is_read_within_its_period(bodies):
    wording = "Bộ xây dựng (Giao thông vận tải cũ)"
    assert Publishers(datetime.date(2021, 9, 30)).resolve(wording) == bodies["transport"]
    assert Publishers(DAY).resolve(wording) == bodies["construction"]


def test_a_wording_that_names_several_bodies_asks_for_a_code(bodies):
    for body in (bodies["justice"], bodies["construction"]):
        OrganisationAlias.objects.create(
            wording="Bộ chung", organisation=body, valid_from=datetime.date(1900 + body.pk % 50, 1, 1)
        )
    with pytest.raises(ValueError, match="Ghi mã cơ quan thay cho tên"):
        Publishers(DAY).resolve("Bộ chung")


def test_any_number_of_wordings_costs_three_queries(bodies, django_assert_num_queries):
    with django_assert_num_queries(3):
        publishers = Publishers(DAY)
        for wording in ("Bộ Tư pháp", "G17", "H60", "Tỉnh Tuyên Quang", "UBND tỉnh Tuyên Quang"):
            publishers.resolve(wording)
