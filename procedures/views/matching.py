"""“Cần đối chiếu tên cơ quan”: wordings of deciding authorities and of publishers that nobody has matched yet."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, F, Min, Window
from django.db.models.functions import RowNumber
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from procedures.authorities import AuthorityResolver, joins_more
from procedures.matching import map_publishers as map_publishers_action
from procedures.matching import match_authority
from procedures.matching_forms import PublisherFormSet, WordingFilter
from procedures.models import AuthorityLevel, ImportBatch, UnresolvedAuthority
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Role
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 20
EXAMPLES = 3
# A suggestion stands chosen in the form only where the wordings are nearly the same ("Thủ trưởng cơ quan" is no
# minister).
CHOSEN_ALREADY = 0.85
SORTS = {"procedures": "procedures", "wording": "folded"}
EXPORT_HEADER = ("Cách ghi", "Số thủ tục", "Thủ tục ví dụ", "Cấp gợi ý", "Giống cách ghi")


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(*OVERSEEING_ROLES)
def authorities(request):
    """Wordings of deciding authorities by number of procedures; an administrator says once what each stands for."""
    error = ""
    if request.method == "POST":
        if request.user.role != Role.ADMINISTRATOR:
            raise PermissionDenied
        try:
            return _match(request)
        except ValidationError as problem:
            error = " ".join(problem.messages)
    form, sort = WordingFilter(request.GET), request.GET.get("sort", "-procedures")
    waiting = UnresolvedAuthority.objects.all()
    wordings = _sorted(form.apply(waiting), sort)
    if export := request.GET.get("export"):
        return _export(export, wordings)
    page = Paginator(wordings, PAGE_SIZE).get_page(request.GET.get("page"))
    _fill(page.object_list)
    context = {
        "form": form,
        "sort": sort,
        "page_obj": page,
        "levels": _level_choices(),
        "writes": request.user.is_administrator,
        "procedures": waiting.aggregate(n=Count("procedure", distinct=True))["n"],
        "error": error,
        "typed": {"wording": request.POST.get("wording"), "levels": request.POST.getlist("level")},
    }
    return render(request, "procedures/matching.html", context, status=422 if error else 200)


def _match(request):
    wording = request.POST.get("wording", "")
    done = match_authority(by=request.user, wording=wording, levels=request.POST.getlist("level"))
    messages.success(request, f"Đã ghi “{wording}”; đã xác định thẩm quyền của {done} thủ tục.")
    return redirect(request.get_full_path())


def _sorted(waiting, sort: str):
    """One row a wording: {folded, wording, procedures}."""
    groups = waiting.order_by().values("folded").annotate(wording=Min("wording"), procedures=Count("procedure"))
    order = F(SORTS.get(sort.removeprefix("-"), "procedures"))
    return groups.order_by(order.desc() if sort.startswith("-") else order.asc(), "folded")


def _fill(groups) -> None:
    """Add to each wording its example procedures and what the known wording most like it stands for."""
    resolver = AuthorityResolver()
    examples: dict[str, list] = {}
    numbered = UnresolvedAuthority.objects.filter(folded__in=[group["folded"] for group in groups])
    place = Window(RowNumber(), partition_by=F("folded"), order_by=F("procedure__code").asc())
    for row in numbered.annotate(place=place).filter(place__lte=EXAMPLES).select_related("procedure"):
        examples.setdefault(row.folded, []).append(row.procedure)
    for group in groups:
        near = resolver.similar(group["wording"])
        group["examples"] = examples.get(group["folded"], [])
        group["more"] = max(0, group["procedures"] - EXAMPLES)
        group["near"], levels, alike = near or ("", (), 0)
        group["labels"] = [resolver.labels[code] for code in levels]
        surely = alike >= CHOSEN_ALREADY and not joins_more(group["wording"], group["near"])
        group["levels"] = levels if surely else ()


def _level_choices() -> list[tuple[str, str]]:
    """(code, label) of every level; an ended one says until when it stood."""
    return [
        (level.pk, f"{level.label} (đến {level.valid_to:%d/%m/%Y})" if level.valid_to else level.label)
        for level in AuthorityLevel.objects.all()
    ]


def _export(kind: str, wordings):
    groups = list(wordings)
    _fill(groups)
    rows = (
        (g["wording"], g["procedures"], "\n".join(p.code for p in g["examples"]), "; ".join(g["labels"]), g["near"])
        for g in groups
    )
    if kind == "csv":
        return stream_csv("can-doi-chieu-ten-co-quan.csv", EXPORT_HEADER, rows)
    if kind == "xlsx":
        return xlsx_response("can-doi-chieu-ten-co-quan.xlsx", "Cần đối chiếu", EXPORT_HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")


@require_POST
@for_roles(Role.ADMINISTRATOR)
def map_publishers(request, pk):
    """Say which bodies the unknown publishers of a preview are; what was typed comes back when it cannot be kept."""
    batch = get_object_or_404(ImportBatch.objects.visible_to(request.user), pk=pk)
    formset = PublisherFormSet(request.POST, batch=batch)
    errors = []
    if formset.is_valid():
        try:
            map_publishers_action(by=request.user, batch=batch, choices=formset.choices)
        except ValidationError as problem:
            errors = problem.messages
        else:
            messages.success(request, f"Đã ghi {len(formset.choices)} cách ghi; kết quả xem trước đã được tính lại.")
            return redirect("procedures:batch", pk=pk)
    context = {"batch": batch, "formset": formset, "errors": errors}
    return render(request, "procedures/matching_publishers.html", context, status=422)
