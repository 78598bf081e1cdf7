"""Boxes of a filter written without templates look as the templates would have made them."""

import re

import pytest
from django import forms

from tthc_portal.boxes import box


class Everything(forms.Form):
    q = forms.CharField(required=False, label="Tìm “mã” & <tên>", max_length=50)
    kind = forms.ChoiceField(required=False, label="Loại", choices=[("", "Tất cả"), ("a&b", 'A "và" <B>'), (3, "Ba")])
    grouped = forms.ChoiceField(required=False, choices=[("Nhóm", [("1", "Một")])])
    number = forms.IntegerField(required=False, label="Số")
    day = forms.DateField(required=False, help_text="ngày/tháng/năm")
    needed = forms.CharField(label="Bắt buộc")
    ticked = forms.BooleanField(required=False)
    several = forms.MultipleChoiceField(required=False, choices=[("x", "X"), ("y", "Y")])
    hidden = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"class": "dấu"}))
    many = forms.MultipleChoiceField(
        required=False, choices=[("x", "X"), ("<y>", "Y")], widget=forms.MultipleHiddenInput
    )
    classed = forms.CharField(required=False, widget=forms.TextInput(attrs={"class": "to", "data-x": '"'}))


def joined(markup: str) -> str:
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", markup)).strip()


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"q": "<script>\"&'", "kind": "a&b", "hidden": "ă & <b>", "many": ["x", "<y>"], "several": ["y"]},
        {"kind": "3", "grouped": "1", "number": "1234", "day": "sai", "needed": "có", "ticked": "on", "many": [""]},
    ],
)
def test_every_box_is_what_its_template_makes(data):
    for field in Everything(data):
        expected = str(field) if field.is_hidden else field.as_field_group()
        assert joined(box(field)) == joined(expected), field.name
