"""Usual wordings of a body, and answers to what provinces say."""

import pytest
from django.core.exceptions import ValidationError

from reviews.actions.extras import MAX_PHRASES, answer_opinion, forget_phrase, keep_phrase
from reviews.models import Opinion, Phrase, ReviewEvent
from tests.factories import ProvinceFactory, ReviewFactory, UserFactory
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def heard(review, **facts):
    """A province's sent proposal on the procedure of ``review``."""
    facts = {"status": "submitted", "stance": "propose", "conclusion": "decentralize", "reason": "Đủ người."} | facts
    return ReviewFactory(
        scope_item=review.scope_item, organisation=ProvinceFactory(), kind="proposal", version=1,
        finished_by=UserFactory(), **facts,
    )  # fmt: skip


def test_a_wording_is_kept_once_and_only_where_a_form_has_text(cast):
    first = keep_phrase(by=cast.own["official"], field="reason", text="  Giảm khâu trung gian. ")
    again = keep_phrase(by=cast.own["focal_point"], field="reason", text="Giảm khâu trung gian.")
    assert (first.pk, first.text) == (again.pk, "Giảm khâu trung gian.")
    for field, text in (("status", "x"), ("reason", "  "), ("reason", "x" * 4000)):
        with pytest.raises(ValidationError):
            keep_phrase(by=cast.own["official"], field=field, text=text)
    for number in range(MAX_PHRASES - 1):
        keep_phrase(by=cast.own["official"], field="reason", text=f"Câu {number}")
    with pytest.raises(ValidationError, match="tối đa"):
        keep_phrase(by=cast.own["official"], field="reason", text="Câu thừa")


def test_a_wording_of_another_body_is_not_forgotten(cast):
    phrase = keep_phrase(by=cast.own["official"], field="reason", text="Giảm khâu trung gian.")
    with pytest.raises(ValidationError):
        forget_phrase(by=cast.other["official"], phrase=phrase)
    forget_phrase(by=cast.own["focal_point"], phrase=phrase)
    assert not Phrase.objects.exists()


def test_the_first_answer_puts_the_provinces_opinion_on_record(cast):
    review = cast.review("draft")
    source = heard(review)
    answer_opinion(by=cast.own["official"], review_id=review.pk, kind="adopted", text="", source=source)
    answer_opinion(
        by=cast.own["focal_point"], review_id=review.pk, kind="explained", text="Vướng Luật Xây dựng.", source=source
    )
    row = Opinion.objects.get()
    assert (row.organisation, row.source_review, row.answer_kind) == (source.organisation, source, "explained")
    first, second = ReviewEvent.objects.filter(action="answer_opinion").order_by("sequence")
    assert first.changes["opinions"][0] is None
    assert second.changes["opinions"][1]["answer"] == "Vướng Luật Xây dựng."


def test_an_answer_needs_a_kind_a_reason_and_a_form_that_may_be_edited(cast):
    review = cast.review("draft")
    source = heard(review)
    for kind, text in (("", "x"), ("explained", " ")):
        with pytest.raises(ValidationError):
            answer_opinion(by=cast.own["official"], review_id=review.pk, kind=kind, text=text, source=source)
    elsewhere = heard(cast.review("draft"))
    with pytest.raises(ValidationError, match="không thuộc phiếu"):
        answer_opinion(by=cast.own["official"], review_id=review.pk, kind="adopted", text="", source=elsewhere)
    sent = cast.review("submitted")
    with pytest.raises(ValidationError, match="Đã gửi"):
        answer_opinion(by=cast.own["official"], review_id=sent.pk, kind="adopted", text="", source=heard(sent))
    assert not Opinion.objects.exists()
