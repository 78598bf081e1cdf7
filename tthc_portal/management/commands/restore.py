"""``manage.py restore FILE``: a portal back from its one file."""

from pathlib import Path

from django.core.management.base import BaseCommand

from tthc_portal import archives


class Command(BaseCommand):
    """Put the database and files of a backup in the place of this portal's."""

    help = "Phục hồi cơ sở dữ liệu và tệp từ bản sao lưu; không ghi đè dữ liệu đang có trừ khi thêm --force."

    def add_arguments(self, parser):
        """FILE: the archive; ``--force``: replace a database that holds work."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--force", action="store_true", help="Ghi đè cơ sở dữ liệu đang có dữ liệu.")

    def handle(self, *, file, force, **options):
        """Restore, and say from when the archive is."""
        manifest = archives.restore(file, force=force)
        self.stdout.write(f"Đã phục hồi {len(manifest['files'])} tệp từ bản sao lưu lúc {manifest['created_at']}.")
