"""The dashboards: every body side by side for those who oversee, one body for itself."""

import hashlib

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from reviews.models import Campaign
from reviews.reports.dashboards import body_figures, by_conclusion, by_sector, last_event, national_figures
from reviews.rules.shares import TIER_LABELS, BodyFigures, TargetKind, Tier
from reviews.views.figures import COLUMNS, bar_of, figure_cells, figure_link, share_bar
from reviews.views.rounds import body_or_404, round_of
from tthc_portal.accounts.models import OrganisationKind
from tthc_portal.sheets import stream_csv, xlsx_response
from tthc_portal.text import collation_key, fold

EXPORT_HEADER = (
    "Mã",
    "Tên cơ quan",
    "Tổng số TTHC",
    "Loại trừ do cấp xã quyết định",
    "Thuộc diện tính",
    "Chưa xác định thẩm quyền",
    "Đã rà soát",
    "Đề xuất",
    "Thống nhất",
    "Phê duyệt",
    "Tỷ lệ (%)",
    "Cần đạt",
    "Còn thiếu",
    "Đạt",
)
MET = {True: "Đạt", False: "Chưa đạt", None: "—"}
_MET_FILTER = {"1": True, "0": False, "none": None}


@require_safe
def nation(request):
    """One line a body and the national row; a body's people are shown their own body instead."""
    campaign = round_of(request)
    if campaign is None:
        return render(request, "reviews/dashboards/none.html")
    if not request.user.oversees:
        query = f"?campaign={campaign.code}" if request.GET.get("campaign") else ""
        response = redirect("reviews:body_dashboard", code=request.user.body.code)
        response["Location"] += query
        return response
    return _unless_unchanged(request, campaign, _nation)


def _nation(request, campaign: Campaign):
    bodies, total = national_figures(campaign)
    shown = _sorted(_narrowed(bodies, request.GET), request.GET.get("sort", ""))
    if request.GET.get("export"):
        return _export(request.GET["export"], campaign, [*shown, total])
    groups = [
        (kind, label, [_row(one, campaign) for one in shown if one.kind == kind])
        for kind, label in (
            (OrganisationKind.MINISTRY, "Các bộ, cơ quan ngang bộ"),
            (OrganisationKind.PROVINCE, "Các tỉnh, thành phố"),
        )
        if request.GET.get("kind") in (None, "", kind)
    ]
    context = {
        "campaign": campaign,
        "rule": campaign.rule,
        "groups": groups,
        "total": _row(total, campaign),
        "counts": _counts(total, campaign=campaign.code, kind=OrganisationKind.MINISTRY.value),
        "total_share": bar_of(total, size="large"),
        "tiers": [
            (TIER_LABELS[tier], share_bar(total.share_of(tier), reference=total.target == TargetKind.REFERENCE))
            for tier in Tier
        ],
        "met": sum(1 for one in bodies if one.kind == OrganisationKind.MINISTRY and one.share.met),
        "ministries": sum(1 for one in bodies if one.kind == OrganisationKind.MINISTRY),
        "sort": request.GET.get("sort") or "code",
        "moment": timezone.localtime(),
    }
    return render(request, "reviews/dashboards/nation.html", context)


@require_safe
def body(request, code):
    """One body's figures: against the line, by status, sector and conclusion; for itself and those who oversee."""
    campaign = round_of(request)
    if campaign is None:
        if request.user.oversees or code.casefold() == request.user.body.code.casefold():
            return render(request, "reviews/dashboards/none.html")
        raise Http404("Không có cơ quan này.")
    organisation = body_or_404(code, campaign)
    if not request.user.oversees and organisation != request.user.body:
        raise Http404("Không có cơ quan này.")
    return _unless_unchanged(request, campaign, _body, organisation)


def _body(request, campaign: Campaign, organisation):
    figures, statuses = body_figures(campaign, organisation)
    here = {"campaign": campaign.code, "organisation": organisation.code}
    tally = figures.tally
    context = {
        "campaign": campaign,
        "organisation": organisation,
        "figures": figures,
        "tally": tally,
        "reference": figures.target == TargetKind.REFERENCE,
        "bar": bar_of(figures, size="large"),
        "counts": _counts(figures, **here),
        "unreviewed": figure_link("unreviewed", figures.unreviewed, **here),
        "returned": figure_link("returned", tally.returned_counted, **here),
        "tiers": [
            (
                TIER_LABELS[tier],
                figure_link(tier.value, tally.counted_at(tier), **here),
                share_bar(figures.share_of(tier), reference=figures.target == TargetKind.REFERENCE),
            )
            for tier in Tier
        ],
        "statuses": [
            (one.status, one.label, figure_link(f"status-{one.status}", one.number, status=one.status, **here))
            for one in statuses
        ],
        "conclusions": [
            (label, figure_link(f"conclusion-{name}", number, conclusion=name, eligible="1", **here))
            for name, label, number in by_conclusion(campaign, organisation, request.user)
        ],
        "sectors": [
            _row(one.figures, campaign, organisation=organisation.code, sector=one.figures.code or "none")
            for one in by_sector(campaign, organisation)
        ],
        "moment": timezone.localtime(),
    }
    return render(request, "reviews/dashboards/body.html", context)


