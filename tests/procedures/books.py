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


def sheet(path: Path, rows, merges=(), name="Danh mục", hidden=(), workbook=None) -> Path:
    """A workbook whose sheet ``name`` holds ``rows`` from A1, with ``merges`` like "A1:E1" and ``hidden`` row numbers.

    With ``workbook`` the sheet is added to it.
    """
    book_ = workbook or openpyxl.Workbook()
    page = book_.create_sheet(name) if workbook else book_.active
    page.title = name
    for row in rows:
        page.append(list(row))
    for area in merges:
        page.merge_cells(area)
    for number in hidden:
        page.row_dimensions[number].hidden = True
    book_.save(path)
    return path


def old_export(path: Path, *rows) -> Path:
    """A workbook like the older national export: eight columns, header in row 1."""
    header = (
        "Mã TTHC",
        "Tên TTHC",
        "Cơ quan công khai",
        "QĐ công bố",
        "Lĩnh vực",
        "Cấp thực hiện",
        "Cơ quan có thẩm quyền",
        "Tình trạng",
    )
    return sheet(path, [header, *rows])


def ministry_sheet(path: Path, groups=None, total=True) -> Path:
    """A ministry's own sheet: a title block, a merged header of two rows, numbering, group rows and a total row.

    ``groups``: [(text of the group row, [(name, code, ground, bodies)])].
    """
    groups = groups or [
        (("I", "Lĩnh vực hộ tịch"), [("Đăng ký khai sinh", "1.000001"), ("Đăng ký kết hôn", "1.000002")]),
        (("II", "Lĩnh vực nuôi con nuôi"), [("Đăng ký nuôi con nuôi", "2.000003")]),
    ]
    rows = [
        ("BỘ TƯ PHÁP", None, None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (None, None, None, None, "Độc lập - Tự do - Hạnh phúc"),
        ("DANH MỤC THỦ TỤC HÀNH CHÍNH",),
        ("(Kèm theo Công văn số 12/BTP-KSTT ngày 05 tháng 3 năm 2021)",),
        ("STT", "Thủ tục hành chính", None, "Cơ quan", None),
        (None, "Tên", "Mã số", "thực hiện", "có thẩm quyền quyết định"),
        ("(1)", "(2)", "(3)", "(4)", "(5)"),
    ]
    merges = ["A1:B1", "E1:E1", "A3:E3", "A4:E4", "A5:A6", "B5:C5", "D5:E5"]
    number = 0
    for (mark, text), items in groups:
        rows.append((mark, text, None, None, None) if mark else (text, None, None, None, None))
        merges.append(f"B{len(rows)}:E{len(rows)}" if mark else f"A{len(rows)}:E{len(rows)}")
        for name, code in items:
            number += 1
            rows.append((number, name, code, "Ủy ban nhân dân cấp xã", "Chủ tịch Ủy ban nhân dân cấp xã"))
    if total:
        rows.append(("Tổng cộng", None, number, None, None))
        rows.append(("Ghi chú: số liệu đến ngày 01/3/2021", None, None, None, None))
    return sheet(path, rows, [area for area in merges if area != "E1:E1"])
