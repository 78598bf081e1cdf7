"""The illustrative round: believable, whole, in mid-course, and made once."""

import datetime
import random
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from procedures.models import ImportBatch, Procedure
from reviews.actions.content import rule_levels, snapshot, with_rows
from reviews.actions.filling import gaps
from reviews.demo.build import CODE, build
from reviews.demo.catalogue import SIZES, choose
from reviews.demo.moments import Moments
from reviews.demo.plans import AHEAD, EMPTY_BASE, EXACTLY_MET, FAR, NOT_BEGUN, ONE_SHORT
from reviews.models import (
    Announcement,
    Campaign,
    Notice,
    Participation,
    Query,
    Review,
    ReviewEvent,
    ReviewKind,
    Status,
    Submission,
    Ticket,
    Transfer,
)
from reviews.models.campaign import HANOI
from reviews.reports.integrity import findings
from reviews.rules.shares import Share
from tthc_portal.accounts.models import User

pytestmark = pytest.mark.django_db

FINISHED = [Status.READY, Status.CHECKED, Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED, Status.APPROVED]


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker, tmp_path_factory):
    """The small demo, made once for this module and rolled back after it; every test works in a savepoint."""
    folder = tmp_path_factory.mktemp("demo")
    apart = override_settings(
        MEDIA_ROOT=folder / "media",
        VAR_DIR=folder,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, apart, transaction.atomic():
        patch.setenv("DEMO_PASSWORD", "mat-khau-demo")
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def campaign(built):
    """The round of the demo."""
    return Campaign.objects.get(code=CODE)


def share(campaign, code):
    """The proposed share of a body's own round work, counted from its rows."""
    reviews = Review.objects.filter(campaign=campaign, organisation__code=code).exclude(kind=ReviewKind.LOCAL)
    eligible = reviews.filter(eligible=True).count()
    return Share(reviews.counted_as("proposed").count(), eligible, 2000)


def test_the_round_of_2021_stands_open_in_mid_course(campaign):
    today = timezone.now().astimezone(HANOI).date()
    assert campaign.is_open
    assert campaign.opens_on < today < campaign.deadline
    assert campaign.bodies_on.isoformat() == "2021-09-30"
    kinds = Counter(Participation.objects.filter(campaign=campaign).values_list("organisation__kind", flat=True))
    assert kinds == {"ministry": 21, "province": 63}
    assert "20%" in campaign.guidance


def test_the_catalogue_has_the_size_of_the_real_one(built):
    national = Procedure.objects.filter(is_illustrative=True, is_local_specific=False)
    sizes = dict(Counter(national.values_list("publisher__code", flat=True)))
    assert sizes == {code: size for code, (size, _, _) in SIZES.items()}
    assert 6_400 < national.count() < 6_700
    assert not Procedure.objects.exclude(code__regex=r"^9\.\d{6}(\.H\d{2})?$").exists()
    assert {len(levels) for levels in national.values_list("execution_levels", flat=True)} == {1}
    assert national.decider_unknown().count() > 500
    batch = ImportBatch.objects.get()
    assert (batch.file_name, batch.rows_created) == ("Dữ liệu minh họa", Procedure.objects.count())


def test_names_within_a_ministry_are_told_apart():
    drafts = choose(random.Random(1))
    names = Counter((draft.subject.ministry, draft.name) for draft in drafts)
    assert not [name for name, times in names.items() if times > 1]


def test_ministries_stand_where_the_story_puts_them(campaign):
    ahead, exact, short = share(campaign, AHEAD), share(campaign, EXACTLY_MET), share(campaign, ONE_SHORT)
    assert (ahead.met, ahead.n > ahead.required) == (True, True)
    assert (exact.met, exact.text) == (True, "20.00")
    assert 10_000 * exact.n == 2000 * exact.e
    assert (short.met, short.missing) == (False, 1)
    far = share(campaign, FAR)
    assert (far.met, far.n * 10 < far.e) == (False, True)
    idle = Review.objects.filter(campaign=campaign, organisation__code=NOT_BEGUN)
    assert set(idle.values_list("status", flat=True)) == {"not_started"}
    assert share(campaign, NOT_BEGUN).n == 0
    # Exclusions by the commune alone run from none to a fifth of a ministry's procedures.
    frozen = {p.organisation.code: p for p in Participation.objects.select_related("organisation")}
    assert frozen["G19"].frozen_excluded == 0
    assert frozen["G15"].frozen_excluded * 100 // frozen["G15"].frozen_total == 21


def test_provinces_are_asked_a_part_and_one_has_an_empty_base(campaign):
    frozen = {p.organisation.code: p for p in campaign.participations.select_related("organisation")}
    assert frozen["H35"].frozen_total == 200
    assert (frozen[EMPTY_BASE].frozen_eligible, frozen[EMPTY_BASE].frozen_excluded) == (0, 24)
    others = [p.frozen_total for code, p in frozen.items() if code[0] == "H" and code not in {"H35", EMPTY_BASE}]
    assert all(30 <= total <= 60 for total in others)
    assert Review.objects.filter(organisation__code="H35", kind=ReviewKind.LOCAL).count() == 3


def test_every_status_and_every_kind_of_move_is_there(campaign):
    statuses = Counter(Review.objects.filter(campaign=campaign).values_list("status", flat=True))
    assert set(statuses) == set(Status.values)
    classes = set(Transfer.objects.values_list("transfer_class", "ruling"))
    assert {("downward", ""), ("same_level", ""), ("manual", ""), ("manual", "downward")} == classes
    waiting = Review.objects.filter(status=Status.SUBMITTED, transfers__transfer_class="manual", transfers__ruling="")
    assert waiting.exists()
    assert not waiting.filter(counted=True).exists()
    assert Review.objects.filter(decider_unknown=True, status=Status.DRAFT).exists()
    assert Query.objects.filter(state="open").values("review").distinct().count() == statuses["returned"]
    assert not Query.objects.exclude(review__status=Status.RETURNED).exists()


def test_nothing_in_the_database_disagrees(built):
    assert [finding.as_dict() for finding in findings()] == []


def test_finished_forms_are_complete_and_their_last_event_holds_them(campaign):
    levels = rule_levels()
    reviews = list(Review.objects.filter(status__in=FINISHED).select_related("scope_item", "organisation"))
    with_rows(reviews)
    last = {}
    for event in ReviewEvent.objects.filter(review__in=Review.objects.filter(status__in=FINISHED)).order_by("sequence"):
        if event.content:
            last[event.review_id] = event.content
    for review in reviews:
        review.campaign = campaign
        assert gaps(review, levels) == []
        assert last[review.pk] == snapshot(review)


def test_events_happened_in_working_hours_and_in_order(built, campaign):
    events = ReviewEvent.objects.filter(campaign=campaign, review__isnull=False)
    # The round itself has two: prepared, opened.
    assert events.count() == built.events - 2
    now, before = timezone.now(), {}
    for review, at in events.order_by("review_id", "sequence").values_list("review_id", "at"):
        local = at.astimezone(HANOI)
        assert local.weekday() < 5
        assert 8 <= local.hour < 17
        assert before.get(review, campaign.opened_at) <= at <= now
        before[review] = at


def test_letters_carry_a_scan_when_recorded(campaign):
    packs = list(Submission.objects.select_related("sent_by"))
    assert {pack.door for pack in packs} == {"signed", "recorded"}
    for pack in packs:
        assert pack.letter_number
        assert pack.sent_by.role == ("leader" if pack.door == "signed" else "focal_point")
        assert bool(pack.scan) == (pack.door == "recorded")
        assert pack.letter_date <= pack.sent_at.astimezone(HANOI).date()
    names = {pack.scan.name for pack in packs if pack.scan}
    assert len(names) == sum(pack.door == "recorded" for pack in packs)


def test_the_people_are_those_the_readme_names(built):
    codes = Participation.objects.values_list("organisation__code", flat=True)
    expected = {f"{code.lower()}.{who}" for code in codes for who in ("chuyenvien", "daumoi", "lanhdao")}
    expected |= {"admin", "kiemtra", "cuc.chuyenvien", "cuc.lanhdao"}
    names = set(User.objects.values_list("username", flat=True))
    assert expected <= names
    assert all(".chuyenvien" in name for name in names - expected)
    assert User.objects.get(username="g15.daumoi").check_password("mat-khau-demo")
    assert User.objects.values("password").distinct().count() == 1
    assert User.objects.get(username="g15.chuyenvien2").body.code == "G15"
    assert not User.objects.filter(is_superuser=True).exists()


def test_people_talk(built):
    assert Ticket.objects.filter(state="open").exists()
    assert Ticket.objects.filter(state="answered").exists()
    assert Announcement.objects.count() == 1
    assert Notice.objects.filter(user__username="g15.daumoi").exists()


def test_a_second_run_changes_nothing(built, capsys):
    def counts():
        return [model.objects.count() for model in (User, Procedure, Review, ReviewEvent, Submission, Campaign)]

    before = counts()
    assert build() is None
    call_command("demo")
    call_command("demo", "--if-empty")
    assert counts() == before
    assert "không có gì thay đổi" in capsys.readouterr().out


def test_moments_lie_between_their_bounds():
    now = timezone.now()
    moments = Moments((now - datetime.timedelta(days=40)).date(), now)
    rng = random.Random(3)
    early = moments.at(0.2)
    found = moments.between(rng, 5, early, moments.at(0.5))
    assert found == sorted(found)
    assert early < found[0]
    assert found[-1] < moments.at(0.5)
