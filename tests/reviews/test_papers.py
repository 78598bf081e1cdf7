"""Biểu 02 of thousands of lines: made by the worker, the same as the one that is made at once."""

import pytest
from django.urls import reverse

from reviews import papers
from reviews.models import Review
from tests.office import cells_of, sheet_of
from tests.reviews.cast import make_cast
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import Cancelled, Progress

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/reports/02/"


@pytest.fixture
def cast():
    cast = make_cast()
    for _ in range(4):
        cast.review("submitted")
    cast.review("accepted")
    return cast


def lines(sheet):
    """The cells from the header on: the moment above it is another one."""
    found = list(sheet.iter_rows(values_only=True))
    start = next(place for place, row in enumerate(found) if row[0] == "TT")
    end = next(place for place, row in enumerate(found) if str(row[2] or "").startswith("TỔNG CỘNG"))
    return found[start : end + 1]


def test_a_short_one_is_given_at_once(cast, login):
    client = login(cast.other["appraiser"])
    assert len(lines(sheet_of(client.get(f"{ADDRESS}?export=xlsx")))) > 5
    page = client.get(ADDRESS).content.decode()
    assert "Tải Excel" in page
    assert "Lập tệp Excel" not in page
    assert not Job.objects.exists()


def test_a_long_one_is_the_workers_and_is_the_same(cast, login, monkeypatch):
    client = login(cast.other["appraiser"])
    whole = lines(sheet_of(client.get(f"{ADDRESS}?export=xlsx")))
    accepted = lines(sheet_of(client.get(f"{ADDRESS}?export=xlsx&tier=accepted")))
    monkeypatch.setattr(papers, "LARGE", 4)
    assert "Lập tệp Excel" in client.get(ADDRESS).content.decode()
    answer = client.get(f"{ADDRESS}?export=xlsx&kind=ministry", follow=True)
    assert answer.redirect_chain == [(f"{ADDRESS}?kind=ministry", 302)]
    assert "Biểu có 5 phương án nên tệp được lập ở nền" in answer.content.decode()
    assert not Job.objects.exists(), "an address that is read makes nothing"
    for query, wanted in (("", whole), ("?tier=accepted", accepted)):
        answer = client.post(ADDRESS + query, follow=True)
        job = Job.objects.order_by("-pk").first()
        assert answer.redirect_chain == [(reverse("jobs:detail", args=[job.pk]), 302)]
        assert (job.state, job.created_by) == (JobState.DONE, cast.other["appraiser"])
        assert "phương án đã lập xong" in answer.content.decode()
        assert "Tải tệp kết quả" in answer.content.decode()
        result = client.get(reverse("jobs:result", args=[job.pk]))
        assert "bieu-02-" in result["Content-Disposition"]
        assert lines(sheet_of(result)) == wanted
    assert len(whole) - len(accepted) == 4
    assert (Job.objects.first().done, Job.objects.last().done) == (1, 5)


def test_a_body_gets_its_own_and_no_other_body_reads_the_file(cast, login, monkeypatch):
    monkeypatch.setattr(papers, "LARGE", 0)
    login(cast.own["focal_point"]).post(f"{ADDRESS}?organisation=G09&kind=all")
    job = Job.objects.get()
    sheet = sheet_of(job.result_file.path)
    assert len([row for row in lines(sheet) if isinstance(row[0], int)]) == 5
    assert login(cast.other["focal_point"]).get(reverse("jobs:result", args=[job.pk])).status_code == 404
    login(cast.other["focal_point"]).post(ADDRESS)
    theirs = Job.objects.exclude(pk=job.pk).get()
    settled = [row[1] for row in lines(sheet_of(theirs.result_file.path)) if isinstance(row[0], int)]
    assert settled == []


def test_the_same_paper_asked_for_twice_is_made_once(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    asked = {"by": cast.other["appraiser"], "campaign": cast.campaign, "body": None, "kind": "ministry"}
    first = papers.make_in_background(tier=papers.Tier.PROPOSED, **asked)
    assert papers.make_in_background(tier=papers.Tier.PROPOSED, **asked) == first
    assert papers.make_in_background(tier=papers.Tier.APPROVED, **asked) != first
    other = papers.make_in_background(tier=papers.Tier.PROPOSED, **asked | {"by": cast.other["auditor"]})
    assert other != first
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    assert papers.make_in_background(tier=papers.Tier.PROPOSED, **asked) != first


def test_a_second_run_makes_the_file_again_and_changes_nothing_else(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    asked = {"by": cast.other["appraiser"], "campaign": cast.campaign, "body": None, "kind": ""}
    job = papers.make_in_background(tier=papers.Tier.PROPOSED, **asked)
    before = list(Review.objects.order_by("pk").values())
    sheets = []
    for attempt in (1, 2):
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=attempt)
        job.refresh_from_db()
        papers.make_proposals_file(job, Progress(job))
        sheets.append(cells_of(sheet_of(job.result_file.path)))
    assert [len(one) for one in sheets] == [len(sheets[0])] * 2
    assert list(Review.objects.order_by("pk").values()) == before


def test_a_cancelled_one_leaves_no_file(cast, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    asked = {"by": cast.other["appraiser"], "campaign": cast.campaign, "body": None, "kind": ""}
    job = papers.make_in_background(tier=papers.Tier.PROPOSED, **asked)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, cancel_requested=True)
    job.refresh_from_db()
    with pytest.raises(Cancelled):
        papers.make_proposals_file(job, Progress(job))
    job.refresh_from_db()
    assert not job.result_file
