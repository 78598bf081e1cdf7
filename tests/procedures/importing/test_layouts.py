"""Every layout met in the field is found by its labels and gives its procedures."""

import json

import openpyxl
import pytest
from django.core.management import call_command

from procedures.importing.cleaning import clean_table
from procedures.importing.excel import ImportFileError, read_table
from procedures.importing.layouts import FIELD_OF_LABEL, FIELDS
from procedures.importing.mapping import signature
from procedures.models import ColumnMapping, Procedure
from tests.procedures.books import HEADER, book, ministry_sheet, old_export, sheet

pytestmark = pytest.mark.django_db
ROW = ("1.000001", "Đăng ký khai sinh", "Bộ Tư pháp", "", "Hộ tịch")


def refusal(path, **kwargs) -> ImportFileError:
    with pytest.raises(ImportFileError) as caught:
        read_table(path, **kwargs)
    return caught.value


def said(table) -> list[tuple[int, str]]:
    """(row, message) of what was listed."""
    return [(warning["row"], warning["message"]) for warning in table.warnings]


def values(table) -> list[dict]:
    rows = clean_table(table)
    assert [row.errors for row in rows] == [[]] * len(rows)
    return [row.values for row in rows]


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("danh-sach-tthc-BoCongAn.xlsx", 339),
        ("danh-sach-tthc-BoTuPhap.xlsx", 271),
        ("danh-sach-tthc-BoXayDung.xlsx", 525),
        ("toa-an-nhan-dan.xlsx", 3),
    ],
)
def test_the_five_columns_of_the_national_portal(samples, file, rows):
    table = read_table(samples / "exports" / file)
    assert len(table.rows) == rows
    assert (table.kind, table.unknown_columns, table.warnings) == ("catalogue", [], [])
    assert list(table.columns) == ["code", "name", "publisher", "executing_bodies", "sectors"]


@pytest.mark.parametrize(("left", "above"), [(0, 0), (0, 3), (2, 0), (2, 3)])
def test_blank_rows_above_and_blank_columns_beside_a_table_keep_their_places(tmp_path, left, above):
    rows = [[None] * (left + len(HEADER))] * above + [[None] * left + list(row) for row in (HEADER, ROW)]
    table = read_table(sheet(tmp_path / "a.xlsx", rows))
    assert table.header_row == above + 1
    assert [index for index, _ in table.columns.values()] == [left + index for index in range(len(HEADER))]
    assert [number for number, _ in table.rows] == [above + 2]
    assert values(table)[0]["code"] == ROW[0]


def test_the_older_export(tmp_path):
    row = (
        "1.000001",
        "Đăng ký khai sinh",
        "Bộ Tư pháp",
        "1872/QĐ-BTP",
        "Hộ tịch",
        "Cấp xã, Cấp huyện",
        "Ủy ban nhân dân cấp xã",
        "Đang công khai",
    )
    table = read_table(old_export(tmp_path / "a.xlsx", row, ("1.000002", *row[1:])))
    assert (table.kind, table.header_row, len(table.rows), table.unknown_columns) == ("catalogue", 1, 2, [])
    assert values(table)[0] == {
        "code": "1.000001",
        "name": "Đăng ký khai sinh",
        "publisher": "Bộ Tư pháp",
        "publishing_decision": "1872/QĐ-BTP",
        "sectors": ["Hộ tịch"],
        "execution_levels": ["district", "commune"],
        "deciders": ["Ủy ban nhân dân cấp xã"],
        "status": "published",
    }


