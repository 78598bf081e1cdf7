"""The whole table of the workflow, written a second time by status and role and compared cell by cell."""

from dataclasses import replace
from itertools import product

import pytest

from reviews.rules.workflow import (
    ACTION_LABELS,
    ROLE_LABELS,
    STATUS_LABELS,
    TRANSITIONS,
    Action,
    Actor,
    Refusal,
    Role,
    Status,
    available,
    may_edit,
    next_status,
    permit,
    unlocks,
    whose_turn,
)

NOBODY: dict[str, str] = {}

# What people of the review's own body may do; the official is the assignee and heads no unit.
OWN_BODY = {
    "not_started": {"official": "save", "focal_point": "save"},
    "draft": {"official": "save finish", "focal_point": "save finish"},
    "ready": {"focal_point": "check return_internal", "leader": "return_internal"},
    "checked": {"focal_point": "return_internal send_recorded", "leader": "return_internal send_signed"},
    "submitted": NOBODY,
    "returned": {"official": "save finish", "focal_point": "save finish"},
    "accepted": NOBODY,
    "approved": NOBODY,
}

# What people of elsewhere may do: only the coordinating department.
OTHER_BODY = {
    "not_started": NOBODY,
    "draft": NOBODY,
    "ready": NOBODY,
    "checked": NOBODY,
    "submitted": {"appraiser": "return accept", "department_head": "return accept"},
    "returned": NOBODY,
    "accepted": {"department_head": "reopen approve"},
    "approved": NOBODY,
}

ARRIVALS = {
    ("save", "not_started"): "draft",
    ("save", "draft"): "draft",
    ("save", "returned"): "returned",
    ("finish", "draft"): "ready",
    ("finish", "returned"): "ready",
    ("check", "ready"): "checked",
    ("return_internal", "ready"): "draft",
    ("return_internal", "checked"): "draft",
    ("send_signed", "checked"): "submitted",
    ("send_recorded", "checked"): "submitted",
    ("return", "submitted"): "returned",
    ("accept", "submitted"): "accepted",
    ("reopen", "accepted"): "submitted",
    ("approve", "accepted"): "approved",
}

CELLS = list(product(Status, Action, Role, [True, False]))


def focal_point(**more) -> Actor:
    return Actor(Role.FOCAL_POINT, True, **more)


def official(**more) -> Actor:
    return Actor(Role.OFFICIAL, True, **more)


@pytest.mark.parametrize(("status", "action", "role", "own_body"), CELLS)
def test_each_cell_of_status_action_role_and_body_is_as_the_table_says(status, action, role, own_body):
    table = OWN_BODY if own_body else OTHER_BODY
    expected = action.value in table[status].get(role, "").split()
    answer = permit(action, status, Actor(role, own_body, is_assignee=True))
    if expected:
        assert answer is True
    else:
        assert isinstance(answer, Refusal)
        assert not answer
        assert answer.reason.endswith(".")
        assert ACTION_LABELS[action] in answer.reason


@pytest.mark.parametrize(("status", "role", "own_body"), list(product(Status, Role, [True, False])))
def test_the_actions_on_offer_are_exactly_the_permitted_ones(status, role, own_body):
    table = OWN_BODY if own_body else OTHER_BODY
    offered = available(status, Actor(role, own_body, is_assignee=True))
    assert set(offered) == set(table[status].get(role, "").split())
    assert offered == sorted(offered, key=list(Action).index)


def test_an_excluded_review_accepts_no_action_of_anyone():
    for status, action, role, own_body in CELLS:
        actor = Actor(role, own_body, is_assignee=True, is_unit_head=True, only_focal_point=True, eligible=False)
        answer = permit(action, status, actor)
        assert not answer
        assert "loại trừ" in answer.reason
        assert "chỉ xem" in answer.reason


def test_the_arrivals_are_exactly_the_moves_of_the_table():
    moves = {(action, status) for action, row in TRANSITIONS.items() for status in row.sources}
    assert moves == set(ARRIVALS)
    for (action, status), arrival in ARRIVALS.items():
        assert next_status(action, status) == arrival
        assert TRANSITIONS[action].target in (arrival, None)
    assert TRANSITIONS["save"].target is None


