"""Giving seven hundred procedures to twenty-five units, and a leaver's hand-over, counted in clicks."""

import pytest
from playwright.sync_api import expect

from procedures.models import Procedure
from reviews.models import Review, ScopeItem
from tests import factories
from tests.e2e.conftest import PHONE

UNITS, PROCEDURES = 25, 700


class Clicks:
    """A page whose clicks are counted; choosing in a select takes two, one to open it and one to choose."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def click(self, locator):
        locator.click()
        self.number += 1

    def choose(self, locator, label):
        locator.select_option(label=label)
        self.number += 2


@pytest.fixture
def work(people):
    """An open round in which Bộ Tư pháp has 700 procedures in 25 sectors, settled in 25 units of its own."""
    body = people["official"].body
    campaign = factories.CampaignFactory(code="2021")
    factories.ParticipationFactory(campaign=campaign, organisation=body)
    units = [
        factories.OrganisationFactory(kind="unit", parent=body, code=f"G15.{n:02d}", name=f"Vụ Nghiệp vụ số {n:02d}")
        for n in range(1, UNITS + 1)
    ]
    sectors = [factories.SectorFactory(name=f"Lĩnh vực số {n:02d}") for n in range(1, UNITS + 1)]
    procedures = Procedure.objects.bulk_create(
        Procedure(code=f"1.{n:06d}", name=f"Thủ tục số {n}", publisher=body) for n in range(PROCEDURES)
    )
    items = ScopeItem.objects.bulk_create(
        ScopeItem(
            campaign=campaign,
            procedure=one,
            code=one.code,
            name=one.name,
            owner=body,
            sector=sectors[n % UNITS],
            sector_name=sectors[n % UNITS].name,
            executing_bodies=[units[n % UNITS].name],
            fingerprint="0" * 64,
            rule="in_base",
            rule_version="1",
            reason="Thuộc diện tính.",
        )
        for n, one in enumerate(procedures)
    )
    Review.objects.bulk_create(
        Review(campaign=campaign, scope_item=one, organisation=body, eligible=True) for one in items
    )
    return units


def by_unit(units):
    return {Review.objects.filter(unit=unit, assignee=None).count() for unit in units}


def test_seven_hundred_procedures_go_to_the_units_that_settle_them_in_three_clicks(visitor, people, work):
    person = visitor(people["focal_point"])
    clicks = Clicks(person.goto("/"))
    clicks.click(clicks.page.get_by_role("link", name="Phân công"))
    expect(clicks.page.locator("[data-figure=free]").first).to_have_text("700")
    clicks.click(clicks.page.get_by_role("button", name="Theo đơn vị thực hiện"))
    clicks.click(clicks.page.get_by_role("dialog").get_by_role("button", name="Giao", exact=True))
    expect(clicks.page.locator("#messages")).to_contain_text("Đã giao 700 phiếu cho 25 nơi nhận")
    expect(clicks.page.locator("[data-figure=free]").first).to_have_text("0")
    assert by_unit(work) == {28}
    assert clicks.number == 3


def test_seven_hundred_procedures_go_out_by_sector_on_one_page(visitor, people, work):
    person = visitor(people["focal_point"])
    clicks = Clicks(person.goto("/"))
    clicks.click(clicks.page.get_by_role("link", name="Phân công"))
    for number, unit in enumerate(work, start=1):
        clicks.choose(clicks.page.get_by_label(f"Giao lĩnh vực Lĩnh vực số {number:02d} cho"), unit.name)
    clicks.click(clicks.page.get_by_role("button", name="Giao các lĩnh vực đã chọn"))
    expect(clicks.page.locator("#messages")).to_contain_text("Đã giao 700 phiếu cho 25 nơi nhận")
    assert by_unit(work) == {28}
    assert clicks.number < 60, clicks.number
    assert person.axe() == []


def test_a_filtered_list_is_divided_evenly_and_its_count_is_said_first(visitor, people, work):
    person = visitor(people["focal_point"])
    clicks = Clicks(person.goto("/reviews/?assignee=none"))
    clicks.click(clicks.page.get_by_role("link", name="Giao tất cả phiếu khớp bộ lọc"))
    expect(clicks.page.locator("[data-count=free]")).to_have_text("700")
    for unit in work:
        clicks.click(clicks.page.get_by_label(unit.name, exact=True))
    clicks.click(clicks.page.get_by_role("button", name="Giao 700 phiếu chưa giao"))
    expect(clicks.page.locator("#messages")).to_contain_text("Đã giao 700 phiếu cho 25 nơi nhận")
    assert by_unit(work) == {28}
    assert clicks.number < 60, clicks.number


def test_a_leaver_is_relieved_and_a_stand_in_named(visitor, people, work):
    leaver = people["official"]
    heir = factories.UserFactory(organisation=leaver.body, full_name="Lê Văn Kế", username="ke")
    Review.objects.update(assignee=leaver)
    person = visitor(people["focal_point"])
    clicks = Clicks(person.goto("/reviews/assignments/"))
    clicks.click(clicks.page.get_by_role("link", name="Bàn giao việc"))
    clicks.click(clicks.page.get_by_role("link", name=str(leaver)))
    expect(clicks.page.locator("[data-count=not_started]")).to_have_text("700")
    clicks.click(clicks.page.get_by_label("Lê Văn Kế", exact=False))
    clicks.page.get_by_label("Lý do bàn giao").fill("Nghỉ hưu")
    assert person.axe() == []
    clicks.click(clicks.page.get_by_role("button", name="Bàn giao 700 phiếu"))
    expect(clicks.page.locator("#messages")).to_contain_text("Đã bàn giao 700 phiếu")
    assert Review.objects.filter(assignee=heir).count() == PROCEDURES
    assert clicks.number == 4


def test_the_pages_fit_a_phone_and_an_office_screen(visitor, people, work):
    for size in (PHONE, {"width": 1093, "height": 700}):
        person = visitor(people["focal_point"], size=size)
        for path in ("/reviews/assignments/", "/reviews/assignments/spread/", "/reviews/deputies/"):
            person.goto(path)
            assert person.overflows() == 0, path
            assert person.axe() == [], path
        department = visitor(people["appraiser"], size=size)
        department.goto("/campaigns/2021/extensions/")
        assert department.overflows() == 0
        assert department.axe() == []
