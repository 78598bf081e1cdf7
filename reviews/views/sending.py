"""Sending a body's checked reviews, and reading what was sent."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from reviews.actions import sending
from reviews.actions.actors import round_refusal
from reviews.actions.deadlines import last_day, lateness, sent_before
from reviews.forms.sending import RecordForm, SignForm
from reviews.models import Review, Status, Submission
from reviews.models.submission import SubmissionDoor
from reviews.reports.packs import pack_figures, submissions_of
from reviews.views.rounds import round_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role

SIGNED, RECORDED = SubmissionDoor.SIGNED.value, SubmissionDoor.RECORDED.value


@for_roles(Role.FOCAL_POINT, Role.LEADER)
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request):
    """The pack waiting to be sent: a leader signs it, the focal point records the signed letter."""
    campaign = round_of(request)
    if campaign is None:
        return render(request, "reviews/sending/pack.html", {"campaign": None})
    waiting = list(
        Review.objects.visible_to(request.user)
        .filter(campaign=campaign, organisation=request.user.body, status=Status.CHECKED)
        .select_related("scope_item", "campaign", "organisation", "finished_by", "checked_by")
        .order_by("scope_item__code")
    )
    signs = request.user.role == Role.LEADER
    if request.POST.get("door", SIGNED if signs else RECORDED) != (SIGNED if signs else RECORDED):
        raise PermissionDenied
    if request.method != "POST":
        form = SignForm(initial=_signer(request.user)) if signs else RecordForm()
        return _show(request, campaign, waiting, form, _in_time(campaign, request.user.body, waiting))
    form = SignForm(request.POST) if signs else RecordForm(request.POST, request.FILES)
    chosen = {int(pk) for pk in request.POST.getlist("review") if pk.isdecimal()}
    lost = chosen - {review.pk for review in waiting}
    if lost and form.is_valid():
        form.add_error(None, f"{len(lost)} phiếu đã chọn không còn ở trạng thái chờ ký; hãy xem lại danh sách rồi gửi.")
    if form.is_valid():
        send = sending.send_signed if signs else sending.send_recorded
        try:
            submission = send(
                by=request.user, reviews=[one for one in waiting if one.pk in chosen], **form.cleaned_data
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Đã gửi {len(chosen)} phiếu đến cơ quan chủ trì đợt rà soát.")
            return redirect("reviews:submission", pk=submission.pk)
    return _show(request, campaign, waiting, form, chosen)


def _in_time(campaign, body, waiting) -> set[int]:
    """Primary keys of those that may still go: all before the end, afterwards what the department returned."""
    return sent_before(waiting) if lateness(campaign, body) else {review.pk for review in waiting}


def _signer(user) -> dict:
    return {"signer_name": user.get_full_name(), "signer_capacity": user.position.upper()}


def _show(request, campaign, waiting, form, chosen):
    body = request.user.body
    late, in_time = lateness(campaign, body), _in_time(campaign, body, waiting)
    context = {
        "campaign": campaign,
        "reviews": waiting,
        "late": late,
        "in_time": in_time,
        "chosen": chosen,
        "form": form,
        "door": SIGNED if request.user.role == Role.LEADER else RECORDED,
        "figures": pack_figures(campaign, body),
        "last_day": last_day(campaign, body),
        "closed": round_refusal(campaign) or ("" if in_time else late),
        "submissions": submissions_of(Submission.objects.visible_to(request.user), campaign, body),
    }
    return render(request, "reviews/sending/pack.html", context)


@require_safe
def submission(request, pk):
    """One pack that was sent: its letter and the reviews it carried."""
    found = get_object_or_404(
        Submission.objects.visible_to(request.user).select_related("campaign", "organisation", "sent_by"), pk=pk
    )
    request.campaign = found.campaign
    items = found.items.select_related("review__scope_item").order_by("review__scope_item__code")
    return render(request, "reviews/sending/submission.html", {"submission": found, "items": items})


@require_safe
def scan(request, pk):
    """The scan of a letter, as a download."""
    found = get_object_or_404(Submission.objects.visible_to(request.user), pk=pk)
    if not found.scan:
        raise Http404("Lần gửi này không có bản chụp công văn.")
    extension = found.scan.name.rsplit(".", 1)[-1]
    answer = FileResponse(found.scan.open("rb"), as_attachment=True, filename=f"cong-van-{found.pk}.{extension}")
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