def test_every_way_back_asks_for_a_reason():
    assert {action for action, row in TRANSITIONS.items() if row.needs_reason} == {
        "return_internal",
        "return",
        "reopen",
    }


def test_the_department_acts_on_other_bodies_and_the_rest_on_their_own():
    of_department = {action for action, row in TRANSITIONS.items() if not row.own_body}
    assert of_department == {"return", "accept", "reopen", "approve"}


@pytest.mark.parametrize("status", ["not_started", "draft", "returned"])
def test_an_official_fills_what_is_his_or_nobodys(status):
    assert permit("save", status, official(is_assignee=True)) is True
    assert permit("save", status, official(unassigned=True)) is True
    refusal = permit("save", status, official())
    assert "phân công cho người khác" in refusal.reason
    assert permit("save", status, focal_point()) is True


@pytest.mark.parametrize("status", ["draft", "returned"])
def test_whoever_may_fill_may_finish(status):
    for actor in (official(is_assignee=True), official(unassigned=True), focal_point()):
        assert permit("finish", status, actor) is True
    assert not permit("finish", status, official())


@pytest.mark.parametrize("role", ["official", "leader"])
def test_a_unit_head_checks_and_others_of_his_role_do_not(role):
    actor = Actor(Role(role), True, is_unit_head=True)
    assert permit("check", "ready", actor) is True
    assert not permit("check", "ready", replace(actor, is_unit_head=False))
    assert not permit("check", "ready", replace(actor, own_body=False))


@pytest.mark.parametrize("role", ["appraiser", "department_head", "administrator", "auditor"])
def test_heading_a_unit_opens_nothing_outside_the_body(role):
    assert available("ready", Actor(Role(role), True, is_assignee=True, is_unit_head=True)) == []


def test_nobody_checks_what_he_finished_unless_he_is_the_only_focal_point():
    assert "không tự kiểm tra" in permit("check", "ready", focal_point(finished_it=True)).reason
    assert permit("check", "ready", focal_point(finished_it=True, only_focal_point=True)) is True
    # A unit head who finished it leaves the check to the focal point, however many there are.
    head = official(is_unit_head=True, finished_it=True, only_focal_point=True)
    assert not permit("check", "ready", head)


@pytest.mark.parametrize(("status", "role", "own_body"), list(product(Status, Role, [True, False])))
def test_the_content_may_be_changed_exactly_where_it_may_be_saved(status, role, own_body):
    expected = own_body and status in {"not_started", "draft", "returned"} and role in {"official", "focal_point"}
    assert bool(may_edit(status, Actor(role, own_body, is_assignee=True))) is expected


def test_a_wrong_state_is_named_with_what_unlocks_it():
    reason = permit("save", "submitted", focal_point()).reason
    assert "“Đã gửi”" in reason
    assert unlocks("submitted") in reason
    assert "“Đang rà soát”" in reason


def test_a_wrong_person_is_told_who_may():
    reason = permit("accept", "submitted", focal_point()).reason
    assert "lãnh đạo của cơ quan chủ trì đợt rà soát" in reason
    assert "thuộc cơ quan khác" in permit("save", "draft", Actor(Role.FOCAL_POINT, False)).reason
    assert "không tự xem xét" in permit("accept", "submitted", Actor(Role.APPRAISER, True)).reason


def test_every_code_has_a_label_and_every_status_its_sentences():
    assert set(STATUS_LABELS) == set(Status)
    assert set(ROLE_LABELS) == set(Role)
    assert set(ACTION_LABELS) == set(Action) == set(TRANSITIONS)
    for status in Status:
        assert whose_turn(status).endswith(".")
        assert unlocks(status).endswith(".")


def test_every_status_but_the_last_leads_on_and_all_are_reached():
    assert {status for _, status in ARRIVALS} == set(Status) - {"approved"}
    assert set(ARRIVALS.values()) == set(Status) - {"not_started"}


@pytest.mark.parametrize(("action", "status"), [("fly", "draft"), ("save", "nowhere")])
def test_an_unknown_action_or_status_is_an_error(action, status):
    with pytest.raises(ValueError, match="is not a valid"):
        permit(action, status, focal_point())
