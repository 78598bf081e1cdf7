"""Backup and restore, with the real commands on a portal apart."""

import json
import tarfile

import pytest
from django.core.management import CommandError

from tests.elsewhere import Elsewhere
from tthc_portal.archives import _unpack

FILL = """
import datetime
from django.conf import settings
from pathlib import Path
from django.utils import timezone
from reviews.actions.events import record
from reviews.models import Campaign
campaign = Campaign.objects.create(
    code="2021", title="Đợt 2021", state="open", bodies_on=datetime.date(2021, 9, 30),
    opens_on=datetime.date(2021, 9, 30), deadline=datetime.date(2021, 12, 31),
    frozen_at=timezone.now(), opened_at=timezone.now(),
)
record(campaign, by=None, action="open")
letter = Path(settings.MEDIA_ROOT) / "letters" / "công văn 12.pdf"
letter.parent.mkdir(parents=True, exist_ok=True)
letter.write_bytes(b"%PDF-1.4 chu ky")
"""
LOOK = """
from django.conf import settings
from pathlib import Path
from reviews.models import Campaign, ReviewEvent
print(list(Campaign.objects.values_list("code", "title")), ReviewEvent.objects.count())
print((Path(settings.MEDIA_ROOT) / "letters" / "công văn 12.pdf").read_bytes())
"""
TAMPER = """
from django.db import IntegrityError, connection
for statement in ("UPDATE reviews_reviewevent SET reason = 'x'", "DELETE FROM reviews_reviewevent"):
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError:
        print("refused")
    else:
        print("done")
"""


@pytest.fixture
def portal(tmp_path):
    """A migrated portal with a round, an event and an uploaded letter."""
    portal = Elsewhere(tmp_path / "first")
    portal.migrate()
    portal.shell(FILL)
    yield portal
    portal.close()


@pytest.fixture
def second(tmp_path):
    """An empty database that was never migrated."""
    portal = Elsewhere(tmp_path / "second")
    yield portal
    portal.close()


def test_a_portal_comes_back_whole_and_its_history_is_still_guarded(portal, second, tmp_path):
    archive = tmp_path / "sao-luu.tar.gz"
    portal.manage("backup", str(archive))
    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))
    assert manifest["engine"] == ("postgresql" if portal.is_postgresql else "sqlite")
    assert ["reviews", "0001_initial"] in manifest["migrations"]
    assert "media/letters/công văn 12.pdf" in manifest["files"]

    second.manage("restore", str(archive))
    assert second.shell(LOOK) == portal.shell(LOOK)
    assert second.shell(TAMPER).split() == ["refused", "refused"]

    refused = second.manage("restore", str(archive), ok=False)
    assert "--force" in refused.stderr
    second.shell("from reviews.models import Campaign; Campaign.objects.update(title='Đã đổi')")
    second.manage("restore", str(archive), "--force")
    assert second.shell(LOOK) == portal.shell(LOOK)
    assert second.shell(TAMPER).split() == ["refused", "refused"]


def rewritten(archive, target, change):
    """``archive`` with its unpacked folder changed by ``change(folder)``, as ``target``."""
    folder = target.with_suffix(".d")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    change(folder)
    with tarfile.open(target, "w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, arcname=str(path.relative_to(folder)), recursive=False)
    return target


def test_an_archive_is_opened_without_what_older_pythons_lack_and_never_leads_out(tmp_path, monkeypatch):
    monkeypatch.delattr(tarfile, "data_filter")
    monkeypatch.setattr(tarfile.TarFile, "extractall", None)
    for name, kind in (("../out", tarfile.REGTYPE), (f"{tmp_path}/out", tarfile.REGTYPE), ("link", tarfile.SYMTYPE)):
        archive, folder = tmp_path / "a.tar.gz", tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        with tarfile.open(archive, "w:gz") as tar:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, str(tmp_path), 0
            tar.addfile(member)
        with pytest.raises(CommandError, match="không phải bản sao lưu"):
            _unpack(archive, folder)
        assert not (tmp_path / "out").exists()
        assert not list(folder.iterdir())


def with_manifest(**facts):
    def change(folder):
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | facts))

    return change


def test_a_damaged_foreign_or_newer_archive_is_refused_and_nothing_is_touched(portal, tmp_path):
    archive = tmp_path / "a.tar.gz"
    portal.manage("backup", str(archive))
    before = portal.shell(LOOK)
    other = "sqlite" if portal.is_postgresql else "postgresql"
    cases = [
        (with_manifest(engine=other), "cùng hệ quản trị"),
        (with_manifest(migrations=[["reviews", "9999_future"]]), "mới hơn"),
        (with_manifest(format=99), "định dạng"),
        (lambda folder: (folder / "media/letters/công văn 12.pdf").write_bytes(b"x"), "SHA-256"),
        (lambda folder: (folder / "manifest.json").unlink(), "không phải bản sao lưu"),
    ]
    for number, (change, words) in enumerate(cases):
        bad = rewritten(archive, tmp_path / f"bad{number}.tar.gz", change)
        assert words in portal.manage("restore", str(bad), "--force", ok=False).stderr
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(archive.read_bytes()[:2000])
    assert "hỏng" in portal.manage("restore", str(cut), "--force", ok=False).stderr
    assert "Không có tệp" in portal.manage("restore", str(tmp_path / "no.tar.gz"), ok=False).stderr
    assert portal.shell(LOOK) == before