def test_a_ministrys_own_sheet_with_title_two_row_header_groups_numbering_and_total(tmp_path):
    table = read_table(ministry_sheet(tmp_path / "a.xlsx"))
    assert (table.kind, table.header_row, table.unknown_columns) == ("catalogue", 6, [])
    assert [number for number, _ in table.rows] == [9, 10, 12]
    assert table.columns["deciders"] == (4, "Cơ quan có thẩm quyền quyết định")
    assert table.columns["executing_bodies"] == (3, "Cơ quan thực hiện")
    assert [(v["code"], v["name"], v["publisher"], v["sectors"]) for v in values(table)] == [
        ("1.000001", "Đăng ký khai sinh", "BỘ TƯ PHÁP", ["Hộ tịch"]),
        ("1.000002", "Đăng ký kết hôn", "BỘ TƯ PHÁP", ["Hộ tịch"]),
        ("2.000003", "Đăng ký nuôi con nuôi", "BỘ TƯ PHÁP", ["Nuôi con nuôi"]),
    ]
    assert [number for number, _ in said(table)] == [1, 7, 8, 11, 13, 14]
    assert "Dòng tổng" in said(table)[4][1]
    assert "ghi chú" in said(table)[5][1]


def test_group_rows_per_ministry_fill_the_publisher_of_the_rows_below(tmp_path):
    groups = [
        (("", "BỘ TƯ PHÁP"), [("Tên A", "1.000001")]),
        (("", "BỘ CÔNG AN"), [("Tên B", "1.000002"), ("Tên C", "1.000003")]),
    ]
    path = ministry_sheet(tmp_path / "a.xlsx", groups)
    found = values(read_table(path))
    assert [v["publisher"] for v in found] == ["BỘ TƯ PHÁP", "BỘ CÔNG AN", "BỘ CÔNG AN"]
    assert "sectors" not in found[0]


def test_nested_groups_name_body_level_and_sector_and_an_outer_group_ends_the_inner(tmp_path):
    rows = [
        ("STT", "Mã TTHC", "Tên TTHC", "Cơ quan thực hiện"),
        ("A", "Bộ Tư pháp", None, None),
        ("I", "Lĩnh vực hộ tịch", None, None),
        (1, "1.000001", "Tên", None),
        ("B", "Bộ Công an", None, None),
        (2, "1.000002", "Tên", None),
        ("I", "Thủ tục hành chính cấp tỉnh", None, None),
        (3, "1.000003", "Tên", None),
        ("II", "Thủ tục hành chính bị bãi bỏ", None, None),
        (4, "1.000004", "Tên", None),
    ]
    found = values(read_table(sheet(tmp_path / "a.xlsx", rows, ["B2:D2"])))
    assert [(v["publisher"], v.get("sectors"), v.get("execution_levels"), v.get("status")) for v in found] == [
        ("Bộ Tư pháp", ["Hộ tịch"], None, None),
        ("Bộ Công an", None, None, None),
        ("Bộ Công an", None, ["province"], None),
        ("Bộ Công an", None, None, "abolished"),
    ]


@pytest.mark.parametrize(
    ("group", "filled"),
    [
        ("DANH MỤC TTHC MỚI BAN HÀNH", {"status": "published"}),
        ("Danh mục TTHC bị bãi bỏ", {"status": "abolished"}),
        ("DANH MỤC TTHC CẤP TỈNH", {"execution_levels": ["province"]}),
        ("DANH MỤC TTHC THUỘC PHẠM VI QUẢN LÝ", {}),
        ("Thủ tục hành chính được sửa đổi, bổ sung và bị bãi bỏ", {}),
        ("TTHCNOIBO-Pháp chế (Lĩnh vực TTHC nội bộ)", {"sectors": ["TTHCNOIBO-Pháp chế (Lĩnh vực TTHC nội bộ)"]}),
    ],
)
def test_a_group_that_says_tthc_for_procedures_is_no_sector_and_one_status_at_most(tmp_path, group, filled):
    header = ("STT", "Mã TTHC", "Tên TTHC", "Cơ quan công khai")
    path = sheet(tmp_path / "a.xlsx", [header, ("A", group, None, None), (1, "1.000001", "Tên", "Bộ Tư pháp")])
    (row,) = values(read_table(path))
    assert {name: row[name] for name in row if name not in {"code", "name", "publisher"}} == filled


