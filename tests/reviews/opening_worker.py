"""A task worker that kills itself in the middle of an opening: argv JOB MARK MOMENT (items, half, end or never).

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
    from reviews.actions import campaigns
    from tests.procedures.importing import restarted_worker

    asked = campaigns.ask
    bodies = iter(range(1_000))

    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)

    def half(*args, **kwargs):
        if next(bodies) == 40:
            die()
        return asked(*args, **kwargs)

    if moment == "items":
        campaigns.ask = die
    if moment == "half":
        campaigns.ask = half
    if moment == "end":
        campaigns.record = die
    restarted_worker.main(pk, mark)


if __name__ == "__main__":
    main(*sys.argv[1:])
