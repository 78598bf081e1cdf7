"""The pack's page, what was sent, and the scan of its letter."""

import datetime
import re

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.actions.appraisal import return_to_body
from reviews.actions.filling import save_review
from reviews.models import CriterionAnswer, Review, Submission, Transfer
from tests.office import sheet_of
from tests.reviews.cast import CONTENT, make_cast

pytestmark = pytest.mark.django_db

LETTER = {
    "letter_number": "12/BXD-VP",
    "letter_date": "05/10/2021",
    "signer_name": "Lê Quang Hùng",
    "signer_capacity": "KT. BỘ TRƯỞNG",
}


@pytest.fixture
def cast():
    return make_cast()


def pdf(body: bytes = b"%PDF-1.4 cong van"):
    return SimpleUploadedFile("cong van.pdf", body)


def record(client, reviews, **facts):
    data = LETTER | {"review": [review.pk for review in reviews], "scan": pdf()} | facts
    return client.post(reverse("reviews:sending"), data)


def test_everything_checked_stands_ticked_in_the_pack(cast, login):
    reviews = [cast.review("checked") for _ in range(2)]
    cast.review("ready")
    page = login(cast.own["leader"]).get(reverse("reviews:sending")).content.decode()
    assert 'data-count="2"' in page
    for review in reviews:
        assert re.search(rf'name="review" value="{review.pk}"[^>]* checked', page)
    assert f'value="{cast.own["leader"].full_name}"' in page


def test_the_focal_point_records_the_letter_for_the_ticked_ones_only(cast, login):
    sent, kept = cast.review("checked"), cast.review("checked")
    client = login(cast.own["focal_point"])
    response = record(client, [sent])
    submission = Submission.objects.get()
    assert response.url == reverse("reviews:submission", args=[submission.pk])
    assert [item.review_id for item in submission.items.all()] == [sent.pk]
    kept.refresh_from_db()
    assert kept.status == "checked"
    page = client.get(response.url).content.decode()
    assert "12/BXD-VP" in page
    assert submission.digest in page
    assert submission.letter_number in client.get(reverse("reviews:sending")).content.decode()


def test_a_wrong_letter_comes_back_with_what_was_typed_and_ticked(cast, login):
    chosen, left = cast.review("checked"), cast.review("checked")
    client = login(cast.own["focal_point"])
    for facts, said in (
        ({"letter_date": "05/10/2999"}, "ở sau ngày hôm nay"),
        ({"letter_number": ""}, "Phải nêu số công văn"),
        ({"scan": pdf(b"MZ")}, "không phải là PDF"),
        ({"scan": ""}, "Phải kèm bản chụp"),
    ):
        page = record(client, [chosen], **facts).content.decode()
        assert said in page
        assert 'value="Lê Quang Hùng"' in page
        assert re.search(rf'name="review" value="{chosen.pk}"[^>]* checked', page)
        assert not re.search(rf'name="review" value="{left.pk}"[^>]* checked', page)
    assert not Submission.objects.exists()


def test_a_review_taken_out_meanwhile_stops_the_pack(cast, login):
    reviews = [cast.review("checked"), cast.review("checked")]
    Review.objects.filter(pk=reviews[0].pk).update(status="draft")
    page = record(login(cast.own["focal_point"]), reviews).content.decode()
    assert "không còn ở trạng thái chờ ký" in page
    assert not Submission.objects.exists()


def test_after_the_deadline_the_page_says_so_and_sends_nothing(cast, login):
    cast.campaign.deadline = datetime.date(2021, 9, 30)
    cast.campaign.save()
    review = cast.review("checked")
    client = login(cast.own["focal_point"])
    assert "Đã quá hạn gửi" in client.get(reverse("reviews:sending")).content.decode()
    assert "Đã quá hạn gửi" in record(client, [review]).content.decode()
    assert not Submission.objects.exists()


def test_a_door_is_not_opened_by_naming_it(cast, login):
    review = cast.review("checked")
    assert record(login(cast.own["focal_point"]), [review], door="signed").status_code == 403
    assert record(login(cast.own["leader"]), [review], door="recorded").status_code == 403
    assert not Submission.objects.exists()


def test_the_scan_is_a_download_for_the_body_and_the_department(cast, login):
    record(login(cast.own["focal_point"]), [cast.review("checked")])
    submission = Submission.objects.get()
    url = reverse("reviews:scan", args=[submission.pk])
    for person in (cast.own["official"], cast.other["appraiser"], cast.other["auditor"]):
        response = login(person).get(url)
        assert b"".join(response.streaming_content) == b"%PDF-1.4 cong van"
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
    for name in ("scan", "submission"):
        stranger = login(cast.other["leader"]).get(reverse(f"reviews:{name}", args=[submission.pk]))
        assert stranger.status_code == 404


