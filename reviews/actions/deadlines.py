"""Until when a body may send, who prolongs that, and what still goes after the end.

A deadline is a whole day in Hà Nội, to its last moment.
"""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.template.defaultfilters import truncatechars
from django.utils import timezone

from reviews.actions.events import locked, record
from reviews.models import (
    Campaign,
    CampaignState,
    Extension,
    Notice,
    Participation,
    Review,
    SubmissionItem,
)
from reviews.models.campaign import HANOI
from tthc_portal.accounts.models import BODY_ROLES, Organisation, Role, User
from tthc_portal.text import one_line, tidy

# A date outside of these years is a slip of the hand; a deadline too late would never be taken back.
YEARS = (2000, 2100)


def today() -> datetime.date:
    """The day it is in Hà Nội."""
    return timezone.localtime(timezone.now(), HANOI).date()


def slip_of_year(day: datetime.date) -> str:
    """What is wrong with the year of a day typed for a round; blank when nothing is."""
    if YEARS[0] <= day.year <= YEARS[1]:
        return ""
    return f"Năm {day.year} không hợp lý; hãy kiểm tra lại (từ năm {YEARS[0]} đến năm {YEARS[1]})."


def last_day(campaign: Campaign, body: Organisation) -> datetime.date:
    """The last day on which ``body`` may send in ``campaign``: its deadline or its longest extension."""
    return last_days(campaign, [body.pk]).get(body.pk, campaign.deadline)


def last_days(campaign: Campaign, bodies: Iterable[int] | None = None) -> dict[int, datetime.date]:
    """The last day of every body of ``campaign`` (or of those of ``bodies``) by its primary key, in one query."""
    taking_part = Participation.objects.filter(campaign=campaign)
    if bodies is not None:
        taking_part = taking_part.filter(organisation__in=bodies)
    rows = taking_part.order_by().values_list("organisation", "deadline").annotate(until=Max("extensions__until"))
    found = {}
    for body, deadline, until in rows:
        due = deadline or campaign.deadline
        found[body] = max(due, until) if until else due
    return found


def extension_of(campaign: Campaign, body: Organisation) -> Extension | None:
    """The extension that gives ``body`` its present end in ``campaign``; None when the end is the ordinary one."""
    mine = Extension.objects.filter(participation__campaign=campaign, participation__organisation=body)
    longest = mine.order_by("-until", "-granted_at").first()
    return longest if longest and longest.until == last_day(campaign, body) else None


def lateness(campaign: Campaign, body: Organisation, day: datetime.date | None = None) -> str:
    """Why ``body`` may no longer send in ``campaign``; blank while it may. ``day``: its last one, where it is known."""
    day = day or last_day(campaign, body)
    if today() <= day:
        return ""
    return (
        f"Đã quá hạn gửi của cơ quan (23:59:59 ngày {day:%d/%m/%Y}, giờ Hà Nội) nên chưa gửi được. Các phiếu vẫn được "
        "giữ nguyên; hãy đề nghị cơ quan chủ trì đợt rà soát gia hạn."
    )


def sent_before(reviews: Iterable[Review]) -> set[int]:
    """Primary keys of those of ``reviews`` that a pack already carried once: they were sent in time and came back."""
    asked = [review.pk for review in reviews]
    return set(SubmissionItem.objects.filter(review__in=asked).values_list("review", flat=True))


def late_for(review: Review, day: datetime.date | None = None) -> str:
    """Why ``review`` cannot be sent for its date; blank while it can, as what the department returned always can."""
    late = lateness(review.campaign, review.organisation, day)
    return "" if late and sent_before([review]) else late


