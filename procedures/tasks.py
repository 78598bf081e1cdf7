"""Long work of the catalogue, as the task worker knows it."""

from django.urls import reverse

from procedures import similarity
from procedures.importing import longwork, sweeping  # noqa: F401 (what comes round registers when it is read)
from tthc_portal.jobs.models import Job
from tthc_portal.jobs.runner import Progress, job_kind


@job_kind(longwork.READ)
def read_import(job: Job, progress: Progress) -> dict:
    """Read a large file to its preview."""
    longwork.read(job, progress)
    return _result(job, "Xem trước")


@job_kind(longwork.APPLY)
def apply_import(job: Job, progress: Progress) -> dict:
    """Write a large file into the catalogue."""
    longwork.apply(job, progress)
    return _result(job, "Xem lượt nhập")


@job_kind(longwork.UNDO)
def undo_import(job: Job, progress: Progress) -> dict:
    """Take a large import back."""
    longwork.undo(job, progress)
    message = "Đã hoàn tác; danh mục trở lại như trước lượt nhập này."
    return _result(job, "Xem lượt nhập") | {"message": message}


@job_kind(similarity.KIND)
def find_similar(job: Job, progress: Progress) -> dict:
    """Compare every procedure with every other; nothing to do while the catalogue is as it was last time."""
    found = similarity.refresh(progress, unless=similarity.standing())
    done = "Đã tìm xong" if found["fresh"] else "Danh mục không thay đổi, không phải tìm lại"
    return found | {"message": f"{done}: {found['pairs']} cặp tương tự của {found['procedures']} thủ tục."}


def _result(job: Job, label: str) -> dict:
    return {"url": reverse("procedures:batch", args=[job.arguments["batch"]]), "url_label": label}
