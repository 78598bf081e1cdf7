"""``manage.py open_campaign CODE``: open a prepared round from the server."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from reviews.actions.campaigns import open_campaign
from reviews.models import Campaign
from tthc_portal.accounts.models import User


def _person(username: str | None) -> User | None:
    """The active account of that name; None is the system itself."""
    if username is None:
        return None
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"Không có tài khoản đang hoạt động tên “{username}”.")
    return person


class Command(BaseCommand):
    """Freeze a round's catalogue and make its reviews; a round opened before is left as it is."""

    help = "Chốt danh mục và mở một đợt rà soát đang chuẩn bị."

    def add_arguments(self, parser):
        """The code of the round, and in whose name it is opened."""
        parser.add_argument("code", help="Mã đợt rà soát, ví dụ 2021.")
        parser.add_argument("--by", metavar="TÊN", help="Tên đăng nhập của người mở; bỏ trống là hệ thống.")

    def handle(self, *args, code, verbosity, by=None, **options):
        """Open it and say what was done; with ``-v 2`` also how far it is."""
        campaign = Campaign.objects.filter(code=code).first()
        if campaign is None:
            raise CommandError(f"Không có đợt rà soát mã “{code}”. Xem các đợt tại trang Đợt rà soát.")
        try:
            opened = open_campaign(by=_person(by), campaign=campaign, progress=self._say if verbosity > 1 else None)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        if opened.changed:
            self.stdout.write(f"Đã mở đợt “{campaign.title}”: {opened.items} thủ tục, {opened.reviews} phiếu rà soát.")
        else:
            self.stdout.write(
                f"Đợt “{campaign.title}” đã được mở từ trước ({opened.items} thủ tục, {opened.reviews} phiếu); "
                "không có gì thay đổi."
            )

    def _say(self, done: int, total: int) -> None:
        self.stderr.write(f"Đã tạo {done}/{total} phiếu")
