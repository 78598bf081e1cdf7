"""Who decides a procedure, as far as it is known."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models.authority import AuthorityLevel
from procedures.models.catalogue import Procedure
from procedures.models.imports import ImportBatch


class DeciderSource(models.TextChoices):
    """Where the knowledge of who decides came from."""

    IMPORT = "import", "Tệp nhập"
    CONFIRMED = "confirmed", "Cơ quan xác nhận"
    REVIEW = "review", "Phiếu rà soát"


class DecidingAuthority(models.Model):
    """One row is one authority that decides (signs the result of) a procedure, in all cases or in one."""

    procedure = models.ForeignKey(Procedure, models.CASCADE, related_name="deciders", verbose_name="thủ tục hành chính")
    level = models.ForeignKey(AuthorityLevel, models.PROTECT, related_name="deciders", verbose_name="cấp")
    body = models.CharField("tên cơ quan, người có thẩm quyền", max_length=500, blank=True)
    case = models.TextField("trường hợp áp dụng", blank=True)
    legal_ground = models.TextField("căn cứ pháp lý", blank=True)
    source = models.CharField("nguồn", max_length=20, choices=DeciderSource)
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="deciders", verbose_name="lượt nhập"
    )
    batch_row = models.PositiveIntegerField("số dòng trong tệp", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người xác nhận"
    )
    recorded_at = models.DateTimeField("lúc ghi nhận", default=timezone.now)

    class Meta:
        ordering = ["procedure", "id"]
        verbose_name = "thẩm quyền quyết định"
        verbose_name_plural = "thẩm quyền quyết định"
        constraints = [
            models.CheckConstraint(
                condition=~Q(source="confirmed") | Q(confirmed_by__isnull=False),
                name="deciding_authority_confirmed_by_someone",
                violation_error_message="Thẩm quyền được xác nhận phải có người xác nhận.",
            ),
        ]

    def __str__(self):
        return self.body or self.level.label


class UnresolvedAuthority(models.Model):
    """One row is a wording of a deciding authority that a file gave for a procedure and nobody has matched to a level.

    ``cell`` keeps every wording of the same cell: the deciders are recorded once all of them are matched.
    """

    procedure = models.ForeignKey(
        Procedure, models.CASCADE, related_name="unresolved_authorities", verbose_name="thủ tục hành chính"
    )
    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, related_name="unresolved_authorities", verbose_name="lượt nhập"
    )
    batch_row = models.PositiveIntegerField("số dòng trong tệp")
    wording = models.CharField("cách ghi", max_length=500)
    folded = models.CharField("cách ghi không dấu", max_length=500, db_index=True)
    cell = models.JSONField("mọi cách ghi trong ô", default=list)
    legal_ground = models.TextField("căn cứ pháp lý", blank=True)

    class Meta:
        ordering = ["folded", "procedure"]
        verbose_name = "cách ghi cần đối chiếu"
        verbose_name_plural = "cách ghi cần đối chiếu"
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "folded"],
                name="unresolved_authority_once",
                violation_error_message="Cách ghi này của thủ tục đã chờ đối chiếu.",
            ),
        ]

    def __str__(self):
        return self.wording
