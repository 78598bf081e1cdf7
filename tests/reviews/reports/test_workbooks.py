"""Biểu 01 and Biểu 02: the layout, real numbers, and the same figures as the dashboard and the command."""

import dataclasses
import datetime
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from reviews.models import Review, ScopeItem
from reviews.reports import workbooks
from reviews.reports.dashboards import national_figures
from reviews.reports.official import Heading, Row, heading_of, label_place, roman, write_official
from reviews.reports.past import AsOf, Basis
from reviews.rules.shares import Tier
from tests.factories import DepartmentFactory, OrganisationFactory, ProvinceFactory, UserFactory
from tests.office import cells_of, needs_office, saved_by_office, sheet_of
from tests.reviews.cast import make_cast
from tests.reviews.many import many_reviews
from tests.reviews.reports.random_round import make_round
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db

HEADING = Heading("", "BỘ XÂY DỰNG", "Hà Nội", datetime.datetime(2021, 10, 5, 14, 5))
COLUMN = {column.number.partition("=")[0]: place for place, column in enumerate(workbooks.BY_BODY) if column.number}


def rows_by_name(sheet):
    """{name in the second column: values} of the lines of a sheet of Biểu 01."""
    return {row[1]: row for row in sheet.iter_rows(values_only=True) if row[1] and isinstance(row[2], int | float)}


def shares(campaign, **options):
    out = StringIO()
    call_command("shares", stdout=out, json=True, campaign=campaign.code, **options)
    return {one["name"]: one for one in json.loads(out.getvalue())}


def department(login):
    return login(UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory()))


def test_the_sheet_of_bieu_01_says_what_the_command_and_the_dashboard_say(login):
    campaign = make_round(21, ministries=3, provinces=2, procedures=14, adjusted=True)
    client = department(login)
    for query, options in (("", {}), ("&basis=frozen", {"basis": "frozen"})):
        address = f"{reverse('reviews:report_by_body')}?campaign={campaign.code}{query}"
        rows = rows_by_name(sheet_of(client.get(f"{address}&export=xlsx")))
        told = shares(campaign, **options)
        nation = told.pop("Tổng các bộ, cơ quan ngang bộ")
        assert set(rows) == {*told, "TỔNG CỘNG các bộ, cơ quan ngang bộ"}
        told["TỔNG CỘNG các bộ, cơ quan ngang bộ"] = nation
        for name, one in told.items():
            row = rows[name]
            for number, key in (
                *(("(1)", "total"), ("(2)", "excluded"), ("(3)", "eligible"), ("(4)", "unknown"), ("(5)", "reviewed")),
                *(("(12)", "proposed"), ("(13)", "accepted"), ("(14)", "approved")),
                *(("(16)", "required"), ("(17)", "missing")),
            ):
                assert row[COLUMN[number]] == one[key], (name, key)
            assert row[COLUMN["(15)"]] == (None if one["share"] is None else float(one["share"]))
            met = {True: "Đạt", False: "Chưa đạt", None: None}[one["met"]] if one["target"] == "binding" else None
            assert row[COLUMN["(18)"]] == met
            assert sum(row[COLUMN[f"({place})"]] for place in range(7, 12)) == one["reviewed"]
        page = client.get(address).content.decode()
        dashboard = client.get(f"/dashboard/?campaign={campaign.code}{query}").content.decode()
        for one in told.values():
            if one["share"]:
                assert f">{one['share'].replace('.', ',')}<" in page
                assert f"{one['share'].replace('.', ',')}%" in dashboard


@pytest.mark.parametrize("basis", list(Basis))
def test_conclusions_add_up_to_what_was_reviewed(basis):
    campaign = make_round(22, adjusted=True, procedures=20)
    asked = AsOf(basis)
    told = workbooks.conclusions_by_body(campaign, asked=asked)
    bodies, _total = national_figures(campaign, asked)
    assert sum(sum(one.values()) for one in told.values()) == sum(one.tally.reviewed for one in bodies) > 0
    assert all(number >= 0 for one in told.values() for number in one.values())


def test_a_past_day_is_printed_with_its_own_figures():
    cast = make_cast(frozen_at=timezone.now() - datetime.timedelta(days=9))
    cast.review("submitted")
    moment = timezone.now() + datetime.timedelta(seconds=1)
    (row,) = workbooks.by_body_rows(cast.campaign, cast.body, AsOf(Basis.ADJUSTED, moment))
    assert row.cells[COLUMN["(5)"]] == row.cells[COLUMN["(7)"]] == 1


