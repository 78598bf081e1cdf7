"""The work list and its forms by keyboard alone, the keys counted; saved views and columns at three widths."""

import re

from playwright.sync_api import expect

from reviews.models import Phrase, Review, SavedView
from tests.e2e.conftest import PHONE
from tests.e2e.test_bulk import REASON, rows
from tests.e2e.test_quick import ZOOMED, Keys

__all__ = ["rows"]
FORMS = 50


def test_fifty_forms_are_finished_from_a_filtered_list_by_keyboard_alone(visitor, people, rows):
    body = people["official"].body
    Phrase.objects.create(organisation=body, field="reason", text=REASON, made_by=people["focal_point"])
    person = visitor(people["official"])
    page = person.goto("/reviews/?status=not_started")
    expect(page.locator("#result-count")).to_have_attribute("data-count", "60")
    keys = Keys(page)
    keys("j", "Enter")
    for review in rows[:FORMS]:
        page.wait_for_url(re.compile(rf"/reviews/{review.pk}/\?list="))
        expect(page.get_by_role("heading", level=1)).to_contain_text(review.scope_item.code)
        keys("3", "r", "Alt+1", "Control+Shift+Enter")
    page.wait_for_url(re.compile(rf"/reviews/{rows[FORMS].pk}/\?list="))
    done = Review.objects.filter(status="ready", finished_by=people["official"], conclusion="keep", reason=REASON)
    assert done.count() == FORMS
    print(f"{keys.number} keys for {FORMS} forms: {keys.number / FORMS:.2f} a form")
    assert keys.number <= 2 + 4 * FORMS


def test_the_list_and_the_form_answer_the_keys_of_the_help(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/?status=not_started")
    press = page.keyboard.press
    press("ArrowDown")
    expect(page.get_by_role("link", name=rows[0].scope_item.code, exact=True)).to_be_focused()
    press("j")
    press("j")
    press("k")
    expect(page.get_by_role("link", name=rows[1].scope_item.code, exact=True)).to_be_focused()
    press("x")
    expect(page.get_by_label(f"Chọn phiếu {rows[1].scope_item.code}")).to_be_checked()
    press("?")
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()
    assert person.axe() == []
    press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    search = page.get_by_label("Tìm theo mã, tên")
    search.focus()
    page.keyboard.type("jx?")
    expect(search).to_have_value("jx?")
    search.fill("")
    page.get_by_role("link", name=rows[1].scope_item.code, exact=True).press("Enter")
    page.wait_for_url(re.compile(rf"/reviews/{rows[1].pk}/"))
    press("n")
    page.wait_for_url(re.compile(rf"/reviews/{rows[2].pk}/"))
    press("p")
    page.wait_for_url(re.compile(rf"/reviews/{rows[1].pk}/"))
    press("3")
    expect(page.get_by_role("radio", name="Giữ nguyên", exact=True)).to_be_checked()
    press("r")
    page.keyboard.type("n1?")
    reason = page.locator("textarea[name=reason]")
    expect(reason).to_have_value("n1?")
    press("Control+Enter")
    page.wait_for_url(re.compile(rf"/reviews/{rows[2].pk}/"))
    stored = Review.objects.get(pk=rows[1].pk)
    assert (stored.status, stored.reason, stored.conclusion) == ("draft", "n1?", "keep")
    press("?")
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()


def test_what_is_missing_keeps_one_on_the_form(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto(f"/reviews/{rows[0].pk}/?list=status%3Dnot_started")
    page.keyboard.press("3")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.get_by_role("alert")).to_contain_text("chưa hoàn thành được phiếu")
    assert page.url.split("?")[0].endswith(f"/reviews/{rows[0].pk}/")


def test_a_view_with_its_columns_is_saved_shared_and_applied(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/?status=not_started")
    page.get_by_text("Chọn cột").click()
    panel = page.get_by_role("form", name="Chọn cột của danh sách")
    panel.get_by_label("Đơn vị").check()
    panel.get_by_label("Lĩnh vực").uncheck()
    assert person.axe() == []
    panel.get_by_role("button", name="Hiện các cột này").click()
    expect(page.get_by_role("columnheader", name="Đơn vị")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Lĩnh vực")).to_have_count(0)
    page.get_by_text("Lưu cách xem").click()
    page.get_by_label("Tên cách xem").fill("Chưa rà soát, theo đơn vị")
    page.get_by_label("Dùng chung trong cơ quan").check()
    assert person.axe() == []
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("Đã lưu cách xem")
    assert SavedView.objects.get().is_shared
    other = visitor(people["focal_point"], ZOOMED)
    page = other.goto("/reviews/")
    page.get_by_role("link", name="Chưa rà soát, theo đơn vị").click()
    expect(page.locator("#result-count")).to_have_attribute("data-count", "60")
    expect(page.get_by_role("columnheader", name="Đơn vị")).to_be_visible()
    assert other.overflows() == 0
    assert other.axe() == []
    page.set_viewport_size(PHONE)
    assert other.overflows() == 0


def test_the_next_one_is_taken_with_one_click(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/?status=not_started")
    page.get_by_role("button", name="Nhận phiếu tiếp theo").click()
    page.wait_for_url(re.compile(rf"/reviews/{rows[0].pk}/"))
    expect(page.locator("#messages")).to_contain_text("Đã giao phiếu này cho bạn")
    # Whoever asks next while the first has it open gets another one.
    other = visitor(people["focal_point"])
    page = other.goto("/reviews/?status=not_started")
    page.get_by_role("button", name="Nhận phiếu tiếp theo").click()
    page.wait_for_url(re.compile(rf"/reviews/{rows[1].pk}/"))
