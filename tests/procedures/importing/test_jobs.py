"""Large files in the worker's hands: progress, cancel, refusal, and a worker killed at any moment."""

import datetime
import random
import sqlite3
import time

import psycopg2
import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from procedures.importing import longwork
from procedures.importing.batches import discard, run_import
from procedures.importing.undo import undo
from procedures.models import Procedure
from tests.elsewhere import Elsewhere
from tests.factories import DepartmentFactory, ScopeItemFactory, UserFactory
from tests.procedures.books import book, many
from tests.procedures.importing.test_batches import state as catalogue_now
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job

ROWS = 3_500
DAY = datetime.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def work(batch) -> Job:
    """Run the batch's job as the worker does."""
    runner.run.func(batch.job_id)
    batch.refresh_from_db()
    return Job.objects.get(pk=batch.job_id)


@pytest.fixture
def short(monkeypatch):
    """Any file of more than two rows counts as long."""
    monkeypatch.setattr(longwork, "LONG_ROWS", 2)


@pytest.fixture
def long_batch(short, bodies, tmp_path, admin):
    """A file of five rows, uploaded and not yet read."""
    return longwork.upload(by=admin, path=many(tmp_path / "a.xlsx", 5), file_name="Danh mục.xlsx", as_of=DAY)


@pytest.mark.django_db
def test_a_long_file_is_read_and_written_by_the_worker(long_batch, admin, monkeypatch):
    reports = []
    monkeypatch.setattr("procedures.importing.resource.REPORT_EVERY", 2)
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0)
    monkeypatch.setattr(
        runner.Progress, "beat", lambda self: reports.append((self.job.done, self.job.total)), raising=True
    )
    assert (long_batch.state, long_batch.rows_total) == ("reading", 0)
    job = work(long_batch)
    assert (job.state, long_batch.state, long_batch.rows_created) == ("done", "previewed", 5)
    assert job.result["url"] == f"/procedures/import/{long_batch.pk}/"
    assert {(2, 5), (4, 5)} <= set(reports)
    longwork.begin_applying(by=admin, batch=long_batch)
    assert long_batch.state == "applying"
    assert not Procedure.objects.exists()
    job = work(long_batch)
    assert (job.state, long_batch.state, long_batch.applied_by) == ("done", "applied", admin)
    assert Procedure.objects.count() == 5
    assert long_batch.rows.filter(procedure__isnull=False).count() == 5


@pytest.mark.django_db
def test_running_a_job_again_after_it_has_done_its_work_repeats_nothing(long_batch, admin):
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    work(long_batch)
    Job.objects.update(state="waiting")
    for job in Job.objects.all():
        runner.run.func(job.pk)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}
    assert Procedure.objects.count() == 5


@pytest.mark.django_db
def test_a_small_file_is_previewed_at_once(bodies, tmp_path, admin):
    batch = longwork.upload(by=admin, path=many(tmp_path / "a.xlsx", 5), file_name="a.xlsx", as_of=DAY)
    assert (batch.state, batch.job, batch.rows_created) == ("previewed", None, 5)


@pytest.mark.django_db
def test_a_cancelled_reading_puts_the_batch_aside(long_batch):
    Job.objects.update(cancel_requested=True)
    assert work(long_batch).state == "cancelled"
    assert long_batch.state == "discarded"


@pytest.mark.django_db
def test_a_cancelled_writing_goes_back_to_the_preview(long_batch, admin):
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    Job.objects.update(cancel_requested=True)
    assert work(long_batch).state == "cancelled"
    assert long_batch.state == "previewed"
    assert not Procedure.objects.exists()


@pytest.mark.django_db
def test_writing_cancelled_before_a_worker_took_it_can_be_put_aside(long_batch, admin):
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    runner.cancel(by=admin, job=long_batch.job)
    long_batch.refresh_from_db()
    discard(by=admin, batch=long_batch)
    assert long_batch.state == "discarded"


