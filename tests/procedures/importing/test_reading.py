"""A file that names no publisher: one is chosen for all of it, on the preview or by command, and remembered on wish."""

import datetime
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from procedures.importing import batches, longwork
from procedures.importing.choices import set_columns
from procedures.importing.excel import ImportFileError
from procedures.importing.reading import read_file
from procedures.models import ColumnMapping, ImportState, Procedure
from tests.procedures.books import HEADER, many, sheet
from tthc_portal.jobs import runner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bodies")]
BARE = ("Mã số", "Tên", "Lĩnh vực")
DAY = datetime.date(2026, 7, 1)


def bare(path, *codes, header=BARE, title=()):
    rows = [(code, f"Tên {code}", "Hộ tịch", "Ghi thêm")[: len(header)] for code in codes]
    return sheet(path, [*([title] if title else []), header, *rows])


def chosen(batch, admin, code="G15", **kwargs):
    return set_columns(by=admin, batch=batch, mapping=None, publisher=code, **kwargs)


def test_one_body_is_chosen_for_all_rows_of_a_file_that_names_none(tmp_path, admin):
    batch = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001", "1.000002"), as_of=DAY)
    assert (batch.rows_total, batch.state) == (0, ImportState.PREVIEWED)
    assert "chọn một cơ quan cho cả tệp" in batch.layout["question"]
    batch = chosen(batch, admin)
    assert (batch.rows_created, batch.rows_invalid) == (2, 0)
    batches.apply(by=admin, batch=batch)
    assert {p.publisher.code for p in Procedure.objects.all()} == {"G15"}
    assert batch.options["publisher"]["by"] == str(admin)
    assert batch.layout["columns"]["publisher"] == "Cơ quan chọn cho cả tệp"
    assert not ColumnMapping.objects.exists()


def test_it_is_remembered_with_the_layout_only_when_wished_and_the_next_file_says_whose_choice_it_is(tmp_path, admin):
    first = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001"), as_of=DAY)
    chosen(first, admin, remember=True)
    assert ColumnMapping.objects.get().publisher == "G15"
    second = batches.preview(by=admin, path=bare(tmp_path / "b.xlsx", "1.000002"), as_of=DAY)
    assert second.rows_created == 1
    assert second.options["publisher"] | {"at": ""} == {
        "code": "G15",
        "name": "Bộ Tư pháp",
        "by": str(admin),
        "at": "",
        "remembered": True,
    }
    chosen(second, admin, code="G01")
    assert second.rows.get().after["publisher"]["code"] == "G01"
    assert not ColumnMapping.objects.exists()
    third = batches.preview(by=admin, path=bare(tmp_path / "c.xlsx", "1.000003"), as_of=DAY)
    assert third.rows_total == 0


def test_columns_and_publisher_are_remembered_side_by_side(tmp_path, admin):
    header = (*BARE, "Đối tượng áp dụng riêng")
    batch = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001", header=header), as_of=DAY)
    mapping = {"subjects": "Đối tượng áp dụng riêng"}
    set_columns(by=admin, batch=batch, mapping=mapping, publisher="G15", remember=True)
    kept = ColumnMapping.objects.get()
    assert (kept.mapping, kept.publisher) == (mapping, "G15")
    later = batches.preview(by=admin, path=bare(tmp_path / "b.xlsx", "1.000002", header=header), as_of=DAY)
    assert later.rows.get().after["subjects"] == ["Ghi thêm"]
    assert later.rows.get().after["publisher"]["code"] == "G15"


