"""What the administrator decides on a preview about the file: what its columns mean, which repairs he refuses."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from procedures.importing.batches import ask, lock, permit, refresh
from procedures.importing.layouts import FIELDS
from procedures.importing.mapping import signature
from procedures.importing.reading import publisher_coded, said_of_publisher
from procedures.importing.refusals import ImportFileError
from procedures.models import ColumnMapping, ImportBatch, ImportState

_WHAT = "không thay đổi lựa chọn được"


def checked_mapping(pairs: Iterable[tuple[str, str]], labels: list[str]) -> dict[str, str]:
    """{field: label} of ``pairs`` (label, field or ""); ValidationError when they contradict themselves or the file."""
    mapping: dict[str, str] = {}
    for label, name in pairs:
        if not name:
            continue
        if name not in FIELDS or label not in labels:
            raise ValidationError(f"Cột “{label}” hoặc ý nghĩa đã chọn không có trong tệp này. Tải lại trang rồi chọn.")
        if name in mapping:
            raise ValidationError(
                f"Cột “{mapping[name]}” và cột “{label}” cùng được chọn là {FIELDS[name]}. Giữ một cột thôi."
            )
        mapping[name] = label
    return mapping


def set_columns(
    *,
    by,
    batch: ImportBatch,
    mapping: dict[str, str] | None,
    sheet: str = "",
    publisher: str | None = None,
    remember: bool = False,
) -> ImportBatch:
    """Read the file with its columns meaning ``mapping`` (field → label), and remember it for files laid out alike.

    ``mapping`` None leaves the columns as they are read, when only the ``sheet`` was to be chosen. ``publisher`` is the
    code of the body that published all of a file which names none, "" for no such body, None where it was not asked;
    only with ``remember`` does it serve for files laid out alike.
    Raises ValidationError, with what stands in the way, when the file cannot be read so. A preview that was readable
    before stays as it was; a file that still lacks something keeps what has been said of it so far.
    """
    before, sheet_before = dict(batch.options), batch.sheet
    body = publisher_coded(publisher, batch.as_of) if publisher else None
    with transaction.atomic():
        lock(batch)
        permit(batch, _WHAT, ImportState.PREVIEWED)
        if mapping is not None:
            batch.options = batch.options | {"mapping": mapping}
        if publisher is not None and not _says_the_same(batch, body):
            batch.options = batch.options | {"publisher": said_of_publisher(body, by) if body else None}
            batch.options.setdefault("mapping", batch.layout.get("mapping") or {})
        batch.sheet = sheet[:100] or batch.sheet
        batch.save(update_fields=["options", "sheet"])
    try:
        refresh(by=by, batch=batch)
    except ValidationError as error:
        _keep_or_restore(batch, error.__cause__, before, sheet_before)
        if isinstance(error.__cause__, ImportFileError):
            raise ValidationError(str(error.__cause__)) from error
        raise
    if mapping is not None:
        _remember(by, batch.layout.get("labels", []), mapping)
    if publisher is not None:
        _remember_publisher(by, batch.layout.get("labels", []), body.code if body and remember else "")
    return batch


def _says_the_same(batch: ImportBatch, body) -> bool:
    """Whether ``body`` is what the import has already, so that who chose it first stays on record."""
    said = batch.options.get("publisher")
    return (said["code"] if said else None) == (body.code if body else None) and "publisher" in batch.options


@transaction.atomic
def _keep_or_restore(batch: ImportBatch, cause, options: dict, sheet: str) -> None:
    lock(batch)
    if batch.rows_total or not isinstance(cause, ImportFileError):
        batch.options, batch.sheet = options, sheet
    elif cause.labels or cause.sheets:
        ask(batch, cause)
    batch.save(update_fields=["options", "sheet", "layout"])


def _remember(by, labels: list[str], mapping: dict[str, str]) -> None:
    layout = signature(labels)
    if mapping:
        said = {"labels": labels, "mapping": mapping, "made_by": by, "made_at": timezone.now()}
        ColumnMapping.objects.update_or_create(layout=layout, defaults=said)
    else:
        ColumnMapping.objects.filter(layout=layout, publisher="").delete()
        ColumnMapping.objects.filter(layout=layout).update(mapping={})


def _remember_publisher(by, labels: list[str], code: str) -> None:
    """Let ``code`` stand for the publisher of files laid out alike; "" forgets it."""
    layout = signature(labels)
    stored = ColumnMapping.objects.filter(layout=layout).first()
    if (stored.publisher if stored else "") == code:
        return
    said = {"labels": labels, "publisher": code, "made_by": by, "made_at": timezone.now()}
    ColumnMapping.objects.update_or_create(layout=layout, defaults=said)
    ColumnMapping.objects.filter(layout=layout, publisher="", mapping={}).delete()


@transaction.atomic
def set_refused(
    *, by, batch: ImportBatch, refuse: Iterable[tuple[int, str]] = (), restore: Iterable[tuple[int, str]] = ()
) -> ImportBatch:
    """Take the cells ``refuse``, (row number, column label), as they are written, those of ``restore`` repaired again.

    Raises ValidationError when the import is no longer a preview.
    """
    lock(batch)
    permit(batch, _WHAT, ImportState.PREVIEWED)
    refused = {(int(row), column) for row, column in batch.options.get("refused", ())}
    refused = (refused | set(refuse)) - set(restore)
    batch.options = batch.options | {"refused": [list(cell) for cell in sorted(refused)]}
    batch.save(update_fields=["options"])
    return refresh(by=by, batch=batch)
