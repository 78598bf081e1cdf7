"""The workbook that comes back: the same cells, or a sentence with row and column, never an exception."""

import datetime
import io
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.importing.refusals import ImportFileError
from reviews.actions.content import initial_content
from reviews.models import Review
from reviews.sheets.columns import columns
from reviews.sheets.reading import read
from reviews.sheets.seals import LIST_SHEET, WHOLE_SHEET
from reviews.sheets.values import cells_of
from reviews.sheets.writing import contents_of
from tests.office import needs_office, saved_by_office
from tests.reviews.cast import make_cast
from tests.reviews.many import many_reviews
from tests.reviews.province import make_province
from tests.reviews.sheets.scene import AWKWARD, Book, book_of, contents, put
from tests.reviews.sheets.test_values import MOVED, blank

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def book(cast, tmp_path):
    """Three forms never saved."""
    many_reviews(cast, 3)
    return Book(book_of(cast, Review.objects.order_by("pk")), tmp_path)


def faults(filled) -> list[tuple]:
    """(row, column, value) of every fault."""
    return [(fault["row"], fault["column"], fault["value"]) for fault in filled.faults]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_what_is_written_is_read_back_cell_by_cell(data, cast, tmp_path):
    reviews = list(Review.objects.order_by("pk")) or many_reviews(cast, 6)
    drawn = data.draw(st.lists(contents, min_size=6, max_size=6))
    made = {review.pk: put(review, content) for review, content in zip(reviews, drawn, strict=True)}
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(book_of(cast, list(made.values())))
    filled = read(path)
    assert filled.faults == []
    expected = {pk: cells_of(content, columns(False)) for pk, content in contents_of(list(made.values())).items()}
    assert {row.review: row.cells for row in filled.rows} == expected
    assert {(row.version, tuple(row.locked)) for row in filled.rows} == {(3, ())}


def test_the_workbook_says_whose_it_is_and_each_row_which_form_and_version(book, cast):
    filled = read(book.saved())
    assert (filled.campaign, filled.organisation) == (cast.campaign.pk, cast.body.pk)
    assert datetime.datetime.now(datetime.UTC) - filled.made_at < datetime.timedelta(minutes=5)
    reviews = Review.objects.order_by("pk")
    assert [(row.sheet, row.row, row.review, row.version, row.code) for row in filled.rows] == [
        (WHOLE_SHEET, number, review.pk, 0, review.scope_item.code) for number, review in enumerate(reviews, start=3)
    ]
    assert filled.rows[0].cells == cells_of(initial_content(reviews[0]), columns(False))


def test_short_forms_are_read_with_their_own_columns(tmp_path):
    province, made = make_province(2)
    put(made[0], blank(stance="propose", transfers=[MOVED]))
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(book_of(province, Review.objects.filter(organisation=province.body).order_by("pk")))
    filled = read(path)
    assert filled.faults == []
    assert filled.rows[0].cells["stance"] == "propose"
    assert filled.rows[0].cells["move.level"] == "PROV_PC"
    assert "conclusion" not in filled.rows[0].cells


def test_what_people_type_is_understood_as_they_mean_it(book):
    book.put(1, conclusion="  phân CẤP ", move__level="ủy ban nhân dân cấp tỉnh", criterion__C1="có")
    book.put(1, annual_dossiers="1.200", annual_dossiers_year=2020.0, annual_dossiers_unknown="x")
    book.put(2, reason="e\u0302\u0301 dạng rời   hai cách ", conditions=15, content="'ngoặc", conclusion="keep")
    filled = read(book.saved())
    assert filled.faults == []
    first, second = filled.rows[0].cells, filled.rows[1].cells
    assert (first["conclusion"], first["move.level"], first["criterion.C1"]) == ("decentralize", "PROV_PC", "yes")
    assert first["move.mode"] == "decentralize"  # a level without a form is a plain hand-down
    assert (first["annual_dossiers"], first["annual_dossiers_year"]) == (1200, 2020)
    assert first["annual_dossiers_unknown"] is True
    assert (second["reason"], second["conditions"]) == ("ế dạng rời hai cách", "15")
    assert (second["content"], second["conclusion"]) == ("'ngoặc", "keep")


