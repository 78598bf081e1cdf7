import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.eligibility import DEFAULT_EXCLUDED, decide
from tests.reviews.rules.levels import LADDER

LABELS = {code: level.label for code, level in LADDER.items()}


@pytest.mark.parametrize(
    ("levels", "rule"),
    [
        ([], "unknown_decider"),
        ([""], "unknown_decider"),
        (["COMMUNE_PC"], "commune_only"),
        (["COMMUNE_PC_CHAIR"], "commune_only"),
        (["COMMUNE_PC", "COMMUNE_PC_CHAIR"], "commune_only"),
        (["PROV_PC", "COMMUNE_PC"], "in_base"),
        (["MINISTRY"], "in_base"),
        # The conference names the commune People's Committee and its Chair, nobody else of the commune.
        (["COMMUNE_VERTICAL"], "in_base"),
        (["COMMUNE_DIV"], "in_base"),
        (["COMMUNE_PC", "COMMUNE_VERTICAL"], "in_base"),
        # A second decider of unknown level leaves the matter open; beside a known one of another level it does not.
        (["COMMUNE_PC", ""], "unknown_decider"),
        (["MINISTRY", ""], "in_base"),
    ],
)
def test_the_deciders_alone_say_whether_a_procedure_is_in_the_base(levels, rule):
    decision = decide(levels)
    assert decision.rule == rule
    assert decision.eligible is (rule != "commune_only")
    assert decision.unknown is (rule == "unknown_decider")


def test_a_round_may_exclude_more_levels_or_none():
    assert decide(["COMMUNE_DIV"], (*DEFAULT_EXCLUDED, "COMMUNE_DIV")).rule == "commune_only"
    assert decide(["COMMUNE_PC"], ()).rule == "in_base"


def test_the_reason_names_the_levels_when_their_labels_are_given():
    reason = decide(["COMMUNE_PC", "COMMUNE_PC_CHAIR"], labels=LABELS).reason
    assert "Ủy ban nhân dân cấp xã; Chủ tịch Ủy ban nhân dân cấp xã" in reason
    assert "Bộ, cơ quan ngang bộ" in decide(["MINISTRY"], labels=LABELS).reason
    assert "(" not in decide(["COMMUNE_PC"]).reason


@given(st.lists(st.sampled_from([*LADDER, ""])), st.sets(st.sampled_from(list(LADDER))))
def test_excluded_means_some_decider_and_all_of_them_in_the_set(levels, excluded):
    decision = decide(iter(levels), excluded)
    assert decision.eligible is not (bool(levels) and set(levels) <= excluded)
    assert decision.reason.endswith(".")
    assert decide(list(reversed(levels)), excluded).rule == decision.rule
