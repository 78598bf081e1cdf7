"""The home page: what waits for the person who opens it."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from reviews.actions import support
from reviews.models import Campaign
from reviews.reports import home as figures
from reviews.reports.dashboards import body_figures
from reviews.rules.shares import TargetKind
from reviews.views.rounds import round_of
from tthc_portal.accounts.models import Role
from tthc_portal.text import primary_key, primary_keys


@require_safe
def home(request):
    """A home by role; without a round yet, what comes next instead of figures."""
    campaign = round_of(request)
    user = request.user
    template, audience = AUDIENCES[user.role]
    context = {
        "campaign": campaign,
        "announcements": figures.announcements_for(user, campaign),
        "notices": figures.unread_notices(user),
    }
    context |= audience(user, campaign)
    return render(request, template, context)


@require_POST
def read_notices(request):
    """Mark the posted notices as read, or all as far as the one named, and go on to the page that ``next`` names."""
    pks = primary_keys(request.POST.getlist("notice"))
    support.read_notices(by=request.user, pks=pks)
    newest = primary_key(request.POST.get("until", ""))
    if newest is not None:
        support.read_notices_until(by=request.user, newest=newest)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if safe else reverse("home"))


def _official(user, campaign):
    """An official: own reviews, returned ones first."""
    if campaign is None:
        return {}
    queues = figures.my_queues(user, campaign)
    return {"queues": queues, "total": sum(queue.number for queue in queues)} | _body(user, campaign)


def _head(user, campaign):
    """Focal point and leader: the body's progress and what waits for them."""
    if campaign is None:
        return {}
    return {"queues": figures.body_queues(user, campaign)} | _body(user, campaign)


def _body(user, campaign):
    own, statuses = body_figures(campaign, user.body)
    return {
        "figures": own,
        "statuses": figures.statuses_to_review(campaign, user.body, own.tally, statuses),
        "reference": own.target == TargetKind.REFERENCE,
        "deadline": figures.deadline_of(campaign, user.body),
        "together": figures.answered_together(campaign, user.body, user),
    }


def _department(user, campaign):
    """The department: the nation's share, the queue of reviews to appraise, questions, rounds."""
    context = {"rounds": list(Campaign.objects.visible_to(user)[:5])}
    if campaign is None:
        return context
    day = figures.department_day(campaign)
    return context | {
        "figures": day.figures,
        "queues": day.queues,
        "packs": day.packs,
        "waiting": day.waiting,
        "deadline": figures.deadline_of(campaign, user.body),
    }


def _administrator(user, campaign):
    """The administrator: the catalogue and the people."""
    return {"catalogue": figures.catalogue_state()}


def _auditor(user, campaign):
    """The auditor: where to read."""
    return {"rounds": list(Campaign.objects.visible_to(user)[:5])}


AUDIENCES = {
    Role.OFFICIAL: ("reviews/home/official.html", _official),
    Role.FOCAL_POINT: ("reviews/home/body.html", _head),
    Role.LEADER: ("reviews/home/body.html", _head),
    Role.APPRAISER: ("reviews/home/department.html", _department),
    Role.DEPARTMENT_HEAD: ("reviews/home/department.html", _department),
    Role.ADMINISTRATOR: ("reviews/home/administrator.html", _administrator),
    Role.AUDITOR: ("reviews/home/auditor.html", _auditor),
}
