"""``manage.py serve``: the web server and the worker of long work, begun and ended together."""

import os
import signal
import subprocess
import sys
import time

from django.conf import settings
from django.core.management.base import BaseCommand

# How long a worker in the middle of its work is given to come to an end.
GRACE_SECONDS = 10


class Command(BaseCommand):
    """Start gunicorn and the task worker; when one ends, or a signal comes, end both."""

    help = "Chạy máy chủ web và tiến trình xử lý tác vụ dài; dừng cả hai khi nhận tín hiệu."
    requires_system_checks = []

    def add_arguments(self, parser):
        """``--bind`` host:port, ``--workers`` number of web processes."""
        parser.add_argument("--bind", default=f"127.0.0.1:{os.environ.get('PORT', '8000')}")
        parser.add_argument("--workers", type=int, default=2)

    def handle(self, *, bind, workers, **options):
        """Run until a signal or the end of either process; exit 1 when one died by itself."""
        web = [
            sys.executable, "-m", "gunicorn", "tthc_portal.wsgi:application", "--bind", bind, "--workers", str(workers),
            "--worker-class", "sync", "--timeout", "120", "--no-control-socket", "--access-logfile", "-",
        ]  # fmt: skip
        worker = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--interval", "1"]
        stopping = False

        def stop(signum, frame):
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        processes = [subprocess.Popen(command, cwd=settings.BASE_DIR) for command in (web, worker)]  # noqa: S603
        while not stopping and all(process.poll() is None for process in processes):
            time.sleep(0.2)
        for process in processes:
            if process.poll() is None:
                process.terminate()
        limit = time.monotonic() + GRACE_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        if not stopping:
            sys.exit(1)
