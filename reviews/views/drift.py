"""“Danh mục khác bản chốt”: what the catalogue says today that the frozen scope of a round does not."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reviews.forms.drift import DriftFilter
from reviews.models import AdjustmentKind, Campaign
from reviews.reports import drift
from reviews.reports.dashboards import bodies_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50


@require_safe
@for_roles(*OVERSEEING_ROLES)
def candidates(request, code):
    """Procedures changed, abolished or published since the freezing; reading them moves nothing."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), code=code)
    request.campaign = campaign
    form = DriftFilter(request.GET, bodies=bodies_of(campaign))
    found = drift.narrowed(drift.candidates(campaign), **form.cleaned_data) if form.is_valid() else []
    export = request.GET.get("export")
    name = f"ung-vien-dieu-chinh-{campaign.code}"
    if export == "csv":
        return stream_csv(f"{name}.csv", drift.HEADER, drift.drift_rows(found))
    if export == "xlsx":
        return xlsx_response(f"{name}.xlsx", "Khác bản chốt", drift.HEADER, drift.drift_rows(found))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "page_obj": page,
        "adjustment_kinds": AdjustmentKind.choices,
        "may_propose": request.user.is_department and campaign.is_open,
    }
    return render(request, "reviews/campaigns/drift.html", context)
