"""The address of autosaves, and the page that shows what they kept."""

import re

import pytest
from django.urls import reverse

from reviews.models import Review, ReviewEvent, WorkingCopy
from reviews.views import filling
from tests.reviews.cast import CONTENT, REASON, form_data, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def address(review, name="autosave") -> str:
    return reverse(f"reviews:{name}", args=[review.pk])


def send(client, review, version=1, *, number=1, tab="a", revision=0, **fields):
    data = {"version": version, "number": number, "tab": tab, "revision": revision, "touched": ",".join(fields)}
    return client.post(address(review), data | fields)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_changed_field_is_kept_and_the_line_says_when(cast, login):
    review = cast.review("draft")
    told = send(login(cast.own["official"]), review, conditions="Có hậu kiểm.").json()
    assert told["state"] == "saved"
    assert re.fullmatch(r"Đã lưu \d\d:\d\d", told["text"])
    assert not ReviewEvent.objects.exists()


def test_a_wrong_value_is_answered_kept_and_shown_again(cast, login):
    review, client = cast.review("draft", annual_dossiers_unknown=False), login(cast.own["official"])
    told = send(client, review, annual_dossiers="nhiều").json()
    assert told["state"] == "wrong"
    assert told["text"].startswith("Sai: ")
    page = text_of(client.get(address(review, "detail")))
    assert 'value="nhiều"' in page
    assert "Có nội dung tự lưu lúc" in page


def test_a_row_half_typed_is_kept_as_it_is(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    rows = form_data({"amendments": CONTENT["amendments"]}) | {
        "amendments-TOTAL_FORMS": "2", "amendments-1-number": "99/2021", "amendments-1-issued_on": "31/02/2021",
    }  # fmt: skip
    told = send(client, review, **{name: value for name, value in rows.items() if name != "version"}).json()
    assert "Hãy chọn loại văn bản" in told["text"]
    page = text_of(client.get(address(review, "detail")))
    assert 'value="99/2021"' in page
    assert 'value="31/02/2021"' in page
    assert 'value="15/2021/NĐ-CP"' in page


def test_the_owner_sees_his_copy_over_the_form_and_nobody_else_does(cast, login):
    review = cast.review("draft")
    send(login(cast.own["official"]), review, conditions="Chỉ mình tôi thấy")
    mine = text_of(login(cast.own["official"]).get(address(review, "detail")))
    theirs = text_of(login(cast.own["focal_point"]).get(address(review, "detail")))
    assert "Chỉ mình tôi thấy" in mine
    assert "chưa ghi thành phiên bản" in mine
    assert "Chỉ mình tôi thấy" not in theirs
    assert f"Đang mở phiếu này: {cast.own['official']} (đang sửa)" in theirs


def test_reading_the_page_writes_nothing(cast, login):
    review = cast.review("draft")
    login(cast.own["official"]).get(address(review, "detail"))
    assert not WorkingCopy.objects.exists()
    assert login(cast.own["official"]).get(address(review)).status_code == 405


def test_the_copy_is_dropped_by_its_button(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    send(client, review, conditions="Bỏ đi")
    page = text_of(client.post(address(review), {"drop": "1"}, follow=True))
    assert "Đã bỏ nội dung tự lưu" in page
    assert "chưa ghi thành phiên bản" not in page
    assert "Bỏ đi" in text_of(client.get(address(review, "history")))


def test_the_whole_form_posted_takes_the_copy_with_it(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    send(client, review, tab="b", conditions="Từ thẻ kia")
    data = form_data({"reason": REASON + " Thêm.", "conditions": ""}, version=1)
    client.post(address(review, "detail"), data | {"revision": "0", "tab": "a", "number": "1", "touched": "reason"})
    review.refresh_from_db()
    assert (review.reason, review.conditions, review.version) == (REASON + " Thêm.", "Từ thẻ kia", 2)


def test_a_clash_says_the_field_and_the_person_and_the_save_shows_both_texts(cast, login):
    review = cast.review("draft")
    mine, theirs = login(cast.own["official"]), login(cast.own["focal_point"])
    send(mine, review, reason="Lý do của tôi")
    theirs.post(address(review, "detail"), form_data({"reason": "Lý do của đầu mối"}, version=1))
    told = send(mine, review, number=2, conditions="x").json()
    assert told["state"] == "clash"
    assert f"Người khác vừa sửa: Lý do ({cast.own['focal_point']})" in told["text"]
    whole = {"reason": "Lý do của tôi", "conditions": "x"}
    tail = {"revision": "0", "tab": "a", "number": "3", "touched": "reason,conditions"}
    answer = mine.post(address(review, "detail"), form_data(whole, version=1) | tail)
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Lý do của đầu mối" in page
    again = form_data(whole, version=2) | tail | {"number": "4", "keep_reason": "mine", "revision": "2"}
    assert mine.post(address(review, "detail"), again).status_code == 302
    assert Review.objects.get(pk=review.pk).reason == "Lý do của tôi"


def test_the_department_a_leader_and_strangers_are_kept_out(cast, login):
    review = cast.review("draft")
    assert send(login(cast.own["leader"]), review, reason="x").status_code == 403
    assert send(login(cast.other["official"]), review, reason="x").status_code == 404
    assert send(login(cast.other["appraiser"]), review, reason="x").status_code == 403
    assert send(login(cast.own["official"]), review, user="999999", reason="x").status_code == 409
    ready = cast.review("ready")
    assert "trạng thái" in send(login(cast.own["official"]), ready, reason="x").json()["text"]
    assert not WorkingCopy.objects.exists()


@pytest.mark.parametrize("version", ["", "x", "9" * 30])
def test_a_message_without_its_version_is_refused(cast, login, version):
    review = cast.review("draft")
    assert send(login(cast.own["official"]), review, version=version, reason="x").status_code == 400


def test_a_page_read_while_a_last_message_arrives_shows_its_text_or_says_it_has_not_arrived(cast, login, monkeypatch):
    review, client = cast.review("draft"), login(cast.own["official"])
    find = filling.find_review

    def and_the_closed_tab_speaks(request, pk):
        found = find(request, pk)
        told = send(login(cast.own["official"]), review, tab="closed", conditions="Viết dở ở thẻ đã", leaving="1")
        assert told.status_code == 200
        return found

    monkeypatch.setattr(filling, "find_review", and_the_closed_tab_speaks)
    page = text_of(client.get(address(review, "detail")))
    assert "Viết dở ở thẻ đã" in page or "closed" not in page
    monkeypatch.undo()
    page = text_of(client.get(address(review, "detail")))
    assert "Viết dở ở thẻ đã" in page
    assert "closed" in page
