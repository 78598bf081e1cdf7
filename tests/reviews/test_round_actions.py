"""Every action on a round, its scope, its deadlines and its work: the wrong person is refused and nothing is written.

The page's forged POST is in the table of ``tests/test_access.py``; here each action is called as any other door (a
command, a job, another page) would call it.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from procedures.deciders import confirm_deciders, confirm_many
from procedures.models import Procedure
from reviews.actions import adjusting, assigning, campaigns, deadlines, preparing
from reviews.actions.adjustment_effects import Line
from reviews.models import Campaign, ReceptionRequest, ScopeAdjustment
from tests.factories import CampaignFactory, ParticipationFactory
from tests.reviews.adjusting_scene import PAPER, Scene, make_scene, opened
from tests.test_access import WRITE, rows
from tthc_portal.accounts import deputies
from tthc_portal.accounts.models import Deputy, User

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 9, 30)
DEPARTMENT = frozenset({"appraiser", "department_head", "second"})
FOCAL_POINT = frozenset({"focal_point"})
CONFIRMING = frozenset({"focal_point", "administrator"})
LATER = datetime.date(2100, 6, 30)
ROWS = [{"level": "MINISTER"}]


@dataclass(frozen=True)
class Case:
    """An action: the address whose forged POST is tested beside it, whose it is, and how it is called."""

    address: str
    allowed: frozenset[str]
    call: Callable[[User, Scene], object]


def next_year() -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=365)


def preparing_round() -> Campaign:
    return Campaign.objects.get(code="2022")


def proposal() -> ScopeAdjustment:
    return ScopeAdjustment.objects.get()


CASES = {
    "create": Case(
        "reviews:campaign_create",
        DEPARTMENT,
        lambda by, scene: campaigns.create_campaign(
            by=by, code="2030", title="Đợt 2030", bodies_on=DAY, opens_on=DAY, deadline=DAY
        ),
    ),
    "edit": Case(
        "reviews:campaign_edit",
        DEPARTMENT,
        lambda by, scene: campaigns.update_campaign(by=by, campaign=preparing_round(), title="Tên khác"),
    ),
    "open": Case(
        "reviews:campaign_open",
        DEPARTMENT,
        lambda by, scene: campaigns.open_campaign(by=by, campaign=preparing_round()),
    ),
    "close": Case(
        "reviews:campaign_close", DEPARTMENT, lambda by, scene: campaigns.close_campaign(by=by, campaign=scene.campaign)
    ),
    "bodies": Case(
        "reviews:campaign_bodies",
        DEPARTMENT,
        lambda by, scene: preparing.choose_bodies(by=by, campaign=preparing_round(), bodies=[scene.rival]),
    ),
    "ask provinces": Case(
        "reviews:campaign_provinces",
        DEPARTMENT,
        lambda by, scene: preparing.request_reception(by=by, campaign=preparing_round(), owner=scene.rival),
    ),
    "ask provinces no more": Case(
        "reviews:campaign_provinces",
        DEPARTMENT,
        lambda by, scene: preparing.drop_reception(
            by=by, campaign=preparing_round(), requests=ReceptionRequest.objects.values_list("pk", flat=True)
        ),
    ),
    "propose": Case(
        "reviews:adjustment_new",
        DEPARTMENT,
        lambda by, scene: adjusting.propose(
            by=by, campaign=scene.campaign, kind="remove", lines=scene.lines("1.000002"), **PAPER
        ),
    ),
    "approve": Case(
        "reviews:adjustment_approve",
        # Not the one who proposed it.
        DEPARTMENT - {"appraiser"},
        lambda by, scene: adjusting.approve(by=by, adjustment=proposal()),
    ),
    "decline": Case(
        "reviews:adjustment_decline",
        DEPARTMENT - {"appraiser"},
        lambda by, scene: adjusting.decline(by=by, adjustment=proposal(), reason="Chưa đủ căn cứ."),
    ),
    "extend": Case(
        "reviews:extensions",
        DEPARTMENT,
        lambda by, scene: deadlines.extend(
            by=by, campaign=scene.campaign, bodies=[scene.ministry], until=LATER, reason="Chờ ý kiến địa phương."
        ),
    ),
    "assign": Case(
        "reviews:bulk_act",
        FOCAL_POINT,
        lambda by, scene: assigning.assign(
            by=by, reviews=[scene.review("1.000001")], assignee=scene.people["focal_point"]
        ),
    ),
    "spread": Case(
        "reviews:spread",
        FOCAL_POINT,
        lambda by, scene: assigning.distribute(
            by=by, plan={scene.review("1.000001").pk: scene.people["focal_point"]}, only_free=False
        ),
    ),
    "hand over": Case(
        "reviews:hand_over",
        FOCAL_POINT,
        lambda by, scene: assigning.hand_over(
            by=by, person=scene.people["official"], receivers=[scene.people["focal_point"]], reason="Chuyển công tác."
        ),
    ),
    "appoint a deputy": Case(
        "reviews:deputies",
        FOCAL_POINT,
        lambda by, scene: deputies.appoint(
            by=by,
            user=scene.people["focal_point"],
            deputy=scene.people["official"],
            starts_on=timezone.localdate(),
            ends_on=next_year(),
        ),
    ),
    "end a deputy": Case(
        "reviews:deputy_end", FOCAL_POINT, lambda by, scene: deputies.end(by=by, deputy=Deputy.objects.get())
    ),
    "confirm deciders": Case(
        "procedures:deciders",
        CONFIRMING,
        lambda by, scene: confirm_deciders(by=by, procedures=[Procedure.objects.get(code="1.000003")], rows=ROWS),
    ),
    "confirm groups of deciders": Case(
        "procedures:deciders",
        CONFIRMING,
        lambda by, scene: confirm_many(by=by, answers=[([Procedure.objects.get(code="1.000003")], ROWS)]),
    ),
}


@pytest.fixture
def scene():
    """An open round and one in preparation, a proposal, an assigned review, a deputy, a procedure nobody decides."""
    scene = make_scene("1.000001", "1.000002")
    opened(scene)
    scene.procedure("1.000003", level=None)
    people = scene.people
    preparation = CampaignFactory(code="2022", state="preparing", opened_at=None, frozen_at=None)
    ParticipationFactory(campaign=preparation, organisation=scene.ministry)
    preparing.request_reception(by=people["appraiser"], campaign=preparation, owner=scene.ministry)
    adjusting.propose(
        by=people["appraiser"],
        campaign=scene.campaign,
        kind="exclude",
        lines=[Line(scene.procedures["1.000001"])],
        **PAPER,
    )
    assigning.assign(by=people["focal_point"], reviews=[scene.review("1.000001")], assignee=people["official"])
    deputies.appoint(
        by=people["focal_point"],
        user=people["official"],
        deputy=people["focal_point"],
        starts_on=timezone.localdate(),
        ends_on=next_year(),
    )
    return scene


@pytest.mark.parametrize("name", CASES)
def test_each_action_refuses_every_wrong_person_and_writes_nothing(scene, name):
    case = CASES[name]
    before = rows()
    for role, person in scene.people.items():
        if role in case.allowed:
            continue
        with pytest.raises((PermissionDenied, ValidationError)):
            case.call(person, scene)
        assert rows() == before, f"{role} wrote something: {name}"


@pytest.mark.parametrize("name", CASES)
def test_each_action_is_done_by_whose_it_is(scene, name):
    case = CASES[name]
    before = rows()
    case.call(scene.people[sorted(case.allowed)[-1]], scene)
    assert rows() != before


def test_the_forged_post_of_each_action_is_in_the_table_of_addresses():
    assert {case.address for case in CASES.values()} <= {row[0] for row in WRITE}
