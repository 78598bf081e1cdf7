"""Help inside the portal, and questions to the department."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from reviews.actions import support
from reviews.actions.assigning import ASSIGNABLE
from reviews.forms.adjustments import KIND_HELP
from reviews.forms.support import AnnouncementForm, AnswerForm, AskForm
from reviews.models import AdjustmentKind, Ticket, TicketState
from reviews.reports.past import BASIS_LABELS
from reviews.rules import guide
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, DEPARTMENT_ROLES

PAGE_SIZE = 20


@require_GET
def index(request):
    """Articles, and the questions one may see: the own body's, or all for the overseers."""
    tickets = Ticket.objects.visible_to(request.user).select_related("organisation", "asked_by", "procedure")
    state = request.GET.get("state", "")
    if state in TicketState.values:
        tickets = tickets.filter(state=state)
    page = Paginator(tickets, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "articles": guide.ARTICLES,
        "page_obj": page,
        "count": page.paginator.count,
        "state": state,
        "states": TicketState.choices,
        "may_ask": request.user.role in BODY_ROLES,
        "announcement_form": AnnouncementForm() if request.user.is_department else None,
    }
    return render(request, "reviews/support/index.html", context)


@require_GET
def article(request, slug):
    """One article of the help."""
    article = guide.ARTICLES_BY_SLUG.get(slug)
    if article is None:
        raise Http404("Không có bài hướng dẫn này.")
    context = {
        "article": article,
        "articles": guide.ARTICLES,
        "statuses": guide.statuses(),
        "actions": guide.actions(),
        "glossary": guide.GLOSSARY,
        "tiers": guide.tiers(),
        "assignable": [status.label for status in ASSIGNABLE],
        "adjustment_kinds": [(kind.label, KIND_HELP[kind]) for kind in AdjustmentKind],
        "bases": list(BASIS_LABELS.values()),
    }
    return render(request, article.template, context)


@for_roles(*BODY_ROLES)
def ask(request):
    """Ask the department; the place asked from is kept from the address (page, procedure, field)."""
    given = {name: request.GET.get(name, "")[:300] for name in ("page", "procedure", "field", "subject")}
    form = AskForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        ticket = support.ask(by=request.user, **form.cleaned_data)
        messages.success(request, "Câu hỏi đã được gửi đến cơ quan chủ trì. Câu trả lời sẽ hiện ở trang chính.")
        return redirect("reviews:ticket", pk=ticket.pk)
    return render(request, "reviews/support/ask.html", {"form": form})


def ticket(request, pk):
    """One question with its answer; the department answers here."""
    ticket = get_object_or_404(
        Ticket.objects.visible_to(request.user).select_related("organisation", "asked_by", "answered_by", "procedure"),
        pk=pk,
    )
    form = AnswerForm(instance=ticket) if request.user.is_department else None
    if request.method == "POST":
        return _answer(request, ticket)
    return render(request, "reviews/support/ticket.html", {"ticket": ticket, "form": form})


@for_roles(*DEPARTMENT_ROLES)
def _answer(request, ticket):
    form = AnswerForm(request.POST, instance=ticket)
    if form.is_valid():
        try:
            support.answer(by=request.user, ticket=ticket, text=form.cleaned_data["answer"])
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Đã trả lời; người hỏi sẽ thấy ở trang chính.")
            return redirect("reviews:ticket", pk=ticket.pk)
    return render(request, "reviews/support/ticket.html", {"ticket": ticket, "form": form})


@require_POST
@for_roles(*DEPARTMENT_ROLES)
def announce(request):
    """Publish a message on the home page of the bodies."""
    form = AnnouncementForm(request.POST)
    if form.is_valid():
        support.announce(by=request.user, campaign=round_of(request), **form.cleaned_data)
        messages.success(request, "Đã đăng thông báo trên trang chính của các cơ quan.")
        return redirect("home")
    return render(request, "reviews/support/announce.html", {"form": form})
