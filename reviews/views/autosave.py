"""What is typed, kept as it comes; and who else has the form open."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from procedures.models import AuthorityLevel
from reviews.actions import content as contents
from reviews.actions import copies, filling, working
from reviews.forms.typing import hand_of, number_of, read_typed
from reviews.models import Review
from reviews.views.review_page import find_review, to_page, typed_form
from reviews.views.showing import Wording
from reviews.views.typing import people_line
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role


@for_roles(Role.OFFICIAL, Role.FOCAL_POINT)
@require_POST
def save(request, pk):
    """Keep what one person has typed and answer, as JSON, what became of it and who else is there.

    With ``drop`` the working copy is dropped instead, and the page shown again.
    """
    review = find_review(request, pk, of_own_body=True)
    if "drop" in request.POST:
        return _drop(request, review)
    version = request.POST.get("version", "")
    if not version.isdecimal() or len(version) > 9:
        return JsonResponse(
            {"state": "refused", "text": "Chưa lưu: trang thiếu số phiên bản, hãy tải lại trang."}, status=400
        )
    if request.POST.get("user", str(request.user.pk)) != str(request.user.pk):
        text = "Chưa lưu: trình duyệt đang đăng nhập bằng tài khoản khác, hãy đăng nhập lại bằng tài khoản của bạn."
        return JsonResponse({"state": "refused", "text": text}, status=409)
    data, wrong = read_typed(typed_form(request, review)) if number_of(request.POST) else ({}, {})
    try:
        saved = working.autosave(
            by=request.user,
            review_id=review.pk,
            base_version=int(version),
            data=data,
            wrong=wrong,
            hand=hand_of(request.POST, int(version)),
            number=number_of(request.POST),
            leaving="leaving" in request.POST,
        )
    except ValidationError as error:
        text = f"Chưa lưu: {' '.join(error.messages)}"
        return JsonResponse({"state": "refused", "text": text}, status=409)
    return JsonResponse(_told(request, review, saved))


def _drop(request, review: Review):
    try:
        dropped = working.discard(by=request.user, review_id=review.pk)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        said = "Đã bỏ nội dung tự lưu; nội dung đó vẫn xem được trong lịch sử của phiếu."
        messages.success(request, said if dropped else "Không còn nội dung tự lưu nào để bỏ.")
    return to_page(request, review)


def _gaps(request, review: Review) -> list[dict[str, str]]:
    """What is still missing from the form as the person has it before him, what he has just typed included."""
    review = contents.with_rows([find_review(request, review.pk)])[0]
    stored = contents.snapshot(review) if review.version else contents.initial_content(review)
    shown = copies.laid_over(copies.find(review, request.user), stored)
    return [{"field": gap.field, "message": gap.message} for gap in filling.gaps(review, content=shown)]


def _told(request, review: Review, saved: working.Autosaved) -> dict:
    """The answer: ``state`` (saved, wrong, clash), the line to show, fields concerned, and people at the form."""
    wording = Wording(AuthorityLevel.objects.all()) if saved.clashes or saved.wrong else None
    at = f"{timezone.localtime(saved.saved_at or timezone.now()):%H:%M}"
    answer = {
        "state": "saved",
        "text": f"Đã lưu {at}",
        "revision": saved.revision,
        "version": saved.version,
        "people": people_line(review, request.user),
        "wrong": {name: list(sentences) for name, sentences in saved.wrong.items()},
        "clashes": {},
    }
    if number_of(request.POST):
        answer["gaps"] = _gaps(request, review)
    if saved.clashes:
        parts = [f"{wording.label(name)}{f' ({one.by})' if one.by else ''}" for name, one in saved.clashes.items()]
        answer["state"] = "clash"
        answer["clashes"] = {name: str(one.by or "") for name, one in saved.clashes.items()}
        answer["text"] = f"Người khác vừa sửa: {'; '.join(parts)}. Bấm “Lưu bản nháp” để xem và chọn."
    if saved.wrong:
        parts = [f"{wording.label(name)}: {' '.join(sentences)}" for name, sentences in saved.wrong.items()]
        answer["state"] = "wrong"
        answer["text"] = f"Sai: {' '.join(parts)} (nội dung vẫn được giữ, {at})"
        if saved.clashes:
            answer["text"] += " " + f"Người khác vừa sửa: {', '.join(wording.label(name) for name in saved.clashes)}."
    return answer
