"""“Báo sai danh mục”: a body's people report a wrong entry, the administrator answers, the reporter reads it here."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from procedures.correction_forms import AnswerForm, CorrectionFilter, ReportForm
from procedures.corrections import REPORTABLE, field_label, report_wrong, settle
from procedures.models import Correction, CorrectionState, Procedure
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, Role
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50
SORTS = {"raised": "raised_at", "code": "procedure__code", "organisation": "organisation__code", "state": "state"}
EXPORT_HEADER = (
    "Số",
    "Mã TTHC",
    "Tên TTHC",
    "Thông tin sai",
    "Nội dung báo sai",
    "Giá trị đúng",
    "Mã cơ quan báo",
    "Cơ quan báo",
    "Người báo",
    "Lúc báo",
    "Trạng thái",
    "Trả lời",
    "Lượt nhập đã sửa",
    "Người trả lời",
    "Lúc trả lời",
)


def _visible(request):
    """Reports the reader may see, with all that pages and exports say of them."""
    return Correction.objects.visible_to(request.user).select_related(
        "procedure", "organisation", "raised_by", "answered_by", "batch"
    )


@require_safe
def listing(request):
    """Reports of the own body, or all for the overseers; ``export=csv|xlsx`` gives every row of the filters."""
    form = CorrectionFilter(request.GET, reader=request.user)
    sort = request.GET.get("sort", "-raised")
    order = F(SORTS.get(sort.removeprefix("-"), "raised_at"))
    found = form.apply(_visible(request)).order_by(order.desc() if sort.startswith("-") else order.asc(), "-pk")
    export = request.GET.get("export")
    if export == "csv":
        return stream_csv("bao-sai-danh-muc.csv", EXPORT_HEADER, _export_rows(found))
    if export == "xlsx":
        return xlsx_response("bao-sai-danh-muc.xlsx", "Báo sai danh mục", EXPORT_HEADER, _export_rows(found))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    for correction in page:
        correction.label = field_label(correction.field)
    return render(request, "procedures/corrections.html", {"form": form, "page_obj": page, "sort": sort})


def _export_rows(corrections):
    for one in corrections.iterator(chunk_size=1000):
        yield (
            one.pk,
            one.procedure.code,
            one.procedure.name,
            field_label(one.field),
            one.text,
            one.suggestion,
            one.organisation.code,
            one.organisation.name,
            str(one.raised_by),
            _moment(one.raised_at),
            one.get_state_display(),
            one.answer,
            one.batch.file_name if one.batch else "",
            str(one.answered_by) if one.answered_by else "",
            _moment(one.answered_at),
        )


def _moment(at) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y %H:%M}" if at else ""


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request, pk):
    """One report and its answer; the administrator answers here."""
    correction = get_object_or_404(_visible(request), pk=pk)
    if request.method == "POST":
        return _answer(request, correction)
    form = None
    if request.user.is_administrator and correction.state == CorrectionState.OPEN:
        form = AnswerForm(correction=correction)
    return _page(request, correction, form)


@for_roles(Role.ADMINISTRATOR)
def _answer(request, correction):
    form = AnswerForm(request.POST, correction=correction)
    if form.is_valid():
        try:
            settle(by=request.user, correction=correction, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, "Đã trả lời; người báo thấy ở trang thủ tục và ở danh sách báo sai.")
            return redirect("procedures:correction", pk=correction.pk)
    return _page(request, correction, form, status=422)


def _page(request, correction, form, status=200):
    context = {
        "correction": correction,
        "label": field_label(correction.field),
        "form": form,
        "others": open_reports(correction.procedure).exclude(pk=correction.pk).count(),
    }
    return render(request, "procedures/corrections_detail.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*BODY_ROLES)
def raise_one(request, code):
    """Report that something in the entry of a procedure is wrong; reports that wait already are said first."""
    procedure = get_object_or_404(Procedure.objects.visible_to(request.user), code__iexact=code)
    field = request.GET.get("field", "")
    form = ReportForm(request.POST or None, initial={"field": field if field in REPORTABLE else ""})
    if request.method == "POST" and form.is_valid():
        try:
            correction = report_wrong(by=request.user, procedure=procedure, **form.cleaned_data)
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Đã gửi báo sai #{correction.pk}. Quản trị trả lời tại trang này.")
            return redirect("procedures:correction", pk=correction.pk)
    waiting = list(_labelled(_visible(request).filter(procedure=procedure, state=CorrectionState.OPEN)))
    context = {
        "procedure": procedure,
        "form": form,
        "waiting": waiting,
        "waiting_count": open_reports(procedure).count(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "procedures/corrections_report.html", context, status=status)


def open_reports(procedure: Procedure):
    """Reports on ``procedure`` that nobody has answered, of every body."""
    return Correction.objects.filter(procedure=procedure, state=CorrectionState.OPEN)


def reports_on(request, procedure: Procedure) -> list[Correction]:
    """What the page of a procedure shows: the reports on it that the reader may see, newest first."""
    return list(_labelled(_visible(request).filter(procedure=procedure)))


def _labelled(corrections):
    for correction in corrections:
        correction.label = field_label(correction.field)
        yield correction
