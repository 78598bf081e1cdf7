"""Figures of past days and of the frozen catalogue, from real actions under a clock that the test sets."""

import contextlib
import datetime
import random

import pytest
from django.core.exceptions import ValidationError

from reviews.actions import adjusting
from reviews.actions.adjustment_effects import Line
from reviews.actions.appraisal import accept, approve, reopen, return_to_body
from reviews.actions.campaigns import close_campaign, create_campaign, open_campaign
from reviews.actions.filling import check, finish, return_internal, save_review
from reviews.actions.sending import send_signed
from reviews.models import AdjustmentKind, Participation, Review, ScopeAdjustment
from reviews.models.campaign import HANOI
from reviews.reports.dashboards import body_report, national_figures
from reviews.reports.integrity import findings
from reviews.reports.past import AsOf, Basis, as_of
from tests.factories import (
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProvinceFactory,
    UserFactory,
    ladder,
)
from tests.reviews.cast import CONTENT
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
FIRST = datetime.datetime(2021, 10, 1, 9, tzinfo=HANOI)
INSIDE = {"source_level": "MINISTER", "target_level": "DEPARTMENT", "target_body": "", "mode": "decentralize"}
CONTENTS = (
    CONTENT,
    CONTENT | {"transfers": [INSIDE | {"is_partial": False, "condition": ""}], "annual_dossiers": 120},
    {"conclusion": "delegate", "deciders": CONTENT["deciders"], "reason": CONTENT["reason"]},
    {"conclusion": "keep", "deciders": CONTENT["deciders"], "reason": CONTENT["reason"]},
    {"deciders": []},
)


class Clock:
    """A clock that stands until it is moved."""

    now = FIRST

    def day(self):
        """Go on to the next day, and give it."""
        self.now += datetime.timedelta(days=1)
        return self.now.date()


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock.now)
    return clock


class World:
    """An open round of two ministries and a province, its people, and random steps in it."""

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        levels = ladder()
        self.bodies = [OrganisationFactory(), OrganisationFactory()]
        self.province = ProvinceFactory()
        for body in self.bodies:
            for code in ("MINISTER", "MINISTER", "COMMUNE_PC", None, "PROV_PC"):
                procedure = ProcedureFactory(publisher=body, execution_levels=["province"])
                if code:
                    DecidingAuthorityFactory(procedure=procedure, level=levels[code])
        day = FIRST.date()
        self.campaign = create_campaign(
            by=None, code="2021", title="2021", bodies_on=day, opens_on=day, deadline=datetime.date(2099, 1, 1)
        )
        open_campaign(by=None, campaign=self.campaign)
        self.campaign.refresh_from_db()
        self.late = [ProcedureFactory(publisher=self.bodies[0], execution_levels=["province"]) for _ in range(3)]
        department = DepartmentFactory()
        self.head = UserFactory(role=Role.DEPARTMENT_HEAD, organisation=department)
        self.second = UserFactory(role=Role.DEPARTMENT_HEAD, organisation=department)
        self.people = {
            body.pk: {
                role: UserFactory(role=role, organisation=body)
                for role in (Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER)
            }
            for body in (*self.bodies, self.province)
        }

    def step(self) -> None:
        """Something happens, or is refused."""
        with contextlib.suppress(ValidationError):
            self.dice.choice([self._work, self._work, self._work, self._work, self._adjust])()

    def _work(self):
        review = self.dice.choice(list(Review.objects.filter(campaign=self.campaign).order_by("pk")))
        people = self.people[review.organisation_id]
        official, focal, leader = (people[role] for role in (Role.OFFICIAL, Role.FOCAL_POINT, Role.LEADER))
        if review.status in ("not_started", "draft", "returned"):
            data = self.dice.choice(CONTENTS)
            save_review(by=official, review_id=review.pk, base_version=review.version, data=data)
            review.refresh_from_db()
            finish(by=official, reviews=[review])
        elif review.status == "ready":
            check(by=focal, reviews=[review])
        elif review.status == "checked":
            if self.dice.random() < 0.2:
                return_internal(by=focal, reviews=[review], reason="Sửa lại.")
            else:
                send_signed(by=leader, reviews=[review], signer_name="Nguyễn Văn A")
        elif review.status == "submitted":
            if self.dice.random() < 0.4:
                return_to_body(by=self.head, reviews=[review], points=["Nêu rõ."])
            else:
                accept(by=self.head, reviews=[review])
        elif self.dice.random() < 0.5:
            reopen(by=self.head, reviews=[review], reason="Xem lại.")
        else:
            approve(by=self.head, reviews=[review], document="QĐ 1015")

    def _adjust(self):
        kind = self.dice.choice(AdjustmentKind.values)
        known = list(self.campaign.scope.order_by("pk").select_related("procedure"))
        picked = self.dice.sample([one.procedure for one in known], 2)
        if kind == "admit" and self.dice.random() < 0.6:
            picked = [self.dice.choice(self.late)]
        replacement = self.dice.choice(self.late) if kind == "replace" else None
        adjustment = adjusting.propose(
            by=self.head,
            campaign=self.campaign,
            kind=kind,
            lines=[Line(one, replacement) for one in picked],
            reason="Có thay đổi.",
            document_number="12/VPCP",
            document_date=FIRST.date(),
            new_owner=self.dice.choice(self.bodies) if kind == "reown" else None,
        )
        adjusting.approve(by=self.second, adjustment=adjustment)

    def figures(self, asked):
        """Every figure a page prints on that basis and day."""
        reader = UserFactory.build(role=Role.AUDITOR, organisation=DepartmentFactory())
        rows, total = national_figures(self.campaign, asked)
        bodies = [body_report(self.campaign, body, reader, asked) for body in (*self.bodies, self.province)]
        assert {one.figures.code: one.figures for one in bodies} == {row.code: row for row in rows}
        return rows, total, bodies


