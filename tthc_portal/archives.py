"""One file that holds the whole portal: database, uploaded files, and a manifest that proves both.

An archive is a ``.tar.gz`` with ``manifest.json`` first, then ``database.sqlite3`` or ``database.dump`` (PostgreSQL's
custom format) and ``media/…``. Every file is checked against the manifest's SHA-256 before anything is replaced.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from reviews.models.guard import TABLE, install_event_guard

FORMAT = 1
DATABASE_NAMES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
ENGINE_LABELS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# Tables that hold people's work: with a row in any of them a database is not empty.
WORK_TABLES = ("accounts.User", "procedures.Procedure", "reviews.Campaign", "reviews.ReviewEvent", "jobs.Job")


def write(target: Path) -> dict:
    """Write the archive ``target`` and return its manifest. Raises CommandError when the database cannot be copied.

    The file appears under its name only when whole; the database is copied while the portal goes on working.
    """
    vendor = connection.vendor
    media = Path(settings.MEDIA_ROOT)
    with tempfile.TemporaryDirectory(prefix="portal-backup-") as folder:
        database = Path(folder) / DATABASE_NAMES[vendor]
        {"sqlite": _dump_sqlite, "postgresql": _dump_postgresql}[vendor](database)
        # Files first seen after the database was copied belong to rows it does not have: harmless.
        files = sorted(path for path in media.rglob("*") if path.is_file()) if media.is_dir() else []
        members = [(database.name, database), *((f"media/{path.relative_to(media)}", path) for path in files)]
        manifest = {
            "format": FORMAT,
            "engine": vendor,
            "created_at": timezone.now().isoformat(timespec="seconds"),
            "migrations": sorted(MigrationLoader(connection).applied_migrations),
            "files": {name: {"sha256": _sha256(path), "bytes": path.stat().st_size} for name, path in members},
        }
        listing = Path(folder) / "manifest.json"
        listing.write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
        unfinished = target.with_name(f".{target.name}.part")
        try:
            with tarfile.open(unfinished, "w:gz", compresslevel=6) as archive:
                for name, path in [("manifest.json", listing), *members]:
                    archive.add(path, arcname=name, recursive=False)
            unfinished.chmod(0o600)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)
    return manifest


def restore(source: Path, *, force: bool = False) -> dict:
    """Put the archive ``source`` in the place of this portal's database and files; return its manifest.

    Refuses with CommandError, before anything is touched: a damaged archive, another engine, a schema newer than
    this code, a database that holds work (unless ``force``). Afterwards the schema is brought up to date and the
    guard of the events stands.
    """
    with tempfile.TemporaryDirectory(prefix="portal-restore-") as name:
        folder = Path(name)
        manifest = _unpack(source, folder)
        _check_engine(manifest)
        _check_migrations(manifest)
        if not force and holds_work():
            raise CommandError(
                "Cơ sở dữ liệu đích đang có dữ liệu nên không ghi đè. Sao lưu nó trước, rồi thêm --force nếu chắc chắn."
            )
        database = folder / DATABASE_NAMES[connection.vendor]
        {"sqlite": _load_sqlite, "postgresql": _load_postgresql}[connection.vendor](database)
        _place_files(folder / "media")
    call_command("migrate", verbosity=0)
    install_event_guard(connection)
    if not guard_stands():
        raise CommandError(
            "Đã phục hồi dữ liệu nhưng chưa đặt được khóa chống sửa lịch sử phiếu. Báo quản trị hệ thống."
        )
    return manifest


def holds_work() -> bool:
    """Whether the database holds any row of people's work; a missing or merely migrated one does not."""
    present = set(connection.introspection.table_names())
    models = (apps.get_model(label) for label in WORK_TABLES)
    return any(model._meta.db_table in present and model._default_manager.exists() for model in models)


