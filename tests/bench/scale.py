"""Rows for scale, copied inside the database: a body of 1,900 reviews, a round of 130,000, eight such rounds."""

import datetime

from django.db import connection
from django.utils import timezone

from reviews.models import Campaign, CampaignState, Participation, Review, ReviewKind, ScopeItem
from tthc_portal.accounts.models import Organisation, OrganisationKind

BODY = "H35"
OF_BODY = 1_900
# 63 provinces at this number and the ministries' own make 130,000.
OF_PROVINCE = 1_985


def widen(campaign: Campaign, *, every: bool) -> None:
    """Ask BODY about 1,900 procedures, and with ``every`` each other province about enough to make 130,000 reviews."""
    provinces = Organisation.objects.filter(participations__campaign=campaign, kind=OrganisationKind.PROVINCE)
    model = Review.objects.filter(campaign=campaign, kind=ReviewKind.PROPOSAL, status="not_started").first()
    for body in provinces if every else provinces.filter(code=BODY):
        wanted = OF_BODY if body.code == BODY else OF_PROVINCE
        lacking = wanted - Review.objects.filter(campaign=campaign, organisation=body).count()
        if lacking > 0:
            _ask(campaign, body, model, lacking)
    settle()


def _ask(campaign: Campaign, body: Organisation, model: Review, number: int) -> None:
    """``number`` more reviews of ``body``, like ``model``, of ministries' procedures it was not asked about."""
    own = {
        "organisation_id": str(body.pk),
        "scope_item_id": "item.id",
        "eligible": "NOT item.excluded",
        "decider_unknown": "(item.rule = 'unknown_decider')",
    }
    _copy(
        Review,
        own,
        "FROM reviews_review old, reviews_scopeitem item JOIN accounts_organisation owner ON owner.id = item.owner_id "
        f"WHERE old.id = {model.pk} AND item.campaign_id = {campaign.pk} AND owner.kind = 'ministry' AND NOT EXISTS "
        f"(SELECT 1 FROM reviews_review r WHERE r.scope_item_id = item.id AND r.organisation_id = {body.pk}) "
        f"ORDER BY item.code LIMIT {number}",
    )


def repeat(campaign: Campaign, rounds: int) -> None:
    """Closed rounds with the same bodies, catalogue and reviews, until there are ``rounds``."""
    for number in range(2, rounds + 1):
        other = Campaign.objects.get(pk=campaign.pk)
        other.pk, other.code = None, f"{campaign.code}-{number}"
        other.state, other.closed_at = CampaignState.CLOSED, timezone.now()
        other.opens_on -= datetime.timedelta(days=400 * number)
        other.save(force_insert=True)
        rule = campaign.rule
        rule.pk, rule.campaign, rule.version = None, other, 1
        rule.save(force_insert=True)
        del campaign.rule
        here = {"campaign_id": str(other.pk)}
        _copy(Participation, here, f"FROM reviews_participation old WHERE old.campaign_id = {campaign.pk}")
        _copy(ScopeItem, here, f"FROM reviews_scopeitem old WHERE old.campaign_id = {campaign.pk}")
        _copy(
            Review,
            here | {"scope_item_id": "fresh.id"},
            "FROM reviews_review old JOIN reviews_scopeitem item ON item.id = old.scope_item_id "
            "JOIN reviews_scopeitem fresh ON fresh.procedure_id = item.procedure_id "
            f"WHERE old.campaign_id = {campaign.pk} AND fresh.campaign_id = {other.pk}",
        )
    settle()


def _copy(model, instead: dict[str, str], source: str) -> None:
    """INSERT … SELECT every column of ``old``, those of ``instead`` from an expression."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(instead.get(column, f'old."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {values} {source}')


def settle() -> None:
    """What a database does by itself in quiet hours: count its rows and, on PostgreSQL, mark pages as seen by all and
    write down what was copied: a page that keeps a count would else wait for the copying of a million rows.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
