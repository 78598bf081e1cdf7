"""The packs that bodies sent in a round: which letter, by whom, how many forms, how many of them still wait."""

import datetime
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from reviews.models import Campaign, Status, Submission, SubmissionItem
from reviews.models.campaign import HANOI
from reviews.models.submission import SubmissionDoor
from tthc_portal.accounts.naming import names_on
from tthc_portal.text import fold

SORTS = ("sent_at", "organisation", "letter_date")
CSV_HEADER = (
    "organisation",
    "organisation_name",
    "letter_number",
    "letter_date",
    "signer_name",
    "signer_capacity",
    "door",
    "sent_by",
    "sent_at",
    "forms",
    "waiting",
    "returned",
    "accepted",
    "saved_since",
    "digest",
)
XLSX_HEADER = (
    "Mã cơ quan",
    "Tên cơ quan",
    "Số công văn",
    "Ngày công văn",
    "Người ký",
    "Thẩm quyền ký",
    "Hình thức gửi",
    "Người gửi",
    "Lúc gửi",
    "Số phiếu",
    "Chờ xem xét",
    "Đang trả lại",
    "Đã thống nhất",
    "Sửa sau khi ký",
    "Mã kiểm tra nội dung",
)
# How many packs are counted at once where all are asked for.
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Pack:
    """One pack with its counts: forms it carried, those of them now waiting, returned or accepted, and those saved
    since they were signed.

    A form sent again belongs to its last pack alone in the middle three, so that those of all packs add up to the
    forms of the round that stand so; ``again`` are the forms that a later pack took over, ``outside`` those that an
    adjustment of the scope took out of the base since: nobody acts on them any more, so none of the three has them.
    """

    submission: Submission
    body_name: str
    number: int = 0
    waiting: int = 0
    returned: int = 0
    accepted: int = 0
    again: int = 0
    outside: int = 0
    saved: int = 0


def last_items() -> QuerySet:
    """Forms of packs that no later pack carried again."""
    later = SubmissionItem.objects.filter(review=OuterRef("review"), pk__gt=OuterRef("pk"))
    return SubmissionItem.objects.filter(~Exists(later))


def reviews_of_pack(reviews: QuerySet, submission: int) -> QuerySet:
    """Those of ``reviews`` whose last pack is ``submission``."""
    return reviews.filter(pk__in=last_items().filter(submission=submission).values("review"))


def with_waiting(submissions: QuerySet) -> QuerySet:
    """Packs of which a form still waits for the department."""
    waiting = last_items().filter(review__status=Status.SUBMITTED, review__eligible=True)
    return submissions.filter(pk__in=waiting.values("submission"))


def with_changes(submissions: QuerySet) -> QuerySet:
    """Packs of which a form was saved after it was signed."""
    changed = SubmissionItem.objects.filter(~Q(version=F("review__version")))
    return submissions.filter(pk__in=changed.values("submission"))


def matching(submissions: QuerySet, words: str) -> QuerySet:
    """Packs whose letter number, signer or body has every word of ``words``, accents aside.

    A round has hundreds of them, not thousands, so they are read and folded here.
    """
    asked = fold(words).split()
    if not asked:
        return submissions
    facts = ("letter_number", "signer_name", "signer_capacity", "organisation__code", "organisation__name")
    rows = submissions.order_by().values_list("pk", *facts)
    found = [pk for pk, *said in rows if all(word in fold(" ".join(said)) for word in asked)]
    return submissions.filter(pk__in=found)


def ordered(submissions: QuerySet, sort: str) -> QuerySet:
    """``submissions`` by one of SORTS ("-" before it for descending); anything else: the newest first."""
    name = sort.removeprefix("-")
    if name not in SORTS:
        return submissions.order_by("-sent_at", "-pk")
    column = F("organisation__code" if name == "organisation" else name)
    if sort.startswith("-"):
        return submissions.order_by(column.desc(nulls_last=True), "-sent_at", "-pk")
    return submissions.order_by(column.asc(nulls_last=True), "-sent_at", "-pk")


def packs_of(submissions: Collection[Submission], campaign: Campaign) -> list[Pack]:
    """``submissions`` of ``campaign`` with their counts, in the order given; three queries, however many packs."""
    later = SubmissionItem.objects.filter(review=OuterRef("review"), pk__gt=OuterRef("pk"))
    items = SubmissionItem.objects.filter(submission__in=[one.pk for one in submissions]).order_by()
    items = items.annotate(again=Exists(later))

    def last(*statuses: str) -> Count:
        return Count("pk", filter=Q(again=False, review__eligible=True, review__status__in=statuses))

    counted = items.values("submission").annotate(
        number=Count("pk"),
        waiting=last(Status.SUBMITTED),
        returned=last(Status.RETURNED),
        accepted=last(Status.ACCEPTED, Status.APPROVED),
        carried=Count("pk", filter=Q(again=True)),
        outside=Count("pk", filter=Q(again=False, review__eligible=False)),
        saved=Count("pk", filter=~Q(version=F("review__version"))),
    )
    counts = {row.pop("submission"): row for row in counted}
    names = names_on(campaign.bodies_on)
    packs = []
    for one in submissions:
        found = counts.get(one.pk, {})
        name = names.get(one.organisation_id, (one.organisation.name,))[0]
        again = found.pop("carried", 0)
        packs.append(Pack(one, name, **found, again=again))
    return packs


def pack_words(submission: Submission) -> str:
    """The letter of a pack in words, or how it was sent where it has no letter."""
    if not submission.letter_number:
        return f"ký trên hệ thống ngày {timezone.localtime(submission.sent_at, HANOI):%d/%m/%Y}"
    day = f" ngày {submission.letter_date:%d/%m/%Y}" if submission.letter_date else ""
    return f"{submission.letter_number}{day}"


def all_packs(submissions: QuerySet, campaign: Campaign) -> Iterator[Pack]:
    """Every one of ``submissions`` with its counts, some at a time."""
    chunk: list[Submission] = []
    for one in submissions.select_related("organisation", "sent_by").iterator(chunk_size=CHUNK):
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield from packs_of(chunk, campaign)
            chunk = []
    yield from packs_of(chunk, campaign)


def csv_rows(packs: Iterable[Pack]) -> Iterator[list]:
    """Rows under CSV_HEADER in codes."""
    for row in xlsx_rows(packs):
        number, day, door, at = row[2], row[3], row[6], row[8]
        codes = {label: value for value, label in SubmissionDoor.choices}
        yield [*row[:2], number, f"{day:%Y-%m-%d}" if day else "", *row[4:6], codes[door], row[7],
               timezone.localtime(at, HANOI).isoformat(timespec="seconds"), *row[9:]]  # fmt: skip


def xlsx_rows(packs: Iterable[Pack]) -> Iterator[list[str | int | datetime.date]]:
    """Rows under XLSX_HEADER in words."""
    for pack in packs:
        one = pack.submission
        yield [
            one.organisation.code,
            pack.body_name,
            one.letter_number,
            one.letter_date or "",
            one.signer_name,
            one.signer_capacity,
            one.get_door_display(),
            str(one.sent_by),
            one.sent_at,
            pack.number,
            pack.waiting,
            pack.returned,
            pack.accepted,
            pack.saved,
            one.digest,
        ]
