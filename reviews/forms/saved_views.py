"""Naming a way of looking at a list."""

from django import forms


class SaveViewForm(forms.Form):
    """The name of the filters and columns in force, and whether colleagues may use them."""

    name = forms.CharField(
        label="Tên cách xem",
        max_length=100,
        error_messages={"required": "Hãy đặt tên cho cách xem này."},
    )
    is_shared = forms.BooleanField(label="Dùng chung trong cơ quan", required=False)
    query = forms.CharField(required=False, widget=forms.HiddenInput, max_length=5_000)
