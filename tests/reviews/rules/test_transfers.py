from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.transfers import (
    CONCLUSION_LABELS,
    TRANSFER_CLASS_LABELS,
    TRANSFER_MODE_LABELS,
    Conclusion,
    Level,
    TransferClass,
    TransferMode,
    classify,
    effective_class,
    explain,
    is_counted,
    is_internal,
)
from tests.reviews.rules.levels import LADDER, LEVELS_FILE, levels_of_file

DOWN, SAME, MANUAL, UP = "downward", "same_level", "manual", "upward"

MOVES = [
    # The Prime Minister hands down to ministers and to provinces.
    ("PRIME_MINISTER", "MINISTER", DOWN, False),
    ("PRIME_MINISTER", "MINISTRY", DOWN, False),
    ("PRIME_MINISTER", "PROV_PC", DOWN, False),
    ("PRIME_MINISTER", "PROV_PC_CHAIR", DOWN, False),
    ("PRIME_MINISTER", "GOV_AGENCY", DOWN, False),
    # A ministry hands down to localities.
    ("MINISTRY", "PROV_PC", DOWN, False),
    ("MINISTRY", "PROV_PC_CHAIR", DOWN, False),
    ("MINISTER", "PROV_PC", DOWN, False),
    ("MINISTER", "PROV_PC_CHAIR", DOWN, False),
    ("MINISTRY", "PROV_DEPT", DOWN, False),
    ("MINISTRY", "COMMUNE_PC", DOWN, False),
    # Inside the ministry and down its vertical branch.
    ("MINISTER", "DEPARTMENT", DOWN, True),
    ("MINISTRY", "DEPARTMENT", DOWN, True),
    ("MINISTRY", "GENERAL_DEPT", DOWN, True),
    ("MINISTER", "REGIONAL_BRANCH", DOWN, True),
    ("GENERAL_DEPT", "PROV_VERTICAL", DOWN, True),
    ("DEPARTMENT", "PROV_VERTICAL", DOWN, True),
    ("DEPARTMENT", "REGIONAL_BRANCH", DOWN, True),
    ("REGIONAL_BRANCH", "PROV_VERTICAL", DOWN, True),
    ("PROV_VERTICAL", "DISTRICT_VERTICAL", DOWN, True),
    ("GOV_AGENCY", "PROV_VERTICAL", DOWN, True),
    ("MINISTRY", "COMMUNE_VERTICAL", DOWN, True),
    # An agency of the Government is no part of a ministry.
    ("MINISTRY", "GOV_AGENCY", DOWN, False),
    # Inside the province's own apparatus.
    ("PROV_PC", "PROV_DEPT", DOWN, True),
    ("PROV_PC_CHAIR", "PROV_DEPT", DOWN, True),
    ("PROV_DEPT", "PROV_SUBDEPT", DOWN, True),
    # From the province to districts (2021) and communes; inside a district.
    ("PROV_PC", "DISTRICT_PC", DOWN, False),
    ("PROV_DEPT", "DISTRICT_PC", DOWN, False),
    ("PROV_PC", "COMMUNE_PC", DOWN, False),
    ("PROV_DEPT", "COMMUNE_PC", DOWN, False),
    ("DISTRICT_PC", "COMMUNE_PC", DOWN, False),
    ("DISTRICT_PC", "DISTRICT_DIV", DOWN, False),
    # Same level: nobody lower gains the power. Sideways moves are of the same level too.
    ("PROV_PC", "PROV_PC_CHAIR", SAME, False),
    ("PROV_COUNCIL", "PROV_PC", SAME, False),
    ("MINISTRY", "MINISTER", SAME, False),
    ("MINISTRY", "MINISTRY", SAME, False),
    ("PROV_DEPT", "PROV_DEPT", SAME, False),
    # Upward.
    ("PROV_PC", "MINISTRY", UP, False),
    ("PROV_DEPT", "PROV_PC", UP, False),
    ("DEPARTMENT", "MINISTER", UP, False),
    ("COMMUNE_PC", "PROV_PC", UP, False),
    ("PROV_VERTICAL", "DEPARTMENT", UP, False),
    # Between a vertical branch and local government, whatever the tiers.
    ("REGIONAL_BRANCH", "PROV_PC", MANUAL, False),
    ("PROV_VERTICAL", "COMMUNE_PC", MANUAL, False),
    ("PROV_PC", "PROV_VERTICAL", MANUAL, False),
    ("GOV_AGENCY", "PROV_PC", MANUAL, False),
    ("PROV_DEPT", "INTERDISTRICT_VERTICAL", MANUAL, False),
    # To and from bodies outside the ladder.
    ("MINISTRY", "PUBLIC_SERVICE_UNIT", MANUAL, False),
    ("PROV_PC", "SOCIO_POLITICAL", MANUAL, False),
    ("OVERSEAS_MISSION", "PROV_PC", MANUAL, False),
    ("COURT", "OTHER", MANUAL, False),
]

levels = st.sampled_from(list(LADDER.values()))
invented_levels = st.builds(
    Level,
    code=st.sampled_from("ABCDEF"),
    label=st.just("Cấp giả định"),
    tier=st.sampled_from(["central", "regional", "province", "district", "commune", None]),
    branch=st.sampled_from(["state", "vertical", "local", "other"]),
    rank=st.one_of(st.none(), st.integers(0, 99)),
)


@pytest.mark.parametrize(("source", "target", "expected", "internal"), MOVES)
def test_each_known_move_has_its_class_and_is_internal_or_not(source, target, expected, internal):
    assert classify(LADDER[source], LADDER[target]) == expected
    assert is_internal(LADDER[source], LADDER[target]) is internal


