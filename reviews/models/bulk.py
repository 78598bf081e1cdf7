"""Acts on many reviews at once, kept so that they can be explained and taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.campaign import Campaign
from tthc_portal.accounts.models import Organisation


class BulkKind(models.TextChoices):
    """Why many reviews were changed at once."""

    FIELDS = "fields", "Điền hàng loạt"
    LIKE = "like", "Áp dụng như thủ tục này"
    GROUP = "group", "Nhóm phương án"
    WORKBOOK = "workbook", "Nhập từ phiếu Excel"
    EXCEPTION = "exception", "Không có kiến nghị đối với các TTHC còn lại"


class BulkChangeQuerySet(models.QuerySet):
    """Bulk changes as their readers see them."""

    def visible_to(self, user):
        """A body sees its own; auditors see all. How a body works on its forms is not the department's to see."""
        return self if user.role == "auditor" else self.filter(organisation=user.body)


class BulkChange(models.Model):
    """One row is one change of many reviews of one body; its key is the ``bulk_id`` of every event it wrote."""

    id = models.UUIDField("mã", primary_key=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="bulk_changes", verbose_name="đợt rà soát")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="bulk_changes", verbose_name="cơ quan")
    kind = models.CharField("loại", max_length=20, choices=BulkKind, default=BulkKind.FIELDS)
    title = models.CharField("tên", max_length=300, blank=True)
    reason = models.TextField("lý do")
    values = models.JSONField("nội dung được đặt", default=dict)
    filters = models.TextField("bộ lọc", blank=True)
    changed = models.PositiveIntegerField("số phiếu thay đổi", default=0)
    skipped = models.PositiveIntegerField("số phiếu bỏ qua", default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người thực hiện"
    )
    made_at = models.DateTimeField("lúc thực hiện", default=timezone.now)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người hoàn tác"
    )
    undone_at = models.DateTimeField("lúc hoàn tác", null=True, blank=True)
    # What undoing could not take back, for it had been changed since: [{code, review, why}].
    kept = models.JSONField("phiếu giữ nguyên khi hoàn tác", default=list)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "thay đổi hàng loạt"
        verbose_name_plural = "thay đổi hàng loạt"
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="bulk_change_has_reason",
                violation_error_message="Thay đổi hàng loạt phải có lý do.",
            ),
            models.CheckConstraint(
                condition=Q(undone_by__isnull=True, undone_at__isnull=True)
                | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="bulk_change_undone_by_and_at",
                violation_error_message="Hoàn tác phải có người và thời điểm.",
            ),
        ]

    def __str__(self):
        return self.title or f"{self.get_kind_display()} {self.made_at:%d/%m/%Y}"


class FormUpload(models.Model):
    """One row is one filled workbook of forms handed in: what its cells would change, and what became of it."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="form_uploads", verbose_name="đợt rà soát")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="form_uploads", verbose_name="cơ quan")
    file = models.FileField("tệp", upload_to="forms/%Y/%m/")
    file_name = models.CharField("tên tệp", max_length=300)
    sha256 = models.CharField("SHA-256", max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người nhập")
    made_at = models.DateTimeField("lúc nhập", default=timezone.now)
    report = models.JSONField("kết quả đọc", default=dict)
    choices = models.JSONField("lựa chọn", default=dict, help_text="{phiếu:cột: mine|theirs}")
    bulk_change = models.OneToOneField(
        BulkChange, models.PROTECT, null=True, blank=True, related_name="upload", verbose_name="thay đổi đã ghi"
    )

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "phiếu Excel nhập lại"
        verbose_name_plural = "phiếu Excel nhập lại"

    def __str__(self):
        return self.file_name
