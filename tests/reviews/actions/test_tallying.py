"""Kept counts: never wrong, whoever writes the reviews and in whatever order readers and writers come."""

import random
import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from reviews.actions import tallying
from reviews.actions.tallying import kept_tallies, present_tallies
from reviews.models import Campaign, Participation, Review, StaleTally
from reviews.models.tally_guard import TABLE, trigger_names
from reviews.reports.tallies import tallies_by_body
from tests.factories import ParticipationFactory, ReviewFactory, ScopeItemFactory
from tests.reviews.reports.random_round import make_round

SQLITE = connection.vendor == "sqlite"


def right(campaign):
    """The kept counts without a mark are those of the rows."""
    kept, stale = kept_tallies(campaign)
    live = tallies_by_body(campaign)
    return all(live[body] == counts for body, counts in kept.items() if body in live), stale


def pair():
    """A round of one body with two reviews that may be sent, counted once."""
    first = ReviewFactory(kind="own")
    item = ScopeItemFactory(campaign=first.campaign, owner=first.organisation)
    ReviewFactory(kind="own", scope_item=item, organisation=first.organisation)
    ParticipationFactory(campaign=first.campaign, organisation=first.organisation)
    present_tallies(first.campaign)
    return first.campaign, first.organisation, list(Review.objects.filter(campaign=first.campaign).order_by("pk"))


def begin(review):
    Review.objects.filter(pk=review.pk).update(status="draft", version=1)


def drafts(campaign, body):
    return present_tallies(campaign)[body.pk].statuses["draft"]


@pytest.mark.django_db
def test_the_triggers_stand_on_the_final_schema():
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if SQLITE else "SELECT tgname FROM pg_trigger"
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert trigger_names() <= {name for (name,) in cursor.fetchall()}
    assert Review._meta.db_table == TABLE


@pytest.mark.django_db
def test_reading_again_writes_nothing_and_takes_one_query():
    campaign = make_round(1)
    first = present_tallies(campaign)
    assert not StaleTally.objects.exists()
    with CaptureQueriesContext(connection) as queries:
        assert present_tallies(campaign) == first
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(20))
def test_any_change_of_any_column_that_figures_depend_on_is_seen(seed):
    dice = random.Random(seed)
    campaign = make_round(seed, procedures=8, adjusted=True)
    make_round(seed + 500, ministries=1, provinces=1, procedures=3)
    present_tallies(campaign)
    changes = [
        lambda rows: rows.filter(eligible=True, version__gt=0).update(status="returned"),
        lambda rows: rows.update(counted=False, within=False),
        lambda rows: rows.filter(eligible=True).update(**TAKEN_OUT),
        lambda rows: rows.filter(removed=True).update(removed=False),
        lambda rows: rows.update(annual_dossiers=dice.randrange(1000)),
        lambda rows: rows.filter(eligible=True, status__in=["not_started", "draft"]).update(decider_unknown=True),
        lambda rows: rows.filter(kind="own").update(kind="local"),
        lambda rows: rows.filter(events=None).delete(),
    ]
    for _ in range(8):
        dice.choice(changes)(Review.objects.filter(campaign=campaign, pk__in=dice.sample(_keys(campaign), 2)))
        present = {body: counts for body, counts in present_tallies(campaign).items() if counts.tally.total}
        assert present == {body: one for body, one in tallies_by_body(campaign).items() if one.tally.total}
        assert right(campaign) == (True, [])


TAKEN_OUT = {
    "removed": True,
    "eligible": False,
    "counted": False,
    "within": False,
    "decider_unknown": False,
    "frozen_standing": "eligible",
}