def base_of_706(cast, counted):
    """706 procedures of a ministry, 107 of them decided by the commune, ``counted`` proposed for a hand-down."""
    reviews = many_reviews(cast, 706)
    keys = [review.pk for review in reviews]
    ScopeItem.objects.filter(reviews__in=keys[:107]).update(excluded=True, rule="commune_only")
    Review.objects.filter(pk__in=keys[:107]).update(eligible=False)
    facts = {"status": "submitted", "conclusion": "decentralize", "counted": True, "version": 1}
    Review.objects.filter(pk__in=keys[107 : 107 + counted]).update(finished_by=cast.own["official"], **facts)
    return keys


def test_119_of_599_is_19_86_and_lacks_one_and_120_meets_it_on_every_paper(login):
    cast = make_cast()
    keys = base_of_706(cast, 119)
    client = login(cast.own["focal_point"])

    def everywhere():
        sheet = sheet_of(client.get(f"{reverse('reviews:report_by_body')}?export=xlsx"))
        row = rows_by_name(sheet)["Bộ Xây dựng"]
        summary = client.get(reverse("reviews:report_summary", args=["G17"])).content.decode()
        dashboard = client.get("/dashboard/G17/").content.decode()
        return row, summary, dashboard, shares(cast.campaign)["Bộ Xây dựng"]

    row, summary, dashboard, command = everywhere()
    assert [row[COLUMN[f"({number})"]] for number in (1, 2, 3, 12, 15, 16, 17, 18)] == [
        *(706, 107, 599, 119, 19.86, 120, 1, "Chưa đạt"),
    ]
    for page in (summary, dashboard):
        assert "19,86%" in page
        assert "Chưa đạt, cần thêm 1 TTHC phân cấp" in page
    assert 'data-summary="missing">1<' in summary
    assert (command["share"], command["missing"], command["met"]) == ("19.86", 1, False)

    facts = {"status": "submitted", "conclusion": "decentralize", "counted": True, "version": 1}
    Review.objects.filter(pk=keys[300]).update(finished_by=cast.own["official"], **facts)
    row, summary, dashboard, command = everywhere()
    assert [row[COLUMN[f"({number})"]] for number in (12, 15, 16, 17, 18)] == [120, 20.03, 120, 0, "Đạt"]
    for page in (summary, dashboard):
        assert "20,03%" in page
        assert "Đạt mục tiêu 20%" in page
    assert 'data-summary="missing">0<' in summary
    assert (command["share"], command["missing"], command["met"]) == ("20.03", 0, True)


def test_bieu_01_is_laid_out_as_an_official_table(login):
    cast = make_cast()
    cast.review("submitted")
    sheet = sheet_of(department(login).get(f"{reverse('reviews:report_by_body')}?export=xlsx"))
    texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in texts
    assert "TỔNG HỢP KẾT QUẢ RÀ SOÁT, PHÂN CẤP THỦ TỤC HÀNH CHÍNH THEO CƠ QUAN" in texts
    assert "(3)=(1)-(2)" in texts
    assert any(text.startswith("Nguồn: Cổng rà soát") for text in texts)
    assert any(text.startswith("Ghi chú: ") for text in texts)
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    first = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "TT")
    assert sheet.print_title_rows == f"${first}:${first + 2}"
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert f"A{first}:A{first + 1}" in merged
    assert f"G{first}:H{first}" in merged
    fonts = {cell.font.name for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert fonts == {"Times New Roman"}


def test_every_label_of_the_header_is_seen_whole(login):
    make_cast().review("submitted")
    sheet = sheet_of(department(login).get(f"{reverse('reviews:report_by_body')}?export=xlsx"))
    first = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == "TT")
    upper, lower = (sheet.row_dimensions[row].height / 15.5 for row in (first, first + 1))
    # Lines as the words fall in their columns: "Đã rà soát / (đã gửi)"; "Thống / nhất / (được / chấp / nhận)";
    # "TTHC do / UBND, Chủ / tịch UBND / cấp xã / quyết định / (loại trừ)".
    assert upper >= 2
    assert lower >= 5
    assert upper + lower >= 6


