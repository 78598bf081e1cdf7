"""The form of a review: reading, saving, finishing, checking, its history."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.models import AuthorityLevel
from reviews.actions import copies, filling
from reviews.actions.deadlines import late_for
from reviews.actions.restoring import kept_values
from reviews.actions.versions import UNSAVED
from reviews.forms.appraisal import InternalReturnForm
from reviews.forms.typing import dropped_in, hand_of, number_of
from reviews.models import ReviewEvent, Status
from reviews.rules.workflow import Action
from reviews.views.queue import next_to_fill
from reviews.views.review_page import carry_out, find_review, refuse, render_review, to_page, typed_form
from reviews.views.showing import EVENT_ICONS, EVENT_LABELS, Wording
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role

FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)
# Buttons that go on to the next form of the list one came from.
ONWARD = ("save_next", "finish_next")


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request, pk):
    """One review: its form for those who may fill it, its content or its status for the others."""
    # Before the review: a page that shows the form older than the messages it says have arrived would hide their text.
    if request.method != "POST":
        copy = copies.find(pk, request.user) if request.user.role in FILLERS else None
        return render_review(request, find_review(request, pk), copy=copy)
    review = find_review(request, pk)
    if request.user.role not in FILLERS or review.organisation_id != request.user.body.pk:
        raise PermissionDenied
    return _save(request, review)


def _save(request, review):
    """Save what was posted and, with the button "finish", declare it complete."""
    form = typed_form(request, review)
    button = request.POST.get("button", "")
    onward = next_to_fill(request, review) if button in ONWARD else None
    if not form.is_valid():
        return render_review(request, review, form=form, status=422)
    try:
        saved = filling.save_review(
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
    if button in ("finish", "finish_next"):
        return _finish_saved(request, review, onward)
    _tell_saved(request, saved, late_for(review))
    return redirect(onward) if onward else to_page(request, review)


def _finish_saved(request, review, onward: str | None):
    try:
        filling.finish(by=request.user, reviews=[review])
    except ValidationError as error:
        review = find_review(request, review.pk)
        if hasattr(error, "error_dict"):  # what is missing, part by part; the draft itself is saved
            return render_review(request, review, show_gaps=True)
        return refuse(request, review, error)
    messages.success(request, f"Đã lưu và hoàn thành phiếu {review.scope_item.code}; phiếu chuyển sang “Chờ kiểm tra”.")
    late = late_for(review)
    if late:
        messages.warning(request, late)
    return redirect(onward) if onward else to_page(request, review)


def _tell_saved(request, saved: filling.Saved, late: str) -> None:
    if not saved.changed:
        messages.info(request, "Không có thay đổi nào để lưu.")
    elif late:
        merged = " Nội dung vừa được sửa ở nơi khác đã được gộp lại." if saved.merged else ""
        messages.warning(request, f"Đã lưu nháp, nhưng {late[:1].lower()}{late[1:]}{merged}")
    elif saved.merged:
        messages.success(
            request, "Đã lưu. Các mục khác của phiếu vừa được sửa ở nơi khác; nội dung hai bên đã được gộp lại."
        )
    else:
        messages.success(request, "Đã lưu bản nháp.")


@for_roles(*FILLERS)
@require_POST
def finish(request, pk):
    """Declare a saved form complete."""
    review = find_review(request, pk, of_own_body=True)
    return carry_out(request, review, lambda: filling.finish(by=request.user, reviews=[review]), "Đã hoàn thành phiếu.")


@for_roles(Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER)
@require_POST
def check(request, pk):
    """Pass a finished form on for signing."""
    review = find_review(request, pk, of_own_body=True)
    return carry_out(
        request,
        review,
        lambda: filling.check(by=request.user, reviews=[review]),
        "Đã kiểm tra; phiếu chuyển sang “Chờ ký”.",
    )


@for_roles(Role.FOCAL_POINT, Role.LEADER)
@require_POST
def return_internal(request, pk):
    """Send a form back to its author inside the body, with a reason."""
    review = find_review(request, pk, of_own_body=True)
    form = InternalReturnForm(request.POST, auto_id="id_return_internal_%s")
    small = {Action.RETURN_INTERNAL: form}
    if not form.is_valid():
        return render_review(request, review, small=small, status=422)
    return carry_out(
        request,
        review,
        lambda: filling.return_internal(by=request.user, reviews=[review], reason=form.cleaned_data["reason"]),
        "Đã trả lại phiếu cho người soạn.",
        small=small,
    )


@require_safe
def history(request, pk):
    """Everything that happened to a review; outside its body and the auditors only what the status tells."""
    review = find_review(request, pk)
    inside = request.user.role == Role.AUDITOR or review.organisation_id == request.user.body.pk
    wording = Wording(AuthorityLevel.objects.all())
    events = ReviewEvent.objects.filter(review=review).order_by("-sequence")
    events = events.select_related("by__organisation__parent")
    told = [
        _told(event, wording, inside=inside, people=inside or request.user.oversees)
        for event in events
        if inside or _is_public(event)
    ]
    return render(request, "reviews/filling/history.html", {"review": review, "events": told, "inside": inside})


def _is_public(event: ReviewEvent) -> bool:
    """A change of status, or something the department itself did."""
    return event.status_before != event.status_after or event.action == "rule_transfer"


def _told(event: ReviewEvent, wording: Wording, *, inside: bool, people: bool) -> dict:
    """One line of the history.

    How a body worked on its form stays inside it; ``people``: whether the reader may know who, and what the department
    and the body wrote to each other.
    """
    internal = event.action in (Action.SAVE, Action.FINISH, Action.CHECK, Action.RETURN_INTERNAL, "conflict", "discard")
    open_to_reader = inside or (people and not internal)
    moved = event.status_after and event.status_before != event.status_after
    return {
        **(_kept(event) if inside else {}),
        "what": EVENT_LABELS.get(event.action, event.action),
        "icon": EVENT_ICONS.get(event.action, "history"),
        "when": event.at,
        "who": _who(event, people),
        "reason": event.reason if open_to_reader else "",
        "moved": (Status(event.status_before).label, Status(event.status_after).label) if moved else None,
        "changes": wording.changes(event) if open_to_reader else [],
    }


def _kept(event: ReviewEvent) -> dict[str, str]:
    """The way to everything the form held at this event, or to what could not be saved then."""
    if not kept_values(event):
        return {}
    unsaved = event.action in UNSAVED
    label = "Xem nội dung được giữ lại, khôi phục" if unsaved else f"Xem phiên bản {event.content['version']}"
    return {"more_url": reverse("reviews:version", args=[event.review_id, event.sequence]), "more_label": label}


def _who(event: ReviewEvent, people: bool) -> str:
    if event.by is None:
        return "Hệ thống"
    return f"{event.by} ({event.by.organisation})" if people else str(event.by.body)
