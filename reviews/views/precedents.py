"""Beside the form: what was concluded on similar procedures, and taking parts of it over."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from procedures.models import AuthorityLevel
from reviews.actions import filling, precedents
from reviews.actions.actors import actor_for, verdict
from reviews.actions.content import rule_levels_of, snapshot
from reviews.forms.typing import dropped_in, hand_of, number_of
from reviews.models import Review
from reviews.reports.precedents import Precedent, precedents_of
from reviews.rules.workflow import Action
from reviews.views.filling import FILLERS
from reviews.views.review_page import find_review, refuse, render_review, to_page, typed_form
from reviews.views.showing import Wording
from tthc_portal.accounts.access import for_roles

# Ticked from the start: what one click copies.
_TICKED = ("conclusion", "transfers", "amendments")


@require_safe
def panel(request, pk):
    """The precedents of a review: a fragment beside its form, or a page of their own."""
    review = find_review(request, pk)
    levels = list(AuthorityLevel.objects.all())
    found = precedents_of(review, request.user)
    wording, known = Wording(levels), rule_levels_of(levels)
    context = {
        "review": review,
        "item": review.scope_item,
        "precedents": found,
        "cards": [_card(one, review, wording, known) for one in found.found],
        "may_copy": bool(verdict(Action.SAVE, review, actor_for(request.user, review), review.campaign)),
        "list_query": request.GET.get("list", ""),
        # In the form's page the buttons send the form along, so that nothing typed is lost.
        "form_id": "review-form" if request.htmx else "take-over",
    }
    template = "reviews/filling/_precedents.html" if request.htmx else "reviews/filling/precedents.html"
    return render(request, template, context)


def _card(one: Precedent, review: Review, wording: Wording, levels) -> dict:
    """One precedent in words: its moves, and each part that can be taken over with its text."""
    content = snapshot(one.review)
    given = precedents.parts_of(content, levels)
    content["criteria"] = sorted(content["criteria"], key=lambda row: precedents.number_of(row["criterion"]))
    said = wording.labels
    return {
        "precedent": one,
        "review": one.review,
        "item": one.review.scope_item,
        "moves": [f"{said[row['source_level']]} → {said[row['target_level']]}" for row in content["transfers"]],
        "earlier": one.review.campaign_id != review.campaign_id,
        "parts": [
            {
                "name": name,
                "label": precedents.PARTS[name],
                "text": wording.text(name, content[name]),
                "ticked": name in _TICKED,
            }
            for name in given
        ],
    }


@for_roles(*FILLERS)
@require_POST
def take_over(request, pk):
    """Copy the ticked parts of one precedent; what was being typed in the form comes along and is saved first."""
    review = find_review(request, pk, of_own_body=True)
    number = request.POST.get("source", "")
    source = Review.objects.readable_by(request.user).filter(pk=number).first() if number.isdecimal() else None
    if source is None:
        raise Http404("Không có phiếu nguồn này.")
    if "version" in request.POST:
        answer = _save_typed(request, review)
        if answer is not None:
            return answer
    try:
        taken = precedents.take_over(
            by=request.user,
            review=review,
            source=source,
            parts=request.POST.getlist(f"part-{source.pk}"),
            replace=f"replace-{source.pk}" in request.POST,
        )
    except ValidationError as error:
        return refuse(request, review, error)
    _tell(request, taken)
    return to_page(request, review)


def _save_typed(request, review: Review):
    """Save the form that came along; the page to show instead where that cannot be, else None."""
    form = typed_form(request, review)
    if not form.is_valid():
        return render_review(request, review, form=form, status=422)
    try:
        filling.save_review(
            by=request.user,
            review_id=review.pk,
            base_version=form.version,
            data=form.content(),
            hand=hand_of(request.POST, form.version),
            number=number_of(request.POST),
            dropped=dropped_in(request.POST),
        )
    except filling.EditConflict as conflict:
        return render_review(request, find_review(request, review.pk), conflict=conflict, status=409)
    except ValidationError as error:
        if getattr(error, "code", "") == "refused":
            return refuse(request, review, error, form=form)
        form.add_errors(error)
        return render_review(request, review, form=form, status=422)
    return None


def _tell(request, taken: precedents.Taken) -> None:
    copied = ", ".join(precedents.PARTS[name].lower() for name in taken.copied)
    messages.success(request, f"Đã chép: {copied}. {taken.source}. Hãy xem lại trước khi hoàn thành.")
    for name, why in taken.left.items():
        messages.warning(request, f"Chưa chép {precedents.PARTS[name].lower()}: {why}.")