@pytest.mark.parametrize(
    ("key", "value", "shown", "words"),
    [
        ("reason", "=A1&B1", "=A1&B1", "công thức"),
        ("conclusion", "=A1", "=A1", "công thức"),
        ("reason", datetime.datetime(2021, 3, 5), "05/03/2021", "ngày"),
        ("reason", datetime.time(8, 5), "08:05:00", "ngày, giờ"),
        ("reason", 1.5, "1,5", "số lẻ"),
        ("reason", True, "True", "đúng/sai"),
        ("conclusion", "Chắc là phân cấp", "Chắc là phân cấp", "“Phân cấp”, “Ủy quyền”"),
        ("move.level", "Cấp thôn", "Cấp thôn", "danh sách"),
        ("criterion.C3", 7, "7", "“Có”, “Không”, “Chưa rõ”"),
        ("annual_dossiers", "khoảng 200", "khoảng 200", "số nguyên"),
        ("annual_dossiers", 12.5, "12.5", "số nguyên"),
        ("annual_dossiers", datetime.datetime(2020, 1, 1), "01/01/2020", "số"),
        ("annual_dossiers_estimated", "có lẽ", "có lẽ", "“Có”, “Không”"),
    ],
)
def test_a_cell_that_cannot_be_taken_is_named_and_the_rest_of_its_row_is_taken(book, key, value, shown, words):
    book.cell(2, key).value = value
    book.put(2, conditions="Tập huấn")
    label = book.sheet.cell(2, book.place(key)).value
    filled = read(book.saved())
    assert faults(filled) == [(4, label, shown)]
    assert words in filled.faults[0]["message"]
    assert key not in filled.rows[1].cells
    assert filled.rows[1].cells["conditions"] == "Tập huấn"
    assert len(filled.rows) == 3


def test_an_error_of_a_formula_is_named(book):
    book.cell(1, "reason").value = "#REF!"
    book.cell(1, "reason").data_type = "e"
    assert faults(read(book.saved())) == [(3, "Lý do", "#REF!")]


def test_a_locked_cell_typed_over_is_reported_with_what_stands_there(book):
    book.put(2, name="Tên khác", status="Đã gửi")
    filled = read(book.saved())
    assert filled.faults == []
    assert [row.locked for row in filled.rows] == [{}, {"name": "Tên khác", "status": "Đã gửi"}, {}]


def test_cells_locked_in_one_row_are_watched_there_alone(cast, tmp_path):
    first, _ = many_reviews(cast, 2)
    put(first, blank(transfers=[MOVED, MOVED | {"target_level": "PROV_DEPT"}]))
    book = Book(book_of(cast, Review.objects.order_by("pk")), tmp_path)
    book.put(1, move__level="Sở, ban, ngành")
    book.put(2, move__level="Sở, ban, ngành")
    filled = read(book.saved())
    assert filled.faults == []
    assert filled.rows[0].locked == {"move.level": "Sở, ban, ngành"}
    assert "move.level" not in filled.rows[0].cells
    assert filled.rows[1].cells["move.level"] == "PROV_DEPT"


def test_swapped_ids_are_refused_row_by_row(book):
    book.put(1, review=book.cell(2, "review").value)
    filled = read(book.saved())
    assert [row.row for row in filled.rows] == [4, 5]
    assert faults(filled) == [(3, "Mã TTHC", book.cell(1, "code").value)]
    assert "Mã ẩn" in filled.faults[0]["message"]


def test_rows_whose_hidden_cells_all_moved_are_refused_by_their_code(book):
    for key in ("review", "version", "seal"):
        one, two = book.cell(1, key), book.cell(2, key)
        one.value, two.value = two.value, one.value
    filled = read(book.saved())
    assert [row.row for row in filled.rows] == [5]
    assert [fault["row"] for fault in filled.faults] == [3, 4]
    assert "lệch dòng" in filled.faults[0]["message"]


def test_another_version_or_file_is_not_believed(book, cast, tmp_path):
    book.put(1, version=9)
    book.put(2, review="abc")
    book.put(3, seal="x|y")
    filled = read(book.saved())
    assert filled.rows == []
    assert [fault["row"] for fault in filled.faults] == [3, 4, 5]


def test_rows_taken_out_or_put_in_another_order_are_no_fault(book):
    rows = [[cell.value for cell in book.sheet[number]] for number in (3, 4, 5)]
    book.sheet.delete_rows(3, 3)
    for number, row in ((4, rows[2]), (7, rows[0])):
        for place, value in enumerate(row, start=1):
            book.sheet.cell(number, place).value = value
    filled = read(book.saved())
    assert filled.faults == []
    first, _, third = Review.objects.order_by("pk")
    assert [(row.row, row.review) for row in filled.rows] == [(4, third.pk), (7, first.pk)]


def test_a_form_that_stands_twice_is_not_taken_and_both_rows_are_named(book):
    for place, cell in enumerate([cell.value for cell in book.sheet[3]], start=1):
        book.sheet.cell(6, place).value = cell
    filled = read(book.saved())
    assert [row.row for row in filled.rows] == [4, 5]
    assert [fault["row"] for fault in filled.faults] == [3, 6]
    assert "dòng 3, dòng 6" in filled.faults[0]["message"]


