"""The catalogue moves, the frozen scope does not: what an adjustment could take up."""

import datetime
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from procedures.deciders import confirm_deciders
from procedures.importing.batches import apply, choose, preview, run_import
from procedures.importing.undo import undo
from procedures.matching import match_authority
from procedures.models import DecidingAuthority, Procedure
from reviews.actions.campaigns import open_campaign
from reviews.reports import drift
from tests.factories import (
    CampaignFactory,
    DecidingAuthorityFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    UserFactory,
    ladder,
)
from tests.procedures.books import OLD_HEADER, book
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
MINISTER = "Bộ trưởng, Thủ trưởng cơ quan ngang bộ"
COMMUNE = "Chủ tịch Ủy ban nhân dân cấp xã"


def line(code, decider=MINISTER, name=None, levels="Cấp bộ", publisher="G15"):
    return (code, name or f"Thủ tục {code}", publisher, decider, "Điều 1", levels)


def put(path, *lines):
    """Import ``lines`` and give the batch."""
    done = run_import(by=None, path=book(path, *lines, header=OLD_HEADER))
    assert done.batch is not None, [one.errors for one in done.outcomes]
    return done.batch


def shares(campaign):
    out = StringIO()
    call_command("shares", "--json", "--campaign", campaign.code, stdout=out)
    return json.loads(out.getvalue())


def found(campaign):
    return {one.code: one for one in drift.candidates(campaign)}


@pytest.fixture
def ministry():
    ladder()
    OrganisationFactory(code="G99", name="Bộ ngoài đợt")
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def frozen(ministry, tmp_path):
    """A round over five procedures of one file, one of them left out because the commune decides it."""
    put(tmp_path / "dau.xlsx", *(line(f"1.00000{n}") for n in range(1, 5)), line("1.000005", COMMUNE))
    campaign = CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    ParticipationFactory(campaign=campaign, organisation=ministry)
    assert list(drift.candidates(campaign)) == []
    open_campaign(by=None, campaign=campaign)
    campaign.refresh_from_db()
    return campaign


def test_right_after_freezing_nothing_differs(frozen):
    assert found(frozen) == {}


def test_one_altered_authority_is_one_candidate_and_no_figure_moves(frozen, tmp_path):
    before = shares(frozen)
    scope = list(frozen.scope.order_by("pk").values())
    batch = put(tmp_path / "moi.xlsx", *(line(f"1.00000{n}") for n in (1, 3, 4)), line("1.000002", COMMUNE))
    (one,) = drift.candidates(frozen)
    assert (one.code, one.kinds, one.owner.code) == ("1.000002", ("deciders",), "G15")
    (change,) = one.changes
    assert MINISTER in change.before
    assert COMMUNE in change.after
    assert one.sources[0].batch_id == batch.pk
    assert "tệp moi.xlsx, dòng 6" in one.sources[0].text
    assert (one.rule_then, one.rule_now[:8]) == ("Thuộc diện tính", "Loại trừ")
    assert shares(frozen) == before
    assert list(frozen.scope.order_by("pk").values()) == scope


def test_an_import_taken_back_leaves_no_candidate(frozen, tmp_path):
    batch = put(tmp_path / "moi.xlsx", line("1.000002", COMMUNE, name="Tên mới"))
    assert found(frozen)["1.000002"].kinds == ("name", "deciders")
    undo(by=None, batch=batch)
    assert found(frozen) == {}


def test_levels_are_told_from_the_import_that_changed_them(frozen, tmp_path):
    put(tmp_path / "moi.xlsx", line("1.000001", levels="Cấp tỉnh", name="Tên mới"))
    put(tmp_path / "moi2.xlsx", line("1.000001", levels="Cấp xã", name="Tên mới"))
    one = found(frozen)["1.000001"]
    assert [(c.field, c.before, c.after) for c in one.changes] == [
        ("name", "Thủ tục 1.000001", "Tên mới"),
        ("execution_levels", "Cấp bộ", "Cấp xã"),
    ]
    assert [source.text[:12] for source in one.sources] == ["tệp moi2.xls", "tệp moi.xlsx"]
    assert one.rule_now == one.rule_then


def test_levels_nobody_kept_are_said_to_be_unknown(frozen):
    Procedure.objects.filter(code="1.000001").update(execution_levels=["commune"])
    (change,) = found(frozen)["1.000001"].changes
    assert (change.before, change.after) == ("(bản chốt không lưu)", "Cấp xã")
    assert found(frozen)["1.000001"].sources[0].text == "không rõ"
    Procedure.objects.filter(code="1.000001").update(updated_at=timezone.now())
    assert found(frozen)["1.000001"].sources[0].text.startswith("sửa trên hệ thống ngày")


def test_a_confirmation_after_freezing_is_a_change_with_its_day(frozen, ministry):
    focal = UserFactory(role=Role.FOCAL_POINT, organisation=ministry)
    rows = [{"level": "PROV_PC", "body": "", "case": "", "legal_ground": ""}]
    confirm_deciders(by=focal, procedures=Procedure.objects.filter(code="1.000003"), rows=rows)
    one = found(frozen)["1.000003"]
    assert one.kinds == ("deciders",)
    assert one.sources[0].text.startswith("cơ quan xác nhận thẩm quyền ngày")


