"""Reviews: one a body and procedure, what it concludes and where it stands."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from reviews.models.campaign import Campaign
from reviews.models.scope import ScopeItem
from reviews.rules import transfers, workflow
from tthc_portal.accounts.models import Organisation


def _choices(name: str, labels: dict) -> type[models.TextChoices]:
    """Django choices over a vocabulary of the rules: values and labels have one home, there."""
    return models.TextChoices(name, [(member.name, (member.value, label)) for member, label in labels.items()])


# Where a review stands; exclusive, and adding up to the body's total on every screen.
Status = _choices("Status", workflow.STATUS_LABELS)
# What the body proposes for a procedure; only "decentralize" can count towards the target.
Conclusion = _choices("Conclusion", transfers.CONCLUSION_LABELS)
# In which legal form a power is handed over.
TransferMode = _choices("TransferMode", transfers.TRANSFER_MODE_LABELS)
# What the ladder of levels says of a transfer.
TransferClass = _choices("TransferClass", transfers.TRANSFER_CLASS_LABELS)

# What the department may read of a body's form: what was sent to it, returns included.
SENT_STATUSES = (Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED, Status.APPROVED)
# What other bodies may read of it.
SETTLED_STATUSES = (Status.ACCEPTED, Status.APPROVED)


class ReviewKind(models.TextChoices):
    """Why a body is asked about a procedure."""

    OWN = "own", "TTHC thuộc phạm vi quản lý"
    PROPOSAL = "proposal", "Kiến nghị của địa phương"
    RECEPTION = "reception", "Ý kiến tiếp nhận"
    LOCAL = "local", "TTHC đặc thù của địa phương"


class Stance(models.TextChoices):
    """What a province says of a procedure that others manage; its conclusion follows from it."""

    AGREE = "agree", "Đồng ý với hiện hành"
    PROPOSE = "propose", "Đề nghị phân cấp"
    NO_OPINION = "no_opinion", "Không có ý kiến"


class FrozenStanding(models.TextChoices):
    """What freezing made of a review that an adjustment has touched since."""

    ELIGIBLE = "eligible", "Thuộc diện tính khi chốt"
    EXCLUDED = "excluded", "Loại trừ khi chốt"
    ABSENT = "absent", "Chưa có khi chốt"


class ReviewQuerySet(models.QuerySet):
    """Reviews: who may see which row."""

    def in_scope(self):
        """Reviews of the round as it stands now: without those that an adjustment took out of its scope."""
        return self.filter(removed=False)

    def visible_to(self, user):
        """Own body: all. Overseers: all rows (content once sent, see ``Review.content_visible_to``).

        Other bodies' rows only when settled. A body asked for an opinion sees the row it was asked about through its
        own review of the same procedure, not through the other body's.
        """
        if user.oversees:
            return self
        return self.filter(Q(organisation=user.body) | Q(status__in=SETTLED_STATUSES))

    def readable_by(self, user):
        """Reviews whose content ``user`` may read: ``Review.content_visible_to``, asked of the database."""
        if user.role == "auditor":
            return self
        open_to_all = SENT_STATUSES if user.oversees else SETTLED_STATUSES
        return self.filter(Q(organisation=user.body) | Q(status__in=open_to_all))

    def counted_as(self, tier: str):
        """Reviews that count at ``tier`` (proposed, accepted, approved)."""
        statuses = {
            "proposed": [Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED],
            "accepted": [Status.ACCEPTED, Status.APPROVED],
            "approved": [Status.APPROVED],
        }[tier]
        return self.filter(counted=True, status__in=statuses)


class Review(models.Model):
    """One row is one body's review of one procedure in one round; excluded procedures too, read-only.

    ``eligible``, ``decider_unknown`` and ``counted`` are set by actions and proved by the ``integrity`` command, so
    that lists and counts need no join.
    """

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="reviews", verbose_name="đợt rà soát")
    scope_item = models.ForeignKey(
        ScopeItem, models.PROTECT, related_name="reviews", verbose_name="thủ tục trong phạm vi"
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="reviews", verbose_name="cơ quan rà soát"
    )
    kind = models.CharField("loại", max_length=20, choices=ReviewKind, default=ReviewKind.OWN)
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="unit_reviews", verbose_name="đơn vị"
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_reviews",
        verbose_name="người được giao",
    )
    status = models.CharField("trạng thái", max_length=20, choices=Status, default=Status.NOT_STARTED)
    status_since = models.DateTimeField("trạng thái từ lúc", default=timezone.now)
    version = models.PositiveIntegerField("phiên bản", default=0)
    eligible = models.BooleanField("thuộc diện tính")
    decider_unknown = models.BooleanField("chưa xác định thẩm quyền", default=False)
    conclusion = models.CharField("kết luận", max_length=20, choices=Conclusion, blank=True)
    counted = models.BooleanField("được tính là phân cấp", default=False)
    # Counted, and every move down stays within the ministry, its vertical branch or the province's own apparatus.
    within = models.BooleanField("phân cấp trong nội bộ bộ, ngành dọc", default=False)
    # What adjustments of the scope did to it: out of the scope now; and what it was by the frozen catalogue, so that
    # figures stay printable by that too. Blank while no adjustment has touched it.
    removed = models.BooleanField("đưa ra khỏi phạm vi", default=False)
    frozen_standing = models.CharField("theo danh mục chốt", max_length=10, choices=FrozenStanding, blank=True)
    frozen_counted = models.BooleanField("được tính theo danh mục chốt", default=False)
    # The proposal, in columns; rows that repeat are tables below.
    content = models.TextField("nội dung phương án", blank=True)
    reason = models.TextField("lý do", blank=True)
    conditions = models.TextField("điều kiện bảo đảm", blank=True)
    new_steps = models.TextField("trình tự, thời hạn mới", blank=True)
    transition = models.TextField("xử lý hồ sơ chuyển tiếp", blank=True)
    # A province's short form, and whose settled text it took over.
    stance = models.CharField("ý kiến của địa phương", max_length=20, choices=Stance, blank=True)
    text_source = models.CharField("nguồn nội dung", max_length=300, blank=True)
    # Answered by one act for everything left ("Không có kiến nghị đối với các TTHC còn lại"), not one by one.
    by_exception = models.BooleanField("trả lời chung", default=False)
    # The present state.
    receiving_body = models.CharField("cơ quan tiếp nhận", max_length=500, blank=True)
    coordinating_bodies = models.CharField("cơ quan phối hợp", max_length=1000, blank=True)
    delegation_in_force = models.TextField("ủy quyền đang thực hiện", blank=True)
    annual_dossiers = models.PositiveIntegerField("số hồ sơ một năm", null=True, blank=True)
    annual_dossiers_year = models.PositiveSmallIntegerField("năm số liệu", null=True, blank=True)
    annual_dossiers_estimated = models.BooleanField("số ước tính", default=False)
    annual_dossiers_unknown = models.BooleanField("chưa có số liệu", default=False)
    annual_dossiers_source = models.CharField("nguồn số liệu", max_length=300, blank=True)
    # Who did what last; the whole story is in ReviewEvent.
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người sửa cuối"
    )
    edited_at = models.DateTimeField("lúc sửa cuối", null=True, blank=True)
    finished_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="người hoàn thành",
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="người kiểm tra"
    )
    approval_document = models.CharField("quyết định phê duyệt", max_length=200, blank=True)
    # Head of this review's chain of events.
    event_count = models.PositiveIntegerField("số sự kiện", default=0, editable=False)
    head_hash = models.CharField("mã băm sự kiện cuối", max_length=64, blank=True, editable=False)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["scope_item__code", "organisation"]
        verbose_name = "phiếu rà soát"
        verbose_name_plural = "phiếu rà soát"
        constraints = [
            models.UniqueConstraint(
                fields=["scope_item", "organisation"],
                name="review_once_a_body",
                violation_error_message="Cơ quan đã có phiếu rà soát cho thủ tục này.",
            ),
            models.CheckConstraint(
                condition=Q(eligible=True)
                | Q(status="not_started", conclusion="", counted=False)
                | (~Q(frozen_standing="") & Q(counted=False)),
                name="review_excluded_is_untouched",
                violation_error_message="Thủ tục bị loại trừ không được rà soát.",
            ),
            models.CheckConstraint(
                condition=Q(removed=False) | (Q(eligible=False) & ~Q(frozen_standing="")),
                name="review_removed_by_adjustment",
                violation_error_message="Chỉ điều chỉnh phạm vi mới đưa phiếu ra khỏi đợt rà soát.",
            ),
            models.CheckConstraint(
                condition=Q(within=False) | Q(counted=True),
                name="review_within_is_counted",
                violation_error_message="Chỉ phương án được tính mới xếp là phân cấp trong nội bộ.",
            ),
            models.CheckConstraint(
                condition=Q(frozen_counted=False) | Q(frozen_standing="eligible"),
                name="review_frozen_counted_was_eligible",
                violation_error_message="Chỉ thủ tục thuộc diện tính khi chốt mới được tính theo danh mục chốt.",
            ),
            models.CheckConstraint(
                condition=Q(counted=False) | Q(eligible=True, conclusion="decentralize"),
                name="review_counted_is_decentralized",
                violation_error_message="Chỉ phương án phân cấp của thủ tục thuộc diện tính mới được tính.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["ready", "checked", "submitted", "accepted", "approved"])
                | (~Q(conclusion="") & Q(finished_by__isnull=False)),
                name="review_finished_has_conclusion",
                violation_error_message="Phiếu đã hoàn thành phải có kết luận và người hoàn thành.",
            ),
            models.CheckConstraint(
                # Who only says that he has nothing to propose need not know who decides.
                condition=~Q(status__in=["submitted", "accepted", "approved"])
                | Q(decider_unknown=False)
                | Q(stance__in=["agree", "no_opinion"]),
                name="review_sent_knows_decider",
                violation_error_message="Chưa xác định thẩm quyền quyết định thì chưa gửi được.",
            ),
            models.CheckConstraint(
                condition=~Q(status="not_started") | Q(version=0),
                name="review_not_started_has_no_version",
                violation_error_message="Phiếu đã lưu không thể ở trạng thái chưa rà soát.",
            ),
        ]
        indexes = [
            # The one tally query of every dashboard, answered from the index alone.
            models.Index(
                fields=["campaign", "organisation", "status", "counted", "eligible", "decider_unknown"],
                name="review_tally",
            ),
            models.Index(fields=["assignee", "status"], name="review_by_assignee"),
            # The proposals themselves: hand-downs within an apparatus, delegations, dossiers a year.
            models.Index(
                fields=["campaign", "organisation", "status", "counted", "conclusion", "within", "annual_dossiers"],
                condition=Q(conclusion__in=["decentralize", "delegate"]),
                name="review_proposals",
            ),
            # The few rows that adjustments touched.
            models.Index(fields=["campaign", "organisation"], condition=~Q(frozen_standing=""), name="review_adjusted"),
        ]

    def __str__(self):
        return f"{self.scope_item} – {self.organisation}"

    def content_visible_to(self, user) -> bool:
        """Whether ``user`` may read the form and not only its status."""
        if user.role == "auditor" or self.organisation_id == user.body.pk:
            return True
        if user.oversees:
            return self.status in SENT_STATUSES
        return self.status in SETTLED_STATUSES
