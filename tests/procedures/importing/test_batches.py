"""Preview, apply, discard, undo, on small files and on the genuine exports."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.importing.batches import apply, discard, earlier_import, preview, run_import
from procedures.importing.changes import changes_of
from procedures.importing.evaluating import evaluate
from procedures.importing.undo import undo
from procedures.models import (
    AuthorityAlias,
    AuthorityLevel,
    DecidingAuthority,
    ImportBatch,
    ImportRow,
    Procedure,
    ProcedureSector,
    Sector,
)
from tests.factories import ScopeItemFactory, ladder
from tests.procedures.books import HEADER, OLD_HEADER, book, many

pytestmark = pytest.mark.django_db

EXPORTS = {
    "danh-sach-tthc-BoCongAn.xlsx": 339,
    "danh-sach-tthc-BoTuPhap.xlsx": 271,
    "danh-sach-tthc-BoXayDung.xlsx": 525,
    "toa-an-nhan-dan.xlsx": 3,
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def state() -> list:
    """The catalogue as an export would show it, sources included."""
    return [
        (
            p.code,
            p.name,
            p.publisher_id,
            p.executing_bodies,
            p.execution_levels,
            p.status,
            p.publishing_decision,
            p.search_text,
            p.provenance,
            [link.sector.name for link in p.sector_links.order_by("position")],
            sorted(p.deciders.values_list("level", "body", "legal_ground", "source", "batch", "batch_row")),
        )
        for p in Procedure.objects.order_by("code")
    ] + list(Sector.objects.order_by("folded").values_list("name", flat=True))


def imported(path, **kwargs):
    return run_import(by=None, path=path, **kwargs)


def messages(evaluation) -> list[tuple[int, str, str]]:
    return [(o.row.number, e["column"], e["message"]) for o in evaluation.outcomes for e in o.errors]


@pytest.mark.parametrize(("name", "count"), EXPORTS.items())
def test_a_genuine_export_imports_whole_and_a_second_time_changes_and_writes_nothing(bodies, samples, name, count):
    first = imported(samples / "exports" / name)
    assert first.counts | {"repaired": 0} == {
        "rows": count,
        "created": count,
        "changed": 0,
        "unchanged": 0,
        "invalid": 0,
        "repaired": 0,
    }
    assert Procedure.objects.count() == count
    assert not DecidingAuthority.objects.exists()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        second = imported(samples / "exports" / name)
    assert second.counts["unchanged"] == count
    assert second.batch is None
    writes = [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert writes == []
    assert ImportBatch.objects.count() == 1


def test_a_publisher_is_read_as_of_the_day_of_the_catalogue(bodies, tmp_path):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ xây dựng (Giao thông vận tải cũ)"), header=HEADER[:3])
    assert imported(path, as_of=datetime.date(2021, 9, 30)).counts["created"] == 1
    assert Procedure.objects.get().publisher == bodies["transport"]
    assert imported(path, as_of=datetime.date(2026, 7, 1)).counts["changed"] == 1
    assert Procedure.objects.get().publisher == bodies["construction"]


@pytest.mark.parametrize(
    "wording", ["Bộ Tư pháp", "BỘ TƯ PHÁP", "bo tu phap", "G15", "000.00.00.G15", "Bộ  Tư\u00a0pháp."]
)
def test_a_publisher_is_known_by_name_code_or_spelling(bodies, tmp_path, wording):
    evaluation = evaluate(book(tmp_path / "a.xlsx", ("1.000001", "Tên", wording, "", "")))
    assert evaluation.outcomes[0].after["publisher"]["id"] == bodies["justice"].pk


def test_a_peoples_committee_publishes_its_provinces_own_procedures(bodies, tmp_path):
    imported(book(tmp_path / "a.xlsx", ("1.116611", "Tên", "UBND tỉnh Tuyên Quang", "", "")))
    procedure = Procedure.objects.get()
    assert procedure.publisher.code == "H60"
    assert procedure.is_local_specific


def test_an_unknown_publisher_puts_its_rows_in_error_with_column_value_and_remedy(bodies, tmp_path):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ Tư phát", "", ""), ("1.000002", "Tên", "G15", "", ""))
    evaluation = imported(path)
    assert evaluation.batch is None
    assert not Procedure.objects.exists()
    assert evaluation.outcomes[0].errors == [
        {
            "column": "Cơ quan ban hành",
            "value": "Bộ Tư phát",
            "message": f"Không có cơ quan nào mang tên hoặc mã này vào ngày {datetime.date.today():%d/%m/%Y}."
            " Có phải “Bộ Tư pháp”? Sửa ô này, hoặc chọn cơ quan một lần ở trang xem trước.",
        }
    ]


def test_a_publisher_that_has_ended_says_so(bodies, tmp_path):
    evaluation = evaluate(book(tmp_path / "a.xlsx", ("1.000001", "Tên", "Bộ Giao thông vận tải", "", "")))
    assert "không hoạt động vào ngày" in evaluation.outcomes[0].errors[0]["message"]


def test_all_errors_of_all_rows_come_at_once(bodies, tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ("1.00000X", "", "Không có", "", ""),
        ("1.000002", "", "G15", "", ""),
        ("1.000003", "Tên", "", "", ""),
        ("1.000004", "Tên", "G15", "", ""),
        ("1.000004", "Tên", "G15", "", ""),
    )
    assert [(row, column) for row, column, _ in messages(imported(path))] == [
        (3, "Mã số"),
        (3, "Tên"),
        (3, "Cơ quan ban hành"),
        (4, "Tên"),
        (5, "Cơ quan ban hành"),
        (6, "Mã số"),
        (7, "Mã số"),
    ]
    assert not Procedure.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_blank_cell_and_an_absent_column_keep_what_is_stored(bodies, tmp_path):
    imported(book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "Sở Tư pháp", "Hộ tịch")))
    before = state()
    second = imported(book(tmp_path / "b.xlsx", ("1.000001", "", "", "", "")))
    assert second.counts["unchanged"] == 1
    assert second.outcomes[0].kept == ["Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực"]
    assert imported(book(tmp_path / "c.xlsx", ("1.000001", "Tên", "G15"), header=HEADER[:3])).counts["unchanged"] == 1
    assert state() == before


def test_only_what_changed_is_written_and_each_value_names_its_batch_and_row(bodies, tmp_path):
    first = imported(book(tmp_path / "a.xlsx", ("1.000001", "Cũ", "G15", "Sở Tư pháp", "Hộ tịch")))
    second = imported(
        book(
            tmp_path / "b.xlsx",
            ("1.000009", "Khác", "G15", "", ""),
            ("1.000001", "Mới", "G15", "Sở Tư pháp", "Hộ tịch"),
        )
    )
    procedure = Procedure.objects.get(code="1.000001")
    assert procedure.provenance["name"] == [second.batch.pk, 4]
    assert procedure.provenance["sectors"] == [first.batch.pk, 3]
    row = ImportRow.objects.get(batch=second.batch, outcome="changed")
    assert changes_of(row) == [{"label": "Tên TTHC", "before": "Cũ", "after": "Mới"}]


def test_sectors_keep_their_order_and_a_new_order_is_a_change(bodies, tmp_path):
    imported(book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", "Hộ tịch\nNuôi con nuôi")))
    assert (
        imported(book(tmp_path / "b.xlsx", ("1.000001", "Tên", "G15", "", "Nuôi con nuôi\nHỘ TỊCH"))).counts["changed"]
        == 1
    )
    links = ProcedureSector.objects.order_by("position").values_list("sector__name", flat=True)
    assert list(links) == ["Nuôi con nuôi", "Hộ tịch"]
    assert Sector.objects.count() == 2


def test_what_was_imported_is_found_without_accents(bodies, tmp_path):
    imported(book(tmp_path / "a.xlsx", ("1.000001", "Đăng ký khai sinh", "G15", "Sở Tư pháp", "Hộ tịch")))
    for words in ("dang ky khai sinh", "ĐĂNG KÝ", "ho tich", "so tu phap", "1.000001"):
        assert Procedure.objects.matching(words).count() == 1


@pytest.fixture
def levels(bodies):
    alias = AuthorityAlias.objects.create(wording="Ủy ban nhân dân xã, phường, thị trấn")
    alias.levels.set([AuthorityLevel.objects.get(code="COMMUNE_PC")])
    return bodies


def old(path, *rows):
    return book(path, *rows, header=OLD_HEADER)


def deciders(code="1.000001") -> list[tuple[str, str, str]]:
    rows = DecidingAuthority.objects.filter(procedure__code=code).order_by("pk")
    return list(rows.values_list("level", "body", "source"))


def test_deciding_authorities_are_recorded_from_aliases_labels_and_general_wordings(levels, tmp_path):
    cell = "Ủy ban Nhân dân\u00a0xã,\u00a0phường,\u00a0thị trấn.\nBộ trưởng Bộ Tư pháp\nSở, ban, ngành"
    result = imported(old(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", cell, "Điều 5 Luật Hộ tịch", "Cấp xã")))
    assert deciders() == [
        ("COMMUNE_PC", "Ủy ban Nhân dân xã, phường, thị trấn.", "import"),
        ("MINISTER", "Bộ trưởng Bộ Tư pháp", "import"),
        ("PROV_DEPT", "Sở, ban, ngành", "import"),
    ]
    row = DecidingAuthority.objects.first()
    assert (row.batch, row.batch_row, row.legal_ground) == (result.batch, 3, "Điều 5 Luật Hộ tịch")
    assert imported(tmp_path / "a.xlsx").counts["unchanged"] == 1


def test_a_wording_nobody_knows_stops_nothing_and_leaves_the_deciders_unknown(levels, tmp_path):
    result = imported(old(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "Bộ trưởng\nHội đồng lạ", "", "")))
    assert result.counts["created"] == 1
    assert deciders() == []
    assert [(w["row"], w["value"]) for w in result.warnings] == [(3, "Hội đồng lạ")]
    assert result.batch.layout["warnings"] == result.warnings


def test_a_new_file_replaces_imported_deciders_and_never_confirmed_ones(levels, tmp_path, admin):
    imported(old(tmp_path / "a.xlsx", *((f"1.00000{n}", "Tên", "G15", "Bộ trưởng", "", "") for n in (1, 2))))
    DecidingAuthority.objects.filter(procedure__code="1.000002").update(source="confirmed", confirmed_by=admin)
    result = imported(old(tmp_path / "b.xlsx", *((f"1.00000{n}", "Tên", "G15", "Sở Tư pháp", "", "") for n in (1, 2))))
    assert deciders() == [("PROV_DEPT", "Sở Tư pháp", "import")]
    assert deciders("1.000002") == [("MINISTER", "Bộ trưởng", "confirmed")]
    assert result.counts["changed"] == 1
    assert "đã được cơ quan xác nhận" in result.warnings[0]["message"]


def test_executing_bodies_never_become_deciders(levels, tmp_path):
    imported(book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "Ủy ban nhân dân cấp xã", "")))
    assert deciders() == []


def test_a_preview_writes_nothing_to_the_catalogue_and_confirming_it_does(bodies, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", "Hộ tịch")))
    assert (batch.state, batch.rows_created) == ("previewed", 1)
    assert not Procedure.objects.exists()
    assert not Sector.objects.exists()
    apply(by=admin, batch=batch)
    assert (batch.state, batch.applied_by) == ("applied", admin)
    assert Procedure.objects.get().import_rows.get().batch == batch
    assert earlier_import(batch.sha256) == batch
    with pytest.raises(ValidationError, match="Đã ghi"):
        apply(by=admin, batch=batch)


def test_a_preview_that_the_catalogue_overtook_is_shown_anew_before_anything_is_written(bodies, tmp_path, admin):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", ""), ("1.000002", "Tên", "G15", "", ""))
    batch = preview(by=admin, path=path)
    imported(book(tmp_path / "b.xlsx", ("1.000001", "Tên", "G15", "", "")))
    with pytest.raises(ValidationError, match="Danh mục đã thay đổi"):
        apply(by=admin, batch=batch)
    batch.refresh_from_db()
    assert (batch.state, batch.rows_created, batch.rows_unchanged) == ("previewed", 1, 1)
    assert Procedure.objects.count() == 1
    apply(by=admin, batch=batch)
    assert Procedure.objects.count() == 2


def test_a_preview_with_invalid_rows_cannot_be_applied(bodies, tmp_path, admin):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", ""), ("x", "Tên", "G15", "", ""))
    batch = preview(by=admin, path=path)
    with pytest.raises(ValidationError, match="Còn 1 dòng lỗi"):
        apply(by=admin, batch=batch)
    assert not Procedure.objects.exists()


def test_a_discarded_preview_is_over(bodies, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", "")))
    discard(by=admin, batch=batch)
    for action in (apply, discard, undo):
        with pytest.raises(ValidationError, match="Đã bỏ"):
            action(by=admin, batch=batch)


def test_undo_restores_every_value_its_source_and_its_deciders(levels, tmp_path):
    header = (*OLD_HEADER, "Lĩnh vực", "QĐ công bố", "Ngày công bố")
    imported(
        book(
            tmp_path / "a.xlsx",
            ("1.000001", "Cũ", "G15", "Bộ trưởng", "Điều 1", "Cấp xã", "Hộ tịch", "1/QĐ", "05/03/2021"),
            ("1.000002", "Giữ", "G15", "", "", "", "", "", ""),
            header=header,
        )
    )
    before = state()
    second = imported(
        book(
            tmp_path / "b.xlsx",
            ("1.000001", "Mới", "G17", "Sở Tư pháp", "Điều 2", "Cấp tỉnh", "Lĩnh vực mới", "2/QĐ", "06/03/2021"),
            ("1.000003", "Thêm", "G15", "Bộ trưởng", "", "", "Lĩnh vực mới", "", ""),
            header=header,
        )
    )
    assert second.counts["changed"] == 1
    assert state() != before
    undo(by=None, batch=second.batch)
    assert state() == before
    assert second.batch.state == "undone"
    with pytest.raises(ValidationError, match="Đã hoàn tác"):
        undo(by=None, batch=second.batch)
    assert imported(tmp_path / "b.xlsx").counts["changed"] == 1


def test_undo_refuses_what_entered_a_round_and_lists_the_codes(bodies, tmp_path):
    result = imported(many(tmp_path / "a.xlsx", 3))
    ScopeItemFactory(procedure=Procedure.objects.get(code="1.000001"))
    before = state()
    with pytest.raises(ValidationError, match=r"đợt rà soát.*: 1\.000001\."):
        undo(by=None, batch=result.batch)
    assert state() == before


def test_undo_refuses_what_a_later_import_changed(bodies, tmp_path):
    first = imported(many(tmp_path / "a.xlsx", 3))
    second = imported(book(tmp_path / "b.xlsx", ("1.000002", "Mới", "G15", "", "")))
    with pytest.raises(ValidationError, match=r"lượt nhập sau thay đổi: 1\.000002"):
        undo(by=None, batch=first.batch)
    undo(by=None, batch=second.batch)
    undo(by=None, batch=first.batch)
    assert not Procedure.objects.exists()


def test_undo_refuses_what_was_confirmed_or_edited_since(bodies, tmp_path, admin):
    result = imported(many(tmp_path / "a.xlsx", 3))
    DecidingAuthority.objects.create(
        procedure=Procedure.objects.get(code="1.000000"), level_id="MINISTER", source="confirmed", confirmed_by=admin
    )
    Procedure.objects.filter(code="1.000001").update(name="Sửa tay")
    with pytest.raises(ValidationError) as caught:
        undo(by=None, batch=result.batch)
    assert "xác nhận thẩm quyền: 1.000000" in caught.value.messages[0]
    assert "sửa sau khi nhập: 1.000001" in caught.value.messages[0]


def test_a_failure_in_the_middle_leaves_the_catalogue_and_the_files_as_before(bodies, tmp_path, settings, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("mất điện")

    monkeypatch.setattr("procedures.importing.links.StoredLinks.write", fail)
    with pytest.raises(RuntimeError, match="mất điện"):
        imported(many(tmp_path / "a.xlsx", 3))
    assert not Procedure.objects.exists()
    assert not ImportBatch.objects.exists()
    assert not list((tmp_path / "media").rglob("*.xlsx"))


def test_statements_do_not_grow_with_the_rows(bodies, tmp_path):
    ladder()
    count = 2000
    rows = [
        (f"1.{n:06d}", f"Thủ tục {n}", "G15", "Bộ trưởng\nSở Tư pháp", f"Điều {n}", "Cấp bộ", f"Lĩnh vực {n % 50}")
        for n in range(count)
    ]
    header = (*OLD_HEADER, "Lĩnh vực")
    limit = 30 + count / 100
    path = book(tmp_path / "a.xlsx", *rows, header=header)
    for changed in (count, 0):
        with CaptureQueriesContext(connection) as queries:
            result = imported(path)
        assert result.counts["created"] == changed
        assert len(queries) <= limit
    changed_rows = [(code, f"{name} mới", *rest) for code, name, *rest in rows]
    with CaptureQueriesContext(connection) as queries:
        result = imported(book(tmp_path / "b.xlsx", *changed_rows, header=header))
    assert result.counts["changed"] == count
    assert len(queries) <= limit
    with CaptureQueriesContext(connection) as queries:
        undo(by=None, batch=result.batch)
    assert len(queries) <= limit
