"""Choices on a preview that concern the file: what its columns mean, and which repairs are refused."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from procedures.importing.choices import checked_mapping, set_columns, set_refused
from procedures.models import ImportBatch
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role


@require_POST
@for_roles(Role.ADMINISTRATOR)
def map_columns(request, pk):
    """Say what columns mean; what was chosen comes back when the file cannot be read so."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk)
    pairs = list(zip(request.POST.getlist("label"), request.POST.getlist("field"), strict=False))
    sheet, publisher = request.POST.get("sheet", ""), request.POST.get("publisher")
    remember = "remember_publisher" in request.POST
    try:
        mapping = checked_mapping(pairs, batch.layout.get("labels", [])) if pairs else None
        set_columns(by=request.user, batch=batch, mapping=mapping, sheet=sheet, publisher=publisher, remember=remember)
    except ValidationError as problem:
        batch.refresh_from_db()
        context = {"batch": batch, "errors": problem.messages, "typed": dict(pairs), "typed_sheet": sheet}
        context |= {"typed_publisher": publisher, "typed_remember": remember}
        return render(request, "procedures/mapping_columns.html", context, status=422)
    messages.success(request, "Đã ghi lựa chọn và tính lại kết quả xem trước.")
    return redirect("procedures:batch", pk=pk)


@require_POST
@for_roles(Role.ADMINISTRATOR)
def refuse_repairs(request, pk):
    """Take the ticked cells as they are written, or repaired again."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk)
    refuse, restore = (_cells(request.POST.getlist(name)) for name in ("refuse", "restore"))
    try:
        set_refused(by=request.user, batch=batch, refuse=refuse, restore=restore)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(request, f"Đã tính lại: {len(refuse)} ô giữ như trong tệp, {len(restore)} ô chuẩn hóa lại.")
    return redirect("procedures:batch", pk=pk)


def _cells(values: list[str]) -> list[tuple[int, str]]:
    """(row number, column label) of each well-formed "row:label"."""
    parts = (value.partition(":") for value in values)
    return [(int(row), label) for row, _, label in parts if row.isdecimal() and label]