def test_a_group_never_overwrites_what_a_row_says_itself(tmp_path):
    rows = [HEADER, ("Bộ Công an",), ROW, ("1.000002", "Tên", "", "", "")]
    found = values(read_table(sheet(tmp_path / "a.xlsx", rows, ["A2:E2"])))
    assert [v["publisher"] for v in found] == ["Bộ Tư pháp", "Bộ Công an"]


def test_a_procedure_without_a_code_is_no_group(tmp_path):
    rows = [
        ("STT", *HEADER),
        (1, None, "Bố trí ổn định dân cư", None, None, None),
        (2, None, "Cấp phép", "Bộ Tư pháp", None, None),
        (3, *ROW),
    ]
    table = read_table(sheet(tmp_path / "a.xlsx", rows))
    assert ([n for n, _ in table.rows], table.warnings) == ([2, 3, 4], [])


def test_a_header_repeated_on_each_printed_page_is_skipped_and_listed(tmp_path):
    rows = [HEADER, *[(f"1.{n:06d}", *ROW[1:]) for n in range(40)], HEADER, ("1.000099", *ROW[1:])]
    table = read_table(sheet(tmp_path / "a.xlsx", rows))
    assert len(table.rows) == 41
    assert said(table) == [(42, "Dòng tiêu đề lặp lại giữa bảng: được bỏ qua.")]


def test_two_header_rows_without_merged_cells_are_joined(tmp_path):
    rows = [("TT", "Mã", "Tên", "Cơ quan", ""), ("", "TTHC", "TTHC", "ban hành", "Lĩnh vực"), (1, *ROW[:3], "Hộ tịch")]
    table = read_table(sheet(tmp_path / "a.xlsx", rows))
    assert table.header_row == 2
    assert {name: label for name, (_, label) in table.columns.items()} == {
        "code": "Mã TTHC",
        "name": "Tên TTHC",
        "publisher": "Cơ quan ban hành",
        "sectors": "Lĩnh vực",
    }


def test_the_second_rows_own_label_wins(tmp_path):
    rows = [
        ("Mã TTHC", "Tên TTHC", "Cơ quan thực hiện", ""),
        ("", "", "Cơ quan ban hành", "Cơ quan thực hiện"),
        ("1.000001", "Tên", "Bộ Tư pháp", "Sở Tư pháp"),
    ]
    table = read_table(sheet(tmp_path / "a.xlsx", rows, ["A1:A2", "B1:B2", "C1:D1"]))
    assert values(table)[0]["publisher"] == "Bộ Tư pháp"
    assert values(table)[0]["executing_bodies"] == ["Sở Tư pháp"]


def test_numbered_columns_are_skipped_under_a_plain_header(tmp_path):
    table = read_table(sheet(tmp_path / "a.xlsx", [HEADER, (1, 2, 3, 4, 5), ROW]))
    assert [number for number, _ in table.rows] == [3]


def test_a_merged_cell_of_the_data_speaks_for_the_rows_it_covers_and_no_others(tmp_path):
    rows = [
        HEADER,
        ROW,
        ("1.000002", "Tên", None, None, None),
        ("1.000003", "Tên", "Bộ Công an", None, None),
        ("1.000004", "Tên", None, None, None),
    ]
    table = read_table(sheet(tmp_path / "a.xlsx", rows, ["C2:C3"]))
    found = values(table)
    assert [v.get("publisher") for v in found] == ["Bộ Tư pháp", "Bộ Tư pháp", "Bộ Công an", None]
    assert found[1].get("sectors") is None
    assert said(table) == [(2, "Ô gộp từ dòng 2 đến dòng 3: giá trị được lấy cho mọi dòng trong ô gộp.")]


