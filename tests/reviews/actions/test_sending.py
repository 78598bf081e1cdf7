"""Both doors of sending: the letter, the deadline, the pack and its proof."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from reviews.actions.deadlines import last_day, lateness
from reviews.actions.sending import pack_digest, send_recorded, send_signed
from reviews.models import Extension, Participation, Review, ReviewEvent, Submission
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 cong van"


@pytest.fixture
def cast():
    return make_cast()


def letter(**facts) -> dict:
    scan = SimpleUploadedFile("../../công văn.exe", facts.pop("body", PDF))
    return {
        "letter_number": "12/BXD-VP",
        "letter_date": datetime.date(2021, 10, 5),
        "signer_name": "Lê Quang Hùng",
        "signer_capacity": "KT. BỘ TRƯỞNG",
        "scan": scan,
    } | facts


def refused(call, **facts) -> dict:
    with pytest.raises(ValidationError) as refusal:
        call(**facts)
    assert not Submission.objects.exists()
    assert not ReviewEvent.objects.exists()
    assert not Review.objects.filter(status="submitted").exists()
    return getattr(refusal.value, "message_dict", {"": refusal.value.messages})


def test_a_leader_signs_and_everything_chosen_goes(cast):
    reviews = [cast.review("checked") for _ in range(3)]
    sent = send_signed(by=cast.own["leader"], reviews=reviews, signer_name="Lê Quang Hùng")
    assert set(Review.objects.values_list("status", flat=True)) == {"submitted"}
    assert (sent.door, sent.sent_by, sent.organisation) == ("signed", cast.own["leader"], cast.body)
    items = list(sent.items.values_list("review", "version", "event_hash"))
    heads = dict(Review.objects.values_list("pk", "head_hash"))
    assert {review: event_hash for review, _, event_hash in items} == heads
    assert sent.digest == pack_digest(items)
    assert set(ReviewEvent.objects.values_list("action", "status_after")) == {("send_signed", "submitted")}


def test_a_signed_letter_is_recorded_with_its_scan_under_a_name_of_our_own(cast):
    review = cast.review("checked")
    sent = send_recorded(by=cast.own["focal_point"], reviews=[review], **letter())
    assert (sent.letter_number, sent.signer_capacity, sent.door) == ("12/BXD-VP", "KT. BỘ TRƯỞNG", "recorded")
    assert sent.scan.name.endswith(".pdf")
    assert "cong" not in sent.scan.name
    with Submission.objects.get().scan.open() as kept:
        assert kept.read() == PDF
    assert "Công văn số 12/BXD-VP ngày 05/10/2021" in ReviewEvent.objects.get().reason


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"letter_number": " "}, "letter_number"),
        ({"letter_date": None}, "letter_date"),
        ({"letter_date": timezone.localdate() + datetime.timedelta(days=1)}, "letter_date"),
        ({"signer_name": ""}, "signer_name"),
        ({"signer_name": "x" * 151}, "signer_name"),
        ({"scan": None}, "scan"),
        ({"body": b"MZ khong phai pdf"}, "scan"),
        ({"body": b""}, "scan"),
    ],
)
def test_a_letter_with_something_wrong_sends_nothing(cast, facts, name):
    review = cast.review("checked")
    assert name in refused(send_recorded, by=cast.own["focal_point"], reviews=[review], **letter(**facts))


def test_a_scan_too_large_is_refused(cast, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    review = cast.review("checked")
    assert "scan" in refused(send_recorded, by=cast.own["focal_point"], reviews=[review], **letter())


@pytest.mark.parametrize("head", [b"%PDF-1.4", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"])
def test_pdf_and_pictures_are_known_by_their_first_bytes(cast, head):
    review = cast.review("checked")
    assert send_recorded(by=cast.own["focal_point"], reviews=[review], **letter(body=head + b"..")).scan


def test_one_review_that_cannot_go_keeps_the_whole_pack(cast):
    reviews = [cast.review("checked"), cast.review("ready")]
    said = refused(send_signed, by=cast.own["leader"], reviews=reviews, signer_name="Hùng")
    assert "Chờ kiểm tra" in " ".join(said[""])


def test_nothing_chosen_sends_nothing(cast):
    refused(send_signed, by=cast.own["leader"], reviews=[], signer_name="Hùng")


def test_an_unknown_decider_is_not_sent(cast):
    review = cast.review("checked", decider_unknown=True)
    said = refused(send_signed, by=cast.own["leader"], reviews=[review], signer_name="Hùng")
    assert "Chưa xác định thẩm quyền" in said[""][0]


def test_each_door_has_its_own_key(cast):
    review = cast.review("checked")
    refused(send_signed, by=cast.own["focal_point"], reviews=[review], signer_name="Hùng")
    refused(send_recorded, by=cast.own["leader"], reviews=[review], **letter())
    refused(send_signed, by=cast.other["leader"], reviews=[review], signer_name="Hùng")


@pytest.mark.parametrize(
    ("now", "late"),
    [("2021-10-31T23:59:59+07:00", False), ("2021-11-01T00:00:00+07:00", True), ("2021-10-31T17:00:00+00:00", True)],
)
def test_the_deadline_is_the_last_second_of_the_day_in_hanoi(cast, monkeypatch, now, late):
    cast.campaign.deadline = datetime.date(2021, 10, 31)
    cast.campaign.save()
    monkeypatch.setattr(timezone, "now", lambda: datetime.datetime.fromisoformat(now))
    assert bool(lateness(cast.campaign, cast.body)) is late


def test_after_the_deadline_only_an_extension_opens_the_door(cast):
    cast.campaign.deadline = datetime.date(2021, 9, 30)
    cast.campaign.save()
    review = cast.review("checked")
    said = refused(send_signed, by=cast.own["leader"], reviews=[review], signer_name="Hùng")
    assert "23:59:59 ngày 30/09/2021" in said[""][0]
    participation = Participation.objects.get(campaign=cast.campaign, organisation=cast.body)
    Extension.objects.create(
        participation=participation,
        until=datetime.date(2099, 1, 1),
        reason="Xin gia hạn",
        granted_by=cast.own["leader"],
    )
    assert last_day(cast.campaign, cast.body) == datetime.date(2099, 1, 1)
    assert last_day(cast.campaign, cast.rival) == datetime.date(2021, 9, 30)
    send_signed(by=cast.own["leader"], reviews=[review], signer_name="Hùng")
    review.refresh_from_db()
    assert review.status == "submitted"


def test_the_digest_does_not_depend_on_order_and_depends_on_everything_else():
    items = [(1, 2, "a"), (2, 1, "b")]
    assert pack_digest(items) == pack_digest(items[::-1])
    assert len({pack_digest(items), pack_digest(items[:1]), pack_digest([(1, 3, "a"), (2, 1, "b")])}) == 3
