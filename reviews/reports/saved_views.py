"""Named ways of looking at a list: one's own and those shared within the body."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from django.db.models.query import RawQuerySet
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


# One's own, and those that somebody of the body or of one of its units shares. Written out: most lists have no saved
# view at all, and putting the question together took longer than asking it.
_VIEWS_FOR = """
SELECT kept.*, owner.full_name AS owner_full_name, owner.username AS owner_username
FROM reviews_savedview kept
JOIN accounts_user owner ON owner.id = kept.user_id
JOIN accounts_organisation home ON home.id = owner.organisation_id
WHERE kept.page = %s AND (kept.user_id = %s OR kept.is_shared AND %s IN (home.id, home.parent_id))
ORDER BY kept.name, kept.id
"""


def views_for(user: User, page: str) -> RawQuerySet:
    """Views of ``page`` that ``user`` may apply, each with its owner's ``owner_full_name`` and ``owner_username``."""
    return SavedView.objects.raw(_VIEWS_FOR, [page, user.pk, user.body.pk])


def kept_query(query: QueryDict) -> str:
    """The filters and the order of an address, as a view keeps them."""
    pairs = [(name, value) for name, values in query.lists() if name not in PASSING for value in values if value]
    return urlencode(sorted(pairs))


def links(user: User, page: str, query: QueryDict) -> list[ViewLink]:
    """The views ``user`` may apply as links that keep the round of the address."""
    now = (kept_query(query), _columns(query))
    round_kept = [("campaign", query["campaign"])] if query.get("campaign") else []
    made = []
    for view in views_for(user, page):
        pairs = [*parse_qsl(view.query), *round_kept]
        if view.columns:
            pairs.append(("columns", ",".join(view.columns)))
        current, own = (view.query, view.columns) == now, view.user_id == user.pk
        by = view.owner_full_name or view.owner_username
        made.append(ViewLink(view.pk, view.name, f"?{urlencode(pairs)}", current, own, view.is_shared, by))
    return made


def _columns(query: QueryDict) -> list[str]:
    return [name for part in query.getlist("columns") for name in part.split(",") if name]
