"""Deadlines told before they come, each once."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.actions.deadlines import extend
from reviews.actions.reminding import remind
from reviews.models import Campaign, Notice, Review
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ReviewFactory,
    ScopeItemFactory,
    UserFactory,
)
from tthc_portal.accounts.models import Deputy, Role
from tthc_portal.jobs.periodic import WORK

pytestmark = pytest.mark.django_db

END = datetime.date(2021, 10, 31)
MORE_TIME = "Cần thêm thời gian thì đề nghị cơ quan chủ trì gia hạn."


@pytest.fixture
def clock(monkeypatch):
    """A function that sets the time: so many days before the end (negative: after it), at an hour of Hà Nội."""

    def at(days, hour="08:00"):
        day = END - datetime.timedelta(days=days)
        monkeypatch.setattr(timezone, "now", lambda: datetime.datetime.fromisoformat(f"{day}T{hour}:00+07:00"))

    return at


@pytest.fixture
def body():
    return OrganisationFactory(code="G15")


@pytest.fixture
def people(body):
    """An official, a focal point in a unit, a leader, and an official with nothing to do."""
    unit = OrganisationFactory(code="G15.01", kind="unit", parent=body)
    roles = {"official": Role.OFFICIAL, "leader": Role.LEADER, "idle": Role.OFFICIAL}
    found = {name: UserFactory(role=role, organisation=body) for name, role in roles.items()}
    return found | {"focal": UserFactory(role=Role.FOCAL_POINT, organisation=unit)}


@pytest.fixture
def campaign(body, people):
    """A round in which the body has 2 reviews of the official's to finish, 1 that waits for the check, 1 sent."""
    campaign = CampaignFactory(code="2021", title="Đợt 2021", deadline=END)
    ParticipationFactory(campaign=campaign, organisation=body)
    for status in ("draft", "returned", "ready", "submitted"):
        item = ScopeItemFactory(campaign=campaign, owner=body, procedure__publisher=body)
        official = people["official"]
        done = {"version": 1, "conclusion": "keep", "finished_by": official}
        ReviewFactory(scope_item=item, status=status, assignee=official, **done)
    return campaign


def told():
    """{person: texts in order}."""
    found = {}
    for notice in Notice.objects.order_by("created_at", "pk"):
        found.setdefault(notice.user_id, []).append(notice.text)
    return found


def test_people_hear_five_days_and_one_day_before_and_once_it_has_passed(campaign, people, clock):
    heard = []
    for days in range(10, -11, -1):
        clock(days)
        before = Notice.objects.count()
        remind()
        remind()
        if Notice.objects.count() > before:
            heard.append(days)
    assert heard == [5, 1, -1]
    texts = told()
    assert texts[people["official"].pk] == [
        "Còn 5 ngày đến hạn gửi (hết ngày 31/10/2021, đợt “Đợt 2021”): bạn còn 2 phiếu chưa hoàn thành.",
        "Còn 1 ngày đến hạn gửi (hết ngày 31/10/2021, đợt “Đợt 2021”): bạn còn 2 phiếu chưa hoàn thành.",
        f"Đã quá hạn gửi (hết ngày 31/10/2021, đợt “Đợt 2021”): bạn còn 2 phiếu chưa hoàn thành. {MORE_TIME}",
    ]
    for name in ("focal", "leader"):
        assert [text.count("cơ quan còn 3 phiếu chưa gửi") for text in texts[people[name].pk]] == [1, 1, 1]
    assert people["idle"].pk not in texts
    assert Notice.objects.first().url == "/?campaign=2021#deadline"


def test_the_end_is_the_end_of_the_day_in_hanoi(campaign, clock):
    clock(0, "23:59")
    assert remind() == 3
    assert "Hôm nay là ngày cuối" in Notice.objects.first().text
    clock(-1, "00:00")
    assert remind() == 3


def test_a_worker_that_was_down_makes_up_for_it_once(campaign, people, clock):
    for days in (3, 2):
        clock(days)
        remind()
    assert [text[:10] for text in told()[people["official"].pk]] == ["Còn 3 ngày"]


def test_who_has_nothing_left_hears_nothing(campaign, clock):
    Review.objects.update(status="submitted")
    clock(1)
    assert remind() == 0
    Review.objects.update(status="draft", eligible=False, removed=True, frozen_standing="eligible")
    assert remind() == 0


def test_a_longer_deadline_starts_anew_and_a_round_that_is_not_open_is_quiet(campaign, body, people, clock):
    head = UserFactory(role=Role.DEPARTMENT_HEAD, organisation=DepartmentFactory())
    clock(1)
    assert remind() == 3
    later = END + datetime.timedelta(days=10)
    extend(by=head, campaign=campaign, bodies=[body], until=later, reason="Bão lụt")
    clock(-1)
    assert remind() == 0
    clock(-5)
    assert remind() == 3
    assert f"hết ngày {later:%d/%m/%Y}" in told()[people["official"].pk][-1]
    Campaign.objects.update(state="closed", closed_at=timezone.now())
    clock(-9)
    assert remind() == 0