@transaction.atomic
def extend(
    *,
    by: User,
    campaign: Campaign,
    bodies: Iterable[Organisation],
    until: datetime.date,
    reason: str,
    document_number: str = "",
) -> list[Extension]:
    """Prolong the deadline of ``bodies`` to the end of ``until``, of all or of none; one event of the round.

    The event's changes are {code of the body: [end before, end after]}. The bodies' focal points and leaders are told.
    Raises ValidationError({field: sentences}): not the department, round not open, no reason, a day not later than
    the present end of every body.
    """
    if not by.is_department:
        raise ValidationError("Chỉ cơ quan chủ trì (Cục) gia hạn cho các cơ quan; tài khoản này không thực hiện được.")
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    reason, document_number = tidy(reason or ""), one_line(document_number or "")
    asked = {body.pk for body in bodies}
    taking_part = list(
        locked(Participation.objects.filter(campaign=campaign, organisation__in=asked)).select_related("organisation")
    )
    before = last_days(campaign, asked)
    _refuse_extension(campaign, asked, taking_part, before, until, reason, document_number)
    now = timezone.now()
    made = Extension.objects.bulk_create(
        Extension(
            participation=row,
            until=until,
            reason=reason,
            document_number=document_number,
            granted_by=by,
            granted_at=now,
        )
        for row in taking_part
    )
    changes = {
        row.organisation.code: [before[row.organisation_id].isoformat(), until.isoformat()] for row in taking_part
    }
    content = {"until": until.isoformat(), "document_number": document_number}
    record(campaign, by=by, action="extend_deadline", reason=reason, changes=changes, content=content, at=now)
    _tell(campaign, [row.organisation for row in taking_part], until, reason)
    return made


def _refuse_extension(campaign, asked, taking_part, before, until, reason, document_number) -> None:
    if campaign.state != CampaignState.OPEN:
        raise ValidationError("Chỉ gia hạn trong đợt rà soát đang mở; đợt chưa mở thì sửa hạn gửi của cả đợt.")
    errors = {}
    if not asked:
        errors["bodies"] = ["Hãy chọn ít nhất một cơ quan được gia hạn."]
    elif len(taking_part) < len(asked):
        errors["bodies"] = ["Có cơ quan không tham gia đợt rà soát này; hãy chọn lại."]
    if not reason:
        errors["reason"] = ["Gia hạn phải nêu lý do; cơ quan được gia hạn sẽ đọc lý do này."]
    longest = Extension._meta.get_field("document_number").max_length
    if len(document_number) > longest:
        errors["document_number"] = [f"Dài {len(document_number)} ký tự, tối đa {longest} ký tự."]
    if until is None:
        errors["until"] = ["Hãy chọn ngày gia hạn đến."]
    else:
        sentences = []
        if slip_of_year(until):
            sentences.append(slip_of_year(until))
        elif until < today():
            sentences.append(f"Ngày {until:%d/%m/%Y} đã qua; hãy chọn từ hôm nay trở đi.")
        kept = sorted(
            (before[row.organisation_id], row.organisation.code)
            for row in taking_part
            if until <= before[row.organisation_id]
        )
        if kept:
            named = ", ".join(f"{code} (hết ngày {day:%d/%m/%Y})" for day, code in kept[:10])
            more = f" và {len(kept) - 10} cơ quan khác" if len(kept) > 10 else ""
            sentences.append(f"Ngày gia hạn phải sau hạn hiện nay của từng cơ quan: {named}{more}.")
        if sentences:
            errors["until"] = sentences
    if errors:
        raise ValidationError(errors)


def _tell(campaign: Campaign, bodies: list[Organisation], until: datetime.date, reason: str) -> None:
    """A notice to everybody who works on the forms of ``bodies`` or signs them."""
    people = User.objects.filter(is_active=True, role__in=BODY_ROLES - {Role.OFFICIAL})
    named = [body.pk for body in bodies]
    people = people.filter(Q(organisation__in=named) | Q(organisation__parent__in=named))
    text = (
        f"Hạn gửi của cơ quan trong đợt “{campaign.title}” được gia hạn đến hết ngày {until:%d/%m/%Y}. Lý do: {reason}"
    )
    Notice.objects.bulk_create(Notice(user=person, text=truncatechars(text, 500), url="/") for person in people)
