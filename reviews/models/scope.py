"""The frozen scope of a round, and the ledger of what was changed in it afterwards."""

from django.conf import settings
from django.db import models
from django.db.models import BinaryField, F, Func, Q
from django.utils import timezone

from procedures.models import ImportBatch, Procedure, Sector
from reviews.models.campaign import Campaign
from tthc_portal.accounts.models import Organisation
from tthc_portal.text import sort_bytes


class SortKeyField(models.BinaryField):
    """The place of another text field of the row in Vietnamese alphabetical order, kept up to date by every save.

    Bytes compare the same on both databases, and in one step: no collation is asked while rows are sorted.
    """

    def __init__(self, *args, of: str, **kwargs):
        self.of = of
        super().__init__(*args, editable=False, **kwargs)

    def deconstruct(self):
        """What a migration writes down."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs | {"of": self.of}

    def pre_save(self, instance, add):
        """The key of the text as it is saved; ``bulk_create`` comes by here too."""
        key = sort_bytes(getattr(instance, self.of))
        setattr(instance, self.attname, key)
        return key


def name_key_start(path: str = "name_key") -> Func:
    """The beginning of the key by which names are sorted, as an index holds it: a whole one may be too long for that.

    Whoever sorts by it sorts by the whole key after it. Both numbers stand in the statement itself: SQLite knows the
    expression of an index only by its very words.
    """
    return Func(F(path), template="SUBSTR(%(expressions)s, 1, 160)", output_field=BinaryField())


class ScopeItemQuerySet(models.QuerySet):
    """The frozen catalogue of a round."""

    def visible_to(self, user):
        """What counts and what not is no secret: everyone who sees the round sees its scope."""
        return self.filter(campaign__in=Campaign.objects.visible_to(user))


class ScopeItem(models.Model):
    """One row is one procedure as it stood when a round's catalogue was frozen; later imports never touch it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="scope", verbose_name="đợt rà soát")
    procedure = models.ForeignKey(
        Procedure, models.PROTECT, related_name="scope_items", verbose_name="thủ tục hành chính"
    )
    code = models.CharField("mã TTHC", max_length=20)
    name = models.TextField("tên TTHC")
    name_key = SortKeyField("khóa xếp theo tên", of="name", default=b"")
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="scope_items", verbose_name="cơ quan quản lý")
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="scope_items", verbose_name="lĩnh vực"
    )
    sector_name = models.CharField("tên lĩnh vực", max_length=300, blank=True)
    executing_bodies = models.JSONField("cơ quan thực hiện", default=list)
    deciders = models.JSONField(
        "thẩm quyền khi chốt", default=list, help_text="[{level, body, case, legal_ground}] theo thứ tự."
    )
    search_text = models.TextField("văn bản tìm kiếm", editable=False)
    fingerprint = models.CharField("dấu vân nội dung", max_length=64)
    excluded = models.BooleanField("loại trừ", default=False)
    rule = models.CharField("quy tắc", max_length=40)
    rule_version = models.CharField("phiên bản quy tắc", max_length=20)
    reason = models.TextField("lý do")
    source = models.CharField("nguồn dữ liệu", max_length=500, blank=True)
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, blank=True, related_name="scope_items", verbose_name="lượt nhập"
    )
    batch_row = models.PositiveIntegerField("số dòng trong tệp", null=True, blank=True)
    batch_digest = models.CharField("SHA-256 của tệp nhập", max_length=64, blank=True)
    # Brought in after the freeze by this adjustment; empty for what was frozen.
    admitted_by = models.ForeignKey(
        "reviews.ScopeAdjustment",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="admitted",
        verbose_name="điều chỉnh bổ sung",
    )
    # Set by an approved adjustment that takes the procedure out; the frozen columns stay as they were.
    removed_at = models.DateTimeField("lúc đưa ra khỏi phạm vi", null=True, blank=True)

    objects = ScopeItemQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "code"]
        verbose_name = "thủ tục trong phạm vi"
        verbose_name_plural = "thủ tục trong phạm vi"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "procedure"],
                name="scope_item_once_a_round",
                violation_error_message="Thủ tục đã nằm trong phạm vi của đợt.",
            ),
            models.CheckConstraint(
                condition=Q(excluded=False) | ~Q(reason=""),
                name="scope_item_excluded_has_reason",
                violation_error_message="Thủ tục bị loại trừ phải có lý do.",
            ),
        ]
        indexes = [
            models.Index(fields=["campaign", "owner", "excluded"], name="scope_item_by_owner"),
            # The sectors a body is asked about, for the box above its list: answered from the index alone.
            models.Index(fields=["campaign", "sector", "id"], name="scope_item_of_sector"),
            # The first page of a long list is read in its order, without sorting all of it.
            models.Index(fields=["campaign", "code"], name="scope_item_by_code"),
            models.Index(F("campaign"), name_key_start(), name="scope_item_by_name"),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"


class AdjustmentKind(models.TextChoices):
    """What an adjustment does to the frozen scope."""

    ADMIT = "admit", "Bổ sung"
    EXCLUDE = "exclude", "Loại trừ do cấp xã quyết định"
    REMOVE = "remove", "Đưa ra khỏi phạm vi"
    REPLACE = "replace", "Thay thế"
    REOWN = "reown", "Chuyển cơ quan quản lý"


class ScopeAdjustmentQuerySet(models.QuerySet):
    """The ledger of a round."""

    def visible_to(self, user):
        """Overseers see proposals too; everybody else the approved ones of rounds they see: figures rest on them."""
        seen = self.filter(campaign__in=Campaign.objects.visible_to(user))
        return seen if user.oversees else seen.filter(approved_at__isnull=False)


class ScopeAdjustment(models.Model):
    """One row is one change of a frozen scope: many procedures at once, with reason, document and two people."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="adjustments", verbose_name="đợt rà soát")
    kind = models.CharField("loại điều chỉnh", max_length=20, choices=AdjustmentKind)
    reason = models.TextField("lý do")
    document_number = models.CharField("số văn bản", max_length=100)
    document_date = models.DateField("ngày văn bản")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người đề nghị"
    )
    proposed_at = models.DateTimeField("lúc đề nghị", default=timezone.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người duyệt"
    )
    approved_at = models.DateTimeField("lúc duyệt", null=True, blank=True)
    declined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người từ chối"
    )
    declined_at = models.DateTimeField("lúc từ chối", null=True, blank=True)
    decline_reason = models.TextField("lý do từ chối", blank=True)
    effect = models.JSONField(
        "số liệu thay đổi", default=list, help_text="[{code, name, before, after}] của mọi cơ quan có số liệu thay đổi."
    )

    objects = ScopeAdjustmentQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "proposed_at"]
        verbose_name = "điều chỉnh phạm vi"
        verbose_name_plural = "điều chỉnh phạm vi"
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="scope_adjustment_approved_by_and_at",
                violation_error_message="Điều chỉnh đã duyệt phải có người duyệt và thời điểm duyệt.",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="scope_adjustment_second_person",
                violation_error_message="Người duyệt phải khác người đề nghị.",
            ),
            models.CheckConstraint(
                condition=Q(declined_by__isnull=True, declined_at__isnull=True)
                | (Q(declined_by__isnull=False, declined_at__isnull=False, approved_by__isnull=True)),
                name="scope_adjustment_declined_or_approved",
                violation_error_message="Điều chỉnh không thể vừa được duyệt vừa bị từ chối.",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(document_number=""),
                name="scope_adjustment_has_reason",
                violation_error_message="Điều chỉnh phải có lý do và số văn bản.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.document_number}"

    @property
    def is_pending(self) -> bool:
        """Whether it still waits for the second person."""
        return self.approved_at is None and self.declined_at is None


class AdjustmentItem(models.Model):
    """One row is one procedure touched by an adjustment."""

    adjustment = models.ForeignKey(ScopeAdjustment, models.CASCADE, related_name="items", verbose_name="điều chỉnh")
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="+", verbose_name="thủ tục hành chính")
    scope_item = models.ForeignKey(
        ScopeItem, models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="thủ tục đã chốt"
    )
    replacement = models.ForeignKey(
        Procedure, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="thủ tục thay thế"
    )
    new_owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan quản lý mới"
    )

    class Meta:
        ordering = ["adjustment", "procedure"]
        verbose_name = "thủ tục được điều chỉnh"
        verbose_name_plural = "thủ tục được điều chỉnh"
        constraints = [
            models.UniqueConstraint(
                fields=["adjustment", "procedure"],
                name="adjustment_item_once",
                violation_error_message="Thủ tục đã có trong điều chỉnh này.",
            ),
        ]

    def __str__(self):
        return f"{self.adjustment}: {self.procedure_id}"


class ReceptionRequest(models.Model):
    """One row asks every province of a round about ministry-decided procedures too (ý kiến tiếp nhận).

    Those of a ministry, of a sector, or one procedure: a procedure is asked about when it fits every column filled.
    """

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="reception_requests", verbose_name="đợt rà soát"
    )
    owner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="cơ quan quản lý"
    )
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="lĩnh vực")
    procedure = models.ForeignKey(
        Procedure, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="thủ tục hành chính"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người đặt"
    )
    made_at = models.DateTimeField("lúc đặt", default=timezone.now)

    class Meta:
        ordering = ["campaign", "pk"]
        verbose_name = "yêu cầu ý kiến tiếp nhận"
        verbose_name_plural = "yêu cầu ý kiến tiếp nhận"
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(sector__isnull=False) | Q(procedure__isnull=False),
                name="reception_request_names_something",
                violation_error_message="Phải chọn cơ quan quản lý, lĩnh vực hoặc thủ tục.",
            ),
        ]

    def __str__(self):
        return f"{self.campaign.code}: {self.owner or ''} {self.sector or ''} {self.procedure or ''}".strip()
