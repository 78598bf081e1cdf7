"""``manage.py demo [--scale small|full]``: fill an empty portal with an illustrative round of 2021."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from procedures import similarity
from procedures.models import Procedure
from reviews.demo.build import FULL, SMALL, build, is_built
from reviews.demo.catalogue import SERIES
from reviews.demo.people import demo_password
from reviews.models import Campaign
from tthc_portal.accounts.models import User


class Command(BaseCommand):
    """Make the demo once; a database that holds the round is left as it is."""

    help = "Nạp dữ liệu minh họa: cơ quan, tài khoản, danh mục và đợt rà soát năm 2021 đang giữa chừng."

    def add_arguments(self, parser):
        """The size, and whether a database with anything of its own is left alone in silence."""
        parser.add_argument(
            "--scale", choices=(SMALL, FULL), default=SMALL, help="small (mặc định) hoặc full (trên 100.000 phiếu)."
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="Chỉ nạp khi cơ sở dữ liệu chưa có người dùng và đợt rà soát nào."
        )

    def handle(self, *args, scale, if_empty, verbosity, **options):
        """Refuse where it could harm, build, and print the accounts."""
        if settings.PORTAL_MODE == "production":
            raise CommandError("Hệ thống đang ở chế độ production: không nạp dữ liệu minh họa.")
        if is_built():
            self.stdout.write("Cơ sở dữ liệu đã có đợt rà soát 2021; không có gì thay đổi.")
            self._accounts()
            return
        if User.objects.exists() or Campaign.objects.exists() or self._series_taken():
            if if_empty:
                self.stdout.write("Cơ sở dữ liệu đã có dữ liệu riêng; không nạp dữ liệu minh họa.")
                return
            raise CommandError(
                "Cơ sở dữ liệu đã có người dùng, đợt rà soát hoặc thủ tục minh họa; dữ liệu minh họa chỉ nạp vào cơ sở "
                "dữ liệu trống. Hãy dùng DATABASE_URL hoặc VAR_DIR khác."
            )
        started = time.monotonic()
        built = build(scale, say=self.stdout.write if verbosity > 1 else lambda text: None)
        # Read beside every form; the worker finds them while people sign in.
        similarity.enqueue(User.objects.filter(username="admin").first())
        self.stdout.write(
            f"Đã nạp dữ liệu minh họa trong {time.monotonic() - started:.0f} giây: {built.procedures} thủ tục, "
            f"{built.reviews} phiếu rà soát ({built.touched} phiếu đã làm), {built.events} sự kiện."
        )
        self._accounts()

    def _series_taken(self) -> bool:
        return Procedure.objects.filter(code__startswith=f"{SERIES}.", is_illustrative=True).exists()

    def _accounts(self) -> None:
        """Who may sign in, and with which password if these are the demo's own accounts."""
        admin = User.objects.filter(username="admin").first()
        if admin is None:
            return
        password = demo_password()
        self.stdout.write("Tài khoản: admin (quản trị), kiemtra (kiểm tra), cuc.chuyenvien, cuc.lanhdao;")
        self.stdout.write("mỗi cơ quan: <mã>.chuyenvien, <mã>.daumoi, <mã>.lanhdao (ví dụ g15.daumoi, h35.chuyenvien).")
        if admin.check_password(password):
            self.stdout.write(f"Mật khẩu chung: {password}")
        else:
            self.stdout.write("Mật khẩu đã được đặt khi nạp (DEMO_PASSWORD lúc đó), không phải mật khẩu hiện tại.")
