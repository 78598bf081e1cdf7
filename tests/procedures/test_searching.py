"""Search of the catalogue: every word anywhere in the text, accents aside, in whatever order and however short."""

import pytest
from django.conf import settings
from django.db import connection

from procedures.models import Procedure
from tests.factories import ProcedureFactory

pytestmark = pytest.mark.django_db

POSTGRESQL = "django.db.backends.postgresql"
NAMES = ("Đăng ký khai sinh", "Đăng ký lại khai tử", "Cấp phép môi trường 100%", "Khai thác khoáng sản_A")


@pytest.fixture
def names():
    for name in NAMES:
        ProcedureFactory(name=name)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("sinh KHAI dang", {0}),
        ("đăng ký", {0, 1}),
        ("ky", {0, 1}),
        ("k", {0, 1, 3}),
        ("hoang", {3}),
        ("100% moi", {2}),
        ("%", {2}),
        ("_", {3}),
        ("khai khai", {0, 1, 3}),
        ("khong co", set()),
        ("", {0, 1, 2, 3}),
    ],
)
def test_a_search_finds_what_holds_every_word_typed(names, typed, found):
    assert set(Procedure.objects.matching(typed).values_list("name", flat=True)) == {NAMES[place] for place in found}


@pytest.mark.skipif(settings.DATABASES["default"]["ENGINE"] != POSTGRESQL, reason="SQLite reads every text")
def test_postgresql_finds_words_through_an_index_where_the_server_has_the_extension():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        available = cursor.fetchone()
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'procedure_search_text'")
        stands = cursor.fetchone()
    assert bool(stands) == bool(available)
