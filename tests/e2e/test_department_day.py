"""The department's day: what waits is accepted or returned from the queue, and then every paper says the same."""

import re

import pytest
from playwright.sync_api import expect

from reviews.models import Query, Review, ReviewEvent
from tests.e2e import papers
from tests.e2e.round_of_many import LOTS, make_round_of_many, waiting
from tests.factories import CampaignFactory
from tests.office import sheet_of

# At the end of the day, by hand from the lots: three hand-downs of G15 returned, everything else that waited accepted.
EXPECTED = {
    "G15": {
        "total": 157, "excluded": 12, "eligible": 145, "unknown": 4, "reviewed": 107, "proposed": 79, "accepted": 79,
        "approved": 2, "within": 9, "delegated": 5, "dossiers": 63 * 12 + 9 * 7 + 5 * 100, "share": 54.48,
        "required": 29, "missing": 0, "verdict": "Đạt",
    },
    "G16": {
        "total": 88, "excluded": 7, "eligible": 81, "unknown": 2, "reviewed": 15, "proposed": 12, "accepted": 12,
        "approved": 1, "within": 1, "delegated": 0, "dossiers": 11 * 4 + 50, "share": 14.81, "required": 17,
        "missing": 5, "verdict": "Chưa đạt",
    },
    "G17": {"total": 6, "excluded": 6, "eligible": 0, "reviewed": 0, "share": None, "required": 0, "missing": 0},
    "G18": {"total": 31, "eligible": 31, "reviewed": 1, "proposed": 0, "share": 0.0, "required": 7, "missing": 7},
    "H30": {"total": 15, "eligible": 15, "reviewed": 7, "proposed": 6, "accepted": 6, "share": 40.0, "required": 3},
    "H31": {"total": 7, "excluded": 2, "eligible": 5, "reviewed": 0, "proposed": 0, "share": 0.0, "missing": 1},
    "VN": {
        "total": 282, "excluded": 25, "eligible": 257, "unknown": 6, "reviewed": 123, "proposed": 91, "accepted": 91,
        "approved": 3, "within": 10, "delegated": 5, "dossiers": 1413, "share": 35.4, "required": 52, "missing": 0,
    },
}  # fmt: skip
SUMS = ("total", "excluded", "eligible", "unknown", "reviewed", "proposed", "accepted", "approved", "within")
MINISTRIES = [code for code in LOTS if code.startswith("G")]
SENT = "submitted,accepted,approved"


class Hand:
    """The officer's hand: every click and every field typed into is one action, and they are counted."""

    def __init__(self):
        self.actions = 0

    def click(self, target):
        target.click()
        self.actions += 1

    def type(self, target, text):
        target.fill(text)
        self.actions += 1


@pytest.fixture
def bodies(people):
    campaign = CampaignFactory(code="2021")
    return make_round_of_many(campaign, people["official"].body, people["official"])


def test_from_the_queue_to_papers_that_agree(visitor, people, bodies, capsys):
    assert waiting() == 123
    officer = visitor(people["appraiser"])
    hand, points = Hand(), "Nêu rõ khoản của Điều 12 cần sửa đổi."
    page = officer.goto("/")
    queue = page.locator('[data-figure="submitted"]').first
    expect(queue).to_have_text("123")
    hand.click(queue)
    expect(page.locator("#result-count")).to_have_attribute("data-count", "123")
    for _ in range(3):
        hand.click(page.locator("[data-rows] td.code a").first)
        hand.click(page.get_by_text("Trả lại, yêu cầu hoàn thiện…"))
        hand.type(page.get_by_label("Các điểm cần hoàn thiện"), points)
        hand.click(page.get_by_role("button", name="Trả lại phiếu"))
        expect(page.get_by_label("Tình trạng phiếu")).to_contain_text("Trả lại, yêu cầu hoàn thiện")
        hand.click(page.get_by_label("Đường dẫn").get_by_role("link").last)
    expect(page.locator("#result-count")).to_have_attribute("data-count", "120")
    for left in (70, 20, 0):
        hand.click(page.get_by_label("Chọn tất cả phiếu trên trang này"))
        hand.click(page.get_by_role("button", name="Thực hiện"))
        expect(page.locator("#result-count")).to_have_attribute("data-count", str(left))
    with capsys.disabled():
        print(f"\n120 accepted and 3 returned with points in {hand.actions} actions")
    assert hand.actions <= 40
    assert Query.objects.filter(text=points, raised_by=people["appraiser"]).count() == 3
    events = ReviewEvent.objects.filter(by=people["appraiser"])
    assert (events.filter(action="accept").count(), events.filter(action="return").count()) == (120, 3)
    assert Review.objects.filter(status="submitted").count() == 0

    sources = all_papers(officer, bodies)
    assert disagreements(sources) == {}
    table = sources["dashboard"]
    wrong = {
        (code, name): (table.get((code, name)), value)
        for code, figures in EXPECTED.items()
        for name, value in figures.items()
        if table.get((code, name)) != value
    }
    assert wrong == {}
    for name in (*SUMS, "delegated", "dossiers", "e", "n"):
        assert sum(table.get((code, name), 0) for code in MINISTRIES) == table["VN", name], name
    # Nothing is compared with itself alone: each paper brings its figures of each body it speaks of.
    for source, numbers in {"dashboard": 13, "Biểu 01": 18, "the one page": 12, "lists": 10, "body": 25}.items():
        told = {code: sum(1 for body, _ in sources[source] if body == code) for code, _ in sources[source]}
        assert set(told) >= set(LOTS), source
        assert min(told.values()) >= numbers, (source, told)
    for tier, total in (("proposed", 91), ("accepted", 91), ("approved", 3)):
        assert sources[f"Biểu 02, {tier}"]["VN", tier] == total


