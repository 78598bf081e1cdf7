"""The append-only story of every review, chained so that a change of the past shows."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.models.campaign import Campaign
from reviews.models.review import Review


class ReviewEventQuerySet(models.QuerySet):
    """Events as their readers see them."""

    def visible_to(self, user):
        """Events follow the review they belong to."""
        return self.filter(review__in=Review.objects.visible_to(user))


class ReviewEvent(models.Model):
    """One row is one thing that happened to a review (or, with ``review`` empty, to a round as a whole).

    Rows are only ever added: a trigger on both databases refuses UPDATE and DELETE. ``hash`` covers every column and
    ``previous_hash``; the head of the chain stands on the review (or round) itself.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="events", verbose_name="đợt rà soát")
    review = models.ForeignKey(
        Review, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="phiếu rà soát"
    )
    sequence = models.PositiveIntegerField("số thứ tự")
    at = models.DateTimeField("lúc")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="review_events",
        verbose_name="người thực hiện",
    )
    action = models.CharField("việc", max_length=40)
    reason = models.TextField("lý do", blank=True)
    bulk_id = models.UUIDField("mã thao tác hàng loạt", null=True, blank=True, db_index=True)
    status_before = models.CharField("trạng thái trước", max_length=20, blank=True)
    status_after = models.CharField("trạng thái sau", max_length=20, blank=True)
    changes = models.JSONField("thay đổi", default=dict, help_text="{trường: [trước, sau]}")
    content = models.JSONField("toàn bộ nội dung", null=True, blank=True)
    previous_hash = models.CharField("mã băm trước", max_length=64, blank=True)
    hash = models.CharField("mã băm", max_length=64)

    objects = ReviewEventQuerySet.as_manager()

    class Meta:
        ordering = ["review", "sequence"]
        verbose_name = "sự kiện"
        verbose_name_plural = "sự kiện"
        constraints = [
            models.UniqueConstraint(
                fields=["review", "sequence"],
                condition=Q(review__isnull=False),
                name="review_event_sequence_once",
                violation_error_message="Số thứ tự sự kiện bị trùng.",
            ),
            models.UniqueConstraint(
                fields=["campaign", "sequence"],
                condition=Q(review__isnull=True),
                name="campaign_event_sequence_once",
                violation_error_message="Số thứ tự sự kiện bị trùng.",
            ),
        ]
        indexes = [models.Index(fields=["campaign", "at"], name="review_event_by_time")]

    def __str__(self):
        return f"{self.action} {self.at:%d/%m/%Y}"
