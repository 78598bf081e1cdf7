"""Giving, changing, stopping and reopening accounts: who may, and what a person's row must say."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tthc_portal.accounts.models import (
    BODY_ROLES,
    DEPARTMENT_ROLES,
    OneTimeCode,
    Organisation,
    OrganisationKind,
    Role,
    User,
)
from tthc_portal.text import fold, one_line

# What a person's row says beside the name he signs in with; "organisation" is his body or a unit of it.
FIELDS = ("full_name", "organisation", "role", "position", "email", "phone", "is_unit_head")
USERNAME_RULE = (
    "Từ 3 đến 50 ký tự: chữ không dấu, chữ số, dấu chấm, gạch nối, gạch dưới; bắt đầu và kết thúc bằng chữ hoặc số, "
    "ví dụ g15.nguyenvana. Không phân biệt chữ hoa, chữ thường; không đổi được sau khi tạo."
)
MIN_USERNAME, MAX_USERNAME = 3, 50
# The code of a hand-over that must come first: pages offer the way to it.
HAND_OVER = "hand_over"

_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_PHONE = re.compile(r"\+?[0-9 .()-]{6,30}")
_TEXTS = ("full_name", "position", "email", "phone")
# Whose rounds ask a body of this kind for forms.
_ASKED = (OrganisationKind.MINISTRY, OrganisationKind.PROVINCE)


def roles_given_by(user: User) -> tuple[Role, ...]:
    """The roles ``user`` may give, none above his own reach: a focal point those of a body, an administrator all."""
    if user.role == Role.ADMINISTRATOR:
        return tuple(Role)
    return tuple(role for role in Role if role in BODY_ROLES) if user.role == Role.FOCAL_POINT else ()


def may_manage(by: User, user: User) -> bool:
    """Whether ``by`` may change the account of ``user``, his password included."""
    if by.role == Role.ADMINISTRATOR:
        return True
    return by.role == Role.FOCAL_POINT and user.role in BODY_ROLES and not user.is_superuser and user.body == by.body


def places_given_by(user: User):
    """Bodies and units whose people ``user`` keeps, bodies first; a focal point his own and its units."""
    found = Organisation.objects.select_related("parent").order_by("code", "valid_from")
    if user.role != Role.ADMINISTRATOR:
        found = found.filter(Q(pk=user.body.pk) | Q(parent=user.body, kind=OrganisationKind.UNIT))
    return found


def clean_username(text: str) -> str:
    """The sign-in name ``text`` in the form it is kept in; raises ValidationError where it breaks the rule."""
    name = unicodedata.normalize("NFC", text).strip().lower()
    if not (MIN_USERNAME <= len(name) <= MAX_USERNAME and _USERNAME.fullmatch(name)):
        raise ValidationError(f"Tên đăng nhập “{text.strip()}” không đúng quy tắc. {USERNAME_RULE}")
    return name


def faults_of(by: User, values: Mapping, user: User | None = None) -> dict[str, str]:
    """What is wrong with ``values`` (of FIELDS; any left out stay as they are) for ``user`` or a new person.

    {field: sentence}; whether he can leave where he works is not asked here.
    """
    faults = {}
    for name in _TEXTS:
        limit = User._meta.get_field(name).max_length
        if len(values.get(name, "")) > limit:
            faults[name] = f"Dài {len(values[name])} ký tự, tối đa {limit} ký tự; hãy viết ngắn lại."
    if "full_name" in values and not values["full_name"]:
        faults["full_name"] = "Phải ghi họ và tên."
    if values.get("email") and "email" not in faults:
        try:
            validate_email(values["email"])
        except ValidationError:
            faults["email"] = "Địa chỉ thư điện tử không đúng; ghi như ten@coquan.gov.vn hoặc để trống."
    if values.get("phone") and "phone" not in faults and not _PHONE.fullmatch(values["phone"]):
        faults["phone"] = "Số điện thoại chỉ gồm chữ số, dấu cách, dấu chấm, gạch nối, ngoặc và dấu + ở đầu."
    organisation = values.get("organisation") or (user and user.organisation)
    role = values.get("role") or (user and user.role)
    if organisation is None:
        faults["organisation"] = "Phải nêu cơ quan, đơn vị."
    elif by.role != Role.ADMINISTRATOR and organisation.body != by.body:
        faults["organisation"] = "Chỉ quản lý được người dùng của cơ quan mình."
    if role not in Role.values:
        faults["role"] = "Phải chọn vai trò."
    elif role not in roles_given_by(by):
        faults["role"] = f"Bạn không giao được vai trò “{Role(role).label}”; việc này do quản trị hệ thống thực hiện."
    elif organisation is not None and (unfit := _unfit(role, organisation.body)):
        faults["role"] = unfit
    return faults


def _unfit(role: str, body: Organisation) -> str:
    """Why nobody of ``body`` can have ``role``; blank when somebody can."""
    if role in BODY_ROLES and body.kind not in _ASKED:
        return f"Vai trò “{Role(role).label}” chỉ dành cho bộ, cơ quan ngang bộ, tỉnh, thành phố; {body} không phải."
    if role in DEPARTMENT_ROLES and body.kind != OrganisationKind.DEPARTMENT:
        return f"Vai trò “{Role(role).label}” chỉ dành cho cơ quan điều phối; {body} không phải."
    return ""


def tidied(values: Mapping) -> dict:
    """``values`` with their texts on one line, in normal form."""
    return {name: one_line(value or "") if name in _TEXTS else value for name, value in values.items()}


@transaction.atomic
def create(*, by: User, username: str, **values) -> User:
    """A new account, which cannot sign in before its person sets a password by mail or by a code.

    ``values``: FIELDS. Raises ValidationError({field: sentences}).
    """
    values, errors = tidied(values), {}
    try:
        username = clean_username(username)
    except ValidationError as refusal:
        errors["username"] = refusal.messages
    else:
        if User.objects.filter(username__iexact=username).exists():
            errors["username"] = [f"Tên đăng nhập “{username}” đã có người dùng; chọn tên khác."]
    errors |= {name: [sentence] for name, sentence in faults_of(by, values).items()}
    if errors:
        raise ValidationError(errors)
    made = User(username=username, **values)
    made.set_unusable_password()
    made._history_user = by
    made.save()
    return made


@transaction.atomic
def change(*, by: User, user: User, in_hand: int = 0, despite: bool = False, **values) -> list[str]:
    """Set ``values`` (of FIELDS) of ``user``; the names of the fields that changed.

    ``in_hand``: how many reviews he would have to hand over; with some, leaving a unit or the work on forms is refused
    (code HAND_OVER) unless ``despite``, and leaving the body is refused altogether. Raises ValidationError.
    """
    user = locked(by, user)
    values = tidied(values)
    errors = faults_of(by, values, user)
    changed = [name for name, value in values.items() if getattr(user, name) != value]
    if "role" in changed or "organisation" in changed:
        errors |= staying_faults(by, user, values)
    if errors:
        raise ValidationError({name: [sentence] for name, sentence in errors.items()})
    if refusal := leaving_fault(user, values, in_hand, despite=despite):
        raise ValidationError(refusal, code=HAND_OVER)
    if changed:
        for name in changed:
            setattr(user, name, values[name])
        user._history_user = by
        user.save(update_fields=changed)
    if "email" in changed:
        forget_addresses([user])
    return changed


def forget_addresses(users: Iterable[User]) -> None:
    """Drop the addresses that links were sent to before: whoever reads an old one must not set a password by it."""
    EmailAddress.objects.filter(user__in=list(users)).delete()


def staying_faults(by: User, user: User, values: Mapping) -> dict[str, str]:
    """Why ``user`` cannot get another role or place: it is oneself, or the body would be left without a focal point."""
    role, place = values.get("role", user.role), values.get("organisation", user.organisation)
    moved = place.body != user.body
    if role == user.role and not moved:
        return {}
    field = "organisation" if moved else "role"
    # A focal point who changes others is one himself: he alone can leave his body without any.
    if by.pk == user.pk and is_last_focal_point(user):
        return {field: _last_focal_point(user)}
    if by.pk == user.pk:
        return {field: "Không tự đổi vai trò hoặc cơ quan của mình; nhờ người quản lý khác thực hiện."}
    return {}


def leaving_fault(user: User, values: Mapping, in_hand: int, *, despite: bool = False) -> str:
    """Why ``user`` must hand over his ``in_hand`` reviews before ``values`` are set; blank when he need not."""
    role, place = values.get("role", user.role), values.get("organisation", user.organisation)
    if not in_hand or (place == user.organisation and (role == user.role or role in (Role.OFFICIAL, Role.FOCAL_POINT))):
        return ""
    held = f"{user} đang giữ {in_hand} phiếu của các đợt đang mở."
    if place.body != user.body:
        return f"{held} Đầu mối của {user.body} phải bàn giao hết trước khi người này chuyển sang cơ quan khác."
    return "" if despite else f"{held} Hãy bàn giao trước, hoặc đánh dấu “Vẫn lưu dù chưa bàn giao”."


def is_last_focal_point(user: User) -> bool:
    """Whether the body of ``user`` would have no active focal point without him; the others are locked meanwhile."""
    if user.role != Role.FOCAL_POINT or not user.is_active:
        return False
    points = User.objects.of_body(user.body).filter(role=Role.FOCAL_POINT)
    return set(points.select_for_update(of=("self",)).values_list("pk", flat=True)) <= {user.pk}


def _last_focal_point(user: User) -> str:
    return (
        f"{user} là công chức đầu mối duy nhất đang hoạt động của {user.body}; hãy giao vai trò đầu mối cho người khác "
        "trước."
    )


@transaction.atomic
def deactivate(*, by: User, user: User, in_hand: int = 0, despite: bool = False) -> User:
    """Stop the account at once: open sessions, links and codes end; what he did and who he was stay.

    See :func:`change` for ``in_hand`` and ``despite``. Raises ValidationError.
    """
    user = locked(by, user)
    if not user.is_active:
        raise ValidationError(f"Tài khoản {user.username} đã ngừng từ trước.")
    if user.pk == by.pk and is_last_focal_point(user):
        raise ValidationError(_last_focal_point(user))
    if user.pk == by.pk:
        raise ValidationError("Không tự ngừng tài khoản của mình; nhờ người quản lý khác thực hiện.")
    if in_hand and not despite:
        raise ValidationError(
            f"{user} đang giữ {in_hand} phiếu của các đợt đang mở. Hãy bàn giao trước, hoặc đánh dấu “Vẫn ngừng dù "
            "chưa bàn giao”.",
            code=HAND_OVER,
        )
    user.is_active = False
    # Sessions and links are bound to the password: with another one they stay ended even if he comes back.
    user.set_unusable_password()
    user._history_user = by
    user.save(update_fields=["is_active", "password"])
    OneTimeCode.objects.filter(user=user, used_at=None, expires_at__gt=timezone.now()).update(expires_at=timezone.now())
    return user


@transaction.atomic
def reopen(*, by: User, user: User) -> User:
    """Let the person come back; he sets a new password by mail or by a code."""
    user = locked(by, user)
    if user.is_active:
        raise ValidationError(f"Tài khoản {user.username} đang hoạt động.")
    user.is_active = True
    user._history_user = by
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def add_unit(*, by: User, name: str) -> Organisation:
    """A unit under the body of the focal point ``by``, with the next free code; raises ValidationError({field: …})."""
    if by.role != Role.FOCAL_POINT:
        raise ValidationError("Việc thêm đơn vị chỉ dành cho công chức đầu mối của cơ quan.")
    body = Organisation.objects.select_for_update(of=("self",)).get(pk=by.body.pk)
    name = one_line(name or "")
    longest = Organisation._meta.get_field("name").max_length
    if not name or len(name) > longest:
        raise ValidationError({"name": [f"Phải ghi tên đơn vị, tối đa {longest} ký tự."]})
    codes = list(Organisation.objects.filter(parent=body).values_list("code", "name"))
    if fold(name) in {fold(other) for _, other in codes}:
        raise ValidationError({"name": [f"Cơ quan đã có đơn vị “{name}”."]})
    unit = Organisation(
        code=_next_code(body), name=name, kind=OrganisationKind.UNIT, parent=body, valid_from=body.valid_from
    )
    unit.valid_to = body.valid_to
    unit._history_user = by
    unit.save()
    return unit


def _next_code(body: Organisation) -> str:
    """The code of the body, a point and the next number: G15.07; numbers of other periods are not used again."""
    taken = Organisation.objects.filter(code__startswith=f"{body.code}.", kind=OrganisationKind.UNIT)
    tails = [code.rpartition(".")[2] for code in taken.values_list("code", flat=True)]
    numbers = [int(tail) for tail in tails if tail.isdecimal()]
    return f"{body.code}.{max(numbers, default=0) + 1:02d}"


def locked(by: User, user: User) -> User:
    """The row of ``user`` as it stands, locked; raises ValidationError where ``by`` may not change it."""
    found = User.objects.select_for_update(of=("self",)).select_related("organisation__parent").get(pk=user.pk)
    if not may_manage(by, found):
        raise ValidationError("Bạn không quản lý tài khoản này.")
    return found
