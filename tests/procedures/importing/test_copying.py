"""The short way into the database keeps every text as it is."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.importing.copying import insert, insert_keyed
from procedures.models import ImportBatch, ImportRow, Procedure
from tests.factories import OrganisationFactory, ProcedureFactory

pytestmark = pytest.mark.django_db
# PostgreSQL stores no NUL, nor half of a surrogate pair, by any way; cleaning takes them out before.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(name=TEXT, value=TEXT, column=st.sampled_from(["\\N", "a\tb", "c\\.\nd", "Tên", "'\""]))
def test_texts_json_and_nothing_come_back_as_they_went_in(name, value, column):
    batch = ImportBatch.objects.create(file_name="a", sha256="0" * 64)
    rows = [
        ImportRow(batch=batch, number=1, code="1.004850", name=name, outcome="changed", before={"a": [value]}),
        ImportRow(batch=batch, number=2, outcome="invalid", errors=[{"column": column, "value": value}]),
    ]
    insert(rows)
    first, second = batch.rows.order_by("number")
    assert (first.code, first.name, first.before, first.after) == ("1.004850", name, {"a": [value]}, None)
    assert (first.errors, first.procedure_id) == ([], None)
    assert second.errors == [{"column": column, "value": value}]
    batch.delete()


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])


def test_keyed_rows_know_their_keys_and_every_kind_of_column():
    publisher, day = OrganisationFactory(), datetime.date(2021, 9, 30)
    facts = {
        "publisher": publisher,
        "published_on": day,
        "is_vertical": True,
        "search_text": "x",
        "subjects": ["Tổ chức"],
    }
    rows = [Procedure(code=f"1.00000{n}", name=f"Tên {n}", **facts) for n in range(3)]
    insert_keyed(iter(rows), "code")
    for row in rows:
        stored = Procedure.objects.get(pk=row.pk)
        for field in Procedure._meta.concrete_fields:
            assert getattr(stored, field.attname) == getattr(row, field.attname), field.name
    rows[0].save()
    assert Procedure.objects.count() == 3


def test_a_code_twice_is_an_integrity_error_as_from_any_statement():
    stored = ProcedureFactory(code="1.000001")
    twin = Procedure(code=stored.code, name="Tên", publisher=stored.publisher, search_text="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_keyed([twin], "code")
