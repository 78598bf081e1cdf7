"""What waits for a person: the counts of the home pages, each with the list behind it."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Case, Count, Max, Q, QuerySet, When
from django.urls import reverse

from procedures.models import Correction, CorrectionState, ImportBatch, ImportState, Procedure, UnresolvedAuthority
from reviews.actions.deadlines import extension_of, last_day, today
from reviews.actions.tallying import present_tallies
from reviews.models import (
    Announcement,
    Campaign,
    Notice,
    Review,
    ScopeAdjustment,
    Status,
    Submission,
    Ticket,
    TicketState,
)
from reviews.reports.dashboards import StatusCount, bodies_of, figures_of, nation_of
from reviews.reports.tallies import BodyTally, eligible_by_status, in_figures
from reviews.rules.shares import BodyFigures, Tally
from tthc_portal.accounts.deputies import acting_as
from tthc_portal.accounts.models import Organisation, OrganisationKind, User

# Whose content may be changed: work an official can take up.
OPEN_STATUSES = (Status.RETURNED, Status.NOT_STARTED, Status.DRAFT)
NOTICES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Queue:
    """One count of the home page and the address of exactly the list it counts."""

    figure: str
    label: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A body's deadline in a round: the day, its last moment, whole days left (negative once past), and why it was
    prolonged.
    """

    day: datetime.date
    days_left: int
    extended: bool
    reason: str = ""

    @property
    def days_late(self) -> int:
        """Whole days since the deadline."""
        return -self.days_left


def deadline_of(campaign: Campaign, body: Organisation) -> Deadline:
    """The deadline that binds ``body``: its own when prolonged, else the round's; days are those of Hà Nội."""
    day = last_day(campaign, body)
    extension = extension_of(campaign, body) if day != campaign.deadline else None
    reason = extension.reason if extension else ""
    return Deadline(day, (day - today()).days, day != campaign.deadline, reason)


def my_queues(user: User, campaign: Campaign) -> list[Queue]:
    """An official's own reviews by status, returned ones first, then those of the body nobody was given."""
    body = Review.objects.filter(campaign=campaign, organisation=user.body, eligible=True)
    mine = _by_status(body.filter(assignee__in=acting_as(user)))
    free = body.filter(assignee=None, status__in=OPEN_STATUSES).count()
    order = (*OPEN_STATUSES, Status.READY, Status.CHECKED, Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED)
    queues = [
        Queue(f"mine_{status.value}", status.label, mine.get(status, 0), _list(campaign, assignee="me", status=status))
        for status in order
    ]
    unassigned = _list(campaign, organisation=user.body.code, assignee="none", status=OPEN_STATUSES)
    return [*queues, Queue("unassigned", "Chưa giao cho ai", free, unassigned)]


def body_queues(user: User, campaign: Campaign) -> list[Queue]:
    """What waits for the focal point or the leader of a body: to be mended, checked, signed, filled, given out."""
    own = Review.objects.filter(campaign=campaign, organisation=user.body, eligible=True)
    found = _by_status(own)
    code = user.body.code
    queues = [
        Queue(
            f"body_{status.value}",
            label,
            found.get(status, 0),
            f"{reverse('reviews:sending')}?{urlencode({'campaign': campaign.code})}"
            if status == Status.CHECKED
            else _list(campaign, organisation=code, status=status),
        )
        for status, label in (
            (Status.RETURNED, "Bị trả lại, cần hoàn thiện"),
            (Status.READY, "Chờ kiểm tra"),
            (Status.CHECKED, "Chờ ký gửi"),
            (Status.DRAFT, "Đang rà soát"),
            (Status.NOT_STARTED, "Chưa rà soát"),
        )
    ]
    free = own.filter(assignee=None, status__in=OPEN_STATUSES).count()
    unassigned = _list(campaign, organisation=code, assignee="none", status=OPEN_STATUSES)
    return [*queues, Queue("unassigned", "Chưa giao cho ai", free, unassigned)]


def statuses_to_review(
    campaign: Campaign, body: Organisation, tally: Tally, statuses: Iterable[StatusCount]
) -> list[StatusCount]:
    """``statuses`` of a body without the excluded procedures, so that they add up to what is to be reviewed.

    Those excluded by the freeze were never started; those that an adjustment excluded stand where the work on them was
    left, and are few: found by their own index.
    """
    adjusted = in_figures(Review.objects.filter(campaign=campaign, organisation=body, eligible=False))
    left = _by_status(adjusted.exclude(frozen_standing="").exclude(status=Status.NOT_STARTED))
    left[Status.NOT_STARTED] = tally.excluded - sum(left.values())
    return [replace(row, number=row.number - left.get(row.status, 0)) for row in statuses]


def answered_together(campaign: Campaign, body: Organisation, reader: User) -> Queue | None:
    """How many forms of a province one act answered for all the rest, as far as ``reader`` may know; None elsewhere.

    They are reviews like the others in every figure; this is told beside those, never added to them.
    """
    if body.kind != OrganisationKind.PROVINCE:
        return None
    found = Review.objects.readable_by(reader).filter(campaign=campaign, organisation=body, by_exception=True)
    found = found.filter(eligible=True)
    url = _list(campaign, organisation=body.code, by_exception="1")
    return Queue("by_exception", "Trong đó trả lời chung", found.count(), url)


@dataclass(frozen=True, slots=True)
class DepartmentDay:
    """The department's morning: the national figures, what waits for it, how many packs came in so far, and the
    bodies with most forms to appraise as (code, name, queue).
    """

    figures: BodyFigures
    queues: list[Queue]
    packs: Queue
    waiting: list[tuple[str, str, Queue]]


