"""``open_campaign CODE``."""

import datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.actions.campaigns import create_campaign
from reviews.models import Review
from tests.factories import OrganisationFactory, ProcedureFactory

pytestmark = pytest.mark.django_db


def run(code):
    out = StringIO()
    call_command("open_campaign", code, stdout=out)
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