def test_bieu_02_lists_exactly_what_the_tier_counts_by_body_and_sector(login):
    cast = make_cast()
    sent = [cast.review("submitted"), cast.review("accepted", content="Phân cấp cho tỉnh."), cast.review("approved")]
    cast.review("draft")
    cast.review("submitted", counted=False)
    client = department(login)
    address = reverse("reviews:report_proposals")
    for tier, wanted in (("proposed", sent), ("accepted", sent[1:]), ("approved", sent[2:])):
        sheet = sheet_of(client.get(f"{address}?tier={tier}&export=xlsx"))
        lines = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
        assert [row[1] for row in lines] == sorted(one.scope_item.code for one in wanted)
        assert [row[0] for row in lines] == list(range(1, len(wanted) + 1))
        assert f"TỔNG CỘNG: {len(wanted)} TTHC" in {row[2] for row in sheet.iter_rows(values_only=True)}
        page = client.get(f"{address}?tier={tier}").content.decode()
        assert f'data-count="{len(wanted)}"' in page
        assert "Không gồm 1 phương án" in page
    (line,) = lines
    assert line[3:5] == ("Bộ trưởng", "Ủy ban nhân dân cấp tỉnh")
    assert line[7:9] == ("Sửa đổi khoản 2 Điều 15 Nghị định 15/2021/NĐ-CP", "Bộ Xây dựng")
    assert line[10] == "Đã được phê duyệt"


def test_a_day_is_a_real_date_and_text_is_never_a_formula(login):
    cast = make_cast()
    review = cast.review("submitted", reason="=HYPERLINK(1)", content="+1")
    review.legal_amendments.update(due_on=datetime.date(2022, 6, 30))
    sheet = sheet_of(department(login).get(f"{reverse('reviews:report_proposals')}?export=xlsx"))
    line = next(row for row in sheet.iter_rows() if row[1].value == review.scope_item.code)
    assert [cell.data_type for cell in line[:2]] == ["n", "s"]
    assert line[9].value == datetime.datetime(2022, 6, 30)
    assert line[9].number_format == "dd/mm/yyyy"
    assert (line[6].data_type, line[6].value) == ("s", "=HYPERLINK(1)")
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_lines_go_on_counting_over_pages():
    cast = make_cast()
    for _ in range(3):
        cast.review("submitted")
    found = workbooks.proposals(Review.objects.all(), cast.campaign, Tier.PROPOSED)
    whole = [row for row in workbooks.proposals_rows(found, cast.campaign) if row.kind == "row"]
    later = list(workbooks.proposals_rows(found[2:], cast.campaign, before=[cast.body.pk] * 2))
    assert [row.cells[0] for row in whole] == [1, 2, 3]
    assert [row.cells[0] for row in later if row.kind == "row"] == [3]
    assert next(row for row in later if row.kind == "group").cells[0] == "I"


def test_bieu_02_takes_as_many_queries_for_one_as_for_twenty(login):
    cast = make_cast()
    client, counts = login(cast.own["focal_point"]), []
    for number in (1, 19):
        for _ in range(number):
            cast.review("submitted")
        for address in ("?", "?export=xlsx"):
            for _ in range(2):
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(reverse("reviews:report_proposals") + address)
                    if answer.streaming:
                        list(answer.streaming_content)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


def test_bieu_01_takes_as_many_queries_for_one_body_as_for_many(login):
    counts, client = [], department(login)
    for ministries in (1, 9):
        campaign = make_round(23, ministries=ministries, provinces=2)
        address = f"{reverse('reviews:report_by_body')}?campaign={campaign.code}"
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_headings_name_the_body_above_and_the_place():
    moment = datetime.datetime(2021, 2, 5, 3, 0, tzinfo=datetime.UTC)
    cuc = OrganisationFactory.build(name="Cục Kiểm soát thủ tục hành chính, Văn phòng Chính phủ", kind="department")
    heading = heading_of(cuc, moment)
    assert (heading.above, heading.issuer) == ("VĂN PHÒNG CHÍNH PHỦ", "CỤC KIỂM SOÁT THỦ TỤC HÀNH CHÍNH")
    assert heading.day == "Hà Nội, ngày 05 tháng 02 năm 2021"
    province = heading_of(ProvinceFactory.build(name="Tỉnh Lào Cai"), moment)
    assert (province.issuer, province.place) == ("TỈNH LÀO CAI", "Lào Cai")


def test_roman_numbers_and_running_labels():
    assert [roman(number) for number in (1, 4, 9, 21, 63, 84)] == ["I", "IV", "IX", "XXI", "LXIII", "LXXXIV"]
    assert label_place(Row("group", ["I", "CÁC BỘ", "", ""])) == 1
    assert label_place(Row("total", ["", "TỔNG CỘNG", 3, ""])) is None
    assert label_place(Row("row", [1, "Bộ", "", ""])) is None


