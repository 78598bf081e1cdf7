"""What every test may lean on."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from reviews.models.guard import install_event_guard, lift_event_guard
from reviews.models.tally_guard import install_tally_guard, lift_tally_guard

# Playwright's sync API runs an event loop in the test's thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

SAMPLES = Path(os.environ.get("TTHC_SAMPLES", Path(__file__).resolve().parents[1].parent / "shared" / "data"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, request, tmp_path_factory):
    """With browser tests among them, or tests of several connections at once, SQLite is tested in a file.

    In memory, all threads of the live server share one connection and so each other's transactions; pages that also
    save by themselves would trip over them.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and any(
        "tests/e2e" in item.nodeid or item.get_closest_marker("connections") for item in request.session.items
    ):
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


def pytest_collection_modifyitems(config, items):
    """What speaks of the other engine's way of locking or limiting is no test of this one."""
    others = [one for one in items if any(mark.args[0] != connection.vendor for mark in one.iter_markers("engine"))]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [one for one in items if one not in others]


@pytest.fixture(scope="session", autouse=True)
def _emptying_lifts_the_guard():
    """Django empties the database between transactional tests; the guard of events must step aside for that alone."""
    operations = type(connection.ops)
    original = operations.execute_sql_flush

    def flush(self, sql_list):
        lift_event_guard(self.connection)
        # Emptying the reviews by DELETE would leave marks of stale tallies behind; PostgreSQL truncates.
        deletes = self.connection.vendor == "sqlite"
        if deletes:
            lift_tally_guard(self.connection)
        try:
            original(self, sql_list)
        finally:
            install_event_guard(self.connection)
            if deletes:
                install_tally_guard(self.connection)

    operations.execute_sql_flush = flush
    yield
    operations.execute_sql_flush = original


@pytest.fixture(autouse=True)
def _fast_and_apart(settings, tmp_path):
    """Cheap password hashes, files under the test's own folder, tasks at once, no shared cache."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def samples() -> Path:
    """The folder of genuine exports and reference facts; tests that need it skip with a reason where it is absent."""
    if not SAMPLES.is_dir():
        pytest.skip(f"Không có thư mục dữ liệu mẫu {SAMPLES} (đặt TTHC_SAMPLES).")
    return SAMPLES


@pytest.fixture
def login():
    """A function that gives a client signed in as a user."""

    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in
