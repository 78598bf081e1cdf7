"""Lines of the work list as finished markup: the template of fifty rows, not the query, was the cost of the page."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from django.template.defaultfilters import truncatechars
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from reviews.models import Conclusion, Status
from reviews.reports.worklist import Line

# Longer names are cut in the list only; the form shows them whole.
NAME_SHOWN = 220

_NOT_ELIGIBLE = '<span class="row-note">Loại trừ do cấp xã quyết định, chỉ xem</span>'
_NOT_SENT = '<span class="text-muted">Chưa gửi</span>'
_COUNTED = '<span class="row-note">Tính là phân cấp</span>'
_TOGETHER = '<span class="row-note">Trả lời chung</span>'
_STATUSES, _CONCLUSIONS = dict(Status.choices), dict(Conclusion.choices)


@lru_cache(maxsize=64)
def _fixed(template: str, status: str = "", label: str = "") -> str:
    """A small piece that looks the same on every line, rendered once a process."""
    return render_to_string(template, {"status": status, "label": label}).strip()


def badge(status: str) -> SafeString:
    """The badge of a status, rendered once a process."""
    return mark_safe(_fixed("components/badge.html", status, _STATUSES[status]))  # noqa: S308  our own template


def review_rows(lines: list[Line], *, readable, tail: str, ticks: bool, names: Mapping[int, str] | None) -> SafeString:
    """The table rows of ``lines``, one after the other; empty for none.

    ``readable``: whether the reader may read the form of (body, status); ``tail``: the query that leads back to the
    list; ``ticks``: whether the table has that cell; ``names``: of the bodies by primary key, None for no such cell.
    """
    before, after = reverse("reviews:detail", args=[0]).split("0")
    after = escape(after + tail)
    rows = [_row(line, f"{before}{line.pk}{after}", readable, ticks, names) for line in lines]
    return mark_safe("\n      ".join(rows))  # noqa: S308  every value in it is escaped


def _row(line: Line, address: str, readable, ticks: bool, names: Mapping[int, str] | None) -> str:
    """One row; every value from the database is escaped, and ``address`` has been."""
    code, tick, body = escape(line.code), "", ""
    if ticks:
        disabled = "" if line.eligible else " disabled"
        tick = (
            f'<td class="tight"><input class="form-check-input" type="checkbox" name="review" value="{line.pk}" '
            f'aria-label="Chọn phiếu {code}"{disabled}></td>'
        )
    if names is not None:
        body = f'<td data-label="Cơ quan">{escape(names[line.organisation])}</td>'
    name = line.name if len(line.name) <= NAME_SHOWN else truncatechars(line.name, NAME_SHOWN)
    given = line.assignee_name or line.assignee_username or line.unit or "—"
    return (
        f'<tr>{tick}<td class="code" data-label="Mã TTHC"><a href="{address}">{code}</a></td>{body}'
        f'<td data-label="Tên TTHC"><span class="row-name">{escape(name)}</span>{_note(line)}</td>'
        f'<td data-label="Lĩnh vực">{escape(line.sector) or "—"}</td>'
        f'<td data-label="Trạng thái">{_fixed("components/badge.html", line.status, _STATUSES[line.status])}</td>'
        f'<td data-label="Kết luận">{_conclusion(line, readable(line.organisation, line.status))}</td>'
        f'<td data-label="Người được giao">{escape(given)}</td>'
        f'<td data-label="Từ ngày" class="nowrap">{timezone.localtime(line.since):%d/%m/%Y}</td></tr>'
    )


def _note(line: Line) -> str:
    if not line.eligible:
        return _NOT_ELIGIBLE
    return _fixed("reviews/worklist/_unknown.html") if line.decider_unknown else ""


def _conclusion(line: Line, readable: bool) -> str:
    if not readable:
        return _NOT_SENT
    words = escape(_CONCLUSIONS.get(line.conclusion, line.conclusion)) or "—"
    together = _TOGETHER if line.by_exception else ""
    return f"{words}{_COUNTED}" if line.counted else words + together
