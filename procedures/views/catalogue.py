"""The catalogue: the list everybody searches, and one procedure with where each of its values came from."""

from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.functions import Collate
from django.shortcuts import get_object_or_404, render

from procedures.forms import CatalogueFilter
from procedures.models import ExecutionLevel, Procedure
from procedures.views.corrections import open_reports, reports_on
from procedures.views.facts import deciders_of, facts_of, history_of
from tthc_portal.accounts.models import BODY_ROLES
from tthc_portal.sheets import stream_csv, xlsx_response
from tthc_portal.text import COLLATION

PAGE_SIZE = 50
SORTS = {"code": "code", "name": Collate("name", COLLATION), "publisher": "publisher__code", "updated": "updated_at"}
# Labels that an import recognises: the list that left the portal can come back into it.
EXPORT_HEADER = (
    "Mã TTHC",
    "Tên TTHC",
    "Cơ quan ban hành",
    "Cơ quan thực hiện",
    "Lĩnh vực",
    "Cấp thực hiện",
    "Cơ quan có thẩm quyền",
    "Căn cứ pháp lý",
    "QĐ công bố",
    "Tình trạng",
)
_LEVELS = dict(ExecutionLevel.choices)


def ordered(procedures, sort: str):
    """``procedures`` in the order the address asks for; by code when it asks for nothing known."""
    order = SORTS.get(sort.removeprefix("-"), "code")
    order = F(order) if isinstance(order, str) else order
    return procedures.order_by(order.desc() if sort.startswith("-") else order.asc(), "code")


def listing(request):
    """The list, searched without accents, filtered, sorted; ``export=csv|xlsx`` gives all its rows."""
    form = CatalogueFilter(request.GET)
    sort = request.GET.get("sort", "code")
    procedures = form.apply(Procedure.objects.visible_to(request.user))
    procedures = ordered(procedures.select_related("publisher"), sort)
    procedures = procedures.prefetch_related("sector_links__sector", "deciders__level")
    if request.GET.get("export") == "csv":
        return stream_csv("danh-muc-tthc.csv", EXPORT_HEADER, _export_rows(procedures))
    if request.GET.get("export") == "xlsx":
        return xlsx_response("danh-muc-tthc.xlsx", "Danh sách TTHC", EXPORT_HEADER, _export_rows(procedures))
    page = Paginator(procedures, PAGE_SIZE).get_page(request.GET.get("page"))
    for procedure in page:
        procedure.level_labels = [_LEVELS.get(level, level) for level in procedure.execution_levels]
    return render(request, "procedures/list.html", {"form": form, "page_obj": page, "sort": sort})


def _export_rows(procedures):
    """Rows under EXPORT_HEADER; several values of a cell stand on several lines, as in the national export."""
    for p in procedures.iterator(chunk_size=2000):
        links = sorted(p.sector_links.all(), key=lambda link: link.position)
        deciders = list(p.deciders.all())
        yield (
            p.code,
            p.name,
            p.publisher.name,
            "\n".join(p.executing_bodies),
            "\n".join(link.sector.name for link in links),
            "\n".join(_LEVELS.get(level, level) for level in p.execution_levels),
            "\n".join(dict.fromkeys(d.body or d.level.label for d in deciders)),
            "\n".join(dict.fromkeys(d.legal_ground for d in deciders if d.legal_ground)),
            p.publishing_decision,
            p.get_status_display(),
        )


def detail(request, code):
    """One procedure: its values and their sources, who decides it, what imports did to it."""
    procedures = Procedure.objects.visible_to(request.user).select_related("publisher")
    procedure = get_object_or_404(procedures, code__iexact=code)
    context = {
        "procedure": procedure,
        "facts": facts_of(procedure, request.user),
        "deciders": deciders_of(procedure),
        "history": history_of(procedure),
        "reports": reports_on(request, procedure),
        "waiting_reports": open_reports(procedure).count(),
        "may_report": request.user.role in BODY_ROLES,
    }
    return render(request, "procedures/detail.html", context)
