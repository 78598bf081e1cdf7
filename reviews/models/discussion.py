"""What people say to each other around reviews, and what the portal tells them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models import Procedure
from reviews.models.campaign import Campaign
from reviews.models.review import Review
from tthc_portal.accounts.models import Organisation


class QueryState(models.TextChoices):
    """A query is open until answered, answered until the one who raised it closes it."""

    OPEN = "open", "Chờ trả lời"
    ANSWERED = "answered", "Đã trả lời"
    CLOSED = "closed", "Đã khép"


class Query(models.Model):
    """One row is one point raised on a review: why it was returned, or a question on one of its fields."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="queries", verbose_name="phiếu rà soát")
    field = models.CharField("trường", max_length=60, blank=True)
    text = models.TextField("nội dung")
    state = models.CharField("trạng thái", max_length=20, choices=QueryState, default=QueryState.OPEN)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người nêu")
    raised_at = models.DateTimeField("lúc nêu", default=timezone.now)
    answer = models.TextField("trả lời", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người trả lời"
    )
    answered_at = models.DateTimeField("lúc trả lời", null=True, blank=True)
    closed_at = models.DateTimeField("lúc khép", null=True, blank=True)

    class Meta:
        ordering = ["review", "raised_at", "id"]
        verbose_name = "điểm cần hoàn thiện"
        verbose_name_plural = "điểm cần hoàn thiện"
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""), name="query_has_text", violation_error_message="Điểm nêu phải có nội dung."
            ),
        ]

    def __str__(self):
        return self.text[:80]


class Opinion(models.Model):
    """One row is what another body says of a body's proposal, and what that body answered."""

    class Stance(models.TextChoices):
        """For, against, or something else."""

        AGREE = "agree", "Đồng ý"
        DISAGREE = "disagree", "Không đồng ý"
        OTHER = "other", "Ý kiến khác"

    class AnswerKind(models.TextChoices):
        """Taken over, or explained why not."""

        ADOPTED = "adopted", "Tiếp thu"
        EXPLAINED = "explained", "Giải trình"

    review = models.ForeignKey(Review, models.PROTECT, related_name="opinions", verbose_name="phiếu rà soát")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="opinions", verbose_name="cơ quan có ý kiến"
    )
    source_review = models.ForeignKey(
        Review, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="phiếu của cơ quan có ý kiến"
    )
    stance = models.CharField("ý kiến", max_length=20, choices=Stance)
    text = models.TextField("nội dung", blank=True)
    answer_kind = models.CharField("xử lý", max_length=20, choices=AnswerKind, blank=True)
    answer = models.TextField("tiếp thu, giải trình", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người trả lời"
    )
    created_at = models.DateTimeField("lúc nêu", default=timezone.now)

    class Meta:
        ordering = ["review", "created_at"]
        verbose_name = "ý kiến"
        verbose_name_plural = "ý kiến"

    def __str__(self):
        return f"{self.organisation}: {self.get_stance_display()}"


class TicketState(models.TextChoices):
    """A question to the department, from asked to settled."""

    OPEN = "open", "Chờ trả lời"
    ANSWERED = "answered", "Đã trả lời"
    CLOSED = "closed", "Đã xong"


class TicketQuerySet(models.QuerySet):
    """Questions as their readers see them."""

    def visible_to(self, user):
        """One's own body's questions; overseers see all."""
        return self if user.oversees else self.filter(Q(asked_by=user) | Q(organisation=user.body))


class Ticket(models.Model):
    """One row is one question to the department ("Hỏi Cục"), with the page, procedure and field it was asked from."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tickets", verbose_name="cơ quan")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="tickets", verbose_name="người hỏi"
    )
    asked_at = models.DateTimeField("lúc hỏi", default=timezone.now)
    page = models.CharField("trang", max_length=300, blank=True)
    field = models.CharField("trường", max_length=60, blank=True)
    procedure = models.ForeignKey(
        Procedure, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="thủ tục hành chính"
    )
    subject = models.CharField("tiêu đề", max_length=200)
    text = models.TextField("nội dung")
    state = models.CharField("trạng thái", max_length=20, choices=TicketState, default=TicketState.OPEN)
    answer = models.TextField("trả lời", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người trả lời"
    )
    answered_at = models.DateTimeField("lúc trả lời", null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = "câu hỏi"
        verbose_name_plural = "câu hỏi"

    def __str__(self):
        return self.subject


class Announcement(models.Model):
    """One row is one message of the department to all bodies or to one kind of them."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="announcements", verbose_name="đợt rà soát"
    )
    audience = models.CharField("gửi đến", max_length=20, blank=True, help_text="Loại cơ quan; để trống là tất cả.")
    title = models.CharField("tiêu đề", max_length=200)
    text = models.TextField("nội dung")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người đăng"
    )
    published_at = models.DateTimeField("lúc đăng", default=timezone.now)
    until = models.DateField("hiện đến ngày", null=True, blank=True)

    class Meta:
        ordering = ["-published_at"]
        verbose_name = "thông báo"
        verbose_name_plural = "thông báo"

    def __str__(self):
        return self.title


class Notice(models.Model):
    """One row is one thing the portal tells one person: a returned form, a deadline, an answer."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="người nhận"
    )
    text = models.CharField("nội dung", max_length=500)
    url = models.CharField("địa chỉ", max_length=300, blank=True)
    created_at = models.DateTimeField("lúc báo", default=timezone.now)
    read_at = models.DateTimeField("lúc đọc", null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = "tin báo"
        verbose_name_plural = "tin báo"

    def __str__(self):
        return self.text[:80]


class SavedView(models.Model):
    """One row is one named set of filters and columns of a list, kept by a person, shared with the body or not."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name="người lưu"
    )
    page = models.CharField("trang", max_length=100)
    name = models.CharField("tên", max_length=100)
    query = models.TextField("bộ lọc", blank=True)
    columns = models.JSONField("cột", default=list)
    is_shared = models.BooleanField("dùng chung trong cơ quan", default=False)

    class Meta:
        ordering = ["page", "name"]
        verbose_name = "cách xem đã lưu"
        verbose_name_plural = "cách xem đã lưu"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "page", "name"],
                name="saved_view_name_once",
                violation_error_message="Bạn đã có cách xem mang tên này.",
            ),
        ]

    def __str__(self):
        return self.name
