"""Filters of the candidates for an adjustment of the scope."""

from django import forms

from reviews.reports.drift import KIND_LABELS

ANY = [("", "Tất cả")]


class DriftFilter(forms.Form):
    """Whose procedures, and what happened to them."""

    use_required_attribute = False

    organisation = forms.ChoiceField(label="Cơ quan", required=False)
    kind = forms.ChoiceField(
        label="Thay đổi",
        choices=[*ANY, ("changed", "Đổi tên, thẩm quyền hoặc cấp thực hiện"), *KIND_LABELS.items()],
        required=False,
    )

    def __init__(self, data, *, bodies):
        super().__init__(data, auto_id="loc_%s")
        self.fields["organisation"].choices = [*ANY, *((body.code, f"{body.code} – {body}") for body in bodies)]
