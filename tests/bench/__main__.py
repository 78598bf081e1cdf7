"""``python -m tests.bench``: the portal's speed as ratios inside one run, with the goal beside each.

It measures in a database of its own (SQLite in a temporary folder, or beside the one DATABASE_URL names) and throws it
away. ``BENCH_SCALE=full`` measures over 130,000 reviews instead of 10,000; ``BENCH_ROWS`` and ``BENCH_TIMES`` are the
rows of the import (7,000) and the repetitions (5).
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHILD = "BENCH_CHILD"


def main() -> int:
    """Set a portal up apart, measure in a process of its own, and throw it away."""
    if os.environ.get(CHILD):
        return measure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tthc_portal.settings")
    from tests.elsewhere import Elsewhere

    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        portal = Elsewhere(Path(folder))
        portal.env |= {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "LOG_LEVEL": "ERROR"}
        try:
            portal.migrate()
            portal.manage("collectstatic", "--noinput", "--verbosity", "0")
            return subprocess.run([sys.executable, "-m", "tests.bench"], env=portal.env | {CHILD: "1"}).returncode  # noqa: PLW1510
        finally:
            portal.close()


def measure() -> int:
    """Import first, on an empty catalogue; then the demo's round for pages and saving. Prints the table."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.bench import imports, pages, saving
    from tests.bench.measuring import show
    from tests.factories import DepartmentFactory, UserFactory
    from tthc_portal.accounts.models import Organisation

    rows, times = int(os.environ.get("BENCH_ROWS", 7_000)), max(5, int(os.environ.get("BENCH_TIMES", 5)))
    scale = os.environ.get("BENCH_SCALE", "small")
    print(f"{connection.vendor}, {os.cpu_count()} processors, median of {times}; only the ratios compare between runs.")
    call_command("load_reference", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    department = Organisation.objects.filter(kind="department").first() or DepartmentFactory()
    user = UserFactory(username="bench.administrator", role="administrator", organisation=department)
    found = imports.run(rows, times)
    print(show(found), flush=True)
    user.__class__.objects.all()._raw_delete("default")
    call_command("demo", scale=scale, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    found = pages.run(times)
    print(show(found), flush=True)
    server, process = serve()
    try:
        print(show(saving.run(times, server)), flush=True)
    finally:
        process.terminate()
        process.wait()
    return 0


def serve():
    """((host, port), process): gunicorn with two sync workers on this database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = probe.getsockname()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "tthc_portal.wsgi:application", "--bind", f"127.0.0.1:{server[1]}",
         "--workers", "2", "--no-control-socket", "--log-level", "error"],
    )  # fmt: skip
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex(server) == 0:
                return server, process
        time.sleep(0.1)
    process.kill()
    raise RuntimeError("gunicorn did not start")


if __name__ == "__main__":
    sys.exit(main())
