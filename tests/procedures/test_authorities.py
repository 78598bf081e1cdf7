"""Wordings of deciding authorities → sets of levels."""

import collections
import csv

import pytest

from procedures.authorities import AuthorityResolver, joins_more, key_of
from procedures.models import AuthorityAlias
from procedures.reference.loader import load_reference
from tests.factories import ladder

pytestmark = pytest.mark.django_db


@pytest.fixture
def resolver():
    """What the ladder of tests and a few aliases know."""
    levels = ladder()
    for wording, codes in (
        ("Ủy ban nhân dân xã, phường, thị trấn", ["COMMUNE_PC"]),
        ("Ủy ban nhân dân xã", ["COMMUNE_PC"]),
        ("Cục Cảnh sát quản lý hành chính về trật tự, xã hội", ["DEPARTMENT"]),
        ("UBND (Chủ tịch UBND) cấp xã", ["COMMUNE_PC", "COMMUNE_PC_CHAIR"]),
    ):
        alias = AuthorityAlias.objects.create(wording=wording)
        alias.levels.set([levels[code] for code in codes])
    return AuthorityResolver()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ủy ban Nhân dân\u00a0xã,\u00a0phường,\u00a0thị trấn.", ["COMMUNE_PC"]),
        ("UBND (Chủ tịch UBND) cấp xã", ["COMMUNE_PC", "COMMUNE_PC_CHAIR"]),
        ("Cục cảnh sát quản lý hành chính về trật tự, xã hội", ["DEPARTMENT"]),
        ("Cục cảnh sát quản lý hành chính về trật tự, xã hội, Công an tỉnh", ["DEPARTMENT", "PROV_VERTICAL"]),
        ("Sở Tư pháp, Ủy ban nhân dân xã, phường, thị trấn", ["PROV_DEPT", "COMMUNE_PC"]),
        ("Ủy ban nhân dân cấp tỉnh; Sở Tư pháp", ["PROV_PC", "PROV_DEPT"]),
        ("Thủ tướng Chính phủ", ["PRIME_MINISTER"]),
        ("Bộ trưởng Bộ Y tế", ["MINISTER"]),
        ("Bộ Y tế", ["MINISTRY"]),
        ("Cục Quản lý cạnh tranh, bảo vệ người tiêu dùng", ["DEPARTMENT"]),
        ("Sở Văn hóa, Thể thao và Du lịch", ["PROV_DEPT"]),
        ("UBND xã Tân Lập, huyện Sơn Dương, tỉnh Tuyên Quang", ["COMMUNE_PC"]),
        ("UBND thành phố Hà Nội", ["PROV_PC"]),
        ("Ban quản lý Khu kinh tế Dung Quất", ["PROV_DEPT"]),
        ("Công an tỉnh Tuyên Quang", ["PROV_VERTICAL"]),
        ("Cục Thuế tỉnh Hà Giang", ["PROV_VERTICAL"]),
    ],
)
def test_what_is_known_or_of_a_general_form_is_understood(resolver, text, found):
    reading = resolver.resolve_text(text)
    assert [level for level, _ in reading.found] == found
    assert reading.unknown == ()


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Hội đồng lạ", ["Hội đồng lạ"]),
        ("Hội đồng lạ về đất đai, rừng", ["Hội đồng lạ về đất đai, rừng"]),
        ("Sở Tư pháp, Hội đồng lạ", ["Hội đồng lạ"]),
        ("Ủy ban nhân dân xã, phường, thị trấn, Hội đồng lạ", ["Hội đồng lạ"]),
        ("Ủy ban nhân dân cấp xã, người khác", ["người khác"]),
        ("UBND xã Tân Lập, nơi cư trú", ["UBND xã Tân Lập, nơi cư trú"]),
        ("UBND tỉnh, huyện", ["UBND tỉnh, huyện"]),
        ("UBND cấp xã hoặc UBND cấp huyện", ["UBND cấp xã hoặc UBND cấp huyện"]),
        ("Sở Y tế hoặc Bộ Y tế", ["Sở Y tế hoặc Bộ Y tế"]),
        # A city may stand under the centre or under a province.
        ("UBND thành phố Thủ Dầu Một", ["UBND thành phố Thủ Dầu Một"]),
        ("Bộ phận một cửa", ["Bộ phận một cửa"]),
        ("Cơ quan, đơn vị có thẩm quyền sửa đổi, bổ sung", ["Cơ quan, đơn vị có thẩm quyền sửa đổi, bổ sung"]),
    ],
)
def test_what_could_hide_a_second_body_is_left_to_a_person(resolver, text, unknown):
    assert list(resolver.resolve_text(text).unknown) == unknown


