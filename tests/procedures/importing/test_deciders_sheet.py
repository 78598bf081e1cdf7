"""A sheet of code and deciding authority fills what the national export lacks, and touches nothing else."""

import io

import pytest

from procedures.importing.batches import apply, preview, run_import
from procedures.importing.changes import changes_of
from procedures.importing.undo import undo
from procedures.models import DecidingAuthority, Procedure, UnresolvedAuthority
from tests.procedures.books import book, many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
HEADER = ("Mã TTHC", "Cơ quan có thẩm quyền quyết định", "Căn cứ pháp lý")


@pytest.fixture
def catalogue(tmp_path):
    """Five procedures of Bộ Tư pháp, deciders unknown."""
    run_import(by=None, path=many(tmp_path / "catalogue.xlsx", 5))


def sheet(path, *rows, header=HEADER):
    return book(path, *rows, header=header, title="THẨM QUYỀN QUYẾT ĐỊNH")


def deciders() -> list[tuple]:
    rows = DecidingAuthority.objects.order_by("procedure__code", "pk")
    return list(rows.values_list("procedure__code", "level", "body", "legal_ground"))


def stored() -> list[tuple]:
    return list(Procedure.objects.order_by("code").values_list("code", "name", "publisher", "status", "search_text"))


def test_it_changes_deciders_and_legal_grounds_only(catalogue, tmp_path):
    before = stored()
    path = sheet(
        tmp_path / "a.xlsx",
        ("1.000000", "Sở Tư pháp\nCông an tỉnh", "Điều 5"),
        ("1.000001", "Bộ trưởng Bộ Tư pháp", ""),
        ("1.000002", "", ""),
        ("1.000003", "Hội đồng lạ", ""),
    )
    result = run_import(by=None, path=path)
    assert result.counts | {"repaired": 0} == {
        "rows": 4,
        "created": 0,
        "changed": 2,
        "unchanged": 2,
        "invalid": 0,
        "repaired": 0,
    }
    assert stored() == before
    assert deciders() == [
        ("1.000000", "PROV_DEPT", "Sở Tư pháp", "Điều 5"),
        ("1.000000", "PROV_VERTICAL", "Công an tỉnh", "Điều 5"),
        ("1.000001", "MINISTER", "Bộ trưởng Bộ Tư pháp", ""),
    ]
    assert UnresolvedAuthority.objects.get().procedure.code == "1.000003"
    again = run_import(by=None, path=path)
    assert (again.counts["changed"], again.batch) == (0, None)


def test_a_code_the_catalogue_lacks_is_invalid_and_says_what_to_do(catalogue, tmp_path):
    path = sheet(tmp_path / "a.xlsx", ("1.000000", "Sở Tư pháp", ""), ("9.999999", "Sở Tư pháp", ""))
    result = run_import(by=None, path=path)
    [error] = [error for outcome in result.outcomes for error in outcome.errors]
    assert (error["column"], error["value"]) == ("Mã TTHC", "9.999999")
    assert "chưa có trong danh mục" in error["message"]
    assert "Sửa mã" in error["message"]
    assert result.batch is None
    assert deciders() == []


def test_blank_cells_keep_deciders_and_grounds_and_a_ground_alone_is_laid_on_the_stored_deciders(catalogue, tmp_path):
    run_import(by=None, path=sheet(tmp_path / "a.xlsx", ("1.000000", "Sở Tư pháp", "Điều 5")))
    result = run_import(by=None, path=sheet(tmp_path / "b.xlsx", ("1.000000", "", "")))
    assert result.counts["unchanged"] == 1
    assert [o.kept for o in result.outcomes] == [["Cơ quan có thẩm quyền quyết định", "Căn cứ pháp lý"]]
    run_import(by=None, path=sheet(tmp_path / "c.xlsx", ("1.000000", "", "Điều 6")))
    assert deciders() == [("1.000000", "PROV_DEPT", "Sở Tư pháp", "Điều 6")]
    run_import(by=None, path=sheet(tmp_path / "d.xlsx", ("1.000000", "Công an tỉnh", "")))
    assert deciders() == [("1.000000", "PROV_VERTICAL", "Công an tỉnh", "Điều 6")]


def test_a_ground_without_any_decider_is_pointed_out(catalogue, tmp_path):
    result = run_import(by=None, path=sheet(tmp_path / "a.xlsx", ("1.000000", "", "Điều 5")))
    assert (result.counts["unchanged"], result.batch) == (1, None)
    assert "chưa có thẩm quyền" in result.warnings[0]["message"]


def test_the_legal_ground_may_be_absent(catalogue, tmp_path):
    path = sheet(tmp_path / "a.xlsx", ("1.000000", "Sở Tư pháp"), header=HEADER[:2])
    assert run_import(by=None, path=path).counts["changed"] == 1


def test_procedures_not_on_the_sheet_are_not_missing(catalogue, tmp_path, admin):
    batch = preview(by=admin, path=sheet(tmp_path / "a.xlsx", ("1.000000", "Sở Tư pháp", "")))
    assert (batch.rows_changed, batch.rows_missing) == (1, 0)
    apply(by=admin, batch=batch)
    assert deciders() == [("1.000000", "PROV_DEPT", "Sở Tư pháp", "")]
    undo(by=admin, batch=batch)
    assert deciders() == []


def test_the_exported_catalogue_imports_again_with_nothing_changed(catalogue, tmp_path, admin, login):
    rows = (
        ("1.000000", "Sở Tư pháp\nCông an tỉnh", "Điều 5\nĐiều 6"),
        ("1.000001", "Sở Tư pháp, Bộ trưởng Bộ Tư pháp", ""),
        ("1.000002", "Hội đồng lạ", "Điều 1"),
        ("1.000003", "UBND cấp xã", ""),
    )
    run_import(by=None, path=sheet(tmp_path / "a.xlsx", *rows))
    before = deciders()
    response = login(admin).get("/procedures/", {"export": "xlsx"})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    path = tmp_path / "export.xlsx"
    path.write_bytes(io.BytesIO(content).getvalue())
    result = run_import(by=None, path=path)
    assert result.counts["unchanged"] == 5
    assert result.batch is None
    assert deciders() == before


def test_a_legal_ground_that_changes_is_seen_beside_an_authority_that_stays(catalogue, tmp_path):
    run_import(by=None, path=sheet(tmp_path / "a.xlsx", ("1.000001", "Bộ trưởng Bộ Tư pháp", "")))
    batch = preview(by=None, path=sheet(tmp_path / "b.xlsx", ("1.000001", "Bộ trưởng Bộ Tư pháp", "Điều 7")))
    (change,) = changes_of(batch.rows.get())
    assert (change["before"], change["after"]) == ("Bộ trưởng Bộ Tư pháp", "Bộ trưởng Bộ Tư pháp (căn cứ: Điều 7)")
