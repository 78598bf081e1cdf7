"""Long work: run once, seen, stopped and run again."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.elsewhere import Elsewhere
from tests.factories import UserFactory
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import SILENT_AFTER, Job, JobState


@pytest.fixture
def kinds(monkeypatch):
    """A registry of this test's own."""
    registry = {}
    monkeypatch.setattr(runner, "KINDS", registry)
    return registry


def counting(calls, steps=3):
    """Work that counts its runs and reports ``steps`` pieces."""

    def work(job, progress):
        calls.append(job.arguments)
        for done in range(1, steps + 1):
            progress(done, steps)
        return {"rows": steps, "url": "/procedures/"}

    return work


def begin(kind="count", by=None, **arguments):
    return runner.enqueue(kind=kind, title="Việc thử", by=by or UserFactory(), arguments=arguments)


@pytest.mark.django_db
def test_a_job_runs_after_the_commit_and_keeps_its_result(kinds, django_capture_on_commit_callbacks):
    calls = []
    kinds["count"] = counting(calls)
    with django_capture_on_commit_callbacks(execute=True):
        job = begin(folder="a")
        assert calls == []
    job.refresh_from_db()
    assert calls == [{"folder": "a"}]
    assert (job.state, job.done, job.total, job.attempts) == (JobState.DONE, 3, 3, 1)
    assert job.result == {"rows": 3, "url": "/procedures/"}
    assert job.started_at is not None
    assert job.finished_at is not None


@pytest.mark.django_db
def test_delivering_a_job_twice_runs_it_once(kinds):
    calls = []
    kinds["count"] = counting(calls)
    job = begin()
    for _ in range(3):
        runner.run.func(job.pk)
    assert len(calls) == 1
    assert Job.objects.get(pk=job.pk).attempts == 1


@pytest.mark.django_db
def test_an_unknown_kind_is_refused_at_once_and_fails_with_a_sentence_when_it_vanished(kinds):
    with pytest.raises(ValueError, match="nothing"):
        begin("nothing")
    kinds["count"] = counting([])
    job = begin()
    del kinds["count"]
    runner.run.func(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "loại tác vụ" in job.message


def test_a_kind_cannot_be_registered_twice(kinds):
    runner.job_kind("one")(counting([]))
    with pytest.raises(ValueError, match="twice"):
        runner.job_kind("one")(counting([]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "words"),
    [(ValidationError("Tệp hỏng ở dòng 3."), "Tệp hỏng ở dòng 3."), (RuntimeError("x"), "lỗi ngoài dự kiến")],
)
def test_work_that_raises_fails_with_a_sentence_and_can_be_restarted(kinds, error, words):
    def broken(job, progress):
        if job.attempts == 1:
            raise error
        return {}

    kinds["count"] = broken
    job = begin()
    runner.run.func(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert words in job.message
    runner.restart(by=job.created_by, job=job)
    runner.run.func(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)


@pytest.mark.django_db
def test_a_running_job_stops_at_its_next_report_when_cancelled(kinds, monkeypatch):
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0)

    def long(job, progress):
        progress(1, 10)
        runner.cancel(by=job.created_by, job=job)
        progress(2, 10)
        raise AssertionError("never reached")

    kinds["count"] = long
    job = begin()
    runner.run.func(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert job.done == 2


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once_and_a_finished_one_never(kinds):
    calls = []
    kinds["count"] = counting(calls)
    job = runner.cancel(by=UserFactory(), job=begin())
    assert job.state == JobState.CANCELLED
    runner.run.func(job.pk)
    assert calls == []
    done = begin()
    runner.run.func(done.pk)
    with pytest.raises(ValidationError, match="đã kết thúc"):
        runner.cancel(by=UserFactory(), job=done)


@pytest.mark.django_db
def test_the_row_is_written_at_most_once_a_second(kinds, django_assert_num_queries):
    kinds["count"] = counting([])
    job = runner._claim(begin().pk)
    progress = runner.Progress(job)
    with django_assert_num_queries(2):
        for done in range(1000):
            progress(done, 1000)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "age", "allowed"),
    [
        (JobState.WAITING, 0, False),
        (JobState.WAITING, 3, True),
        (JobState.RUNNING, 0, False),
        (JobState.RUNNING, 3, True),
        (JobState.DONE, 3, False),
        (JobState.FAILED, 0, True),
        (JobState.CANCELLED, 0, True),
    ],
)
def test_only_dead_failed_or_forgotten_jobs_are_restarted(kinds, state, age, allowed):
    kinds["count"] = counting([])
    then = timezone.now() - datetime.timedelta(minutes=age)
    job = begin()
    Job.objects.filter(pk=job.pk).update(state=state, created_at=then, heartbeat_at=then)
    if allowed:
        assert runner.restart(by=job.created_by, job=job).state == JobState.WAITING
    else:
        with pytest.raises(ValidationError, match="chưa thể chạy lại"):
            runner.restart(by=job.created_by, job=job)


