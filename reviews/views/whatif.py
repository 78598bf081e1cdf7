"""Tính thử: the department tries another rule and sees every share before and after; nothing is touched."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from reviews.forms.whatif import WhatIfForm
from reviews.models import Campaign, HeadlineTier
from reviews.reports import whatif
from reviews.reports.whatif import Comparison, Pair, rule_with, told
from reviews.rules.shares import BodyFigures, TargetKind
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import DEPARTMENT_ROLES, Role
from tthc_portal.sheets import stream_csv, xlsx_response

MET = {True: "Đạt", False: "Chưa đạt", None: "—"}
QUANTITIES = ("Thuộc diện tính", "Phân cấp", "Tỷ lệ", "Cần đạt", "Cần thêm", "Mục tiêu")
EXPORT_HEADER = ("Mã", "Tên cơ quan", *(f"{name}, {when}" for when in ("hiện nay", "tính thử") for name in QUANTITIES))


@require_safe
@for_roles(*DEPARTMENT_ROLES, Role.ADMINISTRATOR, Role.AUDITOR)
def compare(request, code):
    """The form; once something is tried, the comparison below it."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), code=code)
    request.campaign = campaign
    tried = "ministry_target" in request.GET
    form = WhatIfForm(request.GET if tried else None, rule=campaign.rule)
    found = whatif.compare(campaign, rule_with(campaign.rule, form.values())) if tried and form.is_valid() else None
    if found and request.GET.get("export"):
        return _export(request.GET["export"], campaign, found)
    context = {"campaign": campaign, "form": form, "found": found}
    if found:
        context |= {
            "rows": [_row(pair) for pair in found.bodies],
            "nation": _row(found.nation),
            "changed": sum(pair.changed for pair in found.bodies),
            "quantities": QUANTITIES,
            "tiers": [HeadlineTier(pair.headline).label for pair in (found.nation.before, found.nation.after)],
        }
    return render(request, "reviews/whatif/compare.html", context)


def _cells(figures: BodyFigures) -> list[str]:
    """What one side shows of a body: (e, n, share, required, missing, met) as text."""
    share = figures.share
    met = MET[share.met] if figures.target == TargetKind.BINDING else "—"
    numbers = (figures.tally.eligible, share.n, share.display, share.required, share.missing)
    return [*("—" if value is None else str(value) for value in numbers), met]


def _row(pair: Pair) -> dict:
    """One line: six pairs of (before, after, whether they differ)."""
    before, after = _cells(pair.before), _cells(pair.after)
    return {
        "code": pair.before.code,
        "name": pair.before.name,
        "changed": pair.changed,
        "cells": [(one, other, one != other) for one, other in zip(before, after, strict=True)],
    }


def _export(form: str, campaign: Campaign, found: Comparison):
    rows = [
        [pair.before.code, pair.before.name, *_values(pair.before), *_values(pair.after)]
        for pair in (*found.bodies, found.nation)
    ]
    if form == "csv":
        return stream_csv(f"tinh-thu-{campaign.code}.csv", EXPORT_HEADER, rows)
    if form == "xlsx":
        return xlsx_response(f"tinh-thu-{campaign.code}.xlsx", "Tính thử", EXPORT_HEADER, rows)
    raise Http404("Chỉ xuất được csv hoặc xlsx.")


def _values(figures: BodyFigures) -> list:
    eligible, n, _text, required, missing, met = told(figures)
    shown = MET[met] if figures.target == TargetKind.BINDING else ""
    return [eligible, n, figures.share.display.removesuffix("%"), required, missing, shown]
