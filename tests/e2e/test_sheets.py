"""Filling in Excel while a colleague works on the portal: both works stand, what clashes is asked, nothing is lost."""

import re

import openpyxl
import pytest
from playwright.sync_api import expect

from reviews.actions.content import initial_content, rule_levels, snapshot, with_rows
from reviews.models import BulkChange, Review, ReviewEvent
from reviews.sheets.columns import columns
from reviews.sheets.values import cells_of
from tests import factories
from tests.e2e.conftest import PHONE
from tests.e2e.steps import save
from tests.reviews.cast import Cast
from tests.reviews.many import many_reviews
from tthc_portal.accounts.models import Organisation

FORMS = 110
FILE, PORTAL = "Trong tệp: lý do của thủ tục số", "Trên cổng: lý do của thủ tục số"
# Twenty cells typed into the file: (form, column) → (as typed, as stored).
TYPED = {
    **{(number, "reason"): (f"{FILE} {number}.",) * 2 for number in range(1, 11)},
    (11, "stance"): ("Đề nghị phân cấp", "propose"),
    (12, "stance"): ("Đồng ý với hiện hành", "agree"),
    (13, "stance"): ("Không có ý kiến", "no_opinion"),
    (14, "annual_dossiers"): (1200, 1200),
    (15, "annual_dossiers"): ("1.350", 1350),
    (16, "annual_dossiers_year"): (2020, 2020),
    (17, "annual_dossiers_unknown"): ("Có", True),
    (18, "move.level"): ("Ủy ban nhân dân cấp tỉnh", "PROV_PC"),
    (18, "move.mode"): ("Phân cấp", "decentralize"),
    (19, "conditions"): ("=Bố trí 02 biên chế; đào tạo\nmột lần.",) * 2,
}
# Five cells saved meanwhile on the portal, the first two of them the same ones with other values.
ONLINE = {
    (1, "reason"): f"{PORTAL} 1.",
    (2, "reason"): f"{PORTAL} 2.",
    (3, "conditions"): "Trên cổng: đủ điều kiện.",
    (50, "reason"): f"{PORTAL} 50.",
    (FORMS, "conditions"): "Trên cổng: cần tập huấn.",
}


@pytest.fixture
def province(people):
    """(two people of Lào Cai, its 110 forms in the order of their codes)."""
    body = Organisation.objects.get(code="H35", valid_to=None)
    campaign = factories.CampaignFactory(code="2021")
    factories.ParticipationFactory(campaign=campaign, organisation=body)
    made = many_reviews(Cast(campaign, people["official"].body, None, None), FORMS)
    Review.objects.filter(pk__in=[one.pk for one in made]).update(organisation=body, kind="proposal")
    pair = [
        factories.UserFactory(username=f"h35-{role}", full_name=name, organisation=body, role=role)
        for role, name in (("official", "Sùng Thị Mai"), ("focal_point", "Giàng A Páo"))
    ]
    return *pair, made


