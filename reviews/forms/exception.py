"""Answering everything left at once: on what ground."""

from django import forms


class RestForm(forms.Form):
    """The ground of the common answer, and whether the forms go on to the check with it."""

    basis = forms.CharField(
        label="Căn cứ, lý do",
        max_length=2_000,
        initial="Đã rà soát danh mục; ngoài các TTHC có ý kiến riêng, địa phương không có kiến nghị phân cấp.",
        help_text="Ghi vào lịch sử của từng phiếu.",
        error_messages={"required": "Hãy ghi căn cứ, lý do trả lời chung; lịch sử của từng phiếu nêu câu này."},
    )
    finish = forms.BooleanField(label="Hoàn thành luôn, chuyển kiểm tra", required=False, initial=True)
    seal = forms.CharField(widget=forms.HiddenInput)
