"""A file read with all that a person has said of it: what its columns mean, and who published the whole of it."""

import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from procedures.importing.excel import ImportFileError, SheetTable, read_table
from procedures.importing.layouts import REQUIRED, WHOLE_FILE, WholeFile
from procedures.importing.mapping import signature
from procedures.models import ColumnMapping, ImportBatch
from tthc_portal.accounts.models import Organisation, OrganisationKind


def lacks_publisher(source: SheetTable | ImportFileError) -> bool:
    """Whether the file names its procedures and nowhere who published them."""
    return source.columns.keys() & REQUIRED.keys() == {"code", "name"}


def answerable(error: ImportFileError) -> bool:
    """Whether a person can still say what a refused file lacks."""
    return bool(error.mappable or error.sheets or lacks_publisher(error))


def publisher_coded(code: str, day: datetime.date) -> Organisation:
    """The body that may publish under ``code`` on ``day``; raises ValidationError."""
    body = Organisation.objects.coded(code.strip(), day).exclude(kind=OrganisationKind.UNIT).first()
    if body is None:
        raise ValidationError(
            f"Không có cơ quan nào mang mã “{code}” vào ngày {day:%d/%m/%Y}. Chọn lại cơ quan ban hành của cả tệp."
        )
    return body


def said_of_publisher(body: Organisation, by, at: datetime.datetime | None = None, remembered: bool = False) -> dict:
    """What an import keeps of the choice of ``body`` for its whole file; ``by`` None is the command line."""
    at = timezone.localtime(at or timezone.now())
    who = str(by) if by else "dòng lệnh"
    return {"code": body.code, "name": body.name, "by": who, "at": at.isoformat(), "remembered": remembered}


def read_file(
    path, file_name: str, sheet: str | None, as_of: datetime.date, options: dict | None = None
) -> tuple[SheetTable, dict]:
    """(the table of the workbook at ``path``, ``options`` of its import as they were used).

    ``options["publisher"]`` is the choice for the whole file; where nobody has chosen, what was remembered of the same
    layout is added. Raises :class:`ImportFileError`, also when the choice does not fit the file.
    """
    options = options or {}
    mapping, chosen = options.get("mapping"), options.get("publisher")
    if chosen:
        return _read_whole(path, file_name, sheet, mapping, chosen["code"]), options
    try:
        found = read_table(path, file_name, sheet, mapping)
    except ImportFileError as error:
        found = error
    if "publisher" not in options and lacks_publisher(found) and (said := _remembered(found, as_of)):
        table = _read_whole(path, file_name, sheet, found.mapping, said["code"])
        return table, options | {"publisher": said, "mapping": found.mapping}
    if isinstance(found, ImportFileError):
        raise found
    return found, options


def _read_whole(path, file_name: str, sheet: str | None, mapping: dict | None, code: str) -> SheetTable:
    if mapping is None:
        mapping = _known_columns(path, file_name, sheet)
    table = read_table(path, file_name, sheet, mapping | {"publisher": WholeFile(code)})
    where = f"Tệp {table.file_name}, trang tính “{table.sheet}”"
    if "publisher" not in table.columns:
        raise ImportFileError(f"{where} không có cột Tên TTHC nên không nhận một cơ quan ban hành cho cả tệp.")
    if table.columns["publisher"][1] != WHOLE_FILE:
        label = table.columns["publisher"][1]
        raise ImportFileError(
            f"{where} đã ghi cơ quan ban hành ở “{label}” nên không nhận một cơ quan cho cả tệp. Bỏ lựa chọn đó."
        )
    return table


def _known_columns(path, file_name: str, sheet: str | None) -> dict:
    """What was said before of the columns of this layout."""
    try:
        return read_table(path, file_name, sheet).mapping
    except ImportFileError as error:
        return error.mapping


def _remembered(source: SheetTable | ImportFileError, as_of: datetime.date) -> dict | None:
    """The publisher that a person wanted remembered with this layout, if it stands on ``as_of``."""
    said = ColumnMapping.objects.filter(layout=signature(source.labels)).exclude(publisher="")
    said = said.select_related("made_by").first()
    if said is None:
        return None
    try:
        body = publisher_coded(said.publisher, as_of)
    except ValidationError:
        return None
    return said_of_publisher(body, said.made_by, said.made_at, remembered=True)


def read_stored(batch: ImportBatch) -> SheetTable:
    """The table of the file kept for ``batch``, whose options learn what was remembered; raises ImportFileError."""
    table, options = read_file(batch.file.path, batch.file_name, batch.sheet or None, batch.as_of, batch.options)
    batch.options = options
    return table
