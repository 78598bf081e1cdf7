"""Changing many forms at once: choose, look at what would happen, do it, take it back."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.models import AuthorityLevel
from reviews import longwork
from reviews.actions import bulk as acts
from reviews.actions import content as contents
from reviews.actions import undoing
from reviews.filters import ReviewFilter
from reviews.forms.bulk import PARTS, ApplyForm, BulkForm, PickForm
from reviews.models import BulkChange, BulkKind, Campaign, Review
from reviews.reports.bulk import RELATED, changes_of, parts_of, rows_of, sample, skip_groups, told_skips
from reviews.views.review_page import find_review, usable_levels
from reviews.views.rounds import round_of, without_round
from reviews.views.showing import Wording
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, OrganisationKind, Role
from tthc_portal.jobs.models import JobState
from tthc_portal.jobs.views import steering
from tthc_portal.text import primary_keys

FILLERS = acts.FILLERS
PAGE_SIZE = 50
NO_ROUND = "Chỉ điền được phiếu khi cơ quan chủ trì đã mở đợt rà soát; khi đó vào lại trang này."


@dataclass(frozen=True, slots=True)
class Pick:
    """The forms asked for: how they were named, and the one they are to be like."""

    form: PickForm
    ticked: list[int]
    reviews: QuerySet
    like: Review | None = None
    unknown: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Why so many at once."""
        return BulkKind.LIKE if self.like else self.form["kind"].value() or BulkKind.FIELDS

    @property
    def filters(self) -> str:
        """The filters in words of the address, or what else named the forms."""
        return self.form["filters"].value() or ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*FILLERS)
def choose(request):
    """Choose which parts to set; with the button "preview", what would happen to which forms."""
    campaign = round_of(request)
    if campaign is None:
        return without_round(request, "Điền hàng loạt", NO_ROUND)
    pick = _pick(request, campaign)
    previewing = request.method == "POST" and request.POST.get("button") == "preview"
    form = _form(request, pick, typed=request.method == "POST" and "overwrite_seen" in request.POST)
    if previewing and all([pick.form.is_valid(), form.is_valid()]):
        return _preview(request, campaign, pick, form)
    return _choosing(request, campaign, pick, form, tried=previewing)


@require_POST
@for_roles(*FILLERS)
def apply(request):
    """Do what was shown; if it is no longer that, show it again."""
    campaign = round_of(request)
    if campaign is None:
        return without_round(request, "Điền hàng loạt", NO_ROUND)
    pick = _pick(request, campaign)
    form = _form(request, pick, typed=True)
    applying = ApplyForm(request.POST)
    if not all([pick.form.is_valid(), form.is_valid()]):
        return _choosing(request, campaign, pick, form, tried=True)
    if not applying.is_valid():
        return _preview(request, campaign, pick, form, applying=applying)
    try:
        change = acts.apply(
            by=request.user,
            campaign=campaign,
            reviews=pick.reviews,
            wish=form.wish(),
            reason=applying.cleaned_data["why"],
            seal=applying.cleaned_data["seal"],
            kind=pick.kind,
            title=pick.form.cleaned_data["title"],
            filters=pick.filters,
            finish=applying.cleaned_data["finish"],
        )
    except ValidationError as refusal:
        return _preview(request, campaign, pick, form, applying=applying, refusal=refusal.messages)
    messages.success(request, f"Đã thay đổi {change.changed} phiếu. Có thể hoàn tác ở trang này.")
    return redirect("reviews:bulk_change", change.pk)