@pytest.mark.django_db
def test_a_preview_overtaken_by_the_catalogue_comes_back_with_the_reason(long_batch, admin, tmp_path):
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    run_import(by=None, path=many(tmp_path / "b.xlsx", 2))
    job = work(long_batch)
    assert job.state == "failed"
    assert "Danh mục đã thay đổi" in job.message
    assert (long_batch.state, long_batch.rows_created, long_batch.rows_unchanged) == ("previewed", 3, 2)


@pytest.mark.django_db
def test_a_file_that_turns_out_unreadable_says_why_and_is_put_aside(long_batch):
    with open(long_batch.file.path, "wb") as stream:
        stream.write(b"PK\x03\x04".ljust(2000))
    job = work(long_batch)
    assert (job.state, long_batch.state) == ("failed", "discarded")
    assert "Không đọc lại được tệp" in long_batch.layout["unreadable"]


@pytest.mark.django_db
def test_writing_whose_worker_died_can_be_asked_for_again_but_not_while_it_may_be_alive(long_batch, admin):
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    with pytest.raises(ValidationError, match="đang được ghi"):
        longwork.begin_applying(by=admin, batch=long_batch)
    with pytest.raises(ValidationError, match="Đang ghi"):
        discard(by=admin, batch=long_batch)
    old = timezone.now() - datetime.timedelta(minutes=5)
    Job.objects.filter(pk=long_batch.job_id).update(state="running", attempts=1, heartbeat_at=old)
    long_batch.refresh_from_db()
    longwork.begin_applying(by=admin, batch=long_batch)
    assert work(long_batch).attempts == 2
    assert long_batch.state == "applied"


@pytest.fixture
def written(short, bodies, tmp_path):
    """An import in force that wrote five procedures, one of them over an older one and two by marking them."""
    run_import(by=None, path=many(tmp_path / "old.xlsx", 4))
    rows = [(f"1.{n:06d}", "Tên khác", "G15", "", "") for n in (0, 1, 7)]
    return run_import(by=None, path=book(tmp_path / "new.xlsx", *rows), missing="abolish").batch


@pytest.mark.django_db
def test_what_an_undo_takes_back_decides_whether_it_is_long(written, monkeypatch):
    assert (written.rows_created, written.rows_changed, written.rows_missing) == (1, 2, 2)
    monkeypatch.setattr(longwork, "LONG_ROWS", 4)
    assert longwork.is_long_undo(written)
    monkeypatch.setattr(longwork, "LONG_ROWS", 5)
    assert not longwork.is_long_undo(written)
    written.options = {}
    monkeypatch.setattr(longwork, "LONG_ROWS", 3)
    assert not longwork.is_long_undo(written)


@pytest.mark.django_db
def test_a_long_undo_is_the_workers_and_two_clicks_make_one_job(written, admin):
    before = catalogue_now()
    longwork.begin_undoing(by=admin, batch=written)
    first = written.job_id
    longwork.begin_undoing(by=UserFactory(organisation=DepartmentFactory(), role="administrator"), batch=written)
    assert (written.job_id, Job.objects.filter(kind=longwork.UNDO).count()) == (first, 1)
    assert (catalogue_now(), written.state) == (before, "applied")
    job = work(written)
    assert (job.state, written.state, written.undone_by) == ("done", "undone", admin)
    assert (job.done, job.total) == (5, 5)
    assert job.result["url"] == f"/procedures/import/{written.pk}/"
    assert job.message == "Đã hoàn tác; danh mục trở lại như trước lượt nhập này."
    assert set(Procedure.objects.values_list("name", "status")) == {(f"Thủ tục số {n}", "published") for n in range(4)}
    with pytest.raises(ValidationError, match="“Đã hoàn tác”, không hoàn tác được"):
        longwork.begin_undoing(by=admin, batch=written)


@pytest.mark.django_db
def test_an_undo_run_again_finds_it_undone_and_writes_nothing(written, admin):
    longwork.begin_undoing(by=admin, batch=written)
    work(written)
    before, at = catalogue_now(), written.undone_at
    Job.objects.update(state="waiting")
    assert work(written).state == "done"
    assert (catalogue_now(), written.undone_at) == (before, at)


