"""The form itself: questions that skip, classes and costs told at once, completion, usual wordings, files, help."""

import re

import pytest
from playwright.sync_api import expect

from reviews.models import Attachment, LegalAmendment, Phrase, Review, Stance
from tests import factories
from tests.e2e.conftest import PHONE
from tests.e2e.steps import PROVINCE, REASON, answer, open_review, reason_of, save

NARROW = {"width": 360, "height": 740}


def question(page, code):
    """One question of the form."""
    return page.locator(f'[data-criterion="{code}"]')


def open_all(page):
    """Open every section and every offer of help."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")


def test_a_needless_procedure_ends_the_questions_and_proposes_abolition(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    expect(question(page, "C2")).to_be_visible()
    answer(page, {"C1": "Không"})
    expect(question(page, "C2")).to_be_hidden()
    page.get_by_role("button", name="Chọn kết luận “Bãi bỏ”").click()
    expect(page.get_by_role("radio", name="Bãi bỏ", exact=True)).to_be_checked()
    save(page)
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    review.refresh_from_db()
    assert review.conclusion == "abolish"
    assert review.criterion_answers.get().answer == "no"
    answer(page, {"C1": "Có"})
    expect(question(page, "C2")).to_be_visible()


def test_an_answer_against_the_conclusion_asks_for_its_reason_at_once(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    answer(page, {"C5": "Không"})
    area = question(page, "C5").get_by_label("Lý do, cách xử lý")
    expect(area).to_be_hidden()
    page.get_by_role("radio", name="Phân cấp", exact=True).check()
    expect(area).to_be_visible()
    expect(question(page, "C5")).to_contain_text("không thuận với kết luận")
    page.get_by_role("radio", name="Giữ nguyên", exact=True).check()
    expect(area).to_be_hidden()


def test_questions_are_answered_by_letters(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    question(page, "C1").get_by_role("radio", name="Có", exact=True).focus()
    for letter in "ccccccckkc":
        page.keyboard.press(letter)
    expect(question(page, "C10").get_by_role("radio", name="Có", exact=True)).to_be_checked()
    save(page)
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    given = {row.criterion: row.answer for row in review.criterion_answers.all()}
    assert len(given) == 10
    assert (given["C8"], given["C9"], given["C10"]) == ("no", "no", "yes")


def test_the_class_of_a_move_and_its_wording_are_told_at_once(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    page.get_by_role("radio", name="Phân cấp", exact=True).check()
    moves = page.locator("#transfers")
    moves.get_by_label("Cho cấp").first.select_option(PROVINCE)
    expect(moves.get_by_label("Từ cấp").first).to_have_value("MINISTER")
    expect(moves.locator(".move-class").first).to_contain_text("Chuyển xuống cấp dưới")
    expect(moves.get_by_label("Nội dung phương án")).to_have_value(re.compile("^Phân cấp thẩm quyền giải quyết từ "))
    moves.get_by_label("Cho cấp").first.select_option("PRIME_MINISTER")
    expect(moves.locator(".move-class").first).to_contain_text("không được chấp nhận")
    expect(moves.get_by_label("Nội dung phương án")).to_have_value(re.compile("cho Thủ tướng"))


def test_the_cost_of_compliance_is_computed_while_it_is_typed(visitor, people, review):
    person = visitor(people["official"])
    page = open_review(person, review)
    page.get_by_text("F. Chi phí tuân thủ").click()
    costs = page.locator("#costs")
    for label, value in {
        "Công việc, khoản chi": "Nộp hồ sơ", "Số giờ": "4", "Thu nhập một giờ": "36.000",
        "Chi phí khác": "100.000", "Phí, lệ phí": "150.000", "Số đối tượng một năm": "12.000",
    }.items():  # fmt: skip
        costs.get_by_label(label).first.fill(value)
    expect(costs).to_contain_text("394.000 đồng một lần; 4.728.000.000 đồng một năm")
    costs.get_by_role("button", name="Chép các khoản hiện tại").click()
    costs.get_by_label("Chi phí khác").last.fill("20.000")
    expect(costs).to_contain_text("Tiết kiệm 960.000.000 đồng một năm (20,30%)")
    save(page)
    expect(page.locator("#messages")).to_contain_text("Đã lưu")
    stored = {row.phase: row.outside_cost for row in review.compliance_costs.all()}
    assert stored == {"now": 100_000, "after": 20_000}
    expect(page.locator("#costs")).to_contain_text("20,30%")


def test_a_document_cited_before_fills_the_row(visitor, people, review):
    other = factories.ReviewFactory(
        scope_item__campaign=review.campaign, scope_item__procedure__publisher=people["official"].body, version=1,
        status="draft",
    )  # fmt: skip
    LegalAmendment.objects.create(
        review=other, document_type="decree", number="15/2021/NĐ-CP", issued_on="2021-03-03",
        title="Quản lý dự án đầu tư xây dựng", drafting_lead="Bộ Xây dựng",
    )  # fmt: skip
    page = open_review(visitor(people["official"]), review)
    law = page.locator("#amendments")
    law.get_by_label("Số, ký hiệu").first.press_sequentially("15/20")
    expect(page.locator("#cited-documents option")).to_have_count(1)
    law.get_by_label("Số, ký hiệu").first.fill("15/2021/NĐ-CP")
    expect(law.get_by_label("Loại văn bản").first).to_have_value("decree")
    expect(law.get_by_label("Trích yếu").first).to_have_value("Quản lý dự án đầu tư xây dựng")
    expect(law.get_by_label("Ngày ban hành").first).to_have_value("03/03/2021")
    expect(law.get_by_label("Cơ quan chủ trì soạn thảo").first).to_have_value("Bộ Xây dựng")


def test_a_usual_wording_is_kept_and_put_in_by_a_key(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    reason_of(page).fill(REASON)
    page.locator("#reason").get_by_text("Câu hay dùng", exact=True).click()
    page.locator("#reason").get_by_role("button", name="Lưu đoạn đang chọn").click()
    expect(page.locator("#reason .phrase-said")).to_contain_text("Đã lưu câu hay dùng")
    assert Phrase.objects.get().text == REASON
    reason_of(page).fill("Trước. ")
    page.keyboard.press("Alt+1")
    expect(reason_of(page)).to_have_value(f"Trước. {REASON}")
    page.get_by_label("Điều kiện bảo đảm thực hiện").focus()
    page.keyboard.press("Alt+0")
    expect(page.get_by_label("Điều kiện bảo đảm thực hiện")).to_have_value(re.compile("không phân cấp, ủy quyền tiếp"))
    page.locator("#reason").get_by_role("button", name="Xóa câu hay dùng").click()
    expect(page.locator("#reason [data-phrase]")).to_have_count(0)
    assert not Phrase.objects.exists()


def test_a_file_goes_up_comes_down_and_leaves_what_is_typed_alone(visitor, people, review, tmp_path):
    file = tmp_path / "thống kê 2020.pdf"
    file.write_bytes(b"%PDF-1.4\n%%EOF")
    page = open_review(visitor(people["official"]), review)
    reason_of(page).fill(REASON)
    page.get_by_text("H. Tài liệu kèm theo").click()
    page.get_by_label("Tải lên một tệp").set_input_files(file)
    page.get_by_role("button", name="Tải lên", exact=True).click()
    expect(page.locator("#attachments-part")).to_contain_text("Đã tải lên “thống kê 2020.pdf”")
    expect(reason_of(page)).to_have_value(REASON)
    with page.expect_download() as download:
        page.get_by_role("link", name="thống kê 2020.pdf").click()
    assert download.value.suggested_filename == "thống kê 2020.pdf"
    bad = tmp_path / "la.exe"
    bad.write_bytes(b"MZ")
    page.get_by_label("Tải lên một tệp").set_input_files(bad)
    page.wait_for_timeout(3100)  # the same button is not taken twice within three seconds
    page.get_by_role("button", name="Tải lên", exact=True).click()
    expect(page.locator("#attachments-part .field-error")).to_contain_text("không phải là PDF")
    page.wait_for_timeout(3100)
    page.get_by_role("button", name="Bỏ tệp thống kê 2020.pdf").click()
    expect(page.locator("#attachments-part")).to_contain_text("Đã bỏ tệp")
    assert not Attachment.objects.exists()


def test_help_is_one_key_away(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    reason_of(page).focus()
    page.keyboard.press("F1")
    expect(page.locator("#reason .field-tip")).to_contain_text("Căn cứ: Nghị định 63/2010/NĐ-CP")
    page.keyboard.press("Escape")
    expect(page.locator("#reason .field-tip")).to_have_count(0)


def test_what_is_missing_is_said_as_one_types(visitor, people, review):
    page = open_review(visitor(people["official"]), review)
    missing = page.locator("#missing")
    expect(missing).to_contain_text("Chưa chọn kết luận")
    page.get_by_role("radio", name="Giữ nguyên", exact=True).check()
    expect(missing).to_contain_text("cần lý do ít nhất 30 ký tự")
    missing.get_by_role("link", name="cần lý do").click()
    expect(reason_of(page)).to_be_focused()
    page.keyboard.type(REASON)
    expect(missing).to_be_hidden()
    expect(page.locator("[data-missing-count]")).to_have_text("Đã đủ nội dung bắt buộc")


@pytest.mark.parametrize("size", [None, PHONE, NARROW], ids=["office", "phone", "narrow"])
def test_with_every_section_open_the_form_fits_and_axe_finds_nothing(visitor, people, review, size):
    Phrase.objects.create(organisation=people["official"].body, field="reason", text=REASON, made_by=people["official"])
    person = visitor(people["official"], **({"size": size} if size else {}))
    page = open_review(person, review)
    page.get_by_role("radio", name="Phân cấp", exact=True).check()
    answer(page, {"C5": "Không", "C1": "Có"})
    page.locator("#transfers").get_by_label("Cho cấp").first.select_option(PROVINCE)
    expect(page.locator(".move-class").first).to_contain_text("Chuyển xuống")
    open_all(page)
    assert person.overflows() == 0
    assert person.axe() == []


def test_a_provinces_form_is_short(visitor, people, review):
    province = factories.ProvinceFactory()
    official = factories.UserFactory(organisation=province, full_name="Lò Thị Mai")
    factories.ParticipationFactory(campaign=review.campaign, organisation=province)
    own = factories.ReviewFactory(scope_item=review.scope_item, organisation=province, kind="reception")
    person = visitor(official, size=NARROW)
    page = open_review(person, own)
    expect(page.locator("#criteria, #amendments, #costs")).to_have_count(0)
    page.get_by_role("radio", name=Stance.PROPOSE.label).check()
    page.locator("#transfers").get_by_label("Từ cấp").first.select_option("MINISTER")
    page.locator("#transfers").get_by_label("Cho cấp").first.select_option(PROVINCE)
    reason_of(page).fill(REASON)
    page.get_by_label("Số hồ sơ một năm").fill("120")
    open_all(page)
    assert person.overflows() == 0
    assert person.axe() == []
    page.get_by_role("button", name="Lưu và hoàn thành").click()
    expect(page.get_by_label("Tình trạng phiếu")).to_contain_text("Chờ kiểm tra")
    own = Review.objects.get(pk=own.pk)
    assert (own.stance, own.conclusion, own.annual_dossiers) == ("propose", "decentralize", 120)
    assert own.current_authorities.get().level_id == "MINISTER"
