"""The form that prolongs the deadline of bodies."""

from django import forms

from reviews.models import Extension
from tthc_portal.accounts.models import Organisation, OrganisationKind


class ExtensionForm(forms.Form):
    """Which bodies, until when, why."""

    bodies = forms.MultipleChoiceField(
        label="Cơ quan được gia hạn",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Hãy chọn ít nhất một cơ quan được gia hạn.",
            "invalid_choice": "Có cơ quan không tham gia đợt rà soát này; hãy chọn lại.",
        },
    )
    until = forms.DateField(
        label="Gia hạn đến hết ngày",
        help_text="Đến 23:59:59 giờ Hà Nội của ngày này; phải sau hạn hiện nay của từng cơ quan.",
        error_messages={"required": "Hãy chọn ngày gia hạn đến."},
    )
    reason = forms.CharField(
        label="Lý do",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Cơ quan được gia hạn đọc lý do này.",
        error_messages={"required": "Gia hạn phải nêu lý do; cơ quan được gia hạn sẽ đọc lý do này."},
    )
    document_number = forms.CharField(
        label="Số văn bản",
        required=False,
        max_length=Extension._meta.get_field("document_number").max_length,
        help_text="Ghi nếu có. Ví dụ: 1234/VPCP-KSTT.",
    )

    def __init__(self, data=None, *, bodies: list[Organisation], ends: dict):
        super().__init__(data)
        self.by_pk = {str(body.pk): body for body in bodies}
        kinds = ((OrganisationKind.MINISTRY, "Bộ, cơ quan ngang bộ"), (OrganisationKind.PROVINCE, "Tỉnh, thành phố"))
        self.fields["bodies"].choices = [
            (
                label,
                [
                    (str(body.pk), f"{body.code} – {body} (hạn {ends[body.pk]:%d/%m/%Y})")
                    for body in bodies
                    if body.kind == kind
                ],
            )
            for kind, label in kinds
            if any(body.kind == kind for body in bodies)
        ]

    def values(self) -> dict:
        """What the action takes."""
        chosen = [self.by_pk[key] for key in self.cleaned_data["bodies"]]
        return self.cleaned_data | {"bodies": chosen}
