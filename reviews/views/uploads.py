"""Filled workbooks of forms: hand one in, look at what it would do, answer what both sides changed, write it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews import longwork
from reviews.actions import uploading
from reviews.actions.upload_plans import Fate
from reviews.forms.uploads import AnswersForm, WorkbookForm
from reviews.models import FormUpload
from reviews.reports import uploads as reports
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, Role
from tthc_portal.jobs.models import JobState
from tthc_portal.jobs.views import steering

FILLERS = uploading.FILLERS
PAGE_SIZE = 50
RELATED = ("campaign", "organisation", "made_by", "bulk_change__undone_by")
# Faults named on a page; beyond them only their number is told.
NAMED = 300


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*BODY_ROLES, Role.AUDITOR)
def listing(request):
    """Workbooks handed in by the body, the latest first, and the box for another one, which leads to its preview."""
    campaign = round_of(request)
    form = WorkbookForm()
    if request.method == "POST":
        form = for_roles(*FILLERS)(lambda asked: WorkbookForm(asked.POST, asked.FILES))(request)
        upload = _received(request, form)
        if upload:
            return redirect("reviews:upload", upload.pk)
    page = Paginator(reports.uploads_of(campaign, request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"campaign": campaign, "form": form, "page_obj": page, "fills": request.user.role in FILLERS}
    return render(request, "reviews/uploads/list.html", context, status=422 if form.is_bound else 200)


@require_safe
def detail(request, pk):
    """What a workbook would do to every form, in numbers and cell by cell; once written, what it did."""
    return _page(request, _upload(request, pk))


@require_safe
def file(request, pk):
    """The workbook as it was handed in; to the page, which says why, where it has been deleted for its age."""
    upload = _upload(request, pk)
    if not upload.file:
        return redirect("reviews:upload", upload.pk)
    try:
        return FileResponse(upload.file.open("rb"), as_attachment=True, filename=upload.file_name)
    except OSError:
        raise Http404("Tệp đã tải lên không còn trong kho lưu trữ.") from None


@require_POST
def apply(request, pk):
    """Write what was shown, or have the worker do it when that is long; with another button only keep the answers.

    What moved meanwhile is shown first.
    """
    upload = _upload(request, pk, FILLERS)
    form = AnswersForm(request.POST)
    form.is_valid()
    button, choices = request.POST.get("button", ""), form.choices()
    try:
        if button in ("more", "rest-mine", "rest-theirs"):
            rest = button.removeprefix("rest-") if button != "more" else ""
            uploading.choose(by=request.user, upload=upload, choices=choices, rest=rest)
            messages.info(request, "Đã giữ các lựa chọn; chưa ghi gì vào phiếu.")
            return redirect("reviews:upload", upload.pk)
        write = longwork.begin_applying if longwork.is_long_upload(upload) else uploading.apply
        write(by=request.user, upload=upload, choices=choices, seal=form.cleaned_data.get("seal", ""))
    except uploading.NotYet as refusal:
        return _page(request, _upload(request, pk), refusal=refusal.messages, status=409)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("reviews:upload", upload.pk)
    # The page itself says what was written, or how far the worker is.
    return redirect("reviews:upload", upload.pk)


def _received(request, form: WorkbookForm) -> FormUpload | None:
    """The upload made of a file, or None with the reason on the form."""
    if not form.is_valid():
        return None
    name = form.cleaned_data["file"].name
    try:
        return uploading.receive(by=request.user, filled=form.filled, content=form.content, file_name=name)
    except ValidationError as refusal:
        form.add_error("file", refusal)
        return None


def _upload(request, pk, roles=None) -> FormUpload:
    """The upload if the asker may see it (404), and one of ``roles`` (403)."""
    upload = get_object_or_404(FormUpload.objects.visible_to(request.user).select_related(*RELATED), pk=pk)
    request.campaign = upload.campaign
    return for_roles(*(roles or (*BODY_ROLES, Role.AUDITOR)))(lambda _: upload)(request)


def _page(request, upload: FormUpload, *, refusal=(), status: int = 200):
    words = reports.Words()
    faults = [*upload.report["faults"], *reports.closed_cells(upload.report, words)]
    context = {
        "upload": upload,
        "change": upload.bulk_change,
        "faults": faults[:NAMED],
        "fault_count": len(faults),
        "refusal": refusal,
    }
    if upload.bulk_change:
        context |= _done(upload, words)
    else:
        context |= _worked_at(request, upload)
        if not context["busy"]:
            context |= _asked(request, upload, words)
    return render(request, "reviews/uploads/detail.html", context, status=status)


def _worked_at(request, upload: FormUpload) -> dict:
    """What the worker has of an upload not written: its job in hand or silent, else why the last one wrote nothing."""
    job = longwork.upload_job(upload)
    if job is None or job.state == JobState.DONE:
        return {"busy": False}
    if job.is_over:
        return {"busy": False, "came_to_nothing": job}
    return {"busy": longwork.in_hand(job), "asked_for": job} | steering(request.user, job)


def _done(upload: FormUpload, words: reports.Words) -> dict:
    """What a written upload did."""
    outcome = upload.report["outcome"]
    chosen = [choice for *_, choice in outcome["answers"]]
    left = reports.left_out_then(outcome, words)
    return {
        "forms": outcome["forms"],
        "take": outcome["take"],
        "keep": outcome["keep"],
        "mine": chosen.count("mine"),
        "theirs": chosen.count("theirs"),
        "answered": reports.answered(outcome, words),
        "left_out": left,
        "refused": sum(len(one.cells) for one in left),
    }


def _asked(request, upload: FormUpload, words: reports.Words) -> dict:
    """What an upload would do if the asker (else whoever handed it in) wrote it now."""
    why_not = uploading.write_refusal(by=request.user, upload=upload)
    plan = uploading.plan_of(by=upload.made_by if why_not else request.user, upload=upload)
    left, touched = reports.left_out(plan, words), [row for row in plan.rows if row.of(Fate.TAKE)]
    page = Paginator(touched, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = reports.questions(plan, words)
    return {
        "forms": len({row.review.pk for row in touched} | {row.review.pk for row, _ in plan.questions}),
        "take": plan.number(Fate.TAKE),
        "keep": plan.number(Fate.KEEP),
        "ask": len(plan.questions),
        "unanswered": len(plan.unanswered),
        "refused": sum(len(one.cells) for one in left),
        "left_out": left,
        "questions": asked,
        "more": max(0, len(plan.questions) - len(asked)),
        "page_obj": page,
        "taken": reports.taken(page, words),
        "answers": AnswersForm(initial={"seal": plan.seal}),
        "why_not": why_not,
        "as_job": longwork.is_long_upload(upload),
    }