def test_a_submission_signed_on_the_portal_has_no_scan(cast, login):
    client = login(cast.own["leader"])
    client.post(reverse("reviews:sending"), {"review": cast.review("checked").pk, "signer_name": "Hùng"})
    assert client.get(reverse("reviews:scan", args=[Submission.objects.get().pk])).status_code == 404


def test_without_a_round_the_page_says_so(login, cast):
    cast.campaign.state = "preparing"
    Review.objects.all().delete()
    type(cast.campaign).objects.filter(pk=cast.campaign.pk).update(state="preparing", opened_at=None)
    assert "Chưa có đợt rà soát nào" in login(cast.own["leader"]).get(reverse("reviews:sending")).content.decode()


def test_the_pack_takes_as_many_queries_for_one_as_for_twenty(cast, login):
    client = login(cast.own["leader"])
    counts = []
    for number in (1, 19):
        for _ in range(number):
            cast.review("checked", checked_by=cast.own["focal_point"])
        client.get(reverse("reviews:sending"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("reviews:sending"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_before_sending_exceptions_are_named_and_their_forms_linked(cast, login):
    plain = cast.review("checked", annual_dossiers=7, annual_dossiers_unknown=False)
    unknown = cast.review("checked", decider_unknown=True)
    manual = cast.review("checked", counted=False)
    Transfer.objects.filter(review=manual).update(transfer_class="manual")
    level = cast.review("checked", counted=False)
    against = cast.review("checked", annual_dossiers=0, annual_dossiers_unknown=False)
    CriterionAnswer.objects.filter(review=against, criterion="C5").update(answer="no", reason="Sẽ bổ sung.")
    cast.review("checked", conclusion="keep", counted=False, by_exception=True)
    page = login(cast.own["leader"]).get(reverse("reviews:sending")).content.decode()
    named = dict(re.findall(r'data-warning="(\w+)".*?<strong>(\d+)</strong>', page, re.DOTALL))
    assert named == {"unknown": "1", "ruling": "1", "uncounted": "1", "against": "1", "dossiers": "3"}
    assert "1 trong 6 phiếu là trả lời chung" in page
    warnings = page[page.index("check-title") : page.index("result-count")]
    for review in (unknown, manual, level, against):
        assert reverse("reviews:detail", args=[review.pk]) in warnings
    assert reverse("reviews:detail", args=[plain.pk]) not in warnings
    assert "(C5)" in warnings


def test_a_pack_without_exceptions_says_so(cast, login):
    cast.review("checked", annual_dossiers=7, annual_dossiers_unknown=False)
    assert "Không có điểm nào cần lưu ý" in login(cast.own["leader"]).get(reverse("reviews:sending")).content.decode()


def test_the_pack_prints_and_downloads_with_its_figures(cast, login):
    cast.review("submitted")
    reviews = [cast.review("checked"), cast.review("checked", conclusion="keep", counted=False)]
    for person in (cast.own["leader"], cast.own["focal_point"]):
        client = login(person)
        page = client.get(f"{reverse('reviews:sending')}?print=1").content.decode()
        assert "DANH SÁCH PHIẾU RÀ SOÁT TRÌNH KÝ GỬI" in page
        assert "33,33% (1/3) → sau khi gửi 66,66% (2/3)" in page
        assert "data-print" in page
        sheet = sheet_of(client.get(f"{reverse('reviews:sending')}?export=xlsx"))
        lines = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
        assert [row[1] for row in lines] == [one.scope_item.code for one in reviews]
        assert [row[4] for row in lines] == ["Có", "Không"]
        assert client.get(f"{reverse('reviews:sending')}?export=csv").status_code == 404


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("binding", "33,33% (1/3), cần thêm 2 TTHC phân cấp."),
        ("reference", "33,33% (1/3), cần thêm 2 TTHC phân cấp để bằng mốc tham chiếu."),
    ],
)
def test_the_printed_pack_asks_more_only_of_a_body_whose_target_binds(cast, login, kind, sentence):
    type(cast.campaign.rule).objects.update(ministry_target_kind=kind, ministry_target_bp=9000)
    cast.review("checked")
    for _ in range(2):
        cast.review("draft")
    page = login(cast.own["leader"]).get(f"{reverse('reviews:sending')}?print=1").content.decode()
    assert f"Sau khi gửi: {sentence}" in page


def change_after_return(cast, review, **content):
    """The department returns a signed form and its author saves another content."""
    return_to_body(by=cast.other["appraiser"], reviews=[review], points=["Nêu rõ hơn."])
    review.refresh_from_db()
    query = review.queries.get()
    data = CONTENT | {f"answer_{query.pk}": "Đã nêu."} | content
    save_review(by=cast.own["official"], review_id=review.pk, base_version=review.version, data=data)


def test_what_differs_from_the_signed_text_is_shown_field_by_field_to_the_body_and_the_department(cast, login):
    same, changed = cast.review("checked"), cast.review("checked")
    record(login(cast.own["focal_point"]), [same, changed])
    submission = Submission.objects.get()
    address = reverse("reviews:submission", args=[submission.pk])
    assert "Nội dung khác bản đã ký" not in login(cast.own["leader"]).get(address).content.decode()
    change_after_return(cast, changed, reason="Lý do đã được viết lại cho rõ hơn, đủ ba mươi ký tự.")
    for person in (cast.own["leader"], cast.other["appraiser"], cast.other["auditor"]):
        page = login(person).get(address).content.decode()
        assert 'data-differs="1"' in page
        differs = page[page.index("differs-title") : page.index("result-count")]
        assert changed.scope_item.code in differs
        assert same.scope_item.code not in differs
        assert "<strong>Lý do</strong>" in differs
        assert "<del>Sở Xây dựng đã tiếp nhận" in differs
        assert "<ins>Lý do đã được viết lại" in differs
        assert "<strong>Kết luận" not in differs
    sheet = sheet_of(login(cast.other["appraiser"]).get(f"{address}?export=xlsx"))
    told = {row[1]: row[6] for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)}
    assert told == {same.scope_item.code: "Giống bản đã ký", changed.scope_item.code: "Nội dung khác bản đã ký"}
    listed = login(cast.own["leader"]).get(reverse("reviews:sending")).content.decode()
    assert re.search(r'data-label="Sửa sau khi ký" class="numeric">1<', listed)


