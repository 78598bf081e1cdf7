"""Standing in for somebody: appointed with days, ended, seen in lists and on the form."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.actions.deadlines import today
from reviews.models import Review, ReviewEvent
from tests.factories import UserFactory
from tests.reviews.cast import form_data, make_cast
from tthc_portal.accounts.models import Deputy

pytestmark = pytest.mark.django_db

DEPUTIES = reverse("reviews:deputies")


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def absent(cast):
    return UserFactory(organisation=cast.body, full_name="Trần Thị Vắng")


def day(shift):
    return today() + datetime.timedelta(days=shift)


def appoint(client, absent, deputy, first=0, last=5, **facts):
    data = {
        "user": absent.pk,
        "deputy": deputy.pk,
        "starts_on": day(first),
        "ends_on": day(last),
        "reason": "Nghỉ phép",
    }
    return client.post(DEPUTIES, data | facts, follow=True)


def test_a_focal_point_appoints_and_ends_with_today(cast, absent, login):
    focal = login(cast.own["focal_point"])
    answer = appoint(focal, absent, cast.own["official"])
    assert f"làm thay Trần Thị Vắng từ {day(0):%d/%m/%Y} đến hết ngày {day(5):%d/%m/%Y}" in answer.content.decode()
    made = Deputy.objects.get()
    assert (made.made_by, made.reason) == (cast.own["focal_point"], "Nghỉ phép")
    focal.post(reverse("reviews:deputy_end", args=[made.pk]))
    made.refresh_from_db()
    assert made.ends_on == today()


def test_one_not_begun_is_dropped(cast, absent, login):
    focal = login(cast.own["focal_point"])
    appoint(focal, absent, cast.own["official"], 3, 5)
    answer = focal.post(reverse("reviews:deputy_end", args=[Deputy.objects.get().pk]), follow=True)
    assert "chưa đến ngày bắt đầu" in answer.content.decode()
    assert not Deputy.objects.exists()


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [(2, 1, "phải từ ngày bắt đầu"), (-5, -1, "đã qua"), (5, 9, "đã có"), (-3, 0, "đã có"), (1, 2, "đã có")],
)
def test_backward_past_and_overlapping_days_are_refused_with_a_sentence(cast, absent, login, first, last, sentence):
    focal = login(cast.own["focal_point"])
    appoint(focal, absent, cast.own["official"])
    answer = appoint(focal, absent, cast.own["focal_point"], first, last)
    assert sentence in answer.content.decode()
    assert Deputy.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"starts_on": "01/10/0021"}, {"ends_on": "31/12/2206"}])
def test_a_slip_of_the_year_gives_nobody_anothers_forms_for_ever(cast, absent, login, wrong):
    answer = appoint(login(cast.own["focal_point"]), absent, cast.own["official"], **wrong)
    assert "không hợp lý; hãy kiểm tra lại (từ năm 2000 đến năm 2100)" in answer.content.decode()
    assert "Nghỉ phép" in answer.content.decode()
    assert not Deputy.objects.exists()


def test_the_day_after_is_free_again(cast, absent, login):
    focal = login(cast.own["focal_point"])
    appoint(focal, absent, cast.own["official"])
    appoint(focal, absent, cast.own["focal_point"], 6, 9)
    assert Deputy.objects.count() == 2


def test_strangers_leaders_the_inactive_and_oneself_do_not_stand_in(cast, absent, login):
    focal = login(cast.own["focal_point"])
    gone = UserFactory(organisation=cast.body, is_active=False)
    for person in (cast.other["official"], cast.own["leader"], gone, absent):
        assert appoint(focal, absent, person).status_code == 422
    appoint(focal, cast.other["official"], cast.own["official"])
    assert not Deputy.objects.exists()


def test_only_the_focal_point_of_the_body_appoints_and_ends(cast, absent, login):
    row = Deputy.objects.create(
        user=absent, deputy=cast.own["official"], starts_on=day(0), ends_on=day(9), made_by=cast.own["focal_point"]
    )
    for role in ("official", "leader"):
        assert appoint(login(cast.own[role]), absent, cast.own["focal_point"], 20, 30).status_code == 403
    end = reverse("reviews:deputy_end", args=[row.pk])
    assert login(cast.own["official"]).post(end).status_code == 403
    assert login(cast.other["focal_point"]).post(end).status_code == 404
    row.refresh_from_db()
    assert (row.ends_on, Deputy.objects.count()) == (day(9), 1)


def test_a_deputy_finds_the_work_in_his_own_list_and_saves_it_as_himself(cast, absent, login):
    review = cast.review("not_started", assignee=absent)
    client = login(cast.own["official"])
    url, mine = reverse("reviews:detail", args=[review.pk]), reverse("reviews:list") + "?assignee=me"
    assert client.get(mine).context["page_obj"].paginator.count == 0
    assert client.post(url, form_data()).status_code == 409
    appoint(login(cast.own["focal_point"]), absent, cast.own["official"])
    assert client.get(mine).context["page_obj"].paginator.count == 1
    home = client.get(reverse("home"))
    assert {queue.figure: queue.number for queue in home.context["queues"]}["mine_not_started"] == 1
    page = client.get(url).content.decode()
    assert f"Bạn đang làm thay Trần Thị Vắng đến hết ngày {day(5):%d/%m/%Y}" in page
    client.post(url, form_data())
    review.refresh_from_db()
    assert (review.status, review.assignee) == ("draft", absent)
    assert ReviewEvent.objects.get(review=review).by == cast.own["official"]


def test_the_right_ends_with_the_last_second_of_its_last_day_in_hanoi(cast, absent, login, monkeypatch):
    review = cast.review("not_started", assignee=absent)
    Deputy.objects.create(
        user=absent,
        deputy=cast.own["official"],
        starts_on=datetime.date(2021, 10, 30),
        ends_on=datetime.date(2021, 10, 31),
        made_by=absent,
    )
    client, url = login(cast.own["official"]), reverse("reviews:detail", args=[review.pk])
    moment = {"now": "2021-11-01T00:00:00+07:00"}
    monkeypatch.setattr("tthc_portal.accounts.deputies.timezone", Clock(moment))
    assert client.post(url, form_data()).status_code == 409
    assert Review.objects.get().status == "not_started"
    moment["now"] = "2021-10-31T23:59:59+07:00"
    assert client.post(url, form_data()).status_code == 302
    assert Review.objects.get().status == "draft"


class Clock:
    """Django's timezone with a time of its own."""

    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return datetime.datetime.fromisoformat(self.moment["now"])

    def __getattr__(self, name):
        return getattr(timezone, name)


def test_the_list_costs_the_same_with_one_and_with_twenty(cast, absent, login, django_assert_num_queries):
    focal, made_by = login(cast.own["focal_point"]), cast.own["focal_point"]

    def row(shift):
        Deputy.objects.create(
            user=UserFactory(organisation=cast.body),
            deputy=cast.own["official"],
            starts_on=day(shift),
            ends_on=day(shift + 1),
            made_by=made_by,
        )

    row(0)
    with CaptureQueriesContext(connection) as once:
        focal.get(DEPUTIES)
    for shift in range(20):
        row(shift)
    with django_assert_num_queries(len(once)):
        assert focal.get(DEPUTIES).context["page_obj"].paginator.count == 21


def test_the_page_stands_under_assigning_in_the_navigation(cast, login):
    for role, label in (("focal_point", "Phân công"), ("official", "Phiếu rà soát")):
        items = login(cast.own[role]).get(DEPUTIES).context["nav_items"]
        assert [item["label"] for item in items if item["active"]] == [label]
