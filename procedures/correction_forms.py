"""Forms of the pages on wrong catalogue entries."""

from django import forms
from django.db.models import Q
from django.utils import timezone

from procedures.corrections import REPORTABLE, SETTLED, rows_that_touched
from procedures.models import Correction, CorrectionState, ImportBatch, ImportRow
from tthc_portal.accounts.models import Organisation
from tthc_portal.text import fold

ANY = [("", "Tất cả")]


class CorrectionFilter(forms.Form):
    """Filters of the list; a value that means nothing is said to be wrong and finds nothing."""

    use_required_attribute = False

    q = forms.CharField(label="Tìm mã, tên TTHC, nội dung", required=False, max_length=200)
    state = forms.ChoiceField(label="Trạng thái", choices=[*ANY, *CorrectionState.choices], required=False)
    organisation = forms.ChoiceField(label="Cơ quan báo", required=False)

    def __init__(self, data, *, reader):
        super().__init__(data, auto_id="loc_%s")
        if reader.oversees:
            bodies = Organisation.objects.filter(corrections__isnull=False).distinct().order_by("code", "valid_from")
            named = {body.code: f"{body.code} – {body}" for body in bodies}
            self.fields["organisation"].choices = [*ANY, *named.items()]
        else:
            del self.fields["organisation"]

    def apply(self, corrections):
        """``corrections`` narrowed by what the form says."""
        if not self.is_valid():
            return corrections.none()
        for word in self.cleaned_data["q"].split():
            corrections = corrections.filter(
                Q(procedure__search_text__contains=fold(word)) | Q(text__icontains=word) | Q(answer__icontains=word)
            )
        if state := self.cleaned_data["state"]:
            corrections = corrections.filter(state=state)
        if code := self.cleaned_data.get("organisation"):
            corrections = corrections.filter(organisation__code=code)
        return corrections


class ReportForm(forms.Form):
    """What a person holds to be wrong in the entry of a procedure."""

    field = forms.ChoiceField(label="Thông tin sai", choices=REPORTABLE.items(), required=False)
    text = forms.CharField(
        label="Nội dung báo sai",
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=5_000,
        help_text="Điều gì sai, vì sao, theo văn bản nào.",
        error_messages={"required": "Chưa ghi nội dung báo sai. Ghi rõ điều gì sai và vì sao."},
    )
    suggestion = forms.CharField(
        label="Giá trị đúng (nếu biết)", widget=forms.Textarea(attrs={"rows": 2}), max_length=5_000, required=False
    )


class AnswerForm(forms.Form):
    """What the administrator did about a report."""

    state = forms.ChoiceField(
        label="Kết quả",
        choices=[(state.value, state.label) for state in SETTLED],
        widget=forms.RadioSelect,
        error_messages={"required": "Chọn “Đã sửa” hoặc “Không sửa”."},
    )
    batch = forms.ModelChoiceField(
        ImportBatch.objects.none(),
        label="Lượt nhập đã sửa",
        required=False,
        empty_label="Không do lượt nhập nào",
        help_text="Chỉ các lượt nhập đang có hiệu lực đã đưa vào hoặc thay đổi thủ tục này.",
        error_messages={"invalid_choice": "Lượt nhập này không sửa thủ tục đang nói đến. Chọn lượt khác."},
    )
    answer = forms.CharField(
        label="Trả lời người báo",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=5_000,
        required=False,
        help_text="Bắt buộc khi không sửa, hoặc khi sửa không qua lượt nhập.",
    )

    def __init__(self, *args, correction: Correction, **kwargs):
        super().__init__(*args, **kwargs)
        rows = {}
        for row in rows_that_touched(correction.procedure):
            rows.setdefault(row.batch_id, row)
        field = self.fields["batch"]
        field.queryset = ImportBatch.objects.filter(pk__in=rows)
        named = [(pk, f"{row.batch.file_name}, {_place(row)}, ngày {_day(row)}") for pk, row in rows.items()]
        field.choices = [("", field.empty_label), *named]


def _place(row: ImportRow) -> str:
    return f"dòng {row.number}" if row.number else "không có trong tệp"


def _day(row: ImportRow) -> str:
    return f"{timezone.localdate(row.batch.applied_at):%d/%m/%Y}"
