"""Telling people of a deadline before it comes and when it has passed: one notice a person and day, never twice."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Count, Q
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils import timezone

from reviews.actions.deadlines import last_days, today
from reviews.actions.events import locked
from reviews.models import Campaign, CampaignState, Notice, Review, Status
from reviews.models.campaign import HANOI
from tthc_portal.accounts.deputies import DEPUTISED_ROLES
from tthc_portal.accounts.models import BODY_ROLES, Deputy, Role, User
from tthc_portal.jobs.periodic import every

# Days before the deadline on which people are told.
DAYS_BEFORE = (5, 1)
# A deadline that passed longer ago is old news: whoever opens the portal sees it on the home page.
PASSED_FOR = 7

# What a body still owes, and what a person still has to finish.
_UNSENT = (Status.NOT_STARTED, Status.DRAFT, Status.READY, Status.CHECKED, Status.RETURNED)
_UNFINISHED = (Status.NOT_STARTED, Status.DRAFT, Status.RETURNED)


@every(minutes=30)
def remind() -> int:
    """Tell everybody whose body is 5 days or 1 day from its deadline, or just past it, what is left; how many heard.

    Officials hear of their own unfinished reviews, focal points and leaders of what their body has not sent, whoever
    stands in for somebody also of what that one would hear; who has nothing left hears nothing. A worker that was down
    on the day makes up for it the next. Safe to run at any time and twice at once: a round's row is locked while its
    people are told.
    """
    rounds = Campaign.objects.filter(state=CampaignState.OPEN).order_by("deadline", "pk")
    return sum(_remind(pk) for pk in rounds.values_list("pk", flat=True))


@transaction.atomic
def _remind(pk: int) -> int:
    campaign = locked(Campaign.objects.filter(pk=pk, state=CampaignState.OPEN)).first()
    if campaign is None:
        return 0
    now = today()
    due = {}
    for body, day in last_days(campaign).items():
        since = _told_since(day, now)
        if since is not None:
            due[body] = (day, since)
    if not due:
        return 0
    owed, own = _owed(campaign, due)
    address = f"{reverse('home')}?campaign={campaign.code}#deadline"
    heard, absent = _heard(address, now), _absent(now)
    notices = []
    for person in _people(due):
        body = person.organisation_id if person.organisation_id in due else person.organisation.parent_id
        day, since = due[body]
        owes = _owes(person, absent.get(person.pk, []), own, owed.get(body, 0))
        if owes and heard.get(person.pk, datetime.date.min) < since:
            text = truncatechars(_words(campaign, day, (day - now).days, "; ".join(owes)), 500)
            notices.append(Notice(user=person, text=text, url=address, created_at=timezone.now()))
    return len(Notice.objects.bulk_create(notices))


def _told_since(day: datetime.date, now: datetime.date) -> datetime.date | None:
    """The first day of the step ``now`` stands in on the way to ``day``; who heard on or after it has heard.

    None while no step has come, and once the deadline is old news.
    """
    left = (day - now).days
    if left < 0:
        return day + datetime.timedelta(days=1) if left >= -PASSED_FOR else None
    steps = [step for step in DAYS_BEFORE if left <= step]
    return day - datetime.timedelta(days=min(steps)) if steps else None


def _owed(campaign: Campaign, bodies: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """({body: reviews not sent}, {person: own reviews not finished}) among ``bodies``."""
    reviews = Review.objects.filter(campaign=campaign, eligible=True, organisation__in=list(bodies))
    unsent = reviews.filter(status__in=_UNSENT).order_by().values_list("organisation").annotate(number=Count("pk"))
    unfinished = reviews.filter(status__in=_UNFINISHED, assignee__isnull=False)
    return dict(unsent), dict(unfinished.order_by().values_list("assignee").annotate(number=Count("pk")))


def _heard(address: str, now: datetime.date) -> dict[int, datetime.date]:
    """{person: the last day he was told of this round's deadline, or of any today}."""
    longest = datetime.timedelta(days=max(DAYS_BEFORE) + PASSED_FOR + 1)
    start = datetime.datetime.combine(now - longest, datetime.time.min, HANOI)
    told = Notice.objects.filter(url__endswith="#deadline", created_at__gte=start).order_by("created_at")
    heard: dict[int, datetime.date] = {}
    for person, url, moment in told.values_list("user", "url", "created_at"):
        day = timezone.localtime(moment, HANOI).date()
        if day == now:
            heard[person] = datetime.date.max
        elif url == address:
            heard[person] = max(day, heard.get(person, day))
    return heard


def _people(bodies: Iterable[int]) -> list[User]:
    named = list(bodies)
    people = User.objects.filter(is_active=True, role__in=BODY_ROLES).select_related("organisation")
    return list(people.filter(Q(organisation__in=named) | Q(organisation__parent__in=named)).order_by("pk"))


def _absent(now: datetime.date) -> dict[int, list[User]]:
    """{deputy: those he stands in for on that day}."""
    found: dict[int, list[User]] = {}
    rows = Deputy.objects.on(now).filter(user__role__in=DEPUTISED_ROLES).select_related("user")
    for row in rows.order_by("ends_on", "pk"):
        found.setdefault(row.deputy_id, []).append(row.user)
    return found


def _owes(person: User, absent: Iterable[User], own: dict[int, int], owed: int) -> list[str]:
    """What ``person`` has left, and what those he stands in for have, each in words; nothing twice."""
    told = []
    of_body = f"cơ quan còn {owed} phiếu chưa gửi" if owed else ""
    if person.role == Role.OFFICIAL:
        if own.get(person.pk):
            told.append(f"bạn còn {own[person.pk]} phiếu chưa hoàn thành")
    elif of_body:
        told.append(of_body)
    for one in absent:
        if one.role == Role.OFFICIAL and own.get(one.pk):
            told.append(f"bạn làm thay {one}, còn {own[one.pk]} phiếu chưa hoàn thành")
        if one.role == Role.FOCAL_POINT and person.role == Role.OFFICIAL and of_body:
            told.append(f"bạn làm thay {one}, {of_body}")
    return told


def _words(campaign: Campaign, day: datetime.date, left: int, owes: str) -> str:
    end = f"hết ngày {day:%d/%m/%Y}, đợt “{campaign.title}”"
    if left < 0:
        return f"Đã quá hạn gửi ({end}): {owes}. Cần thêm thời gian thì đề nghị cơ quan chủ trì gia hạn."
    if left == 0:
        return f"Hôm nay là ngày cuối để gửi ({end}): {owes}."
    return f"Còn {left} ngày đến hạn gửi ({end}): {owes}."
