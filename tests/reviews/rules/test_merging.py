from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.merging import Conflict, merge

contents = st.dictionaries(st.sampled_from("abcde"), st.sampled_from([None, "", "x", "y", "z"]))


def test_edits_of_different_fields_merge():
    result = merge({"reason": "cũ", "content": "cũ"}, {"reason": "của tôi"}, {"content": "của bạn"})
    assert result.clean
    assert result.merged == {"reason": "của tôi", "content": "của bạn"}


def test_an_edit_of_the_same_field_keeps_the_stored_text_and_carries_mine():
    result = merge({"reason": "cũ"}, {"reason": "của tôi"}, {"reason": "của bạn"})
    assert not result.clean
    assert result.merged == {"reason": "của bạn"}
    assert result.conflicts == {"reason": Conflict("cũ", "của tôi", "của bạn")}


def test_the_same_edit_on_both_sides_is_no_conflict():
    result = merge({"reason": "cũ"}, {"reason": "mới"}, {"reason": "mới"})
    assert result.clean
    assert result.merged == {"reason": "mới"}


def test_clearing_a_field_is_an_edit():
    assert merge({"reason": "cũ"}, {"reason": ""}, {"reason": "cũ"}).merged == {"reason": ""}
    assert merge({"reason": "cũ"}, {"reason": ""}, {"reason": "mới"}).conflicts["reason"].mine == ""


def test_a_field_new_on_both_sides_conflicts_over_an_empty_base():
    assert merge({}, {"reason": "a"}, {"reason": "b"}).conflicts == {"reason": Conflict(None, "a", "b")}


def test_a_field_one_side_added_is_kept():
    assert merge({}, {"reason": "a"}, {"content": "b"}).merged == {"reason": "a", "content": "b"}


@given(contents, contents, contents)
def test_no_value_anybody_wrote_is_ever_lost(base, mine, theirs):
    result = merge(base, mine, theirs)
    for side in (mine, theirs):
        for name, value in side.items():
            if name not in base or value != base[name]:
                conflict = result.conflicts.get(name)
                kept = [result.merged[name]] + ([conflict.mine, conflict.theirs] if conflict else [])
                assert value in kept
    assert set(result.merged) == set(base) | set(mine) | set(theirs)


@given(contents, contents, contents)
def test_both_orders_find_the_same_conflicts(base, mine, theirs):
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert set(one.conflicts) == set(other.conflicts)
    for name, conflict in one.conflicts.items():
        assert other.conflicts[name] == Conflict(conflict.base, conflict.theirs, conflict.mine)


@given(contents, contents)
def test_nothing_changes_when_only_one_side_edits(base, edited):
    assert merge(base, edited, base).merged == {**base, **edited}
    assert merge(base, base, edited).merged == {**base, **edited}
    assert merge(base, edited, base).clean
