"""Choosing what to set on many forms, on which forms, and why."""

import datetime
import re
from collections.abc import Iterable

from django import forms

from procedures.models import AuthorityLevel
from reviews.forms.filling import AmendmentFormSet, level_choices
from reviews.models import BulkKind, Conclusion, CriterionAnswer, Stance
from reviews.rules.bulk import Move, Wish, common_target, mode_for
from reviews.rules.criteria import CRITERIA, speaks_against

CODE = re.compile(r"\d\.\d{6}(?:\.H\d{2})?")
MAX_CODES = 5_000
PARTS = (
    ("conclusion", "Kết luận"),
    ("stance", "Ý kiến của địa phương"),
    ("reason", "Lý do"),
    ("transfers", "Chuyển thẩm quyền"),
    ("content", "Nội dung phương án"),
    ("conditions", "Điều kiện bảo đảm thực hiện"),
    ("annual_dossiers", "Số hồ sơ một năm"),
    ("amendments", "Kiến nghị thực thi"),
    ("criteria", "Tiêu chí đánh giá"),
)
TEXTS = ("reason", "content", "conditions")
SAME = (("sector", "Cùng lĩnh vực"), ("decider", "Cùng cấp quyết định"), ("executing", "Cùng cơ quan thực hiện"))


def _text(label: str, rows: int, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text, max_length=30_000)


class PickForm(forms.Form):
    """Which forms: what a filter of the list matches, ticked rows, procedures like one, or pasted codes."""

    campaign = forms.CharField(required=False, widget=forms.HiddenInput)
    filters = forms.CharField(required=False, widget=forms.HiddenInput, max_length=5_000)
    kind = forms.ChoiceField(required=False, choices=BulkKind.choices, widget=forms.HiddenInput)
    like = forms.IntegerField(required=False, widget=forms.HiddenInput)
    same = forms.MultipleChoiceField(
        label="Áp dụng cho các thủ tục",
        required=False,
        choices=SAME,
        widget=forms.CheckboxSelectMultiple,
        help_text="Phải thỏa mọi điều kiện được đánh dấu. Trang xem trước nêu rõ số phiếu.",
    )
    title = forms.CharField(
        label="Tên nhóm phương án",
        required=False,
        max_length=300,
        help_text="Ví dụ: Nhóm cấp, đổi chứng chỉ hành nghề.",
    )
    codes = _text("Mã các TTHC trong nhóm", 4, "Dán từ Excel hoặc văn bản; mỗi mã được tính là một thủ tục.")

    def clean_codes(self) -> list[str]:
        """The codes pasted, each once, in order."""
        found = list(dict.fromkeys(CODE.findall(self.cleaned_data["codes"].upper())))
        if len(found) > MAX_CODES:
            raise forms.ValidationError(f"Quá nhiều mã: tối đa {MAX_CODES} mã một lần.")
        if self.cleaned_data["codes"].strip() and not found:
            raise forms.ValidationError("Không tìm thấy mã TTHC nào; mã có dạng 1.001234 hoặc 1.001234.H35.")
        return found

    def clean(self):
        """A group has a name; "like this one" says in what."""
        cleaned = super().clean()
        if cleaned.get("kind") == BulkKind.GROUP and not cleaned.get("title"):
            self.add_error("title", "Hãy đặt tên cho nhóm phương án.")
        if cleaned.get("kind") == BulkKind.LIKE and not cleaned.get("same"):
            self.add_error("same", "Hãy chọn ít nhất một điểm giống nhau.")
        return cleaned