def guard_stands() -> bool:
    """Whether the database itself refuses to change events: both triggers present and enabled."""
    statement = {
        "sqlite": "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal "
        "AND tgenabled = 'O'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(statement, [TABLE])
        return cursor.fetchone()[0] == 2


def _unpack(source: Path, folder: Path) -> dict:
    """The manifest of ``source``, its files extracted to ``folder`` and proved against it."""
    if not source.is_file():
        raise CommandError(f"Không có tệp {source}.")
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                if not member.isdir():
                    _extract(archive, member, folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        files = manifest["files"]
        known = manifest["format"] == FORMAT
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"Tệp {source} không phải bản sao lưu của cổng hoặc đã hỏng ({error}).") from error
    if not known:
        raise CommandError(f"Bản sao lưu có định dạng {manifest['format']}, bản cổng này chỉ đọc định dạng {FORMAT}.")
    for name, facts in files.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != facts["sha256"]:
            raise CommandError(f"Bản sao lưu hỏng: tệp {name} bên trong thiếu hoặc không khớp mã SHA-256.")
    return manifest


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write one file of ``archive`` under ``folder``; raises TarError for a link, a device or a path that leads out.

    The filters of ``extractall`` came with 3.11.4; Debian 12 has 3.11.2.
    """
    path = (folder / member.name).resolve()
    if not member.isfile() or not path.is_relative_to(folder.resolve()):
        raise tarfile.TarError(f"{member.name}: không phải tệp thường trong bản sao lưu")
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.extractfile(member) as packed, path.open("wb") as file:
        shutil.copyfileobj(packed, file)


def _check_engine(manifest: dict) -> None:
    theirs, ours = manifest["engine"], connection.vendor
    if theirs != ours:
        raise CommandError(
            f"Bản sao lưu của {ENGINE_LABELS.get(theirs, theirs)}, cơ sở dữ liệu đích là {ENGINE_LABELS[ours]}: "
            "chỉ phục hồi được vào cùng hệ quản trị. Đặt DATABASE_URL cho phù hợp."
        )


def _check_migrations(manifest: dict) -> None:
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    newer = sorted(f"{app}.{name}" for app, name in manifest["migrations"] if (app, name) not in known)
    if newer:
        raise CommandError(
            f"Bản sao lưu được tạo bởi phiên bản cổng mới hơn (có thay đổi lược đồ {newer[0]}). "
            "Nâng cấp cổng rồi phục hồi."
        )


def _dump_sqlite(target: Path) -> None:
    connection.ensure_connection()
    copy = sqlite3.connect(target)
    try:
        connection.connection.backup(copy)
    finally:
        copy.close()


def _load_sqlite(database: Path) -> None:
    """The copy written over the live database through SQLite's own backup, readers and WAL included."""
    connection.ensure_connection()
    copy = sqlite3.connect(database)
    try:
        copy.backup(connection.connection)
    finally:
        copy.close()
    connection.close()


def _dump_postgresql(target: Path) -> None:
    _postgresql("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _load_postgresql(database: Path) -> None:
    """All in one transaction: either the whole archive is in, or what was there still is."""
    script = database.with_suffix(".sql")
    _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(database))
    connection.close()
    _postgresql(
        "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction",
        "--command=SET client_min_messages = warning", "--command=DROP SCHEMA public CASCADE",
        "--command=CREATE SCHEMA public", f"--file={script}",
    )  # fmt: skip


def _postgresql(program: str, *arguments: str) -> None:
    database = connection.settings_dict
    target = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    _run(program, *arguments, **{name: str(database[key]) for name, key in target.items() if database[key]})


def _run(program: str, *arguments: str, **env: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise CommandError(f"Máy này chưa có {program}; cài gói postgresql-client cùng phiên bản với máy chủ.")
    done = subprocess.run([path, *arguments], env=os.environ | env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise CommandError(f"{program} không hoàn thành: {done.stderr.strip()}")


def _place_files(unpacked: Path) -> None:
    """Copy the archive's files into MEDIA_ROOT; files there under other names stay."""
    if unpacked.is_dir():
        shutil.copytree(unpacked, settings.MEDIA_ROOT, dirs_exist_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
