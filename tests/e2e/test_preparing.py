"""Preparing a round in a real browser, on the four genuine exports: who decides, confirmed in few clicks."""

import datetime

from playwright.sync_api import expect

from procedures.importing.batches import run_import
from procedures.models import Procedure
from reviews.actions.campaigns import create_campaign
from reviews.models import ScopeItem
from tests.e2e.conftest import OFFICE, PHONE

EXPORTS = ("BoTuPhap", "BoCongAn", "BoXayDung")
FEW = 40
# What the focal point of Bộ Tư pháp answers, by how a group begins; several levels that decide together are one answer.
BY_BODY = {
    "Sở Tư Pháp": "PROV_DEPT",
    "Ủy ban nhân dân cấp xã": "COMMUNE_PC",
    "Cục Bổ trợ tư pháp": "DEPARTMENT",
    "Ủy ban nhân dân cấp tỉnh": "PROV_PC",
    "Chủ tịch ủy ban nhân dân cấp tỉnh; Sở Tư Pháp": "PROV_DEPT+PROV_PC_CHAIR",
    "Chủ tịch ủy ban nhân dân cấp tỉnh": "PROV_PC_CHAIR",
    "Bộ Tư pháp": "MINISTER",
    "Chủ tịch UBND cấp xã": "COMMUNE_PC_CHAIR",
    "Cơ quan đại diện Việt Nam ở nước ngoài": "OVERSEAS_MISSION",
}
BY_SECTOR = {"Lĩnh vực Hộ tịch": "DISTRICT_PC", "Lĩnh vực Công chứng": "PROV_DEPT", "Lĩnh vực Luật sư": "PROV_DEPT"}


class Hand:
    """A person's hand on a page: every choice in a list and every press of a button or link is one click."""

    def __init__(self, page):
        self.page = page
        self.clicks = 0

    def press(self, what):
        what.click()
        self.clicks += 1

    def choose(self, select, value):
        select.select_option(value)
        self.clicks += 1

    def answer(self, answers):
        """Choose the answer of every group that begins with one of the keys."""
        rows = self.page.locator("tbody tr")
        for number in range(rows.count()):
            row = rows.nth(number)
            first = row.locator("th > div").first.inner_text().split(" (")[0].split(",")[0].strip()
            if first in answers:
                self.choose(row.get_by_role("combobox"), answers[first])

    def write(self):
        self.press(self.page.get_by_role("button", name="Ghi thẩm quyền các nhóm đã chọn"))


def test_the_deciders_of_a_ministry_are_confirmed_in_under_forty_clicks(visitor, people, samples):
    for name in EXPORTS:
        run_import(by=None, path=samples / "exports" / f"danh-sach-tthc-{name}.xlsx")
    run_import(by=None, path=samples / "exports" / "toa-an-nhan-dan.xlsx")
    total = Procedure.objects.filter(publisher__code="G15").count()
    day = datetime.date(2025, 9, 1)
    create_campaign(
        by=people["appraiser"], code="2025", title="Đợt 2025", bodies_on=day, opens_on=day,
        deadline=datetime.date(2099, 1, 1),
    )  # fmt: skip
    department = visitor(people["appraiser"])
    page = department.goto("/campaigns/2025/open/")
    everything = Procedure.objects.exclude(publisher__kind="other").count()
    tile = page.locator(".tile", has_text="chưa xác định thẩm quyền").locator(".tile-value")
    expect(tile).to_have_text(f"{everything:,}".replace(",", "."))
    expect(page.get_by_role("heading", name="Thủ tục sẽ được loại trừ")).to_have_count(0)

    focal = visitor(people["focal_point"])
    hand = Hand(focal.goto("/procedures/deciders/"))
    hand.press(hand.page.get_by_role("link", name="Theo cơ quan thực hiện"))
    hand.answer(BY_BODY)
    hand.write()
    expect(hand.page.get_by_text("Đã xác định thẩm quyền quyết định của")).to_be_visible()
    hand.press(hand.page.get_by_role("link", name="Theo lĩnh vực"))
    hand.answer(BY_SECTOR)
    hand.choose(hand.page.get_by_label("Cấp có thẩm quyền của mọi nhóm còn để trống"), "MINISTER")
    hand.write()
    expect(hand.page.get_by_text(f"{total}/{total}")).to_be_visible()
    assert hand.clicks < FEW, hand.clicks
    assert not Procedure.objects.filter(publisher__code="G15").decider_unknown().exists()

    page = department.goto("/campaigns/2025/open/")
    expect(tile).to_have_text(f"{everything - total}")
    expect(page.get_by_role("heading", name="Thủ tục sẽ được loại trừ")).to_be_visible()
    expect(page.get_by_text("Loại trừ: mọi cấp có thẩm quyền quyết định hiện nay").first).to_be_visible()
    page.get_by_role("button", name="Chốt").click()
    page.wait_for_url("**/campaigns/2025/")
    excluded = ScopeItem.objects.filter(campaign__code="2025", excluded=True)
    assert set(excluded.values_list("owner__code", flat=True)) == {"G15"}
    assert not excluded.exclude(rule="commune_only").exists()
    department.goto(f"/campaigns/2025/scope/{excluded.first().code}/")
    expect(page.get_by_text("Ủy ban nhân dân cấp xã").first).to_be_visible()


def test_the_pages_of_a_round_in_preparation_read_well_everywhere(visitor, people, samples):
    run_import(by=None, path=samples / "exports" / "danh-sach-tthc-BoTuPhap.xlsx")
    day = datetime.date(2025, 9, 1)
    create_campaign(
        by=people["appraiser"], code="2025", title="Đợt 2025", bodies_on=day, opens_on=day,
        deadline=datetime.date(2099, 1, 1),
    )  # fmt: skip
    person = visitor(people["appraiser"])
    code = Procedure.objects.first().code
    faults = []
    for path in ("", "bodies/", "provinces/", "open/", f"scope/{code}/"):
        page = person.goto(f"/campaigns/2025/{path}")
        for size in (PHONE, {"width": 1093, "height": 614}, OFFICE):
            page.set_viewport_size(size)
            if wide := person.overflows():
                faults.append(f"{path} {wide} px too wide at {size['width']}")
        faults += [f"{path}: {found}" for found in person.axe()]
    for query in ("", "?organisation=G15&group=executing", "?organisation=G15&group=sector"):
        page = person.goto(f"/procedures/deciders/{query}")
        faults += [f"{query}: {found}" for found in person.axe()]
        page.set_viewport_size(PHONE)
        faults += [f"{query} too wide"] if person.overflows() else []
    assert faults == []
    page = person.goto("/campaigns/2025/bodies/")
    page.get_by_role("button", name="Bỏ tất cả").last.click()
    expect(page.get_by_role("heading", name="Lưu lựa chọn này thì thay đổi gì")).to_be_visible()
    page.get_by_role("button", name="Lưu lựa chọn").click()
    expect(page.get_by_text("Đã lưu 17 cơ quan tham gia")).to_be_visible()
