"""The workbook that goes out, read back as people meet it."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review
from reviews.sheets.seals import GUIDE_SHEET, HIDDEN, LIST_SHEET, SHORT_SHEET, WHOLE_SHEET
from tests.office import needs_office, saved_by_office
from tests.reviews.cast import CONTENT, make_cast
from tests.reviews.many import many_reviews
from tests.reviews.province import make_province
from tests.reviews.sheets.scene import AWKWARD, DECIDER, Book, book_of, keys, put
from tests.reviews.sheets.test_values import MOVED, blank

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def filled(cast, tmp_path):
    """Two forms, the first with a value in every kind of cell, the second never saved."""
    first, _ = many_reviews(cast, 2)
    content = blank(
        conclusion="decentralize", reason="Sở đã thẩm định\nnăm 2020", content="=1+1", annual_dossiers=1200,
        annual_dossiers_year=2020, annual_dossiers_estimated=True, transfers=[MOVED | {"target_body": "Sở"}],
        criteria=[{"criterion": "C5", "answer": "no", "reason": "Thiếu 02 người"}],
    )  # fmt: skip
    put(first, content)
    return Book(book_of(cast, Review.objects.order_by("pk"), title="Phiếu của Vụ A"), tmp_path)


def rules_of(sheet) -> dict[str, tuple]:
    """{key: (kind, list or bounds)} of the data validations, by the column they stand on."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        column = openpyxl.utils.range_boundaries(str(rule.sqref).split()[0])[0]
        source = (rule.formula1 or "").strip('"')
        found[sheet.cell(1, column).value] = (rule.type, source.replace("$", "").replace("'", "").lstrip("="))
    return found


def test_every_kind_of_cell_holds_its_value_as_a_person_reads_it(filled):
    shown = {key: filled.cell(1, key).value for key in keys()[len(HIDDEN) :]}
    assert shown | {"name": "", "code": "", "assignee": ""} == dict.fromkeys(shown) | {
        "code": "", "name": "", "assignee": "", "sector": None,
        "deciders": "Bộ trưởng, Thủ trưởng cơ quan ngang bộ – Bộ trưởng",
        "status": "Đang rà soát",
        "conclusion": "Phân cấp", "move.level": "Ủy ban nhân dân cấp tỉnh", "move.body": "Sở", "move.mode": "Phân cấp",
        "content": "=1+1", "reason": "Sở đã thẩm định\nnăm 2020",
        "criterion.C5": "Không", "criterion.C5.reason": "Thiếu 02 người",
        "annual_dossiers": 1200, "annual_dossiers_year": 2020, "annual_dossiers_estimated": "Có",
    }  # fmt: skip
    kinds = {key: filled.cell(1, key).data_type for key in ("code", "content", "reason", "annual_dossiers")}
    assert kinds == {"code": "s", "content": "s", "reason": "s", "annual_dossiers": "n"}
    assert filled.cell(1, "reason").alignment.wrap_text


def test_text_is_never_a_formula_whatever_it_begins_with(cast, tmp_path):
    made = many_reviews(cast, len(AWKWARD))
    for review, text in zip(made, AWKWARD, strict=True):
        put(review, blank(reason=text))
    book = Book(book_of(cast, Review.objects.order_by("pk")), tmp_path)
    for row in range(1, len(AWKWARD) + 1):
        assert book.cell(row, "reason").data_type == "s"


def test_hidden_ids_lead_each_row_and_nothing_else_is_hidden(filled):
    first, second = Review.objects.order_by("pk")
    assert [filled.cell(1, key).value for key in HIDDEN[:2]] == [first.pk, 3]
    assert [filled.cell(2, key).value for key in HIDDEN[:2]] == [second.pk, 0]
    hidden = [filled.sheet[1][place].value for place in range(len(keys())) if _hides(filled.sheet, place)]
    assert hidden == list(HIDDEN)
    assert filled.sheet.row_dimensions[1].hidden
    assert not filled.sheet.row_dimensions[2].hidden
    assert {sheet.title: sheet.sheet_state for sheet in filled.book} == {
        GUIDE_SHEET: "visible", WHOLE_SHEET: "visible", LIST_SHEET: "hidden",
    }  # fmt: skip


