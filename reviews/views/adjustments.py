"""“Điều chỉnh phạm vi”: the ledger of changes of a frozen scope, proposed by one person and approved by another."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews.actions import adjusting
from reviews.forms.adjustments import AdjustmentForm, CandidateFilter, DeclineForm, LedgerFilter
from reviews.models import AdjustmentKind, Campaign, CampaignState, ScopeAdjustment
from reviews.reports.adjustments import (
    LEDGER_HEADER,
    STATE_LABELS,
    SUGGESTED,
    effect_rows,
    ledger_rows,
    moves,
    reverse_of,
    state_of,
    suggestions,
)
from reviews.reports.adjustments import ledger as found_in_ledger
from reviews.reports.dashboards import bodies_of
from reviews.tasks import APPROVE_ADJUSTMENT
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import DEPARTMENT_ROLES, OVERSEEING_ROLES
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import enqueue
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 50
# Approving more reviews than this takes longer than a page should.
JOB_FROM = 5_000
# Procedures named on a page that shows what would change; the count says how many there are.
SHOWN = 200


def _campaign(request, code: str) -> Campaign:
    """The round of an address, if the reader may see it; it is also the one the frame names."""
    request.campaign = get_object_or_404(Campaign.objects.visible_to(request.user), code=code)
    return request.campaign


def _may_propose(request, campaign: Campaign) -> bool:
    return request.user.is_department and campaign.state == CampaignState.OPEN


@require_safe
def ledger(request, code):
    """All changes of a round that the reader may read."""
    campaign = _campaign(request, code)
    form = LedgerFilter(request.GET, reader=request.user)
    found = found_in_ledger(campaign, request.user, **form.cleaned_data) if form.is_valid() else None
    found = ScopeAdjustment.objects.none() if found is None else found
    export = request.GET.get("export")
    name = f"dieu-chinh-pham-vi-{campaign.code}"
    if export == "csv":
        return stream_csv(f"{name}.csv", LEDGER_HEADER, ledger_rows(found))
    if export == "xlsx":
        return xlsx_response(f"{name}.xlsx", "Điều chỉnh phạm vi", LEDGER_HEADER, ledger_rows(found))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "page_obj": page,
        "rows": [(one, state_of(one), STATE_LABELS[state_of(one)]) for one in page],
        "may_propose": _may_propose(request, campaign),
    }
    return render(request, "reviews/adjustments/ledger.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*DEPARTMENT_ROLES)
def propose(request, code):
    """Fill a proposal, see what it would change, then put it before the second person."""
    campaign = _campaign(request, code)
    if campaign.state != CampaignState.OPEN:
        messages.error(request, "Chỉ điều chỉnh được phạm vi của đợt rà soát đang mở.")
        return redirect("reviews:adjustments", code=campaign.code)
    posted = request.POST if request.method == "POST" else None
    form = AdjustmentForm(posted, campaign=campaign, initial=_prefilled(request, campaign))
    context = {"campaign": campaign, "form": form}
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        if "propose" in request.POST and seen:
            try:
                adjustment = adjusting.propose(
                    by=request.user, campaign=campaign, seen=seen, **form.asked(), **form.paper()
                )
            except ValidationError as refusal:
                form.add_error(None, refusal.messages)
            else:
                messages.success(request, "Đã gửi đề nghị. Phạm vi chỉ thay đổi khi người thứ hai duyệt.")
                return redirect("reviews:adjustment", code=campaign.code, pk=adjustment.pk)
        plan, effect = adjusting.preview(campaign, **form.asked())
        if plan.refusals and not form.non_field_errors():
            form.add_error(None, plan.refusals)
        context |= _shown(request, plan, effect)
    # A preview that nothing stands against is no refusal.
    return render(request, "reviews/adjustments/propose.html", context, status=422 if form.errors else 200)


def _prefilled(request, campaign: Campaign) -> dict:
    """What comes by link: ticked procedures and a kind, or the reverse of an approved adjustment."""
    back = request.GET.get("reverse", "")
    if back.isascii() and back.isdigit():
        done = get_object_or_404(ScopeAdjustment, campaign=campaign, pk=int(back), approved_at__isnull=False)
        back = reverse_of(done)
        reason = f"Đảo lại điều chỉnh theo {done.document_number} ngày {done.document_date:%d/%m/%Y}: "
        return {"kind": back.kind, "codes": "\n".join(back.codes), "new_owner": back.new_owner, "reason": reason}
    kind = request.GET.get("kind", "")
    return {
        "kind": kind if kind in AdjustmentKind.values else "",
        "codes": "\n".join(request.GET.getlist("code")[:1000]),
    }


def _shown(request, plan, effect) -> dict:
    """What a page says of a plan."""
    found = [] if plan.refusals else moves(plan)
    return {
        "plan": plan,
        "refusals": plan.refusals,
        "seen": "" if plan.refusals else plan.digest,
        "moves": found[:SHOWN],
        "moved": len(found),
        "effect": effect_rows(effect, request.user),
    }


@require_safe
@for_roles(*OVERSEEING_ROLES)
def candidates(request, code):
    """Procedures that forms or the catalogue suggest to adjust; a tick leads to a proposal, nothing else does."""
    campaign = _campaign(request, code)
    form = CandidateFilter(request.GET, bodies=bodies_of(campaign))
    found = suggestions(campaign, request.user) if form.is_valid() else []
    body = form.cleaned_data.get("organisation")
    found = [one for one in found if not body or one.owner.code == body]
    numbers = Counter(one.kind for one in found)
    kind = form.cleaned_data.get("kind")
    if kind not in SUGGESTED:
        kind = next((one for one in SUGGESTED if numbers[one]), AdjustmentKind.EXCLUDE)
    page = Paginator([one for one in found if one.kind == kind], PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "campaign": campaign,
        "form": form,
        "page_obj": page,
        "kind": kind,
        "tabs": [(one.value, label, numbers[one]) for one, label in SUGGESTED.items()],
        "may_propose": _may_propose(request, campaign),
    }
    return render(request, "reviews/adjustments/candidates.html", context)


@require_safe
def detail(request, code, pk):
    """One change: its ground, its procedures and what it does to the figures."""
    adjustment = _adjustment(request, code, pk)
    items = adjustment.items.select_related("procedure", "replacement", "new_owner", "scope_item")
    page = Paginator(items.order_by("procedure__code"), PAGE_SIZE).get_page(request.GET.get("page"))
    state = state_of(adjustment)
    context = {
        "campaign": adjustment.campaign,
        "adjustment": adjustment,
        "state": state,
        "state_label": STATE_LABELS[state],
        "page_obj": page,
        "effect": effect_rows(adjustment.effect, request.user),
    }
    department = request.user.is_department
    if state == "pending":
        context |= _shown(request, *adjusting.preview_of(adjustment))
        context["may_decide"] = department and adjustment.proposed_by_id != request.user.pk
        context["job"] = _job_of(adjustment)
        context["as_job"] = adjusting.reach_of(adjustment) > JOB_FROM
        context["decline_form"] = DeclineForm()
    elif state == "approved" and _may_propose(request, adjustment.campaign):
        context["may_reverse"] = bool(reverse_of(adjustment).kind)
    return render(request, "reviews/adjustments/detail.html", context)


def _adjustment(request, code: str, pk: int) -> ScopeAdjustment:
    campaign = _campaign(request, code)
    found = ScopeAdjustment.objects.visible_to(request.user).filter(campaign=campaign)
    found = found.select_related("proposed_by", "approved_by", "declined_by")
    adjustment = get_object_or_404(found, pk=pk)
    adjustment.campaign = campaign
    return adjustment


@require_POST
@for_roles(*DEPARTMENT_ROLES)
def approve(request, code, pk):
    """The second person approves."""
    adjustment = _adjustment(request, code, pk)
    seen = request.POST.get("seen", "")
    try:
        if adjustment.is_pending and adjusting.reach_of(adjustment) > JOB_FROM:
            return redirect("jobs:detail", pk=(_job_of(adjustment) or _handed_over(request, adjustment, seen)).pk)
        adjusting.approve(by=request.user, adjustment=adjustment, seen=seen)
    except ValidationError as refusal:
        for message in refusal.messages:
            messages.error(request, message)
    else:
        messages.success(request, "Đã duyệt: phạm vi và số liệu của đợt thay đổi đúng như bảng dưới đây.")
    return redirect("reviews:adjustment", code=code, pk=pk)


def _job_of(adjustment: ScopeAdjustment) -> Job | None:
    """The approval that the worker has in hand."""
    waiting = Job.objects.filter(kind=APPROVE_ADJUSTMENT, state__in=(JobState.WAITING, JobState.RUNNING))
    return waiting.filter(arguments__adjustment=adjustment.pk).order_by("-pk").first()


def _handed_over(request, adjustment: ScopeAdjustment, seen: str) -> Job:
    """Give the approval to the worker; what can be refused at once is refused at once."""
    adjusting.permit(by=request.user, adjustment=adjustment)
    title = f"Duyệt điều chỉnh phạm vi theo {adjustment.document_number}"
    arguments = {"adjustment": adjustment.pk, "seen": seen}
    return enqueue(kind=APPROVE_ADJUSTMENT, title=title, by=request.user, arguments=arguments)


@require_POST
@for_roles(*DEPARTMENT_ROLES)
def decline(request, code, pk):
    """The second person declines, with a reason."""
    adjustment = _adjustment(request, code, pk)
    try:
        adjusting.decline(by=request.user, adjustment=adjustment, reason=request.POST.get("reason", ""))
    except ValidationError as refusal:
        for message in refusal.messages:
            messages.error(request, message)
    else:
        messages.success(request, "Đã từ chối đề nghị; phạm vi của đợt không thay đổi.")
    return redirect("reviews:adjustment", code=code, pk=pk)
