"""Saving with versions and merges, finishing, checking, returning inside the body."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.actions.filling import EditConflict, check, finish, gaps, return_internal, save_review
from reviews.models import Review, ReviewEvent
from tests.factories import OrganisationFactory, UserFactory
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def save(review, by, version, **data):
    return save_review(by=by, review_id=review.pk, base_version=version, data=data)


def events(review) -> list[str]:
    return list(ReviewEvent.objects.filter(review=review).order_by("sequence").values_list("action", flat=True))


def test_the_first_save_starts_the_review_and_writes_its_event(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, **CONTENT)
    review.refresh_from_db()
    assert (review.status, review.version, review.conclusion) == ("draft", 1, "decentralize")
    assert (review.counted, review.decider_unknown, review.edited_by) == (True, False, cast.own["official"])
    event = ReviewEvent.objects.get(review=review)
    assert (event.action, event.status_before, event.status_after) == ("save", "not_started", "draft")
    assert event.changes["conclusion"] == ["", "decentralize"]
    assert event.content["version"] == 1
    assert event.hash == review.head_hash


def test_a_later_save_keeps_the_status_and_says_before_and_after(cast):
    review = cast.review("draft")
    save(review, cast.own["focal_point"], 1, reason="Lý do mới")
    review.refresh_from_db()
    assert (review.status, review.version) == ("draft", 2)
    assert ReviewEvent.objects.get(review=review).changes == {"reason": [REASON, "Lý do mới"]}


def test_saving_nothing_new_writes_nothing(cast):
    review = cast.review("draft")
    save(review, cast.own["official"], 1, conditions="Đủ người")
    assert save(review, cast.own["official"], 2, conditions="Đủ người ").changed is False
    assert events(review) == ["save"]


def test_the_content_is_worded_from_the_transfers_until_somebody_words_it(cast):
    review = cast.review()
    official = cast.own["official"]
    save(review, official, 0, **CONTENT)
    review.refresh_from_db()
    assert review.content == (
        "Phân cấp thẩm quyền giải quyết từ Bộ trưởng, Thủ trưởng cơ quan ngang bộ cho Ủy ban nhân dân cấp tỉnh."
    )
    lower = [CONTENT["transfers"][0] | {"target_level": "PROV_DEPT"}]
    save(review, official, 1, transfers=lower)
    review.refresh_from_db()
    assert "cho Sở, ban, ngành." in review.content
    save(review, official, 2, content="Tự viết.")
    save(review, official, 3, transfers=CONTENT["transfers"])
    review.refresh_from_db()
    assert review.content == "Tự viết."


def test_the_worded_content_goes_when_the_conclusion_does(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, **CONTENT)
    save(review, cast.own["official"], 1, conclusion="keep")
    review.refresh_from_db()
    assert (review.content, review.counted) == ("", False)


def test_two_people_in_different_fields_are_merged(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, **CONTENT)
    save(review, cast.own["official"], 1, reason=REASON + " Lần hai.")
    done = save(review, cast.own["focal_point"], 1, conditions="Có hậu kiểm.", reason=REASON)
    review.refresh_from_db()
    assert done.merged is True
    assert (review.reason, review.conditions, review.version) == (REASON + " Lần hai.", "Có hậu kiểm.", 3)


def test_two_people_from_the_blank_form_are_merged(cast):
    review = cast.review()
    review.scope_item.deciders = [{"level": "MINISTER", "body": "", "case": "", "legal_ground": ""}]
    review.scope_item.save()
    frozen = [{"level": "MINISTER", "body": "", "case": "", "legal_ground": ""}]
    save(review, cast.own["official"], 0, deciders=CONTENT["deciders"], reason="")
    save(review, cast.own["focal_point"], 0, deciders=frozen, reason=REASON)
    review.refresh_from_db()
    assert review.reason == REASON
    assert review.current_authorities.get().legal_ground == "khoản 2 Điều 15"


def test_the_same_field_asks_and_keeps_the_losers_text_in_the_history(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, **CONTENT)
    save(review, cast.own["official"], 1, reason="Lý do của Thảo")
    with pytest.raises(EditConflict) as refusal:
        save(review, cast.own["focal_point"], 1, reason="Lý do của Minh", conditions="Có hậu kiểm.")
    conflict = refusal.value
    assert (conflict.conflicts["reason"].base, conflict.conflicts["reason"].mine) == (REASON, "Lý do của Minh")
    assert conflict.conflicts["reason"].theirs == "Lý do của Thảo"
    assert (conflict.version, conflict.theirs_by) == (2, cast.own["official"])
    assert conflict.merged["conditions"] == "Có hậu kiểm."
    review.refresh_from_db()
    assert (review.reason, review.conditions, review.version) == ("Lý do của Thảo", "", 2)
    event = ReviewEvent.objects.filter(review=review).latest("sequence")
    assert (event.action, event.by) == ("conflict", cast.own["focal_point"])
    assert event.changes == {
        "reason": ["Lý do của Thảo", "Lý do của Minh"],
        "conditions": ["", "Có hậu kiểm."],
    }
    assert event.hash == review.head_hash
    save(review, cast.own["focal_point"], 2, reason="Lý do của Minh", conditions="Có hậu kiểm.")
    review.refresh_from_db()
    assert review.reason == "Lý do của Minh"


def test_two_tabs_of_one_person_never_conflict(cast):
    review, official = cast.review(), cast.own["official"]
    save(review, official, 0, **CONTENT)
    save(review, official, 1, conditions="Thẻ một")
    assert save(review, official, 1, new_steps="Thẻ hai", conditions="").merged
    save(review, official, 1, conditions="Thẻ ba")
    review.refresh_from_db()
    assert (review.conditions, review.new_steps) == ("Thẻ ba", "Thẻ hai")
    assert ReviewEvent.objects.filter(review=review).latest("sequence").changes == {"conditions": ["Thẻ một", "Thẻ ba"]}


def test_a_version_without_an_event_of_its_own_is_found_by_undoing_what_came_after(cast):
    review = cast.review("draft", content="Viết tay.")
    save(review, cast.own["official"], 1, reason="Lý do của Thảo", conditions="Một")
    save(review, cast.own["official"], 2, conditions="Hai")
    assert save(review, cast.own["focal_point"], 1, content="Của Minh.", reason=REASON, conditions="").merged
    review.refresh_from_db()
    assert (review.content, review.reason, review.conditions) == ("Của Minh.", "Lý do của Thảo", "Hai")


def test_a_version_nobody_knows_overwrites_nothing(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, **CONTENT)
    for version in (7, 99):
        with pytest.raises(EditConflict):
            save(review, cast.own["official"], version, reason="Bịa")
    review.refresh_from_db()
    assert review.reason == REASON


def test_somebody_elses_assignment_may_be_edited_by_the_focal_point_only(cast):
    colleague = UserFactory(organisation=cast.body, role="official")
    review = cast.review("draft", assignee=colleague)
    with pytest.raises(ValidationError, match="phân công cho người khác"):
        save(review, cast.own["official"], 1, reason="Chen vào")
    save(review, cast.own["focal_point"], 1, reason="Đầu mối sửa")
    save(review, colleague, 2, conditions="Người được giao sửa")
    assert events(review) == ["save", "save"]


def test_a_wrong_value_saves_nothing(cast):
    review = cast.review("draft")
    with pytest.raises(ValidationError):
        save(review, cast.own["official"], 1, reason="Mới", conclusion="sell")
    review.refresh_from_db()
    assert (review.reason, review.version) == (REASON, 1)
    assert events(review) == []


def test_a_complete_form_is_finished_and_checked_by_another(cast):
    review = cast.review("draft")
    finish(by=cast.own["official"], reviews=[review])
    review.refresh_from_db()
    assert (review.status, review.finished_by) == ("ready", cast.own["official"])
    check(by=cast.own["focal_point"], reviews=[review])
    review.refresh_from_db()
    assert (review.status, review.checked_by) == ("checked", cast.own["focal_point"])
    assert events(review) == ["finish", "check"]
    assert all(event.content for event in ReviewEvent.objects.filter(review=review))


def test_every_gap_is_said_at_once_under_its_field(cast):
    review = cast.review()
    save(review, cast.own["official"], 0, conclusion="decentralize", reason="Ngắn")
    with pytest.raises(ValidationError) as refusal:
        finish(by=cast.own["official"], reviews=[Review.objects.get(pk=review.pk)])
    assert set(refusal.value.message_dict) == {
        "deciders",
        "reason",
        "criteria",
        "transfers",
        "amendments",
        "annual_dossiers",
    }
    review.refresh_from_db()
    assert (review.status, review.reason) == ("draft", "Ngắn")


def test_an_upward_transfer_is_saved_but_not_finished(cast):
    review = cast.review("draft")
    upward = [CONTENT["transfers"][0] | {"target_level": "PRIME_MINISTER"}]
    save(review, cast.own["official"], 1, transfers=upward)
    with pytest.raises(ValidationError) as refusal:
        finish(by=cast.own["official"], reviews=[review])
    assert "transfers" in refusal.value.message_dict
    review.refresh_from_db()
    assert review.counted is False


@pytest.mark.parametrize("conclusion", ["abolish", "out_of_scope"])
def test_no_conclusion_is_finished_while_the_decider_is_unknown(cast, conclusion):
    review = cast.review()
    save(review, cast.own["official"], 0, conclusion=conclusion, reason=REASON)
    assert [gap.field for gap in gaps(Review.objects.get(pk=review.pk))] == ["deciders"]


def test_who_finished_does_not_check_unless_alone(cast):
    review = cast.review("ready", finished_by=cast.own["focal_point"])
    second = UserFactory(organisation=cast.body, role="focal_point")
    with pytest.raises(ValidationError, match="không tự kiểm tra"):
        check(by=cast.own["focal_point"], reviews=[review])
    second.is_active = False
    second.save()
    assert len(check(by=cast.own["focal_point"], reviews=[review]).done) == 1


def test_a_unit_head_checks_what_his_unit_reviewed_and_no_other(cast):
    unit = OrganisationFactory(code="G17.1", kind="unit", parent=cast.body)
    other = OrganisationFactory(code="G17.2", kind="unit", parent=cast.body)
    head = UserFactory(organisation=unit, role="official", is_unit_head=True)
    assert len(check(by=head, reviews=[cast.review("ready", unit=unit)]).done) == 1
    with pytest.raises(ValidationError):
        check(by=head, reviews=[cast.review("ready", unit=other)])


def test_an_internal_return_needs_a_reason_and_opens_the_form_again(cast):
    review = cast.review("checked", checked_by=cast.own["focal_point"])
    with pytest.raises(ValidationError):
        return_internal(by=cast.own["leader"], reviews=[review], reason="  ")
    return_internal(by=cast.own["leader"], reviews=[review], reason="Thiếu căn cứ.")
    review.refresh_from_db()
    assert (review.status, review.checked_by) == ("draft", None)
    assert ReviewEvent.objects.get(review=review).reason == "Thiếu căn cứ."


def test_many_at_once_share_a_batch_and_refusals_do_not_stop_the_others(cast):
    ready = [cast.review("ready") for _ in range(3)]
    draft = cast.review("draft")
    outcome = check(by=cast.own["focal_point"], reviews=[*ready, draft])
    assert {review.pk for review in outcome.done} == {review.pk for review in ready}
    assert [review.pk for review, _ in outcome.refused] == [draft.pk]
    assert set(ReviewEvent.objects.values_list("bulk_id", flat=True)) == {outcome.bulk_id}
    for review in Review.objects.filter(status="checked"):
        assert review.head_hash == ReviewEvent.objects.get(review=review).hash


def test_a_hundred_at_once_take_few_statements(cast, django_assert_max_num_queries):
    reviews = [cast.review("ready") for _ in range(100)]
    with django_assert_max_num_queries(30):
        assert len(check(by=cast.own["focal_point"], reviews=reviews).done) == 100


def test_saving_takes_as_many_queries_for_one_row_as_for_twenty(cast):
    counts = []
    for number in (1, 20):
        review = cast.review("draft")
        rows = [CONTENT["amendments"][0] | {"article": str(place)} for place in range(number)]
        with CaptureQueriesContext(connection) as queries:
            save(review, cast.own["official"], 1, amendments=rows, reason=REASON + " Thêm.")
        counts.append(len(queries))
    assert counts[0] == counts[1]
