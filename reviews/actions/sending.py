"""Sending a body's checked reviews to the department: a leader signs, or the signed letter is recorded."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone

from reviews.actions.deadlines import lateness, sent_before
from reviews.actions.moving import Outcome, move
from reviews.models import Campaign, Review, Submission, SubmissionItem
from reviews.models.campaign import HANOI
from reviews.models.submission import SubmissionDoor
from reviews.rules.completeness import STANCES_WITHOUT_PROPOSAL
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.text import one_line

# What a scan may be, told by its first bytes and never by its name.
SIGNATURES = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))


@transaction.atomic
def send_signed(
    *,
    by: User,
    reviews: Iterable[Review],
    signer_name: str,
    signer_capacity: str = "",
    letter_number: str = "",
    letter_date: datetime.date | None = None,
    is_final: bool = False,
) -> Submission:
    """A leader signs checked reviews of his body and sends them; all go, or none.

    Raises ValidationError with the reason of every review that cannot go, or the wrong part of the letter.
    """
    letter = _letter(letter_number, letter_date, signer_name, signer_capacity)
    return _send(by, reviews, Action.SEND_SIGNED, letter | {"door": SubmissionDoor.SIGNED, "is_final": is_final})


@transaction.atomic
def send_recorded(
    *,
    by: User,
    reviews: Iterable[Review],
    letter_number: str,
    letter_date: datetime.date,
    signer_name: str,
    signer_capacity: str,
    scan: File,
    is_final: bool = False,
) -> Submission:
    """The focal point records the letter a leader signed on paper, with its scan; all reviews go, or none."""
    letter = _letter(letter_number, letter_date, signer_name, signer_capacity)
    missing = {}
    if not letter["letter_number"]:
        missing["letter_number"] = ["Phải nêu số công văn."]
    if letter["letter_date"] is None:
        missing["letter_date"] = ["Phải nêu ngày công văn."]
    if missing:
        raise ValidationError(missing)
    extension = scan_extension(scan)
    letter |= {"door": SubmissionDoor.RECORDED, "is_final": is_final}
    return _send(by, reviews, Action.SEND_RECORDED, letter, scan=scan, extension=extension)


def scan_extension(scan: File | None) -> str:
    """pdf, jpg or png as the first bytes of ``scan`` say; ValidationError for anything else or too large a file."""
    if not scan:
        raise ValidationError({"scan": ["Phải kèm bản chụp công văn đã ký (PDF, JPG hoặc PNG)."]})
    if scan.size > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
        raise ValidationError({"scan": [f"Tệp “{scan.name}” lớn quá {limit} MB; hãy chụp lại với độ phân giải thấp."]})
    scan.seek(0)
    head = scan.read(16)
    scan.seek(0)
    for signature, extension in SIGNATURES:
        if head.startswith(signature):
            return extension
    raise ValidationError({"scan": [f"Tệp “{scan.name}” không phải là PDF, JPG hoặc PNG; hãy chọn đúng bản chụp."]})


def pack_digest(items: Iterable[tuple[int, int, str]]) -> str:
    """SHA-256 (hex) over (review, version, event hash) of everything a pack carries, in the order of the reviews."""
    lines = "".join(f"{review}:{version}:{event_hash}\n" for review, version, event_hash in sorted(items))
    return hashlib.sha256(lines.encode()).hexdigest()


def _letter(number: str, date: datetime.date | None, signer: str, capacity: str) -> dict:
    letter = {
        "letter_number": one_line(number or ""),
        "letter_date": date,
        "signer_name": one_line(signer or ""),
        "signer_capacity": one_line(capacity or ""),
    }
    errors = {}
    if not letter["signer_name"]:
        errors["signer_name"] = ["Phải nêu họ tên người ký."]
    if date and date > timezone.now().astimezone(HANOI).date():
        errors["letter_date"] = [f"Ngày công văn ({date:%d/%m/%Y}) ở sau ngày hôm nay; hãy kiểm tra lại."]
    for name in ("letter_number", "signer_name", "signer_capacity"):
        longest = Submission._meta.get_field(name).max_length
        if len(letter[name]) > longest:
            errors[name] = [f"Dài {len(letter[name])} ký tự, tối đa {longest} ký tự."]
    if errors:
        raise ValidationError(errors)
    return letter


def _send(by: User, reviews, action: Action, letter: dict, *, scan=None, extension: str = "") -> Submission:
    reviews = list(reviews)
    if not reviews:
        raise ValidationError("Chưa chọn phiếu nào để gửi; hãy đánh dấu ít nhất một phiếu chờ ký.")
    if len({(review.campaign_id, review.organisation_id) for review in reviews}) > 1:
        raise ValidationError("Một lần gửi chỉ gồm phiếu của một cơ quan trong một đợt rà soát.")
    outcome = move(
        by=by,
        reviews=reviews,
        action=action,
        reason=_citation(letter),
        check=_sendable(reviews[0].campaign, reviews[0].organisation, reviews),
        all_or_none=True,
    )
    return _keep(by, outcome, letter, scan, extension)


def _sendable(campaign: Campaign, body: Organisation, reviews: list[Review]):
    """The check of every review of a pack: in time (what the department returned was sent in time once), and its
    decider known.
    """
    late = lateness(campaign, body)
    came_back = sent_before(reviews) if late else set()

    def check(review: Review) -> None:
        if late and review.pk not in came_back:
            raise ValidationError(late, code="late")
        if review.decider_unknown and review.stance not in STANCES_WITHOUT_PROPOSAL:
            raise ValidationError(
                "Chưa xác định thẩm quyền quyết định hiện nay nên chưa gửi được; hãy trả lại nội bộ để bổ sung.",
                code="refused",
            )

    return check


def _citation(letter: dict) -> str:
    """The letter as the history cites it: "Công văn số 12/BXD-VP ngày 05/10/2021, người ký Nguyễn Văn A"."""
    parts = []
    if letter["letter_number"]:
        parts.append(f"Công văn số {letter['letter_number']}")
    if letter["letter_date"]:
        parts.append(f"ngày {letter['letter_date']:%d/%m/%Y}")
    signer = " ".join(part for part in (letter["signer_capacity"], letter["signer_name"]) if part)
    return f"{' '.join(parts)}, người ký: {signer}" if parts else f"Người ký: {signer}"


def _keep(by: User, outcome: Outcome, letter: dict, scan, extension: str) -> Submission:
    first = outcome.done[0]
    hashes = {event.review_id: event.hash for event in outcome.events}
    items = [(review.pk, review.version, hashes[review.pk]) for review in outcome.done]
    submission = Submission(
        campaign_id=first.campaign_id,
        organisation_id=first.organisation_id,
        sent_by=by,
        sent_at=outcome.events[0].at,
        digest=pack_digest(items),
        **letter,
    )
    if scan is not None:
        # The name a person's computer gave the file is not trusted with a place on the server.
        submission.scan.save(f"{uuid.uuid4().hex}.{extension}", scan, save=False)
    submission.save()
    SubmissionItem.objects.bulk_create(
        SubmissionItem(submission=submission, review_id=review, version=version, event_hash=event_hash)
        for review, version, event_hash in items
    )
    return submission
