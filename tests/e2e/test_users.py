"""People in a real browser: six hundred from a workbook with faults, and a code on paper that opens the portal."""

import re

import openpyxl
from playwright.sync_api import expect

from tests.e2e.conftest import OFFICE, PHONE
from tthc_portal.accounts.models import User
from tthc_portal.accounts.user_sheet import COLUMNS

NEW = "mat-khau-moi-2026"
# Row of the workbook → what is wrong with it: (column, value).
FAULTS = {
    5: ("body", "K99"),
    40: ("unit", "Vụ Không Có"),
    77: ("role", "Trưởng ban"),
    120: ("email", "sai dia chi"),
    200: ("full_name", ""),
    301: ("username", "tên có dấu"),
    402: ("username", "focal.point"),
    500: ("phone", "gọi sau"),
    601: ("is_unit_head", "có thể"),
}


def faults_of(person):
    """What is wrong with the page as it stands, on an office screen and on a telephone."""
    faults = []
    for size in (PHONE, OFFICE):
        person.page.set_viewport_size(size)
        faults += [f"{person.page.url} {size['width']}: {found}" for found in person.axe()]
        if wide := person.overflows():
            faults.append(f"{person.page.url} {wide} px too wide at {size['width']}")
    return faults


def workbook(path, faults):
    """Six hundred officials of two bodies under the header of the portal's own workbook."""
    book = openpyxl.Workbook()
    book.active.append(list(COLUMNS.values()))
    for row in range(2, 602):
        cells = {
            "username": f"nguoi.{row}", "full_name": f"Nguyễn Văn {row}", "body": "G16" if row % 2 else "G17",
            "unit": "", "role": "Chuyên viên", "position": "", "email": f"nguoi.{row}@coquan.gov.vn",
            "phone": "0912 345 678", "is_unit_head": "Không",
        }  # fmt: skip
        if row in faults:
            column, value = faults[row]
            cells[column] = value
        book.active.append(list(cells.values()))
    book.save(path)
    return path


def upload(person, file):
    page = person.goto("/users/import/")
    page.get_by_label("Tệp danh sách").set_input_files(file)
    page.get_by_role("button", name="Xem trước").click()
    page.wait_for_url("**/users/import/*/")
    return page


def test_six_hundred_users_with_nine_faults_then_corrected_then_again(visitor, people, tmp_path):
    admin = visitor(people["administrator"])
    before = User.objects.count()
    page = upload(admin, workbook(tmp_path / "loi.xlsx", FAULTS))
    expect(page.get_by_text("Chưa ghi gì: 9 dòng có lỗi")).to_be_visible()
    named = page.locator("tbody tr").evaluate_all("rows => rows.map(r => [r.cells[0].innerText, r.cells[1].innerText])")
    assert named == [[str(row), COLUMNS[column]] for row, (column, _) in sorted(FAULTS.items())]
    expect(page.get_by_role("button", name="Xác nhận")).to_have_count(0)
    assert User.objects.count() == before
    assert faults_of(admin) == []

    page = upload(admin, workbook(tmp_path / "dung.xlsx", {}))
    expect(page.get_by_text("Xác nhận để thêm 600 người mới")).to_be_visible()
    assert User.objects.count() == before
    page.get_by_role("button", name="Xác nhận, ghi danh sách").click()
    expect(page.locator("#messages")).to_contain_text("Đã ghi")
    assert User.objects.count() == before + 600
    assert faults_of(admin) == []

    page = upload(admin, workbook(tmp_path / "dung-2.xlsx", {}))
    expect(page.get_by_text("0 thay đổi.")).to_be_visible()
    expect(page.get_by_role("button", name="Xác nhận")).to_have_count(0)
    assert User.objects.count() == before + 600


def test_a_code_is_printed_and_its_person_sets_a_password_and_is_in(visitor, people):
    focal, person = visitor(people["focal_point"]), people["official"]
    page = focal.goto("/users/")
    expect(page.locator("#result-count")).to_have_attribute("data-count", "3")
    assert faults_of(focal) == []
    page.get_by_role("checkbox", name=re.compile("Trần Thị Bình")).check()
    page.get_by_role("button", name="In mã đặt mật khẩu").click()
    page.get_by_role("dialog").get_by_role("button", name="Cấp mã").click()
    expect(page.locator(".slip")).to_have_count(1)
    expect(page.locator("[data-slip=username]")).to_have_text(person.username)
    code = page.locator("[data-slip=code]").inner_text()
    assert faults_of(focal) == []

    guest = visitor()
    page = guest.goto("/accounts/login/")
    page.get_by_role("link", name="Đặt mật khẩu bằng mã").click()
    assert faults_of(guest) == []
    page.get_by_label("Tên đăng nhập").fill(person.username)
    page.get_by_label("Mã dùng một lần").fill("SAI1-SAI2-SAI3-SAI4")
    page.get_by_label("Mật khẩu mới", exact=False).first.fill(NEW)
    page.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    page.get_by_role("button", name="Đặt mật khẩu và đăng nhập").click()
    expect(page.get_by_text("Tên đăng nhập hoặc mã không đúng")).to_be_visible()
    page.get_by_label("Mã dùng một lần").fill(code.lower())
    page.get_by_label("Mật khẩu mới", exact=False).first.fill(NEW)
    page.get_by_label("Nhập lại mật khẩu mới").fill(NEW)
    page.get_by_role("button", name="Đặt mật khẩu và đăng nhập").click()
    page.wait_for_url(re.compile(r"//[^/]+/$"))
    expect(page.get_by_role("banner")).to_contain_text("Trần Thị Bình")
    assert User.objects.get(pk=person.pk).check_password(NEW)
