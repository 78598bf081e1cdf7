from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.merging import Conflict, Hand, Typed, fold, merge, merge_rows

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


def law(number, **more):
    return {"document_type": "decree", "number": number, "article": "", "clause": "", "point": ""} | more


def test_edits_of_different_rows_of_a_table_merge():
    base = [law("1"), law("2"), law("3")]
    mine = [law("1", title="của tôi"), law("2"), law("3"), law("4")]
    theirs = [law("1"), law("3", title="của bạn"), law("5")]
    result = merge({"amendments": base}, {"amendments": mine}, {"amendments": theirs})
    assert result.clean
    assert result.merged["amendments"] == [
        law("1", title="của tôi"), law("3", title="của bạn"), law("5"), law("4"),
    ]  # fmt: skip


def test_edits_of_the_same_row_ask_and_mine_brings_the_other_sides_rows_along():
    base = [law("1"), law("2")]
    mine, theirs = [law("1", title="a"), law("2")], [law("1", title="b"), law("2"), law("3")]
    result = merge({"amendments": base}, {"amendments": mine}, {"amendments": theirs})
    conflict = result.conflicts["amendments"]
    assert result.merged["amendments"] == conflict.theirs == theirs
    assert conflict.mine == [law("1", title="a"), law("2"), law("3")]


def test_a_row_that_both_made_into_another_asks():
    rows, contested = merge_rows([law("1")], [law("2")], [law("3")], "amendments")
    assert (rows, contested) == ([law("2")], True)


def test_a_row_removed_here_and_written_on_there_asks_and_stays():
    rows, contested = merge_rows([law("1")], [], [law("1", title="b")], "amendments")
    assert (rows, contested) == ([law("1", title="b")], True)


def test_a_table_never_grows_beyond_its_limit_by_merging():
    mine, theirs = [law(f"a{n}") for n in range(40)], [law(f"b{n}") for n in range(40)]
    assert merge({"amendments": []}, {"amendments": mine}, {"amendments": theirs}).conflicts["amendments"].mine == mine


tables = st.lists(st.builds(law, st.sampled_from("123"), title=st.sampled_from(["", "x", "y", "z"])), max_size=5)


@given(tables, tables, tables)
def test_no_row_anybody_wrote_is_ever_lost(base, mine, theirs):
    result = merge({"amendments": base}, {"amendments": mine}, {"amendments": theirs})
    conflict = result.conflicts.get("amendments")
    kept = list(result.merged["amendments"]) + ([*mine, *conflict.theirs] if conflict else [])
    for side in (mine, theirs):
        assert [row for row in side if row not in base and row not in kept] == []


@given(tables, tables, tables)
def test_both_orders_of_a_table_ask_about_the_same(base, mine, theirs):
    one = merge({"amendments": base}, {"amendments": mine}, {"amendments": theirs})
    other = merge({"amendments": base}, {"amendments": theirs}, {"amendments": mine})
    assert one.clean == other.clean


values = st.sampled_from(["", "x", "y", "z"])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("mn"), values), max_size=8))
def test_folding_tabs_into_one_copy_drops_no_text_unseen(steps):
    copy, told, own = {}, [], {}
    for revision, (tab, name, value) in enumerate(steps, start=1):
        before = copy.get(name)
        hand = Hand(0, 0, tab, touched=frozenset({name}))
        copy, lost = fold(copy, {name: Typed(value, 0, revision, tab)}, hand, {"m": "", "n": ""})
        told += lost.values()
        if before and before.tab != tab and before.value and copy[name].value != before.value:
            assert before.value in lost.values()
        own[name] = value
    # What stands is the newest, but for a field sent as it was in the beginning.
    for name, value in own.items():
        assert copy[name].value == value or value == ""


def test_a_field_sent_untouched_does_not_undo_another_tabs():
    copy = {"reason": Typed("thẻ kia", 1, 5, "b")}
    hand = Hand(1, 0, "a", touched=frozenset())
    assert fold(copy, {"reason": Typed("cũ", 1, 0, "a")}, hand, {})[0]["reason"].value == "thẻ kia"
    plain = Hand(1, 0)
    assert fold(copy, {"reason": Typed("cũ", 1, 0)}, plain, {"reason": "cũ"})[0]["reason"].value == "thẻ kia"


def test_typing_on_keeps_the_version_one_began_from_until_one_has_chosen():
    copy = {"reason": Typed("a", 1, 1, "a")}
    more = {"reason": Typed("ab", 3, 2, "a")}
    assert fold(copy, more, Hand(3, 2, "a"), {})[0]["reason"].base == 1
    assert fold(copy, more, Hand(3, 2, "a", chosen=frozenset({"reason"})), {})[0]["reason"].base == 3


def test_rows_of_two_tabs_stay_apart_from_what_each_goes_on_typing():
    def law(number):
        return {"document_type": "decree", "number": number, "article": "", "clause": "", "point": ""}

    copy, sent = (
        {},
        [("b", ["15"]), ("a", ["2"]), ("a", ["21"]), ("b", ["15", "16"]), ("a", ["21", "22"]), ("a", ["22"])],
    )
    for revision, (tab, numbers) in enumerate(sent, 1):
        rows = [law(number) for number in numbers]
        hand = Hand(0, 0, tab, touched=frozenset({"amendments"}))
        copy, lost = fold(copy, {"amendments": Typed(rows, 0, revision, tab)}, hand, {"amendments": []})
        assert lost == {}
    assert sorted(row["number"] for row in copy["amendments"].value) == ["15", "16", "22"]
