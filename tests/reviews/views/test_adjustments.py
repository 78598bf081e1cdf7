"""The pages of the ledger: who reads and writes, what a proposal shows before anything moves, what suggests itself."""

import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.models import DecidingAuthority, Procedure
from reviews.actions import adjusting
from reviews.actions.filling import check, finish
from reviews.forms.adjustments import AdjustmentForm
from reviews.models import CurrentAuthority, Review, ReviewEvent, ScopeAdjustment, Status
from reviews.views import adjustments as pages
from tests.reviews.adjusting_scene import make_scene, opened
from tthc_portal.jobs.models import Job
from tthc_portal.jobs.runner import run

pytestmark = pytest.mark.django_db
URL = "/campaigns/2021/adjustments/"
PAPER = {"reason": "Công bố mới.", "document_number": "12/TTr-KSTT", "document_date": "05/10/2021"}


@pytest.fixture
def scene():
    scene = make_scene("1.000001", "1.000002")
    scene.procedure("1.000003", level="COMMUNE_PC")
    opened(scene)
    scene.procedure("2.000001")
    scene.procedure("2.000002")
    return scene


def propose(client, **data):
    """Fill the page, read what it shows, confirm."""
    data = PAPER | data
    page = client.post(f"{URL}new/", data)
    return client.post(f"{URL}new/", data | {"seen": page.context.get("seen", ""), "propose": "1"})


def test_a_proposal_shows_what_would_change_and_then_waits_for_the_second_person(scene, login):
    appraiser, second = login(scene.people["appraiser"]), login(scene.people["second"])
    data = PAPER | {"kind": "admit", "codes": "2.000001, 2.000002; 1.000003"}
    page = appraiser.post(f"{URL}new/", data)
    text = page.content.decode()
    assert "Nếu được duyệt, sẽ thay đổi 3 thủ tục" in text
    assert "chưa có trong phạm vi" in text
    assert not ScopeAdjustment.objects.exists()
    answer = appraiser.post(f"{URL}new/", data | {"seen": page.context["seen"], "propose": "1"}, follow=True)
    adjustment = ScopeAdjustment.objects.get()
    assert "Bạn là người đề nghị nên không tự duyệt được" in answer.content.decode()
    address = f"{URL}{adjustment.pk}/"
    refused = appraiser.post(f"{address}approve/", {"seen": answer.context["seen"]}, follow=True)
    assert "phải khác người đề nghị" in refused.content.decode()
    shown = second.get(address)
    done = second.post(f"{address}approve/", {"seen": shown.context["seen"]}, follow=True)
    assert "Đã duyệt" in done.content.decode()
    assert Review.objects.filter(organisation=scene.ministry, eligible=True).count() == 5
    assert done.context["effect"] == shown.context["effect"]


def test_a_page_read_before_something_moved_is_shown_again(scene, login):
    client = login(scene.people["appraiser"])
    data = PAPER | {"kind": "exclude", "codes": "1.000001"}
    seen = client.post(f"{URL}new/", data).context["seen"]
    scene.work("1.000001", Status.SUBMITTED)
    again = client.post(f"{URL}new/", data | {"seen": seen, "propose": "1"})
    assert "Số liệu đã thay đổi từ lúc bạn xem" in again.content.decode()
    assert again.context["seen"] not in ("", seen)
    assert not ScopeAdjustment.objects.exists()


def test_unknown_and_unreadable_codes_are_named_and_nothing_typed_is_lost(scene, login):
    client = login(scene.people["appraiser"])
    codes = "Mã: 1.000001\n9.999999\t12x4"
    text = client.post(f"{URL}new/", PAPER | {"kind": "exclude", "codes": codes}).content.decode()
    assert "Không có trong danh mục thủ tục hành chính: 9.999999." in text
    assert "Không đọc được mã: 12x4." in text
    assert "9.999999\t12x4" in text
    assert "Công bố mới." in text
    text = client.post(f"{URL}new/", {"kind": "replace", "codes": "1.000001\n1.000002 2.000001"}).content.decode()
    assert "Mỗi dòng phải có đúng hai mã (cũ rồi mới); hãy sửa dòng: 1.000001." in text
    text = client.post(f"{URL}new/", {"kind": "reown", "codes": "1.000001"}).content.decode()
    assert "Hãy chọn cơ quan quản lý mới." in text
    text = client.post(f"{URL}new/", PAPER | {"kind": "admit", "codes": "1.000001 1.000002"}).content.decode()
    assert "Đã thuộc diện tính của đợt này: 1.000001, 1.000002." in text


