"""``manage.py shares [--campaign CODE] [--basis …] [--on DAY] [--json]``: the figures of a round's dashboard."""

import json

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from reviews.models import Campaign
from reviews.reports.dashboards import national_figures
from reviews.reports.past import BASIS_LABELS, AsOf, as_of

_COLUMNS = (
    ("code", "Mã", 5),
    ("name", "Cơ quan", 42),
    ("total", "Tổng", 7),
    ("excluded", "Loại", 6),
    ("eligible", "Diện tính", 9),
    ("unknown", "Chưa rõ", 8),
    ("reviewed", "Đã gửi", 7),
    ("proposed", "Đề xuất", 8),
    ("accepted", "Th.nhất", 8),
    ("approved", "Ph.duyệt", 8),
    ("share", "Tỷ lệ %", 8),
    ("required", "Cần đạt", 8),
    ("missing", "Còn thiếu", 9),
)


class Command(BaseCommand):
    """Print one line, or one JSON object, a body; the last is the nation (VN)."""

    help = "In tỷ lệ phân cấp của từng cơ quan trong một đợt rà soát."

    def add_arguments(self, parser):
        """The round (default: the current one) and the form of the answer."""
        parser.add_argument("--campaign", help="Mã đợt rà soát; mặc định là đợt đang mở gần nhất.")
        parser.add_argument(
            "--basis", default="", help="adjusted (sau điều chỉnh, mặc định) hoặc frozen (theo danh mục chốt)."
        )
        parser.add_argument("--on", default="", help="Số liệu đến hết ngày này (NĂM-THÁNG-NGÀY); mặc định là hiện tại.")
        parser.add_argument("--json", action="store_true", help="In JSON thay cho bảng.")

    def handle(self, *args, campaign, json: bool, basis, on, **options):
        """Count and print."""
        rounds = Campaign.objects.all()
        found = rounds.filter(code=campaign).first() if campaign else rounds.current()
        if found is None:
            raise CommandError(
                f"Không có đợt rà soát mã “{campaign}”." if campaign else "Chưa có đợt rà soát nào được mở."
            )
        try:
            asked = as_of(found, basis=basis, on=on)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        bodies, total = national_figures(found, asked)
        rows = [figures.as_dict() for figures in (*bodies, total)]
        self.stdout.write(_as_json(rows) if json else _as_table(found, rows, asked))


def _as_json(rows: list[dict]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=2)


def _as_table(campaign: Campaign, rows: list[dict], asked: AsOf) -> str:
    """The same figures for a person at a terminal."""
    title = f"{campaign.title} (mã {campaign.code})"
    if not asked.is_present:
        title += f", {BASIS_LABELS[asked.basis].lower()}"
    if asked.moment:
        title += f", đến {asked.moment:%H:%M:%S %d/%m/%Y} giờ Hà Nội"
    lines = [title, _line({name: label for name, label, _ in _COLUMNS})]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: dict) -> str:
    cells = []
    for name, _label, width in _COLUMNS:
        value = "—" if row[name] is None else str(row[name])
        cells.append(value[:width].ljust(width) if name in ("code", "name") else value.rjust(width))
    return " ".join(cells).rstrip()