def test_a_comma_separates_only_where_every_part_is_understood(resolver):
    assert resolver.resolve("Sở Tư pháp, Hội đồng lạ") == ()
    resolver.learn("Hội đồng lạ", ["SOCIO_POLITICAL"])
    assert resolver.resolve("Sở Tư pháp, Hội đồng lạ") == ("PROV_DEPT", "SOCIO_POLITICAL")


def test_the_longest_known_wording_wins(resolver):
    resolver.learn("Sở Tư pháp, Hội đồng lạ", ["MINISTER"])
    assert resolver.resolve("Sở Tư pháp, Hội đồng lạ") == ("MINISTER",)


def test_lines_of_a_cell_are_read_one_by_one_and_repeated_wordings_count_once(resolver):
    found, unknown = resolver.resolve_all(["Sở Tư pháp, Bộ Y tế", "Hội đồng lạ", "Sở Tư pháp", "Hội đồng lạ"])
    assert found == [("PROV_DEPT", "Sở Tư pháp"), ("MINISTRY", "Bộ Y tế")]
    assert unknown == ["Hội đồng lạ"]


def test_general_forms_give_only_levels_that_exist():
    assert AuthorityResolver().resolve("Sở Tư pháp") == ()


def test_spelling_does_not_matter():
    assert key_of("Ủy ban  nhân dân Xã ,phường; thị trấn.") == key_of("uỷ ban nhân dân xã, Phường; Thị trấn")


def test_the_wording_most_alike_is_suggested_and_nothing_when_none_is_near(resolver):
    suggestion = ("Ủy ban nhân dân xã, phường, thị trấn", ("COMMUNE_PC",))
    assert resolver.similar("Ủy ban nhân dân các xã, phường và thị trấn")[:2] == suggestion
    assert resolver.similar("Ùyy ban nhân dân xã, phường, thị trấn")[:2] == suggestion
    assert resolver.similar("Ủy ban nhân dân xã, phường, thị trấnn")[2] > 0.9
    assert resolver.similar("Hội đồng lạ") is None


def test_making_it_costs_three_queries_and_asking_none(resolver, django_assert_num_queries):
    with django_assert_num_queries(3):  # levels, aliases and the levels of these
        made = AuthorityResolver()
    with django_assert_num_queries(0):
        made.resolve_all(["Sở Tư pháp", "Hội đồng lạ"])


def test_of_the_deciding_authorities_published_at_least_85_of_100_rows_are_understood(samples):
    load_reference()
    resolver = AuthorityResolver()
    with (samples / "procedures_real.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [row["deciding_authority"] for row in csv.DictReader(file) if row["deciding_authority"].strip()]
    unknown = collections.Counter()
    for cell in cells:
        unknown.update([cell] if resolver.resolve_text(cell).unknown else [])
    share = 1 - unknown.total() / len(cells)
    print(f"{share:.1%} of {len(cells)} rows understood; left:", *unknown.most_common(), sep="\n")
    assert len(cells) == 706
    assert share >= 0.94


def test_no_reference_alias_is_a_joined_list_of_several_levels():
    """Where the parts of a stored wording are understood by themselves, they stand for what the whole stands for."""
    load_reference()
    resolver = AuthorityResolver()
    for alias in AuthorityAlias.objects.filter(wording__contains=","):
        parts = [resolver.resolve(part.strip()) for part in alias.wording.split(",")]
        if all(parts):
            together = {level for levels in parts for level in levels}
            assert together == set(resolver.known(alias.wording)), alias.wording


@pytest.mark.parametrize("mark", ["- ", "-", "+ ", "• ", "1. ", "12) ", "(2) ", "a) ", "đ) "])
def test_the_mark_of_a_list_in_a_cell_is_no_part_of_the_name(resolver, mark):
    found, unknown = resolver.resolve_all([f"{mark}UBND cấp tỉnh; {mark}Bộ Tư pháp", f"{mark}Hội đồng lạ"])
    assert found == [("PROV_PC", "UBND cấp tỉnh"), ("MINISTRY", "Bộ Tư pháp")]
    assert unknown == ["Hội đồng lạ"]


def test_a_mark_alone_is_still_no_authority(resolver):
    assert resolver.resolve_all(["-"]) == ([], ["-"])


def test_a_wording_joins_more_only_where_another_body_begins():
    assert joins_more("Cơ quan đại diện Việt Nam ở nước ngoài/UBND cấp xã", "Cơ quan đại diện Việt Nam ở nước ngoài")
    assert joins_more("Chủ tịch UBND cấp tỉnh hoặc Giám đốc Sở Tư pháp", "Chủ tịch UBND cấp tỉnh")
    assert not joins_more("Tổ chức chính trị và xã hội", "Tổ chức chính trị - xã hội")
