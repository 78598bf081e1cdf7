"""Sending a body's checked reviews, and reading what was sent."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from procedures.models import AuthorityLevel
from reviews.actions import sending
from reviews.actions.actors import round_refusal
from reviews.actions.deadlines import last_day, lateness, sent_before
from reviews.forms.sending import RecordForm, SignForm
from reviews.models import Conclusion, Review, Status, Submission
from reviews.models.submission import SubmissionDoor
from reviews.reports import packs
from reviews.reports.official import XLSX, heading_of, official_file
from reviews.views.asof import Asked
from reviews.views.rounds import round_of
from reviews.views.showing import Wording
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role
from tthc_portal.accounts.naming import under_names_of

SIGNED, RECORDED = SubmissionDoor.SIGNED.value, SubmissionDoor.RECORDED.value


@for_roles(Role.FOCAL_POINT, Role.LEADER)
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request):
    """The pack waiting to be sent: a leader signs it, the focal point records the signed letter.

    ``print=1`` shows it as the list that goes to the signer, ``export=xlsx`` gives the same list as a workbook.
    """
    campaign = round_of(request)
    if campaign is None:
        return render(request, "reviews/sending/pack.html", {"campaign": None})
    waiting = list(
        Review.objects.visible_to(request.user)
        .filter(campaign=campaign, organisation=request.user.body, status=Status.CHECKED, eligible=True)
        .select_related("scope_item", "campaign", "organisation", "finished_by", "checked_by")
        .order_by("scope_item__code")
    )
    if request.method != "POST" and (request.GET.get("export") or request.GET.get("print")):
        return _paper(request, campaign, waiting)
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


def _paper(request, campaign, waiting):
    """The list for the signer, as a workbook or as a page to print."""
    now, body = Asked(campaign), under_names_of(campaign.bodies_on, [request.user.body])[0]
    check, figures = packs.pack_check(waiting), packs.pack_figures(campaign, request.user.body)
    table = packs.pack_table(campaign, heading_of(body, now.now), now.words, figures)
    if request.GET.get("export"):
        return _workbook(request, f"phieu-trinh-ky-{campaign.code}.xlsx", table, packs.pack_rows(waiting, check))
    groups = [
        (label, [(review, check.notes.get(review.pk, [])) for review in waiting if review.conclusion == value])
        for value, label in Conclusion.choices
    ]
    context = {
        "campaign": campaign,
        "table": table,
        "figures": figures,
        "check": check,
        "groups": [group for group in groups if group[1]],
        "last_day": last_day(campaign, request.user.body),
    }
    return render(request, "reviews/sending/print.html", context)


def _workbook(request, filename, table, rows):
    if request.GET["export"] != "xlsx":
        raise Http404("Chỉ xuất được xlsx.")
    return FileResponse(official_file(table, rows), as_attachment=True, filename=filename, content_type=XLSX)


def _in_time(campaign, body, waiting) -> set[int]:
    """Primary keys of those that may still go: all before the end, afterwards what the department returned."""
    return sent_before(waiting) if lateness(campaign, body) else {review.pk for review in waiting}


def _signer(user) -> dict:
    return {"signer_name": user.get_full_name(), "signer_capacity": user.position.upper()}


def _show(request, campaign, waiting, form, chosen):
    body = request.user.body
    late, in_time = lateness(campaign, body), _in_time(campaign, body, waiting)
    check = packs.pack_check(waiting)
    for review in waiting:
        review.pack_notes = check.notes.get(review.pk, [])
    context = {
        "campaign": campaign,
        "reviews": waiting,
        "late": late,
        "in_time": in_time,
        "chosen": chosen,
        "form": form,
        "door": SIGNED if request.user.role == Role.LEADER else RECORDED,
        "figures": packs.pack_figures(campaign, body),
        "check": check,
        "last_day": last_day(campaign, body),
        "closed": round_refusal(campaign) or ("" if in_time else late),
        "submissions": packs.saved_since(
            packs.submissions_of(Submission.objects.visible_to(request.user), campaign, body)
        ),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reviews/sending/pack.html", context, status=status)


@require_safe
def submission(request, pk):
    """One pack that was sent: its letter, the reviews it carried, and where they now differ from what was signed."""
    found = get_object_or_404(
        Submission.objects.visible_to(request.user).select_related("campaign", "organisation", "sent_by"), pk=pk
    )
    request.campaign = found.campaign
    forms = packs.sent_forms(found, request.user)
    if request.GET.get("export"):
        now, body = Asked(found.campaign), under_names_of(found.campaign.bodies_on, [found.organisation])[0]
        table = packs.sent_table(found, heading_of(body, now.now), now.words)
        return _workbook(request, f"phieu-da-gui-{found.pk}.xlsx", table, packs.sent_rows(forms))
    differing = [one for one in forms if one.differs]
    wording = Wording(AuthorityLevel.objects.all()) if differing else None
    context = {
        "submission": found,
        "forms": forms,
        "differing": [
            (one, [(wording.label(name), *_both(wording, name, then, now)) for name, then, now in one.changes])
            for one in differing
        ],
    }
    return render(request, "reviews/sending/submission.html", context)


def _both(wording: Wording, name: str, signed, present) -> tuple[str, str]:
    """What was signed and what stands now, in words."""
    return tuple(wording.text(name, value) or "(để trống)" for value in (signed, present))


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
