"""A task worker that kills itself while it writes a workbook: argv JOB MARK MOMENT (half, written, end or never).

SIGKILL leaves no time for anything: what is in the database afterwards is what a crash of the machine would leave.
"""

import os
import signal
import sys

import django


def main(pk: str, mark: str, moment: str) -> None:
    """Arm the kill, then do what an administrator and the worker do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tthc_portal.settings")
    django.setup()
    from reviews.actions import uploading
    from tests.procedures.importing import restarted_worker
    from tthc_portal.jobs import runner

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    # Before the rows of the forms' history; with everything written and nothing committed; after the commit.
    place, name = {
        "half": (uploading, "write"),
        "written": (uploading, "_outcome"),
        "end": (runner, "_end"),
        "never": (uploading, ""),
    }[moment]
    if name:
        setattr(place, name, die)
    restarted_worker.main(pk, mark)


if __name__ == "__main__":
    main(*sys.argv[1:])
