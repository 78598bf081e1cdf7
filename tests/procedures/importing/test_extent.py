"""A filled cell far from the table is found however it is written, and nothing near is taken for one."""

import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures.importing.excel import ImportFileError, read_table
from procedures.importing.extent import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, column_letter, is_narrow, is_short, measure
from procedures.importing.opening import check_reach, facts_of_sheet
from tests.procedures.books import book

pytestmark = pytest.mark.django_db
ROW = ("1.000001", "Tên", "Bộ Tư pháp", "", "")
VALUE = b"<v>1</v>"

# How the same cell may be written so that the reader still takes it for one.
SPELLINGS = [
    b'<c r="%s">%s</c>',
    b"<c r='%s'>%s</c>",
    b'<c r = "%s">%s</c>',
    b'<c\nr="%s">%s</c>',
    b'<c\tr="%s" t="n">%s</c>',
    b'<c s="1" r="%s">%s</c>',
    b'<c q="a/b" r="%s">%s</c>',
    b'<c q="a&gt;b" r="%s">%s</c>',
    b'<c r="%s" q="a>b">%s</c>',
    b'<c r="%s"><!-- --><is/>%s</c>',
    b'<x:c r="%s">%s</x:c>',
    b'<x-1:c r="%s">%s</x-1:c>',
    b'<c r="%s"><f>1+1</f>%s</c>',
    b'<c r="%s"><x:f/>%s</c>',
]


def pieces(cells: list[bytes], size: int) -> list[bytes]:
    """A sheet of one row for each cell, cut anywhere."""
    rows = b"".join(b"<row>%s</row>" % cell for cell in cells)
    xml = b'<worksheet xmlns:x="m" xmlns:x-1="m"><sheetData>%s</sheetData><pageMargins/></worksheet>' % rows
    return [xml[start : start + size] for start in range(0, len(xml), size)]


def refused(cells: list[bytes], size: int = 500) -> bool:
    try:
        measure(pieces(cells, size), "Tệp a.xlsx")
    except ImportFileError:
        return True
    return False


places = st.builds(lambda column, row: (column, row), st.integers(0, 20_000), st.integers(1, 1_048_576))
near = st.builds(lambda column, row: (column, row), st.integers(0, 11), st.integers(1, 9_000))
spellings = st.sampled_from(SPELLINGS)


def named(place: tuple[int, int], lower: bool = False) -> bytes:
    name = f"{column_letter(place[0])}{place[1]}".encode()
    return name.lower() if lower else name


@settings(max_examples=400, deadline=None)
@given(st.lists(near, max_size=5), places, spellings, st.booleans(), st.integers(0, 5), st.integers(7, 500))
def test_what_both_glances_pass_takes_little_and_what_takes_much_is_refused(around, far, spelling, lower, at, size):
    cells = [SPELLINGS[0] % (named(place), VALUE) for place in around]
    cells.insert(at, spelling % (named(far, lower), VALUE))
    sheet = b"".join(b"<row>%s</row>" % cell for cell in cells)
    everything = [*around, far]
    rows, width = max(row for _, row in everything), max(column for column, _ in everything) + 1
    much = rows > MAX_ROWS or width > MAX_COLUMNS or rows * width > MAX_CELLS
    if is_narrow(sheet):
        assert width <= 26
        assert rows < 100_000
    if is_short(sheet):
        assert width <= MAX_COLUMNS
        assert rows < 50_000
    assert not (much and (is_narrow(sheet) or is_short(sheet)))
    assert refused(cells, size) == much


def test_tables_as_programs_write_them_need_no_second_look():
    for cell in (b'<c r="A1" s="0"/>', b'<c r="Z99999" t="s"><v>1</v></c>', b'<c r="B7" t="inlineStr"><is><t>a:c'):
        assert is_narrow(b'<row r="1" spans="1:6">' + cell)
    assert not is_narrow(b'<c r="AA1"><v>')
    assert is_short(b'<c r="CV49999"><v>')
    assert not is_short(b'<c r="CW1"><v>')
    assert not is_short(b'<c r="A50000"><v>')


def test_other_elements_are_no_cells():
    xml = b'<sheetPr/><col min="1"/><cols/><conditionalFormatting/><customSheetViews/><cellWatches/>'
    assert is_narrow(xml)
    assert is_short(xml)


@pytest.mark.parametrize(("count", "much"), [(100, False), (101, True)])
def test_cells_without_a_name_are_counted(count, much):
    assert refused([b"<c><v>1</v></c>" * count]) == much


