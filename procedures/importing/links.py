"""What hangs on a procedure and comes with its row: sectors in order, deciding authorities, wordings not understood."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from procedures.authorities import AuthorityResolver
from procedures.importing.cleaning import CleanRow
from procedures.importing.copying import insert
from procedures.importing.excel import SheetTable
from procedures.importing.lookups import Sectors, chunks
from procedures.models import (
    DeciderSource,
    DecidingAuthority,
    ImportBatch,
    Procedure,
    ProcedureSector,
    UnresolvedAuthority,
)
from tthc_portal.text import fold

_UNKNOWN = (
    "Chưa đối chiếu được cấp có thẩm quyền; thẩm quyền của thủ tục này giữ nguyên như trước khi nhập. "
    "Sau khi ghi, chọn cấp một lần ở trang “Cần đối chiếu tên cơ quan”."
)
_CONFIRMED = "Thẩm quyền đã được cơ quan xác nhận nên giữ nguyên, không lấy theo tệp."
_GROUND_ALONE = "Chưa ghi căn cứ pháp lý vì thủ tục chưa có thẩm quyền quyết định; điền cột thẩm quyền rồi nhập lại."
_DECIDER_FIELDS = ("level", "body", "case", "legal_ground")
# An imported decider as JSON: name → column.
_STORED = {
    "level": "level_id",
    "body": "body",
    "case": "case",
    "legal_ground": "legal_ground",
    "batch": "batch_id",
    "batch_row": "batch_row",
    "recorded_at": "recorded_at",
}


@dataclass(slots=True)
class LinkChanges:
    """How a row's links differ from the stored ones."""

    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    warnings: list[dict] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class Waiting:
    """The wordings of a row's cell that nobody has matched yet, beside all its wordings and the row's legal ground."""

    number: int
    unknown: list[str]
    cell: list[str]
    legal_ground: str