def test_a_person_hears_once_a_day_though_two_rounds_end(campaign, body, people, clock):
    second = CampaignFactory(code="2022", title="Đợt hai", deadline=END)
    ParticipationFactory(campaign=second, organisation=body)
    item = ScopeItemFactory(campaign=second, owner=body, procedure__publisher=body)
    ReviewFactory(scope_item=item, assignee=people["official"])
    clock(5)
    remind()
    assert len(told()[people["official"].pk]) == 1
    clock(4)
    remind()
    remind()
    assert [text.split("“")[1][:8] for text in told()[people["official"].pk]] == ["Đợt 2021", "Đợt hai”"]


def test_other_bodies_and_people_who_left_hear_nothing(campaign, people, clock):
    stranger = UserFactory(role=Role.FOCAL_POINT, organisation=OrganisationFactory())
    people["leader"].is_active = False
    people["leader"].save()
    clock(5)
    assert remind() == 2
    assert set(told()) == {people["official"].pk, people["focal"].pk}
    assert stranger.pk not in told()


def test_telling_costs_the_same_for_few_and_for_many(campaign, body, clock, django_assert_max_num_queries):
    for _ in range(20):
        person = UserFactory(organisation=body)
        item = ScopeItemFactory(campaign=campaign, owner=body, procedure__publisher=body)
        ReviewFactory(scope_item=item, assignee=person)
    clock(5)
    with django_assert_max_num_queries(12):
        assert remind() == 23


def test_it_comes_round_by_itself():
    assert remind in [work for _, work in WORK]


def stand_in(people, absent, deputy, days=range(-9, 9)):
    """``deputy`` stands in for ``absent`` on those days before the end."""
    first, last = (END - datetime.timedelta(days=day) for day in (days[-1], days[0]))
    facts = {"user": people[absent], "deputy": people[deputy], "made_by": people["focal"]}
    return Deputy.objects.create(**facts, starts_on=first, ends_on=last)


def test_who_stands_in_for_an_official_hears_of_his_forms_beside_his_own(campaign, body, people, clock):
    item = ScopeItemFactory(campaign=campaign, owner=body, procedure__publisher=body)
    ReviewFactory(scope_item=item, assignee=people["idle"])
    stand_in(people, "official", "idle")
    clock(5)
    assert remind() == 4
    remind()
    (text,) = told()[people["idle"].pk]
    assert text == (
        "Còn 5 ngày đến hạn gửi (hết ngày 31/10/2021, đợt “Đợt 2021”): bạn còn 1 phiếu chưa hoàn thành; "
        f"bạn làm thay {people['official']}, còn 2 phiếu chưa hoàn thành."
    )
    # The absent one may be back sooner than he thinks: he hears as before.
    assert "bạn còn 2 phiếu chưa hoàn thành." in told()[people["official"].pk][0]


def test_who_has_nothing_himself_hears_of_those_he_stands_in_for(campaign, people, clock):
    stand_in(people, "official", "idle")
    clock(1)
    remind()
    (text,) = told()[people["idle"].pk]
    assert text.endswith(f"): bạn làm thay {people['official']}, còn 2 phiếu chưa hoàn thành.")


def test_who_stands_in_for_the_focal_point_hears_what_the_body_owes(campaign, people, clock):
    stand_in(people, "focal", "idle")
    stand_in(people, "official", "focal")
    clock(1)
    remind()
    (text,) = told()[people["idle"].pk]
    assert text.endswith(f"): bạn làm thay {people['focal']}, cơ quan còn 3 phiếu chưa gửi.")
    (text,) = told()[people["focal"].pk]
    assert text.endswith(
        f": cơ quan còn 3 phiếu chưa gửi; bạn làm thay {people['official']}, còn 2 phiếu chưa hoàn thành."
    )


def test_one_focal_point_for_another_is_told_of_the_body_once(campaign, body, people, clock):
    people["second"] = UserFactory(role=Role.FOCAL_POINT, organisation=body)
    stand_in(people, "focal", "second")
    clock(1)
    remind()
    (text,) = told()[people["second"].pk]
    assert text.count("cơ quan còn 3 phiếu chưa gửi") == 1


def test_a_deputy_hears_only_on_his_days_and_of_forms_still_to_be_finished(campaign, people, clock):
    stand_in(people, "official", "idle", range(2, 5))
    for days in (5, 1):
        clock(days)
        remind()
    assert people["idle"].pk not in told()
    stand_in(people, "official", "idle", range(-2, 0))
    Review.objects.filter(assignee=people["official"]).update(status="submitted")
    clock(-1)
    remind()
    assert people["idle"].pk not in told()


def test_reminding_many_deputies_asks_no_more_of_the_database(campaign, body, people, clock):
    def queries(days):
        clock(days)
        with CaptureQueriesContext(connection) as asked:
            remind()
        return len(asked)

    stand_in(people, "official", "idle")
    one = queries(5)
    for _ in range(19):
        people["more"] = UserFactory(role=Role.OFFICIAL, organisation=body)
        stand_in(people, "official", "more")
    assert queries(1) == one
    assert Notice.objects.filter(text__contains="làm thay").count() == 21