def test_one_old_code_with_two_successors_is_refused_and_not_halved(scene, login):
    client = login(scene.people["appraiser"])
    codes = "1.000001 2.000001\n1.000002 2.000001\n1.000001 2.000002"
    text = client.post(f"{URL}new/", PAPER | {"kind": "replace", "codes": codes}).content.decode()
    assert "Mỗi mã cũ chỉ có một mã thay thế" in text
    assert "nhiều hơn một mã: 1.000001." in text
    # The same pair pasted twice is meant once.
    propose(client, kind="replace", codes="1.000001 2.000001\n1.000001 2.000001")
    assert ScopeAdjustment.objects.get().items.count() == 1


def test_codes_are_read_with_any_separator_and_repaired_as_an_import_repairs_them(scene, login):
    client = login(scene.people["appraiser"])
    propose(client, kind="admit", codes="2,000001|2.000002,1.000003")
    assert set(ScopeAdjustment.objects.get().items.values_list("procedure__code", flat=True)) == {
        "2.000001",
        "2.000002",
        "1.000003",
    }


def test_other_kinds_through_the_page(scene, login):
    client = login(scene.people["appraiser"])
    propose(client, kind="replace", codes="1.000001 2.000001")
    propose(client, kind="reown", codes="1.000002", new_owner="G09")
    kinds = dict(ScopeAdjustment.objects.values_list("kind", "items__new_owner__code"))
    assert kinds == {"replace": None, "reown": "G09"}
    page = client.get(URL).content.decode()
    assert page.count("Chờ duyệt</span>") == 2


@pytest.mark.parametrize("name", ["official", "focal_point", "leader", "administrator", "auditor"])
def test_other_roles_neither_propose_nor_decide(scene, login, name):
    proposal = scene.propose("exclude", "1.000001")
    client = login(scene.people[name])
    data = PAPER | {"kind": "exclude", "codes": "1.000002", "seen": "x", "propose": "1"}
    assert client.get(f"{URL}new/").status_code == 403
    assert client.post(f"{URL}new/", data).status_code == 403
    assert client.post(f"{URL}{proposal.pk}/approve/").status_code == 403
    assert client.post(f"{URL}{proposal.pk}/decline/", {"reason": "Không."}).status_code == 403
    oversees = name in ("administrator", "auditor")
    assert client.get(f"{URL}{proposal.pk}/").status_code == (200 if oversees else 404)
    assert client.get(f"{URL}candidates/").status_code == (200 if oversees else 403)
    assert ('data-count="1"' in client.get(URL).content.decode()) == oversees
    proposal.refresh_from_db()
    assert proposal.is_pending
    assert ScopeAdjustment.objects.count() == 1


def test_everybody_reads_what_was_approved_but_not_others_work_under_way(scene, login):
    scene.work("1.000001", Status.SUBMITTED)
    adjustment = scene.adjust("exclude", "1.000001")
    own = login(scene.people["official"]).get(f"{URL}{adjustment.pk}/").content.decode()
    other = login(scene.people["rival_official"]).get(f"{URL}{adjustment.pk}/").content.decode()
    assert "50,00%" in own
    assert "50,00%" not in other
    assert "chưa công bố" in other


def test_declining_says_why_and_moves_nothing(scene, login):
    proposal = scene.propose("exclude", "1.000001")
    client = login(scene.people["second"])
    page = client.post(f"{URL}{proposal.pk}/decline/", {"reason": " "}, follow=True).content.decode()
    assert "Từ chối phải nêu lý do." in page
    page = client.post(f"{URL}{proposal.pk}/decline/", {"reason": "Chưa đủ căn cứ."}, follow=True).content.decode()
    assert "Chưa đủ căn cứ." in page
    assert scene.review("1.000001").eligible


