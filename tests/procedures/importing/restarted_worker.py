"""A task worker, after what an administrator does first to a job whose worker fell silent: argv JOB MARK."""

import datetime
import os
import sys
from pathlib import Path

import django


def main(pk: str, mark: str) -> None:
    """Restart the job if a killed worker left it running, touch ``mark``, and work until the queue is empty."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tthc_portal.settings")
    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from tthc_portal.accounts.models import User
    from tthc_portal.jobs import runner
    from tthc_portal.jobs.models import SILENT_AFTER, Job

    silent = timezone.now() - SILENT_AFTER - datetime.timedelta(minutes=1)
    Job.objects.filter(pk=pk, state="running").update(heartbeat_at=silent)
    job = Job.objects.get(pk=pk)
    if job.is_silent:
        runner.restart(by=User(pk=0), job=job)
    Path(mark).touch()
    call_command("db_worker", batch=True, interval=0.1, startup_delay=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
