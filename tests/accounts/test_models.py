"""Bodies as they stood on a day, and the people in them."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from reviews.rules import workflow
from tests.factories import DepartmentFactory, OrganisationFactory, UserFactory
from tthc_portal.accounts.models import (
    DEPARTMENT_ROLES,
    OVERSEEING_ROLES,
    Organisation,
    OrganisationAlias,
    OrganisationKind,
    Role,
    User,
)

pytestmark = pytest.mark.django_db
LAST_OF_OLD = datetime.date(2025, 2, 28)
FIRST_OF_NEW = datetime.date(2025, 3, 1)


def test_a_code_names_the_body_of_the_day():
    old = OrganisationFactory(code="G17", name="Bộ Giao thông vận tải", valid_to=LAST_OF_OLD)
    new = OrganisationFactory(code="G17", name="Bộ Xây dựng", valid_from=FIRST_OF_NEW)
    assert Organisation.objects.coded("g17", datetime.date(2021, 9, 30)).get() == old
    assert Organisation.objects.coded("G17", LAST_OF_OLD).get() == old
    assert Organisation.objects.coded("G17", FIRST_OF_NEW).get() == new
    assert not Organisation.objects.coded("G99", FIRST_OF_NEW).exists()


def test_one_code_starts_one_body_a_period():
    OrganisationFactory(code="G17")
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganisationFactory(code="G17")


def test_a_unit_belongs_to_the_body_above_it():
    ministry = OrganisationFactory()
    bureau = OrganisationFactory(kind=OrganisationKind.UNIT, parent=ministry)
    section = OrganisationFactory(kind=OrganisationKind.UNIT, parent=bureau)
    assert section.body == ministry
    assert UserFactory(organisation=bureau).body == ministry


def test_other_bodies_take_part_in_no_round():
    OrganisationFactory(kind=OrganisationKind.OTHER)
    DepartmentFactory()
    ministry = OrganisationFactory()
    assert list(Organisation.objects.taking_part()) == [ministry]


def test_a_wording_is_found_whatever_its_accents_and_spaces():
    alias = OrganisationAlias.objects.create(wording="  Uỷ  ban Dân tộc ", organisation=OrganisationFactory())
    assert alias.wording == "Uỷ ban Dân tộc"
    assert alias.folded == "uy ban dan toc"


def test_roles_are_those_of_the_rules():
    assert [(role.value, role.label) for role in Role] == [
        (role.value, workflow.ROLE_LABELS[role]) for role in workflow.Role
    ]


def test_a_person_is_never_deleted_only_deactivated():
    user = UserFactory()
    user.delete()
    assert not User.objects.get(pk=user.pk).is_active


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_whose_account(role):
    body = DepartmentFactory() if role in DEPARTMENT_ROLES | OVERSEEING_ROLES else OrganisationFactory()
    user = UserFactory(organisation=body, role=role)
    colleague = UserFactory(organisation=OrganisationFactory(kind=OrganisationKind.UNIT, parent=body))
    stranger = UserFactory()
    seen = set(User.objects.visible_to(user))
    assert {user, colleague} <= seen
    assert (stranger in seen) is (role in OVERSEEING_ROLES)
    assert user.oversees is (role in OVERSEEING_ROLES)


def test_the_first_administrator_belongs_to_the_department():
    department = DepartmentFactory()
    user = User.objects.create_superuser("quantri", password="mat-khau-dai-1")
    assert user.organisation == department
    assert user.role == Role.ADMINISTRATOR
