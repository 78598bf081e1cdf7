"""Review rounds: what is asked, of whom, by when, against which target."""

import datetime
import zoneinfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.functional import cached_property
from simple_history.models import HistoricalRecords

from tthc_portal.accounts.models import Organisation, OrganisationKind

# Deadlines are days in Hà Nội, whatever the server's clock is set to.
HANOI = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")


class CampaignState(models.TextChoices):
    """A round is prepared, then open, then closed; it never goes back."""

    PREPARING = "preparing", "Đang chuẩn bị"
    OPEN = "open", "Đang mở"
    CLOSED = "closed", "Đã đóng"


class TargetKind(models.TextChoices):
    """What the target means to a kind of body."""

    BINDING = "binding", "Chỉ tiêu phải đạt"
    REFERENCE = "reference", "Mức tham chiếu"
    NONE = "none", "Không đặt chỉ tiêu"


class HeadlineTier(models.TextChoices):
    """The tier whose share is shown as the round's figure."""

    PROPOSED = "proposed", "Đề xuất"
    ACCEPTED = "accepted", "Thống nhất"
    APPROVED = "approved", "Phê duyệt"


class CampaignQuerySet(models.QuerySet):
    """Rounds as their readers see them."""

    def visible_to(self, user):
        """Overseers see all; a body sees open and closed rounds, and those it is being prepared to take part in."""
        if user.oversees:
            return self
        asked = Participation.objects.filter(campaign=models.OuterRef("pk"), organisation=user.body)
        return self.filter(~Q(state=CampaignState.PREPARING) | models.Exists(asked))

    def for_reader(self, user):
        """:meth:`visible_to`; a body's people get each round with the end of their own body in it, extended or not."""
        found = self.visible_to(user)
        if user.oversees:
            return found
        own = Participation.objects.filter(campaign=models.OuterRef("pk"), organisation=user.body)
        longer = Extension.objects.filter(
            participation__campaign=models.OuterRef("pk"), participation__organisation=user.body
        ).order_by("-until")
        return found.annotate(
            own_deadline=models.Subquery(own.values("deadline")[:1]),
            own_until=models.Subquery(longer.values("until")[:1]),
        )

    def current(self):
        """The round a page speaks of when none is named: the open one opened last, else the closed one, else none."""
        opened = self.filter(state=CampaignState.OPEN).order_by("-opens_on", "-pk").first()
        return opened or self.filter(state=CampaignState.CLOSED).order_by("-opens_on", "-pk").first()


class Campaign(models.Model):
    """One row is one review round (đợt rà soát)."""

    code = models.SlugField("mã đợt", max_length=40, unique=True)
    title = models.CharField("tên đợt rà soát", max_length=300)
    guidance = models.TextField("hướng dẫn", blank=True)
    state = models.CharField("trạng thái", max_length=20, choices=CampaignState, default=CampaignState.PREPARING)
    bodies_on = models.DateField(
        "ngày xác định cơ quan", help_text="Cơ quan tham gia và mã cơ quan được hiểu theo ngày này."
    )
    opens_on = models.DateField("ngày mở")
    deadline = models.DateField("hạn gửi", help_text="Đến 23:59:59 giờ Hà Nội của ngày này.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người tạo"
    )
    created_at = models.DateTimeField("lúc tạo", default=timezone.now)
    frozen_at = models.DateTimeField("lúc chốt danh mục", null=True, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người mở"
    )
    opened_at = models.DateTimeField("lúc mở", null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người đóng"
    )
    closed_at = models.DateTimeField("lúc đóng", null=True, blank=True)
    # Head of the chain of events that belong to the round as a whole.
    event_count = models.PositiveIntegerField("số sự kiện", default=0, editable=False)
    head_hash = models.CharField("mã băm sự kiện cuối", max_length=64, blank=True, editable=False)
    history = HistoricalRecords()

    objects = CampaignQuerySet.as_manager()

    # Its reader's own body: a deadline of its own, and how far it was extended (see CampaignQuerySet.for_reader).
    own_deadline: datetime.date | None = None
    own_until: datetime.date | None = None

    class Meta:
        ordering = ["-opens_on", "-pk"]
        verbose_name = "đợt rà soát"
        verbose_name_plural = "đợt rà soát"
        constraints = [
            models.CheckConstraint(
                condition=Q(deadline__gte=F("opens_on")),
                name="campaign_dates_in_order",
                violation_error_message="Hạn gửi phải từ ngày mở trở đi.",
            ),
            models.CheckConstraint(
                condition=Q(state="preparing", opened_at__isnull=True)
                | (~Q(state="preparing") & Q(opened_at__isnull=False, frozen_at__isnull=False)),
                name="campaign_opened_has_time",
                violation_error_message="Đợt đã mở phải có thời điểm chốt danh mục và thời điểm mở.",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="campaign_closed_has_time",
                violation_error_message="Đợt đã đóng phải có thời điểm đóng.",
            ),
        ]

    def __str__(self):
        return self.title

    @cached_property
    def rule(self) -> "CampaignRule":
        """The version of the counting rule in force."""
        return self.rules.order_by("-version").first()

    @property
    def is_open(self) -> bool:
        """Whether bodies may work in this round."""
        return self.state == CampaignState.OPEN

    @property
    def reader_deadline(self) -> datetime.date:
        """The last day for its reader: of his own body where that is known, else of the round."""
        return max(filter(None, (self.own_deadline or self.deadline, self.own_until)))

    def closes_at(self, day: datetime.date | None = None) -> datetime.datetime:
        """The last moment of ``day`` (the round's deadline unless given) in Hà Nội: 23:59:59."""
        return datetime.datetime.combine(day or self.deadline, datetime.time(23, 59, 59), HANOI)


