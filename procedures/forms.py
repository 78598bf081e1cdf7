"""Forms of the catalogue: filters in the address, upload of a workbook, deciding authorities."""

from django import forms
from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils import timezone

from procedures.models import AuthorityLevel, ExecutionLevel, Procedure, ProcedureStatus, Sector
from tthc_portal.accounts.models import Organisation
from tthc_portal.text import collation_key

KNOWN = [("", "Tất cả"), ("unknown", "Chưa xác định"), ("known", "Đã xác định")]


def _any(choices) -> list[tuple[str, str]]:
    return [("", "Tất cả"), *choices]


def publisher_choices() -> list[tuple[str, str]]:
    """(code, name) of the bodies that publish procedures; a code that named several bodies stands once."""
    bodies = Organisation.objects.filter(procedures__isnull=False).distinct().order_by("code", "valid_from")
    names = dict(bodies.values_list("code", "name"))
    return sorted(names.items(), key=lambda item: collation_key(item[1]))


def sector_choices(organisation: str = "") -> list[tuple[str, str]]:
    """(id, name) of the sectors in use, of one publisher if its code is given."""
    sectors = Sector.objects.filter(procedure_links__isnull=False)
    if organisation:
        sectors = sectors.filter(procedure_links__procedure__publisher__code__iexact=organisation)
    pairs = sectors.distinct().order_by().values_list("pk", "name")
    return [(str(pk), name) for pk, name in sorted(pairs, key=lambda pair: collation_key(pair[1]))]


class _Filter(forms.Form):
    """A form over the address; a filter that cannot be understood is said to be wrong and finds nothing."""

    use_required_attribute = False

    def __init__(self, data, **kwargs):
        super().__init__(data, auto_id="loc_%s", **kwargs)

    def value(self, name: str):
        """The clean value of a filter, or "" when it is empty."""
        return self.cleaned_data.get(name) or ""


class CatalogueFilter(_Filter):
    """Filters of the catalogue list."""

    q = forms.CharField(label="Tìm mã, tên, cơ quan", required=False, max_length=200)
    organisation = forms.ChoiceField(label="Cơ quan ban hành", required=False)
    sector = forms.ChoiceField(label="Lĩnh vực", required=False)
    level = forms.ChoiceField(label="Cấp thực hiện", choices=_any(ExecutionLevel.choices), required=False)
    status = forms.ChoiceField(label="Tình trạng", choices=_any(ProcedureStatus.choices), required=False)
    decider = forms.ChoiceField(label="Thẩm quyền quyết định", choices=KNOWN, required=False)

    def __init__(self, data):
        super().__init__(data)
        self.fields["organisation"].choices = _any(publisher_choices())
        self.fields["sector"].choices = _any(sector_choices(data.get("organisation", "")))

    def apply(self, procedures):
        """``procedures`` narrowed by what the form says."""
        if not self.is_valid():
            return procedures.none()
        if words := self.value("q"):
            procedures = procedures.matching(words)
        if code := self.value("organisation"):
            procedures = procedures.filter(publisher__code__iexact=code)
        if level := self.value("level"):
            # JSON containment exists on PostgreSQL alone; the text of the list is the same on both.
            procedures = procedures.alias(levels_text=Cast("execution_levels", TextField())).filter(
                levels_text__contains=f'"{level}"'
            )
        if status := self.value("status"):
            procedures = procedures.filter(status=status)
        return narrow(procedures, self.value("sector"), self.value("decider"))


class DeciderFilter(_Filter):
    """Filters of the page where a body says who decides."""

    q = forms.CharField(label="Tìm mã, tên", required=False, max_length=200)
    decider = forms.ChoiceField(label="Thẩm quyền quyết định", choices=KNOWN, required=False)
    sector = forms.ChoiceField(label="Lĩnh vực", required=False)
    executing = forms.ChoiceField(label="Cơ quan thực hiện", required=False)

    def __init__(self, data, procedures, organisation: str):
        super().__init__(data)
        self._bodies = dict(procedures.order_by().values_list("pk", "executing_bodies"))
        names = sorted({name for bodies in self._bodies.values() for name in bodies}, key=collation_key)
        self.fields["executing"].choices = _any((name, name if len(name) <= 90 else f"{name[:89]}…") for name in names)
        self.fields["sector"].choices = _any(sector_choices(organisation))
        if data.get("organisation"):
            self.fields["organisation"] = forms.CharField(widget=forms.HiddenInput, required=False)

    def apply(self, procedures):
        """``procedures`` narrowed by what the form says."""
        if not self.is_valid():
            return procedures.none()
        if words := self.value("q"):
            procedures = procedures.matching(words)
        if name := self.value("executing"):
            procedures = procedures.filter(pk__in=[pk for pk, bodies in self._bodies.items() if name in bodies])
        return narrow(procedures, self.value("sector"), self.value("decider"))


