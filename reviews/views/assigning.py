"""The focal point gives work out: who has how much, whole sets given at once, a leaver's work handed over."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from reviews.actions.actors import round_refusal
from reviews.actions.assigning import ASSIGNABLE, distribute, spread_evenly
from reviews.actions.assigning import hand_over as give_over
from reviews.filters import ReviewFilter
from reviews.forms.assigning import HandOverForm, Receivers, SectorsForm, SpreadForm
from reviews.models import Campaign, Review
from reviews.reports import workloads
from reviews.views.rounds import round_of, without_round
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role, User

SECTORS, UNITS, CHOSEN, TAKE_BACK = "sectors", "units", "chosen", "take_back"


@for_roles(Role.FOCAL_POINT, Role.LEADER)
@require_safe
def overview(request):
    """Who has how much, what nobody has, and the sectors to give out."""
    campaign = round_of(request)
    if campaign is None:
        return render(request, "reviews/assigning/overview.html", {"campaign": None})
    return _overview(request, campaign, None)


def _overview(request, campaign: Campaign, form: SectorsForm | None):
    body = request.user.body
    closed = round_refusal(campaign)
    gives = request.user.role == Role.FOCAL_POINT and not closed
    sectors = workloads.sector_loads(campaign, body)
    if gives and form is None:
        form = SectorsForm(sectors=sectors, receivers=Receivers(body))
    by_unit = sum((sector.suggested for sector in sectors), Counter())
    context = {
        "campaign": campaign,
        "work": workloads.workload(campaign, body),
        "sectors": sectors,
        "form": form,
        "gives": gives,
        "closed": closed,
        "suggested": by_unit.most_common(),
        "suggested_total": by_unit.total(),
        "givable": sum(sector.free for sector in sectors),
        "holders": workloads.holders_of_work(body) if gives else [],
        "free_query": workloads.list_url(campaign, body, assignee="none", unit="none").partition("?")[2],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reviews/assigning/overview.html", context, status=status)


@for_roles(Role.FOCAL_POINT)
@require_http_methods(["GET", "HEAD", "POST"])
def spread(request):
    """Say how many reviews a filter leaves and give them out; the sectors of the overview are given here too."""
    campaign = round_of(request)
    if campaign is None:
        return without_round(
            request, "Giao phiếu", "Phiếu có để giao sau khi cơ quan chủ trì mở đợt rà soát; khi đó vào lại trang này."
        )
    how = request.POST.get("how", "")
    if request.method == "POST" and how == SECTORS:
        return _give_sectors(request, campaign)
    query = QueryDict(request.POST.get("list", "")) if request.method == "POST" else request.GET
    matching = _matching(request, campaign, query)
    receivers = Receivers(request.user.body)
    form = SpreadForm(request.POST if how in (CHOSEN, TAKE_BACK) else None, receivers=receivers)
    if request.method == "POST" and how in (UNITS, CHOSEN, TAKE_BACK):
        plan, only_free = _plan(request, how, matching, form)
        if plan is not None and _given(request, plan, only_free=only_free):
            return redirect(_overview_url(campaign))
    return _show_spread(request, campaign, query, matching, form, receivers)


def _matching(request, campaign: Campaign, query: QueryDict):
    """Reviews of the own body that the list with ``query`` shows."""
    own = Review.objects.visible_to(request.user).filter(organisation=request.user.body)
    return ReviewFilter(query, own, reader=request.user, campaign=campaign).qs


def _assignable(matching):
    return matching.filter(status__in=ASSIGNABLE, eligible=True)


def _free(matching):
    return _assignable(matching).filter(assignee=None, unit=None)


def _plan(request, how: str, matching, form: SpreadForm):
    """({review: receiver} or None where something must be chosen first, whether only free ones go)."""
    if how == UNITS:
        return workloads.suggestions(_free(matching), request.user.body), True
    if how == TAKE_BACK:
        return dict.fromkeys(_assignable(matching).values_list("pk", flat=True)), False
    if not form.is_valid():
        return None, True
    again = form.cleaned_data["again"]
    groups = workloads.sectors_of_reviews(_assignable(matching) if again else _free(matching))
    return spread_evenly(groups, form.chosen()), not again


def _show_spread(request, campaign: Campaign, query: QueryDict, matching, form, receivers: Receivers):
    counts = {"matching": matching.count(), "assignable": _assignable(matching).count()}
    free = _free(matching)
    named = Counter(workloads.suggestions(free, request.user.body).values())
    counts |= {"free": free.count()}
    context = {
        "campaign": campaign,
        "query": query.urlencode(),
        "form": form if form.is_bound and form.data.get("how") == CHOSEN else SpreadForm(receivers=receivers),
        "counts": counts | {"held": counts["assignable"] - counts["free"]},
        "elsewhere": counts["matching"] - counts["assignable"],
        "suggested": named.most_common(),
        "suggested_total": named.total(),
        "closed": round_refusal(campaign),
        "overview_url": _overview_url(campaign),
    }
    # Without a way named the page is only opened, though by POST: its filter may be too long for an address.
    status = 422 if request.method == "POST" and request.POST.get("how") else 200
    return render(request, "reviews/assigning/spread.html", context, status=status)


def _give_sectors(request, campaign: Campaign):
    """Every sector to whoever was chosen for it; a wrong choice shows the page again with what was chosen."""
    body = request.user.body
    form = SectorsForm(
        request.POST, sectors=workloads.sector_loads(campaign, body), receivers=Receivers(request.user.body)
    )
    if not form.is_valid():
        return _overview(request, campaign, form)
    plan, again = {}, form.cleaned_data["again"]
    asked = _assignable(workloads.asked(campaign, body))
    for key, receiver in form.chosen().items():
        rows = asked.filter(scope_item__sector=None if key == "none" else int(key))
        if not again and receiver is not None:
            rows = rows.filter(assignee=None, unit=None)
        plan |= dict.fromkeys(rows.values_list("pk", flat=True), receiver)
    if not form.chosen():
        messages.warning(request, "Chưa chọn đơn vị hoặc người nhận cho lĩnh vực nào.")
        return _overview(request, campaign, form)
    _given(request, plan, only_free=False)
    return redirect(_overview_url(campaign))


def _given(request, plan: dict, *, only_free: bool) -> bool:
    """Carry out ``plan`` and say what became of it; whether anything was done."""
    if not plan:
        messages.warning(request, "Không có phiếu nào để giao: các phiếu này đã được giao hoặc đã gửi.")
        return False
    try:
        outcome = distribute(by=request.user, plan=plan, only_free=only_free)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return False
    taken = [review for review in outcome.done if plan[review.pk] is None]
    given = len(outcome.done) - len(taken)
    if given:
        receivers = len({(type(one), one.pk) for one in plan.values() if one is not None})
        messages.success(request, f"Đã giao {given} phiếu cho {receivers} nơi nhận.")
    if taken:
        messages.success(request, f"Đã thu hồi {len(taken)} phiếu; hiện chưa giao cho ai.")
    _tell_refused(request, outcome)
    return bool(outcome.done)


def _tell_refused(request, outcome) -> None:
    for reason, number in Counter(" ".join(error.messages) for _, error in outcome.refused).items():
        messages.warning(request, f"{number} phiếu không giao được: {reason}")


def _overview_url(campaign: Campaign) -> str:
    return f"{reverse('reviews:assignments')}?campaign={campaign.code}"


@for_roles(Role.FOCAL_POINT)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request):
    """Choose a leaver, see what he has, choose who takes it over; drafts go too."""
    body = request.user.body
    holders = workloads.holders_of_work(body)
    asked = request.POST.get("person") or request.GET.get("person", "")
    person = None
    if asked:
        mine = User.objects.visible_to(request.user).filter(pk=asked) if asked.isdecimal() else User.objects.none()
        person = mine.select_related("organisation__parent").first()
        if person is None or person.body != body:
            raise Http404("Không có người này trong cơ quan.")
    context = {"person": person, "holders": holders, "form": None}
    if person is not None:
        posted = request.POST if request.method == "POST" else None
        form = HandOverForm(posted, receivers=Receivers(body, leaver=person))
        if request.method == "POST" and form.is_valid() and _handed_over(request, person, form):
            return redirect("reviews:assignments")
        counts = workloads.leaver_counts(person)
        context |= {"form": form, "counts": counts, "total": sum(number for *_, number in counts)}
    status = 422 if request.method == "POST" and person is not None else 200
    return render(request, "reviews/assigning/hand_over.html", context, status=status)


def _handed_over(request, person: User, form: HandOverForm) -> bool:
    try:
        outcome = give_over(by=request.user, person=person, receivers=form.chosen(), reason=form.cleaned_data["reason"])
    except ValidationError as refusal:
        form.add_error(None, refusal.messages)
        return False
    messages.success(request, f"Đã bàn giao {len(outcome.done)} phiếu của {person} cho {len(form.chosen())} nơi nhận.")
    _tell_refused(request, outcome)
    return True
