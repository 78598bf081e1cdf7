"""The only writer of confirmed deciding authorities: who really signs the result of a procedure; and how far it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from procedures.importing.lookups import chunks
from procedures.models import AuthorityLevel, DeciderSource, DecidingAuthority, Procedure, UnresolvedAuthority
from tthc_portal.accounts.models import Organisation, Role
from tthc_portal.accounts.succession import answered_by
from tthc_portal.text import one_line, tidy

CONFIRMING_ROLES = frozenset({Role.FOCAL_POINT, Role.ADMINISTRATOR})


def may_confirm(user, body: Organisation | None) -> bool:
    """Whether ``user`` may say who decides the procedures that ``body`` publishes.

    A focal point answers for his own body and for those that it has taken the place of.
    """
    if user.role == Role.ADMINISTRATOR:
        return True
    if user.role != Role.FOCAL_POINT or body is None:
        return False
    return body == user.body or body.pk in answered_by(user.body, timezone.localdate())


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
    publishers = {procedure.publisher for procedure in found}
    if not all(may_confirm(by, publisher) for publisher in publishers):
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


@transaction.atomic
def confirm_many(*, by, answers: Iterable[tuple[Iterable[Procedure], list[dict]]]) -> int:
    """:func:`confirm_deciders` for several (procedures, rows) at once: all of them or none; returns how many."""
    answers = list(answers)
    if not answers:
        raise ValidationError("Chưa chọn cấp có thẩm quyền cho nhóm nào. Chọn ít nhất một nhóm rồi ghi.")
    return sum(confirm_deciders(by=by, procedures=procedures, rows=rows) for procedures, rows in answers)


@dataclass(frozen=True, slots=True)
class Known:
    """How far one publisher is: its procedures in force, and those of which it is known who decides."""

    body: Organisation
    total: int
    known: int

    @property
    def unknown(self) -> int:
        """Those still to settle."""
        return self.total - self.known

    @property
    def percent(self) -> int:
        """Known ones in whole per cent, rounded down."""
        return 100 * self.known // self.total if self.total else 100


def known_by_body() -> list[Known]:
    """Every body that publishes procedures in force, those with most left to settle first; two queries."""
    counts = (
        Procedure.objects.in_force()
        .order_by()
        .values_list("publisher")
        .annotate(total=Count("pk", distinct=True), known=Count("deciders__procedure", distinct=True))
    )
    numbers = {publisher: (total, known) for publisher, total, known in counts}
    bodies = Organisation.objects.filter(pk__in=numbers).order_by("kind", "code")
    return sorted((Known(body, *numbers[body.pk]) for body in bodies), key=lambda one: -one.unknown)


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
