"""Rows against the catalogue through django-import-export's public hooks, without a query a row.

The library's defaults cost six to eight statements a row. Here publishers come from one cache, stored procedures from
a few queries, differences from the stored values before the row is laid over them, and writes are upserts by the
thousand. New procedures are built only when they are written: a large file never stands in memory as model instances.
"""

import datetime
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.utils import timezone
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import ModelResource
from import_export.results import RowResult
from import_export.widgets import Widget
from tablib import Dataset

from procedures.importing.cleaning import CleanRow, CleanRows, missing
from procedures.importing.copying import insert_keyed
from procedures.importing.excel import SheetTable
from procedures.importing.links import StoredLinks
from procedures.importing.lookups import Publishers, chunks
from procedures.importing.missing import absent, is_abolished, mark_abolished, refuse_unread
from procedures.importing.waiting import waiting_of
from procedures.models import ImportBatch, Procedure, RowOutcome
from tthc_portal.accounts.models import OrganisationKind

# Fields kept on the procedure itself, with what a person calls them.
PLAIN_FIELDS = (
    "name",
    "publisher",
    "executing_bodies",
    "execution_levels",
    "publishing_decision",
    "published_on",
    "subjects",
    "status",
)
FIELD_LABELS = {
    "code": "Mã TTHC",
    "name": "Tên TTHC",
    "publisher": "Cơ quan ban hành",
    "executing_bodies": "Cơ quan thực hiện",
    "sectors": "Lĩnh vực",
    "execution_levels": "Cấp thực hiện",
    "publishing_decision": "Quyết định công bố",
    "published_on": "Ngày công bố",
    "subjects": "Đối tượng thực hiện",
    "status": "Tình trạng",
    "deciders": "Thẩm quyền quyết định",
}
WRITTEN = frozenset({RowOutcome.CREATED, RowOutcome.CHANGED})
# Rows compared between two reports of progress, and rows written before their instances are let go.
REPORT_EVERY = 500
PIECE = 5_000
_NOT_IN_CATALOGUE = (
    "Mã này chưa có trong danh mục, mà tệp không có tên và cơ quan ban hành nên không tạo thủ tục mới được. "
    "Sửa mã, hoặc nhập danh mục có thủ tục này trước rồi nhập lại tệp."
)


@dataclass(slots=True)
class Outcome:
    """What one row does to the catalogue. ``before`` and ``after`` hold only what changes.

    ``procedure`` is the stored procedure, laid over with the row; a new one has none until it is written.
    """

    row: CleanRow
    outcome: str
    before: dict | None = None
    after: dict | None = None
    errors: list[dict] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    procedure: Procedure | None = None

    @property
    def is_written(self) -> bool:
        """Whether the row changes the catalogue."""
        return self.outcome in WRITTEN or is_abolished(self)


class ByCode(BaseInstanceLoader):
    """Stored procedures by code, fetched a piece of the file at a time."""

    def __init__(self, resource, dataset=None):
        super().__init__(resource, dataset)
        self._pieces = chunks(resource.rows.codes, PIECE)
        self._left, self._stored = 0, {}

    def get_instance(self, row) -> Procedure | None:
        """The procedure of the next row of the file; rows must be asked for in order."""
        if not self._left:
            codes = next(self._pieces)
            self._left = len(codes)
            found = Procedure.objects.filter(code__in={code for code in codes if code}).defer("search_text")
            self._stored = {procedure.code: procedure for procedure in found}
        self._left -= 1
        return self._stored.get(row["code"])


