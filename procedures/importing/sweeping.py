"""Old files of imports that were put aside or never confirmed."""

from django.utils import timezone

from procedures.models import ImportBatch, ImportState
from tthc_portal.jobs.periodic import every
from tthc_portal.jobs.sweeping import SWEEP_MINUTES, oldest_kept, sweep


@every(minutes=SWEEP_MINUTES)
def sweep_imports() -> int:
    """Delete the files of imports not written in time; how many there were.

    A preview that nobody confirmed is put aside with its file, for it could not be written without it. What was
    written, undone or not, keeps its file.
    """
    limit = oldest_kept()
    if limit is None:
        return 0
    left = ImportBatch.objects.filter(state__in=[ImportState.PREVIEWED, ImportState.DISCARDED], created_at__lt=limit)
    return sweep(left, state=ImportState.DISCARDED, layout=_told)


def _told(batch: ImportBatch) -> dict:
    return batch.layout | {"file_swept_at": timezone.now().isoformat()}
