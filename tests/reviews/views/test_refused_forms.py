"""A form that cannot be taken comes back with 422 and what was typed, on every page; an opened page is 200."""

import pytest
from django.urls import reverse

from tests.factories import UserFactory
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


# Address, its arguments, who posts, what: each wrong.
REFUSED = (
    ("campaign_create", (), "appraiser", {}),
    ("campaign_create", (), "appraiser", {"code": "2026", "title": "Đã gõ tên đợt"}),
    ("campaign_edit", ("code",), "appraiser", {"title": ""}),
    ("extensions", ("code",), "appraiser", {"reason": "Đã gõ lý do"}),
    ("extensions", ("code",), "appraiser", {}),
    ("adjustment_new", ("code",), "appraiser", {"kind": "exclude", "codes": "9.999999"}),
    ("adjustment_new", ("code",), "appraiser", {}),
    ("deputies", (), "focal_point", {"reason": "Đã gõ lý do"}),
    ("deputies", (), "focal_point", {}),
    ("sending", (), "leader", {"door": "signed", "signer_name": "Đã gõ tên"}),
    ("spread", (), "focal_point", {"how": "chosen", "list": ""}),
    ("ask", (), "official", {"text": "Đã gõ câu hỏi"}),
    ("users", (), "focal_point", None),
    ("user_create", (), "focal_point", {"full_name": "Đã gõ tên"}),
)


@pytest.mark.parametrize(("name", "arguments", "role", "data"), REFUSED)
def test_what_is_wrong_comes_back_with_422_and_a_page_that_is_opened_with_200(cast, login, name, arguments, role, data):
    cast.review("checked")
    person = cast.own.get(role) or cast.other[role]
    url = reverse(f"reviews:{name}", args=[cast.campaign.code for _ in arguments])
    client = login(person)
    assert client.get(url).status_code == 200
    if data is not None:
        answer = client.post(url, data)
        assert answer.status_code == 422
        for typed in data.values():
            assert "Đã gõ" not in typed or typed in answer.content.decode()


def test_a_handover_without_a_receiver_comes_back_with_422(cast, login):
    leaver = UserFactory(organisation=cast.body, role="official")
    cast.review("draft", assignee=leaver)
    client, url = login(cast.own["focal_point"]), reverse("reviews:hand_over")
    assert client.get(url, {"person": leaver.pk}).status_code == 200
    assert client.post(url, {"person": leaver.pk, "reason": "Nghỉ hưu"}).status_code == 422


@pytest.mark.parametrize(
    ("status", "name", "role", "data"),
    [
        ("draft", "detail", "official", {"version": "1", "annual_dossiers": "không phải số"}),
        ("ready", "return_internal", "focal_point", {"reason": ""}),
        ("submitted", "return", "appraiser", {"points": ""}),
        ("accepted", "reopen", "department_head", {"reason": ""}),
        ("accepted", "approve", "department_head", {"document": ""}),
    ],
)
def test_a_form_of_a_review_that_cannot_be_taken_comes_back_with_422(cast, login, status, name, role, data):
    review = cast.review(status)
    person = cast.own.get(role) or cast.other[role]
    answer = login(person).post(reverse(f"reviews:{name}", args=[review.pk]), data)
    assert answer.status_code == 422
    review.refresh_from_db()
    assert review.status == status


def test_a_preview_nothing_stands_against_is_no_refusal(cast, login):
    review = cast.review("draft")
    data = {
        "kind": "exclude", "codes": review.scope_item.code, "reason": "Chỉ cấp xã quyết định.",
        "document_number": "1/TTr", "document_date": "2021-10-01",
    }  # fmt: skip
    answer = login(cast.other["appraiser"]).post(reverse("reviews:adjustment_new", args=[cast.campaign.code]), data)
    assert answer.status_code == (422 if answer.context["form"].errors else 200)


def test_no_extension_is_granted_in_a_round_that_is_not_open_and_the_page_says_so(cast, login):
    cast.campaign.state, cast.campaign.closed_at = "closed", cast.campaign.opened_at
    cast.campaign.save()
    url = reverse("reviews:extensions", args=[cast.campaign.code])
    answer = login(cast.other["appraiser"]).post(url, {"reason": "Bão lụt"}, follow=True)
    assert answer.redirect_chain == [(url, 302)]
    assert "Chỉ gia hạn trong đợt rà soát đang mở" in answer.content.decode()
