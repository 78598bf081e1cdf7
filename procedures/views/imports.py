"""Imports of the catalogue: upload, preview, confirm, discard, undo. Administrators act, overseers read."""

import tempfile
from functools import partial

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from procedures.forms import ImportChoices, UploadForm
from procedures.importing import batches, longwork
from procedures.importing.excel import ImportFileError
from procedures.importing.report import ReportError, absent_of_batch, verdicts_of_batch, write_report
from procedures.importing.undo import undo as undo_batch
from procedures.matching_forms import unknown_publishers
from procedures.models import ImportBatch, ImportState
from procedures.views.tabs import open_tab, tabs_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Role
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import JobState

PAGE_SIZE = 50


@for_roles(Role.ADMINISTRATOR)
def upload(request):
    """Recent imports, and the form that takes a workbook to its preview."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch = _preview(request.user, form.cleaned_data)
        except (ImportFileError, ValidationError) as error:
            form.add_error("file", error if isinstance(error, ValidationError) else str(error))
        else:
            return redirect("procedures:batch", pk=batch.pk)
    page = Paginator(batches.recent(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page}
    return render(request, "procedures/import.html", context, status=422 if form.is_bound else 200)


def _preview(user, data) -> ImportBatch:
    """The preview of an uploaded file, which the reader needs on disk."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        for piece in data["file"].chunks():
            copy.write(piece)
        copy.flush()
        return longwork.upload(
            by=user, path=copy.name, file_name=data["file"].name, as_of=data["as_of"], sheet=data["sheet"] or None
        )


@require_safe
@for_roles(*OVERSEEING_ROLES)
def batch(request, pk):
    """One import: before confirmation its preview, afterwards its record."""
    item = _batch_or_404(request, pk)
    tabs = tabs_of(item)
    tab = open_tab(tabs, request.GET.get("outcome", ""))
    page = Paginator(tab.rows(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "batch": item,
        "tabs": tabs,
        "tab": tab,
        "page_obj": page,
        "earlier": batches.earlier_import(item.sha256, than=item),
        "columns": item.layout.get("columns", {}).values(),
        **(_choices(item) if item.state == ImportState.PREVIEWED else _progress(request.user, item)),
    }
    return render(request, "procedures/batch.html", context)


def _choices(item: ImportBatch) -> dict:
    """What a preview still asks a person, and whether it can be confirmed as it is."""
    options = item.options
    abolished = item.rows_abolished
    return {
        "choices": ImportChoices(batch=item),
        "abolished": abolished,
        "written": item.rows_created + item.rows_changed + abolished,
        "can_confirm": not item.layout.get("question")
        and (not item.rows_invalid or options.get("only_valid"))
        and bool(item.rows_created or item.rows_changed or abolished or item.layout.get("waits")),
        "unknown_publishers": unknown_publishers(item) if item.rows_invalid else [],
        "failed": item.job if item.job and item.job.state == JobState.FAILED else None,
    }


def _progress(user, item: ImportBatch) -> dict:
    """What a batch in the worker's hands says of its job; one in force, of the undoing that came to nothing."""
    undoing = longwork.undo_job(item) if item.state == ImportState.APPLIED else None
    if undoing and undoing.is_over:
        return {"undo_failed": undoing}
    if item.job is None or not (undoing or item.state in {ImportState.READING, ImportState.APPLYING}):
        return {}
    may_steer = runner.may_steer(user, item.job)
    can_restart = may_steer and runner.can_restart(item.job)
    can_cancel = may_steer and not item.job.is_over
    return {"job": item.job, "undoing": undoing, "can_cancel": can_cancel, "can_restart": can_restart}


def _batch_or_404(request, pk) -> ImportBatch:
    visible = ImportBatch.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("created_by", "applied_by", "undone_by", "job"), pk=pk)


def _act(request, pk, action, done: str):
    """Run ``action`` on the batch and go back to its page with what came of it."""
    item = _batch_or_404(request, pk)
    try:
        action(by=request.user, batch=item)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done.format(batch=item))
    return redirect("procedures:batch", pk=pk)


