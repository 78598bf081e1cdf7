"""``integrity``: silent over honest data, and it finds every planted fault."""

import datetime
import json
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import Error, connection, transaction

from reviews.actions.campaigns import create_campaign, open_campaign
from reviews.actions.filling import check, finish, save_review
from reviews.actions.sending import send_recorded
from reviews.actions.tallying import present_tallies
from reviews.models import Campaign, Participation, Review, ReviewEvent, ScopeItem, Submission, Transfer
from reviews.models.guard import install_event_guard, lift_event_guard
from reviews.models.tally_guard import install_tally_guard, lift_tally_guard
from tests.factories import DecidingAuthorityFactory, OrganisationFactory, ProcedureFactory, UserFactory, ladder
from tests.reviews.cast import CONTENT
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n%%EOF\n"


def found():
    out = StringIO()
    code = 0
    try:
        call_command("integrity", json=True, stdout=out)
    except SystemExit as end:
        code = end.code
    findings = json.loads(out.getvalue())
    assert code == (1 if findings else 0)
    return findings


def checks():
    return {finding["check"] for finding in found()}


@pytest.fixture
def worked():
    """A round opened and worked in through the actions alone: one review sent, the others not started."""
    levels = ladder()
    body = OrganisationFactory()
    for code in ("MINISTER", "COMMUNE_PC", None):
        procedure = ProcedureFactory(publisher=body)
        if code:
            DecidingAuthorityFactory(procedure=procedure, level=levels[code])
    day = datetime.date(2021, 9, 30)
    campaign = create_campaign(
        by=None, code="2021", title="2021", bodies_on=day, opens_on=day, deadline=datetime.date(2099, 1, 1)
    )
    open_campaign(by=None, campaign=campaign)
    review = Review.objects.get(eligible=True, decider_unknown=False)
    official, focal = UserFactory(organisation=body), UserFactory(organisation=body, role=Role.FOCAL_POINT)
    save_review(by=official, review_id=review.pk, base_version=0, data=CONTENT)
    finish(by=official, reviews=[review])
    check(by=focal, reviews=[review])
    send_recorded(
        by=focal,
        reviews=[review],
        letter_number="12/BXD-VP",
        letter_date=day,
        signer_name="Nguyễn Văn A",
        signer_capacity="KT. BỘ TRƯỞNG",
        scan=ContentFile(PDF, "cong-van.pdf"),
    )
    review.refresh_from_db()
    assert (review.status, review.counted) == ("submitted", True)
    return review


def test_honest_work_leaves_nothing_to_find(worked):
    assert found() == []
    out = StringIO()
    call_command("integrity", stdout=out)
    assert out.getvalue() == "Không có sai lệch.\n"


def test_flags_turned_by_hand_are_found(worked):
    Review.objects.filter(pk=worked.pk).update(counted=False)
    assert checks() == {"counted"}
    Review.objects.filter(pk=worked.pk).update(counted=True)
    Review.objects.filter(decider_unknown=True).update(decider_unknown=False)
    assert checks() == {"decider_unknown", "rewound_counts"}


def test_an_excluded_procedure_made_eligible_by_hand_is_found(worked):
    Review.objects.filter(eligible=False).update(eligible=True)
    assert "eligible" in checks()


def test_a_verdict_or_a_frozen_count_changed_by_hand_is_found(worked):
    Participation.objects.update(frozen_total=4, frozen_eligible=3)
    assert checks() == {"frozen_counts", "rewound_counts"}
    ScopeItem.objects.filter(excluded=True).update(deciders=[{"level": "PROV_PC"}])
    assert "scope_verdict" in checks()


def test_a_status_changed_past_the_actions_is_found(worked):
    Review.objects.filter(pk=worked.pk).update(status="accepted")
    assert checks() == {"status"}


def test_a_transfer_classed_otherwise_than_the_ladder_is_found(worked):
    Transfer.objects.update(transfer_class="same_level")
    assert {"transfer_class", "counted"} == checks()


def test_a_changed_pack_is_found(worked):
    Submission.objects.update(digest="0" * 64)
    assert checks() == {"submission_digest"}


def test_an_event_altered_after_lifting_the_guard_is_found_and_so_is_the_missing_guard(worked):
    lift_event_guard(connection)
    ReviewEvent.objects.filter(review=worked, action="finish").update(reason="khác")
    assert checks() == {"chain", "event_guard"}
    install_event_guard(connection)
    assert checks() == {"chain"}


def test_a_chain_whose_end_was_cut_is_found(worked):
    lift_event_guard(connection)
    ReviewEvent.objects.filter(review=worked).order_by("-sequence")[:1].get().delete()
    install_event_guard(connection)
    assert "chain" in checks()


def test_a_rounds_own_chain_is_proved_too(worked):
    Campaign.objects.update(head_hash="0" * 64)
    assert checks() == {"chain"}


@pytest.mark.parametrize("verb", ["UPDATE reviews_reviewevent SET reason = 'khác'", "DELETE FROM reviews_reviewevent"])
def test_the_database_itself_refuses_to_change_events(worked, verb):
    with pytest.raises(Error, match="không được sửa hoặc xóa"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(verb)


def test_proving_takes_the_same_queries_for_one_review_and_for_twenty(worked, django_assert_max_num_queries):
    body = OrganisationFactory()
    day = datetime.date(2021, 9, 30)
    for _ in range(20):
        DecidingAuthorityFactory(procedure=ProcedureFactory(publisher=body), level_id="MINISTER")
    second = create_campaign(by=None, code="2", title="2", bodies_on=day, opens_on=day, deadline=day)
    open_campaign(by=None, campaign=second)
    # Each open round is rewound to its opening and held against its ledger: some queries a round, none a review.
    with django_assert_max_num_queries(60):
        assert found() == []


def test_counts_kept_wrongly_and_a_lost_mark_of_stale_ones_are_found(worked):
    body = Review.objects.first().organisation
    present_tallies(Campaign.objects.get())
    assert checks() == set()
    part = Participation.objects.get(organisation=body)
    part.tally["tally"]["total"] += 1
    part.tally["tally"]["eligible"] += 1
    part.save(update_fields=["tally"])
    assert checks() == {"kept_tally"}
    Participation.objects.update(tally=None)
    lift_tally_guard(connection)
    try:
        assert checks() == {"tally_guard"}
    finally:
        install_tally_guard(connection)


def test_a_key_that_sorts_a_name_elsewhere_is_found(worked):
    ScopeItem.objects.filter(pk=ScopeItem.objects.first().pk).update(name_key=b"x")
    assert checks() == {"scope_name_key"}
