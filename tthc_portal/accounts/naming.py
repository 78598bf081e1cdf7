"""What bodies were called on a day: a round of 2021 prints the names of 2021, whenever it is read."""

import datetime
from collections.abc import Iterable

from django.db.models import Q

from tthc_portal.accounts.models import Organisation, OrganisationName


def names_on(day: datetime.date, bodies: Iterable[int] | None = None) -> dict[int, tuple[str, str]]:
    """(name, short name or "") that bodies bore on ``day``, by primary key: of all, or of those named."""
    standing = OrganisationName.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        valid_from__lte=day,
    )
    if bodies is not None:
        standing = standing.filter(organisation__in=bodies)
    rows = standing.order_by("valid_from").values_list("organisation", "name", "short_name")
    return {body: (name, short_name) for body, name, short_name in rows}


def under_names_of(day: datetime.date, bodies: Iterable[Organisation]) -> list[Organisation]:
    """``bodies`` with the names they bore on ``day`` (in memory, not to be saved); one query for all."""
    bodies = list(bodies)
    names = names_on(day, [one.pk for one in bodies])
    for body in bodies:
        if body.pk in names:
            body.name, short_name = names[body.pk]
            body.short_name = short_name or body.short_name
    return bodies