def all_papers(officer, bodies):
    """{paper: {(body, figure): value}} of everything that prints figures, taken one after another."""
    page = officer.goto("/dashboard/")
    table, links = papers.dashboard(page)
    found = {"dashboard": table, "lists": {key: listed(page, href) for key, href in links.items()}}
    found["Biểu 01"] = papers.by_body(downloaded(page, "/reports/01/"), codes_by_name(bodies, str))
    for tier in ("proposed", "accepted", "approved"):
        named = codes_by_name(bodies, str.upper)
        for kind, keep in (("ministry", True), ("all", False)):
            told = papers.proposals(downloaded(page, f"/reports/02/?tier={tier}&kind={kind}"), named, tier)
            # The line under all bodies together is nobody's figure elsewhere: the nation is its ministries.
            found[f"Biểu 02, {tier}{'' if keep else ', all'}"] = {
                key: value for key, value in told.items() if keep or key[0] != papers.NATION
            }
    found["the one page"], found["body"], found["sectors"] = {}, {}, {}
    for code in (*bodies, papers.NATION):
        found["the one page"] |= papers.summary(officer.goto(f"/reports/summary/{code}/"), code)
    for code in bodies:
        figures, sums = papers.body_page(officer.goto(f"/dashboard/{code}/"), code)
        found["body"] |= figures
        found["sectors"] |= sums
    found["body"] |= {(code, name.replace("status-", "waiting ")): value
                      for (code, name), value in found["body"].items()
                      if name in ("status-returned", "status-ready", "status-checked", "status-submitted")
                      and value and (code, name.replace("status-", "waiting ")) in found["the one page"]}  # fmt: skip
    found["counted by hand"] = by_hand(found, page, bodies)
    return found


def by_hand(found, page, bodies):
    """What one paper says follows from others: differences, sums, and the work list under the same filter."""
    table, paper, pages = found["dashboard"], found["Biểu 01"], found["the one page"]
    told = {}
    for code in (*bodies, papers.NATION):
        total, excluded, base = (table[code, name] for name in ("total", "excluded", "eligible"))
        told[code, "eligible"] = total - excluded
        told[code, "unreviewed"] = base - table[code, "reviewed"]
        told[code, "reviewed"] = sum(
            paper[code, f"sent {name}"] for name in ("decentralize", "keep", "delegate", "abolish", "other")
        )
        told[code, "share"] = cut(table[code, "proposed"], base)
        told[code, "proposed share"] = cut(table[code, "proposed"], base)
        told[code, "accepted share"] = cut(table[code, "accepted"], base)
        told[code, "approved share"] = cut(table[code, "approved"], base)
        told[code, "reviewed share"] = cut(table[code, "reviewed"], base)
        told[code, "missing"] = max(0, table[code, "required"] - table[code, "proposed"])
        told |= {(code, f"eligible of {tier}"): base for tier in ("proposed", "accepted", "approved")}
        if (code, "waiting unknown") in pages:
            told[code, "waiting unknown"] = table[code, "unknown"]
        if base:
            told[code, "n"], told[code, "e"] = table[code, "proposed"], base
        where = "kind=ministry" if code == papers.NATION else f"organisation={code}"
        for conclusion in ("decentralize", "keep", "delegate", "abolish"):
            address = f"/reviews/?campaign=2021&{where}&eligible=1&status={SENT}&conclusion={conclusion}"
            told[code, f"sent {conclusion}"] = listed(page, address)
        if code != papers.NATION:
            told[code, "sum of statuses"] = told[code, "total of statuses"] = total
    return told


def cut(n, e):
    """The percentage rounded down to two decimals."""
    return n * 10_000 // e / 100 if e else None


def codes_by_name(bodies, word):
    """The bodies' codes by the names that papers call them by."""
    named = {word(body.name): code for code, body in bodies.items()}
    return named | {"TỔNG CỘNG các bộ, cơ quan ngang bộ": papers.NATION}


def disagreements(sources):
    """{(body, figure): {paper: value}} wherever two papers differ."""
    told = {}
    for source, figures in sources.items():
        for key, value in figures.items():
            told.setdefault(key, {})[source] = value
    return {key: values for key, values in told.items() if len({_same(value) for value in values.values()}) > 1}


def _same(value):
    """54.480000001 and 54.48 are the same figure; nothing and a dash too; a verdict only where there is one."""
    return round(value, 6) if isinstance(value, (int, float)) else value or None


def listed(page, address):
    """How many rows the list behind an address counts."""
    answer = page.request.get(address)
    assert answer.status == 200, address
    return int(re.search(r'id="result-count" data-count="(\d+)"', answer.text())[1])


def downloaded(page, address):
    """The workbook of a report, by the button of its page."""
    page.goto(address)
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải Excel").click()
    sheet_of(download.value.path())
    return download.value.path()
