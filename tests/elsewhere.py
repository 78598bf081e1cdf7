"""A database and files of their own for tests that need real processes: a worker, a server, a backup."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg2
from django.conf import settings

BASE_DIR = Path(settings.BASE_DIR)


class Elsewhere:
    """One portal apart from the test's: ``env`` for its processes, on the engine the suite runs on."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.database = settings.DATABASES["default"]
        self.name = ""
        if self.is_postgresql:
            self.name = f"portal_{uuid.uuid4().hex[:12]}"
            self._administer(f'CREATE DATABASE "{self.name}" TEMPLATE template0')
            url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/".format(**self.database) + self.name
        else:
            url = f"sqlite:///{folder / 'portal.sqlite3'}"
        self.env = os.environ | {
            "DATABASE_URL": url,
            "VAR_DIR": str(folder),
            "PORTAL_MODE": "local",
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "WARNING",
        }
        self.processes: list[subprocess.Popen] = []

    @property
    def is_postgresql(self) -> bool:
        return self.database["ENGINE"].endswith("postgresql")

    def manage(self, *arguments: str, ok: bool = True, **env: str) -> subprocess.CompletedProcess:
        """Run ``manage.py`` to its end; an exit code that contradicts ``ok`` fails the test with its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=BASE_DIR, env=self.env | env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert (done.returncode == 0) is ok, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def migrate(self) -> None:
        """Make the schema and the cache table."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("createcachetable")

    def shell(self, code: str, **env: str) -> str:
        """What ``code`` prints, run inside this portal."""
        return self.manage("shell", "--no-imports", "-v", "0", "-c", code, **env).stdout.strip()

    def start(self, *arguments: str, **env: str) -> subprocess.Popen:
        """Start ``manage.py`` (or, with a first argument ``-m``, a module) and go on; it ends with the test."""
        command = [sys.executable, *arguments] if arguments[0] == "-m" else [sys.executable, "manage.py", *arguments]
        process = subprocess.Popen(
            command, cwd=BASE_DIR, env=self.env | env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End the processes and drop the database."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        if self.name:
            self._administer(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _administer(self, statement: str) -> None:
        connection = psycopg2.connect(
            host=self.database["HOST"], port=self.database["PORT"] or None, user=self.database["USER"],
            password=self.database["PASSWORD"], dbname="postgres",
        )  # fmt: skip
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()
