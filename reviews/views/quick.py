"""The list itself editable: conclusion, receiving level and reason, row by row."""

from collections import Counter
from dataclasses import dataclass, field

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from procedures.models import AuthorityLevel
from reviews.actions import content as contents
from reviews.actions import filling
from reviews.actions.actors import actors_for, verdict
from reviews.actions.bulk import FILLABLE, FILLERS
from reviews.actions.versions import content_at
from reviews.filters import ReviewFilter
from reviews.forms.quick import PasteForm, QuickForm
from reviews.models import Conclusion, Phrase, Review, Stance, Status
from reviews.reports.worklist import ordered
from reviews.rules.bulk import SKIP_LABELS, Move, Skip, common_target, mode_for, transfers_to
from reviews.rules.workflow import Action
from reviews.views.review_page import find_review, usable_levels
from reviews.views.rounds import round_of
from reviews.views.showing import Wording
from tthc_portal.accounts.access import for_roles

PAGE_SIZE = 50
PHRASES = 30


@dataclass(slots=True)
class Row:
    """What one row shows: the review, its values, what went wrong, how it stands."""

    review: Review
    version: int
    conclusion: str
    reason: str
    target: str | None
    short: bool
    options: SafeString | str = ""
    tail: str = ""
    refusal: str = ""
    errors: list[str] = field(default_factory=list)
    conflicts: list[dict] = field(default_factory=list)
    saved_at: object = None
    by: object = None
    at: object = None

    @property
    def choices(self):
        """Conclusions, or a province's three answers."""
        return Stance.choices if self.short else Conclusion.choices

    @property
    def asked(self) -> str:
        """What the first box asks for."""
        return "Ý kiến" if self.short else "Kết luận"

    @property
    def lines(self) -> bool:
        """Whether the reason has several lines, which one line would lose."""
        return "\n" in self.reason


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*FILLERS)
def listing(request):
    """Rows of the body to fill; the button "finish" finishes those of the list that are complete."""
    campaign = round_of(request)
    if request.method == "POST":
        return _finish(request, campaign)
    return _page(request, campaign, _to_fill(request.GET))


def _to_fill(query: QueryDict) -> QueryDict:
    """The list as asked for; where no status is named, only what can be filled: the rest would be rows to look at."""
    if "status" in query:
        return query
    query = query.copy()
    query.setdefault("eligible", "1")
    query["status"] = ",".join(status.value for status in Status if status in FILLABLE)
    return query


@require_POST
@for_roles(*FILLERS)
def row(request, pk):
    """Save one row; the answer is the row (htmx) or the list again."""
    review = find_review(request, pk, of_own_body=True)
    query = QueryDict(request.GET.get("list", ""))
    shown, status = _save(request, review, query)
    if request.htmx:
        return render(request, "reviews/quick/_row.html", {"row": shown})
    if status != 200:
        return _page(request, review.campaign, query, answered=shown, status=status)
    messages.success(request, f"Đã lưu phiếu {review.scope_item.code}.")
    return HttpResponseRedirect(f"{reverse('reviews:quick')}?{query.urlencode()}#row-{pk}")


def narrowed(request, campaign, query) -> tuple:
    """(the rows of the own body that an address matches, in its order; its filters)."""
    own = Review.objects.filter(organisation=request.user.body)
    filters = ReviewFilter(query, own, reader=request.user, campaign=campaign)
    return ordered(filters.qs, query.get("sort", "")), filters


def _page(request, campaign, query, *, answered: Row | None = None, status: int = 200):
    reviews, filters = narrowed(request, campaign, query)
    page = Paginator(reviews.select_related("scope_item", "assignee"), PAGE_SIZE).get_page(query.get("page"))
    found = list(page)
    levels = list(AuthorityLevel.objects.all())
    kept = query.copy()
    kept.pop("page", None)
    rows = _rows(request.user, campaign, found, levels, query, answered)
    context = {
        "campaign": campaign,
        "query": query.urlencode(),
        "filters": kept.urlencode(),
        "errors": [error for errors in filters.form.errors.values() for error in errors],
        "page_obj": page,
        "rows": rows,
        "asked": " / ".join(sorted({row.asked for row in rows})),
        "phrases": Phrase.objects.filter(organisation=request.user.body, field="reason").order_by("-pk")[:PHRASES],
        "paste": PasteForm(initial={"list": query.urlencode(), "start": found[0].pk if found else None}),
    }
    return render(request, "reviews/quick/list.html", context, status=status)


def _rows(user, campaign, found: list[Review], levels, query, answered=None) -> list[Row]:
    contents.with_rows(found)
    actors = actors_for(user, found)
    tail = f"?{urlencode({'list': query.urlencode()})}"
    rows = []
    for review in found:
        review.campaign = campaign
        if answered and answered.review.pk == review.pk:
            rows.append(answered)
            continue
        rows.append(shown_row(review, verdict(Action.SAVE, review, actors[review.pk], campaign), levels, tail))
    return rows


