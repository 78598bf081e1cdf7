"""Long work: registered by kind, handed to the task worker, watched through its :class:`Job` row.

A kind is a function ``(job, progress) -> dict``: it reads ``job.arguments`` and calls ``progress(done, total)`` as it
goes. What it returns is kept in ``job.result``; ``{"url": "/…"}`` becomes the link to its outcome. Work that writes
in one transaction reports from inside it: others see those reports only after the commit, and a transaction of more
than two minutes looks silent.

States: waiting → running → done, failed or cancelled; silent (its worker was killed), failed and cancelled → waiting
again by :func:`restart`. Each run has a number (``attempts``): a run overtaken by a restart is stopped at its next
report and leaves nothing on the row.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tthc_portal.accounts.models import User
from tthc_portal.jobs.models import SILENT_AFTER, Job, JobState

logger = logging.getLogger(__name__)

# More frequent reports would cost more than the work they tell of.
REPORT_SECONDS = 1.0

KINDS: dict[str, Callable[[Job, "Progress"], dict | None]] = {}


class Cancelled(Exception):  # noqa: N818  a way out, not an error
    """The work was told to stop: by its owner, or because a newer run has taken its place."""


class Progress:
    """How far one run is, written to its row at most once a second; also the sign that the worker lives."""

    def __init__(self, job: Job):
        self.job = job
        self._next = 0.0

    def __call__(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Report ``done`` of ``total`` pieces (the last reported total when None).

        Raises :class:`Cancelled` when someone asked for it or when this run is no longer the row's run.
        """
        job = self.job
        job.total = max(total if total is not None else job.total, 0)
        job.done = min(done, job.total) if job.total else done
        if message is not None:
            job.message = message
        if time.monotonic() >= self._next:
            self.beat()

    def beat(self) -> None:
        """Write the row now, and look whether the work is still wanted."""
        job = self.job
        self._next = time.monotonic() + REPORT_SECONDS
        mine = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)
        written = mine.update(done=job.done, total=job.total, message=job.message, heartbeat_at=timezone.now())
        if not written or mine.filter(cancel_requested=True).exists():
            raise Cancelled


def job_kind(name: str) -> Callable:
    """Register the decorated function as the work of kind ``name``; a second function under it is a mistake."""

    def register(work: Callable[[Job, Progress], dict | None]) -> Callable:
        if name in KINDS:
            raise ValueError(f"Job kind {name!r} is registered twice.")
        KINDS[name] = work
        return work

    return register


@transaction.atomic
def enqueue(*, kind: str, title: str, by: User | None, arguments: dict[str, Any] | None = None) -> Job:
    """A new job of ``kind``, given to the worker when the surrounding transaction commits.

    ``arguments`` must be JSON. Raises ValueError for a kind nobody registered.
    """
    if kind not in KINDS:
        raise ValueError(f"Unknown job kind {kind!r}.")
    job = Job.objects.create(kind=kind, title=title, arguments=arguments or {}, created_by=by)
    transaction.on_commit(lambda: run.enqueue(job.pk))
    return job


@task()
def run(pk: int) -> None:
    """What the worker executes: one run of the job ``pk``; nothing when it is not waiting, however often delivered."""
    job = _claim(pk)
    if job is None:
        return
    progress = Progress(job)
    try:
        if job.kind not in KINDS:
            raise ValidationError(f"Hệ thống không còn loại tác vụ “{job.kind}”. Hãy tạo lại từ trang chức năng.")
        result = KINDS[job.kind](job, progress) or {}
    except Cancelled:
        _end(job, JobState.CANCELLED, message="Đã hủy theo yêu cầu.")
    except ValidationError as refusal:
        _end(job, JobState.FAILED, message=" ".join(refusal.messages))
    except Exception:
        logger.exception("job %s (%s) failed", job.pk, job.kind)
        _end(
            job,
            JobState.FAILED,
            message=f"Tác vụ dừng vì lỗi ngoài dự kiến (tác vụ số {job.pk}). Có thể chạy lại; nếu vẫn lỗi, "
            "hãy báo quản trị hệ thống kèm số này.",
        )
    else:
        _end(job, JobState.DONE, result=result, message=result.get("message", ""))


@transaction.atomic
def restart(*, by: User, job: Job) -> Job:
    """Put a silent, failed, cancelled or forgotten ``job`` in the queue again.

    Raises ValidationError when it is over and well, or may still be running.
    """
    job = Job.objects.select_for_update().get(pk=job.pk)
    if not can_restart(job):
        raise ValidationError(
            f"Tác vụ đang ở trạng thái “{job.get_state_display()}” nên chưa thể chạy lại. "
            "Chỉ chạy lại được tác vụ thất bại, đã hủy hoặc mất tín hiệu quá 2 phút."
        )
    logger.info("job %s restarted by user %s", job.pk, by.pk)
    job.state = JobState.WAITING
    job.cancel_requested = False
    job.done = job.total = 0
    job.message = ""
    job.created_at = timezone.now()
    job.started_at = job.heartbeat_at = job.finished_at = None
    job.save()
    transaction.on_commit(lambda: run.enqueue(job.pk))
    return job


@transaction.atomic
def cancel(*, by: User, job: Job) -> Job:
    """Stop ``job``: at once when no worker is at it, else at its next report. ValidationError when it is over."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.is_over:
        raise ValidationError(f"Tác vụ đã kết thúc ({job.get_state_display().lower()}) nên không hủy được nữa.")
    logger.info("job %s cancelled by user %s", job.pk, by.pk)
    job.cancel_requested = True
    if job.state == JobState.WAITING or job.is_silent:
        job.state = JobState.CANCELLED
        job.message = "Đã hủy theo yêu cầu."
        job.finished_at = timezone.now()
    job.save()
    return job


def can_restart(job: Job) -> bool:
    """Whether :func:`restart` would take ``job``: its worker is dead, it failed, was cancelled or was never fetched."""
    forgotten = job.state == JobState.WAITING and timezone.now() - job.created_at > SILENT_AFTER
    return job.is_silent or forgotten or job.state in {JobState.FAILED, JobState.CANCELLED}


def may_steer(user: User, job: Job) -> bool:
    """Whether ``user`` may cancel or restart ``job``: who asked for it, and administrators."""
    return job.created_by_id == user.pk or user.is_administrator


@transaction.atomic
def _claim(pk: int) -> Job | None:
    """The waiting job ``pk`` made this worker's, with a new run number; None when it is not waiting."""
    job = Job.objects.select_for_update().filter(pk=pk, state=JobState.WAITING).first()
    if job is None:
        return None
    job.state = JobState.RUNNING
    job.attempts += 1
    job.started_at = job.heartbeat_at = timezone.now()
    job.save()
    return job


def _end(job: Job, state: str, *, message: str = "", result: dict | None = None) -> None:
    """Close this run of ``job``; a run that was overtaken closes nothing."""
    facts = {"state": state, "message": message, "finished_at": timezone.now(), "heartbeat_at": timezone.now()}
    if state == JobState.DONE:
        facts |= {"result": result or {}, "result_file": job.result_file.name or "", "done": job.total or job.done}
        facts["total"] = job.total
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts).update(**facts)
