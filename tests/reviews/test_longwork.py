"""Large workbooks and large changes: written and taken back by the worker, wholly or not at all, once."""

import re
import signal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from reviews import longwork
from reviews.models import BulkChange, Review, ReviewEvent
from tests.elsewhere import Elsewhere
from tests.reviews.cast import make_cast
from tests.reviews.filled import Sheet, plan_of, save, write
from tests.reviews.many import many_reviews
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job, JobState

DUMMY = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
at_once = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def upload(cast, monkeypatch):
    """A workbook that fills three forms, one more than one waits for."""
    monkeypatch.setattr(longwork, "UPLOAD_FROM", 2)
    monkeypatch.setattr(longwork, "UNDO_FROM", 2)
    reviews = many_reviews(cast, 4)
    sheet = Sheet(cast, reviews)
    for review in reviews[:3]:
        sheet[review, "reason"] = "Lý do trong tệp."
    return sheet.hand_in()


def page_of(client, upload) -> str:
    return client.get(reverse("reviews:upload", args=[upload.pk])).content.decode()


def apply_url(upload) -> str:
    return reverse("reviews:upload_apply", args=[upload.pk])


def seal_of(page) -> str:
    return re.search(r'name="seal" value="([^"]+)"', page).group(1)


def filled() -> int:
    return Review.objects.filter(reason="Lý do trong tệp.").count()


def run(job) -> Job:
    """The worker takes the job."""
    runner.run.func(job.pk)
    job.refresh_from_db()
    return job


@at_once
def test_a_large_file_is_written_by_the_worker_and_its_page_says_so(cast, login, upload):
    client = login(cast.own["official"])
    page = page_of(client, upload)
    assert "việc ghi chạy ở nền" in page
    answer = client.post(apply_url(upload), {"seal": seal_of(page), "button": "apply"}, follow=True)
    assert answer.redirect_chain == [(reverse("reviews:upload", args=[upload.pk]), 302)]
    job, change = Job.objects.get(), BulkChange.objects.get()
    assert (job.state, job.created_by, job.done, job.total) == (JobState.DONE, cast.own["official"], 3, 3)
    assert job.message == "Đã ghi vào 3 phiếu. Chưa phiếu nào được hoàn thành hay gửi đi."
    assert job.result["url"] == reverse("reviews:upload", args=[upload.pk])
    assert "Đã ghi vào 3 phiếu" in answer.content.decode()
    assert (change.changed, change.made_by, filled()) == (3, cast.own["official"], 3)


@at_once
def test_a_small_file_is_written_while_one_waits(cast, login, upload, monkeypatch):
    monkeypatch.setattr(longwork, "UPLOAD_FROM", 3)
    client = login(cast.own["official"])
    page = page_of(client, upload)
    assert "ở nền" not in page
    client.post(apply_url(upload), {"seal": seal_of(page), "button": "apply"})
    assert (filled(), Job.objects.count()) == (3, 0)


@at_once
def test_while_the_worker_has_it_the_page_tells_how_far_and_a_second_click_makes_no_second_job(
    cast, login, upload, settings
):
    settings.TASKS = DUMMY
    client = login(cast.own["official"])
    seal = seal_of(page_of(client, upload))
    for _ in range(2):
        client.post(apply_url(upload), {"seal": seal, "button": "apply"})
    job = Job.objects.get()
    page = page_of(client, upload)
    assert "Đang ghi vào phiếu" in page
    assert 'hx-trigger="every 2s"' in page
    assert 'name="seal"' not in page
    # A colleague is told, without the job, which is not his to see.
    told = page_of(login(cast.own["focal_point"]), upload)
    assert "Đang ghi vào phiếu" in told
    assert "job-progress" not in told
    assert reverse("reviews:upload", args=[upload.pk]) in client.get(reverse("jobs:detail", args=[job.pk])).text
    assert filled() == 0
    assert run(job).state == JobState.DONE
    assert filled() == 3


