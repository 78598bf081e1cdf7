"""Taking an import back: every value as it was before, unless something later stands on it."""

from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import PROTECT, Q
from django.utils import timezone

from procedures.importing.batches import lock, permit
from procedures.importing.links import decider_row
from procedures.importing.lookups import chunks
from procedures.importing.resource import PLAIN_FIELDS, collector_paused
from procedures.importing.waiting import restore_waiting
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
    SimilarProcedure,
    UnresolvedAuthority,
)
from procedures.similarity import enqueue as find_similar
from tthc_portal.text import fold

# Rows that wrote something: new, changed, and those that the file lacked when they were marked as abolished.
_WRITTEN = Q(outcome__in=(RowOutcome.CREATED, RowOutcome.CHANGED)) | Q(outcome=RowOutcome.MISSING, before__isnull=False)
# What comes with a procedure and goes with it.
_OWN = (ProcedureSector, DecidingAuthority, UnresolvedAuthority)
_CODES_NAMED = 20
_PIECE = 2_000


def undo(*, by, batch: ImportBatch) -> ImportBatch:
    """Restore what ``batch`` changed and delete what it created.

    Raises ValidationError, and changes nothing, when the batch is not in force or when procedures of it were changed
    later, confirmed by a body, or entered a round; the sentence lists their codes.
    """
    with collector_paused(), transaction.atomic():
        lock(batch)
        permit(batch, "không hoàn tác được", ImportState.APPLIED)
        refuse(batch)
        for rows in _pieces(batch):
            procedures = _with_links(rows)
            _restore([row for row in rows if row.outcome != RowOutcome.CREATED], procedures)
            _delete([row.procedure_id for row in rows if row.outcome == RowOutcome.CREATED])
        restore_waiting(batch)
        _delete_sectors(batch.layout.get("sectors_created", []))
        batch.state, batch.undone_by, batch.undone_at = ImportState.UNDONE, by, timezone.now()
        batch.save(update_fields=["state", "undone_by", "undone_at"])
        find_similar(by)
    return batch


def _pieces(batch: ImportBatch, progress: Callable[[int, int], None] | None = None) -> Iterable[list[ImportRow]]:
    """The rows that wrote something, a piece at a time; their ids are read first, for the rows change on the way."""
    ids = list(batch.rows.filter(_WRITTEN, procedure__isnull=False).order_by("pk").values_list("pk", flat=True))
    for number, piece in enumerate(chunks(ids, _PIECE)):
        if progress:
            progress(number * _PIECE, len(ids))
        yield list(ImportRow.objects.filter(pk__in=piece).defer("errors", "repairs"))


def _with_links(rows: list[ImportRow]) -> dict[int, Procedure]:
    found = Procedure.objects.filter(pk__in=[row.procedure_id for row in rows])
    return found.prefetch_related("sector_links__sector", "deciders").in_bulk()


def _listed(codes: Iterable[str]) -> str:
    codes = sorted(set(codes))
    more = f" và {len(codes) - _CODES_NAMED} mã khác" if len(codes) > _CODES_NAMED else ""
    return ", ".join(codes[:_CODES_NAMED]) + more


def refuse(batch: ImportBatch, progress: Callable[[int, int], None] | None = None) -> None:
    """Raise ValidationError, with all reasons at once, when ``batch`` cannot be taken back; reads only."""
    later, confirmed, edited, held, batches = set(), set(), set(), set(), set()
    for rows in _pieces(batch, progress):
        procedures = _with_links(rows)
        after = ImportRow.objects.filter(
            _WRITTEN,
            procedure__in=procedures,
            batch__state=ImportState.APPLIED,
            batch__applied_at__gt=batch.applied_at,
        )
        pairs = set(after.values_list("procedure", "batch"))
        overtaken = {procedure for procedure, _ in pairs}
        batches |= {other for _, other in pairs}
        for row in rows:
            procedure = procedures[row.procedure_id]
            if row.procedure_id in overtaken:
                later.add(procedure.code)
            elif _differs(row, procedure):
                edited.add(procedure.code)
            if (row.outcome == RowOutcome.CREATED or "deciders" in (row.after or {})) and any(
                d.source != DeciderSource.IMPORT for d in procedure.deciders.all()
            ):
                confirmed.add(procedure.code)
        created = [row.procedure_id for row in rows if row.outcome == RowOutcome.CREATED]
        held |= {procedures[pk].code for pk in _held(created)}
    reasons = [
        f"{what}: {_listed(codes)}"
        for what, codes in (
            ("đã được lượt nhập sau thay đổi", later),
            ("đã được cơ quan xác nhận thẩm quyền", confirmed),
            ("đã được sửa sau khi nhập", edited),
            ("đã vào một đợt rà soát hoặc được hồ sơ khác dùng", held),
        )
        if codes
    ]
    if reasons:
        first = f" Hoàn tác trước lượt nhập {', '.join(map(str, sorted(batches)))}." if later else ""
        raise ValidationError(f"Không hoàn tác được vì có TTHC {'; '.join(reasons)}.{first}")


def _held(ids: list[int], model=Procedure) -> set[int]:
    """Those of ``ids`` on which a record of another kind stands: a round's scope, a ticket, a report."""
    held = set()
    for relation in model._meta.related_objects:
        if relation.on_delete is PROTECT and ids:
            name = relation.field.name
            found = relation.related_model._base_manager.filter(**{f"{name}__in": ids})
            held |= set(found.values_list(name, flat=True))
    return held


def _differs(row: ImportRow, procedure: Procedure) -> bool:
    """Whether a value the row wrote is no longer what it wrote."""
    if row.outcome == RowOutcome.CREATED and row.name != procedure.name:
        return True
    for name, value in (row.after or {}).items():
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
    if not rows:
        return
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
    if resectored:
        sectors = {sector.folded: sector for sector in Sector.objects.all()}
        ProcedureSector.objects.filter(procedure__in=[procedure.pk for procedure, _ in resectored]).delete()
        ProcedureSector.objects.bulk_create(
            ProcedureSector(procedure=procedure, sector=sectors[fold(name)], position=position)
            for procedure, names in resectored
            for position, name in enumerate(names)
        )
    if redecided:
        DecidingAuthority.objects.filter(
            procedure__in=[procedure.pk for procedure, _ in redecided], source=DeciderSource.IMPORT
        ).delete()
        DecidingAuthority.objects.bulk_create(
            decider_row(procedure, decider, now) for procedure, deciders in redecided for decider in deciders
        )


def _delete(ids: list[int]) -> None:
    """Delete procedures with what came with them, in one statement a table; import rows stay and let go of them.

    Nothing that protects them is left: :func:`refuse` has looked, and the database looks again.
    """
    if not ids:
        return
    for model in _OWN:
        rows = model.objects.filter(procedure__in=ids)
        rows._raw_delete(rows.db)
    # Worked out from the catalogue by a job that may have run since; both sides of a pair go.
    for side in ("procedure", "similar"):
        pairs = SimilarProcedure.objects.filter(**{f"{side}__in": ids})
        pairs._raw_delete(pairs.db)
    ImportRow.objects.filter(procedure__in=ids).update(procedure=None)
    procedures = Procedure.objects.filter(pk__in=ids)
    procedures._raw_delete(procedures.db)


def _delete_sectors(ids: list[int]) -> None:
    """Sectors that the batch brought and nothing else uses go with it."""
    for piece in chunks(ids):
        unused = Sector.objects.filter(pk__in=set(piece) - _held(piece, Sector))
        unused._raw_delete(unused.db)