def _keys(campaign):
    return list(Review.objects.filter(campaign=campaign).order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
def test_only_the_body_whose_figures_moved_is_counted_again():
    campaign = make_round(3, ministries=3, provinces=1, procedures=9)
    present_tallies(campaign)
    review = Review.objects.filter(campaign=campaign, eligible=True).first()
    Review.objects.filter(pk=review.pk).update(content="Chỉ là lời văn.", event_count=5)
    assert kept_tallies(campaign)[1] == []
    Review.objects.filter(pk=review.pk).update(**TAKEN_OUT)
    assert kept_tallies(campaign)[1] == [review.organisation_id]


@pytest.mark.django_db
def test_a_review_that_changes_hands_marks_both_bodies_and_new_ones_mark_theirs():
    campaign, body, (first, _) = pair()
    other = ParticipationFactory(campaign=campaign)
    present_tallies(campaign)
    Review.objects.filter(pk=first.pk).update(organisation=other.organisation)
    assert kept_tallies(campaign)[1] == [body.pk, other.organisation_id]
    present_tallies(campaign)
    Review.objects.bulk_create([ReviewFactory.build(scope_item=first.scope_item, organisation=body, campaign=campaign)])
    assert kept_tallies(campaign)[1] == [body.pk]


@pytest.mark.django_db
def test_counts_kept_by_a_release_that_counted_other_things_are_counted_again():
    campaign, body, _ = pair()
    Participation.objects.update(tally={"tally": {"total": 9}, "statuses": {}})
    assert present_tallies(campaign)[body.pk].tally.total == 2


@pytest.mark.django_db(transaction=True)
def test_a_change_taken_back_leaves_no_mark():
    campaign, _, (first, _) = pair()
    with transaction.atomic():
        begin(first)
        assert StaleTally.objects.exists()
        transaction.set_rollback(True)
    assert not StaleTally.objects.exists()


def elsewhere(work):
    """Run ``work`` on a connection of its own, to its end."""
    failures = []

    def run():
        try:
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


@pytest.mark.engine("postgresql", reason="SQLite has one writer at a time: see the order of statements below.")
@pytest.mark.django_db(transaction=True)
def test_a_writer_who_commits_while_another_has_not_is_counted_and_the_other_later():
    campaign, body, (first, second) = pair()
    with transaction.atomic():
        begin(first)  # neither committed nor visible to others
        elsewhere(lambda: begin(second))
        seen = []
        elsewhere(lambda: seen.append(drafts(campaign, body)))
        assert seen == [1]
    assert drafts(campaign, body) == 2
    assert right(campaign) == (True, [])


@pytest.mark.engine("postgresql", reason="SQLite has one writer at a time: see the order of statements below.")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("moment", ["marks", "count", "store"])
def test_a_change_between_any_two_statements_of_the_reader_is_never_lost(monkeypatch, moment):
    campaign, body, (first, second) = pair()
    begin(first)
    original = {"count": tallying.tallies_by_body, "store": tallying.write_columns, "marks": StaleTally.objects.filter}
    done = []

    def then(name):
        def call(*arguments, **named):
            if name == moment and not done and connection.in_atomic_block:
                done.append(True)
                elsewhere(lambda: begin(second))
            return original[name](*arguments, **named)

        return call

    monkeypatch.setattr(tallying, "tallies_by_body", then("count"))
    monkeypatch.setattr(tallying, "write_columns", then("store"))
    monkeypatch.setattr(StaleTally.objects, "filter", then("marks"))
    # Committed before the counting began: counted. After it: not yet, but its mark stays.
    assert drafts(campaign, body) == (1 if moment == "store" else 2)
    assert done
    monkeypatch.undo()
    assert (kept_tallies(campaign)[1] == [body.pk]) is (moment != "marks")
    assert drafts(campaign, body) == 2
    assert right(campaign) == (True, [])


@pytest.mark.engine("postgresql", reason="SQLite locks the whole database instead of rows.")
@pytest.mark.django_db(transaction=True)
def test_a_reader_does_not_wait_for_another_and_counts_without_keeping():
    campaign, body, (first, _) = pair()
    begin(first)
    with transaction.atomic():
        list(Participation.objects.select_for_update())
        elsewhere(lambda: drafts(campaign, body) == 1 or pytest.fail("not counted"))
        assert kept_tallies(campaign)[1] == [body.pk]
    assert drafts(campaign, body) == 1


@pytest.mark.django_db(transaction=True)
def test_the_reader_holds_takes_the_marks_counts_and_stores_in_this_order():
    campaign, body, (first, _) = pair()
    begin(first)
    with CaptureQueriesContext(connection) as queries:
        drafts(campaign, body)
    told = [query["sql"].replace("1 times: ", "") for query in queries if "PRAGMA" not in query["sql"]]
    tables = [
        next(name for name in ("BEGIN", "COMMIT", "staletally", "participation", "review") if name in sql)
        for sql in (one.replace("reviews_", "") for one in told)
    ]
    # The kept counts and marks; then in one transaction: the rows held, the marks, four counts, stored, marks away.
    assert tables == [
        "staletally", "BEGIN", "participation", "staletally", "review", "review", "review", "review", "participation",
        "staletally", "COMMIT",
    ]  # fmt: skip
    assert told[1] == ("BEGIN IMMEDIATE" if SQLITE else "BEGIN")
    assert SQLITE or "FOR NO KEY UPDATE" in told[2]


@pytest.mark.engine("sqlite", reason="PostgreSQL locks rows instead of the whole database.")
def test_on_sqlite_a_reader_does_not_wait_for_a_writer(tmp_path):
    from tests.elsewhere import Elsewhere

    portal = Elsewhere(tmp_path)
    portal.migrate()
    told = portal.shell(
        """
import sqlite3, time
from django.conf import settings
from reviews.actions.tallying import kept_tallies, present_tallies
from tests.factories import ParticipationFactory, ReviewFactory
review = ReviewFactory(kind="own")
ParticipationFactory(campaign=review.campaign, organisation=review.organisation)
writer = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
writer.execute("BEGIN IMMEDIATE")
started = time.monotonic()
counts = present_tallies(review.campaign)[review.organisation_id]
print(counts.tally.total, time.monotonic() - started < 5, kept_tallies(review.campaign)[1] == [review.organisation_id])
writer.execute("COMMIT")
print(present_tallies(review.campaign)[review.organisation_id] == counts, kept_tallies(review.campaign)[1])
"""
    )
    portal.close()
    assert told.split("\n") == ["1 True True", "True []"]


@pytest.mark.engine("postgresql", reason="SQLite has one writer at a time.")
@pytest.mark.django_db(transaction=True)
def test_many_writers_and_readers_at_once_leave_the_right_counts():
    campaign = make_round(7, ministries=2, provinces=1, procedures=14)
    keys = list(Review.objects.filter(campaign=campaign, eligible=True, version__gt=0).values_list("pk", flat=True))
    assert len(keys) > 6
    failures = []

    def write(seed):
        dice = random.Random(seed)
        for _ in range(40):
            Review.objects.filter(pk=dice.choice(keys)).update(status=dice.choice(["draft", "returned"]))

    def read(seed):
        for _ in range(25):
            present_tallies(Campaign.objects.get(pk=campaign.pk))

    def run(work, seed):
        try:
            work(seed)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work, seed)) for seed in range(3) for work in (write, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert right(campaign)[0]
    present_tallies(campaign)
    assert right(campaign) == (True, [])