def test_forms_and_catalogue_suggest_and_nothing_follows_by_itself(scene, login):
    sent = scene.work("1.000001", Status.SUBMITTED)
    CurrentAuthority.objects.filter(review=sent).update(level_id="COMMUNE_PC")
    Procedure.objects.filter(code="1.000002").update(status="abolished")
    DecidingAuthority.objects.filter(procedure__code="1.000003").update(level_id="MINISTER")
    client = login(scene.people["appraiser"])
    page = client.get(f"{URL}candidates/")
    assert [(label, number) for _, label, number in page.context["tabs"]] == [
        ("Đề nghị loại trừ", 1),
        ("Đề nghị đưa ra khỏi phạm vi", 1),
        ("Đề nghị bổ sung", 3),
    ]
    assert "Phiếu của cơ quan ghi chỉ Ủy ban nhân dân cấp xã quyết định." in page.content.decode()
    assert scene.review("1.000001").eligible
    form = client.get(f"{URL}new/?kind=exclude&code=1.000001").context["form"]
    assert (form["kind"].value(), form["codes"].value()) == ("exclude", "1.000001")
    scene.propose("remove", "1.000002")
    assert "đang chờ duyệt" in client.get(f"{URL}candidates/?kind=remove").content.decode()
    scene.adjust("exclude", "1.000001")
    scene.adjust("admit", "1.000003", "2.000001")
    numbers = [number for _, _, number in client.get(f"{URL}candidates/").context["tabs"]]
    assert numbers == [0, 1, 1]


def test_a_draft_is_nobody_elses_business(scene, login):
    draft = scene.work("1.000001", Status.DRAFT)
    CurrentAuthority.objects.filter(review=draft).update(level_id="COMMUNE_PC")
    page = login(scene.people["appraiser"]).get(f"{URL}candidates/?kind=exclude")
    assert 'data-count="0"' in page.content.decode()


def test_the_page_of_drift_leads_to_a_proposal(scene, login):
    drift = "/campaigns/2021/drift/"
    assert 'name="code" value="2.000001"' in login(scene.people["appraiser"]).get(drift).content.decode()
    assert 'name="code"' not in login(scene.people["auditor"]).get(drift).content.decode()


def test_an_approved_adjustment_offers_its_reverse(scene, login):
    client = login(scene.people["appraiser"])
    for kind, code, back in (("admit", "2.000001", "remove"), ("exclude", "1.000001", "admit")):
        done = scene.adjust(kind, code)
        assert f"?reverse={done.pk}" in client.get(f"{URL}{done.pk}/").content.decode()
        form = client.get(f"{URL}new/?reverse={done.pk}").context["form"]
        assert (form["kind"].value(), form["codes"].value()) == (back, code)


def test_a_replacement_and_a_change_of_owner_are_taken_back_by_their_like(scene, login):
    client = login(scene.people["appraiser"])
    replaced = scene.adjust("replace", ("1.000001", "2.000002"))
    moved = scene.adjust("reown", "1.000002", new_owner=scene.rival)
    for done, expected in (
        (replaced, {"kind": "replace", "codes": "2.000002 1.000001", "new_owner": ""}),
        (moved, {"kind": "reown", "codes": "1.000002", "new_owner": scene.ministry.code}),
    ):
        form = client.get(f"{URL}new/?reverse={done.pk}").context["form"]
        assert {name: form[name].value() for name in expected} == expected
        again = AdjustmentForm(PAPER | expected, campaign=scene.campaign)
        assert again.is_valid(), again.errors
        proposed = adjusting.propose(
            by=scene.people["appraiser"], campaign=scene.campaign, **again.asked(), **again.paper()
        )
        adjusting.approve(by=scene.people["second"], adjustment=proposed)
    assert not any(scene.review(code).removed for code in ("1.000001", "1.000002"))
    assert scene.review("2.000002").removed
    assert scene.review("1.000002", scene.rival).removed


