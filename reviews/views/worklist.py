"""The work list of reviews, its exports, and acts on ticked rows."""

from collections import Counter
from functools import partial
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from reviews.actions.appraisal import accept
from reviews.actions.assigning import assign
from reviews.actions.filling import check, return_internal
from reviews.filters import ReviewFilter
from reviews.models import Review, Status, Submission
from reviews.reports.submissions import pack_words
from reviews.reports.worklist import (
    CSV_HEADER,
    XLSX_HEADER,
    bodies_named,
    csv_rows,
    may_read,
    names_of,
    ordered,
    page_lines,
    sectors_of,
    status_counts,
    walks,
    xlsx_rows,
)
from reviews.rules.workflow import ACTION_LABELS, TRANSITIONS, Action
from reviews.views.columns import carry_columns, chosen_rows, columns_of, usual
from reviews.views.heads import sort_heads, status_links
from reviews.views.list_tools import tools_of
from reviews.views.rounds import round_of
from reviews.views.rows import review_rows
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import BODY_ROLES, DEPARTMENT_ROLES, Organisation, Role, User
from tthc_portal.sheets import stream_csv, xlsx_response
from tthc_portal.text import primary_keys

PAGE_SIZE = 50
# Filters that come by links and have no box of their own on the page; shown as removable marks instead.
LINKED = (
    "counted",
    "unknown",
    "within",
    "removed",
    "tier",
    "local",
    "unit",
    "by_exception",
    "document",
    "ruling",
    "submission",
)
# The columns that the list is sorted by on a click.
_HEADS = {"code": "Mã TTHC", "name": "Tên TTHC", "status": "Trạng thái", "updated": "Từ ngày"}
_BULK = (Action.CHECK, Action.RETURN_INTERNAL, Action.ACCEPT)


@require_safe
def listing(request):
    """Reviews the reader may see, narrowed, sorted and paged; ``export=csv|xlsx`` gives all of them as a file."""
    campaign, user = round_of(request), request.user
    bodies = bodies_named(campaign) if campaign and user.oversees else None
    narrowed = ReviewFilter(
        request.GET,
        Review.objects.visible_to(user),
        reader=user,
        campaign=campaign,
        bodies=bodies and {code.casefold(): pk for pk, code, _ in bodies},
    )
    others, reviews = narrowed.around("status")
    sort = request.GET.get("sort") or "code"
    if request.GET.get("export"):
        return _export(request, campaign, ordered(reviews, sort))
    counts = status_counts(others)
    chosen = [] if narrowed.form.errors else narrowed.form.cleaned_data["status"] or Status.values
    page = Paginator(range(sum(counts[status] for status in chosen)), PAGE_SIZE).get_page(request.GET.get("page"))
    walked, one_body = walks(sort, page), bool(narrowed.data.get("organisation"))
    reviews = ordered(narrowed.in_scope() if walked else reviews, sort, walked=walked, one_body=one_body)
    narrowing = [] if len(chosen) == len(counts) else chosen
    acts, people = _acts(user), _people(user)
    tools = tools_of(request, campaign)
    context = {
        "campaign": campaign,
        "form": _filter_form(request, narrowed, campaign, people, bodies),
        "errors": [error for errors in narrowed.form.errors.values() for error in errors],
        "marks": _marks(request, narrowed),
        "statuses": status_links(request.GET, [(one, one.label, counts[one]) for one in Status], narrowing),
        "total": sum(counts.values()),
        "chosen": narrowing,
        "page_obj": page,
        "rows": _rows(request, campaign, page_lines(reviews, page), bodies, ticks=bool(acts) or tools["fills"]),
        "sort": sort,
        "heads": {key: sort_heads(request.GET, sort, [(key, label, False)]) for key, label in _HEADS.items()},
        "acts": acts,
        "people": people,
    } | tools
    return render(request, "reviews/worklist/list.html", context)


def _rows(request, campaign, lines: list, bodies: list | None, *, ticks: bool) -> SafeString:
    """The page's lines; each leads to its form with the list in hand, so that the next one is a key away."""
    chosen, tail = columns_of(request.GET), f"?{urlencode({'list': request.GET.urlencode()})}"
    readable, own = may_read(request.user), "columns" in request.GET and chosen != usual(request.user)
    names = None
    if lines and (bodies is not None or own and "body" in chosen):
        names = names_of(lines, bodies_named(campaign) if bodies is None else bodies)
    if own:
        return chosen_rows(lines, chosen, readable=readable, tail=tail, ticks=ticks, names=names)
    return review_rows(lines, readable=readable, tail=tail, ticks=ticks, names=names)


@require_POST
@for_roles(*BODY_ROLES, *DEPARTMENT_ROLES)
def act(request):
    """Do one act to the ticked reviews and say how many it was done to and why not to the others."""
    reviews = list(Review.objects.visible_to(request.user).filter(pk__in=_ticked(request)))
    back = HttpResponseRedirect(f"{reverse('reviews:list')}?{request.POST.get('back', '')}")
    action = request.POST.get("action", "")
    if action not in dict(_acts(request.user)):
        raise PermissionDenied
    if not _ticked(request):
        messages.warning(request, "Chưa chọn phiếu nào; hãy đánh dấu ít nhất một phiếu trong danh sách.")
        return back
    if not reviews:
        raise Http404("Không có các phiếu này.")
    try:
        outcome = _doer(request, action)(by=request.user, reviews=reviews)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return back
    if outcome.done:
        messages.success(request, f"{_label(action)}: đã thực hiện với {len(outcome.done)} phiếu.")
    for reason, number in Counter(" ".join(error.messages) for _, error in outcome.refused).items():
        messages.warning(request, f"{number} phiếu không thực hiện được: {reason}")
    return back


