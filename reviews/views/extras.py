"""What stands beside the fields of a form: files, answers to opinions, usual wordings, documents cited before, and
what follows from rows still being typed.
"""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.models import AuthorityLevel
from reviews.actions import extras, files
from reviews.actions.actors import actor_for, verdict
from reviews.models import Attachment, Opinion, Phrase, Review
from reviews.models.content import DocumentType
from reviews.reports.citations import cited_documents
from reviews.reports.opinions import HEARD, opinions_on
from reviews.rules.workflow import Action
from reviews.views.computing import computed_from
from reviews.views.review_page import find_review, to_page
from reviews.views.sections import attachments_of, phrases_of
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role

FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)


def _may_save(request, review: Review) -> bool:
    return bool(verdict(Action.SAVE, review, actor_for(request.user, review), review.campaign))


def _answered(request, review: Review, name: str, context: dict, said: str, errors: list[str]):
    """The part of the page again where a script asked for it; else the page, saying what came of it."""
    if request.htmx:
        context |= {"review": review, "editable": _may_save(request, review), "said": said, "problems": errors}
        return render(request, f"reviews/filling/_{name}.html", context)
    for sentence in errors:
        messages.error(request, sentence)
    if said:
        messages.success(request, said)
    return to_page(request, review)


@for_roles(*FILLERS)
@require_POST
def attach(request, pk):
    """Keep a file with a review."""
    review = find_review(request, pk, of_own_body=True)
    said, errors = "", []
    try:
        row = files.attach(by=request.user, review_id=review.pk, file=request.FILES.get("file"))
        said = f"Đã tải lên “{row.name}”."
    except ValidationError as error:
        errors = error.messages
    return _answered(request, review, "attachments", {"attachments": attachments_of(review)}, said, errors)


@require_safe
def attachment(request, pk):
    """A file, as a download, for whoever may read the form."""
    row = _readable(request, pk)
    answer = FileResponse(row.file.open(), as_attachment=True, filename=row.name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@for_roles(*FILLERS)
@require_POST
def detach(request, pk):
    """Take a file away."""
    row = get_object_or_404(Attachment.objects.filter(review__organisation=request.user.body), pk=pk)
    review = find_review(request, row.review_id, of_own_body=True)
    said, errors = "", []
    try:
        files.detach(by=request.user, attachment=row)
        said = f"Đã bỏ tệp “{row.name}”; tên và mã băm của tệp còn trong lịch sử."
    except ValidationError as error:
        errors = error.messages
    return _answered(request, review, "attachments", {"attachments": attachments_of(review)}, said, errors)


def _readable(request, pk: int) -> Attachment:
    row = get_object_or_404(Attachment, pk=pk)
    review = find_review(request, row.review_id)
    if not review.content_visible_to(request.user):
        raise Http404("Không có tệp này.")
    return row


@for_roles(*FILLERS)
@require_POST
def answer_opinion(request, pk):
    """Answer an opinion on the review ``pk``: ``source`` names the province's review, ``opinion`` one on record."""
    review = find_review(request, pk, of_own_body=True)
    said, written, errors = "", "", []
    try:
        posted = _answer_posted(request, review)
        row = extras.answer_opinion(by=request.user, review_id=review.pk, **posted)
        said = f"Đã ghi: {row.get_answer_kind_display()} ý kiến của {row.organisation}."
        written = next(f"{name}-{posted[name].pk}" for name in ("source", "opinion") if name in posted)
    except ValidationError as error:
        errors = error.messages
    # One form holds the answers to all: those not written yet came with it and go back as they were typed.
    opinions = opinions_on(review, request.user).with_typed(request.POST, written)
    return _answered(request, review, "opinions", {"opinions": opinions}, said, errors)


def _answer_posted(request, review: Review) -> dict:
    """Which opinion is answered (the button says), and what was chosen and typed for that one."""
    name = "source" if request.POST.get("source") else "opinion"
    number = request.POST.get(name, "")
    rows = Review.objects.filter(scope_item=review.scope_item_id, status__in=HEARD)
    rows = rows if name == "source" else Opinion.objects.filter(review=review)
    known = number.isdecimal() and len(number) < 10
    found = rows.select_related("organisation").filter(pk=number).first() if known else None
    if found is None:
        raise ValidationError("Ý kiến này không còn ở phiếu; hãy tải lại trang.")
    kind, text = (request.POST.get(f"{part}-{name}-{number}", "") for part in ("kind", "answer"))
    return {name: found, "kind": kind, "text": text}


@for_roles(*FILLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def phrases(request):
    """The usual wordings of one's body; a POST keeps one more."""
    said, errors, field = "", [], request.POST.get("field", "")
    if request.method == "POST":
        try:
            extras.keep_phrase(by=request.user, field=field, text=request.POST.get("text", ""))
            said = "Đã lưu câu hay dùng."
        except ValidationError as error:
            errors = error.messages
    return _phrases(request, field, said, errors)


@for_roles(*FILLERS)
@require_POST
def delete_phrase(request, pk):
    """Forget a wording."""
    phrase = get_object_or_404(Phrase.objects.filter(organisation=request.user.body), pk=pk)
    extras.forget_phrase(by=request.user, phrase=phrase)
    return _phrases(request, phrase.field, "Đã xóa câu hay dùng.", [])


def _phrases(request, field: str, said: str, errors: list[str]):
    if request.htmx and field in extras.PHRASE_FIELDS:
        context = {"field": field, "phrases": phrases_of(request.user).get(field, []), "said": said, "problems": errors}
        return render(request, "reviews/filling/_phrases.html", context)
    if request.method == "POST" and not errors:
        messages.success(request, said)
        return redirect("reviews:phrases")
    kept = phrases_of(request.user)
    groups = [(name, label, kept.get(name, [])) for name, label in extras.PHRASE_FIELDS.items()]
    context = {"groups": groups, "typed": request.POST, "problems": errors, "fields": extras.PHRASE_FIELDS}
    return render(request, "reviews/filling/phrases.html", context)


@for_roles(*FILLERS)
@require_safe
def documents(request):
    """Documents cited before, as JSON, by a part of their number or title (``q``)."""
    labels = dict(DocumentType.choices)
    found = [
        row | {"label": f"{labels.get(row['document_type'], '')}: {row['title']}".strip(": ")}
        for row in cited_documents(request.user, request.GET.get("q", "")[:100])
    ]
    for row in found:
        row["issued_on"] = f"{row['issued_on']:%d/%m/%Y}" if row["issued_on"] else ""
    return JsonResponse({"documents": found})


@for_roles(*FILLERS)
@require_POST
def computed(request):
    """What follows from the rows posted, nothing kept: the class of every transfer, the wording, the costs."""
    return JsonResponse(computed_from(request, list(AuthorityLevel.objects.all())))
