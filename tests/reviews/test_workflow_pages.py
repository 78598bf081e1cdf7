"""The whole table of the workflow through the pages: every status, action, role, in one's own body and in another."""

from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from reviews.models import Notice, Query, Review, ReviewEvent, Submission, Transfer
from reviews.rules.workflow import Action, Role, Status
from tests.reviews.cast import form_data, make_cast
from tests.reviews.rules.test_workflow import ARRIVALS, OTHER_BODY, OWN_BODY

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4 cong van"
LETTER = {"letter_number": "12/BXD-VP", "letter_date": "05/10/2021", "signer_name": "Lê Quang Hùng"}
SMALL = {
    Action.FINISH: ("reviews:finish", {}),
    Action.CHECK: ("reviews:check", {}),
    Action.RETURN_INTERNAL: ("reviews:return_internal", {"reason": "Thiếu căn cứ pháp lý."}),
    Action.RETURN: ("reviews:return", {"points": "Nêu rõ điều, khoản."}),
    Action.ACCEPT: ("reviews:accept", {}),
    Action.REOPEN: ("reviews:reopen", {"reason": "Phát hiện thiếu văn bản."}),
    Action.APPROVE: ("reviews:approve", {"document": "Quyết định 1015/QĐ-TTg ngày 30/8/2022"}),
}


class Undo(Exception):
    """Leaves a savepoint without keeping anything."""


def ask(client, action: Action, review: Review):
    """The request by which a browser does ``action``."""
    if action is Action.SAVE:
        data = form_data(version=review.version, conditions="Bố trí đủ nhân lực.")
        return client.post(reverse("reviews:detail", args=[review.pk]), data)
    if action in SMALL:
        name, data = SMALL[action]
        return client.post(reverse(name, args=[review.pk]), data)
    data = LETTER | {"review": str(review.pk), "door": action.value.removeprefix("send_")}
    if action is Action.SEND_RECORDED:
        data["scan"] = SimpleUploadedFile("cong-van.pdf", PDF)
    return client.post(f"{reverse('reviews:sending')}?campaign={review.campaign.code}", data)


def traces(review: Review) -> tuple:
    """Everything an action could have written."""
    row = Review.objects.values().get(pk=review.pk)
    counts = [model.objects.count() for model in (ReviewEvent, Submission, Query, Notice, Transfer)]
    return row, counts


def allowed_by_table(table: dict, status: str, role: str) -> list[str]:
    """Actions that the table written by hand gives a role in a status."""
    return table[status].get(role, "").split()


@pytest.mark.parametrize("action", list(Action))
def test_every_cell_of_the_table_holds_on_the_pages(action, login):
    cast = make_cast()
    reviews = {status: cast.review(status.value) for status in Status}
    wrong = []
    for place, people, table in (("own", cast.own, OWN_BODY), ("other", cast.other, OTHER_BODY)):
        for role in Role:
            client = login(people[role.value])
            for status, review in reviews.items():
                may = action.value in allowed_by_table(table, status.value, role.value)
                with suppress(Undo), transaction.atomic():
                    wrong += check_cell(client, action, review, may, f"{status} {action} {role} {place}")
                    raise Undo
    assert wrong == []


def check_cell(client, action, review, may: bool, cell: str) -> list[str]:
    """What is wrong with one cell, in words; nothing when it holds."""
    before = traces(review)
    response = ask(client, action, review)
    after = traces(review)
    if not may:
        refused = response.status_code in (403, 404, 409) or (
            response.status_code == 422 and b"error-summary" in response.content
        )
        found = [] if refused else [f"{cell}: answered {response.status_code}"]
        return found + ([] if before == after else [f"{cell}: wrote something"])
    if response.status_code != 302:
        return [f"{cell}: answered {response.status_code}"]
    found = []
    arrival = ARRIVALS[action.value, review.status]
    if after[0]["status"] != arrival:
        found.append(f"{cell}: went to {after[0]['status']}, not {arrival}")
    if after[1][0] != before[1][0] + 1:
        found.append(f"{cell}: {after[1][0] - before[1][0]} events")
    event = ReviewEvent.objects.filter(review=review).order_by("-sequence").first()
    if event is None or event.action != action.value or event.content is None or event.hash != after[0]["head_hash"]:
        found.append(f"{cell}: the event does not tell it")
    return found


@pytest.mark.parametrize("name", [name for name, _ in SMALL.values()])
def test_nothing_is_done_by_following_a_link(name, login):
    cast = make_cast()
    review = cast.review("submitted")
    before = traces(review)
    for person in (cast.own["focal_point"], cast.own["leader"], cast.other["department_head"]):
        assert login(person).get(reverse(name, args=[review.pk])).status_code in (403, 405)
    assert traces(review) == before


def test_an_excluded_procedure_is_read_only_for_everybody(login):
    cast = make_cast()
    review = cast.review()
    review.scope_item.excluded = True
    review.scope_item.save()
    Review.objects.filter(pk=review.pk).update(eligible=False, decider_unknown=False)
    review.refresh_from_db()
    before = traces(review)
    for action in Action:
        for people in (cast.own, cast.other):
            for role in Role:
                response = ask(login(people[role.value]), action, review)
                assert response.status_code in (200, 403, 404, 409, 422), (action, role)
    assert traces(review) == before
    page = login(cast.own["official"]).get(reverse("reviews:detail", args=[review.pk])).content.decode()
    assert "được loại trừ" in page
    assert 'name="reason"' not in page


def test_a_closed_round_is_written_no_more(login):
    cast = make_cast()
    review = cast.review("draft")
    cast.campaign.state = "closed"
    cast.campaign.closed_at = timezone.now()
    cast.campaign.save()
    before = traces(review)
    response = ask(login(cast.own["official"]), Action.SAVE, review)
    assert response.status_code == 409
    assert "đã đóng" in response.content.decode()
    assert "Bố trí đủ nhân lực." in response.content.decode()
    assert traces(review) == before