@pytest.mark.django_db
def test_an_undo_that_another_one_overtook_while_it_looked_ends_well(written, admin, monkeypatch):
    longwork.begin_undoing(by=admin, batch=written)
    monkeypatch.setattr(longwork, "refuse_undo", lambda batch, progress: undo(by=None, batch=batch))
    assert work(written).state == "done"
    assert (written.state, written.undone_by) == ("undone", None)


@pytest.mark.django_db
def test_an_undo_refused_says_why_as_the_page_would_and_can_be_asked_for_again(written, admin):
    scope = ScopeItemFactory(procedure=Procedure.objects.get(code="1.000007"))
    before = catalogue_now()
    with pytest.raises(ValidationError) as page:
        undo(by=admin, batch=written)
    longwork.begin_undoing(by=admin, batch=written)
    job = work(written)
    assert (job.state, job.message) == ("failed", page.value.messages[0])
    assert (catalogue_now(), written.state) == (before, "applied")
    scope.delete()
    other = UserFactory(organisation=DepartmentFactory(), role="administrator")
    longwork.begin_undoing(by=other, batch=written)
    assert work(written).state == "done"
    assert (written.state, written.undone_by) == ("undone", other)


@pytest.mark.django_db
def test_a_cancelled_undo_leaves_the_import_in_force(written, admin):
    before = catalogue_now()
    longwork.begin_undoing(by=admin, batch=written)
    Job.objects.update(cancel_requested=True)
    assert work(written).state == "cancelled"
    assert (catalogue_now(), written.state) == (before, "applied")


@pytest.mark.django_db
def test_a_worker_killed_in_the_middle_of_an_undo_leaves_the_catalogue_as_it_was_and_a_second_run_ends_it(
    written, admin, monkeypatch
):
    before = catalogue_now()
    longwork.begin_undoing(by=admin, batch=written)
    with monkeypatch.context() as patch:
        patch.setattr("procedures.importing.undo.restore_waiting", killed)
        with pytest.raises(KeyboardInterrupt):
            work(written)
    written.refresh_from_db()
    assert (catalogue_now(), written.state) == (before, "applied")
    old = timezone.now() - datetime.timedelta(minutes=5)
    Job.objects.filter(pk=written.job_id).update(heartbeat_at=old)
    runner.restart(by=admin, job=written.job)
    job = work(written)
    assert (job.state, job.attempts, written.state) == ("done", 2, "undone")


def killed(batch):
    """What a kill looks like from inside."""
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_while_the_last_transaction_writes_the_job_says_that_it_can_no_longer_be_cancelled(
    long_batch, admin, monkeypatch
):
    said = []
    monkeypatch.setattr(runner.Progress, "beat", lambda self: said.append(self.job.message))
    work(long_batch)
    longwork.begin_applying(by=admin, batch=long_batch)
    work(long_batch)
    assert said[-1] == "Đang ghi vào danh mục, tất cả trong một lần. Từ lúc này không hủy được nữa."
    longwork.begin_undoing(by=admin, batch=long_batch)
    work(long_batch)
    assert said[-1] == "Đang trả danh mục lại như trước, tất cả trong một lần. Từ lúc này không hủy được nữa."