def test_while_the_body_rewrites_the_department_sees_that_it_differs_and_no_more(cast, login):
    review = cast.review("checked")
    record(login(cast.own["focal_point"]), [review])
    change_after_return(cast, review, reason="Lý do đang viết dở, chưa gửi lại cho cơ quan chủ trì.")
    Review.objects.filter(pk=review.pk).update(status="ready")
    address = reverse("reviews:submission", args=[Submission.objects.get().pk])
    page = login(cast.other["appraiser"]).get(address).content.decode()
    assert 'data-differs="1"' in page
    assert "đang viết dở" not in page
    assert "đang viết dở" in login(cast.own["official"]).get(address).content.decode()


def test_a_form_signed_again_points_to_the_new_letter(cast, login):
    review = cast.review("checked")
    client = login(cast.own["focal_point"])
    record(client, [review])
    first = Submission.objects.get()
    change_after_return(cast, review, reason="Lý do mới, viết lại theo yêu cầu của cơ quan chủ trì.")
    Review.objects.filter(pk=review.pk).update(status="checked")
    review.refresh_from_db()
    record(client, [review], letter_number="13/BXD-VP")
    second = Submission.objects.exclude(pk=first.pk).get()
    page = client.get(reverse("reviews:submission", args=[first.pk])).content.decode()
    assert reverse("reviews:submission", args=[second.pk]) in page
    assert "đã ký lại ngày" in page
    assert "Nội dung khác bản đã ký" not in client.get(reverse("reviews:submission", args=[second.pk])).content.decode()


def test_a_signed_form_is_not_saved_until_it_is_returned(cast, login):
    review = cast.review("checked")
    record(login(cast.own["focal_point"]), [review])
    review.refresh_from_db()
    with pytest.raises(ValidationError):
        save_review(
            by=cast.own["focal_point"], review_id=review.pk, base_version=review.version,
            data=CONTENT | {"reason": "Sửa lén sau khi ký, không được phép."},
        )  # fmt: skip
    change_after_return(cast, review, reason="Sửa sau khi được trả lại, được phép và thấy rõ.")


def test_what_was_sent_takes_as_many_queries_for_one_as_for_twenty(cast, login):
    client, counts = login(cast.own["focal_point"]), []
    for number in (1, 20):
        reviews = [cast.review("checked") for _ in range(number)]
        address = record(client, reviews).url
        for review in reviews:
            change_after_return(cast, review, reason="Lý do được viết lại, đủ dài để lưu.")
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]
