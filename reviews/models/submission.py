"""What bodies sent: the letter and the reviews it carried."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.campaign import Campaign
from reviews.models.review import Review
from tthc_portal.accounts.models import Organisation


class SubmissionDoor(models.TextChoices):
    """Through which door a pack was sent."""

    SIGNED = "signed", "Lãnh đạo ký gửi trên hệ thống"
    RECORDED = "recorded", "Đầu mối ghi nhận công văn đã ký"


class SubmissionQuerySet(models.QuerySet):
    """Submissions as their readers see them."""

    def visible_to(self, user):
        """The sending body and the overseers."""
        return self if user.oversees else self.filter(organisation=user.body)


class Submission(models.Model):
    """One row is one pack a body sent: the letter, who signed it, the scan, and the digest of what it covered."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="submissions", verbose_name="đợt rà soát")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="submissions", verbose_name="cơ quan gửi"
    )
    door = models.CharField("hình thức gửi", max_length=20, choices=SubmissionDoor)
    letter_number = models.CharField("số công văn", max_length=100, blank=True)
    letter_date = models.DateField("ngày công văn", null=True, blank=True)
    signer_name = models.CharField("người ký", max_length=150)
    signer_capacity = models.CharField("thẩm quyền ký", max_length=150, blank=True, help_text="Ví dụ: KT. BỘ TRƯỞNG")
    scan = models.FileField("bản chụp công văn", upload_to="letters/%Y/%m/", blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người gửi")
    sent_at = models.DateTimeField("lúc gửi", default=timezone.now)
    digest = models.CharField("mã băm nội dung", max_length=64)
    is_final = models.BooleanField("lần gửi cuối", default=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        verbose_name = "lần gửi"
        verbose_name_plural = "lần gửi"
        constraints = [
            models.CheckConstraint(
                condition=Q(door="signed") | (~Q(letter_number="") & Q(letter_date__isnull=False) & ~Q(scan="")),
                name="submission_recorded_has_letter",
                violation_error_message="Ghi nhận công văn phải có số, ngày và bản chụp.",
            ),
            models.CheckConstraint(
                condition=~Q(signer_name=""),
                name="submission_has_signer",
                violation_error_message="Lần gửi phải có người ký.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} {self.letter_number}"


class SubmissionItem(models.Model):
    """One row is one review carried by a submission, at the version that was signed."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="items", verbose_name="lần gửi")
    review = models.ForeignKey(Review, models.PROTECT, related_name="submission_items", verbose_name="phiếu rà soát")
    version = models.PositiveIntegerField("phiên bản đã ký")
    event_hash = models.CharField("mã băm sự kiện", max_length=64)

    class Meta:
        ordering = ["submission", "review"]
        verbose_name = "phiếu đã gửi"
        verbose_name_plural = "phiếu đã gửi"
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "review"],
                name="submission_item_once",
                violation_error_message="Phiếu đã có trong lần gửi này.",
            ),
        ]

    def __str__(self):
        return f"{self.submission_id}: {self.review_id}"
