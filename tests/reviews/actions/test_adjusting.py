"""Adjusting a frozen scope: what each kind does to scope, reviews, figures and history."""

import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.models import ImportBatch, Procedure
from reviews.actions import adjusting
from reviews.models import (
    Notice,
    Participation,
    Review,
    ReviewEvent,
    ScopeAdjustment,
    ScopeItem,
    Status,
)
from reviews.reports.dashboards import body_figures, national_figures
from reviews.reports.tallies import tallies_by_body
from tests.factories import OrganisationFactory
from tests.reviews.adjusting_scene import PAPER, count_as_sent, make_scene, opened

pytestmark = pytest.mark.django_db
CODES = [f"1.{n:06d}" for n in range(1, 7)]


@pytest.fixture
def scene():
    """Six procedures of Bộ Xây dựng: the second settled in the provinces, the third excluded, the sixth unknown."""
    scene = make_scene("1.000001", "1.000004", "1.000005")
    scene.procedure("1.000002", level="PROV_PC")
    scene.procedure("1.000003", level="COMMUNE_PC")
    scene.procedure("1.000006", level=None)
    opened(scene)
    scene.procedure("2.000001")
    scene.procedure("2.000002", level="PROV_PC")
    return scene


def figures(scene, body=None):
    return body_figures(scene.campaign, body or scene.ministry)[0]


def frozen(campaign):
    """Every frozen column of the scope, and what was frozen for each body."""
    names = [f.attname for f in ScopeItem._meta.concrete_fields if f.name != "removed_at"]
    return (
        list(ScopeItem.objects.filter(campaign=campaign, admitted_by=None).order_by("pk").values_list(*names)),
        list(Participation.objects.order_by("pk").values_list()),
    )


def test_the_worked_example_of_ten_admitted_codes():
    scene = make_scene(*(f"1.{n:06d}" for n in range(1, 201)))
    opened(scene)
    count_as_sent(scene, [f"1.{n:06d}" for n in range(1, 41)])
    assert (figures(scene).share.display, figures(scene).share.met) == ("20,00%", True)
    new = [f"2.{n:06d}" for n in range(1, 11)]
    for code in new:
        scene.procedure(code)
    adjustment = scene.adjust("admit", *new)
    share = figures(scene).share
    assert (share.e, share.n, share.required, share.missing, share.met) == (210, 40, 42, 2, False)
    assert share.display == "19,04%"
    (effect,) = adjustment.effect
    assert effect["code"] == "G17"
    assert (effect["before"]["eligible"], effect["after"]["eligible"], effect["after"]["share"]) == (200, 210, "19.04")


def test_the_worked_example_of_one_counted_procedure_abolished():
    scene = make_scene(*(f"1.{n:06d}" for n in range(1, 201)))
    opened(scene)
    count_as_sent(scene, [f"1.{n:06d}" for n in range(1, 41)])
    adjustment = scene.adjust("remove", "1.000001")
    share = figures(scene).share
    assert (share.e, share.n, share.required, share.missing, share.display) == (199, 39, 40, 1, "19,59%")
    assert adjustment.effect[0]["after"]["n"] == 39
    review = scene.review("1.000001")
    assert (review.removed, review.eligible, review.counted) == (True, False, False)
    assert (review.frozen_standing, review.frozen_counted) == ("eligible", True)
    assert review.transfers.count() == 1, "the work done is kept"


def test_admitting_freezes_the_procedure_as_it_stands_and_asks_whom_opening_would_ask(scene):
    batch = ImportBatch.objects.create(file_name="moi.xlsx", sha256="a" * 64, sheet="S", layout={})
    Procedure.objects.filter(code="2.000002").update(provenance={"name": [batch.pk, 7]})
    adjustment = scene.adjust("admit", "2.000001", "2.000002")
    central, local = (ScopeItem.objects.get(code=code) for code in ("2.000001", "2.000002"))
    assert central.admitted_by == local.admitted_by == adjustment
    assert (local.batch_digest, local.batch_row, local.rule) == ("a" * 64, 7, "in_base")
    assert local.source == "tệp moi.xlsx, dòng 7"
    assert [(r.organisation.code, r.kind) for r in central.reviews.all()] == [("G17", "own")]
    asked = {(r.organisation.code, r.kind) for r in local.reviews.all()}
    assert asked == {("G17", "own"), ("H01", "proposal"), ("H35", "proposal")}
    assert {r.frozen_standing for r in local.reviews.all()} == {"absent"}
    event = local.reviews.first().events.get()
    assert (event.action, event.sequence) == ("adjust", 1)
    assert event.changes == {"removed": [True, False], "eligible": [False, True]}
    assert list(adjustment.items.values_list("scope_item", flat=True)) == [central.pk, local.pk]


