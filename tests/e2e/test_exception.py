"""A province's hundred and ten procedures: six opinions and the rest at once, actions and bytes counted."""

import gzip

import pytest
from playwright.sync_api import expect

from reviews.models import Review
from reviews.reports.dashboards import national_figures
from tests import factories
from tests.e2e.conftest import PHONE
from tests.reviews.cast import Cast
from tests.reviews.many import many_reviews
from tthc_portal.accounts.models import Organisation

OPINION = "Địa phương đồng ý với thẩm quyền hiện hành."


class Actions:
    """Clicks and keys of a person, counted; a text put in at once counts as one."""

    def __init__(self, page):
        self.page, self.number = page, 0

    def click(self, target):
        self.number += 1
        target.click()

    def press(self, *keys):
        for key in keys:
            self.number += 1
            self.page.keyboard.press(key)


class Wire:
    """Bytes received over the network by a page: the browser's own meter for pages, whatever it fetched anew.

    The test's server sends style sheets and scripts as they lie on the disk; a real one sends them compressed and once,
    so each counts once, compressed.
    """

    def __init__(self, person):
        self.pages, self.files, self.addresses = {}, {}, {}
        session = person.context.new_cdp_session(person.page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)
        person.page.on("response", self._file)

    def _received(self, event):
        self.addresses[event["requestId"]] = event["response"]["url"]

    def _finished(self, event):
        address = self.addresses.get(event["requestId"], "")
        if "/static/" not in address:
            self.pages[event["requestId"]] = int(event["encodedDataLength"])

    def _file(self, answer):
        if "/static/" in answer.url and answer.url not in self.files and answer.status == 200:
            self.files[answer.url] = len(gzip.compress(answer.body()))

    @property
    def number(self):
        """All of it."""
        return sum(self.pages.values()) + sum(self.files.values())


@pytest.fixture
def asked(people):
    """(focal point, official, forms) of Lào Cai, asked about 110 procedures of Bộ Tư pháp."""
    province = Organisation.objects.filter(kind="province", valid_to=None).order_by("code").first()
    campaign = factories.CampaignFactory(code="2021")
    for body in (people["official"].body, province):
        factories.ParticipationFactory(campaign=campaign, organisation=body)
    made = many_reviews(Cast(campaign, people["official"].body, None, None), 110)
    Review.objects.filter(pk__in=[one.pk for one in made]).update(organisation=province, kind="proposal")
    head = factories.UserFactory(username="tinh.daumoi", organisation=province, role="focal_point")
    return campaign, head, made


def test_six_opinions_and_the_rest_in_under_forty_actions_and_300_kb(visitor, people, asked):
    campaign, head, made = asked
    before = national_figures(campaign)[1]
    person = visitor(head)
    wire, act = Wire(person), Actions(person.page)
    page = person.goto("/reviews/?status=not_started")
    act.press("j", "Enter")
    for review in made[:6]:
        page.wait_for_url(f"**/reviews/{review.pk}/?list=*")
        expect(page.get_by_role("heading", level=1)).to_contain_text(review.scope_item.code)
        act.press("1", "Control+Shift+Enter")
    page.wait_for_url(f"**/reviews/{made[6].pk}/?list=*")
    assert Review.objects.filter(status="ready", stance="agree").count() == 6
    act.click(page.get_by_role("navigation", name="Đường dẫn").get_by_role("link", name="Phiếu rà soát"))
    act.click(page.get_by_role("link", name="Trả lời chung các TTHC còn lại"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Không có kiến nghị đối với 104 TTHC còn lại")
    assert person.axe() == []
    act.click(page.get_by_role("button", name="Trả lời chung cho 104 TTHC"))
    expect(page.locator("#messages")).to_contain_text("Đã trả lời chung cho 104 TTHC")
    page.wait_for_load_state("networkidle")
    print(f"{act.number} actions, {wire.number / 1000:.0f} kB: {wire.pages} {wire.files}")
    assert act.number < 40
    assert wire.number < 300_000
    assert Review.objects.filter(by_exception=True, status="ready", stance="no_opinion").count() == 104
    after = national_figures(campaign)[1]
    assert (after.share.n, after.share.e) == (before.share.n, before.share.e)
    person.goto("/")
    expect(page.locator("[data-figure=by_exception]")).to_have_text("104")
    act.click(page.locator("[data-figure=by_exception]"))
    expect(page.locator("#result-count")).to_have_attribute("data-count", "104")
    expect(page.get_by_text("Trả lời chung", exact=True).nth(1)).to_be_visible()


def test_the_page_fits_a_phone_and_says_what_is_wrong(visitor, asked):
    _, head, _ = asked
    person = visitor(head, PHONE)
    page = person.goto("/reviews/the-rest/")
    assert person.overflows() == 0
    page.get_by_label("Căn cứ, lý do").fill("")
    page.get_by_role("button", name="Trả lời chung cho 110 TTHC").click()
    expect(page.get_by_role("alert")).to_contain_text("Hãy ghi căn cứ")
    assert person.axe() == []
    assert not Review.objects.filter(by_exception=True).exists()
