"""One person proposes, another approves, and the dashboard moves exactly as the page said."""

import re

import pytest
from playwright.sync_api import expect

from reviews.actions.campaigns import open_campaign
from tests import factories
from tests.e2e.conftest import PHONE
from tests.e2e.steps import fill_day
from tthc_portal.accounts.models import Role
from tthc_portal.text import tidy

NEW = [f"2.{n:06d}" for n in range(1, 11)]


@pytest.fixture
def campaign(people):
    """An open round of Bộ Tư pháp with forty procedures, and ten published since."""
    body = people["official"].body
    for n in range(1, 41):
        procedure = factories.ProcedureFactory(code=f"1.{n:06d}", publisher=body)
        factories.DecidingAuthorityFactory(procedure=procedure, level_id="MINISTER")
    campaign = factories.CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    factories.ParticipationFactory(campaign=campaign, organisation=body)
    open_campaign(by=people["appraiser"], campaign=campaign)
    for code in NEW:
        procedure = factories.ProcedureFactory(code=code, publisher=body)
        factories.DecidingAuthorityFactory(procedure=procedure, level_id="MINISTER")
    return campaign


def figure(page, name):
    """A figure of the body's dashboard."""
    return int(page.locator(f'[data-figure="{name}"]').first.inner_text().replace(".", ""))


def test_ten_admissions_by_pasted_codes_and_the_second_person(visitor, people, campaign):
    appraiser, head = visitor(people["appraiser"]), visitor(people["department_head"])
    dashboard = "/dashboard/G15/?campaign=2021"
    assert [figure(head.goto(dashboard), name) for name in ("total", "eligible")] == [40, 40]

    page = appraiser.goto("/campaigns/2021/adjustments/")
    page.get_by_role("link", name="Lập đề nghị").click()
    page.get_by_role("radio", name=re.compile("^Bổ sung")).check()
    page.get_by_label("Mã thủ tục hành chính").fill(", ".join(NEW))
    page.get_by_label("Lý do").fill("Công bố mới tại Quyết định 1234/QĐ-BTP.")
    page.get_by_label("Số văn bản làm căn cứ").fill("12/TTr-KSTT")
    fill_day(page.get_by_label("Ngày văn bản"), campaign.opens_on)
    page.get_by_role("button", name="Xem số liệu thay đổi").click()
    row = page.get_by_role("row", name=re.compile("G15"))
    expect(row).to_contain_text("40")
    said = tidy(row.inner_text())
    assert appraiser.axe() == []
    page.get_by_role("button", name="Gửi đề nghị duyệt").click()
    expect(page.get_by_text("Bạn là người đề nghị nên không tự duyệt được")).to_be_visible()
    address = page.url.removeprefix(appraiser.server)
    assert figure(head.goto(dashboard), "eligible") == 40

    page = head.goto(address)
    assert tidy(page.get_by_role("row", name=re.compile("G15")).inner_text()) == said
    assert head.axe() == []
    page.get_by_role("button", name="Duyệt điều chỉnh").click()
    expect(page.get_by_text("Đã duyệt", exact=True).first).to_be_visible()
    assert tidy(page.get_by_role("row", name=re.compile("G15")).inner_text()) == said
    assert [figure(head.goto(dashboard), name) for name in ("total", "eligible")] == [50, 50]
    assert re.search(r"40\s*(thành\s*)?→?\s*50", said)

    phone = visitor(factories.UserFactory(organisation=people["official"].body, role=Role.OFFICIAL), PHONE)
    phone.goto(address)
    assert phone.overflows() == 0
    assert phone.axe() == []
