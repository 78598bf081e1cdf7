"""People from a workbook: faults named with remedies, all or nothing, the same file again changes nothing."""

import io

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import DepartmentFactory, OrganisationFactory, UserFactory
from tthc_portal.accounts import user_import, user_sheet
from tthc_portal.accounts.models import Role, User, UserImport
from tthc_portal.accounts.user_sheet import COLUMNS, lines_of

pytestmark = pytest.mark.django_db
HEADER = list(COLUMNS.values())


@pytest.fixture
def bodies():
    return [OrganisationFactory(code="G15"), OrganisationFactory(code="G16")]


@pytest.fixture
def unit(bodies):
    return OrganisationFactory(code="G15.01", kind="unit", parent=bodies[0], name="Vụ Pháp chế")


@pytest.fixture
def admin():
    return UserFactory(role=Role.ADMINISTRATOR, organisation=DepartmentFactory())


@pytest.fixture
def focal(bodies):
    return UserFactory(role=Role.FOCAL_POINT, organisation=bodies[0])


def row(number, **more):
    cells = {
        "username": f"g15.nguoi{number}", "full_name": f"Nguyễn Văn {number}", "body": "G15", "unit": "",
        "role": "Chuyên viên", "position": "", "email": f"nguoi{number}@moj.gov.vn", "phone": "", "is_unit_head": "",
    }  # fmt: skip
    return list((cells | more).values())


def judge(by, rows, in_hand=None):
    return user_import.judge(by=by, lines=lines_of([HEADER, *rows]), in_hand=in_hand or {})


def faults(by, *rows, in_hand=None):
    return [(e["row"], e["column"], e["message"]) for e in judge(by, rows, in_hand).errors]


def write(by, rows, in_hand=None):
    lines = lines_of([HEADER, *rows])
    item = user_import.preview(by=by, content=b"x", file_name="a.xlsx", lines=lines, in_hand=in_hand or {})
    return user_import.apply(by=by, item=item, lines=lines, in_hand=in_hand or {})


@pytest.mark.parametrize(
    ("wrong", "column", "sentence"),
    [
        ({"username": ""}, "Tên đăng nhập", "Phải ghi tên đăng nhập"),
        ({"username": "Bình 1"}, "Tên đăng nhập", "quy tắc"),
        ({"full_name": ""}, "Họ và tên", "Phải ghi họ và tên"),
        ({"full_name": "x" * 151}, "Họ và tên", "tối đa 150"),
        ({"body": ""}, "Mã cơ quan", "Phải ghi mã cơ quan"),
        ({"body": "G99"}, "Mã cơ quan", "Không có cơ quan"),
        ({"unit": "Vụ Không Có"}, "Đơn vị", "Vụ Pháp chế"),
        ({"role": ""}, "Vai trò", "Phải ghi vai trò"),
        ({"role": "Trưởng phòng"}, "Vai trò", "Ghi một trong"),
        ({"role": "Lãnh đạo cơ quan chủ trì"}, "Vai trò", "cơ quan điều phối"),
        ({"email": "a.b.c"}, "Thư điện tử", "không đúng"),
        ({"phone": "gọi sau"}, "Điện thoại", "chữ số"),
        ({"is_unit_head": "có thể"}, "Phụ trách đơn vị", "Có"),
    ],
)
def test_each_fault_is_named_by_row_column_and_remedy(admin, unit, wrong, column, sentence):
    [(number, where, said)] = faults(admin, row(1), row(2, **wrong))
    assert (number, where) == (3, column)
    assert sentence in said


@pytest.mark.parametrize("typed", ["Bộ Tư pháp", "BỘ TƯ PHÁP", "bo tu phap", "BTP"])
def test_a_body_written_by_its_name_is_told_its_code(admin, typed):
    OrganisationFactory(code="G15", name="Bộ Tư pháp", short_name="BTP")
    [(_, column, said)] = faults(admin, row(1, body=typed))
    assert column == "Mã cơ quan"
    assert said == "Cột này ghi mã của cơ quan: Bộ Tư pháp có mã G15; ghi mã này rồi tải lại."


