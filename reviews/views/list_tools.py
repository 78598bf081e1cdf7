"""What stands above the work list beside its filters: saved views, columns, and the ways into the work."""

from reviews.actions.assigning import FILLERS
from reviews.models import Campaign
from reviews.reports.saved_views import kept_query, links
from reviews.views.columns import choices, columns_of, headed, usual
from reviews.views.queue import PAGE
from tthc_portal.accounts.models import OrganisationKind


def tools_of(request, campaign: Campaign | None) -> dict:
    """The context of ``reviews/worklist/_tools.html``."""
    user, query = request.user, request.GET
    standard = usual(user)
    chosen = columns_of(query) if query.get("columns") else standard
    fills = user.role in FILLERS and campaign is not None and campaign.is_open
    return {
        "views": links(user, PAGE, query),
        "kept": kept_query(query),
        # None: the usual columns, whose head and rows are made more cheaply.
        "columns": headed(chosen) if chosen != standard else None,
        "column_choices": choices(tuple(chosen)),
        "carried": [
            (name, value)
            for name, values in query.lists()
            for value in values
            if name not in ("columns", "page", "export")
        ],
        "fills": fills,
        "answers_rest": fills and user.body.kind == OrganisationKind.PROVINCE,
    }
