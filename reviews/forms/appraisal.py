"""Small forms beside a review: reasons, points to complete, the approving Decision, the class of a transfer."""

from django import forms

from reviews.models import TransferClass

RULINGS = (
    (TransferClass.DOWNWARD.value, "Chuyển xuống cấp dưới (được tính)"),
    (TransferClass.SAME_LEVEL.value, "Cùng cấp (không tính)"),
    (TransferClass.UPWARD.value, "Chuyển lên cấp trên (không chấp nhận)"),
)


class InternalReturnForm(forms.Form):
    """Why a form goes back to its author inside the body."""

    reason = forms.CharField(
        label="Lý do trả lại nội bộ",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Người soạn sẽ đọc lý do này. Ví dụ: căn cứ pháp lý chưa nêu điều, khoản.",
        error_messages={"required": "Trả lại nội bộ phải nêu lý do để người soạn biết cần sửa gì."},
    )


class ReturnForm(forms.Form):
    """The points a body must complete, one a line."""

    points = forms.CharField(
        label="Các điểm cần hoàn thiện",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Mỗi dòng một điểm; cơ quan trả lời từng điểm. Ví dụ: Đề nghị nêu rõ điều, khoản cần sửa đổi.",
        error_messages={"required": "Trả lại phải nêu ít nhất một điểm cần hoàn thiện."},
    )

    def clean_points(self) -> list[str]:
        """Every line that says something."""
        return [line.strip() for line in self.cleaned_data["points"].splitlines() if line.strip()]


class ReopenForm(forms.Form):
    """Why an accepted review is taken up again."""

    reason = forms.CharField(
        label="Lý do mở lại",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Mở lại phiếu đã thống nhất phải nêu lý do."},
    )


class ApproveForm(forms.Form):
    """The Decision that approves a proposal."""

    document = forms.CharField(
        label="Quyết định phê duyệt",
        max_length=200,
        help_text="Số, ngày và cơ quan ban hành. Ví dụ: Quyết định 1015/QĐ-TTg ngày 30/8/2022.",
        error_messages={"required": "Phải nêu số, ngày và cơ quan ban hành của Quyết định phê duyệt."},
    )


class RulingForm(forms.Form):
    """How the department classes a transfer that the ladder of levels cannot class."""

    ruling = forms.ChoiceField(
        label="Phân loại",
        choices=RULINGS,
        widget=forms.RadioSelect,
        error_messages={"required": "Hãy chọn một trong ba loại."},
    )
    reason = forms.CharField(
        label="Lý do phân loại",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Phân loại chuyển thẩm quyền phải nêu lý do."},
    )
