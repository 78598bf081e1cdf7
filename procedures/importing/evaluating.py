"""What a file does to the catalogue: read, cleaned and compared, and written when a batch is opened for it."""

import datetime
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from procedures.importing.cleaning import clean_table
from procedures.importing.copying import insert
from procedures.importing.excel import SheetTable, read_table
from procedures.importing.lookups import chunks
from procedures.importing.mapping import layout_of
from procedures.importing.resource import Outcome, ProcedureResource, collector_paused
from procedures.models import ImportBatch, ImportRow, Procedure, RowOutcome

ABOLISH, KEEP = "abolish", "keep"
# More warnings than a person reads; the count says how many there were.
_WARNINGS_KEPT = 2_000
_ROW_FIELDS = [column.attname for column in ImportRow._meta.concrete_fields]


@dataclass(slots=True)
class Evaluation:
    """What a file does, or did, to the catalogue.

    ``missing`` holds the procedures that the file lacks; ``written`` what undo needs beside the rows; ``waits`` whether
    the file brings wordings of authorities that are still to be matched; ``said_by_hand`` how many rows name a
    publisher by a wording (folded) that an administrator has matched.
    """

    table: SheetTable
    as_of: datetime.date
    outcomes: list[Outcome]
    missing: list[Outcome] = field(default_factory=list)
    batch: ImportBatch | None = None
    written: dict = field(default_factory=dict)
    waits: bool = False
    said_by_hand: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        """Rows of the file with this outcome."""
        return sum(o.outcome == outcome for o in self.outcomes)

    @property
    def counts(self) -> dict[str, int]:
        """Counts of the file's rows under the names of the public JSON."""
        return {
            "rows": len(self.outcomes),
            **{name: self.count(name) for name in RowOutcome.values if name != RowOutcome.MISSING},
            "repaired": sum(bool(o.row.repairs) for o in self.outcomes),
        }

    @property
    def warnings(self) -> list[dict]:
        """What did not stop the import and a person should know."""
        return [*self.table.warnings, *(warning for o in self.outcomes for warning in o.warnings)]

    def layout(self) -> dict:
        """What the batch keeps of the file's layout and of what was seen on the way."""
        warnings = self.warnings
        return {
            **layout_of(self.table),
            "warnings": warnings[:_WARNINGS_KEPT],
            "warnings_total": len(warnings),
            "waits": self.waits,
            **({"publisher_wordings": self.said_by_hand} if self.said_by_hand else {}),
        }


def record_rows(batch: ImportBatch, outcomes: Iterable[Outcome]) -> None:
    """Keep everything that matters: new, changed, invalid, repaired, blank cells that kept a value, missing."""
    for piece in chunks(_import_rows(batch, outcomes), 2_000):
        insert(piece)


def record_again(batch: ImportBatch, outcomes: Iterable[Outcome]) -> None:
    """:func:`record_rows` for a batch whose preview has kept the new procedures' rows: those need no second writing."""
    record_rows(batch, (o for o in outcomes if o.outcome != RowOutcome.CREATED))


def join_created(batch: ImportBatch) -> None:
    """Let the previewed rows of new procedures know the procedures that they have become."""
    made = Procedure.objects.filter(code=OuterRef("code")).values("pk")
    batch.rows.filter(outcome=RowOutcome.CREATED).update(procedure=Subquery(made))


def _import_rows(batch: ImportBatch, outcomes: Iterable[Outcome]):
    for o in outcomes:
        if o.outcome == RowOutcome.UNCHANGED and not (o.row.repairs or o.kept):
            continue
        after = o.after
        if o.outcome == RowOutcome.CREATED:
            # Code and name stand on the row itself.
            after = {name: value for name, value in after.items() if name not in {"code", "name"}}
        if o.kept:
            after = (after or {}) | {"kept": o.kept}
        values = {
            "id": None,
            "batch_id": batch.pk,
            "number": o.row.number,
            "code": o.row.code[:100],
            "name": o.row.values.get("name") or (o.procedure.name if o.procedure else ""),
            "procedure_id": o.procedure.pk if o.procedure else None,
            "outcome": o.outcome,
            "before": o.before,
            "after": after or None,
            "errors": o.errors,
            "repairs": o.row.repairs,
        }
        # By position: named arguments make a model instance in twice the time.
        yield ImportRow(*map(values.__getitem__, _ROW_FIELDS))


def fingerprint(outcomes: Iterable[Outcome]) -> str:
    """SHA-256 of all that ``outcomes`` change: what a preview showed is what confirming it may write."""
    found = hashlib.sha256()
    for o in outcomes:
        if o.outcome in {RowOutcome.CREATED, RowOutcome.CHANGED, RowOutcome.INVALID, RowOutcome.MISSING}:
            # What becomes of the missing is chosen after the preview: only which they are belongs to it.
            facts = None if o.outcome in {RowOutcome.MISSING, RowOutcome.INVALID} else [o.before, o.after]
            found.update(json.dumps([o.row.number, o.row.code, o.outcome, facts]).encode())
    return found.hexdigest()


def evaluate(path, *, file_name: str = "", as_of: datetime.date | None = None, sheet: str | None = None) -> Evaluation:
    """What the workbook at ``path`` would do; reads only. Raises :class:`ImportFileError`."""
    return run(read_table(path, file_name, sheet), as_of or timezone.localdate())


def run(
    table: SheetTable,
    as_of: datetime.date,
    options: dict | None = None,
    *,
    open_batch: Callable[[ProcedureResource], ImportBatch | None] | None = None,
    record: Callable[[ImportBatch, Iterable[Outcome]], None] = record_rows,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Clean and compare ``table`` under the ``options`` of a batch, and write when ``open_batch`` gives one.

    Who writes holds the transaction.
    """
    options = options or {}
    with collector_paused():
        rows = clean_table(table, frozenset(tuple(cell) for cell in options.get("refused", ())))
        table.rows.clear()  # the raw cells of a large file are half of what it takes in memory
        resource = ProcedureResource(
            table,
            rows,
            as_of,
            open_batch,
            record=record,
            only_valid=bool(options.get("only_valid")),
            abolish=options.get("missing") == ABOLISH,
            progress=progress,
        )
        outcomes = resource.run()
        if resource.batch:
            others = (o for o in (*outcomes, *resource.missing) if not o.is_written)
            record(resource.batch, others)
    written = {"sectors_created": resource.created_sectors, "waiting_before": resource.waiting_before}
    return Evaluation(
        table,
        as_of,
        outcomes,
        resource.missing,
        resource.batch,
        written,
        waits=resource.links.waits_anew,
        said_by_hand=resource.said_by_hand,
    )
