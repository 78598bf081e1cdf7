"""Wordings that nobody has matched wait; what the latest file says replaces what waited before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.deciders import confirm_deciders
from procedures.importing.batches import run_import
from procedures.importing.undo import undo
from procedures.models import DecidingAuthority, Procedure, UnresolvedAuthority
from tests.procedures.books import OLD_HEADER, book

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]


def file(path, *cells, name="Tên", ground=""):
    """A workbook of procedures 1.000001 … with these cells of deciders."""
    rows = ((f"1.{n:06d}", name, "G15", cell, ground, "") for n, cell in enumerate(cells, start=1))
    return book(path, *rows, header=OLD_HEADER)


def imported(*args, **kwargs):
    return run_import(by=None, path=file(*args, **kwargs))


def waiting() -> list[tuple]:
    rows = UnresolvedAuthority.objects.order_by("procedure__code", "pk")
    return list(rows.values_list("procedure__code", "wording", "batch_row"))


def test_an_unknown_authority_stops_nothing_and_waits_with_its_whole_cell(tmp_path):
    result = imported(tmp_path / "a.xlsx", "Sở Tư pháp\nHội đồng lạ", "Sở Tư pháp", ground="Điều 5")
    assert result.counts["created"] == 2
    assert waiting() == [("1.000001", "Hội đồng lạ", 3)]
    row = UnresolvedAuthority.objects.get()
    assert (row.batch, row.cell, row.legal_ground) == (result.batch, ["Sở Tư pháp", "Hội đồng lạ"], "Điều 5")
    assert DecidingAuthority.objects.get().procedure.code == "1.000002"
    assert [w["value"] for w in result.warnings] == ["Hội đồng lạ"]


def test_of_a_line_joined_by_commas_only_the_part_nobody_knows_waits(tmp_path):
    imported(tmp_path / "a.xlsx", "Sở Tư pháp, Hội đồng lạ")
    assert waiting() == [("1.000001", "Hội đồng lạ", 3)]


def test_a_line_joined_by_commas_becomes_one_decider_a_part(tmp_path):
    imported(tmp_path / "a.xlsx", "Sở Tư pháp, Công an tỉnh")
    assert list(DecidingAuthority.objects.order_by("pk").values_list("level", "body")) == [
        ("PROV_DEPT", "Sở Tư pháp"),
        ("PROV_VERTICAL", "Công an tỉnh"),
    ]


def test_a_later_file_replaces_what_waited_and_a_blank_cell_keeps_it(tmp_path):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ", "Hội đồng lạ", "Hội đồng lạ")
    imported(tmp_path / "b.xlsx", "Sở Tư pháp", "Hội đồng khác", "")
    assert waiting() == [("1.000002", "Hội đồng khác", 4), ("1.000003", "Hội đồng lạ", 5)]


def test_a_dash_keeps_the_stored_deciders_is_listed_as_a_blank_cell_and_waits_for_nobody(tmp_path):
    imported(tmp_path / "a.xlsx", "Sở Tư pháp", "-")
    assert waiting() == []
    second = imported(tmp_path / "b.xlsx", "\u2013", "...", name="Tên mới")
    assert [o.kept for o in second.outcomes] == [["Cơ quan có thẩm quyền"], []]
    assert (waiting(), second.warnings) == ([], [])
    assert DecidingAuthority.objects.get().body == "Sở Tư pháp"
    kept = second.batch.rows.get(code="1.000001")
    assert kept.after["kept"] == ["Cơ quan có thẩm quyền"]


def test_the_same_file_again_changes_nothing_and_new_wordings_alone_are_kept(tmp_path):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    assert run_import(by=None, path=tmp_path / "a.xlsx").batch is None
    result = imported(tmp_path / "b.xlsx", "Hội đồng khác")
    assert result.counts["changed"] == 0
    assert waiting() == [("1.000001", "Hội đồng khác", 3)]


def test_undoing_the_file_takes_its_wordings_away_and_lets_the_earlier_ones_wait_again(tmp_path):
    first = imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    second = imported(tmp_path / "b.xlsx", "Hội đồng khác", "Hội đồng khác", name="Tên mới")
    undo(by=None, batch=second.batch)
    assert waiting() == [("1.000001", "Hội đồng lạ", 3)]
    undo(by=None, batch=first.batch)
    assert waiting() == []


def test_what_a_body_has_confirmed_waits_for_nobody(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    confirm_deciders(by=admin, procedures=Procedure.objects.all(), rows=[{"level": "MINISTER"}])
    assert waiting() == []
    result = imported(tmp_path / "b.xlsx", "Hội đồng khác")
    assert waiting() == []
    assert "đã được cơ quan xác nhận" in result.warnings[0]["message"]
    assert DecidingAuthority.objects.get().source == "confirmed"


def test_importing_one_ministrys_file_leaves_its_confirmed_deciders_and_every_other_body_alone(tmp_path, admin):
    rows = [(f"1.{n:06d}", "Tên", code, "Sở Tư pháp", "", "") for n, code in enumerate(("G15", "G15", "G17"), start=1)]
    run_import(by=None, path=book(tmp_path / "a.xlsx", *rows, header=OLD_HEADER))
    mine = Procedure.objects.filter(code="1.000001")
    confirm_deciders(by=admin, procedures=mine, rows=[{"level": "MINISTER", "legal_ground": "Điều 7"}])

    def others():
        fields = ("procedure__code", "level", "source", "legal_ground", "batch_row", "recorded_at")
        return list(DecidingAuthority.objects.exclude(procedure__code="1.000002").order_by("pk").values_list(*fields))

    before = others()
    result = imported(tmp_path / "b.xlsx", "Bộ Tư pháp", "Bộ Tư pháp", ground="Điều 9")
    assert result.counts["changed"] == 1
    assert others() == before
    assert DecidingAuthority.objects.get(procedure__code="1.000002").level_id == "MINISTRY"


def test_waiting_costs_a_bounded_number_of_statements(tmp_path):
    costs = []
    for number, count in enumerate((1, 100)):
        path = file(tmp_path / f"{number}.xlsx", *["Hội đồng lạ"] * count, name=f"Tên {number}")
        with CaptureQueriesContext(connection) as queries:
            run_import(by=None, path=path)
        costs.append(len(queries))
    assert UnresolvedAuthority.objects.count() == 100
    assert costs[1] <= costs[0] + 5
