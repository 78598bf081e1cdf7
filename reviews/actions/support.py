"""Questions to the department, their answers, messages to the bodies, and reading what the portal told one."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from procedures.models import Procedure
from reviews.models import Announcement, Campaign, Notice, Ticket, TicketState
from tthc_portal.accounts.models import BODY_ROLES, Role, User


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
def answer(*, by: User, ticket: Ticket, text: str, seen: datetime.datetime | None) -> Ticket:
    """Answer ``ticket`` and tell the asker; the answer given at ``seen`` is corrected. ValidationError when refused.

    An answer that ``by`` has not seen is never replaced: two of the department may have the same question open.
    """
    if not by.is_department:
        raise ValidationError("Chỉ cơ quan chủ trì trả lời câu hỏi.")
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if ticket.state == TicketState.CLOSED:
        raise ValidationError("Câu hỏi đã khép nên không trả lời thêm được.")
    if not text.strip():
        raise ValidationError("Câu trả lời không được để trống.")
    if ticket.answered_at != seen:
        if (ticket.answer, ticket.answered_by_id) == (text, by.pk):
            return ticket
        at = f"{timezone.localtime(ticket.answered_at):%H:%M %d/%m/%Y}"
        raise ValidationError(
            f"{ticket.answered_by} đã trả lời lúc {at}, sau khi bạn mở trang này. Đọc câu trả lời đó ở dưới; nội dung "
            "bạn đã gõ vẫn còn trong ô. Muốn thay thì sửa rồi gửi lại."
        )
    ticket.answer = text
    ticket.answered_by = by
    ticket.answered_at = timezone.now()
    ticket.state = TicketState.ANSWERED
    ticket.save()
    Notice.objects.create(
        user_id=ticket.asked_by_id, text=f"Câu hỏi “{ticket.subject}” đã được trả lời.", url=_address(ticket)
    )
    return ticket


def may_close(user: User, ticket: Ticket) -> bool:
    """Whether ``user`` may say that the question is settled: who asked it, or a focal point of the same body."""
    if ticket.state == TicketState.CLOSED:
        return False
    own_body = user.role in BODY_ROLES and user.body.pk == ticket.organisation_id
    return own_body and (user.pk == ticket.asked_by_id or user.role == Role.FOCAL_POINT)


@transaction.atomic
def close(*, by: User, ticket: Ticket) -> Ticket:
    """Settle ``ticket``: nothing is asked any more. What the asker was told of it counts as read.

    A question without an answer may be closed too. ValidationError for anyone but the asker and his focal point.
    """
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if ticket.state == TicketState.CLOSED:
        raise ValidationError("Câu hỏi này đã được khép từ trước.")
    if not may_close(by, ticket):
        raise ValidationError("Chỉ người hỏi hoặc công chức đầu mối của cơ quan khép được câu hỏi.")
    ticket.state = TicketState.CLOSED
    ticket.save(update_fields=["state"])
    told = Notice.objects.filter(user=ticket.asked_by_id, url=_address(ticket), read_at=None)
    told.update(read_at=timezone.now())
    return ticket


def _address(ticket: Ticket) -> str:
    return reverse("reviews:ticket", args=[ticket.pk])


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


@transaction.atomic
def read_notices_until(*, by: User, newest: int) -> int:
    """Mark the person's unread notices as read as far as ``newest``, the last one his page knew of; how many.

    What came in since he opened the page stays unread.
    """
    return Notice.objects.filter(user=by, pk__lte=newest, read_at=None).update(read_at=timezone.now())
