"""``python -m tests.bench``: the portal's speed as ratios inside one run, with the goal beside each.

It measures in a database of its own (SQLite in a temporary folder, or beside the one DATABASE_URL names) and throws it
away. ``BENCH_SCALE=full`` measures over 130,000 reviews instead of 10,000, opens rounds of that size, and then measures
the pages again with eight of them; ``BENCH_ROWS`` and ``BENCH_TIMES`` are the rows of the import (7,000) and the
repetitions (5), ``BENCH_OPENINGS`` how many rounds are opened (3), ``BENCH_IMPORTS=0`` leaves the import out.
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

    from reviews.models import Campaign
    from tests.bench import bulk, exporting, imports, opening, pages, saving, scale, searching, similar
    from tests.bench.measuring import show
    from tests.factories import DepartmentFactory, UserFactory
    from tthc_portal.accounts.models import Organisation
    from tthc_portal.jobs.models import Job

    rows, times = int(os.environ.get("BENCH_ROWS", 7_000)), max(5, int(os.environ.get("BENCH_TIMES", 5)))
    full = os.environ.get("BENCH_SCALE", "small") == "full"
    print(f"{connection.vendor}, {os.cpu_count()} processors, median of {times}; only the ratios compare between runs.")
    call_command("load_reference", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    department = Organisation.objects.filter(kind="department").first() or DepartmentFactory()
    user = UserFactory(username="bench.administrator", role="administrator", organisation=department)
    if os.environ.get("BENCH_IMPORTS", "1") != "0":
        print(show(imports.run(rows, times)), flush=True)
    # Every import asks for a search of similar procedures; the demo begins in an empty portal, and people are never
    # deleted there but by hand.
    Job.objects.all().delete()
    type(user).objects.filter(pk=user.pk)._raw_delete("default")
    call_command("demo", scale="full" if full else "small", verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    campaign = Campaign.objects.current()
    scale.widen(campaign, every=full)
    one = pages.measured(times)
    print(show(pages.run(one)), flush=True)
    print(show(searching.run(times)), flush=True)
    print(show(exporting.run(times)), flush=True)
    print(show(similar.run(times)), flush=True)
    print(show(bulk.run(times)), flush=True)
    server, process = serve()
    try:
        print(show(saving.run(times, server)), flush=True)
    finally:
        process.terminate()
        process.wait()
    if full:
        print(show(opening.run(campaign, int(os.environ.get("BENCH_OPENINGS", 3)))), flush=True)
        scale.repeat(campaign, 8)
        print(show(pages.grown(pages.measured(times), one)), flush=True)
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
