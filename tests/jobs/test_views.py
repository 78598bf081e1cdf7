"""Pages of long work."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from tests.factories import DepartmentFactory, UserFactory
from tthc_portal.accounts.models import Role
from tthc_portal.jobs.models import SILENT_AFTER, Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return UserFactory()


def a_job(owner, **facts):
    return Job.objects.create(kind="x", title="Xuất danh mục", created_by=owner, **facts)


def test_a_running_job_asks_for_itself_again_and_a_finished_one_does_not(owner, login):
    job = a_job(owner, state=JobState.RUNNING, done=1200, total=7000, heartbeat_at=timezone.now())
    url = reverse("jobs:detail", args=[job.pk])
    page = login(owner).get(url).content.decode()
    assert "Xuất danh mục" in page
    assert "1.200 / 7.000" in page
    assert 'hx-trigger="every 2s"' in page
    assert f'href="{url}"' in page
    fragment = login(owner).get(url, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    Job.objects.update(state=JobState.DONE, result={"url": "/procedures/"})
    page = login(owner).get(url).content.decode()
    assert "hx-trigger" not in page
    assert 'href="/procedures/"' in page


def test_a_silent_job_says_so_and_offers_a_restart(owner, login):
    job = a_job(owner, state=JobState.RUNNING, heartbeat_at=timezone.now() - SILENT_AFTER * 2)
    page = login(owner).get(reverse("jobs:detail", args=[job.pk])).content.decode()
    assert "Mất tín hiệu" in page
    assert reverse("jobs:restart", args=[job.pk]) in page


def test_cancelling_and_restarting_go_through_the_page(owner, login):
    job = a_job(owner)
    client = login(owner)
    assert client.post(reverse("jobs:cancel", args=[job.pk])).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    client.post(reverse("jobs:restart", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    answer = client.post(reverse("jobs:restart", args=[job.pk]), follow=True)
    assert "chưa thể chạy lại" in answer.content.decode()


def test_the_result_file_is_downloaded_and_missing_while_there_is_none(owner, login):
    job = a_job(owner)
    url = reverse("jobs:result", args=[job.pk])
    assert login(owner).get(url).status_code == 404
    job.result_file.save("danh-muc.csv", ContentFile(b"a,b"))
    answer = login(owner).get(url)
    assert b"".join(answer.streaming_content) == b"a,b"
    assert "attachment" in answer["Content-Disposition"]


def test_overseers_read_and_only_administrators_steer_anothers_job(owner, login):
    job = a_job(owner)
    department = DepartmentFactory()
    auditor = UserFactory(organisation=department, role=Role.AUDITOR)
    assert login(auditor).get(reverse("jobs:detail", args=[job.pk])).status_code == 200
    assert login(auditor).post(reverse("jobs:cancel", args=[job.pk])).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    administrator = UserFactory(organisation=department, role=Role.ADMINISTRATOR)
    assert login(administrator).post(reverse("jobs:cancel", args=[job.pk])).status_code == 302
    stranger = UserFactory(organisation=owner.organisation)
    assert login(stranger).get(reverse("jobs:detail", args=[job.pk])).status_code == 404
    assert login(stranger).post(reverse("jobs:cancel", args=[job.pk])).status_code == 404
