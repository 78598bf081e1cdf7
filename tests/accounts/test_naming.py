"""Names by date."""

import datetime

import pytest

from tests.factories import OrganisationFactory, ProvinceFactory
from tthc_portal.accounts.models import OrganisationName
from tthc_portal.accounts.naming import under_names_of

pytestmark = pytest.mark.django_db


def test_a_body_is_called_as_it_was_on_the_day(django_assert_num_queries):
    hue, other = ProvinceFactory(code="H57", name="Thành phố Huế"), OrganisationFactory(name="Bộ Tư pháp")
    OrganisationName.objects.create(
        organisation=hue, name="Tỉnh Thừa Thiên Huế", valid_from=datetime.date(1900, 1, 1),
        valid_to=datetime.date(2024, 12, 31),
    )  # fmt: skip
    with django_assert_num_queries(1):
        names = [body.name for body in under_names_of(datetime.date(2021, 9, 30), [hue, other])]
    assert names == ["Tỉnh Thừa Thiên Huế", "Bộ Tư pháp"]
    hue.refresh_from_db()
    assert under_names_of(datetime.date(2026, 1, 1), [hue])[0].name == "Thành phố Huế"
