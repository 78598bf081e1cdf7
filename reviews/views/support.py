"""Help inside the portal, and questions to the department."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from procedures.models import Procedure
from reviews.actions import support
from reviews.actions.assigning import ASSIGNABLE
from reviews.actions.reminding import DAYS_BEFORE as REMINDED
from reviews.forms.adjustments import KIND_HELP
from reviews.forms.support import AnnouncementForm, AnswerForm, AskForm, QuestionFilter
from reviews.models import AdjustmentKind, Ticket, TicketState
from reviews.reports import questions
from reviews.reports.past import BASIS_LABELS
from reviews.rules import guide
from reviews.rules.field_help import SECTION_TITLES, SECTIONS, SHORT
from reviews.rules.glossary import GLOSSARY
from reviews.views.asked_from import label_of, place_of, title_of, way_back
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, DEPARTMENT_ROLES, Role, User
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 20


@require_safe
def index(request):
    """Articles, and the questions one may see: the own body's, or all for the overseers, filtered by the address."""
    form = QuestionFilter(request.GET, reader=request.user)
    tickets = form.apply(questions.questions_for(request.user))
    if (export := request.GET.get("export")) == "csv":
        return stream_csv("cau-hoi.csv", questions.EXPORT_HEADER, questions.export_rows(tickets, label_of))
    if export == "xlsx":
        rows = questions.export_rows(tickets, label_of)
        return xlsx_response("cau-hoi.xlsx", "Câu hỏi", questions.EXPORT_HEADER, rows)
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(tickets, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "shelves": guide.shelves(),
        "form": form,
        "page_obj": page,
        "rows": [(ticket, label_of(ticket.field), questions.days_waiting(ticket)) for ticket in page],
        "late_after": questions.ANSWER_DAYS,
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_ask": request.user.role in BODY_ROLES,
        "near": _to_call(request.user),
        "announcement_form": AnnouncementForm() if request.user.is_department else None,
    }
    return render(request, "reviews/support/index.html", context)


@require_safe
def article(request, slug):
    """One article of the help."""
    article = guide.ARTICLES_BY_SLUG.get(slug)
    if article is None:
        raise Http404("Không có bài hướng dẫn này.")
    context = {
        "article": article,
        "shelves": guide.shelves(),
        "statuses": guide.statuses(),
        "actions": guide.actions(),
        "glossary": GLOSSARY,
        "tiers": guide.tiers(),
        "sections": [(name, SECTION_TITLES[name], entries) for name, entries in SECTIONS.items()],
        "short": [entry for entry in SHORT if entry.field == "stance"],
        "asks": request.user.role in BODY_ROLES,
        "answer_days": questions.ANSWER_DAYS,
        "assignable": [status.label for status in ASSIGNABLE],
        "adjustment_kinds": [(kind.label, KIND_HELP[kind]) for kind in AdjustmentKind],
        "bases": list(BASIS_LABELS.values()),
        "reminded": REMINDED,
    }
    return render(request, article.template, context)


@for_roles(*BODY_ROLES)
def ask(request):
    """Ask the department; the place asked from is kept from the address (page, procedure, field)."""
    given = {name: request.GET.get(name, "")[:300] for name in ("page", "procedure", "field", "subject")}
    place = place_of(given["page"], request.user)
    given = {name: value or getattr(place, name) for name, value in given.items()} | {"page": place.page}
    form = AskForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        ticket = support.ask(by=request.user, **form.cleaned_data)
        messages.success(request, "Câu hỏi đã được gửi đến cơ quan chủ trì. Câu trả lời sẽ hiện ở trang chính.")
        return redirect("reviews:ticket", pk=ticket.pk)
    page, field, code = (form[name].value() or "" for name in ("page", "field", "procedure"))
    context = {
        "form": form,
        "page_title": title_of(page),
        "field_label": label_of(field),
        "procedure_name": code and Procedure.objects.filter(code=code).values_list("name", flat=True).first(),
        "may_ask": True,
        "near": _to_call(request.user),
    }
    return render(request, "reviews/support/ask.html", context, status=422 if form.is_bound else 200)


def _to_call(user):
    """Whom of the own body one may call when the portal names no contact: its focal points; blank for themselves."""
    if settings.SUPPORT_CONTACT or user.role not in BODY_ROLES or user.role == Role.FOCAL_POINT:
        return ()
    return User.objects.of_body(user.body).filter(role=Role.FOCAL_POINT).order_by("pk")[:3]


def ticket(request, pk):
    """One question with its answer; the department answers here, the asker goes on asking or closes it."""
    ticket = _question(request, pk)
    if request.method == "POST":
        return _answer(request, ticket)
    return _show(request, ticket, AnswerForm(instance=ticket) if _answerable(request.user, ticket) else None)


def _question(request, pk) -> Ticket:
    known = Ticket.objects.visible_to(request.user)
    return get_object_or_404(known.select_related("organisation", "asked_by", "answered_by", "procedure"), pk=pk)


def _answerable(user, ticket: Ticket) -> bool:
    return user.is_department and ticket.state != TicketState.CLOSED


def _show(request, ticket: Ticket, form=None, status=200):
    later = Ticket.objects.visible_to(request.user).filter(page=request.path).order_by("asked_at", "pk")
    context = {
        "ticket": ticket,
        "form": form,
        "back": way_back(ticket),
        "page_title": title_of(ticket.page),
        "field_label": label_of(ticket.field),
        "later": later,
        "days": questions.days_waiting(ticket),
        "late_after": questions.ANSWER_DAYS,
        "may_close": support.may_close(request.user, ticket),
        "may_ask": request.user.role in BODY_ROLES,
    }
    return render(request, "reviews/support/ticket.html", context, status=status)


@for_roles(*DEPARTMENT_ROLES)
def _answer(request, ticket):
    form = AnswerForm(request.POST, instance=ticket)
    if form.is_valid():
        try:
            support.answer(by=request.user, ticket=ticket, text=form.cleaned_data["answer"], seen=form.seen)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Đã trả lời; người hỏi sẽ thấy ở trang chính.")
            return redirect("reviews:ticket", pk=ticket.pk)
    # The form has put what was typed into its own copy; the page shows what is stored.
    return _show(request, _question(request, ticket.pk), form, status=422)


@require_POST
@for_roles(*BODY_ROLES)
def close(request, pk):
    """The asker, or the focal point, says that a question is settled."""
    ticket = _question(request, pk)
    if ticket.state != TicketState.CLOSED and not support.may_close(request.user, ticket):
        raise PermissionDenied
    try:
        support.close(by=request.user, ticket=ticket)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Đã khép câu hỏi.")
    return redirect("reviews:ticket", pk=ticket.pk)


@require_POST
@for_roles(*DEPARTMENT_ROLES)
def announce(request):
    """Publish a message on the home page of the bodies."""
    form = AnnouncementForm(request.POST)
    if form.is_valid():
        support.announce(by=request.user, campaign=round_of(request), **form.cleaned_data)
        messages.success(request, "Đã đăng thông báo trên trang chính của các cơ quan.")
        return redirect("home")
    return render(request, "reviews/support/announce.html", {"form": form}, status=422)
