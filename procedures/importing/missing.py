"""Procedures of the catalogue that a file lacks, looked for only among the publishers the file names."""

from collections.abc import Callable, Iterable

from django.core.exceptions import ValidationError

from procedures.importing.cells import VALID_CODE
from procedures.importing.cleaning import CleanRow
from procedures.importing.excel import SheetTable
from procedures.importing.lookups import chunks
from procedures.models import Procedure, ProcedureStatus, RowOutcome

# A procedure that stands in no row of the file.
NO_ROW = 0
_NUMBERS_NAMED = 10


def absent(table: SheetTable, codes: Iterable[str], publishers: Iterable[int], make: Callable) -> list:
    """One outcome, by ``make(row, outcome, procedure=…)``, for each procedure in force not among ``codes``.

    Another body's procedures are none of the file's business; a sheet of deciders lists what it knows, not what exists.
    """
    if table.kind != "catalogue" or not publishers:
        return []
    codes = set(codes)
    stored = Procedure.objects.in_force().filter(publisher__in=publishers).order_by("code").values_list("code", "pk")
    lacking = [pk for code, pk in stored if code not in codes]
    found = [
        procedure
        for piece in chunks(lacking)
        for procedure in Procedure.objects.filter(pk__in=piece).only("pk", "code", "name", "status").order_by("code")
    ]
    return [make(CleanRow(NO_ROW, {"code": p.code, "name": p.name}), RowOutcome.MISSING, procedure=p) for p in found]


def refuse_unread(rows: Iterable[tuple[int, str]]) -> None:
    """Raise ValidationError when one of ``rows``, (number, code), has no code that could be read.

    The procedure it means counts as one that the file lacks, and would be abolished although the file has it.
    """
    numbers = [number for number, code in rows if not VALID_CODE.fullmatch(code)]
    if numbers:
        more = ", …" if len(numbers) > _NUMBERS_NAMED else ""
        raise ValidationError(
            f"Không đánh dấu bãi bỏ được vì {len(numbers)} dòng có mã không đọc được "
            f"(dòng {', '.join(map(str, numbers[:_NUMBERS_NAMED]))}{more}): thủ tục của các dòng đó có thể đang bị coi "
            "là không có trong tệp. Sửa mã trong tệp rồi nhập lại, hoặc giữ nguyên các thủ tục không có trong tệp."
        )


def mark_abolished(outcomes: Iterable) -> None:
    """Make ``outcomes`` of :func:`absent` changes of the status; who holds the transaction writes them."""
    for outcome in outcomes:
        outcome.before = {"status": outcome.procedure.status}
        outcome.after = {"status": str(ProcedureStatus.ABOLISHED)}


def is_abolished(outcome) -> bool:
    """Whether ``outcome`` (or an import row) is a procedure that the import marked as abolished."""
    return outcome.outcome == RowOutcome.MISSING and bool(outcome.after)
