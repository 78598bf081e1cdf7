"""What a file lacks, only valid rows, moves between bodies."""

import pytest
from django.core.exceptions import ValidationError

from procedures.importing.batches import apply, choose, preview, refresh, run_import
from procedures.importing.changes import marked
from procedures.importing.evaluating import evaluate
from procedures.importing.longwork import begin_applying
from procedures.importing.undo import undo
from procedures.models import ImportBatch, ImportRow, Procedure, RowOutcome
from tests.procedures.books import HEADER, book, many
from tests.procedures.importing.test_batches import state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def row(code, name="Tên", publisher="G15"):
    return (code, name, publisher, "", "")


@pytest.fixture
def stored(bodies, tmp_path):
    """Three procedures of the Ministry of Justice, one of them abolished, and one of another ministry."""
    path = book(tmp_path / "0.xlsx", *(row(f"1.00000{n}") for n in range(3)), row("1.000009", publisher="G17"))
    run_import(by=None, path=path)
    Procedure.objects.filter(code="1.000002").update(status="abolished")
    return bodies


def test_what_a_file_lacks_is_looked_for_among_its_own_publishers_and_kept_unless_chosen(stored, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("1.000000"), row("1.000005")))
    missing = batch.rows.filter(outcome=RowOutcome.MISSING)
    assert list(missing.values_list("code", "after")) == [("1.000001", None)]
    assert (batch.rows_missing, batch.rows_total) == (1, 2)
    apply(by=admin, batch=batch)
    assert Procedure.objects.get(code="1.000001").status == "published"


def test_one_ministrys_file_leaves_every_other_bodys_procedures_untouched_and_unlisted(stored, tmp_path, admin):
    before = [line for line in state() if line[0] == "1.000009"]
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("1.000000", "Mới")))
    choose(by=admin, batch=batch, missing="abolish", only_valid=False)
    apply(by=admin, batch=batch)
    assert not batch.rows.filter(code="1.000009").exists()
    assert [line for line in state() if line[0] == "1.000009"] == before


def test_the_missing_are_marked_abolished_when_chosen_with_their_source_and_undone_with_the_batch(
    stored, tmp_path, admin
):
    before = state()
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("1.000000", "Mới"), row("1.000005")))
    choose(by=admin, batch=batch, missing="abolish", only_valid=False)
    apply(by=admin, batch=batch)
    abolished = Procedure.objects.get(code="1.000001")
    assert (abolished.status, abolished.provenance["status"]) == ("abolished", [batch.pk, 0])
    kept = batch.rows.get(outcome=RowOutcome.MISSING)
    assert (kept.before["status"], kept.after) == ("published", {"status": "abolished"})
    undo(by=admin, batch=batch)
    assert state() == before


def test_a_file_without_changes_still_abolishes_what_it_lacks(stored, tmp_path):
    done = run_import(by=None, path=book(tmp_path / "a.xlsx", row("1.000000")), missing="abolish")
    assert (done.counts["changed"], done.batch.rows_missing) == (0, 1)
    assert run_import(by=None, path=tmp_path / "a.xlsx", missing="abolish").batch is None


def test_undo_refuses_an_abolition_that_a_later_file_took_back(stored, tmp_path):
    first = run_import(by=None, path=book(tmp_path / "a.xlsx", row("1.000000")), missing="abolish")
    header = (*HEADER[:3], "Tình trạng")
    run_import(by=None, path=book(tmp_path / "b.xlsx", ("1.000001", "Tên", "G15", "Đang công khai"), header=header))
    with pytest.raises(ValidationError, match=r"lượt nhập sau thay đổi: 1\.000001"):
        undo(by=None, batch=first.batch)


def test_only_valid_rows_are_written_when_that_is_chosen_and_undo_takes_them_back(stored, tmp_path, admin):
    before = state()
    path = book(tmp_path / "a.xlsx", row("1.000000", "Mới"), row("x"), row("1.000005"), row("1.000006", "", "G15"))
    batch = preview(by=admin, path=path)
    with pytest.raises(ValidationError, match="Còn 2 dòng lỗi"):
        apply(by=admin, batch=batch)
    choose(by=admin, batch=batch, missing="keep", only_valid=True)
    apply(by=admin, batch=batch)
    assert Procedure.objects.filter(code="1.000005").exists()
    assert not Procedure.objects.filter(code="1.000006").exists()
    assert (batch.state, batch.rows_invalid, batch.rows.filter(outcome="invalid").count()) == ("applied", 2, 2)
    undo(by=admin, batch=batch)
    assert state() == before


UNSURE = (
    r"Không đánh dấu bãi bỏ được vì 2 dòng có mã không đọc được \(dòng 4, 5\): thủ tục của các dòng đó có thể đang bị "
    r"coi là không có trong tệp. Sửa mã trong tệp rồi nhập lại, hoặc giữ nguyên các thủ tục không có trong tệp."
)


