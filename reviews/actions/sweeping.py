"""Old files of workbooks handed in and never written; what was typed in them stays with their row."""

from reviews.models import FormUpload
from tthc_portal.accounts.models import UserImport
from tthc_portal.jobs.periodic import every
from tthc_portal.jobs.sweeping import SWEEP_MINUTES, oldest_kept, sweep


@every(minutes=SWEEP_MINUTES)
def sweep_uploads() -> int:
    """Delete the files of workbooks of forms and of people that were not written in time; how many there were.

    What was written keeps its file: it is the ground of what the history says.
    """
    limit = oldest_kept()
    if limit is None:
        return 0
    forms = FormUpload.objects.filter(bulk_change=None, made_at__lt=limit)
    people = UserImport.objects.filter(applied_at=None, made_at__lt=limit)
    return sweep(forms) + sweep(people)