def test_what_admission_asks_is_what_opening_asks(scene):
    scene.adjust("admit", "2.000001", "2.000002")
    later = make_again(scene)
    opened_reviews = {(r.scope_item.code, r.organisation.code, r.kind, r.eligible) for r in later.reviews.all()}
    adjusted = {(r.scope_item.code, r.organisation.code, r.kind, r.eligible) for r in scene.campaign.reviews.all()}
    assert adjusted == opened_reviews


def make_again(scene):
    """Another round of the same bodies, opened on the catalogue of now."""
    from reviews.actions.campaigns import open_campaign
    from tests.factories import CampaignFactory, ParticipationFactory

    campaign = CampaignFactory(code="2022", state="preparing", opened_at=None, frozen_at=None)
    for body in (scene.ministry, scene.rival, *scene.provinces):
        ParticipationFactory(campaign=campaign, organisation=body)
    return open_campaign(by=None, campaign=campaign).campaign


def test_an_excluded_procedure_becomes_eligible_and_back_again(scene):
    assert figures(scene).tally.excluded == 1
    scene.adjust("admit", "1.000003")
    review = scene.review("1.000003")
    assert (review.eligible, review.frozen_standing, review.decider_unknown) == (True, "excluded", False)
    assert figures(scene).tally.excluded == 0
    scene.adjust("exclude", "1.000003")
    review = scene.review("1.000003")
    assert (review.eligible, review.frozen_standing, review.frozen_counted) == (False, "excluded", False)
    assert figures(scene).tally.excluded == 1


def test_excluding_keeps_the_procedure_in_the_total_and_the_work_on_it(scene):
    scene.work("1.000001", Status.SUBMITTED)
    before = figures(scene).tally
    scene.adjust("exclude", "1.000001")
    after = figures(scene).tally
    assert (after.total, after.excluded, after.proposed) == (before.total, before.excluded + 1, before.proposed - 1)
    review = scene.review("1.000001")
    assert (review.status, review.conclusion, review.counted) == ("submitted", "decentralize", False)
    assert (review.frozen_standing, review.frozen_counted) == ("eligible", True)
    scene.adjust("admit", "1.000001")
    review = scene.review("1.000001")
    assert (review.eligible, review.counted, review.frozen_standing, review.frozen_counted) == (
        True,
        True,
        "eligible",
        False,
    )
    assert figures(scene).tally == before


def test_removing_takes_every_body_s_review_out_and_admitting_brings_them_back_as_they_were(scene):
    province = scene.provinces[0]
    before = [figures(scene).tally, figures(scene, province).tally]
    scene.adjust("remove", "1.000002", "1.000003")
    assert ScopeItem.objects.filter(removed_at__isnull=False).count() == 2
    assert figures(scene).tally.total == before[0].total - 2
    assert figures(scene, province).tally.total == before[1].total - 1
    scene.adjust("admit", "1.000002", "1.000003")
    assert [figures(scene).tally, figures(scene, province).tally] == before
    assert not ScopeItem.objects.filter(removed_at__isnull=False).exists()
    assert scene.review("1.000003").eligible is False, "it comes back as it left: excluded"


