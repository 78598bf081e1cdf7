"""Going through a list: the next form to fill, and saved ways of looking at the list."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from reviews.actions import queue
from reviews.actions import saved_views as acts
from reviews.actions.assigning import FILLERS
from reviews.actions.bulk import FILLABLE
from reviews.filters import ReviewFilter
from reviews.forms.saved_views import SaveViewForm
from reviews.models import Review, SavedView
from reviews.reports.saved_views import kept_query
from reviews.reports.worklist import ordered
from reviews.views.columns import columns_of
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles

# The list whose views these are.
PAGE = "reviews"


@require_POST
@for_roles(*FILLERS)
def take_next(request):
    """Take the first free form of the list and go to it."""
    campaign = round_of(request)
    query = QueryDict(request.POST.get("list", ""))
    narrowed = _narrowed(request, query, campaign)
    taken = None
    try:
        taken = campaign and queue.take_next(by=request.user, campaign=campaign, reviews=narrowed)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return _to_list(query)
    if not taken:
        messages.info(request, "Không còn phiếu nào chưa giao trong danh sách này, hoặc đang có người mở.")
        return _to_list(query)
    messages.success(request, "Đã giao phiếu này cho bạn.")
    return HttpResponseRedirect(form_address(taken.pk, query.urlencode()))


def form_address(pk: int, listed: str) -> str:
    """The form of a review with the list one goes through in hand."""
    return f"{reverse('reviews:detail', args=[pk])}?{urlencode({'list': listed})}"


def next_to_fill(request, review: Review) -> str:
    """Where "save and next" leads: the next form of the list still to be filled, else the list; asked before saving,
    for a save may take the form out of the list.
    """
    listed = request.GET.get("list", "").lstrip("?")
    query = QueryDict(listed)
    open_ones = _narrowed(request, query, review.campaign).filter(
        status__in=FILLABLE, eligible=True, removed=False, organisation=request.user.body
    )
    keys = list(open_ones.values_list("pk", flat=True))
    if review.pk in keys:
        place = keys.index(review.pk)
        after = keys[place + 1 :]
    else:
        code = review.scope_item.code
        by_code = open_ones.order_by("scope_item__code").filter(scope_item__code__gt=code)
        after = list(by_code.values_list("pk", flat=True)[:1])
    # At the end of the list: what was passed over before.
    after = after or [pk for pk in keys if pk != review.pk]
    return form_address(after[0], listed) if after else f"{reverse('reviews:list')}?{query.urlencode()}"


def _narrowed(request, query: QueryDict, campaign):
    visible = Review.objects.visible_to(request.user)
    narrowed = ReviewFilter(query, visible, reader=request.user, campaign=campaign)
    return ordered(narrowed.qs, query.get("sort", ""))


@require_POST
def save_view(request):
    """Keep the filters and columns in force under a name."""
    form = SaveViewForm(request.POST)
    query = QueryDict(request.POST.get("query", ""))
    if not form.is_valid():
        messages.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return _to_list(query)
    chosen = columns_of(query)
    try:
        view = acts.save_view(
            by=request.user,
            page=PAGE,
            name=form.cleaned_data["name"],
            query=kept_query(query),
            columns=chosen if query.get("columns") else [],
            shared=form.cleaned_data["is_shared"],
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã lưu cách xem “{view.name}”.")
    return _to_list(query)


@require_POST
def delete_view(request, pk):
    """Forget one of one's own."""
    view = get_object_or_404(SavedView, pk=pk, user=request.user)
    acts.delete_view(by=request.user, view=view)
    messages.success(request, f"Đã xóa cách xem “{view.name}”.")
    return _to_list(QueryDict(request.POST.get("query", "")))


def _to_list(query: QueryDict):
    return HttpResponseRedirect(f"{reverse('reviews:list')}?{query.urlencode()}")