class ProcedureResource(ModelResource):
    """One import of one table. After :meth:`run`, ``outcomes`` has one entry a row, in the order of the file.

    ``open_batch`` is called once, after all rows are compared and (unless ``only_valid``) none is invalid, and returns
    the batch under which changes are written; without a batch nothing is written. ``record(batch, outcomes)`` keeps
    the rows of each piece written. ``abolish`` marks procedures that the file lacks as abolished. ``progress(done,
    total)`` is called as rows are compared.
    """

    code = Field(attribute="code", column_name="code", widget=Widget())

    class Meta:
        model = Procedure
        fields = ("code",)
        import_id_fields = ("code",)
        instance_loader_class = ByCode
        use_bulk = True
        batch_size = None
        skip_diff = True
        report_skipped = False
        # The caller holds the transaction: a comparison alone needs none, and would hide its progress in it.
        use_transactions = False

    def __init__(
        self,
        table: SheetTable,
        rows: CleanRows,
        as_of: datetime.date,
        open_batch: Callable[["ProcedureResource"], ImportBatch | None] | None = None,
        *,
        record: Callable[[ImportBatch, list[Outcome]], None] | None = None,
        only_valid: bool = False,
        abolish: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ):
        super().__init__()
        self.table, self.rows, self.open_batch, self.record = table, rows, open_batch, record
        self.only_valid, self.abolish, self.progress = only_valid, abolish, progress
        self.publishers = Publishers(as_of)
        self.named: set[int] = set()
        self.outcomes: list[Outcome] = []
        self.missing: list[Outcome] = []
        self.batch: ImportBatch | None = None
        self.created_sectors: list[int] = []
        self.waiting_before: dict[int, list[dict]] = {}
        self.said_by_hand: dict[str, int] = {}
        self.now = timezone.now()
        self._plain = [name for name in PLAIN_FIELDS if name in table.columns]
        self._nothing_to_report = RowResult()
        self._nothing_to_report.import_type = RowResult.IMPORT_TYPE_SKIP

    def run(self) -> list[Outcome]:
        """Compare, and with ``open_batch`` write, all rows; unexpected errors are raised."""
        dataset = Dataset(*((code,) for code in self.rows.codes), headers=["code"])
        self.import_data(dataset, raise_errors=True)
        return self.outcomes

    # -- hooks in the order in which the library calls them

    def before_import(self, dataset, **kwargs):
        """Fetch what hangs on the stored procedures of the file."""
        self.links = StoredLinks(self.table, self.rows.codes)
        self._in_order = iter(self.rows)

    def import_row(self, row, instance_loader, **kwargs):
        """Compare one row. The library's own way through its fields and results costs more than the writing."""
        number = kwargs["row_number"]
        self.outcomes.append(self._compare(next(self._in_order), instance_loader.get_instance(row)))
        if self.progress and number % REPORT_EVERY == 0:
            self.progress(number, len(self.rows))
        return self._nothing_to_report

    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        """After the last row: look for what the file lacks, and write unless this is a preview or a row is invalid."""
        self.missing = absent(self.table, self.rows.codes, self.named, Outcome)
        if self.named:
            named = (o.row.values.get("publisher") for o in self.outcomes if not o.errors)
            self.said_by_hand = self.publishers.said_by_hand(filter(None, named))
        if self.open_batch is None or (not self.only_valid and any(o.errors for o in self.outcomes)):
            return
        if self.abolish:
            if self.missing:
                refuse_unread((o.row.number, o.row.code) for o in self.outcomes if o.errors)
            mark_abolished(self.missing)
        self.batch = self.open_batch(self)
        if self.batch:
            self._write()

    def bulk_update(self, *args, **kwargs):
        """Nothing is left: changed rows are written beside the new ones."""

    def bulk_delete(self, *args, **kwargs):
        """An import never deletes."""

    # -- one row

    def _compare(self, row: CleanRow, stored: Procedure | None) -> Outcome:
        """What ``row`` does; *all* its errors are gathered, those found in cleaning included."""
        outcome = Outcome(row, RowOutcome.UNCHANGED, procedure=stored)
        errors = [*row.errors, *missing(row, self.table, stored is not None)]
        publisher = self._publisher(row, errors)
        if not errors and stored is None and (publisher is None or "name" not in row.values):
            errors.append({"column": self.table.label("code"), "value": row.code, "message": _NOT_IN_CATALOGUE})
        if errors:
            outcome.outcome, outcome.errors, outcome.procedure = RowOutcome.INVALID, errors, None
            return outcome
        links = self.links.compare(row)
        outcome.warnings = links.warnings
        if stored is None:
            outcome.outcome = RowOutcome.CREATED
            after = {name: row.values[name] for name in self._plain if name in row.values}
            after["publisher"] = _named(publisher)
            outcome.after = after | {"code": row.code} | links.after
            return outcome
        outcome.kept = self._kept(row, stored)
        before, after = self._differences(row, stored, publisher)
        if before or links.after:
            outcome.outcome = RowOutcome.CHANGED
            outcome.before, outcome.after = before | links.before, after | links.after
            if "publisher" in after:
                message = (
                    f"Thủ tục chuyển từ {before['publisher']['name']} sang {after['publisher']['name']}. "
                    "Kiểm tra đây là chuyển cơ quan thật, không phải trùng mã."
                )
                column = self.table.label("publisher")
                outcome.warnings.append(
                    {"row": row.number, "column": column, "value": row.values["publisher"], "message": message}
                )
        elif not (row.repairs or outcome.kept):
            outcome.procedure = None
        return outcome

    def _publisher(self, row: CleanRow, errors: list[dict]):
        """The body the row names, if any; a wording nobody knows goes to ``errors``."""
        wording = row.values.get("publisher")
        if not wording:
            return None
        try:
            publisher = self.publishers.resolve(wording)
        except ValueError as error:
            errors.append({"column": self.table.label("publisher"), "value": wording, "message": str(error)})
            return None
        self.named.add(publisher.pk)
        return publisher

    def _differences(self, row: CleanRow, stored: Procedure, publisher) -> tuple[dict, dict]:
        """(before, after) of the plain fields that change, as JSON; ``stored`` is laid over with them."""
        before, after = {}, {}
        for name in self._plain:
            if name not in row.values:
                continue
            new = row.values[name]
            if name == "publisher":
                if publisher.pk != stored.publisher_id:
                    before[name] = _named(self.publishers.by_id[stored.publisher_id])
                    after[name] = _named(publisher)
                    stored.publisher = publisher
                continue
            old = getattr(stored, name)
            if name == "published_on":
                old = old and old.isoformat()
            if new != old:
                before[name], after[name] = old, new
                setattr(stored, name, _python(name, new))
        return before, after

    def _kept(self, row: CleanRow, stored: Procedure) -> list[str]:
        """Labels of the columns whose blank cell leaves a stored value as it is."""
        if not row.blanks:
            return []
        links = self.links.stored(row.code)
        return [
            self.table.label(name)
            for name in row.blanks
            if (links.get(name) if name not in PLAIN_FIELDS else getattr(stored, _attribute(name)))
        ]

    # -- all rows

    @property
    def changes_anything(self) -> bool:
        """Whether writing would change the catalogue, or which wordings wait to be matched."""
        return any(o.is_written for o in (*self.outcomes, *self.missing)) or self.links.waits_anew

    def _write(self) -> None:
        """Write new and changed procedures with what hangs on them, a piece at a time."""
        if self.links.waits_anew:
            self.waiting_before = waiting_of(o.row.code for o in self.outcomes if o.row.values.get("deciders"))
        for piece in chunks((o for o in (*self.outcomes, *self.missing) if o.is_written), PIECE):
            absent_ids = [o.procedure.pk for o in piece if o.outcome == RowOutcome.MISSING]
            if absent_ids:
                stored = Procedure.objects.in_bulk(absent_ids)
                for o in piece:
                    if o.outcome == RowOutcome.MISSING:
                        o.procedure = stored[o.procedure.pk]
                        o.procedure.status = o.after["status"]
            for o in piece:
                self._prepare(o)
            insert_keyed((o.procedure for o in piece if o.outcome == RowOutcome.CREATED), "code")
            changed = [o.procedure for o in piece if o.outcome != RowOutcome.CREATED]
            if changed:
                # One upsert: Django's own bulk_update is a CASE of thousands of arms.
                Procedure.objects.bulk_create(
                    changed,
                    update_conflicts=True,
                    unique_fields=["code"],
                    update_fields=[*PLAIN_FIELDS, "search_text", "provenance", "updated_at"],
                )
            self.links.write(piece, self.batch, self.now)
            self.created_sectors = list(dict.fromkeys([*self.created_sectors, *self.links.created_sectors]))
            if self.record:
                self.record(self.batch, piece)
            for o in piece:
                if o.outcome == RowOutcome.CREATED:
                    o.procedure = o.after = None
                    o.row.values = {"code": o.row.code}
        self.links.write_waiting(self.batch)

    def _prepare(self, outcome: Outcome) -> None:
        """The instance to write, with the batch and row each new value comes from; old notes stay for undo."""
        row, procedure = outcome.row, outcome.procedure
        source = dict.fromkeys(outcome.after, [self.batch.pk, row.number])
        if procedure is None:
            publisher = self.publishers.by_id[outcome.after["publisher"]["id"]]
            values = {_attribute(name): _python(name, row.values[name]) for name in self._plain if name in row.values}
            outcome.procedure = procedure = Procedure(
                **(values | {"publisher_id": publisher.pk}),
                code=row.code,
                provenance=source,
                is_local_specific=publisher.kind == OrganisationKind.PROVINCE,
                created_at=self.now,
            )
        else:
            outcome.before["provenance"] = procedure.provenance
            procedure.provenance = procedure.provenance | source
        if outcome.outcome != RowOutcome.MISSING:
            procedure.search_text = procedure.compose_search_text(self.links.sector_names(row))
        procedure.updated_at = self.now


def _python(name: str, value):
    """A clean value as the model holds it."""
    return datetime.date.fromisoformat(value) if name == "published_on" and value else value


def _named(publisher) -> dict:
    """A body as import rows hold it."""
    return {"id": publisher.pk, "name": publisher.name, "code": publisher.code}


def _attribute(name: str) -> str:
    """Where the instance holds field ``name`` without a query."""
    return "publisher_id" if name == "publisher" else name


@contextmanager
def collector_paused() -> Iterator[None]:
    """No search for reference cycles meanwhile: rows hold none, and looking through them takes a third of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