class CampaignRule(models.Model):
    """One row is one version of a round's counting rule: target a kind of body, excluded levels, headline tier."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="rules", verbose_name="đợt rà soát")
    version = models.PositiveSmallIntegerField("phiên bản", default=1)
    ministry_target_bp = models.PositiveIntegerField(
        "mức đối với bộ (phần vạn)", default=2000, help_text="2000 phần vạn là 20%."
    )
    ministry_target_kind = models.CharField(
        "tính chất đối với bộ", max_length=20, choices=TargetKind, default=TargetKind.BINDING
    )
    province_target_bp = models.PositiveIntegerField("mức đối với tỉnh (phần vạn)", default=2000)
    province_target_kind = models.CharField(
        "tính chất đối với tỉnh", max_length=20, choices=TargetKind, default=TargetKind.REFERENCE
    )
    excluded_levels = models.JSONField("cấp được loại trừ", default=list)
    headline_tier = models.CharField(
        "mức dùng cho tỷ lệ chính", max_length=20, choices=HeadlineTier, default=HeadlineTier.PROPOSED
    )
    reason = models.TextField("lý do", blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="người đặt"
    )
    made_at = models.DateTimeField("lúc đặt", default=timezone.now)

    class Meta:
        ordering = ["campaign", "version"]
        verbose_name = "quy tắc tính"
        verbose_name_plural = "quy tắc tính"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "version"],
                name="campaign_rule_version_once",
                violation_error_message="Phiên bản quy tắc này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(ministry_target_bp__lte=10000, province_target_bp__lte=10000),
                name="campaign_rule_target_within_whole",
                violation_error_message="Mức phải từ 0% đến 100%.",
            ),
        ]

    def __str__(self):
        return f"{self.campaign.code} v{self.version}"

    def target_for(self, kind: str) -> tuple[str, int]:
        """(target kind, basis points) for a kind of body; bodies outside ministries and provinces have none."""
        if kind == OrganisationKind.MINISTRY:
            return self.ministry_target_kind, self.ministry_target_bp
        if kind == OrganisationKind.PROVINCE:
            return self.province_target_kind, self.province_target_bp
        return TargetKind.NONE, 0


class ParticipationQuerySet(models.QuerySet):
    """Bodies in a round."""

    def visible_to(self, user):
        """Overseers see every body's row; a body sees its own."""
        return self if user.oversees else self.filter(organisation=user.body)


class Participation(models.Model):
    """One row is one body taking part in one round, with what was frozen for it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="participations", verbose_name="đợt rà soát")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="participations", verbose_name="cơ quan"
    )
    deadline = models.DateField("hạn riêng", null=True, blank=True)
    frozen_total = models.PositiveIntegerField("tổng số khi chốt", default=0)
    frozen_excluded = models.PositiveIntegerField("loại trừ khi chốt", default=0)
    frozen_eligible = models.PositiveIntegerField("thuộc diện tính khi chốt", default=0)
    frozen_unknown = models.PositiveIntegerField("chưa xác định thẩm quyền khi chốt", default=0)
    # The body's present counts as last counted, and right while no StaleTally names the body; empty: not counted yet.
    tally = models.JSONField("số liệu đã đếm", null=True, editable=False)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["campaign", "organisation"]
        verbose_name = "cơ quan tham gia"
        verbose_name_plural = "cơ quan tham gia"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation"],
                name="participation_once_a_round",
                violation_error_message="Cơ quan đã tham gia đợt này.",
            ),
            models.CheckConstraint(
                condition=Q(frozen_total=F("frozen_excluded") + F("frozen_eligible")),
                name="participation_frozen_counts_add_up",
                violation_error_message="Số loại trừ và số thuộc diện tính phải cộng thành tổng số.",
            ),
        ]

    def __str__(self):
        return f"{self.organisation} – {self.campaign.code}"

    @property
    def due(self) -> datetime.date:
        """The body's own deadline, or the round's."""
        return self.deadline or self.campaign.deadline


class StaleTally(models.Model):
    """One row says that a body's counts in a round may have changed since they were kept on its Participation.

    Rows are added by triggers on the table of reviews (see reviews.models.tally_guard), so in the very transaction of
    the change and whoever makes it; never updated, so writers of one body do not wait for each other; and taken away by
    the reader that counts again. References are not checked by the database: a row left over names nobody and is
    harmless.
    """

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name="đợt rà soát"
    )
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="+", db_constraint=False, db_index=False, verbose_name="cơ quan"
    )

    class Meta:
        ordering = ["pk"]
        verbose_name = "số liệu cần đếm lại"
        verbose_name_plural = "số liệu cần đếm lại"
        indexes = [models.Index(fields=["campaign", "organisation"], name="stale_tally_by_body")]

    def __str__(self):
        return f"{self.campaign_id}: {self.organisation_id}"


class Extension(models.Model):
    """One row is one prolongation of a body's deadline, with its reason."""

    participation = models.ForeignKey(
        Participation, models.PROTECT, related_name="extensions", verbose_name="cơ quan tham gia"
    )
    until = models.DateField("gia hạn đến")
    reason = models.TextField("lý do")
    document_number = models.CharField("số văn bản", max_length=100, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người cho gia hạn"
    )
    granted_at = models.DateTimeField("lúc cho gia hạn", default=timezone.now)

    class Meta:
        ordering = ["participation", "granted_at"]
        verbose_name = "gia hạn"
        verbose_name_plural = "gia hạn"
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="extension_has_reason",
                violation_error_message="Gia hạn phải có lý do.",
            ),
        ]

    def __str__(self):
        return f"{self.participation} đến {self.until:%d/%m/%Y}"
