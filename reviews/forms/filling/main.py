"""Everything of the form that stands once."""

from collections.abc import Iterable

from django import forms

from reviews.models import Conclusion, Query, Stance

# What a post of the whole form says by leaving it out: a box not ticked.
BOXES = ("annual_dossiers_unknown", "annual_dossiers_estimated")
PHRASED = ("content", "reason", "conditions", "new_steps", "transition")
"""The texts for which a body keeps its usual wordings, beside the reasons of the questions."""


_NO_VERSION = (
    "Không rõ nội dung này được sửa từ phiên bản nào, nên chưa lưu. "
    "Mở phiếu ở một thẻ khác, chép nội dung sang rồi lưu."
)


def _text(label: str, rows: int, help_text: str = "", **attrs) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows} | attrs)
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class MainForm(forms.Form):
    """Everything of the form that stands once, the answers to points raised included; ``short`` is a province's form.

    Only a short form takes a stance.
    """

    version = forms.IntegerField(
        widget=forms.HiddenInput,
        min_value=0,
        error_messages={"required": _NO_VERSION, "invalid": _NO_VERSION, "min_value": _NO_VERSION},
    )
    conclusion = forms.ChoiceField(
        label="Kết luận rà soát",
        required=False,
        choices=Conclusion.choices,
        widget=forms.RadioSelect,
        help_text="Chỉ “Phân cấp” được tính vào tỷ lệ. “Giữ nguyên” cũng phải nêu lý do.",
    )
    stance = forms.ChoiceField(
        label="Ý kiến của địa phương",
        required=False,
        choices=Stance.choices,
        widget=forms.RadioSelect,
        help_text="Đồng ý hoặc không có ý kiến thì không phải ghi gì thêm.",
    )
    content = _text(
        "Nội dung phương án", 3, "Được soạn sẵn theo các dòng chuyển thẩm quyền; sửa lại nếu cần nói rõ hơn."
    )
    reason = _text("Lý do", 4, "Ít nhất 30 ký tự khi kết luận “Phân cấp” hoặc “Giữ nguyên”.")
    conditions = _text(
        "Điều kiện bảo đảm thực hiện",
        3,
        "Nhân lực, dữ liệu, kinh phí, hậu kiểm, chế độ báo cáo; cơ quan nhận không phân cấp tiếp.",
    )
    new_steps = _text("Trình tự, thời hạn mới", 2, "Chỉ ghi khi phương án làm thay đổi các bước hoặc thời hạn.")
    transition = _text("Xử lý hồ sơ chuyển tiếp", 2, "Hồ sơ đang giải quyết khi văn bản sửa đổi có hiệu lực.")
    receiving_body = forms.CharField(label="Cơ quan tiếp nhận hồ sơ", required=False, max_length=500)
    coordinating_bodies = forms.CharField(label="Cơ quan phối hợp", required=False, max_length=1000)
    delegation_in_force = _text(
        "Ủy quyền đang thực hiện", 2, "Đang ủy quyền cho ai, theo văn bản nào, đến khi nào. Không có thì để trống."
    )
    annual_dossiers = forms.IntegerField(
        label="Số hồ sơ một năm", required=False, localize=True, min_value=0, max_value=2_147_483_647
    )
    annual_dossiers_year = forms.IntegerField(label="Năm số liệu", required=False, min_value=2000, max_value=2100)
    annual_dossiers_source = forms.CharField(label="Nguồn số liệu", required=False, max_length=300)
    annual_dossiers_estimated = forms.BooleanField(label="Số ước tính", required=False)
    annual_dossiers_unknown = forms.BooleanField(label="Chưa có số liệu", required=False)

    def __init__(self, *args, queries: Iterable[Query] = (), short: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        if short:
            self.fields["conditions"].label = "Điều kiện để tiếp nhận, thực hiện"
            self.fields["reason"].help_text = "Ít nhất 30 ký tự khi đề nghị phân cấp."
        else:
            del self.fields["stance"]
        for name in PHRASED:
            self.fields[name].widget.attrs["data-phrases"] = name
        for number, query in enumerate(queries, start=1):
            self.fields[f"answer_{query.pk}"] = _text(f"Trả lời điểm {number}", 2)

    def answers(self) -> list[forms.BoundField]:
        """The fields that answer points raised, in their order."""
        return [self[name] for name in self.fields if name.startswith("answer_")]

    def clean(self):
        """A number and "no figures" contradict each other."""
        cleaned = super().clean()
        if cleaned.get("annual_dossiers") is not None and cleaned.get("annual_dossiers_unknown"):
            self.add_error(
                "annual_dossiers_unknown", "Đã ghi số hồ sơ một năm; hãy bỏ đánh dấu “Chưa có số liệu” hoặc xóa số."
            )
        return cleaned
