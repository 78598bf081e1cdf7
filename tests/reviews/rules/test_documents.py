"""One document, however its number is typed."""

import pytest

from reviews.rules.documents import document_key, number_key, shown_number, type_of

WRITINGS = (
    "15/2021/NĐ-CP",
    "Nghị định 15/2021/NĐ-CP",
    "Nghị định số 15/2021/NĐ-CP",
    "NĐ 15/2021/NĐ-CP",
    " 15 / 2021/nđ–cp ",
    "15/2021/ND-CP.",
    "số: 015/2021/NĐ-CP",
    "Nghi\u0323 đi\u0323nh 15/2021/NĐ-CP",
)


@pytest.mark.parametrize("number", WRITINGS)
def test_every_writing_of_one_decree_is_one_document(number):
    assert document_key(number, "decree") == "decree:15/2021/ND-CP"
    assert shown_number(number).removeprefix("0") == "15/2021/NĐ-CP"


def test_the_symbol_settles_the_type_and_otherwise_the_stated_one_holds():
    assert type_of("15/2021/NĐ-CP", "law") == "decree"
    assert type_of("03/2022/TT-BXD", "other") == "circular"
    assert type_of("01/2020/TTLT-BTP-BTC", "circular") == "joint_circular"
    assert type_of("45/2017/QĐ-TTg", "decree") == "pm_decision"
    assert type_of("50/2014/QH13", "law") == "law"
    assert type_of("Luật Xây dựng", "law") == "law"


def test_other_numbers_stay_apart():
    keys = {
        number_key(one) for one in ("15/2021/NĐ-CP", "5/2021/NĐ-CP", "15/2020/NĐ-CP", "15/2021/TT-BXD", "Luật Thuế")
    }
    assert len(keys) == 5


def test_wording_without_a_number_is_kept_whole():
    assert number_key("  Luật   Xây dựng ") == "LUAT XAY DUNG"
    assert shown_number("Luật  Xây dựng") == "Luật Xây dựng"
    assert number_key("  ") == ""
