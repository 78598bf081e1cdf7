"""The form that appoints somebody to stand in for somebody absent."""

from django import forms

from reviews.actions.assigning import fillers_of
from reviews.forms.days import in_plausible_year
from tthc_portal.accounts.deputies import appoint
from tthc_portal.accounts.models import Deputy, Organisation, User


class DeputyForm(forms.Form):
    """Who is absent, who stands in, from when until when."""

    user = forms.ModelChoiceField(
        label="Người vắng",
        queryset=User.objects.none(),
        empty_label="Chọn người",
        error_messages={"required": "Hãy chọn người vắng."},
    )
    deputy = forms.ModelChoiceField(
        label="Người làm thay",
        queryset=User.objects.none(),
        empty_label="Chọn người",
        error_messages={"required": "Hãy chọn người làm thay."},
    )
    starts_on = forms.DateField(
        label="Từ ngày", validators=[in_plausible_year], error_messages={"required": "Phải nêu ngày bắt đầu."}
    )
    ends_on = forms.DateField(
        label="Đến hết ngày",
        help_text="Đến 23:59:59 giờ Hà Nội của ngày này.",
        validators=[in_plausible_year],
        error_messages={"required": "Phải nêu ngày kết thúc."},
    )
    reason = forms.CharField(
        label="Lý do",
        required=False,
        max_length=Deputy._meta.get_field("reason").max_length,
        help_text="Ví dụ: nghỉ phép, đi công tác.",
    )

    def __init__(self, data=None, *, body: Organisation, initial=None):
        super().__init__(data, initial=initial)
        for name in ("user", "deputy"):
            self.fields[name].queryset = fillers_of(body)

    def appoint_by(self, user: User) -> Deputy:
        """Appoint what the valid form says; raises ValidationError."""
        return appoint(by=user, **self.cleaned_data)
