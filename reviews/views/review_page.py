"""The page of one review: who may see what of it, and everything its template shows."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from procedures.models import AuthorityLevel
from reviews.actions import content as contents
from reviews.actions import copies, filling
from reviews.actions.actors import actor_for, verdict
from reviews.actions.deadlines import last_day, late_for
from reviews.filters import ReviewFilter
from reviews.forms.appraisal import ApproveForm, InternalReturnForm, ReopenForm, ReturnForm, RulingForm
from reviews.forms.filling import ReviewForm
from reviews.models import QueryState, Review, Status, TransferClass, WorkingCopy
from reviews.reports.worklist import ordered
from reviews.rules import transfers as transfer_rules
from reviews.rules.workflow import ACTION_LABELS, TRANSITIONS, Action, unlocks, whose_turn
from reviews.views import sections, typing
from reviews.views.showing import Wording
from tthc_portal.accounts.deputies import DEPUTISED_ROLES, stood_in_for
from tthc_portal.accounts.models import DEPARTMENT_ROLES, Role

RELATED = (
    "campaign",
    "scope_item__owner",
    "scope_item__procedure",
    "organisation",
    "unit",
    "assignee",
    "edited_by",
    "finished_by",
    "checked_by",
)
# No working copy was handed over, which is not the same as that there is none.
UNREAD = object()
# What stands on the page beside the main form: (action, form it asks for).
SMALL_FORMS = {
    Action.RETURN_INTERNAL: InternalReturnForm,
    Action.RETURN: ReturnForm,
    Action.REOPEN: ReopenForm,
    Action.APPROVE: ApproveForm,
}


def find_review(request, pk: int, *, of_own_body: bool = False) -> Review:
    """The review if the asker may see it (and, if asked, it is his own body's); otherwise 404."""
    reviews = Review.objects.visible_to(request.user).select_related(*RELATED)
    if of_own_body:
        reviews = reviews.filter(organisation=request.user.body)
    review = reviews.filter(pk=pk).order_by().first()  # one row needs no order, and the order of lists draws tables in
    if review is None:
        raise Http404("Không có phiếu rà soát này.")
    request.campaign = review.campaign
    return review


def to_page(request, review: Review):
    """Redirect to the page of ``review``, the list one came from still in hand."""
    came_from = request.GET.get("list", "")
    address = reverse("reviews:detail", args=[review.pk])
    return redirect(f"{address}?{urlencode({'list': came_from})}" if "list" in request.GET else address)


def carry_out(request, review: Review, do: Callable[[], object], said: str, **page):
    """Do an action and go back to the page saying so; a refusal shows the page again with what was typed."""
    try:
        do()
    except ValidationError as error:
        return refuse(request, review, error, **page)
    messages.success(request, said)
    return to_page(request, review)


def refuse(request, review: Review, error: ValidationError, **page):
    """The page again (409), with the sentences of a refusal and everything that was typed."""
    review = find_review(request, review.pk)
    return render_review(request, review, refusal=error.messages, status=409, **page)


def render_review(
    request,
    review: Review,
    *,
    copy: WorkingCopy | None | object = UNREAD,
    form: ReviewForm | None = None,
    conflict: filling.EditConflict | None = None,
    small: dict | None = None,
    rulings: dict | None = None,
    refusal: list[str] | None = None,
    show_gaps: bool = False,
    status: int = 200,
):
    """The page of ``review``; ``form``, ``small`` (by action), ``rulings`` (by transfer) are forms already filled.

    ``copy`` is the reader's working copy as it stood before ``review`` was read; without it, it is read here.
    """
    levels = list(AuthorityLevel.objects.all())
    contents.with_rows([review])
    actor = actor_for(request.user, review)
    wording = Wording(levels)
    day = last_day(review.campaign, review.organisation)
    if not request.user.oversees:
        review.campaign.own_until = day
    context = {
        "review": review,
        "item": review.scope_item,
        "whose_turn": whose_turn(review.status),
        "unlocks": unlocks(review.status),
        "last_day": day,
        "late": late_for(review, day) if review.status in _UNSENT and review.campaign.is_open else "",
        "stands_in_until": _stands_in_until(request.user, review),
        "refusal": refusal,
        "conflict": conflict,
        "conflict_rows": _conflict_rows(conflict, wording) if conflict else [],
        "frozen_deciders": wording.text("deciders", contents.initial_content(review)["deciders"]),
        "content_visible": review.content_visible_to(request.user),
        "sees_people": request.user.oversees or actor.own_body,
        "list_query": request.GET.get("list", ""),
        "list_url": _list_url(request),
        "neighbours": _neighbours(request, review),
    }
    context |= _actions(request.user, review, actor, small or {})
    if context["content_visible"]:
        context |= _content(request, review, copy, context, levels, wording, form, conflict, rulings or {})
        context["show_gaps"] = show_gaps
    return render(request, "reviews/filling/detail.html", context, status=status)


def _content(request, review, copy, context, levels, wording, form, conflict, rulings) -> dict:
    """The part of the page that only those see who may read the form."""
    content = contents.snapshot(review) if review.version else contents.initial_content(review)
    open_queries = [query for query in review.queries.all() if query.state != QueryState.CLOSED]
    known = contents.rule_levels_of(levels)
    found = {"sections": wording.sections(content), "queries": open_queries, "form": form}
    user, may_save = request.user, context["can"].get(Action.SAVE.value)
    if copy is UNREAD or not may_save:
        copy = copies.find(review, user) if may_save else None
    if may_save:
        found["autosave"] = typing.state_of(review, user, copy, wording)
    if form is None and may_save:
        shown = _after_conflict(conflict) if conflict else copies.laid_over(copy, content | _answers(open_queries))
        found["form"] = ReviewForm(
            shown, usable_levels(levels, review, shown), queries=open_queries, short=filling.is_short(review)
        )
        content = shown
    filled = review.eligible and review.status in _FILLED
    found["gaps"] = filling.gaps(review, known, content if review.version or copy else None) if filled else []
    found["transfers"] = _transfers(user, review, known, rulings)
    found |= sections.beside(user, review, content, found["gaps"])
    if found["form"]:
        sections.explain_rows(found["form"], found["transfers"], known)
        found["points"] = list(zip(open_queries, found["form"].main.answers(), strict=False))
    return found


_FILLED = (Status.NOT_STARTED, Status.DRAFT, Status.RETURNED)
_UNSENT = (*_FILLED, Status.READY, Status.CHECKED)


def _stands_in_until(user, review: Review):
    """The last day on which ``user`` acts for the assignee of ``review``; None when he does not."""
    if review.assignee_id in (None, user.pk) or user.role not in DEPUTISED_ROLES:
        return None
    return stood_in_for(user).get(review.assignee_id)


def usable_levels(levels: list[AuthorityLevel], review: Review, content: dict) -> list[AuthorityLevel]:
    """Levels of the round's day, and whatever already stands on the form: an old value is never lost for its age."""
    day = review.campaign.bodies_on
    standing = {row["level"] for row in content["deciders"]}
    for row in content["transfers"]:
        standing |= {row["source_level"], row["target_level"]}
    return [
        level
        for level in levels
        if level.code in standing
        or (
            level.code != contents.UNDETERMINED
            and (level.valid_from is None or level.valid_from <= day)
            and (level.valid_to is None or level.valid_to >= day)
        )
    ]


def typed_form(request, review: Review) -> ReviewForm:
    """The form as posted."""
    levels = list(AuthorityLevel.objects.all())
    contents.with_rows([review])
    content = contents.snapshot(review) if review.version else contents.initial_content(review)
    queries = [query for query in review.queries.all() if query.state != QueryState.CLOSED]
    return ReviewForm(
        content,
        usable_levels(levels, review, content),
        queries=queries,
        data=request.POST,
        short=filling.is_short(review),
    )


def _actions(user, review: Review, actor, small: dict) -> dict:
    """What the asker may do now (``can``), the small forms that belong to it, and why the rest of his work waits."""
    can, waits = {}, []
    for action in Action:
        allowed = verdict(action, review, actor, review.campaign)
        if allowed:
            can[action.value] = True
        elif _is_his_work(action, user, actor) and not (action is Action.FINISH and Action.SAVE.value in can):
            waits.append((ACTION_LABELS[action], allowed.reason))
    forms = {
        action.value: small.get(action) or form(prefix=None, auto_id=f"id_{action.value}_%s")
        for action, form in SMALL_FORMS.items()
        if can.get(action.value) or action in small
    }
    return {"can": can, "waits": waits, "small": forms}


def _is_his_work(action: Action, user, actor) -> bool:
    """Whether ``action`` is something the asker does on other days, so that he may wonder why not now."""
    row = TRANSITIONS[action]
    heads = action is not Action.CHECK or user.role == Role.FOCAL_POINT or actor.is_unit_head
    return user.role in row.roles and row.own_body == actor.own_body and heads


def _transfers(user, review: Review, known: dict, rulings: dict) -> list[dict]:
    """The stored transfers: class, its explanation, the department's ruling and, where it is due, the form of one."""
    may_rule = (
        user.role in DEPARTMENT_ROLES
        and review.status == Status.SUBMITTED
        and review.eligible
        and review.campaign.is_open
        and review.organisation_id != user.body.pk
    )
    rows = []
    for transfer in review.transfers.all():
        source, target = known[transfer.source_level_id], known[transfer.target_level_id]
        due = may_rule and transfer.transfer_class == TransferClass.MANUAL
        rows.append(
            {
                "transfer": transfer,
                "source": source.label,
                "target": target.label,
                "explanation": transfer_rules.explain(source, target),
                "ruling_form": (rulings.get(transfer.pk) or _ruling_form(transfer)) if due else None,
            }
        )
    return rows


def _ruling_form(transfer) -> RulingForm:
    initial = {"ruling": transfer.ruling, "reason": transfer.ruling_reason}
    return RulingForm(initial=initial, auto_id=f"id_ruling{transfer.pk}_%s")


def _answers(queries) -> dict:
    return {f"{contents.ANSWER}{query.pk}": query.answer for query in queries}


def _after_conflict(conflict: filling.EditConflict) -> dict:
    """What the form shows after a conflict: everything merged, and where a person must choose, what he typed."""
    typed = {name: one.mine for name, one in conflict.conflicts.items()}
    return conflict.merged | typed | {contents.VERSION: conflict.version}


def _conflict_rows(conflict: filling.EditConflict, wording: Wording) -> list[dict]:
    return [
        {
            "name": f"keep_{name}",
            "label": wording.label(name),
            "base": None if one.base is None else wording.text(name, one.base),
            "mine": wording.text(name, one.mine),
            "theirs": wording.text(name, one.theirs),
        }
        for name, one in conflict.conflicts.items()
    ]


def _neighbours(request, review: Review) -> dict[str, str]:
    """Addresses of the review before and after this one in the list one came from; {} when one came from nowhere."""
    if "list" not in request.GET:
        return {}
    query = QueryDict(request.GET["list"].lstrip("?"))
    narrowed = ReviewFilter(
        query, Review.objects.visible_to(request.user), reader=request.user, campaign=review.campaign
    )
    keys = list(ordered(narrowed.qs, query.get("sort", "")).values_list("pk", flat=True))
    if review.pk not in keys:
        return {}
    place = keys.index(review.pk)
    around = {"previous": keys[place - 1] if place else None, "next": keys[place + 1] if keys[place + 1 :] else None}
    tail = urlencode({"list": request.GET["list"]})
    return {name: f"{reverse('reviews:detail', args=[pk])}?{tail}" for name, pk in around.items() if pk}


def _list_url(request) -> str:
    """Address of the list one came from, with its filters; only plain pairs of the query are taken over."""
    pairs = parse_qsl(request.GET.get("list", "").lstrip("?"))
    address = reverse("reviews:list")
    return f"{address}?{urlencode(pairs)}" if pairs else address