def test_a_name_twice_in_a_file_is_wrong_in_both_rows_whatever_its_capitals(admin, bodies):
    found = faults(admin, row(1), row(2), row(1, username="G15.NGUOI1"))
    assert [(number, column) for number, column, _ in found] == [(2, "Tên đăng nhập"), (4, "Tên đăng nhập")]


def test_several_faults_of_one_row_are_all_said(admin, bodies):
    assert {column for _, column, _ in faults(admin, row(1, full_name="", email="x", role="?"))} == {
        "Họ và tên", "Thư điện tử", "Vai trò",
    }  # fmt: skip


def test_a_name_of_somebody_elsewhere_is_never_taken_over(admin, focal, bodies):
    UserFactory(username="g15.nguoi1", organisation=bodies[1], full_name="Bí Mật")
    for by in (admin, focal):
        [(number, column, said)] = faults(by, row(1))
        assert (number, column) == (2, "Tên đăng nhập")
        assert "Bí Mật" not in said
    assert "G16" not in faults(focal, row(1))[0][2]


def test_a_focal_point_raises_nobody_and_reaches_no_other_body(focal, bodies):
    UserFactory(username="g15.nguoi9", organisation=bodies[0], role=Role.ADMINISTRATOR)
    found = faults(
        focal,
        row(1, role="Quản trị hệ thống"),
        row(2, body="G16"),
        row(9, role="Chuyên viên"),
        row(3, username=focal.username, role="Lãnh đạo"),
        row(4, body=""),
    )
    assert [(number, column) for number, column, _ in found] == [
        (2, "Vai trò"), (3, "Mã cơ quan"), (4, "Tên đăng nhập"), (5, "Vai trò"),
    ]  # fmt: skip


def test_work_in_hand_and_stopped_accounts_are_faults_of_their_rows(admin, bodies, unit):
    held = UserFactory(username="g15.nguoi1", organisation=bodies[0])
    UserFactory(username="g15.nguoi2", organisation=bodies[0], is_active=False)
    found = faults(admin, row(1, unit="Vụ Pháp chế"), row(2), in_hand={held.pk: 4})
    assert "đang giữ 4 phiếu" in found[0][2]
    assert "đã ngừng" in found[1][2]


def test_all_is_written_or_nothing(admin, bodies):
    assert write(admin, [row(1), row(2, email="sai")]).applied_at is None
    assert not User.objects.filter(username__startswith="g15.").exists()
    assert UserImport.objects.get().report["errors"][0]["row"] == 3


def test_the_corrected_file_is_written_and_changes_nothing_a_second_time(admin, unit):
    rows = [row(1, unit="vu phap che", phone=912345678.0, is_unit_head="Có"), row(2, role="leader")]
    done = write(admin, rows)
    assert (done.report["created"], done.report["changed"]) == (2, 0)
    first = User.objects.get(username="g15.nguoi1")
    assert (first.organisation, first.phone, first.is_unit_head, first.role) == (unit, "0912345678", True, "official")
    assert not first.has_usable_password()
    assert first.history.get().history_user == admin
    again = judge(admin, rows)
    assert (again.created, again.changed, again.unchanged, again.errors) == ([], [], 2, [])


def test_what_differs_is_changed_and_a_blank_cell_keeps_what_is_stored(admin, focal, unit):
    write(admin, [row(1, unit="Vụ Pháp chế", phone="0912 345 678", position="Chuyên viên chính")])
    done = write(focal, [row(1, email="moi@moj.gov.vn", body="")])
    assert done.report["changes"][0][-1] == {"Thư điện tử": ["nguoi1@moj.gov.vn", "moi@moj.gov.vn"]}
    stored = User.objects.get(username="g15.nguoi1")
    assert (stored.email, stored.phone, stored.organisation) == ("moi@moj.gov.vn", "0912 345 678", unit)
    assert [entry.history_user for entry in stored.history.order_by("history_id")] == [admin, focal]


