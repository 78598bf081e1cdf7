"""Words on what a wording stands for: who gave them, what stands on them, and how an administrator takes one back."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from procedures.authorities import AuthorityResolver, key_of
from procedures.importing import batches
from procedures.importing.links import Waiting, decider_row, waiting_rows
from procedures.importing.lookups import chunks
from procedures.models import (
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
from tthc_portal.accounts.models import Role
from tthc_portal.text import one_line

_IN_USE = (ImportState.PREVIEWED, ImportState.APPLYING, ImportState.APPLIED)


@dataclass(slots=True)
class Standing:
    """What stands on a word: ``procedures``, ids of those whose deciders it gave; ``uses``, imports of a publisher.

    ``uses``: [(batch, rows of its file that hold the wording)].
    """

    procedures: set[int] = field(default_factory=set)
    uses: list[tuple[ImportBatch, int]] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Procedures, or rows of the imports that were written."""
        written = sum(rows for batch, rows in self.uses if batch.state == ImportState.APPLIED)
        return len(self.procedures) + written


def standing_on(matchings: Iterable[Matching]) -> dict[int, Standing]:
    """Id of each of ``matchings`` → what stands on it; nothing on one taken back. Three queries for any number."""
    found = {matching.pk: Standing() for matching in matchings}
    authorities, publishers = {}, {}
    for matching in matchings:
        if matching.withdrawn_at is None:
            ours = authorities if matching.kind == MatchingKind.AUTHORITY else publishers
            key = key_of(matching.wording) if matching.kind == MatchingKind.AUTHORITY else matching.folded
            ours[key] = found[matching.pk]
    imported = DecidingAuthority.objects.filter(source=DeciderSource.IMPORT, batch__isnull=False).order_by()
    if authorities:
        keys = {body: key_of(body) for body in imported.values_list("body", flat=True).distinct()}
        bodies = [body for body, key in keys.items() if key in authorities]
        for piece in chunks(bodies):
            for body, procedure in imported.filter(body__in=piece).values_list("body", "procedure"):
                authorities[keys[body]].procedures.add(procedure)
    if publishers:
        used = ImportBatch.objects.filter(layout__has_key="publisher_wordings", state__in=_IN_USE).order_by("-pk")
        for batch in used:
            for key, rows in batch.layout["publisher_wordings"].items():
                if key in publishers:
                    publishers[key].uses.append((batch, rows))
    return found


@transaction.atomic
def withdraw(*, by, matching: Matching, reason: str) -> int:
    """Take back what ``matching`` says; returns how many procedures wait again for their deciders.

    A procedure whose deciders came from the wording has again those of before its file, and its cell waits; what a
    body has confirmed and what a round has frozen stay. Procedures keep the publisher they have. Raises ValidationError
    when it was taken back before or no reason is given; PermissionDenied unless ``by`` is an administrator.
    """
    if by.role != Role.ADMINISTRATOR:
        raise PermissionDenied
    batches.lock(None)
    matching.refresh_from_db()
    if matching.withdrawn_at:
        raise ValidationError(f"“{matching.wording}” đã được thu hồi trước đó. Tải lại trang để xem kết quả.")
    reason = one_line(reason)
    if not reason:
        raise ValidationError("Chưa ghi lý do thu hồi. Ghi lý do rồi thu hồi lại.")
    if len(reason) > 500:
        raise ValidationError("Lý do thu hồi dài quá 500 ký tự. Rút gọn rồi thu hồi lại.")
    matching.withdrawn_by, matching.withdrawn_at, matching.withdrawn_reason = by, timezone.now(), reason
    alias = matching.authority_alias or matching.organisation_alias
    standing = _forget(matching, alias) if alias else set()
    matching.save(
        update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason", "authority_alias", "organisation_alias"]
    )
    return _unsettle(standing)


def _forget(matching: Matching, alias) -> set[int]:
    """Delete the alias; returns the procedures whose deciders it gave."""
    matching.withdrawn_at, at = None, matching.withdrawn_at
    standing = standing_on([matching])[matching.pk].procedures
    matching.withdrawn_at = at
    matching.authority_alias = matching.organisation_alias = None
    alias.delete()
    return standing


