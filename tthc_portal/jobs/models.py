"""The portal's own record of long work: the task queue forgets, officials ask."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

# A worker beats at every progress report; silence longer than this means it was killed.
SILENT_AFTER = datetime.timedelta(minutes=2)


class JobState(models.TextChoices):
    """Where a piece of long work stands."""

    WAITING = "waiting", "Đang chờ"
    RUNNING = "running", "Đang chạy"
    DONE = "done", "Đã xong"
    FAILED = "failed", "Thất bại"
    CANCELLED = "cancelled", "Đã hủy"


class JobQuerySet(models.QuerySet):
    """Long work as its owners see it."""

    def visible_to(self, user):
        """One's own jobs; overseers see all."""
        return self if user.oversees else self.filter(created_by=user)


class Job(models.Model):
    """One row is one piece of long work: what was asked, how far it is, what came of it."""

    kind = models.CharField("loại", max_length=100)
    title = models.CharField("tên việc", max_length=300)
    arguments = models.JSONField("tham số", default=dict)
    state = models.CharField("trạng thái", max_length=20, choices=JobState, default=JobState.WAITING)
    done = models.PositiveIntegerField("đã làm", default=0)
    total = models.PositiveIntegerField("tổng số", default=0)
    message = models.TextField("thông báo", blank=True)
    result = models.JSONField("kết quả", default=dict)
    result_file = models.FileField("tệp kết quả", upload_to="jobs/%Y/%m/", blank=True)
    cancel_requested = models.BooleanField("yêu cầu hủy", default=False)
    attempts = models.PositiveSmallIntegerField("số lần chạy", default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs", verbose_name="người yêu cầu"
    )
    created_at = models.DateTimeField("lúc tạo", default=timezone.now)
    started_at = models.DateTimeField("lúc bắt đầu", null=True)
    heartbeat_at = models.DateTimeField("tín hiệu cuối", null=True)
    finished_at = models.DateTimeField("lúc kết thúc", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "tác vụ"
        verbose_name_plural = "tác vụ"
        constraints = [
            models.CheckConstraint(
                condition=Q(total=0) | Q(done__lte=models.F("total")),
                name="job_progress_within_total",
                violation_error_message="Tiến độ không thể vượt tổng số.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_silent(self) -> bool:
        """Whether a running job has not been heard of for so long that its worker must be dead."""
        return self.state == JobState.RUNNING and (
            self.heartbeat_at is None or timezone.now() - self.heartbeat_at > SILENT_AFTER
        )

    @property
    def file_swept_at(self) -> datetime.datetime | None:
        """When the file of its result was deleted for its age; None while it is there, or never was."""
        swept = self.result.get("file_swept_at")
        return datetime.datetime.fromisoformat(swept) if swept else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to this job by itself."""
        return self.state in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}
