"""The pages of a filled workbook: hand it in, look, choose, write; each on real workbooks."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import BulkChange, FormUpload, Review, ReviewEvent
from tests.factories import UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.filled import save
from tests.reviews.many import many_reviews
from tests.reviews.sheets.scene import Book, book_of

pytestmark = pytest.mark.django_db
UPLOADS = "/reviews/uploads/"


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def client(cast, login):
    return login(cast.own["official"])


@pytest.fixture
def book(cast, tmp_path):
    """A function that gives the workbook of some reviews, to be typed into."""
    return lambda reviews: Book(book_of(cast, Review.objects.filter(pk__in=[one.pk for one in reviews])), tmp_path)


def hand_in(client, book, name="phieu.xlsx"):
    """The answer to handing ``book`` in."""
    return client.post(UPLOADS, {"file": SimpleUploadedFile(name, book.saved().read_bytes())})


def counts(page) -> dict[str, int]:
    """The numbers the page of an upload tells."""
    return {name: int(number) for name, number in re.findall(r'id="count-(\w+)">([\d.]+)<', page)}


def seal_of(page) -> str:
    return re.search(r'name="seal" value="([^"]+)"', page).group(1)


def page_of(client, url) -> str:
    return client.get(url).content.decode()


def test_a_file_is_shown_first_and_written_only_when_asked(cast, client, book):
    one, two, three = many_reviews(cast, 3)
    filled = book([one, two, three])
    filled.put(1, conclusion="Giữ nguyên", reason="Lý do trong tệp.")
    filled.put(2, conditions="Đủ người.", annual_dossiers=1200)
    save(cast, three, conditions="Trên cổng.")
    answer = hand_in(client, filled)
    upload = FormUpload.objects.get()
    url = reverse("reviews:upload", args=[upload.pk])
    assert answer["Location"] == url
    page = page_of(client, url)
    assert counts(page) == {"forms": 2, "take": 4, "keep": 1, "ask": 0, "refused": 0}
    for text in ("Chưa ghi gì", "Giữ nguyên", "Lý do trong tệp.", "1.200", one.scope_item.code):
        assert text in page
    assert not BulkChange.objects.exists()
    assert Review.objects.get(pk=one.pk).version == 0
    answer = client.post(f"{url}apply/", {"seal": seal_of(page), "button": "apply"})
    assert answer["Location"] == url
    change = BulkChange.objects.get()
    assert (change.changed, change.reason) == (2, "Nhập phiếu Excel “phieu.xlsx”")
    now = Review.objects.get(pk=one.pk)
    assert (now.conclusion, now.reason, now.status) == ("keep", "Lý do trong tệp.", "draft")
    assert (Review.objects.get(pk=two.pk).conditions, Review.objects.get(pk=two.pk).annual_dossiers) == (
        "Đủ người.",
        1200,
    )
    page = page_of(client, url)
    assert "Đã ghi vào 2 phiếu" in page
    assert reverse("reviews:bulk_change", args=[change.pk]) in page
    assert counts(page) == {"forms": 2, "take": 4, "keep": 1, "mine": 0, "theirs": 0, "refused": 0}
    # The way back is that of every change of many forms.
    client.post(reverse("reviews:bulk_undo", args=[change.pk]))
    assert Review.objects.get(pk=one.pk).status == "not_started"
    assert "hoàn tác lúc" in page_of(client, url)


def test_both_texts_are_shown_with_the_value_before_and_the_answer_is_written(cast, client, book):
    (review,) = many_reviews(cast, 1)
    save(cast, review, reason="Lúc tải tệp.")
    filled = book([review])
    filled.put(1, reason="Trong tệp.", conclusion="Giữ nguyên")
    save(cast, review, reason="Trên cổng.", conclusion="simplify")
    url = hand_in(client, filled)["Location"]
    page = page_of(client, url)
    assert counts(page) == {"forms": 1, "take": 0, "keep": 0, "ask": 2, "refused": 0}
    for text in ("Trong tệp.", "Trên cổng.", "Lúc tải tệp: Lúc tải tệp.", "Lấy giá trị trong tệp", "Đơn giản hóa"):
        assert text in page
    assert "checked" not in page.partition("questions-title")[2]
    refused = client.post(f"{url}apply/", {"seal": seal_of(page), f"choice-{review.pk}:reason": "mine"})
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "Còn 1 ô hai bên cùng sửa chưa được chọn" in text
    assert re.search(rf'value="mine" id="choice-{review.pk}:reason-mine" checked', text)
    assert Review.objects.get(pk=review.pk).reason == "Trên cổng."
    client.post(f"{url}apply/", {"seal": seal_of(text), f"choice-{review.pk}:conclusion": "theirs"})
    now = Review.objects.get(pk=review.pk)
    assert (now.reason, now.conclusion) == ("Trong tệp.", "simplify")
    assert ReviewEvent.objects.get(review=review, action="conflict").changes == {"conclusion": ["simplify", "keep"]}
    page = page_of(client, url)
    assert counts(page) == {"forms": 1, "take": 0, "keep": 0, "mine": 1, "theirs": 1, "refused": 0}
    told = page.partition("answered-title")[2]
    assert re.findall(r"giá trị (trong tệp|trên cổng)<", told) == ["trên cổng", "trong tệp"]
    assert "Trên cổng." in told


def test_a_form_saved_since_the_preview_is_shown_anew_and_nothing_is_written(cast, client, book):
    one, two = many_reviews(cast, 2)
    filled = book([one, two])
    filled.put(1, reason="Một trong tệp.")
    filled.put(2, reason="Hai trong tệp.")
    save(cast, one, reason="Một trên cổng.")
    url = hand_in(client, filled)["Location"]
    page = page_of(client, url)
    save(cast, two, reason="Hai trên cổng.")
    answer = client.post(f"{url}apply/", {"seal": seal_of(page), f"choice-{one.pk}:reason": "theirs"})
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "đã thay đổi từ lúc bạn xem trước" in text
    assert counts(text)["ask"] == 2
    assert f'id="choice-{one.pk}:reason-theirs" checked' in text
    assert f'data-question="{two.pk}:reason"' in text
    assert not BulkChange.objects.exists()


def test_a_second_writing_and_the_same_file_again_change_nothing(cast, client, book):
    (review,) = many_reviews(cast, 1)
    filled = book([review])
    filled.put(1, reason="Trong tệp.")
    url = hand_in(client, filled)["Location"]
    seal = seal_of(page_of(client, url))
    client.post(f"{url}apply/", {"seal": seal})
    answer = client.post(f"{url}apply/", {"seal": seal}, follow=True)
    assert "không ghi lần thứ hai" in answer.content.decode()
    assert Review.objects.get(pk=review.pk).version == 1
    page = page_of(client, hand_in(client, filled)["Location"])
    assert "0 thay đổi" in page
    assert counts(page) == {"forms": 0, "take": 0, "keep": 0, "ask": 0, "refused": 0}
    assert 'value="apply"' not in page


def test_faults_locked_cells_and_refused_rows_are_told_with_what_was_typed(cast, client, book):
    one, two, three = many_reviews(cast, 3)
    filled = book([one, two, three])
    filled.put(1, conclusion="Phân cấp ngay", reason="Vẫn lấy.")
    filled.put(2, name="Tên khác hẳn")
    filled.put(3, reason="Đã điền trong tệp.")
    url = hand_in(client, filled)["Location"]
    Review.objects.filter(pk=three.pk).update(assignee=UserFactory(organisation=cast.body, role="official"))
    page = page_of(client, url)
    assert counts(page) == {"forms": 1, "take": 1, "keep": 0, "ask": 0, "refused": 3}
    for text in ("Phân cấp ngay", "không có trong danh sách", "Tên khác hẳn", "Ô này đã khóa"):
        assert text in page
    assert "Đã điền trong tệp." in page
    assert "phân công cho người khác" in page
    client.post(f"{url}apply/", {"seal": seal_of(page)})
    page = page_of(client, url)
    assert counts(page) == {"forms": 1, "take": 1, "keep": 0, "mine": 0, "theirs": 0, "refused": 3}
    assert "Đã điền trong tệp." in page
    assert Review.objects.get(pk=three.pk).reason == ""


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"", "Tệp trống"),
        ("a.txt", b"chu", "không phải tệp Excel"),
        ("a.xlsx", None, "không phải phiếu Excel tải từ cổng"),
    ],
)
def test_what_is_no_workbook_of_forms_is_refused_with_a_sentence(client, name, content, sentence):
    if content is None:
        target = io.BytesIO()
        openpyxl.Workbook().save(target)
        content = target.getvalue()
    answer = client.post(UPLOADS, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not FormUpload.objects.exists()
    assert client.post(UPLOADS, {}).status_code == 422


def test_a_file_of_another_body_is_refused_on_the_page(cast, login, book):
    filled = book(many_reviews(cast, 1))
    filled.put(1, reason="Trong tệp.")
    answer = hand_in(login(cast.other["official"]), filled)
    assert answer.status_code == 422
    assert "cơ quan khác" in answer.content.decode()
    assert not FormUpload.objects.exists()


def test_the_rest_is_answered_at_once_and_nothing_is_written(cast, client, book):
    reviews = many_reviews(cast, 3)
    filled = book(reviews)
    for number, review in enumerate(reviews, start=1):
        filled.put(number, reason="Trong tệp.")
        save(cast, review, reason="Trên cổng.")
    url = hand_in(client, filled)["Location"]
    data = {"button": "rest-theirs", f"choice-{reviews[0].pk}:reason": "mine"}
    client.post(f"{url}apply/", data)
    assert not BulkChange.objects.exists()
    page = page_of(client, url)
    assert (page.count('value="mine" id="'), page.count('-theirs" checked'), page.count('-mine" checked')) == (3, 2, 1)


def test_more_questions_than_a_page_holds_are_asked_in_turns(cast, client, book, monkeypatch):
    monkeypatch.setattr("reviews.reports.uploads.ASKED_AT_ONCE", 2)
    reviews = many_reviews(cast, 3)
    filled = book(reviews)
    for number, review in enumerate(reviews, start=1):
        filled.put(number, reason="Trong tệp.")
        save(cast, review, reason="Trên cổng.")
    url = hand_in(client, filled)["Location"]
    page = page_of(client, url)
    asked = re.findall(r'data-question="([^"]+)"', page)
    assert len(asked) == 2
    assert 'value="more"' in page
    assert 'value="apply"' not in page
    client.post(f"{url}apply/", {"button": "more"} | {f"choice-{name}": "mine" for name in asked})
    page = page_of(client, url)
    assert re.findall(r'data-question="([^"]+)"', page)[0] not in asked


def test_the_list_tells_what_became_of_each_file_and_a_leader_only_reads(cast, client, login, book):
    reviews = many_reviews(cast, 2)
    filled = book(reviews)
    filled.put(1, reason="Trong tệp.")
    url = hand_in(client, filled)["Location"]
    client.post(f"{url}apply/", {"seal": seal_of(page_of(client, url))})
    hand_in(client, filled, "lan-hai.xlsx")
    page = page_of(client, UPLOADS)
    assert 'data-count="2"' in page
    assert "Đã ghi 1 phiếu" in page
    assert "lan-hai.xlsx" in page
    leader = login(cast.own["leader"])
    assert 'type="file"' not in page_of(leader, UPLOADS)
    filled.put(2, reason="Hai trong tệp.")
    url = hand_in(client, filled)["Location"]
    page = page_of(leader, url)
    assert counts(page)["take"] == 1
    assert 'value="apply"' not in page
    assert leader.post(f"{url}apply/", {}).status_code == 403
    for where in ("/reviews/", "/reviews/bulk-changes/"):
        assert UPLOADS in page_of(client, where)


def test_list_and_preview_cost_the_same_queries_for_one_and_for_twenty(cast, client, book):
    reviews = many_reviews(cast, 40)

    def queries(of, name):
        filled = book(of)
        for number in range(1, len(of) + 1):
            filled.put(number, reason=f"Trong tệp {name}.", conditions="Đủ.")
        for review in of[::2]:
            save(cast, review, reason=f"Trên cổng {name}.")
        url = hand_in(client, filled, name)["Location"]
        with CaptureQueriesContext(connection) as shown:
            page = page_of(client, url)
        assert counts(page)["ask"] == len(of[::2])
        return len(shown)

    one = queries(reviews[:1], "mot.xlsx")
    with CaptureQueriesContext(connection) as listed:
        page_of(client, UPLOADS)
    assert queries(reviews[1:21], "hai-muoi.xlsx") == one
    for name in range(18):
        FormUpload.objects.create(
            campaign=cast.campaign, organisation=cast.body, file="x", file_name=f"{name}.xlsx", sha256="0",
            made_by=cast.own["official"], report={"number": 1},
        )  # fmt: skip
    with CaptureQueriesContext(connection) as again:
        assert 'data-count="20"' in page_of(client, UPLOADS)
    assert len(again) == len(listed)
