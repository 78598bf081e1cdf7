"""Pages of giving work out: figures that add up, whole sets, hand-over."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.demo.build import build
from reviews.models import Campaign, Review, ReviewEvent, ScopeItem
from reviews.reports.workloads import matcher, workload
from tests.factories import OrganisationFactory, ProcedureFactory, ScopeItemFactory, SectorFactory, UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Organisation

pytestmark = pytest.mark.django_db

ASSIGNMENTS, SPREAD, HAND_OVER = (reverse(f"reviews:{name}") for name in ("assignments", "spread", "hand_over"))


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def focal(cast, login):
    return login(cast.own["focal_point"])


def unit_of(cast, name):
    return OrganisationFactory(kind="unit", parent=cast.body, name=name)


def free(cast, number=1, *, sector=None, executing=(), **facts):
    made = []
    for _ in range(number):
        item = ScopeItemFactory(
            campaign=cast.campaign,
            procedure=ProcedureFactory(publisher=cast.body),
            sector=sector,
            sector_name=sector.name if sector else "",
            executing_bodies=list(executing),
        )
        made.append(cast.review("not_started", scope_item=item, **facts))
    return made


def listed(client, url):
    """What the list behind a figure says its total is."""
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.context["page_obj"].paginator.count


def figures_of(client, url=ASSIGNMENTS):
    work = client.get(url).context["work"]
    loads = [work.scope, work.nobody, *work.people, *work.units]
    found = [(load.url, load.total) for load in loads]
    return work, found + [(href, number) for load in loads for *_, number, href in load.cells()]


def test_the_figures_add_up_and_each_is_the_count_of_its_list(cast, focal):
    unit = unit_of(cast, "Vụ Pháp chế")
    person = UserFactory(organisation=unit)
    cast.review("draft", assignee=person, unit=unit)
    cast.review("submitted", assignee=cast.own["official"])
    cast.review("not_started", unit=unit)
    free(cast, 3)
    cast.review("not_started", eligible=False)
    work, figures = figures_of(focal)
    assert (work.scope.total, work.given, work.nobody.total, work.in_units, work.free) == (6, 2, 4, 1, 3)
    for url, number in figures:
        assert listed(focal, url) == number, url
    assert listed(focal, work.free_url) == work.free


@pytest.mark.parametrize("seed", range(10))
def test_persons_and_the_unassigned_add_up_to_what_is_in_scope_in_random_rounds(seed):
    campaign = make_round(seed)
    dice = random.Random(seed)
    for body in Organisation.objects.filter(participations__campaign=campaign):
        units = [OrganisationFactory(kind="unit", parent=body, code=f"{body.code}.{n}") for n in range(2)]
        people = [UserFactory(organisation=dice.choice([body, *units])) for _ in range(4)]
        people[0].delete()
        for review in Review.objects.filter(campaign=campaign, organisation=body, eligible=True):
            review.assignee, review.unit = dice.choice([None, *people]), dice.choice([None, *units])
            review.save()
        work = workload(campaign, body)
        asked = Review.objects.filter(campaign=campaign, organisation=body, eligible=True)
        assert work.scope.total == asked.count()
        assert sum(one.total for one in work.people) + work.nobody.total == work.scope.total
        assert sum(one.total for one in work.units) == work.scope.total
        assert work.given + work.in_units + work.free == work.scope.total
        for status in dict.fromkeys(asked.values_list("status", flat=True)):
            assert sum(one.statuses[status] for one in [*work.people, work.nobody]) == work.scope.statuses[status]
        assert sum(work.scope.statuses.values()) == work.scope.total


def test_who_has_too_much_is_too_late_or_has_left_is_marked_with_the_figures(cast, focal):
    busy, gone = cast.own["official"], UserFactory(organisation=cast.body)
    others = [UserFactory(organisation=cast.body) for _ in range(2)]
    free(cast, 8, assignee=busy)
    for person in others:
        free(cast, 2, assignee=person)
    cast.review("accepted", assignee=gone)
    gone.delete()
    marks = {person.key: person.marks for person in figures_of(focal)[0].people if person.marks}
    assert marks[str(busy.pk)] == ["Quá tải: 8 phiếu chưa hoàn thành, trung bình 4,0"]
    assert marks[str(gone.pk)] == ["Không còn làm phiếu ở cơ quan: cần bàn giao"]
    assert set(marks) == {str(busy.pk), str(gone.pk)}
    cast.campaign.deadline = cast.campaign.opens_on
    cast.campaign.save()
    late = {person.key: person.marks for person in figures_of(focal)[0].people}
    assert "Quá hạn 30/09/2021: còn 2 phiếu chưa hoàn thành" in late[str(others[0].pk)]


def test_one_and_a_half_times_the_mean_is_not_yet_too_much(cast, focal):
    for person, number in ((cast.own["official"], 3), (cast.own["focal_point"], 1)):
        free(cast, number, assignee=person)
    assert not figures_of(focal)[0].marked


def test_the_page_costs_the_same_with_one_and_with_twenty(cast, focal):
    unit_of(cast, "Vụ Pháp chế")
    free(cast, 1, sector=SectorFactory(), assignee=cast.own["official"])
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            focal.get(ASSIGNMENTS)
        costs.append(len(captured))
        for number in range(20):
            unit = unit_of(cast, f"Vụ {number}")
            free(cast, 1, sector=SectorFactory(), assignee=UserFactory(organisation=unit), unit=unit)
            free(cast, 1, sector=SectorFactory(), executing=[unit.name])
    assert costs[0] == costs[1]


def test_leaders_read_and_give_nothing(cast, login):
    free(cast, 2)
    leader = login(cast.own["leader"])
    page = leader.get(ASSIGNMENTS)
    assert page.status_code == 200
    assert 'name="how"' not in page.content.decode()
    for url in (SPREAD, HAND_OVER):
        assert leader.get(url).status_code == 403


def test_a_unit_named_as_executing_body_is_suggested_and_taken_over_with_one_button(cast, focal):
    hull, road = unit_of(cast, "Cục Hàng hải Việt Nam"), unit_of(cast, "Cục Đường bộ Việt Nam")
    named = free(cast, 3, executing=["Cục Hàng hải Việt Nam"])
    written = free(cast, 2, executing=["cục đường bộ việt nam - Bộ Xây dựng"])
    both = free(cast, 1, executing=[hull.name, road.name])
    held = free(cast, 1, executing=[hull.name], assignee=cast.own["official"])
    page = focal.get(ASSIGNMENTS)
    assert page.context["suggested_total"] == 5
    assert not Review.objects.filter(unit__isnull=False).exists()
    query = page.context["free_query"]
    answer = focal.post(SPREAD, {"how": "units", "list": query, "campaign": cast.campaign.code}, follow=True)
    assert "Đã giao 5 phiếu cho 2 nơi nhận" in answer.content.decode()
    assert {review.unit_id for review in Review.objects.filter(pk__in=[one.pk for one in named])} == {hull.pk}
    assert {review.unit_id for review in Review.objects.filter(pk__in=[one.pk for one in written])} == {road.pk}
    assert not Review.objects.filter(pk__in=[both[0].pk, held[0].pk], unit__isnull=False).exists()
    assert ReviewEvent.objects.values("bulk_id").distinct().count() == 1


def test_names_must_match_as_a_whole(cast):
    unit_of(cast, "Cục Thuế")
    match = matcher(cast.body)
    assert match(["Cục Thuế tỉnh Hà Nam"]) is None
    assert match(["Bộ Tài chính (Cục thuế)"]).name == "Cục Thuế"


def test_sectors_are_given_in_one_go_and_a_blank_line_stays(cast, focal):
    unit = unit_of(cast, "Vụ Vật liệu")
    first, second, third = (SectorFactory() for _ in range(3))
    free(cast, 3, sector=first)
    free(cast, 2, sector=second)
    free(cast, 2, sector=third)
    free(cast, 1)
    held = free(cast, 1, sector=first, assignee=cast.own["focal_point"])[0]
    person = cast.own["official"]
    data = {
        "how": "sectors",
        "campaign": cast.campaign.code,
        f"sector_{first.pk}": f"u{unit.pk}",
        f"sector_{second.pk}": f"p{person.pk}",
        f"sector_{third.pk}": "",
        "sector_none": f"u{unit.pk}",
    }
    answer = focal.post(SPREAD, data, follow=True)
    assert "Đã giao 6 phiếu cho 2 nơi nhận" in answer.content.decode()
    assert Review.objects.filter(unit=unit, assignee=None).count() == 4
    assert Review.objects.filter(assignee=person, scope_item__sector=second).count() == 2
    assert Review.objects.filter(scope_item__sector=third, unit=None, assignee=None).count() == 2
    held.refresh_from_db()
    assert held.assignee == cast.own["focal_point"]
    focal.post(SPREAD, data | {"again": "on"})
    held.refresh_from_db()
    assert (held.unit, held.assignee) == (unit, None)
    focal.post(SPREAD, {"how": "sectors", f"sector_{first.pk}": "none"})
    assert Review.objects.filter(scope_item__sector=first, unit=None, assignee=None).count() == 4


def test_a_receiver_of_another_body_writes_nothing_and_keeps_what_was_chosen(cast, focal):
    sector = SectorFactory()
    free(cast, 1, sector=sector)
    stranger = cast.other["official"]
    answer = focal.post(SPREAD, {"how": "sectors", f"sector_{sector.pk}": f"p{stranger.pk}"})
    assert answer.status_code == 422
    assert "không còn" in answer.content.decode()
    answer = focal.post(SPREAD, {"how": "chosen", "list": "", "receivers": [f"p{stranger.pk}"]})
    assert answer.status_code == 422
    assert "không còn nhận được phiếu" in answer.content.decode()
    assert not ReviewEvent.objects.exists()


def test_what_a_filter_leaves_is_counted_first_then_divided_evenly(cast, focal):
    sectors = [SectorFactory() for _ in range(4)]
    for sector in sectors:
        free(cast, 3, sector=sector)
    free(cast, 2, sector=sectors[0], assignee=cast.own["official"])
    cast.review("submitted")
    ends = [unit_of(cast, f"Vụ {number}") for number in range(2)]
    query = "eligible=1&local=all"
    page = focal.get(f"{SPREAD}?{query}")
    assert page.context["counts"] == {"matching": 15, "assignable": 14, "free": 12, "held": 2}
    focal.post(SPREAD, {"how": "chosen", "list": query, "receivers": [f"u{unit.pk}" for unit in ends]})
    assert [Review.objects.filter(unit=unit).count() for unit in ends] == [6, 6]
    for sector in sectors:
        units = Review.objects.filter(scope_item__sector=sector, assignee=None).values("unit").distinct()
        assert units.count() == 1
    narrowed = f"{query}&unit={ends[0].pk}"
    answer = focal.post(SPREAD, {"how": "take_back", "list": narrowed}, follow=True)
    assert "Đã thu hồi 6 phiếu" in answer.content.decode()
    assert Review.objects.filter(unit=ends[1]).count() == 6


def test_a_unit_spread_among_its_people(cast, focal):
    unit = unit_of(cast, "Vụ Pháp chế")
    people = [UserFactory(organisation=unit) for _ in range(3)]
    free(cast, 7)
    focal.post(SPREAD, {"how": "chosen", "list": "", "receivers": [f"e{unit.pk}"]})
    assert sorted(Review.objects.filter(assignee=one, unit=unit).count() for one in people) == [2, 2, 3]


def test_a_filter_that_means_nothing_gives_nothing(cast, focal):
    free(cast, 2)
    answer = focal.post(
        SPREAD, {"how": "chosen", "list": "status=nonsense", "receivers": [f"p{cast.own['official'].pk}"]}
    )
    assert answer.context["counts"]["matching"] == 0
    assert not ReviewEvent.objects.exists()


def test_other_bodies_settled_reviews_are_never_given(cast, login):
    cast.review("accepted")
    client = login(cast.other["focal_point"])
    page = client.get(f"{SPREAD}?organisation={cast.body.code}")
    assert page.context["counts"]["matching"] == 0


def test_a_leaver_hands_over_in_one_action(cast, focal):
    leaver, heir = UserFactory(organisation=cast.body), cast.own["official"]
    for status in ("draft", "draft", "ready", "submitted", "approved"):
        cast.review(status, assignee=leaver)
    leaver.delete()
    page = focal.get(HAND_OVER)
    assert [(person, number) for person, number in page.context["holders"]] == [(leaver, 4)]
    page = focal.get(HAND_OVER, {"person": leaver.pk})
    assert page.context["total"] == 4
    assert ("draft", "Đang rà soát", 2) in page.context["counts"]
    answer = focal.post(HAND_OVER, {"person": leaver.pk, "receivers": [f"p{heir.pk}"], "reason": ""})
    assert "Bàn giao phải nêu lý do" in answer.content.decode()
    assert not ReviewEvent.objects.exists()
    answer = focal.post(
        HAND_OVER, {"person": leaver.pk, "receivers": [f"p{heir.pk}"], "reason": "Nghỉ hưu"}, follow=True
    )
    assert f"Đã bàn giao 4 phiếu của {leaver}" in answer.content.decode()
    assert Review.objects.filter(assignee=heir).count() == 4


@pytest.mark.parametrize("person", ["x", "999999", "stranger"])
def test_a_stranger_hands_nothing_over(cast, focal, person):
    asked = cast.other["official"].pk if person == "stranger" else person
    assert focal.get(HAND_OVER, {"person": asked}).status_code == 404


def test_the_list_shows_the_unit_where_there_is_no_person(cast, focal):
    unit = unit_of(cast, "Vụ Vật liệu xây dựng")
    free(cast, 1, unit=unit)
    page = focal.get(reverse("reviews:list")).content.decode()
    assert '<td data-label="Người được giao">Vụ Vật liệu xây dựng</td>' in page
    assert "Giao tất cả phiếu khớp bộ lọc" in page


def test_without_a_round_there_is_a_page_that_says_so(login):
    person = UserFactory(role="focal_point")
    assert "Chưa có đợt rà soát nào" in login(person).get(ASSIGNMENTS).content.decode()
    page = login(person).get(SPREAD).content.decode()
    assert "Chưa có đợt rà soát nào" in page
    assert "sau khi cơ quan chủ trì mở đợt rà soát" in page
    assert login(person).post(SPREAD, {"how": "sectors"}).status_code == 409


def test_a_closed_round_is_read_only(cast, focal):
    free(cast, 1)
    ScopeItem.objects.update(sector=None)
    cast.campaign.state, cast.campaign.closed_at = "closed", cast.campaign.opened_at
    cast.campaign.save()
    assert "đã đóng" in focal.get(ASSIGNMENTS).content.decode()
    focal.post(SPREAD, {"how": "chosen", "list": "", "receivers": [f"p{cast.own['official'].pk}"]})
    assert not ReviewEvent.objects.exists()


def test_every_body_of_the_illustrative_round_adds_up():
    build()
    campaign = Campaign.objects.get(code="2021")
    marked = 0
    for body in Organisation.objects.filter(participations__campaign=campaign):
        work = workload(campaign, body)
        asked = Review.objects.filter(campaign=campaign, organisation=body, eligible=True)
        assert work.scope.total == asked.count() == sum(work.scope.statuses.values())
        assert sum(one.total for one in work.people) + work.nobody.total == work.scope.total
        assert sum(one.total for one in work.units) == work.scope.total
        assert work.nobody.total == asked.filter(assignee=None).count() == work.in_units + work.free
        marked += len(work.marked)
    assert marked
