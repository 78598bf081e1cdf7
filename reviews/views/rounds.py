"""Which round a page speaks of, and which body an address names in it."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from reviews.models import Campaign
from tthc_portal.accounts.models import Organisation
from tthc_portal.accounts.naming import under_names_of


def round_of(request) -> Campaign | None:
    """The round named by ``?campaign=CODE`` (404 when the asker may not see it), else the current one, else None.

    Also kept as ``request.campaign`` for the frame of the page.
    """
    visible = Campaign.objects.for_reader(request.user)
    code = request.GET.get("campaign") or request.POST.get("campaign")
    if code:
        request.campaign = visible.filter(code=code).first()
        if request.campaign is None:
            raise Http404("Không có đợt rà soát này.")
    else:
        request.campaign = visible.current()
    return request.campaign


def without_round(request, title: str, text: str):
    """The page called ``title`` while no round has been opened: ``text`` says what is missing and what to do."""
    context = {"page_title": title, "text": text, "action_url": reverse("reviews:list")}
    # Nothing can have been written: a POST is told so.
    status = 200 if request.method in ("GET", "HEAD") else 409
    return render(request, "reviews/no_round.html", context, status=status)


def round_or_404(request, code: str) -> Campaign:
    """The round that an address names, if the asker may see it; it is also the one the frame names."""
    request.campaign = get_object_or_404(Campaign.objects.for_reader(request.user), code=code)
    return request.campaign


def body_or_404(code: str, campaign: Campaign) -> Organisation:
    """The body that ``code`` names on the round's day and that takes part in it, under its name of that day."""
    body = Organisation.objects.filter(participations__campaign=campaign, code__iexact=code).first()
    if body is None:
        raise Http404("Không có cơ quan này trong đợt rà soát.")
    return under_names_of(campaign.bodies_on, [body])[0]
