"""All notices of a person on one page."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.models import Notice
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NOTICES, READ = reverse("reviews:notices"), reverse("reviews:read_notices")


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def client(login, user):
    return login(user)


def tell(user, number, *, read=False, first=1):
    """So many notices, each newer than the one before."""
    now = timezone.now()
    return [
        Notice.objects.create(
            user=user, text=f"Tin số {place}.", url=f"/reviews/?q={place}", read_at=now if read else None,
            created_at=now + timezone.timedelta(seconds=place),
        )
        for place in range(first, first + number)
    ]  # fmt: skip


def shown(client, **query):
    """The numbers of the notices on the page in order."""
    return [int(found) for found in re.findall(r">Tin số (\d+)\.</a>", client.get(NOTICES, query).content.decode())]


def count(page) -> int:
    return int(re.search(r'id="result-count" data-count="(\d+)"', page).group(1))


def test_the_home_shows_ten_and_leads_to_all(client, user):
    assert NOTICES in client.get("/").content.decode()
    tell(user, 12)
    page = client.get("/").content.decode()
    assert f'href="{NOTICES}"' in page
    assert "Xem tất cả" in page
    assert page.count("Tin số") == 10
    assert "Đã đọc 10 tin này" in page
    assert count(client.get(NOTICES).content.decode()) == 12


def test_unread_ones_come_first_then_the_newest(client, user):
    tell(user, 2, read=True, first=5)
    tell(user, 3)
    tell(UserFactory(), 4, first=50)
    assert shown(client) == [3, 2, 1, 6, 5]
    assert shown(client, state="unread") == [3, 2, 1]
    assert shown(client, state="read") == [6, 5]
    assert shown(client, state="x") == [3, 2, 1, 6, 5]
    page = client.get(NOTICES).content.decode()
    assert "3 tin chưa đọc" in page
    assert re.findall(r"<strong>(\d+)</strong></a>", page) == ["5", "3", "2"]


def test_pages_hold_fifty(client, user):
    tell(user, 53)
    assert len(shown(client)) == 50
    assert shown(client, page=2) == [3, 2, 1]


def test_all_are_marked_as_read_but_those_that_came_since(client, user):
    mine = tell(user, 60)
    other = tell(UserFactory(), 1)[0]
    page = client.get(NOTICES).content.decode()
    until = re.search(r'name="until" value="(\d+)"', page).group(1)
    (late,) = tell(user, 1, first=61)
    answer = client.post(READ, {"until": until, "next": NOTICES})
    assert answer["Location"] == NOTICES
    unread = set(Notice.objects.filter(read_at=None))
    assert unread == {late, other}
    assert len(mine) == 60
    assert shown(client)[0] == 61


def test_one_is_marked_as_read_and_one_stays_on_the_list(client, user):
    one, two = tell(user, 2)
    answer = client.post(READ, {"notice": one.pk, "next": f"{NOTICES}?state=unread"})
    assert answer["Location"] == f"{NOTICES}?state=unread"
    assert shown(client, state="unread") == [2]


@pytest.mark.parametrize("until", ["", "x", "9" * 30, "-1"])
def test_a_wrong_number_marks_nothing(client, user, until):
    tell(user, 1)
    assert client.post(READ, {"until": until}).status_code == 302
    assert Notice.objects.filter(read_at=None).count() == 1


def test_looking_marks_nothing_and_none_say_so(client, user):
    page = client.get(NOTICES).content.decode()
    assert "Chưa có tin báo nào" in page
    assert "Đánh dấu tất cả" not in page
    tell(user, 1)
    client.get(NOTICES)
    assert Notice.objects.filter(read_at=None).count() == 1
    assert "Không có tin nào ở mục này" in client.get(NOTICES, {"state": "read"}).content.decode()


def test_it_costs_the_same_queries_for_one_and_for_twenty(client, user):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(NOTICES)
        return len(asked)

    tell(user, 1)
    one = queries()
    tell(user, 19, first=2)
    assert queries() == one