def test_rows_without_cells_names_are_counted():
    xml = b'<worksheet><sheetData><row r="%d"><c><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(ImportFileError, match="dòng 200001"):
        measure([xml % (MAX_ROWS + 1)], "Tệp a.xlsx")
    measure([xml % MAX_ROWS], "Tệp a.xlsx")


def test_formatted_cells_take_nothing_wherever_they_stand():
    assert not refused([b'<c r="XFD1048576" s="3"/>', b'<c r="XFD1048575" s="3"></c>'])


def test_a_sheet_with_a_document_type_is_no_plain_sheet():
    with pytest.raises(ValueError, match="document type"):
        measure([b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"], "Tệp a.xlsx")


def rewritten(path, part, change):
    """``path`` with one of its parts put through ``change``."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("spelling", [*SPELLINGS, b'<c r="%s" q="<row ">%s</c>'])
def test_no_spelling_of_the_last_corner_reaches_the_reader(tmp_path, spelling):
    far = b"<row r='1048576'>%s</row></sheetData>" % (spelling % (b"XFD1048576", VALUE))
    path = rewritten(book(tmp_path / "a.xlsx", ROW), SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    with pytest.raises(ImportFileError):
        read_table(path)


def test_many_nameless_cells_over_many_rows_do_not_reach_the_reader(tmp_path):
    far = b'<row>%s</row><row r="99999"><c><v>1</v></c></row></sheetData>' % (b"<c><v>1</v></c>" * 10_000)
    path = rewritten(book(tmp_path / "a.xlsx", ROW), SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    with pytest.raises(ImportFileError, match="quá 100 cột"):
        read_table(path)


def test_a_sheet_declared_in_other_quotes_is_looked_at_all_the_same(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    rewritten(path, "xl/workbook.xml", lambda xml: xml.replace(b'"', b"'"))
    rewritten(path, "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b'"', b"'"))
    assert len(read_table(path).rows) == 1
    far = b'<row r="9"><c r="XFD9"><v>1</v></c></row></sheetData>'
    rewritten(path, SHEET, lambda xml: xml.replace(b"</sheetData>", far))
    with pytest.raises(ImportFileError, match="quá 100 cột"):
        read_table(path)


def test_a_sheet_that_is_not_to_be_found_is_not_read(tmp_path):
    path = book(tmp_path / "a.xlsx", ROW)
    with pytest.raises(ValueError, match="No sheet"):
        check_reach(path, "Khác", "Tệp a.xlsx")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [SHEET, SHEET.upper()])
def test_two_parts_of_one_name_are_refused(tmp_path, name):
    path = book(tmp_path / "a.xlsx", ROW)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"<worksheet/>")
    with pytest.raises(ImportFileError, match="bị hỏng"):
        read_table(path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_hidden_rows_formulas_and_errors_are_found_wherever_they_stand(tmp_path_factory, data):
    count = data.draw(st.integers(1, 3_000))
    kinds = data.draw(st.dictionaries(st.integers(2, count + 1), st.sampled_from("hfe"), max_size=6))
    text = data.draw(st.sampled_from(["Thủ tục", "d <row hidden f #", "Định dạng d=e"])).encode()
    rows = []
    for number in range(2, count + 2):
        kind = kinds.get(number)
        cell = {
            "f": b'<c r="A%d"><f>1+1</f></c>' % number,
            "e": b'<c r="A%d" t="e"><v>#REF!</v></c>' % number,
        }.get(kind, b'<c r="A%d" t="inlineStr"><is><t>%s</t></is></c>' % (number, text.replace(b"<", b"&lt;")))
        rows.append(b'<row r="%d"%s>%s</row>' % (number, b' hidden="1"' if kind == "h" else b"", cell))
    path = book(tmp_path_factory.mktemp("facts") / "a.xlsx", ROW)
    xml = b"<worksheet><sheetData>%s</sheetData></worksheet>" % b"".join(rows)
    rewritten(path, SHEET, lambda _: xml)
    facts = facts_of_sheet(path, "Danh sách TTHC")
    assert facts.hidden == {number for number, kind in kinds.items() if kind == "h"}
    assert facts.uncalculated == {(number, 0): "=1+1" for number, kind in kinds.items() if kind == "f"}
    assert facts.wrong == {(number, 0): "#REF!" for number, kind in kinds.items() if kind == "e"}
