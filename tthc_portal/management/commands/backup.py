"""``manage.py backup FILE``: the whole portal in one file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from tthc_portal import archives


class Command(BaseCommand):
    """Write database and files into one .tar.gz while the portal goes on working."""

    help = "Sao lưu cơ sở dữ liệu và tệp tải lên vào một tệp .tar.gz."

    def add_arguments(self, parser):
        """FILE: the archive to write; an existing one is replaced only when the new one is whole."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file, **options):
        """Write the archive and say what it holds."""
        if not file.parent.is_dir():
            raise CommandError(f"Không có thư mục {file.parent}.")
        manifest = archives.write(file)
        self.stdout.write(f"Đã sao lưu {len(manifest['files'])} tệp ({file.stat().st_size} byte) vào {file}.")
