"""Autosaving, what becomes a version and when, two tabs, two people, and that nothing typed is lost."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.actions.filling import EditConflict, finish, save_review
from reviews.actions.working import autosave, discard, people_at, settle_idle
from reviews.models import Review, ReviewEvent, WorkingCopy
from reviews.rules.merging import Hand
from tests.factories import UserFactory
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def type_in(review, by, version, *, tab="a", number=1, revision=0, wrong=None, leaving=False, **data):
    hand = Hand(version, revision, tab, touched=frozenset(data))
    return autosave(
        by=by,
        review_id=review.pk,
        base_version=version,
        data=data,
        wrong=wrong,
        hand=hand,
        number=number,
        leaving=leaving,
    )


def in_copy(review, user) -> dict:
    copy = WorkingCopy.objects.get(review=review, user=user)
    return {name: entry["value"] for name, entry in copy.data["fields"].items()}


def events(review) -> list[str]:
    return list(ReviewEvent.objects.filter(review=review).order_by("sequence").values_list("action", flat=True))


def rest(review):
    WorkingCopy.objects.filter(review=review, saved_at__isnull=False).update(
        saved_at=timezone.now() - datetime.timedelta(minutes=11)
    )
    return settle_idle()


def test_typing_makes_neither_version_nor_event(cast):
    review, official = cast.review(), cast.own["official"]
    saved = type_in(review, official, 0, reason=" Đang gõ ")
    review.refresh_from_db()
    assert (review.version, review.status, events(review)) == (0, "not_started", [])
    assert in_copy(review, official) == {"reason": "Đang gõ"}
    assert saved.saved_at is not None


def test_a_message_that_arrives_twice_is_kept_once(cast):
    review, official = cast.review(), cast.own["official"]
    type_in(review, official, 0, number=1, reason="Một")
    type_in(review, official, 0, number=2, reason="Một hai")
    type_in(review, official, 0, number=1, reason="Một")
    assert in_copy(review, official) == {"reason": "Một hai"}
    assert WorkingCopy.objects.get().revision == 2


def test_a_message_that_arrives_after_its_own_tabs_save_is_nothing_new(cast):
    review, official = cast.review(), cast.own["official"]
    up, down = (
        [CONTENT["transfers"][0] | {"target_level": level, "target_body": body}]
        for level, body in (("PROV_PC", ""), ("COMMUNE_PC", ""))
    )
    deciders = CONTENT["deciders"]
    # Nothing of this tab had arrived before its save, and its first message comes after it.
    hand = Hand(0, 0, "a")
    data = {"deciders": deciders, "transfers": up}
    save_review(by=official, review_id=review.pk, base_version=0, data=data, hand=hand, number=2)
    assert type_in(review, official, 0, number=1, transfers=up).saved_at is None
    assert in_copy(review, official) == {}
    # What its next page puts right replaces the row instead of standing beside it.
    hand = Hand(1, 0, "b", touched=frozenset({"transfers"}))
    save_review(by=official, review_id=review.pk, base_version=1, data={"transfers": down}, hand=hand, number=1)
    assert [row.target_level_id for row in review.transfers.all()] == ["COMMUNE_PC"]


def test_an_explicit_save_makes_one_version_of_everything_and_empties_the_copy(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, conditions="Có hậu kiểm.")
    save_review(
        by=official, review_id=review.pk, base_version=1, data={"reason": "Mới"}, hand=Hand(1, 0, "a"), number=2
    )
    review.refresh_from_db()
    assert (review.reason, review.conditions, review.version) == ("Mới", "Có hậu kiểm.", 2)
    assert in_copy(review, official) == {}
    assert events(review) == ["save"]
    type_in(review, official, 1, number=1, conditions="Tới muộn")
    assert in_copy(review, official) == {}


def test_leaving_the_page_makes_a_version(cast):
    review, official = cast.review(), cast.own["official"]
    type_in(review, official, 0, reason="Đang gõ dở", leaving=True)
    review.refresh_from_db()
    assert (review.version, review.status, review.reason) == (1, "draft", "Đang gõ dở")
    assert (events(review), in_copy(review, official)) == (["save"], {})
    assert people_at(review, cast.own["focal_point"]) == []


def test_leaving_with_nothing_typed_writes_nothing(cast):
    review, official = cast.review(), cast.own["official"]
    type_in(review, official, 0, number=0, leaving=True)
    assert (events(review), Review.objects.get(pk=review.pk).version) == ([], 0)


def test_ten_idle_minutes_make_a_version_and_nine_do_not(cast):
    review, official = cast.review(), cast.own["official"]
    type_in(review, official, 0, reason="Nghỉ tay")
    WorkingCopy.objects.update(saved_at=timezone.now() - datetime.timedelta(minutes=9))
    assert settle_idle() == 0
    assert rest(review) == 1
    event = ReviewEvent.objects.get(review=review)
    assert (event.by, event.action, event.changes["reason"]) == (official, "save", ["", "Nghỉ tay"])
    assert settle_idle() == 0


def test_one_copy_that_fails_stops_no_other(cast, monkeypatch):
    first, second = cast.review(), cast.review()
    for review in (first, second):
        type_in(review, cast.own["official"], 0, reason="Nghỉ tay")
    WorkingCopy.objects.update(saved_at=timezone.now() - datetime.timedelta(minutes=11))
    WorkingCopy.objects.filter(review=first).update(data={"fields": {"reason": {"unknown": 1}}})
    assert settle_idle() == 1
    assert Review.objects.get(pk=second.pk).reason == "Nghỉ tay"


def test_finishing_first_makes_versions_of_everybodys_copies(cast):
    review = cast.review("draft")
    type_in(review, cast.own["focal_point"], 1, conditions="Của đầu mối")
    finish(by=cast.own["official"], reviews=[review])
    review.refresh_from_db()
    assert (review.status, review.conditions) == ("ready", "Của đầu mối")
    assert events(review) == ["save", "finish"]
    assert ReviewEvent.objects.get(review=review, action="save").by == cast.own["focal_point"]


def test_who_may_not_save_may_not_autosave(cast):
    for review in (cast.review("ready"), cast.review("submitted")):
        with pytest.raises(ValidationError, match="trạng thái"):
            type_in(review, cast.own["official"], 1, reason="Lén")
    with pytest.raises(ValidationError):
        type_in(cast.review(), cast.other["official"], 0, reason="Lén")
    assert not WorkingCopy.objects.exists()


def test_text_of_someone_no_longer_assigned_goes_to_the_history(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, conditions="Gõ trước khi bị chuyển")
    Review.objects.filter(pk=review.pk).update(assignee=UserFactory(organisation=cast.body, role="official"))
    rest(review)
    event = ReviewEvent.objects.get(review=review)
    assert (event.action, event.changes) == ("discard", {"conditions": ["", "Gõ trước khi bị chuyển"]})
    assert in_copy(review, official) == {}


def test_a_wrong_value_is_kept_as_typed_said_and_never_becomes_a_version(cast):
    review, official = cast.review("draft"), cast.own["official"]
    saved = type_in(
        review,
        official,
        1,
        wrong={"annual_dossiers": ("nhiều", ["Hãy nhập số."])},
        conditions="Đúng",
        conclusion="sell",
    )
    assert set(saved.wrong) == {"annual_dossiers", "conclusion"}
    assert in_copy(review, official)["annual_dossiers"] == "nhiều"
    rest(review)
    review.refresh_from_db()
    assert (review.conditions, review.annual_dossiers, review.conclusion) == ("Đúng", None, "decentralize")
    assert in_copy(review, official) == {"annual_dossiers": "nhiều", "conclusion": "sell"}
    assert ReviewEvent.objects.get(action="discard").changes["annual_dossiers"] == [None, "nhiều"]
    assert rest(review) == 0
    type_in(review, official, 2, number=2, annual_dossiers=12, conclusion="keep")
    rest(review)
    review.refresh_from_db()
    assert (review.annual_dossiers, review.conclusion) == (12, "keep")


def test_a_table_with_a_wrong_row_stands_in_the_history_in_words(cast):
    review, official = cast.review("draft"), cast.own["official"]
    row = CONTENT["amendments"][0] | {"issued_on": "31/02/2021"}
    type_in(review, official, 1, wrong={"amendments": ([row], ["Dòng 1: sai ngày."])})
    rest(review)
    event = ReviewEvent.objects.get(review=review)
    assert "31/02/2021" in event.reason
    assert event.changes == {}


def test_two_tabs_of_one_person_stand_beside_each_other(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, tab="a", reason="Từ thẻ một")
    type_in(review, official, 1, tab="b", conditions="Từ thẻ hai")
    assert in_copy(review, official) == {"reason": "Từ thẻ một", "conditions": "Từ thẻ hai"}
    # The first tab posts its whole form, in which the second tab's field stands as it was.
    whole = {"reason": "Từ thẻ một", "conditions": "", "new_steps": ""}
    hand = Hand(1, 0, "a", touched=frozenset({"reason"}))
    save_review(by=official, review_id=review.pk, base_version=1, data=whole, hand=hand, number=2)
    review.refresh_from_db()
    assert (review.reason, review.conditions) == ("Từ thẻ một", "Từ thẻ hai")
    assert events(review) == ["save"]


def test_in_one_field_the_newer_tab_wins_and_the_older_text_is_in_the_history_at_once(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, tab="a", conditions="Từ thẻ một")
    saved = type_in(review, official, 1, tab="b", conditions="Từ thẻ hai")
    assert saved.replaced == ("conditions",)
    assert in_copy(review, official) == {"conditions": "Từ thẻ hai"}
    event = ReviewEvent.objects.get(review=review)
    assert (event.action, event.by, event.changes["conditions"][1]) == ("conflict", official, "Từ thẻ một")
    type_in(review, official, 1, tab="b", number=2, conditions="Từ thẻ hai, gõ tiếp")
    assert events(review) == ["conflict"]


def test_another_persons_save_in_other_fields_merges(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, conditions="Của tôi")
    save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=1, data={"reason": "Của đầu mối"})
    assert type_in(review, official, 1, number=2, new_steps="Thêm").clashes == {}
    rest(review)
    review.refresh_from_db()
    assert (review.reason, review.conditions, review.new_steps) == ("Của đầu mối", "Của tôi", "Thêm")


def test_another_persons_save_in_the_same_field_is_said_kept_and_asked_about(cast):
    review, official, focal = cast.review("draft"), cast.own["official"], cast.own["focal_point"]
    type_in(review, official, 1, reason="Lý do của tôi", conditions="Của tôi")
    save_review(by=focal, review_id=review.pk, base_version=1, data={"reason": "Lý do của đầu mối"})
    clashes = type_in(review, official, 1, number=2, reason="Lý do của tôi.").clashes
    assert clashes["reason"].by == focal
    rest(review)
    review.refresh_from_db()
    assert (review.reason, review.conditions) == ("Lý do của đầu mối", "Của tôi")
    assert ReviewEvent.objects.get(action="conflict").changes["reason"][1] == "Lý do của tôi."
    # His copy still holds his text, and the next save asks; typing on does not settle it.
    assert in_copy(review, official) == {"reason": "Lý do của tôi."}
    with pytest.raises(EditConflict) as refusal:
        save_review(
            by=official, review_id=review.pk, base_version=3, data={"reason": "Lý do của tôi!"}, hand=Hand(3, 2, "c")
        )
    assert refusal.value.conflicts["reason"].theirs == "Lý do của đầu mối"
    chosen = Hand(3, 9, "d", chosen=frozenset({"reason"}))
    save_review(by=official, review_id=review.pk, base_version=3, data={"reason": "Lý do của tôi!"}, hand=chosen)
    review.refresh_from_db()
    assert review.reason == "Lý do của tôi!"


def test_choosing_the_other_sides_text_drops_ones_own_from_the_copy(cast):
    review, official, focal = cast.review("draft"), cast.own["official"], cast.own["focal_point"]
    type_in(review, official, 1, reason="Lý do của tôi")
    save_review(by=focal, review_id=review.pk, base_version=1, data={"reason": "Lý do của đầu mối"})
    with pytest.raises(EditConflict):
        save_review(by=official, review_id=review.pk, base_version=1, data={}, hand=Hand(1, 1, "a"))
    save_review(by=official, review_id=review.pk, base_version=2, data={}, hand=Hand(2, 1, "a"), dropped=["reason"])
    review.refresh_from_db()
    assert (review.reason, in_copy(review, official)) == ("Lý do của đầu mối", {})


def test_rows_of_one_table_from_two_people_merge(cast):
    review, official, focal = cast.review("draft"), cast.own["official"], cast.own["focal_point"]
    law = CONTENT["amendments"][0]
    mine, theirs = law | {"number": "1/2021/NĐ-CP"}, law | {"number": "2/2021/NĐ-CP"}
    type_in(review, official, 1, amendments=[law, mine])
    save_review(by=focal, review_id=review.pk, base_version=1, data={"amendments": [law, theirs]})
    assert type_in(review, official, 1, number=2, leaving=True, conditions="x").clashes == {}
    numbers = list(review.legal_amendments.values_list("number", flat=True))
    assert numbers == ["15/2021/NĐ-CP", "2/2021/NĐ-CP", "1/2021/NĐ-CP"]


def test_dropping_the_copy_leaves_its_text_in_the_history(cast):
    review, official = cast.review("draft"), cast.own["official"]
    type_in(review, official, 1, conditions="Không cần nữa")
    assert discard(by=official, review_id=review.pk) is True
    assert in_copy(review, official) == {}
    event = ReviewEvent.objects.get(review=review)
    assert (event.action, event.changes) == ("discard", {"conditions": ["", "Không cần nữa"]})
    assert discard(by=official, review_id=review.pk) is False


def test_who_is_there_is_told_for_a_minute(cast):
    review, official, focal = cast.review("draft"), cast.own["official"], cast.own["focal_point"]
    type_in(review, official, 1, number=0)
    assert [(one.name, one.editing) for one in people_at(review, focal)] == [(str(official), False)]
    type_in(review, official, 1, conditions="Gõ")
    assert [one.editing for one in people_at(review, focal)] == [True]
    assert people_at(review, official) == []
    WorkingCopy.objects.update(seen_at=timezone.now() - datetime.timedelta(seconds=61))
    assert people_at(review, focal) == []


@pytest.mark.parametrize("older", [False, True])
def test_an_autosave_takes_as_many_queries_for_one_row_as_for_sixty(cast, older):
    counts = []
    for number in (1, 60):
        review = cast.review("draft")
        rows = [CONTENT["amendments"][0] | {"article": str(place)} for place in range(number)]
        save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=1, data={"amendments": rows})
        for place in range(number if older else 0):
            save_review(
                by=cast.own["focal_point"], review_id=review.pk, base_version=2, data={"new_steps": f"Lần {place}"}
            )
        with CaptureQueriesContext(connection) as queries:
            type_in(review, cast.own["official"], 2, amendments=rows[:-1], reason=REASON + " Thêm.", conditions="x")
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= (30 if older else 10)
