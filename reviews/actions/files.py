"""Files kept with a review: told by their first bytes, stored under names nobody can guess."""

import hashlib
import uuid
import zipfile
from pathlib import PurePath

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction

from reviews.actions.actors import actor_for, verdict
from reviews.actions.events import record
from reviews.actions.versions import load_locked
from reviews.models import Attachment, Review
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import User
from tthc_portal.text import one_line

MAX_FILES = 20
KINDS = "PDF, DOCX, XLSX, JPG hoặc PNG"
_SIGNATURES = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpg"), (b"\x89PNG\r\n\x1a\n", "png"))
# Which part an Office file must hold, by its kind.
_OFFICE = (("word/document.xml", "docx"), ("xl/workbook.xml", "xlsx"))


def attach(*, by: User, review_id: int, file: File | None) -> Attachment:
    """Keep ``file`` with a review that ``by`` may edit now; ValidationError for a file that cannot be taken."""
    extension = kind_of(file)
    stored = None
    try:
        with transaction.atomic():
            review = _editable(by, review_id)
            if review.attachments.count() >= MAX_FILES:
                raise ValidationError(f"Mỗi phiếu giữ tối đa {MAX_FILES} tệp; hãy bỏ bớt tệp rồi tải lại.")
            row = Attachment(review=review, name=_name_of(file, extension), uploaded_by=by)
            row.file.save(f"{uuid.uuid4().hex}.{extension}", file, save=False)
            stored = row.file
            row.save()
            changes = {"attachments": [None, {"name": row.name, "sha256": _sha256(file)}]}
            record(review, by=by, action="attach", changes=changes)
    except BaseException:
        if stored:
            stored.delete(save=False)
        raise
    return row


@transaction.atomic
def detach(*, by: User, attachment: Attachment) -> None:
    """Take a file away while its review may be edited; its name and fingerprint stay in the history."""
    review = _editable(by, attachment.review_id)
    row = review.attachments.filter(pk=attachment.pk).first()
    if row is None:
        raise ValidationError("Tệp này đã được bỏ trước đó.")
    with row.file.open() as file:
        changes = {"attachments": [{"name": row.name, "sha256": _sha256(file)}, None]}
    record(review, by=by, action="detach", changes=changes)
    storage, name = row.file.storage, row.file.name
    row.delete()
    transaction.on_commit(lambda: storage.delete(name))


def kind_of(file: File | None) -> str:
    """pdf, docx, xlsx, jpg or png as the bytes of ``file`` say; ValidationError for anything else or too large."""
    if not file:
        raise ValidationError(f"Chưa chọn tệp, hoặc tệp rỗng: hãy chọn một tệp {KINDS}.")
    if file.size > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
        raise ValidationError(f"Tệp “{file.name}” lớn quá {limit} MB; hãy nén lại hoặc chia nhỏ rồi tải lên.")
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    found = next((extension for signature, extension in _SIGNATURES if head.startswith(signature)), "")
    found = found or (head.startswith(b"PK\x03\x04") and _office_kind(file))
    if not found:
        raise ValidationError(f"Tệp “{file.name}” không phải là {KINDS} (xét theo nội dung tệp); hãy chọn tệp khác.")
    return found


def _office_kind(file: File) -> str:
    """docx or xlsx when the archive is one without macros, else blank."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return ""
    finally:
        file.seek(0)
    if any(name.lower().endswith("vbaproject.bin") for name in names) or "[Content_Types].xml" not in names:
        return ""
    return next((extension for part, extension in _OFFICE if part in names), "")


def _name_of(file: File, extension: str) -> str:
    """The name its owner gave it, with the extension that it truly is."""
    given = one_line(PurePath((file.name or "").replace("\\", "/")).name)
    stem, _, ending = given.rpartition(".")
    stem = stem if stem and len(ending) <= 5 else given
    return f"{(stem or 'tai-lieu')[:280]}.{extension}"


def _sha256(file: File) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _editable(by: User, review_id: int) -> Review:
    """The review, locked, when ``by`` may save it now; ValidationError otherwise."""
    review = load_locked(review_id)
    allowed = verdict(Action.SAVE, review, actor_for(by, review), review.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    return review
