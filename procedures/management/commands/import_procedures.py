"""Import a catalogue workbook from the command line, as the page does: all or nothing."""

import datetime
import json
import sys
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from procedures.importing.batches import digest, earlier_import, run_import
from procedures.importing.evaluating import ABOLISH
from procedures.importing.excel import ImportFileError
from procedures.importing.reading import lacks_publisher
from procedures.importing.report import ReportError, absent_of, verdicts_of, write_report


class Command(BaseCommand):
    """Exit code 0: done (or nothing to do); 1: invalid rows, nothing written; 2: the file cannot be read."""

    help = "Nhập danh mục TTHC từ tệp Excel (.xlsx). Có dòng lỗi thì không ghi gì."

    def add_arguments(self, parser):
        """The options of the public surface, and the sheet and day that a file may need."""
        parser.add_argument("file", metavar="FILE", help="tệp .xlsx xuất từ Cơ sở dữ liệu quốc gia về TTHC")
        parser.add_argument("--dry-run", action="store_true", help="chỉ xem kết quả, không ghi")
        parser.add_argument("--json", action="store_true", help="in kết quả là một đối tượng JSON")
        parser.add_argument("--report", metavar="OUT.xlsx", help="ghi lại tệp kèm hai cột kết quả và cách sửa")
        parser.add_argument("--sheet", metavar="NAME", help="trang tính cần nhập khi tệp có nhiều trang danh mục")
        parser.add_argument(
            "--publisher",
            metavar="CODE",
            default="",
            help="mã cơ quan ban hành của mọi dòng khi tệp không ghi cơ quan nào, ví dụ G12",
        )
        parser.add_argument(
            "--only-valid", action="store_true", help="ghi các dòng hợp lệ, bỏ qua dòng lỗi (mặc định: không ghi gì)"
        )
        parser.add_argument(
            "--missing",
            choices=["keep", "abolish"],
            default="keep",
            help="thủ tục của cơ quan có tên trong tệp mà tệp không có: giữ nguyên (mặc định) hoặc đánh dấu bãi bỏ",
        )
        parser.add_argument(
            "--as-of",
            type=datetime.date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="ngày của danh mục (mặc định: hôm nay)",
        )

    def handle(self, *args, **options):
        """Run the import and say what it did."""
        path = Path(options["file"])
        if options["report"] and Path(options["report"]).resolve() == path.resolve():
            raise CommandError("Tệp báo cáo phải khác tệp nhập để tệp gốc còn nguyên. Đặt tên khác cho --report.")
        try:
            evaluation = run_import(
                by=None,
                path=path,
                as_of=options["as_of"],
                sheet=options["sheet"],
                dry_run=options["dry_run"],
                only_valid=options["only_valid"],
                missing=options["missing"],
                publisher=options["publisher"],
            )
        except ImportFileError as error:
            hint = " Bằng lệnh: --publisher MÃ_CƠ_QUAN." if lacks_publisher(error) else ""
            self._print_unreadable(path, f"{error}{hint}", options["json"])
            sys.exit(2)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        abolish = options["missing"] == ABOLISH
        if options["report"]:
            self._write_report(path, Path(options["report"]), evaluation, abolish)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(evaluation), ensure_ascii=False))
        else:
            self._print(path, evaluation, options["dry_run"], abolish)
        if evaluation.counts["invalid"] and not options["only_valid"]:
            sys.exit(1)

    def _print_unreadable(self, path: Path, message: str, as_json: bool) -> None:
        self.stderr.write(message)
        if as_json:
            empty = dict.fromkeys(("rows", "created", "changed", "unchanged", "invalid", "repaired"), 0)
            error = {"row": None, "column": None, "value": path.name, "message": message}
            self.stdout.write(json.dumps(empty | {"batch": None, "errors": [error], "repairs": []}, ensure_ascii=False))

    def _write_report(self, path: Path, target: Path, evaluation, abolish: bool) -> None:
        table, absent = evaluation.table, absent_of(evaluation, abolish)
        try:
            write_report(path, target, table.sheet, table.header_row, verdicts_of(evaluation), absent, path.name)
        except ReportError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Không ghi được báo cáo {target} ({error.strerror}). Chọn nơi khác.") from error

    def _print(self, path: Path, evaluation, dry_run: bool, abolish: bool) -> None:
        counts = evaluation.counts
        for outcome in evaluation.outcomes:
            for error in outcome.errors:
                value = f" “{error['value']}”" if error["value"] else ""
                self.stdout.write(f"Dòng {outcome.row.number}, cột {error['column']}{value}: {error['message']}")
        for warning in evaluation.warnings[:50]:
            self.stderr.write(
                f"Dòng {warning['row']}, cột {warning['column']} “{warning['value']}”: {warning['message']}"
            )
        if len(evaluation.warnings) > 50:
            self.stderr.write(f"… và {len(evaluation.warnings) - 50} lưu ý khác; dùng --report để xem hết.")
        self.stdout.write(
            f"{evaluation.table.file_name}: {counts['rows']} dòng; "
            f"mới {counts['created']}, thay đổi {counts['changed']}, không đổi {counts['unchanged']}, "
            f"lỗi {counts['invalid']}, chuẩn hóa {counts['repaired']}."
        )
        missing = len(evaluation.missing)
        if missing:
            marked = "; đã đánh dấu bãi bỏ" if evaluation.batch and abolish else ""
            self.stdout.write(
                f"Có trong danh mục nhưng không có trong tệp, của cơ quan có tên trong tệp: {missing}{marked}."
            )
        if counts["invalid"] and evaluation.batch is None:
            self.stdout.write("Chưa ghi gì. Sửa các dòng lỗi trong tệp rồi nhập lại.")
        elif dry_run:
            self.stdout.write("Chạy thử, chưa ghi gì.")
        elif evaluation.batch:
            self.stdout.write(f"Đã ghi, lượt nhập {evaluation.batch.pk}. Hoàn tác: undo_import {evaluation.batch.pk}")
        else:
            earlier = earlier_import(digest(path))
            when = f" Tệp này đã được nhập ngày {earlier.applied_at:%d/%m/%Y}." if earlier else ""
            self.stdout.write(f"0 thay đổi, không ghi gì.{when}")


def _as_json(evaluation) -> dict:
    """The object that others' scripts read."""
    return evaluation.counts | {
        "batch": evaluation.batch.pk if evaluation.batch else None,
        "errors": [{"row": o.row.number, **error} for o in evaluation.outcomes for error in o.errors],
        "repairs": [{"row": o.row.number, **repair} for o in evaluation.outcomes for repair in o.row.repairs],
    }
