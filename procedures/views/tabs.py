"""The lists under which the rows of an import are read: one tab an outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from procedures.importing.changes import as_text, changes_of, marked
from procedures.models import ImportBatch, ImportRow, RowOutcome


@dataclass(slots=True, frozen=True)
class Tab:
    """One list of an import's page; ``rows`` gives what the page's table loops over."""

    key: str
    label: str
    count: int
    rows: Callable[[], Sequence]


class _Rows:
    """Rows of a batch that are fetched a page at a time and prepared for the template."""

    def __init__(self, queryset, prepare):
        self.queryset, self.prepare = queryset, prepare

    def __len__(self):
        return self.queryset.count()

    def __getitem__(self, piece):
        return [self.prepare(row) for row in self.queryset[piece]]


def _created(row: ImportRow) -> dict:
    after = row.after or {}
    return {
        "row": row,
        "publisher": as_text(after.get("publisher")),
        "sectors": after.get("sectors", []),
        "bodies": after.get("executing_bodies", []),
    }


def _changed(row: ImportRow) -> dict:
    changes = changes_of(row)
    for change in changes:
        change["before_marked"], change["after_marked"] = marked(change["before"], change["after"])
    return {"row": row, "changes": changes}


def _plain(row: ImportRow) -> dict:
    return {"row": row}


def _kept(row: ImportRow) -> dict:
    return {"row": row, "labels": (row.after or {}).get("kept", [])}


def tabs_of(batch: ImportBatch) -> list[Tab]:
    """The lists of ``batch`` that have something in them, the most urgent first."""
    warnings = batch.layout.get("warnings", [])
    kept = batch.rows.filter(after__has_key="kept")
    repaired = batch.rows.exclude(repairs=[])

    def of(outcome: str, prepare, order: str = "number") -> Callable[[], Sequence]:
        return lambda: _Rows(batch.rows.filter(outcome=outcome).order_by(order, "pk"), prepare)

    tabs = [
        Tab("invalid", "Lỗi", batch.rows_invalid, of(RowOutcome.INVALID, _plain)),
        Tab("changed", "Thay đổi", batch.rows_changed, of(RowOutcome.CHANGED, _changed)),
        Tab("created", "Mới", batch.rows_created, of(RowOutcome.CREATED, _created)),
        Tab("missing", "Không có trong tệp", batch.rows_missing, of(RowOutcome.MISSING, _plain, "code")),
        Tab("repaired", "Đã chuẩn hóa", batch.rows_repaired, lambda: _Rows(repaired.order_by("number"), _plain)),
        Tab("kept", "Ô trống giữ giá trị cũ", kept.count(), lambda: _Rows(kept.order_by("number"), _kept)),
        Tab("warnings", "Lưu ý", len(warnings), lambda: warnings),
    ]
    return [tab for tab in tabs if tab.count]


def open_tab(tabs: list[Tab], wanted: str) -> Tab:
    """The tab the address names, else the first one; an empty one when there is nothing to list."""
    named = {tab.key: tab for tab in tabs}
    return named.get(wanted) or next(iter(tabs), Tab("none", "", 0, list))
