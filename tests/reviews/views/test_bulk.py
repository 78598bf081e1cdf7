"""The pages of changing many forms: choose, preview, apply, the log, taking back."""

import re
from html import unescape

import pytest
from django.urls import reverse

from reviews.models import BulkChange, Review
from tests.factories import SectorFactory
from tests.reviews.actions.test_bulk import MINISTER, all_of, fresh
from tests.reviews.cast import REASON, make_cast
from tests.reviews.many import many_reviews

pytestmark = pytest.mark.django_db
CHOOSE, APPLY = "/reviews/bulk-changes/new/", "/reviews/bulk-changes/apply/"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def client(cast, login):
    return login(cast.own["official"])


def hidden(page) -> dict:
    """The hidden fields of the form that applies."""
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
        found.setdefault(name, []).append(unescape(value))
    return found


def chosen(**fields):
    """What the page of choosing posts for "keep" with one reason."""
    parts = {"part": ["conclusion", "reason"], "conclusion": "keep", "reason": REASON}
    return {"overwrite_seen": "1", "button": "preview", **parts, **fields}


def seal_of(page) -> str:
    return re.search(r'name="seal" value="([^"]+)"|value="([^"]+)"[^>]*name="seal"', page).group(1)


def apply_page(client, page, **fields):
    data = hidden(page) | {"why": "Cùng nhóm.", "seal": seal_of(page)} | fields
    return client.post(APPLY, data)


def test_everything_the_filter_matches_is_changed_after_a_preview(cast, client):
    for _ in range(12):
        fresh(cast)
    cast.review("ready")
    page = client.get(CHOOSE, {"eligible": "1"}).content.decode()
    assert "Điền hàng loạt 13 phiếu" in page
    filters = unescape(re.search(r'name="filters" value="([^"]*)"', page).group(1))
    page = client.post(CHOOSE, chosen(filters=filters)).content.decode()
    assert "12 phiếu sẽ thay đổi" in page
    assert "đã khóa" in page
    assert page.count("timeline-changes") == 10
    assert not BulkChange.objects.exists()
    answer = apply_page(client, page)
    change = BulkChange.objects.get()
    assert answer["Location"] == reverse("reviews:bulk_change", args=[change.pk])
    assert (change.changed, change.skipped, change.filters) == (12, 1, "eligible=1")
    assert all_of(cast).filter(conclusion="keep").count() == 12


def test_only_ticked_rows_are_changed(cast, client):
    one, two, _ = fresh(cast), fresh(cast), fresh(cast)
    page = client.post(CHOOSE, {"review": [one.pk, two.pk], "button": "pick"}).content.decode()
    assert "Điền hàng loạt 2 phiếu" in page
    page = client.post(CHOOSE, chosen(review=[one.pk, two.pk])).content.decode()
    apply_page(client, page)
    assert set(all_of(cast).filter(conclusion="keep").values_list("pk", flat=True)) == {one.pk, two.pk}


def test_a_set_that_changed_is_shown_again(cast, client):
    fresh(cast)
    page = client.post(CHOOSE, chosen()).content.decode()
    fresh(cast)
    answer = apply_page(client, page)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "đã thay đổi từ lúc bạn xem trước: hiện có 2 phiếu" in text
    assert not BulkChange.objects.exists()
    assert apply_page(client, text).status_code == 302


def test_nothing_ticked_or_nothing_typed_is_said_and_nothing_lost(cast, client):
    fresh(cast)
    answer = client.post(CHOOSE, chosen(part=[]))
    assert answer.status_code == 422
    assert "Hãy đánh dấu ít nhất một mục" in answer.content.decode()
    assert REASON in answer.content.decode()
    answer = client.post(CHOOSE, chosen(part=["conditions"]))
    assert "Đã đánh dấu “Điều kiện bảo đảm thực hiện” nhưng chưa nhập gì" in answer.content.decode()


def test_a_missing_reason_of_the_batch_is_asked_for(cast, client):
    fresh(cast)
    page = client.post(CHOOSE, chosen()).content.decode()
    answer = apply_page(client, page, why=" ")
    assert answer.status_code == 422
    assert "Hãy ghi lý do" in answer.content.decode()


