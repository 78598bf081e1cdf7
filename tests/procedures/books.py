"""Small workbooks for import tests."""

from pathlib import Path

import openpyxl

HEADER = ("Mã số", "Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực")
OLD_HEADER = ("Mã TTHC", "Tên TTHC", "Cơ quan công khai", "Cơ quan có thẩm quyền", "Căn cứ pháp lý", "Cấp thực hiện")


def book(path: Path, *rows, header=HEADER, title="DANH SÁCH THỦ TỤC HÀNH CHÍNH", sheet="Danh sách TTHC") -> Path:
    """A workbook like the national export: merged title in row 1, header in row 2, ``rows`` from row 3."""
    workbook = openpyxl.Workbook()
    page = workbook.active
    page.title = sheet
    page.append([title])
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(header))
    page.append(list(header))
    for row in rows:
        page.append(list(row))
    workbook.save(path)
    return path


def many(path: Path, count: int, publisher="Bộ Tư pháp", name="Thủ tục số") -> Path:
    """A workbook of ``count`` procedures in ten sectors."""
    rows = (
        (f"1.{n:06d}", f"{name} {n}", publisher, "Sở Tư pháp\nỦy ban nhân dân cấp xã", f"Lĩnh vực {n % 10}")
        for n in range(count)
    )
    return book(path, *rows)
