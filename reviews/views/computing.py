"""What follows from rows of a form while they are typed: classes of transfers, first wording, cost of compliance."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from django.template.loader import render_to_string

from procedures.models import AuthorityLevel
from reviews.actions.content import rule_levels_of
from reviews.actions.gaps import compose_from
from reviews.forms.filling import CostFormSet, RowsFormSet, TransferFormSet, level_choices
from reviews.models import ComplianceCost, Transfer
from reviews.rules import costs
from reviews.rules.transfers import Level, classify, explain, is_internal


def computed_from(request, levels: list[AuthorityLevel]) -> dict:
    """The answer to a page that asks: ``moves`` (HTML by row, in order), ``content``, ``costs`` (lines and total)."""
    known = rule_levels_of(levels)
    choices = level_choices(levels)
    answer: dict = {}
    if "transfers-TOTAL_FORMS" in request.POST:
        kwargs = {"choices": {"source_level": choices, "target_level": choices}}
        rows = _read(TransferFormSet(request.POST, prefix="transfers", form_kwargs=kwargs))
        told = [told_of(row, known) if row else None for row in rows]
        answer["moves"] = [
            render_to_string("reviews/filling/_class.html", {"told": one}, request) if one else "" for one in told
        ]
        answer["content"] = compose_from([row for row in rows if row], known)
    if "costs-TOTAL_FORMS" in request.POST:
        rows = _read(CostFormSet(request.POST, prefix="costs"))
        answer["costs"] = {
            "lines": [cost_line(row) if row else "" for row in rows],
            "total": cost_total([row for row in rows if row]),
        }
    return answer


def _read(table: RowsFormSet) -> list[dict | None]:
    """Row by row what can be read; None for a blank, a wrong and a deleted one."""
    if not table.management_form.is_valid():
        return []
    table.is_valid()
    gone = set(table.deleted_forms) if table.is_valid() else {one for one in table.forms if _deleted(one)}
    return [None if form in gone or form.errors or form.is_blank() else form.row() for form in table.forms]


def _deleted(form) -> bool:
    return form.data.get(form.add_prefix("DELETE")) == "on"


def told_of(row: Mapping, known: Mapping[str, Level]) -> dict | None:
    """A transfer row as ``_class.html`` tells it; None while an end is missing."""
    source, target = known.get(row["source_level"]), known.get(row["target_level"])
    if source is None or target is None:
        return None
    move = Transfer(transfer_class=classify(source, target).value, is_internal=is_internal(source, target))
    return {"transfer": move, "source": source.label, "target": target.label, "explanation": explain(source, target)}


def cost_item(row: Mapping) -> costs.CostItem | None:
    """A row of costs as the rule knows it; None where a figure is none (typed wrong, and kept so)."""
    try:
        return costs.CostItem(
            hours=Fraction(Decimal(str(row["hours"] or 0))),
            hourly_income=int(row["hourly_income"] or 0),
            outside_cost=int(row["outside_cost"] or 0),
            fee=int(row["fee"] or 0),
            times_per_year=int(row["times_per_year"] or 0),
            subjects_per_year=int(row["subjects_per_year"] or 0),
        )
    except (InvalidOperation, ValueError):
        return None


def cost_line(row: Mapping) -> str:
    """What one item comes to: "394.000 đồng một lần; 4.728.000.000 đồng một năm"."""
    item = cost_item(row)
    return f"{_dong(item.unit)} một lần; {_dong(item.yearly)} một năm" if item else ""


def cost_total(rows: Iterable[Mapping]) -> str:
    """Both years and what is saved, in one sentence; blank without a row."""
    items = [(row["phase"], cost_item(row)) for row in rows]
    if not any(item for _phase, item in items):
        return ""
    now = [item for phase, item in items if item and phase == ComplianceCost.Phase.NOW]
    after = [item for phase, item in items if item and phase == ComplianceCost.Phase.AFTER]
    result = costs.saving(now, after)
    said = f"Hiện tại: {_dong(result.now)} một năm. "
    if not after:
        return said + "Chưa khai chi phí sau khi thực hiện phương án."
    said += f"Sau khi thực hiện phương án: {_dong(result.after)} một năm. "
    if result.amount < 0:
        said += f"Phương án làm tăng chi phí {_dong(-result.amount)} một năm"
    else:
        said += f"Tiết kiệm {_dong(result.amount)} một năm"
    return f"{said} ({result.text.lstrip('-').replace('.', ',')}%)." if result.text else f"{said}."


def _dong(amount: int) -> str:
    return f"{amount:,}".replace(",", ".") + " đồng"
