"""Answering everything left as one act: exact, marked, counted apart, taken back."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.actions import bulk, exception
from reviews.actions.filling import finish, save_review
from reviews.actions.undoing import undo
from reviews.models import Review, ReviewEvent
from reviews.reports.dashboards import national_figures
from reviews.rules.bulk import Skip
from tests.reviews.province import make_province

pytestmark = pytest.mark.django_db


def asked(cast):
    return Review.objects.filter(campaign=cast.campaign, organisation=cast.body)


def answer(cast, by="focal_point", reviews=None, basis="Đã rà soát danh mục.", **facts):
    reviews = asked(cast) if reviews is None else reviews
    plan = exception.weigh_rest(by=cast.own[by], campaign=cast.campaign, reviews=reviews)
    facts = {"seal": plan.seal, "basis": basis} | facts
    return exception.answer_rest(by=cast.own[by], campaign=cast.campaign, reviews=reviews, **facts)


def opinion(cast, review, **data):
    content = {"stance": "agree", "reason": "Đồng ý."} | data
    save_review(by=cast.own["official"], review_id=review.pk, base_version=0, data=content)


def test_the_rest_is_answered_as_one_act_and_what_was_begun_is_left_alone():
    cast, reviews = make_province(12)
    for review in reviews[:2]:
        opinion(cast, review)
    finish(by=cast.own["official"], reviews=reviews[:1])
    local = reviews[11]
    Review.objects.filter(pk=local.pk).update(kind="local")
    plan = exception.weigh_rest(by=cast.own["official"], campaign=cast.campaign, reviews=asked(cast))
    assert plan.skips() == {Skip.STATUS: 1, Skip.STARTED: 1}
    change = answer(cast, filters="q=x")
    assert (change.kind, change.changed, change.skipped, change.values["finished"]) == ("exception", 9, 2, 9)
    done = asked(cast).filter(by_exception=True)
    assert set(done.values_list("status", "stance", "conclusion", "counted", "version")) == {
        ("ready", "no_opinion", "keep", False, 1)
    }
    assert done.count() == 9
    saved = ReviewEvent.objects.filter(bulk_id=change.pk, action="save").first()
    assert saved.changes["stance"] == ["", "no_opinion"]
    assert saved.changes["by_exception"] == [False, True]
    assert saved.reason == "Đã rà soát danh mục."


def test_they_can_be_left_as_drafts_and_the_filter_narrows_them():
    cast, reviews = make_province(4)
    change = answer(cast, reviews=asked(cast).filter(pk__in=[one.pk for one in reviews[:3]]), finish=False)
    assert change.changed == 3
    assert asked(cast).filter(status="draft", by_exception=True).count() == 3


def test_the_nations_figures_do_not_move():
    cast, _ = make_province(5)
    before = national_figures(cast.campaign)[1]
    answer(cast)
    after = national_figures(cast.campaign)[1]
    assert (after.share.n, after.share.e) == (before.share.n, before.share.e)


def test_undoing_takes_the_answers_and_their_mark_back_but_not_one_worked_on_since():
    cast, reviews = make_province(4)
    change = answer(cast, finish=False)
    one = Review.objects.get(pk=reviews[0].pk)
    save_review(by=cast.own["official"], review_id=one.pk, base_version=1, data={"conditions": "Đủ người."})
    one.refresh_from_db()
    assert not one.by_exception, "a form worked on by itself is no longer one of those answered together"
    undone = undo(by=cast.own["focal_point"], change=change)
    assert [kept["code"] for kept in undone.kept] == [one.scope_item.code]
    rest = asked(cast).exclude(pk=one.pk)
    assert set(rest.values_list("status", "stance", "conclusion", "by_exception", "version")) == {
        ("not_started", "", "", False, 0)
    }


def test_undoing_finished_ones_starts_them_anew():
    cast, _ = make_province(3)
    undone = undo(by=cast.own["focal_point"], change=answer(cast))
    assert undone.kept == []
    assert set(asked(cast).values_list("status", "by_exception", "finished_by")) == {("not_started", False, None)}


def test_undoing_a_later_change_of_many_gives_the_mark_back():
    cast, _ = make_province(2)
    answer(cast, finish=False)
    wish = bulk.Wish({"conditions": "Đủ người."})
    args = {"by": cast.own["focal_point"], "campaign": cast.campaign, "reviews": asked(cast), "wish": wish}
    change = bulk.apply(**args, reason="Thêm điều kiện.", seal=bulk.weigh(**args).seal)
    assert not asked(cast).filter(by_exception=True).exists()
    undo(by=cast.own["focal_point"], change=change)
    assert asked(cast).filter(by_exception=True).count() == 2


def test_a_form_begun_meanwhile_is_never_covered():
    cast, reviews = make_province(3)
    plan = exception.weigh_rest(by=cast.own["focal_point"], campaign=cast.campaign, reviews=asked(cast))
    opinion(cast, reviews[0], stance="")
    change = answer(cast, seal=plan.seal)
    assert change.changed == 2
    assert not Review.objects.get(pk=reviews[0].pk).by_exception


def test_a_ground_is_needed_and_only_provinces_answer_so():
    cast, _ = make_province(1)
    with pytest.raises(ValidationError, match="căn cứ"):
        answer(cast, basis="  ")
    with pytest.raises(ValidationError, match="Chỉ địa phương"):
        exception.weigh_rest(by=cast.other["focal_point"], campaign=cast.campaign, reviews=asked(cast))
    with pytest.raises(ValidationError, match="chuyên viên, công chức đầu mối"):
        answer(cast, by="leader")


def test_a_hundred_and_four_take_few_statements():
    cast, _ = make_province(104)
    plan = exception.weigh_rest(by=cast.own["focal_point"], campaign=cast.campaign, reviews=asked(cast))
    facts = {"by": cast.own["focal_point"], "campaign": cast.campaign, "reviews": asked(cast)}
    with CaptureQueriesContext(connection) as caught:
        exception.answer_rest(**facts, basis="Đã rà soát.", seal=plan.seal)
    statements = [query["sql"] for query in caught if "SAVEPOINT" not in query["sql"]]
    assert len(statements) <= 30 + 104 / 100
