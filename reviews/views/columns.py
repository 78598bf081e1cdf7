"""Columns of the work list as the reader chooses them; the usual ones are made by :mod:`reviews.views.rows`."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from django import forms
from django.http import QueryDict
from django.template.defaultfilters import truncatechars
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from reviews.models import Review, Status
from reviews.reports.worklist import Line
from reviews.views import rows
from tthc_portal.accounts.models import User

# key → (label, the sort it offers)
COLUMNS: dict[str, tuple[str, str]] = {
    "code": ("Mã TTHC", "code"),
    "body": ("Cơ quan", ""),
    "name": ("Tên TTHC", "name"),
    "sector": ("Lĩnh vực", ""),
    "status": ("Trạng thái", "status"),
    "conclusion": ("Kết luận", ""),
    "assignee": ("Người được giao", ""),
    "unit": ("Đơn vị", ""),
    "since": ("Từ ngày", "updated"),
    "dossiers": ("Hồ sơ một năm", ""),
    "counted": ("Tính là phân cấp", ""),
}
_STATUSES = dict(Status.choices)


def usual(reader: User) -> list[str]:
    """The columns shown while nobody chooses."""
    return [
        name for name in COLUMNS if name not in ("unit", "dossiers", "counted") and (name != "body" or reader.oversees)
    ]


def columns_of(query: QueryDict) -> list[str]:
    """The columns an address names (repeated or joined by commas), in their order; the code always stands first."""
    named = {name for part in query.getlist("columns") for name in part.split(",")}
    return [name for name in COLUMNS if name in named or name == "code"]


def carry_columns(form: forms.Form, query: QueryDict) -> None:
    """Let the filters keep the columns of the address."""
    if query.get("columns"):
        names = [(name, name) for name in COLUMNS]
        form.fields["columns"] = forms.MultipleChoiceField(choices=names, widget=forms.MultipleHiddenInput)


def headed(chosen: list[str]) -> list[tuple[str, str, str]]:
    """(key, label, sort) of the columns chosen."""
    return [(name, *COLUMNS[name]) for name in chosen]


@lru_cache(maxsize=256)
def choices(chosen: tuple[str, ...]) -> SafeString:
    """A box to tick for every column but the code, which always stands; made once a process for every choice met."""
    boxes = []
    for name, (label, _) in COLUMNS.items():
        if name != "code":
            mark = " checked" if name in chosen else ""
            boxes.append(
                '<div class="form-check"><input class="form-check-input" type="checkbox" name="columns" '
                f'value="{name}" id="column-{name}"{mark}>'
                f'<label class="form-check-label" for="column-{name}">{label}</label></div>'
            )
    return mark_safe("".join(boxes))  # noqa: S308  our own constants


def chosen_rows(
    lines: list[Line], chosen: list[str], *, readable, tail: str, ticks: bool, names: Mapping[int, str] | None
) -> SafeString:
    """The table rows of ``lines`` with the columns ``chosen``; the rest as in :func:`reviews.views.rows`."""
    before, after = reverse("reviews:detail", args=[0]).split("0")
    after = escape(after + tail)
    more = _more([line.pk for line in lines]) if {"dossiers", "unit"} & set(chosen) else {}
    made = []
    for line in lines:
        known = more.get(line.pk, {}) | {"body": names and names[line.organisation]}
        made.append(_row(line, f"{before}{line.pk}{after}", chosen, known, readable, ticks=ticks))
    return mark_safe("\n      ".join(made))  # noqa: S308  every row is safe


def _more(keys: list[int]) -> dict[int, dict]:
    values = ("pk", "annual_dossiers", "annual_dossiers_unknown", "unit__short_name", "unit__name")
    return {row["pk"]: row for row in Review.objects.filter(pk__in=keys).order_by().values(*values)}


def _row(line: Line, address: str, chosen: list[str], more: Mapping, readable, *, ticks: bool) -> SafeString:
    """One row; every value from the database is escaped."""
    may_read = readable(line.organisation, line.status)
    cells = [_tick(line)] if ticks else []
    for name in chosen:
        label = COLUMNS[name][0]
        style = {"code": ' class="code"', "since": ' class="nowrap"', "dossiers": ' class="numeric"'}.get(name, "")
        cells.append(f'<td{style} data-label="{label}">{_cell(name, line, address, more, may_read)}</td>')
    return mark_safe(f"<tr>{''.join(cells)}</tr>")  # noqa: S308


def _tick(line: Line) -> str:
    """The cell that ticks a row; excluded ones are only looked at."""
    disabled = "" if line.eligible else " disabled"
    return (
        f'<td class="tight"><input class="form-check-input" type="checkbox" name="review" value="{line.pk}" '
        f'aria-label="Chọn phiếu {escape(line.code)}"{disabled}></td>'
    )


def _cell(name: str, line: Line, address: str, more: Mapping, may_read: bool) -> str:
    if name == "code":
        return f'<a href="{address}">{escape(line.code)}</a>'
    if name == "name":
        words = line.name if len(line.name) <= rows.NAME_SHOWN else truncatechars(line.name, rows.NAME_SHOWN)
        return f'<span class="row-name">{escape(words)}</span>{rows._note(line)}'
    if name == "status":
        return rows._fixed("components/badge.html", line.status, _STATUSES[line.status])
    if name == "conclusion":
        return rows._conclusion(line, may_read)
    if name == "since":
        return f"{timezone.localtime(line.since):%d/%m/%Y}"
    if name in ("counted", "dossiers") and not may_read:
        return rows._NOT_SENT
    if name == "counted":
        return "Có" if line.counted else "Không"
    if name == "dossiers":
        if more["annual_dossiers"] is not None:
            return f"{more['annual_dossiers']:,}".replace(",", ".")
        return "chưa có số liệu" if more["annual_dossiers_unknown"] else "—"
    return escape(_words(name, line, more)) or "—"


def _words(name: str, line: Line, more: Mapping) -> str:
    if name == "body":
        return more["body"]
    if name == "unit":
        return more["unit__short_name"] or more["unit__name"] or ""
    if name == "assignee":
        return line.assignee_name or line.assignee_username or line.unit or ""
    return line.sector