@at_once
def test_a_second_run_writes_nothing(cast, upload, settings):
    settings.TASKS = DUMMY
    seal = plan_of(cast, upload).seal
    job = longwork.begin_applying(by=cast.own["official"], upload=upload, choices={}, seal=seal)
    message = run(job).message
    events = ReviewEvent.objects.count()
    Job.objects.update(state=JobState.WAITING)
    assert (run(job).state, job.message) == (JobState.DONE, message)
    assert (ReviewEvent.objects.count(), BulkChange.objects.count()) == (events, 1)
    with pytest.raises(ValidationError, match="không ghi lần thứ hai"):
        longwork.begin_applying(by=cast.own["official"], upload=upload, choices={}, seal=seal)


@at_once
def test_forms_that_moved_meanwhile_fail_the_job_and_the_page_says_why(cast, login, upload, settings):
    settings.TASKS = DUMMY
    client = login(cast.own["official"])
    client.post(apply_url(upload), {"seal": seal_of(page_of(client, upload)), "button": "apply"})
    save(cast, Review.objects.order_by("pk").first(), reason="Trên cổng.")
    job = run(Job.objects.get())
    assert job.state == JobState.FAILED
    page = page_of(client, upload)
    assert "chưa ghi gì vào phiếu" in page
    assert "đã thay đổi từ lúc bạn xem trước" in page
    assert filled() == 0
    question = re.search(r'data-question="([^"]+)"', page).group(1)
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    # The answer is kept with the request itself: the job has no form to read it from.
    client.post(apply_url(upload), {"seal": seal_of(page), "button": "apply", f"choice-{question}": "mine"})
    assert filled() == 3
    assert "Đã ghi vào 3 phiếu" in page_of(client, upload)


@at_once
def test_a_cancelled_writing_leaves_nothing_and_may_be_asked_for_again(cast, login, upload, settings, monkeypatch):
    settings.TASKS = DUMMY
    monkeypatch.setattr(runner, "REPORT_SECONDS", 0.0)
    client = login(cast.own["official"])
    seal = seal_of(page_of(client, upload))
    client.post(apply_url(upload), {"seal": seal, "button": "apply"})
    job = Job.objects.get()
    before = longwork.uploading._write

    def asked_to_stop(*args):
        before(*args)
        Job.objects.update(cancel_requested=True)

    monkeypatch.setattr(longwork.uploading, "_write", asked_to_stop)
    assert run(job).state == JobState.CANCELLED
    assert (filled(), BulkChange.objects.count()) == (0, 0)
    assert "Đã hủy theo yêu cầu" in page_of(client, upload)
    monkeypatch.setattr(longwork.uploading, "_write", before)
    client.post(apply_url(upload), {"seal": seal, "button": "apply"})
    assert run(Job.objects.order_by("pk").last()).state == JobState.DONE
    assert filled() == 3


@at_once
def test_a_worker_that_fell_silent_is_told_and_a_colleague_may_write_the_file(cast, login, upload, settings):
    settings.TASKS = DUMMY
    client, focal = login(cast.own["official"]), login(cast.own["focal_point"])
    client.post(apply_url(upload), {"seal": seal_of(page_of(client, upload)), "button": "apply"})
    Job.objects.update(state=JobState.RUNNING, attempts=1)
    assert "đã dừng đột ngột, chưa ghi gì" in page_of(client, upload)
    page = page_of(focal, upload)
    assert "đã dừng đột ngột, chưa ghi gì" in page
    focal.post(apply_url(upload), {"seal": seal_of(page), "button": "apply"})
    first, second = Job.objects.order_by("pk")
    assert run(second).state == JobState.DONE
    runner.restart(by=cast.own["official"], job=first)
    assert run(first).state == JobState.DONE
    assert (filled(), BulkChange.objects.count()) == (3, 1)


