"""A form filled from what was concluded on a similar procedure: opened, chosen, copied, finished."""

from playwright.sync_api import expect

from procedures import similarity
from reviews.models import Review
from tests import factories
from tests.e2e.conftest import PHONE
from tests.e2e.steps import MINISTER, PROVINCE, REASON, finish, open_review, reason_of
from tests.reviews.cast import CONTENT


def precedent(people, review):
    """A settled review of another ministry on a procedure much like that of ``review``, and the catalogue compared."""
    ministry = factories.OrganisationFactory(code="G77", name="Bộ Thử nghiệm")
    procedure = factories.ProcedureFactory(
        code="1.000002", name=f"{review.scope_item.name} (cấp lại)", publisher=ministry
    )
    factories.DecidingAuthorityFactory(procedure=procedure, level_id=MINISTER)
    item = factories.ScopeItemFactory(campaign=review.campaign, procedure=procedure)
    source = factories.ReviewFactory(
        scope_item=item,
        status="accepted",
        version=1,
        conclusion="decentralize",
        reason=REASON,
        finished_by=factories.UserFactory(organisation=ministry),
    )
    source.transfers.create(source_level_id=MINISTER, target_level_id=PROVINCE, transfer_class="downward")
    source.legal_amendments.create(document_type="decree", number="15/2021/NĐ-CP", article="12")
    for row in CONTENT["criteria"]:
        source.criterion_answers.create(**row)
    similarity.refresh()
    return source


def opened_panel(person, review):
    """The panel beside the form, with the first precedent opened."""
    page = open_review(person, review)
    panel = page.locator("#precedents")
    panel.scroll_into_view_if_needed()
    expect(panel.locator("summary")).to_contain_text("1.000002")
    return panel


def copy(panel):
    """Press the button of the opened precedent."""
    panel.get_by_role("button", name="Chép phần đã chọn").click()
    expect(panel.page.get_by_text("Đã chép:")).to_be_visible()


def test_a_precedents_move_and_documents_come_over_with_two_clicks_and_the_form_is_finished(visitor, people, review):
    source = precedent(people, review)
    person = visitor(people["official"])
    panel = opened_panel(person, review)
    panel.locator("summary").click()
    copy(panel)
    stored = Review.objects.get(pk=review.pk)
    assert [(row.source_level_id, row.target_level_id) for row in stored.transfers.all()] == [(MINISTER, PROVINCE)]
    assert stored.legal_amendments.get().number == "15/2021/NĐ-CP"
    assert (stored.conclusion, stored.reason) == ("decentralize", "")
    assert stored.text_source == f"Theo phương án của Bộ Thử nghiệm, TTHC {source.scope_item.code}"

    panel = opened_panel(person, review)
    panel.locator("summary").click()
    panel.get_by_label("Kết luận và chuyển thẩm quyền").uncheck()
    panel.get_by_label("Kiến nghị thực thi").uncheck()
    panel.get_by_label("Lý do").check()
    panel.get_by_label("Trả lời tiêu chí").check()
    copy(panel)
    person.page.get_by_label("Chưa có số liệu").first.check()
    finish(person.page)
    stored.refresh_from_db()
    assert (stored.status, stored.counted, stored.reason) == ("ready", True, REASON)


def test_what_is_being_typed_is_not_lost_by_copying(visitor, people, review):
    precedent(people, review)
    person = visitor(people["official"])
    page = open_review(person, review)
    reason_of(page).fill("Đang viết dở, chưa lưu.")
    panel = page.locator("#precedents")
    panel.scroll_into_view_if_needed()
    panel.locator("summary").click()
    copy(panel)
    expect(reason_of(page)).to_have_value("Đang viết dở, chưa lưu.")
    assert Review.objects.get(pk=review.pk).transfers.count() == 1


def test_the_panel_is_clean_beside_the_form_and_on_a_page_of_its_own(visitor, people, review):
    precedent(people, review)
    for size in (None, PHONE):
        person = visitor(people["official"], **({"size": size} if size else {}))
        panel = opened_panel(person, review)
        panel.locator("summary").focus()
        person.page.keyboard.press("Enter")
        expect(panel.get_by_role("button", name="Chép phần đã chọn")).to_be_visible()
        assert person.axe() == []
        assert person.overflows() == 0
        person.goto(f"/reviews/{review.pk}/precedents/")
        person.page.locator("summary").last.click()
        assert person.axe() == []
        person.page.get_by_label("Thay nội dung đang có").check()
        copy(person.page.locator(".precedents"))
        assert person.overflows() == 0