def test_the_reference_file_has_the_same_ladder_as_these_tests():
    of_file = levels_of_file()
    if not of_file:
        pytest.skip(f"Không có tệp {LEVELS_FILE}; đặt TTHC_SAMPLES để kiểm thử.")
    assert {code: (x.tier, x.branch, x.rank) for code, x in of_file.items()} == {
        code: (x.tier, x.branch, x.rank) for code, x in LADDER.items()
    }
    for source, target, expected, internal in MOVES:
        assert classify(of_file[source], of_file[target]) == expected
        assert is_internal(of_file[source], of_file[target]) is internal


def test_a_commune_official_stands_below_every_state_and_local_level_whatever_the_ranks():
    commune = LADDER["COMMUNE_PC"]
    for level in LADDER.values():
        if level.branch in {"state", "local"} and level.tier != "commune":
            assert classify(level, commune) == DOWN, level.code


def test_the_tier_decides_before_the_rank():
    high_rank_low_tier = Level("A", "A", "district", "local", 1)
    low_rank_high_tier = Level("B", "B", "province", "local", 99)
    assert classify(low_rank_high_tier, high_rank_low_tier) == DOWN


def test_a_level_with_a_blank_tier_or_no_rank_is_outside_the_ladder():
    ministry = LADDER["MINISTRY"]
    assert classify(ministry, Level("A", "A", "", "local", 60)) == MANUAL
    assert classify(ministry, Level("A", "A", "province", "local", None)) == MANUAL
    assert classify(ministry, Level("A", "A", "province", "other", 60)) == MANUAL


@pytest.mark.parametrize(("tier", "branch"), [("galaxy", "local"), ("province", "galaxy")])
def test_a_level_with_an_unknown_tier_or_branch_is_refused(tier, branch):
    with pytest.raises(ValueError, match="không có trong danh mục"):
        Level("A", "Cấp lạ", tier, branch, 1)


@given(st.one_of(levels, invented_levels), st.one_of(levels, invented_levels))
def test_a_move_is_downward_exactly_when_its_reverse_is_upward(one, other):
    reverse = {DOWN: UP, UP: DOWN, SAME: SAME, MANUAL: MANUAL}
    assert classify(other, one) == reverse[classify(one, other)]


@given(levels, levels, levels)
def test_two_downward_moves_in_a_row_are_downward_or_cross_branches(a, b, c):
    if classify(a, b) == classify(b, c) == DOWN:
        assert classify(a, c) in {DOWN, MANUAL}


@given(st.one_of(levels, invented_levels), st.one_of(levels, invented_levels))
def test_only_a_downward_move_is_internal(one, other):
    if is_internal(one, other):
        assert classify(one, other) == DOWN


def test_every_explanation_is_one_sentence_that_names_its_class():
    for source, target in product(LADDER.values(), repeat=2):
        sentence = explain(source, target)
        assert sentence.startswith(TRANSFER_CLASS_LABELS[classify(source, target)] + ": ")
        assert sentence.endswith(".")
        assert sentence.count(". ") == 0


def test_an_explanation_names_the_levels_and_the_reason():
    down = explain(LADDER["MINISTRY"], LADDER["PROV_PC"])
    assert "Bộ, cơ quan ngang bộ (cấp trung ương)" in down
    assert "Ủy ban nhân dân cấp tỉnh (cấp tỉnh)" in down
    assert "được tính" in down
    assert "không tính vào tỷ lệ" in explain(LADDER["MINISTRY"], LADDER["MINISTER"])
    assert "bậc thấp hơn" in explain(LADDER["PROV_PC"], LADDER["PROV_DEPT"])
    assert "không được chấp nhận" in explain(LADDER["PROV_PC"], LADDER["MINISTRY"])
    crossing = explain(LADDER["PROV_PC"], LADDER["PROV_VERTICAL"])
    assert "Cơ quan ngành dọc cấp tỉnh thuộc ngành dọc" in crossing
    outside = explain(LADDER["MINISTRY"], LADDER["PUBLIC_SERVICE_UNIT"])
    assert "Đơn vị sự nghiệp công lập không nằm trong thang bậc" in outside


@pytest.mark.parametrize(("computed", "ruling"), list(product(TransferClass, [None, *TransferClass])))
def test_a_ruling_applies_only_where_the_rule_left_the_class_open(computed, ruling):
    expected = ruling if computed == MANUAL and ruling is not None else computed
    assert effective_class(computed, ruling) is expected


@pytest.mark.parametrize(
    ("classes", "counted"),
    [
        ([DOWN], True),
        ([DOWN, DOWN], True),
        ([DOWN, SAME], True),
        ([DOWN, MANUAL], True),
        ([DOWN, UP], False),
        ([SAME], False),
        ([MANUAL], False),
        ([UP], False),
        ([], False),
    ],
)
def test_a_review_counts_with_one_downward_move_and_none_upward(classes, counted):
    assert is_counted(eligible=True, conclusion="decentralize", classes=iter(classes)) is counted
    assert is_counted(eligible=False, conclusion="decentralize", classes=classes) is False


@pytest.mark.parametrize("conclusion", [c for c in Conclusion if c != "decentralize"] + [""])
def test_no_other_conclusion_counts(conclusion):
    assert is_counted(eligible=True, conclusion=conclusion, classes=[DOWN]) is False


def test_every_code_has_a_vietnamese_label():
    assert set(TRANSFER_CLASS_LABELS) == set(TransferClass)
    assert set(TRANSFER_MODE_LABELS) == set(TransferMode)
    assert set(CONCLUSION_LABELS) == set(Conclusion)
    assert CONCLUSION_LABELS["out_of_scope"] == "Không thuộc phạm vi rà soát"
