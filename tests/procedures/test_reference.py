"""The reference facts: who stands on which day, who succeeds whom, which wording means whom."""

import csv
import datetime

import openpyxl
import pytest
from django.core.management import call_command

from procedures.models import AuthorityAlias, AuthorityLevel
from procedures.reference.loader import load_reference, read
from tthc_portal.accounts.models import Organisation, OrganisationAlias, OrganisationName, Succession
from tthc_portal.accounts.succession import body_on
from tthc_portal.text import fold

pytestmark = pytest.mark.django_db

CONFERENCE = datetime.date(2021, 9, 30)
TWO_TIERS = datetime.date(2025, 7, 1)


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def named(wording, day):
    """The bodies that the stored wordings give for ``wording`` on ``day``."""
    found = OrganisationAlias.objects.filter(folded=fold(wording), valid_from__lte=day)
    return [one.organisation for one in found if one.valid_to is None or one.valid_to >= day]


@pytest.mark.parametrize(
    ("day", "ministries", "provinces"),
    [(CONFERENCE, 21, 63), (datetime.date(2025, 2, 28), 21, 63), (datetime.date(2025, 3, 1), 17, 63)]
    + [(datetime.date(2025, 6, 30), 17, 63), (TWO_TIERS, 17, 34), (datetime.date(2026, 11, 24), 17, 34)],
)
def test_each_day_has_its_ministries_and_provinces(day, ministries, provinces):
    load_reference()
    standing = Organisation.objects.on(day)
    assert standing.filter(kind="ministry").count() == ministries
    assert standing.filter(kind="province").count() == provinces
    assert standing.filter(kind="department").get().code == "CUC"
    codes = list(standing.values_list("code", flat=True))
    assert len(codes) == len(set(codes))


def test_loading_twice_changes_nothing(capsys):
    first = load_reference()
    assert all(count for table, count in first.items() if table != "different")
    again = load_reference()
    assert set(again.values()) == {0}
    call_command("load_reference")
    assert "không có gì thay đổi" in capsys.readouterr().out


def test_an_administrators_corrections_are_left_alone():
    load_reference()
    hanoi = Organisation.objects.get(code="H26")
    Organisation.objects.filter(code="G15").update(name="Bộ Tư pháp (đã sửa)")
    OrganisationAlias.objects.filter(folded="btp").update(organisation=hanoi)
    OrganisationAlias.objects.filter(folded="evn").delete()
    OrganisationAlias.objects.create(wording="EVN", organisation=hanoi, valid_from=datetime.date(2020, 1, 1))
    alias = AuthorityAlias.objects.get(folded=fold("Sở Tư pháp"))
    alias.levels.set(["DEPARTMENT"])
    counts = load_reference()
    assert counts["different"] == 3
    assert counts["organisations"] == 0
    assert named("BTP", CONFERENCE) == [hanoi]
    assert named("EVN", CONFERENCE) == [hanoi]
    assert [level.pk for level in alias.levels.all()] == ["DEPARTMENT"]
    load_reference(overwrite=True)
    assert Organisation.objects.get(code="G15").name == "Bộ Tư pháp"
    assert named("BTP", CONFERENCE) == [hanoi]


