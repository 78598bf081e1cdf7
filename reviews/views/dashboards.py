"""The dashboards: every body side by side for those who oversee, one body for itself."""

import hashlib
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from reviews.models import Campaign, Review, Status
from reviews.models.campaign import HANOI
from reviews.reports.dashboards import body_report, last_event, national_figures
from reviews.reports.home import answered_together
from reviews.rules.shares import TIER_LABELS, BodyFigures, TargetKind, Tier
from reviews.views.asof import Asked, asked_of
from reviews.views.figures import (
    COLUMNS,
    bar_of,
    body_lines,
    figure_link,
    grouped,
    sector_lines,
    share_bar,
    total_line,
)
from reviews.views.heads import sort_heads
from reviews.views.rounds import body_or_404, round_of
from reviews.views.rows import badge
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
    "Phân cấp trong nội bộ",
    "Ủy quyền",
    "Hồ sơ một năm",
    "Tỷ lệ trên tổng số TTHC (%)",
    "Căn cứ",
    "Số liệu đến lúc",
)
EXPORTED = COLUMNS[:8]
MET = {True: "Đạt", False: "Chưa đạt", None: "—"}
_MET_FILTER = {"1": True, "0": False, "none": None}


@require_safe
def nation(request):
    """One line a body and the national row; a body's people are shown their own body instead."""
    campaign = round_of(request)
    if campaign is None:
        return render(request, "reviews/dashboards/none.html")
    if not request.user.oversees:
        query = urlencode({name: request.GET[name] for name in ("campaign", "basis", "on") if request.GET.get(name)})
        response = redirect("reviews:body_dashboard", code=request.user.body.code)
        response["Location"] += f"?{query}" if query else ""
        return response
    return _unless_unchanged(request, campaign, _nation)


def _nation(request, campaign: Campaign, asked: Asked):
    if asked.errors:
        return _refused(request, campaign, asked)
    bodies, total = national_figures(campaign, asked.as_of)
    shown = _sorted(_narrowed(bodies, request.GET), request.GET.get("sort", ""))
    if request.GET.get("export"):
        return _export(request.GET["export"], campaign, [*shown, total], asked)
    linked = asked.linked
    kinds = [kind for kind in _KINDS if request.GET.get("kind") in (None, "", kind)]
    by_kind = {kind: [one for one in shown if one.kind == kind] for kind in kinds}
    ministries = {"campaign": campaign.code, "kind": OrganisationKind.MINISTRY.value}
    context = {
        "campaign": campaign,
        "rule": campaign.rule,
        "groups": [
            (kind, _KINDS[kind], len(lines), body_lines(lines, campaign.code, linked=linked, query=asked.query))
            for kind, lines in by_kind.items()
        ],
        "total": total_line(total, campaign.code, linked=linked),
        "heads": sort_heads(request.GET, request.GET.get("sort") or "code", _HEADS),
        "figures": total,
        "unreviewed": figure_link("unreviewed", total.unreviewed, linked=linked, **ministries),
        "counts": _counts(total, linked, **ministries),
        "total_share": bar_of(total, size="large"),
        "tiers": [
            (TIER_LABELS[tier], share_bar(total.share_of(tier), reference=total.target == TargetKind.REFERENCE))
            for tier in Tier
        ],
        "met": sum(1 for one in bodies if one.kind == OrganisationKind.MINISTRY and one.share.met),
        # With nothing to count from there is no target to reach.
        "ministries": sum(1 for one in bodies if one.kind == OrganisationKind.MINISTRY and one.tally.eligible),
        "asked": asked,
    }
    return render(request, "reviews/dashboards/nation.html", context)


_KINDS = {
    OrganisationKind.MINISTRY: "Các bộ, cơ quan ngang bộ",
    OrganisationKind.PROVINCE: "Các tỉnh, thành phố",
}
# The columns of the table of bodies: (key of the order, words, whether its cells are numbers).
_HEADS = [
    ("name", "Cơ quan", False),
    ("total", "Tổng số", True),
    ("excluded", "Loại trừ", True),
    ("eligible", "Thuộc diện tính", True),
    ("unknown", "Chưa rõ thẩm quyền", True),
    ("reviewed", "Đã rà soát", True),
    ("proposed", "Đề xuất", True),
    ("accepted", "Thống nhất", True),
    ("approved", "Phê duyệt", True),
    ("within", "Trong nội bộ", True),
    ("delegated", "Ủy quyền", True),
    ("dossiers", "Hồ sơ một năm", True),
    ("share", "Tỷ lệ", False),
    ("required", "Cần đạt", True),
    ("missing", "Cần thêm", True),
]


