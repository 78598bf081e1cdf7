"""The questions to the department as a list: whose turn it is, how long they wait, which bodies asked."""

import datetime

from django.db.models import Case, F, QuerySet, Value, When
from django.utils import timezone

from reviews.models import Ticket, TicketState
from tthc_portal.accounts.models import User
from tthc_portal.text import fold

# A question that waits longer is marked as late: the portal's own measure, no rule of law.
ANSWER_DAYS = 3

EXPORT_HEADER = (
    "Câu hỏi", "Nội dung", "Cơ quan", "Người hỏi", "Hỏi lúc", "Trang", "TTHC", "Mục", "Trạng thái", "Trả lời",
    "Người trả lời", "Trả lời lúc",
)  # fmt: skip


def questions_for(user: User) -> QuerySet[Ticket]:
    """The questions ``user`` may read, with who asked and about what; for overseers what waits longest comes first."""
    found = Ticket.objects.visible_to(user).select_related("organisation", "asked_by", "procedure")
    return waiting_first(found) if user.oversees else found.order_by("-asked_at", "-pk")


def waiting_first(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Open questions first, the oldest of them at the head; then the settled ones, the newest first."""
    is_open = When(state=TicketState.OPEN, then=Value(0))
    return tickets.order_by(
        Case(is_open, default=Value(1)),
        Case(When(state=TicketState.OPEN, then=F("asked_at"))).asc(nulls_last=True),
        "-asked_at",
        "-pk",
    )


def matching(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """``tickets`` whose subject, text, answer or procedure holds every one of ``words``, accents aside."""
    wanted = fold(words).split()
    rows = tickets.order_by().values_list("pk", "subject", "text", "answer", "procedure__code", "procedure__name")
    found = []
    for pk, *texts in rows:
        text = fold(" ".join(part or "" for part in texts))
        if all(word in text for word in wanted):
            found.append(pk)
    return tickets.filter(pk__in=found)


def late_before() -> datetime.datetime:
    """What was asked before this moment and still waits is late."""
    return timezone.now() - datetime.timedelta(days=ANSWER_DAYS)


def days_waiting(ticket: Ticket) -> int | None:
    """Whole days an open question has waited; None once it is answered or closed."""
    return (timezone.now() - ticket.asked_at).days if ticket.state == TicketState.OPEN else None


def bodies_that_asked(user: User) -> list[tuple[str, str]]:
    """(primary key, name) of the bodies with a question ``user`` may read, by code."""
    rows = Ticket.objects.visible_to(user).order_by("organisation__code", "organisation__valid_from")
    rows = rows.values_list("organisation", "organisation__code", "organisation__name").distinct()
    return [(str(pk), f"{code} – {name}") for pk, code, name in rows]


def export_rows(tickets: QuerySet[Ticket], label_of=str):
    """The rows of the export, one a question; ``label_of`` says what a field is called."""
    for one in tickets.select_related("answered_by").iterator(chunk_size=500):
        yield (
            one.subject, one.text, one.organisation.name, str(one.asked_by), one.asked_at, one.page,
            one.procedure.code if one.procedure else "", label_of(one.field) if one.field else "",
            one.get_state_display(), one.answer, str(one.answered_by) if one.answered_by else "", one.answered_at,
        )  # fmt: skip
