"""Prolonged deadlines: the department grants them, a body reads its own."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from reviews.actions.deadlines import extend, last_days
from reviews.forms.extensions import ExtensionForm
from reviews.models import Campaign, Extension
from reviews.reports.dashboards import bodies_of
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50
HEADER = ("Mã cơ quan", "Cơ quan", "Gia hạn đến hết ngày", "Lý do", "Số văn bản", "Người cho gia hạn", "Lúc")


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request, code):
    """Every extension of a round (a body: its own); the department grants new ones to many bodies at once."""
    campaign = request.campaign = get_object_or_404(Campaign.objects.visible_to(request.user), code=code)
    grants = request.user.is_department
    if request.method == "POST" and not grants:
        raise PermissionDenied
    form = None
    if grants and campaign.is_open:
        posted = request.POST if request.method == "POST" else None
        form = ExtensionForm(posted, bodies=bodies_of(campaign), ends=last_days(campaign))
    if request.method == "POST":
        if form is None:
            messages.error(request, "Chỉ gia hạn trong đợt rà soát đang mở.")
            return redirect("reviews:extensions", code=campaign.code)
        if form.is_valid() and _granted(request, campaign, form):
            return redirect("reviews:extensions", code=campaign.code)
    found = _extensions(request, campaign)
    if request.GET.get("export"):
        return _export(request, campaign, found)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"campaign": campaign, "form": form, "page_obj": page}
    status = 422 if request.method == "POST" else 200
    return render(request, "reviews/extensions/list.html", context, status=status)


def _granted(request, campaign: Campaign, form: ExtensionForm) -> bool:
    try:
        made = extend(by=request.user, campaign=campaign, **form.values())
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    until = form.cleaned_data["until"]
    messages.success(request, f"Đã gia hạn cho {len(made)} cơ quan đến hết ngày {until:%d/%m/%Y} (giờ Hà Nội).")
    return True


def _extensions(request, campaign: Campaign):
    """Extensions of the round that the reader may see, newest first; ``organisation`` narrows to one body."""
    found = Extension.objects.filter(participation__campaign=campaign)
    if not request.user.oversees:
        found = found.filter(participation__organisation=request.user.body)
    code = request.GET.get("organisation", "")
    if code:
        found = found.filter(participation__organisation__code__iexact=code)
    return found.select_related("participation__organisation", "granted_by").order_by("-granted_at", "-pk")


def _export(request, campaign: Campaign, found):
    rows = (
        (
            row.participation.organisation.code,
            row.participation.organisation.name,
            row.until,
            row.reason,
            row.document_number,
            str(row.granted_by),
            row.granted_at,
        )
        for row in found
    )
    if request.GET["export"] == "csv":
        dated = ([*row[:2], f"{row[2]:%d/%m/%Y}", *row[3:6], row[6].isoformat(timespec="seconds")] for row in rows)
        return stream_csv(f"gia-han-{campaign.code}.csv", HEADER, dated)
    if request.GET["export"] == "xlsx":
        return xlsx_response(f"gia-han-{campaign.code}.xlsx", "Gia hạn", HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")