PREPARE = """
import datetime
from django.core.management import call_command
from tests.factories import DepartmentFactory, OrganisationFactory, UserFactory, ladder
from procedures.importing import longwork
from procedures.importing.batches import run_import
from tthc_portal.jobs import runner
ladder()
OrganisationFactory(code="G15", name="Bộ Tư pháp")
admin = UserFactory(organisation=DepartmentFactory(), role="administrator")
run_import(by=None, path={first!r})
batch = longwork.upload(by=admin, path={second!r}, file_name="b.xlsx", as_of=datetime.date(2026, 7, 1))
runner.run.func(batch.job_id)
batch.refresh_from_db()
longwork.begin_applying(by=admin, batch=batch)
print(batch.job_id)
"""
# The way back and to the same point again, once a kill came after the end.
AGAIN = """
import datetime
from procedures.importing import longwork
from procedures.importing.undo import undo
from procedures.models import ImportBatch
from tthc_portal.accounts.models import User
from tthc_portal.jobs import runner
undo(by=None, batch=ImportBatch.objects.order_by("-pk").first())
admin = User.objects.get()
batch = longwork.upload(by=admin, path={second!r}, file_name="b.xlsx", as_of=datetime.date(2026, 7, 1))
runner.run.func(batch.job_id)
batch.refresh_from_db()
longwork.begin_applying(by=admin, batch=batch)
print(batch.job_id)
"""
CATALOGUE = (
    "SELECT p.code, p.name, p.publisher_id, CAST(p.executing_bodies AS text), p.status, p.search_text,"
    " CAST(p.provenance AS text), s.name FROM procedures_procedure p"
    " LEFT JOIN procedures_proceduresector l ON l.procedure_id = p.id"
    " LEFT JOIN procedures_sector s ON s.id = l.sector_id ORDER BY p.code, l.position"
)


def catalogue(portal) -> tuple:
    """(the whole catalogue as exported, the state of the newest batch), read by another process's connection."""
    if portal.is_postgresql:
        found = portal.database
        connection = psycopg2.connect(
            host=found["HOST"], port=found["PORT"] or None, user=found["USER"], password=found["PASSWORD"],
            dbname=portal.name,
        )  # fmt: skip
        # One moment for both: the server may still be committing what a killed worker told it to.
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    else:
        connection = sqlite3.connect(portal.folder / "portal.sqlite3", timeout=30)
    try:
        cursor = connection.cursor()
        if not portal.is_postgresql:
            cursor.execute("BEGIN")
        cursor.execute(CATALOGUE)
        rows = cursor.fetchall()
        cursor.execute("SELECT state FROM procedures_importbatch ORDER BY id DESC LIMIT 1")
        return rows, cursor.fetchone()[0]
    finally:
        connection.close()


def is_wholly_after(rows) -> bool:
    return len({row[0] for row in rows}) == ROWS + 100 and all(row[1].startswith("Tên mới") for row in rows)


def test_a_worker_killed_at_ten_moments_leaves_the_catalogue_wholly_before_or_wholly_after(tmp_path):
    portal = Elsewhere(tmp_path / "var")
    try:
        portal.migrate()
        first = many(tmp_path / "a.xlsx", ROWS)
        rows = ((f"1.{n:06d}", f"Tên mới {n}", "Bộ Tư pháp", "Sở Tư pháp", f"Khác {n % 9}") for n in range(ROWS + 100))
        second = book(tmp_path / "b.xlsx", *rows)
        job = portal.shell(PREPARE.format(first=str(first), second=str(second)))
        before, state = catalogue(portal)
        assert (state, len(before)) == ("applying", ROWS)
        chance = random.Random(20260701)  # noqa: S311 (moments of a test, no secret)
        for attempt in range(10):
            mark = tmp_path / f"mark-{attempt}"
            worker = portal.start("-m", "tests.procedures.importing.restarted_worker", job, str(mark))
            wait_for(mark.exists)
            time.sleep(chance.uniform(0.2, 1.9))
            worker.kill()
            worker.wait()
            now, state = catalogue(portal)
            if state == "applied":
                assert is_wholly_after(now)
                job = portal.shell(AGAIN.format(second=str(second)))
                now, state = catalogue(portal)
            assert state == "applying"
            assert now == before
        portal.start("-m", "tests.procedures.importing.restarted_worker", job, str(tmp_path / "last")).wait(60)
        now, state = catalogue(portal)
        assert state == "applied"
        assert is_wholly_after(now)
    finally:
        portal.close()


def wait_for(condition, seconds=30):
    """Wait until ``condition()`` holds; fail the test after ``seconds``."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.02)
