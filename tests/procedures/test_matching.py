"""What a wording stands for is said once: waiting procedures get their deciders, previews their publishers."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.importing.batches import apply, preview, run_import
from procedures.importing.undo import undo
from procedures.matching import map_publishers, match_authority
from procedures.models import AuthorityAlias, DecidingAuthority, ImportRow, Procedure, UnresolvedAuthority
from tests.factories import OrganisationFactory, UserFactory
from tests.procedures.books import OLD_HEADER, book
from tthc_portal.accounts.models import OrganisationAlias, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
DAY = datetime.date(2026, 7, 1)


def imported(path, *cells, name="Tên", publisher="G15", ground="", first=1):
    rows = ((f"1.{n:06d}", name, publisher, cell, ground, "") for n, cell in enumerate(cells, start=first))
    return run_import(by=None, path=book(path, *rows, header=OLD_HEADER), as_of=DAY)


def deciders() -> list[tuple]:
    rows = DecidingAuthority.objects.order_by("procedure__code", "pk")
    return list(rows.values_list("procedure__code", "level", "body", "legal_ground", "source", "batch", "batch_row"))


def test_every_waiting_procedure_whose_whole_cell_is_understood_gets_its_deciders(tmp_path, admin):
    batch = imported(
        tmp_path / "a.xlsx", "Hội đồng lạ", "Sở Tư pháp, Hội đồng lạ", "Hội đồng lạ\nTổ lạ", "Bộ Y tế", ground="Điều 5"
    ).batch
    assert match_authority(by=admin, wording="Hội đồng lạ", levels=["PROV_PC", "MINISTRY"]) == 2
    assert [row for row in deciders() if row[0] != "1.000004"] == [
        ("1.000001", "MINISTRY", "Hội đồng lạ", "Điều 5", "import", batch.pk, 3),
        ("1.000001", "PROV_PC", "Hội đồng lạ", "Điều 5", "import", batch.pk, 3),
        ("1.000002", "PROV_DEPT", "Sở Tư pháp", "Điều 5", "import", batch.pk, 4),
        ("1.000002", "MINISTRY", "Hội đồng lạ", "Điều 5", "import", batch.pk, 4),
        ("1.000002", "PROV_PC", "Hội đồng lạ", "Điều 5", "import", batch.pk, 4),
    ]
    assert [row.wording for row in UnresolvedAuthority.objects.all()] == ["Tổ lạ"]
    assert match_authority(by=admin, wording="Tổ lạ", levels=["MINISTER"]) == 1
    assert not UnresolvedAuthority.objects.exists()
    assert Procedure.objects.get(code="1.000003").provenance["deciders"] == [batch.pk, 5]


def test_the_alias_serves_for_ever_however_it_is_spelt(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ", "HỘI ĐỒNG  LẠ.")
    assert match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"]) == 2
    result = imported(tmp_path / "b.xlsx", "hội đồng lạ", first=7)
    assert result.warnings == []
    assert DecidingAuthority.objects.filter(procedure__code="1.000007", level="MINISTER").exists()
    assert AuthorityAlias.objects.filter(folded="hoi dong la").count() == 1


def test_the_exported_file_with_matched_wordings_changes_nothing(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ, Sở Tư pháp")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    assert imported(tmp_path / "b.xlsx", "Hội đồng lạ\nSở Tư pháp").counts["unchanged"] == 1


def test_deciders_confirmed_by_a_body_are_never_overwritten(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    procedure = Procedure.objects.get()
    DecidingAuthority.objects.create(procedure=procedure, level_id="MINISTRY", source="confirmed", confirmed_by=admin)
    assert match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"]) == 0
    assert [row[1] for row in deciders()] == ["MINISTRY"]
    assert not UnresolvedAuthority.objects.exists()


def test_undoing_the_file_takes_back_what_matching_recorded_for_it(tmp_path, admin):
    first = imported(tmp_path / "a.xlsx", "Sở Tư pháp", "Sở Tư pháp", ground="Điều 1")
    before = deciders()
    second = imported(tmp_path / "b.xlsx", "Hội đồng lạ", "Hội đồng lạ", "Hội đồng lạ", ground="Điều 2")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    assert {row[1] for row in deciders()} == {"MINISTER"}
    second.batch.refresh_from_db()
    assert (second.batch.rows_created, second.batch.rows_changed, second.batch.rows_unchanged) == (1, 2, 0)
    assert ImportRow.objects.get(batch=second.batch, code="1.000001").after["deciders"][0]["level"] == "MINISTER"
    undo(by=admin, batch=second.batch)
    assert deciders() == before
    assert Procedure.objects.count() == 2
    undo(by=admin, batch=first.batch)
    assert not Procedure.objects.exists()


@pytest.mark.parametrize(
    ("wording", "levels", "sentence"),
    [
        ("Hội đồng lạ", [], "Chọn ít nhất một cấp"),
        ("Hội đồng lạ", ["", ""], "Chọn ít nhất một cấp"),
        ("", ["MINISTER"], "Chọn ít nhất một cấp"),
        ("Hội đồng lạ", ["KHONG_CO"], "không còn trong danh sách"),
        ("Sở Tư pháp, Công an tỉnh", ["PROV_DEPT"], "Đối chiếu riêng từng cơ quan: “Sở Tư pháp”; “Công an tỉnh”"),
        ("Sở Tư pháp, Hội đồng lạ", ["PROV_DEPT"], "ghi chung nhiều cơ quan"),
        ("Bộ trưởng, Thủ trưởng cơ quan ngang bộ", ["PROV_DEPT"], "đã được đối chiếu với"),
        ("Tổ " + "x" * 500, ["MINISTER"], "500 ký tự"),
    ],
)
def test_what_cannot_be_an_alias_is_refused_with_a_sentence(tmp_path, admin, wording, levels, sentence):
    with pytest.raises(ValidationError, match=sentence):
        match_authority(by=admin, wording=wording, levels=levels)
    assert not AuthorityAlias.objects.exists()


def test_a_name_with_a_comma_of_its_own_is_no_joined_list(admin):
    match_authority(by=admin, wording="Hội đồng lạ về đất đai, rừng", levels=["MINISTER"])
    assert AuthorityAlias.objects.get().folded == "hoi dong la ve dat dai, rung"


def test_only_administrators_match(tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ lạ", "", "")), as_of=DAY)
    for role in set(Role) - {Role.ADMINISTRATOR}:
        user = UserFactory(role=role)
        with pytest.raises(PermissionDenied):
            match_authority(by=user, wording="Hội đồng lạ", levels=["MINISTER"])
        with pytest.raises(PermissionDenied):
            map_publishers(by=user, batch=batch, choices=[])


def test_matching_fifty_procedures_costs_hardly_more_statements_than_one(tmp_path, admin):
    costs = []
    for count in (1, 50):
        imported(tmp_path / f"{count}.xlsx", *[f"Hội đồng {count}"] * count, first=count * 100)
        with CaptureQueriesContext(connection) as queries:
            assert match_authority(by=admin, wording=f"Hội đồng {count}", levels=["MINISTER"]) == count
        costs.append(len(queries))
    assert costs[1] <= costs[0] + 2  # SQLite takes long inserts in pieces


# -- publishers


def publishers(batch, *choices, by):
    return map_publishers(
        by=by,
        batch=batch,
        choices=[{"wording": w, "organisation": o.pk, "valid_from": start} for w, o, start in choices],
    )


def test_a_publisher_mapped_once_makes_its_rows_valid_in_this_file_and_all_later_ones(tmp_path, admin, justice):
    rows = [(f"1.{n:06d}", "Tên", wording, "", "") for n, wording in enumerate(("Tư pháp cũ", "Tư pháp cũ", "G15"))]
    path = book(tmp_path / "a.xlsx", *rows)
    batch = preview(by=admin, path=path, as_of=DAY)
    assert (batch.rows_invalid, batch.rows_created) == (2, 1)
    batch = publishers(batch, ("Tư pháp cũ", justice, None), by=admin)
    assert (batch.rows_invalid, batch.rows_created) == (0, 3)
    alias = OrganisationAlias.objects.get(wording="Tư pháp cũ")
    assert (alias.valid_from, alias.valid_to) == (justice.valid_from, justice.valid_to)
    apply(by=admin, batch=batch)
    assert Procedure.objects.filter(publisher=justice).count() == 3
    assert imported(tmp_path / "b.xlsx", "", publisher="TƯ PHÁP CŨ", first=9).counts["created"] == 1


def test_the_alias_keeps_within_the_bodys_own_period_and_clear_of_other_meanings(tmp_path, admin, bodies):
    body = OrganisationFactory(code="G77", name="Bộ Mới", valid_from=datetime.date(2025, 3, 1))
    end = datetime.date(2026, 12, 31)
    for day, other in (
        (datetime.date(1990, 1, 1), bodies["transport"]),
        (datetime.date(2027, 1, 1), bodies["justice"]),
    ):
        last = datetime.date(2025, 6, 30) if day.year == 1990 else None
        OrganisationAlias.objects.create(wording="Bộ lạ", organisation=other, valid_from=day, valid_to=last)
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ lạ", "", "")), as_of=DAY)
    publishers(batch, ("Bộ lạ", body, None), by=admin)
    alias = OrganisationAlias.objects.get(organisation=body)
    assert (alias.valid_from, alias.valid_to) == (datetime.date(2025, 7, 1), end)


def test_a_first_day_may_be_given_within_reason(tmp_path, admin, justice):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ lạ", "", "")), as_of=DAY)
    with pytest.raises(ValidationError, match="ngày bắt đầu phải từ ngày thành lập"):
        publishers(batch, ("Bộ lạ", justice, datetime.date(2026, 7, 2)), by=admin)
    publishers(batch, ("Bộ lạ", justice, datetime.date(2026, 1, 1)), by=admin)
    assert OrganisationAlias.objects.get(wording="Bộ lạ").valid_from == datetime.date(2026, 1, 1)


def test_when_one_choice_cannot_be_kept_none_is(tmp_path, admin, justice, bodies):
    rows = (("1.000001", "Tên", "Bộ lạ", "", ""), ("1.000002", "Tên", "Bộ khác", "", ""))
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", *rows), as_of=DAY)
    with pytest.raises(ValidationError, match="không hoạt động vào ngày 01/07/2026"):
        publishers(batch, ("Bộ lạ", justice, None), ("Bộ khác", bodies["transport"], None), by=admin)
    with pytest.raises(ValidationError, match="Chưa chọn cơ quan nào"):
        publishers(batch, by=admin)
    assert not OrganisationAlias.objects.filter(wording="Bộ lạ").exists()
    batch.refresh_from_db()
    assert batch.rows_invalid == 2


def test_a_preview_already_applied_takes_no_more_publishers(tmp_path, admin, justice):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", "")), as_of=DAY)
    apply(by=admin, batch=batch)
    with pytest.raises(ValidationError, match="không đối chiếu được"):
        publishers(batch, ("Bộ lạ", justice, None), by=admin)