def test_rows_under_one_merged_code_are_one_procedure(tmp_path):
    rows = [HEADER, (*ROW[:3], "Sở Tư pháp", ROW[4]), (None, None, None, "Ủy ban nhân dân cấp xã", None)]
    table = read_table(sheet(tmp_path / "a.xlsx", rows, ["A2:A3", "B2:B3", "C2:C3"]))
    assert values(table)[0]["executing_bodies"] == ["Sở Tư pháp", "Ủy ban nhân dân cấp xã"]
    assert len(table.rows) == 1
    assert "được gộp vào dòng đó" in said(table)[-1][1]


def test_hidden_rows_are_imported_and_listed(tmp_path):
    rows = [HEADER, ROW, ("1.000002", *ROW[1:])]
    table = read_table(sheet(tmp_path / "a.xlsx", rows, hidden=[3]))
    assert len(table.rows) == 2
    assert [(w["row"], w["column"]) for w in table.warnings] == [(3, "Dòng ẩn")]


def test_a_sheet_of_codes_and_deciding_authorities_is_of_another_kind(tmp_path):
    rows = [("Mã TTHC", "Cơ quan có thẩm quyền", "Căn cứ pháp lý"), ("1.000001", "Bộ trưởng Bộ Tư pháp", "Điều 5")]
    assert read_table(sheet(tmp_path / "a.xlsx", rows)).kind == "deciders"


def test_several_sheets_ask_which_and_name_them(tmp_path):
    workbook = openpyxl.load_workbook(book(tmp_path / "a.xlsx", ROW))
    path = sheet(tmp_path / "a.xlsx", [HEADER, ROW, ("1.000002", *ROW[1:])], name="Bộ Công an", workbook=workbook)
    assert refusal(path).sheets == ["Danh sách TTHC", "Bộ Công an"]
    assert len(read_table(path, sheet="Bộ Công an").rows) == 2


def test_columns_not_recognised_are_listed_and_a_number_column_is_not(tmp_path):
    rows = [("STT", *HEADER, "Phí", "Ghi chú", "Ghi chú"), (1, *ROW, "0", "", "")]
    assert read_table(sheet(tmp_path / "a.xlsx", rows)).unknown_columns == [
        "Phí",
        "Ghi chú (cột H)",
        "Ghi chú (cột I)",
    ]


STRANGE = ("Ký hiệu", "Tên", "Đơn vị chủ trì", "Phí")


def test_a_missing_column_that_could_be_mapped_offers_the_labels_left(tmp_path):
    path = sheet(tmp_path / "a.xlsx", [("Mã số", *STRANGE[1:]), ("1.000001", "Tên", "Bộ Tư pháp", "0")])
    error = refusal(path)
    assert "thiếu cột “Cơ quan ban hành”" in str(error)
    assert (error.mappable, error.header_row) == (["Đơn vị chủ trì", "Phí"], 1)
    assert error.labels == ["Mã số", *STRANGE[1:]]
    table = read_table(path, mapping={"publisher": "Đơn vị chủ trì"})
    assert values(table)[0]["publisher"] == "Bộ Tư pháp"
    assert table.unknown_columns == ["Phí"]


def test_labels_that_say_nothing_over_a_column_of_codes_can_be_mapped_too(tmp_path):
    path = sheet(tmp_path / "a.xlsx", [("Ký hiệu", "Nội dung", "Đơn vị"), ("1.000001", "Tên", "Bộ Tư pháp")])
    assert refusal(path).mappable == ["Ký hiệu", "Nội dung", "Đơn vị"]
    mapping = {"code": "Ký hiệu", "name": "Nội dung", "publisher": "Đơn vị"}
    assert values(read_table(path, mapping=mapping)) == [{"code": "1.000001", "name": "Tên", "publisher": "Bộ Tư pháp"}]