def _refused(request, campaign: Campaign, asked: Asked, organisation=None):
    """The page that says why there are no figures for what was asked, with what was typed still in its fields."""
    context = {"campaign": campaign, "asked": asked, "organisation": organisation}
    return render(request, "reviews/dashboards/refused.html", context, status=400)


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


def _body(request, campaign: Campaign, asked: Asked, organisation):
    if asked.errors:
        return _refused(request, campaign, asked, organisation)
    report = body_report(campaign, organisation, request.user, asked.as_of)
    figures, tally, linked = report.figures, report.figures.tally, asked.linked
    here = {"linked": linked, "campaign": campaign.code, "organisation": organisation.code}
    context = {
        "campaign": campaign,
        "organisation": organisation,
        "asked": asked,
        "figures": figures,
        "tally": tally,
        "reference": figures.target == TargetKind.REFERENCE,
        "bar": bar_of(figures, size="large"),
        "counts": _counts(figures, **here),
        "beside": [
            (
                "Phân cấp trong nội bộ bộ, ngành dọc",
                figure_link("within", tally.within, **here),
                "Đã tính trong đề xuất",
            ),
            ("Ủy quyền", figure_link("delegated", tally.delegated, **here), "Không tính là phân cấp"),
            ("Hồ sơ một năm", grouped(tally.dossiers), "Của các TTHC đề xuất phân cấp"),
        ],
        # What is not sent yet is its body's own matter: who may not read the forms learns nothing of them here.
        "finished": figure_link("finished", tally.finished_counted, **here)
        if Review(organisation=organisation, status=Status.READY).content_visible_to(request.user)
        else None,
        "unreviewed": figure_link("unreviewed", figures.unreviewed, **here),
        "together": answered_together(campaign, organisation, request.user) if linked else None,
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
            (one.status, badge(one.status), figure_link(f"status-{one.status}", one.number, status=one.status, **here))
            for one in report.statuses
        ],
        "conclusions": [
            (label, figure_link(f"conclusion-{name}", number, conclusion=name, eligible="1", **here))
            for name, label, number in report.conclusions
        ],
        "sectors": sector_lines([one.figures for one in report.sectors], **here),
    }
    return render(request, "reviews/dashboards/body.html", context)


def _counts(figures: BodyFigures, linked: bool, **filters: str) -> list[tuple[str, str]]:
    """(label, linked number) of the counts that stand above the tables."""
    return [
        (label, figure_link(name, getattr(figures.tally, name), linked=linked, **filters))
        for name, label in _LABELS.items()
    ]


_LABELS = {
    "total": "Tổng số TTHC",
    "excluded": "Loại trừ do cấp xã quyết định",
    "eligible": "Thuộc diện tính",
    "unknown": "Chưa xác định thẩm quyền",
    "reviewed": "Đã rà soát",
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
        "dossiers": lambda one: one.tally.dossiers,
    } | {column: (lambda one, column=column: getattr(one.tally, column)) for column in COLUMNS}
    return sorted(bodies, key=keys.get(name, keys["code"]), reverse=backward and name in keys)


def _export(form: str, campaign: Campaign, bodies: list[BodyFigures], asked: Asked):
    """The table as a file, the national row last; every line says its basis and moment."""
    moment = timezone.localtime(asked.shown_moment, HANOI)
    rows = [
        [
            one.code,
            one.name,
            *(getattr(one.tally, column) for column in EXPORTED),
            one.share.display.removesuffix("%"),
            one.share.required,
            one.share.missing,
            MET[one.share.met] if one.target == TargetKind.BINDING else "",
            one.tally.within,
            one.tally.delegated,
            one.tally.dossiers,
            one.of_all.display.removesuffix("%"),
            asked.basis_label,
            f"{moment:%d/%m/%Y %H:%M:%S}",
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

    Every change of a figure writes an event, so the newest event stands for all of them; while it is not known which
    that is, nobody may keep the page.
    """
    newest = last_event(campaign)
    facts = (request.user.pk, request.user.role, request.session.session_key, newest, campaign.pk)
    facts += (campaign.state, campaign.title, str(campaign.reader_deadline), timezone.localdate())
    facts += (request.get_full_path(),)
    # A new release names its style sheet anew: a page kept from the old one would ask for a file that is gone.
    facts += (static("css/portal.css"),)
    etag = f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'
    # A message waiting to be read must be shown, not left out with the body.
    pending = newest is None or len(request._messages) > 0
    response = None if pending else get_conditional_response(request, etag=etag)
    if response is None:
        response = page(request, campaign, asked_of(request, campaign), *arguments)
    if not pending and response.status_code != 400:
        response.headers.setdefault("ETag", etag)
    patch_cache_control(response, private=True, no_cache=True)
    return response
