"""Forms of people with accounts: the filters of their list, one person, a workbook of many, a unit."""

import tempfile
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from procedures.importing.excel import ImportFileError
from procedures.importing.opening import SAVE_AS_XLSX, check_container, check_reach, encrypted, facts_of_sheet
from reviews.reports import people as known
from tthc_portal.accounts import people
from tthc_portal.accounts.models import OrganisationKind, Role, User
from tthc_portal.accounts.user_sheet import Line, lines_of

ANY = ("", "Tất cả")


class PeopleFilter(forms.Form):
    """Filters in the address; one that cannot be understood is said to be wrong and finds nobody."""

    use_required_attribute = False

    q = forms.CharField(label="Tìm tên, tài khoản, thư", required=False, max_length=200)
    organisation = forms.ChoiceField(label="Cơ quan, đơn vị", required=False)
    role = forms.ChoiceField(label="Vai trò", choices=[ANY, *Role.choices], required=False)
    active = forms.ChoiceField(
        label="Tình trạng", choices=[ANY, ("1", "Đang hoạt động"), ("0", "Đã ngừng")], required=False
    )

    def __init__(self, data, *, reader: User):
        super().__init__(data, auto_id="loc_%s")
        self.fields["organisation"].choices = [ANY, *known.places_of(reader)]

    def apply(self, found):
        """``found`` narrowed by what the form says."""
        if not self.is_valid():
            return found.none()
        data = self.cleaned_data
        if code := data["organisation"]:
            found = found.filter(Q(organisation__code=code) | Q(organisation__parent__code=code))
        if data["role"]:
            found = found.filter(role=data["role"])
        if data["active"]:
            found = found.filter(is_active=data["active"] == "1")
        return known.matching(found, data["q"]) if data["q"].strip() else found


class _PlaceField(forms.ModelChoiceField):
    def label_from_instance(self, obj):
        if obj.kind == OrganisationKind.UNIT:
            return f"{obj.parent.code} · {obj.name}"
        ended = f" (đến {obj.valid_to:%d/%m/%Y})" if obj.valid_to else ""
        return f"{obj.code} – {obj.name}{ended}"


class PersonForm(forms.Form):
    """One person: a new one with the name he signs in with, or what may change of one."""

    username = forms.CharField(
        label="Tên đăng nhập",
        max_length=people.MAX_USERNAME,
        help_text=people.USERNAME_RULE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": "Phải ghi tên đăng nhập."},
    )
    full_name = forms.CharField(label="Họ và tên", max_length=150, error_messages={"required": "Phải ghi họ và tên."})
    organisation = _PlaceField(
        label="Cơ quan, đơn vị",
        queryset=User.objects.none(),
        empty_label="Chọn cơ quan hoặc đơn vị",
        error_messages={"required": "Phải chọn cơ quan, đơn vị.", "invalid_choice": "Không có cơ quan, đơn vị này."},
    )
    role = forms.ChoiceField(
        label="Vai trò",
        error_messages={"required": "Phải chọn vai trò.", "invalid_choice": "Bạn không giao được vai trò này."},
    )
    position = forms.CharField(label="Chức vụ", max_length=150, required=False)
    email = forms.CharField(
        label="Thư điện tử", max_length=254, required=False, help_text="Để nhận thư mời và thư đặt lại mật khẩu."
    )
    phone = forms.CharField(label="Điện thoại", max_length=30, required=False)
    is_unit_head = forms.BooleanField(label="Phụ trách đơn vị: được kiểm tra phiếu của đơn vị mình", required=False)
    despite = forms.BooleanField(label="Vẫn lưu dù chưa bàn giao", required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, by: User, person: User | None = None):
        initial = {name: getattr(person, name) for name in people.FIELDS} if person else {"role": Role.OFFICIAL}
        if person is None and by.role != Role.ADMINISTRATOR:
            initial["organisation"] = by.body
        super().__init__(data, initial=initial)
        self.by, self.person = by, person
        self.fields["organisation"].queryset = people.places_given_by(by)
        self.fields["role"].choices = [(role.value, role.label) for role in people.roles_given_by(by)]
        if person is not None:
            del self.fields["username"]

    def write(self, *, in_hand: int = 0) -> tuple[User, list[str]]:
        """(the person, the fields that changed) once the action has written; raises ValidationError."""
        values = {name: self.cleaned_data[name] for name in people.FIELDS}
        if self.person is None:
            return people.create(by=self.by, username=self.cleaned_data["username"], **values), list(people.FIELDS)
        changed = people.change(
            by=self.by, user=self.person, in_hand=in_hand, despite=self.cleaned_data["despite"], **values
        )
        return self.person, changed

    def ask_to_hand_over(self) -> None:
        """Show the box that saves all the same."""
        self.fields["despite"].widget = forms.CheckboxInput()


class UnitForm(forms.Form):
    """A unit of the focal point's body."""

    name = forms.CharField(
        label="Tên đơn vị mới",
        max_length=300,
        help_text="Ví dụ: Vụ Pháp chế, Sở Tư pháp. Mã đơn vị được cấp tự động.",
        error_messages={"required": "Phải ghi tên đơn vị."},
    )


class PeopleFileForm(forms.Form):
    """A workbook of people; :attr:`lines` and :attr:`content` once the form is valid."""

    file = forms.FileField(
        label="Tệp danh sách người dùng (.xlsx)",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "Chưa chọn tệp.", "empty": "Tệp trống (0 byte). Chọn lại tệp rồi tải lên."},
    )

    lines: list[Line]
    content: bytes

    def clean_file(self):
        """Read the rows; a file that cannot be read is refused with one sentence."""
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT_BYTES:
            raise ValidationError(
                f"Tệp {file.name} nặng {file.size / 1024 / 1024:.0f} MB, quá giới hạn "
                f"{settings.UPLOAD_LIMIT_BYTES // 1024 // 1024} MB. Chép riêng danh sách sang tệp mới rồi tải lại."
            )
        self.content = file.read()
        self.lines = read_people(self.content, file.name)
        return file


def read_people(content: bytes, file_name: str) -> list[Line]:
    """The rows of the first visible sheet of the workbook ``content``; raises ValidationError."""
    with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
        copy.write(content)
        copy.flush()
        try:
            return lines_of(*_cells(Path(copy.name), file_name))
        except ImportFileError as refusal:
            raise ValidationError(str(refusal)) from None


def _cells(path: Path, file_name: str) -> tuple[list[list], dict[tuple[int, int], str]]:
    """(cells, what stands in cells without a value); every trap of the container is looked for first."""
    check_container(path, file_name)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheets = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
            name = next((one.name for one in sheets if one.visible == SheetVisibleEnum.Visible), None)
            if name is None:
                raise ImportFileError(f"Tệp {file_name} không có trang tính nào hiển thị.")
            check_reach(path, name, f"Tệp {file_name}, trang tính “{name}”")
            facts = facts_of_sheet(path, name)
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            return cells, facts.wrong | facts.uncalculated
    except PasswordError:
        raise ImportFileError(encrypted(file_name)) from None
    except ImportFileError:
        raise
    except BaseException as error:
        # A panic of the Rust reader is not an Exception; anything else that is not one must pass.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise ImportFileError(f"Tệp {file_name} bị hỏng, không đọc được nội dung. {SAVE_AS_XLSX}.") from error
