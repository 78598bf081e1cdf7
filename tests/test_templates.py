"""Templates: none unused, all compile, nothing inline, nothing from outside; the policy proves it on every page."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.template.loader import get_template

from tests.test_access import PEOPLE, READ, address, read_through, world

__all__ = ["world"]

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "templates"
NAMES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
# Looked up by name by Django and allauth.
FOUND_BY_CONVENTION = {"400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles_and_holds_nothing_inline(name):
    source = (FOLDER / name).read_text()
    get_template(name)
    for pattern in (r"\sstyle\s*=", r"<style", r"\son[a-z]+\s*=", r"javascript:", r"hx-on", r"<script(?![^>]*\ssrc=)"):
        found = re.search(pattern, source, re.IGNORECASE)
        # Data for a script is not a script.
        assert found is None or 'type="application/json"' in source[found.start() : found.start() + 120], pattern
    outside = re.findall(r'(?:src|href|action|hx-get|hx-post)="(https?:)?//', source)
    assert not outside


def test_no_template_is_unused():
    sources = "\n".join(
        path.read_text()
        for folder in ("templates", "tthc_portal", "procedures", "reviews")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".py"}
    )
    unused = [
        name
        for name in NAMES
        if f'"{name}"' not in sources
        and f"'{name}'" not in sources
        and name not in FOUND_BY_CONVENTION
        and not name.startswith(("account/", "django/forms/widgets/"))
    ]
    assert unused == []


class Loaded(HTMLParser):
    """Addresses a page loads or posts to, and what must not be on it."""

    SOURCES = {"script": "src", "img": "src", "link": "href", "form": "action", "iframe": "src", "source": "src"}

    def __init__(self):
        super().__init__()
        self.addresses, self.faults, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        if tag in self.SOURCES and facts.get(self.SOURCES[tag]):
            self.addresses.append(facts[self.SOURCES[tag]])
        self.addresses += [facts[name] for name in ("hx-get", "hx-post") if facts.get(name)]
        if tag == "style" or (tag == "script" and "src" not in facts and facts.get("type") != "application/json"):
            self.faults.append(tag)
        self.faults += [name for name in facts if name.startswith("on") or name == "style"]
        if "id" in facts:
            self.ids.append(facts["id"])


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE)
def test_every_page_is_under_the_strict_policy_and_loads_nothing_from_outside(world, login, person):
    client = login(world.people[person])
    seen = 0
    for name, objects, *_ in READ:
        answer = client.get(address(world, name, objects))
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            read_through(answer)
            continue
        policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
        assert policy == POLICY, name
        if answer.status_code == 302:
            continue
        page = Loaded()
        page.feed(answer.content.decode())
        assert page.faults == [], name
        outside = [one for one in page.addresses if urlsplit(one).netloc or urlsplit(one).scheme not in {"", "data"}]
        assert outside == [], name
        assert len(page.ids) == len(set(page.ids)), f"{name}: {[i for i in page.ids if page.ids.count(i) > 1]}"
        seen += answer.status_code == 200
    assert seen > 10


@pytest.mark.django_db
def test_the_door_is_under_the_same_policy(client):
    answer = client.get("/accounts/login/")
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
