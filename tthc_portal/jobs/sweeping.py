"""Files that nobody will ask for again are deleted for their age; what was written stays, and its page says so.

Swept are the results of finished jobs and, by the rooms they belong to, files handed in and never written. Papers,
attachments and files that were written into the portal are evidence and no business of this.
"""

import datetime
import logging
from collections.abc import Iterator

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import models, transaction
from django.utils import timezone

from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.periodic import every

logger = logging.getLogger(__name__)

# About twice a day: an age is told in days.
SWEEP_MINUTES = 12 * 60
FOLDER = "jobs"


def oldest_kept() -> datetime.datetime | None:
    """The moment before which files are too old; None where the portal is set to keep them all."""
    days = settings.FILES_KEPT_DAYS
    return timezone.now() - datetime.timedelta(days=days) if days > 0 else None


def sweep(rows: models.QuerySet, field: str = "file", **facts) -> int:
    """Delete the file of every row of ``rows`` and put ``facts`` into its columns; how many there were.

    Each row in a transaction of its own, looked at again once it is locked: what was written meanwhile keeps its file.
    One that fails stops no other. The file goes first: after a crash in between, the next time finds the row again.
    """
    number = 0
    for pk in list(rows.exclude(**{field: ""}).values_list("pk", flat=True)):
        try:
            number += _sweep_one(rows.filter(pk=pk), field, facts)
        except Exception:
            logger.exception("%s %s: its old file could not be deleted", rows.model._meta.label, pk)
    return number


@transaction.atomic
def _sweep_one(found: models.QuerySet, field: str, facts: dict) -> bool:
    row = found.select_for_update(of=("self",)).first()
    if row is None or not getattr(row, field):
        return False
    file = getattr(row, field)
    file.storage.delete(file.name)
    setattr(row, field, "")
    for name, value in facts.items():
        setattr(row, name, value(row) if callable(value) else value)
    row.save(update_fields=[field, *facts])
    return True


@every(minutes=SWEEP_MINUTES)
def sweep_results() -> int:
    """Delete results of jobs finished too long ago, and files that runs cut short left without a row; how many."""
    limit = oldest_kept()
    if limit is None:
        return 0
    over = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
    rows = Job.objects.filter(state__in=over, finished_at__lt=limit)
    number = sweep(rows, "result_file", result=_told)
    known = set(Job.objects.exclude(result_file="").values_list("result_file", flat=True))
    for name in _names(default_storage, FOLDER):
        if name not in known and default_storage.get_modified_time(name) < limit:
            default_storage.delete(name)
            number += 1
    return number


def _told(job: Job) -> dict:
    return job.result | {"file_swept_at": timezone.now().isoformat()}


def _names(storage: Storage, folder: str) -> Iterator[str]:
    """Every file below ``folder``; none where it does not exist."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _names(storage, f"{folder}/{name}")
