"""The place a question was asked from: what its address says of page, procedure and field, and the way back to it."""

from dataclasses import dataclass

from django.urls import Resolver404, resolve, reverse

from reviews.models import Review, Ticket
from reviews.rules import guide
from reviews.rules.field_help import LABELS, anchor_of

# Doors of one review that are not pages by themselves lead to its page.
ONE_REVIEW = "reviews/<int:pk>/"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the portal as the asker sees it.

    ``page`` is its address, blank when it is none of the portal's; ``procedure`` the code it is about; ``field`` and
    ``subject`` are known when it is an earlier question.
    """

    page: str = ""
    procedure: str = ""
    field: str = ""
    subject: str = ""


def place_of(page: str, user) -> Place:
    """What ``page`` is about, as far as ``user`` may see it; no statement unless it is about one review or question."""
    match = _match(page)
    if match is None:
        return Place()
    if match.route.startswith(ONE_REVIEW):
        if match.view_name not in guide.PAGES:
            page = reverse("reviews:detail", args=[match.kwargs["pk"]])
        found = Review.objects.visible_to(user).filter(pk=match.kwargs["pk"])
        return Place(page, found.values_list("scope_item__procedure__code", flat=True).first() or "")
    if match.view_name == "reviews:ticket":
        earlier = Ticket.objects.visible_to(user).select_related("procedure").filter(pk=match.kwargs["pk"]).first()
        if earlier is None:
            return Place()
        code = earlier.procedure.code if earlier.procedure else ""
        return Place(page, code, earlier.field, f"Hỏi thêm: {earlier.subject.removeprefix('Hỏi thêm: ')}"[:200])
    code = match.kwargs.get("procedure", match.kwargs.get("code", "") if "procedures" in match.namespaces else "")
    return Place(page, code)


def title_of(page: str) -> str:
    """What the page at the address is called; the address itself when it has no name of its own."""
    match = _match(page)
    known = guide.PAGES.get(match.view_name) if match else None
    return known.title if known else page


def label_of(field: str) -> str:
    """What the field is called on the form."""
    return LABELS.get(field, field)


def way_back(ticket: Ticket) -> str:
    """The address a question was asked from, down to the field; blank when it was asked from nowhere."""
    anchor = anchor_of(ticket.field)
    return f"{ticket.page}#{anchor}" if ticket.page and anchor else ticket.page


def _match(page: str):
    try:
        return resolve(page.partition("?")[0]) if page.startswith("/") else None
    except Resolver404:
        return None
