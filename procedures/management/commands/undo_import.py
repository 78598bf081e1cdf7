"""Take back one import of the catalogue."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from procedures.importing.undo import undo
from procedures.models import ImportBatch


class Command(BaseCommand):
    """Exit code 0: every value is as before the import; 1: refused, nothing changed."""

    help = "Hoàn tác một lượt nhập danh mục: mọi giá trị trở lại như trước khi nhập."

    def add_arguments(self, parser):
        """The number of the batch, as the import printed it."""
        parser.add_argument("batch", type=int, metavar="BATCH", help="số của lượt nhập")

    def handle(self, *args, **options):
        """Undo, or say why not."""
        batch = ImportBatch.objects.filter(pk=options["batch"]).first()
        if batch is None:
            raise CommandError(f"Không có lượt nhập số {options['batch']}. Xem số lượt nhập trên trang Nhập danh mục.")
        try:
            undo(by=None, batch=batch)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"Đã hoàn tác lượt nhập {batch.pk} ({batch.file_name}): "
            f"xóa {batch.rows_created} thủ tục mới, khôi phục {batch.rows_changed + batch.rows_abolished} thủ tục."
        )
