"""Sheets as offices meet them: read back cell by cell, and passed through LibreOffice where it is installed."""

import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_office = pytest.mark.skipif(
    SOFFICE is None, reason="Máy này chưa cài LibreOffice (apt-get install libreoffice-calc)."
)


def sheet_of(source):
    """The first sheet of a workbook: bytes, a path or an answer that streams it."""
    if hasattr(source, "streaming_content"):
        source = b"".join(source.streaming_content)
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]


def cells_of(sheet):
    """{address: (type, value)} of every cell with something in it."""
    return {
        cell.coordinate: (cell.data_type, cell.value)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def saved_by_office(folder: Path, books: dict[str, bytes]) -> dict[str, Path]:
    """``books`` (name → bytes) opened and saved anew by LibreOffice without a screen, under a profile of its own."""
    before, after = folder / "before", folder / "after"
    before.mkdir()
    after.mkdir()
    for name, content in books.items():
        (before / name).write_bytes(content)
    command = [SOFFICE, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--norestore"]
    command += [
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        str(after),
        *map(str, sorted(before.iterdir())),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)  # noqa: S603  a program of the machine
    return {name: after / name for name in books}
