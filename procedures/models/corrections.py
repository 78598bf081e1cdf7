"""Reports of wrong entries."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models.catalogue import Procedure
from procedures.models.imports import ImportBatch
from tthc_portal.accounts.models import Organisation


class CorrectionState(models.TextChoices):
    """A report of a wrong entry, from raised to settled."""

    OPEN = "open", "Chờ xử lý"
    CORRECTED = "corrected", "Đã sửa"
    DECLINED = "declined", "Không sửa"


class CorrectionQuerySet(models.QuerySet):
    """Reports of wrong entries as their readers see them."""

    def visible_to(self, user):
        """Overseers see all; a body sees its own people's."""
        return self if user.oversees else self.filter(organisation=user.body)


class Correction(models.Model):
    """One row is one report of a wrong catalogue entry (báo sai danh mục) and what became of it."""

    procedure = models.ForeignKey(
        Procedure, models.PROTECT, related_name="corrections", verbose_name="thủ tục hành chính"
    )
    field = models.CharField("thông tin sai", max_length=40, blank=True)
    text = models.TextField("nội dung báo sai")
    suggestion = models.TextField("giá trị đúng", blank=True)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="corrections", verbose_name="cơ quan báo"
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="corrections", verbose_name="người báo"
    )
    raised_at = models.DateTimeField("lúc báo", default=timezone.now)
    state = models.CharField("trạng thái", max_length=20, choices=CorrectionState, default=CorrectionState.OPEN)
    answer = models.TextField("trả lời", blank=True)
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name="lượt nhập đã sửa"
    )
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người trả lời"
    )
    answered_at = models.DateTimeField("lúc trả lời", null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at"]
        verbose_name = "báo sai danh mục"
        verbose_name_plural = "báo sai danh mục"
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="correction_has_text", violation_error_message="Báo sai phải có nội dung."
            ),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(answered_by__isnull=False) & Q(answered_at__isnull=False)),
                name="correction_settled_by_someone",
                violation_error_message="Báo sai đã xử lý phải có người xử lý.",
            ),
        ]

    def __str__(self):
        return self.text[:80]
