"""The pack's page, what was sent, and the scan of its letter."""

import datetime
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Review, Submission
from tests.reviews.cast import make_cast

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
