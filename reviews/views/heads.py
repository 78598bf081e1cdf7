"""Heads of sortable tables and the links above a list as finished markup: what ``sort_header.html`` gives, many at
once. A table of fifteen columns would otherwise spend more on its head than on its rows.
"""

from collections.abc import Iterable

from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tthc_portal.templatetags.portal import icon, replaced_query, sort_state, status_icon, vn_number


def sort_heads(query: QueryDict, current: str, columns: Iterable[tuple[str, str, bool]]) -> SafeString:
    """The ``<th>`` of each of ``columns`` (key, label, numeric); ``current`` is the order in force."""
    return mark_safe("\n        ".join(_head(query, current, *column) for column in columns))  # noqa: S308  escaped


def _head(query: QueryDict, current: str, key: str, label: str, numeric: bool) -> str:
    state = sort_state(key, current)
    aria = f' aria-sort="{state["aria"]}"' if state["aria"] else ""
    kind = ' class="numeric"' if numeric else ""
    address = escape(replaced_query(query, {"sort": state["next"], "page": None}))
    words = f"{escape(label)}{icon(state['icon'])}"
    return f'<th scope="col"{aria}{kind}><a class="sort-link" href="{address}">{words}</a></th>'


def status_links(query: QueryDict, statuses: Iterable[tuple[str, str, int]], chosen: list[str]) -> SafeString:
    """A link for each of ``statuses`` (status, label, how many) to the same list narrowed to it, those of ``chosen``
    marked as the ones shown.
    """
    links = []
    for status, label, number in statuses:
        address = escape(replaced_query(query, {"status": status, "page": None}))
        style, mark = ("btn-primary", ' aria-current="true"') if status in chosen else ("btn-outline-secondary", "")
        links.append(
            f'<a class="btn btn-sm {style}" href="{address}"{mark}>{icon(status_icon(status))} {escape(label)} '
            f"<strong>{vn_number(number)}</strong></a>"
        )
    return mark_safe("\n    ".join(links))  # noqa: S308  escaped
