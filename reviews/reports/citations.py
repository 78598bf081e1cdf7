"""Legal documents already cited on forms: what the form offers when a number or a title is begun."""

from django.db.models import Count, Q

from reviews.models import LegalAmendment, Review
from tthc_portal.text import one_line

MAX_OFFERED = 12
_COLUMNS = ("document_type", "number", "issued_on", "title", "drafting_lead", "issuing_authority")


def cited_documents(user, text: str) -> list[dict]:
    """Documents on reviews whose content ``user`` may read, by a part of number or title, the most cited first.

    One document cited in several wordings is offered once, in the fullest of them. [] for fewer than two characters.
    """
    text = one_line(text)
    if len(text) < 2:
        return []
    # SQLite compares Vietnamese letters by case; numbers are written in capitals but for "Đ-CP" typed as "đ-cp".
    forms = {text, text.upper(), text.lower(), text[:1].upper() + text[1:]}
    asked = Q()
    for form in forms:
        asked |= Q(number__contains=form) | Q(title__contains=form)
    rows = LegalAmendment.objects.filter(asked, review__in=Review.objects.readable_by(user)).order_by()
    grouped = rows.values(*_COLUMNS).annotate(times=Count("pk")).order_by("-times", "number")[: MAX_OFFERED * 5]
    offered: dict[tuple, dict] = {}
    for row in grouped:
        key = row["document_type"], row["number"]
        fuller = offered.setdefault(key, row)
        for name in _COLUMNS:
            fuller[name] = fuller[name] or row[name]
    return [{name: row[name] for name in _COLUMNS} for row in list(offered.values())[:MAX_OFFERED]]
