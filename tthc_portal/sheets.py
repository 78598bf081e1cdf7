"""Tables out of the portal: CSV that streams in the same answer, .xlsx in constant memory; text never a formula."""

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from inspect import unwrap

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

# A CSV cell that begins with one of these is run as a formula when a spreadsheet opens the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_EXCEL_CELL_LIMIT = 32_767
_EXCEL_DAY_0 = datetime.datetime(1899, 12, 30)
# What official letters are set in.
_FONT = "Times New Roman"


def _csv_cell(value):
    """``value`` as text; text that a spreadsheet would run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def csv_lines(header: Sequence[str], rows: Iterable[Sequence]) -> Iterator[str]:
    """CSV text in pieces of some hundred rows, beginning with a byte-order mark so that Excel reads UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(value) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def stream_csv(filename: str, header: Sequence[str], rows: Iterable[Sequence]) -> StreamingHttpResponse:
    """An answer that streams ``rows`` as ``filename`` (UTF-8 with BOM); ``rows`` may be a generator."""
    return StreamingHttpResponse(
        csv_lines(header, rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )


def write_xlsx(target, title: str, header: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Write one sheet into ``target`` (path or binary file) and return the number of rows under the header.

    Moments are written in the portal's zone without one (Excel holds none); text over Excel's 32,767 characters is
    cut and ends in "…". Codes stay text. One row is in memory at a time.
    """
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            # The font of the whole book: a format named in every cell made the file larger and the writing slower.
            "default_format_properties": {"font_name": _FONT},
        },
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "border": 1})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    for column, label in enumerate(header):
        sheet.set_column(column, column, 60 if label.casefold().startswith(("tên", "name")) else 18)
        sheet.write_string(0, column, label, bold)
    # The writer's own functions, without the wrapper that asks at every cell whether it was named "A1" instead.
    write_string = partial(unwrap(type(sheet).write_string), sheet)
    write_number = partial(unwrap(type(sheet).write_number), sheet)
    number = 0
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            # Nearly every cell is text; asking for its class first keeps the other questions from being asked.
            if value.__class__ is str:
                # The writer says when it had to cut; such a cell is written again, ending in "…".
                if value and (write_string(number, column, value) or value[0] == "<"):
                    write_string(number, column, xlsx_text(value))
            elif value is None:
                continue
            elif isinstance(value, datetime.datetime):
                write_number(number, column, _xlsx_moment(value), moment)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, (int, float)):
                write_number(number, column, int(value) if isinstance(value, bool) else value)
            elif text := str(value):
                write_string(number, column, xlsx_text(text))
    sheet.autofilter(0, 0, max(number, 1), len(header) - 1)
    book.close()
    return number


# Most rows of a round bear the moment it was opened.
@lru_cache(maxsize=1024)
def _xlsx_moment(value: datetime.datetime) -> float:
    """``value`` in the portal's zone as Excel counts: days since the end of 1899."""
    local = timezone.localtime(value).replace(tzinfo=None) if value.tzinfo else value
    return (local - _EXCEL_DAY_0) / datetime.timedelta(days=1)


def xlsx_text(text: str) -> str:
    """``text`` as a cell can hold it: within Excel's length, counted as Excel counts, and never taken for markup.

    The writer passes what begins in <r> and ends in </r> through as its own markup of rich text.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) > 2 * _EXCEL_CELL_LIMIT:
        text = units[: 2 * (_EXCEL_CELL_LIMIT - 1)].decode("utf-16-le", "ignore") + "…"
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def xlsx_response(filename: str, title: str, header: Sequence[str], rows: Iterable[Sequence]) -> FileResponse:
    """An answer that downloads ``rows`` as the workbook ``filename`` with one sheet named ``title``."""
    target = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the answer closes it)
    write_xlsx(target, title, header, rows)
    target.seek(0)
    return FileResponse(
        target,
        as_attachment=True,
        filename=filename,
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
