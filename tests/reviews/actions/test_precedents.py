"""Taking over another review's text: what is written, what is left, and who may."""

import pytest
from django.core.exceptions import ValidationError

from reviews.actions.precedents import take_over
from reviews.models import Review, ReviewEvent, Transfer
from reviews.reports.precedents import precedents_of
from tests.factories import UserFactory
from tests.reviews.cast import REASON, make_cast
from tests.reviews.precedents import MINE, begun, foreign, from_prime_minister, settle, two_provinces

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


ALL = ["transfers", "amendments", "content", "reason", "conditions", "criteria"]


@pytest.fixture
def provinces(cast):
    return two_provinces(cast)


def shown(review, reader):
    return [one.review.pk for one in precedents_of(review, reader).found]


def test_a_province_takes_over_another_provinces_settled_text_and_names_it(cast, provinces):
    review, source = provinces
    user = UserFactory(organisation=review.organisation)
    settle(source, cast, "submitted")
    assert shown(review, user) == []
    with pytest.raises(ValidationError, match="chưa được xem"):
        take_over(by=user, review=review, source=source, parts=["reason"])
    Review.objects.filter(pk=source.pk).update(status="accepted")
    assert shown(review, user) == [source.pk]
    taken = take_over(by=user, review=review, source=source, parts=["transfers", "reason", "conditions"])
    assert taken.copied == ["transfers", "reason", "conditions"]
    review.refresh_from_db()
    assert review.text_source == f"Theo phương án của Tỉnh Lào Cai, TTHC {source.scope_item.code}"
    assert (review.reason, review.stance, review.conclusion) == (REASON, "propose", "decentralize")
    assert review.current_authorities.get().level_id == "MINISTER"
    assert review.counted is True
    event = ReviewEvent.objects.get(review=review)
    assert (event.action, event.by) == ("save", user)
    assert {"text_source", "reason", "transfers", "counted"} <= event.changes.keys()
    assert review.legal_amendments.count() == 0


def test_nothing_written_is_overwritten_unless_asked_for(cast):
    source = foreign(cast, "accepted")
    review = begun(
        cast,
        reason="Lý do của chính cơ quan, đã viết từ trước.",
        criteria=[{"criterion": "C5", "answer": "unsure", "reason": "đang thống kê"}],
    )
    by = cast.own["official"]
    taken = take_over(by=by, review=review, source=source, parts=ALL)
    review = Review.objects.get(pk=review.pk)
    assert review.reason.startswith("Lý do của chính")
    assert taken.copied == ["transfers", "amendments", "criteria"]
    assert "đang có nội dung" in taken.left["reason"]
    answers = {row.criterion: row.answer for row in review.criterion_answers.all()}
    assert (answers["C5"], answers["C6"]) == ("unsure", "yes")
    assert "Phân cấp thẩm quyền giải quyết từ Bộ trưởng" in review.content
    take_over(by=by, review=review, source=source, parts=ALL, replace=True)
    review = Review.objects.get(pk=review.pk)
    assert review.reason == REASON
    assert review.criterion_answers.get(criterion="C5").answer == "yes"
    assert review.text_source.count(source.scope_item.code) == 1


def test_another_conclusion_is_not_overwritten_unless_asked_for(cast):
    source, review = foreign(cast, "accepted"), begun(cast, conclusion="keep")
    with pytest.raises(ValidationError, match="đang có nội dung"):
        take_over(by=cast.own["official"], review=review, source=source, parts=["transfers"])
    take_over(by=cast.own["official"], review=review, source=source, parts=["transfers"], replace=True)
    review.refresh_from_db()
    assert review.conclusion == "decentralize"


def test_a_level_that_the_review_does_not_know_becomes_its_only_decider(cast):
    source, review = foreign(cast, "accepted"), begun(cast)
    from_prime_minister(source)
    take_over(by=cast.own["official"], review=review, source=source, parts=["transfers"])
    move = review.transfers.get()
    assert (move.source_level_id, move.target_level_id, move.transfer_class) == ("MINISTER", "PROV_PC", "downward")


@pytest.mark.parametrize(
    ("deciders", "sentence"),
    [
        ([], "chưa khai cấp có thẩm quyền"),
        (["MINISTER", "DEPARTMENT"], "không phải cấp đang quyết định"),
        (["PROV_DEPT"], "không thấp hơn Sở"),
    ],
)
def test_a_move_that_cannot_be_adapted_is_refused_with_the_reason(cast, deciders, sentence):
    source = foreign(cast, "accepted")
    from_prime_minister(source)
    rows = [MINE[0] | {"level": code, "body": code} for code in deciders]
    review = begun(cast, deciders=rows)
    with pytest.raises(ValidationError, match=sentence):
        take_over(by=cast.own["official"], review=review, source=source, parts=["transfers"])
    taken = take_over(by=cast.own["official"], review=review, source=source, parts=["transfers", "reason"])
    assert taken.copied == ["reason"]
    assert sentence in taken.left["transfers"]
    assert not Transfer.objects.filter(review=review).exists()


def test_a_form_that_is_no_longer_being_filled_takes_nothing(cast):
    source, review = foreign(cast, "accepted"), cast.review("ready")
    with pytest.raises(ValidationError):
        take_over(by=cast.own["official"], review=review, source=source, parts=["reason"], replace=True)
    assert ReviewEvent.objects.filter(review=review).count() == 0


def test_nothing_chosen_is_said(cast):
    with pytest.raises(ValidationError, match="Chưa chọn phần nào"):
        take_over(by=cast.own["official"], review=begun(cast), source=foreign(cast, "accepted"), parts=[])
