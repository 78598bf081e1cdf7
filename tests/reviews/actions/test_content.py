"""The one definition of a form's content: taken, put back, refused, flagged."""

import datetime
import json
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from reviews.actions.content import (
    COLUMNS,
    ROWS,
    apply_content,
    changed_between,
    clean_content,
    initial_content,
    refresh_flags,
    snapshot,
    with_rows,
)
from reviews.models import ComplianceCost, Query, QueryState, Review, Transfer
from tests.reviews.cast import CONTENT, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def test_a_snapshot_is_plain_json_in_a_stable_order(cast):
    review = cast.review("draft")
    ComplianceCost.objects.create(review=review, phase="now", item="Chuẩn bị hồ sơ", hours=Decimal("4.50"))
    content = snapshot(review)
    assert json.loads(json.dumps(content)) == content
    assert list(content) == ["version", *COLUMNS, *ROWS]
    assert content["amendments"][0]["issued_on"] == "2021-03-03"
    assert content["costs"][0]["hours"] == "4.50"


def test_every_editable_column_of_every_table_is_in_the_content():
    bookkeeping = {"id", "review", "position", "transfer_class", "is_internal"}
    bookkeeping |= {"ruling", "ruling_reason", "ruled_by", "ruled_at"}
    for rows in ROWS.values():
        assert {field.name for field in rows.model._meta.fields} - bookkeeping == set(rows.fields)


def test_a_content_put_back_is_the_same_content(cast):
    review, blank = cast.review("draft"), cast.review("draft")
    content = {name: value for name, value in snapshot(review).items() if name != "version"}
    apply_content(blank, clean_content(content))
    assert changed_between(snapshot(review), snapshot(blank)) == {}
    assert apply_content(blank, clean_content(content)) == {}


def test_rows_that_do_not_change_are_not_touched(cast):
    review = cast.review("draft")
    kept = list(review.transfers.values_list("pk", flat=True))
    changes = apply_content(review, clean_content({"transfers": CONTENT["transfers"], "conditions": "Đủ người."}))
    assert list(changes) == ["conditions"]
    assert list(review.transfers.values_list("pk", flat=True)) == kept


def test_texts_are_stored_composed_and_without_stray_spaces(cast):
    review = cast.review("draft")
    decomposed = "Ly\u0301  do\u00a0 ro\u0303 "
    apply_content(review, clean_content({"conditions": decomposed}))
    assert review.conditions == "Lý do rõ"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"conclusion": "sell"}, "conclusion"),
        ({"annual_dossiers": -1}, "annual_dossiers"),
        ({"annual_dossiers": "nhiều"}, "annual_dossiers"),
        ({"receiving_body": "x" * 501}, "receiving_body"),
        ({"reason": "x" * 30_001}, "reason"),
        ({"deciders": [{"level": "KING"}]}, "deciders"),
        ({"deciders": [{"level": ""}]}, "deciders"),
        ({"transfers": [{"source_level": "MINISTER", "target_level": "PROV_PC", "mode": "sell"}]}, "transfers"),
        ({"amendments": [{"document_type": "decree", "number": "1", "issued_on": "hôm qua"}]}, "amendments"),
        ({"amendments": [{"document_type": "decree", "number": "1"}] * 61}, "amendments"),
        ({"status": "approved"}, "status"),
        ({"version": 7}, "version"),
        ({"counted": True}, "counted"),
    ],
)
def test_a_wrong_value_is_refused_under_its_name(cast, data, name):
    with pytest.raises(ValidationError) as refusal:
        clean_content(data)
    assert list(refusal.value.message_dict) == [name]


def test_the_form_of_a_review_never_saved_starts_from_the_frozen_deciders(cast):
    review = cast.review()
    review.scope_item.deciders = [
        {"level": "MINISTER", "body": "Bộ trưởng ", "case": "", "legal_ground": ""},
        {"level": "UNDETERMINED", "body": "", "case": "", "legal_ground": ""},
    ]
    content = initial_content(review)
    assert [row["level"] for row in content["deciders"]] == ["MINISTER", ""]
    assert content["deciders"][0]["body"] == "Bộ trưởng"
    assert content["transfers"] == []


