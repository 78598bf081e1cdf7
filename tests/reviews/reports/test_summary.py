"""The one page: its figures are the dashboard's, its counts the lengths of lists."""

import dataclasses
import datetime
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Extension, Review, Transfer
from reviews.reports.dashboards import body_figures, national_figures
from reviews.reports.summary import body_summary, nation_summary
from reviews.rules.shares import Tally
from tests.factories import DepartmentFactory, OrganisationFactory, SectorFactory, UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Organisation

pytestmark = pytest.mark.django_db

FIGURE = re.compile(r'<a data-figure="([^"]+)" href="([^"]+)">(\d+)</a>')
COUNT = re.compile(r'<output id="result-count" data-count="(\d+)">')


@pytest.fixture
def cast():
    return make_cast()


def page_of(client, code):
    return client.get(reverse("reviews:report_summary", args=[code])).content.decode()


def test_figures_are_those_of_the_dashboard(cast):
    cast.review("submitted")
    cast.review("draft")
    found = body_summary(cast.campaign, cast.body, cast.own["leader"])
    assert found.figures == body_figures(cast.campaign, cast.body)[0]
    assert nation_summary(cast.campaign, cast.other["appraiser"]).figures == national_figures(cast.campaign)[1]


def test_five_sectors_with_the_largest_base_weigh_most(cast):
    for size in (1, 4, 2, 3, 6, 5):
        sector = SectorFactory(name=f"Lĩnh vực {size}")
        for _ in range(size):
            review = cast.review()
            type(review.scope_item).objects.filter(pk=review.scope_item_id).update(
                sector=sector, sector_name=sector.name
            )
    found = body_summary(cast.campaign, cast.body, cast.own["leader"])
    assert [(one.name, one.share.e) for one in found.sectors] == [
        (f"Lĩnh vực {size}", size) for size in (6, 5, 4, 3, 2)
    ]


def test_units_that_lag_are_the_bodys_own_matter(cast):
    unit = OrganisationFactory(kind="unit", parent=cast.body, name="Vụ Pháp chế")
    cast.review(unit=unit)
    cast.review("submitted", unit=unit)
    cast.review("submitted")
    found = body_summary(cast.campaign, cast.body, cast.own["leader"])
    assert [(one.name, one.left, one.whole) for one in found.lagging] == [("Vụ Pháp chế", 1, 2)]
    assert body_summary(cast.campaign, cast.body, cast.other["appraiser"]).lagging_title == ""


def test_what_a_ministry_misses_is_text_and_its_list_hangs_on_its_name(cast, login):
    cast.review("draft")
    (line,) = nation_summary(cast.campaign, cast.other["appraiser"]).lagging
    page = page_of(login(cast.other["appraiser"]), "VN")
    lagging = page.partition('id="lagging"')[2].partition("</section>")[0]
    assert line.left
    assert f'<td class="numeric">{line.left}</td><td class="numeric">{line.whole}</td>' in lagging
    assert f">{line.name}</a>" in lagging
    assert re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', lagging) == ["Tên", "Còn thiếu", "Cần đạt"]


def test_thousands_are_grouped_alike_all_over_the_printed_page(cast, login, monkeypatch):
    found = body_summary(cast.campaign, cast.body, cast.own["leader"])
    figures = dataclasses.replace(found.figures, tally=Tally(total=7576, excluded=1346, eligible=6230, reviewed=2128))
    made = dataclasses.replace(found, figures=figures)
    monkeypatch.setattr("reviews.reports.summary.body_summary", lambda *asked: made)
    page = page_of(login(cast.own["leader"]), "G17")
    tiles = dict(re.findall(r'data-summary="(\w+)">([^<]*)<', page))
    assert tiles | {"days": ""} == {
        "missing": "1.246", "unreviewed": "4.102", "days": "", "total": "7.576", "excluded": "1.346",
    }  # fmt: skip


def test_days_are_counted_to_the_bodys_own_end(cast, login):
    today = datetime.datetime.now(datetime.UTC).astimezone(datetime.timezone(datetime.timedelta(hours=7))).date()
    cast.campaign.deadline = today + datetime.timedelta(days=3)
    cast.campaign.save()
    assert 'data-summary="days">3<' in page_of(login(cast.own["leader"]), "G17")
    Extension.objects.create(
        participation=cast.campaign.participations.get(organisation=cast.body),
        until=today + datetime.timedelta(days=10),
        reason="Bão.", granted_by=cast.other["appraiser"],
    )  # fmt: skip
    page = page_of(login(cast.own["leader"]), "G17")
    assert 'data-summary="days">10<' in page
    assert "đã gia hạn" in page


def test_what_waits_for_a_decision_is_counted_by_lists(cast, login):
    cast.review("returned")
    cast.review("ready")
    cast.review("checked")
    cast.review()  # nobody knows who decides
    waiting = cast.review("submitted", counted=False)
    Transfer.objects.filter(review=waiting).update(transfer_class="manual")
    for person, code in (
        (cast.own["leader"], "G17"), (cast.other["appraiser"], "G17"), (cast.other["auditor"], "VN"),
        (cast.other["appraiser"], "VN"),
    ):  # fmt: skip
        client = login(person)
        found = FIGURE.findall(page_of(client, code))
        names = [name for name, _, _ in found]
        assert {"returned", "ready", "checked", "unknown", "submitted", "ruling"} <= set(names)
        for name, href, number in found:
            assert COUNT.search(client.get(unescape(href)).content.decode())[1] == number, (name, href)


def test_every_count_equals_its_list_in_a_random_round(login):
    campaign = make_round(31, ministries=2, provinces=1, procedures=15, adjusted=True)
    client = login(UserFactory(role="appraiser", organisation=DepartmentFactory()))
    codes = ["VN", *Organisation.objects.filter(participations__campaign=campaign).values_list("code", flat=True)]
    for code in codes:
        for name, href, number in FIGURE.findall(page_of(client, code)):
            assert COUNT.search(client.get(unescape(href)).content.decode())[1] == number, (code, name, href)


def test_a_body_reads_its_own_page_only(cast, login):
    assert login(cast.own["official"]).get(reverse("reviews:report_summary", args=["g17"])).status_code == 200
    for code in ("G09", "VN", "G99"):
        assert login(cast.own["official"]).get(reverse("reviews:report_summary", args=[code])).status_code == 404
    assert login(cast.other["appraiser"]).get(reverse("reviews:report_summary", args=["G99"])).status_code == 404


def test_it_takes_as_many_queries_for_one_review_as_for_twenty(cast, login):
    counts = []
    client = login(cast.own["leader"])
    for number in (1, 19):
        for _ in range(number):
            cast.review("submitted")
        page_of(client, "G17")
        with CaptureQueriesContext(connection) as queries:
            page_of(client, "G17")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Review.objects.count() == 20
