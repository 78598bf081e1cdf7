"""``open_campaign CODE``."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.actions.campaigns import create_campaign
from reviews.models import Campaign, Review
from tests.factories import DepartmentFactory, OrganisationFactory, ProcedureFactory, UserFactory
from tests.test_access import rows
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


def run(code, **options):
    out = StringIO()
    call_command("open_campaign", code, stdout=out, **options)
    return out.getvalue()


def test_a_round_is_opened_and_a_second_time_nothing_changes():
    day = datetime.date(2021, 9, 30)
    ProcedureFactory(publisher=OrganisationFactory())
    create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=day, opens_on=day, deadline=day)
    assert "1 thủ tục, 1 phiếu" in run("2021")
    assert "không có gì thay đổi" in run("2021")
    assert Review.objects.count() == 1


def test_refusals_are_one_clear_sentence():
    with pytest.raises(CommandError, match="Không có đợt rà soát mã “khong-co”"):
        run("khong-co")
    day = datetime.date(2021, 9, 30)
    create_campaign(by=None, code="trong", title="Đợt trống", bodies_on=day, opens_on=day, deadline=day)
    with pytest.raises(CommandError, match="nhập danh mục"):
        run("trong")


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_a_person_of_the_wrong_role_opens_nothing(role):
    day = datetime.date(2021, 9, 30)
    ProcedureFactory(publisher=OrganisationFactory())
    create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=day, opens_on=day, deadline=day)
    UserFactory(username="ai-do", role=role)
    before = rows()
    with pytest.raises(CommandError, match="cơ quan chủ trì") as refusal:
        run("2021", by="ai-do")
    assert refusal.value.returncode != 0
    with pytest.raises(CommandError, match="Không có tài khoản đang hoạt động"):
        run("2021", by="khong-co")
    assert rows() == before


def test_the_department_may_open_by_command_in_a_persons_name():
    day = datetime.date(2021, 9, 30)
    ProcedureFactory(publisher=OrganisationFactory())
    create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=day, opens_on=day, deadline=day)
    head = UserFactory(username="cuc", role=Role.DEPARTMENT_HEAD, organisation=DepartmentFactory())
    run("2021", by="cuc")
    assert Campaign.objects.get().opened_by == head
