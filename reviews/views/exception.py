"""No proposals on everything left: shown in numbers and names first, then said once."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from reviews.actions import exception as acts
from reviews.actions.bulk import FILLERS
from reviews.filters import ReviewFilter
from reviews.forms.exception import RestForm
from reviews.models import Review
from reviews.reports.bulk import skip_groups
from reviews.views.rounds import round_of, without_round
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OrganisationKind

PAGE_SIZE = 200


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*FILLERS)
def rest(request):
    """What the common answer would cover, and the answer itself; the filters of the address narrow both."""
    if request.user.body.kind != OrganisationKind.PROVINCE:
        raise PermissionDenied("Chỉ địa phương trả lời chung cho các TTHC còn lại.")
    campaign = round_of(request)
    if campaign is None:
        return without_round(
            request,
            "Trả lời chung các TTHC còn lại",
            "Chỉ trả lời chung được khi cơ quan chủ trì đã mở đợt rà soát và giao phiếu cho địa phương; khi đó vào lại "
            "trang này.",
        )
    if request.method != "POST":
        return _page(request, campaign)
    form = RestForm(request.POST)
    if not form.is_valid():
        return _page(request, campaign, form=form, status=422)
    try:
        change = acts.answer_rest(
            by=request.user,
            campaign=campaign,
            reviews=_asked(request, campaign).qs,
            basis=form.cleaned_data["basis"],
            seal=form.cleaned_data["seal"],
            filters=request.GET.urlencode(),
            finish=form.cleaned_data["finish"],
        )
    except ValidationError as refusal:
        return _page(request, campaign, form=form, refusal=refusal.messages, status=409)
    messages.success(request, f"Đã trả lời chung cho {change.changed} TTHC. Có thể hoàn tác ở trang này.")
    return redirect("reviews:bulk_change", change.pk)


def _asked(request, campaign) -> ReviewFilter:
    own = Review.objects.filter(organisation=request.user.body, campaign=campaign)
    return ReviewFilter(request.GET, own, reader=request.user, campaign=campaign)


def _page(request, campaign, *, form: RestForm | None = None, refusal=(), status: int = 200):
    """The exact number, every procedure by name, those left out with the reason; nothing is written."""
    asked = _asked(request, campaign)
    plan = acts.weigh_rest(by=request.user, campaign=campaign, reviews=asked.qs)
    if form is None:
        form = RestForm(initial={"seal": plan.seal})
    else:
        form.data = form.data.copy()
        form.data["seal"] = plan.seal
    covered = sorted((one.review for one in plan.changes), key=lambda review: review.scope_item.code)
    context = {
        "campaign": campaign,
        "plan": plan,
        "number": len(covered),
        "page_obj": Paginator(covered, PAGE_SIZE).get_page(request.GET.get("page")),
        "groups": skip_groups(plan),
        "form": form,
        "refusal": refusal,
        "errors": [error for errors in asked.form.errors.values() for error in errors],
    }
    return render(request, "reviews/exception/rest.html", context, status=status)
