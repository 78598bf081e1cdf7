"""Returning with points, accepting, reopening, approving, classing a transfer."""

import pytest
from django.core.exceptions import ValidationError

from reviews.actions.appraisal import accept, approve, reopen, return_to_body, rule_transfer
from reviews.models import Notice, Query, Review, ReviewEvent, Transfer
from tests.factories import OrganisationFactory, UserFactory
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def manual(cast):
    """A sent review whose one transfer the ladder cannot class."""
    review = cast.review("submitted", counted=False)
    review.transfers.update(target_level="SOCIO_POLITICAL", transfer_class="manual")
    return review


def test_a_return_raises_every_point_and_tells_the_body(cast):
    unit = OrganisationFactory(code="G17.1", kind="unit", parent=cast.body)
    second = UserFactory(organisation=unit, role="focal_point")
    UserFactory(organisation=cast.body, role="focal_point", is_active=False)
    assignee = UserFactory(organisation=cast.body)
    review = cast.review("submitted", assignee=assignee)
    return_to_body(by=cast.other["appraiser"], reviews=[review], points=["Nêu rõ điều, khoản.", " ", "Bổ sung ý kiến."])
    review.refresh_from_db()
    assert review.status == "returned"
    assert list(review.queries.values_list("text", "state")) == [
        ("Nêu rõ điều, khoản.", "open"),
        ("Bổ sung ý kiến.", "open"),
    ]
    event = ReviewEvent.objects.get()
    assert event.reason == "1. Nêu rõ điều, khoản.\n2. Bổ sung ý kiến."
    assert [name for name in event.content if name.startswith("answer_")]
    told = set(Notice.objects.values_list("user", "url"))
    url = f"/reviews/{review.pk}/"
    assert told == {(assignee.pk, url), (cast.own["focal_point"].pk, url), (second.pk, url)}


def test_a_return_without_a_point_does_nothing(cast):
    review = cast.review("submitted")
    for points in ([], ["  "], ["x"] * 31):
        with pytest.raises(ValidationError) as refusal:
            return_to_body(by=cast.other["appraiser"], reviews=[review], points=points)
        assert "points" in refusal.value.message_dict
    assert not Query.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_many_returned_at_once_are_one_notice_a_person(cast):
    reviews = [cast.review("submitted") for _ in range(3)]
    outcome = return_to_body(by=cast.other["appraiser"], reviews=reviews, points=["Nêu rõ."])
    assert len(outcome.done) == 3
    assert Query.objects.count() == 3
    assert Notice.objects.get().text == "3 phiếu bị trả lại, yêu cầu hoàn thiện."


def test_a_refused_return_leaves_no_point_behind(cast):
    with pytest.raises(ValidationError):
        return_to_body(by=cast.other["appraiser"], reviews=[cast.review("draft")], points=["Nêu rõ."])
    assert not Query.objects.exists()


def test_accepting_closes_the_points(cast):
    review = cast.review("submitted")
    Query.objects.create(
        review=review, text="Nêu rõ.", state="answered", answer="Rồi.", raised_by=cast.other["appraiser"]
    )
    accept(by=cast.other["appraiser"], reviews=[review])
    review.refresh_from_db()
    assert review.status == "accepted"
    assert review.queries.get().state == "closed"
    assert review.queries.get().closed_at


def test_reopening_needs_a_reason_and_the_head(cast):
    review = cast.review("accepted")
    with pytest.raises(ValidationError):
        reopen(by=cast.other["department_head"], reviews=[review], reason=" ")
    with pytest.raises(ValidationError):
        reopen(by=cast.other["appraiser"], reviews=[review], reason="Thiếu.")
    reopen(by=cast.other["department_head"], reviews=[review], reason="Thiếu.")
    review.refresh_from_db()
    assert review.status == "submitted"


def test_approving_names_the_decision(cast):
    review = cast.review("accepted")
    for document in ("", "x" * 201):
        with pytest.raises(ValidationError) as refusal:
            approve(by=cast.other["department_head"], reviews=[review], document=document)
        assert "document" in refusal.value.message_dict
    approve(by=cast.other["department_head"], reviews=[review], document="Quyết định 1015/QĐ-TTg")
    review.refresh_from_db()
    assert (review.status, review.approval_document) == ("approved", "Quyết định 1015/QĐ-TTg")


def test_a_ruling_makes_its_review_count_and_unmakes_it(cast, manual):
    transfer = manual.transfers.get()
    for ruling, counted in (("downward", True), ("same_level", False), ("upward", False), ("downward", True)):
        rule_transfer(by=cast.other["appraiser"], transfer=transfer, ruling=ruling, reason=f"Vì {ruling}.")
        manual.refresh_from_db()
        assert manual.counted is counted
    event = ReviewEvent.objects.filter(review=manual).latest("sequence")
    assert event.action == "rule_transfer"
    assert event.changes["ruling"][1]["ruling"] == "downward"
    assert event.changes["counted"] == [False, True]
    assert event.hash == manual.head_hash
    assert manual.transfers.get().ruled_by == cast.other["appraiser"]


@pytest.mark.parametrize(
    ("ruling", "reason"), [("downward", " "), ("manual", "Vì thế."), ("", "Vì thế."), ("sideways", "Vì thế.")]
)
def test_a_ruling_without_class_or_reason_is_refused(cast, manual, ruling, reason):
    with pytest.raises(ValidationError):
        rule_transfer(by=cast.other["appraiser"], transfer=manual.transfers.get(), ruling=ruling, reason=reason)
    assert not ReviewEvent.objects.exists()


def test_only_the_department_rules_and_only_on_what_was_sent_and_cannot_be_classed(cast, manual):
    transfer = manual.transfers.get()
    facts = {"transfer": transfer, "ruling": "downward", "reason": "Vì thế."}
    for person in (cast.own["leader"], cast.own["appraiser"], cast.other["auditor"], cast.other["administrator"]):
        with pytest.raises(ValidationError):
            rule_transfer(by=person, **facts)
    Review.objects.filter(pk=manual.pk).update(status="accepted")
    with pytest.raises(ValidationError):
        rule_transfer(by=cast.other["appraiser"], **facts)
    plain = cast.review("submitted").transfers.get()
    with pytest.raises(ValidationError):
        rule_transfer(by=cast.other["appraiser"], **(facts | {"transfer": plain}))
    assert set(Transfer.objects.values_list("ruling", flat=True)) == {""}


@pytest.mark.parametrize("removed", [False, True])
def test_nothing_is_ruled_on_a_form_that_an_adjustment_took_out_of_the_base(cast, manual, removed):
    Review.objects.filter(pk=manual.pk).update(eligible=False, removed=removed, frozen_standing="eligible")
    with pytest.raises(ValidationError, match="không thuộc diện tính"):
        rule_transfer(
            by=cast.other["appraiser"],
            transfer=manual.transfers.get(),
            ruling="downward",
            reason="Giao hội nghề nghiệp.",
        )
    assert manual.transfers.get().ruling == ""
    assert not ReviewEvent.objects.exists()
