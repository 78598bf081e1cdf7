"""Bodies of state, dated, and the people who work in them."""

import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from tthc_portal.text import fold, one_line


class OrganisationKind(models.TextChoices):
    """What a body is to a review round; ``other`` publishes procedures and takes part in none."""

    DEPARTMENT = "department", "Cơ quan điều phối"
    MINISTRY = "ministry", "Bộ, cơ quan ngang bộ"
    PROVINCE = "province", "Tỉnh, thành phố"
    UNIT = "unit", "Đơn vị trực thuộc"
    OTHER = "other", "Cơ quan khác"


class OrganisationQuerySet(models.QuerySet):
    """Bodies as they stood on a day."""

    def visible_to(self, user):
        """Names of bodies are public facts: everyone who has signed in sees all."""
        return self if user.is_authenticated else self.none()

    def on(self, day: datetime.date):
        """Bodies that existed on ``day``."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )

    def taking_part(self):
        """Bodies that a round asks: ministries and provinces."""
        return self.filter(kind__in=[OrganisationKind.MINISTRY, OrganisationKind.PROVINCE])

    def coded(self, code: str, day: datetime.date):
        """The body that ``code`` names on ``day`` (the same code may name another body in another period)."""
        return self.on(day).filter(code__iexact=code)


class Organisation(models.Model):
    """One row is one legal body in one period.

    A merger ends the old bodies and dates their successor: nothing that belonged to them moves. A mere change of name
    keeps the row and adds an :class:`OrganisationName`.
    """

    code = models.CharField("mã", max_length=20, help_text="Mã theo QCVN 102:2016/BTTTT, ví dụ G15, H35.")
    name = models.CharField("tên", max_length=300)
    short_name = models.CharField("tên ngắn", max_length=100, blank=True)
    kind = models.CharField("loại", max_length=20, choices=OrganisationKind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name="trực thuộc"
    )
    valid_from = models.DateField("hiệu lực từ", default=datetime.date(1900, 1, 1))
    valid_to = models.DateField("hiệu lực đến", null=True, blank=True)
    history = HistoricalRecords()

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["code", "valid_from"]
        verbose_name = "cơ quan"
        verbose_name_plural = "cơ quan"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "valid_from"],
                name="organisation_code_once_a_period",
                violation_error_message="Mã cơ quan này đã có trong cùng thời kỳ.",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="organisation_period_in_order",
                violation_error_message="Ngày kết thúc phải sau ngày bắt đầu.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="unit") | Q(parent__isnull=False),
                name="organisation_unit_has_parent",
                violation_error_message="Đơn vị phải trực thuộc một cơ quan.",
            ),
        ]

    def __str__(self):
        return self.short_name or self.name

    @property
    def body(self) -> "Organisation":
        """The ministry, province or department this body is or belongs to."""
        return self.parent.body if self.parent_id else self

    def existed_on(self, day: datetime.date) -> bool:
        """Whether this body existed on ``day``."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class OrganisationName(models.Model):
    """One row is a name a body bore in a period, where only the name changed."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="names", verbose_name="cơ quan")
    name = models.CharField("tên", max_length=300)
    short_name = models.CharField("tên ngắn", max_length=100, blank=True)
    valid_from = models.DateField("từ ngày")
    valid_to = models.DateField("đến ngày", null=True, blank=True)

    class Meta:
        ordering = ["organisation", "valid_from"]
        verbose_name = "tên theo thời kỳ"
        verbose_name_plural = "tên theo thời kỳ"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "valid_from"],
                name="organisation_name_once_a_period",
                violation_error_message="Cơ quan đã có tên trong thời kỳ này.",
            ),
        ]

    def __str__(self):
        return self.name


class Succession(models.Model):
    """One row says that a body was succeeded by another from a day on; it moves nothing."""

    predecessor = models.ForeignKey(
        Organisation, models.PROTECT, related_name="successions", verbose_name="cơ quan trước"
    )
    successor = models.ForeignKey(
        Organisation, models.PROTECT, related_name="predecessions", verbose_name="cơ quan kế thừa"
    )
    on = models.DateField("từ ngày")
    is_main = models.BooleanField("kế thừa chính", default=True)
    scope = models.CharField("phần kế thừa", max_length=300, blank=True)
    legal_ground = models.CharField("căn cứ", max_length=300, blank=True)

    class Meta:
        ordering = ["predecessor", "-is_main", "successor"]
        verbose_name = "kế thừa"
        verbose_name_plural = "kế thừa"
        constraints = [
            models.UniqueConstraint(
                fields=["predecessor", "successor"],
                name="succession_once_a_pair",
                violation_error_message="Quan hệ kế thừa này đã có.",
            ),
            models.UniqueConstraint(
                fields=["predecessor"],
                condition=Q(is_main=True),
                name="succession_one_main_successor",
                violation_error_message="Mỗi cơ quan chỉ có một cơ quan kế thừa chính.",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="succession_to_another_body",
                violation_error_message="Cơ quan không thể kế thừa chính mình.",
            ),
        ]

    def __str__(self):
        return f"{self.predecessor} → {self.successor}"


class OrganisationAlias(models.Model):
    """One row is a wording met in data that names a body, optionally only in a period."""

    wording = models.CharField("cách ghi", max_length=300)
    folded = models.CharField("cách ghi không dấu", max_length=300, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="aliases", verbose_name="cơ quan")
    valid_from = models.DateField("từ ngày", default=datetime.date(1900, 1, 1))
    valid_to = models.DateField("đến ngày", null=True, blank=True)

    class Meta:
        ordering = ["folded", "valid_from"]
        verbose_name = "cách ghi tên cơ quan"
        verbose_name_plural = "cách ghi tên cơ quan"
        constraints = [
            models.UniqueConstraint(
                fields=["folded", "valid_from"],
                name="organisation_alias_once_a_period",
                violation_error_message="Cách ghi này đã được đối chiếu trong cùng thời kỳ.",
            ),
        ]

    def __str__(self):
        return self.wording

    def save(self, *args, **kwargs):
        """Keep the folded form beside the wording: lookups never depend on accents or spelling of ủy/uỷ."""
        self.wording = one_line(self.wording)
        self.folded = fold(self.wording)
        super().save(*args, **kwargs)


class Role(models.TextChoices):
    """What a person may do; one role a person."""

    OFFICIAL = "official", "Chuyên viên"
    FOCAL_POINT = "focal_point", "Công chức đầu mối"
    LEADER = "leader", "Lãnh đạo"
    APPRAISER = "appraiser", "Chuyên viên xem xét, đánh giá"
    DEPARTMENT_HEAD = "department_head", "Lãnh đạo cơ quan chủ trì"
    ADMINISTRATOR = "administrator", "Quản trị hệ thống"
    AUDITOR = "auditor", "Kiểm tra, giám sát"


BODY_ROLES = frozenset({Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER})
DEPARTMENT_ROLES = frozenset({Role.APPRAISER, Role.DEPARTMENT_HEAD})
# Reads what the department reads; writes nothing in reviews.
OVERSEEING_ROLES = DEPARTMENT_ROLES | {Role.ADMINISTRATOR, Role.AUDITOR}


class UserQuerySet(models.QuerySet):
    """People, as far as the asker may know of them."""

    def visible_to(self, user):
        """The own body's people; the coordinating department and its administrators see all."""
        if user.role in OVERSEEING_ROLES:
            return self
        return self.filter(Q(organisation=user.body) | Q(organisation__parent=user.body))

    def of_body(self, body: Organisation):
        """Active people of ``body`` and its units."""
        return self.filter(is_active=True).filter(Q(organisation=body) | Q(organisation__parent=body))


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):
    """Adds ``visible_to`` to Django's manager, and a body to a superuser made on the command line."""

    def create_superuser(self, username, email=None, password=None, **extra):
        """The first administrator belongs to the coordinating department unless told otherwise."""
        extra.setdefault("role", Role.ADMINISTRATOR)
        if "organisation" not in extra and "organisation_id" not in extra:
            extra["organisation"] = Organisation.objects.get(kind=OrganisationKind.DEPARTMENT, valid_to=None)
        return super().create_superuser(username, email, password, **extra)


