"""Who answers on a day for a body that another day named: successions followed, nothing moved."""

import datetime

from tthc_portal.accounts.models import Organisation, Succession


def body_on(organisation: Organisation, day: datetime.date) -> Organisation | None:
    """The body standing on ``day`` in place of ``organisation``: itself, else its main successor, and so on.

    A unit is answered for by its body. A body that did not exist yet is answered for by its one predecessor; with
    several predecessors, or where the line breaks off, the answer is None.
    """
    return bodies_on(day).get(organisation.body.pk)


def bodies_on(day: datetime.date) -> dict[int, Organisation]:
    """:func:`body_on` for every body, units included, by primary key, in two queries; those unresolved are left out."""
    every = {body.pk: body for body in Organisation.objects.all()}
    following: dict[int, int] = {}
    preceding: dict[int, list[int]] = {}
    for link in Succession.objects.all():
        preceding.setdefault(link.successor_id, []).append(link.predecessor_id)
        if link.is_main:
            following[link.predecessor_id] = link.successor_id
    found = {}
    for key in every:
        seen = set()
        top = key
        while every[top].parent_id and top not in seen:
            seen.add(top)
            top = every[top].parent_id
        answer = _standing(every[top], day, every, following, preceding)
        if answer is not None:
            found[key] = answer
    return found


def answered_by(body: Organisation, day: datetime.date) -> set[int]:
    """Primary keys of the bodies that ``body`` answers for on ``day``: itself and those it stands in place of."""
    return {body.pk, *(key for key, standing in bodies_on(day).items() if standing.pk == body.pk)}


def _standing(body, day, every, following, preceding) -> Organisation | None:
    """Walk forward from a body that ended, backward from one that had not begun; a circle ends in None."""
    seen = set()
    while body is not None and not body.existed_on(day):
        if body.pk in seen:
            return None
        seen.add(body.pk)
        if body.valid_to is not None and body.valid_to < day:
            body = every.get(following.get(body.pk))
        else:
            before = preceding.get(body.pk, [])
            body = every.get(before[0]) if len(before) == 1 else None
    return body
