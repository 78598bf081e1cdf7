"""The dashboards as their readers see them; every count equals the list behind its link."""

import datetime
import re
import threading
from html import unescape

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.models import Campaign, Review, ReviewEvent
from reviews.reports.dashboards import body_figures
from tests.factories import DepartmentFactory, ProvinceFactory, UserFactory
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Organisation, Role

pytestmark = pytest.mark.django_db

FIGURE = re.compile(r'<a data-figure="([^"]+)" href="([^"]+)">(\d+)</a>')
COUNT = re.compile(r'<output id="result-count" data-count="(\d+)">')


def figures_on(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return [(name, unescape(href), int(number)) for name, href, number in FIGURE.findall(response.content.decode())]


def count_of(client, address):
    return int(COUNT.search(client.get(address).content.decode())[1])


def overseer(role):
    return UserFactory(role=role, organisation=DepartmentFactory())


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.AUDITOR])
def test_every_count_of_the_national_dashboard_equals_the_list_behind_its_link(login, role):
    make_round(11, ministries=2, provinces=2, procedures=8, adjusted=True)
    client = login(overseer(role))
    found = figures_on(client, "/dashboard/")
    assert len(found) == 5 * 10 + 6  # four bodies, the national row, the tiles above them
    for name, href, number in found:
        assert count_of(client, href) == number, (name, href)


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICIAL, Role.LEADER])
@pytest.mark.parametrize("kind", ["ministry", "province"])
def test_every_count_of_a_bodys_dashboard_equals_the_list_behind_its_link(login, role, kind):
    campaign = make_round(12, ministries=1, provinces=1, procedures=15, adjusted=True)
    body = Organisation.objects.get(participations__campaign=campaign, kind=kind)
    own = role in (Role.OFFICIAL, Role.LEADER)
    client = login(UserFactory(role=role, organisation=body) if own else overseer(role))
    found = figures_on(client, f"/dashboard/{body.code}/")
    names = {name for name, _, _ in found}
    assert {"total", "unreviewed", "approved", "status-draft", "conclusion-keep"} <= names
    assert {"within", "delegated"} <= names
    assert ("finished" in names) is (own or role == Role.AUDITOR)
    for name, href, number in found:
        assert count_of(client, href) == number, (name, href)
    statuses = [number for name, _, number in found if name.startswith("status-")]
    assert len(statuses) == 8
    assert sum(statuses) == next(number for name, _, number in found if name == "total")


def test_a_bodys_people_are_led_to_their_own_dashboard_and_see_no_other(login):
    campaign = make_round(1, ministries=2, provinces=0)
    mine, other = Organisation.objects.filter(participations__campaign=campaign)
    client = login(UserFactory(organisation=mine))
    assert client.get("/dashboard/").headers["Location"] == f"/dashboard/{mine.code}/"
    assert client.get(f"/dashboard/{mine.code.lower()}/").status_code == 200
    assert client.get(f"/dashboard/{other.code}/").status_code == 404


def test_an_unknown_body_is_not_found(login):
    make_round(1, ministries=1, provinces=0)
    assert login(overseer(Role.APPRAISER)).get("/dashboard/KHONGCO/").status_code == 404


def test_without_a_round_the_dashboards_say_so(login):
    client = login(overseer(Role.APPRAISER))
    for address in ("/dashboard/", "/dashboard/G01/"):
        assert "Chưa có đợt rà soát" in client.get(address).content.decode()


def test_ministries_are_told_whether_they_meet_the_target_and_provinces_are_not(login):
    campaign = make_round(3, ministries=2, provinces=2, procedures=6)
    page = login(overseer(Role.AUDITOR)).get("/dashboard/").content.decode()
    ministries, provinces = page.split('data-bodies="province"')
    assert "Đạt mục tiêu" in ministries or "Chưa đạt" in ministries
    table = provinces.split("</table>")[0]
    assert "Đạt mục tiêu" not in table
    assert "hưa đạt" not in table
    assert campaign.title in page


