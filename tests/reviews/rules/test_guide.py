"""The help says what the rules do."""

from reviews.rules import guide, workflow
from reviews.rules.workflow import Action, Actor, Role, Status, permit


def test_every_status_and_action_is_explained_once():
    assert [status.code for status in guide.statuses()] == [status.value for status in Status]
    assert [action.label for action in guide.actions()] == [workflow.ACTION_LABELS[action] for action in Action]


def test_the_help_calls_editable_what_may_be_edited():
    official = Actor(role=Role.OFFICIAL, own_body=True, is_assignee=True)
    assert [s.editable for s in guide.statuses()] == [bool(permit(Action.SAVE, s, official)) for s in Status]


def test_articles_have_addresses_of_their_own():
    assert len(guide.ARTICLES_BY_SLUG) == len(guide.ARTICLES)


def test_each_tier_names_the_statuses_that_count_in_it():
    assert guide.tiers() == [
        "Đề xuất: phiếu ở trạng thái Đã gửi, Đã thống nhất, Đã được phê duyệt",
        "Thống nhất: phiếu ở trạng thái Đã thống nhất, Đã được phê duyệt",
        "Phê duyệt: phiếu ở trạng thái Đã được phê duyệt",
    ]
