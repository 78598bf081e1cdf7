"""The form of a round: facts, targets in per cent, excluded levels."""

from decimal import Decimal

from django import forms

from procedures.models import AuthorityLevel, Tier
from reviews.forms.days import in_plausible_year
from reviews.models import Campaign, HeadlineTier, TargetKind

# Under /campaigns/ these are pages of their own: a round of such a code could never be opened again.
RESERVED_CODES = frozenset({"new"})


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=help_text, validators=[in_plausible_year])


class PercentField(forms.DecimalField):
    """A percentage; a browser sends "12.5", a person without one may type "12,5"."""

    def to_python(self, value):
        """Either sign before the decimals."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


def _percent(label: str) -> PercentField:
    return PercentField(
        label=label,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text="Phần trăm, từ 0 đến 100; tối đa hai chữ số thập phân.",
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


class CampaignForm(forms.Form):
    """What the department types of a round; ``values()`` is what the actions take.

    With an open ``campaign`` only title, guidance and deadline stand on the form: the rest is frozen.
    """

    code = forms.SlugField(
        label="Mã đợt",
        max_length=40,
        help_text="Chữ không dấu, số, gạch nối; dùng trong địa chỉ và lệnh. Ví dụ: 2021.",
        error_messages={"invalid": "Mã đợt chỉ gồm chữ không dấu, số, gạch nối và gạch dưới."},
    )
    title = forms.CharField(label="Tên đợt rà soát", max_length=300)
    guidance = forms.CharField(label="Hướng dẫn gửi các cơ quan", required=False, widget=forms.Textarea)
    bodies_on = _day(
        "Ngày xác định cơ quan",
        "Các bộ, tỉnh có tên vào ngày này tham gia đợt; mã cơ quan được hiểu theo ngày này. Đổi ngày thì mời lại "
        "mọi bộ, tỉnh của ngày mới; sau đó bỏ bớt tại trang Cơ quan tham gia.",
    )
    opens_on = _day("Ngày mở")
    deadline = _day("Hạn gửi", "Đến 23:59:59 giờ Hà Nội của ngày này.")
    ministry_target = _percent("Mức đối với bộ, cơ quan ngang bộ")
    ministry_target_kind = forms.ChoiceField(label="Tính chất đối với bộ", choices=TargetKind.choices)
    province_target = _percent("Mức đối với tỉnh, thành phố")
    province_target_kind = forms.ChoiceField(label="Tính chất đối với tỉnh", choices=TargetKind.choices)
    excluded_levels = forms.MultipleChoiceField(
        label="Cấp quyết định được loại trừ",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Thủ tục mà mọi cấp có thẩm quyền quyết định đều được chọn ở đây thì không thuộc diện tính.",
    )
    headline_tier = forms.ChoiceField(
        label="Mức dùng cho tỷ lệ chính",
        choices=HeadlineTier.choices,
        help_text="Cả ba mức luôn hiện cạnh nhau; mức này là con số so với mục tiêu.",
    )

    FACTS = ("code", "title", "guidance", "bodies_on", "opens_on", "deadline")
    RULE = ("ministry_target_kind", "province_target_kind", "excluded_levels", "headline_tier")

    def __init__(self, data=None, *, campaign: Campaign | None = None):
        self.campaign = campaign
        super().__init__(data, initial=_initial(campaign))
        levels = AuthorityLevel.objects.filter(tier=Tier.COMMUNE)
        self.fields["excluded_levels"].choices = [(level.code, level.label) for level in levels]
        if campaign and campaign.is_open:
            for name in set(self.fields) - {"title", "guidance", "deadline"}:
                del self.fields[name]

    def clean_code(self):
        """A code names one round, and its address is no other page's; capitals alone do not tell two rounds apart."""
        code = self.cleaned_data["code"]
        if code in RESERVED_CODES:
            raise forms.ValidationError(f"Mã “{code}” trùng với địa chỉ của trang lập đợt; hãy chọn mã khác.")
        others = Campaign.objects.exclude(pk=self.campaign.pk if self.campaign else None)
        if others.filter(code__iexact=code).exists():
            raise forms.ValidationError(f"Mã “{code}” đã dùng cho một đợt khác; hãy chọn mã khác.")
        return code

    def clean(self):
        """The deadline is not before the opening day."""
        cleaned = super().clean()
        opens = cleaned.get("opens_on") or (self.campaign.opens_on if self.campaign else None)
        deadline = cleaned.get("deadline")
        if opens and deadline and deadline < opens:
            self.add_error("deadline", "Hạn gửi phải từ ngày mở trở đi.")
        return cleaned

    def values(self) -> dict:
        """The cleaned values under the names of the columns; targets in basis points."""
        cleaned = self.cleaned_data
        values = {name: cleaned[name] for name in (*self.FACTS, *self.RULE) if name in cleaned}
        for kind in ("ministry", "province"):
            if f"{kind}_target" in cleaned:
                values[f"{kind}_target_bp"] = int(cleaned[f"{kind}_target"] * 100)
        return values


def _initial(campaign: Campaign | None) -> dict:
    """What stands on the form at first: the round's values, or the defaults of the Hội nghị 30/9/2021."""
    if campaign is None:
        return {
            "ministry_target": Decimal(20),
            "ministry_target_kind": TargetKind.BINDING,
            "province_target": Decimal(20),
            "province_target_kind": TargetKind.REFERENCE,
            "excluded_levels": ["COMMUNE_PC", "COMMUNE_PC_CHAIR"],
            "headline_tier": HeadlineTier.PROPOSED,
        }
    rule = campaign.rule
    return {
        **{name: getattr(campaign, name) for name in CampaignForm.FACTS},
        **{name: getattr(rule, name) for name in CampaignForm.RULE},
        "ministry_target": Decimal(rule.ministry_target_bp) / 100,
        "province_target": Decimal(rule.province_target_bp) / 100,
    }
