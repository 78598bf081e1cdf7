"""Help and questions to the department."""

import pytest
from django.urls import reverse

from reviews.models import Announcement, Notice, Ticket, TicketState
from reviews.rules import guide, workflow
from tests.factories import DepartmentFactory, OrganisationFactory, ProcedureFactory, UserFactory
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def official():
    return UserFactory()


@pytest.fixture
def appraiser():
    return UserFactory(organisation=DepartmentFactory(), role=Role.APPRAISER)


def ask(client, **data):
    return client.post(reverse("reviews:ask"), {"subject": "Ai quyết định?", "text": "Xin hướng dẫn.", **data})


def test_every_article_opens_for_every_role(login):
    department = DepartmentFactory()
    for role in Role:
        client = login(UserFactory(role=role, organisation=department))
        for article in guide.ARTICLES:
            answer = client.get(reverse("reviews:article", args=[article.slug]))
            assert answer.status_code == 200
            assert article.title in answer.content.decode()
    assert client.get(reverse("reviews:article", args=["khong-co"])).status_code == 404


def test_the_help_on_statuses_says_what_the_rules_say(login, official):
    page = login(official).get(reverse("reviews:article", args=["trang-thai"])).content.decode()
    for status in workflow.Status:
        assert workflow.STATUS_LABELS[status] in page
        assert workflow.whose_turn(status) in page
    for action in workflow.Action:
        assert workflow.ACTION_LABELS[action] in page


def test_a_question_keeps_the_place_it_was_asked_from_and_is_answered(login, official, appraiser):
    procedure = ProcedureFactory()
    client = login(official)
    url = f"{reverse('reviews:ask')}?page=/reviews/7/&field=reason&procedure={procedure.code}"
    page = client.get(url).content.decode()
    assert f'value="{procedure.code}"' in page
    assert 'value="/reviews/7/"' in page
    assert ask(client, page="/reviews/7/", field="reason", procedure=procedure.code).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.page, ticket.field, ticket.procedure, ticket.organisation, ticket.asked_by) == (
        "/reviews/7/",
        "reason",
        procedure,
        official.body,
        official,
    )
    address = reverse("reviews:ticket", args=[ticket.pk])
    assert login(appraiser).post(address, {"answer": "  Bộ trưởng quyết định.  "}).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.state, ticket.answer, ticket.answered_by) == (
        TicketState.ANSWERED,
        "Bộ trưởng quyết định.",
        appraiser,
    )
    notice = Notice.objects.get(user=official)
    assert notice.url == address
    colleague = UserFactory(organisation=official.organisation)
    assert "Bộ trưởng quyết định." in login(colleague).get(address).content.decode()


def test_an_unknown_procedure_is_refused_with_a_sentence_and_nothing_typed_is_lost(login, official):
    answer = ask(login(official), procedure="9.999999", text="Nội dung dài đã gõ")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "9.999999" in page
    assert "Không có thủ tục mang mã" in page
    assert "Nội dung dài đã gõ" in page
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("page", ["https://example.com/", "//example.com/", "javascript:alert(1)", "/\\example.com"])
def test_the_page_asked_from_is_one_of_the_portal(login, official, page):
    ask(login(official), page=page)
    assert Ticket.objects.get().page == ""


def test_another_body_neither_sees_nor_answers(login, official):
    ask(login(official))
    ticket = Ticket.objects.get()
    stranger = login(UserFactory(organisation=OrganisationFactory()))
    assert stranger.get(reverse("reviews:ticket", args=[ticket.pk])).status_code == 404
    assert 'data-count="0"' in stranger.get(reverse("reviews:support")).content.decode()
    own = login(official)
    assert own.post(reverse("reviews:ticket", args=[ticket.pk]), {"answer": "tự trả lời"}).status_code == 403
    ticket.refresh_from_db()
    assert ticket.state == TicketState.OPEN


def test_an_empty_answer_and_a_closed_question_are_refused(login, official, appraiser):
    ask(login(official))
    ticket = Ticket.objects.get()
    address = reverse("reviews:ticket", args=[ticket.pk])
    assert login(appraiser).post(address, {"answer": "   "}).status_code == 200
    Ticket.objects.update(state=TicketState.CLOSED)
    assert "đã khép" in login(appraiser).post(address, {"answer": "muộn"}).content.decode()
    assert not Notice.objects.exists()


def test_the_list_of_questions_counts_and_filters(login, official, appraiser):
    client = login(official)
    for _ in range(3):
        ask(client)
    Ticket.objects.filter(pk=Ticket.objects.first().pk).update(state=TicketState.ANSWERED)
    department = login(appraiser)
    assert 'data-count="3"' in department.get(reverse("reviews:support")).content.decode()
    assert 'data-count="2"' in department.get(reverse("reviews:support"), {"state": "open"}).content.decode()


def test_the_list_of_questions_costs_the_same_at_one_and_at_twenty(
    login, official, appraiser, django_assert_max_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = login(official)
    ask(client)
    department = login(appraiser)
    url = reverse("reviews:support")
    department.get(url)
    with CaptureQueriesContext(connection) as few:
        department.get(url)
    for _ in range(19):
        ask(client)
    with CaptureQueriesContext(connection) as many:
        department.get(url)
    assert len(many) == len(few)


def test_the_department_announces_to_one_kind_of_body(login, official, appraiser):
    client = login(appraiser)
    data = {"title": "Họp trực tuyến", "text": "Ngày 30/9", "audience": "ministry", "until": "31/12/2099"}
    assert client.post(reverse("reviews:announce"), data).status_code == 302
    assert Announcement.objects.get().until.year == 2099
    assert client.post(reverse("reviews:announce"), data | {"title": ""}).status_code == 200
    assert login(official).post(reverse("reviews:announce"), data).status_code == 403
    assert Announcement.objects.count() == 1