class User(AbstractUser):
    """One row is a person with an account: one organisation, one role; never deleted, only deactivated."""

    full_name = models.CharField("họ và tên", max_length=150, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="users", verbose_name="cơ quan")
    role = models.CharField("vai trò", max_length=20, choices=Role)
    is_unit_head = models.BooleanField("phụ trách đơn vị", default=False)
    position = models.CharField("chức vụ", max_length=150, blank=True)
    phone = models.CharField("điện thoại", max_length=30, blank=True)
    history = HistoricalRecords(excluded_fields=["last_login", "password"])

    objects = UserManager()

    class Meta:
        ordering = ["username"]
        verbose_name = "người dùng"
        verbose_name_plural = "người dùng"

    def __str__(self):
        return self.full_name or self.username

    def get_full_name(self):
        """Vietnamese names are one field: family name first."""
        return self.full_name or self.username

    @property
    def body(self) -> Organisation:
        """The ministry, province or department the person works for."""
        return self.organisation.body

    @property
    def is_department(self) -> bool:
        """Whether the person decides for the coordinating department."""
        return self.role in DEPARTMENT_ROLES

    @property
    def oversees(self) -> bool:
        """Whether the person reads every body's rows: department, administrators, auditors."""
        return self.role in OVERSEEING_ROLES

    @property
    def is_administrator(self) -> bool:
        """Whether the person keeps catalogue, bodies and users."""
        return self.role == Role.ADMINISTRATOR

    def delete(self, *args, **kwargs):
        """People are deactivated, never deleted: their name stands in the history of what they decided."""
        self.is_active = False
        self.save(update_fields=["is_active"])
        return 0, {}