def test_one_for_several_has_no_reverse(scene, login):
    done = scene.adjust("replace", ("1.000001", "2.000002"), ("1.000002", "2.000002"))
    assert "?reverse=" not in login(scene.people["appraiser"]).get(f"{URL}{done.pk}/").content.decode()


def test_the_ledger_narrows_and_exports(scene, login):
    scene.adjust("admit", "2.000001", "1.000003")
    scene.propose("replace", ("1.000001", "2.000002"))
    client = login(scene.people["appraiser"])
    for query, number in (
        ("", 2),
        ("kind=admit", 1),
        ("state=pending", 1),
        ("state=approved", 1),
        ("state=declined", 0),
        ("q=2.000002", 1),
        ("q=KSTT", 2),
        ("kind=khong-co", 0),
    ):
        assert f'data-count="{number}"' in client.get(f"{URL}?{query}").content.decode(), query
    lines = b"".join(client.get(f"{URL}?export=csv").streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert "1.000001" in lines[1]
    assert "2.000002" in lines[1]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"{URL}?export=xlsx").streaming_content)))
    assert book.active.max_row == 4
    assert client.get(f"{URL}?export=pdf").status_code == 404
    official = login(scene.people["official"])
    assert len(b"".join(official.get(f"{URL}?export=csv").streaming_content).decode().splitlines()) == 3


def test_a_form_taken_out_says_that_an_adjustment_did_it_and_not_the_freeze(scene, login):
    official = login(scene.people["official"])

    def page(code):
        review = scene.review(code)
        return official.get(f"/reviews/{review.pk}/").content.decode()

    assert "Thủ tục này được loại trừ, phiếu chỉ để xem." in page("1.000003")
    scene.work("1.000001", Status.SUBMITTED)
    scene.adjust("exclude", "1.000001")
    shown = page("1.000001")
    # The work on it is kept and can be read.
    assert "khoản 2 Điều 15" in shown.partition("Nội dung rà soát")[2]
    assert "Thủ tục này được loại trừ theo điều chỉnh phạm vi, phiếu chỉ để xem." in shown
    assert 'href="/campaigns/2021/scope/1.000001/"' in shown
    scene.adjust("remove", "1.000001")
    assert "Thủ tục này đã được đưa ra khỏi phạm vi rà soát, phiếu chỉ để xem." in page("1.000001")
    scene.adjust("reown", "1.000002", new_owner=scene.rival)
    assert "Thủ tục này đã được chuyển sang cơ quan khác, phiếu chỉ để xem." in page("1.000002")
    why = official.get("/campaigns/2021/scope/1.000002/").content.decode()
    assert "Không tính: điều chỉnh phạm vi đã chuyển thủ tục sang cơ quan khác." in why
    scene.adjust("remove", "1.000002")
    why = official.get("/campaigns/2021/scope/1.000002/").content.decode()
    assert "Không tính: điều chỉnh phạm vi đã đưa thủ tục ra khỏi đợt." in why


@pytest.mark.parametrize("kind", ["exclude", "remove", "reown"])
def test_a_checked_form_taken_out_leaves_the_pack_and_the_counts_of_the_body_s_home(scene, login, kind):
    for code in ("1.000001", "1.000002"):
        review = scene.work(code, Status.DRAFT)
        finish(by=scene.people["official"], reviews=[review])
        check(by=scene.people["focal_point"], reviews=[review])
    scene.adjust(kind, "1.000001", new_owner=scene.rival if kind == "reown" else None)
    leader = login(scene.people["leader"])
    assert [review.scope_item.code for review in leader.get("/reviews/sending/").context["reviews"]] == ["1.000002"]
    home = leader.get("/").context
    assert {row.status: row.number for row in home["statuses"] if row.number} == {"checked": 1}
    assert [queue.number for queue in home["queues"] if queue.figure == "body_checked"] == [1]
    page = leader.get("/reviews/sending/")
    assert page.context["figures"].checked == 1
    # All that the page ticks goes.
    form = {"review": [review.pk for review in page.context["reviews"]], "signer_name": "Nguyễn Văn A"}
    assert leader.post("/reviews/sending/", form | {"signer_capacity": "BỘ TRƯỞNG"}).status_code == 302
    assert scene.review("1.000002").status == "submitted"


