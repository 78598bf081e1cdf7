"""Reviews and what stands on their forms."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models import AuthorityLevel
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


class ReviewQuerySet(models.QuerySet):
    """Reviews: who may see which row."""

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
    # The proposal, in columns; rows that repeat are tables below.
    content = models.TextField("nội dung phương án", blank=True)
    reason = models.TextField("lý do", blank=True)
    conditions = models.TextField("điều kiện bảo đảm", blank=True)
    new_steps = models.TextField("trình tự, thời hạn mới", blank=True)
    transition = models.TextField("xử lý hồ sơ chuyển tiếp", blank=True)
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
                condition=Q(eligible=True) | Q(status="not_started", conclusion="", counted=False),
                name="review_excluded_is_untouched",
                violation_error_message="Thủ tục bị loại trừ không được rà soát.",
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
                condition=~Q(status__in=["submitted", "accepted", "approved"]) | Q(decider_unknown=False),
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


class CurrentAuthority(models.Model):
    """One row is one authority that decides the procedure today, as the reviewing body states it."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="current_authorities", verbose_name="phiếu rà soát")
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    level = models.ForeignKey(AuthorityLevel, models.PROTECT, related_name="+", verbose_name="cấp")
    body = models.CharField("cơ quan, người có thẩm quyền", max_length=500, blank=True)
    case = models.TextField("trường hợp áp dụng", blank=True)
    legal_ground = models.TextField("căn cứ pháp lý", blank=True)

    class Meta:
        ordering = ["review", "position", "id"]
        verbose_name = "thẩm quyền hiện nay"
        verbose_name_plural = "thẩm quyền hiện nay"

    def __str__(self):
        return self.body or self.level.label


class Transfer(models.Model):
    """One row is one proposed move of a power from a present authority to a level."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="transfers", verbose_name="phiếu rà soát")
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    source_level = models.ForeignKey(AuthorityLevel, models.PROTECT, related_name="+", verbose_name="từ cấp")
    target_level = models.ForeignKey(AuthorityLevel, models.PROTECT, related_name="+", verbose_name="đến cấp")
    target_body = models.CharField("cơ quan nhận", max_length=500, blank=True)
    mode = models.CharField("hình thức", max_length=20, choices=TransferMode, default=TransferMode.DECENTRALIZE)
    is_partial = models.BooleanField("chỉ một phần trường hợp", default=False)
    condition = models.TextField("trường hợp được phân cấp", blank=True)
    transfer_class = models.CharField("phân loại", max_length=20, choices=TransferClass)
    is_internal = models.BooleanField("trong nội bộ bộ, ngành dọc", default=False)
    # The department's ruling on a move that the ladder cannot class.
    ruling = models.CharField("Cục phân loại", max_length=20, choices=TransferClass, blank=True)
    ruling_reason = models.TextField("lý do phân loại", blank=True)
    ruled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="người phân loại",
    )
    ruled_at = models.DateTimeField("lúc phân loại", null=True, blank=True)

    class Meta:
        ordering = ["review", "position", "id"]
        verbose_name = "chuyển thẩm quyền"
        verbose_name_plural = "chuyển thẩm quyền"
        constraints = [
            models.CheckConstraint(
                condition=Q(ruling="", ruled_by__isnull=True)
                | (Q(transfer_class="manual", ruled_by__isnull=False) & ~Q(ruling_reason="")),
                name="transfer_ruling_has_reason",
                violation_error_message="Phân loại của Cục phải có người phân loại và lý do.",
            ),
        ]

    def __str__(self):
        return f"{self.source_level} → {self.target_level}"


class CriterionAnswer(models.Model):
    """One row is the answer to one assessment question (C1–C14) of a review."""

    class Answer(models.TextChoices):
        """The three answers of every question."""

        YES = "yes", "Có"
        NO = "no", "Không"
        UNSURE = "unsure", "Chưa rõ"

    review = models.ForeignKey(Review, models.CASCADE, related_name="criterion_answers", verbose_name="phiếu rà soát")
    criterion = models.CharField("tiêu chí", max_length=5)
    answer = models.CharField("trả lời", max_length=10, choices=Answer)
    reason = models.TextField("lý do", blank=True)

    class Meta:
        ordering = ["review", "criterion"]
        verbose_name = "trả lời tiêu chí"
        verbose_name_plural = "trả lời tiêu chí"
        constraints = [
            models.UniqueConstraint(
                fields=["review", "criterion"],
                name="criterion_answered_once",
                violation_error_message="Tiêu chí này đã được trả lời.",
            ),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.get_answer_display()}"


class DocumentType(models.TextChoices):
    """Legal normative documents, from the highest down."""

    LAW = "law", "Luật"
    NA_RESOLUTION = "na_resolution", "Nghị quyết của Quốc hội"
    ORDINANCE = "ordinance", "Pháp lệnh"
    DECREE = "decree", "Nghị định"
    PM_DECISION = "pm_decision", "Quyết định của Thủ tướng"
    CIRCULAR = "circular", "Thông tư"
    JOINT_CIRCULAR = "joint_circular", "Thông tư liên tịch"
    COUNCIL_RESOLUTION = "council_resolution", "Nghị quyết của HĐND"
    PC_DECISION = "pc_decision", "Quyết định của UBND"
    OTHER = "other", "Văn bản khác"


class AmendmentAction(models.TextChoices):
    """What is to be done with a document."""

    AMEND = "amend", "Sửa đổi"
    SUPPLEMENT = "supplement", "Bổ sung"
    REPLACE = "replace", "Thay thế"
    REPEAL = "repeal", "Bãi bỏ"
    ISSUE = "issue", "Ban hành mới"


class LegalAmendment(models.Model):
    """One row is one provision of a legal document that the proposal needs changed (kiến nghị thực thi)."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="legal_amendments", verbose_name="phiếu rà soát")
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    document_type = models.CharField("loại văn bản", max_length=30, choices=DocumentType)
    number = models.CharField("số, ký hiệu", max_length=100)
    issued_on = models.DateField("ngày ban hành", null=True, blank=True)
    title = models.CharField("trích yếu", max_length=500, blank=True)
    article = models.CharField("điều", max_length=50, blank=True)
    clause = models.CharField("khoản", max_length=50, blank=True)
    point = models.CharField("điểm", max_length=50, blank=True)
    action = models.CharField("kiến nghị", max_length=20, choices=AmendmentAction, default=AmendmentAction.AMEND)
    new_wording = models.TextField("nội dung sửa đổi", blank=True)
    drafting_lead = models.CharField("cơ quan chủ trì soạn thảo", max_length=300, blank=True)
    issuing_authority = models.CharField("cơ quan ban hành", max_length=300, blank=True)
    due_on = models.DateField("thời hạn", null=True, blank=True)
    progress = models.CharField("tiến độ", max_length=300, blank=True)

    class Meta:
        ordering = ["review", "position", "id"]
        verbose_name = "kiến nghị thực thi"
        verbose_name_plural = "kiến nghị thực thi"

    def __str__(self):
        return f"{self.get_document_type_display()} {self.number}"


