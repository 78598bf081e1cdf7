"""Pages that need a round say so while there is none, and what to do."""

import pytest
from django.urls import reverse

from reviews.models import BulkChange
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

PAGES = (
    ("bulk_choose", "ministry", "Điền hàng loạt"),
    ("exception", "province", "Trả lời chung các TTHC còn lại"),
    ("spread", "ministry", "Giao phiếu"),
)


@pytest.mark.parametrize(("name", "kind", "title"), PAGES)
def test_without_a_round_the_page_says_what_is_missing_and_what_to_do(login, name, kind, title):
    client = login(UserFactory(role="focal_point", organisation=OrganisationFactory(kind=kind)))
    answer = client.get(reverse(f"reviews:{name}"))
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in (title, "Chưa có đợt rà soát nào", "cơ quan chủ trì", "vào lại trang này", "Về danh sách phiếu"):
        assert words in page


@pytest.mark.parametrize("name", ["bulk_choose", "bulk_apply", "quick_paste", "exception", "spread"])
def test_without_a_round_what_is_posted_is_refused_with_the_same_sentence(login, name):
    client = login(UserFactory(role="focal_point", organisation=OrganisationFactory(kind="province")))
    answer = client.post(reverse(f"reviews:{name}"), {"block": "Giữ nguyên", "part": "reason", "how": "chosen"})
    assert answer.status_code == 409
    assert "Chưa có đợt rà soát nào" in answer.content.decode()
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(("name", "kind"), [("bulk_choose", "ministry"), ("exception", "province")])
def test_a_round_that_is_not_there_is_still_not_found_and_a_wrong_role_still_turned_away(login, name, kind):
    body, url = OrganisationFactory(kind=kind), reverse(f"reviews:{name}")
    assert login(UserFactory(role="official", organisation=body)).get(url, {"campaign": "X"}).status_code == 404
    assert login(UserFactory(role="leader", organisation=body)).get(url).status_code == 403