def test_a_file_is_written_once(admin, bodies):
    lines = lines_of([HEADER, row(1)])
    item = user_import.preview(by=admin, content=b"x", file_name="a.xlsx", lines=lines, in_hand={})
    user_import.apply(by=admin, item=item, lines=lines, in_hand={})
    with pytest.raises(ValidationError, match="đã được ghi"):
        user_import.apply(by=admin, item=item, lines=lines, in_hand={})
    with pytest.raises(ValidationError, match="chỉ dành cho"):
        user_import.apply(by=UserFactory(organisation=bodies[0]), item=item, lines=lines, in_hand={})


def statements(action):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        action()
    return len(seen)


def test_six_hundred_people_cost_a_constant_number_of_statements_and_a_few_batches(admin, unit):
    def rows(number):
        return [row(n, unit="Vụ Pháp chế" if n % 2 else "") for n in range(number)]

    few, many = statements(lambda: judge(admin, rows(6))), statements(lambda: judge(admin, rows(600)))
    assert few == many <= 4
    # SQLite takes 999 values in a statement: some fifty people each, and as many entries of their history.
    assert statements(lambda: write(admin, rows(600))) <= 20 + 600 // 20
    assert User.objects.filter(username__startswith="g15.").count() == 600
    changed = [row(n, position="Chuyên viên chính") for n in range(600)]
    assert statements(lambda: write(admin, changed)) <= 20 + 600 // 10


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        ([["a", "b"], [1, 2]], "Không thấy dòng tiêu đề"),
        ([["Tên đăng nhập", "Vai trò"], ["a", "b"]], "thiếu cột “Họ và tên”"),
        ([HEADER], "không có người nào"),
        ([HEADER, *([f"a{n}", *[""] * 8] for n in range(5001))], "quá 5000"),
    ],
)
def test_a_sheet_that_is_no_list_of_people_is_refused(matrix, sentence):
    with pytest.raises(ValidationError, match=sentence):
        lines_of(matrix)


def test_the_header_is_found_by_its_labels_below_a_title_and_formulas_without_a_result_are_faults(admin, bodies):
    matrix = [["DANH SÁCH"], [], ["Họ tên", "STT", "VAI TRÒ", "ten dang nhap", "Cơ quan"],
              ["Nguyễn A", 1.0, "Lãnh đạo", "g15.a", "g15"], ["", 2.0, "Lãnh đạo", "g15.b", "g15"]]  # fmt: skip
    lines = lines_of(matrix, {(5, 0): "=A1&B1"})
    assert [(line.number, line.texts["username"]) for line in lines] == [(4, "g15.a"), (5, "g15.b")]
    verdict = user_import.judge(by=admin, lines=lines, in_hand={})
    assert [(e["row"], e["column"]) for e in verdict.errors] == [(5, "Họ và tên")]
    assert "công thức" in verdict.errors[0]["message"]


@pytest.mark.parametrize("who", ["admin", "focal"])
def test_the_workbook_to_fill_in_offers_what_its_reader_may_give(who, unit, request):
    by = request.getfixturevalue(who)
    with user_sheet.template_for(by) as file:
        book = openpyxl.load_workbook(io.BytesIO(file.read()))
    sheet, lists = book["Người dùng"], book["Mã cơ quan"]
    assert [cell.value for cell in sheet[1]] == HEADER
    roles = [cell.value for cell in lists["D"][1:] if cell.value]
    assert ("Quản trị hệ thống" in roles) is (who == "admin")
    codes = [cell.value for cell in lists["A"][1:] if cell.value]
    assert ("CUC" in codes, "G15" in codes) == (who == "admin", True)
    assert "'Mã cơ quan'!" in " ".join(str(v.formula1) for v in sheet.data_validations.dataValidation)


def test_a_list_sent_back_unchanged_changes_nothing(admin, focal, unit):
    write(admin, [row(1, unit="Vụ Pháp chế", position="Vụ trưởng", is_unit_head="Có"), row(2, role="leader")])
    people = User.objects.exclude(pk=admin.pk).select_related("organisation__parent")
    again = judge(focal, [list(user_sheet.sheet_row(user)) for user in people])
    assert (again.changed, again.errors, again.unchanged) == ([], [], 3)
