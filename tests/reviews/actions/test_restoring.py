"""Earlier values brought back: as a save that names its source, for whoever may save, where they still fit."""

import pytest
from django.core.exceptions import ValidationError

from procedures.models import AuthorityLevel
from reviews.actions.filling import EditConflict, finish, save_review
from reviews.actions.restoring import restore
from reviews.models import Review, ReviewEvent
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def save(cast, review, by="official", **data):
    version = Review.objects.get(pk=review.pk).version
    return save_review(by=cast.own[by], review_id=review.pk, base_version=version, data=data).review


def bring_back(cast, review, sequence, name, by="official", version=None):
    review = Review.objects.get(pk=review.pk)
    version = review.version if version is None else version
    return restore(by=cast.own[by], review=review, sequence=sequence, name=name, base_version=version)


def test_a_text_of_an_earlier_version_becomes_the_present_one_with_its_source(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    save(cast, review, reason="Lý do thứ hai, vẫn dài hơn ba mươi ký tự.")
    saved = bring_back(cast, review, 1, "reason", by="focal_point")
    assert (saved.changed, saved.review.reason, saved.review.version) == (True, REASON, 3)
    event = ReviewEvent.objects.get(review=review, sequence=3)
    assert (event.action, event.reason, event.by) == ("save", "Khôi phục từ phiên bản 1", cast.own["focal_point"])
    assert event.changes["reason"] == ["Lý do thứ hai, vẫn dài hơn ba mươi ký tự.", REASON]


def test_rows_come_back_with_what_follows_from_them(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    save(cast, review, transfers=[])
    assert not Review.objects.get(pk=review.pk).counted
    assert bring_back(cast, review, 1, "transfers").review.counted
    assert review.transfers.get().target_level_id == "PROV_PC"


def test_what_somebody_typed_and_could_not_save_comes_back_too(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    save(cast, review, by="focal_point", reason="Lý do của đầu mối, dài hơn ba mươi ký tự.")
    typed = "Lý do của chuyên viên, dài hơn ba mươi ký tự."
    with pytest.raises(EditConflict):
        save_review(by=cast.own["official"], review_id=review.pk, base_version=1, data={"reason": typed})
    lost = ReviewEvent.objects.get(review=review, action="conflict")
    saved = bring_back(cast, review, lost.sequence, "reason")
    assert saved.review.reason == typed
    last = ReviewEvent.objects.filter(review=review).order_by("sequence").last()
    assert last.reason == f"Khôi phục nội dung chưa lưu được của {cast.own['official']}"


def test_a_value_that_no_longer_fits_is_refused_with_a_sentence(cast):
    review = cast.review()
    AuthorityLevel.objects.create(code="GONE", label="Cấp đã bỏ", tier="district", branch="local", rank=70)
    move = CONTENT["transfers"][0] | {"target_level": "GONE"}
    save(cast, review, **CONTENT | {"transfers": [move]})
    save(cast, review, transfers=CONTENT["transfers"])
    AuthorityLevel.objects.filter(code="GONE").delete()
    with pytest.raises(ValidationError, match="giá trị cũ không còn dùng được.*GONE"):
        bring_back(cast, review, 1, "transfers")
    assert Review.objects.get(pk=review.pk).version == 2


def test_whoever_may_not_save_may_not_bring_back(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    save(cast, review, reason="Lý do thứ hai, vẫn dài hơn ba mươi ký tự.")
    with pytest.raises(ValidationError, match="chỉ dành cho"):
        bring_back(cast, review, 1, "reason", by="leader")
    finish(by=cast.own["official"], reviews=[review])
    with pytest.raises(ValidationError, match="Chờ kiểm tra"):
        bring_back(cast, review, 1, "reason")


def test_a_field_changed_since_the_page_was_read_is_asked_about(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    save(cast, review, reason="Lý do thứ hai, vẫn dài hơn ba mươi ký tự.")
    save(cast, review, by="focal_point", reason="Lý do thứ ba, của đầu mối, dài hơn ba mươi ký tự.")
    with pytest.raises(EditConflict):
        bring_back(cast, review, 1, "reason", version=2)
    assert Review.objects.get(pk=review.pk).version == 3


def test_what_the_history_does_not_hold_is_refused(cast):
    review = cast.review()
    save(cast, review, **CONTENT)
    for sequence, name in ((9, "reason"), (1, "status"), (1, "version"), (0, "reason")):
        with pytest.raises(ValidationError, match="Lịch sử không giữ"):
            bring_back(cast, review, sequence, name)