class BulkForm(forms.Form):
    """What to set: only the parts ticked (``part``), by default only where nothing stands."""

    part = forms.MultipleChoiceField(label="Các mục cần đặt", choices=PARTS, required=False)
    conclusion = forms.ChoiceField(
        label="Kết luận", required=False, choices=Conclusion.choices, widget=forms.RadioSelect
    )
    stance = forms.ChoiceField(label="Ý kiến", required=False, choices=Stance.choices, widget=forms.RadioSelect)
    reason = _text("Lý do", 3, "“Phân cấp” và “Giữ nguyên” cần ít nhất 30 ký tự.")
    target_level = forms.ChoiceField(
        label="Từ cấp đang quyết định của từng thủ tục, chuyển cho",
        required=False,
        help_text="Thủ tục mà cấp này không thấp hơn cấp đang quyết định sẽ được bỏ qua, có nêu tên.",
    )
    target_body = forms.CharField(label="Cơ quan nhận", required=False, max_length=500, help_text="Có thể để trống.")
    content = _text("Nội dung phương án", 2, "Không đặt thì hệ thống soạn theo dòng chuyển thẩm quyền.")
    conditions = _text("Điều kiện bảo đảm thực hiện", 2)
    annual_dossiers = forms.IntegerField(
        label="Số hồ sơ một năm", required=False, localize=True, min_value=0, max_value=2_147_483_647
    )
    annual_dossiers_unknown = forms.BooleanField(label="Chưa có số liệu", required=False)
    criteria_reason = _text(
        "Lý do chung của các câu trả lời không thuận", 2, "Ghi vào câu trả lời không thuận với kết luận."
    )
    overwrite = forms.BooleanField(
        label="Thay cả nội dung đã có",
        required=False,
        help_text="Không đánh dấu thì chỉ điền chỗ trống; phiếu đã có nội dung được giữ nguyên.",
    )

    def __init__(self, data=None, *, levels: Iterable[AuthorityLevel], short: bool = False, content=None, **kwargs):
        self.amendments = AmendmentFormSet(
            data if data is not None and "amendments-TOTAL_FORMS" in data else None,
            prefix="amendments",
            initial=_amendments(content),
            form_kwargs={"choices": {}},
        )
        super().__init__(data, initial=_initial(content), **kwargs)
        self.fields["target_level"].choices = level_choices(levels)
        for criterion in CRITERIA:
            self.fields[f"answer_{criterion.code}"] = forms.ChoiceField(
                label=f"{criterion.code}. {criterion.question}",
                required=False,
                choices=[("", "Không đặt"), *CriterionAnswer.Answer.choices],
            )
        if not short:
            self.fields["part"].choices = [one for one in PARTS if one[0] != "stance"]
            del self.fields["stance"]

    @property
    def answers(self) -> list[forms.BoundField]:
        """The fields of the criteria."""
        return [self[f"answer_{criterion.code}"] for criterion in CRITERIA]

    def ticked(self) -> list[str]:
        """Parts ticked on the page."""
        return list(self["part"].value() or [])

    def clean(self):
        """Every ticked part says something; a blank text is only meant where it replaces another."""
        cleaned = super().clean()
        parts = cleaned.get("part") or []
        if not parts and "part" not in self.errors:
            self.add_error("part", "Hãy đánh dấu ít nhất một mục cần đặt.")
        if "amendments" in parts and self.amendments.is_bound and not self.amendments.is_valid():
            self.add_error("part", "Kiến nghị thực thi: có dòng chưa đúng, xem ở từng dòng.")
        for part in parts:
            field = {"transfers": "target_level"}.get(part, part)
            if not self._says(part, cleaned) and field not in self.errors and not self.errors.get("part"):
                label = dict(PARTS)[part]
                sentence = f"Đã đánh dấu “{label}” nhưng chưa nhập gì; hãy nhập hoặc bỏ đánh dấu."
                self.add_error(field if field in self.fields else "part", sentence)
        if cleaned.get("annual_dossiers") is not None and cleaned.get("annual_dossiers_unknown"):
            self.add_error("annual_dossiers", "Đã ghi số thì bỏ đánh dấu “Chưa có số liệu”, hoặc xóa số.")
        return cleaned

    def _says(self, part: str, cleaned: dict) -> bool:
        if part in TEXTS:
            return bool(cleaned.get(part) or cleaned.get("overwrite"))
        if part == "annual_dossiers":
            return cleaned.get("annual_dossiers") is not None or cleaned.get("annual_dossiers_unknown")
        if part == "criteria":
            return any(cleaned.get(f"answer_{criterion.code}") for criterion in CRITERIA)
        if part == "amendments":
            return self.amendments.is_bound and bool(self.amendments.rows())
        return bool(cleaned.get("target_level" if part == "transfers" else part))

    def wish(self) -> Wish:
        """What was chosen, as the rules take it; only after ``is_valid()``."""
        typed, parts = self.cleaned_data, self.cleaned_data["part"]
        values = {name: typed[name] for name in ("conclusion", "stance", *TEXTS) if name in parts}
        if "annual_dossiers" in parts:
            values |= {name: typed[name] for name in ("annual_dossiers", "annual_dossiers_unknown")}
        if "amendments" in parts:
            values["amendments"] = self.amendments.rows()
        concluded = values.get("conclusion", "")
        move = Move(typed["target_level"], typed["target_body"], mode_for(concluded)) if "transfers" in parts else None
        answers = {
            one.code: (answer, typed["criteria_reason"] if speaks_against(one.code, answer, concluded) else "")
            for one in CRITERIA
            if "criteria" in parts and (answer := typed[f"answer_{one.code}"])
        }
        return Wish(values, move, answers, typed["overwrite"])


class ApplyForm(forms.Form):
    """Why all this is done at once, and whether complete forms are finished with it."""

    why = forms.CharField(
        label="Lý do của lần điền này",
        max_length=2_000,
        help_text="Ghi vào lịch sử của từng phiếu. Ví dụ: Các thủ tục cùng nhóm, thực hiện toàn quốc.",
        error_messages={"required": "Hãy ghi lý do; lịch sử của từng phiếu sẽ nêu lý do này."},
    )
    finish = forms.BooleanField(label="Hoàn thành luôn các phiếu đã đủ nội dung", required=False)
    seal = forms.CharField(widget=forms.HiddenInput)


def _initial(content) -> dict:
    """What "like this one" begins with: everything that stands on the form, its parts ticked."""
    if content is None:
        return {}
    found = {name: content[name] for name in ("conclusion", "stance", *TEXTS, "annual_dossiers_unknown")}
    target = common_target(content["transfers"])
    if target:
        found |= {"target_level": target, "target_body": content["transfers"][0]["target_body"]}
    found |= {f"answer_{row['criterion']}": row["answer"] for row in content["criteria"]}
    parts = [name for name in ("conclusion", "stance", *TEXTS) if content[name]]
    parts += ["transfers"] if target else []
    parts += [name for name in ("amendments", "criteria") if content[name]]
    found["criteria_reason"] = next((row["reason"] for row in content["criteria"] if row["reason"]), "")
    return found | {"part": parts}


def _amendments(content) -> list[dict]:
    return [
        {
            name: datetime.date.fromisoformat(value) if name.endswith("_on") and value else value
            for name, value in row.items()
        }
        for row in (content["amendments"] if content else [])
    ]