def test_abolishing_is_refused_when_chosen_while_a_code_cannot_be_read(stored, tmp_path, admin):
    path = book(tmp_path / "a.xlsx", row("1.000000", "Mới"), row("1 . ooo1"), row("", "Tên khác"))
    batch = preview(by=admin, path=path)
    assert batch.rows_missing == 1
    for only_valid in (True, False):
        with pytest.raises(ValidationError, match=UNSURE):
            choose(by=admin, batch=batch, missing="abolish", only_valid=only_valid)
    assert ImportBatch.objects.get(pk=batch.pk).options == {}
    choose(by=admin, batch=batch, missing="keep", only_valid=True)
    apply(by=admin, batch=batch)
    assert not Procedure.objects.filter(code="1.000001", status="abolished").exists()


def test_abolishing_is_refused_when_written_while_a_code_cannot_be_read(stored, tmp_path, admin):
    path = book(tmp_path / "a.xlsx", row("1.000000", "Mới"), row("1 . ooo1"), row("", "Tên khác"))
    batch = preview(by=admin, path=path)
    # As it was chosen before anyone asked, or before a repair of a code was refused.
    batch.options = {"missing": "abolish", "only_valid": True}
    batch.save()
    before = state()
    with pytest.raises(ValidationError, match=UNSURE):
        apply(by=admin, batch=batch)
    with pytest.raises(ValidationError, match=UNSURE):
        begin_applying(by=admin, batch=batch)
    assert ImportBatch.objects.get(pk=batch.pk).state == "previewed"
    for dry in (True, False):
        with pytest.raises(ValidationError, match=UNSURE):
            run_import(by=None, path=path, missing="abolish", only_valid=True, dry_run=dry)
    assert state() == before
    assert run_import(by=None, path=path, missing="abolish").batch is None


def test_a_code_read_in_an_invalid_row_is_in_the_file_and_its_procedure_is_not_abolished(stored, tmp_path, admin):
    header = (*HEADER[:3], "Tình trạng")
    cells = (("1.000001", "Tên", "G15", "Lạ"), ("1.000005", "Tên", "G15", ""), ("1.00000", "Tên", "Bộ Lạ", ""))
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", *cells, header=header))
    assert (batch.rows_invalid, batch.rows_missing) == (2, 0)
    choose(by=admin, batch=batch, missing="abolish", only_valid=True)
    apply(by=admin, batch=batch)
    assert set(Procedure.objects.filter(status="abolished").values_list("code", flat=True)) == {"1.000002"}


def test_an_unread_code_refuses_no_choice_where_the_file_lacks_nothing(stored, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("1.000000", "Mới"), row("1.000001"), row("x")))
    choose(by=admin, batch=batch, missing="abolish", only_valid=True)
    apply(by=admin, batch=batch)
    assert Procedure.objects.get(code="1.000000").name == "Mới"


def test_only_valid_rows_with_nothing_valid_to_write_write_nothing(stored, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("x"), row("1.000000")))
    choose(by=admin, batch=batch, missing="keep", only_valid=True)
    with pytest.raises(ValidationError, match="không có gì để ghi"):
        apply(by=admin, batch=batch)
    assert ImportBatch.objects.get(pk=batch.pk).state == "previewed"


def test_a_choice_needs_a_preview_and_a_known_value(stored, tmp_path, admin):
    batch = preview(by=admin, path=book(tmp_path / "a.xlsx", row("1.000005")))
    with pytest.raises(ValidationError, match="Chọn giữ nguyên hoặc đánh dấu bãi bỏ"):
        choose(by=admin, batch=batch, missing="xóa", only_valid=False)
    apply(by=admin, batch=batch)
    with pytest.raises(ValidationError, match="Đã ghi"):
        choose(by=admin, batch=batch, missing="keep", only_valid=False)
    with pytest.raises(ValidationError, match="Đã ghi"):
        refresh(by=admin, batch=batch)


def test_refreshing_a_preview_compares_its_file_with_the_catalogue_of_now(bodies, tmp_path, admin):
    batch = preview(by=admin, path=many(tmp_path / "a.xlsx", 3))
    run_import(by=None, path=many(tmp_path / "b.xlsx", 2))
    refresh(by=admin, batch=batch)
    assert (batch.state, batch.rows_created, batch.rows_unchanged) == ("previewed", 1, 2)
    assert ImportRow.objects.filter(batch=batch).count() == 1


def test_a_row_that_moves_a_procedure_to_another_body_says_so(stored, tmp_path):
    evaluation = evaluate(book(tmp_path / "a.xlsx", row("1.000000", publisher="G17")))
    assert [(w["row"], w["column"], w["value"]) for w in evaluation.warnings] == [(3, "Cơ quan ban hành", "G17")]
    assert "chuyển từ Bộ Tư pháp sang Bộ Xây dựng" in evaluation.warnings[0]["message"]


def test_changed_words_are_marked_and_everything_is_escaped():
    before, after = marked("Cấp giấy phép <b>cũ</b>\nlần đầu", "Cấp giấy phép <b>mới</b>\nlần đầu")
    assert before == "Cấp giấy phép <del>&lt;b&gt;cũ&lt;/b&gt;</del><br>lần đầu"
    assert after == "Cấp giấy phép <ins>&lt;b&gt;mới&lt;/b&gt;</ins><br>lần đầu"
    assert marked("", "Mới & <hơn>") == ("", "<ins>Mới &amp; &lt;hơn&gt;</ins>")
    assert marked("Một hai", "Ba bốn năm") == ("<del>Một hai</del>", "<ins>Ba bốn năm</ins>")
