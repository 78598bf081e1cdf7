"""Taking the next form: the first that is free, never one that two people get."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from reviews.actions.queue import take_next
from reviews.models import Review, ReviewEvent, WorkingCopy
from reviews.reports.worklist import ordered
from tests.factories import UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.many import many_reviews


def listed(cast):
    return ordered(Review.objects.filter(campaign=cast.campaign), "")


def take(cast, by="official", reviews=None):
    return take_next(by=cast.own[by], campaign=cast.campaign, reviews=listed(cast) if reviews is None else reviews)


@pytest.mark.django_db
def test_the_first_free_one_of_the_list_is_given_with_an_event():
    cast = make_cast()
    one, two, three = many_reviews(cast, 3)
    Review.objects.filter(pk=one.pk).update(assignee=cast.own["focal_point"])
    taken = take(cast)
    assert taken.pk == two.pk
    assert Review.objects.get(pk=two.pk).assignee == cast.own["official"]
    event = ReviewEvent.objects.get(review=two)
    assert (event.action, event.by, event.reason) == ("assign", cast.own["official"], "Nhận phiếu tiếp theo")
    assert event.changes["assignee"][0] == ""
    assert take(cast, reviews=ordered(Review.objects.filter(campaign=cast.campaign), "-code")).pk == three.pk
    assert take(cast) is None


@pytest.mark.django_db
def test_what_is_open_before_somebody_else_is_passed_over_for_a_minute():
    cast = make_cast()
    one, two = many_reviews(cast, 2)
    copy = WorkingCopy.objects.create(review=one, user=cast.own["focal_point"], seen_at=timezone.now())
    assert take(cast).pk == two.pk
    WorkingCopy.objects.filter(pk=copy.pk).update(seen_at=timezone.now() - timedelta(seconds=61))
    assert take(cast).pk == one.pk


@pytest.mark.django_db
def test_one_open_before_oneself_can_be_taken():
    cast = make_cast()
    (one,) = many_reviews(cast, 1)
    WorkingCopy.objects.create(review=one, user=cast.own["official"])
    assert take(cast).pk == one.pk


@pytest.mark.django_db
def test_excluded_finished_and_other_bodies_forms_are_never_taken():
    cast = make_cast()
    excluded, done = many_reviews(cast, 2)
    Review.objects.filter(pk=excluded.pk).update(eligible=False)
    Review.objects.filter(pk=done.pk).update(
        status="ready", version=1, conclusion="keep", finished_by=cast.own["official"]
    )
    assert take(cast) is None
    assert take_next(by=cast.other["official"], campaign=cast.campaign, reviews=listed(cast)) is None


@pytest.mark.django_db
def test_only_those_who_fill_take_and_only_in_an_open_round():
    cast = make_cast()
    many_reviews(cast, 1)
    with pytest.raises(ValidationError, match="Chỉ chuyên viên"):
        take(cast, by="leader")
    cast.campaign.state, cast.campaign.closed_at = "closed", timezone.now()
    cast.campaign.save()
    with pytest.raises(ValidationError, match="đã đóng"):
        take(cast)


@pytest.mark.connections
@pytest.mark.django_db(transaction=True)
def test_two_people_taking_from_one_list_at_once_never_get_the_same():
    cast = make_cast()
    many_reviews(cast, 24)
    people = [cast.own["official"], UserFactory(organisation=cast.body, role="official")]
    start, found, wrong = threading.Barrier(len(people)), {person.pk: [] for person in people}, []

    def work(person):
        try:
            start.wait(timeout=20)
            for _ in range(12):
                taken = take_next(by=person, campaign=cast.campaign, reviews=listed(cast))
                found[person.pk].append(taken.pk if taken else None)
        except Exception as error:  # noqa: BLE001
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    taken = [pk for keys in found.values() for pk in keys]
    assert None not in taken
    assert len(set(taken)) == 24
    for person in people:
        assert set(Review.objects.filter(assignee=person).values_list("pk", flat=True)) == set(found[person.pk])
    assert ReviewEvent.objects.filter(action="assign").count() == 24


@pytest.mark.connections
@pytest.mark.engine("postgresql", reason="SQLite locks the whole database: the second waits, then takes another.")
@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_is_taking_this_moment_is_passed_over_not_waited_for():
    cast = make_cast()
    one, two = many_reviews(cast, 2)
    holding, done = threading.Event(), threading.Event()

    def hold():
        try:
            other = connections.create_connection("default")
            other.set_autocommit(False)
            with other.cursor() as cursor:
                cursor.execute("SELECT id FROM reviews_review WHERE id = %s FOR UPDATE", [one.pk])
                holding.set()
                done.wait(timeout=20)
            other.rollback()
            other.close()
        finally:
            connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(timeout=20)
    taken = take(cast)
    done.set()
    thread.join()
    assert taken.pk == two.pk
