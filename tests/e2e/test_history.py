"""An earlier value seen beside the present one and brought back by a click."""

from playwright.sync_api import expect

from reviews.actions.filling import save_review
from tests.e2e.conftest import PHONE

FIRST = "Lý do ban đầu, đã được lãnh đạo đơn vị góp ý và thống nhất."
SECOND = "Lý do viết lại sau, nhưng kém rõ hơn lý do ban đầu."


def test_an_earlier_reason_is_found_in_the_history_and_brought_back(visitor, people, review):
    for base, reason in enumerate((FIRST, SECOND)):
        data = {"conclusion": "keep", "reason": reason}
        save_review(by=people["official"], review_id=review.pk, base_version=base, data=data)
    person = visitor(people["official"])
    page = person.goto(f"/reviews/{review.pk}/history/")
    assert person.axe() == []
    page.get_by_role("link", name="Xem phiên bản 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Phiên bản 1 của phiếu 1.000001")
    expect(page.locator(".page-title")).to_contain_text("của Trần Thị Bình")
    row = page.locator("tr#reason")
    expect(row).to_contain_text(FIRST)
    expect(row).to_contain_text(SECOND)
    assert person.axe() == []
    row.get_by_role("button", name="Khôi phục giá trị này: Lý do").click()
    expect(page.locator("#messages")).to_contain_text("Đã khôi phục “Lý do”")
    review.refresh_from_db()
    assert (review.reason, review.version) == (FIRST, 3)
    person.goto(f"/reviews/{review.pk}/history/")
    expect(page.get_by_text("Khôi phục từ phiên bản 1")).to_be_visible()
    page.set_viewport_size(PHONE)
    assert person.overflows() == 0
    person.goto(f"/reviews/{review.pk}/history/1/")
    assert person.overflows() == 0
