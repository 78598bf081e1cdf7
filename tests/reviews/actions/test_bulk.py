"""Changing many forms as one act: what is written, what is left alone and why, and how few statements it takes."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.actions import bulk
from reviews.models import BulkChange, Review, ReviewEvent, WorkingCopy
from reviews.rules.bulk import Move, Skip, Wish
from tests.factories import OrganisationFactory, ReviewFactory, UserFactory
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db
KEEP = Wish({"conclusion": "keep", "reason": REASON})
MINISTER = [{"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": "khoản 2 Điều 15"}]


@pytest.fixture
def cast():
    return make_cast()


def fresh(cast, deciders=MINISTER, **facts):
    """A review not started whose deciders are known."""
    review = cast.review(**facts)
    review.scope_item.deciders = deciders
    review.scope_item.save()
    Review.objects.filter(pk=review.pk).update(decider_unknown=not deciders)
    return review


def all_of(cast):
    return Review.objects.filter(campaign=cast.campaign)


def plan(cast, wish=KEEP, by="official", reviews=None):
    reviews = all_of(cast) if reviews is None else reviews
    return bulk.weigh(by=cast.own[by], campaign=cast.campaign, reviews=reviews, wish=wish)


def apply(cast, wish=KEEP, by="official", reviews=None, **facts):
    reviews = all_of(cast) if reviews is None else reviews
    facts = {"reason": "Rà soát cả nhóm.", "seal": plan(cast, wish, by, reviews).seal} | facts
    return bulk.apply(by=cast.own[by], campaign=cast.campaign, reviews=reviews, wish=wish, **facts)


def why(cast, review, wish=KEEP, by="official"):
    """Why ``review`` is left alone."""
    return next((skip for one, skip, _ in plan(cast, wish, by).skipped if one.pk == review.pk), None)


def test_one_batch_writes_one_event_a_form_and_counts_them(cast):
    reviews = [fresh(cast) for _ in range(3)]
    change = apply(cast, filters="status=not_started")
    assert (change.changed, change.skipped, change.organisation) == (3, 0, cast.body)
    events = ReviewEvent.objects.filter(bulk_id=change.pk)
    assert sorted(event.review_id for event in events) == sorted(review.pk for review in reviews)
    for event in events:
        assert (event.action, event.status_before, event.status_after) == ("save", "not_started", "draft")
        assert event.changes["conclusion"] == ["", "keep"]
        assert event.content["version"] == 1
        review = Review.objects.get(pk=event.review_id)
        assert (review.version, review.status, review.conclusion, review.head_hash) == (1, "draft", "keep", event.hash)
        assert review.edited_by == cast.own["official"]
        assert review.current_authorities.get().body == "Bộ trưởng"


def test_only_what_is_blank_is_filled_unless_one_chooses_otherwise(cast):
    review = cast.review("draft", conclusion="keep", counted=False, reason="Lý do đã có")
    wish = {"reason": REASON, "conditions": "Đủ người."}
    apply(cast, Wish(wish))
    review.refresh_from_db()
    assert (review.reason, review.conditions) == ("Lý do đã có", "Đủ người.")
    apply(cast, Wish(wish, overwrite=True))
    review.refresh_from_db()
    assert review.reason == REASON


def test_a_reason_for_one_conclusion_never_fills_the_blank_under_another(cast):
    review = cast.review("draft", reason="")
    assert why(cast, review) == Skip.CONCLUDED


def test_the_transfer_goes_from_each_forms_own_deciders(cast):
    one = fresh(cast)
    two = fresh(cast, [{"level": "DEPARTMENT", "body": "Cục", "case": "", "legal_ground": ""}, MINISTER[0]])
    apply(cast, Wish({"conclusion": "decentralize", "reason": REASON}, Move("PROV_PC")))
    assert [row.source_level_id for row in one.transfers.all()] == ["MINISTER"]
    assert [row.source_level_id for row in two.transfers.all()] == ["DEPARTMENT", "MINISTER"]
    one.refresh_from_db()
    assert one.counted is True
    assert "cho Ủy ban nhân dân cấp tỉnh" in one.content


def test_every_reason_for_leaving_a_form_alone_is_told(cast):
    down, up, same = Wish(move=Move("PROV_PC")), Wish(move=Move("PRIME_MINISTER")), Wish(move=Move("MINISTRY"))
    ready = cast.review("ready")
    taken = fresh(cast, assignee=UserFactory(organisation=cast.body, role="official"))
    excluded = fresh(cast)
    Review.objects.filter(pk=excluded.pk).update(eligible=False)
    unknown = fresh(cast, [])
    known = fresh(cast)
    already = cast.review("draft", conclusion="keep", counted=False)
    opened = fresh(cast)
    typing = {"review": opened, "user": cast.own["focal_point"], "saved_at": timezone.now(), "data": {"reason": "x"}}
    copy = WorkingCopy.objects.create(**typing)
    assert why(cast, ready) == Skip.STATUS
    assert why(cast, taken) == Skip.ASSIGNED
    assert why(cast, taken, by="focal_point") is None
    assert why(cast, excluded) == Skip.EXCLUDED
    assert why(cast, unknown, down) == Skip.NO_DECIDER
    assert why(cast, unknown) is None
    assert (why(cast, known, up), why(cast, known, same)) == (Skip.NOT_LOWER, Skip.NOT_LOWER)
    assert why(cast, already) == Skip.ALREADY
    assert why(cast, known, Wish({"stance": "agree"})) == Skip.NOT_SHORT
    assert why(cast, opened) == Skip.OPEN
    assert [who for one, _, who in plan(cast).skipped if one.pk == opened.pk] == [str(cast.own["focal_point"])]
    copy.saved_at -= bulk.TYPING * 2
    copy.save()
    assert why(cast, opened) is None


def test_figures_and_no_figures_are_one_field(cast):
    review = cast.review("draft", annual_dossiers=12, annual_dossiers_unknown=False)
    unknown = Wish({"annual_dossiers_unknown": True})
    assert why(cast, review, unknown) == Skip.ALREADY
    apply(cast, Wish({"annual_dossiers_unknown": True}, overwrite=True))
    review.refresh_from_db()
    assert (review.annual_dossiers, review.annual_dossiers_unknown) == (None, True)


def test_answers_join_those_given_and_amendments_fill_a_blank_table(cast):
    review = cast.review("draft")
    review.legal_amendments.all().delete()
    answers = {"C5": ("no", "Thiếu người"), "C14": ("yes", "")}
    apply(cast, Wish({"amendments": CONTENT["amendments"]}, answers=answers))
    told = dict(review.criterion_answers.values_list("criterion", "answer"))
    assert (told["C5"], told["C14"], len(told)) == ("yes", "yes", 7)
    assert review.legal_amendments.get().number == "15/2021/NĐ-CP"


def test_a_provinces_stance_sets_its_conclusion(cast):
    review = fresh(cast, kind="proposal")
    apply(cast, Wish({"stance": "no_opinion"}))
    review.refresh_from_db()
    assert (review.stance, review.conclusion) == ("no_opinion", "keep")


def test_complete_forms_may_be_finished_in_the_same_act(cast):
    whole, bare = fresh(cast), fresh(cast, [])
    change = apply(cast, finish=True)
    whole.refresh_from_db()
    bare.refresh_from_db()
    assert (whole.status, bare.status) == ("ready", "draft")
    assert change.values["finished"] == 1
    assert list(ReviewEvent.objects.filter(review=whole).values_list("action", flat=True)) == ["save", "finish"]


def test_a_set_that_changed_meanwhile_is_shown_again_and_nothing_written(cast):
    fresh(cast)
    seal = plan(cast).seal
    fresh(cast)
    with pytest.raises(bulk.SetMoved, match="2 phiếu"):
        apply(cast, seal=seal)
    assert not BulkChange.objects.exists()
    assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize("facts", [{"reason": "  "}, {"wish": Wish({"conclusion": "sell"})}])
def test_a_wrong_value_or_no_reason_writes_nothing(cast, facts):
    fresh(cast)
    wish = facts.pop("wish", KEEP)
    with pytest.raises(ValidationError):
        apply(cast, wish, seal=plan(cast).seal, **facts)
    assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_the_wrong_role_writes_nothing(cast, role):
    fresh(cast)
    with pytest.raises(ValidationError, match="chỉ dành cho"):
        apply(cast, by=role, seal="x-1")
    assert not ReviewEvent.objects.exists()


def test_another_bodys_forms_are_never_reached(cast):
    theirs = ReviewFactory(scope_item__campaign=cast.campaign, organisation=cast.rival)
    fresh(cast)
    apply(cast)
    theirs.refresh_from_db()
    assert theirs.version == 0


def test_nothing_is_written_in_a_closed_round(cast):
    fresh(cast)
    cast.campaign.state, cast.campaign.closed_at = "closed", timezone.now()
    cast.campaign.closed_by = cast.own["department_head"]
    cast.campaign.save()
    with pytest.raises(ValidationError, match="đã đóng"):
        apply(cast, seal="x-1")


def test_many_take_few_statements(cast):
    unit = OrganisationFactory(kind="unit", parent=cast.body)
    for _ in range(150):
        fresh(cast, unit=unit)
    wish = Wish({"conclusion": "decentralize", "reason": REASON}, Move("PROV_PC"), {"C5": ("yes", "")})
    seal = plan(cast, wish).seal
    with CaptureQueriesContext(connection) as statements:
        apply_change = bulk.apply(
            by=cast.own["official"], campaign=cast.campaign, reviews=all_of(cast), wish=wish, reason="x", seal=seal
        )
    assert apply_change.changed == 150
    assert len(statements) <= 31, [one["sql"][:90] for one in statements]
