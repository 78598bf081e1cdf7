"""Taking review forms out as a workbook to be filled outside the portal."""

import tempfile

from django.contrib import messages
from django.http import FileResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from reviews.actions.actors import round_refusal
from reviews.filters import ReviewFilter
from reviews.models import Review
from reviews.reports.worklist import ordered
from reviews.sheets.writing import write
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, Organisation
from tthc_portal.templatetags.portal import vn_number

MAX_FORMS = 2_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_roles(*BODY_ROLES)
def download(request):
    """The forms of the asker's body that the work list's filters leave, those outside the base apart, as one file."""
    campaign = round_of(request)
    own = Review.objects.visible_to(request.user).filter(organisation=request.user.body)
    narrowed = ReviewFilter(request.GET, own, reader=request.user, campaign=campaign)
    reviews = ordered(narrowed.qs.filter(eligible=True), request.GET.get("sort", ""))
    refused = _refusal(campaign, reviews.count())
    if refused:
        messages.warning(request, refused)
        return HttpResponseRedirect(f"{reverse('reviews:list')}?{request.GET.urlencode()}")
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
    write(target, reviews, by=request.user, campaign=campaign, title=_title(request))
    target.seek(0)
    name = f"phieu-{campaign.code}-{request.user.body.code}.xlsx".lower()
    return FileResponse(target, as_attachment=True, filename=name, content_type=XLSX)


def _refusal(campaign, number: int) -> str:
    """Why no file is made; blank when it is."""
    if campaign is None:
        return "Chưa có đợt rà soát nào được mở nên chưa có phiếu để tải."
    if refused := round_refusal(campaign):
        return refused
    if number > MAX_FORMS:
        return (
            f"Bộ lọc đang để lại {vn_number(number)} phiếu, một tệp chứa tối đa {vn_number(MAX_FORMS)} phiếu. "
            "Hãy lọc bớt, ví dụ theo đơn vị hoặc lĩnh vực, rồi tải lại."
        )
    return "" if number else "Bộ lọc không để lại phiếu nào điền được; hãy bỏ bớt điều kiện lọc rồi tải lại."


def _title(request) -> str:
    """What the guide says of the forms in the file."""
    unit = request.GET.get("unit", "")
    if unit.isascii() and unit.isdigit():
        name = Organisation.objects.filter(pk=unit).values_list("name", flat=True).first()
        return f"Phiếu của {name}" if name else ""
    return "Phiếu chưa giao đơn vị" if unit == "none" else "Phiếu theo bộ lọc lúc tải"