class DeputyQuerySet(models.QuerySet):
    """Who stands in for whom."""

    def visible_to(self, user):
        """The own body's; the coordinating department and its administrators see all."""
        if user.role in OVERSEEING_ROLES:
            return self
        return self.filter(Q(user__organisation=user.body) | Q(user__organisation__parent=user.body))

    def on(self, day: datetime.date):
        """Those in force on ``day``, both ends included."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)


class Deputy(models.Model):
    """One row is one person standing in for another of the same body, from one day to another, both included."""

    user = models.ForeignKey(User, models.PROTECT, related_name="deputies", verbose_name="người vắng")
    deputy = models.ForeignKey(User, models.PROTECT, related_name="deputising", verbose_name="người làm thay")
    starts_on = models.DateField("từ ngày")
    ends_on = models.DateField("đến hết ngày")
    reason = models.CharField("lý do", max_length=300, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người cử")
    made_at = models.DateTimeField("lúc cử", default=timezone.now)

    objects = DeputyQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        verbose_name = "người làm thay"
        verbose_name_plural = "người làm thay"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="deputy_dates_in_order",
                violation_error_message="Ngày kết thúc phải từ ngày bắt đầu trở đi.",
            ),
            models.CheckConstraint(
                condition=~Q(user=F("deputy")),
                name="deputy_is_another_person",
                violation_error_message="Người làm thay phải là người khác.",
            ),
        ]

    def __str__(self):
        return f"{self.deputy} thay {self.user}"


class OneTimeCode(models.Model):
    """One row is one printed code with which a person sets a password once: for offices without reliable mail."""

    user = models.ForeignKey(User, models.CASCADE, related_name="one_time_codes", verbose_name="người dùng")
    code_hash = models.CharField("mã đã băm", max_length=200)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người cấp")
    made_at = models.DateTimeField("lúc cấp", default=timezone.now)
    expires_at = models.DateTimeField("hết hạn lúc")
    used_at = models.DateTimeField("dùng lúc", null=True, blank=True)
    failures = models.PositiveSmallIntegerField("số lần nhập sai", default=0)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "mã dùng một lần"
        verbose_name_plural = "mã dùng một lần"

    def __str__(self):
        return f"{self.user} {self.made_at:%d/%m/%Y}"


class UserImport(models.Model):
    """One row is one workbook of people handed in: what it would do, and whether it was done."""

    file = models.FileField("tệp", upload_to="users/%Y/%m/")
    file_name = models.CharField("tên tệp", max_length=300)
    sha256 = models.CharField("SHA-256", max_length=64)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="người nhập")
    made_at = models.DateTimeField("lúc nhập", default=timezone.now)
    report = models.JSONField(
        "kết quả đọc",
        default=dict,
        help_text="{rows, created, changed, unchanged, errors: [{row, column, value, message}]}",
    )
    applied_at = models.DateTimeField("lúc áp dụng", null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        verbose_name = "lượt nhập người dùng"
        verbose_name_plural = "lượt nhập người dùng"

    def __str__(self):
        return self.file_name
