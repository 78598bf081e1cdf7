"""Bodies that import tests name."""

import datetime

import pytest

from tests.factories import DepartmentFactory, OrganisationFactory, ProvinceFactory, UserFactory, ladder
from tthc_portal.accounts.models import OrganisationAlias, Role


@pytest.fixture
def justice(db):
    """Bộ Tư pháp, G15."""
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def bodies(justice):
    """The publishers of the genuine exports, a province, and the levels of authority."""
    ladder()
    OrganisationFactory(code="G01", name="Bộ Công an")
    OrganisationFactory(code="TAND", name="Tòa án nhân dân", kind="other")
    old = OrganisationFactory(code="G04", name="Bộ Giao thông vận tải", valid_to=datetime.date(2025, 2, 28))
    new = OrganisationFactory(code="G17", name="Bộ Xây dựng")
    ProvinceFactory(code="H60", name="Tỉnh Tuyên Quang")
    wording = "Bộ xây dựng (Giao thông vận tải cũ)"
    OrganisationAlias.objects.create(wording=wording, organisation=old, valid_to=datetime.date(2025, 2, 28))
    OrganisationAlias.objects.create(wording=wording, organisation=new, valid_from=datetime.date(2025, 3, 1))
    return {"justice": justice, "transport": old, "construction": new}


@pytest.fixture
def admin(db):
    """An administrator of the coordinating department."""
    return UserFactory(organisation=DepartmentFactory(), role=Role.ADMINISTRATOR)