# Statuses that wait for the department or for what it asked: (status, label).
_APPRAISED = (
    (Status.SUBMITTED, "Chờ xem xét, đánh giá"),
    (Status.RETURNED, "Đang trả lại các cơ quan"),
    (Status.ACCEPTED, "Đã thống nhất, chờ phê duyệt"),
)


def department_day(campaign: Campaign, limit: int = 10) -> DepartmentDay:
    """Everything of the department's home page, from the kept counts of the bodies: a fixed number of queries, none of
    which reads the round.
    """
    kept, bodies = present_tallies(campaign), bodies_of(campaign)
    counts = eligible_by_status(campaign, kept, [status for status, _ in _APPRAISED])
    ministries = [
        figures_of(body, campaign.rule, kept.get(body.pk, BodyTally()))
        for body in bodies
        if body.kind == OrganisationKind.MINISTRY
    ]
    return DepartmentDay(
        nation_of(ministries, campaign.rule),
        _department_queues(campaign, counts),
        _packs(campaign),
        _waiting(campaign, bodies, counts, limit),
    )


def _department_queues(campaign: Campaign, counts: dict[int, Counter]) -> list[Queue]:
    """What waits for the department: reviews to appraise, those it has returned, questions without an answer."""
    together = sum(counts.values(), Counter())
    asked = Ticket.objects.filter(state=TicketState.OPEN).count()
    proposed = ScopeAdjustment.objects.filter(campaign=campaign, approved_at=None, declined_at=None).count()
    return [
        *(Queue(status.value, label, together[status], _list(campaign, status=status)) for status, label in _APPRAISED),
        Queue(
            "adjustments",
            "Điều chỉnh phạm vi chờ duyệt",
            proposed,
            f"{reverse('reviews:adjustments', args=[campaign.code])}?state=pending",
        ),
        Queue("tickets", "Câu hỏi chờ trả lời", asked, f"{reverse('reviews:support')}?state={TicketState.OPEN}"),
    ]


def _packs(campaign: Campaign) -> Queue:
    """How many packs the bodies have sent."""
    number = Submission.objects.filter(campaign=campaign).count()
    url = f"{reverse('reviews:submissions')}?{urlencode({'campaign': campaign.code})}"
    return Queue("packs", "Lần gửi của các cơ quan", number, url)


def _waiting(campaign: Campaign, bodies: list[Organisation], counts: dict, limit: int) -> list[tuple[str, str, Queue]]:
    """The bodies with most reviews to appraise, as many as ``limit``."""
    numbers = [(counts.get(body.pk, Counter())[Status.SUBMITTED], body) for body in bodies]
    most = sorted((one for one in numbers if one[0]), key=lambda one: (-one[0], one[1].code))[:limit]
    return [
        (
            body.code,
            body.name,
            Queue("submitted", "Chờ xem xét", number, _list(campaign, organisation=body.code, status=Status.SUBMITTED)),
        )
        for number, body in most
    ]


def catalogue_state() -> dict:
    """The administrator's view: procedures, deciders unknown, what waits for an answer, and the last five imports."""
    return {
        "procedures": Procedure.objects.count(),
        "unknown": Procedure.objects.decider_unknown().count(),
        "waiting_imports": ImportBatch.objects.filter(state=ImportState.PREVIEWED).count(),
        "corrections": Correction.objects.filter(state=CorrectionState.OPEN).count(),
        "wordings": UnresolvedAuthority.objects.aggregate(number=Count("folded", distinct=True))["number"],
        "users": User.objects.filter(is_active=True).count(),
        "imports": list(ImportBatch.objects.select_related("created_by")[:5]),
    }


def announcements_for(user: User, campaign: Campaign | None) -> list[Announcement]:
    """Messages of the department that the person should see today, the newest first."""
    shown = Announcement.objects.filter(Q(until=None) | Q(until__gte=today()), Q(campaign=None) | Q(campaign=campaign))
    if not user.oversees:
        shown = shown.filter(audience__in=["", user.body.kind])
    return list(shown.select_related("published_by")[:5])


def unread_notices(user: User) -> list[Notice]:
    """What the portal has to tell the person and he has not marked as read, the newest first."""
    return list(Notice.objects.filter(user=user, read_at=None)[:NOTICES_SHOWN])


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """How many notices a person has, how many of them unread, and the primary key of the newest (0: none)."""

    total: int
    unread: int
    newest: int

    @property
    def read(self) -> int:
        """How many he has marked as read."""
        return self.total - self.unread


def notice_count(user: User) -> NoticeCount:
    """The notices of ``user`` in numbers; one query."""
    found = Notice.objects.filter(user=user).order_by()
    counted = found.aggregate(total=Count("pk"), unread=Count("pk", filter=Q(read_at=None)), newest=Max("pk"))
    return NoticeCount(counted["total"], counted["unread"], counted["newest"] or 0)


def notices_of(user: User, state: str = "") -> QuerySet:
    """The notices of ``user``, unread ones first, the newest before the older; ``state``: read, unread or all."""
    found = Notice.objects.filter(user=user)
    if state:
        found = found.filter(read_at__isnull=state == "unread")
    return found.order_by(Case(When(read_at=None, then=0), default=1), "-created_at", "-pk")


def _by_status(reviews) -> dict[str, int]:
    return dict(reviews.order_by().values_list("status").annotate(number=Count("pk")))


def _list(campaign: Campaign, **filters) -> str:
    query = {"campaign": campaign.code, "eligible": "1", "local": "all"} | {
        name: _plain(value) for name, value in filters.items()
    }
    return f"{reverse('reviews:list')}?{urlencode(query, doseq=True)}"


def _plain(value):
    return [str(one) for one in value] if isinstance(value, tuple) else str(value)