def test_the_order_of_deciders_is_no_change(frozen):
    procedure = Procedure.objects.get(code="1.000001")
    DecidingAuthorityFactory(procedure=procedure, level_id="PROV_PC")
    item = frozen.scope.get(code="1.000001")
    item.deciders = [
        {"level": one.level_id, "body": one.body, "case": one.case, "legal_ground": one.legal_ground}
        for one in procedure.deciders.order_by("-pk")
    ]
    item.fingerprint = drift.fingerprint(item.name, item.deciders, procedure.execution_levels)
    item.save()
    assert found(frozen) == {}


def test_abolished_and_newly_published_procedures_are_candidates(frozen, ministry):
    Procedure.objects.filter(code="1.000004").update(status="abolished")
    ProcedureFactory(code="2.000001", publisher=ministry)
    ProcedureFactory(code="2.000002", publisher=ministry, status="abolished")
    ProcedureFactory(code="2.000003", publisher=OrganisationFactory(code="G98"))
    all_of_them = found(frozen)
    assert {code: one.kinds for code, one in all_of_them.items()} == {"1.000004": ("abolished",), "2.000001": ("new",)}
    assert all_of_them["2.000001"].rule_now == "Thuộc diện tính, chưa xác định thẩm quyền"
    assert all_of_them["1.000004"].rule_now == "Không còn trong danh mục"


def test_what_an_import_marked_as_abolished_is_a_candidate_with_that_import(frozen, tmp_path):
    admin = UserFactory(role=Role.ADMINISTRATOR)
    before = shares(frozen)
    path = book(tmp_path / "thieu.xlsx", *(line(f"1.00000{n}") for n in range(1, 5)), header=OLD_HEADER)
    batch = preview(by=admin, path=path)
    assert found(frozen) == {}
    apply(by=admin, batch=choose(by=admin, batch=batch, missing="abolish", only_valid=False))
    one = found(frozen)["1.000005"]
    assert (one.kinds, one.sources[0].batch_id) == (("abolished",), batch.pk)
    assert one.sources[0].text.startswith("không có trong tệp thieu.xlsx, ngày")
    assert shares(frozen) == before


def test_a_wording_matched_after_freezing_is_a_change_with_its_day(frozen, ministry, tmp_path):
    batch = put(tmp_path / "a.xlsx", line("1.000001", "Ban Điều phối vùng", name="Tên mới"))
    later = CampaignFactory(code="2022", state="preparing", opened_at=None, frozen_at=None)
    ParticipationFactory(campaign=later, organisation=ministry)
    open_campaign(by=None, campaign=later)
    later.refresh_from_db()
    assert found(frozen)["1.000001"].kinds == ("name",)
    assert found(later) == {}
    match_authority(by=UserFactory(role=Role.ADMINISTRATOR), wording="Ban Điều phối vùng", levels=["PROV_DEPT"])
    one = found(frozen)["1.000001"]
    assert one.kinds == ("name", "deciders")
    assert "Ban Điều phối vùng" in one.changes[1].after
    assert one.sources[0].batch_id == batch.pk
    # The file came before this round was frozen; what moved since is the matching alone.
    one = found(later)["1.000001"]
    assert one.kinds == ("deciders",)
    assert one.sources[0].text.startswith("đối chiếu cách ghi thẩm quyền ngày")


def test_what_an_adjustment_took_out_is_no_candidate_any_more(frozen):
    Procedure.objects.filter(code="1.000004").update(status="abolished")
    frozen.scope.filter(code="1.000004").update(removed_at=datetime.datetime.now(datetime.UTC))
    assert found(frozen) == {}


def test_deciders_taken_away_leave_the_decider_unknown(frozen):
    DecidingAuthority.objects.filter(procedure__code="1.000001").delete()
    one = found(frozen)["1.000001"]
    assert one.changes[0].after == "Chưa xác định"
    assert "chưa xác định thẩm quyền" in one.rule_now


def test_candidates_are_narrowed_by_body_and_kind_in_the_order_of_codes(frozen, ministry):
    Procedure.objects.filter(code__in=["1.000001", "1.000002"]).update(name="Khác")
    Procedure.objects.filter(code="1.000004").update(status="abolished")
    ProcedureFactory(code="0.000001", publisher=ministry)

    def codes(**filters):
        return [one.code for one in drift.narrowed(drift.candidates(frozen), **filters)]

    assert codes() == ["0.000001", "1.000001", "1.000002", "1.000004"]
    assert codes(kind="changed") == codes(kind="name") == ["1.000001", "1.000002"]
    assert codes(kind="deciders") == codes(organisation="G99") == []
    assert codes(kind="new", organisation="G15") == ["0.000001"]


def test_the_queries_do_not_grow_with_the_candidates(frozen, ministry):
    Procedure.objects.filter(code="1.000001").update(name="Khác")
    ProcedureFactory(code="2.999999", publisher=ministry)
    found(frozen)
    with CaptureQueriesContext(connection) as one:
        assert len(found(frozen)) == 2
    Procedure.objects.update(name="Khác nữa")
    for n in range(20):
        procedure = ProcedureFactory(code=f"2.{n:06d}", publisher=ministry)
        DecidingAuthorityFactory(procedure=procedure, level_id="MINISTER")
    with CaptureQueriesContext(connection) as many:
        assert len(found(frozen)) == 26
    assert len(one) == len(many)
