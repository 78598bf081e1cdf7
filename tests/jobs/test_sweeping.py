"""Files that nobody asks for any more are deleted for their age, and their pages say so."""

import datetime
import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.urls import reverse
from django.utils import timezone

from procedures.importing.sweeping import sweep_imports
from procedures.models import ImportBatch, ImportState
from reviews.actions.sweeping import sweep_uploads
from reviews.models import BulkChange, FormUpload
from tests.factories import DepartmentFactory, UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.filled import Sheet, write
from tests.reviews.many import many_reviews
from tthc_portal.accounts.models import UserImport
from tthc_portal.jobs import sweeping
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.periodic import WORK

pytestmark = pytest.mark.django_db
OLD, YOUNG = (datetime.timedelta(days=days) for days in (31, 29))


@pytest.fixture
def owner():
    return UserFactory()


def a_job(owner, age, state=JobState.DONE):
    job = Job.objects.create(
        kind="x", title="Lập biểu", created_by=owner, state=state, finished_at=timezone.now() - age,
        result={"url": "/reports/02/", "message": "xong"},
    )  # fmt: skip
    job.result_file.save("bieu.xlsx", ContentFile(b"x"))
    return job


def test_the_worker_does_it_beside_the_rest():
    assert {sweeping.sweep_results, sweep_uploads, sweep_imports} <= {work for _, work in WORK}


