"""Wordings matched by hand: who said what each stands for, since when, what stands on it; taking one back."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from procedures.matching_forms import MatchingFilter, WithdrawForm
from procedures.models import AuthorityLevel, Matching, Procedure
from procedures.withdrawing import standing_on
from procedures.withdrawing import withdraw as withdraw_action
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Role
from tthc_portal.sheets import stream_csv, xlsx_response

PAGE_SIZE = 20
SORTS = {"wording": "folded", "made": "made_at"}
EXPORT_HEADER = (
    "Cách ghi",
    "Loại",
    "Được hiểu là",
    "Người chọn",
    "Lúc chọn",
    "Đang dựa vào",
    "Người thu hồi",
    "Lúc thu hồi",
    "Lý do thu hồi",
)


@require_safe
@for_roles(*OVERSEEING_ROLES)
def listing(request):
    """All words of administrators on wordings, the latest first, those taken back among them."""
    form, sort = MatchingFilter(request.GET), request.GET.get("sort", "-made")
    order = F(SORTS.get(sort.removeprefix("-"), "made_at"))
    visible = Matching.objects.visible_to(request.user)
    found = form.apply(visible).order_by(order.desc() if sort.startswith("-") else order.asc(), "-pk")
    found = found.select_related("made_by", "withdrawn_by", "organisation")
    if export := request.GET.get("export"):
        return _export(export, found)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = _filled(page.object_list)
    return render(request, "procedures/chosen.html", {"form": form, "sort": sort, "page_obj": page})


def _filled(matchings) -> list[Matching]:
    """Each with ``meanings``, what it says, and ``standing``, what stands on it."""
    matchings = list(matchings)
    labels = dict(AuthorityLevel.objects.values_list("pk", "label"))
    standing = standing_on(matchings)
    for one in matchings:
        body = one.organisation
        one.meanings = [f"{body.name} ({body.code})"] if body else [labels.get(code, code) for code in one.levels]
        one.standing = standing[one.pk]
    return matchings


def _export(kind: str, found):
    rows = (
        (
            one.wording,
            one.get_kind_display(),
            "; ".join(one.meanings),
            str(one.made_by),
            _moment(one.made_at),
            one.standing.count,
            str(one.withdrawn_by or ""),
            _moment(one.withdrawn_at),
            one.withdrawn_reason,
        )
        for one in _filled(found)
    )
    if kind == "csv":
        return stream_csv("cach-ghi-da-doi-chieu.csv", EXPORT_HEADER, rows)
    if kind == "xlsx":
        return xlsx_response("cach-ghi-da-doi-chieu.xlsx", "Cách ghi đã đối chiếu", EXPORT_HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")


def _moment(when) -> str:
    return f"{timezone.localtime(when):%H:%M %d/%m/%Y}" if when else ""


@require_safe
@for_roles(*OVERSEEING_ROLES)
def detail(request, pk):
    """One word: what stands on it, and the way to take it back."""
    return _page(request, _matching_or_404(request, pk), WithdrawForm())


@require_POST
@for_roles(Role.ADMINISTRATOR)
def withdraw(request, pk):
    """Take the word back; its reason comes back typed when it cannot be."""
    matching, form = _matching_or_404(request, pk), WithdrawForm(request.POST)
    if form.is_valid():
        try:
            count = withdraw_action(by=request.user, matching=matching, reason=form.cleaned_data["reason"])
        except ValidationError as problem:
            matching.refresh_from_db()
            form.add_error(None, problem)
        else:
            messages.success(request, f"Đã thu hồi “{matching.wording}”; {count} thủ tục chờ đối chiếu lại.")
            return redirect("procedures:chosen")
    return _page(request, matching, form, status=422)


def _matching_or_404(request, pk) -> Matching:
    visible = Matching.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("made_by", "withdrawn_by", "organisation", "batch"), pk=pk)


def _page(request, matching: Matching, form, status: int = 200):
    [matching] = _filled([matching])
    procedures = Procedure.objects.filter(pk__in=matching.standing.procedures).order_by("code")
    page = Paginator(procedures.only("code", "name"), PAGE_SIZE).get_page(request.GET.get("page"))
    earlier = Matching.objects.visible_to(request.user).filter(kind=matching.kind, folded=matching.folded)
    context = {
        "matching": matching,
        "form": form if request.user.is_administrator and not matching.withdrawn_at else None,
        "page_obj": page,
        "others": _filled(earlier.exclude(pk=matching.pk).select_related("made_by", "withdrawn_by", "organisation")),
    }
    return render(request, "procedures/chosen_detail.html", context, status=status)
