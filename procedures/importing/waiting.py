"""Wordings that wait to be matched, as a batch remembers them so that an import can be taken back."""

from collections import defaultdict
from collections.abc import Iterable

from procedures.importing.lookups import chunks
from procedures.models import ImportBatch, Procedure, UnresolvedAuthority

_FIELDS = ("batch_id", "batch_row", "wording", "folded", "cell", "legal_ground")


def waiting_of(codes: Iterable[str]) -> dict[int, list[dict]]:
    """Procedure id → its waiting wordings as JSON, of those among ``codes`` that have any."""
    found = defaultdict(list)
    for piece in chunks(codes):
        for row in UnresolvedAuthority.objects.filter(procedure__code__in=piece).order_by("pk"):
            found[row.procedure_id].append({name: getattr(row, name) for name in _FIELDS})
    return dict(found)


def restore_waiting(batch: ImportBatch) -> None:
    """Let what waited before ``batch`` wait again, and nothing that only its file said."""
    UnresolvedAuthority.objects.filter(batch=batch).delete()
    # Keys of JSON are text.
    before = {int(pk): rows for pk, rows in batch.layout.get("waiting_before", {}).items()}
    for piece in chunks(before):
        UnresolvedAuthority.objects.filter(procedure__in=piece).delete()
        stored = Procedure.objects.in_bulk(piece)
        UnresolvedAuthority.objects.bulk_create(
            UnresolvedAuthority(procedure=stored[pk], **row) for pk in piece if pk in stored for row in before[pk]
        )
