"""What the page of a form shows of typing: the working copy laid over the form, and who else is there."""

import json

from django.utils import timezone

from reviews.actions import copies, working
from reviews.models import Review, WorkingCopy
from reviews.views.showing import Wording


def state_of(review: Review, user, copy: WorkingCopy | None, wording: Wording) -> dict:
    """What ``_autosave.html`` needs: when the copy was kept (``at``, None without one), its wrong fields in words,
    its revision, the messages of its tabs that have arrived (JSON) and the people at the form.
    """
    fields = copies.fields_of(copy)
    at = timezone.localtime(copy.saved_at or copy.seen_at) if fields else None
    return {
        "at": at,
        "today": at is not None and at.date() == timezone.localdate(),
        "wrong": [f"{wording.label(name)}: {' '.join(one.wrong)}" for name, one in fields.items() if one.wrong],
        "revision": copy.revision if copy else 0,
        "tabs": json.dumps(copy.data.get("tabs", {}) if copy else {}),
        "people": people_line(review, user),
    }


def people_line(review: Review, besides) -> str:
    """The line that says who else has the form open; blank when nobody has."""
    people = working.people_at(review, besides)
    if not people:
        return ""
    return "Đang mở phiếu này: " + ", ".join(f"{one.name}{' (đang sửa)' if one.editing else ''}" for one in people)
