"""Pages of long work: how far it is, its result, stopping it and running it again."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from tthc_portal.accounts.models import User
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job


def _job_of(request, pk: int) -> Job:
    """The job ``pk`` among those the asker may see; 404 otherwise."""
    return get_object_or_404(Job.objects.visible_to(request.user).select_related("created_by"), pk=pk)


@require_safe
def detail(request, pk):
    """Progress of one job; as a fragment it asks for itself again until the job is over."""
    job = _job_of(request, pk)
    context = steering(request.user, job)
    return render(request, "jobs/_progress.html" if request.htmx else "jobs/detail.html", context)


def steering(user: User, job: Job) -> dict:
    """What ``jobs/_progress.html`` shows ``user`` of ``job``, on whichever page; nothing where he may not see it."""
    if not user.oversees and job.created_by_id != user.pk:
        return {}
    may_steer = runner.may_steer(user, job)
    return {
        "job": job,
        "can_cancel": may_steer and not job.is_over,
        "can_restart": may_steer and runner.can_restart(job),
        "kept_days": settings.FILES_KEPT_DAYS,
    }


@require_POST
def cancel(request, pk):
    """Stop a job: its owner or an administrator."""
    return _steer(request, pk, runner.cancel, "Đã ghi nhận yêu cầu hủy tác vụ.")


@require_POST
def restart(request, pk):
    """Run a failed, cancelled or silent job again: its owner or an administrator."""
    return _steer(request, pk, runner.restart, "Tác vụ đã được xếp hàng để chạy lại.")


def _steer(request, pk, action, done: str):
    job = _job_of(request, pk)
    if not runner.may_steer(request.user, job):
        raise PermissionDenied
    try:
        action(by=request.user, job=job)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, done)
    return redirect("jobs:detail", pk=pk)


@require_safe
def result(request, pk):
    """Download the file a job made; 404 while there is none, to its page where it has been deleted for its age."""
    job = _job_of(request, pk)
    if job.file_swept_at:
        return redirect("jobs:detail", pk=pk)
    if not job.result_file:
        raise Http404("Tác vụ chưa có tệp kết quả.")
    try:
        file = job.result_file.open("rb")
    except FileNotFoundError:
        raise Http404("Tệp kết quả không còn trong kho lưu trữ.") from None
    return FileResponse(file, as_attachment=True, filename=job.result_file.name.rsplit("/")[-1])
