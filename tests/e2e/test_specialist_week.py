"""A specialist's week: a form filled from a precedent in few actions, a browser closed mid-word, an upward move."""

import pytest
from playwright.sync_api import expect

from procedures import similarity
from reviews.models import Review, WorkingCopy
from tests import factories
from tests.e2e.steps import MINISTER, PROVINCE, expect_status, open_review, reason_of, save
from tests.reviews.cast import CONTENT

REASON = "Sở Tư pháp đã thẩm định hồ sơ và có dữ liệu dùng chung; Chủ tịch UBND tỉnh quyết định thì bớt được một khâu."
TYPED = "Địa phương đã đủ nhân lực, dữ liệu dùng chung và đang tiếp nhận hồ s"
MOST = 25


class Hand:
    """A person's hand on the mouse and the keyboard: every click, every key, every field typed or chosen is counted."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def click(self, target):
        """One click."""
        self.number += 1
        target.click()

    def press(self, key):
        """One key, wherever the focus is."""
        self.number += 1
        self.page.keyboard.press(key)

    def type(self, target, text):
        """A field entered and typed into."""
        self.number += 1
        target.click()
        self.page.keyboard.insert_text(text)


@pytest.fixture
def settled(people, review):
    """What another ministry concluded on a procedure much like that of ``review``, and the department agreed to."""
    ministry = factories.OrganisationFactory(code="G77", name="Bộ Thử nghiệm")
    procedure = factories.ProcedureFactory(
        code="1.000002", name=f"{review.scope_item.name} (cấp lại)", publisher=ministry
    )
    factories.DecidingAuthorityFactory(procedure=procedure, level_id=MINISTER)
    source = factories.ReviewFactory(
        scope_item=factories.ScopeItemFactory(campaign=review.campaign, procedure=procedure),
        status="accepted",
        version=1,
        conclusion="decentralize",
        reason="Thủ tục của bộ khác: Sở đã làm phần lớn các bước.",
        finished_by=factories.UserFactory(organisation=ministry),
    )
    source.transfers.create(source_level_id=MINISTER, target_level_id=PROVINCE, transfer_class="downward")
    source.legal_amendments.create(
        document_type="decree", number="15/2021/NĐ-CP", article="12", clause="3", drafting_lead="Bộ Thử nghiệm"
    )
    for row in CONTENT["criteria"]:
        source.criterion_answers.create(**row)
    similarity.refresh()
    return source


def test_minister_to_province_chairman_from_a_precedent_in_at_most_25_actions(visitor, people, review, settled):
    person = visitor(people["official"])
    page = person.goto("/")
    hand = Hand(page)
    hand.click(page.locator("[data-figure=mine_not_started]"))
    hand.click(page.get_by_role("link", name=review.scope_item.code))
    panel = page.locator("#precedents")
    panel.scroll_into_view_if_needed()
    hand.click(panel.locator("summary"))
    hand.click(panel.get_by_role("button", name="Chép phần đã chọn"))
    expect(page.locator("#messages")).to_contain_text("Đã chép:")
    # The move and the document came over; the questions and the reason are the specialist's own. A letter answers
    # the question where the focus is and goes on to the next.
    hand.click(page.locator('[data-criterion="C5"]').get_by_role("radio", name="Có", exact=True))
    for key in "ccckkc":
        hand.press(key)
    hand.type(reason_of(page), REASON)
    hand.type(page.get_by_label("Số hồ sơ một năm"), "1.250")
    hand.type(page.locator("input[name=annual_dossiers_year]"), "2020")
    hand.type(page.locator("[name=annual_dossiers_source]"), "Báo cáo năm 2020 của Cục")
    hand.click(page.get_by_role("button", name="Lưu và hoàn thành"))
    expect_status(page, "Chờ kiểm tra")
    print(f"from the home page to a finished form: {hand.number} actions, at most {MOST}")
    assert hand.number <= MOST

    stored = Review.objects.get(pk=review.pk)
    assert (stored.status, stored.conclusion, stored.counted) == ("ready", "decentralize", True)
    assert [(row.source_level_id, row.target_level_id) for row in stored.transfers.all()] == [(MINISTER, PROVINCE)]
    assert (stored.reason, stored.annual_dossiers, stored.annual_dossiers_year) == (REASON, 1250, 2020)
    given = {row.criterion: row.answer for row in stored.criterion_answers.all()}
    assert given == {"C5": "yes", "C6": "yes", "C7": "yes", "C8": "no", "C9": "no", "C10": "yes"}
    law = stored.legal_amendments.get()
    assert (law.number, law.article, law.clause) == ("15/2021/NĐ-CP", "12", "3")
    assert settled.scope_item.code in stored.text_source


def test_a_browser_closed_in_mid_word_opens_with_the_same_text(visitor, people, review):
    person = visitor(people["official"])
    page = open_review(person, review)
    reason_of(page).press_sequentially(TYPED)
    # Closed at once: what the server has by then may be the half of it.
    page.close()
    page = person.context.new_page()
    page.goto(f"/reviews/{review.pk}/")
    expect(reason_of(page)).to_have_value(TYPED, timeout=30_000)
    # The server keeps it too: the same text in a browser that knows nothing of it.
    for _ in range(100):
        if TYPED in (typing_of(people["official"], review), Review.objects.get(pk=review.pk).reason):
            break
        page.wait_for_timeout(50)
    elsewhere = open_review(visitor(people["official"]), review)
    expect(reason_of(elsewhere)).to_have_value(TYPED)


def typing_of(user, review) -> str:
    """The reason that waits in the person's working copy, blank where none does."""
    copy = WorkingCopy.objects.filter(review=review, user=user).first()
    return copy.data.get("fields", {}).get("reason", {}).get("value", "") if copy else ""


def test_an_upward_move_is_refused_with_a_sentence_and_the_typed_text_stays(visitor, people, review):
    person = visitor(people["official"])
    page = open_review(person, review)
    page.locator("#conclusion").get_by_role("radio", name="Phân cấp", exact=True).check()
    moves = page.locator("#transfers")
    moves.get_by_label("Từ cấp").first.select_option(MINISTER)
    moves.get_by_label("Cho cấp").first.select_option("PRIME_MINISTER")
    expect(moves.locator(".move-class").first).to_contain_text("không được chấp nhận")
    reason_of(page).fill(REASON)
    page.get_by_role("button", name="Lưu và hoàn thành").click()
    said = page.locator(".error-summary")
    expect(said).to_contain_text("Chuyển lên cấp trên: Bộ trưởng, Thủ trưởng cơ quan ngang bộ và Thủ tướng Chính phủ")
    expect(said).to_contain_text("nên không phải là phân cấp và không được chấp nhận.")
    expect_status(page, "Đang rà soát")
    assert person.axe() == []
    expect(reason_of(page)).to_have_value(REASON)
    expect(moves.get_by_label("Cho cấp").first).to_have_value("PRIME_MINISTER")
    expect(page.locator("#conclusion").get_by_role("radio", name="Phân cấp", exact=True)).to_be_checked()
    stored = Review.objects.get(pk=review.pk)
    assert (stored.status, stored.counted, stored.reason) == ("draft", False, REASON)

    # Put right, it is saved with the very text.
    moves.get_by_label("Cho cấp").first.select_option(PROVINCE)
    save(page)
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    stored.refresh_from_db()
    assert (stored.reason, stored.counted, stored.transfers.get().target_level_id) == (REASON, True, PROVINCE)
