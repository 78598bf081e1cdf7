"""Named ways of looking at a list: one's own and those shared within the body."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict

from reviews.models import SavedView
from tthc_portal.accounts.models import User

# What belongs to a visit, not to a way of looking.
PASSING = ("page", "export", "campaign", "columns")


@dataclass(frozen=True, slots=True)
class ViewLink:
    """One saved view above the list: its address, whether it is the one in force, whose it is."""

    pk: int
    name: str
    href: str
    current: bool
    own: bool
    shared: bool
    by: str


def views_for(user: User, page: str) -> QuerySet:
    """Views of ``page`` that ``user`` may apply."""
    body = user.body
    colleague = Q(user__organisation=body) | Q(user__organisation__parent=body)
    found = SavedView.objects.filter(Q(user=user) | Q(is_shared=True) & colleague, page=page)
    return found.order_by("name", "pk")


def kept_query(query: QueryDict) -> str:
    """The filters and the order of an address, as a view keeps them."""
    pairs = [(name, value) for name, values in query.lists() if name not in PASSING for value in values if value]
    return urlencode(sorted(pairs))


def links(user: User, page: str, query: QueryDict) -> list[ViewLink]:
    """The views ``user`` may apply as links that keep the round of the address."""
    now = (kept_query(query), _columns(query))
    round_kept = [("campaign", query["campaign"])] if query.get("campaign") else []
    made = []
    for pk, name, kept, columns, shared, owner, full_name, username in views_for(user, page).values_list(*_LINK):
        pairs = [*parse_qsl(kept), *round_kept]
        if columns:
            pairs.append(("columns", ",".join(columns)))
        current = (kept, columns) == now
        own = owner == user.pk
        made.append(ViewLink(pk, name, f"?{urlencode(pairs)}", current, own, shared, full_name or username))
    return made


# What a link is made of: most lists have no saved view at all, and reading whole rows and people took longer to ask.
_LINK = ("pk", "name", "query", "columns", "is_shared", "user", "user__full_name", "user__username")


def _columns(query: QueryDict) -> list[str]:
    return [name for part in query.getlist("columns") for name in part.split(",") if name]
