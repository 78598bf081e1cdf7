"""The cost of compliance: the worked example and its edges."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.costs import CostItem, saving

NOW = CostItem(4, 36_000, outside_cost=100_000, fee=150_000, subjects_per_year=12_000)
AFTER = CostItem(4, 36_000, outside_cost=20_000, fee=150_000, subjects_per_year=12_000)


def test_the_worked_example_saves_twenty_point_three_percent():
    assert (NOW.unit, NOW.yearly) == (394_000, 4_728_000_000)
    assert (AFTER.unit, AFTER.yearly) == (314_000, 3_768_000_000)
    saved = saving([NOW], [AFTER])
    assert (saved.amount, saved.text) == (960_000_000, "20.30")


def test_half_hours_are_counted_exactly():
    assert CostItem(Fraction(1, 2), 36_001).unit == 18_000


def test_a_dearer_procedure_saves_less_than_nothing():
    assert saving([AFTER], [NOW]).text == "-25.47"


def test_no_cost_now_shows_no_share():
    assert saving([], [AFTER]).text is None


def test_a_negative_figure_is_refused():
    with pytest.raises(ValueError, match="không được âm"):
        CostItem(-1, 36_000)


@given(st.lists(st.integers(0, 10**6), max_size=5), st.lists(st.integers(0, 10**6), max_size=5))
def test_what_is_saved_is_now_less_after(now, after):
    saved = saving(
        [CostItem(1, x, subjects_per_year=1) for x in now], [CostItem(1, x, subjects_per_year=1) for x in after]
    )
    assert saved.amount == sum(now) - sum(after)
