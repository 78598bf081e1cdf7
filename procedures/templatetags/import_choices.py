"""What the fragments of a preview ask about the file: the sheet, and the meaning of columns."""

import re
import unicodedata

from django import template

from procedures.importing.cells import VALID_CODE
from procedures.importing.layouts import FIELDS, REQUIRED
from procedures.matching_forms import publishers_on

register = template.Library()


@register.simple_tag
def column_choices(batch, typed=None):
    """The columns that can be given a meaning, each with its present one.

    {rows: [{label, chosen}], fields: [(field, label)], missing: labels of required fields without a column,
    sheets, remembered, mapped, bodies, publisher}. ``typed`` is what a person has just chosen: label → field.
    ``bodies``, [(code, name)], are there to choose from where the file names no publisher; ``publisher`` is the choice.
    """
    layout = batch.layout
    mapping = layout.get("mapping") or {}
    meaning = {label: name for name, label in mapping.items()} | (typed or {})
    asked = {*layout.get("unknown_columns", ()), *mapping.values()}
    labels = [label for label in layout.get("labels", ()) if label in asked]
    known = layout.get("columns", {})
    kind = layout.get("kind", "catalogue")
    publisher = batch.options.get("publisher")
    nowhere = publisher or ("publisher" not in known and (kind == "catalogue" or "name" in known))
    asks = nowhere and layout.get("labels") and not layout.get("sheets")
    return {
        "bodies": [(body.code, f"{body.name} ({body.code})") for body in publishers_on(batch.as_of)] if asks else [],
        "publisher": publisher,
        "optional": kind != "catalogue",
        "rows": [{"label": label, "chosen": meaning.get(label, "")} for label in labels],
        "fields": list(FIELDS.items()),
        "missing": [label for name, label in REQUIRED.items() if name not in known] if kind == "catalogue" else [],
        "sheets": layout.get("sheets", []),
        "remembered": layout.get("remembered", False),
        "mapped": [(label, FIELDS[name]) for name, label in mapping.items() if name in FIELDS],
    }


@register.filter
def repair_reason(repair: dict) -> str:
    """What a repair put right, in words: most of it cannot be seen in the two values."""
    before, after = repair["before"], repair["after"]
    lines = [line.strip() for line in before.split("\n") if line.strip()]
    found = {
        "dấu ghép rời": not unicodedata.is_normalized("NFC", before),
        "dấu cách cứng": "\u00a0" in before,
        "dấu cách thừa": bool(re.search(r"  |\t|^ | $| \n|\n ", before)),
        "xuống dòng thừa": before.strip("\n") != before or ("\n" in before and "\n" not in after),
        "ghi lặp trong ô": len(lines) != len(set(lines)),
        "ký tự điều khiển": bool(re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200d\ufeff]", before)),
    }
    reasons = [reason for reason, there in found.items() if there]
    if not reasons:
        reasons = ["mã ghi sai dạng" if VALID_CODE.fullmatch(after) else "cách ghi mã cơ quan"]
    return ", ".join(reasons)
