"""What people do in the browser, step by step; each step waits for what it brought about."""

from playwright.sync_api import expect

MINISTER, PROVINCE = "MINISTER", "PROV_PC_CHAIR"
REASON = "Địa phương đã đủ nhân lực, dữ liệu dùng chung và đang tiếp nhận hồ sơ; giảm một khâu trung gian."


def fill_day(field, day):
    """Type ``day`` as the field wants it: a browser's date field, or dd/mm/yyyy."""
    field.fill(f"{day:%Y-%m-%d}" if field.get_attribute("type") == "date" else f"{day:%d/%m/%Y}")


def open_review(person, review):
    """The page of ``review``."""
    return person.goto(f"/reviews/{review.pk}/")


def expect_status(page, label):
    """Wait until the page of a review says ``label``."""
    expect(page.get_by_label("Tình trạng phiếu")).to_contain_text(label)


def fill(person, review, target=PROVINCE):
    """Fill the form of ``review`` with a move from the minister down, and finish it."""
    page = open_review(person, review)
    page.locator("#conclusion").get_by_role("radio", name="Phân cấp", exact=True).check()
    moves = page.locator("#transfers")
    moves.get_by_label("Từ cấp").first.select_option(MINISTER)
    moves.get_by_label("Cho cấp").first.select_option(target)
    reason_of(page).fill(REASON)
    answer(page, {"C5": "Có", "C6": "Có", "C7": "Có", "C8": "Không", "C9": "Không", "C10": "Có"})
    page.get_by_label("Chưa có số liệu").check()
    law = page.locator("#amendments")
    law.get_by_label("Loại văn bản").first.select_option("decree")
    law.get_by_label("Số, ký hiệu").first.fill("15/2021/NĐ-CP")
    law.get_by_label("Điều", exact=True).first.fill("12")
    law.get_by_label("Cơ quan chủ trì soạn thảo").first.fill("Bộ Tư pháp")
    finish(page)


def answer(page, answers):
    """Answer questions of the form: {code: label of the answer}."""
    for code, label in answers.items():
        page.locator(f'[data-criterion="{code}"]').get_by_role("radio", name=label, exact=True).check()


def reason_of(page):
    """The field of the reason."""
    return page.locator("#reason").get_by_label("Lý do", exact=True)


def save(page):
    """Save the draft."""
    page.get_by_role("button", name="Lưu bản nháp").click()


def finish(page):
    """Save and hand over to the focal point."""
    page.get_by_role("button", name="Lưu và hoàn thành").click()
    expect_status(page, "Chờ kiểm tra")


def check(person, review):
    """The focal point's check."""
    page = open_review(person, review)
    page.get_by_role("button", name="Đã kiểm tra, chuyển chờ ký").click()
    expect_status(page, "Chờ ký")


def send(person, fields, button, scan=None):
    """Send everything that waits, through the door of the person's role; ``fields`` are labels and what is typed."""
    page = person.goto("/reviews/sending/")
    for label, value in fields.items():
        page.get_by_label(label).first.fill(value)
    if scan:
        page.get_by_label("Bản chụp công văn").set_input_files(scan)
    page.get_by_role("button", name=button).click()
    page.get_by_role("dialog").get_by_role("button", name="Gửi").click()
    page.wait_for_url("**/reviews/submissions/*/")


def sign(person):
    """The leader's signature."""
    send(person, {"Người ký": "Nguyễn Khánh Ngọc", "Thẩm quyền ký": "KT. BỘ TRƯỞNG"}, "Ký gửi các phiếu đã chọn")


def accept(person, review):
    """The department agrees."""
    page = open_review(person, review)
    page.get_by_role("button", name="Thống nhất", exact=True).click()
    expect_status(page, "Đã thống nhất")