def test_a_result_is_deleted_after_thirty_days_and_its_page_says_how_to_have_it_again(owner, login):
    old, young = a_job(owner, OLD), a_job(owner, YOUNG)
    running = a_job(owner, OLD, JobState.RUNNING)
    names = [job.result_file.name for job in (old, young, running)]
    assert sweeping.sweep_results() == 1
    assert [default_storage.exists(name) for name in names] == [False, True, True]
    assert sweeping.sweep_results() == 0
    client = login(owner)
    answer = client.get(reverse("jobs:result", args=[old.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("jobs:detail", args=[old.pk]), 302)]
    page = answer.text
    assert "Tệp kết quả đã được xóa" in page
    assert "lập lại từ trang chức năng" in page
    assert 'href="/reports/02/"' in page
    assert "Tải tệp kết quả" not in page
    page = client.get(reverse("jobs:detail", args=[young.pk])).text
    assert "Tải tệp kết quả" in page
    assert "Tệp được giữ 30 ngày" in page


def test_a_file_that_is_gone_already_stops_nothing(owner, login):
    job, other = a_job(owner, OLD), a_job(owner, OLD)
    default_storage.delete(job.result_file.name)
    assert login(owner).get(reverse("jobs:result", args=[job.pk])).status_code == 404
    assert sweeping.sweep_results() == 2
    other.refresh_from_db()
    assert not other.result_file


def test_one_that_cannot_be_deleted_is_logged_and_stops_no_other(owner, monkeypatch, caplog):
    first, second = a_job(owner, OLD), a_job(owner, OLD)
    delete = FileSystemStorage.delete

    def refuse(self, name):
        if name == first.result_file.name:
            raise PermissionError(name)
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    assert sweeping.sweep_results() == 1
    assert "could not be deleted" in caplog.text
    first.refresh_from_db()
    second.refresh_from_db()
    assert (bool(first.result_file), bool(second.result_file)) == (True, False)


def test_what_a_run_cut_short_left_is_deleted_too(owner):
    kept = a_job(owner, YOUNG)
    names = [default_storage.save(f"jobs/2026/01/{name}.xlsx", ContentFile(b"x")) for name in ("old", "young")]
    elsewhere = default_storage.save("letters/2026/01/cong-van.pdf", ContentFile(b"x"))
    long_ago = (timezone.now() - OLD).timestamp()
    for name in (names[0], kept.result_file.name, elsewhere):
        os.utime(default_storage.path(name), (long_ago, long_ago))
    assert sweeping.sweep_results() == 1
    assert [default_storage.exists(name) for name in (*names, kept.result_file.name, elsewhere)] == [
        False, True, True, True,
    ]  # fmt: skip


@pytest.fixture
def uploads():
    """A cast's workbooks: written and old, not written and old, not written and young."""
    cast = make_cast()
    reviews = many_reviews(cast, 3)
    made = []
    for review in reviews:
        sheet = Sheet(cast, [review])
        sheet[review, "reason"] = "Đã điền trong tệp."
        made.append(sheet.hand_in())
    write(cast, made[0])
    FormUpload.objects.filter(pk__in=[one.pk for one in made[:2]]).update(made_at=timezone.now() - OLD)
    FormUpload.objects.filter(pk=made[2].pk).update(made_at=timezone.now() - YOUNG)
    return cast, made


def test_a_workbook_never_written_loses_its_file_and_nothing_typed_in_it(uploads, login):
    cast, (written, left, young) = uploads
    assert sweep_uploads() == 1
    assert sweep_uploads() == 0
    assert [bool(FormUpload.objects.get(pk=one.pk).file) for one in (written, left, young)] == [True, False, True]
    assert [default_storage.exists(one.file.name) for one in (written, left, young)] == [True, False, True]
    client = login(cast.own["official"])
    where = reverse("reviews:upload", args=[left.pk])
    answer = client.get(reverse("reviews:upload_file", args=[left.pk]), follow=True)
    assert answer.redirect_chain == [(where, 302)]
    assert "Tệp gốc đã được xóa" in answer.text
    assert "tải phiếu Excel mới" in answer.text
    assert "Đã điền trong tệp." in answer.text
    assert reverse("reviews:upload_file", args=[left.pk]) not in answer.text
    # What was read of it may still be written.
    write(cast, FormUpload.objects.get(pk=left.pk))
    assert BulkChange.objects.count() == 2


def test_a_workbook_written_while_the_sweep_looks_at_it_keeps_its_file(uploads):
    cast, (_, left, _) = uploads
    limit = sweeping.oldest_kept()
    rows = FormUpload.objects.filter(bulk_change=None, made_at__lt=limit)
    keys = list(rows.values_list("pk", flat=True))
    write(cast, left)
    assert [sweeping._sweep_one(rows.filter(pk=pk), "file", {}) for pk in keys] == [False]
    assert FormUpload.objects.get(pk=left.pk).file


def test_people_never_written_lose_their_file_and_the_page_says_so(login):
    administrator = UserFactory(organisation=DepartmentFactory(), role="administrator")
    report = {"rows": 1, "created": 1, "changed": 0, "unchanged": 0, "errors": []}
    facts = {"made_by": administrator, "file_name": "a.xlsx", "made_at": timezone.now() - OLD, "report": report}
    left, done = UserImport(**facts), UserImport(**facts, applied_at=timezone.now() - OLD)
    for one in (left, done):
        one.file.save("nguoi-dung.xlsx", ContentFile(b"x"))
    assert sweep_uploads() == 1
    done.refresh_from_db()
    assert default_storage.exists(done.file.name)
    client = login(administrator)
    where = reverse("reviews:user_imported", args=[left.pk])
    page = client.get(where).text
    assert "Tệp đã được xóa" in page
    assert "tải tệp lên lại" in page
    assert "Xác nhận, ghi danh sách" not in page
    assert "không còn trong kho lưu trữ" in client.post(where, follow=True).text


def test_an_import_never_confirmed_is_put_aside_with_its_file(login):
    administrator = UserFactory(organisation=DepartmentFactory(), role="administrator")
    batches = {}
    for state in (ImportState.PREVIEWED, ImportState.DISCARDED, ImportState.APPLIED):
        batch = ImportBatch(
            file_name="a.xlsx", sha256="0" * 64, state=state, created_by=administrator, rows_total=1, rows_created=1,
            created_at=timezone.now() - OLD, applied_at=timezone.now() if state == ImportState.APPLIED else None,
        )  # fmt: skip
        batch.file.save("a.xlsx", ContentFile(b"x"))
        batches[state] = batch
    assert sweep_imports() == 2
    assert sweep_imports() == 0
    for batch in batches.values():
        batch.refresh_from_db()
    left, _, applied = batches.values()
    assert (left.state, bool(left.file), bool(applied.file)) == (ImportState.DISCARDED, False, True)
    page = login(administrator).get(reverse("procedures:batch", args=[left.pk])).text
    assert "Tệp đã được xóa" in page
    assert "tải tệp lên lại" in page
    assert reverse("procedures:report", args=[left.pk]) not in page


def test_a_portal_set_to_keep_all_files_keeps_them(owner, uploads, settings):
    settings.FILES_KEPT_DAYS = 0
    job = a_job(owner, OLD)
    assert (sweeping.sweep_results(), sweep_uploads(), sweep_imports()) == (0, 0, 0)
    assert default_storage.exists(job.result_file.name)
