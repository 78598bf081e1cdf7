"""Long work of the catalogue, as the task worker knows it."""

from django.urls import reverse

from procedures.importing import longwork
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


def _result(job: Job, label: str) -> dict:
    return {"url": reverse("procedures:batch", args=[job.arguments["batch"]]), "url_label": label}
