"""The ladder of levels that decide procedures, and the wordings that stand for them."""

import datetime

from django.db import models
from django.db.models import F, Q

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