def test_replacing_removes_the_old_and_copies_the_work_to_the_successor_as_a_draft(scene):
    old = scene.work("1.000001", Status.SUBMITTED)
    Review.objects.filter(pk=old.pk).update(assignee=scene.people["official"])
    scene.adjust("replace", ("1.000001", "2.000001"))
    old.refresh_from_db()
    new = scene.review("2.000001")
    assert (old.removed, old.status) == (True, "submitted")
    assert (new.status, new.version, new.counted, new.eligible) == ("draft", 1, True, True)
    assert (new.reason, new.assignee) == (old.reason, scene.people["official"])
    assert [t.target_level_id for t in new.transfers.all()] == ["PROV_PC"]
    assert new.current_authorities.count() == new.legal_amendments.count() == 1
    event = new.events.get()
    assert (event.status_before, event.status_after, event.content["version"]) == ("not_started", "draft", 1)
    assert figures(scene).tally.proposed == 0


def test_an_untouched_form_is_not_copied_and_several_may_be_replaced_by_one(scene):
    scene.work("1.000004", Status.DRAFT)
    scene.adjust("replace", ("1.000001", "2.000001"), ("1.000004", "2.000001"))
    new = scene.review("2.000001")
    assert new.status == "draft"
    assert figures(scene).tally.total == 5
    scene.adjust("replace", ("1.000005", "2.000002"))
    assert scene.review("2.000002").status == "not_started"


def test_a_province_s_opinion_goes_to_its_own_form_on_the_successor(scene):
    province = scene.provinces[0]
    review = scene.review("1.000002", province)
    Review.objects.filter(pk=review.pk).update(status="draft", version=1, reason="Đề nghị giao huyện.")
    scene.adjust("replace", ("1.000002", "2.000002"))
    assert scene.review("2.000002", province).reason == "Đề nghị giao huyện."
    assert scene.review("2.000002", scene.provinces[1]).status == "not_started"
    assert scene.review("2.000002").status == "not_started"


def test_another_owner_gets_a_review_of_his_own_with_the_work_as_a_draft(scene):
    scene.work("1.000002", Status.ACCEPTED)
    before, rival = figures(scene).tally, figures(scene, scene.rival).tally
    scene.adjust("reown", "1.000002", new_owner=scene.rival)
    old, new = scene.review("1.000002"), scene.review("1.000002", scene.rival)
    assert (old.removed, old.frozen_standing, old.frozen_counted) == (True, "eligible", True)
    assert (new.kind, new.status, new.frozen_standing) == ("own", "draft", "absent")
    assert figures(scene).tally.total == before.total - 1
    assert figures(scene, scene.rival).tally.total == rival.total + 1
    assert not scene.review("1.000002", scene.provinces[0]).removed, "opinions stay"
    assert ScopeItem.objects.get(code="1.000002").owner == scene.ministry
    # Taken out and brought back, it is the new owner's; then it goes home to the form that was there.
    scene.adjust("remove", "1.000002")
    scene.adjust("admit", "1.000002")
    assert (scene.review("1.000002").removed, scene.review("1.000002", scene.rival).removed) == (True, False)
    scene.adjust("reown", "1.000002", new_owner=scene.ministry)
    assert figures(scene).tally == before
    assert scene.review("1.000002").status == "accepted"


def test_every_reason_against_is_said_at_once(scene):
    scene.work("1.000005", Status.APPROVED)
    stranger = OrganisationFactory(code="G99", name="Bộ Khác")
    scene.procedure("3.000001", publisher=stranger)
    scene.procedure("3.000002", status="abolished")
    with pytest.raises(ValidationError) as refused:
        scene.propose("admit", "1.000001", "3.000001", "3.000002", reason=" ")
    assert refused.value.messages == [
        "Điều chỉnh phạm vi phải nêu lý do.",
        "Đã thuộc diện tính của đợt này: 1.000001.",
        "Đã bãi bỏ trong danh mục nên không bổ sung được: 3.000002.",
        "Thuộc cơ quan không tham gia đợt này: 3.000001.",
    ]
    with pytest.raises(ValidationError) as refused:
        scene.propose("remove", "1.000005", "2.000001")
    assert refused.value.messages == [
        "Không có trong phạm vi của đợt này: 2.000001.",
        "Đã được phê duyệt tại Quyết định nên không điều chỉnh được: 1.000005.",
    ]
    for kind, codes, facts, message in (
        ("exclude", ["1.000003"], {}, "Đã được loại trừ: 1.000003."),
        ("reown", ["1.000001"], {"new_owner": scene.ministry}, "Đã thuộc Bộ Xây dựng: 1.000001."),
        ("reown", ["1.000001"], {"new_owner": stranger}, "Hãy chọn cơ quan quản lý mới"),
        ("reown", ["1.000001"], {"new_owner": scene.provinces[0]}, "Chỉ chuyển được giữa các bộ"),
        ("replace", ["1.000001"], {}, "Chưa nêu thủ tục thay thế: 1.000001."),
        ("replace", [("1.000001", "1.000002")], {}, "Thủ tục thay thế 1.000002 đã có trong phạm vi"),
        ("replace", [("1.000001", "1.000001")], {}, "Thủ tục không thể thay thế chính mình: 1.000001."),
        ("admit", [], {}, "Chưa chọn thủ tục nào."),
    ):
        with pytest.raises(ValidationError, match=message):
            scene.propose(kind, *codes, **facts)
    assert not ScopeAdjustment.objects.exists()