def test_closing_counts_what_is_unsent_without_what_was_sent_and_then_excluded(scene, login):
    scene.work("1.000001", Status.SUBMITTED)
    scene.adjust("exclude", "1.000001")
    page = login(scene.people["appraiser"]).get("/campaigns/2021/close/")
    progress = page.context["progress"]
    assert (progress.total, progress.excluded, progress.sent, progress.waiting) == (3, 2, 0, 1)
    assert "Còn 1 phiếu chưa gửi" in page.content.decode()


def test_one_change_and_twenty_cost_the_same_number_of_queries(scene, login):
    client = login(scene.people["auditor"])
    codes = [f"3.{n:06d}" for n in range(20)]
    for code in codes:
        scene.procedure(code)
    scene.adjust("admit", codes[0])
    client.get(URL)
    addresses = [URL, f"{URL}candidates/?kind=admit", f"{URL}{ScopeAdjustment.objects.get().pk}/"]
    before = [queries(client, address) for address in addresses]
    for code in codes[1:]:
        scene.adjust("admit", code)
    many = scene.adjust("exclude", *codes)
    assert [queries(client, address) for address in [URL, addresses[1], f"{URL}{many.pk}/"]] == before


def queries(client, address):
    with CaptureQueriesContext(connection) as taken:
        client.get(address)
    return len(taken)


def test_a_large_approval_is_a_job_that_the_page_announces_and_a_second_run_changes_nothing(scene, login, monkeypatch):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    adjustment = scene.propose("admit", "2.000001", "2.000002")
    client, address = login(scene.people["second"]), f"{URL}{adjustment.pk}/"
    page = client.get(address)
    assert "việc này chạy trong nền" in page.content.decode()
    answer = client.post(f"{address}approve/", {"seen": page.context["seen"]})
    job = Job.objects.get()
    assert answer.headers["Location"] == f"/jobs/{job.pk}/"
    assert "đang được duyệt trong nền" in client.get(address).content.decode()
    # A second click leads to the same job.
    assert client.post(f"{address}approve/", {"seen": "x"}).headers["Location"] == f"/jobs/{job.pk}/"
    run.func(job.pk)
    job.refresh_from_db()
    adjustment.refresh_from_db()
    assert (job.state, job.done, job.result["url"]) == ("done", 2, address)
    assert adjustment.approved_by == scene.people["second"]
    assert adjustment.effect
    events = ReviewEvent.objects.count()
    Job.objects.update(state="waiting")
    run.func(job.pk)
    job.refresh_from_db()
    assert (job.state, ReviewEvent.objects.count()) == ("done", events)


def test_a_large_approval_of_what_has_moved_since_the_page_fails_as_a_whole(scene, login, monkeypatch):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    adjustment = scene.propose("admit", "2.000001", "2.000002")
    login(scene.people["second"]).post(f"{URL}{adjustment.pk}/approve/", {"seen": "một trang khác"})
    job = Job.objects.get()
    run.func(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Số liệu đã thay đổi" in job.message
    adjustment.refresh_from_db()
    assert adjustment.is_pending
    assert not Review.objects.filter(scope_item__code__startswith="2.").exists()


def test_a_large_approval_by_the_proposer_is_refused_at_once(scene, login, monkeypatch):
    monkeypatch.setattr(pages, "JOB_FROM", 1)
    adjustment = scene.propose("admit", "2.000001", "2.000002")
    answer = login(scene.people["appraiser"]).post(f"{URL}{adjustment.pk}/approve/", {"seen": ""}, follow=True)
    assert "phải khác người đề nghị" in answer.content.decode()
    assert not Job.objects.exists()
