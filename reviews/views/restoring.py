"""An earlier version of a form as a whole, beside what stands now; earlier values brought back."""

from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from procedures.models import AuthorityLevel
from reviews.actions import content as contents
from reviews.actions.actors import actor_for, verdict
from reviews.actions.filling import EditConflict
from reviews.actions.restoring import RESTORABLE, kept_values
from reviews.actions.restoring import restore as bring_back
from reviews.actions.versions import UNSAVED
from reviews.models import ReviewEvent
from reviews.rules.workflow import Action
from reviews.views.review_page import find_review
from reviews.views.showing import EVENT_LABELS, Wording
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role

FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)


@require_safe
def version(request, pk, sequence):
    """What the form held at one event of its history, field by field beside what it holds now."""
    review = find_review(request, pk)
    if request.user.role != Role.AUDITOR and review.organisation_id != request.user.body.pk:
        raise PermissionDenied
    events = ReviewEvent.objects.filter(review=review).select_related("by__organisation__parent")
    event = events.filter(sequence=sequence).first()
    then = kept_values(event) if event else {}
    if not then:
        raise Http404("Lịch sử không giữ nội dung của phiếu ở lần này.")
    contents.with_rows([review])
    now = contents.snapshot(review)
    wording = Wording(AuthorityLevel.objects.all())
    allowed = verdict(Action.SAVE, review, actor_for(request.user, review), review.campaign)
    rows = [_compared(wording, name, then[name], now[name]) for name in RESTORABLE if name in then]
    context = {
        "review": review,
        "event": event,
        "unsaved": event.action in UNSAVED,
        "what": EVENT_LABELS.get(event.action, event.action),
        "number": (event.content or {}).get(contents.VERSION),
        "different": [row for row in rows if row["differs"]],
        "alike": [row for row in rows if not row["differs"] and row["then"]],
        "may_restore": bool(allowed),
        "why_not": "" if allowed or request.user.role not in FILLERS else allowed.reason,
        "around": _around(review, sequence),
    }
    return render(request, "reviews/filling/version.html", context)


def _compared(wording: Wording, name: str, then, now) -> dict:
    """One part of the form: then and now in words, and whether they differ."""
    return {
        "name": name,
        "label": wording.label(name),
        "then": wording.text(name, then) if then is not False else "",
        "now": wording.text(name, now) if now is not False else "",
        "differs": then != now,
    }


def _around(review, sequence: int) -> dict[str, int]:
    """The events before and after this one that hold a whole content."""
    held = ReviewEvent.objects.filter(review=review, content__isnull=False).values_list("sequence", flat=True)
    return {
        "previous": held.filter(sequence__lt=sequence).order_by("-sequence").first(),
        "next": held.filter(sequence__gt=sequence).order_by("sequence").first(),
    }


@require_POST
@for_roles(*FILLERS)
def restore(request, pk):
    """Save one earlier value as the present one, and go on to the form."""
    review = find_review(request, pk, of_own_body=True)
    sequence, base = _whole(request.POST.get("sequence")), _whole(request.POST.get("version"))
    name = request.POST.get("field", "")
    here = reverse("reviews:version", args=[pk, sequence]) if sequence else reverse("reviews:history", args=[pk])
    try:
        saved = bring_back(by=request.user, review=review, sequence=sequence, name=name, base_version=base)
    except EditConflict as conflict:
        messages.error(
            request,
            f"Mục này vừa được {conflict.theirs_by} sửa trong khi bạn xem lịch sử nên chưa khôi phục. "
            "Hãy xem nội dung hiện nay ở dưới rồi khôi phục lại nếu vẫn cần.",
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        label = Wording(()).label(name)
        if saved.changed:
            messages.success(request, f"Đã khôi phục “{label}”; phiếu có phiên bản mới, lịch sử ghi rõ nguồn.")
        else:
            messages.info(request, f"“{label}” hiện đã đúng như vậy, không có gì thay đổi.")
    return redirect(here + (f"#{quote(name)}" if name in RESTORABLE else ""))


def _whole(text) -> int:
    """A whole number as posted; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0
