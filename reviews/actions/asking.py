"""Making the reviews of an opening inside the database: one statement a body, whatever its number of procedures."""

import datetime

from django.db import connection
from django.db.models import Model

from procedures.importing.lookups import chunks
from reviews.actions.freezing import review_of
from reviews.models import Campaign, Review, ScopeItem
from tthc_portal.accounts.models import Organisation

# What a review takes from its scope item, as SQL over the item; the rest is the same for all reviews of a body.
_FROM_ITEM = {
    "scope_item": "item.id",
    "eligible": "NOT item.excluded",
    "decider_unknown": "(item.rule = 'unknown_decider')",
}


def ask(campaign: Campaign, body: Organisation, kind: str, items: list[ScopeItem], at: datetime.datetime) -> int:
    """Insert the reviews of saved ``items`` that ``body`` is asked for from ``at`` on; returns how many.

    They are the rows that :func:`reviews.actions.freezing.review_of` describes. Sending a hundred thousand rows of
    forty values, all but three of them alike, would cost the better part of an opening.
    """
    alike = review_of(campaign, body, items[0], kind, at)
    fields = [field for field in Review._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in fields)
    values = ", ".join(_FROM_ITEM.get(field.name, "%s") for field in fields)
    same = [
        field.get_db_prep_save(getattr(alike, field.attname), connection)
        for field in fields
        if field.name not in _FROM_ITEM
    ]
    made = 0
    with connection.cursor() as cursor:
        for keys in chunks(item.pk for item in items):
            places = ", ".join(["%s"] * len(keys))
            cursor.execute(
                # Names of columns and places for values only; every value goes as a parameter.
                f"INSERT INTO {_table(Review)} ({names}) SELECT {values} FROM {_table(ScopeItem)} item"  # noqa: S608
                f" WHERE item.id IN ({places}) ORDER BY item.id",
                [*same, *keys],
            )
            made += cursor.rowcount
    return made


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)
