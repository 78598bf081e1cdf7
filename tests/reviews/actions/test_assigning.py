"""Giving reviews to units and people."""

import datetime
import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.models import Procedure
from reviews.actions.actors import actor_for, verdict
from reviews.actions.assigning import assign, distribute, hand_over, spread_evenly
from reviews.actions.deadlines import today
from reviews.actions.working import autosave
from reviews.models import Review, ReviewEvent, ScopeItem, WorkingCopy
from reviews.rules.merging import Hand
from reviews.rules.workflow import Action
from tests.factories import OrganisationFactory, ScopeItemFactory, UserFactory
from tests.reviews.cast import make_cast
from tthc_portal.accounts.models import Deputy, Role

pytestmark = pytest.mark.django_db


def test_an_assignment_takes_the_persons_unit_and_writes_one_event():
    cast = make_cast()
    unit = OrganisationFactory(kind="unit", parent=cast.body)
    person = UserFactory(organisation=unit)
    review = cast.review("draft")
    outcome = assign(by=cast.own["focal_point"], reviews=[review], assignee=person)
    review.refresh_from_db()
    assert (review.assignee, review.unit, len(outcome.done)) == (person, unit, 1)
    event = ReviewEvent.objects.get(review=review, action="assign")
    assert event.changes["assignee"][1] == f"{person} ({person.username})"
    assign(by=cast.own["focal_point"], reviews=[review], assignee=person)
    assert ReviewEvent.objects.filter(action="assign").count() == 1


def test_reviews_sent_excluded_or_of_another_body_are_refused_and_the_rest_given():
    cast = make_cast()
    sent, draft = cast.review("submitted"), cast.review("draft")
    outcome = assign(by=cast.own["focal_point"], reviews=[sent, draft], assignee=cast.own["official"])
    assert [review.pk for review in outcome.done] == [draft.pk]
    assert [review.pk for review, _ in outcome.refused] == [sent.pk]
    sent.refresh_from_db()
    stranger = UserFactory(role=Role.FOCAL_POINT)
    outcome = assign(by=stranger, reviews=[draft], assignee=None)
    assert not outcome.done


def test_only_focal_points_give_and_only_to_their_own_people():
    cast = make_cast()
    review = cast.review("draft")
    with pytest.raises(ValidationError, match="chỉ dành cho công chức đầu mối"):
        assign(by=cast.own["official"], reviews=[review], assignee=None)
    for person in (UserFactory(), cast.own["leader"], UserFactory(organisation=cast.body, is_active=False)):
        with pytest.raises(ValidationError, match="không phải chuyên viên"):
            assign(by=cast.own["focal_point"], reviews=[review], assignee=person)


def test_a_unit_takes_reviews_without_a_person_and_everybody_may_still_work_them():
    cast = make_cast()
    unit = OrganisationFactory(kind="unit", parent=cast.body)
    review = cast.review("draft", assignee=cast.own["official"])
    assign(by=cast.own["focal_point"], reviews=[review], unit=unit)
    review.refresh_from_db()
    assert (review.assignee, review.unit) == (None, unit)
    event = ReviewEvent.objects.get(review=review, action="assign")
    assert event.changes == {
        "assignee": [f"{cast.own['official']} (own-official)", ""],
        "unit": ["", str(unit)],
    }
    assert verdict(Action.SAVE, review, actor_for(cast.own["official"], review), cast.campaign) is True
    assign(by=cast.own["focal_point"], reviews=[review])
    review.refresh_from_db()
    assert (review.assignee, review.unit) == (None, None)


def test_only_units_of_the_own_body_take_reviews():
    cast = make_cast()
    review = cast.review("draft")
    for body in (cast.body, cast.rival, OrganisationFactory(kind="unit", parent=cast.rival)):
        with pytest.raises(ValidationError, match="không phải đơn vị của cơ quan"):
            assign(by=cast.own["focal_point"], reviews=[review], unit=body)
    assert not ReviewEvent.objects.exists()


def test_what_left_the_scope_is_given_to_nobody():
    cast = make_cast()
    gone = cast.review("not_started", eligible=False, removed=True, frozen_standing="eligible")
    outcome = assign(by=cast.own["focal_point"], reviews=[gone], assignee=cast.own["official"])
    assert "đưa ra khỏi phạm vi" in outcome.refused[0][1].messages[0]


def test_only_the_free_are_given_when_asked_so():
    cast = make_cast()
    free, held = cast.review("draft"), cast.review("draft", assignee=cast.own["official"])
    plan = dict.fromkeys([free.pk, held.pk], cast.own["focal_point"])
    outcome = distribute(by=cast.own["focal_point"], plan=plan, only_free=True)
    assert [review.pk for review in outcome.done] == [free.pk]
    held.refresh_from_db()
    assert held.assignee == cast.own["official"]


