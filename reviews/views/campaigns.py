"""Pages of the rounds: list, form, what opening and closing will do, and the frozen scope with its reasons."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from reviews.actions.campaigns import (
    CHANGED,
    close_campaign,
    create_campaign,
    open_campaign,
    preview_opening,
    update_campaign,
)
from reviews.actions.deadlines import today
from reviews.actions.freezing import OpeningPlan
from reviews.filters import ScopeFilter
from reviews.forms.campaigns import CampaignForm
from reviews.models import Campaign, CampaignState, ScopeItem
from reviews.reports.dashboards import bodies_of
from reviews.reports.rounds import (
    ROUNDS_CSV_HEADER,
    ROUNDS_XLSX_HEADER,
    RULE_LABELS,
    SCOPE_HEADER,
    body_rows,
    level_labels,
    preview_rows,
    progress_of,
    rounds_csv_rows,
    rounds_xlsx_rows,
    scope_rows,
    steps_of,
)
from reviews.tasks import OPEN_CAMPAIGN
from reviews.views.round_pages import pages_of
from reviews.views.rounds import round_or_404
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import DEPARTMENT_ROLES
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import enqueue
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50
# Above this many reviews an opening outlasts a request and becomes a job.
JOB_FROM = 20_000


@require_safe
def listing(request):
    """Every round the reader may see; ``export=csv|xlsx`` gives them as a file."""
    rounds = Campaign.objects.visible_to(request.user).annotate(bodies=Count("participations"))
    rounds = rounds.order_by("-opens_on", "-pk")
    export = request.GET.get("export")
    if export == "csv":
        return stream_csv("dot-ra-soat.csv", ROUNDS_CSV_HEADER, rounds_csv_rows(rounds))
    if export == "xlsx":
        return xlsx_response("dot-ra-soat.xlsx", "Đợt rà soát", ROUNDS_XLSX_HEADER, rounds_xlsx_rows(rounds))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(rounds, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/campaigns/list.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*DEPARTMENT_ROLES)
def create(request):
    """Prepare a new round."""
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = create_campaign(by=request.user, **form.values())
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã lập đợt “{campaign.title}”. Xem lại rồi chốt danh mục và mở đợt.")
            return redirect("reviews:campaign", code=campaign.code)
    return render(request, "reviews/campaigns/form.html", {"form": form}, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*DEPARTMENT_ROLES)
def edit(request, code):
    """Change a round as far as its state allows."""
    campaign = round_or_404(request, code)
    if campaign.state == CampaignState.CLOSED:
        messages.error(request, "Đợt rà soát đã đóng nên không sửa được nữa.")
        return redirect("reviews:campaign", code=campaign.code)
    form = CampaignForm(request.POST if request.method == "POST" else None, campaign=campaign)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = update_campaign(by=request.user, campaign=campaign, **form.values())
        except ValidationError as refusal:
            form.add_error(None, refusal.messages)
        else:
            messages.success(request, f"Đã lưu đợt “{campaign.title}”.")
            return redirect("reviews:campaign", code=campaign.code)
    context = {"form": form, "campaign": campaign}
    return render(request, "reviews/campaigns/form.html", context, status=_status(request))


def _status(request) -> int:
    """A form that comes back to whoever posted it was refused."""
    return 422 if request.method == "POST" else 200


@require_safe
def detail(request, code):
    """A round: its three states and what the next will do, its rule, its bodies, and every page about it."""
    campaign = round_or_404(request, code)
    progress = progress_of(campaign) if request.user.oversees else None
    plan = None
    if request.user.oversees and campaign.state == CampaignState.PREPARING:
        plan = preview_opening(campaign)
    context = {
        "campaign": campaign,
        "steps": steps_of(campaign, plan, progress),
        "pages": pages_of(request.user, campaign),
        "plan": plan,
        "rule": campaign.rule,
        "excluded": level_labels(campaign.rule.excluded_levels),
        "bodies": body_rows(campaign, request.user),
        "progress": progress,
        "may_steer": request.user.is_department,
    }
    return render(request, "reviews/campaigns/detail.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*DEPARTMENT_ROLES)
def open_round(request, code):
    """Say with counts what opening does; a POST does it (as a job when it is long)."""
    campaign = round_or_404(request, code)
    if request.method == "POST":
        return _open(request, campaign)
    if campaign.state != CampaignState.PREPARING:
        messages.info(request, f"Đợt “{campaign.title}” đã được mở từ trước; không có gì thay đổi.")
        return redirect("reviews:campaign", code=campaign.code)
    return _preview(request, campaign, preview_opening(campaign))


def _preview(request, campaign: Campaign, plan: OpeningPlan, *, refusal: Sequence[str] = ()):
    """What opening does, with counts; again (409) with a ``refusal`` where it is no longer what was confirmed."""
    context = {
        "campaign": campaign,
        "plan": plan,
        "refusal": refusal,
        "rules": [(rule, label, plan.rules.get(rule, 0)) for rule, label in RULE_LABELS.items()],
        "rows": preview_rows(plan),
        "excluded_items": [item for item in plan.items if item.excluded][:PAGE_SIZE],
        "as_job": plan.reviews_total > JOB_FROM,
        "is_late": campaign.deadline < today(),
    }
    return render(request, "reviews/campaigns/open.html", context, status=409 if refusal else 200)


def _open(request, campaign: Campaign):
    """Open the round as the page showed it, or hand the opening to the worker."""
    seen = request.POST.get("seen", "")
    try:
        if campaign.state == CampaignState.PREPARING:
            plan = preview_opening(campaign)
            if seen and plan.digest != seen:
                return _preview(request, campaign, plan, refusal=[CHANGED])
            if plan.reviews_total > JOB_FROM:
                return redirect("jobs:detail", pk=(_opening_of(campaign) or _handed_over(request, campaign, seen)).pk)
        opened = open_campaign(by=request.user, campaign=campaign, seen=seen)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("reviews:campaign_open", code=campaign.code)
    if opened.changed:
        said = f"Đã chốt danh mục và mở đợt “{campaign.title}”: {opened.items} thủ tục, {opened.reviews} phiếu rà soát."
        messages.success(request, said)
    else:
        messages.info(request, f"Đợt “{campaign.title}” đã được mở từ trước; không có gì thay đổi.")
    return redirect("reviews:campaign", code=campaign.code)


def _opening_of(campaign: Campaign) -> Job | None:
    """The opening that the worker has in hand: a second press of the button looks at that one."""
    waiting = Job.objects.filter(kind=OPEN_CAMPAIGN, state__in=(JobState.WAITING, JobState.RUNNING))
    return waiting.filter(arguments__campaign=campaign.code).order_by("-pk").first()


def _handed_over(request, campaign: Campaign, seen: str) -> Job:
    """Give the opening to the worker."""
    title = f"Mở đợt rà soát “{campaign.title}”"
    arguments = {"campaign": campaign.code, "seen": seen}
    return enqueue(kind=OPEN_CAMPAIGN, title=title, by=request.user, arguments=arguments)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*DEPARTMENT_ROLES)
def close_round(request, code):
    """Say with counts what closing does; a POST does it."""
    campaign = round_or_404(request, code)
    if request.method == "POST":
        try:
            close_campaign(by=request.user, campaign=campaign)
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, f"Đã đóng đợt “{campaign.title}”. Các phiếu chỉ còn xem được.")
        return redirect("reviews:campaign", code=campaign.code)
    if not campaign.is_open:
        messages.error(request, "Chỉ đóng được đợt rà soát đang mở.")
        return redirect("reviews:campaign", code=campaign.code)
    context = {"campaign": campaign, "progress": progress_of(campaign)}
    return render(request, "reviews/campaigns/close.html", context)


@require_safe
def scope(request, code):
    """The frozen catalogue, each procedure with the reason it counts or not (căn cứ tính)."""
    campaign = round_or_404(request, code)
    items = ScopeItem.objects.visible_to(request.user).filter(campaign=campaign).select_related("owner")
    narrowed = ScopeFilter(request.GET, items)
    found = narrowed.qs.order_by("code")
    export = request.GET.get("export")
    name = f"can-cu-tinh-{campaign.code}"
    if export == "csv":
        return stream_csv(f"{name}.csv", SCOPE_HEADER, scope_rows(found))
    if export == "xlsx":
        return xlsx_response(f"{name}.xlsx", "Căn cứ tính", SCOPE_HEADER, scope_rows(found))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(found.defer("deciders", "executing_bodies", "search_text"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    form = narrowed.form
    choices = [("", "Tất cả"), *((body.code, f"{body.code} – {body}") for body in bodies_of(campaign))]
    form.fields["organisation"].widget = forms.Select(choices=choices)
    context = {"campaign": campaign, "form": form, "page_obj": page, "rules": RULE_LABELS}
    return render(request, "reviews/campaigns/scope.html", context)
