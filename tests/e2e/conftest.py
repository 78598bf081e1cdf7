"""Real Chromium against a live server: every page watched for errors, policy violations and requests to outside."""

import importlib.resources
import json
import shutil
import threading
import time
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from playwright.sync_api import expect

from reviews.actions.campaigns import open_campaign
from reviews.models import Review
from tests import factories
from tthc_portal.accounts.models import Organisation, Role

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run",
]  # fmt: skip
OFFICE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items):
    """All of this folder is marked, and skipped with a reason where there is no browser."""
    for item in items:
        if "tests/e2e" in item.nodeid:
            item.add_marker(pytest.mark.e2e)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Máy này chưa cài Chromium (apt-get install chromium)."))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def static_root(tmp_path_factory):
    """An empty folder of collected files: the live server finds them at their sources.

    Its threads keep no connection between requests: the test's database could not be dropped while they did.
    """
    connections.settings["default"]["CONN_MAX_AGE"] = 0
    with override_settings(STATIC_ROOT=tmp_path_factory.mktemp("static")):
        yield


@pytest.fixture(scope="session")
def live_server(static_root, live_server):
    """The server of the suite, started once the folder stands."""
    return live_server


class Person:
    """One person's browser: a page that remembers what went wrong in it."""

    def __init__(self, context, server):
        self.context = context
        self.server = server
        self.faults = []
        self.page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message):
        # A refused form is answered 409 or 422 on purpose; the browser notes that as a failed resource.
        expected = "Failed to load resource" in message.text and any(code in message.text for code in ("409", "422"))
        if message.type == "error" and not expected:
            self.faults.append(f"console: {message.text}")

    def _request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.netloc != urlsplit(self.server).netloc:
            self.faults.append(f"request to outside: {request.url}")

    def _response(self, response):
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.url}")

    def goto(self, path):
        """Open ``path`` of the portal."""
        answer = self.page.goto(self.server + path)
        assert answer.status < 400, f"{answer.status} {path}"
        return self.page

    def settles(self):
        """Wait until nothing is being fetched into the page: what is half replaced is not what a person reads."""
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    def axe(self):
        """What axe-core finds on the page, as ``rule: selector`` lines; run through DevTools, past the policy."""
        self.settles()
        session = self.context.new_cdp_session(self.page)
        source = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
        session.send("Runtime.evaluate", {"expression": source})
        options = json.dumps({"runOnly": AXE_RULES})
        found = session.send(
            "Runtime.evaluate",
            {
                "expression": f"axe.run(document, {options}).then(r => JSON.stringify(r.violations))",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        session.detach()
        violations = json.loads(found["result"]["value"])
        return [f"{one['id']}: {node['target']} {node['html'][:160]}" for one in violations for node in one["nodes"]]

    def overflows(self):
        """How many pixels the page is wider than its window."""
        session = self.context.new_cdp_session(self.page)
        found = session.send(
            "Runtime.evaluate", {"expression": "document.documentElement.scrollWidth - window.innerWidth"}
        )
        session.detach()
        return max(0, found["result"]["value"])


@pytest.fixture
def visitor(browser, live_server, transactional_db, settings):
    """A function that opens a browser window of its own, signed in as ``user`` (or nobody), ``size`` wide.

    At the end of the test nothing may have gone wrong in any of them.
    """
    opened = []

    def enter(user=None, size=OFFICE):
        context = browser.new_context(viewport=size, locale="vi-VN", base_url=live_server.url)
        context.set_default_timeout(10_000)
        if user is not None:
            context.add_cookies([session_cookie(user, live_server.url)])
        person = Person(context, live_server.url)
        opened.append(person)
        return person

    yield enter
    faults = [fault for person in opened for fault in person.faults]
    for person in opened:
        person.context.close()
    quiet()
    assert faults == []


def quiet(limit=10.0, still=0.1):
    """Wait until the server has answered everything, what a closing page says last included.

    Whoever empties the tables under a request that is still running meets its locks.
    """
    until = time.monotonic() + limit
    idle_since = time.monotonic()
    while time.monotonic() < min(until, idle_since + still):
        answering = [thread for thread in threading.enumerate() if "process_request_thread" in thread.name]
        for thread in answering:
            thread.join(max(0, until - time.monotonic()))
        idle_since = time.monotonic() if answering else idle_since
        time.sleep(0.02)


def session_cookie(user, url):
    """The cookie of a session in which ``user`` has signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": django_settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


@pytest.fixture
def people(transactional_db):
    """The bodies of 2021 and 2025 and one person of each kind, by the name of the role; all of Bộ Tư pháp (G15)."""
    call_command("load_reference", verbosity=0)
    ministry = Organisation.objects.get(code="G15", valid_to=None)
    department = Organisation.objects.filter(kind="department").first() or factories.DepartmentFactory()
    names = {
        "official": "Trần Thị Bình",
        "focal_point": "Phạm Văn Đức",
        "leader": "Nguyễn Khánh Ngọc",
        "appraiser": "Lê Thu Hà",
        "department_head": "Ngô Hải Phong",
        "administrator": "Vũ Quang Minh",
        "auditor": "Đỗ Hồng Vân",
    }
    own = {"official", "focal_point", "leader"}
    return {
        role: factories.UserFactory(
            username=role.replace("_", "."),
            full_name=name,
            role=Role(role),
            organisation=ministry if role in own else department,
        )
        for role, name in names.items()
    }


@pytest.fixture
def review(people):
    """The one review of an open round of Bộ Tư pháp: a procedure the minister decides, assigned to the official."""
    procedure = factories.ProcedureFactory(code="1.000001", publisher=people["official"].body)
    factories.DecidingAuthorityFactory(
        procedure=procedure, level_id="MINISTER", body="Bộ trưởng Bộ Tư pháp", legal_ground="khoản 1 Điều 7"
    )
    campaign = factories.CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    factories.ParticipationFactory(campaign=campaign, organisation=people["official"].body)
    open_campaign(by=people["appraiser"], campaign=campaign)
    Review.objects.filter(organisation=people["official"].body).update(assignee=people["official"])
    return Review.objects.get(organisation=people["official"].body)