def test_a_cell_longer_than_excel_holds_is_cut(tmp_path):
    cast = make_cast()
    table = workbooks.proposals_table(cast.campaign, Tier.PROPOSED, HEADING, "Số liệu lúc này", "Nguồn", 0)
    cells = [1, "1.000001", "x" * 40_000, *[""] * 8]
    path = tmp_path / "a.xlsx"
    assert write_official(path, table, [Row("row", cells)]) == 1
    longest = max(len(str(value)) for _, value in cells_of(sheet_of(path)).values())
    assert longest == 32_767


@pytest.mark.parametrize(
    ("text", "shown"),
    [("<r>a & b</r>", "<r>a & b</r> "), ("😀" * 20_000, "😀" * 16_383 + "…")],
    ids=["markup", "length as Excel counts"],
)
def test_no_text_breaks_the_sheet(tmp_path, text, shown):
    cast = make_cast()
    table = workbooks.proposals_table(cast.campaign, Tier.PROPOSED, HEADING, "Số liệu lúc này", "Nguồn", 0)
    path = tmp_path / "a.xlsx"
    write_official(
        path, table, [Row("group", ["I", "", text, *[""] * 8]), Row("row", [1, "1.000001", text, *[""] * 8])]
    )
    assert [value for _, value in cells_of(sheet_of(path)).values()].count(shown) == 2


def test_a_line_is_as_tall_as_its_words_fall_in_their_column(tmp_path):
    cast = make_cast()
    table = workbooks.proposals_table(cast.campaign, Tier.PROPOSED, HEADING, "Số liệu lúc này", "Nguồn", 0)
    path = tmp_path / "a.xlsx"
    words = " ".join(["thẩm-quyền-giải-quyết"] * 6)
    write_official(path, table, [Row("row", [1, "1.000001", words, *[""] * 8])])
    sheet = sheet_of(path)
    line = next(cell.row for row in sheet.iter_rows() for cell in row if cell.value == words)
    assert sheet.row_dimensions[line].height >= 6 * 15


@pytest.mark.parametrize(("columns", "first"), [(workbooks.BY_BODY, "C1"), (workbooks.PROPOSALS, "D1")])
def test_what_each_line_is_about_stays_in_sight_and_the_title_scrolls_away(tmp_path, columns, first):
    # Title and header together are taller than an office screen: held fast, they would leave no room for a line.
    cast = make_cast()
    table = workbooks.proposals_table(cast.campaign, Tier.PROPOSED, HEADING, "Số liệu lúc này", "Nguồn", 0)
    path = tmp_path / "a.xlsx"
    write_official(path, dataclasses.replace(table, columns=columns), [])
    assert sheet_of(path).freeze_panes == first


@needs_office
def test_every_sheet_passes_through_libreoffice_unchanged(login, tmp_path):
    cast = make_cast()
    for status in ("submitted", "accepted", "checked"):
        cast.review(status, reason="=1+1 là công thức", annual_dossiers=1200, annual_dossiers_unknown=False)
    cast.review("submitted").legal_amendments.update(due_on=datetime.date(2022, 6, 30))
    leader, client = login(cast.own["leader"]), department(login)
    leader.post(reverse("reviews:sending"), {"review": cast.review("checked").pk, "signer_name": "Lê Quang Hùng"})
    submission = cast.campaign.submissions.get()
    books = {
        "bieu-01.xlsx": (client, reverse("reviews:report_by_body")),
        "bieu-02.xlsx": (client, reverse("reviews:report_proposals")),
        "bieu-04.xlsx": (client, reverse("reviews:report_documents")),
        "pack.xlsx": (leader, reverse("reviews:sending")),
        "sent.xlsx": (client, reverse("reviews:submission", args=[submission.pk])),
        "dashboard.xlsx": (client, reverse("reviews:dashboard")),
        "list.xlsx": (client, reverse("reviews:list")),
    }
    made = {
        name: b"".join(reader.get(f"{address}?export=xlsx").streaming_content)
        for name, (reader, address) in books.items()
    }
    for name, path in saved_by_office(tmp_path, made).items():
        before, after = cells_of(sheet_of(made[name])), cells_of(sheet_of(path))
        assert len(before) > 5
        assert after == before, name
