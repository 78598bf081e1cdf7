"""Forms of the ledger: a proposal with its pasted codes, the second person's no, and the filters of the list."""

import re

from django import forms
from django.utils import timezone

from procedures.importing.cells import CellError, repair_code
from procedures.models import Procedure
from reviews.actions.adjustment_effects import Line, named
from reviews.models import AdjustmentKind, Campaign
from reviews.models.campaign import HANOI
from reviews.reports.adjustments import STATE_LABELS
from reviews.reports.dashboards import bodies_of

ANY = [("", "Tất cả")]
MAX_PROCEDURES = 5_000
KIND_HELP = {
    AdjustmentKind.ADMIT: "đưa vào phạm vi thủ tục chưa có, đã đưa ra, hoặc đang bị loại trừ",
    AdjustmentKind.EXCLUDE: "vẫn trong tổng số, không còn thuộc diện tính",
    AdjustmentKind.REMOVE: "không còn trong tổng số; việc đã làm vẫn giữ và xem được",
    AdjustmentKind.REPLACE: "thủ tục cũ đưa ra, thủ tục mới đưa vào, nội dung phiếu chép sang làm bản nháp",
    AdjustmentKind.REOWN: "phiếu của cơ quan cũ đưa ra, cơ quan mới nhận phiếu với nội dung chép sang làm bản nháp",
}
# A comma parts two codes, unless it stands for the point of one: 2,002308.
_SEPARATORS = re.compile(r"[\s;|]+|,(?!\d{6}(?!\d))")


class AdjustmentForm(forms.Form):
    """A proposal; ``asked()`` is what the actions take."""

    kind = forms.ChoiceField(
        label="Loại điều chỉnh",
        choices=[(kind.value, f"{kind.label}: {KIND_HELP[kind]}") for kind in AdjustmentKind],
        widget=forms.RadioSelect,
    )
    codes = forms.CharField(
        label="Mã thủ tục hành chính",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        max_length=200_000,
        help_text=(
            "Dán danh sách mã, cách nhau bằng dấu cách, dấu phẩy, chấm phẩy hoặc xuống dòng. "
            "Khi thay thế: mỗi dòng một cặp, mã cũ rồi mã mới."
        ),
    )
    new_owner = forms.ChoiceField(
        label="Cơ quan quản lý mới", required=False, help_text="Chỉ cần khi chuyển cơ quan quản lý."
    )
    reason = forms.CharField(label="Lý do", widget=forms.Textarea(attrs={"rows": 3}), max_length=4_000)
    document_number = forms.CharField(label="Số văn bản làm căn cứ", max_length=100)
    document_date = forms.DateField(label="Ngày văn bản")

    def __init__(self, data=None, *, campaign: Campaign, initial=None):
        super().__init__(data, initial=initial)
        self.bodies = {body.code: body for body in bodies_of(campaign)}
        choices = [(code, f"{code} – {body}") for code, body in self.bodies.items()]
        self.fields["new_owner"].choices = [("", "Chọn cơ quan"), *choices]
        self.lines: list[Line] = []

    def clean_document_date(self):
        """A document of tomorrow is no ground yet."""
        day = self.cleaned_data["document_date"]
        if day > timezone.localdate(timezone=HANOI):
            raise forms.ValidationError(f"Ngày văn bản ({day:%d/%m/%Y}) không được sau hôm nay.")
        return day

    def clean(self):
        """Find the procedures that the pasted codes name; a new owner where one is needed."""
        cleaned = super().clean()
        if cleaned.get("codes"):
            self._find(cleaned["codes"], pairs=cleaned.get("kind") == AdjustmentKind.REPLACE)
        if cleaned.get("kind") == AdjustmentKind.REOWN and not cleaned.get("new_owner"):
            self.add_error("new_owner", "Hãy chọn cơ quan quản lý mới.")
        return cleaned

    def _find(self, text: str, *, pairs: bool) -> None:
        rows, unreadable = _rows_of(text)
        codes = list(dict.fromkeys(code for row in rows for code in row))
        if unreadable:
            self.add_error("codes", f"Không đọc được mã: {named(unreadable)}. Mã có dạng 1.004850 hoặc 1.004850.H01.")
        if not codes:
            if not unreadable:
                self.add_error("codes", "Chưa có mã thủ tục nào; mã có dạng 1.004850 hoặc 1.004850.H01.")
            return
        if len(codes) > MAX_PROCEDURES:
            self.add_error("codes", f"Mỗi lần điều chỉnh nhiều nhất {MAX_PROCEDURES} mã (đang có {len(codes)}).")
            return
        known = {one.code: one for one in Procedure.objects.filter(code__in=codes)}
        unknown = [code for code in codes if code not in known]
        if unknown:
            self.add_error("codes", f"Không có trong danh mục thủ tục hành chính: {named(unknown)}.")
        uneven = [" ".join(row) for row in rows if len(row) != 2] if pairs else []
        if uneven:
            self.add_error("codes", f"Mỗi dòng phải có đúng hai mã (cũ rồi mới); hãy sửa dòng: {named(uneven)}.")
        torn = _with_two_successors(rows) if pairs and not uneven else []
        if torn:
            self.add_error(
                "codes",
                f"Mỗi mã cũ chỉ có một mã thay thế, nhưng danh sách nêu nhiều hơn một mã: {named(torn)}. Hãy giữ một "
                "mã thay thế; mã mới còn lại đưa vào bằng một đề nghị “Bổ sung”.",
            )
        if self.errors.get("codes"):
            return
        if pairs:
            self.lines = [Line(known[old], known[new]) for old, new in dict(rows).items()]
        else:
            self.lines = [Line(known[code]) for code in codes]

    def asked(self) -> dict:
        """Kind, lines and new owner."""
        owner = self.bodies.get(self.cleaned_data["new_owner"])
        kind = self.cleaned_data["kind"]
        return {"kind": kind, "lines": self.lines, "new_owner": owner if kind == AdjustmentKind.REOWN else None}

    def paper(self) -> dict:
        """The ground: reason, number and day of the document."""
        return {name: self.cleaned_data[name] for name in ("reason", "document_number", "document_date")}