class ComplianceCost(models.Model):
    """One row is one item of the cost of compliance, before or after; money in whole đồng.

    Cost of one procedure = hours × hourly income + outside cost + fees; a year = cost × times × subjects
    (Thông tư 02/2017/TT-VPCP, Điều 27). Opportunity cost is not counted.
    """

    class Phase(models.TextChoices):
        """Before or after the proposed change."""

        NOW = "now", "Hiện tại"
        AFTER = "after", "Sau khi thực hiện phương án"

    review = models.ForeignKey(Review, models.CASCADE, related_name="compliance_costs", verbose_name="phiếu rà soát")
    phase = models.CharField("thời điểm", max_length=10, choices=Phase)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)
    item = models.CharField("công việc", max_length=300)
    hours = models.DecimalField("số giờ", max_digits=8, decimal_places=2, default=0)
    hourly_income = models.PositiveBigIntegerField("thu nhập một giờ (đồng)", default=0)
    outside_cost = models.PositiveBigIntegerField("chi phí khác (đồng)", default=0)
    fee = models.PositiveBigIntegerField("phí, lệ phí (đồng)", default=0)
    times_per_year = models.PositiveIntegerField("số lần một năm", default=1)
    subjects_per_year = models.PositiveIntegerField("số đối tượng một năm", default=0)
    source = models.CharField("nguồn số liệu", max_length=300, blank=True)

    class Meta:
        ordering = ["review", "phase", "position"]
        verbose_name = "chi phí tuân thủ"
        verbose_name_plural = "chi phí tuân thủ"

    def __str__(self):
        return f"{self.get_phase_display()}: {self.item}"


class Attachment(models.Model):
    """One row is one file kept with a review; never one with state secrets."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="attachments", verbose_name="phiếu rà soát")
    file = models.FileField("tệp", upload_to="attachments/%Y/%m/")
    name = models.CharField("tên tệp", max_length=300)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="người tải lên"
    )
    uploaded_at = models.DateTimeField("lúc tải lên", default=timezone.now)

    class Meta:
        ordering = ["review", "uploaded_at"]
        verbose_name = "tài liệu kèm theo"
        verbose_name_plural = "tài liệu kèm theo"

    def __str__(self):
        return self.name
