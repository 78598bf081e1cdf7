"""Export of every review as .xlsx, held against XlsxWriter alone on rows already in memory."""

import datetime
import gc
import re
import subprocess
import sys
import tempfile
import zipfile
from functools import partial
from pathlib import Path

import xlsxwriter
from django.utils import timezone

from reviews.models import Campaign, Review
from reviews.reports.worklist import XLSX_HEADER, ordered, xlsx_rows
from tests.bench.measuring import Row, medians
from tthc_portal.accounts.models import User
from tthc_portal.sheets import write_xlsx

RATE = 0.9
MEGABYTES = 20
READER = "cuc.chuyenvien"
_CHILD = "import sys, django; django.setup(); from tests.bench import exporting; exporting.alone(sys.argv[1])"


def rows():
    """The rows of the export as its page asks for them: a generator over the database."""
    reviews = ordered(Review.objects.filter(campaign=Campaign.objects.current()), "")
    return xlsx_rows(reviews, User.objects.get(username=READER))


def export(target) -> None:
    """The whole export: read, put in words, written."""
    write_xlsx(target, "Phiếu rà soát", XLSX_HEADER, rows())


def only_read() -> int:
    """A read-only pass over the same rows."""
    return sum(1 for _ in rows())


def in_memory() -> list[list]:
    """The same rows as a list, moments already as Excel holds them."""
    return [
        [timezone.localtime(cell).replace(tzinfo=None) if isinstance(cell, datetime.datetime) else cell for cell in row]
        for row in rows()
    ]


def raw(kept: list[list]) -> None:
    """XlsxWriter's constant memory on rows in memory, without a format or a setting of its own for the cells."""
    with tempfile.TemporaryFile() as target:
        book = xlsxwriter.Workbook(
            target, {"constant_memory": True, "strings_to_formulas": False, "default_date_format": "dd/mm/yyyy hh:mm"}
        )
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, XLSX_HEADER)
        for number, row in enumerate(kept, start=1):
            sheet.write_row(number, 0, row)
        book.close()


def ours() -> None:
    """The export into a file that is thrown away."""
    with tempfile.TemporaryFile() as target:
        export(target)


def alone(what: str) -> None:
    """Body of a process of its own: one pass, "read" or "export", and its peak memory in KB on the last line.

    The kernel's figure for a child that ended (``ru_maxrss``) begins with the memory of the process that started it.
    """
    {"read": only_read, "export": ours}[what]()
    print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def peak(what: str) -> float:
    """Peak memory, in MB, of a process of its own that does one pass."""
    child = subprocess.run([sys.executable, "-c", _CHILD, what], check=True, capture_output=True, text=True)
    return int(child.stdout.split()[-1]) / 1024


def formulas(path: Path) -> tuple[int, int]:
    """(rows, cells that are formulas) of the written sheet, read from its XML piece by piece."""
    with zipfile.ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        found, lines, rest = 0, 0, b""
        while piece := sheet.read(1 << 20):
            text = rest + piece
            # What a piece ends in may be half a mark; it is looked at again with the next one.
            whole, rest = text[: text.rfind(b"<")], text[text.rfind(b"<") :]
            found += whole.count(b"<f>") + whole.count(b"<f ")
            lines += whole.count(b"<row ")
        found += rest.count(b"<f>") + rest.count(b"<f ")
        lines += rest.count(b"<row ")
    return lines - 1, found


def run(times: int) -> list[Row]:
    """The lines of the export (goals 0.9, 20 MB over a read-only pass, no formula)."""
    kept = in_memory()
    gc.freeze()
    found = medians(times, ours=ours, floor=partial(raw, kept), read=only_read)
    gc.unfreeze()
    number = len(kept)
    title = f"export of {number:,} reviews as .xlsx"
    rate, reading = found["floor"] / found["ours"], peak("read")
    most = max(0, peak("export") - reading)
    with tempfile.TemporaryDirectory(prefix="bench-export-") as folder:
        path = Path(folder) / "all.xlsx"
        # One text that Excel would run, were it let: a sheet without any proves nothing.
        planted = ["=1+1" if place == 6 else cell for place, cell in enumerate(next(iter(rows())))]
        written = write_xlsx(str(path), "Phiếu rà soát", XLSX_HEADER, (*[planted], *rows()))
        lines, run_by_excel = formulas(path)
        size = path.stat().st_size / 1e6
    complete = written == lines == number + 1
    return [
        Row(f"{title}: rows a second ÷ XlsxWriter's, rows in memory", f"{rate:.2f}", f"≥ {RATE:g}", "", rate >= RATE,
            f"{number / found['ours']:.4g}", f"{number / found['floor']:.4g}"),
        Row(f"{title}: MB over a read-only pass", f"{most:.1f}", f"≤ {MEGABYTES}",
            f"{reading:.0f}; {found['read'] / found['ours']:.0%} of the time", most <= MEGABYTES),
        Row(f"{title}: texts taken for formulas", str(run_by_excel), "0",
            f"{lines:,} rows, {size:.1f} MB" if complete else f"{lines:,} rows of {number + 1:,}",
            complete and not run_by_excel),
    ]  # fmt: skip