def test_what_a_person_said_of_a_layout_serves_the_next_file_laid_out_alike(tmp_path):
    first = sheet(tmp_path / "a.xlsx", [("Mã số", *STRANGE[1:]), ("1.000001", "Tên", "Bộ Tư pháp", "0")])
    labels = refusal(first).labels
    ColumnMapping.objects.create(layout=signature(labels), labels=labels, mapping={"publisher": "Đơn vị chủ trì"})
    second = sheet(
        tmp_path / "b.xlsx", [("MÃ SỐ", "tên", "Đơn vị  chủ trì", "Phí"), ("1.000002", "Tên", "Bộ Công an", "0")]
    )
    table = read_table(second)
    assert (table.remembered, table.mapping) == (True, {"publisher": "Đơn vị chủ trì"})
    assert values(table)[0]["publisher"] == "Bộ Công an"
    assert not read_table(second, mapping={"publisher": "Đơn vị chủ trì"}).remembered


def test_a_persons_word_goes_before_the_general_list(tmp_path):
    rows = [(*HEADER, "Tên đầy đủ"), (*ROW, "Thủ tục đăng ký khai sinh")]
    table = read_table(sheet(tmp_path / "a.xlsx", rows), mapping={"name": "Tên đầy đủ"})
    assert values(table)[0]["name"] == "Thủ tục đăng ký khai sinh"
    assert table.unknown_columns == ["Tên"]


def test_every_known_label_belongs_to_a_field_a_person_may_choose():
    assert set(FIELD_OF_LABEL.values()) == set(FIELDS)


def test_a_ministrys_own_sheet_is_imported_and_its_report_tells_rows_from_groups(bodies, tmp_path, capsys):
    path = ministry_sheet(tmp_path / "a.xlsx")
    call_command("import_procedures", str(path), "--json", "--report", str(tmp_path / "b.xlsx"))
    result = json.loads(capsys.readouterr().out)
    assert (result["rows"], result["created"], result["invalid"]) == (3, 3, 0)
    page = openpyxl.load_workbook(tmp_path / "b.xlsx").active
    verdicts = {number: page.cell(number, page.max_column - 1).value for number in range(6, 15)}
    assert [number for number, verdict in verdicts.items() if verdict == "Mới"] == [9, 10, 12]
    assert [number for number, verdict in verdicts.items() if verdict == "Bỏ qua"] == [7, 8, 11, 13, 14]
    procedure = Procedure.objects.get(code="2.000003")
    assert (procedure.publisher.code, [sector.name for sector in procedure.sectors.all()]) == ("G15", ["Nuôi con nuôi"])


def test_the_older_export_is_imported(bodies, tmp_path, capsys):
    tail = ("Bộ Tư pháp", "1872/QĐ-BTP", "Hộ tịch", "Cấp xã", "Ủy ban nhân dân cấp xã", "Đang công khai")
    path = old_export(tmp_path / "a.xlsx", ("1.000001", "Tên", *tail), ("1.000002", "Tên", *tail))
    call_command("import_procedures", str(path), "--json")
    assert json.loads(capsys.readouterr().out)["created"] == 2


def test_the_command_names_the_sheets_and_takes_one(bodies, tmp_path, capsys):
    workbook = openpyxl.load_workbook(book(tmp_path / "a.xlsx", ROW))
    path = sheet(tmp_path / "a.xlsx", [HEADER, ROW, ("1.000002", *ROW[1:])], name="Bộ Công an", workbook=workbook)
    for wanted in ((), ("--sheet", "Khác")):
        with pytest.raises(SystemExit) as stop:
            call_command("import_procedures", str(path), "--json", *wanted)
        assert stop.value.code == 2
        out, err = capsys.readouterr()
        assert "“Danh sách TTHC”, “Bộ Công an”" in err
        assert json.loads(out)["errors"][0]["message"] == err.strip()
    call_command("import_procedures", str(path), "--json", "--sheet", "bo cong an")
    assert json.loads(capsys.readouterr().out)["created"] == 2