def test_a_title_that_names_a_body_goes_before_what_was_remembered(tmp_path, admin):
    chosen(batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001"), as_of=DAY), admin, remember=True)
    path = bare(tmp_path / "b.xlsx", "1.000002", title=("BỘ CÔNG AN",))
    batch = batches.preview(by=admin, path=path, as_of=DAY)
    assert batch.rows.get().after["publisher"]["code"] == "G01"
    assert "publisher" not in batch.options


def test_what_was_remembered_of_a_body_that_is_no_more_is_asked_again(tmp_path, admin):
    first = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001"), as_of=datetime.date(2021, 7, 1))
    chosen(first, admin, code="G04", remember=True)
    assert first.rows_created == 1
    assert batches.preview(by=admin, path=bare(tmp_path / "b.xlsx", "1.000001"), as_of=DAY).rows_total == 0


def test_a_sheet_of_names_and_deciders_becomes_a_catalogue_with_it(tmp_path, admin):
    rows = [("Mã TTHC", "Tên TTHC", "Cơ quan có thẩm quyền"), ("1.000001", "Tên", "Sở Tư pháp")]
    batch = batches.preview(by=admin, path=sheet(tmp_path / "a.xlsx", rows), as_of=DAY)
    assert batch.rows_invalid == 1
    assert chosen(batch, admin).rows_created == 1


@pytest.mark.parametrize(
    ("header", "row", "sentence"),
    [
        (HEADER, ("1.000001", "Tên", "Bộ Tư pháp", "", ""), "đã ghi cơ quan ban hành ở “Cơ quan ban hành”"),
        (("Mã TTHC", "Cơ quan có thẩm quyền"), ("1.000001", "Sở Tư pháp"), "không có cột Tên TTHC"),
    ],
)
def test_a_choice_that_does_not_fit_the_file_is_refused(tmp_path, header, row, sentence):
    path = sheet(tmp_path / "a.xlsx", [header, row])
    with pytest.raises(ImportFileError, match=sentence):
        read_file(path, "a.xlsx", None, DAY, {"publisher": {"code": "G15"}})


def test_a_body_that_did_not_stand_on_the_day_is_refused_and_nothing_changes(tmp_path, admin):
    batch = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001"), as_of=DAY)
    with pytest.raises(ValidationError, match="Không có cơ quan nào mang mã “G04” vào ngày 01/07/2026"):
        chosen(batch, admin, code="G04")
    batch.refresh_from_db()
    assert "publisher" not in batch.options


def test_without_a_choice_the_file_still_says_what_it_lacks(tmp_path, admin):
    batch = batches.preview(by=admin, path=bare(tmp_path / "a.xlsx", "1.000001"), as_of=DAY)
    with pytest.raises(ValidationError, match="thiếu cột “Cơ quan ban hành”"):
        chosen(batch, admin, code="")


def test_a_long_file_read_by_the_worker_asks_and_remembers_too(tmp_path, admin, monkeypatch):
    monkeypatch.setattr(longwork, "LONG_ROWS", 1)

    def read(name, *codes):
        batch = longwork.upload(by=admin, path=bare(tmp_path / name, *codes), file_name=name, as_of=DAY)
        if batch.state == ImportState.READING:
            runner.run.func(batch.job_id)
        batch.refresh_from_db()
        return batch

    first = read("a.xlsx", "1.000001", "1.000002")
    assert (first.state, first.rows_total) == (ImportState.PREVIEWED, 0)
    chosen(first, admin, remember=True)
    second = read("b.xlsx", "1.000003", "1.000004")
    assert (second.rows_created, second.options["publisher"]["remembered"]) == (2, True)
    batches.apply(by=admin, batch=second)
    assert Procedure.objects.count() == 2


def test_by_command_the_body_is_named_by_its_code(tmp_path, capsys):
    path = str(bare(tmp_path / "a.xlsx", "1.000001"))
    with pytest.raises(SystemExit) as refused:
        call_command("import_procedures", path)
    assert refused.value.code == 2
    call_command("import_procedures", path, "--publisher", "g15", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["created"] == 1
    assert Procedure.objects.get().publisher.code == "G15"
    call_command("import_procedures", path, "--publisher", "G15", "--json")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["unchanged"] == 1
    with pytest.raises(SystemExit) as twice:
        call_command("import_procedures", str(many(tmp_path / "b.xlsx", 1)), "--publisher", "G15")
    assert twice.value.code == 2
