"""Rows against the catalogue through django-import-export's public hooks, without a query a row.

The library's defaults cost six to eight statements a row. Here publishers come from one cache, stored procedures from
one query, differences from a snapshot taken before the row is applied, and writes are one upsert.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget, Widget
from tablib import Dataset

from procedures.importing.cleaning import CleanRow, missing
from procedures.importing.excel import SheetTable
from procedures.importing.links import StoredLinks
from procedures.importing.lookups import Publishers, chunks
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


@dataclass(slots=True)
class Outcome:
    """What one row does to the catalogue. ``before`` and ``after`` hold only what changes."""

    row: CleanRow
    outcome: str
    before: dict | None = None
    after: dict | None = None
    errors: list[dict] = field(default_factory=list)
    warnings: list[dict] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    procedure: Procedure | None = None


class PublisherWidget(ForeignKeyWidget):
    """The body a wording names, from the cache handed to the import as ``publishers``."""

    def clean(self, value, row=None, **kwargs):
        """The organisation; ValueError with a Vietnamese sentence when no body or several are named so."""
        return kwargs["publishers"].resolve(value) if value else None


class DayWidget(Widget):
    """A day that cleaning has already made ISO text."""

    def clean(self, value, row=None, **kwargs):
        """A date, or None for a blank cell."""
        return datetime.date.fromisoformat(value) if value else None


class ByCode(CachedInstanceLoader):
    """Stored procedures of the file by code, in as few queries as IN lists allow."""

    def __init__(self, resource, dataset=None):
        self.resource, self.dataset = resource, dataset
        self.pk_field = resource.fields["code"]
        codes = {code for code in dataset["code"] if code}
        found = (p for piece in chunks(codes) for p in self.get_queryset().filter(code__in=piece))
        self.all_instances = {procedure.code: procedure for procedure in found}


class _Keeps(Field):
    """A field whose blank cell keeps what is stored."""

    def __init__(self, name, widget=None):
        super().__init__(attribute=name, column_name=name, widget=widget or Widget(), saves_null_values=False)


class ProcedureResource(ModelResource):
    """One import of one table. After :meth:`run`, ``outcomes`` has one entry a row, in the order of the file.

    ``open_batch`` is called once, after all rows are compared and none is invalid, and returns the batch under which
    changes are written; without a batch nothing is written.
    """

    code = Field(attribute="code", column_name="code", widget=Widget())
    name = _Keeps("name")
    publisher = _Keeps("publisher", PublisherWidget("accounts.Organisation"))
    executing_bodies = _Keeps("executing_bodies")
    execution_levels = _Keeps("execution_levels")
    publishing_decision = _Keeps("publishing_decision")
    published_on = _Keeps("published_on", DayWidget())
    subjects = _Keeps("subjects")
    status = _Keeps("status")

    class Meta:
        model = Procedure
        fields = ("code", *PLAIN_FIELDS)
        import_id_fields = ("code",)
        instance_loader_class = ByCode
        use_bulk = True
        batch_size = None
        skip_diff = True
        report_skipped = False
        use_transactions = True

    def __init__(
        self,
        table: SheetTable,
        rows: list[CleanRow],
        as_of: datetime.date,
        open_batch: Callable[[list[Outcome]], ImportBatch | None] | None = None,
    ):
        super().__init__()
        self.table, self.rows, self.open_batch = table, rows, open_batch
        self.publishers = Publishers(as_of)
        self.outcomes: list[Outcome] = []
        self.batch: ImportBatch | None = None
        self.now = timezone.now()
        self._import_fields = [self.fields[name] for name in ("code", *PLAIN_FIELDS) if name in table.columns]

    def run(self) -> list[Outcome]:
        """Compare, and with ``open_batch`` write, all rows; unexpected errors are raised."""
        dataset = Dataset(headers=["code", *(name for name in PLAIN_FIELDS if name in self.table.columns)])
        for row in self.rows:
            dataset.append([row.values.get(name) for name in dataset.headers])
        result = self.import_data(dataset, dry_run=self.open_batch is None, publishers=self.publishers)
        for error in [*result.base_errors, *(e for _, errors in result.row_errors() for e in errors)]:
            raise error.error
        return self.outcomes

    def get_import_fields(self):
        """The fields that the file has columns for, worked out once instead of once a row."""
        return self._import_fields

    # -- one row: hooks in the order in which the library calls them

    def before_import(self, dataset, **kwargs):
        """Fetch what hangs on the stored procedures of the file."""
        self.links = StoredLinks(self.table, [row.code for row in self.rows])

    def before_import_row(self, row, **kwargs):
        """Open the row's outcome."""
        clean = self.rows[kwargs["row_number"] - 1]
        self.current = Outcome(clean, RowOutcome.UNCHANGED)
        self.outcomes.append(self.current)

    def after_init_instance(self, instance, new, row, **kwargs):
        """Remember what is stored, before the row is laid over it."""
        self.current.procedure = instance
        self.current.outcome = RowOutcome.CREATED if new else RowOutcome.UNCHANGED
        self.snapshot = None if new else _snapshot(instance)

    def import_instance(self, instance, row, **kwargs):
        """Lay the row over the instance and gather *all* its errors, those found in cleaning included."""
        current = self.current
        current.errors = [*current.row.errors, *missing(current.row, self.table, self.snapshot is not None)]
        try:
            super().import_instance(instance, row, **kwargs)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                value = current.row.values.get(name, "")
                current.errors += [
                    {"column": self.table.label(name), "value": value, "message": message} for message in messages
                ]
        if current.errors:
            current.outcome, current.procedure = RowOutcome.INVALID, None
            raise ValidationError([error["message"] for error in current.errors])

    def skip_row(self, instance, original, row, import_validation_errors=None):
        """Whether nothing changes: the snapshot against the instance, the row's links against the stored ones."""
        current = self.current
        if current.errors:
            return False
        links = self.links.compare(current.row)
        current.warnings += links.warnings
        after = {name: getattr(instance, _attribute(name)) for name in PLAIN_FIELDS}
        if self.snapshot is None:
            after = self._readable(after)
            current.after = {name: after[name] for name in PLAIN_FIELDS if name in current.row.values}
            current.after |= {"code": current.row.code} | links.after
            return False
        changed = [name for name in PLAIN_FIELDS if after[name] != self.snapshot[name]]
        current.kept = self._kept(current.row)
        if not changed and not links.after:
            return True
        current.outcome = RowOutcome.CHANGED
        before, after = self._readable(self.snapshot), self._readable(after)
        current.before = {name: before[name] for name in changed} | links.before
        current.after = {name: after[name] for name in changed} | links.after
        return False

    def before_save_instance(self, instance, row, **kwargs):
        """Keep what follows from the values in step with them."""
        instance.search_text = instance.compose_search_text(self.links.sector_names(self.current.row))
        instance.updated_at = self.now
        if self.current.outcome == RowOutcome.CREATED:
            instance.is_local_specific = instance.publisher.kind == OrganisationKind.PROVINCE

    # -- all rows: called once, after the last one

    def bulk_create(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        """Write the new procedures, unless this is a preview or a row is invalid."""
        if self.open_batch and not any(outcome.errors for outcome in self.outcomes):
            self.batch = self.open_batch(self.outcomes)
            if self.batch:
                self._record_sources()
                Procedure.objects.bulk_create(self.create_instances)
        self.create_instances.clear()

    def bulk_update(self, using_transactions, dry_run, raise_errors, batch_size=None, result=None):
        """Write the changed procedures as one upsert: Django's own bulk_update is a CASE of thousands of arms."""
        if self.batch and self.update_instances:
            Procedure.objects.bulk_create(
                self.update_instances,
                update_conflicts=True,
                unique_fields=["code"],
                update_fields=[*PLAIN_FIELDS, "search_text", "provenance", "updated_at"],
            )
        self.update_instances.clear()

    def after_import(self, dataset, result, **kwargs):
        """Write what hangs on the procedures."""
        if self.batch:
            self.links.write(self.outcomes, self.batch, self.now)

    # -- helpers

    def _record_sources(self) -> None:
        """Note, for every value that changes, the batch and row it comes from; the old note stays for undo."""
        for outcome in self.outcomes:
            if outcome.outcome not in {RowOutcome.CREATED, RowOutcome.CHANGED}:
                continue
            source = [self.batch.pk, outcome.row.number]
            procedure = outcome.procedure
            if outcome.before is not None:
                outcome.before["provenance"] = procedure.provenance
            procedure.provenance = procedure.provenance | dict.fromkeys(outcome.after, source)

    def _kept(self, row: CleanRow) -> list[str]:
        """Labels of the columns whose blank cell leaves a stored value as it is."""
        stored = self.snapshot | self.links.stored(row.code)
        return [self.table.label(name) for name in row.blanks if stored.get(name)]

    def _readable(self, values: dict) -> dict:
        """``values`` as JSON that a page can show and undo can restore."""
        publisher = self.publishers.by_id[values["publisher"]] if values["publisher"] else None
        published_on = values["published_on"]
        return values | {
            "publisher": publisher and {"id": publisher.pk, "name": publisher.name, "code": publisher.code},
            "published_on": published_on and published_on.isoformat(),
        }


def _attribute(name: str) -> str:
    """Where the instance holds field ``name`` without a query."""
    return "publisher_id" if name == "publisher" else name


def _snapshot(instance: Procedure) -> dict:
    """The plain fields as stored."""
    return {name: getattr(instance, _attribute(name)) for name in PLAIN_FIELDS}