def test_bodies_are_filtered_by_name_kind_and_target_and_sorted_by_any_column(login):
    campaign = make_round(4, ministries=3, provinces=1, procedures=9)
    first = Organisation.objects.filter(participations__campaign=campaign, kind="ministry").first()
    Organisation.objects.filter(pk=first.pk).update(name="Bộ Y tế đặc biệt")
    client = login(overseer(Role.APPRAISER))

    def codes(query):
        return re.findall(r'<tr data-body="(\w+)"', client.get(f"/dashboard/?{query}").content.decode())

    assert codes("q=y te dac") == [first.code, "VN"]
    assert len(codes("kind=province")) == 1
    met, unmet, none = (codes(f"met={value}&kind=ministry")[:-1] for value in ("1", "0", "none"))
    assert len(met) + len(unmet) + len(none) == 3
    up, down = codes("kind=ministry&sort=total"), codes("kind=ministry&sort=-total")
    totals = {body.code: Review.objects.filter(organisation=body).count() for body in Organisation.objects.all()}
    assert [totals[c] for c in up[:-1]] == sorted(totals[c] for c in up[:-1])
    assert [totals[c] for c in down[:-1]] == sorted((totals[c] for c in down[:-1]), reverse=True)
    assert codes("sort=khongco") == codes("")


def test_unknown_deciders_make_the_base_provisional_and_returns_are_projected(login):
    campaign = make_round(12, ministries=1, provinces=0, procedures=30)
    body = Organisation.objects.get(participations__campaign=campaign)
    eligible = Review.objects.filter(campaign=campaign, eligible=True)
    unsure, sent_back = eligible.values_list("pk", flat=True)[:2]
    eligible.filter(pk=unsure).update(status="draft", version=1, counted=False, decider_unknown=True)
    eligible.filter(pk=sent_back).update(status="returned", version=1, conclusion="decentralize", counted=True)
    unknown = eligible.filter(decider_unknown=True).count()
    page = login(UserFactory(organisation=body)).get(f"/dashboard/{body.code}/").content.decode()
    assert f"Tạm tính, còn {unknown} TTHC chưa xác định thẩm quyền" in page
    assert "nếu gửi lại hết" in page


def test_the_dashboards_take_the_same_queries_for_one_body_and_for_twenty(login, django_assert_max_num_queries):
    small = make_round(2, ministries=1, provinces=0, procedures=1)
    large = make_round(3, ministries=15, provinces=5)
    client = login(overseer(Role.APPRAISER))
    bodies = {}
    for campaign in (small, large):
        bodies[campaign] = Organisation.objects.filter(participations__campaign=campaign).first()
        client.get(f"/dashboard/?campaign={campaign.code}")
    for campaign in (small, large):
        with django_assert_max_num_queries(9):
            client.get(f"/dashboard/?campaign={campaign.code}")
        with django_assert_max_num_queries(11):
            client.get(f"/dashboard/{bodies[campaign].code}/?campaign={campaign.code}")


def test_reading_a_dashboard_nobody_has_changed_writes_nothing_and_shows_a_change_at_once(login):
    campaign = make_round(11, ministries=2, provinces=1, procedures=8)
    client = login(overseer(Role.APPRAISER))
    figures_on(client, "/dashboard/")
    with CaptureQueriesContext(connection) as queries:
        before = figures_on(client, "/dashboard/")
        client.head("/dashboard/")
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}
    review = Review.objects.filter(campaign=campaign, organisation__kind="ministry", eligible=True).first()
    Review.objects.filter(pk=review.pk).update(decider_unknown=not review.decider_unknown, status="draft", version=1)
    after = figures_on(client, "/dashboard/")
    assert after != before
    for name, href, number in after:
        assert count_of(client, href) == number, (name, href)


def test_a_ministry_with_nothing_to_count_from_is_none_of_those_that_can_reach_the_target(login):
    campaign = make_round(2, ministries=2, provinces=0)
    asked = [row.organisation.reviews.filter(eligible=True).count() for row in campaign.participations.all()]
    assert sorted(number > 0 for number in asked) == [False, True]
    text = login(overseer(Role.APPRAISER)).get("/dashboard/").content.decode()
    assert re.search(r'<div class="tile-value">\d+ / (\d+)</div>', text)[1] == "1"


