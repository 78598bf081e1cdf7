"""Papers in the browser: the one page in two clicks on one sheet, reports that agree, a signed form that changed."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from reviews.models import Review
from tests.factories import OrganisationFactory, ParticipationFactory, ScopeItemFactory, SectorFactory
from tests.office import sheet_of
from tests.reviews.many import many_reviews
from tthc_portal.accounts.models import Organisation

PDF_PAGE = re.compile(rb"/Type\s*/Page\b")
LONG = (
    "Cấp, gia hạn, sửa đổi, bổ sung giấy chứng nhận đủ điều kiện hoạt động dịch vụ trong lĩnh vực quản lý hành nghề, "
    "bảo đảm an toàn và trật tự, áp dụng cho tổ chức, cá nhân trong nước và nước ngoài"
)


class Body:
    """What making many reviews needs: a round and a body."""

    def __init__(self, campaign, body):
        self.campaign, self.body = campaign, body


def pages_of(page):
    """How many sheets of paper the page takes, as its own style says."""
    return len(PDF_PAGE.findall(page.pdf(prefer_css_page_size=True)))


@pytest.fixture
def crowded(people, review):
    """A round whose one page has everything, with long names: sectors, units that lag, every kind of decision."""
    campaign, body = review.campaign, people["official"].body
    body.name = f"Bộ {LONG}"[:200]
    body.save()
    Organisation.objects.filter(pk=body.pk).update(name=body.name)
    campaign.title = f"Đợt rà soát {LONG}"[:200]
    campaign.save()
    made = many_reviews(Body(campaign, body), 70, first=10)
    statuses = ("not_started", "draft", "ready", "checked", "returned", "submitted", "accepted")
    units = [OrganisationFactory(kind="unit", parent=body, name=f"Vụ {place} {LONG}"[:200]) for place in range(7)]
    for place, unit in enumerate(units):
        sector = SectorFactory(name=f"Lĩnh vực {place}: {LONG}"[:200])
        for step, one in enumerate(made[place * 10 : place * 10 + 10 - place]):
            ScopeItemFactory._meta.model.objects.filter(pk=one.scope_item_id).update(
                sector=sector, sector_name=sector.name
            )
            status = statuses[step % len(statuses)]
            facts = {"status": status, "unit": unit}
            if status != "not_started":
                facts |= {"version": 1, "conclusion": "decentralize", "finished_by": people["official"]}
            facts["decider_unknown"] = status in ("not_started", "draft")
            Review.objects.filter(pk=one.pk).update(**facts)
    for number in range(6):
        other = OrganisationFactory(name=f"Bộ {number} {LONG}"[:200])
        ParticipationFactory(campaign=campaign, organisation=other)
        many_reviews(Body(campaign, other), 10, first=1000 + 100 * number)
    return campaign


def test_the_one_page_is_printed_in_two_clicks_and_fits_one_sheet(visitor, people, crowded):
    for role, code in (
        ("leader", people["leader"].body.code),
        ("auditor", "VN"),
        ("auditor", people["leader"].body.code),
    ):
        person = visitor(people[role])
        start = "/" if role == "leader" else "/dashboard/" if code == "VN" else f"/dashboard/{code}/"
        page = person.goto(start)
        page.get_by_role("link", name="Tóm tắt một trang").first.click()
        page.wait_for_url(f"**/reports/summary/{code}/**")
        page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
        page.get_by_role("button", name="In trang A4").click()
        assert page.evaluate("document.body.dataset.printed") == "yes"
        assert pages_of(page) == 1
        assert person.axe() == []


def test_every_paper_agrees_and_reads_well(visitor, people, crowded):
    person = visitor(people["appraiser"])
    page = person.goto("/dashboard/")
    eligible = page.locator("[data-figure=eligible]").first.inner_text()
    for address in ("/reports/", "/reports/01/", "/reports/02/", "/reports/documents/"):
        page = person.goto(address)
        assert person.axe() == []
        for width in (1366, 1093, 390):
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 1366, "height": 768})
    page = person.goto("/reports/")
    page.get_by_role("link", name="Biểu 01: Tổng hợp kết quả theo cơ quan").click()
    total = page.locator("tr[data-body=VN] td").nth(4)
    expect(total).to_have_text(eligible)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải Excel").click()
    rows = {row[1]: row for row in sheet_of(download.value.path()).iter_rows(values_only=True)}
    assert str(rows["TỔNG CỘNG các bộ, cơ quan ngang bộ"][4]) == eligible


def test_the_pack_prints_for_the_signer(visitor, people, crowded):
    person = visitor(people["leader"])
    page = person.goto("/reviews/sending/")
    expect(page.get_by_role("heading", name="Xem lại trước khi gửi")).to_be_visible()
    assert person.axe() == []
    page.get_by_role("link", name="Bản in trình ký").click()
    expect(page.get_by_text("DANH SÁCH PHIẾU RÀ SOÁT TRÌNH KÝ GỬI")).to_be_visible()
    assert person.axe() == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải Excel").click()
    checked = Review.objects.filter(organisation=people["leader"].body, status="checked").count()
    numbered = [row for row in sheet_of(download.value.path()).iter_rows(values_only=True) if isinstance(row[0], int)]
    assert len(numbered) == checked == 7
    assert reverse("reviews:sending") in page.url
