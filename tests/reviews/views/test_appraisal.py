"""The department's buttons on the page of a review."""

import pytest
from django.urls import reverse

from reviews.models import ReviewEvent
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def post(client, name, review, data=None):
    return client.post(reverse(f"reviews:{name}", args=[review.pk]), data or {})


def test_points_are_one_a_line(cast, login):
    review = cast.review("submitted")
    client = login(cast.other["appraiser"])
    assert post(client, "return", review, {"points": "Nêu rõ điều, khoản.\r\n\r\n Bổ sung ý kiến. "}).status_code == 302
    assert list(review.queries.values_list("text", flat=True)) == ["Nêu rõ điều, khoản.", "Bổ sung ý kiến."]


@pytest.mark.parametrize(
    ("name", "status", "data", "said"),
    [
        ("return", "submitted", {"points": "\n"}, "ít nhất một điểm"),
        ("reopen", "accepted", {"reason": ""}, "phải nêu lý do"),
        ("approve", "accepted", {"document": ""}, "Quyết định phê duyệt"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_written(cast, login, name, status, data, said):
    review = cast.review(status)
    response = post(login(cast.other["department_head"]), name, review, data)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not ReviewEvent.objects.exists()


def test_points_typed_too_late_stay_on_the_page(cast, login):
    review = cast.review("accepted")
    response = post(login(cast.other["appraiser"]), "return", review, {"points": "Gõ mười phút"})
    assert response.status_code == 409
    assert "Gõ mười phút" in response.content.decode()


def test_a_transfer_that_cannot_be_classed_is_classed_on_the_page(cast, login):
    review = cast.review("submitted", counted=False)
    review.transfers.update(target_level="SOCIO_POLITICAL", transfer_class="manual")
    transfer = review.transfers.get()
    url = reverse("reviews:rule_transfer", args=[review.pk, transfer.pk])
    client = login(cast.other["appraiser"])
    assert url in client.get(reverse("reviews:detail", args=[review.pk])).content.decode()
    response = client.post(url, {"ruling": "downward", "reason": ""})
    assert "phải nêu lý do" in response.content.decode()
    assert client.post(url, {"ruling": "downward", "reason": "Giao hội nghề nghiệp."}).status_code == 302
    review.refresh_from_db()
    assert review.counted is True
    assert "Giao hội nghề nghiệp." in client.get(reverse("reviews:detail", args=[review.pk])).content.decode()


def test_a_transfer_of_another_review_is_not_found(cast, login):
    review, stranger = cast.review("submitted"), cast.review("submitted")
    url = reverse("reviews:rule_transfer", args=[review.pk, stranger.transfers.get().pk])
    assert login(cast.other["appraiser"]).post(url, {"ruling": "downward", "reason": "x"}).status_code == 404


def test_only_the_department_rules(cast, login):
    review = cast.review("submitted")
    url = reverse("reviews:rule_transfer", args=[review.pk, review.transfers.get().pk])
    for person in (cast.own["leader"], cast.own["official"], cast.other["auditor"], cast.other["administrator"]):
        assert login(person).post(url, {"ruling": "downward", "reason": "x"}).status_code == 403
