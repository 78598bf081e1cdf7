"""The quick review by keyboard, at the width of an office screen; and a block pasted from a workbook."""

import re

from playwright.sync_api import expect

from reviews.models import BulkChange, Review
from tests.e2e.conftest import PHONE
from tests.e2e.test_bulk import REASON, rows

__all__ = ["rows"]
ZOOMED = {"width": 1093, "height": 614}


class Keys:
    """A keyboard whose keys are counted; a text put in at once counts as one."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def __call__(self, *keys):
        for key in keys:
            self.number += 1
            self.page.keyboard.press(key)

    def text(self, words):
        self.number += 1
        self.page.keyboard.insert_text(words)


def test_ten_rows_are_filled_by_keyboard_alone(visitor, people, rows):
    person = visitor(people["official"], ZOOMED)
    page = person.goto("/reviews/quick/?status=not_started")
    assert person.overflows() == 0
    assert person.axe() == []
    lines = page.locator(".quick-row")
    height = lines.nth(9).bounding_box()["y"] + lines.nth(9).bounding_box()["height"] - lines.nth(0).bounding_box()["y"]
    assert height <= ZOOMED["height"]
    sizes = []
    page.on("response", lambda answer: sizes.append(answer) if "/quick/" in answer.url else None)
    keys = Keys(page)
    page.get_by_label(f"Kết luận {rows[0].scope_item.code}").focus()
    for review in rows[:10]:
        code = review.scope_item.code
        expect(page.get_by_label(f"Kết luận {code}")).to_be_focused()
        keys("3", "Tab", "Tab")
        keys.text(REASON)
        keys("Shift+Tab", "Shift+Tab", "Enter")
        expect(page.locator(f"#row-{review.pk} .quick-state")).to_have_text(re.compile(r"Đã lưu \d\d:\d\d"))
    assert Review.objects.filter(conclusion="keep", reason=REASON, version=1).count() == 10
    assert keys.number <= 7 * 10
    assert all(len(answer.body()) <= 5_000 for answer in sizes)
    keys("Control+ArrowDown")
    expect(page.get_by_label(f"Kết luận {rows[11].scope_item.code}")).to_be_focused()
    page.set_viewport_size(PHONE)
    assert person.overflows() == 0


def test_what_is_wrong_stays_in_the_row_with_the_text(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/quick/?status=not_started")
    line = page.locator(f"#row-{rows[0].pk}")
    line.get_by_label("Kết luận").select_option("decentralize")
    line.get_by_label("Cấp nhận").select_option("PRIME_MINISTER")
    line.get_by_label("Lý do").fill(REASON)
    line.get_by_label("Lý do").press("Enter")
    expect(line.locator(".field-error")).to_contain_text("cùng cấp hoặc cao hơn")
    expect(line.get_by_label("Lý do")).to_have_value(REASON)
    expect(line.get_by_label("Lý do")).to_be_focused()
    assert person.axe() == []


def test_a_block_of_twelve_rows_is_pasted(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/quick/?status=not_started")
    block = "\n".join("\t".join(["Giữ nguyên", "", REASON]) for _ in range(12))
    page.get_by_label(f"Lý do {rows[0].scope_item.code}").focus()
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        block,
    )
    expect(page.get_by_role("button", name="Xem trước khối")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("12 phiếu sẽ thay đổi")
    assert person.axe() == []
    page.get_by_role("button", name="Lưu 12 phiếu").click()
    expect(page.locator("#messages")).to_contain_text("Đã thay đổi 12 phiếu")
    assert BulkChange.objects.get().changed == 12
    assert Review.objects.filter(pk__in=[row.pk for row in rows[:12]], conclusion="keep").count() == 12
