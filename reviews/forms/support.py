"""Forms of the support pages."""

import datetime

from django import forms
from django.utils.dateparse import parse_datetime

from procedures.models import Procedure
from reviews.actions.deadlines import today
from reviews.models import Announcement, Ticket, TicketState
from reviews.reports import questions
from tthc_portal.accounts.models import OrganisationKind, User
from tthc_portal.text import tidy


class TidyTextMixin:
    """Text in one normal form, whatever keyboard typed it."""

    def clean(self):
        """Tidy every text of the form."""
        cleaned = super().clean()
        return {name: tidy(value) if isinstance(value, str) else value for name, value in cleaned.items()}


LATE = "late"


class QuestionFilter(forms.Form):
    """Filters of the list of questions in the address; one that cannot be understood leaves nothing."""

    use_required_attribute = False

    q = forms.CharField(label="Tìm trong câu hỏi, trả lời", required=False, max_length=200)
    state = forms.ChoiceField(
        label="Trạng thái",
        choices=[
            ("", "Tất cả"),
            *TicketState.choices,
            (LATE, f"Chờ quá {questions.ANSWER_DAYS} ngày"),
        ],
        required=False,
    )
    organisation = forms.ChoiceField(label="Cơ quan hỏi", required=False)

    def __init__(self, data, *, reader: User):
        super().__init__(data, auto_id="loc_%s")
        if reader.oversees:
            self.fields["organisation"].choices = [("", "Tất cả"), *questions.bodies_that_asked(reader)]
        else:
            del self.fields["organisation"]

    def apply(self, found):
        """``found`` narrowed by what the form says."""
        if not self.is_valid():
            return found.none()
        state, body, words = (self.cleaned_data.get(name, "") for name in ("state", "organisation", "q"))
        if state == LATE:
            found = found.filter(state=TicketState.OPEN, asked_at__lt=questions.late_before())
        elif state:
            found = found.filter(state=state)
        if body:
            found = found.filter(organisation=body)
        return questions.matching(found, words) if words.strip() else found


class AskForm(TidyTextMixin, forms.ModelForm):
    """A question to the department; page, procedure and field come along from the address it was opened with."""

    procedure = forms.CharField(label="Mã TTHC (nếu hỏi về một thủ tục)", max_length=20, required=False)

    class Meta:
        model = Ticket
        fields = ["subject", "procedure", "text", "page", "field"]
        labels = {"subject": "Câu hỏi ngắn gọn", "text": "Nội dung cần hỏi"}
        help_texts = {"text": "Nêu rõ vướng ở đâu, đã đọc văn bản nào. Không nhập nội dung thuộc bí mật nhà nước."}
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
    """The department's answer to a question; :attr:`seen` is the moment of the answer its writer had before him."""

    class Meta:
        model = Ticket
        fields = ["answer"]
        labels = {"answer": "Trả lời"}
        widgets = {"answer": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["answer"].required = True

    @property
    def seen(self) -> datetime.datetime | None:
        """Written into the page beside the form: the question may get another answer while this one is typed."""
        try:
            return parse_datetime(self.data.get("seen", ""))
        except ValueError:
            return None


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

    def clean_until(self):
        """Not a day that has passed: the message would be on no page."""
        day = self.cleaned_data["until"]
        if day is not None and day < today():
            raise forms.ValidationError(
                f"Ngày {day:%d/%m/%Y} đã qua nên thông báo sẽ không hiện ở đâu; chọn từ hôm nay trở đi hoặc để trống."
            )
        return day
