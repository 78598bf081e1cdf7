"""What bodies were called on a day: a round of 2021 prints the names of 2021, whenever it is read."""

import datetime
from collections.abc import Iterable

from django.db.models import Q

from tthc_portal.accounts.models import Organisation, OrganisationName


def under_names_of(day: datetime.date, bodies: Iterable[Organisation]) -> list[Organisation]:
    """``bodies`` with the names they bore on ``day`` (in memory, not to be saved); one query for all."""
    bodies = list(bodies)
    standing = OrganisationName.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        valid_from__lte=day,
        organisation__in=[one.pk for one in bodies],
    )
    names = {one.organisation_id: one for one in standing.order_by("valid_from")}
    for body in bodies:
        if name := names.get(body.pk):
            body.name, body.short_name = name.name, name.short_name or body.short_name
    return bodies