@require_safe
@for_roles(*BODY_ROLES, Role.AUDITOR)
def listing(request):
    """Changes of many forms made in the body, the latest first."""
    campaign = round_of(request)
    page = Paginator(changes_of(campaign, request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "reviews/bulk/list.html", {"campaign": campaign, "page_obj": page})


@require_safe
def detail(request, pk):
    """One change: who, when, why, what, and every form of it."""
    change = _change(request, pk)
    page = Paginator(rows_of(change), PAGE_SIZE).get_page(request.GET.get("page"))
    wording = Wording(AuthorityLevel.objects.all())
    context = {
        "change": change,
        "page_obj": page,
        "rows": [(event.review, _pairs(wording, parts_of(event.changes))) for event in page],
        "fields": [wording.label(name) for name in change.values.get("fields", [])],
        "finished": change.values.get("finished", 0),
        "skips": told_skips(change),
        "undo_refusal": undoing.undo_refusal(by=request.user, change=change),
    }
    if not change.undone_at and longwork.is_long_undo(change):
        context |= _worked_at(request, change)
    return render(request, "reviews/bulk/detail.html", context)


def _worked_at(request, change: BulkChange) -> dict:
    """The undoing that the worker has in hand, fell silent over or came to nothing with."""
    job = longwork.undo_job(change)
    if job is None or job.state == JobState.DONE:
        return {"as_job": True}
    found = {"as_job": True, "undoing": job, "undo_in_hand": longwork.in_hand(job)}
    return found | ({} if job.is_over else steering(request.user, job))


@require_POST
def undo(request, pk):
    """Take a change back where nobody has touched the form since; a large one is the worker's."""
    change = _change(request, pk, FILLERS)
    try:
        if longwork.is_long_undo(change):
            longwork.begin_undoing(by=request.user, change=change)
            return redirect("reviews:bulk_change", change.pk)
        change = undoing.undo(by=request.user, change=change)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("reviews:bulk_change", change.pk)
    restored = change.changed - len(change.kept)
    messages.success(request, f"Đã hoàn tác {restored} phiếu.")
    if change.kept:
        messages.warning(request, f"{len(change.kept)} phiếu đã thay đổi từ đó nên giữ nguyên, nêu tên ở dưới.")
    return redirect("reviews:bulk_change", change.pk)


def _change(request, pk, roles=None) -> BulkChange:
    """The change if the asker may see it (404), and one of ``roles`` (403)."""
    change = get_object_or_404(BulkChange.objects.visible_to(request.user).select_related(*RELATED), pk=pk)
    request.campaign = change.campaign
    allowed = roles or (*BODY_ROLES, Role.AUDITOR)
    return for_roles(*allowed)(lambda _: change)(request)


def _pick(request, campaign: Campaign) -> Pick:
    """The forms a request speaks of; never beyond the asker's own body."""
    data = request.POST if request.method == "POST" else _asked(request.GET)
    form = PickForm(data)
    form.is_valid()
    if request.method != "POST":
        # An address is no answer yet: what it leaves open is not wrong.
        cleaned, form = form.cleaned_data, PickForm(initial=data.dict() | {"same": data.getlist("same")})
        form.cleaned_data = cleaned
    own = Review.objects.filter(organisation=request.user.body, campaign=campaign)
    ticked = primary_keys(data.getlist("review"))
    like, codes = form.cleaned_data.get("like"), form.cleaned_data.get("codes") or []
    if like:
        model = find_review(request, like, of_own_body=True)
        return Pick(form, [], _similar(model, own, form.cleaned_data.get("same") or []), model)
    if codes:
        known = set(own.filter(scope_item__code__in=codes).values_list("scope_item__code", flat=True))
        found = own.filter(scope_item__code__in=codes) | own.filter(pk__in=ticked)
        return Pick(form, ticked, found, unknown=tuple(code for code in codes if code not in known))
    if ticked or form["kind"].value() == BulkKind.GROUP:
        return Pick(form, ticked, own.filter(pk__in=ticked))
    filters = QueryDict(form.cleaned_data.get("filters", ""))
    return Pick(form, [], ReviewFilter(filters, own, reader=request.user, campaign=campaign).qs)


def _asked(query: QueryDict) -> QueryDict:
    """An address of a list, or one that names a form to follow, as the hidden fields carry it."""
    data = query.copy()
    if "like" in query:
        data.setlist("same", query.getlist("same") or ["sector", "decider"])
        data["kind"] = BulkKind.LIKE
        data.pop("filters", None)
    elif "kind" not in query or query["kind"] not in BulkKind.values:
        kept = query.copy()
        for name in ("page", "sort", "export", "review", "kind_of_change"):
            kept.pop(name, None)
        data["filters"] = kept.urlencode()
        data["kind"] = BulkKind.FIELDS
    return data


def _similar(model: Review, own: QuerySet, same: list[str]) -> QuerySet:
    """Other forms of the body whose frozen procedures are the same in each of ``same``."""
    item = model.scope_item
    found = own.filter(campaign=model.campaign).exclude(pk=model.pk).filter(removed=False)
    if not same:
        return found.none()
    if "sector" in same:
        found = found.filter(scope_item__sector=item.sector)

    def facts(deciders, bodies):
        levels = sorted({row.get("level") or "" for row in deciders})
        return ("decider" in same and levels, "executing" in same and sorted(bodies))

    wanted = facts(item.deciders, item.executing_bodies)
    values = found.values_list("pk", "scope_item__deciders", "scope_item__executing_bodies")
    return own.filter(pk__in=[pk for pk, *rest in values if facts(*rest) == wanted])


def _form(request, pick: Pick, *, typed: bool) -> BulkForm:
    campaign = request.campaign
    standing = Review(campaign=campaign)
    blank = {"deciders": [], "transfers": []}
    content = None
    if pick.like and not typed:
        contents.with_rows([pick.like])
        content = contents.snapshot(pick.like)
    levels = usable_levels(list(AuthorityLevel.objects.all()), standing, content or blank)
    short = request.user.body.kind == OrganisationKind.PROVINCE
    return BulkForm(request.POST if typed else None, levels=levels, short=short, content=content)


def _choosing(request, campaign, pick: Pick, form: BulkForm, *, tried: bool):
    context = {
        "campaign": campaign,
        "pick": pick,
        "form": form,
        "parts": [(name, label) for name, label in PARTS if name != "stance" or "stance" in form.fields],
        "ticked_parts": form.ticked(),
        "number": pick.reviews.count(),
        "tried": tried,
        "list_url": f"{reverse('reviews:list')}?{pick.filters}",
    }
    return render(request, "reviews/bulk/choose.html", context, status=422 if tried else 200)


def _preview(request, campaign, pick: Pick, form: BulkForm, *, applying=None, refusal=()):
    """What would happen, in numbers and in a sample; nothing is written."""
    try:
        plan = acts.weigh(by=request.user, campaign=campaign, reviews=pick.reviews, wish=form.wish())
    except ValidationError as error:
        for name, sentences in getattr(error, "message_dict", {"part": error.messages}).items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else "part", sentence)
        return _choosing(request, campaign, pick, form, tried=True)
    again = applying is not None
    if again:
        applying.data = applying.data.copy()
        applying.data["seal"] = plan.seal
    wording = Wording(AuthorityLevel.objects.all())
    context = {
        "campaign": campaign,
        "pick": pick,
        "plan": plan,
        "groups": skip_groups(plan),
        "sample": [(one.review, _pairs(wording, parts_of(_both(one)))) for one in sample(plan)],
        "applying": applying or ApplyForm(initial={"seal": plan.seal}),
        "carried": [(name, value) for name, values in request.POST.lists() if name not in _OWN for value in values],
        "refusal": refusal,
    }
    return render(request, "reviews/bulk/preview.html", context, status=409 if refusal else 422 if again else 200)


# What the preview asks for itself and so does not carry along.
_OWN = ("csrfmiddlewaretoken", "button", "why", "finish", "seal")


def _both(change: acts.Change) -> dict[str, list]:
    return {name: [change.before.get(name), value] for name, value in change.data.items()}


def _pairs(wording: Wording, changes: dict) -> list[tuple[str, str, str]]:
    """(part of the form, before, after) in words."""
    return [
        (wording.label(name), wording.text(name, old), wording.text(name, new)) for name, (old, new) in changes.items()
    ]
