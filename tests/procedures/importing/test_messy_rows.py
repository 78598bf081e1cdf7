"""What becomes of the worst real rows: for each reason why they are bad, repaired how, valid, or invalid."""

import csv
import unicodedata

import pytest
from django.core.management import call_command

from procedures.importing.batches import run_import
from tests.procedures.books import sheet

pytestmark = pytest.mark.django_db
HEADER = (
    "Mã số",
    "Tên",
    "Cơ quan ban hành",
    "Lĩnh vực",
    "Cấp thực hiện",
    "Cơ quan có thẩm quyền",
    "Cơ quan thực hiện",
    "Số quyết định",
)
FIELDS = (
    "code_raw",
    "name",
    "ministry",
    "sector",
    "levels",
    "deciding_authority",
    "implementing_agency",
    "decision_number",
)
VALID = ()

# Reason → the columns that are repaired; VALID: taken as it stands.
REPAIRED = {
    "name longer than 500 characters": VALID,
    "double space in the name": ("Tên",),
    "same agency repeated in the cell": ("Cơ quan thực hiện",),
    "agency cell ends with a newline": ("Cơ quan thực hiện",),
    "sector in NFD": ("Lĩnh vực",),
    "code of series 1.1xxxxx": VALID,
    "leading/trailing space in the name": ("Tên",),
    "name in NFD (decomposed)": ("Tên",),
    "newline inside the name": ("Tên",),
    "publisher is a merged body, lower case": VALID,
    "code of series 5./6.": VALID,
    "tab in the name": ("Tên",),
    "two sectors in one cell": VALID,
    "odd decision number: QĐ/0001-BCA": VALID,
    "comma is both separator and part of an agency name": VALID,
    # The file alone cannot tell: the name is never a key, so it is taken, and shown as a change of name.
    "record does not match its code (scrape error)": VALID,
    "unusual level: Cơ quan khác": VALID,
    "odd decision number: 1681": VALID,
    "NBSP in an agency": ("Cơ quan thực hiện",),
    "odd decision number: QĐ2338-BTP": VALID,
    "odd decision number: 1728a/QĐ-NHNN": VALID,
    "odd decision number: SỐ 64/QĐ-NHNN": VALID,
    "odd decision number: Quyết định số 4777": VALID,
    "code damaged by Excel in an official annex": ("Mã số",),
    "ALL CAPS name": VALID,
    "published by a province (local special procedure)": VALID,
    "unusual level: Chưa xác định": VALID,
    "unusual level: Cấp xã, Cấp tỉnh, Cấp Bộ": VALID,
    # One row of it is valid; the annex has it twice, and then both are in error.
    "same code twice in one annex": VALID,
}


@pytest.fixture
def messy(samples) -> list[dict]:
    with (samples / "messy_rows.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def evaluated(tmp_path, rows):
    """The rows of a workbook of ``rows``; a blank publisher, which is another matter, is made Bộ Tư pháp."""
    cells = [[row[name] or None for name in FIELDS] for row in rows]
    for line in cells:
        line[2] = line[2] or "Bộ Tư pháp"
    return run_import(by=None, path=sheet(tmp_path / "a.xlsx", [HEADER, *cells]), dry_run=True).outcomes


def test_every_reason_has_a_stated_outcome(messy):
    assert {row["reason"] for row in messy} == set(REPAIRED)


def test_the_worst_real_rows_are_repaired_as_stated_and_otherwise_left_alone(messy, tmp_path):
    call_command("load_reference", verbosity=0)
    # A procedure may stand under two reasons, taken from two sources: the second time it goes into a file of its own.
    first = {row["code"]: row for row in reversed(messy)}.values()
    again = [row for row in messy if all(row is not other for other in first)]
    files = [[*first], again]
    for row, outcome in [pair for rows in files for pair in zip(rows, evaluated(tmp_path, rows), strict=True)]:
        assert outcome.errors == [], row["reason"]
        assert outcome.row.code == row["code"]
        repaired = {repair["column"] for repair in outcome.row.repairs}
        expected = set(REPAIRED[row["reason"]])
        assert expected <= repaired, row["reason"]
        for column in repaired - expected:
            # A row may be bad in more than the way it was picked for; no repair is made without need.
            raw = row[FIELDS[HEADER.index(column)]]
            lines = raw.split("\n")
            assert (
                raw != " ".join(raw.split())
                or not unicodedata.is_normalized("NFC", raw)
                or len(lines) != len(set(lines))
            ), (row["reason"], column)


def test_what_the_repairs_give(messy, tmp_path):
    call_command("load_reference", verbosity=0)
    by_reason = {row["reason"]: row for row in messy}
    found = {}
    for reason, row in by_reason.items():
        found[reason] = evaluated(tmp_path, [row])[0].row.values
    assert found["comma is both separator and part of an agency name"]["deciders"] == [
        "Cục cảnh sát quản lý hành chính về trật tự, xã hội, Công an tỉnh"
    ]
    assert found["same agency repeated in the cell"]["executing_bodies"] == ["Ủy ban nhân dân cấp xã"]
    assert found["two sectors in one cell"]["sectors"] == ["Trồng trọt", "Trồng trọt và Bảo vệ thực vật"]
    assert found["unusual level: Cơ quan khác"]["execution_levels"] == ["other"]
    assert found["unusual level: Chưa xác định"]["execution_levels"] == []
    assert found["unusual level: Cấp xã, Cấp tỉnh, Cấp Bộ"]["execution_levels"] == ["ministry", "province", "commune"]
    assert found["odd decision number: Quyết định số 4777"]["publishing_decision"] == "Quyết định số 4777"
    assert len(found["name longer than 500 characters"]["name"]) > 500
    assert "\n" not in found["newline inside the name"]["name"]
    assert "\u00a0" not in "".join(found["NBSP in an agency"]["executing_bodies"])
    for reason in ("ALL CAPS name", "published by a province (local special procedure)"):
        assert found[reason]["name"] == by_reason[reason]["name"]
    for row in messy:
        if row["reason"].startswith("code damaged"):
            outcome = evaluated(tmp_path, [row])[0]
            repair = next(item for item in outcome.row.repairs if item["column"] == "Mã số")
            assert (repair["before"], repair["after"]) == (row["code_raw"], row["code"])


def test_a_code_twice_in_one_annex_makes_both_rows_invalid(messy, tmp_path):
    call_command("load_reference", verbosity=0)
    row = next(row for row in messy if row["reason"] == "same code twice in one annex")
    first, second = evaluated(tmp_path, [row, row])
    assert [error["message"] for error in first.errors] == [
        f"Mã {row['code']} còn có ở dòng 3. Giữ lại một dòng cho mỗi mã."
    ]
    assert "dòng 2" in second.errors[0]["message"]
