"""The first sheet of the filled workbook: whose forms these are and how to fill them and hand them in."""

import datetime
from collections.abc import Iterable

from django.utils import timezone
from django.utils.formats import date_format
from xlsxwriter.worksheet import Worksheet

from reviews.models import Campaign
from reviews.sheets.looks import Looks, height_of
from tthc_portal.accounts.models import User

STEPS = (
    "Điền vào các ô nền trắng. Ô nền xám bị khóa, chỉ để xem.",
    (
        "Ô có danh sách thì chọn trong danh sách thả xuống (bấm vào ô rồi bấm mũi tên, hoặc Alt + ↓). "
        "Muốn bỏ lựa chọn thì xóa trống ô."
    ),
    "Chỉ con trỏ vào tiêu đề cột để xem mục đó hỏi gì, ví dụ và căn cứ pháp lý. Xuống dòng trong một ô: Alt + Enter.",
    (
        "Không thêm, xóa, chép dòng; không đổi tên trang; không chép dòng từ tệp tải lần khác. "
        "Lọc và ẩn dòng thì được. Dòng nào không sửa thì cứ để nguyên."
    ),
    "Lưu tệp vẫn ở dạng Excel (*.xlsx). Mở và sửa được bằng Microsoft Excel hoặc LibreOffice.",
    (
        "Vào cổng, mục Phiếu rà soát, chọn “Nhập phiếu Excel đã điền”, chọn tệp này. Cổng cho xem trước từng ô sẽ "
        "thay đổi rồi mới ghi; ô nào đồng nghiệp cũng đã sửa khác thì cổng hỏi giữ bên nào, không mất nội dung của ai."
    ),
    "Nhập tệp không tự hoàn thành và không tự gửi phiếu nào: người được giao vẫn bấm “Hoàn thành” trên cổng.",
)
LIMITS = (
    (
        "Thẩm quyền hiện nay, kiến nghị sửa văn bản, chi phí tuân thủ và tài liệu kèm theo ghi trên cổng, "
        "không ghi trong tệp này."
    ),
    (
        "Một dòng giữ một lần chuyển thẩm quyền (các ô “Cho cấp”, “Cơ quan nhận”, “Hình thức”). Phiếu có nhiều lần "
        "chuyển, chuyển một phần hoặc chưa rõ ai đang quyết định thì ba ô đó bị khóa và ghi rõ vì sao; sửa trên cổng."
    ),
    "Phiếu đã hoàn thành hoặc đã gửi thì cả dòng bị khóa (xem cột Trạng thái). Thủ tục loại trừ không có trong tệp.",
    "Không ghi nội dung thuộc bí mật nhà nước.",
)
_WIDTHS = (5, 24, 84)


def fill(
    sheet: Worksheet,
    looks: Looks,
    *,
    campaign: Campaign,
    by: User,
    made_at: datetime.datetime,
    title: str,
    sheets: Iterable[tuple[Worksheet, int]],
) -> None:
    """Write the guide; ``sheets`` are those of the forms with their numbers of rows."""
    for place, width in enumerate(_WIDTHS):
        sheet.set_column(place, place, width)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, "Phiếu rà soát thủ tục hành chính để điền ngoài cổng", looks.title)
    moment = date_format(timezone.localtime(made_at), "H:i d/m/Y")
    facts = [
        ("Đợt rà soát", campaign.title),
        ("Cơ quan", by.body.name),
        ("Nội dung tệp", title),
        *((f"Trang “{one.get_name()}”", f"{number} phiếu") for one, number in sheets),
        ("Người tải, lúc tải", f"{by}, {moment}"),
    ]
    row = 2
    for name, text in facts:
        if text:
            sheet.write_string(row, 0, name, looks.name)
            sheet.write_string(row, 2, text, looks.text)
            row += 1
    row = _numbered(sheet, looks, row + 1, "Cách làm", STEPS)
    row = _numbered(sheet, looks, row + 1, "Cần biết", LIMITS)
    sheet.write_string(row + 1, 1, "Ô để điền", looks.sample_open)
    sheet.write_string(row + 1, 2, "nền trắng", looks.text)
    sheet.write_string(row + 2, 1, "Ô bị khóa", looks.sample_shut)
    sheet.write_string(row + 2, 2, "nền xám, sửa ở đây không được nhận", looks.text)
    sheet.protect("")
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)


def _numbered(sheet: Worksheet, looks: Looks, row: int, heading: str, sentences: Iterable[str]) -> int:
    """A heading and its numbered sentences from ``row`` on; the first free row after them."""
    sheet.write_string(row, 0, heading, looks.heading)
    width = round(sum(_WIDTHS[1:]) * 1.15)  # letters of the text are narrower than the column's unit
    for number, sentence in enumerate(sentences, start=1):
        sheet.write_number(row + number, 0, number, looks.number)
        sheet.merge_range(row + number, 1, row + number, 2, sentence, looks.text)
        sheet.set_row(row + number, 15.75 * height_of(sentence, width))
    return row + len(list(sentences)) + 1
