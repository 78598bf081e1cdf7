"""The form of a review: one main form and three tables of rows, read from a content and giving back a part of one."""

import datetime
from collections.abc import Iterable, Mapping

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from procedures.models import AuthorityLevel, Tier
from reviews.models import Conclusion, Query, TransferMode
from reviews.models.content import AmendmentAction, DocumentType

MAX_ROWS = 60
_BLANK_LEVEL = ("", "Chọn cấp…")


def level_choices(levels: Iterable[AuthorityLevel], first: Iterable[str] = ()) -> list:
    """Choices of a level select, grouped by storey; ``first`` (codes) stand in a group of their own at the top."""
    levels = list(levels)
    labels = {level.code: level.label for level in levels}
    first = [code for code in dict.fromkeys(first) if code in labels]
    choices: list = [_BLANK_LEVEL]
    if first:
        choices.append(("Thẩm quyền hiện nay đã khai", [(code, labels[code]) for code in first]))
    for tier, name in [*Tier.choices, ("", "Ngoài hệ thống hành chính")]:
        group = [(level.code, level.label) for level in levels if level.tier == tier and level.code not in first]
        if group:
            choices.append((name, group))
    return choices


class RowForm(forms.Form):
    """One row of a table; a row with nothing typed in it is no row at all."""

    # Values that stand in an untouched row and so say nothing.
    silent: tuple[str, ...] = ()
    needed: Mapping[str, str] = {}

    def __init__(self, *args, choices: Mapping[str, list] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        for name, options in (choices or {}).items():
            self.fields[name].choices = options

    def is_blank(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any(
            value for name, value in self.cleaned_data.items() if name not in self.silent and name != "DELETE"
        )

    def clean(self):
        """A row begun must name what it stands on."""
        cleaned = super().clean()
        if not self.is_blank():
            for name, sentence in self.needed.items():
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned

    def row(self) -> dict:
        """The row as plain values."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if name != "DELETE"}


class DeciderForm(RowForm):
    """One authority that decides the procedure today."""

    needed = {"level": "Hãy chọn cấp có thẩm quyền cho dòng này, hoặc bỏ dòng."}

    level = forms.ChoiceField(label="Cấp có thẩm quyền", required=False)
    body = forms.CharField(
        label="Cơ quan, người quyết định",
        required=False,
        max_length=500,
        help_text="Ghi đúng tên trong văn bản. Ví dụ: Bộ trưởng Bộ Xây dựng.",
    )
    legal_ground = forms.CharField(
        label="Căn cứ pháp lý",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Điểm, khoản, điều và tên văn bản. Ví dụ: khoản 2 Điều 15 Nghị định 15/2021/NĐ-CP.",
    )
    case = forms.CharField(
        label="Trường hợp áp dụng",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Chỉ ghi khi cấp này quyết định một số trường hợp. Ví dụ: công trình cấp I trở lên.",
    )


class TransferForm(RowForm):
    """One proposed move of a power."""

    silent = ("mode",)
    needed = {
        "source_level": "Hãy chọn cấp đang có thẩm quyền, hoặc bỏ dòng.",
        "target_level": "Hãy chọn cấp nhận thẩm quyền, hoặc bỏ dòng.",
    }

    source_level = forms.ChoiceField(
        label="Từ cấp", required=False, help_text="Một trong các cấp đã khai ở mục thẩm quyền hiện nay."
    )
    target_level = forms.ChoiceField(
        label="Cho cấp", required=False, help_text="Phải thấp hơn mới được tính là phân cấp."
    )
    target_body = forms.CharField(
        label="Cơ quan nhận",
        required=False,
        max_length=500,
        help_text="Ví dụ: Sở Xây dựng. Có thể để trống.",
    )
    mode = forms.ChoiceField(
        label="Hình thức", required=False, choices=TransferMode.choices, initial=TransferMode.DECENTRALIZE
    )
    is_partial = forms.BooleanField(label="Chỉ chuyển một phần trường hợp", required=False)
    condition = forms.CharField(
        label="Trường hợp được chuyển",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Ghi khi chỉ chuyển một phần. Ví dụ: dự án nhóm C.",
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
    number = forms.CharField(label="Số, ký hiệu", required=False, max_length=100, help_text="Ví dụ: 15/2021/NĐ-CP.")
    issued_on = forms.DateField(label="Ngày ban hành", required=False, help_text="Ngày/tháng/năm.")
    title = forms.CharField(label="Trích yếu", required=False, max_length=500)
    article = forms.CharField(label="Điều", required=False, max_length=50, help_text="Ví dụ: 15.")
    clause = forms.CharField(label="Khoản", required=False, max_length=50, help_text="Ví dụ: 2.")
    point = forms.CharField(label="Điểm", required=False, max_length=50, help_text="Ví dụ: a.")
    action = forms.ChoiceField(
        label="Kiến nghị", required=False, choices=AmendmentAction.choices, initial=AmendmentAction.AMEND
    )
    drafting_lead = forms.CharField(
        label="Cơ quan chủ trì soạn thảo", required=False, max_length=300, help_text="Ví dụ: Bộ Xây dựng."
    )
    due_on = forms.DateField(label="Thời hạn", required=False, help_text="Ngày/tháng/năm.")
    # Not asked here, but carried along: saving the table must not drop what was recorded elsewhere.
    new_wording = forms.CharField(required=False, widget=forms.HiddenInput)
    issuing_authority = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    progress = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def clean_action(self):
        """A row posted without an action asks for an amendment."""
        return self.cleaned_data["action"] or AmendmentAction.AMEND.value


class RowsFormSet(forms.BaseFormSet):
    """A table of rows whose untouched rows are left out, prefilled ones included."""

    def get_form_kwargs(self, index):
        """Rows are judged by what stands in them, not by whether they differ from what the page offered."""
        kwargs = super().get_form_kwargs(index)
        return kwargs if index is None else kwargs | {"empty_permitted": False}

    def rows(self) -> list[dict]:
        """The rows that say something, as plain values; only after ``is_valid()``."""
        kept = [form for form in self.forms if not self._should_delete_form(form)]
        return [form.row() for form in kept if not form.is_blank()]


def _rows(form: type[RowForm]) -> type[RowsFormSet]:
    return forms.formset_factory(
        form, RowsFormSet, extra=1, can_delete=True, max_num=MAX_ROWS, validate_max=True, absolute_max=MAX_ROWS + 20
    )


DeciderFormSet = _rows(DeciderForm)
TransferFormSet = _rows(TransferForm)
AmendmentFormSet = _rows(AmendmentForm)
TABLES = {"deciders": DeciderFormSet, "transfers": TransferFormSet, "amendments": AmendmentFormSet}


class MainForm(forms.Form):
    """Everything of the form that stands once, the answers to points raised included."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    conclusion = forms.ChoiceField(
        label="Kết luận rà soát",
        required=False,
        choices=Conclusion.choices,
        widget=forms.RadioSelect,
        help_text="Chỉ “Phân cấp” được tính vào tỷ lệ. “Giữ nguyên” cũng phải nêu lý do.",
    )
    content = forms.CharField(
        label="Nội dung phương án",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Để trống thì hệ thống soạn sẵn theo các dòng chuyển thẩm quyền khi lưu. "
        "Ví dụ: Phân cấp thẩm quyền giải quyết từ Bộ trưởng cho Ủy ban nhân dân cấp tỉnh.",
    )
    reason = forms.CharField(
        label="Lý do",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ít nhất 30 ký tự khi kết luận “Phân cấp” hoặc “Giữ nguyên”. Ví dụ: Sở Xây dựng đã tiếp nhận và "
        "thẩm định; chuyển cấp quyết định sẽ giảm một khâu trung gian.",
    )
    conditions = forms.CharField(
        label="Điều kiện bảo đảm thực hiện",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Nhân lực, dữ liệu, kinh phí, hậu kiểm, chế độ báo cáo; cơ quan nhận không phân cấp tiếp.",
    )
    annual_dossiers = forms.IntegerField(
        label="Số hồ sơ một năm",
        required=False,
        localize=True,
        min_value=0,
        max_value=2_147_483_647,
        help_text="Số hồ sơ giải quyết cả nước trong một năm gần nhất; không phát sinh thì ghi 0. Ví dụ: 1.200.",
    )
    annual_dossiers_year = forms.IntegerField(
        label="Năm số liệu", required=False, min_value=2000, max_value=2100, help_text="Ví dụ: 2020."
    )
    annual_dossiers_unknown = forms.BooleanField(label="Chưa có số liệu", required=False)

    def __init__(self, *args, queries: Iterable[Query] = (), **kwargs):
        super().__init__(*args, **kwargs)
        for number, query in enumerate(queries, start=1):
            self.fields[f"answer_{query.pk}"] = forms.CharField(
                label=f"Trả lời điểm {number}",
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

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


class ReviewForm:
    """The main form and its tables as one; ``content`` is what it shows, ``data`` (a POST) what was typed.

    What a POST does not carry (a table without its management form, a field without its name) is left as stored.
    """

    def __init__(
        self,
        content: Mapping,
        levels: list[AuthorityLevel],
        *,
        queries: Iterable[Query] = (),
        data: Mapping | None = None,
    ):
        self.data = data
        self.main = MainForm(data, initial=dict(content), queries=queries)
        plain = level_choices(levels)
        deciding = level_choices(levels, [row["level"] for row in content["deciders"]])
        choices = {
            "deciders": {"level": plain},
            "transfers": {"source_level": deciding, "target_level": plain},
            "amendments": {},
        }
        self.tables: dict[str, RowsFormSet] = {}
        for name, formset in TABLES.items():
            posted = data if data is not None and f"{name}-TOTAL_FORMS" in data else None
            self.tables[name] = formset(
                posted,
                prefix=name,
                initial=[_initial(row) for row in content[name]],
                form_kwargs={"choices": choices[name]},
            )

    def __getattr__(self, name: str):
        """``form.deciders`` in templates is the table of that name."""
        try:
            return self.__dict__["tables"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def formsets(self) -> list[RowsFormSet]:
        """The tables in the order of the page."""
        return list(self.tables.values())

    def is_valid(self) -> bool:
        """Whether everything that was posted can be read; every part is checked, so that all errors show at once."""
        bound = [table for table in self.formsets if table.is_bound]
        return all([self.main.is_valid(), *(table.is_valid() for table in bound)])

    @property
    def version(self) -> int:
        """The version the editor began from."""
        return self.main.cleaned_data["version"]

    def content(self) -> dict:
        """What was typed, as a part of a content; where the editor kept the other side's text, that name is absent."""
        typed = {}
        for name, value in self.main.cleaned_data.items():
            shown = name in self.data or (name == "annual_dossiers_unknown" and "annual_dossiers" in self.data)
            if name != "version" and shown:
                typed[name] = value
        typed |= {name: table.rows() for name, table in self.tables.items() if table.is_bound}
        return {name: value for name, value in typed.items() if self.data.get(f"keep_{name}") != "theirs"}

    def add_errors(self, error: ValidationError) -> None:
        """Tie the sentences of an action's refusal to the fields they speak of, the rest to the whole form."""
        for name, messages in getattr(error, "error_dict", {NON_FIELD_ERRORS: error.error_list}).items():
            sentences = [sentence for message in messages for sentence in message.messages]
            target = name if name in self.main.fields else None
            for sentence in sentences:
                self.main.add_error(target, sentence)


def _initial(row: Mapping) -> dict:
    """Row of a content as a form shows it: ISO dates become dates."""
    return {
        name: datetime.date.fromisoformat(value) if name.endswith("_on") and value else value
        for name, value in row.items()
    }


def _plain(value):
    return value.isoformat() if isinstance(value, datetime.date) else value
