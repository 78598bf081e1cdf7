"""``manage.py integrity [--json]``: prove that what is stored agrees with itself; exit 1 when something does not."""

import json

from django.core.management.base import BaseCommand

from reviews.reports.integrity import findings


class Command(BaseCommand):
    """Print every disagreement as it is found."""

    help = "Kiểm tra tính toàn vẹn: cờ, số đã chốt, chuỗi lịch sử, lần gửi. Mã thoát 1 khi có sai lệch."

    def add_arguments(self, parser):
        """The form of the answer."""
        parser.add_argument("--json", action="store_true", help="In một danh sách JSON {check, object, message}.")

    def handle(self, *args, json: bool, **options):
        """Run every check."""
        number = self._print_json() if json else self._print_lines()
        if number:
            raise SystemExit(1)

    def _print_json(self) -> int:
        found = [finding.as_dict() for finding in findings()]
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        return len(found)

    def _print_lines(self) -> int:
        number = 0
        for number, finding in enumerate(findings(), start=1):  # noqa: B007 (the count is wanted)
            self.stdout.write(f"[{finding.check}] {finding.object}: {finding.message}")
        self.stdout.write(f"Có {number} sai lệch." if number else "Không có sai lệch.")
        return number
