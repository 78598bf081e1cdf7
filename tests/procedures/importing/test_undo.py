"""Undo of large imports, in few statements."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.importing.batches import run_import
from procedures.importing.undo import undo
from procedures.models import ImportRow, Procedure, Sector, UnresolvedAuthority
from tests.factories import ScopeItemFactory
from tests.procedures.books import OLD_HEADER, book, many
from tests.procedures.importing.test_batches import state

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def waiting():
    return list(UnresolvedAuthority.objects.order_by("pk").values_list("procedure__code", "batch", "wording"))


def test_statements_of_undoing_new_procedures_do_not_grow_with_the_rows(bodies, tmp_path):
    count = 2_500
    result = run_import(by=None, path=many(tmp_path / "a.xlsx", count))
    with CaptureQueriesContext(connection) as queries:
        undo(by=None, batch=result.batch)
    assert len(queries) <= 30 + count / 100
    assert not Procedure.objects.exists()
    assert not Sector.objects.exists()
    assert ImportRow.objects.filter(batch=result.batch, procedure=None).count() == count


def test_what_waited_to_be_matched_before_an_import_waits_again_after_its_undo(bodies, tmp_path):
    def one(name, decider):
        return book(tmp_path / name, ("1.000001", "Tên", "G15", decider, "", ""), header=OLD_HEADER)

    run_import(by=None, path=one("a.xlsx", "Hội đồng lạ"))
    before, stood = waiting(), state()
    second = run_import(by=None, path=one("b.xlsx", "Ban lạ khác"))
    assert waiting() != before
    undo(by=None, batch=second.batch)
    assert (waiting(), state()) == (before, stood)


def test_all_that_stands_in_the_way_is_said_at_once(bodies, tmp_path):
    result = run_import(by=None, path=many(tmp_path / "a.xlsx", 3))
    ScopeItemFactory(procedure=Procedure.objects.get(code="1.000001"))
    Procedure.objects.filter(code="1.000002").update(name="Sửa tay")
    before = state()
    with pytest.raises(ValidationError) as caught:
        undo(by=None, batch=result.batch)
    assert "sửa sau khi nhập: 1.000002" in caught.value.messages[0]
    assert "đợt rà soát hoặc được hồ sơ khác dùng: 1.000001" in caught.value.messages[0]
    assert state() == before


def test_a_later_import_that_stands_in_the_way_is_named_so_that_it_can_be_taken_back_first(bodies, tmp_path):
    first = run_import(by=None, path=many(tmp_path / "a.xlsx", 2)).batch
    second = run_import(by=None, path=book(tmp_path / "b.xlsx", ("1.000001", "Tên khác", "G15", "", ""))).batch
    with pytest.raises(ValidationError) as caught:
        undo(by=None, batch=first)
    (sentence,) = caught.value.messages
    assert sentence.endswith(f"đã được lượt nhập sau thay đổi: 1.000001. Hoàn tác trước lượt nhập {second.pk}.")
    undo(by=None, batch=second)
    undo(by=None, batch=first)
    assert not Procedure.objects.exists()
