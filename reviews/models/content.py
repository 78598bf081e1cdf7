"""What stands on a review's form in rows of its own: authorities, transfers, answers, documents, costs, files."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from procedures.models import AuthorityLevel
from reviews.models.review import Review, TransferClass, TransferMode


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
