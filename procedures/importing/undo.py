"""Taking an import back: every value as it was before, unless something later stands on it."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from procedures.importing.batches import lock
from procedures.importing.links import decider_row
from procedures.importing.lookups import chunks
from procedures.importing.resource import PLAIN_FIELDS
from procedures.models import (
    DeciderSource,
    DecidingAuthority,
    ImportBatch,
    ImportRow,
    ImportState,
    Procedure,
    ProcedureSector,
    RowOutcome,
    Sector,
)
from tthc_portal.text import fold

_WRITTEN = (RowOutcome.CREATED, RowOutcome.CHANGED)
_CODES_NAMED = 20


@transaction.atomic
def undo(*, by, batch: ImportBatch) -> ImportBatch:
    """Restore what ``batch`` changed and delete what it created.

    Raises ValidationError, and changes nothing, when the batch is not in force or when procedures of it were changed
    later, confirmed by a body, or entered a round; the sentence lists their codes.
    """
    lock(batch)
    if batch.state != ImportState.APPLIED:
        raise ValidationError(f"Lượt nhập này đang ở trạng thái “{batch.get_state_display()}”, không hoàn tác được.")
    rows = list(batch.rows.filter(outcome__in=_WRITTEN, procedure__isnull=False))
    procedures = {p.pk: p for piece in chunks(r.procedure_id for r in rows) for p in _with_links(piece)}
    _refuse_if_needed(batch, rows, procedures)
    _restore([row for row in rows if row.outcome == RowOutcome.CHANGED], procedures)
    _delete(procedures[row.procedure_id] for row in rows if row.outcome == RowOutcome.CREATED)
    _delete_sectors(batch.layout.get("sectors_created", []))
    batch.state, batch.undone_by, batch.undone_at = ImportState.UNDONE, by, timezone.now()
    batch.save(update_fields=["state", "undone_by", "undone_at"])
    return batch


def _with_links(ids: list[int]):
    return Procedure.objects.filter(pk__in=ids).prefetch_related("sector_links__sector", "deciders")


def _listed(codes: Iterable[str]) -> str:
    codes = sorted(set(codes))
    more = f" và {len(codes) - _CODES_NAMED} mã khác" if len(codes) > _CODES_NAMED else ""
    return ", ".join(codes[:_CODES_NAMED]) + more


def _refuse_if_needed(batch: ImportBatch, rows: list[ImportRow], procedures: dict[int, Procedure]) -> None:
    """Raise with all reasons at once."""
    reasons = []
    later = {
        code
        for piece in chunks(procedures)
        for code in ImportRow.objects.filter(
            procedure__in=piece,
            outcome__in=_WRITTEN,
            batch__state=ImportState.APPLIED,
            batch__applied_at__gt=batch.applied_at,
        ).values_list("procedure__code", flat=True)
    }
    if later:
        reasons.append(f"đã được lượt nhập sau thay đổi: {_listed(later)}")
    confirmed = [
        procedures[row.procedure_id].code
        for row in rows
        if (row.outcome == RowOutcome.CREATED or "deciders" in row.after)
        and any(d.source != DeciderSource.IMPORT for d in procedures[row.procedure_id].deciders.all())
    ]
    if confirmed:
        reasons.append(f"đã được cơ quan xác nhận thẩm quyền: {_listed(confirmed)}")
    edited = [
        procedures[row.procedure_id].code
        for row in rows
        if procedures[row.procedure_id].code not in later and _differs(row, procedures[row.procedure_id])
    ]
    if edited:
        reasons.append(f"đã được sửa sau khi nhập: {_listed(edited)}")
    if reasons:
        raise ValidationError(f"Không hoàn tác được vì có TTHC {'; '.join(reasons)}.")


def _differs(row: ImportRow, procedure: Procedure) -> bool:
    """Whether a value the row wrote is no longer what it wrote."""
    for name, value in row.after.items():
        if name == "publisher":
            if value["id"] != procedure.publisher_id:
                return True
        elif name in PLAIN_FIELDS and _plain(procedure, name) != value:
            return True
        if name == "sectors" and [fold(link.sector.name) for link in _sector_links(procedure)] != [
            fold(item) for item in value
        ]:
            return True
    return False


def _plain(procedure: Procedure, name: str):
    """A plain field as import rows hold it."""
    if name == "published_on":
        return procedure.published_on and procedure.published_on.isoformat()
    return getattr(procedure, name)


def _sector_links(procedure: Procedure) -> list[ProcedureSector]:
    return sorted(procedure.sector_links.all(), key=lambda link: link.position)


def _restore(rows: list[ImportRow], procedures: dict[int, Procedure]) -> None:
    """Write back the values of before, with the notes of where they came from."""
    now = timezone.now()
    touched, resectored, redecided = [], [], []
    for row in rows:
        procedure, before = procedures[row.procedure_id], row.before
        for name in PLAIN_FIELDS:
            if name == "publisher" and name in before:
                procedure.publisher_id = before[name]["id"]
            elif name in before:
                setattr(procedure, name, before[name])
        procedure.provenance = before.get("provenance", {})
        procedure.updated_at = now
        names = before.get("sectors", [link.sector.name for link in _sector_links(procedure)])
        procedure.search_text = procedure.compose_search_text(names)
        touched.append(procedure)
        if "sectors" in before:
            resectored.append((procedure, before["sectors"]))
        if "deciders" in before:
            redecided.append((procedure, before["deciders"]))
    Procedure.objects.bulk_create(
        touched,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[*PLAIN_FIELDS, "search_text", "provenance", "updated_at"],
    )
    _restore_links(resectored, redecided, now)


def _restore_links(resectored: list, redecided: list, now) -> None:
    sectors = {sector.folded: sector for sector in Sector.objects.all()} if resectored else {}
    for piece in chunks(procedure.pk for procedure, _ in resectored):
        ProcedureSector.objects.filter(procedure__in=piece).delete()
    ProcedureSector.objects.bulk_create(
        ProcedureSector(procedure=procedure, sector=sectors[fold(name)], position=position)
        for procedure, names in resectored
        for position, name in enumerate(names)
    )
    for piece in chunks(procedure.pk for procedure, _ in redecided):
        DecidingAuthority.objects.filter(procedure__in=piece, source=DeciderSource.IMPORT).delete()
    DecidingAuthority.objects.bulk_create(
        decider_row(procedure, decider, now) for procedure, deciders in redecided for decider in deciders
    )


def _delete(created: Iterable[Procedure]) -> None:
    """Delete procedures, or refuse naming those on which something stands."""
    by_id = {procedure.pk: procedure.code for procedure in created}
    try:
        for piece in chunks(by_id):
            Procedure.objects.filter(pk__in=piece).delete()
    except ProtectedError as error:
        codes = {by_id.get(getattr(item, "procedure_id", None), "") for item in error.protected_objects} - {""}
        raise ValidationError(
            f"Không hoàn tác được vì có TTHC đã vào một đợt rà soát hoặc được hồ sơ khác dùng: {_listed(codes)}."
        ) from error


def _delete_sectors(ids: list[int]) -> None:
    """Sectors that the batch brought and nothing else uses go with it."""
    for sector in Sector.objects.filter(pk__in=ids, procedure_links__isnull=True):
        try:
            with transaction.atomic():
                sector.delete()
        except ProtectedError:
            continue
