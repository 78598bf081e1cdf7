"""What pages weigh on the line, as the real server sends them: bytes, never seconds.

A mountain province shares a slow line; the limits are those a page must keep to be there before one stops waiting.
"""

import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from types import SimpleNamespace
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from playwright.sync_api import expect

from reviews.models import Review, Status
from tests.e2e.conftest import session_cookie
from tests.e2e.steps import REASON, open_review, reason_of
from tests.e2e.test_bulk import rows
from tthc_portal.accounts.models import User

__all__ = ["rows"]
FIRST_VISIT = 250_000
NEXT_PAGE = 40_000
SAVED_ROW = 5_000
START_SECONDS = 60


@pytest.fixture(scope="module")
def portal_folder(tmp_path_factory):
    """A folder of a portal with its files collected: hashed names, compressed beside the originals."""
    folder = tmp_path_factory.mktemp("portal")
    environment = os.environ | {"VAR_DIR": str(folder), "DEBUG": "0"}
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=django_settings.BASE_DIR, env=environment, check=True, timeout=120,
    )  # fmt: skip
    return folder


@pytest.fixture
def live_server(portal_folder, transactional_db, _fast_and_apart):
    """In the place of the suite's server: gunicorn as ``manage.py serve`` starts it, on the test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = os.environ | {
        "DATABASE_URL": database_url(), "VAR_DIR": str(portal_folder), "PORTAL_MODE": "local", "DEBUG": "0",
        "SECRET_KEY": django_settings.SECRET_KEY, "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "tthc_portal.wsgi:application", "--bind", address, "--workers", "2",
         "--worker-class", "sync", "--no-control-socket"],
        cwd=django_settings.BASE_DIR, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        answers(f"http://{address}/healthz", server)
        # The suite's own server also lets its host in for the time of a test; here there is nothing to change.
        yield SimpleNamespace(url=f"http://{address}", _live_server_modified_settings=override_settings())
    finally:
        server.terminate()
        server.wait(timeout=30)


def database_url():
    """The address of the test's own database, for another process."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**facts)


def answers(address, server):
    """Wait until ``server`` answers at ``address``."""
    end = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, f"the server ended by itself: {server.returncode}"
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - an address of this machine, made above
                return
        except (URLError, OSError):
            assert time.monotonic() < end, f"nothing answers at {address}"
            time.sleep(0.2)


class Scales:
    """What came over the line into one page, answers' headers included; what the browser had kept weighs nothing."""

    def __init__(self, person):
        self.session = person.context.new_cdp_session(person.page)
        self.addresses, self.weights = {}, defaultdict(int)
        self.session.send("Network.enable")
        self.session.on("Network.requestWillBeSent", self._asked)
        self.session.on("Network.loadingFinished", self._arrived)

    def _asked(self, event):
        self.addresses[event["requestId"]] = event["request"]["url"]

    def _arrived(self, event):
        self.weights[self.addresses.get(event["requestId"], "?")] += int(event["encodedDataLength"])

    def of(self, person, path):
        """Bytes that opening ``path`` cost, and what cost them."""
        self.weights.clear()
        person.goto(path)
        person.page.wait_for_load_state("networkidle")
        return sum(self.weights.values()), ", ".join(
            f"{address.rsplit('/', 2)[-2:]}: {weight:,}"
            for address, weight in sorted(self.weights.items(), key=lambda one: -one[1])
        )


@pytest.fixture
def demo(transactional_db, settings):
    """The illustrative round of 2021, in mid-course."""
    call_command("demo", verbosity=0)


@pytest.mark.usefixtures("demo")
def test_the_first_visit_and_each_next_page_keep_their_weight(visitor, live_server):
    official = User.objects.get(username="g15.chuyenvien")
    person = visitor()
    scales = Scales(person)
    first = [scales.of(person, "/accounts/login/")]
    person.context.add_cookies([session_cookie(official, live_server.url)])
    first += [scales.of(person, path) for path in ("/", "/reviews/")]
    weight = sum(one for one, _ in first)
    print(f"first visit: {weight:,} bytes of {FIRST_VISIT:,}")
    # The styles alone weigh more than this: what the browser had not fetched could not be weighed.
    assert first[0][0] > 50_000, "the door was not weighed"
    assert weight <= FIRST_VISIT, f"first visit: {weight:,} bytes; {first}"

    draft = Review.objects.filter(assignee=official, status=Status.DRAFT, eligible=True).first()
    heavy = [heaviness for path in pages_of(draft) if (heaviness := weighed(scales, person, path))]
    head = User.objects.get(username="cuc.lanhdao")
    person.context.clear_cookies()
    person.context.add_cookies([session_cookie(head, live_server.url)])
    sent = Review.objects.filter(status=Status.SUBMITTED, eligible=True).first()
    overseen = ("/", "/dashboard/", "/campaigns/2021/", f"/reviews/{sent.pk}/", "/reviews/", "/reports/01/")
    heavy += [heaviness for path in overseen if (heaviness := weighed(scales, person, path))]
    assert not heavy, "\n".join(heavy)


def pages_of(draft):
    """Pages of an official: the list of fifty again, the form, the history, figures, catalogue."""
    return (
        "/reviews/?page=2", f"/reviews/{draft.pk}/", f"/reviews/{draft.pk}/history/", "/reviews/quick/", "/",
        "/dashboard/G15/", "/campaigns/2021/", "/campaigns/2021/scope/", "/procedures/", "/reports/", "/support/",
        "/reviews/bulk-changes/new/",
    )  # fmt: skip


def weighed(scales, person, path):
    """What to say of ``path`` when it weighs too much; nothing otherwise."""
    weight, parts = scales.of(person, path)
    print(f"{path}: {weight:,} bytes of {NEXT_PAGE:,}")
    assert weight > 1_000, f"{path} was not weighed"
    return f"{path}: {weight:,} bytes, more than {NEXT_PAGE:,}; {parts}" if weight > NEXT_PAGE else ""


def both_ways(request):
    """Bytes of one request and of its answer, headers of both included."""
    sizes = request.sizes()
    return sum(sizes.values()), ", ".join(f"{name} {size:,}" for name, size in sizes.items())


def test_saving_a_row_and_keeping_what_is_typed_cost_little(visitor, people, rows):
    person = visitor(people["official"])
    page = person.goto("/reviews/quick/?status=not_started")
    row = page.locator(f"#row-{rows[0].pk}")
    row.locator("select").first.select_option("keep")
    row.locator("[name=reason]").fill(REASON)
    with page.expect_response(lambda answer: f"/quick/{rows[0].pk}/" in answer.url) as saved:
        row.get_by_role("button", name="Lưu").click()
    expect(row.locator(".quick-state")).to_contain_text("Đã lưu")
    weight, parts = both_ways(saved.value.request)
    print(f"a row: {weight:,} bytes of {SAVED_ROW:,} ({parts})")
    assert Review.objects.get(pk=rows[0].pk).reason == REASON
    assert 0 < weight <= SAVED_ROW, f"a row: {weight:,} bytes, more than {SAVED_ROW:,}: {parts}"

    page = open_review(person, rows[1])
    with page.expect_response(lambda answer: "reason=" in (answer.request.post_data or "")) as kept:
        reason_of(page).fill(REASON)
    weight, parts = both_ways(kept.value.request)
    print(f"what is typed: {weight:,} bytes of {SAVED_ROW:,} ({parts})")
    assert kept.value.json()["state"] == "saved"
    assert 0 < weight <= SAVED_ROW, f"what is typed: {weight:,} bytes, more than {SAVED_ROW:,}: {parts}"
