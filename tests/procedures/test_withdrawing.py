"""Who said what a wording stands for, what stands on it, and everything as before once it is taken back."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.importing.batches import apply, preview, run_import
from procedures.importing.undo import undo
from procedures.matching import map_publishers, match_authority
from procedures.models import (
    AuthorityAlias,
    DecidingAuthority,
    ImportBatch,
    ImportRow,
    Matching,
    Procedure,
    UnresolvedAuthority,
)
from procedures.withdrawing import standing_on, withdraw
from tests.factories import UserFactory
from tests.procedures.books import OLD_HEADER, book
from tthc_portal.accounts.models import OrganisationAlias, Role

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
DAY = datetime.date(2026, 7, 1)


def imported(path, *cells, ground="", first=1, name="Tên"):
    rows = ((f"1.{n:06d}", name, "G15", cell, ground, "") for n, cell in enumerate(cells, start=first))
    return run_import(by=None, path=book(path, *rows, header=OLD_HEADER), as_of=DAY)


def state() -> dict:
    """All that matching a wording may touch."""
    return {
        "deciders": list(
            DecidingAuthority.objects.order_by("procedure__code", "level").values_list(
                "procedure__code", "level", "body", "legal_ground", "source", "batch", "batch_row"
            )
        ),
        "waiting": list(
            UnresolvedAuthority.objects.order_by("procedure__code", "folded").values_list(
                "procedure__code", "wording", "cell", "legal_ground", "batch", "batch_row"
            )
        ),
        "provenance": list(Procedure.objects.order_by("code").values_list("code", "provenance")),
        "counts": list(ImportBatch.objects.order_by("pk").values_list("pk", "rows_changed", "rows_unchanged")),
        "aliases": sorted(AuthorityAlias.objects.values_list("folded", flat=True)),
    }


def said(wording="Hội đồng lạ") -> Matching:
    return Matching.objects.in_force().get(wording=wording)


def test_a_wording_matched_by_hand_says_who_matched_it_and_when(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["PROV_PC", "MINISTRY"])
    word = said()
    assert (word.made_by, word.levels, word.kind) == (admin, ["MINISTRY", "PROV_PC"], "authority")
    assert word.authority_alias == AuthorityAlias.objects.get()
    match_authority(by=UserFactory(role=Role.ADMINISTRATOR), wording="Hội đồng lạ", levels=["PROV_PC", "MINISTRY"])
    assert Matching.objects.get().made_by == admin


def test_taking_a_wording_back_leaves_everything_as_before_it_was_matched(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Sở Tư pháp", "Sở Tư pháp", "Sở Tư pháp", ground="Điều 1")
    imported(tmp_path / "b.xlsx", "Hội đồng lạ", "Hội đồng lạ, Sở Tư pháp", "Tổ lạ\nHội đồng lạ", "Hội đồng lạ")
    before = state()
    assert match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"]) == 3
    assert state() != before
    assert standing_on([said()])[said().pk].count == 3
    assert withdraw(by=admin, matching=said(), reason="Chọn nhầm") == 3
    after = state()
    # A cell is kept by its bodies, one a line; what it says is the same.
    assert [row[:2] for row in after["waiting"]] == [row[:2] for row in before["waiting"]]
    assert {name: value for name, value in after.items() if name != "waiting"} == {
        name: value for name, value in before.items() if name != "waiting"
    }
    word = Matching.objects.get()
    assert (word.withdrawn_by, word.withdrawn_reason, word.authority_alias) == (admin, "Chọn nhầm", None)


def test_a_wording_may_be_matched_again_and_both_words_are_kept(tmp_path, admin):
    result = imported(tmp_path / "a.xlsx", "Hội đồng lạ", "Hội đồng lạ, Sở Tư pháp", "Tổ lạ\nHội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    withdraw(by=admin, matching=said(), reason="Chọn nhầm")
    assert match_authority(by=admin, wording="Hội đồng lạ", levels=["PROV_PC"]) == 2
    assert match_authority(by=admin, wording="Tổ lạ", levels=["MINISTRY"]) == 1
    levels = set(DecidingAuthority.objects.values_list("procedure__code", "level"))
    assert {level for code, level in levels if code == "1.000002"} == {"PROV_PC", "PROV_DEPT"}
    assert {level for code, level in levels if code == "1.000003"} == {"PROV_PC", "MINISTRY"}
    assert [word.levels for word in Matching.objects.filter(wording="Hội đồng lạ")] == [["PROV_PC"], ["MINISTER"]]
    undo(by=admin, batch=result.batch)
    assert not Procedure.objects.exists()


def test_a_file_imported_after_the_matching_waits_too_and_can_still_be_undone(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Sở Tư pháp", "Hội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    before = state()
    second = imported(tmp_path / "b.xlsx", "Hội đồng lạ", first=1, name="Tên khác")
    assert withdraw(by=admin, matching=said(), reason="Chọn nhầm") == 2
    row = ImportRow.objects.get(batch=second.batch, code="1.000001")
    assert row.outcome == "changed"
    assert set(row.after) == {"name"}
    assert DecidingAuthority.objects.get().level_id == "PROV_DEPT"
    undo(by=admin, batch=second.batch)
    assert state()["deciders"] == [row for row in before["deciders"] if row[0] == "1.000001"]
    assert Procedure.objects.get(code="1.000001").provenance == dict(before["provenance"])["1.000001"]


def test_older_deciders_that_stand_on_the_same_wording_do_not_come_back(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    imported(tmp_path / "b.xlsx", "Hội đồng lạ, Sở Tư pháp")
    withdraw(by=admin, matching=said(), reason="Chọn nhầm")
    assert not DecidingAuthority.objects.exists()
    assert UnresolvedAuthority.objects.get().cell == ["Hội đồng lạ", "Sở Tư pháp"]


def test_what_a_body_has_confirmed_stays(tmp_path, admin):
    imported(tmp_path / "a.xlsx", "Hội đồng lạ")
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    DecidingAuthority.objects.create(
        procedure=Procedure.objects.get(), level_id="MINISTRY", source="confirmed", confirmed_by=admin
    )
    assert withdraw(by=admin, matching=said(), reason="Chọn nhầm") == 0
    assert DecidingAuthority.objects.count() == 2
    assert not UnresolvedAuthority.objects.exists()


def test_a_word_is_taken_back_once_with_a_reason_and_by_an_administrator(tmp_path, admin):
    match_authority(by=admin, wording="Hội đồng lạ", levels=["MINISTER"])
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(PermissionDenied):
            withdraw(by=UserFactory(role=role), matching=said(), reason="Vì thế")
    for reason, sentence in ((" ", "Chưa ghi lý do"), ("x" * 501, "dài quá 500")):
        with pytest.raises(ValidationError, match=sentence):
            withdraw(by=admin, matching=said(), reason=reason)
    word = said()
    assert withdraw(by=admin, matching=word, reason="Chọn nhầm") == 0
    with pytest.raises(ValidationError, match="đã được thu hồi trước đó"):
        withdraw(by=admin, matching=word, reason="Chọn nhầm")


def test_fifty_procedures_wait_again_for_hardly_more_statements_than_one(tmp_path, admin):
    costs = []
    for count in (1, 50):
        imported(tmp_path / f"{count}.xlsx", *[f"Hội đồng {count}"] * count, first=count * 100)
        match_authority(by=admin, wording=f"Hội đồng {count}", levels=["MINISTER"])
        with CaptureQueriesContext(connection) as queries:
            assert withdraw(by=admin, matching=said(f"Hội đồng {count}"), reason="Chọn nhầm") == count
        costs.append(len(queries))
    assert costs[1] <= costs[0] + 2


# -- publishers


def mapped(tmp_path, admin, justice, *codes):
    rows = [(code, "Tên", "Tư pháp cũ", "", "") for code in codes]
    batch = preview(by=admin, path=book(tmp_path / f"{codes[0]}.xlsx", *rows), as_of=DAY)
    choice = {"wording": "Tư pháp cũ", "organisation": justice.pk, "valid_from": None}
    return map_publishers(by=admin, batch=batch, choices=[choice]) if batch.rows_invalid else batch


def test_a_publisher_mapped_by_hand_says_who_when_at_which_file_and_which_files_use_it(tmp_path, admin, justice):
    first = mapped(tmp_path, admin, justice, "1.000001", "1.000002")
    word = said("Tư pháp cũ")
    assert (word.kind, word.made_by, word.organisation, word.batch) == ("publisher", admin, justice, first)
    assert word.organisation_alias == OrganisationAlias.objects.get(wording="Tư pháp cũ")
    apply(by=admin, batch=first)
    waiting = mapped(tmp_path, admin, justice, "1.000003")
    standing = standing_on([word])[word.pk]
    assert [(batch.pk, rows) for batch, rows in standing.uses] == [(waiting.pk, 1), (first.pk, 2)]
    assert standing.count == 2


def test_a_publisher_taken_back_leaves_procedures_and_makes_rows_of_files_invalid_again(tmp_path, admin, justice):
    apply(by=admin, batch=mapped(tmp_path, admin, justice, "1.000001"))
    waiting = mapped(tmp_path, admin, justice, "1.000002")
    assert withdraw(by=admin, matching=said("Tư pháp cũ"), reason="Đó là cơ quan khác") == 0
    assert Procedure.objects.get().publisher == justice
    with pytest.raises(ValidationError, match="Còn 1 dòng lỗi|đã thay đổi từ lúc xem trước"):
        apply(by=admin, batch=waiting)
    assert not Procedure.objects.filter(code="1.000002").exists()


def test_a_choice_that_cannot_be_kept_leaves_no_word(tmp_path, admin, justice, bodies):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ lạ", "", "")), as_of=DAY)
    choices = [
        {"wording": "Bộ lạ", "organisation": justice.pk, "valid_from": None},
        {"wording": "Bộ khác", "organisation": bodies["transport"].pk, "valid_from": None},
    ]
    with pytest.raises(ValidationError):
        map_publishers(by=admin, batch=batch, choices=choices)
    assert not Matching.objects.exists()