def test_a_thousand_reviews_go_to_many_units_in_few_statements_under_one_bulk_id():
    cast = make_cast()
    units = [OrganisationFactory(kind="unit", parent=cast.body) for _ in range(25)]
    item = ScopeItemFactory(campaign=cast.campaign, procedure__publisher=cast.body)
    number = 1_000
    procedures = Procedure.objects.bulk_create(
        Procedure(code=f"9.{place:06d}", name=f"Thủ tục {place}", publisher=cast.body) for place in range(number)
    )
    facts = {name: getattr(item, name) for name in ("campaign", "owner", "fingerprint", "rule", "rule_version")}
    items = ScopeItem.objects.bulk_create(
        ScopeItem(procedure=one, code=one.code, name=one.name, reason="Vì thế.", **facts) for one in procedures
    )
    made = Review.objects.bulk_create(
        Review(campaign=cast.campaign, scope_item=one, organisation=cast.body, eligible=True) for one in items
    )
    plan = {review.pk: units[place % 25] for place, review in enumerate(made)}
    with CaptureQueriesContext(connection) as captured:
        outcome = distribute(by=cast.own["focal_point"], plan=plan)
    assert len(outcome.done) == number
    assert len(captured) <= 30 + number / 100, len(captured)
    assert ReviewEvent.objects.values("bulk_id").distinct().count() == 1
    assert ReviewEvent.objects.filter(action="assign").count() == number
    assert set(Review.objects.filter(pk__in=plan).values_list("unit", flat=True)) == {unit.pk for unit in units}
    with CaptureQueriesContext(connection) as again:
        distribute(by=cast.own["focal_point"], plan=plan)
    assert ReviewEvent.objects.count() == number
    assert len(again) < 10


@pytest.mark.parametrize("seed", range(20))
def test_spreading_is_even_whole_and_the_same_every_time(seed):
    dice = random.Random(seed)
    groups, pk = {}, 0
    for sector in range(dice.randint(1, 12)):
        size = dice.randint(0, 40)
        groups[f"Lĩnh vực {sector}"] = list(range(pk, pk + size))
        pk += size
    receivers = [f"đơn vị {number}" for number in range(dice.randint(1, 9))]
    plan = spread_evenly(groups, receivers)
    assert sorted(plan) == list(range(pk))
    loads = [sum(one == receiver for one in plan.values()) for receiver in receivers]
    assert max(loads) - min(loads) <= 1
    assert plan == spread_evenly(dict(reversed(groups.items())), receivers)


def test_a_sector_stays_together_where_it_fits():
    plan = spread_evenly({"a": [1, 2, 3], "b": [4, 5], "c": [6]}, ["x", "y"])
    assert {plan[1], plan[2], plan[3]} == {"x"}
    assert {plan[4], plan[5], plan[6]} == {"y"}


def test_a_leavers_work_is_handed_over_drafts_and_sent_forms_included():
    cast = make_cast()
    focal, leaver, heir = cast.own["focal_point"], cast.own["official"], UserFactory(organisation=cast.body)
    reviews = {
        status: cast.review(status, assignee=leaver)
        for status in ("not_started", "draft", "ready", "checked", "submitted", "returned", "accepted", "approved")
    }
    leaver.delete()
    stand_in = Deputy.objects.create(
        user=leaver, deputy=focal, starts_on=today(), ends_on=today() + datetime.timedelta(days=9), made_by=focal
    )
    outcome = hand_over(by=focal, person=leaver, receivers=[heir], reason="Chuyển công tác")
    assert len(outcome.done) == 7
    for status, review in reviews.items():
        review.refresh_from_db()
        assert (review.assignee, review.status) == (leaver if status == "approved" else heir, status)
    events = ReviewEvent.objects.filter(action="assign")
    assert set(events.values_list("reason", flat=True)) == {"Chuyển công tác"}
    assert events.values("bulk_id").distinct().count() == 1
    stand_in.refresh_from_db()
    assert stand_in.ends_on == today()


def test_what_a_leaver_typed_and_did_not_save_goes_over_in_the_form_and_a_colleagues_typing_stays_his():
    cast = make_cast()
    focal, leaver, heir = cast.own["focal_point"], cast.own["official"], UserFactory(organisation=cast.body)
    review, elsewhere = cast.review("draft", assignee=leaver), cast.review("draft")
    for one, by, text in (
        (review, leaver, "Người đi vừa gõ thêm."),
        (elsewhere, leaver, "Phiếu chưa giao cho ai."),
        (review, focal, "Đầu mối đang gõ."),
    ):
        field = "conditions" if by == leaver else "content"
        autosave(by=by, review_id=one.pk, base_version=one.version, data={field: text}, hand=Hand(one.version, 0, "a"))
    hand_over(by=focal, person=leaver, receivers=[heir], reason="Chuyển công tác")
    review.refresh_from_db()
    assert (review.assignee, review.conditions) == (heir, "Người đi vừa gõ thêm.")
    assert WorkingCopy.objects.get(review=review, user=leaver).saved_at is None
    saved = ReviewEvent.objects.filter(review=review).order_by("sequence")
    assert [(event.by, event.action) for event in saved] == [(leaver, "save"), (focal, "assign")]
    # A form that is nobody's may still be worked by everybody; and who is not leaving goes on typing.
    assert WorkingCopy.objects.filter(saved_at__isnull=False).count() == 2


def test_a_hand_over_needs_a_reason_a_receiver_and_the_focal_point():
    cast = make_cast()
    focal, leaver, heir = cast.own["focal_point"], cast.own["official"], UserFactory(organisation=cast.body)
    cast.review("draft", assignee=leaver)
    stranger = cast.other["official"]
    for facts, sentence in (
        ({"reason": " "}, "phải nêu lý do"),
        ({"receivers": []}, "nhận bàn giao"),
        ({"receivers": [leaver]}, "người khác"),
        ({"receivers": [stranger]}, "không phải chuyên viên"),
        ({"person": stranger}, "không thuộc cơ quan này"),
        ({"by": cast.own["leader"]}, "chỉ dành cho công chức đầu mối"),
        ({"by": cast.other["focal_point"]}, "không thuộc cơ quan này"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            hand_over(**{"by": focal, "person": leaver, "receivers": [heir], "reason": "Nghỉ hưu"} | facts)
    assert not ReviewEvent.objects.exists()
    assert Review.objects.get().assignee == leaver