def test_only_another_person_of_the_department_decides_and_only_once(scene):
    proposal = scene.propose("exclude", "1.000001")
    events = ReviewEvent.objects.count()
    for name in ("appraiser", "administrator", "auditor", "official"):
        with pytest.raises(ValidationError):
            adjusting.approve(by=scene.people[name], adjustment=proposal)
        with pytest.raises(ValidationError):
            adjusting.decline(by=scene.people[name], adjustment=proposal, reason="Không.")
    with pytest.raises(ValidationError, match="phải nêu lý do"):
        adjusting.decline(by=scene.people["second"], adjustment=proposal, reason=" ")
    assert ReviewEvent.objects.count() == events
    adjusting.decline(by=scene.people["second"], adjustment=proposal, reason="Chưa đủ căn cứ.")
    with pytest.raises(ValidationError, match="đã bị từ chối"):
        adjusting.approve(by=scene.people["department_head"], adjustment=proposal)
    assert scene.review("1.000001").eligible
    done = scene.adjust("exclude", "1.000001")
    with pytest.raises(ValidationError, match="đã được duyệt"):
        adjusting.approve(by=scene.people["second"], adjustment=done)
    assert Notice.objects.filter(user=scene.people["focal_point"]).count() == 1


def test_a_closed_round_is_adjusted_no_more(scene):
    from reviews.actions.campaigns import close_campaign

    proposal = scene.propose("exclude", "1.000001")
    close_campaign(by=None, campaign=scene.campaign)
    with pytest.raises(ValidationError, match="đã đóng"):
        adjusting.approve(by=scene.people["department_head"], adjustment=proposal)
    scene.campaign.refresh_from_db()
    with pytest.raises(ValidationError, match="đã đóng"):
        scene.propose("exclude", "1.000001")


def test_a_plan_that_moved_since_it_was_read_is_refused(scene):
    plan, _ = adjusting.preview(scene.campaign, "exclude", scene.lines("1.000001"))
    proposal = scene.propose("exclude", "1.000001", seen=plan.digest)
    scene.work("1.000001", Status.SUBMITTED)
    with pytest.raises(ValidationError) as refused:
        adjusting.approve(by=scene.people["second"], adjustment=proposal, seen=plan.digest)
    assert refused.value.code == "changed"
    assert scene.review("1.000001").eligible
    seen = adjusting.preview_of(proposal)[0].digest
    adjusting.approve(by=scene.people["second"], adjustment=proposal, seen=seen)


