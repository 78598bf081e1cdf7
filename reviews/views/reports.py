"""Reports of a round: the list of them, official tables as pages and sheets, the one page, documents to amend."""

import datetime
from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from reviews import papers
from reviews.models import Campaign, Review
from reviews.models.content import DocumentType
from reviews.reports import documents as documents_report
from reviews.reports import summary as summary_report
from reviews.reports import workbooks
from reviews.reports.dashboards import bodies_of
from reviews.reports.official import XLSX, Column, Heading, Row, Table, heading_of, label_place, official_file
from reviews.rules.shares import TIER_LABELS, TargetKind, Tier
from reviews.views.asof import Asked, asked_of
from reviews.views.figures import bar_of, grouped, share_bar
from reviews.views.rounds import body_or_404, round_of
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.accounts.naming import under_names_of
from tthc_portal.sheets import stream_csv

PAGE_SIZE = 50
KINDS = (
    ("", "Tất cả"),
    (OrganisationKind.MINISTRY.value, "Bộ, cơ quan ngang bộ"),
    (OrganisationKind.PROVINCE.value, "Tỉnh, thành phố"),
)
LIST_KINDS = (*KINDS[1:], ("all", "Tất cả"))


@require_safe
def index(request):
    """What each report is, in which forms, for whom."""
    campaign = round_of(request)
    code = summary_report.NATION if request.user.oversees else request.user.body.code
    context = {"campaign": campaign, "code": code, "bodies": []}
    if campaign and request.user.oversees:
        context["bodies"] = [(body.code, body.name) for body in bodies_of(campaign)]
    return render(request, "reviews/reports/index.html", context)