def test_an_unchanged_dashboard_answers_304_and_a_new_event_ends_that(login):
    campaign = make_round(2, ministries=1, provinces=0)
    client = login(overseer(Role.APPRAISER))
    first = client.get("/dashboard/")
    again = client.get("/dashboard/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    ReviewEvent.objects.create(campaign=campaign, sequence=1, at=campaign.opened_at, action="thử", hash="0" * 64)
    assert client.get("/dashboard/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    other = login(overseer(Role.AUDITOR))
    assert other.get("/dashboard/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_nobody_keeps_a_dashboard_while_an_older_event_may_still_come(login):
    """On PostgreSQL events are numbered before they are committed; on SQLite nobody else can write meanwhile."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    campaign = make_round(2, ministries=1, provinces=0)
    client = login(overseer(Role.APPRAISER))
    client.get("/dashboard/")
    written, release = threading.Event(), threading.Event()

    def event(sequence):
        at = campaign.opened_at
        ReviewEvent.objects.create(campaign=campaign, sequence=sequence, at=at, action="thử", hash="0" * 64)

    def write_slowly():
        with transaction.atomic():
            event(1)
            written.set()
            release.wait(20)
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert written.wait(20)
    try:
        event(2)
        assert "ETag" not in client.get("/dashboard/").headers
    finally:
        release.set()
        slow.join()
    kept = client.get("/dashboard/").headers["ETag"]
    assert client.get("/dashboard/", headers={"If-None-Match": kept}).status_code == 304


def test_the_dashboard_is_exported_as_csv_and_xlsx(login):
    make_round(2, ministries=2, provinces=1)
    client = login(overseer(Role.APPRAISER))
    lines = b"".join(client.get("/dashboard/?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Mã,Tên cơ quan,Tổng số TTHC")
    assert len(lines) == 1 + 3 + 1
    assert lines[-1].startswith("VN,")
    book = client.get("/dashboard/?export=xlsx")
    assert book.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert b"".join(book.streaming_content).startswith(b"PK")
    assert client.get("/dashboard/?export=pdf").status_code == 404


def test_people_of_a_body_outside_the_round_find_nothing(login):
    make_round(2, ministries=1, provinces=0)
    client = login(UserFactory(organisation=ProvinceFactory()))
    assert client.get(reverse("reviews:dashboard"), follow=True).status_code == 404


@pytest.mark.parametrize("address", ["/dashboard/", "/dashboard/{}/"])
def test_the_frozen_basis_and_a_past_day_are_printed_with_plain_numbers(login, address):
    campaign = make_round(8, ministries=2, provinces=1, procedures=9, adjusted=True)
    Campaign.objects.filter(pk=campaign.pk).update(frozen_at=timezone.now() - datetime.timedelta(days=9))
    address = address.format(Organisation.objects.filter(participations__campaign=campaign).first().code)
    client = login(overseer(Role.APPRAISER))
    page = client.get(address).content.decode()
    assert "Sau điều chỉnh: danh mục chốt lúc" in page
    page = client.get(f"{address}?basis=frozen").content.decode()
    assert 'data-basis="frozen">Theo danh mục chốt lúc' in page
    assert not FIGURE.findall(page)
    day = timezone.localdate() - datetime.timedelta(days=2)
    page = client.get(f"{address}?on={day.isoformat()}").content.decode()
    assert f"Số liệu đến hết ngày {day:%d/%m/%Y}" in page
    assert not FIGURE.findall(page)


@pytest.mark.parametrize(
    ("query", "sentence"), [("on=2099-01-01", "sau ngày hôm nay"), ("on=2001-01-01", "trước ngày")]
)
def test_a_day_without_figures_is_one_sentence_with_what_was_typed_kept(login, query, sentence):
    make_round(8, ministries=1, provinces=0)
    answer = login(overseer(Role.AUDITOR)).get(f"/dashboard/?{query}")
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    year, month, day = query[3:].split("-")
    assert f'value="{day}/{month}/{year}"' in answer.content.decode()


def test_an_export_says_its_basis_and_moment(login):
    make_round(8, ministries=1, provinces=0, adjusted=True)
    client = login(overseer(Role.AUDITOR))
    lines = b"".join(client.get("/dashboard/?export=csv&basis=frozen").streaming_content).decode("utf-8-sig")
    assert all(",Theo danh mục chốt," in line for line in lines.splitlines()[1:])


def test_the_share_says_what_is_still_needed_and_what_is_not_reviewed(login):
    campaign = make_round(12, ministries=1, provinces=0, procedures=30)
    body = Organisation.objects.get(participations__campaign=campaign)
    Review.objects.filter(campaign=campaign, counted=True).exclude(status="ready").update(counted=False, within=False)
    figures, _ = body_figures(campaign, body)
    client = login(UserFactory(organisation=body))
    own, home = (client.get(address).content.decode() for address in (f"/dashboard/{body.code}/", "/"))
    for page in (own, home):
        assert f"cần thêm {figures.share.missing} TTHC phân cấp" in page
    assert f"{figures.unreviewed} TTHC chưa rà soát" in home
    tile = own[own.index("Còn chưa rà soát") :]
    assert f">{figures.unreviewed}</a>" in tile[: tile.index("</section>")]
    assert f"<strong>{figures.if_finished_sent.display}</strong>" in own
