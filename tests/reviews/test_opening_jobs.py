"""A round of full size opened by a real worker: killed at any moment and opened again, it has the same rows."""

import random
import signal
import time

from tests.elsewhere import Elsewhere

# The bodies and the invented catalogue of the demonstration at its full scale, without the story told in it.
PREPARE = """
import datetime, random
from django.db import transaction
from django.utils import timezone
from procedures.reference.loader import load_reference
from reviews.actions.campaigns import create_campaign
from reviews.actions.preparing import choose_bodies
from reviews.demo.build import CONFERENCE, SEED
from reviews.demo.catalogue import make_catalogue
from reviews.tasks import OPEN_CAMPAIGN
from tests.factories import UserFactory
from tthc_portal.accounts.models import Organisation
from tthc_portal.jobs.runner import enqueue
load_reference()
standing = Organisation.objects.on(CONFERENCE)
bodies = {body.code: body for body in standing.taking_part()}
department = standing.get(kind="department")
administrator = UserFactory(organisation=department, role="administrator")
head = UserFactory(organisation=department, role="department_head")
with transaction.atomic():
    make_catalogue(random.Random(SEED), bodies, administrator, timezone.now())
campaign = create_campaign(
    by=head, code="2021", title="Đợt 2021", bodies_on=CONFERENCE, opens_on=CONFERENCE,
    deadline=datetime.date(2099, 1, 1),
)
ministries = [body for body in bodies.values() if body.kind == "ministry"]
provinces = sorted((body for body in bodies.values() if body.kind == "province"), key=lambda body: body.code)
choose_bodies(by=head, campaign=campaign, bodies=[*ministries, *provinces[:33]])
job = enqueue(kind=OPEN_CAMPAIGN, title="Mở đợt", by=head, arguments={"campaign": "2021"})
"""
DIGEST = """
import hashlib
def digest(rows):
    rows = sorted(f"{b} {code} {kind} {int(e)} {int(u)}" for b, code, kind, e, u in rows)
    return f"{len(rows)}:{len(set(rows))}:{hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"
"""
EXPECTED = """
from reviews.actions.campaigns import preview_opening
plan = preview_opening(campaign)
rows = ((b.code, i.code, str(k), not i.excluded, i.rule == "unknown_decider") for b, i, k in plan.asked())
print(job.pk, len(plan.items), digest(rows))
"""
FOUND = """
from reviews.models import Campaign, Review, ReviewEvent, ScopeItem
rows = Review.objects.values_list("organisation__code", "scope_item__code", "kind", "eligible", "decider_unknown")
opened = ReviewEvent.objects.filter(action="open_campaign").count()
print(Campaign.objects.get().state, opened, ScopeItem.objects.count(), digest(rows.iterator()))
"""
# Delivered a second time, and asked for by command and by a person once more.
AGAIN = """
from reviews.actions.campaigns import open_campaign
from reviews.models import Campaign
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job
Job.objects.update(state="waiting")
runner.run.func({job})
assert Job.objects.get().state == "done"
assert not open_campaign(by=None, campaign=Campaign.objects.get()).changed
"""


def test_a_round_of_full_size_killed_anywhere_and_opened_again_has_the_same_rows(tmp_path):
    portal = Elsewhere(tmp_path / "var")
    try:
        portal.migrate()
        job, items, expected = portal.shell(PREPARE + DIGEST + EXPECTED).split()
        assert int(expected.split(":")[0]) > 100_000

        def worker(moment, name):
            mark = tmp_path / f"mark-{name}"
            return mark, portal.start("-m", "tests.reviews.opening_worker", job, str(mark), moment)

        for moment in ("items", "half", "end"):
            _, process = worker(moment, moment)
            assert process.wait(60) == -signal.SIGKILL
        # And once from outside, at whatever moment it may be.
        mark, process = worker("never", "outside")
        limit = time.monotonic() + 60
        while not mark.exists():
            assert time.monotonic() < limit, "waited in vain"
            time.sleep(0.02)
        time.sleep(random.Random(20211001).uniform(0.5, 1.5))  # noqa: S311 (a moment of a test, no secret)
        process.kill()
        process.wait()
        assert portal.shell(DIGEST + FOUND).split()[:3] == ["preparing", "0", "0"]
        _, process = worker("never", "last")
        assert process.wait(120) == 0
        once = portal.shell(DIGEST + FOUND).split()
        assert once == ["open", "1", items, expected]
        assert "không có gì thay đổi" in portal.manage("open_campaign", "2021").stdout
        portal.shell(AGAIN.format(job=job))
        assert portal.shell(DIGEST + FOUND).split() == once
    finally:
        portal.close()