def _rows_of(text: str) -> tuple[list[list[str]], list[str]]:
    """(codes line by line, pieces that are none) of a pasted text; words without a digit are passed over."""
    rows, unreadable = [], []
    for line in text.splitlines():
        row = []
        for piece in _SEPARATORS.split(line):
            if not any(sign.isdigit() for sign in piece):
                continue
            try:
                row.append(repair_code(piece))
            except CellError:
                unreadable.append(piece[:40])
        if row:
            rows.append(row)
    return rows, unreadable


def _with_two_successors(pairs: list[list[str]]) -> list[str]:
    """Old codes that the pairs (old, new) replace by more than one new code, in their order."""
    successors: dict[str, set[str]] = {}
    for old, new in pairs:
        successors.setdefault(old, set()).add(new)
    return [old for old, found in successors.items() if len(found) > 1]


class DeclineForm(forms.Form):
    """Why the second person says no."""

    reason = forms.CharField(label="Lý do từ chối", widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000)


class LedgerFilter(forms.Form):
    """What kind, in which state, about which procedure or document."""

    use_required_attribute = False

    q = forms.CharField(label="Mã TTHC, số văn bản", required=False, max_length=100)
    kind = forms.ChoiceField(label="Loại", choices=[*ANY, *AdjustmentKind.choices], required=False)
    state = forms.ChoiceField(label="Tình trạng", choices=[*ANY, *STATE_LABELS.items()], required=False)

    def __init__(self, data, *, reader):
        super().__init__(data, auto_id="loc_%s")
        if not reader.oversees:
            # Others read approved ones only.
            del self.fields["state"]


class CandidateFilter(forms.Form):
    """Whose procedures."""

    use_required_attribute = False

    organisation = forms.ChoiceField(label="Cơ quan", required=False)
    kind = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data, *, bodies):
        super().__init__(data, auto_id="loc_%s")
        self.fields["organisation"].choices = [*ANY, *((body.code, f"{body.code} – {body}") for body in bodies)]
