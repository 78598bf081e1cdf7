"""Cells and contents: each way without loss, and refusals that name the cell."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.transfers import Level
from reviews.sheets.columns import MOVE, columns, editable
from reviews.sheets.values import cells_of, content_with, row_of, why_no_cell
from tests.factories import LADDER
from tests.reviews.sheets.scene import DECIDER, contents, texts

LEVELS = {code: Level(code, label, tier or None, branch, rank) for code, label, tier, branch, rank in LADDER}
WHOLE, SHORT = columns(False, LEVELS), columns(True, LEVELS)
MOVED = {
    "source_level": "MINISTER",
    "target_level": "PROV_PC",
    "target_body": "",
    "mode": "decentralize",
    "is_partial": False,
    "condition": "",
}


def blank(**more) -> dict:
    content = dict.fromkeys(
        ("text_source", "conclusion", "stance", "content", "reason", "conditions", "new_steps", "transition",
         "receiving_body", "coordinating_bodies", "delegation_in_force", "annual_dossiers_source"), "",
    )  # fmt: skip
    content |= {"annual_dossiers": None, "annual_dossiers_year": None}
    content |= {"annual_dossiers_estimated": False, "annual_dossiers_unknown": False}
    return content | {"deciders": [DECIDER], "transfers": [], "criteria": []} | more


def refused(content: dict, cells: dict) -> dict:
    with pytest.raises(ValidationError) as caught:
        content_with(content, cells, LEVELS)
    return caught.value.message_dict


@given(contents, st.booleans())
def test_cells_put_back_as_they_are_change_nothing(content, short):
    assert content_with(content, cells_of(content, SHORT if short else WHOLE), LEVELS) == {}


@given(contents, texts, st.sampled_from(["reason", "conditions", "annual_dossiers_source"]))
def test_one_changed_text_changes_that_part_alone(content, text, key):
    expected = {} if content[key] == text else {key: text}
    assert content_with(content, {**cells_of(content, WHOLE), key: text}, LEVELS) == expected


@given(contents)
def test_every_fillable_column_is_a_cell_or_locked_with_a_word_why(content):
    cells, closed = row_of(content, WHOLE)
    assert {*cells, *closed} == {column.key for column in editable(WHOLE)}
    assert not cells.keys() & closed.keys()
    assert closed.keys() in (set(), set(MOVE))
    assert not closed or closed["move.level"].rstrip().endswith(".")


def test_a_level_in_the_cell_is_a_transfer_from_who_decides_now():
    parts = content_with(blank(), {"move.level": "PROV_PC", "move.body": "UBND tỉnh", "move.mode": ""}, LEVELS)
    assert parts == {"transfers": [MOVED | {"target_body": "UBND tỉnh"}]}


def test_under_delegation_the_move_is_a_delegation_unless_said_otherwise():
    parts = content_with(blank(conclusion="delegate"), {"move.level": "PROV_PC"}, LEVELS)
    assert parts["transfers"][0]["mode"] == "delegate"
    parts = content_with(blank(conclusion="delegate"), {"move.level": "PROV_PC", "move.mode": "devolve"}, LEVELS)
    assert parts["transfers"][0]["mode"] == "devolve"


def test_clearing_the_three_cells_takes_the_transfer_away_and_clearing_one_of_them_asks():
    content = blank(transfers=[MOVED])
    assert content_with(content, dict.fromkeys(MOVE, ""), LEVELS) == {"transfers": []}
    assert "xóa cả cơ quan nhận và hình thức" in refused(content, {"move.level": ""})["move.level"][0]


def test_an_upward_move_is_refused_with_the_rules_sentence():
    assert "Chuyển lên cấp trên" in refused(blank(), {"move.level": "PRIME_MINISTER"})["move.level"][0]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"transfers": [MOVED, MOVED | {"target_level": "PROV_DEPT"}]}, "nhiều dòng chuyển"),
        ({"transfers": [MOVED | {"is_partial": True}]}, "một phần"),
        ({"transfers": [MOVED | {"condition": "nhóm C"}]}, "một phần"),
        ({"transfers": [MOVED | {"source_level": "MINISTRY"}]}, "không phải cấp đang có thẩm quyền"),
        ({"deciders": []}, "Chưa xác định"),
        ({"deciders": [DECIDER | {"level": ""}]}, "Chưa xác định"),
        ({"deciders": [DECIDER, DECIDER | {"level": "PROV_PC"}]}, "Nhiều cấp"),
        ({"deciders": [DECIDER | {"case": "công trình cấp I"}]}, "trường hợp"),
    ],
)
def test_what_one_row_cannot_hold_locks_its_three_cells_and_refuses_a_change(facts, words):
    content = blank(**facts)
    cells, closed = row_of(content, WHOLE)
    assert closed.keys() == set(MOVE)
    assert words in closed["move.level"]
    assert not cells.keys() & set(MOVE)
    assert words in refused(content, {"move.level": "DISTRICT_PC"})["move.level"][0]


def test_locked_transfers_are_shown_one_by_one_in_words():
    second = {"target_level": "PROV_DEPT", "target_body": "Sở Xây dựng", "is_partial": True, "condition": "nhóm C"}
    closed = row_of(blank(transfers=[MOVED, MOVED | second]), WHOLE)[1]
    assert closed["move.level"].splitlines() == [
        "1. Bộ trưởng, Thủ trưởng cơ quan ngang bộ → Ủy ban nhân dân cấp tỉnh",
        "2. Bộ trưởng, Thủ trưởng cơ quan ngang bộ → Sở, ban, ngành (một phần: nhóm C)",
        "Phiếu có nhiều dòng chuyển thẩm quyền: sửa trên cổng.",
    ]
    assert closed["move.body"] == "1. —\n2. Sở Xây dựng"
    assert closed["move.mode"] == "1. Phân cấp\n2. Phân cấp"


def test_answers_are_added_changed_and_taken_away_in_the_order_they_are_kept():
    held = [{"criterion": "C2", "answer": "yes", "reason": ""}]
    cells = {"criterion.C10": "no", "criterion.C10.reason": "Thiếu người", "criterion.C1": "yes", "criterion.C2": ""}
    assert content_with(blank(criteria=held), cells, LEVELS) == {
        "criteria": [
            {"criterion": "C1", "answer": "yes", "reason": ""},
            {"criterion": "C10", "answer": "no", "reason": "Thiếu người"},
        ]
    }


def test_a_reason_without_an_answer_asks_for_the_answer():
    wrong = refused(blank(), {"criterion.C5.reason": "Đủ người"})
    assert "Câu C5" in wrong["criterion.C5"][0]


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ({"annual_dossiers": -1}, "annual_dossiers"),
        ({"annual_dossiers": 2_147_483_648}, "annual_dossiers"),
        ({"annual_dossiers_year": 1999}, "annual_dossiers_year"),
        ({"annual_dossiers": 5, "annual_dossiers_unknown": True}, "annual_dossiers_unknown"),
        ({"move.level": "NO_SUCH"}, "move.level"),
        ({"criterion.C99": "yes"}, "criterion.C99"),
        ({"status": "accepted"}, "status"),
    ],
)
def test_a_value_that_cannot_be_names_its_cell(cells, key):
    assert list(refused(blank(), cells)) == [key]


def test_a_text_longer_than_a_cell_in_excels_own_count_is_locked_and_says_so():
    assert why_no_cell("ă" * 32_767) == ""
    assert "32.767" in why_no_cell("ă" * 32_768)
    assert "32.767" in why_no_cell("😀" * 16_384)  # two each, as Excel counts
    cells, closed = row_of(blank(reason="😀" * 20_000), WHOLE)
    assert closed["reason"] == why_no_cell("😀" * 20_000)
    assert "reason" not in cells


def test_a_short_form_has_a_set_of_its_own():
    assert "stance" in {column.key for column in SHORT}
    assert "conclusion" not in {column.key for column in SHORT}
    assert not any(column.key.startswith("criterion.") for column in SHORT)
    assert sum(column.key.startswith("criterion.") for column in WHOLE) == 28


def test_every_column_explains_itself_and_no_two_share_a_name():
    for form in (WHOLE, SHORT):
        assert all(len(column.help) > 10 for column in form)
        assert len({column.label for column in form}) == len(form)