def test_the_preview_says_exactly_what_the_approval_brings(scene):
    scene.work("1.000001", Status.SUBMITTED)
    for kind, codes, facts in (
        ("admit", ["2.000001", "2.000002", "1.000003"], {}),
        ("reown", ["1.000001"], {"new_owner": scene.rival}),
        ("remove", ["1.000002", "1.000006"], {}),
        ("exclude", ["2.000001"], {}),
    ):
        _, effect = adjusting.preview(scene.campaign, kind, scene.lines(*codes), facts.get("new_owner"))
        assert scene.adjust(kind, *codes, **facts).effect == effect
        found = {one.code: one for one in national_figures(scene.campaign)[0]}
        for body in effect:
            now = found[body["code"]]
            assert body["after"] == {name: now.as_dict()[name] for name in adjusting.FIGURES} | {"n": now.share.n}


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_adjustments_leaves_the_freeze_to_be_read_off(scene, seed):
    dice = random.Random(seed)
    scene.work("1.000001", Status.SUBMITTED)
    scene.work("1.000002", Status.ACCEPTED)
    scene.work("1.000004", Status.DRAFT)
    kept, frozen_rows = frozen(scene.campaign), {r.pk: (r.eligible, r.counted) for r in Review.objects.all()}
    done = 0
    for _ in range(25):
        kind = dice.choice(["admit", "exclude", "remove", "replace", "reown"])
        codes = dice.sample(sorted(scene.procedures), dice.randint(1, 2))
        if kind == "replace":
            codes = [(codes[0], dice.choice(sorted(scene.procedures)))]
        facts = {"new_owner": dice.choice([scene.ministry, scene.rival])} if kind == "reown" else {}
        try:
            scene.adjust(kind, *codes, **facts)
        except ValidationError:
            continue
        done += 1
    assert done > 5
    assert frozen(scene.campaign) == kept
    for review in Review.objects.select_related("scope_item"):
        if review.pk not in frozen_rows:
            assert review.frozen_standing == "absent"
            continue
        standing = review.frozen_standing or ("eligible" if review.eligible else "excluded")
        counted = review.counted if review.eligible else review.frozen_counted
        if review.events.filter(action="adjust", status_before="not_started", status_after="draft").exists():
            # It stood untouched and got another's work since: that is work, not a change of the frozen catalogue.
            counted = False
        assert (standing == "eligible", counted) == frozen_rows[review.pk]
        assert review.frozen_counted is False or not review.eligible
    # The events taken back, newest first, lead from the present to the day of the freeze.
    for review in Review.objects.filter(pk__in=list(frozen_rows)):
        state = {name: getattr(review, name) for name in ("eligible", "removed", "frozen_standing", "counted")}
        for event in review.events.filter(action="adjust").order_by("-sequence"):
            for name, (before, after) in event.changes.items():
                if name in state:
                    assert state[name] == after
                    state[name] = before
        assert state["frozen_standing"] == ""
        assert not state["removed"]
        assert (state["eligible"], state["counted"]) == frozen_rows[review.pk]
    # What each procedure is by the ledger is what its reviews are.
    from reviews.actions.standing import standings

    for standing in standings(scene.campaign).values():
        alive = [r for r in standing.item.reviews.all() if not r.removed]
        assert bool(alive) == standing.present
        assert {r.eligible for r in alive} <= {not standing.excluded}
        owners = [r.organisation_id for r in alive if r.kind == "own"]
        assert owners == ([standing.owner_id] if standing.present else [])
    assert tallies_by_body(scene.campaign)


def test_three_thousand_procedures_take_few_statements():
    scene = make_scene("1.000001")
    opened(scene)
    number = 3_000
    new = Procedure.objects.bulk_create(
        Procedure(code=f"2.{n:06d}", name=f"Thủ tục {n}", publisher=scene.ministry) for n in range(number)
    )
    lines = [adjusting.Line(one) for one in new]
    with CaptureQueriesContext(connection) as proposing:
        proposal = adjusting.propose(
            by=scene.people["appraiser"], campaign=scene.campaign, kind="admit", lines=lines, **PAPER
        )
    with CaptureQueriesContext(connection) as approving:
        adjusting.approve(by=scene.people["second"], adjustment=proposal)
    assert Review.objects.count() == number + 1
    with CaptureQueriesContext(connection) as removing:
        proposal = adjusting.propose(
            by=scene.people["appraiser"], campaign=scene.campaign, kind="remove", lines=lines, **PAPER
        )
        adjusting.approve(by=scene.people["second"], adjustment=proposal)
    assert (len(proposing), len(approving), len(removing)) < (60, 60 + number // 100, 60 + number // 100)
    assert max(len(proposing), len(approving), len(removing)) <= 60 + number // 100
