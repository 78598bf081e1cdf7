"""Answers and messages of the department: what a colleague answered meanwhile, what nobody would see."""

import datetime
import re

import pytest
from django.urls import reverse

from reviews.actions.deadlines import today
from reviews.models import Notice, Ticket
from tests.factories import UserFactory
from tests.reviews.views.test_support import ask
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


def test_an_answer_given_meanwhile_is_shown_before_another_replaces_it(login, official, appraiser):
    ask(login(official))
    ticket = Ticket.objects.get()
    address = reverse("reviews:ticket", args=[ticket.pk])
    colleague = UserFactory(organisation=appraiser.organisation, role=Role.APPRAISER)
    login(colleague).post(address, {"answer": "Bộ trưởng quyết định.", "seen": ""})
    refused = login(appraiser).post(address, {"answer": "Chủ tịch tỉnh quyết định.", "seen": ""})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Bộ trưởng quyết định." in page
    assert "Chủ tịch tỉnh quyết định.</textarea>" in page
    assert f"{colleague} đã trả lời" in page
    ticket.refresh_from_db()
    assert ticket.answer == "Bộ trưởng quyết định."
    seen = re.search(r'name="seen" value="([^"]+)"', page).group(1)
    again = login(appraiser).post(address, {"answer": "Chủ tịch tỉnh quyết định.", "seen": seen})
    assert again.status_code == 302
    ticket.refresh_from_db()
    assert (ticket.answer, ticket.answered_by) == ("Chủ tịch tỉnh quyết định.", appraiser)


def test_a_button_pressed_twice_answers_once(login, official, appraiser):
    ask(login(official))
    address = reverse("reviews:ticket", args=[Ticket.objects.get().pk])
    for _ in range(2):
        assert login(appraiser).post(address, {"answer": "Bộ trưởng.", "seen": ""}).status_code == 302
    assert Notice.objects.count() == 1


def test_a_message_that_nobody_would_see_is_refused_with_what_was_typed(login, appraiser):
    yesterday, day = (today() - datetime.timedelta(days=number) for number in (1, 0))
    data = {"title": "Họp trực tuyến", "text": "Ngày 30/9", "audience": ""}
    refused = login(appraiser).post(reverse("reviews:announce"), data | {"until": f"{yesterday:%d/%m/%Y}"})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert f"{yesterday:%d/%m/%Y} đã qua" in page
    assert "Họp trực tuyến" in page
    assert login(appraiser).post(reverse("reviews:announce"), data | {"until": f"{day:%d/%m/%Y}"}).status_code == 302
