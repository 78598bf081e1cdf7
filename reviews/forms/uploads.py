"""Forms of the filled workbook handed in: the file, and the answers to what both sides changed."""

import tempfile
from pathlib import Path

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from procedures.importing.refusals import ImportFileError
from reviews.actions.upload_plans import MINE, THEIRS
from reviews.sheets.reading import Filled, read

CHOICE = "choice-"


class WorkbookForm(forms.Form):
    """A filled workbook; :attr:`filled` and :attr:`content` once the form is valid."""

    use_required_attribute = False

    file = forms.FileField(
        label="Tệp phiếu đã điền (.xlsx)",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": "Chưa chọn tệp.", "empty": "Tệp trống (0 byte). Chọn lại tệp rồi tải lên."},
    )

    filled: Filled
    content: bytes

    def clean_file(self):
        """Read the rows; a file that is no workbook of forms is refused with one sentence."""
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT_BYTES:
            limit = settings.UPLOAD_LIMIT_BYTES // 1024 // 1024
            raise ValidationError(
                f"Tệp {file.name} nặng {file.size / 1024 / 1024:.0f} MB, quá giới hạn {limit} MB; hãy tải và nhập từng "
                "phần (lọc danh sách theo đơn vị trước khi tải)."
            )
        self.content = file.read()
        with tempfile.NamedTemporaryFile(suffix=".xlsx") as copy:
            copy.write(self.content)
            copy.flush()
            try:
                self.filled = read(Path(copy.name), file.name)
            except ImportFileError as refusal:
                raise ValidationError(str(refusal)) from None
        return file


class AnswersForm(forms.Form):
    """What the page of an upload sends: the seal of what it showed, and an answer a question, under its own name."""

    seal = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def choices(self) -> dict[str, str]:
        """{question: mine or theirs} of every answer sent."""
        return {
            name.removeprefix(CHOICE): value
            for name, value in self.data.items()
            if name.startswith(CHOICE) and value in (MINE, THEIRS)
        }
