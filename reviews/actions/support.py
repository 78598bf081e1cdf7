"""Questions to the department, their answers, messages to the bodies, and reading what the portal told one."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from procedures.models import Procedure
from reviews.models import Announcement, Campaign, Notice, Ticket, TicketState
from tthc_portal.accounts.models import BODY_ROLES, User


@transaction.atomic
def ask(
    *, by: User, subject: str, text: str, page: str = "", field: str = "", procedure: Procedure | None = None
) -> Ticket:
    """A question of a body to the department, with the place it was asked from. ValidationError for other roles."""
    if by.role not in BODY_ROLES:
        raise ValidationError("Chỉ cán bộ của cơ quan rà soát gửi câu hỏi đến cơ quan chủ trì.")
    return Ticket.objects.create(
        organisation=by.body, asked_by=by, subject=subject, text=text, page=page, field=field, procedure=procedure
    )


@transaction.atomic
def answer(*, by: User, ticket: Ticket, text: str) -> Ticket:
    """Answer ``ticket`` (an answer already given is corrected) and tell the asker. ValidationError when refused."""
    if not by.is_department:
        raise ValidationError("Chỉ cơ quan chủ trì trả lời câu hỏi.")
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if ticket.state == TicketState.CLOSED:
        raise ValidationError("Câu hỏi đã khép nên không trả lời thêm được.")
    if not text.strip():
        raise ValidationError("Câu trả lời không được để trống.")
    ticket.answer = text
    ticket.answered_by = by
    ticket.answered_at = timezone.now()
    ticket.state = TicketState.ANSWERED
    ticket.save()
    Notice.objects.create(
        user_id=ticket.asked_by_id,
        text=f"Câu hỏi “{ticket.subject}” đã được trả lời.",
        url=reverse("reviews:ticket", args=[ticket.pk]),
    )
    return ticket


@transaction.atomic
def announce(*, by: User, title: str, text: str, audience: str, until=None, campaign: Campaign | None) -> Announcement:
    """A message of the department on the home page of every body, or of one kind (``audience``) of them."""
    if not by.is_department:
        raise ValidationError("Chỉ cơ quan chủ trì đăng thông báo.")
    return Announcement.objects.create(
        campaign=campaign, audience=audience, title=title, text=text, published_by=by, until=until
    )


@transaction.atomic
def read_notices(*, by: User, pks: Iterable[int]) -> int:
    """Mark those of ``pks`` that are the person's own and unread as read; how many there were."""
    return Notice.objects.filter(user=by, pk__in=list(pks), read_at=None).update(read_at=timezone.now())
