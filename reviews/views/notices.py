"""Everything the portal has told a person, not only what the home page has room for."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reviews.reports import home as figures

PAGE_SIZE = 50


@require_safe
def listing(request):
    """One's own notices, those not read yet first; ``state`` narrows to read or unread."""
    count = figures.notice_count(request.user)
    state = request.GET.get("state", "")
    tabs = (("", "Tất cả", count.total), ("unread", "Chưa đọc", count.unread), ("read", "Đã đọc", count.read))
    found = figures.notices_of(request.user, state if state in ("unread", "read") else "")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"tabs": tabs, "state": state, "page_obj": page, "count": count}
    return render(request, "reviews/notices/list.html", context)