def test_a_row_that_somebody_added_is_named(book):
    book.sheet.cell(6, book.place("code")).value = "1.999999"
    book.sheet.cell(6, book.place("reason")).value = "Thêm một thủ tục"
    filled = read(book.saved())
    assert len(filled.rows) == 3
    assert faults(filled) == [(6, "Mã TTHC", "1.999999")]


def test_columns_moved_are_found_and_columns_taken_out_keep_what_is_stored(book):
    book.put(1, reason="Lý do mới", conclusion="Giữ nguyên")
    place = book.place("conditions")
    book.sheet.delete_cols(place)
    book.sheet.insert_cols(1)
    filled = read(book.saved())
    assert filled.rows[0].cells["reason"] == "Lý do mới"
    assert filled.rows[0].cells["conclusion"] == "keep"
    assert "conditions" not in filled.rows[0].cells
    assert faults(filled) == [(1, "Điều kiện bảo đảm thực hiện", "")]


def test_a_column_that_stands_twice_is_not_taken(book):
    spare = book.sheet.max_column + 1
    book.sheet.cell(1, spare).value = "reason"
    book.sheet.cell(3, spare).value = "Ô thừa"
    filled = read(book.saved())
    assert "reason" not in filled.rows[0].cells
    assert faults(filled) == [(1, "Lý do", "")]


def test_an_extra_sheet_is_named_and_a_copy_of_the_forms_is_seen_as_twins(book):
    book.book.create_sheet("Ghi chú")["B2"] = "việc cần hỏi"
    book.book.create_sheet("Trống")
    assert [fault["message"] for fault in read(book.saved()).faults] == [
        "Trang “Ghi chú” không phải trang phiếu của cổng nên không đọc."
    ]
    book.book.copy_worksheet(book.sheet)
    filled = read(book.saved())
    assert filled.rows == []
    assert len(filled.faults) == 7


def test_rows_above_the_keys_do_not_matter(book):
    book.sheet.insert_rows(1, 2)
    filled = read(book.saved())
    assert [row.row for row in filled.rows] == [5, 6, 7]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda book: book.book.remove(book.book[LIST_SHEET]), "thiếu trang ẩn"),
        (lambda book: book.book[LIST_SHEET].__setitem__("B2", "một"), "thiếu trang ẩn"),
        (lambda book: book.book[LIST_SHEET].__setitem__("B1", "99"), "phiên bản khác"),
        (lambda book: book.sheet.delete_rows(1), "dòng mã cột ẩn"),
        (lambda book: book.book.remove(book.sheet), "không còn trang phiếu nào"),
    ],
)
def test_a_workbook_that_no_longer_knows_itself_is_refused_in_one_sentence(book, harm, words):
    harm(book)
    with pytest.raises(ImportFileError, match=words):
        read(book.saved(), "tệp của tôi.xlsx")


@pytest.mark.parametrize("content", [b"", b"abc", b"PK\x03\x04 broken", None])
def test_what_is_no_workbook_of_the_portal_is_refused_in_one_sentence(content, tmp_path):
    path = tmp_path / "la.xlsx"
    if content is None:
        openpyxl.Workbook().save(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ImportFileError, match=r"la\.xlsx"):
        read(path)


def test_a_workbook_with_a_broken_sheet_is_refused_not_raised(book, tmp_path):
    whole, broken = zipfile.ZipFile(book.saved()), tmp_path / "hong.xlsx"
    with zipfile.ZipFile(broken, "w") as copy:
        for name in whole.namelist():
            content = whole.read(name)
            copy.writestr(name, content[: len(content) // 2] if name.endswith("sheet2.xml") else content)
    with pytest.raises(ImportFileError, match=r"hong\.xlsx"):
        read(broken)


@needs_office
def test_a_workbook_filled_and_saved_by_libreoffice_gives_the_same_cells(cast, tmp_path):
    made = many_reviews(cast, len(AWKWARD))
    for review, text in zip(made, AWKWARD, strict=True):
        put(review, blank(reason=text, annual_dossiers=1200, annual_dossiers_estimated=True, transfers=[MOVED]))
    content = book_of(cast, Review.objects.order_by("pk"))
    path = tmp_path / "phieu.xlsx"
    path.write_bytes(content)
    after = read(saved_by_office(tmp_path, {"sau.xlsx": content})["sau.xlsx"])
    before = read(path)
    assert after.faults == []
    assert [(row.review, row.version, row.cells, row.locked) for row in after.rows] == [
        (row.review, row.version, row.cells, {}) for row in before.rows
    ]


def test_reading_asks_for_the_levels_alone(book, django_assert_num_queries):
    path = book.saved()
    with django_assert_num_queries(1):
        read(path)


def test_a_file_left_open_is_not_left_behind(book):
    path = book.saved()
    read(path)
    path.rename(path.with_name("moved.xlsx"))
    assert io.BytesIO(path.with_name("moved.xlsx").read_bytes()).getbuffer().nbytes > 1000
