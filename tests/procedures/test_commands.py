"""import_procedures and undo_import as scripts see them."""

import json

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from procedures.models import ImportBatch, Procedure
from tests.procedures.books import book, many

pytestmark = pytest.mark.django_db
KEYS = {"rows", "created", "changed", "unchanged", "invalid", "repaired", "batch", "errors", "repairs"}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def run(capsys, *args) -> tuple[int, str, str]:
    """(exit code, stdout, stderr)."""
    code = 0
    try:
        call_command("import_procedures", *(str(arg) for arg in args))
    except SystemExit as stop:
        code = stop.code
    out, err = capsys.readouterr()
    return code, out, err


def test_a_good_file_is_written_and_said_in_one_json_object(bodies, tmp_path, capsys):
    path = book(tmp_path / "a.xlsx", (1.00485, "Tên  dài", "G15", "", ""), ("1.000002", "Tên", "G15", "", ""))
    code, out, _ = run(capsys, path, "--json")
    result = json.loads(out)
    assert code == 0
    assert set(result) == KEYS
    assert (result["rows"], result["created"], result["repaired"]) == (2, 2, 1)
    assert result["batch"] == ImportBatch.objects.get().pk
    assert result["repairs"] == [
        {"row": 3, "column": "Mã số", "before": "1.00485", "after": "1.004850"},
        {"row": 3, "column": "Tên", "before": "Tên  dài", "after": "Tên dài"},
    ]
    code, out, _ = run(capsys, path, "--json")
    assert (code, json.loads(out)["unchanged"], json.loads(out)["batch"]) == (0, 2, None)


def test_a_dry_run_says_what_would_be_and_writes_nothing(bodies, tmp_path, capsys):
    code, out, _ = run(capsys, many(tmp_path / "a.xlsx", 2), "--dry-run", "--json")
    result = json.loads(out)
    assert (code, result["created"], result["batch"]) == (0, 2, None)
    assert not Procedure.objects.exists()


def test_invalid_rows_exit_1_and_nothing_is_written(bodies, tmp_path, capsys):
    path = book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", ""), ("1.000002", "Tên", "Lạ", "", ""))
    code, out, _ = run(capsys, path, "--json")
    result = json.loads(out)
    assert (code, result["created"], result["invalid"], result["batch"]) == (1, 1, 1, None)
    assert [(e["row"], e["column"], e["value"]) for e in result["errors"]] == [(4, "Cơ quan ban hành", "Lạ")]
    assert not Procedure.objects.exists()
    code, out, _ = run(capsys, path)
    assert "Dòng 4, cột Cơ quan ban hành “Lạ”:" in out


def test_an_unreadable_file_exits_2_with_one_sentence(db, tmp_path, capsys):
    (tmp_path / "a.xlsx").write_text("không phải Excel")
    code, out, err = run(capsys, tmp_path / "a.xlsx")
    assert (code, out) == (2, "")
    assert err.startswith("Tệp a.xlsx không phải tệp Excel")
    code, out, _ = run(capsys, tmp_path / "a.xlsx", "--json")
    assert code == 2
    assert set(json.loads(out)) == KEYS


def test_the_report_is_the_own_workbook_with_two_more_columns(bodies, tmp_path, capsys):
    rows = [("1.000001", "Tên", "G15", "", ""), ("x", "Tên", "=Lạ", "=1+1", "")]
    path = book(tmp_path / "a.xlsx", *rows)
    run(capsys, path, "--report", tmp_path / "b.xlsx")
    page = openpyxl.load_workbook(tmp_path / "b.xlsx")["Danh sách TTHC"]
    assert page["A1"].value == "DANH SÁCH THỦ TỤC HÀNH CHÍNH"
    assert [cell.value for cell in page[2]][-2:] == ["kết quả", "cách sửa"]
    assert page["F3"].value == "Mới"
    assert page["F4"].value == "Lỗi"
    assert "Mã số: Mã TTHC phải có dạng" in page["G4"].value
    assert page["G4"].data_type == "s"
    assert page["D4"].value == "=1+1"


def test_the_report_never_overwrites_the_file_itself(bodies, tmp_path):
    path = many(tmp_path / "a.xlsx", 1)
    with pytest.raises(CommandError, match="phải khác tệp nhập"):
        call_command("import_procedures", str(path), "--report", str(path))
    assert not Procedure.objects.exists()


@pytest.mark.parametrize("dry", [True, False])
def test_abolishing_beside_a_code_that_cannot_be_read_is_refused_in_a_sentence(bodies, tmp_path, capsys, dry):
    run(capsys, many(tmp_path / "a.xlsx", 3))
    path = book(tmp_path / "b.xlsx", ("1.000000", "Mới", "G15", "", ""), ("1,0000o1", "Tên", "G15", "", ""))
    arguments = ["--missing", "abolish", "--only-valid", *(["--dry-run"] if dry else [])]
    with pytest.raises(CommandError, match=r"1 dòng có mã không đọc được \(dòng 4\).*Sửa mã trong tệp rồi nhập lại"):
        run(capsys, path, *arguments)
    assert not Procedure.objects.filter(name="Mới").exists()
    assert not Procedure.objects.filter(status="abolished").exists()


def test_undo_import_takes_a_batch_back(bodies, tmp_path, capsys):
    run(capsys, many(tmp_path / "a.xlsx", 2))
    batch = ImportBatch.objects.get()
    call_command("undo_import", str(batch.pk))
    assert not Procedure.objects.exists()
    with pytest.raises(CommandError, match="Đã hoàn tác"):
        call_command("undo_import", str(batch.pk))
    with pytest.raises(CommandError, match="Không có lượt nhập số"):
        call_command("undo_import", str(batch.pk + 1))


def test_procedures_marked_as_abolished_are_told_when_written_and_when_taken_back(bodies, tmp_path, capsys):
    run(capsys, many(tmp_path / "a.xlsx", 3))
    _, out, _ = run(capsys, many(tmp_path / "b.xlsx", 1), "--missing", "abolish", "--dry-run")
    assert "không có trong tệp, của cơ quan có tên trong tệp: 2.\n" in out
    _, out, _ = run(capsys, tmp_path / "b.xlsx", "--missing", "abolish")
    assert "không có trong tệp, của cơ quan có tên trong tệp: 2; đã đánh dấu bãi bỏ." in out
    call_command("undo_import", str(ImportBatch.objects.latest("pk").pk))
    assert "xóa 0 thủ tục mới, khôi phục 2 thủ tục." in capsys.readouterr().out
    assert not Procedure.objects.filter(status="abolished").exists()
