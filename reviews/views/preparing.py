"""Pages of a round in preparation: the bodies taking part, and what provinces are asked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from reviews.actions.campaigns import preview_opening
from reviews.actions.freezing import plan_opening
from reviews.actions.preparing import choose_bodies, drop_reception, request_reception
from reviews.forms.preparing import ReceptionForm
from reviews.models import Campaign, CampaignState
from reviews.reports.preparing import (
    body_choices,
    choice_effect,
    frozen_requests,
    placeless,
    reception_rows,
    standing_unknowns,
)
from reviews.reports.rounds import preview_rows
from reviews.views.rounds import round_or_404
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Organisation, OrganisationKind
from tthc_portal.accounts.naming import under_names_of
from tthc_portal.text import primary_key

KINDS = (OrganisationKind.MINISTRY, OrganisationKind.PROVINCE)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OVERSEEING_ROLES)
def bodies(request, code):
    """Who takes part, ticked by hand while the round is prepared; afterwards what is still unknown of each."""
    campaign = round_or_404(request, code)
    may_write = request.user.is_department and campaign.state == CampaignState.PREPARING
    if request.method == "POST" and not request.user.is_department:
        raise PermissionDenied
    if campaign.state != CampaignState.PREPARING:
        if request.method == "POST":
            messages.error(request, "Đợt đã chốt danh mục nên không đổi được cơ quan tham gia.")
            return redirect("reviews:campaign_bodies", code=campaign.code)
        context = {"campaign": campaign, "groups": standing_unknowns(campaign)}
        return render(request, "reviews/campaigns/bodies_frozen.html", context)
    standing = Organisation.objects.on(campaign.bodies_on).taking_part().order_by("kind", "code")
    candidates = under_names_of(campaign.bodies_on, standing)
    taking_part = set(campaign.participations.values_list("organisation", flat=True))
    ticked = _ticked(request, candidates) if request.method == "POST" else taking_part
    if request.POST.get("step") == "save" and request.POST.get("seen") == _seen(ticked):
        return _choose(request, campaign, [body for body in candidates if body.pk in ticked])
    plan = plan_opening(campaign, bodies=candidates)
    context = {
        "campaign": campaign,
        "may_write": may_write,
        "groups": body_choices(plan, ticked),
        "effect": choice_effect(plan, taking_part, ticked) if ticked != taking_part else None,
        "asked_without_change": request.method == "POST" and ticked == taking_part,
        "seen": _seen(ticked),
    }
    return render(request, "reviews/campaigns/bodies.html", context)


def _ticked(request, candidates: list[Organisation]) -> set[int]:
    """The bodies ticked on the form, after "all" or "none" of a kind was pressed."""
    posted = {pk for kind in KINDS for pk in request.POST.getlist(kind)}
    ticked = {body.pk for body in candidates if str(body.pk) in posted}
    kind, _, what = request.POST.get("tick", "").partition(":")
    of_kind = {body.pk for body in candidates if body.kind == kind}
    return ticked | of_kind if what == "all" else ticked - of_kind if what == "none" else ticked


def _seen(ticked: set[int]) -> str:
    """The choice whose effect the page has shown; saving another one shows that first."""
    return ",".join(str(pk) for pk in sorted(ticked))


def _choose(request, campaign: Campaign, chosen: list[Organisation]):
    try:
        choose_bodies(by=request.user, campaign=campaign, bodies=chosen)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("reviews:campaign_bodies", code=campaign.code)
    messages.success(request, f"Đã lưu {len(chosen)} cơ quan tham gia đợt “{campaign.title}”.")
    return redirect("reviews:campaign", code=campaign.code)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OVERSEEING_ROLES)
def provinces(request, code):
    """What provinces review: the usual selection, the department's further questions, and what each would be asked."""
    campaign = round_or_404(request, code)
    prepares = campaign.state == CampaignState.PREPARING
    if request.method == "POST" and not request.user.is_department:
        raise PermissionDenied
    if request.method == "POST" and (not prepares or "drop" in request.POST):
        return _drop(request, campaign)
    if not prepares:
        requests = campaign.reception_requests.select_related("owner", "sector", "procedure")
        context = {
            "campaign": campaign,
            "requests": frozen_requests(requests),
            "rows": standing_unknowns(campaign)[1][1],
        }
        return render(request, "reviews/campaigns/provinces.html", context)
    plan = preview_opening(campaign)
    form = ReceptionForm(request.POST if request.method == "POST" else None, plan=plan)
    if request.method == "POST" and form.is_valid():
        try:
            made = request_reception(by=request.user, campaign=campaign, **form.values())
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, _said_of_requests(made))
            return redirect("reviews:campaign_provinces", code=campaign.code)
    context = {
        "campaign": campaign,
        "prepares": True,
        "may_write": request.user.is_department,
        "form": form,
        "requests": reception_rows(plan, campaign),
        **placeless(plan),
        "rows": preview_rows(plan)[1][1],
        "total": preview_rows(plan)[1][2],
    }
    return render(request, "reviews/campaigns/provinces.html", context, status=422 if form.errors else 200)


def _drop(request, campaign: Campaign):
    try:
        pk = primary_key(request.POST.get("drop", ""))
        dropped = drop_reception(by=request.user, campaign=campaign, requests=[] if pk is None else [pk])
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, "Đã bỏ yêu cầu ý kiến tiếp nhận." if dropped else "Yêu cầu này đã được bỏ từ trước.")
    return redirect("reviews:campaign_provinces", code=campaign.code)


def _said_of_requests(made: int) -> str:
    if not made:
        return "Các yêu cầu này đã có; không thêm gì."
    return f"Đã thêm {made} yêu cầu ý kiến tiếp nhận. Bảng dưới cho biết mỗi tỉnh sẽ được hỏi bao nhiêu."