def _unsettle(ids: set[int]) -> int:
    """Let the procedures ``ids`` wait again where their cell is no longer understood; returns how many do."""
    resolver = AuthorityResolver()
    _list_again(resolver)
    count = 0
    for piece in chunks(sorted(ids), 2_000):
        stored: dict[int, list[DecidingAuthority]] = defaultdict(list)
        confirmed = set()
        for row in DecidingAuthority.objects.filter(procedure__in=piece).order_by("procedure", "pk"):
            if row.source == DeciderSource.IMPORT:
                stored[row.procedure_id].append(row)
            else:
                confirmed.add(row.procedure_id)
        waiting = {}
        for pk, deciders in stored.items():
            cell = list(dict.fromkeys(row.body for row in deciders))
            _, unknown = resolver.resolve_all(cell)
            if unknown and pk not in confirmed:
                ground = deciders[0].legal_ground
                waiting[pk] = (deciders, Waiting(deciders[0].batch_row or 0, unknown, cell, ground))
        _write_back(waiting, resolver)
        count += len(waiting)
    return count


def _list_again(resolver: AuthorityResolver) -> None:
    """Name the wording among those that procedures wait for whose cell has others to match too."""
    cells: dict[int, list[UnresolvedAuthority]] = defaultdict(list)
    for row in UnresolvedAuthority.objects.select_related("batch"):
        cells[row.procedure_id].append(row)
    fresh = []
    for pk, rows in cells.items():
        first, listed = rows[0], {row.folded for row in rows}
        _, unknown = resolver.resolve_all(first.cell)
        again = waiting_rows(pk, first.batch, Waiting(first.batch_row, unknown, first.cell, first.legal_ground))
        fresh += [row for row in again if row.folded not in listed]
    UnresolvedAuthority.objects.bulk_create(fresh)


def _write_back(waiting: dict[int, tuple[list[DecidingAuthority], Waiting]], resolver: AuthorityResolver) -> None:
    """Deciders and notes as they were before the files; what was read from a later file keeps waiting in its place."""
    now = timezone.now()
    procedures = Procedure.objects.select_for_update().in_bulk(list(waiting))
    in_file = ImportBatch.objects.in_bulk({deciders[0].batch_id for deciders, _ in waiting.values()})
    older = _take_out_of_imports({pk: deciders[0].batch_id for pk, (deciders, _) in waiting.items()}, procedures)
    later = set(UnresolvedAuthority.objects.filter(procedure__in=list(waiting)).values_list("procedure", flat=True))
    DecidingAuthority.objects.filter(procedure__in=list(waiting), source=DeciderSource.IMPORT).delete()
    DecidingAuthority.objects.bulk_create(
        decider_row(procedures[pk], decider, now)
        for pk, deciders in older.items()
        # They may stand on the same wording.
        if not resolver.resolve_all([decider["body"] for decider in deciders])[1]
        for decider in deciders
    )
    UnresolvedAuthority.objects.bulk_create(
        row
        for pk, (deciders, cell) in waiting.items()
        if pk not in later
        for row in waiting_rows(pk, in_file[deciders[0].batch_id], cell)
    )
    for procedure in procedures.values():
        procedure.updated_at = now
    Procedure.objects.bulk_create(
        procedures.values(),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["provenance", "updated_at"],
    )


def _take_out_of_imports(batch_of: dict[int, int], procedures: dict[int, Procedure]) -> dict[int, list[dict]]:
    """Procedure → its deciders before the file in ``batch_of``, whose row no longer counts them among its changes."""
    older: dict[int, list[dict]] = {}
    changed, counts = [], Counter()
    notes = ImportRow.objects.filter(batch__in=set(batch_of.values()), procedure__in=list(batch_of))
    for note in notes:
        pk = note.procedure_id
        if note.batch_id != batch_of[pk] or "deciders" not in (note.after or {}):
            continue
        before = note.before or {}
        older[pk] = before.pop("deciders", [])
        note.after = {name: value for name, value in note.after.items() if name != "deciders"} or None
        source = before.get("provenance", {}).get("deciders")
        provenance = {name: value for name, value in procedures[pk].provenance.items() if name != "deciders"}
        procedures[pk].provenance = provenance | ({"deciders": source} if source else {})
        if note.outcome == RowOutcome.CHANGED and not set(note.after or {}) - {"kept"}:
            note.outcome, note.before = RowOutcome.UNCHANGED, None
            counts[note.batch_id] += 1
        changed.append(note)
    ImportRow.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["id"], update_fields=["outcome", "before", "after"]
    )
    for batch_id, count in counts.items():
        ImportBatch.objects.filter(pk=batch_id).update(
            rows_changed=F("rows_changed") - count, rows_unchanged=F("rows_unchanged") + count
        )
    return older