def _hides(sheet, place: int) -> bool:
    letters = openpyxl.utils.get_column_letter(place + 1)
    return (
        any(
            one.hidden and one.min <= place + 1 <= one.max
            for one in sheet.column_dimensions.values()
            if one.min and one.max
        )
        or sheet.column_dimensions[letters].hidden
    )


def test_only_fillable_cells_are_open_and_no_password_is_asked(filled):
    assert filled.sheet.protection.sheet
    assert not filled.sheet.protection.password
    facts = ("code", "name", "sector", "deciders", "unit", "assignee", "status")
    shut = [key for key in keys()[len(HIDDEN) :] if filled.cell(2, key).protection.locked]
    assert shut == list(facts)
    assert all(cell.protection.locked for cell in filled.sheet[2])  # the line of labels
    assert all(sheet.protection.sheet for sheet in filled.book)


def test_rows_past_filling_are_locked_whole_and_still_shown(cast, tmp_path):
    cast.review("submitted")
    book = Book(book_of(cast, Review.objects.all()), tmp_path)
    assert book.cell(1, "status").value == "Đã gửi"
    assert book.cell(1, "reason").value
    assert all(book.cell(1, key).protection.locked for key in keys()[len(HIDDEN) :])


def test_three_cells_of_a_form_with_several_moves_are_locked_and_say_why(cast, tmp_path):
    first, second = many_reviews(cast, 2)
    put(first, blank(transfers=[MOVED, MOVED | {"target_level": "PROV_DEPT"}]))
    put(second, blank(deciders=[DECIDER | {"case": "cấp I"}], reason="😀" * 14_000))
    book = Book(book_of(cast, Review.objects.order_by("pk")), tmp_path)
    locked = {key: book.cell(1, key).protection.locked for key in ("move.level", "move.body", "move.mode", "reason")}
    assert locked == {"move.level": True, "move.body": True, "move.mode": True, "reason": False}
    assert book.cell(1, "move.level").value.endswith("Phiếu có nhiều dòng chuyển thẩm quyền: sửa trên cổng.")
    assert "trường hợp" in book.cell(2, "move.level").value
    assert not book.cell(2, "reason").protection.locked  # 28.000 of Excel's characters fit


def test_a_text_over_a_cells_size_is_locked_and_says_so(cast, tmp_path):
    put(many_reviews(cast, 1)[0], blank(reason="😀" * 16_384))
    book = Book(book_of(cast, Review.objects.all()), tmp_path)
    assert book.cell(1, "reason").protection.locked
    assert book.cell(1, "reason").value == (
        "Nội dung dài hơn một ô Excel giữ được (32.767 ký tự): xem và sửa trên cổng."
    )


def test_drop_downs_give_the_forms_own_choices(filled):
    rules = rules_of(filled.sheet)
    assert rules["conclusion"] == (
        "list", "Phân cấp,Ủy quyền,Giữ nguyên,Đơn giản hóa,Bãi bỏ,Không thuộc phạm vi rà soát",
    )  # fmt: skip
    assert rules["criterion.C14"] == ("list", "Có,Không,Chưa rõ")
    assert rules["annual_dossiers_unknown"] == ("list", "Có,Không")
    assert rules["move.level"] == ("list", "Danh mục chọn!D2:D13")
    listed = [cell.value for cell in filled.book[LIST_SHEET]["D"][1:13]]
    assert "Bộ trưởng, Thủ trưởng cơ quan ngang bộ" in listed  # a comma would cut a list in the rule itself
    assert len(set(listed)) == 12
    assert rules["annual_dossiers"][0] == "whole"
    assert rules["reason"] == ("textLength", "30000")
    assert rules.keys() == set(keys()[len(HIDDEN) + 7 :])


