"""“Đối chiếu thẩm quyền”: a body says who decides its procedures, many at a time."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone

from procedures.authorities import AuthorityResolver
from procedures.decider_forms import GroupAnswers
from procedures.deciders import CONFIRMING_ROLES, confirm_deciders, confirm_many, known_by_body, may_confirm
from procedures.forms import DeciderFilter, DeciderFormSet, publisher_choices
from procedures.grouping import EXECUTING, SECTOR, groups_of
from procedures.models import AuthorityLevel, Procedure
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import OVERSEEING_ROLES, Organisation, Role
from tthc_portal.accounts.succession import answered_by
from tthc_portal.text import primary_keys

PAGE_SIZE = 50
MAX_ROWS = 10
# Groups on one page; those beyond come up once these are settled.
MAX_GROUPS = 100
GROUPINGS = (EXECUTING, SECTOR)


@for_roles(Role.FOCAL_POINT, *OVERSEEING_ROLES)
def confirm(request):
    """The list with its filters and, for those who may, the form that settles the ticked procedures.

    ``group`` in the address puts what is unknown together instead; overseers who name no body see how far each is.
    """
    if request.user.oversees and not request.GET.get("organisation"):
        return _overview(request)
    body = _body(request)
    writes = may_confirm(request.user, body)
    if request.method == "POST" and not writes:
        raise PermissionDenied
    # A focal point settles what the bodies left that his own took the place of; overseers name one body at a time.
    published = {body.pk} if request.user.oversees else answered_by(body, timezone.localdate())
    all_of_body = Procedure.objects.visible_to(request.user).in_force().filter(publisher__in=published)
    if request.GET.get("group") in GROUPINGS:
        return _by_groups(request, body, all_of_body, writes)
    form = DeciderFilter(request.GET, all_of_body, body.code if len(published) == 1 else "")
    matching = form.apply(all_of_body).order_by("code")
    formset = _formset(request)
    if request.method == "POST" and formset.is_valid() and _settle(request, matching, formset):
        return redirect(request.get_full_path())
    page_of = matching.prefetch_related("sector_links__sector", "deciders__level", "deciders__confirmed_by")
    page = Paginator(page_of, PAGE_SIZE).get_page(request.GET.get("page"))
    context = _frame(request, body, all_of_body) | {
        "form": form,
        "formset": formset,
        "formset_in_list": [formset],
        "page_obj": page,
        "writes": writes,
        "ticked": set(request.POST.getlist("procedure")),
    }
    return render(request, "procedures/deciders.html", context, status=422 if request.method == "POST" else 200)


def _overview(request):
    """How far every body is; here nothing is written."""
    if request.method not in ("GET", "HEAD"):
        if request.user.role not in CONFIRMING_ROLES:
            raise PermissionDenied
        return HttpResponseNotAllowed(["GET", "HEAD"])
    rows = known_by_body()
    total, known = sum(row.total for row in rows), sum(row.known for row in rows)
    return render(request, "procedures/deciders_overview.html", {"rows": rows, "total": total, "known": known})


def _by_groups(request, body, all_of_body, writes):
    """What nobody has settled yet, in groups, each with the answer that settles all of it."""
    grouping = request.GET["group"]
    unknown = all_of_body.decider_unknown().order_by("code").prefetch_related("sector_links__sector")
    resolver = AuthorityResolver()
    groups = groups_of(unknown, grouping, resolver)[:MAX_GROUPS]
    form = GroupAnswers(request.POST if request.method == "POST" else None, groups=groups, labels=resolver.labels)
    if request.method == "POST" and form.is_valid() and _settle_groups(request, form):
        return redirect(request.get_full_path())
    context = _frame(request, body, all_of_body) | {"form": form, "grouping": grouping, "writes": writes}
    status = 422 if request.method == "POST" else 200
    return render(request, "procedures/deciders_groups.html", context, status=status)


def _settle_groups(request, form) -> bool:
    try:
        done = confirm_many(by=request.user, answers=form.answers())
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    messages.success(request, f"Đã xác định thẩm quyền quyết định của {done} thủ tục.")
    return True


def _frame(request, body, all_of_body) -> dict:
    """What every page of one body shows: which it is, and how far."""
    total = all_of_body.count()
    known = total - all_of_body.decider_unknown().count()
    return {
        "body": body,
        "bodies": publisher_choices() if request.user.oversees else [],
        "inherited": _inherited(body, all_of_body),
        "total": total,
        "known": known,
        "left": total - known,
        "percent": 100 * known // total if total else 100,
    }


def _inherited(body: Organisation, procedures) -> list[str]:
    """Names of the other bodies among the publishers of ``procedures``: those whose place ``body`` took."""
    others = procedures.exclude(publisher=body).order_by("publisher__name")
    return list(others.values_list("publisher__name", flat=True).distinct())


def _body(request) -> Organisation:
    """The user's own body; overseers name another one."""
    if not request.user.oversees:
        return request.user.body
    code = request.GET["organisation"]
    bodies = Organisation.objects.filter(procedures__isnull=False).distinct()
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
        ids = primary_keys(request.POST.getlist("procedure"))
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
