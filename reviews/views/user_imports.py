"""People from a workbook: upload, what it would do, and the confirmation."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from reviews.forms.users import PeopleFileForm, read_people
from reviews.reports.people import in_hand_counts
from reviews.views.users import KEEPERS, PAGE_SIZE
from tthc_portal.accounts import user_import, user_sheet
from tthc_portal.accounts.access import for_roles


@for_roles(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request):
    """Earlier workbooks, the one to fill in (``template=xlsx``), and the form that takes a workbook to its preview."""
    if request.GET.get("template") == "xlsx":
        target = user_sheet.template_for(request.user)
        return FileResponse(target, as_attachment=True, filename="mau-danh-sach-nguoi-dung.xlsx")
    form = PeopleFileForm(request.POST or None, request.FILES or None) if request.method == "POST" else PeopleFileForm()
    if form.is_bound and form.is_valid():
        made = user_import.preview(
            by=request.user,
            content=form.content,
            file_name=form.cleaned_data["file"].name,
            lines=form.lines,
            in_hand=in_hand_counts(),
        )
        return redirect("reviews:user_imported", pk=made.pk)
    page = Paginator(user_import.imports_visible_to(request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "labels": user_sheet.COLUMNS.values()}
    return render(request, "reviews/users/import.html", context, status=422 if form.is_bound else 200)


@for_roles(*KEEPERS)
@require_http_methods(["GET", "HEAD", "POST"])
def imported(request, pk):
    """What a workbook would do, every bad row named; a POST writes all of it or nothing."""
    item = get_object_or_404(user_import.imports_visible_to(request.user), pk=pk)
    if request.method == "POST":
        try:
            if not item.file:
                raise FileNotFoundError(item.file_name)
            with item.file.open("rb") as file:
                lines = read_people(file.read(), item.file_name)
            done = user_import.apply(by=request.user, item=item, lines=lines, in_hand=in_hand_counts())
        except OSError:
            messages.error(request, "Tệp đã tải lên không còn trong kho lưu trữ. Tải lại tệp.")
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            if done.applied_at:
                messages.success(request, "Đã ghi danh sách người dùng.")
            else:
                messages.error(request, "Chưa ghi gì: từ lúc xem trước đã có thay đổi, tệp nay có dòng lỗi.")
        return redirect("reviews:user_imported", pk=pk)
    report = item.report
    errors = Paginator(report["errors"], 4 * PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "item": item,
        "report": report,
        "page_obj": errors,
        "bad_rows": len({error["row"] for error in report["errors"]}),
        "written": report["created"] + report["changed"],
    }
    return render(request, "reviews/users/imported.html", context)
