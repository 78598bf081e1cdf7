"""Files kept with a review: told by their bytes, never by their names; every coming and going is in the history."""

import hashlib
import io
import zipfile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from reviews.actions.files import MAX_FILES, attach, detach, kind_of
from reviews.models import Attachment, ReviewEvent
from tests.reviews.cast import make_cast

PDF = b"%PDF-1.4\n%%EOF"


def office(*parts: str) -> bytes:
    """An archive that holds these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            archive.writestr(part, "<x/>")
    return target.getvalue()


def upload(content: bytes, name: str = "tệp.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (b"\xff\xd8\xff\xe0....", "jpg"),
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
    ],
)
def test_a_file_is_what_its_bytes_say(content, kind):
    assert kind_of(upload(content, "la.exe")) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90",
        b"PK\x03\x04 not an archive",
        office("a.txt"),
        office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"<html><script>alert(1)</script></html>",
    ],
)
def test_anything_else_is_refused_in_a_sentence(content):
    with pytest.raises(ValidationError, match="không phải là PDF, DOCX, XLSX, JPG hoặc PNG"):
        kind_of(upload(content, "báo cáo.pdf"))


def test_too_large_and_empty_files_are_refused(settings):
    settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
    with pytest.raises(ValidationError, match="lớn quá 1 MB"):
        kind_of(upload(PDF + b" " * 1024 * 1024))
    with pytest.raises(ValidationError, match="Chưa chọn tệp"):
        kind_of(None)


@pytest.mark.django_db
def test_a_file_is_kept_under_a_random_name_and_told_in_the_history():
    cast = make_cast()
    review = cast.review("draft")
    row = attach(by=cast.own["official"], review_id=review.pk, file=upload(PDF, "C:\\tài liệu\\Báo cáo 2020.doc"))
    assert row.name == "Báo cáo 2020.pdf"
    assert "Báo" not in row.file.name
    event = ReviewEvent.objects.get(action="attach")
    digest = hashlib.sha256(PDF).hexdigest()
    assert event.changes == {"attachments": [None, {"name": "Báo cáo 2020.pdf", "sha256": digest}]}


@pytest.mark.django_db
def test_a_file_goes_only_while_the_form_may_be_edited(django_capture_on_commit_callbacks):
    cast = make_cast()
    review = cast.review("draft")
    row = attach(by=cast.own["official"], review_id=review.pk, file=upload(PDF))
    type(review).objects.filter(pk=review.pk).update(status="ready", finished_by=cast.own["official"])
    with pytest.raises(ValidationError, match="Chờ kiểm tra"):
        detach(by=cast.own["official"], attachment=row)
    type(review).objects.filter(pk=review.pk).update(status="draft")
    storage, name = row.file.storage, row.file.name
    with django_capture_on_commit_callbacks(execute=True):
        detach(by=cast.own["focal_point"], attachment=row)
    assert not Attachment.objects.exists()
    assert not storage.exists(name)
    assert ReviewEvent.objects.filter(action="detach").get().changes["attachments"][0]["name"] == "tệp.pdf"


@pytest.mark.django_db
def test_strangers_and_full_forms_are_refused_and_leave_no_file(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    cast = make_cast()
    review = cast.review("draft")
    with pytest.raises(ValidationError):
        attach(by=cast.other["official"], review_id=review.pk, file=upload(PDF))
    Attachment.objects.bulk_create(
        Attachment(review=review, name=str(n), file="x", uploaded_by=cast.own["official"]) for n in range(MAX_FILES)
    )
    with pytest.raises(ValidationError, match="tối đa"):
        attach(by=cast.own["official"], review_id=review.pk, file=upload(PDF))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