def _ticked(request) -> list[int]:
    return primary_keys(request.POST.getlist("review"))


def _doer(request, action: str):
    """The writer of an act with everything but ``by`` and ``reviews`` filled in from the form."""
    if action == "assign":
        return partial(assign, assignee=_assignee(request))
    if action == Action.RETURN_INTERNAL:
        return partial(return_internal, reason=request.POST.get("reason", ""))
    return {Action.CHECK: check, Action.ACCEPT: accept}[Action(action)]


def _assignee(request) -> User | None:
    """The person chosen; None for "nobody"."""
    value = request.POST.get("assignee", "")
    if value == "none":
        return None
    person = User.objects.visible_to(request.user).filter(pk=value).first() if value.isdigit() else None
    if person is None:
        raise ValidationError("Hãy chọn người được giao phiếu.")
    return person


def _acts(user: User) -> list[tuple[str, str]]:
    """(act, label) of what a person's role may do to ticked rows; each review is still asked by the action itself."""
    acts = [
        (action.value, _label(action.value))
        for action in _BULK
        if user.role in TRANSITIONS[action].roles
        and (action is not Action.CHECK or user.role == Role.FOCAL_POINT or user.is_unit_head)
    ]
    return [*acts, ("assign", _label("assign"))] if user.role == Role.FOCAL_POINT else acts


def _label(action: str) -> str:
    return "Giao cho người thực hiện" if action == "assign" else ACTION_LABELS[Action(action)]


def _people(user: User) -> list[User]:
    """Those a focal point may give reviews to."""
    if user.role != Role.FOCAL_POINT:
        return []
    people = User.objects.of_body(user.body).filter(role__in=[Role.OFFICIAL, Role.FOCAL_POINT])
    return list(people.only("full_name", "username").order_by("full_name"))


def _filter_form(request, narrowed: ReviewFilter, campaign, people: list[User], bodies: list | None) -> forms.Form:
    """The boxes above the list, fitted to the reader: ``bodies`` for overseers, sectors and ``people`` for a body."""
    form, user = narrowed.form, request.user
    body = user.body.pk if not user.oversees else None
    if bodies is not None:
        code = request.GET.get("organisation", "").casefold()
        body = next((pk for pk, one, _ in bodies if one.casefold() == code), None)
        choices = [("", "Tất cả"), *((one, f"{one} – {name}") for _, one, name in bodies)]
        form.fields["organisation"].widget = forms.Select(choices=choices)
    if not user.oversees:
        del form.fields["kind"]
        form.fields["organisation"].widget = forms.HiddenInput()
        if not request.GET.get("organisation"):
            del form.fields["organisation"]
    if body and campaign:
        sectors = [("", "Tất cả"), *sectors_of(campaign, body), ("none", "Chưa xếp lĩnh vực")]
        form.fields["sector"].widget = forms.Select(choices=sectors)
    else:
        form.fields["sector"].widget = forms.HiddenInput()
    if user.role in BODY_ROLES:
        choices = [("", "Tất cả"), ("me", "Tôi"), ("none", "Chưa giao"), *((one.pk, str(one)) for one in people)]
        form.fields["assignee"].widget = forms.Select(choices=choices)
    else:
        form.fields["assignee"].widget = forms.HiddenInput()
    form.fields["status"].widget = forms.MultipleHiddenInput()
    for name in LINKED:
        form.fields[name].widget = forms.HiddenInput()
        if not request.GET.get(name):
            del form.fields[name]
    carry_columns(form, request.GET)
    if request.GET.get("campaign"):
        form.fields["campaign"] = forms.CharField(widget=forms.HiddenInput)
    return form


def _marks(request, narrowed: ReviewFilter) -> list[tuple[str, str]]:
    """(words, address without it) of every filter in force that has no box on the page."""
    marks = []
    for name in LINKED:
        value = request.GET.get(name)
        if value:
            query = request.GET.copy()
            query.pop(name)
            query.pop("page", None)
            label = narrowed.filters[name].label
            if name == "unit":
                shown = _unit_name(value)
            elif name == "submission":
                shown = _pack_name(request, value)
            elif name == "document":
                shown = value.partition(":")[2] or value
            else:
                shown = dict(narrowed.filters[name].extra["choices"]).get(value, value)
            marks.append((f"{label}: {shown}", f"?{query.urlencode()}"))
    return marks


def _unit_name(value: str) -> str:
    """What the mark of a unit's filter says."""
    if value == "none":
        return "Chưa giao đơn vị"
    unit = Organisation.objects.filter(pk=value).first() if value.isascii() and value.isdigit() else None
    return str(unit or value)


def _pack_name(request, value: str) -> str:
    """What the mark of a pack's filter says: its letter."""
    packs = Submission.objects.visible_to(request.user)
    pack = packs.filter(pk=value).first() if value.isascii() and value.isdigit() else None
    return pack_words(pack) if pack else value


def _export(request, campaign, reviews):
    """The whole narrowed list as a file."""
    code = campaign.code if campaign else "trong"
    if request.GET["export"] == "csv":
        return stream_csv(f"phieu-ra-soat-{code}.csv", CSV_HEADER, csv_rows(reviews, request.user))
    if request.GET["export"] == "xlsx":
        rows = xlsx_rows(reviews, request.user)
        return xlsx_response(f"phieu-ra-soat-{code}.xlsx", "Phiếu rà soát", XLSX_HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")
