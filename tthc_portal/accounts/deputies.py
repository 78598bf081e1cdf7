"""Who stands in for whom, and until when: appointing, ending, asking."""

import datetime
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tthc_portal.accounts.models import Deputy, Role, User
from tthc_portal.text import one_line

HANOI = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
# Who has forms to fill, so who may need one to stand in, and be one.
DEPUTISED_ROLES = (Role.OFFICIAL, Role.FOCAL_POINT)


def _today() -> datetime.date:
    return timezone.localtime(timezone.now(), HANOI).date()


def stood_in_for(user: User) -> dict[int, datetime.date]:
    """Those ``user`` stands in for today: the last day of each by the person's primary key; one query."""
    rows = Deputy.objects.on(_today()).filter(deputy=user).order_by("ends_on")
    return dict(rows.values_list("user", "ends_on"))


def acting_as(user: User) -> list[int]:
    """Primary keys of everybody whose work is his today: ``user`` himself and those he stands in for."""
    return [user.pk, *(stood_in_for(user) if user.role in DEPUTISED_ROLES else ())]


@transaction.atomic
def appoint(
    *, by: User, user: User, deputy: User, starts_on: datetime.date, ends_on: datetime.date, reason: str = ""
) -> Deputy:
    """Let ``deputy`` act as ``user`` from ``starts_on`` to the end of ``ends_on``; the focal point of their body does.

    Raises ValidationError({field: sentences}): another body, inactive, wrong role, days backwards or past, days that
    overlap those of another deputy of the same person.
    """
    _by_focal_point(by)
    # The absent person's row is locked so that two appointments cannot both find the days free.
    user = User.objects.select_for_update(of=("self",)).select_related("organisation__parent").get(pk=user.pk)
    errors = {}
    if user.body != by.body or user.role not in DEPUTISED_ROLES:
        errors["user"] = [f"{user} không phải chuyên viên hoặc đầu mối của cơ quan."]
    if deputy.body != by.body or deputy.role not in DEPUTISED_ROLES or not deputy.is_active:
        errors["deputy"] = [f"{deputy} không phải chuyên viên hoặc đầu mối đang hoạt động của cơ quan."]
    elif deputy.pk == user.pk:
        errors["deputy"] = ["Người làm thay phải là người khác."]
    wrong_days = _wrong_days(user, starts_on, ends_on)
    if wrong_days:
        errors["ends_on"] = [wrong_days]
    reason = one_line(reason or "")
    longest = Deputy._meta.get_field("reason").max_length
    if len(reason) > longest:
        errors["reason"] = [f"Dài {len(reason)} ký tự, tối đa {longest} ký tự."]
    if errors:
        raise ValidationError(errors)
    return Deputy.objects.create(
        user=user, deputy=deputy, starts_on=starts_on, ends_on=ends_on, reason=reason, made_by=by
    )


@transaction.atomic
def end(*, by: User, deputy: Deputy) -> Deputy | None:
    """Let ``deputy`` end with today; one that has not begun is dropped (None), one already over stays as it is."""
    _by_focal_point(by)
    found = Deputy.objects.select_for_update(of=("self",)).filter(pk=deputy.pk).first()
    if found is None:
        raise ValidationError("Việc cử người làm thay này không còn.")
    if User.objects.select_related("organisation__parent").get(pk=found.user_id).body != by.body:
        raise ValidationError("Người làm thay này thuộc cơ quan khác.")
    return _end(found)


@transaction.atomic
def end_all_of(*, by: User, user: User) -> int:
    """End whatever stands of ``user``, as the absent one and as the deputy; how many were ended."""
    _by_focal_point(by)
    standing = Deputy.objects.select_for_update(of=("self",)).filter(Q(user=user) | Q(deputy=user))
    rows = list(standing.filter(ends_on__gte=_today()))
    for row in rows:
        _end(row)
    return len(rows)


def _end(row: Deputy) -> Deputy | None:
    today = _today()
    if row.starts_on > today:
        # It never was in force: nothing was done under it that its row would have to explain.
        row.delete()
        return None
    if row.ends_on > today:
        row.ends_on = today
        row.save(update_fields=["ends_on"])
    return row


def _by_focal_point(by: User) -> None:
    if by.role != Role.FOCAL_POINT:
        raise ValidationError("Việc cử người làm thay chỉ dành cho công chức đầu mối của cơ quan.")


def _wrong_days(user: User, starts_on: datetime.date | None, ends_on: datetime.date | None) -> str:
    """What is wrong with the days; blank when nothing is."""
    if starts_on is None or ends_on is None:
        return "Phải nêu cả ngày bắt đầu và ngày kết thúc."
    if ends_on < starts_on:
        return f"Ngày kết thúc ({ends_on:%d/%m/%Y}) phải từ ngày bắt đầu ({starts_on:%d/%m/%Y}) trở đi."
    if ends_on < _today():
        return f"Thời gian làm thay đã qua (đến hết ngày {ends_on:%d/%m/%Y}); hãy chọn ngày từ hôm nay trở đi."
    other = Deputy.objects.filter(user=user, starts_on__lte=ends_on, ends_on__gte=starts_on).first()
    if other:
        return (
            f"{user} đã có {other.deputy} làm thay từ {other.starts_on:%d/%m/%Y} đến hết ngày "
            f"{other.ends_on:%d/%m/%Y}; hãy chọn thời gian khác hoặc chấm dứt lần cử đó trước."
        )
    return ""