@require_POST
@for_roles(Role.ADMINISTRATOR)
def apply(request, pk):
    """Confirm: write the preview into the catalogue, now or by the worker; a choice not saved yet is shown first."""
    item = _batch_or_404(request, pk)
    if chosen := _unsaved_choices(request, item):
        done = "Chưa ghi: vừa lưu lựa chọn của bạn. Xem lại kết quả rồi xác nhận lần nữa."
        return _act(request, pk, partial(batches.choose, **chosen), done)
    if longwork.is_long(item):
        return _act(request, pk, longwork.begin_applying, "Đang ghi vào danh mục. Có thể đóng trang này.")
    done = "Đã ghi vào danh mục: {batch.rows_created} thủ tục mới, {batch.rows_changed} thủ tục thay đổi"
    if item.rows_abolished:
        done += ", {batch.rows_abolished} thủ tục không có trong tệp được đánh dấu bãi bỏ"
    return _act(request, pk, batches.apply, f"{done}.")


def _unsaved_choices(request, item: ImportBatch) -> dict | None:
    """What the confirmation brings of the choices beside it, where that is not what the preview was reckoned with."""
    form = ImportChoices(request.POST, batch=item)
    if "choices" not in request.POST or item.state != ImportState.PREVIEWED or not form.is_valid():
        return None
    kept = {"missing": item.options.get("missing") or "keep", "only_valid": bool(item.options.get("only_valid"))}
    chosen = {
        # What the page did not ask stays as it is.
        "missing": form.cleaned_data["missing"] or kept["missing"],
        "only_valid": form.cleaned_data["only_valid"] if item.rows_invalid else kept["only_valid"],
    }
    return chosen if chosen != kept else None


@require_POST
@for_roles(Role.ADMINISTRATOR)
def discard(request, pk):
    """Put the preview aside."""
    return _act(request, pk, batches.discard, "Đã bỏ lượt nhập này; danh mục không thay đổi.")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def undo(request, pk):
    """Take the import back, now or by the worker."""
    if longwork.is_long_undo(_batch_or_404(request, pk)):
        return _act(request, pk, longwork.begin_undoing, "Đang hoàn tác. Có thể đóng trang này.")
    return _act(request, pk, undo_batch, "Đã hoàn tác; danh mục trở lại như trước lượt nhập này.")


@require_safe
@for_roles(*OVERSEEING_ROLES)
def report(request, pk):
    """The uploaded workbook with the columns *kết quả* and *cách sửa*."""
    item = _batch_or_404(request, pk)
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
    try:
        with item.file.open("rb") as source:
            verdicts, absent = verdicts_of_batch(item), absent_of_batch(item)
            write_report(source, target, item.sheet, item.layout["header_row"], verdicts, absent, item.file_name)
    except (OSError, ValueError, KeyError, ReportError) as error:
        target.close()
        lost = "Tệp đã tải lên không còn trong kho lưu trữ nên không lập được báo cáo."
        messages.error(request, str(error) if isinstance(error, ReportError) else lost)
        return redirect("procedures:batch", pk=pk)
    target.seek(0)
    stem = item.file_name.removesuffix(".xlsx")
    return FileResponse(target, as_attachment=True, filename=f"{stem} - ket qua.xlsx")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def choose(request, pk):
    """Keep what was decided on a preview of procedures that the file lacks and of invalid rows."""
    form = ImportChoices(request.POST, batch=_batch_or_404(request, pk))
    if not form.is_valid():
        messages.error(request, "Lựa chọn không hợp lệ. Tải lại trang rồi chọn lại.")
        return redirect("procedures:batch", pk=pk)
    chosen = {"missing": form.cleaned_data["missing"] or "keep", "only_valid": form.cleaned_data["only_valid"]}
    return _act(request, pk, partial(batches.choose, **chosen), "Đã lưu lựa chọn; danh mục chưa thay đổi.")
