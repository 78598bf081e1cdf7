"""The catalogue: levels of authority, sectors, procedures, who decides them, and the imports that brought them."""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tthc_portal.accounts.models import Organisation
from tthc_portal.text import fold, one_line


class Tier(models.TextChoices):
    """The storey of government a level stands on."""

    CENTRAL = "central", "Trung ương"
    REGIONAL = "regional", "Khu vực"
    PROVINCE = "province", "Cấp tỉnh"
    DISTRICT = "district", "Cấp huyện"
    COMMUNE = "commune", "Cấp xã"


class Branch(models.TextChoices):
    """The line of command a level belongs to; moves across lines are classed by a person."""

    STATE = "state", "Cơ quan nhà nước trung ương"
    VERTICAL = "vertical", "Ngành dọc"
    LOCAL = "local", "Chính quyền địa phương"
    OTHER = "other", "Không xếp hạng"


class AuthorityLevelQuerySet(models.QuerySet):
    """Levels as they stood on a day."""

    def on(self, day: datetime.date):
        """Levels that existed on ``day`` (the district level ended on 30/6/2025)."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


class AuthorityLevel(models.Model):
    """One row is a level that decides procedures: its storey, its line of command and its rank on the ladder."""

    code = models.CharField("mã", max_length=40, primary_key=True)
    label = models.CharField("tên", max_length=200)
    tier = models.CharField("cấp", max_length=20, choices=Tier, blank=True)
    branch = models.CharField("hệ thống", max_length=20, choices=Branch)
    rank = models.PositiveSmallIntegerField("thứ bậc", null=True, blank=True, help_text="Số nhỏ là cấp cao.")
    valid_from = models.DateField("hiệu lực từ", null=True, blank=True)
    valid_to = models.DateField("hiệu lực đến", null=True, blank=True)

    objects = AuthorityLevelQuerySet.as_manager()

    class Meta:
        ordering = [F("rank").asc(nulls_last=True), "code"]
        verbose_name = "cấp có thẩm quyền"
        verbose_name_plural = "cấp có thẩm quyền"
        constraints = [
            models.CheckConstraint(
                condition=Q(branch="other", rank__isnull=True) | (~Q(branch="other") & Q(rank__isnull=False)),
                name="authority_level_ranked_unless_other",
                violation_error_message="Chỉ cấp ngoài hệ thống hành chính mới không có thứ bậc.",
            ),
        ]

    def __str__(self):
        return self.label


class AuthorityAlias(models.Model):
    """One row is a wording met in data that stands for a set of levels; it never is a whole joined list."""

    wording = models.CharField("cách ghi", max_length=500)
    folded = models.CharField("cách ghi không dấu", max_length=500, unique=True, editable=False)
    levels = models.ManyToManyField(AuthorityLevel, related_name="aliases", verbose_name="cấp")

    class Meta:
        ordering = ["folded"]
        verbose_name = "cách ghi cấp có thẩm quyền"
        verbose_name_plural = "cách ghi cấp có thẩm quyền"

    def __str__(self):
        return self.wording

    def save(self, *args, **kwargs):
        """Keep the folded form beside the wording."""
        self.wording = one_line(self.wording)
        self.folded = fold(self.wording)
        super().save(*args, **kwargs)


class Sector(models.Model):
    """One row is a sector (lĩnh vực) under which procedures are published; the same name serves several bodies."""

    name = models.CharField("tên", max_length=300)
    folded = models.CharField("tên không dấu", max_length=300, unique=True, editable=False)

    class Meta:
        ordering = ["folded"]
        verbose_name = "lĩnh vực"
        verbose_name_plural = "lĩnh vực"

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        """Keep the folded form beside the name."""
        self.name = one_line(self.name)
        self.folded = fold(self.name)
        super().save(*args, **kwargs)


class ExecutionLevel(models.TextChoices):
    """Cấp thực hiện of the national database: where a procedure is carried out, never who decides it."""

    MINISTRY = "ministry", "Cấp bộ"
    PROVINCE = "province", "Cấp tỉnh"
    DISTRICT = "district", "Cấp huyện"
    COMMUNE = "commune", "Cấp xã"
    OTHER = "other", "Cơ quan khác"


class ProcedureStatus(models.TextChoices):
    """The statuses of the national database."""

    PUBLISHED = "published", "Đang công khai"
    AMENDED = "amended", "Sửa đổi, bổ sung"
    ABOLISHED = "abolished", "Bãi bỏ"


class ProcedureQuerySet(models.QuerySet):
    """The catalogue, searched and narrowed."""

    def visible_to(self, user):
        """The catalogue is public among those who have signed in."""
        return self if user.is_authenticated else self.none()

    def matching(self, words: str):
        """Procedures whose code, name, sector or bodies hold every word of ``words``, accents aside."""
        found = self
        for word in fold(words).split():
            found = found.filter(search_text__contains=word)
        return found

    def in_force(self):
        """Procedures that have not been abolished."""
        return self.exclude(status=ProcedureStatus.ABOLISHED)

    def decider_unknown(self):
        """Procedures for which nobody has recorded who decides."""
        return self.filter(deciders__isnull=True)


class Procedure(models.Model):
    """One row is one administrative procedure (TTHC) as published under one national code."""

    code = models.CharField("mã TTHC", max_length=20, unique=True)
    name = models.TextField("tên TTHC")
    publisher = models.ForeignKey(
        Organisation, models.PROTECT, related_name="procedures", verbose_name="cơ quan ban hành"
    )
    sectors = models.ManyToManyField(
        Sector, through="ProcedureSector", related_name="procedures", verbose_name="lĩnh vực"
    )
    execution_levels = models.JSONField("cấp thực hiện", default=list, help_text="Danh sách mã ExecutionLevel.")
    executing_bodies = models.JSONField("cơ quan thực hiện", default=list, help_text="Theo thứ tự, nguyên văn.")
    publishing_decision = models.CharField("quyết định công bố", max_length=200, blank=True)
    published_on = models.DateField("ngày công bố", null=True, blank=True)
    subjects = models.JSONField("đối tượng thực hiện", default=list)
    is_local_specific = models.BooleanField("TTHC đặc thù của địa phương", default=False)
    is_vertical = models.BooleanField("thuộc ngành dọc", default=False)
    is_illustrative = models.BooleanField("dữ liệu minh họa", default=False)
    status = models.CharField("tình trạng", max_length=20, choices=ProcedureStatus, default=ProcedureStatus.PUBLISHED)
    search_text = models.TextField("văn bản tìm kiếm", editable=False)
    provenance = models.JSONField(
        "nguồn của từng giá trị", default=dict, editable=False, help_text="{tên trường: [mã lượt nhập, số dòng]}"
    )
    created_at = models.DateTimeField("lúc tạo", default=timezone.now, editable=False)
    updated_at = models.DateTimeField("lúc sửa", default=timezone.now, editable=False)

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = "thủ tục hành chính"
        verbose_name_plural = "thủ tục hành chính"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="procedure_has_name",
                violation_error_message="Thủ tục phải có tên.",
            ),
        ]

    def __str__(self):
        return f"{self.code} {self.name}"

    def save(self, *args, **kwargs):
        """Keep the searchable text in step; imports write in bulk and compose it themselves."""
        names = self.sectors.values_list("name", flat=True) if self.pk else ()
        self.search_text = self.compose_search_text(names)
        super().save(*args, **kwargs)

    def compose_search_text(self, sector_names=()) -> str:
        """What :meth:`ProcedureQuerySet.matching` looks through: code, name, sectors and bodies, folded."""
        return fold(" ".join([self.code, self.name, *sector_names, *self.executing_bodies]))


class ProcedureSector(models.Model):
    """One row places a procedure in a sector; position 0 is the sector that serves in figures."""

    procedure = models.ForeignKey(
        Procedure, models.CASCADE, related_name="sector_links", verbose_name="thủ tục hành chính"
    )
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="procedure_links", verbose_name="lĩnh vực")
    position = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        ordering = ["procedure", "position"]
        verbose_name = "lĩnh vực của thủ tục"
        verbose_name_plural = "lĩnh vực của thủ tục"
        constraints = [
            models.UniqueConstraint(
                fields=["procedure", "sector"],
                name="procedure_sector_once",
                violation_error_message="Thủ tục đã thuộc lĩnh vực này.",
            ),
            models.UniqueConstraint(
                fields=["procedure", "position"],
                name="procedure_sector_position_once",
                violation_error_message="Thứ tự lĩnh vực bị trùng.",
            ),
        ]

    def __str__(self):
        return f"{self.procedure_id}: {self.sector_id}"


class ImportState(models.TextChoices):
    """Where an import stands."""

    PREVIEWED = "previewed", "Chờ xác nhận"
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
    state = models.CharField("trạng thái", max_length=20, choices=ImportState, default=ImportState.PREVIEWED)
    rows_total = models.PositiveIntegerField("số dòng", default=0)
    rows_created = models.PositiveIntegerField("số dòng mới", default=0)
    rows_changed = models.PositiveIntegerField("số dòng thay đổi", default=0)
    rows_unchanged = models.PositiveIntegerField("số dòng không đổi", default=0)
    rows_invalid = models.PositiveIntegerField("số dòng lỗi", default=0)
    rows_repaired = models.PositiveIntegerField("số dòng được chuẩn hóa", default=0)
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


class RowOutcome(models.TextChoices):
    """What an import does, or did, with a row."""

    CREATED = "created", "Mới"
    CHANGED = "changed", "Thay đổi"
    UNCHANGED = "unchanged", "Không đổi"
    INVALID = "invalid", "Lỗi"


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
