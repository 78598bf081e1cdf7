"""``manage.py demo``: where it refuses, and the password it keeps."""

import datetime
import stat

import pytest
from django.core.management import CommandError, call_command

from reviews.demo.people import demo_password
from reviews.demo.scan import letter_scan
from reviews.models import Campaign
from tests.factories import UserFactory


@pytest.mark.django_db
def test_production_refuses_the_demo(settings):
    settings.PORTAL_MODE = "production"
    with pytest.raises(CommandError, match="production"):
        call_command("demo")
    assert not Campaign.objects.exists()


@pytest.mark.django_db
def test_a_database_in_use_is_left_alone(capsys):
    UserFactory()
    with pytest.raises(CommandError, match="trống"):
        call_command("demo")
    call_command("demo", "--if-empty")
    assert "không nạp dữ liệu minh họa" in capsys.readouterr().out
    assert not Campaign.objects.exists()


def test_the_password_is_made_once_and_kept_for_its_owner(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    made = demo_password()
    assert len(made) >= 12
    assert demo_password() == made
    assert stat.S_IMODE((tmp_path / "demo-password").stat().st_mode) == 0o600
    monkeypatch.setenv("DEMO_PASSWORD", "của-tôi")
    assert demo_password() == "của-tôi"


def test_the_scan_is_a_pdf_whose_table_points_at_its_objects():
    pdf = letter_scan("123/BTP-VP", datetime.date(2021, 10, 5))
    assert pdf.startswith(b"%PDF-")
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    assert pdf[start:].startswith(b"xref")
    place = int(pdf[start:].split(b"\n")[3].split()[0])
    assert pdf[place:].startswith(b"1 0 obj")
