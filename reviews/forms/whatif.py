"""The form of "tính thử": the counting rule, to be changed without changing anything."""

from decimal import Decimal

from django import forms

from procedures.models import AuthorityLevel, Tier
from reviews.forms.campaigns import PercentField
from reviews.models import CampaignRule, HeadlineTier, TargetKind


def _percent(label: str) -> PercentField:
    return PercentField(
        label=label,
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


class WhatIfForm(forms.Form):
    """Targets, excluded levels and tier, beginning with those of ``rule``; ``values()`` is what the report takes."""

    ministry_target = _percent("Mức đối với bộ (%)")
    ministry_target_kind = forms.ChoiceField(label="Tính chất đối với bộ", choices=TargetKind.choices)
    province_target = _percent("Mức đối với tỉnh (%)")
    province_target_kind = forms.ChoiceField(label="Tính chất đối với tỉnh", choices=TargetKind.choices)
    headline_tier = forms.ChoiceField(label="Mức dùng cho tỷ lệ chính", choices=HeadlineTier.choices)
    excluded_levels = forms.MultipleChoiceField(
        label="Cấp quyết định được loại trừ", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data=None, *, rule: CampaignRule):
        super().__init__(
            data,
            initial={
                "ministry_target": Decimal(rule.ministry_target_bp) / 100,
                "ministry_target_kind": rule.ministry_target_kind,
                "province_target": Decimal(rule.province_target_bp) / 100,
                "province_target_kind": rule.province_target_kind,
                "headline_tier": rule.headline_tier,
                "excluded_levels": rule.excluded_levels,
            },
        )
        # The lowest levels, whose decisions may be thought beyond any further hand-down.
        levels = AuthorityLevel.objects.filter(tier__in=[Tier.COMMUNE, Tier.DISTRICT]) | AuthorityLevel.objects.filter(
            code__in=rule.excluded_levels
        )
        self.fields["excluded_levels"].choices = [
            (level.code, level.label) for level in levels.order_by("-rank", "code")
        ]

    def values(self) -> dict:
        """The cleaned values under the names of the rule's columns; targets in basis points."""
        cleaned = self.cleaned_data
        return {
            "ministry_target_bp": int(cleaned["ministry_target"] * 100),
            "ministry_target_kind": cleaned["ministry_target_kind"],
            "province_target_bp": int(cleaned["province_target"] * 100),
            "province_target_kind": cleaned["province_target_kind"],
            "headline_tier": cleaned["headline_tier"],
            "excluded_levels": cleaned["excluded_levels"],
        }