def test_the_ladder_is_the_published_one(samples):
    load_reference()
    expected = [
        {"code": row["code"], "label": row["label"], "tier": row["tier"], "branch": row["branch"]}
        | {"rank": int(row["rank"]) if row["rank"] else None}
        | {key: datetime.date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to")}
        for row in rows(samples / "authority_levels.csv")
    ]
    stored = AuthorityLevel.objects.values("code", "label", "tier", "branch", "rank", "valid_from", "valid_to")
    assert sorted(stored, key=lambda row: row["code"]) == sorted(expected, key=lambda row: row["code"])


@pytest.mark.parametrize("day", [CONFERENCE, datetime.date(2026, 7, 1)])
def test_every_publisher_met_in_real_files_is_one_body(samples, day):
    load_reference()
    wordings = {row["ministry"] for row in rows(samples / "procedures_real.csv")}
    for path in (samples / "exports").glob("*.xlsx"):
        cells = openpyxl.load_workbook(path).active.iter_rows(min_row=2, min_col=3, max_col=3)
        wordings |= {cell.value for (cell,) in cells if cell.value and cell.value != "Cơ quan ban hành"}
    assert len(wordings) > 15
    assert {wording: len(named(wording, day)) for wording in wordings} == dict.fromkeys(wordings, 1)


def test_every_publisher_of_the_portal_is_one_body(samples):
    load_reference()
    for row in rows(samples / "agencies_portal_2025.csv"):
        # The portal lists Văn phòng Chính phủ twice; the second code is kept under a name of its own.
        if row["qcvn102_code"] == "G99":
            continue
        (body,) = named(row["name_as_published"], datetime.date(2025, 12, 1))
        assert body.code == (row["qcvn102_code"] or "EVN")
    for row in rows(samples / "sectors_portal_2025.csv"):
        assert len(named(row["owner_as_published"], datetime.date(2025, 12, 1))) == 1


def test_one_wording_never_means_two_bodies_on_a_day():
    load_reference()
    spells = {}
    for alias in OrganisationAlias.objects.order_by("folded", "valid_from"):
        before = spells.get(alias.folded)
        assert before is None or (before.valid_to and before.valid_to < alias.valid_from), alias
        spells[alias.folded] = alias


def test_the_merged_transport_ministry_is_read_by_the_day():
    load_reference()
    wording = "Bộ xây dựng (Giao thông vận tải cũ)"
    assert [body.code for body in named(wording, CONFERENCE)] == ["G04"]
    (now,) = named(wording, datetime.date(2025, 3, 1))
    assert (now.code, now.valid_from) == ("G17", datetime.date(2025, 3, 1))
    # The dead name in a list of today means the body that took over.
    assert named("Bộ Giao thông vận tải", datetime.date(2026, 1, 1)) == [now]


def test_successors_of_provinces_are_those_of_the_merger(samples):
    load_reference()
    merges = rows(samples / "province_merges_2025.csv")
    assert len(merges) == 63
    for row in merges:
        before = Organisation.objects.coded(row["old_qcvn102"], CONFERENCE).get()
        after = body_on(before, TWO_TIERS)
        assert after.code == row["new_qcvn102"]
        assert (after == before) == (row["change"] == "unchanged")
        assert after.short_name == row["new_name"]
    assert {one.code for one in Organisation.objects.on(TWO_TIERS).filter(kind="province")} == {
        row["new_qcvn102"] for row in merges
    }


def test_ministries_are_those_of_the_two_governments(samples):
    load_reference()
    for name, day, left_out in (
        ("ministries_2021.csv", CONFERENCE, {"G22"}),
        ("ministries_2025.csv", TWO_TIERS, set()),
    ):
        expected = {row["qcvn102_code"]: row["name"] for row in rows(samples / name)}
        stored = Organisation.objects.on(day).filter(kind="ministry").values_list("code", "name")
        assert dict(stored) == {code: name for code, name in expected.items() if code not in left_out}
    for row in rows(samples / "ministries_2021.csv"):
        before = Organisation.objects.coded(row["qcvn102_code"], CONFERENCE).get()
        assert row["successor_2025"].startswith(body_on(before, TWO_TIERS).name)


def test_every_ended_body_has_one_main_successor():
    load_reference()
    for body in Organisation.objects.filter(valid_to__isnull=False):
        link = Succession.objects.get(predecessor=body, is_main=True)
        assert link.on == body.valid_to + datetime.timedelta(days=1)
        assert link.successor.existed_on(link.on)


def test_names_follow_the_day_where_the_body_stays():
    load_reference()
    hue = OrganisationName.objects.filter(organisation__code="H57").order_by("valid_from")
    assert [one.name for one in hue] == ["Tỉnh Thừa Thiên Huế", "Thành phố Huế"]
    assert [body.code for body in named("UBND tỉnh Thừa Thiên Huế", CONFERENCE)] == ["H57"]
    assert OrganisationName.objects.filter(organisation__code="CUC").count() == 2


def test_wordings_of_authorities_name_single_bodies():
    load_reference()
    by_folded = {
        alias.folded: {level.pk for level in alias.levels.all()}
        for alias in AuthorityAlias.objects.prefetch_related("levels")
    }
    expected = {
        "Uỷ ban nhân dân cấp tỉnh": {"PROV_PC"},
        "Chủ tịch UBND cấp xã": {"COMMUNE_PC_CHAIR"},
        "Uỷ ban Nhân dân cấp xã, phường, thị trấn": {"COMMUNE_PC"},
        "Cục cảnh sát quản lý hành chính về trật tự, xã hội": {"DEPARTMENT"},
        "Công an cấp Xã": {"COMMUNE_VERTICAL"},
        "Bộ trưởng Bộ Nông nghiệp và Môi trường": {"MINISTER"},
        "Ủy ban nhân dân tỉnh Lai Châu": {"PROV_PC"},
        "Chủ tịch UBND Thành phố Hà Nội": {"PROV_PC_CHAIR"},
        "Ngân hàng Nhà nước Việt Nam": {"MINISTRY"},
        "Tòa án nhân dân_old": {"COURT"},
    }
    assert {wording: by_folded[fold(wording)] for wording in expected} == expected
    # Joined lists of bodies stay for a person to read.
    assert fold("Bộ Công an, Bộ Quốc phòng") not in by_folded
    assert fold("Công an tỉnh, Cục Cảnh sát giao thông, Công an cấp Xã") not in by_folded


def test_most_real_deciders_that_name_one_body_are_known(samples):
    load_reference()
    known = set(AuthorityAlias.objects.values_list("folded", flat=True))
    cells = [fold(row["deciding_authority"]).rstrip(".") for row in rows(samples / "procedures_real.csv")]
    # A comma joins bodies or stands inside a name: cells without one surely name one body.
    single = [cell for cell in cells if cell and "," not in cell]
    assert sum(cell in known for cell in single) / len(single) > 0.9


def test_the_files_say_where_a_code_is_uncertain():
    notes = {row["code"]: row["note"] for row in read("organisations") if row["note"]}
    assert "cần đối chiếu" in notes["G05"]
    assert "cần đối chiếu" in notes["H63"]