def _counts(figures: BodyFigures, **filters: str) -> list[tuple[str, str]]:
    """(label, linked number) of the counts that stand above the tables."""
    return [(label, figure_link(name, getattr(figures.tally, name), **filters)) for name, label in _LABELS.items()]


_LABELS = {
    "total": "Tổng số TTHC",
    "excluded": "Loại trừ do cấp xã quyết định",
    "eligible": "Thuộc diện tính",
    "unknown": "Chưa xác định thẩm quyền",
    "reviewed": "Đã rà soát",
}


def _row(figures: BodyFigures, campaign: Campaign, **filters: str) -> dict:
    """One line of a table as finished strings."""
    if figures.kind == "nation":
        filters = {"kind": OrganisationKind.MINISTRY.value}
    elif not filters:
        filters = {"organisation": figures.code}
    share = figures.share
    return {
        "code": figures.code,
        "name": figures.name,
        "cells": figure_cells(figures, campaign=campaign.code, **filters),
        "bar": bar_of(figures, with_unknown=False),
        "required": "—" if share.required is None else str(share.required),
        "missing": "—" if share.missing is None else str(share.missing),
        "met": MET[share.met],
    }


def _narrowed(bodies: list[BodyFigures], query) -> list[BodyFigures]:
    """Bodies by name, kind and whether the target is met; "đạt" is asked of ministries only."""
    words = fold(query.get("q", "")).split()
    met = query.get("met", "")
    return [
        one
        for one in bodies
        if all(word in fold(f"{one.code} {one.name}") for word in words)
        and query.get("kind") in (None, "", one.kind)
        and (met not in _MET_FILTER or (one.target == TargetKind.BINDING and one.share.met is _MET_FILTER[met]))
    ]


def _sorted(bodies: list[BodyFigures], sort: str) -> list[BodyFigures]:
    """Bodies by a column ("-" before it for descending); by code unless a known column is named."""
    name, backward = sort.removeprefix("-"), sort.startswith("-")
    keys = {
        "code": lambda one: one.code,
        "name": lambda one: collation_key(one.name),
        # An empty base has no share: below every share there is.
        "share": lambda one: -1 if one.share.percent_floor_bp is None else one.share.percent_floor_bp,
        "missing": lambda one: one.share.missing or 0,
        "required": lambda one: one.share.required or 0,
    } | {column: (lambda one, column=column: getattr(one.tally, column)) for column in COLUMNS}
    return sorted(bodies, key=keys.get(name, keys["code"]), reverse=backward and name in keys)


def _export(form: str, campaign: Campaign, bodies: list[BodyFigures]):
    """The table as a file, the national row last."""
    rows = [
        [
            one.code,
            one.name,
            *(getattr(one.tally, column) for column in COLUMNS),
            one.share.display.removesuffix("%"),
            one.share.required,
            one.share.missing,
            MET[one.share.met] if one.target == TargetKind.BINDING else "",
        ]
        for one in bodies
    ]
    if form == "csv":
        return stream_csv(f"ty-le-phan-cap-{campaign.code}.csv", EXPORT_HEADER, rows)
    if form == "xlsx":
        return xlsx_response(f"ty-le-phan-cap-{campaign.code}.xlsx", "Tỷ lệ phân cấp", EXPORT_HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")


def _unless_unchanged(request, campaign: Campaign, page, *arguments) -> HttpResponse:
    """304 while nothing has happened in the round since the reader's copy; otherwise the page.

    Every change of a figure writes an event, so the newest event stands for all of them.
    """
    facts = (request.user.pk, request.user.role, request.session.session_key, last_event(campaign), campaign.pk)
    facts += (campaign.state, campaign.title, str(campaign.deadline), timezone.localdate(), request.get_full_path())
    # A new release names its style sheet anew: a page kept from the old one would ask for a file that is gone.
    facts += (static("css/portal.css"),)
    etag = f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
    # A message waiting to be read must be shown, not left out with the body.
    pending = len(request._messages)
    response = None if pending else get_conditional_response(request, etag=etag)
    if response is None:
        response = page(request, campaign, *arguments)
    if not pending:
        response.headers.setdefault("ETag", etag)
    patch_cache_control(response, private=True, no_cache=True)
    return response
