"""Tables out of the portal: CSV that streams in the same answer, .xlsx in constant memory; text never a formula."""

import csv
import datetime
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

# A CSV cell that begins with one of these is run as a formula when a spreadsheet opens the file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_EXCEL_CELL_LIMIT = 32_767


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
    cut and ends in "…". Codes stay text.
    """
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
            "default_date_format": "dd/mm/yyyy",
        },
    )
    sheet = book.add_worksheet(title[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "border": 1, "font_name": "Times New Roman"})
    plain = book.add_format({"font_name": "Times New Roman"})
    day = book.add_format({"num_format": "dd/mm/yyyy", "font_name": "Times New Roman"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm", "font_name": "Times New Roman"})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    for column, label in enumerate(header):
        sheet.set_column(column, column, 60 if label.casefold().startswith(("tên", "name")) else 18)
        sheet.write_string(0, column, label, bold)
    number = 0
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, datetime.datetime):
                sheet.write_datetime(number, column, timezone.localtime(value).replace(tzinfo=None), moment)
            elif isinstance(value, datetime.date):
                sheet.write_datetime(number, column, value, day)
            elif isinstance(value, (int, float)):
                sheet.write_number(number, column, int(value) if isinstance(value, bool) else value, plain)
            else:
                text = str(value)
                if len(text) > _EXCEL_CELL_LIMIT:
                    text = text[: _EXCEL_CELL_LIMIT - 1] + "…"
                sheet.write_string(number, column, text, plain)
    sheet.autofilter(0, 0, max(number, 1), len(header) - 1)
    book.close()
    return number


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
