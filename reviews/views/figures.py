"""Figures made ready for a page: links to the lists they count, and the share drawn against its line."""

from functools import cache, lru_cache
from urllib.parse import quote, urlencode

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from reviews.filters import FIGURES
from reviews.rules.shares import BodyFigures, Share, TargetKind
from tthc_portal.accounts.models import OrganisationKind

# The counts of one line of a dashboard, in the order of its columns.
COLUMNS = (
    "total",
    "excluded",
    "eligible",
    "unknown",
    "reviewed",
    "proposed",
    "accepted",
    "approved",
    "within",
    "delegated",
)


def list_address(**filters: str) -> str:
    """The address of the list of reviews under ``filters``; blank ones are left out."""
    given = {name: value for name, value in filters.items() if value}
    return f"{_list()}?{urlencode(given, safe=',')}"


@cache
def _list() -> str:
    """The address of the list, looked up once a process: a dashboard names it several hundred times."""
    return reverse("reviews:list")


def figure_link(figure: str, number: int, *, linked: bool = True, **filters: str) -> SafeString:
    """The bare number as a link to the list that counts it; not ``linked``: the number alone, for what is no list."""
    if not linked:
        return format_html('<span data-past-figure="{}">{}</span>', figure, str(number))
    address = list_address(**filters, **FIGURES.get(figure, {}))
    return format_html('<a data-figure="{}" href="{}">{}</a>', figure, address, str(number))


def figure_cells(figures: BodyFigures, *, linked: bool = True, **filters: str) -> SafeString:
    """The table cells of COLUMNS, one link each, and of the dossiers a year; a base that may still shrink says so
    beside its number. Not ``linked``: the numbers alone, for a past day or the frozen catalogue.
    """
    return _cells(figures, escape(list_address(**filters)), linked=linked)


def _cells(figures: BodyFigures, base: str, *, linked: bool) -> SafeString:
    """The same of the list at ``base``, an address ready for an attribute."""
    tally = figures.tally
    notes = {"eligible": _PROVISIONAL.format(tally.unknown)} if tally.unknown else {}
    # Numbers and our own constants only; the address is escaped once a line instead of once a cell.
    if linked:
        cells = [
            f'<td class="numeric"><a data-figure="{name}" href="{base}{tail}">{getattr(tally, name)}</a>'
            f"{notes.get(name, '')}</td>"
            for name, tail in _TAILS.items()
        ]
    else:
        cells = [f'<td class="numeric">{getattr(tally, name)}{notes.get(name, "")}</td>' for name in _TAILS]
    cells.append(f'<td class="numeric">{grouped(tally.dossiers)}</td>')
    return mark_safe("".join(cells))  # noqa: S308


def grouped(number: int) -> str:
    """A number as people write it: 1.234.567."""
    return f"{number:,}".replace(",", ".")


_PROVISIONAL = (
    '<span class="row-note">tạm tính<span class="visually-hidden">, còn {} TTHC chưa xác định thẩm quyền</span></span>'
)
# What each figure adds to the address of a body's list, ready for use.
_TAILS = {name: escape("".join(f"&{key}={value}" for key, value in FIGURES[name].items())) for name in COLUMNS}


@lru_cache(maxsize=2048)
def share_bar(share: Share, *, reference: bool, unknown: int = 0, size: str = "") -> SafeString:
    """The share drawn against its line. The same share always looks the same, so each is drawn once a process."""
    context = {"share": share, "reference": reference, "unknown": unknown, "size": size}
    return mark_safe(render_to_string("components/share_bar.html", context).strip())  # noqa: S308  our own template


def bar_of(figures: BodyFigures, *, size: str = "", with_unknown: bool = True) -> SafeString:
    """The share bar of a body's headline share; in a table the unknown deciders stand in their own column."""
    unknown = figures.tally.unknown if with_unknown else 0
    return share_bar(figures.share, reference=figures.target == TargetKind.REFERENCE, unknown=unknown, size=size)


def body_lines(bodies: list[BodyFigures], campaign: str, *, linked: bool, query: str) -> SafeString:
    """A table row of each of ``bodies``: its name with the way to its own dashboard, its counts, its share against the
    line. ``query`` is what keeps basis and day on that way.
    """
    tail = escape(f"/?campaign={quote(campaign)}{query}")
    lines = []
    for one in bodies:
        cells = figure_cells(one, linked=linked, campaign=campaign, organisation=one.code)
        code = escape(one.code)
        lines.append(
            f'<tr data-body="{code}"><th scope="row"><a href="{_dashboards()}{quote(one.code)}{tail}">'
            f'{escape(one.name)}</a><span class="row-note">{code}</span></th>{cells}{_against_the_line(one)}</tr>'
        )
    return mark_safe("\n      ".join(lines))  # noqa: S308  escaped


def total_line(total: BodyFigures, campaign: str, *, linked: bool) -> SafeString:
    """The national row, over the ministries."""
    cells = figure_cells(total, linked=linked, campaign=campaign, kind=OrganisationKind.MINISTRY.value)
    return mark_safe(  # noqa: S308  escaped
        f'<tr data-body="{escape(total.code)}"><th scope="row">{escape(total.name)}'
        f'<span class="row-note">{escape(total.code)}</span></th>{cells}{_against_the_line(total)}</tr>'
    )


def sector_lines(sectors: list[BodyFigures], *, linked: bool, **filters: str) -> SafeString:
    """A table row of each of a body's ``sectors``; ``filters`` name the round and the body."""
    base = escape(list_address(**filters) + "&sector=")  # a sector's code is its primary key
    lines = [
        f'<tr><th scope="row">{escape(one.name)}</th>'
        f"{_cells(one, base + (one.code or 'none'), linked=linked)}"
        f"<td>{bar_of(one, with_unknown=False)}</td></tr>"
        for one in sectors
    ]
    return mark_safe("\n          ".join(lines))  # noqa: S308  escaped


def _against_the_line(figures: BodyFigures) -> str:
    """The cells of the share, of what the line asks for and of what is missing to it."""
    share = figures.share
    required, missing = ("—" if number is None else number for number in (share.required, share.missing))
    bar = bar_of(figures, with_unknown=False)
    return f'<td>{bar}</td><td class="numeric">{required}</td><td class="numeric">{missing}</td>'


@cache
def _dashboards() -> str:
    """The address above every body's dashboard, looked up once a process."""
    return reverse("reviews:dashboard")
