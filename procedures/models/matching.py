"""What administrators have said of wordings that no list knew, and what they took back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models.authority import AuthorityAlias
from procedures.models.imports import ImportBatch
from tthc_portal.accounts.models import Organisation, OrganisationAlias


class MatchingKind(models.TextChoices):
    """What a wording names."""

    AUTHORITY = "authority", "Cơ quan có thẩm quyền"
    PUBLISHER = "publisher", "Cơ quan ban hành"


class MatchingQuerySet(models.QuerySet):
    """Words of administrators as their readers see them."""

    def visible_to(self, user):
        """Administrators keep them, the department and auditors read them."""
        return self if user.oversees else self.none()

    def in_force(self):
        """Those that nobody has taken back."""
        return self.filter(withdrawn_at__isnull=True)


class Matching(models.Model):
    """One row is one administrator's word on what a wording stands for, from when he gave it until it was taken back.

    A wording matched again later gets a row of its own: earlier words stay. Wordings of the reference facts have none.
    """

    kind = models.CharField("loại", max_length=20, choices=MatchingKind)
    wording = models.CharField("cách ghi", max_length=500)
    folded = models.CharField("cách ghi không dấu", max_length=500, db_index=True)
    levels = models.JSONField("mã các cấp", default=list, help_text="Khi cách ghi chỉ cấp có thẩm quyền.")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name="cơ quan ban hành"
    )
    authority_alias = models.ForeignKey(
        AuthorityAlias, models.SET_NULL, null=True, related_name="matchings", verbose_name="cách ghi đang dùng"
    )
    organisation_alias = models.ForeignKey(
        OrganisationAlias, models.SET_NULL, null=True, related_name="matchings", verbose_name="cách ghi đang dùng"
    )
    batch = models.ForeignKey(
        ImportBatch, models.PROTECT, null=True, related_name="matchings", verbose_name="lượt nhập đang xem trước"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người chọn")
    made_at = models.DateTimeField("lúc chọn", default=timezone.now)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người thu hồi"
    )
    withdrawn_at = models.DateTimeField("lúc thu hồi", null=True)
    withdrawn_reason = models.CharField("lý do thu hồi", max_length=500, blank=True)

    objects = MatchingQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = "cách ghi đã đối chiếu"
        verbose_name_plural = "cách ghi đã đối chiếu"
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="matching_withdrawn_by_someone",
                violation_error_message="Cách ghi đã thu hồi phải có người và thời điểm thu hồi.",
            ),
        ]

    def __str__(self):
        return self.wording
