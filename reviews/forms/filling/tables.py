"""The tables of the form: deciders, transfers, answers to the questions, documents to amend, items of cost."""

from dataclasses import dataclass

from django import forms

from reviews.forms.filling.rows import RowForm, RowsFormSet, table_of
from reviews.models import ComplianceCost, Conclusion, CriterionAnswer, TransferMode
from reviews.models.content import AmendmentAction, DocumentType
from reviews.rules.criteria import BY_CODE, CRITERIA, REQUIRED_TO_DECENTRALIZE, Criterion, speaks_against


class DeciderForm(RowForm):
    """One authority that decides the procedure today."""

    needed = {"level": "Hãy chọn cấp có thẩm quyền cho dòng này, hoặc bỏ dòng."}

    level = forms.ChoiceField(label="Cấp có thẩm quyền", required=False)
    body = forms.CharField(
        label="Cơ quan, người quyết định",
        required=False,
        max_length=500,
    )
    legal_ground = forms.CharField(
        label="Căn cứ pháp lý",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    case = forms.CharField(
        label="Trường hợp áp dụng",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class TransferForm(RowForm):
    """One proposed move of a power."""

    silent = ("mode",)
    needed = {
        "source_level": "Hãy chọn cấp đang có thẩm quyền, hoặc bỏ dòng.",
        "target_level": "Hãy chọn cấp nhận thẩm quyền, hoặc bỏ dòng.",
    }

    source_level = forms.ChoiceField(label="Từ cấp", required=False)
    target_level = forms.ChoiceField(label="Cho cấp", required=False)
    target_body = forms.CharField(
        label="Cơ quan nhận",
        required=False,
        max_length=500,
    )
    mode = forms.ChoiceField(
        label="Hình thức", required=False, choices=TransferMode.choices, initial=TransferMode.DECENTRALIZE
    )
    is_partial = forms.BooleanField(label="Chỉ chuyển một phần trường hợp", required=False)
    condition = forms.CharField(
        label="Trường hợp được chuyển",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_mode(self):
        """A row posted without a mode is a plain hand-down."""
        return self.cleaned_data["mode"] or TransferMode.DECENTRALIZE.value


class AmendmentForm(RowForm):
    """One legal document, or one provision of it, that must change."""

    silent = ("action",)
    needed = {
        "document_type": "Hãy chọn loại văn bản, hoặc bỏ dòng.",
        "number": "Hãy ghi số, ký hiệu văn bản, hoặc bỏ dòng.",
    }

    document_type = forms.ChoiceField(
        label="Loại văn bản", required=False, choices=[("", "Chọn loại…"), *DocumentType.choices]
    )
    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=100)
    issued_on = forms.DateField(label="Ngày ban hành", required=False)
    action = forms.ChoiceField(
        label="Kiến nghị", required=False, choices=AmendmentAction.choices, initial=AmendmentAction.AMEND
    )
    title = forms.CharField(label="Trích yếu", required=False, max_length=500)
    article = forms.CharField(label="Điều", required=False, max_length=50)
    clause = forms.CharField(label="Khoản", required=False, max_length=50)
    point = forms.CharField(label="Điểm", required=False, max_length=50)
    drafting_lead = forms.CharField(label="Cơ quan chủ trì soạn thảo", required=False, max_length=300)
    due_on = forms.DateField(label="Thời hạn", required=False)
    # Not asked here, but carried along: saving the table must not drop what was recorded elsewhere.
    new_wording = forms.CharField(required=False, widget=forms.HiddenInput)
    issuing_authority = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    progress = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def clean_action(self):
        """A row posted without an action asks for an amendment."""
        return self.cleaned_data["action"] or AmendmentAction.AMEND.value


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a question on the page; ``against`` are the conclusions (codes, spaced) it speaks against."""

    value: str
    label: str
    id: str
    checked: bool
    against: str


class CriterionForm(RowForm):
    """The answer to one question."""

    silent = ("criterion",)
    needed = {"answer": "Hãy chọn Có, Không hoặc Chưa rõ cho câu đã ghi lý do, hoặc xóa lý do."}

    criterion = forms.CharField(required=False, max_length=5, widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        label="Trả lời", required=False, choices=CriterionAnswer.Answer.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="Lý do, cách xử lý", required=False, widget=forms.Textarea(attrs={"rows": 2, "data-phrases": "criteria"})
    )

    @property
    def question(self) -> Criterion | None:
        """What is asked; None for a code that is no question."""
        return BY_CODE.get(self["criterion"].value() or "")

    @property
    def asked_to_decentralize(self) -> bool:
        """Whether a hand-down must answer it."""
        return self["criterion"].value() in REQUIRED_TO_DECENTRALIZE

    @property
    def options(self) -> list[Option]:
        """The three answers, each with the conclusions it speaks against."""
        field, code = self["answer"], self["criterion"].value()
        return [
            Option(
                value=value,
                label=label,
                id=f"{field.auto_id}_{place}",
                checked=field.value() == value,
                against=" ".join(one for one in Conclusion.values if speaks_against(code, value, one)),
            )
            for place, (value, label) in enumerate(CriterionAnswer.Answer.choices)
        ]


class CostForm(RowForm):
    """One item of the cost of compliance, now or after."""

    silent = ("phase", "times_per_year")
    needed = {"item": "Hãy ghi tên công việc, khoản chi, hoặc bỏ dòng."}

    phase = forms.ChoiceField(
        label="Thời điểm", required=False, choices=ComplianceCost.Phase.choices, initial=ComplianceCost.Phase.NOW
    )
    item = forms.CharField(label="Công việc, khoản chi", required=False, max_length=300)
    source = forms.CharField(label="Nguồn số liệu", required=False, max_length=300)
    hours = forms.DecimalField(
        label="Số giờ", required=False, localize=True, min_value=0, max_digits=8, decimal_places=2
    )
    hourly_income = forms.IntegerField(
        label="Thu nhập một giờ (đồng)", required=False, localize=True, min_value=0, max_value=10**12
    )
    outside_cost = forms.IntegerField(
        label="Chi phí khác (đồng)", required=False, localize=True, min_value=0, max_value=10**12
    )
    fee = forms.IntegerField(label="Phí, lệ phí (đồng)", required=False, localize=True, min_value=0, max_value=10**12)
    times_per_year = forms.IntegerField(
        label="Số lần một năm", required=False, localize=True, min_value=0, max_value=1_000_000, initial=1
    )
    subjects_per_year = forms.IntegerField(
        label="Số đối tượng một năm", required=False, localize=True, min_value=0, max_value=2_147_483_647
    )

    def clean_phase(self):
        """A row posted without its time is of now."""
        return self.cleaned_data["phase"] or ComplianceCost.Phase.NOW.value

    def row(self) -> dict:
        """The row as it is stored: no figure is nought, hours have two decimals."""
        row = super().row()
        for name in ("hourly_income", "outside_cost", "fee", "subjects_per_year"):
            row[name] = row.get(name) or 0
        row["hours"] = f"{self.cleaned_data.get('hours') or 0:.2f}"
        row["times_per_year"] = 1 if row.get("times_per_year") is None else row["times_per_year"]
        return row


DeciderFormSet = table_of(DeciderForm)
TransferFormSet = table_of(TransferForm)
AmendmentFormSet = table_of(AmendmentForm)
CostFormSet = table_of(CostForm)
# The questions are always the same: no row comes or goes.
CriterionFormSet = forms.formset_factory(
    CriterionForm, RowsFormSet, extra=0, max_num=len(CRITERIA) + 6, validate_max=True, absolute_max=60
)
TABLES: dict[str, type[RowsFormSet]] = {
    "deciders": DeciderFormSet,
    "criteria": CriterionFormSet,
    "transfers": TransferFormSet,
    "amendments": AmendmentFormSet,
    "costs": CostFormSet,
}
