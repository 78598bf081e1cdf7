"""Import and undo, export and import: nothing is lost on the way there and back."""

import io

import pytest
from django.urls import reverse

from procedures.importing.batches import run_import
from procedures.importing.undo import undo
from tests.procedures.books import OLD_HEADER, book
from tests.procedures.importing.test_batches import EXPORTS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def export(admin, login):
    """The exported catalogue as bytes, by format."""
    client = login(admin)

    def get(kind="csv") -> bytes:
        response = client.get(reverse("procedures:list"), {"export": kind})
        parts = response.streaming_content if response.streaming else [response.content]
        return b"".join(parts)

    return get


@pytest.mark.parametrize("name", EXPORTS)
def test_import_and_undo_leave_the_exported_catalogue_as_it_was_byte_for_byte(bodies, samples, tmp_path, export, name):
    run_import(by=None, path=book(tmp_path / "0.xlsx", ("1.999999", "Đã có", "G15", "Sở Tư pháp", "Hộ tịch")))
    before = export()
    done = run_import(by=None, path=samples / "exports" / name)
    assert export() != before
    undo(by=None, batch=done.batch)
    assert export() == before


def test_undoing_a_file_that_changes_adds_and_abolishes_restores_every_byte(bodies, tmp_path, export):
    header = (*OLD_HEADER, "Lĩnh vực")
    rows = [(f"1.{n:06d}", f"Tên {n}", "G15", "Bộ trưởng", f"Điều {n}", "Cấp bộ", "Hộ tịch") for n in range(20)]
    run_import(by=None, path=book(tmp_path / "a.xlsx", *rows, header=header))
    before = export()
    changed = [(code, f"{name} mới", "G17", "Sở Tư pháp", "", "Cấp tỉnh", "Khác") for code, name, *_ in rows[:8]]
    added = [(f"2.{n:06d}", "Thêm", "G15", "Hội đồng lạ", "", "", "") for n in range(5)]
    path = book(tmp_path / "b.xlsx", *changed, *added, header=header)
    done = run_import(by=None, path=path, missing="abolish")
    assert (done.counts["changed"], done.counts["created"], done.batch.rows_missing) == (8, 5, 12)
    undo(by=None, batch=done.batch)
    assert export() == before


def test_an_export_of_the_list_imports_again_with_no_changes_deciders_included(bodies, samples, tmp_path, export):
    run_import(by=None, path=samples / "exports" / "danh-sach-tthc-BoTuPhap.xlsx")
    rows = [("1.000001", "Tên", "G15", "Bộ trưởng\nSở Tư pháp", "Điều 5", "Cấp bộ, Cấp tỉnh")]
    run_import(by=None, path=book(tmp_path / "a.xlsx", *rows, header=OLD_HEADER))
    path = tmp_path / "export.xlsx"
    path.write_bytes(io.BytesIO(export("xlsx")).getvalue())
    again = run_import(by=None, path=path)
    assert again.counts["invalid"] == 0
    assert (again.counts["created"], again.counts["changed"], again.batch) == (0, 0, None)
    assert "deciders" in again.table.columns
