"""The present counts of every body, kept on its Participation and counted again when they may have changed.

The database marks a body in the very transaction that moves one of its figures (see reviews.models.tally_guard). The
reader holds the body's Participation, takes the marks that are committed by then, counts after that, and stores the
counts and takes those marks away together. Every change whose mark was taken had been committed before the counting
began, so it is in the counts; any other keeps its mark. What is kept without a mark can therefore only be right; the
``integrity`` command proves it against the rows.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef

from reviews.actions.columns import write_columns
from reviews.models import Campaign, Participation, StaleTally
from reviews.reports.tallies import BodyTally, tallies_by_body
from tthc_portal.accounts.models import Organisation

# How long a reader on SQLite waits for its turn to keep what it counts; the counts themselves wait for nobody.
PATIENCE_MS = 50


def present_tallies(campaign: Campaign, organisation: Organisation | None = None) -> dict[int, BodyTally]:
    """The counts of every body taking part (or of one) by its primary key: those of ``tallies_by_body``, as they are
    kept. One query while nothing has changed; nothing is written then.
    """
    kept, stale = kept_tallies(campaign, organisation)
    if stale:
        kept |= _counted_again(campaign, stale)
    return kept


def kept_tallies(
    campaign: Campaign, organisation: Organisation | None = None
) -> tuple[dict[int, BodyTally], list[int]]:
    """(counts by body as kept, bodies whose counts are not kept or may have changed since)."""
    parts = Participation.objects.filter(campaign=campaign).order_by("pk")
    if organisation is not None:
        parts = parts.filter(organisation=organisation)
    marks = StaleTally.objects.filter(campaign=OuterRef("campaign"), organisation=OuterRef("organisation"))
    kept, stale = {}, []
    for body, counts, is_stale in parts.values_list("organisation", "tally", Exists(marks)):
        found = None if is_stale else BodyTally.of(counts)
        if found is None:
            stale.append(body)
        else:
            kept[body] = found
    return kept, stale


def _counted_again(campaign: Campaign, bodies: Collection[int]) -> dict[int, BodyTally]:
    """The counts of ``bodies`` from their reviews, kept where that can be done at once.

    Where another reader is just at it, or on SQLite somebody writes, they are counted all the same and not kept.
    """
    counted: dict[int, BodyTally] = {}
    try:
        with _without_waiting(), transaction.atomic():
            counted = _keep(campaign, bodies)
    except OperationalError:
        if connection.in_atomic_block:
            raise
    rest = [body for body in bodies if body not in counted]
    if rest:
        found = tallies_by_body(campaign, bodies=rest)
        counted |= {body: found.get(body, BodyTally()) for body in rest}
    return counted


def _keep(campaign: Campaign, bodies: Collection[int]) -> dict[int, BodyTally]:
    """Count and keep those of ``bodies`` whose Participation nobody else holds. The order of the statements matters:
    hold, take the marks, count, store.
    """
    asked = Participation.objects.filter(campaign=campaign, organisation__in=bodies).order_by("pk")
    held = list(asked.select_for_update(skip_locked=True, no_key=True).only("pk", "organisation"))
    keys = [part.organisation_id for part in held]
    if not keys:
        return {}
    marks = list(StaleTally.objects.filter(campaign=campaign, organisation__in=keys).values_list("pk", flat=True))
    found = tallies_by_body(campaign, bodies=keys)
    for part in held:
        part.tally = found.setdefault(part.organisation_id, BodyTally()).plain()
    write_columns(held, ["tally"])
    StaleTally.objects.filter(pk__in=marks)._raw_delete(StaleTally.objects.db)
    return {key: found[key] for key in keys}


@contextmanager
def _without_waiting() -> Iterator[None]:
    """On SQLite give up soon when somebody writes: a dashboard must not wait for the opening of a round."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {before}")