class StoredLinks:
    """Sectors and deciders of the procedures a file names: a few queries at its making, then memory."""

    def __init__(self, table: SheetTable, codes: list[str]):
        self.table = table
        self.sectors = Sectors()
        self.resolver = AuthorityResolver() if "deciders" in table.columns else None
        self._sectors: dict[str, list[str]] = defaultdict(list)
        self._deciders: dict[str, list[dict]] = defaultdict(list)
        self._confirmed: set[str] = set()
        self._stored_waiting: dict[str, set[str]] = defaultdict(set)
        # By code, of the rows whose cell of deciders says something: None when all of it was understood.
        self._waiting: dict[str, Waiting | None] = {}
        self.created_sectors: list[int] = []
        for piece in chunks(set(codes)):
            links = ProcedureSector.objects.filter(procedure__code__in=piece).order_by("procedure", "position")
            for code, name in links.values_list("procedure__code", "sector__name"):
                self._sectors[code].append(name)
            if self.resolver:
                self._read_deciders(piece)

    def _read_deciders(self, codes: list[str]) -> None:
        # Plain values: instances of every decider and its procedure would be most of what a repeated import costs.
        rows = DecidingAuthority.objects.filter(procedure__code__in=codes).order_by("procedure", "id")
        for code, source, *values in rows.values_list("procedure__code", "source", *_STORED.values()):
            if source == DeciderSource.IMPORT:
                self._deciders[code].append(dict(zip(_STORED, values, strict=True)))
            else:
                self._confirmed.add(code)
        waiting = UnresolvedAuthority.objects.filter(procedure__code__in=codes).order_by()
        for code, folded in waiting.values_list("procedure__code", "folded"):
            self._stored_waiting[code].add(folded)

    def stored(self, code: str) -> dict:
        """Sectors and imported deciders kept for ``code``, and the legal ground of these."""
        deciders = self._deciders.get(code)
        ground = deciders[0]["legal_ground"] if deciders else ""
        return {"sectors": self._sectors.get(code), "deciders": deciders, "legal_ground": ground}

    def sector_names(self, row: CleanRow) -> list[str]:
        """The names under which the procedure stands once the row is applied."""
        return row.values.get("sectors") or self._sectors.get(row.code, [])

    def compare(self, row: CleanRow) -> LinkChanges:
        """What the row's sectors and deciders change."""
        changes = LinkChanges()
        wanted, stored = row.values.get("sectors"), self._sectors.get(row.code, [])
        if wanted:
            wanted = list({self.sectors.key(name): name for name in reversed(wanted)}.values())[::-1]
            row.values["sectors"] = wanted
            if [self.sectors.want(name) for name in wanted] != [self.sectors.key(name) for name in stored]:
                changes.before["sectors"], changes.after["sectors"] = stored, wanted
        if self.resolver and row.values.get("deciders"):
            self._compare_deciders(row, changes)
        elif self.resolver and row.values.get("legal_ground"):
            self._compare_ground(row, changes)
        return changes

    def _compare_deciders(self, row: CleanRow, changes: LinkChanges) -> None:
        """Deciders of the row: all understood or none recorded, never over what a body has confirmed."""
        wordings = row.values["deciders"]
        if row.code in self._confirmed:
            self._waiting[row.code] = None
            changes.warnings.append(self._warning(row, "deciders", "; ".join(wordings), _CONFIRMED))
            return
        found, unknown = self.resolver.resolve_all(wordings)
        if unknown:
            # Half a list of deciders could wrongly leave a procedure out of the base of the share.
            self._waiting[row.code] = Waiting(row.number, unknown, wordings, row.values.get("legal_ground", ""))
            changes.warnings += [self._warning(row, "deciders", wording, _UNKNOWN) for wording in unknown]
            return
        self._waiting[row.code] = None
        ground = row.values.get("legal_ground")
        stored = self._deciders.get(row.code, [])
        kept_ground = stored[0]["legal_ground"] if stored else ""
        self._replace(row, changes, new_deciders(found, kept_ground if ground is None else ground))

    def _compare_ground(self, row: CleanRow, changes: LinkChanges) -> None:
        """A legal ground beside a blank cell of deciders belongs to the deciders already recorded."""
        stored, ground = self._deciders.get(row.code, []), row.values["legal_ground"]
        if row.code in self._confirmed:
            changes.warnings.append(self._warning(row, "legal_ground", ground, _CONFIRMED))
        elif stored:
            kept = [{key: decider[key] for key in _DECIDER_FIELDS} for decider in stored]
            self._replace(row, changes, [decider | {"legal_ground": ground} for decider in kept])
        elif self._is_deciders_sheet:
            changes.warnings.append(self._warning(row, "legal_ground", ground, _GROUND_ALONE))

    @property
    def _is_deciders_sheet(self) -> bool:
        return getattr(self.table, "kind", "catalogue") == "deciders"

    def _replace(self, row: CleanRow, changes: LinkChanges, new: list[dict]) -> None:
        stored = self._deciders.get(row.code, [])
        if new != [{key: decider[key] for key in _DECIDER_FIELDS} for decider in stored]:
            before = [decider | {"recorded_at": decider["recorded_at"].isoformat()} for decider in stored]
            changes.before["deciders"], changes.after["deciders"] = before, new

    def _warning(self, row: CleanRow, name: str, value: str, message: str) -> dict:
        return {"row": row.number, "column": self.table.label(name), "value": value, "message": message}

    @property
    def waits_anew(self) -> bool:
        """Whether applying the file changes which wordings wait to be matched, even if no procedure changes."""
        return any(self._differs(code, waiting) for code, waiting in self._waiting.items())

    def _differs(self, code: str, waiting: Waiting | None) -> bool:
        folded = {fold(wording) for wording in waiting.unknown} if waiting else set()
        return folded != self._stored_waiting.get(code, set())

    def write(self, outcomes, batch: ImportBatch, now: datetime.datetime) -> None:
        """Replace the links of all rows that change them; procedures must have been written."""
        self.created_sectors = self.sectors.make_wanted()
        resectored = [o for o in outcomes if o.after and "sectors" in o.after]
        for piece in chunks(o.procedure.pk for o in resectored if o.before is not None):
            ProcedureSector.objects.filter(procedure__in=piece).delete()
        insert(
            ProcedureSector(procedure_id=o.procedure.pk, sector_id=self.sectors.get(name).pk, position=position)
            for o in resectored
            for position, name in enumerate(o.after["sectors"])
        )
        redecided = [o for o in outcomes if o.after and "deciders" in o.after]
        for piece in chunks(o.procedure.pk for o in redecided if o.before is not None):
            DecidingAuthority.objects.filter(procedure__in=piece, source=DeciderSource.IMPORT).delete()
        DecidingAuthority.objects.bulk_create(
            decider_row(o.procedure, decider | {"batch": batch.pk, "batch_row": o.row.number}, now)
            for o in redecided
            for decider in o.after["deciders"]
        )

    def write_waiting(self, batch: ImportBatch) -> None:
        """Wordings not understood wait for the administrator; what the latest file says replaces what waited before.

        Called once, after all procedures were written.
        """
        moved = {code: waiting for code, waiting in self._waiting.items() if waiting or code in self._stored_waiting}
        ids: dict[str, int] = {}
        for piece in chunks(moved):
            ids |= dict(Procedure.objects.filter(code__in=piece).order_by().values_list("code", "pk"))
        for piece in chunks(ids[code] for code in moved if code in self._stored_waiting):
            UnresolvedAuthority.objects.filter(procedure__in=piece).delete()
        UnresolvedAuthority.objects.bulk_create(
            row for code, waiting in moved.items() if waiting for row in waiting_rows(ids[code], batch, waiting)
        )


def waiting_rows(procedure_id: int, batch: ImportBatch, waiting: Waiting) -> list[UnresolvedAuthority]:
    """The unsaved rows by which the wordings of ``waiting`` wait, one for each that differs after folding."""
    by_key = {fold(wording): wording for wording in reversed(waiting.unknown)}
    return [
        UnresolvedAuthority(
            procedure_id=procedure_id,
            batch=batch,
            batch_row=waiting.number,
            wording=wording[:500],
            folded=folded[:500],
            cell=waiting.cell,
            legal_ground=waiting.legal_ground,
        )
        for folded, wording in by_key.items()
    ]


def new_deciders(found: list[tuple[str, str]], legal_ground: str) -> list[dict]:
    """Deciders as JSON, from [(level code, wording)] of one cell."""
    return [{"level": level, "body": body[:500], "case": "", "legal_ground": legal_ground} for level, body in found]


def decider_json(row: DecidingAuthority) -> dict:
    """An imported decider as JSON from which :func:`decider_row` makes it again."""
    values = {name: getattr(row, column) for name, column in _STORED.items()}
    return values | {"recorded_at": row.recorded_at.isoformat()}


def decider_row(procedure: Procedure, decider: dict, now: datetime.datetime) -> DecidingAuthority:
    """The unsaved imported decider that ``decider`` describes."""
    recorded = decider.get("recorded_at")
    return DecidingAuthority(
        procedure=procedure,
        level_id=decider["level"],
        body=decider["body"],
        case=decider["case"],
        legal_ground=decider["legal_ground"],
        source=DeciderSource.IMPORT,
        batch_id=decider["batch"],
        batch_row=decider["batch_row"],
        recorded_at=datetime.datetime.fromisoformat(recorded) if recorded else now,
    )