def test_one_form_is_the_pattern_for_those_like_it(cast, client):
    sector = SectorFactory()
    model = cast.review("draft")
    same, other = fresh(cast), fresh(cast)
    for review in (model, same):
        review.scope_item.sector, review.scope_item.deciders = sector, MINISTER
        review.scope_item.save()
    page = client.get(CHOOSE, {"like": model.pk}).content.decode()
    assert "Áp dụng như thủ tục" in page
    assert REASON in page
    wish = chosen(like=model.pk, kind="like", same=["sector", "decider"], conclusion="decentralize")
    wish |= {"part": ["conclusion", "reason", "transfers"], "target_level": "PROV_PC"}
    page = client.post(CHOOSE, wish).content.decode()
    assert "1 phiếu sẽ thay đổi" in page
    apply_page(client, page)
    same.refresh_from_db()
    other.refresh_from_db()
    assert (same.conclusion, same.counted, other.conclusion) == ("decentralize", True, "")
    assert BulkChange.objects.get().kind == "like"


def test_a_group_takes_pasted_codes_and_names_unknown_ones(cast, client):
    reviews = [fresh(cast) for _ in range(3)]
    assert "field-error" not in client.get(CHOOSE, {"kind": "group"}).content.decode()
    codes = "\n".join([*(review.scope_item.code for review in reviews[:2]), "9.999999"])
    page = client.post(CHOOSE, chosen(kind="group", title="Nhóm chứng chỉ", codes=codes)).content.decode()
    assert "2 phiếu sẽ thay đổi" in page
    assert "9.999999" in page
    apply_page(client, page)
    change = BulkChange.objects.get()
    assert (change.kind, change.title, change.changed) == ("group", "Nhóm chứng chỉ", 2)


def test_the_log_and_the_page_of_a_change_tell_who_when_and_why_and_undo_it(cast, client):
    fresh(cast)
    apply_page(client, client.post(CHOOSE, chosen()).content.decode())
    change = BulkChange.objects.get()
    assert "Cùng nhóm." in client.get("/reviews/bulk-changes/").content.decode()
    page = client.get(f"/reviews/bulk-changes/{change.pk}/").content.decode()
    assert "Giữ nguyên" in page
    assert "Hoàn tác" in page
    answer = client.post(f"/reviews/bulk-changes/{change.pk}/undo/", follow=True)
    assert "Đã hoàn tác 1 phiếu" in answer.content.decode()
    assert not Review.objects.exclude(conclusion="").exists()
    assert "đã được" in client.post(f"/reviews/bulk-changes/{change.pk}/undo/", follow=True).content.decode()


def test_another_body_and_the_department_know_nothing_of_it(cast, client, login):
    fresh(cast)
    apply_page(client, client.post(CHOOSE, chosen()).content.decode())
    address = f"/reviews/bulk-changes/{BulkChange.objects.get().pk}/"
    assert login(cast.other["focal_point"]).get(address).status_code == 404
    assert login(cast.other["focal_point"]).post(f"{address}undo/").status_code == 404
    assert login(cast.other["appraiser"]).get(address).status_code == 404
    assert login(cast.own["leader"]).get(address).status_code == 200
    assert login(cast.own["leader"]).post(f"{address}undo/").status_code == 403
    assert login(cast.other["auditor"]).get(address).status_code == 200


@pytest.mark.parametrize("number", [1, 20])
def test_the_page_of_a_change_asks_no_more_for_many_rows(cast, client, number, django_assert_max_num_queries):
    for _ in range(number):
        fresh(cast)
    apply_page(client, client.post(CHOOSE, chosen()).content.decode())
    with django_assert_max_num_queries(12):
        client.get(f"/reviews/bulk-changes/{BulkChange.objects.get().pk}/")


def test_twelve_hundred_filtered_rows_are_one_batch_and_undone_exactly(cast, client):
    many_reviews(cast, 1_200)
    before = list(all_of(cast).order_by("pk").values_list("status", "version", "conclusion", "reason", "counted"))
    page = client.post(CHOOSE, chosen(filters="status=not_started")).content.decode()
    assert "1.200 phiếu sẽ thay đổi" in page
    assert "Áp dụng cho 1.200 phiếu" in page
    apply_page(client, page)
    assert BulkChange.objects.count() == 1
    assert "1.200" in client.get("/reviews/bulk-changes/").content.decode()
    assert all_of(cast).filter(conclusion="keep", status="draft").count() == 1_200
    change = BulkChange.objects.get()
    client.post(f"/reviews/bulk-changes/{change.pk}/undo/")
    change.refresh_from_db()
    assert change.kept == []
    after = list(all_of(cast).order_by("pk").values_list("status", "version", "conclusion", "reason", "counted"))
    assert after == before
    assert not all_of(cast).filter(current_authorities__isnull=False).exists()
