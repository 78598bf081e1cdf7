"""Import of a catalogue, held against reading it with calamine and writing it with one bulk statement."""

import statistics
import sys
import tempfile
from pathlib import Path

import xlsxwriter
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from procedures.importing import batches
from procedures.importing.cleaning import clean_table
from procedures.importing.excel import read_table
from procedures.importing.resource import collector_paused
from procedures.models import ImportBatch, ImportRow, Procedure, ProcedureSector, Sector
from tests.bench.measuring import Row, medians, peak_of, ratio, seconds
from tthc_portal.accounts.models import Organisation, OrganisationKind, User

LARGE = 50_000
HEADER = ("STT", "Mã số", "Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực")


def workbook(path: Path, rows: int, changed: int = 0, shared: bool = False) -> Path:
    """A catalogue of ``rows`` procedures in the layout of the national export; the first ``changed`` are renamed.

    ``shared``: texts apart from the sheet, as Excel and the national database write them.
    """
    ministries = list(Organisation.objects.filter(kind=OrganisationKind.MINISTRY, valid_to=None).order_by("code"))
    book = xlsxwriter.Workbook(path, {"constant_memory": not shared})
    sheet = book.add_worksheet()
    for column, label in enumerate(HEADER):
        sheet.write_string(1, column, label)
    for number in range(rows):
        name = f"Thủ tục cấp giấy phép hoạt động trong lĩnh vực quản lý nhà nước số {number}"
        cells = (
            str(number + 1),
            f"1.{number:06d}",
            name + (" (sửa đổi)" if number < changed else ""),
            ministries[number % len(ministries)].name,
            "Sở Tư pháp\nỦy ban nhân dân cấp tỉnh" if number % 3 else "Cục Hộ tịch, quốc tịch, chứng thực",
            f"Lĩnh vực {number % 120}",
        )
        for column, cell in enumerate(cells):
            sheet.write_string(number + 2, column, cell)
    book.close()
    return path


def floor(path: Path, publisher: Organisation) -> None:
    """Read the sheet and upsert its names in one transaction: what no import can do without."""
    cells = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    found = [
        Procedure(code=row[1], name=row[2], publisher=publisher, executing_bodies=[row[4]], search_text=row[2])
        for row in cells
        if row[1] and row[1] != "Mã số"
    ]
    with transaction.atomic():
        Procedure.objects.bulk_create(
            found,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "publisher", "executing_bodies", "search_text"],
        )


def empty_catalogue() -> None:
    """Take everything imported away again."""
    for model in (ImportRow, ProcedureSector, Procedure, ImportBatch, Sector):
        model.objects.all()._raw_delete("default")


def reading(path: Path, times: int, how: str) -> Row:
    """The line of reading: safety checks, layout and repairs included, against calamine's bare cells.

    Every cell is made clean and every repair and error listed; an import lays its rows out from there as it compares
    them, which is in its own lines.
    """

    def ours():
        # As every import reads: the collector would walk the rows again and again to find nothing.
        with collector_paused():
            rows = clean_table(read_table(path, path.name))
            return [(row.number, row.errors, row.repairs) for row in rows.noted.values()]

    found = medians(
        times,
        ours=ours,
        floor=lambda: CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(),
    )
    return ratio(f"xlsx read, checked and repaired ÷ bare cells ({how})", found["ours"], found["floor"], 1.5)


def run(rows: int, times: int) -> list[Row]:
    """The lines of the import: new, unchanged and 5% changed; preview ÷ write; statements."""
    folder = Path(tempfile.mkdtemp(prefix="bench-import-"))
    first, second = workbook(folder / "a.xlsx", rows), workbook(folder / "b.xlsx", rows, changed=rows // 20)
    # Before anything is written: what the database still does behind a large write would be in the few hundredths of a
    # second that reading takes. Of so short a work five would leave the ratio to chance.
    shared = workbook(folder / "c.xlsx", rows, shared=True)
    read = [
        reading(first, 3 * times, "texts in the cells"),
        reading(shared, 3 * times, "texts apart, as exported"),
    ]
    publisher = Organisation.objects.filter(kind=OrganisationKind.MINISTRY, valid_to=None).first()
    user = User.objects.get(username="bench.administrator")
    spent = {
        name: [] for name in ("new", "floor_new", "same", "floor_same", "changed", "floor_changed", "dry", "write")
    }

    def bring(path):
        return batches.run_import(by=user, path=path)

    for _ in range(times):
        for name, work in (("floor", lambda path: floor(path, publisher)), ("", bring)):
            empty_catalogue()
            prefix = f"{name}_" if name else ""
            for case, path in (("new", first), ("same", first), ("changed", second)):
                spent[f"{prefix}{case}"].append(seconds(lambda path=path, work=work: work(path)))
        empty_catalogue()
        kept = []
        spent["dry"].append(seconds(lambda kept=kept: kept.append(batches.preview(by=user, path=first))))
        spent["write"].append(seconds(lambda kept=kept: batches.apply(by=user, batch=kept[0])))
    found = {name: statistics.median(values) for name, values in spent.items()}
    empty_catalogue()
    with CaptureQueriesContext(connection) as statements:
        bring(first)
    empty_catalogue()
    large = workbook(folder / "large.xlsx", LARGE)
    memory = peak_of(sys.executable, "manage.py", "import_procedures", str(large))
    empty_catalogue()
    limit = 30 + rows // 100
    title = f"import of {rows:,} rows"
    return [
        *read,
        ratio(f"{title}: new ÷ floor", found["new"], found["floor_new"], 2.0),
        ratio(f"{title}: unchanged ÷ floor", found["same"], found["floor_same"], 1.5),
        ratio(f"{title}: 5% changed ÷ floor", found["changed"], found["floor_changed"], 1.5),
        ratio(f"{title}: preview ÷ write", found["dry"], found["write"], 1.3),
        Row(f"import of {LARGE:,} rows: MB of the process", f"{memory:.0f}", "≤ 250", "new rows", memory <= 250),
        Row(f"{title}: SQL statements", str(len(statements)), f"≤ {limit}", "new rows", len(statements) <= limit),
    ]