def shown_row(review: Review, allowed, levels, tail: str) -> Row:
    """The row of a review as stored; ``allowed`` is the workflow's answer to saving it."""
    short = filling.is_short(review)
    content = contents.snapshot(review) if review.version else contents.initial_content(review)
    made = Row(
        review=review,
        version=review.version,
        conclusion=review.stance if short else review.conclusion,
        reason=review.reason,
        target=common_target(content["transfers"]),
        short=short,
        tail=tail,
        refusal="" if allowed else allowed.reason,
    )
    made.options = _options(usable_levels(levels, review, content), made.target)
    return made


def _options(levels, chosen: str | None) -> SafeString:
    """The levels as options, the chosen one marked; made as one string, for fifty rows hold them."""
    choices = [("", "— Cấp nhận —"), *((level.code, level.label) for level in levels)]
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((code, mark_safe(" selected") if code == (chosen or "") else "", label) for code, label in choices),
    )


def _save(request, review: Review, query) -> tuple[Row, int]:
    """(the row after saving, 200) or (the row with what was typed and what is wrong, 409 or 422)."""
    levels = list(AuthorityLevel.objects.all())
    tail = f"?{urlencode({'list': query.urlencode()})}"
    contents.with_rows([review])
    form = QuickForm(request.POST, levels={level.code: level.label for level in levels})
    if not form.is_valid():
        return _typed(request, review, levels, tail, [e for errors in form.errors.values() for e in errors]), 422
    try:
        data = _changed(review, form, contents.rule_levels_of(levels))
        if data:
            base = form.cleaned_data["version"]
            filling.save_review(by=request.user, review_id=review.pk, base_version=base, data=data)
    except filling.EditConflict as conflict:
        return _conflicting(request, review, levels, tail, conflict), 409
    except ValidationError as error:
        status = 409 if getattr(error, "code", "") == "refused" else 422
        return _typed(request, review, levels, tail, error.messages), status
    review = find_review(request, review.pk)
    contents.with_rows([review])
    made = shown_row(review, True, levels, tail)
    made.saved_at = timezone.now()
    return made, 200


def _changed(review: Review, form: QuickForm, levels) -> dict:
    """What the row changes of the version it began from; a level becomes a transfer from the form's own deciders."""
    base = content_at(review, form.cleaned_data["version"]) or contents.snapshot(review)
    typed = form.typed()
    data = {name: typed[name] for name in ("conclusion", "stance", "reason") if name in typed}
    data = {name: value for name, value in data.items() if value != base[name]}
    level = typed.get("level", None)
    if level is not None and level != common_target(base["transfers"]):
        data["transfers"] = _moves(review, base, level, typed.get("conclusion", base["conclusion"]), levels)
    if data and review.version == 0 and not form.cleaned_data["version"]:
        data["deciders"] = [one for one in base["deciders"] if one["level"]]
    return data


def _moves(review: Review, base, level: str, conclusion: str, levels) -> list[dict]:
    if not level:
        return []
    rows = transfers_to(
        Move(level, mode=mode_for(conclusion)), base["deciders"], levels, review.campaign.rule.excluded_levels
    )
    if isinstance(rows, Skip):
        raise ValidationError(f"{SKIP_LABELS[rows]}. Hãy chọn cấp khác, hoặc mở phiếu để khai thẩm quyền hiện nay.")
    return rows


def _typed(request, review: Review, levels, tail: str, errors: list[str]) -> Row:
    """The row as it was typed, with what is wrong."""
    made = shown_row(review, True, levels, tail)
    post = request.POST
    version = post.get("version", "")
    made.version = int(version) if version.isascii() and version.isdigit() else review.version
    made.conclusion = post.get("stance" if made.short else "conclusion", made.conclusion)
    made.reason, made.errors = post.get("reason", made.reason), errors
    if "level" in post:
        made.options = _options(levels, post["level"])
    return made


def _conflicting(request, review: Review, levels, tail: str, conflict) -> Row:
    """The row as it was typed, with both texts of every field that two people changed."""
    made = _typed(request, find_review(request, review.pk), levels, tail, [])
    wording = Wording(levels)
    made.version, made.by, made.at = conflict.version, conflict.theirs_by, conflict.theirs_at
    made.conflicts = [
        {
            "name": f"keep_{name}",
            "label": wording.label(name),
            "mine": wording.text(name, one.mine),
            "theirs": wording.text(name, one.theirs),
        }
        for name, one in conflict.conflicts.items()
    ]
    return made


def _finish(request, campaign):
    """Finish the complete ones among the rows of the address."""
    query = request.GET
    reviews, _ = narrowed(request, campaign, query)
    waiting = list(reviews.filter(status__in=FILLABLE, version__gt=0))
    back = HttpResponseRedirect(f"{reverse('reviews:quick')}?{query.urlencode()}")
    if not waiting:
        messages.info(request, "Không có phiếu nào đang soạn trong danh sách.")
        return back
    try:
        outcome = filling.finish(by=request.user, reviews=waiting)
        done, refused = len(outcome.done), Counter(error.messages[0] for _, error in outcome.refused)
    except ValidationError as error:
        done, refused = 0, Counter([error.messages[0]])
    if done:
        messages.success(request, f"Đã hoàn thành {done} phiếu đủ nội dung.")
    for reason, number in refused.most_common(5):
        messages.warning(request, format_html("{} phiếu chưa hoàn thành: {}", number, reason))
    return back