@pytest.mark.parametrize("seed", range(4))
def test_figures_of_every_past_day_print_today_as_they_were(clock, seed):
    world = World(seed)
    printed = {}
    for _ in range(12):
        day = clock.day()
        for _ in range(9):
            world.step()
        printed[day] = {basis: world.figures(as_of(world.campaign, basis=basis)) for basis in Basis}
    assert ScopeAdjustment.objects.filter(approved_at__isnull=False).count() > 3
    clock.day()
    for day, live in printed.items():
        for basis in Basis:
            asked = as_of(world.campaign, basis=basis, on=day.isoformat())
            assert asked.moment is not None
            assert world.figures(asked) == live[basis], (day, basis)
    opening = world.figures(AsOf(moment=world.campaign.frozen_at))
    assert opening == world.figures(AsOf(Basis.FROZEN, world.campaign.frozen_at))
    for row in opening[0]:
        kept = Participation.objects.get(campaign=world.campaign, organisation__code=row.code)
        assert (row.tally.total, row.tally.excluded, row.tally.eligible, row.tally.unknown) == (
            kept.frozen_total,
            kept.frozen_excluded,
            kept.frozen_eligible,
            kept.frozen_unknown,
        )
    assert [one.as_dict() for one in findings()] == []


def test_by_the_frozen_catalogue_totals_never_move(clock):
    world = World(3)
    for _ in range(80):
        world.step()
    for row in world.figures(AsOf(Basis.FROZEN))[0]:
        kept = Participation.objects.get(campaign=world.campaign, organisation__code=row.code)
        assert (row.tally.total, row.tally.eligible) == (kept.frozen_total, kept.frozen_eligible)


def test_the_cost_of_a_past_day_does_not_grow_with_the_round(clock, django_assert_max_num_queries):
    world = World(1)
    clock.day()
    for _ in range(40):
        world.step()
    clock.day()
    yesterday = FIRST.date().isoformat()
    with django_assert_max_num_queries(10):
        national_figures(world.campaign, as_of(world.campaign, basis="frozen", on=yesterday))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"on": "2021-09-30"}, "ở trước ngày chốt danh mục"),
        ({"on": "2021-10-05"}, "ở sau ngày hôm nay"),
        ({"on": "30/9/2021"}, "ở trước ngày chốt danh mục"),
        ({"on": "hôm qua"}, "không đúng; hãy ghi ngày/tháng/năm"),
        ({"basis": "khac"}, "chỉ là “adjusted”"),
    ],
)
def test_what_cannot_be_had_is_told_in_a_sentence(clock, given, sentence):
    world = World(1)
    with pytest.raises(ValidationError, match=sentence):
        as_of(world.campaign, **given)


def test_today_means_now_and_a_closed_round_still_has_its_days(clock):
    world = World(1)
    assert as_of(world.campaign, on="2021-10-01") == AsOf()
    clock.day()
    close_campaign(by=None, campaign=world.campaign)
    world.campaign.refresh_from_db()
    asked = as_of(world.campaign, basis="frozen", on="2021-10-01")
    assert asked.moment == datetime.datetime(2021, 10, 1, 23, 59, 59, tzinfo=HANOI)


def test_a_round_in_preparation_has_no_past(clock):
    day = FIRST.date()
    campaign = create_campaign(by=None, code="x", title="x", bodies_on=day, opens_on=day, deadline=day)
    with pytest.raises(ValidationError, match="chưa mở"):
        as_of(campaign, on="2021-10-01")
