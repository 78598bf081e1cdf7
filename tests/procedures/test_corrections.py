"""Reports of wrong entries: who raises them, who settles them, and what refuses."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from procedures.corrections import report_wrong, rows_that_touched, settle
from procedures.importing.batches import run_import
from procedures.importing.undo import undo
from procedures.models import Correction, Procedure
from tests.factories import ProcedureFactory, UserFactory
from tests.procedures.books import book
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def official(justice):
    return UserFactory(organisation=justice)


@pytest.fixture
def procedure(justice):
    return ProcedureFactory(code="1.000001", name="Tên sai", publisher=justice)


def report(official, procedure, **facts):
    facts = {"field": "name", "text": "Sai tên.", "suggestion": "Tên đúng"} | facts
    return report_wrong(by=official, procedure=procedure, **facts)


def test_a_report_keeps_who_raised_it_for_which_body_in_tidy_text(official, procedure, justice):
    one = report(official, procedure, text="  Sai\xa0 tên. \r\n")
    assert (one.text, one.organisation, one.raised_by, one.state) == ("Sai tên.", justice, official, "open")
    report(official, procedure)
    assert Correction.objects.count() == 2


@pytest.mark.parametrize(
    ("facts", "sentence"), [({"text": " \n"}, "Chưa ghi nội dung"), ({"field": "pk"}, "không có trong danh mục")]
)
def test_a_report_without_text_or_of_an_unknown_field_is_refused(official, procedure, facts, sentence):
    with pytest.raises(ValidationError, match=sentence):
        report(official, procedure, **facts)
    assert not Correction.objects.exists()


@pytest.mark.parametrize("role", [Role.APPRAISER, Role.DEPARTMENT_HEAD, Role.ADMINISTRATOR, Role.AUDITOR])
def test_only_people_of_a_body_report(procedure, role):
    with pytest.raises(PermissionDenied):
        report(UserFactory(role=role), procedure)


def test_declining_takes_a_sentence_and_only_an_administrator_answers(official, procedure, admin):
    one = report(official, procedure)
    with pytest.raises(PermissionDenied):
        settle(by=official, correction=one, state="declined", answer="Không sai.")
    with pytest.raises(ValidationError, match="phải nói lý do"):
        settle(by=admin, correction=one, state="declined", answer="  ")
    with pytest.raises(ValidationError, match="Chọn lượt nhập đã sửa"):
        settle(by=admin, correction=one, state="corrected")
    with pytest.raises(ValidationError, match="Đã sửa"):
        settle(by=admin, correction=one, state="open", answer="x")
    one = settle(by=admin, correction=one, state="declined", answer="Tên theo Quyết định công bố.")
    assert (one.state, one.answered_by) == ("declined", admin)
    with pytest.raises(ValidationError, match="đã được"):
        settle(by=admin, correction=one, state="corrected", answer="Đã sửa.")
    assert Correction.objects.get().state == "declined"


def test_a_correction_names_the_import_that_made_it_and_no_other(official, bodies, admin, tmp_path):
    run_import(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Sai", "G15"), ("1.000002", "Khác", "G15")))
    one = report(official, Procedure.objects.get(code="1.000001"))
    right = run_import(by=admin, path=book(tmp_path / "b.xlsx", ("1.000001", "Đúng", "G15"))).batch
    wrong = run_import(by=admin, path=book(tmp_path / "c.xlsx", ("1.000002", "Khác nữa", "G15"))).batch
    assert right in {row.batch for row in rows_that_touched(one.procedure)}
    with pytest.raises(ValidationError, match="không sửa thủ tục"):
        settle(by=admin, correction=one, state="corrected", batch=wrong)
    one = settle(by=admin, correction=one, state="corrected", batch=right)
    assert (one.batch, one.answer) == (right, "")


def test_an_import_taken_back_has_corrected_nothing(official, bodies, admin, tmp_path):
    run_import(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Sai", "G15")))
    one = report(official, Procedure.objects.get())
    batch = run_import(by=admin, path=book(tmp_path / "b.xlsx", ("1.000001", "Đúng", "G15"))).batch
    undo(by=admin, batch=batch)
    with pytest.raises(ValidationError, match="không sửa thủ tục"):
        settle(by=admin, correction=one, state="corrected", batch=batch)


def test_an_import_cannot_be_taken_back_from_under_a_report(official, bodies, admin, tmp_path):
    batch = run_import(by=admin, path=book(tmp_path / "a.xlsx", ("1.000001", "Sai", "G15"))).batch
    report(official, Procedure.objects.get())
    with pytest.raises(ValidationError, match=r"1\.000001"):
        undo(by=admin, batch=batch)
    assert Procedure.objects.count() == 1
