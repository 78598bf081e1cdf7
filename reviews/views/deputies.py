"""Who stands in for whom: appointing and ending."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from reviews.actions.deadlines import today
from reviews.forms.deputies import DeputyForm
from tthc_portal.accounts import deputies
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, Deputy, Role

PAGE_SIZE = 50


@for_roles(*BODY_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    """Everybody of the body who stands, stood or will stand in for somebody; the focal point appoints here."""
    appoints = request.user.role == Role.FOCAL_POINT
    if request.method == "POST" and not appoints:
        raise PermissionDenied
    form = None
    if appoints:
        posted = request.POST if request.method == "POST" else None
        form = DeputyForm(posted, body=request.user.body, initial={"starts_on": today()})
    if request.method == "POST" and form.is_valid():
        try:
            made = form.appoint_by(request.user)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            until = f"{made.starts_on:%d/%m/%Y} đến hết ngày {made.ends_on:%d/%m/%Y}"
            messages.success(request, f"{made.deputy} làm thay {made.user} từ {until}.")
            return redirect("reviews:deputies")
    found = Deputy.objects.visible_to(request.user).select_related("user", "deputy", "made_by")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "today": today(), "appoints": appoints}
    status = 422 if request.method == "POST" else 200
    return render(request, "reviews/deputies/list.html", context, status=status)


@for_roles(Role.FOCAL_POINT)
@require_POST
def end(request, pk):
    """End one with today, or drop one that has not begun."""
    found = get_object_or_404(Deputy.objects.visible_to(request.user).select_related("user", "deputy"), pk=pk)
    try:
        left = deputies.end(by=request.user, deputy=found)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        when = f"kết thúc vào hết ngày {left.ends_on:%d/%m/%Y}" if left else "đã bỏ, vì chưa đến ngày bắt đầu"
        messages.success(request, f"Việc {found.deputy} làm thay {found.user} {when}.")
    return redirect("reviews:deputies")
