"""Small work that comes round by itself: registered here, done by the worker beside the long work.

Whatever is registered must be quick, safe to run twice at once (two machines may each have a worker) and write in
short transactions.
"""

import datetime
import logging
import threading
import time
from collections.abc import Callable

from django.db import close_old_connections

logger = logging.getLogger(__name__)

WORK: list[tuple[datetime.timedelta, Callable[[], object]]] = []


def every(*, minutes: int) -> Callable:
    """Register the decorated function, which takes nothing, to be called about every so many minutes."""

    def register(work: Callable[[], object]) -> Callable[[], object]:
        WORK.append((datetime.timedelta(minutes=minutes), work))
        return work

    return register


def run_due(due: dict[Callable, float], now: float) -> None:
    """Call everything whose time has come; ``due`` holds the next time of each, in seconds of a steady clock."""
    for pause, work in WORK:
        if now < due.get(work, now):
            continue
        due[work] = now + pause.total_seconds()
        try:
            work()
        except Exception:
            logger.exception("periodic work %s failed", work.__qualname__)


def start(stop: threading.Event, *, look_every: float = 5.0) -> threading.Thread:
    """A thread that calls what is due until ``stop`` is set; it dies with its process and holds up no ending."""

    def turn():
        due: dict[Callable, float] = {}
        while not stop.wait(look_every):
            close_old_connections()
            run_due(due, time.monotonic())
            close_old_connections()

    thread = threading.Thread(target=turn, name="periodic", daemon=True)
    thread.start()
    return thread
