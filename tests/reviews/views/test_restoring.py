"""One version as a whole beside what stands now, and earlier values brought back by a button."""

import pytest

from reviews.actions.filling import EditConflict, save_review
from reviews.models import Review, ReviewEvent
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db
SECOND = "Lý do thứ hai, vẫn dài hơn ba mươi ký tự."


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def review(cast):
    """A review with two versions: the reason changed in the second."""
    made = cast.review()
    for base, data in enumerate((CONTENT, {"reason": SECOND})):
        save_review(by=cast.own["official"], review_id=made.pk, base_version=base, data=data)
    return made


def test_the_history_leads_to_every_version(login, cast, review):
    page = login(cast.own["official"]).get(f"/reviews/{review.pk}/history/").content.decode()
    for version in (1, 2):
        assert f'href="/reviews/{review.pk}/history/{version}/">Xem phiên bản {version}</a>' in page


def test_a_version_is_shown_whole_with_who_and_when_and_what_differs_from_now(login, cast, review):
    page = login(cast.own["auditor"]).get(f"/reviews/{review.pk}/history/1/").content.decode()
    assert "Phiên bản 1 của phiếu" in page
    assert str(cast.own["official"]) in page
    different, alike = page[page.index("Khác với hiện nay") :].split("Giống hiện nay")
    assert REASON in different
    assert SECOND in different
    assert "15/2021/NĐ-CP" in alike
    assert "Khôi phục giá trị này" not in page, "an auditor writes nothing"


def test_the_button_brings_the_value_back(login, cast, review):
    client = login(cast.own["focal_point"])
    page = client.get(f"/reviews/{review.pk}/history/1/").content.decode()
    assert "Khôi phục giá trị này: Lý do" in page
    data = {"sequence": 1, "field": "reason", "version": 2}
    answer = client.post(f"/reviews/{review.pk}/restore/", data, follow=True)
    assert "Đã khôi phục “Lý do”" in answer.content.decode()
    assert Review.objects.get(pk=review.pk).reason == REASON
    history = client.get(f"/reviews/{review.pk}/history/").content.decode()
    assert "Khôi phục từ phiên bản 1" in history


def test_refusals_are_told_on_the_page(login, cast, review):
    client = login(cast.own["official"])
    for data, sentence in (
        ({"sequence": 1, "field": "status", "version": 2}, "Lịch sử không giữ giá trị này"),
        ({"sequence": "x", "field": "reason", "version": 2}, "Lịch sử không giữ giá trị này"),
        ({"sequence": 2, "field": "reason", "version": 2}, "hiện đã đúng như vậy"),
    ):
        assert sentence in client.post(f"/reviews/{review.pk}/restore/", data, follow=True).content.decode()
    save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=2, data={"reason": f"{SECOND} Nữa."})
    data = {"sequence": 1, "field": "reason", "version": 2}
    page = client.post(f"/reviews/{review.pk}/restore/", data, follow=True).content.decode()
    assert "trong khi bạn xem lịch sử nên chưa khôi phục" in page


def test_what_could_not_be_saved_is_shown_and_comes_back(login, cast, review):
    typed = "Lý do của đầu mối, dài hơn ba mươi ký tự."
    with pytest.raises(EditConflict):
        save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=1, data={"reason": typed})
    lost = ReviewEvent.objects.get(review=review, action="conflict")
    client = login(cast.own["focal_point"])
    page = client.get(f"/reviews/{review.pk}/history/{lost.sequence}/").content.decode()
    assert "Nội dung chưa lưu được" in page
    assert typed in page
    client.post(f"/reviews/{review.pk}/restore/", {"sequence": lost.sequence, "field": "reason", "version": 2})
    assert Review.objects.get(pk=review.pk).reason == typed


def test_drafts_of_a_body_stay_inside_it(login, cast, review):
    Review.objects.filter(pk=review.pk).update(
        status="submitted", finished_by=cast.own["official"], decider_unknown=False
    )
    assert login(cast.other["appraiser"]).get(f"/reviews/{review.pk}/history/1/").status_code == 403
    assert login(cast.other["official"]).get(f"/reviews/{review.pk}/history/1/").status_code == 404
    page = login(cast.other["appraiser"]).get(f"/reviews/{review.pk}/history/").content.decode()
    assert "Xem phiên bản" not in page
    assert login(cast.own["official"]).get(f"/reviews/{review.pk}/history/9/").status_code == 404
