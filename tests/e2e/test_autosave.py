"""Typing in a real browser: what is typed survives lost sessions, lost networks, closed browsers and other people."""

import re

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from reviews.models import Review, ReviewEvent, WorkingCopy
from tests.e2e.conftest import PHONE, session_cookie
from tests.e2e.steps import open_review, reason_of, save
from tests.factories import PASSWORD

MINE = "Nội dung của chuyên viên: địa phương đã đủ điều kiện tiếp nhận thẩm quyền này."
THEIRS = "Nội dung của đầu mối: Sở Tư pháp đã thực hiện phần lớn các bước của thủ tục."
SAVED = re.compile(r"Đã lưu \d\d:\d\d")


def state_of(page):
    """The line that says how saving stands."""
    return page.locator("[data-autosave-state]")


def conditions_of(page):
    """The field of the conditions."""
    return page.locator("textarea[name=conditions]")


def kept(review, user) -> dict:
    """What the server keeps of the person's typing."""
    copy = WorkingCopy.objects.filter(review=review, user=user).first()
    return {name: entry["value"] for name, entry in copy.data.get("fields", {}).items()} if copy else {}


def eventually(page, review, user, **fields):
    """Wait until the server keeps exactly that of ``fields``; rows of a table are told by their number."""
    for _ in range(100):
        found = kept(review, user)
        if isinstance(found.get("amendments"), list):
            found["amendments"] = [row["number"] for row in found["amendments"]]
        if all(found.get(name) == value for name, value in fields.items()):
            return
        page.wait_for_timeout(100)
    assert {name: found.get(name) for name in fields} == fields


def forgive_the_network(person):
    """A browser notes every request that a lost network cost; here that was on purpose."""
    person.faults = [fault for fault in person.faults if "net::" not in fault and "htmx:" not in fault]


def sign_in(page, username):
    """Sign in on the page one was led to."""
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").first.fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def drafts(page):
    """Names of the drafts in this browser; a page with a policy takes no eval, so through DevTools."""
    session = page.context.new_cdp_session(page)
    found = session.send("Runtime.evaluate", {"expression": "Object.keys(localStorage).join()", "returnByValue": True})
    session.detach()
    return [name for name in found["result"]["value"].split(",") if name.startswith("portal:draft:")]