def narrow(procedures, sector: str, decider: str):
    """Filters shared by the lists: a sector, deciders known or not."""
    if sector:
        procedures = procedures.filter(sector_links__sector=sector)
    if decider == "unknown":
        procedures = procedures.decider_unknown()
    if decider == "known":
        procedures = procedures.exclude(pk__in=Procedure.objects.decider_unknown().order_by().values("pk"))
    return procedures


class UploadForm(forms.Form):
    """A workbook to preview, and the day its publishers' names are to be read on."""

    file = forms.FileField(
        label="Tệp danh mục (.xlsx)",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "Chưa chọn tệp.", "empty": "Tệp trống (0 byte). Xuất lại tệp rồi tải lên."},
    )
    as_of = forms.DateField(
        label="Danh mục tính đến ngày",
        help_text="Tên cơ quan được đối chiếu theo ngày này, dạng dd/mm/yyyy.",
    )
    sheet = forms.CharField(
        label="Trang tính", required=False, max_length=100, help_text="Chỉ cần khi tệp có nhiều trang danh mục."
    )

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("initial", {"as_of": timezone.localdate()})
        super().__init__(*args, **kwargs)

    def clean_file(self):
        """Refuse what is too large before anything reads it."""
        file, limit = self.cleaned_data["file"], settings.UPLOAD_LIMIT_BYTES
        if file.size > limit:
            raise forms.ValidationError(
                f"Tệp {file.name} nặng {file.size / 1024 / 1024:.0f} MB, quá giới hạn {limit // 1024 // 1024} MB. "
                "Tách thành nhiều tệp hoặc xóa hình ảnh, trang tính thừa rồi tải lại."
            )
        return file


class ImportChoices(forms.Form):
    """What the administrator decides on a preview before confirming it."""

    missing = forms.ChoiceField(
        label="Thủ tục có trong danh mục nhưng không có trong tệp",
        choices=[("keep", "Giữ nguyên"), ("abolish", "Đánh dấu bãi bỏ khi ghi (hoàn tác được cùng cả lượt)")],
        widget=forms.RadioSelect,
        required=False,
    )
    only_valid = forms.BooleanField(label="Chỉ ghi các dòng hợp lệ, bỏ qua các dòng lỗi", required=False)

    def __init__(self, *args, batch, **kwargs):
        kwargs.setdefault("initial", {"missing": batch.options.get("missing") or "keep"} | batch.options)
        super().__init__(*args, **kwargs)


class DeciderForm(forms.Form):
    """One deciding authority of the ticked procedures."""

    level = forms.ModelChoiceField(
        AuthorityLevel.objects.none(),
        label="Cấp có thẩm quyền quyết định",
        empty_label="Chọn cấp",
        error_messages={"required": "Chọn cấp có thẩm quyền quyết định."},
    )
    body = forms.CharField(label="Tên cơ quan, người có thẩm quyền", required=False, max_length=500)
    legal_ground = forms.CharField(label="Căn cứ pháp lý", required=False)
    case = forms.CharField(label="Trường hợp áp dụng", required=False)

    def __init__(self, *args, levels, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = AuthorityLevel.objects.all()
        self.fields["level"].choices = [("", "Chọn cấp"), *levels]


class BaseDeciderFormSet(forms.BaseFormSet):
    """The deciders that the ticked procedures get; at least one."""

    @property
    def rows(self) -> list[dict]:
        """What was typed, as the action wants it."""
        return [
            {
                "level": form.cleaned_data["level"].pk,
                "body": form.cleaned_data["body"],
                "case": form.cleaned_data["case"],
                "legal_ground": form.cleaned_data["legal_ground"],
            }
            for form in self.forms
            if form.cleaned_data.get("level") and not form.cleaned_data.get("DELETE")
        ]


DeciderFormSet = forms.formset_factory(
    DeciderForm, formset=BaseDeciderFormSet, extra=1, max_num=10, absolute_max=20, can_delete=True
)
