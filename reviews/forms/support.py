"""Forms of the support pages."""

from django import forms

from procedures.models import Procedure
from reviews.models import Announcement, Ticket
from tthc_portal.accounts.models import OrganisationKind
from tthc_portal.text import tidy


class TidyTextMixin:
    """Text in one normal form, whatever keyboard typed it."""

    def clean(self):
        """Tidy every text of the form."""
        cleaned = super().clean()
        return {name: tidy(value) if isinstance(value, str) else value for name, value in cleaned.items()}


class AskForm(TidyTextMixin, forms.ModelForm):
    """A question to the department; page, procedure and field come along from the address it was opened with."""

    procedure = forms.CharField(label="Mã TTHC (nếu hỏi về một thủ tục)", max_length=20, required=False)

    class Meta:
        model = Ticket
        fields = ["subject", "procedure", "text", "page", "field"]
        labels = {"subject": "Câu hỏi ngắn gọn", "text": "Nội dung cần hỏi"}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 6}),
            "page": forms.HiddenInput(),
            "field": forms.HiddenInput(),
        }

    def clean_procedure(self):
        """The procedure of that code, or None when blank."""
        code = self.cleaned_data["procedure"].strip()
        if not code:
            return None
        procedure = Procedure.objects.filter(code__iexact=code).first()
        if procedure is None:
            raise forms.ValidationError(
                f"Không có thủ tục mang mã “{code}” trong danh mục. Kiểm tra lại mã, hoặc để trống và ghi tên thủ tục "
                "trong nội dung."
            )
        return procedure

    def clean_page(self):
        """An address of this portal, or nothing: the department will click it."""
        page = self.cleaned_data["page"]
        return page if page.startswith("/") and not page.startswith("//") and "\\" not in page else ""


class AnswerForm(TidyTextMixin, forms.ModelForm):
    """The department's answer to a question."""

    class Meta:
        model = Ticket
        fields = ["answer"]
        labels = {"answer": "Trả lời"}
        widgets = {"answer": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = True


class AnnouncementForm(TidyTextMixin, forms.ModelForm):
    """A message of the department to the bodies."""

    audience = forms.ChoiceField(
        label="Gửi đến",
        required=False,
        choices=[
            ("", "Tất cả"),
            (OrganisationKind.MINISTRY.value, "Các bộ, cơ quan ngang bộ"),
            (OrganisationKind.PROVINCE.value, "Các tỉnh, thành phố"),
        ],
    )

    class Meta:
        model = Announcement
        fields = ["title", "text", "audience", "until"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "until": forms.DateInput()}
