"""The writers of “cần đối chiếu tên cơ quan”: what a wording stands for is said once and serves for ever."""

import datetime
from collections import Counter
from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from procedures.authorities import AuthorityResolver, key_of
from procedures.importing import batches
from procedures.importing.links import decider_json, decider_row, new_deciders
from procedures.importing.lookups import chunks
from procedures.models import (
    AuthorityAlias,
    AuthorityLevel,
    DeciderSource,
    DecidingAuthority,
    ImportBatch,
    ImportRow,
    ImportState,
    Matching,
    MatchingKind,
    Procedure,
    RowOutcome,
    UnresolvedAuthority,
)
from tthc_portal.accounts.models import Organisation, OrganisationAlias, Role
from tthc_portal.text import fold, one_line

_DAY = datetime.timedelta(days=1)


def _only_administrators(user) -> None:
    if user.role != Role.ADMINISTRATOR:
        raise PermissionDenied


@transaction.atomic
def match_authority(*, by, wording: str, levels: Iterable[str]) -> int:
    """Say once that ``wording`` stands for ``levels`` (codes); returns how many waiting procedures got their deciders.

    A procedure gets them when its whole cell is understood now; what a body has confirmed is never touched. Raises
    ValidationError for an empty choice, a list of several bodies, or a wording matched otherwise before;
    PermissionDenied unless ``by`` is an administrator.
    """
    _only_administrators(by)
    batches.lock(None)
    wording = one_line(wording)
    chosen = sorted({level for level in levels if level})
    if not wording or not chosen:
        raise ValidationError("Chưa chọn cấp có thẩm quyền. Chọn ít nhất một cấp rồi ghi lại.")
    if AuthorityLevel.objects.filter(pk__in=chosen).count() != len(chosen):
        raise ValidationError("Cấp có thẩm quyền đã chọn không còn trong danh sách. Tải lại trang rồi chọn lại.")
    resolver = AuthorityResolver()
    _learn(resolver, wording, chosen, by)
    return _settle_waiting(resolver, key_of(wording))


def _learn(resolver: AuthorityResolver, wording: str, levels: list[str], by) -> None:
    """Keep the alias and whose word it is, unless it says what is said already."""
    known = resolver.known(wording)
    if known:
        if list(known) == levels:
            return
        labels = ", ".join(resolver.labels[code] for code in known)
        raise ValidationError(f"“{wording}” đã được đối chiếu với: {labels}. Tải lại trang để xem kết quả.")
    pieces = resolver.pieces(wording)
    if len(pieces) > 1:
        listed = "; ".join(f"“{piece}”" for piece in pieces)
        raise ValidationError(f"“{wording}” ghi chung nhiều cơ quan. Đối chiếu riêng từng cơ quan: {listed}.")
    if len(wording) > 500:
        raise ValidationError("Cách ghi dài quá 500 ký tự nên không lưu được. Sửa trong tệp rồi nhập lại.")
    alias = AuthorityAlias(wording=wording)
    alias.save()
    alias.levels.set(levels)
    Matching.objects.create(
        kind=MatchingKind.AUTHORITY,
        wording=alias.wording,
        folded=alias.folded,
        levels=levels,
        authority_alias=alias,
        made_by=by,
    )
    resolver.learn(wording, levels)


def _settle_waiting(resolver: AuthorityResolver, key: str) -> int:
    """Record the deciders of every procedure whose cell is understood now; fewer wordings wait for the others."""
    foldeds = UnresolvedAuthority.objects.order_by().values_list("folded", flat=True).distinct()
    same = [folded for folded in foldeds if key_of(folded) == key]
    touched = UnresolvedAuthority.objects.filter(folded__in=same).values("procedure")
    waiting = {row.procedure_id: row for row in UnresolvedAuthority.objects.filter(procedure__in=touched)}
    confirmed = {
        pk
        for piece in chunks(waiting)
        for pk in DecidingAuthority.objects.filter(procedure__in=piece)
        .exclude(source=DeciderSource.IMPORT)
        .values_list("procedure", flat=True)
    }
    settled = []
    for pk, row in waiting.items():
        found, unknown = resolver.resolve_all(row.cell)
        if not unknown and pk not in confirmed:
            settled.append((row, found))
    done = confirmed | {row.procedure_id for row, _ in settled}
    _record(settled)
    for piece in chunks(done):
        UnresolvedAuthority.objects.filter(procedure__in=piece).delete()
    UnresolvedAuthority.objects.filter(folded__in=same).delete()
    return len(settled)


def _record(settled: list[tuple[UnresolvedAuthority, list[tuple[str, str]]]]) -> None:
    """Write the deciders as if their file had been understood at its import, so that undoing it takes them back too."""
    now = timezone.now()
    for piece in chunks(settled, 2_000):
        ids = [row.procedure_id for row, _ in piece]
        procedures = Procedure.objects.select_for_update().in_bulk(ids)
        stored: dict[int, list[dict]] = {}
        old = DecidingAuthority.objects.filter(procedure__in=ids, source=DeciderSource.IMPORT)
        for decider in old.order_by("procedure", "id"):
            stored.setdefault(decider.procedure_id, []).append(decider_json(decider))
        new = {}
        for row, found in piece:
            kept = stored.get(row.procedure_id, [])
            ground = row.legal_ground or (kept[0]["legal_ground"] if kept else "")
            new[row.procedure_id] = new_deciders(found, ground)
        _note_in_imports([row for row, _ in piece], procedures, stored, new)
        old.delete()
        DecidingAuthority.objects.bulk_create(
            decider_row(
                procedures[row.procedure_id], decider | {"batch": row.batch_id, "batch_row": row.batch_row}, now
            )
            for row, _ in piece
            for decider in new[row.procedure_id]
        )
        for row, _ in piece:
            procedure = procedures[row.procedure_id]
            procedure.provenance = procedure.provenance | {"deciders": [row.batch_id, row.batch_row]}
            procedure.updated_at = now
        Procedure.objects.bulk_create(
            procedures.values(),
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["provenance", "updated_at"],
        )


