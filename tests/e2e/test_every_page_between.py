"""What stands between a file, or a pasted block, and its writing; and codes on paper. All fit, axe finds nothing."""

import re

import pytest
from playwright.sync_api import expect

from reviews.models import BulkChange, Review
from tests.e2e.sweeping import WORDY, faults_here
from tests.e2e.test_users import FAULTS, upload, workbook
from tests.reviews.cast import make_cast
from tests.reviews.filled import save
from tests.reviews.many import many_reviews
from tests.reviews.sheets.scene import Book, book_of

# A name, or a word a file brings, that no column is wide enough for.
ENDLESS = "duong-dan-rat-dai-khong-co-dau-cach/" * 6


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def test_a_filled_workbook_with_questions_and_faults_fits_before_and_after_it_is_written(visitor, cast, tmp_path):
    reviews = many_reviews(cast, 5)
    Review.objects.filter(pk=reviews[1].pk).update(reason=WORDY, status="draft", version=1)
    book = Book(book_of(cast, Review.objects.filter(pk__in=[one.pk for one in reviews])), tmp_path)
    book.put(1, reason=WORDY, conclusion="Giữ nguyên")
    book.put(2, reason=f"Trong tệp: {WORDY}")
    book.put(3, conclusion="Không rõ", annual_dossiers="khoảng ba trăm")
    book.put(4, reason=ENDLESS)
    book.put(5, code="9.999999")
    save(cast, reviews[1], reason=f"Trên cổng: {WORDY}")
    save(cast, reviews[3], reason="Trên cổng.")

    official = visitor(cast.own["official"])
    page = official.goto("/reviews/uploads/")
    page.get_by_label("Tệp phiếu đã điền").set_input_files(book.saved())
    page.get_by_role("button", name="Tải lên, xem trước").click()
    expect(page.locator("[data-question]")).to_have_count(2)
    faults = list(faults_here(official, "questions"))
    page.get_by_role("button", name="Ghi vào phiếu").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa ghi gì")
    faults += faults_here(official, "not answered")
    official.faults = [one for one in official.faults if "409" not in one]
    page.get_by_role("button", name="Các ô chưa chọn: lấy hết từ tệp").click()
    page.get_by_role("button", name="Ghi vào phiếu").click()
    expect(page.locator("#count-mine")).to_have_text("2")
    faults += faults_here(official, "written")
    change = BulkChange.objects.get()
    official.goto(f"/reviews/bulk-changes/{change.pk}/")
    faults += faults_here(official, "the change")
    page.goto(f"{official.server}/reviews/uploads/")
    faults += faults_here(official, "uploads")
    assert not faults, "\n".join(faults)


def test_a_pasted_block_fits_before_it_is_written(visitor, cast):
    one, two = many_reviews(cast, 2)
    official = visitor(cast.own["official"])
    lines = (
        f"{one.scope_item.code}\tPhân cấp\tUBND tỉnh\t{WORDY}",
        f"{two.scope_item.code}\tKhông rõ\t{ENDLESS}\t{WORDY}",
        f"9.999999\tGiữ nguyên\t\t{WORDY}",
    )
    page = official.goto("/reviews/quick/")
    page.locator("[data-paste] > summary").click()
    page.locator("[data-paste] textarea").fill("\n".join(lines))
    page.get_by_role("button", name="Xem trước khối").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 phiếu sẽ thay đổi")
    expect(page.get_by_text("Hiểu các cột theo thứ tự")).to_contain_text("Mã TTHC · Kết luận · Cấp nhận · Lý do")
    faults = list(faults_here(official, "pasted"))
    assert not faults, "\n".join(faults)


def test_people_from_a_file_and_the_slips_of_their_codes_fit(visitor, people, tmp_path):
    admin = visitor(people["administrator"])
    page = upload(admin, workbook(tmp_path / "loi.xlsx", FAULTS | {77: ("role", ENDLESS)}))
    expect(page.get_by_text(re.compile("Chưa ghi gì: 9 dòng có lỗi"))).to_be_visible()
    faults = list(faults_here(admin, "users with faults"))
    page = upload(admin, workbook(tmp_path / "dung.xlsx", {}))
    expect(page.get_by_role("button", name="Xác nhận, ghi danh sách")).to_be_visible()
    faults += faults_here(admin, "users")
    page.goto(f"{admin.server}/users/import/")
    faults += faults_here(admin, "imports of users")

    focal = visitor(people["focal_point"])
    page = focal.goto("/users/")
    for box in page.get_by_role("checkbox", name=re.compile("Chọn .*(Trần|Nguyễn)")).all():
        box.check()
    page.get_by_role("button", name="In mã đặt mật khẩu").click()
    page.get_by_role("dialog").get_by_role("button", name="Cấp mã").click()
    expect(page.locator(".slip").first).to_be_visible()
    faults += faults_here(focal, "slips")
    assert not faults, "\n".join(faults)