def test_every_change_is_saved_by_itself_and_says_so(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    reason_of(page).press_sequentially(MINE)
    expect(state_of(page)).to_have_text(SAVED)
    assert kept(review, people["official"]) == {"reason": MINE}
    assert not ReviewEvent.objects.filter(review=review).exclude(action="open").exists()
    assert drafts(page) == []
    page.locator("input[name=annual_dossiers]").fill("nhiều")
    expect(state_of(page)).to_contain_text("Sai: ")
    assert official.axe() == []
    eventually(page, review, people["official"], annual_dossiers="nhiều")
    official.goto("/reviews/")
    page = open_review(official, review)
    expect(reason_of(page)).to_have_value(MINE)
    expect(page.locator("input[name=annual_dossiers]")).to_have_value("nhiều")
    assert Review.objects.get(pk=review.pk).reason == MINE
    assert official.axe() == []


def test_rows_added_and_removed_are_saved_too(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    law = page.locator("#amendments")
    law.get_by_label("Loại văn bản").first.select_option("decree")
    law.get_by_label("Số, ký hiệu").first.fill("15/2021/NĐ-CP")
    law.get_by_role("button", name="Thêm văn bản").click()
    law.get_by_label("Loại văn bản").last.select_option("circular")
    law.get_by_label("Số, ký hiệu").last.fill("2/2020/TT-BTP")
    eventually(page, review, people["official"], amendments=["15/2021/NĐ-CP", "2/2020/TT-BTP"])
    expect(state_of(page)).to_have_text(SAVED)
    law.get_by_role("button", name="Bỏ dòng này").first.click()
    eventually(page, review, people["official"], amendments=["2/2020/TT-BTP"])


def test_the_session_ends_mid_typing_and_the_same_text_stands_there_after_signing_in(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    reason_of(page).press_sequentially("Câu đầu đã lưu.")
    expect(state_of(page)).to_have_text(SAVED)
    Session.objects.all().delete()
    reason_of(page).press_sequentially(" Câu sau gõ khi phiên đã hết.")
    expect(state_of(page)).to_have_text("Chưa lưu: phiên đã hết, đăng nhập lại")
    assert len(drafts(page)) == 1
    state_of(page).get_by_role("link", name="đăng nhập lại").click()
    sign_in(page, people["official"].username)
    page.wait_for_url(f"**/reviews/{review.pk}/")
    expect(reason_of(page)).to_have_value("Câu đầu đã lưu. Câu sau gõ khi phiên đã hết.")
    expect(page.locator("[data-autosave-restored]")).to_contain_text("Đã khôi phục nội dung nhập lúc")
    expect(state_of(page)).to_have_text(SAVED)
    assert kept(review, people["official"])["reason"] == "Câu đầu đã lưu. Câu sau gõ khi phiên đã hết."
    assert drafts(page) == []


def test_saving_with_a_dead_session_loses_nothing_either(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    Session.objects.all().delete()
    with page.expect_request("**/computed/"):
        page.locator("#conclusion").get_by_role("radio", name="Phân cấp", exact=True).check()
    reason_of(page).fill(MINE)
    save(page)
    sign_in(page, people["official"].username)
    page.wait_for_url(f"**/reviews/{review.pk}/")
    expect(reason_of(page)).to_have_value(MINE)


def test_a_browser_closed_mid_word_opens_again_with_the_word(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    law = page.locator("#amendments")
    official.context.set_offline(True)
    law.get_by_label("Số, ký hiệu").first.fill("15/2021/NĐ-CP")
    law.get_by_role("button", name="Thêm văn bản").click()
    law.get_by_label("Số, ký hiệu").last.fill("2/2020/TT-B")
    reason_of(page).press_sequentially("Địa phương đã đủ điều ki")
    page.close()
    official.context.set_offline(False)
    assert kept(review, people["official"]) == {}
    page = official.context.new_page()
    page.goto(f"/reviews/{review.pk}/")
    expect(reason_of(page)).to_have_value("Địa phương đã đủ điều ki")
    expect(page.locator("input[name=amendments-1-number]")).to_have_value("2/2020/TT-B")
    expect(page.locator("[data-autosave-restored]")).to_be_visible()
    expect(state_of(page)).to_contain_text("Sai: ")
    rows = ["15/2021/NĐ-CP", "2/2020/TT-B"]
    eventually(page, review, people["official"], reason="Địa phương đã đủ điều ki", amendments=rows)
    forgive_the_network(official)


def test_nobody_else_at_the_same_machine_sees_the_draft(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    official.context.set_offline(True)
    reason_of(page).fill(MINE)
    expect(state_of(page)).to_have_text("Chưa lưu: mất kết nối")
    page.close()
    official.context.set_offline(False)
    official.context.clear_cookies()
    official.context.add_cookies([session_cookie(people["focal_point"], official.server)])
    page = official.context.new_page()
    page.goto(f"/reviews/{review.pk}/")
    expect(reason_of(page)).to_have_value("")
    assert len(drafts(page)) == 1
    forgive_the_network(official)


def test_the_network_goes_and_comes_back_and_the_text_is_saved_once(visitor, people, review):
    official = visitor(people["official"])
    page = open_review(official, review)
    reason_of(page).fill("Trước khi mất mạng.")
    expect(state_of(page)).to_have_text(SAVED)
    before = WorkingCopy.objects.get(review=review).revision
    official.context.set_offline(True)
    reason_of(page).fill(MINE)
    expect(state_of(page)).to_have_text("Chưa lưu: mất kết nối")
    official.context.set_offline(False)
    expect(state_of(page)).to_have_text(SAVED, timeout=15_000)
    copy = WorkingCopy.objects.get(review=review)
    assert (copy.revision, copy.data["fields"]["reason"]["value"]) == (before + 1, MINE)
    save(page)
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    assert ReviewEvent.objects.filter(review=review, action="save").count() == 1
    forgive_the_network(official)


def test_two_people_in_different_fields_are_both_kept_and_see_each_other(visitor, people, review):
    official, focal = visitor(people["official"]), visitor(people["focal_point"])
    mine, theirs = open_review(official, review), open_review(focal, review)
    reason_of(mine).fill(MINE)
    expect(state_of(mine)).to_have_text(SAVED)
    conditions_of(theirs).fill("Bố trí đủ biên chế.")
    expect(state_of(theirs)).to_have_text(SAVED)
    expect(theirs.locator("[data-people]")).to_have_text(f"Đang mở phiếu này: {people['official']} (đang sửa)")
    save(theirs)
    expect(theirs.locator("#messages")).to_contain_text("Đã lưu")
    save(mine)
    expect(mine.locator("#messages")).to_contain_text("gộp")
    stored = Review.objects.get(pk=review.pk)
    assert (stored.reason, stored.conditions) == (MINE, "Bố trí đủ biên chế.")


def test_two_people_in_the_same_field_are_shown_both_texts(visitor, people, review):
    official, focal = visitor(people["official"]), visitor(people["focal_point"])
    mine, theirs = open_review(official, review), open_review(focal, review)
    reason_of(theirs).fill(THEIRS)
    save(theirs)
    expect(theirs.locator("#messages")).to_contain_text("Đã lưu")
    reason_of(mine).fill(MINE)
    expect(state_of(mine)).to_contain_text(f"Người khác vừa sửa: Lý do ({people['focal_point']})")
    save(mine)
    conflict = mine.locator(".conflict")
    expect(conflict).to_contain_text(MINE)
    expect(conflict).to_contain_text(THEIRS)
    conflict.get_by_role("radio", name="Giữ nội dung đã lưu").check()
    save(mine)
    expect(reason_of(mine)).to_have_value(THEIRS)
    told = str(list(ReviewEvent.objects.filter(review=review).values_list("changes", flat=True)))
    assert MINE in told
    assert THEIRS in told


def test_two_tabs_of_one_person_never_conflict(visitor, people, review):
    official = visitor(people["official"])
    one = open_review(official, review)
    two = official.context.new_page()
    two.goto(f"/reviews/{review.pk}/")
    reason_of(one).fill(MINE)
    expect(state_of(one)).to_have_text(SAVED)
    conditions_of(two).fill("Từ thẻ thứ hai.")
    expect(state_of(two)).to_have_text(SAVED)
    reason_of(two).fill("Lý do mới hơn, từ thẻ thứ hai.")
    eventually(two, review, people["official"], reason="Lý do mới hơn, từ thẻ thứ hai.")
    save(one)
    expect(one.locator("#messages")).to_contain_text("Đã lưu")
    save(two)
    expect(two.locator("#messages")).to_be_visible()
    stored = Review.objects.get(pk=review.pk)
    assert stored.conditions == "Từ thẻ thứ hai."
    told = str(list(ReviewEvent.objects.filter(review=review).values_list("changes", flat=True)))
    for text in (MINE, "Lý do mới hơn, từ thẻ thứ hai."):
        assert text in told
    expect(two.locator(".conflict")).to_have_count(0)


@pytest.mark.parametrize("size", [PHONE])
def test_the_line_and_the_button_to_drop_fit_a_phone(visitor, people, review, size):
    official = visitor(people["official"], size)
    page = open_review(official, review)
    reason_of(page).fill(MINE)
    expect(state_of(page)).to_have_text(SAVED)
    other = official.context.new_page()
    other.goto(f"/reviews/{review.pk}/")
    expect(other.get_by_text("chưa ghi thành phiên bản")).to_be_visible()
    official.page = other
    assert official.overflows() == 0
    other.get_by_role("button", name="Bỏ nội dung tự lưu").click()
    other.get_by_role("dialog").get_by_role("button", name="Bỏ nội dung").click()
    expect(other.locator("#messages")).to_contain_text("Đã bỏ nội dung tự lưu")
    expect(reason_of(other)).to_have_value("")
