"""Forms of a round in preparation: which ministry-decided procedures provinces are asked about."""

import re

from django import forms

from procedures.forms import sector_choices
from procedures.models import Procedure, Sector
from reviews.actions.freezing import OpeningPlan
from tthc_portal.accounts.models import OrganisationKind
from tthc_portal.text import collation_key

_NAMED_AT_ONCE = 8


class ReceptionForm(forms.Form):
    """By ministry, by sector, by both, or by pasted codes; ``plan`` says what the round may ask about."""

    owner = forms.ChoiceField(label="Bộ, cơ quan quản lý", required=False)
    sector = forms.ChoiceField(label="Lĩnh vực", required=False)
    codes = forms.CharField(
        label="Hoặc dán mã thủ tục",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Mỗi dòng một mã; cũng nhận dấu phẩy, chấm phẩy hoặc khoảng trắng giữa các mã.",
    )

    def __init__(self, data=None, *, plan: OpeningPlan):
        super().__init__(data)
        self.plan = plan
        self.ministries = {body.code: body for body in plan.bodies if body.kind == OrganisationKind.MINISTRY}
        named = sorted(self.ministries.items(), key=lambda pair: collation_key(pair[1].name))
        self.fields["owner"].choices = [("", "Mọi bộ"), *((code, body.name) for code, body in named)]
        self.fields["sector"].choices = [("", "Mọi lĩnh vực"), *sector_choices()]

    def clean_codes(self) -> list[Procedure]:
        """The procedures of the pasted codes; those that no ministry of the round would bring are named."""
        codes = list(dict.fromkeys(code for code in re.split(r"[\s,;]+", self.cleaned_data["codes"]) if code))
        owners = {body.pk for body in self.ministries.values()}
        in_round = {item.code.upper(): item.procedure for item in self.plan.items if item.owner_id in owners}
        strange = [code for code in codes if code.upper() not in in_round]
        if strange:
            more = f" và {len(strange) - _NAMED_AT_ONCE} mã khác" if len(strange) > _NAMED_AT_ONCE else ""
            raise forms.ValidationError(
                f"Không phải thủ tục đang có hiệu lực của bộ nào tham gia đợt: {', '.join(strange[:_NAMED_AT_ONCE])}"
                f"{more}. Sửa hoặc bỏ các mã này rồi thêm lại."
            )
        return [in_round[code.upper()] for code in codes]

    def values(self) -> dict:
        """What the action takes."""
        cleaned = self.cleaned_data
        sector = Sector.objects.filter(pk=cleaned["sector"]).first() if cleaned["sector"] else None
        return {"owner": self.ministries.get(cleaned["owner"]), "sector": sector, "procedures": cleaned["codes"]}
