"""“Đối chiếu thẩm quyền”: a body says who decides its procedures, many at a time."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone

from procedures.deciders import confirm_deciders, may_confirm
from procedures.forms import DeciderFilter, DeciderFormSet, publisher_choices
from procedures.models import AuthorityLevel, Procedure
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Organisation, Role

PAGE_SIZE = 50
MAX_ROWS = 10


@for_roles(Role.FOCAL_POINT, *OVERSEEING_ROLES)
def confirm(request):
    """The list with its filters and, for those who may, the form that settles the ticked procedures."""
    body = _body(request)
    writes = may_confirm(request.user, body)
    all_of_body = Procedure.objects.visible_to(request.user).filter(publisher=body)
    form = DeciderFilter(request.GET, all_of_body, body.code)
    matching = form.apply(all_of_body).order_by("code")
    formset = _formset(request)
    if request.method == "POST":
        if not writes:
            raise PermissionDenied
        if formset.is_valid() and _settle(request, matching, formset):
            return redirect(request.get_full_path())
    page_of = matching.prefetch_related("sector_links__sector", "deciders__level", "deciders__confirmed_by")
    page = Paginator(page_of, PAGE_SIZE).get_page(request.GET.get("page"))
    total = all_of_body.count()
    context = {
        "body": body,
        "bodies": publisher_choices() if request.user.oversees else [],
        "form": form,
        "formset": formset,
        "formset_in_list": [formset],
        "page_obj": page,
        "writes": writes,
        "ticked": set(request.POST.getlist("procedure")),
        "total": total,
        "known": total - all_of_body.decider_unknown().count(),
    }
    return render(request, "procedures/deciders.html", context, status=422 if request.method == "POST" else 200)


def _body(request) -> Organisation:
    """The user's own body; overseers may name another one, and administrators begin with the first that publishes."""
    if not request.user.oversees:
        return request.user.body
    code = request.GET.get("organisation")
    bodies = Organisation.objects.filter(procedures__isnull=False).distinct()
    if not code:
        return bodies.order_by("code", "-valid_from").first() or request.user.body
    named = bodies.filter(code__iexact=code).order_by("-valid_from")
    today = timezone.localdate()
    body = next((b for b in named if b.existed_on(today)), None) or named.first()
    body = body or Organisation.objects.filter(code__iexact=code).order_by("-valid_from").first()
    if body is None:
        raise Http404("Không có cơ quan này.")
    return body


def _formset(request):
    levels = [(level.pk, level.label) for level in AuthorityLevel.objects.all()]
    wanted = request.GET.get("rows", "")
    formset = DeciderFormSet(request.POST or None, form_kwargs={"levels": levels}, prefix="deciders")
    formset.extra = min(int(wanted), MAX_ROWS) if wanted.isdecimal() and int(wanted) else 1
    return formset


def _settle(request, matching, formset) -> bool:
    """Apply the form to what is ticked, or to all that the filters match; says why when it cannot."""
    chosen = matching
    if not request.POST.get("all"):
        ids = [pk for pk in request.POST.getlist("procedure") if pk.isdecimal()]
        chosen = matching.filter(pk__in=ids)
    elif request.POST.get("matched") != str(matching.count()):
        messages.error(request, "Danh sách khớp bộ lọc đã thay đổi. Xem lại danh sách rồi xác nhận lần nữa.")
        return False
    try:
        done = confirm_deciders(by=request.user, procedures=chosen, rows=formset.rows)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, f"Đã xác định thẩm quyền quyết định của {done} thủ tục.")
    return True
