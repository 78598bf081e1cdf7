"""``manage.py load_reference``: levels of authority, bodies of state by period, mergers and wordings."""

from django.core.management.base import BaseCommand

from procedures.reference.loader import load_reference

LABELS = {
    "levels": "cấp có thẩm quyền",
    "organisations": "cơ quan",
    "organisation_names": "tên theo thời kỳ",
    "successions": "quan hệ kế thừa",
    "organisation_aliases": "cách ghi tên cơ quan",
    "authority_aliases": "cách ghi cấp có thẩm quyền",
}


class Command(BaseCommand):
    """Load the reference facts; running it again changes nothing."""

    help = "Nạp dữ liệu nền: cấp có thẩm quyền, cơ quan theo thời kỳ, sáp nhập, cách ghi. Chạy lại không thay đổi gì."

    def add_arguments(self, parser):
        """One switch: bring changed levels and bodies back to the files."""
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Đưa cấp và cơ quan đã bị sửa về đúng dữ liệu nền (cách ghi đã sửa vẫn giữ nguyên).",
        )

    def handle(self, *args, **options):
        """Load and say what changed."""
        counts = load_reference(overwrite=options["overwrite"])
        different = counts.pop("different")
        changed = [f"{count} {LABELS[table]}" for table, count in counts.items() if count]
        if changed:
            self.stdout.write(f"Đã nạp dữ liệu nền: {', '.join(changed)}.")
        else:
            self.stdout.write("Dữ liệu nền đã đủ, không có gì thay đổi (0 dòng).")
        if different:
            self.stdout.write(f"Giữ nguyên {different} dòng đã được sửa khác với dữ liệu nền.")
