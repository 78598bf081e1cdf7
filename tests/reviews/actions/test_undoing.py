"""Taking a change of many forms back: exact where nobody has touched the form since, told where somebody has."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.actions.assigning import assign
from reviews.actions.content import snapshot
from reviews.actions.filling import EditConflict, save_review
from reviews.actions.undoing import undo
from reviews.models import Review, ReviewEvent, Transfer, WorkingCopy
from reviews.reports.integrity import chain_findings
from reviews.rules.bulk import Move, Wish
from tests.factories import UserFactory
from tests.reviews.actions.test_bulk import KEEP, MINISTER, all_of, apply, fresh
from tests.reviews.cast import CONTENT, REASON, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def state(review):
    """Content, rows, status and flags of a review, its version only where it has none."""
    review = Review.objects.get(pk=review.pk)
    content = snapshot(review) | {"version": review.version > 0}
    return content, review.status, review.counted, review.within, review.decider_unknown


def test_undoing_restores_what_nobody_has_changed_and_names_the_rest(cast):
    reviews = [fresh(cast) for _ in range(5)]
    before = {review.pk: state(review) for review in reviews}
    change = apply(cast)
    for review in reviews[:2]:
        save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=1, data={"conditions": "Sửa"})
    change = undo(by=cast.own["official"], change=change)
    assert {review.pk: state(review) for review in reviews[2:]} == {r.pk: before[r.pk] for r in reviews[2:]}
    assert [one["code"] for one in change.kept] == sorted(review.scope_item.code for review in reviews[:2])
    assert str(cast.own["focal_point"]) in change.kept[0]["why"]
    assert change.kept[0]["why"].endswith(timezone.localtime().strftime("%d/%m/%Y"))
    reviews[0].refresh_from_db()
    assert (reviews[0].conclusion, reviews[0].conditions) == ("keep", "Sửa")
    events = ReviewEvent.objects.filter(review=reviews[4]).order_by("sequence")
    assert [(event.status_before, event.status_after) for event in events] == [
        ("not_started", "draft"),
        ("draft", "not_started"),
    ]
    assert events[1].changes["conclusion"] == ["keep", ""]
    assert list(chain_findings()) == []


def test_a_page_opened_before_the_undoing_overwrites_nothing_that_came_after_it(cast):
    """The version a page was opened at is never given to another content."""
    review = fresh(cast)
    reason = "Lý do của thay đổi hàng loạt, đủ dài để được xem là một lý do."
    change = apply(cast, Wish({"conclusion": "keep", "reason": reason}))
    undo(by=cast.own["official"], change=change)
    theirs = "Lý do của đầu mối, viết sau khi thay đổi hàng loạt đã được hoàn tác."
    save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=0, data={"reason": theirs})
    shown = {"reason": reason, "conditions": "Bố trí biên chế."}
    save_review(by=cast.own["official"], review_id=review.pk, base_version=1, data=shown)
    review.refresh_from_db()
    assert (review.reason, review.conditions, review.version) == (theirs, "Bố trí biên chế.", 3)
    with pytest.raises(EditConflict) as refused:
        save_review(by=cast.own["official"], review_id=review.pk, base_version=1, data={"reason": f"{reason} Thêm."})
    assert list(refused.value.conflicts) == ["reason"]
    other = fresh(cast)
    for version in (1, 2):
        change = apply(cast, Wish({"conclusion": "keep"}))
        event = ReviewEvent.objects.filter(bulk_id=change.pk, review=other).latest("sequence")
        assert event.content["version"] == version
        undo(by=cast.own["official"], change=change)


def test_undoing_twice_is_refused(cast):
    fresh(cast)
    change = apply(cast)
    undo(by=cast.own["official"], change=change)
    with pytest.raises(ValidationError, match="đã được .* hoàn tác lúc"):
        undo(by=cast.own["focal_point"], change=change)


def test_a_later_change_taken_back_first_stands_in_nobodys_way(cast):
    touched, left = fresh(cast), fresh(cast)
    before = {review.pk: state(review) for review in (touched, left)}
    first = apply(cast)
    second = apply(cast, Wish({"conditions": "Bố trí đủ nhân lực."}))
    save_review(by=cast.own["focal_point"], review_id=touched.pk, base_version=2, data={"conditions": "Sửa"})
    assert [one["review"] for one in undo(by=cast.own["official"], change=second).kept] == [touched.pk]
    assert [one["review"] for one in undo(by=cast.own["official"], change=first).kept] == [touched.pk]
    assert state(left) == before[left.pk]
    assert list(chain_findings()) == []


def test_who_made_it_and_the_focal_point_may_and_nobody_else(cast):
    review = fresh(cast)
    change = apply(cast)
    colleague = UserFactory(organisation=cast.body, role="official")
    for person in (colleague, cast.own["leader"], cast.other["focal_point"], cast.own["auditor"]):
        with pytest.raises(ValidationError, match="Chỉ người thực hiện"):
            undo(by=person, change=change)
    review.refresh_from_db()
    assert review.conclusion == "keep"
    undo(by=cast.own["focal_point"], change=change)
    review.refresh_from_db()
    assert review.conclusion == ""


def test_giving_a_form_to_somebody_is_no_change_of_it(cast):
    review = fresh(cast)
    change = apply(cast)
    assign(by=cast.own["focal_point"], reviews=[review], assignee=cast.own["official"])
    assert undo(by=cast.own["official"], change=change).kept == []


def test_text_being_typed_keeps_the_form_as_it_is(cast):
    review = fresh(cast)
    change = apply(cast)
    someone = cast.own["focal_point"]
    WorkingCopy.objects.create(review=review, user=someone, saved_at=timezone.now(), data={"reason": "x"})
    kept = undo(by=cast.own["official"], change=change).kept
    assert str(someone) in kept[0]["why"]


def test_forms_finished_in_the_act_are_opened_again(cast):
    review = fresh(cast)
    change = apply(cast, finish=True)
    undo(by=cast.own["official"], change=change)
    review.refresh_from_db()
    assert (review.status, review.version, review.finished_by, review.conclusion) == ("not_started", 0, None, "")


def test_a_ruling_comes_back_with_its_transfer(cast):
    review = cast.review("returned", finished_by=cast.own["official"], counted=True)
    review.transfers.all().delete()
    ruled = {"ruling": "downward", "ruling_reason": "Thuộc ngành dọc", "ruled_by": cast.own["department_head"]}
    levels = {"source_level_id": "MINISTER", "target_level_id": "SOCIO_POLITICAL", "transfer_class": "manual"}
    Transfer.objects.create(review=review, ruled_at=timezone.now(), **levels, **ruled)
    before = state(review)
    change = apply(cast, Wish(move=Move("PROV_DEPT"), overwrite=True))
    assert review.transfers.get().ruling == ""
    undo(by=cast.own["official"], change=change)
    assert state(review) == before
    assert review.transfers.get().ruling == "downward"


def test_undoing_many_takes_few_statements(cast):
    for _ in range(150):
        fresh(cast)
    change = apply(cast, Wish({"conclusion": "decentralize", "reason": REASON}, Move("PROV_PC")))
    with CaptureQueriesContext(connection) as statements:
        undo(by=cast.own["official"], change=change)
    assert not Review.objects.exclude(status="not_started").exists()
    assert len(statements) <= 31, [one["sql"][:90] for one in statements]


TEXTS = st.sampled_from(["", "Một lý do đủ dài để được xem là lý do của phiếu.", "Ngắn"])
WISHES = st.builds(
    Wish,
    values=st.fixed_dictionaries(
        {},
        optional={
            "conclusion": st.sampled_from(["keep", "decentralize", "delegate", "abolish"]),
            "reason": TEXTS,
            "conditions": TEXTS,
            "content": TEXTS,
            "annual_dossiers": st.sampled_from([None, 0, 7]),
            "amendments": st.sampled_from([[], CONTENT["amendments"]]),
        },
    ),
    move=st.sampled_from([None, Move("PROV_PC"), Move("PROV_DEPT", "Sở"), Move("MINISTRY")]),
    answers=st.sampled_from([{}, {"C1": ("yes", "")}, {"C5": ("no", "Thiếu người"), "C14": ("unsure", "")}]),
    overwrite=st.booleans(),
)
ROWS = st.lists(
    st.tuples(st.sampled_from(["not_started", "draft", "returned", "ready"]), TEXTS, st.booleans()),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, wish=WISHES)
def test_a_change_and_its_undoing_leave_everything_as_it_was(cast, rows, wish):
    ReviewEvent.objects.none()
    reviews = []
    for status, text, known in rows:
        if status == "not_started":
            reviews.append(fresh(cast, MINISTER if known else []))
        else:
            reviews.append(cast.review(status, conditions=text, finished_by=cast.own["official"]))
    mine = all_of(cast).filter(pk__in=[review.pk for review in reviews])
    before = {review.pk: state(review) for review in reviews}
    try:
        change = apply(cast, wish, reviews=mine)
    except ValidationError:
        assert {review.pk: state(review) for review in reviews} == before
        return
    change = undo(by=cast.own["official"], change=change)
    assert change.kept == []
    assert {review.pk: state(review) for review in reviews} == before


def test_what_a_batch_keeps_says_what_it_set(cast):
    fresh(cast)
    change = apply(cast)
    assert change.values["set"] == {"conclusion": "keep", "reason": REASON}
    assert set(change.values["fields"]) >= set(KEEP.values)
