"""Imports of files into the catalogue, row by row, and what was learnt of their layouts."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models.catalogue import Procedure
from tthc_portal.jobs.models import Job


class ImportState(models.TextChoices):
    """Where an import stands."""

    READING = "reading", "Đang đọc tệp"
    PREVIEWED = "previewed", "Chờ xác nhận"
    APPLYING = "applying", "Đang ghi"
    APPLIED = "applied", "Đã ghi"
    DISCARDED = "discarded", "Đã bỏ"
    UNDONE = "undone", "Đã hoàn tác"


class ImportBatchQuerySet(models.QuerySet):
    """Imports as their readers see them."""

    def visible_to(self, user):
        """Batches are kept by administrators and read by the department and auditors."""
        return self if user.oversees else self.none()


class ImportBatch(models.Model):
    """One row is one import of a file: who, when, which file, what it did, and whether it was undone."""

    file_name = models.CharField("tên tệp", max_length=300)
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    file = models.FileField("tệp", upload_to="imports/%Y/%m/", blank=True)
    as_of = models.DateField("danh mục tính đến ngày", default=datetime.date.today)
    sheet = models.CharField("trang tính", max_length=100, blank=True)
    layout = models.JSONField("cột nhận ra", default=dict)
    options = models.JSONField(
        "lựa chọn của người nhập",
        default=dict,
        help_text="{mapping: {trường: nhãn}, publisher: {code, name, by, at, remembered}, refused: [[dòng, cột]], "
        "only_valid: bool, missing: keep|abolish}",
    )
    job = models.ForeignKey(
        Job, models.SET_NULL, null=True, blank=True, related_name="imports", verbose_name="tác vụ đang chạy"
    )
    state = models.CharField("trạng thái", max_length=20, choices=ImportState, default=ImportState.PREVIEWED)
    rows_total = models.PositiveIntegerField("số dòng", default=0)
    rows_created = models.PositiveIntegerField("số dòng mới", default=0)
    rows_changed = models.PositiveIntegerField("số dòng thay đổi", default=0)
    rows_unchanged = models.PositiveIntegerField("số dòng không đổi", default=0)
    rows_invalid = models.PositiveIntegerField("số dòng lỗi", default=0)
    rows_repaired = models.PositiveIntegerField("số dòng được chuẩn hóa", default=0)
    rows_missing = models.PositiveIntegerField("số thủ tục không có trong tệp", default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="imports", verbose_name="người nhập"
    )
    created_at = models.DateTimeField("lúc tải lên", default=timezone.now)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người xác nhận"
    )
    applied_at = models.DateTimeField("lúc ghi", null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người hoàn tác"
    )
    undone_at = models.DateTimeField("lúc hoàn tác", null=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "lượt nhập danh mục"
        verbose_name_plural = "lượt nhập danh mục"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["applied", "undone"]) | Q(applied_at__isnull=False),
                name="import_batch_applied_has_time",
                violation_error_message="Lượt nhập đã ghi phải có thời điểm ghi.",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False) | (~Q(state="undone") & Q(undone_at__isnull=True)),
                name="import_batch_undone_has_time",
                violation_error_message="Lượt nhập đã hoàn tác phải có thời điểm hoàn tác.",
            ),
        ]

    def __str__(self):
        return f"{self.file_name} ({self.created_at:%d/%m/%Y})"

    @property
    def rows_abolished(self) -> int:
        """How many procedures that the file lacks the writing marks, or has marked, as abolished."""
        return self.rows_missing if self.options.get("missing") == "abolish" else 0


class RowOutcome(models.TextChoices):
    """What an import does, or did, with a row."""

    CREATED = "created", "Mới"
    CHANGED = "changed", "Thay đổi"
    UNCHANGED = "unchanged", "Không đổi"
    INVALID = "invalid", "Lỗi"
    MISSING = "missing", "Không có trong tệp"


class ImportRow(models.Model):
    """One row is one row of an imported file that mattered: what it changed, what was repaired, what was wrong.

    Unchanged rows without repairs leave no trace beyond the batch's counts.
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name="lượt nhập")
    number = models.PositiveIntegerField("số dòng trong Excel")
    code = models.CharField("mã TTHC", max_length=100, blank=True)
    name = models.TextField("tên TTHC", blank=True)
    procedure = models.ForeignKey(
        Procedure, models.SET_NULL, null=True, related_name="import_rows", verbose_name="thủ tục hành chính"
    )
    outcome = models.CharField("kết quả", max_length=20, choices=RowOutcome)
    before = models.JSONField("trước", null=True)
    after = models.JSONField("sau", null=True)
    errors = models.JSONField("lỗi", default=list, help_text="[{column, value, message}]")
    repairs = models.JSONField("chuẩn hóa", default=list, help_text="[{column, before, after}]")

    class Meta:
        ordering = ["batch", "number"]
        verbose_name = "dòng nhập"
        verbose_name_plural = "dòng nhập"
        indexes = [models.Index(fields=["batch", "outcome", "number"], name="import_row_by_outcome")]

    def __str__(self):
        return f"dòng {self.number}: {self.code}"


class ColumnMapping(models.Model):
    """One row remembers what a person said the columns of a layout mean, for the next file laid out alike."""

    layout = models.CharField("dấu vân bố cục", max_length=64, unique=True, help_text="SHA-256 của các nhãn cột.")
    labels = models.JSONField("nhãn cột", default=list)
    mapping = models.JSONField("ý nghĩa cột", default=dict, help_text="{trường: nhãn cột}")
    publisher = models.CharField(
        "mã cơ quan ban hành của cả tệp", max_length=20, blank=True, help_text="Khi bố cục không có cột này."
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người đặt"
    )
    made_at = models.DateTimeField("lúc đặt", default=timezone.now)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "ý nghĩa cột của một bố cục"
        verbose_name_plural = "ý nghĩa cột của các bố cục"

    def __str__(self):
        return ", ".join(self.labels)[:80]