@pytest.mark.django_db
def test_a_run_overtaken_by_a_restart_writes_nothing(kinds, monkeypatch):
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0)
    kinds["count"] = counting([])
    job = begin()
    slow = runner._claim(job.pk)
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - SILENT_AFTER * 2)
    runner.restart(by=job.created_by, job=job)
    runner.run.func(job.pk)
    with pytest.raises(runner.Cancelled):
        runner.Progress(slow)(1, 99)
    runner._end(slow, JobState.FAILED, message="muộn")
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.attempts) == (JobState.DONE, 3, 3, 2)


# -- with a real worker process

# A task module of the test's own, put on the worker's path as an app would put its tasks.py.
KINDS_MODULE = """
import pathlib, time
from tthc_portal.jobs.runner import KINDS, job_kind

if "sleep" not in KINDS:
    @job_kind("sleep")
    def sleep(job, progress):
        pathlib.Path(job.arguments["mark"]).touch()
        for done in range(1, job.arguments["steps"] + 1):
            progress(done, job.arguments["steps"])
            time.sleep(0.1)
        return {"steps": job.arguments["steps"]}
"""
SETTINGS_MODULE = """
from tthc_portal.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "sleepers"]
"""
BEGIN = """
from tthc_portal.jobs.runner import enqueue
print(enqueue(kind="sleep", title="Ngủ", by=None, arguments={{"steps": {steps}, "mark": {mark!r}}}).pk)
"""
LOOK = """
from tthc_portal.jobs.models import Job
job = Job.objects.get(pk={pk})
print(job.state, job.attempts, job.done)
"""


@pytest.fixture
def portal(tmp_path):
    """A portal apart whose worker knows the kind ``sleep``."""
    code = tmp_path / "code"
    (code / "sleepers").mkdir(parents=True)
    (code / "sleepers" / "__init__.py").touch()
    (code / "sleepers" / "tasks.py").write_text(KINDS_MODULE)
    (code / "sleeping_settings.py").write_text(SETTINGS_MODULE)
    portal = Elsewhere(tmp_path / "var")
    portal.env |= {"PYTHONPATH": str(code), "DJANGO_SETTINGS_MODULE": "sleeping_settings"}
    portal.migrate()
    yield portal
    portal.close()


def test_the_worker_process_runs_a_job_and_a_killed_ones_job_is_restarted(portal, tmp_path):
    first = portal.shell(BEGIN.format(steps=2, mark=str(tmp_path / "first")))
    portal.manage("db_worker", "--batch", "--interval", "0.1", "--no-startup-delay")
    assert portal.shell(LOOK.format(pk=first)) == "done 1 2"

    started = tmp_path / "second"
    second = portal.shell(BEGIN.format(steps=3000, mark=str(started)))
    worker = portal.start("db_worker", "--interval", "0.1", "--no-startup-delay")
    wait_for(started.exists)
    worker.kill()
    worker.wait()
    state, attempts, _ = portal.shell(LOOK.format(pk=second)).split()
    assert (state, attempts) == ("running", "1")
    portal.shell(
        f"""
import datetime
from django.utils import timezone
from tthc_portal.accounts.models import User
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job
assert not Job.objects.get(pk={second}).is_silent
Job.objects.filter(pk={second}).update(heartbeat_at=timezone.now() - datetime.timedelta(minutes=3))
job = Job.objects.get(pk={second})
assert job.is_silent
job.arguments["steps"] = 1
job.save()
runner.restart(by=User(pk=0), job=job)
"""
    )
    portal.manage("db_worker", "--batch", "--interval", "0.1", "--no-startup-delay")
    assert portal.shell(LOOK.format(pk=second)) == "done 2 1"


def wait_for(condition, seconds=30):
    """Wait until ``condition()`` holds; fail the test after ``seconds``."""
    import time

    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)
