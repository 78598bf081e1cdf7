"""Lines of the work list as finished markup: the template of fifty rows, not the query, was the cost of the page."""

from functools import lru_cache

from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from reviews.models import Review

# Longer names are cut in the list only; the form shows them whole.
NAME_SHOWN = 220

_TICK = (
    '<td class="tight"><input class="form-check-input" type="checkbox" name="review" value="{}" '
    'aria-label="Chọn phiếu {}"{}></td>'
)
_ROW = (
    '<tr>{tick}<td class="code" data-label="Mã TTHC"><a href="{address}">{code}</a></td>{body}'
    '<td data-label="Tên TTHC"><span class="row-name">{name}</span>{note}</td>'
    '<td data-label="Lĩnh vực">{sector}</td><td data-label="Trạng thái">{badge}</td>'
    '<td data-label="Kết luận">{conclusion}</td><td data-label="Người được giao">{assignee}</td>'
    '<td data-label="Từ ngày" class="nowrap">{since}</td></tr>'
)


@lru_cache(maxsize=64)
def _fixed(template: str, status: str = "", label: str = "") -> SafeString:
    """A small piece that looks the same on every line, rendered once a process."""
    return mark_safe(render_to_string(template, {"status": status, "label": label}).strip())  # noqa: S308  our own


def review_row(review: Review, *, readable: bool, tail: str, ticks: bool, bodies: bool) -> SafeString:
    """One line: ``tail`` is the query that leads back to the list, ``ticks`` and ``bodies`` whether it has those cells.

    ``review`` comes with its scope item, body and assignee at hand.
    """
    item = review.scope_item
    tick = format_html(_TICK, str(review.pk), item.code, "" if review.eligible else mark_safe(" disabled"))
    return format_html(
        _ROW,
        tick=tick if ticks else "",
        address=f"{reverse('reviews:detail', args=[review.pk])}{tail}",
        code=item.code,
        body=format_html('<td data-label="Cơ quan">{}</td>', review.organisation) if bodies else "",
        name=truncatechars(item.name, NAME_SHOWN),
        note=_note(review),
        sector=item.sector_name or "—",
        badge=_fixed("components/badge.html", review.status, review.get_status_display()),
        conclusion=_conclusion(review, readable),
        assignee=review.assignee or "—",
        since=timezone.localtime(review.status_since).strftime("%d/%m/%Y"),
    )


def _note(review: Review) -> SafeString | str:
    if not review.eligible:
        return mark_safe('<span class="row-note">Loại trừ do cấp xã quyết định, chỉ xem</span>')
    return _fixed("reviews/worklist/_unknown.html") if review.decider_unknown else ""


def _conclusion(review: Review, readable: bool) -> SafeString | str:
    if not readable:
        return mark_safe('<span class="text-muted">Chưa gửi</span>')
    note = mark_safe('<span class="row-note">Tính là phân cấp</span>') if review.counted else ""
    return format_html("{}{}", review.get_conclusion_display() or "—", note)
