"""The list of packs sent in a round: all of them for those who oversee, one's own for a body."""

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews.forms.submissions import SubmissionFilter
from reviews.models import Submission
from reviews.reports import submissions as packs
from reviews.views.heads import sort_heads
from reviews.views.rounds import round_of
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50
_HEADS = (("organisation", "Cơ quan", False), ("letter_date", "Công văn", False), ("sent_at", "Lúc gửi", False))


@require_safe
def listing(request):
    """Packs narrowed, sorted and paged; ``export=csv|xlsx`` gives all of them as a file."""
    campaign = round_of(request)
    narrowed = SubmissionFilter(
        request.GET, Submission.objects.visible_to(request.user), reader=request.user, campaign=campaign
    )
    sort = request.GET.get("sort") or "-sent_at"
    found = packs.ordered(narrowed.qs, sort)
    if request.GET.get("export"):
        return _export(request.GET["export"], campaign, found)
    page = Paginator(found.select_related("organisation", "sent_by"), PAGE_SIZE).get_page(request.GET.get("page"))
    heads = [one for one in _HEADS if one[0] != "organisation" or request.user.oversees]
    context = {
        "campaign": campaign,
        "form": narrowed.form,
        "errors": [error for errors in narrowed.form.errors.values() for error in errors],
        "page_obj": page,
        "packs": packs.packs_of(list(page), campaign) if campaign else [],
        "heads": {key: sort_heads(request.GET, sort, [(key, label, numeric)]) for key, label, numeric in heads},
    }
    return render(request, "reviews/sending/list.html", context)


def _export(form: str, campaign, found):
    """The whole narrowed list as a file."""
    if campaign is None or form not in ("csv", "xlsx"):
        raise Http404("Chỉ xuất được csv hoặc xlsx khi đã có đợt rà soát.")
    rows, name = packs.all_packs(found, campaign), f"lan-gui-{campaign.code}"
    if form == "csv":
        return stream_csv(f"{name}.csv", packs.CSV_HEADER, packs.csv_rows(rows))
    return xlsx_response(f"{name}.xlsx", "Lần gửi", packs.XLSX_HEADER, packs.xlsx_rows(rows))
