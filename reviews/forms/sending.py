"""Forms of the two doors through which a body sends: signing on the portal, recording a signed letter."""

from django import forms

from reviews.actions.sending import scan_extension
from reviews.models import Submission


def _limit(name: str) -> int:
    return Submission._meta.get_field(name).max_length


class SignForm(forms.Form):
    """A leader signs; the letter's number and date may follow later in the office's own register."""

    signer_name = forms.CharField(
        label="Người ký",
        max_length=_limit("signer_name"),
        error_messages={"required": "Phải nêu họ tên người ký."},
    )
    signer_capacity = forms.CharField(
        label="Thẩm quyền ký",
        required=False,
        max_length=_limit("signer_capacity"),
        help_text="Ví dụ: BỘ TRƯỞNG; KT. BỘ TRƯỞNG, THỨ TRƯỞNG; TL. BỘ TRƯỞNG.",
    )
    letter_number = forms.CharField(
        label="Số công văn",
        required=False,
        max_length=_limit("letter_number"),
        help_text="Ghi nếu đã có. Ví dụ: 4210/BXD-VP.",
    )
    letter_date = forms.DateField(label="Ngày công văn", required=False, help_text="Ngày/tháng/năm.")
    is_final = forms.BooleanField(label="Đây là lần gửi cuối của đợt rà soát", required=False)


class RecordForm(SignForm):
    """The focal point records the letter a leader has signed on paper or in the document system."""

    field_order = ("letter_number", "letter_date", "signer_name", "signer_capacity", "scan", "is_final")

    letter_number = forms.CharField(
        label="Số công văn",
        max_length=_limit("letter_number"),
        help_text="Ví dụ: 4210/BXD-VP.",
        error_messages={"required": "Phải nêu số công văn."},
    )
    letter_date = forms.DateField(
        label="Ngày công văn",
        help_text="Ngày/tháng/năm, không sau ngày hôm nay.",
        error_messages={"required": "Phải nêu ngày công văn."},
    )
    scan = forms.FileField(
        label="Bản chụp công văn đã ký",
        help_text="Tệp PDF, JPG hoặc PNG. Không tải lên văn bản có dấu mật.",
        error_messages={"required": "Phải kèm bản chụp công văn đã ký (PDF, JPG hoặc PNG)."},
    )

    def clean_scan(self):
        """Told by its first bytes: PDF, JPG or PNG within the size limit."""
        scan = self.cleaned_data["scan"]
        try:
            scan_extension(scan)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error
        return scan