def fill(path):
    """Type the twenty cells into the real workbook, and save it as a person's program does."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    keys = next(row for row in sheet.iter_rows(max_row=5) if "stance" in [cell.value for cell in row])
    places = {cell.value: cell.column for cell in keys if cell.value}
    for (number, key), (typed, _) in TYPED.items():
        row = next(row[0].row for row in sheet.iter_rows() if f"3.{number - 1:06d}" in [cell.value for cell in row])
        cell = sheet.cell(row, places[key])
        cell.value = typed
        # A person's "=" in a cell of text stays text, as the sheet's format says.
        cell.data_type = "s" if isinstance(typed, str) else cell.data_type
    book.save(path)


def cells(made) -> dict[tuple[int, str], object]:
    """Every fillable cell of every form as it is stored, blank ones left out."""
    of = columns(True, rule_levels())
    found = {}
    reviews = {review.pk: review for review in with_rows(list(Review.objects.select_related("scope_item")))}
    for number, one in enumerate(made, start=1):
        review = reviews[one.pk]
        content = snapshot(review) if review.version else initial_content(review)
        told = cells_of(content, of)
        assert told.keys() == {column.key for column in of if not column.locked}
        found |= {(number, key): value for key, value in told.items() if value not in ("", None, False)}
    return found


def test_110_forms_filled_in_excel_beside_a_colleague_on_the_portal_ask_twice_and_lose_nothing(
    visitor, province, tmp_path
):
    official, focal, made = province
    person, colleague = visitor(official), visitor(focal)
    page = person.goto("/reviews/")
    expect(page.locator("#result-count")).to_have_attribute("data-count", str(FORMS))
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải phiếu Excel").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    fill(path)

    for (number, name), text in ONLINE.items():
        theirs = colleague.goto(f"/reviews/{made[number - 1].pk}/")
        theirs.locator(f"textarea[name={name}]").fill(text)
        save(theirs)
        expect(theirs.locator("#messages")).to_contain_text("lưu")
    assert cells(made) == ONLINE

    page = person.goto("/reviews/")
    page.get_by_role("link", name="Nhập phiếu Excel").click()
    assert person.axe() == []
    page.get_by_label("Tệp phiếu đã điền").set_input_files(path)
    page.get_by_role("button", name="Tải lên, xem trước").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Xem trước")
    questions = page.locator("[data-question]")
    expect(questions).to_have_count(2)
    for name, number in {"forms": 19, "take": 18, "keep": 3, "ask": 2, "refused": 0}.items():
        expect(page.locator(f"#count-{name}")).to_have_text(str(number))
    assert person.axe() == []
    page.set_viewport_size(PHONE)
    assert person.overflows() == 0
    assert cells(made) == ONLINE
    assert BulkChange.objects.count() == 0

    first, second = (page.locator(f'[data-question="{made[place].pk}:reason"]') for place in (0, 1))
    for question, number in ((first, 1), (second, 2)):
        expect(question).to_contain_text(f"{FILE} {number}.")
        expect(question).to_contain_text(f"{PORTAL} {number}.")
    first.get_by_label("Lấy giá trị trong tệp").check()
    second.get_by_label("Giữ giá trị trên cổng").check()
    page.get_by_role("button", name="Ghi vào phiếu").click()
    expect(page.get_by_role("main")).to_contain_text("Đã ghi vào 18 phiếu")
    assert person.axe() == []

    # Twenty-three cells were touched by one of the two or by both: each holds what it should, and no other anything.
    wanted = {place: value for place, (_, value) in TYPED.items()} | ONLINE | {(1, "reason"): f"{FILE} 1."}
    assert len(wanted) == 23
    assert cells(made) == wanted
    assert set(Review.objects.exclude(status="not_started").values_list("status", flat=True)) == {"draft"}

    # Both losing texts stand in the history, and their readers see them.
    for number, lost in ((1, f"{PORTAL} 1."), (2, f"{FILE} 2.")):
        review = made[number - 1]
        assert lost in str(list(ReviewEvent.objects.filter(review=review).values_list("changes", flat=True)))
        expect(person.goto(f"/reviews/{review.pk}/history/").locator("main")).to_contain_text(lost)

    # The same file again: nothing to change and nothing to ask.
    page = person.goto("/reviews/uploads/")
    page.get_by_label("Tệp phiếu đã điền").set_input_files(path)
    page.get_by_role("button", name="Tải lên, xem trước").click()
    expect(page.locator("main")).to_contain_text("0 thay đổi")
    expect(page.locator("[data-question]")).to_have_count(0)

    # Taken back as one batch: the colleague's five cells stand alone again.
    page = person.goto("/reviews/bulk-changes/")
    page.get_by_role("row").filter(has_text="Nhập từ phiếu Excel").get_by_role("link").first.click()
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("dialog").get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("#messages")).to_contain_text(re.compile(r"Đã hoàn tác 18 phiếu"))
    assert cells(made) == ONLINE
