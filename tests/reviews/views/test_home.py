"""The home page of every role."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.models import Announcement, CampaignState, Notice, Participation, Status
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ReviewFactory,
    ScopeItemFactory,
    UserFactory,
)
from tthc_portal.accounts.models import BODY_ROLES, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def body():
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def campaign(body):
    campaign = CampaignFactory()
    ParticipationFactory(campaign=campaign, organisation=body)
    return campaign


def reviews(campaign, body, number, **facts):
    return [
        ReviewFactory(scope_item=ScopeItemFactory(campaign=campaign, owner=body, procedure__publisher=body), **facts)
        for _ in range(number)
    ]


def figures(page):
    """{figure: (number, address)} of every count of the page."""
    found = re.findall(r'<a data-figure="(\w+)" href="([^"]+)">(\d+)</a>', page)
    return {name: (int(number), url.replace("&amp;", "&")) for name, url, number in found}


@pytest.mark.parametrize("role", list(Role))
def test_without_a_round_every_home_says_what_comes_next(role, login, body):
    user = UserFactory(role=role, organisation=body if role in BODY_ROLES else DepartmentFactory())
    answer = login(user).get("/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Chưa có đợt rà soát nào" in page or role == Role.ADMINISTRATOR
    assert "<h1>" in page


def test_an_official_sees_his_own_reviews_by_status_and_those_nobody_was_given(login, body, campaign):
    official = UserFactory(organisation=body)
    other = UserFactory(organisation=body)
    reviews(campaign, body, 3, assignee=official)
    reviews(campaign, body, 2, assignee=official, status=Status.RETURNED, version=2)
    reviews(campaign, body, 4)
    reviews(campaign, body, 1, assignee=other)
    reviews(campaign, body, 1, assignee=official, eligible=False)
    shown = figures(login(official).get("/").content.decode())
    assert shown["mine_returned"][0] == 2
    assert shown["mine_not_started"][0] == 3
    assert shown["unassigned"][0] == 4
    assert list(shown)[0] == "mine_returned"


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.FOCAL_POINT, Role.APPRAISER])
def test_every_count_is_the_count_of_the_list_behind_it(role, login, body, campaign):
    user = UserFactory(organisation=body if role in BODY_ROLES else DepartmentFactory(), role=role)
    mine = user if role == Role.OFFICIAL else None
    for status, number in ((Status.RETURNED, 2), (Status.NOT_STARTED, 3), (Status.DRAFT, 1)):
        version = 0 if status == Status.NOT_STARTED else 1
        reviews(campaign, body, number, assignee=mine, status=status, version=version)
    sent = {"conclusion": "keep", "finished_by": user, "version": 1}
    reviews(campaign, body, 2, status=Status.SUBMITTED, assignee=mine, **sent)
    reviews(campaign, body, 1, status=Status.READY, assignee=mine, **sent)
    reviews(campaign, body, 2, eligible=False)
    reviews(campaign, body, 3)
    client = login(user)
    shown = figures(client.get("/").content.decode())
    assert shown
    for name, (number, url) in shown.items():
        assert f'data-count="{number}"' in client.get(url).content.decode(), (name, url)


def test_the_deadline_names_its_last_second_and_the_days_left(login, body, campaign):
    today = timezone.localtime().date()
    campaign.deadline = today + datetime.timedelta(days=5)
    campaign.opens_on = today
    campaign.save()
    official = login(UserFactory(organisation=body))
    page = official.get("/").content.decode()
    assert f"Hạn gửi: 23:59:59 ngày {campaign.deadline:%d/%m/%Y} (giờ Hà Nội), còn 5 ngày" in page
    Participation.objects.update(deadline=today)
    assert "đã gia hạn, hôm nay là ngày cuối" in official.get("/").content.decode()
    Participation.objects.update(deadline=today - datetime.timedelta(days=2))
    assert "quá hạn 2 ngày" in official.get("/").content.decode()


@pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.LEADER])
def test_heads_see_what_waits_and_how_many_are_still_needed(role, login, body, campaign):
    user = UserFactory(organisation=body, role=role)
    done = {"conclusion": "decentralize", "finished_by": user, "version": 1, "counted": True}
    reviews(campaign, body, 8)
    reviews(campaign, body, 1, status=Status.SUBMITTED, **done)
    reviews(campaign, body, 1, status=Status.CHECKED, **done)
    page = login(user).get("/").content.decode()
    assert "10,00%" in page
    assert "cần thêm 1 TTHC phân cấp" in page
    assert figures(page)["body_checked"] == (1, f"{reverse('reviews:sending')}?campaign={campaign.code}")


def test_announcements_reach_their_audience_until_their_day(login, body, campaign):
    author = UserFactory(organisation=DepartmentFactory(), role=Role.APPRAISER)
    today = timezone.localtime().date()
    yesterday = today - datetime.timedelta(days=1)
    for title, audience, until in (
        ("Cho mọi cơ quan", "", None),
        ("Cho các bộ", "ministry", today),
        ("Cho các tỉnh", "province", None),
        ("Đã hết hạn", "", yesterday),
    ):
        Announcement.objects.create(title=title, text="…", audience=audience, until=until, published_by=author)
    page = login(UserFactory(organisation=body)).get("/").content.decode()
    assert "Cho mọi cơ quan" in page
    assert "Cho các bộ" in page
    assert "Cho các tỉnh" not in page
    assert "Đã hết hạn" not in page


def test_notices_are_read_by_post_and_only_ones_own(login, body):
    user = UserFactory(organisation=body)
    mine = Notice.objects.create(user=user, text="Phiếu 1.000001 bị trả lại", url="/reviews/1/")
    other = Notice.objects.create(user=UserFactory(), text="Của người khác")
    client = login(user)
    assert "Phiếu 1.000001 bị trả lại" in client.get("/").content.decode()
    answer = client.post(
        reverse("reviews:read_notices"), {"notice": [mine.pk, other.pk, "x"], "next": "https://example.com/"}
    )
    assert answer["Location"] == "/"
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.read_at is not None
    assert other.read_at is None
    assert "Phiếu 1.000001" not in client.get("/").content.decode()


def test_a_closed_round_is_still_shown(login, body, campaign):
    campaign.state = CampaignState.CLOSED
    campaign.closed_at = timezone.now()
    campaign.save()
    assert "đã đóng" in login(UserFactory(organisation=body)).get("/").content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_the_home_costs_the_same_at_one_review_and_at_twenty(role, login, body, campaign):
    user = UserFactory(role=role, organisation=body if role in BODY_ROLES else DepartmentFactory())
    client = login(user)
    mine = user if role == Role.OFFICIAL else None
    reviews(campaign, body, 1, assignee=mine)
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    reviews(campaign, body, 19, assignee=mine)
    for _ in range(9):
        Notice.objects.create(user=user, text="Tin")
    # The first reader after a change counts the body anew.
    client.get("/")
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(few)
