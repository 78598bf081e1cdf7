"""A question on one field of a form: its place goes with it, its answer comes back, the way leads to the field."""

import pytest
from playwright.sync_api import expect

from reviews.models import Notice, Ticket
from tests.e2e.steps import open_review, reason_of, save

SUBJECT = "Nêu lý do đến mức nào?"
QUESTION = "Thủ tục chỉ phát sinh 3 hồ sơ một năm: nêu số hồ sơ đã đủ chưa, hay phải nêu cả năng lực của Sở?"
ANSWER = "Nêu cả hai: số hồ sơ và năng lực của cơ quan nhận."

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_question_on_a_field_reaches_the_department_and_its_answer_leads_back(visitor, people, review, settings):
    settings.SUPPORT_CONTACT = "Phòng Kiểm soát TTHC, 080 43162"
    official, appraiser = visitor(people["official"]), visitor(people["appraiser"])

    # Two clicks from the field: its help, and the question; what is typed is kept by a draft.
    page = open_review(official, review)
    reason_of(page).fill("Thủ tục ít phát sinh hồ sơ; chuyển thẩm quyền giảm một khâu trung gian.")
    save(page)
    page.locator('[data-section="proposal"] [data-section-help] summary').click()
    page.locator('[data-help="reason"]').get_by_role("link", name="Hỏi Cục về mục này").click()
    place = page.get_by_role("region", name="Gửi kèm câu hỏi")
    expect(place).to_contain_text(people["official"].body.name)
    expect(place.get_by_role("link", name="Phiếu rà soát")).to_have_attribute("href", f"/reviews/{review.pk}/")
    expect(place).to_contain_text("Lý do")
    expect(place.get_by_label("Mã TTHC")).to_have_value("1.000001")
    expect(page.locator("main")).to_contain_text("Phòng Kiểm soát TTHC, 080 43162")
    assert official.axe() == []

    # A mistake loses neither the text nor the place.
    page.get_by_label("Câu hỏi ngắn gọn").fill(SUBJECT)
    page.get_by_label("Nội dung cần hỏi").fill(QUESTION)
    page.get_by_label("Mã TTHC").fill("9.999999")
    page.get_by_role("button", name="Gửi câu hỏi").click()
    expect(page.get_by_role("alert")).to_contain_text("Không có thủ tục mang mã “9.999999”")
    expect(page.get_by_label("Nội dung cần hỏi")).to_have_value(QUESTION)
    expect(place).to_contain_text("Lý do")
    page.get_by_label("Mã TTHC").fill("1.000001")
    page.get_by_role("button", name="Gửi câu hỏi").click()
    expect(page.locator("main")).to_contain_text("Đang chờ cơ quan chủ trì trả lời")
    ticket = Ticket.objects.get()
    assert (ticket.page, ticket.field, ticket.procedure.code, ticket.organisation) == (
        f"/reviews/{review.pk}/",
        "reason",
        "1.000001",
        people["official"].body,
    )

    # The department: the count of its home leads to the list, the list to the question with its place.
    desk = appraiser.goto("/")
    tile = desk.locator('[data-figure="tickets"]')
    expect(tile).to_have_text("1")
    tile.click()
    row = desk.get_by_role("row", name=SUBJECT)
    expect(row).to_contain_text(str(people["official"].body))
    expect(row).to_contain_text("TTHC 1.000001 · mục “Lý do”")
    assert appraiser.axe() == []
    row.get_by_role("link", name=SUBJECT).click()
    asked = desk.locator("#asked-from")
    for words in (people["official"].body.name, "Phiếu rà soát", "1.000001", "Lý do"):
        expect(asked).to_contain_text(words)
    expect(asked.get_by_role("link", name="Phiếu rà soát")).to_have_attribute("href", f"/reviews/{review.pk}/#reason")
    desk.get_by_role("textbox", name="Trả lời").fill(ANSWER)
    desk.get_by_role("button", name="Gửi trả lời").click()
    expect(desk.get_by_role("heading", name="Trả lời", exact=True)).to_be_visible()
    assert appraiser.axe() == []
    expect(appraiser.goto("/").locator('[data-figure="tickets"]')).to_have_text("0")

    # The asker: a notice on the home page, the answer, and back to the field, whose text still stands.
    page = official.goto("/")
    page.get_by_role("region", name="Tin báo cho bạn").get_by_role("link", name=SUBJECT).click()
    expect(page.locator("main")).to_contain_text(ANSWER)
    page.get_by_role("link", name="Về chỗ đã hỏi").click()
    page.wait_for_url(f"**/reviews/{review.pk}/#reason")
    expect(reason_of(page)).to_be_in_viewport()
    expect(reason_of(page)).to_have_value("Thủ tục ít phát sinh hồ sơ; chuyển thẩm quyền giảm một khâu trung gian.")

    # Asking on keeps the procedure and the field; closing needs no answer any more and clears the notice.
    page = official.goto(f"/support/questions/{ticket.pk}/")
    page.get_by_role("link", name="Hỏi thêm").click()
    expect(page.get_by_label("Câu hỏi ngắn gọn")).to_have_value(f"Hỏi thêm: {SUBJECT}")
    expect(page.get_by_label("Mã TTHC")).to_have_value("1.000001")
    page = official.goto(f"/support/questions/{ticket.pk}/")
    page.get_by_role("button", name="Đã rõ, khép câu hỏi").click()
    expect(page.locator("main")).to_contain_text("Đã khép câu hỏi.")
    assert Notice.objects.filter(read_at=None).count() == 0


def test_help_is_two_clicks_from_every_page_and_fits_a_phone(visitor, people, review):
    phone = visitor(people["official"], size={"width": 390, "height": 844})
    page = phone.goto("/reviews/quick/")
    assert phone.axe() == []
    menu = page.locator(".help-menu")
    menu.locator("summary").click()
    expect(menu.get_by_role("link", name="Hỏi Cục về trang này")).to_have_attribute(
        "href", "/support/ask/?page=/reviews/quick/"
    )
    assert phone.overflows() == 0
    menu.get_by_role("link", name="Hướng dẫn trang này").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danh sách phiếu và rà soát nhanh")
    for path in ("/support/", "/support/ask/?page=/", "/support/help/giai-thich-muc/", "/support/help/phieu-excel/"):
        phone.goto(path)
        assert phone.overflows() == 0, path
        assert phone.axe() == [], path