def _note_in_imports(waiting: list[UnresolvedAuthority], procedures: dict, stored: dict, new: dict) -> None:
    """Add the deciders to what each file's row changed; a row without changes becomes a changed one."""
    ids = [row.procedure_id for row in waiting]
    batch_ids = {row.batch_id for row in waiting}
    noted = {
        (row.batch_id, row.procedure_id): row
        for row in ImportRow.objects.filter(batch__in=batch_ids, procedure__in=ids)
    }
    made, kept, changed = [], [], Counter()
    for row in waiting:
        procedure = procedures[row.procedure_id]
        note = noted.get((row.batch_id, row.procedure_id))
        if note is None:
            note = ImportRow(
                batch_id=row.batch_id,
                number=row.batch_row,
                code=procedure.code,
                name=procedure.name,
                procedure=procedure,
                outcome=RowOutcome.UNCHANGED,
            )
            made.append(note)
        else:
            kept.append(note)
        if note.outcome == RowOutcome.UNCHANGED:
            note.outcome, note.before = RowOutcome.CHANGED, {"provenance": procedure.provenance}
            changed[row.batch_id] += 1
        if note.outcome == RowOutcome.CHANGED:
            note.before = note.before | {"deciders": stored.get(row.procedure_id, [])}
        note.after = (note.after or {}) | {"deciders": new[row.procedure_id]}
    ImportRow.objects.bulk_create(made)
    ImportRow.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["id"], update_fields=["outcome", "before", "after"]
    )
    for batch_id, count in changed.items():
        ImportBatch.objects.filter(pk=batch_id).update(
            rows_changed=F("rows_changed") + count, rows_unchanged=F("rows_unchanged") - count
        )


@transaction.atomic
def map_publishers(*, by, batch: ImportBatch, choices: list[dict]) -> ImportBatch:
    """Say once which bodies the unknown publishers of a preview are, and bring the preview up to date.

    ``choices``: [{wording, organisation (id), valid_from (date or None)}]. Raises ValidationError whose messages each
    name their wording, and then keeps none of the choices; PermissionDenied unless ``by`` is an administrator.
    """
    _only_administrators(by)
    batches.lock(batch)
    if batch.state != ImportState.PREVIEWED:
        raise ValidationError(f"Lượt nhập đang ở trạng thái “{batch.get_state_display()}”, không đối chiếu được.")
    if not choices:
        raise ValidationError("Chưa chọn cơ quan nào. Chọn cơ quan cho ít nhất một tên rồi ghi lại.")
    bodies = Organisation.objects.in_bulk([choice["organisation"] for choice in choices])
    errors = []
    for choice in choices:
        try:
            alias = _publisher_alias(choice, bodies.get(choice["organisation"]), batch.as_of)
            alias.save()
        except ValidationError as error:
            errors += error.messages
        else:
            Matching.objects.create(
                kind=MatchingKind.PUBLISHER,
                wording=alias.wording,
                folded=alias.folded,
                organisation=alias.organisation,
                organisation_alias=alias,
                batch=batch,
                made_by=by,
            )
    if errors:
        raise ValidationError(errors)
    return batches.refresh(by=by, batch=batch)


def _publisher_alias(choice: dict, body: Organisation | None, day: datetime.date) -> OrganisationAlias:
    """The unsaved alias, in force on ``day``, in the body's life, clear of the wording's other meanings."""
    wording, start = one_line(choice["wording"]), choice.get("valid_from")
    if not wording or len(wording) > 300:
        raise ValidationError(f"“{wording[:80]}…” không lưu được làm tên cơ quan. Sửa ô này trong tệp.")
    if body is None or not body.existed_on(day):
        raise ValidationError(f"“{wording}”: cơ quan đã chọn không hoạt động vào ngày {day:%d/%m/%Y}. Chọn lại.")
    if start and not body.valid_from <= start <= day:
        raise ValidationError(
            f"“{wording}”: ngày bắt đầu phải từ ngày thành lập của {body.name} ({body.valid_from:%d/%m/%Y}) "
            f"đến ngày của danh mục ({day:%d/%m/%Y})."
        )
    first, last = start or body.valid_from, body.valid_to
    for other in OrganisationAlias.objects.filter(folded=fold(wording)):
        if other.valid_from > day:
            last = min(filter(None, (last, other.valid_from - _DAY)))
        elif other.valid_to and other.valid_to < day:
            first = max(first, other.valid_to + _DAY)
        else:
            raise ValidationError(f"“{wording}” đã được đối chiếu với cơ quan khác vào ngày {day:%d/%m/%Y}.")
    return OrganisationAlias(wording=wording, organisation=body, valid_from=first, valid_to=last)