@require_safe
def by_body(request):
    """Biểu 01: a line a body for those who oversee, one's own line for a body."""
    campaign, body = _round_and_body(request)
    if campaign is None:
        return render(request, "reviews/reports/none.html")
    asked = asked_of(request, campaign)
    if asked.errors:
        return _refused(request, campaign, asked)
    kind = _chosen(request, "kind", dict(KINDS))
    table = workbooks.by_body_table(campaign, _heading(request, campaign, asked), asked.words, asked.source)
    rows = workbooks.by_body_rows(campaign, body, asked.as_of, kind)
    if request.GET.get("export"):
        return _sheet(request, f"bieu-01-{campaign.code}.xlsx", table, rows)
    number = sum(1 for row in rows if row.kind == "row")
    context = {"campaign": campaign, "asked": asked, "table": table, "lines": _lines(table, rows), "number": number}
    context |= {"kinds": KINDS, "kind": kind, "body": body}
    return render(request, "reviews/reports/by_body.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request):
    """Biểu 02: the proposals that a tier counts, by body and sector; posted, its sheet is made by the worker."""
    campaign, body = _round_and_body(request)
    if campaign is None:
        return render(request, "reviews/reports/none.html")
    asked = _present(request, campaign)
    if asked.errors:
        return _refused(request, campaign, asked)
    tier = Tier(_chosen(request, "tier", TIER_LABELS, campaign.rule.headline_tier))
    kind = "" if body else _chosen(request, "kind", dict(LIST_KINDS), OrganisationKind.MINISTRY.value)
    kind = "" if kind == "all" else kind
    if request.method == "POST":
        job = papers.make_in_background(by=request.user, campaign=campaign, tier=tier, body=body, kind=kind)
        return redirect("jobs:detail", pk=job.pk)
    paper = papers.proposals_of(request.user, campaign, tier=tier, body=body, kind=kind, asked=asked)
    if request.GET.get("export"):
        return _proposals_sheet(request, paper)
    paginator = Paginator(paper.found.prefetch_related(*workbooks.PROPOSAL_ROWS), PAGE_SIZE)
    paginator.count = paper.total
    page = paginator.get_page(request.GET.get("page"))
    before = []
    if page.number > 1:
        before = list(paper.found.values_list("organisation", flat=True)[: page.start_index() - 1])
    context = {
        "campaign": campaign,
        "table": paper.table,
        "lines": _lines(paper.table, workbooks.proposals_rows(list(page), campaign, before=before)),
        "page_obj": page,
        "number": paper.total,
        "is_large": paper.is_large,
        "body": body,
    }
    return render(request, "reviews/reports/proposals.html", context | _choices(request, campaign, tier, kind))


def _proposals_sheet(request, paper: papers.Proposals):
    """The sheet at once; one that takes long is asked for by a button, since an address that is read makes nothing."""
    if request.GET["export"] == "xlsx" and paper.is_large:
        messages.info(
            request,
            f"Biểu có {grouped(paper.total)} phương án nên tệp được lập ở nền. Hãy bấm “Lập tệp Excel” trên trang này.",
        )
        query = request.GET.copy()
        query.pop("export")
        return redirect(f"{request.path}?{query.urlencode()}")
    return _sheet(request, paper.file_name, paper.table, paper.rows())


@require_safe
def documents(request):
    """Documents that proposals would amend, with the number of procedures each frees."""
    campaign, body = _round_and_body(request)
    if campaign is None:
        return render(request, "reviews/reports/none.html")
    asked = _present(request, campaign)
    if asked.errors:
        return _refused(request, campaign, asked)
    tier = Tier(_chosen(request, "tier", TIER_LABELS, campaign.rule.headline_tier))
    kind = "" if body else OrganisationKind.MINISTRY.value
    seen = Review.objects.visible_to(request.user).readable_by(request.user).filter(workbooks.of_reader(body, kind))
    found = documents_report.documents_of(seen, campaign, tier, organisation=body.code if body else "", kind=kind)
    words, of_type = request.GET.get("q", ""), _chosen(request, "type", dict(DocumentType.choices) | {"": ""})
    shown = documents_report.narrowed(found.documents, words, of_type)
    heading = _heading(request, campaign, asked)
    if request.GET.get("export") == "csv":
        name = f"van-ban-can-sua-{campaign.code}.csv"
        return stream_csv(name, documents_report.CSV_HEADER, documents_report.csv_rows(shown))
    table = documents_report.documents_table(campaign, tier, heading, asked.words, found.procedures)
    if request.GET.get("export"):
        return _sheet(request, f"bieu-04-{campaign.code}.xlsx", table, documents_report.documents_rows(shown))
    context = {
        "campaign": campaign,
        "table": table,
        "procedures": found.procedures,
        "page_obj": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "number": len(shown),
        "types": [("", "Tất cả"), *DocumentType.choices],
        "type": of_type,
        "q": words,
        "body": body,
    }
    return render(request, "reviews/reports/documents.html", context | _choices(request, campaign, tier, kind))


@require_safe
def summary(request, code):
    """One page of a body, or of all ministries together ("VN", for those who oversee)."""
    campaign = round_of(request)
    national = code.upper() == summary_report.NATION
    own = code.casefold() == request.user.body.code.casefold()
    if not request.user.oversees and not own:
        raise Http404("Không có cơ quan này.")
    if campaign is None:
        return render(request, "reviews/reports/none.html")
    asked = _present(request, campaign)
    if asked.errors:
        return _refused(request, campaign, asked)
    if national:
        found, name = summary_report.nation_summary(campaign, request.user), "Các bộ, cơ quan ngang bộ"
        dashboard = reverse("reviews:dashboard")
    else:
        organisation = body_or_404(code, campaign)
        found, name = summary_report.body_summary(campaign, organisation, request.user), organisation.name
        dashboard = reverse("reviews:body_dashboard", args=[organisation.code])
    context = {
        "campaign": campaign,
        "asked": asked,
        "name": name,
        "summary": found,
        "figures": found.figures,
        "bar": bar_of(found.figures, size="large"),
        "reference": found.figures.target == TargetKind.REFERENCE,
        "tiers": [(TIER_LABELS[tier], found.figures.share_of(tier)) for tier in Tier],
        "sectors": [(one, share_bar(one.share, reference=True)) for one in found.sectors],
        "dashboard": f"{dashboard}?{urlencode({'campaign': campaign.code})}",
    }
    return render(request, "reviews/reports/summary.html", context)


def _round_and_body(request) -> tuple[Campaign | None, Organisation | None]:
    """The round, and the body a report is narrowed to: one's own, or the one that an overseer names; None: all."""
    campaign = round_of(request)
    if campaign is None:
        return None, None
    if not request.user.oversees:
        return campaign, body_or_404(request.user.body.code, campaign)
    code = request.GET.get("organisation", "")
    return campaign, body_or_404(code, campaign) if code else None


def _present(request, campaign: Campaign) -> Asked:
    """What was asked for, refused where another day or basis is: a list of forms is only of the present."""
    asked = asked_of(request, campaign)
    if not asked.errors and not asked.as_of.is_present:
        sentence = "Báo cáo này chỉ lập theo số liệu hiện tại; số liệu của ngày đã qua xem ở bảng tiến độ và Biểu 01."
        return Asked(campaign, basis=asked.basis, on=asked.on, errors={"on": sentence})
    return asked


def _refused(request, campaign: Campaign, asked: Asked):
    """The page that says why, with what was typed still in its fields."""
    return render(request, "reviews/reports/refused.html", {"campaign": campaign, "asked": asked}, status=400)


def _heading(request, campaign: Campaign, asked: Asked) -> Heading:
    """The heading of a paper of the reader's own body, under its name of the round's day."""
    return heading_of(under_names_of(campaign.bodies_on, [request.user.body])[0], asked.now)


def _chosen(request, name: str, choices, default: str = "") -> str:
    """The value of a filter in the address; what is not among ``choices`` is asked of nothing, so the default."""
    value = request.GET.get(name, "")
    return value if value in choices else default


def _choices(request, campaign: Campaign, tier: Tier, kind: str) -> dict:
    """What the boxes above a list offer: tiers and, for overseers, bodies and kinds."""
    found = {"tiers": [(one.value, TIER_LABELS[one]) for one in Tier], "tier": tier.value}
    if request.user.oversees:
        found["bodies"] = [(body.code, body.name) for body in bodies_of(campaign)]
    return found | {"kind": kind, "kinds": LIST_KINDS}


def _lines(table: Table, rows: Iterable[Row]) -> list[dict]:
    """Lines ready for a page: each cell as (class, text, address); a line's address goes with its third cell."""
    shown = []
    for row in rows:
        label = label_place(row)
        across = None if label is None else len(table.columns) - label
        shown.append({"kind": row.kind, "code": row.code, "across": across, "cells": _cells(table, row)})
    return shown


def _cells(table: Table, row: Row) -> list[tuple[str, str, str]]:
    """(class, text, address) of the cells of one line, up to the label that runs to its end."""
    label = label_place(row)
    cells = [
        (*_cell(column, value), row.url if place == 2 else "")
        for place, (column, value) in enumerate(zip(table.columns, row.cells, strict=True))
    ]
    if label is None:
        return cells
    return [*cells[:label], ("", str(row.cells[label]), "")]


def _cell(column: Column, value) -> tuple[str, str]:
    """(class, text) of one cell: the same value as in the sheet, as people write it."""
    if value is None or value == "":
        return "", ""
    if isinstance(value, datetime.date):
        return "nowrap", f"{value:%d/%m/%Y}"
    if isinstance(value, float):
        return "numeric", f"{value:.2f}".replace(".", ",")
    if isinstance(value, int):
        return "numeric", grouped(value)
    return "" if column.kind == "text" else "centre", str(value)


def _sheet(request, filename: str, table: Table, rows: Iterable[Row]) -> FileResponse:
    """The table as a workbook; any other form is not known."""
    if request.GET["export"] != "xlsx":
        raise Http404("Chỉ xuất được xlsx.")
    return FileResponse(official_file(table, rows), as_attachment=True, filename=filename, content_type=XLSX)
