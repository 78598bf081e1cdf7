"""The catalogue itself: sectors and procedures."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tthc_portal.accounts.models import Organisation
from tthc_portal.text import fold, one_line


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


# The letters of folded names by how seldom they are met.
_RAREST_FIRST = "zjfwqxbmkslrvydpegcotiuhan"


class ProcedureQuerySet(models.QuerySet):
    """The catalogue, searched and narrowed."""

    def visible_to(self, user):
        """The catalogue is public among those who have signed in."""
        return self if user.is_authenticated else self.none()

    def matching(self, words: str):
        """Procedures whose code, name, sector or bodies hold every word of ``words``, accents aside."""
        found = self
        # A text is looked at in each place where a word's first letter stands, and until one word is not found there.
        for word in sorted(fold(words).split(), key=lambda word: _RAREST_FIRST.find(word[0])):
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
