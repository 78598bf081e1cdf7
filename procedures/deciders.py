"""The only writer of confirmed deciding authorities: who really signs the result of a procedure."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from procedures.importing.lookups import chunks
from procedures.models import AuthorityLevel, DeciderSource, DecidingAuthority, Procedure, UnresolvedAuthority
from tthc_portal.accounts.models import Organisation, Role
from tthc_portal.text import one_line, tidy

CONFIRMING_ROLES = frozenset({Role.FOCAL_POINT, Role.ADMINISTRATOR})


def may_confirm(user, body: Organisation | None) -> bool:
    """Whether ``user`` may say who decides the procedures that ``body`` publishes."""
    if user.role == Role.ADMINISTRATOR:
        return True
    return user.role == Role.FOCAL_POINT and body is not None and body == user.body


@transaction.atomic
def confirm_deciders(*, by, procedures: Iterable[Procedure], rows: list[dict]) -> int:
    """Record ``rows`` as the deciders of each of ``procedures``; returns how many procedures were settled.

    ``rows``: [{level (code), body, case, legal_ground}], at least one. They replace what files and earlier
    confirmations said of these procedures. Raises ValidationError for rows that cannot be recorded, PermissionDenied
    when a procedure is not ``by``'s to settle.
    """
    ids = [procedure.pk for procedure in procedures]
    clean = _clean(rows)
    if not ids:
        raise ValidationError("Chưa chọn thủ tục nào. Đánh dấu ít nhất một thủ tục trong danh sách.")
    found = [
        procedure
        for piece in chunks(sorted(set(ids)))
        for procedure in Procedure.objects.select_for_update(of=("self",))
        .select_related("publisher")
        .filter(pk__in=piece)
    ]
    if not all(may_confirm(by, procedure.publisher) for procedure in found):
        raise PermissionDenied
    now = timezone.now()
    replaced = [DeciderSource.IMPORT, DeciderSource.CONFIRMED]
    for piece in chunks(procedure.pk for procedure in found):
        DecidingAuthority.objects.filter(procedure__in=piece, source__in=replaced).delete()
        # What a file said and nobody understood is settled with it.
        UnresolvedAuthority.objects.filter(procedure__in=piece).delete()
        Procedure.objects.filter(pk__in=piece).update(updated_at=now)
    DecidingAuthority.objects.bulk_create(
        DecidingAuthority(procedure=procedure, source=DeciderSource.CONFIRMED, confirmed_by=by, recorded_at=now, **row)
        for procedure in found
        for row in clean
    )
    return len(found)


def _clean(rows: list[dict]) -> list[dict]:
    """``rows`` tidied, repeated ones dropped; raises ValidationError."""
    levels = AuthorityLevel.objects.in_bulk([row.get("level") for row in rows if row.get("level")])
    clean: list[dict] = []
    for number, row in enumerate(rows, start=1):
        if row.get("level") not in levels:
            raise ValidationError(f"Dòng thẩm quyền {number} chưa chọn cấp có thẩm quyền quyết định.")
        item = {
            "level": levels[row["level"]],
            "body": one_line(row.get("body") or ""),
            "case": tidy(row.get("case") or ""),
            "legal_ground": tidy(row.get("legal_ground") or ""),
        }
        if len(item["body"]) > 500:
            raise ValidationError(f"Dòng thẩm quyền {number}: tên cơ quan dài quá 500 ký tự. Rút gọn rồi lưu lại.")
        if item not in clean:
            clean.append(item)
    if not clean:
        raise ValidationError("Chưa nhập thẩm quyền nào. Chọn ít nhất một cấp có thẩm quyền quyết định.")
    return clean
