"""What hangs on a procedure and comes with its row: sectors in order, deciding authorities."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field

from procedures.authorities import AuthorityResolver
from procedures.importing.cleaning import CleanRow
from procedures.importing.excel import SheetTable
from procedures.importing.lookups import Sectors, chunks
from procedures.models import DeciderSource, DecidingAuthority, ImportBatch, Procedure, ProcedureSector


@dataclass(slots=True)
class LinkChanges:
    """How a row's links differ from the stored ones."""

    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)
    warnings: list[dict] = field(default_factory=list)


class StoredLinks:
    """Sectors and deciders of the procedures a file names: a few queries at its making, then memory."""

    def __init__(self, table: SheetTable, codes: list[str]):
        self.table = table
        self.sectors = Sectors()
        self.resolver = AuthorityResolver() if "deciders" in table.columns else None
        self._sectors: dict[str, list[str]] = defaultdict(list)
        self._deciders: dict[str, list[dict]] = defaultdict(list)
        self._confirmed: set[str] = set()
        self.created_sectors: list[int] = []
        for piece in chunks(set(codes)):
            links = ProcedureSector.objects.filter(procedure__code__in=piece).order_by("procedure", "position")
            for code, name in links.values_list("procedure__code", "sector__name"):
                self._sectors[code].append(name)
            if self.resolver:
                self._read_deciders(piece)

    def _read_deciders(self, codes: list[str]) -> None:
        rows = DecidingAuthority.objects.filter(procedure__code__in=codes).order_by("procedure", "id")
        for code, source, decider in (
            (row.procedure.code, row.source, decider_json(row)) for row in rows.select_related("procedure")
        ):
            if source == DeciderSource.IMPORT:
                self._deciders[code].append(decider)
            else:
                self._confirmed.add(code)

    def stored(self, code: str) -> dict:
        """Sectors and imported deciders kept for ``code``."""
        return {"sectors": self._sectors.get(code), "deciders": self._deciders.get(code)}

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
        return changes

    def _compare_deciders(self, row: CleanRow, changes: LinkChanges) -> None:
        """Deciders of the row: all understood or none recorded, never over what a body has confirmed."""
        label = self.table.label("deciders")
        wordings = row.values["deciders"]
        found, unknown = self.resolver.resolve_all(wordings)
        if unknown:
            # Half a list of deciders could wrongly leave a procedure out of the base of the share.
            message = "Chưa đối chiếu được cấp có thẩm quyền; thẩm quyền của thủ tục này giữ nguyên như trước khi nhập."
            changes.warnings += [{"row": row.number, "column": label, "value": w, "message": message} for w in unknown]
            return
        if row.code in self._confirmed:
            stored_note = "Thẩm quyền đã được cơ quan xác nhận nên giữ nguyên, không lấy theo tệp."
            changes.warnings.append(
                {"row": row.number, "column": label, "value": "; ".join(wordings), "message": stored_note}
            )
            return
        ground = row.values.get("legal_ground")
        stored = self._deciders.get(row.code, [])
        kept_ground = stored[0]["legal_ground"] if stored else ""
        new = [
            {"level": level, "body": wording, "case": "", "legal_ground": kept_ground if ground is None else ground}
            for level, wording in found
        ]
        if new != [{key: decider[key] for key in ("level", "body", "case", "legal_ground")} for decider in stored]:
            changes.before["deciders"], changes.after["deciders"] = stored, new

    def write(self, outcomes, batch: ImportBatch, now: datetime.datetime) -> None:
        """Replace the links of all rows that change them; procedures must have been written."""
        self.created_sectors = self.sectors.make_wanted()
        resectored = [o for o in outcomes if o.after and "sectors" in o.after]
        for piece in chunks(o.procedure.pk for o in resectored if o.before is not None):
            ProcedureSector.objects.filter(procedure__in=piece).delete()
        ProcedureSector.objects.bulk_create(
            ProcedureSector(procedure=o.procedure, sector=self.sectors.get(name), position=position)
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


def decider_json(row: DecidingAuthority) -> dict:
    """An imported decider as JSON from which :func:`decider_row` makes it again."""
    return {
        "level": row.level_id,
        "body": row.body,
        "case": row.case,
        "legal_ground": row.legal_ground,
        "batch": row.batch_id,
        "batch_row": row.batch_row,
        "recorded_at": row.recorded_at.isoformat(),
    }


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
