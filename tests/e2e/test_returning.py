"""A form returned with points comes back answered and is accepted."""

from playwright.sync_api import expect

from tests.e2e.steps import accept, check, expect_status, fill, finish, open_review, sign


def test_a_returned_form_is_answered_sent_again_and_accepted(visitor, people, review):
    official, focal, leader = (visitor(people[role]) for role in ("official", "focal_point", "leader"))
    appraiser = visitor(people["appraiser"])
    fill(official, review)
    check(focal, review)
    sign(leader)

    page = open_review(appraiser, review)
    page.get_by_text("Trả lại, yêu cầu hoàn thiện…").click()
    page.get_by_label("Các điểm cần hoàn thiện").fill("Nêu rõ khoản của Điều 12 cần sửa đổi.")
    page.get_by_role("button", name="Trả lại phiếu").click()
    expect_status(page, "Trả lại, yêu cầu hoàn thiện")

    # The official is told at home, first of all his work, and finds the point beside the form.
    page = official.goto("/")
    expect(page.get_by_role("region", name="Tin báo cho bạn")).to_be_visible()
    first = page.locator("[data-figure]").first
    expect(first).to_have_attribute("data-figure", "mine_returned")
    expect(first).to_have_text("1")
    first.click()
    page.get_by_role("link", name=review.scope_item.code).click()
    expect(page.locator("#points")).to_contain_text("Nêu rõ khoản của Điều 12")
    page.get_by_label("Trả lời điểm 1").fill("Đã bổ sung khoản 3 Điều 12.")
    page.locator("#amendments").get_by_label("Khoản", exact=True).first.fill("3")
    finish(page)

    check(focal, review)
    sign(leader)
    page = open_review(appraiser, review)
    expect(page.get_by_label("Nội dung phiếu")).to_contain_text("Đã bổ sung khoản 3 Điều 12.")
    accept(appraiser, review)
    page = official.goto(f"/reviews/{review.pk}/history/")
    expect(page.locator(".timeline")).to_contain_text("Nêu rõ khoản của Điều 12")