def test_transfers_are_classed_as_they_are_stored(cast):
    review = cast.review("draft")
    rows = [
        CONTENT["transfers"][0] | {"target_level": level}
        for level in ("PROV_PC", "DEPARTMENT", "MINISTRY", "SOCIO_POLITICAL", "PRIME_MINISTER")
    ]
    apply_content(review, clean_content({"transfers": rows}))
    stored = list(review.transfers.values_list("transfer_class", "is_internal"))
    assert stored == [
        ("downward", False),
        ("downward", True),
        ("same_level", False),
        ("manual", False),
        ("upward", False),
    ]


def test_a_ruling_stays_with_its_transfer_and_goes_with_another_receiver(cast):
    review = cast.review("draft")
    manual = CONTENT["transfers"][0] | {"target_level": "SOCIO_POLITICAL"}
    apply_content(review, clean_content({"transfers": [manual]}))
    review.transfers.update(ruling="downward", ruling_reason="Giao hội nghề nghiệp.", ruled_by=cast.other["appraiser"])
    apply_content(review, clean_content({"transfers": [*CONTENT["transfers"], manual | {"condition": "Nhóm C"}]}))
    assert list(review.transfers.values_list("ruling", flat=True)) == ["", "downward"]
    apply_content(review, clean_content({"transfers": [manual | {"target_body": "Hội khác"}]}))
    assert list(review.transfers.values_list("ruling", "ruled_by")) == [("", None)]


def test_answers_to_points_are_part_of_the_content(cast):
    review = cast.review("returned")
    query = Query.objects.create(review=review, text="Nêu rõ điều, khoản.", raised_by=cast.other["appraiser"])
    Query.objects.create(review=review, text="Cũ", state="closed", raised_by=cast.other["appraiser"])
    name = f"answer_{query.pk}"
    assert [one for one in snapshot(review) if one.startswith("answer_")] == [name]
    changes = apply_content(review, clean_content({name: "Đã nêu khoản 2 Điều 15."}), by=cast.own["official"])
    query.refresh_from_db()
    assert changes == {name: ["", "Đã nêu khoản 2 Điều 15."]}
    assert (query.state, query.answered_by) == (QueryState.ANSWERED, cast.own["official"])


def test_a_point_of_another_review_cannot_be_answered(cast):
    review, stranger = cast.review("returned"), cast.review("returned")
    query = Query.objects.create(review=stranger, text="Nêu rõ.", raised_by=cast.other["appraiser"])
    with pytest.raises(ValidationError):
        apply_content(review, {f"answer_{query.pk}": "Chen vào"}, by=cast.own["official"])


def test_flags_follow_the_content(cast):
    review = cast.review("draft", counted=False)
    refresh_flags(review)
    assert (review.decider_unknown, review.counted) == (False, True)
    Transfer.objects.create(
        review=review, source_level_id="PROV_PC", target_level_id="MINISTER", transfer_class="upward", position=2
    )
    refresh_flags(review)
    assert review.counted is False
    review.transfers.all().delete()
    review.current_authorities.all().delete()
    refresh_flags(review)
    assert (review.decider_unknown, review.counted) == (True, False)


def test_flags_of_a_review_never_saved_follow_the_frozen_scope(cast):
    review = cast.review()
    review.scope_item.deciders = [{"level": "MINISTER", "body": "", "case": "", "legal_ground": ""}]
    assert refresh_flags(review) == {"decider_unknown": [True, False]}
    assert review.decider_unknown is False


def test_snapshots_of_many_cost_as_many_queries_as_of_one(cast, django_assert_num_queries):
    for number in (1, 20):
        for _ in range(number):
            cast.review("draft")
        reviews = list(Review.objects.all())
        with django_assert_num_queries(6):
            [snapshot(review) for review in with_rows(reviews)]


def test_dates_stay_dates_in_the_tables(cast):
    review = cast.review("draft")
    apply_content(review, clean_content({"amendments": [CONTENT["amendments"][0] | {"due_on": "2022-12-31"}]}))
    assert review.legal_amendments.get().due_on == datetime.date(2022, 12, 31)
