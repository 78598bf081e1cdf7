"""Vietnamese text: one form stored, one form searched, one order."""

import unicodedata

import pytest
from django.db.models.functions import Collate
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import OrganisationFactory
from tthc_portal.accounts.models import Organisation
from tthc_portal.text import COLLATION, collation_key, compare, fold, one_line, primary_key, primary_keys, tidy

ALPHABETICAL = [
    "An Giang",
    "Bà Rịa - Vũng Tàu",
    "Bạc Liêu",
    "Bắc Giang",
    "Bắc Kạn",
    "Bắc Ninh",
    "Bến Tre",
    "Bình Định",
    "Cà Mau",
    "Cao Bằng",
    "Cần Thơ",
    "Da liễu",
    "Đà Nẵng",
    "Đắk Lắk",
    "Đắk Nông",
    "Điện Biên",
    "Đồng Nai",
    "Gia Lai",
    "Hà Giang",
    "Hải Dương",
    "Khánh Hòa",
    "Lai Châu",
    "Lâm Đồng",
    "Quảng Ngãi",
    "Quảng Trị",
    "Thanh Hóa",
    "Thừa Thiên Huế",
    "Yên Bái",
]


def test_searching_ignores_accents_case_and_the_bar_of_d():
    assert fold("Đăng ký  KHAI sinh") == "dang ky khai sinh"
    assert fold("Ủy ban") == fold("uỷ  ban") == "uy ban"


def test_storing_composes_and_drops_what_nobody_typed_on_purpose():
    apart = unicodedata.normalize("NFD", "Cấp giấy phép")
    assert tidy(f"\ufeff {apart}\u00a0\u00a0 xây dựng \r\n  dòng hai\x0b ") == "Cấp giấy phép xây dựng\ndòng hai"
    assert one_line("Bộ\nTư pháp") == "Bộ Tư pháp"


@given(st.text())
def test_tidying_and_folding_twice_is_tidying_and_folding_once(text):
    assert tidy(tidy(text)) == tidy(text)
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_order_is_one_order(left, right):
    assert compare(left, right) == -compare(right, left)
    assert compare(left, left) == 0


def test_python_sorts_as_a_vietnamese_dictionary():
    assert sorted(set(ALPHABETICAL), key=collation_key) == ALPHABETICAL


@pytest.mark.django_db
def test_the_database_sorts_as_python_does_on_both_engines():
    for number, name in enumerate(reversed(ALPHABETICAL)):
        OrganisationFactory(code=f"T{number}", name=name)
    ordered = Organisation.objects.filter(code__startswith="T").order_by(Collate("name", COLLATION))
    assert list(ordered.values_list("name", flat=True)) == ALPHABETICAL


@given(st.text("aăâbdđeêÀÁẠầẩ AB01-(中\U0010ffff", max_size=6), st.text("aăâbdđeêÀÁẠầẩ AB01-(中\U0010ffff", max_size=6))
def test_what_sqlite_compares_stands_as_the_keys_of_python_do(left, right):
    a, b = collation_key(left), collation_key(right)
    assert compare(left, right) == (a > b) - (a < b)


@pytest.mark.parametrize(
    ("text", "key"),
    [("7", 7), ("9" * 18, 10**18 - 1), ("9" * 19, None), ("9" * 5000, None), ("", None), ("-1", None), ("²", None)],
)
def test_a_primary_key_is_read_from_digits_that_a_database_can_hold(text, key):
    assert primary_key(text) == key


def test_of_posted_keys_those_that_are_none_are_left_out():
    assert primary_keys(["12", "", "x", "9" * 30, "3"]) == [12, 3]
