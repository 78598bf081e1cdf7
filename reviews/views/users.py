"""People with accounts: their list, one person, first passwords. Administrators and focal points keep them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.functions import Collate
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews.forms.users import PeopleFilter, PersonForm, UnitForm
from reviews.reports import people as known
from tthc_portal.accounts import codes, people
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role, User
from tthc_portal.sheets import stream_csv, xlsx_response
from tthc_portal.text import COLLATION

PAGE_SIZE = 50
KEEPERS = (Role.ADMINISTRATOR, Role.FOCAL_POINT)
SORTS = {
    "username": F("username"),
    "name": Collate("full_name", COLLATION),
    "organisation": F("organisation__code"),
    "role": F("role"),
    "seen": F("last_login"),
}


@for_roles(*KEEPERS)
@require_safe
def listing(request):
    """Everybody kept by the reader: filtered, sorted, with what each has in hand; ``export=csv|xlsx`` gives all."""
    form = PeopleFilter(request.GET, reader=request.user)
    sort = request.GET.get("sort", "organisation")
    found = _ordered(form.apply(known.kept_by(request.user)), sort)
    if (export := request.GET.get("export")) == "csv":
        return stream_csv("nguoi-dung.csv", known.EXPORT_HEADER, known.export_rows(found))
    if export == "xlsx":
        return xlsx_response("nguoi-dung.xlsx", "Người dùng", known.EXPORT_HEADER, known.export_rows(found))
    if export:
        raise Http404("Chỉ xuất được csv hoặc xlsx.")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    held = known.in_hand_counts([person.pk for person in page])
    rows = [(person, held.get(person.pk, 0), people.may_manage(request.user, person)) for person in page]
    context = {"form": form, "page_obj": page, "rows": rows, "sort": sort, "unit_form": UnitForm()}
    if request.user.role == Role.FOCAL_POINT:
        context["units"] = known.units_with_people(request.user.body)
    return render(request, "reviews/users/list.html", context)


def _ordered(found, sort: str):
    key = SORTS.get(sort.removeprefix("-"), SORTS["organisation"])
    order = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_first=True)
    return found.order_by(order, "username")


@for_roles(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def create(request):
    """A new account, without a password until a code is printed or a letter sent."""
    form = PersonForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made, _ = form.write()
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, f"Đã tạo tài khoản {made.username}. Cấp mã hoặc gửi thư để đặt mật khẩu.")
            return redirect("reviews:user", pk=made.pk)
    return render(request, "reviews/users/create.html", {"form": form}, status=422 if form.is_bound else 200)


def _person(request, pk) -> User:
    """The person behind an address: 404 for one of another body, 403 for a role above the reader's reach."""
    person = get_object_or_404(known.kept_by(request.user), pk=pk)
    if not people.may_manage(request.user, person):
        raise PermissionDenied
    return person


@for_roles(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, pk):
    """One person: what may change, how he comes in, what was changed."""
    person = _person(request, pk)
    in_hand = known.in_hand_counts([person.pk]).get(person.pk, 0)
    form = PersonForm(request.POST or None, by=request.user, person=person)
    leaving = False
    if request.method == "POST" and form.is_valid():
        try:
            _, changed = form.write(in_hand=in_hand)
        except ValidationError as refusal:
            leaving = getattr(refusal, "code", "") == people.HAND_OVER
            if leaving:
                form.ask_to_hand_over()
            form.add_error(None, refusal)
        else:
            messages.success(request, "Đã lưu thay đổi." if changed else "Không có gì thay đổi.")
            return redirect("reviews:user", pk=pk)
    context = _facts(request, person, in_hand) | {"form": form, "leaving": leaving}
    return render(request, "reviews/users/edit.html", context, status=422 if form.is_bound else 200)


def _facts(request, person: User, in_hand: int) -> dict:
    return {
        "person": person,
        "in_hand": in_hand,
        "code": known.live_code_of(person),
        "changes": known.changes_of(person),
        "is_self": person.pk == request.user.pk,
    }


@for_roles(*KEEPERS)
@require_POST
def set_active(request, pk):
    """Stop the account, or reopen it; with reviews in hand it asks for the hand-over first."""
    person = _person(request, pk)
    try:
        if request.POST.get("active") == "1":
            people.reopen(by=request.user, user=person)
            messages.success(request, f"Đã mở lại {person.username}. Cấp mã hoặc gửi thư để đặt mật khẩu mới.")
        elif request.POST.get("active") == "0":
            in_hand = known.in_hand_counts([person.pk]).get(person.pk, 0)
            people.deactivate(by=request.user, user=person, in_hand=in_hand, despite="despite" in request.POST)
            messages.success(request, f"Đã ngừng tài khoản {person.username}; các phiên đang mở kết thúc ngay.")
        else:
            messages.error(request, "Không rõ là ngừng hay mở lại; hãy dùng nút trên trang của người dùng.")
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect("reviews:user", pk=pk)


@for_roles(*KEEPERS)
@require_POST
@never_cache
def print_code(request, pk):
    """A code for one person, shown this once."""
    return _slips(request, [_person(request, pk)])


@for_roles(*KEEPERS)
@require_POST
@never_cache
def print_codes(request):
    """Codes for everybody ticked, a slip each."""
    return _slips(request, _ticked(request))


def _ticked(request) -> list[User]:
    """Those ticked, in the order of names; anybody not kept by the reader is nobody (404)."""
    keys = {int(pk) for pk in request.POST.getlist("person") if pk.isascii() and pk.isdigit() and len(pk) < 19}
    found = list(known.kept_by(request.user).filter(pk__in=keys).order_by("organisation__code", "username"))
    if len(found) != len(keys):
        raise Http404("Không có những người này.")
    if not all(people.may_manage(request.user, person) for person in found):
        raise PermissionDenied
    return found


def _slips(request, chosen: list[User]):
    try:
        slips = codes.issue(by=request.user, users=chosen)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("reviews:users")
    context = {"slips": slips, "portal": request.build_absolute_uri("/"), "tries": codes.MAX_FAILURES}
    return render(request, "reviews/users/slips.html", context)


@for_roles(*KEEPERS)
@require_POST
def invite(request):
    """A letter with a link to everybody ticked."""
    back = redirect("reviews:users")
    chosen = _ticked(request)
    if len(chosen) == 1:
        back = redirect("reviews:user", pk=chosen[0].pk)
    try:
        sent = codes.invite(by=request.user, users=chosen, portal=request.build_absolute_uri("/"))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã gửi {sent} thư; mỗi thư có đường dẫn đặt mật khẩu dùng một lần.")
    return back


@for_roles(Role.FOCAL_POINT)
@require_POST
def add_unit(request):
    """A unit of the own body."""
    try:
        unit = people.add_unit(by=request.user, name=request.POST.get("name", ""))
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, f"Đã thêm đơn vị {unit.name} (mã {unit.code}).")
    return redirect("reviews:users")
