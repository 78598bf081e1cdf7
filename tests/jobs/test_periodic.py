"""Small work that comes round by itself, beside the long work of the worker."""

import datetime
import threading
import time

import pytest

from reviews.actions.working import settle_idle
from tests.elsewhere import Elsewhere
from tthc_portal.jobs import periodic


@pytest.fixture
def work(monkeypatch):
    """A registry of this test's own."""
    registry = []
    monkeypatch.setattr(periodic, "WORK", registry)
    return registry


def test_work_is_done_when_its_time_has_come_and_not_before(work):
    calls = []
    periodic.every(minutes=1)(lambda: calls.append(1))
    due = {}
    for now in (0, 30, 59, 60, 61, 119, 121):
        periodic.run_due(due, now)
    assert len(calls) == 3


def test_work_that_fails_is_logged_and_comes_round_again(work, caplog):
    calls = []

    def fail():
        calls.append(1)
        raise RuntimeError("broken")

    periodic.every(minutes=1)(fail)
    periodic.every(minutes=1)(lambda: calls.append(2))
    due = {}
    periodic.run_due(due, 0)
    periodic.run_due(due, 60)
    assert calls == [1, 2, 1, 2]
    assert "failed" in caplog.text


def test_the_thread_ends_when_told(work):
    stop = threading.Event()
    thread = periodic.start(stop, look_every=0.01)
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_settling_what_nobody_types_any_more_is_registered():
    assert (datetime.timedelta(minutes=1), settle_idle) in periodic.WORK


def test_the_worker_starts_it_and_ends_with_a_signal(tmp_path):
    portal = Elsewhere(tmp_path)
    try:
        portal.migrate()
        worker = portal.start("worker", "--interval", "0.1", "--no-startup-delay")
        time.sleep(6)
        assert worker.poll() is None
        worker.terminate()
        assert worker.wait(10) == 0
    finally:
        portal.close()
