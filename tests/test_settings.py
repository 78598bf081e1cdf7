"""What the portal starts with, and without what it refuses to start."""

import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

GOOD = {
    "PORTAL_MODE": "production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "phancap.example.vn",
    "DATABASE_URL": "postgres://portal:secret@127.0.0.1:1/portal",
}
CLEAN = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "LC_ALL"}}


def manage(*arguments, **env):
    """``manage.py`` in an environment that holds nothing but ``env``."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=settings.BASE_DIR, env=CLEAN | env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_production_refuses_to_start_without(missing, tmp_path):
    env = {name: value for name, value in GOOD.items() if name != missing}
    done = manage("check", **env, VAR_DIR=str(tmp_path))
    assert done.returncode != 0
    assert missing in done.stderr


def test_production_passes_djangos_own_deployment_checks(tmp_path):
    done = manage("check", "--deploy", "--fail-level", "WARNING", **GOOD, VAR_DIR=str(tmp_path))
    assert done.returncode == 0, done.stderr


def test_an_unknown_mode_is_refused(tmp_path):
    done = manage("check", PORTAL_MODE="prod", VAR_DIR=str(tmp_path))
    assert "PORTAL_MODE phải là local hoặc production" in done.stderr


def test_the_demo_is_refused_in_production(tmp_path):
    done = manage("demo", **GOOD | {"DATABASE_URL": f"sqlite:///{tmp_path}/p.sqlite3"}, VAR_DIR=str(tmp_path))
    assert done.returncode != 0
    assert "production" in done.stderr
    assert "Traceback" not in done.stderr


SHOW = "from django.conf import settings as s; print({})"


def shown(expression, **env):
    done = manage("shell", "--no-imports", "-v", "0", "-c", SHOW.format(expression), **env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_local_portal_listens_to_this_machine_alone_and_keeps_its_secret(tmp_path):
    env = {"VAR_DIR": str(tmp_path)}
    facts = "s.ALLOWED_HOSTS, s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.DEBUG"
    assert shown(facts, **env) == "['localhost', '127.0.0.1', '[::1]'] sessionid False False"
    assert shown("s.SECRET_KEY", **env) == shown("s.SECRET_KEY", **env)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
    assert shown("s.DEBUG", **env, DEBUG="1") == "True"


def test_production_ignores_debug_and_sends_cookies_over_tls_only(tmp_path):
    facts = "s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0"
    assert shown(facts, **GOOD, DEBUG="1", VAR_DIR=str(tmp_path)) == "False True True True"


def test_sqlite_waits_for_its_turn_instead_of_failing(tmp_path):
    assert shown("s.DATABASES['default']['OPTIONS']['transaction_mode']", VAR_DIR=str(tmp_path)) == "IMMEDIATE"


def test_postgresql_starts_no_helpers_for_a_page_unless_the_address_says_so(tmp_path):
    said = "s.DATABASES['default'].get('OPTIONS', {}).get('options')"
    address = "postgres://portal@127.0.0.1/portal"
    facts = {"VAR_DIR": str(tmp_path)}
    assert "max_parallel_workers_per_gather=0" in shown(said, DATABASE_URL=address, **facts)
    assert shown(said, DATABASE_URL=f"{address}?options=-cjit=on", **facts) == "-cjit=on"


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="A setting of PostgreSQL.")
def test_the_server_took_what_the_settings_ask():
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_parallel_workers_per_gather")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_health_is_told_to_anyone(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok"}