def test_every_header_has_its_help_in_a_note(filled):
    notes = {cell.value: cell.comment.text for cell in filled.sheet[2][len(HIDDEN) :]}
    assert all(len(note) > 10 for note in notes.values())
    assert len(notes) == 52
    assert "Ít nhất" not in notes["Kết luận rà soát"]
    assert "Luật Tổ chức chính quyền địa phương 2015" in notes["Kết luận rà soát"]


def test_panes_filter_and_print_layout_are_set(filled):
    sheet = filled.sheet
    assert sheet.freeze_panes == "F3"
    assert sheet.auto_filter.ref == "D2:BC4"
    assert sheet.print_title_rows == "$2:$2"
    assert sheet.print_title_cols == "$D:$E"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.page_setup.paperSize, sheet.page_setup.scale) == (8, 65)


def test_the_first_sheet_tells_in_words_whose_it_is_and_what_to_do(filled, cast):
    said = " ".join(str(cell.value) for row in filled.book[GUIDE_SHEET].iter_rows() for cell in row if cell.value)
    for words in (cast.campaign.title, cast.body.name, "Phiếu của Vụ A", "2 phiếu", "Nhập phiếu Excel", "Alt + Enter"):
        assert words in said


def test_short_forms_stand_on_a_sheet_of_their_own(tmp_path):
    province, made = make_province(3)
    many_reviews(province, 2, first=50)  # the province's own procedures
    book = Book(book_of(province, Review.objects.filter(organisation=province.body)), tmp_path)
    assert [sheet.title for sheet in book.book] == [GUIDE_SHEET, WHOLE_SHEET, SHORT_SHEET, LIST_SHEET]
    sheet = book.book[SHORT_SHEET]
    assert [cell.value for cell in sheet[1]] == keys(short=True)
    assert [sheet.cell(row, 1).value for row in (3, 4, 5)] == [review.pk for review in made]
    assert rules_of(sheet)["stance"] == ("list", "Đồng ý với hiện hành,Đề nghị phân cấp,Không có ý kiến")


def test_the_number_of_queries_does_not_grow_with_the_forms(cast):
    counts = []
    for number in (1, 20):
        made = many_reviews(cast, number, first=100 * number)
        for review in made:
            put(review, blank(criteria=CONTENT["criteria"], transfers=[MOVED]))
        with CaptureQueriesContext(connection) as asked:
            book_of(cast, Review.objects.filter(pk__in=[review.pk for review in made]))
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 6


@needs_office
def test_drop_downs_protection_ids_and_values_outlive_libreoffice(filled, tmp_path):
    path = filled.saved()
    after = saved_by_office(tmp_path, {"phieu.xlsx": path.read_bytes()})["phieu.xlsx"]
    again = Book(after.read_bytes(), tmp_path)
    assert rules_of(again.sheet) == rules_of(filled.sheet)
    assert again.sheet.protection.sheet
    for row in (1, 2):
        for key in keys():
            before, now = filled.cell(row, key), again.cell(row, key)
            assert (now.value, now.protection.locked) == (before.value, before.protection.locked), key
    assert [_hides(again.sheet, place) for place in range(len(keys()))] == [key in HIDDEN for key in keys()]
    assert again.book[LIST_SHEET].sheet_state == "hidden"
    assert {cell.value: bool(cell.comment) for cell in again.sheet[2][len(HIDDEN) : len(keys())]} == {
        cell.value: True for cell in filled.sheet[2][len(HIDDEN) :]
    }


def test_what_openpyxl_saves_is_a_workbook_still(filled):
    assert openpyxl.load_workbook(io.BytesIO(filled.saved().read_bytes())).sheetnames[0] == GUIDE_SHEET
