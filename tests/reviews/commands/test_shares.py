"""``shares``: the public JSON and the table."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from reviews.reports.dashboards import national_figures
from reviews.reports.past import AsOf, Basis
from tests.reviews.reports.random_round import make_round

pytestmark = pytest.mark.django_db

KEYS = [
    *("code", "name", "kind", "total", "excluded", "eligible", "unknown", "reviewed", "proposed", "accepted"),
    *("approved", "share", "required", "missing", "met", "target"),
]


def run(**options):
    out = StringIO()
    call_command("shares", stdout=out, **options)
    return out.getvalue()


def test_json_has_one_object_a_body_in_the_promised_keys_and_the_nation_last():
    campaign = make_round(4)
    rows = json.loads(run(json=True, campaign=campaign.code))
    assert all(list(row) == KEYS for row in rows)
    assert len(rows) == 5 + 1
    assert (rows[-1]["code"], rows[-1]["kind"]) == ("VN", "nation")
    figures, total = national_figures(campaign)
    assert rows == [one.as_dict() for one in (*figures, total)]
    assert {row["target"] for row in rows} == {"binding", "reference"}


def test_the_default_round_is_the_current_one():
    make_round(1, ministries=1, provinces=0)
    assert json.loads(run(json=True))[-1]["code"] == "VN"


def test_the_table_has_a_line_a_body():
    campaign = make_round(4)
    lines = run(campaign=campaign.code).splitlines()
    assert lines[0].startswith(campaign.title)
    assert lines[-1].startswith("VN")
    assert len(lines) == 2 + 6


def test_basis_and_day_are_chosen_and_the_keys_stay():
    campaign = make_round(4, adjusted=True)
    rows = json.loads(run(json=True, campaign=campaign.code, basis="frozen"))
    assert all(list(row) == KEYS for row in rows)
    figures, total = national_figures(campaign, AsOf(Basis.FROZEN))
    assert rows == [one.as_dict() for one in (*figures, total)]
    assert "theo danh mục chốt" in run(campaign=campaign.code, basis="frozen").splitlines()[0]
    with pytest.raises(CommandError, match="ở sau ngày hôm nay"):
        run(on="2999-01-01")


def test_an_unknown_round_is_one_clear_sentence():
    with pytest.raises(CommandError, match="Không có đợt rà soát mã “x”"):
        run(campaign="x")
    with pytest.raises(CommandError, match="Chưa có đợt"):
        run()