@at_once
def test_a_large_change_is_taken_back_by_the_worker_once(cast, login, upload, settings):
    change = write(cast, upload)
    client = login(cast.own["official"])
    where, undo = (reverse(f"reviews:{name}", args=[change.pk]) for name in ("bulk_change", "bulk_undo"))
    save(cast, Review.objects.order_by("pk").first(), conditions="Đã sửa từ đó.")
    settings.TASKS = DUMMY
    for _ in range(2):
        assert client.post(undo)["Location"] == where
    job = Job.objects.get()
    page = client.get(where).text
    assert "Đang hoàn tác" in page
    assert f'action="{undo}"' not in page
    assert filled() == 3
    job = run(job)
    assert (job.state, job.total) == (JobState.DONE, 3)
    assert job.message.startswith("Đã hoàn tác 2 phiếu. 1 phiếu đã thay đổi từ đó nên giữ nguyên")
    assert filled() == 1
    page = client.get(where).text
    assert "1 phiếu đã thay đổi từ đó, giữ nguyên" in page
    events = ReviewEvent.objects.count()
    Job.objects.update(state=JobState.WAITING)
    assert run(job).state == JobState.DONE
    assert ReviewEvent.objects.count() == events
    assert "đã được" in client.post(undo, follow=True).text


@at_once
def test_an_undoing_that_came_to_nothing_says_why(cast, login, upload, settings):
    change = write(cast, upload)
    client = login(cast.own["official"])
    where = reverse("reviews:bulk_change", args=[change.pk])
    settings.TASKS = DUMMY
    client.post(reverse("reviews:bulk_undo", args=[change.pk]))
    cast.campaign.state, cast.campaign.closed_at = "closed", change.made_at
    cast.campaign.save()
    assert run(Job.objects.get()).state == JobState.FAILED
    assert "chưa trả lại phiếu nào" in client.get(where).text
    assert filled() == 3


# 320 forms of a ministry filled in a workbook, its writing given to the worker.
PREPARE = """
from reviews import longwork
from tests.reviews.cast import make_cast
from tests.reviews.filled import Sheet, plan_of
from tests.reviews.many import many_reviews
cast = make_cast()
reviews = many_reviews(cast, 320)
sheet = Sheet(cast, reviews)
for review in reviews:
    sheet[review, "conclusion"], sheet[review, "reason"] = "keep", "Lý do trong tệp."
upload = sheet.hand_in()
assert longwork.is_long_upload(upload)
seal = plan_of(cast, upload).seal
print(longwork.begin_applying(by=cast.own["official"], upload=upload, choices={}, seal=seal).pk)
"""
FOUND = """
from reviews.models import BulkChange, FormUpload, Review, ReviewEvent
from tthc_portal.jobs.models import Job
done = Review.objects.filter(conclusion="keep", version=1, status="draft").count()
events = ReviewEvent.objects.filter(action="save").count()
print(Job.objects.get().state, done, events, BulkChange.objects.count(), FormUpload.objects.get().bulk_change_id)
"""


def test_a_worker_killed_at_any_moment_leaves_all_or_nothing_and_run_again_writes_once(tmp_path):
    portal = Elsewhere(tmp_path / "var")
    try:
        portal.migrate()
        job = portal.shell(PREPARE)

        def worker(moment):
            return portal.start("-m", "tests.reviews.uploading_worker", job, str(tmp_path / moment), moment).wait(60)

        for moment in ("half", "written"):
            assert worker(moment) == -signal.SIGKILL
            assert portal.shell(FOUND).split() == ["running", "0", "0", "0", "None"]
        assert worker("end") == -signal.SIGKILL
        *counts, change = portal.shell(FOUND).split()
        assert counts == ["running", "320", "320", "1"]
        assert worker("never") == 0
        assert portal.shell(FOUND).split() == ["done", "320", "320", "1", change]
    finally:
        portal.close()
