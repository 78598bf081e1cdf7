"""A block of cells pasted into the quick review: what goes where, then one change of many forms."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from procedures.authorities import AuthorityResolver
from procedures.models import AuthorityLevel
from reviews.actions import bulk as acts
from reviews.forms.bulk import ApplyForm
from reviews.forms.quick import MAX_BLOCK_ROWS, Block, PastedRow, PasteForm, read_block
from reviews.models import Review
from reviews.reports.bulk import parts_of
from reviews.rules.bulk import SKIP_LABELS, Move, Wish, mode_for
from reviews.views.quick import narrowed
from reviews.views.rounds import round_of, without_round
from reviews.views.showing import Wording
from tthc_portal.accounts.access import for_roles


@require_POST
@for_roles(*acts.FILLERS)
def paste(request):
    """Show what a pasted block would do; with the button "apply", do it as one change."""
    campaign = round_of(request)
    if campaign is None:
        return without_round(
            request,
            "Dán từ Excel",
            "Chỉ điền được phiếu khi cơ quan chủ trì đã mở đợt rà soát; khi đó vào lại trang này.",
        )
    form = PasteForm(request.POST)
    if not form.is_valid():
        return render(request, "reviews/quick/paste.html", {"form": form, "campaign": campaign}, status=422)
    block = read_block(form.cleaned_data["block"], _level_of())
    if len(block.rows) > MAX_BLOCK_ROWS:
        form.add_error("block", f"Khối quá dài: tối đa {MAX_BLOCK_ROWS} dòng một lần; hãy chia làm nhiều lần.")
        return render(request, "reviews/quick/paste.html", {"form": form, "campaign": campaign}, status=422)
    placed = _placed(request, campaign, form, block)
    wishes = {review.pk: _wish(row, form.cleaned_data["overwrite"]) for row, review in placed if review}
    if request.POST.get("button") == "apply":
        return _apply(request, campaign, form, block, placed, wishes)
    return _preview(request, campaign, form, block, placed, wishes)


def _level_of():
    """A function wording → code of the one level it stands for, blank when it stands for none or for several."""
    resolver = AuthorityResolver()

    def level_of(wording: str) -> str:
        found = (wording,) if wording in resolver.labels else resolver.resolve(wording)
        return found[0] if len(found) == 1 else ""

    return level_of


def _placed(request, campaign, form: PasteForm, block: Block) -> list[tuple[PastedRow, Review | None]]:
    """Each row with the review it speaks of: by code, or without codes one after the other down the list."""
    own = Review.objects.filter(organisation=request.user.body, campaign=campaign).select_related("scope_item")
    if "code" in block.columns:
        codes = [row.values.get("code", "") for row in block.rows]
        known = {review.scope_item.code: review for review in own.filter(scope_item__code__in=codes)}
        placed, seen = [], set()
        for row, code in zip(block.rows, codes, strict=True):
            if code in seen:
                row.problems.append(f"Mã {code} đã có ở dòng trên; mỗi thủ tục chỉ ghi một dòng.")
            elif code and code not in known:
                row.problems.append(f"Cơ quan không có phiếu của TTHC {code} trong đợt này.")
            elif not code and not row.problems:
                row.problems.append("Dòng không có mã TTHC.")
            seen.add(code) if code else None
            placed.append((row, None if row.problems else known.get(code)))
        return placed
    query = QueryDict(form.cleaned_data["list"])
    keys = list(narrowed(request, campaign, query)[0].values_list("pk", flat=True))
    start = form.cleaned_data["start"]
    keys = keys[keys.index(start) if start in keys else 0 :][: len(block.rows)]
    reviews = own.in_bulk(keys)
    for row in block.rows[len(keys) :]:
        row.problems.append("Danh sách không còn dòng nào để điền.")
    padded = [*keys, *[None] * (len(block.rows) - len(keys))]
    return [(row, None if row.problems else reviews[pk]) for row, pk in zip(block.rows, padded, strict=True)]


def _wish(row: PastedRow, overwrite: bool) -> Wish:
    values = {name: row.values[name] for name in ("conclusion", "reason") if name in row.values}
    level = row.values.get("level")
    move = Move(level, mode=mode_for(values.get("conclusion", ""))) if level else None
    return Wish(values, move, overwrite=overwrite)


def _apply(request, campaign, form, block, placed, wishes):
    applying = ApplyForm(request.POST)
    if not applying.is_valid():
        return _preview(request, campaign, form, block, placed, wishes, applying=applying, status=422)
    try:
        change = acts.apply(
            by=request.user,
            campaign=campaign,
            reviews=Review.objects.filter(pk__in=list(wishes)),
            wish=wishes,
            reason=applying.cleaned_data["why"],
            seal=applying.cleaned_data["seal"],
            title="Dán từ Excel",
            filters=form.cleaned_data["list"],
            finish=applying.cleaned_data["finish"],
        )
    except ValidationError as refusal:
        told = refusal.messages
        return _preview(request, campaign, form, block, placed, wishes, applying=applying, refusal=told, status=409)
    messages.success(request, f"Đã thay đổi {change.changed} phiếu từ khối đã dán.")
    return redirect(f"{reverse('reviews:quick')}?{form.cleaned_data['list']}")


def _preview(request, campaign, form, block, placed, wishes, *, applying=None, refusal=(), status=200):
    reviews = Review.objects.filter(pk__in=list(wishes))
    plan = acts.weigh(by=request.user, campaign=campaign, reviews=reviews, wish=wishes)
    wording = Wording(AuthorityLevel.objects.all())
    changes = {
        one.review.pk: [
            (wording.label(name), wording.text(name, before), wording.text(name, after))
            for name, (before, after) in parts_of({n: [one.before.get(n), v] for n, v in one.data.items()}).items()
            if name != "deciders"
        ]
        for one in plan.changes
    }
    skipped = {review.pk: SKIP_LABELS[why] + (f" ({who})" if who else "") for review, why, who in plan.skipped}
    if applying is not None:
        applying.data = applying.data.copy()
        applying.data["seal"] = plan.seal
    context = {
        "campaign": campaign,
        "form": form,
        "pasted": block,
        "rows": [
            (row, review, changes.get(review.pk) if review else None, skipped.get(review.pk) if review else None)
            for row, review in placed
        ],
        "plan": plan,
        "applying": applying or ApplyForm(initial={"seal": plan.seal, "why": "Dán từ bảng Excel của cơ quan."}),
        "refusal": refusal,
    }
    return render(request, "reviews/quick/paste.html", context, status=status)
