"""People whom the tests of pages share."""

import pytest

from tests.factories import DepartmentFactory, UserFactory
from tthc_portal.accounts.models import Role


@pytest.fixture
def official():
    return UserFactory()


@pytest.fixture
def appraiser():
    return UserFactory(organisation=DepartmentFactory(), role=Role.APPRAISER)
