"""The figures of a round against a naive recount."""

import dataclasses
import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import Review, Status
from reviews.reports.dashboards import bodies_of, body_figures, body_report, national_figures
from reviews.reports.past import AsOf, Basis
from tests.factories import OrganisationFactory, ParticipationFactory, UserFactory
from tests.reviews.reports.random_round import make_round, recount
from tthc_portal.accounts.models import Organisation, OrganisationName

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(200))
def test_every_count_of_every_body_is_what_a_naive_recount_says(seed, django_assert_max_num_queries):
    make_round(seed + 1000, ministries=1, provinces=1, procedures=3, adjusted=True)  # another round changes nothing
    campaign = make_round(seed, adjusted=seed % 4 > 0)
    reviews = list(Review.objects.filter(campaign=campaign).select_related("organisation"))
    reader = UserFactory.build(role="auditor", organisation=Organisation.objects.get(code="CUC"))
    for basis in Basis:
        asked = AsOf(basis)
        naive = {"frozen": basis == Basis.FROZEN, "kept": campaign.kept}
        # The first reading of the present counts and keeps; with both it takes a few statements more.
        with django_assert_max_num_queries(14 if asked.is_present else 8):
            rows, total = national_figures(campaign, asked)
        if asked.is_present:
            with django_assert_max_num_queries(4):
                assert national_figures(campaign, asked) == (rows, total)
        for row in rows:
            body = next(one for one in bodies_of(campaign) if one.code == row.code)
            assert dataclasses.asdict(row.tally) == recount([r for r in reviews if r.organisation == body], **naive)
            with django_assert_max_num_queries(3):
                report = body_report(campaign, body, reader, asked)
            assert report.figures == row
            assert asked != AsOf() or body_figures(campaign, body)[0] == row
            assert sum(one.number for one in report.statuses) == row.tally.total
            assert sum((s.figures.tally for s in report.sectors), type(row.tally)()) == row.tally
            assert sum(number for _, _, number in report.conclusions) == row.tally.eligible
        ministries = [r for r in reviews if r.organisation.kind == "ministry"]
        assert dataclasses.asdict(total.tally) == recount(ministries, **naive)
        assert (total.code, total.kind) == ("VN", "nation")
        share = total.share
        assert share.n == sum(row.share.n for row in rows if row.kind == "ministry")
        assert share.e == sum(row.share.e for row in rows if row.kind == "ministry")


def test_every_body_of_the_round_has_a_row_even_without_reviews_ministries_first():
    campaign = make_round(1, ministries=1, provinces=1, procedures=0)
    rows, total = national_figures(campaign)
    assert [row.kind for row in rows] == ["ministry", "province"]
    assert total.as_dict()["share"] is None
    assert [row.target for row in rows] == ["binding", "reference"]


def test_bodies_bear_the_name_of_the_day_of_the_round():
    campaign = make_round(1, ministries=0, provinces=0)
    body = OrganisationFactory(name="Tên mới")
    ParticipationFactory(campaign=campaign, organisation=body)
    OrganisationName.objects.create(
        organisation=body, name="Tên cũ", valid_from=datetime.date(2000, 1, 1), valid_to=datetime.date(2022, 1, 1)
    )
    assert [one.name for one in bodies_of(campaign)] == ["Tên cũ"]


def test_conclusions_count_only_what_the_reader_may_read():
    campaign = make_round(5, ministries=1, provinces=0, procedures=40)
    body = Organisation.objects.get(participations__campaign=campaign)
    eligible = Review.objects.filter(campaign=campaign, eligible=True)
    sent = eligible.filter(status__in=["submitted", "returned", "accepted", "approved"])
    settled = eligible.filter(status__in=["accepted", "approved"])
    for reader, readable in (
        (UserFactory(organisation=body), eligible),
        (UserFactory(role="auditor"), eligible),
        (UserFactory(role="appraiser"), sent),
        (UserFactory(role="administrator"), sent),
        (UserFactory(), settled),
    ):
        counts = {name: number for name, _, number in body_report(campaign, body, reader).conclusions}
        assert sum(counts.values()) == readable.count()
        assert counts["keep"] == readable.filter(conclusion="keep").count()


def test_the_figures_take_the_same_queries_for_few_bodies_and_for_many(django_assert_num_queries):
    counting = []
    small = make_round(2, ministries=3, provinces=1)
    large = make_round(3, ministries=30, provinces=10)
    for campaign in (small, large):
        with CaptureQueriesContext(connection) as first:
            national_figures(campaign)
        counting.append(len(first))
        with django_assert_num_queries(3):
            national_figures(campaign)
    # The first reader counts the marked bodies, all at once.
    assert counting[0] == counting[1] <= 14


def test_statuses_are_all_eight_in_the_order_of_the_work():
    campaign = make_round(2, ministries=1, provinces=0)
    _, statuses = body_figures(campaign, Organisation.objects.get(participations__campaign=campaign))
    assert [one.status for one in statuses] == list(Status.values)
