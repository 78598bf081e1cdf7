"""First passwords: a code on paper, used once, or a link by mail; also for whoever has forgotten his."""

import datetime
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.account import app_settings as account_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from tthc_portal.accounts.models import OneTimeCode, User
from tthc_portal.accounts.people import may_manage
from tthc_portal.text import fold

LIFETIME = datetime.timedelta(hours=72)
MAX_FAILURES = 5
# A pack for everybody of one import; more would keep the page waiting.
MAX_PEOPLE = 1_000
MAX_LETTERS = 200
# Nothing that looks like something else on paper: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
_SIGNS = "34679ACDEFGHJKMNPQRTWXY"
_GROUPS, _GROUP = 4, 4
WRONG = (
    "Tên đăng nhập hoặc mã không đúng, hoặc mã đã dùng, đã hết hạn. Xem lại tờ mã rồi nhập lại; sau "
    f"{MAX_FAILURES} lần sai mã không dùng được nữa và phải xin đầu mối của cơ quan cấp mã khác."
)


class _CodeHasher(PBKDF2PasswordHasher):
    """Fewer rounds than for passwords: a code is random (72 bits), lives three days and dies of five wrong tries."""

    iterations = 10_000


_HASHER = _CodeHasher()


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one person; the code is written nowhere else."""

    user: User
    code: str
    expires_at: datetime.datetime


def _refuse_strangers(by: User, users: list[User]) -> None:
    if not users:
        raise ValidationError("Chưa chọn người nào; hãy đánh dấu ít nhất một người trong danh sách.")
    if any(not may_manage(by, user) for user in users):
        raise ValidationError("Trong những người đã chọn có tài khoản bạn không quản lý.")
    if any(user.pk == by.pk for user in users):
        raise ValidationError("Mật khẩu của chính mình đổi ở trang Đổi mật khẩu, không cấp mã cho mình.")
    stopped = [user.username for user in users if not user.is_active]
    if stopped:
        raise ValidationError(f"Tài khoản đã ngừng: {', '.join(stopped[:5])}. Mở lại trước khi cấp mã hoặc gửi thư.")


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _bare(code: str) -> str:
    """``code`` as it is hashed, however it was typed: small letters, spaces, no hyphens."""
    return "".join(sign for sign in fold(code).upper() if sign.isalnum())


@transaction.atomic
def issue(*, by: User, users: Iterable[User]) -> list[Slip]:
    """A code for each of ``users``, valid LIFETIME; earlier codes of theirs end. Raises ValidationError.

    Passwords in use stay until a code is used.
    """
    users = list(users)
    _refuse_strangers(by, users)
    if len(users) > MAX_PEOPLE:
        raise ValidationError(f"Mỗi lần cấp mã cho tối đa {MAX_PEOPLE} người; hãy chia làm nhiều lần.")
    now = timezone.now()
    OneTimeCode.objects.filter(user__in=users, used_at=None, expires_at__gt=now).update(expires_at=now)
    slips = [Slip(user, _new_code(), now + LIFETIME) for user in users]
    OneTimeCode.objects.bulk_create(
        OneTimeCode(
            user=slip.user,
            code_hash=make_password(_bare(slip.code), hasher=_HASHER),
            made_by=by,
            made_at=now,
            expires_at=slip.expires_at,
        )
        for slip in slips
    )
    return slips


@transaction.atomic
def tried(*, username: str, code: str) -> OneTimeCode | None:
    """The live code that ``username`` and ``code`` name; None for a wrong try, which is counted."""
    now = timezone.now()
    live = OneTimeCode.objects.select_for_update(of=("self",)).select_related("user__organisation__parent")
    found = live.filter(
        user__username__iexact=username.strip(),
        user__is_active=True,
        used_at=None,
        expires_at__gt=now,
        failures__lt=MAX_FAILURES,
    ).first()
    if found is None:
        # As long as with a code: the answer's time does not tell who has one.
        _HASHER.encode(_bare(code), "nobody")
        return None
    if _HASHER.verify(_bare(code), found.code_hash):
        return found
    found.failures += 1
    found.save(update_fields=["failures"])
    return None


@transaction.atomic
def redeem(*, found: OneTimeCode, password: str) -> User:
    """Set ``password``, already validated, for the person of the code just tried; the code ends with it."""
    code = OneTimeCode.objects.select_for_update(of=("self",)).select_related("user").get(pk=found.pk)
    now = timezone.now()
    if code.used_at or code.expires_at <= now or code.failures >= MAX_FAILURES or not code.user.is_active:
        raise ValidationError(WRONG)
    code.used_at = now
    code.save(update_fields=["used_at"])
    code.user.set_password(password)
    code.user.save(update_fields=["password"])
    return code.user


def password_path(user: User) -> str:
    """The path at which ``user`` sets a password: works once, as long as settings let such links live."""
    key = account_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def invite(*, by: User, users: Iterable[User], portal: str) -> int:
    """Send each of ``users`` a letter with the link that sets a password; how many were sent.

    ``portal``: the address of the portal, https://host. Raises ValidationError: nobody chosen, no address, no mail.
    """
    users = list(users)
    _refuse_strangers(by, users)
    if not settings.MAIL_READY:
        raise ValidationError("Cổng chưa được nối với máy chủ thư. Hãy in mã dùng một lần thay cho thư mời.")
    if len(users) > MAX_LETTERS:
        raise ValidationError(f"Mỗi lần gửi tối đa {MAX_LETTERS} thư; hãy chia làm nhiều lần.")
    silent = [user.username for user in users if not user.email]
    if silent:
        raise ValidationError(
            f"Chưa có địa chỉ thư của: {', '.join(silent[:5])}{' …' if len(silent) > 5 else ''}. Bổ sung địa chỉ hoặc "
            "in mã dùng một lần."
        )
    portal = portal.rstrip("/")
    hours = settings.PASSWORD_RESET_TIMEOUT // 3600
    letters = []
    for user in users:
        context = {"user": user, "by": by, "portal": portal, "link": portal + password_path(user), "hours": hours}
        subject = " ".join(render_to_string("account/email/invitation_subject.txt", context).split())
        body = render_to_string("account/email/invitation_message.txt", context).strip()
        letters.append(EmailMessage(subject, body, to=[user.email]))
    try:
        return get_connection().send_messages(letters) or 0
    except OSError as error:
        raise ValidationError(
            f"Máy chủ thư không nhận thư ({error.__class__.__name__}). Thử lại sau hoặc in mã dùng một lần."
        ) from error
