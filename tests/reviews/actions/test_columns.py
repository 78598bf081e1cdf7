"""A few columns of many rows at once: the same as row by row, and nothing else is touched."""

import datetime

import pytest
from django.db import DataError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from reviews.actions import columns
from reviews.actions.columns import write_columns
from reviews.models import Participation, Review
from tests.factories import ParticipationFactory, UserFactory
from tests.reviews.reports.random_round import make_round

pytestmark = pytest.mark.django_db
NEW = {
    "status_since": timezone.make_aware(datetime.datetime(2021, 10, 5, 8, 30, 15, 123456)),
    "content": "Dấu nháy ', \", \\ và {ngoặc}; 100%\nDòng hai",
    "annual_dossiers": None,
    "annual_dossiers_estimated": True,
    "annual_dossiers_year": 2021,
    "event_count": 7,
    "head_hash": "f" * 64,
    "assignee": None,
}


def stored(model, keys):
    return {row["id"]: row for row in model.objects.filter(pk__in=keys).values()}


@pytest.mark.parametrize("piece", [1, 3, 5_000])
def test_it_stores_what_bulk_update_would_and_touches_no_other_column_or_row(monkeypatch, piece):
    monkeypatch.setattr(columns, "PIECE", piece)
    campaign = make_round(1)
    people = [UserFactory(), None]
    everything = list(Review.objects.filter(campaign=campaign).order_by("pk"))
    rows, others = everything[:7], everything[7:]
    keys, rest = [row.pk for row in rows], [row.pk for row in others]
    before, apart = stored(Review, keys), stored(Review, rest)
    for place, row in enumerate(rows):
        for name, value in NEW.items():
            setattr(row, name, value)
        row.event_count, row.assignee = place, people[place % 2]
        row.reason, row.conditions = "Chỉ đổi trên bản trong bộ nhớ", "Cũng vậy"
    write_columns(rows, NEW)
    now = stored(Review, keys)
    assert stored(Review, rest) == apart
    columns_written = {Review._meta.get_field(name).attname for name in NEW}
    for row in rows:
        for name, value in now[row.pk].items():
            assert value == (getattr(row, name) if name in columns_written else before[row.pk][name]), name
    Review.objects.bulk_update(rows, list(NEW))
    assert stored(Review, keys) == now


def test_json_and_nothing_at_all():
    parts = [ParticipationFactory(), ParticipationFactory()]
    parts[0].tally = {"tally": {"total": 1}, "statuses": {"draft": 1}}
    write_columns(parts, ["tally"])
    assert list(Participation.objects.order_by("pk").values_list("tally", flat=True)) == [parts[0].tally, None]
    assert Participation.objects.filter(tally__isnull=True).count() == 1
    write_columns([], ["tally"])


def test_it_takes_one_statement_for_one_row_and_for_many():
    rows = list(Review.objects.filter(campaign=make_round(1)))
    for some in (rows[:1], rows):
        with CaptureQueriesContext(connection) as queries:
            write_columns(some, ["event_count", "head_hash"])
        assert len(queries) == 1


@pytest.mark.engine("postgresql", reason="SQLite does not limit texts.")
def test_what_is_too_long_is_refused_and_not_cut():
    row = Review.objects.filter(campaign=make_round(1)).first()
    row.head_hash = "f" * 65
    with pytest.raises(DataError), transaction.atomic():
        write_columns([row], ["head_hash"])
