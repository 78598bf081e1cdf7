"""What is being typed: kept as it comes, before anyone calls it a version."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from reviews.models.review import Review


class WorkingCopy(models.Model):
    """One row is one person at one form: what he has typed since his last save, and when he was last there.

    ``data`` is a part of a content (see :mod:`reviews.actions.content`) begun from ``base_version`` of the review;
    empty while he only looks. Autosaves go here and nowhere else; an explicit save, a change of status, leaving the
    page or ten idle minutes turn it into a version with its event.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="working_copies", verbose_name="phiếu rà soát")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="working_copies", verbose_name="người đang sửa"
    )
    base_version = models.PositiveIntegerField("sửa từ phiên bản", default=0)
    data = models.JSONField("nội dung đang sửa", default=dict)
    # Grows with every autosave: two tabs of one person see by it what the other has typed.
    revision = models.PositiveIntegerField("lần tự lưu", default=0)
    saved_at = models.DateTimeField("tự lưu lúc", null=True, blank=True)
    seen_at = models.DateTimeField("có mặt lúc", default=timezone.now)

    class Meta:
        ordering = ["review", "user"]
        verbose_name = "bản đang sửa"
        verbose_name_plural = "bản đang sửa"
        constraints = [
            models.UniqueConstraint(
                fields=["review", "user"],
                name="working_copy_once_a_person",
                violation_error_message="Bạn đã có bản đang sửa của phiếu này.",
            ),
        ]
        indexes = [models.Index(fields=["saved_at"], name="working_copy_by_time")]

    def __str__(self):
        return f"{self.review_id}: {self.user}"


class Phrase(models.Model):
    """One row is a wording a body uses often for one field of the form, inserted with a key."""

    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="phrases", verbose_name="cơ quan"
    )
    field = models.CharField("trường", max_length=60)
    text = models.TextField("nội dung")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người lưu")
    made_at = models.DateTimeField("lúc lưu", default=timezone.now)

    class Meta:
        ordering = ["organisation", "field", "made_at"]
        verbose_name = "câu hay dùng"
        verbose_name_plural = "câu hay dùng"

    def __str__(self):
        return self.text[:80]
