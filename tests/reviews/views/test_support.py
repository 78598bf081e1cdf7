"""Help and questions to the department."""

import csv
import datetime
import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from reviews.models import Announcement, Notice, Ticket, TicketState
from reviews.rules import guide, workflow
from reviews.rules.field_help import LABELS, SECTIONS, SHORT
from reviews.views.asked_from import ONE_REVIEW, place_of
from tests.factories import (
    CampaignFactory,
    DepartmentFactory,
    OrganisationFactory,
    ParticipationFactory,
    ProcedureFactory,
    ReviewFactory,
    ScopeItemFactory,
    UserFactory,
)
from tests.test_access import BODIES, READ, names
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


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
    answer = ask(
        login(official), procedure="9.999999", text="Nội dung dài đã gõ", page="/reviews/quick/", field="reason"
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'name="page" value="/reviews/quick/"' in page
    assert 'name="field" value="reason"' in page
    assert "<dd>Lý do</dd>" in page
    assert ">Rà soát nhanh</a>" in page
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
    assert login(appraiser).post(address, {"answer": "   "}).status_code == 422
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


def test_the_list_of_questions_costs_the_same_at_one_and_at_twenty(login, official, appraiser):
    client = login(official)
    ask(client)
    department = login(appraiser)
    url = reverse("reviews:support")
    department.get(url)
    with CaptureQueriesContext(connection) as few:
        department.get(url)
    for _ in range(19):
        ask(client, procedure=ProcedureFactory().code)
    with CaptureQueriesContext(connection) as many:
        department.get(url)
    assert len(many) == len(few)


def test_the_department_announces_to_one_kind_of_body(login, official, appraiser):
    client = login(appraiser)
    data = {"title": "Họp trực tuyến", "text": "Ngày 30/9", "audience": "ministry", "until": "31/12/2099"}
    assert client.post(reverse("reviews:announce"), data).status_code == 302
    assert Announcement.objects.get().until.year == 2099
    assert client.post(reverse("reviews:announce"), data | {"title": ""}).status_code == 422
    assert login(official).post(reverse("reviews:announce"), data).status_code == 403
    assert Announcement.objects.count() == 1


def tickets(body, asker, *days, **facts):
    """Questions of ``body`` asked so many days ago."""
    now = timezone.now()
    return [
        Ticket.objects.create(
            organisation=body, asked_by=asker, asked_at=now - datetime.timedelta(days=number),
            **{"subject": f"Cách {number}", "text": "…"} | facts,
        )
        for number in days
    ]  # fmt: skip


def subjects(client, **query):
    page = client.get(reverse("reviews:support"), query).content.decode()
    return re.findall(r"Cách \d+", page)


def test_the_department_reads_what_waits_longest_first_and_what_waits_too_long_is_marked(login, official, appraiser):
    tickets(official.body, official, 1, 9, 3)
    tickets(official.body, official, 20, 2, state=TicketState.ANSWERED)
    department = login(appraiser)
    assert subjects(department) == ["Cách 9", "Cách 3", "Cách 1", "Cách 2", "Cách 20"]
    page = department.get(reverse("reviews:support")).content.decode()
    flags = re.findall(r'class="row-flag">.*?đã (\d+) ngày', page)
    assert flags == ["9", "3"]
    assert subjects(department, state="late") == ["Cách 9", "Cách 3"]
    assert subjects(login(official)) == ["Cách 1", "Cách 2", "Cách 3", "Cách 9", "Cách 20"]


def test_the_list_is_filtered_by_state_body_and_words_without_accents(login, official, appraiser):
    other = UserFactory(organisation=OrganisationFactory(code="G99", name="Bộ Khác"))
    tickets(official.body, official, 1, answer="Ủy quyền không tính", state=TicketState.ANSWERED)
    tickets(other.body, other, 2)
    department = login(appraiser)
    assert subjects(department, organisation=other.body.pk) == ["Cách 2"]
    assert subjects(department, q="uy quyen") == ["Cách 1"]
    assert subjects(department, state="open") == ["Cách 2"]
    assert subjects(department, state="closed") == []
    assert subjects(department, organisation="x") == []
    assert "Bộ lọc “Cơ quan hỏi” không hợp lệ" in (
        department.get(reverse("reviews:support"), {"organisation": "x"}).content.decode()
    )
    # A body filters its own questions, and learns nothing of who else asked.
    assert subjects(login(official), organisation=other.body.pk) == ["Cách 1"]
    assert "Bộ Khác" not in login(official).get(reverse("reviews:support")).content.decode()


def test_the_questions_are_exported_as_they_are_filtered(login, official, appraiser):
    tickets(official.body, official, 1, field="reason", text="=1+1")
    tickets(official.body, official, 2, state=TicketState.CLOSED)
    department, url = login(appraiser), reverse("reviews:support")
    answer = department.get(url, {"export": "csv", "state": "open"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [(row["Câu hỏi"], row["Mục"], row["Nội dung"]) for row in rows] == [("Cách 1", "Lý do", "'=1+1")]
    sheet = openpyxl.load_workbook(
        io.BytesIO(b"".join(department.get(url, {"export": "xlsx"}).streaming_content))
    ).active
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["Cách 1", "Cách 2"]
    assert sheet["B2"].data_type == "s"
    assert department.get(url, {"export": "pdf"}).status_code == 404


def test_a_question_from_a_form_knows_its_procedure_and_leads_back_to_the_field(login, official, appraiser):
    review = own_review(official)
    client = login(official)
    url = f"{reverse('reviews:ask')}?page=/reviews/{review.pk}/&field=transfers.target_level"
    page = client.get(url).content.decode()
    assert f'value="{review.scope_item.procedure.code}"' in page
    assert ">Phiếu rà soát</a>" in page
    assert "<dd>Cho cấp</dd>" in page
    ask(client, page=f"/reviews/{review.pk}/", field="transfers.target_level", procedure=review.scope_item.code)
    ticket = Ticket.objects.get()
    shown = login(appraiser).get(reverse("reviews:ticket", args=[ticket.pk])).content.decode()
    assert f'href="/reviews/{review.pk}/#transfers"' in shown
    assert "Cho cấp" in shown
    assert review.scope_item.procedure.name in shown


def own_review(person):
    campaign = CampaignFactory()
    ParticipationFactory(campaign=campaign, organisation=person.body)
    item = ScopeItemFactory(campaign=campaign, owner=person.body, procedure__publisher=person.body)
    return ReviewFactory(scope_item=item, assignee=person)


def test_the_place_of_a_page_tells_nothing_a_stranger_may_not_see(official):
    review = own_review(official)
    stranger = UserFactory(organisation=OrganisationFactory())
    door = f"/reviews/{review.pk}/finish/"
    assert place_of(door, official).page == f"/reviews/{review.pk}/"
    assert place_of(door, official).procedure == review.scope_item.procedure.code
    assert place_of(door, stranger).procedure == ""
    earlier = tickets(official.body, official, 1)[0]
    address = reverse("reviews:ticket", args=[earlier.pk])
    assert place_of(address, official).subject == "Hỏi thêm: Cách 1"
    assert place_of(address, stranger).subject == ""
    assert place_of("/khong-co/", official).page == ""
    assert place_of(f"/procedures/{review.scope_item.code}/", stranger).procedure == review.scope_item.code


def test_the_asker_goes_on_asking_with_what_the_first_question_was_about(login, official, appraiser):
    procedure = ProcedureFactory()
    client = login(official)
    ask(client, field="reason", procedure=procedure.code)
    first = Ticket.objects.get()
    address = reverse("reviews:ticket", args=[first.pk])
    page = client.get(reverse("reviews:ask"), {"page": address}).content.decode()
    assert 'value="Hỏi thêm: Ai quyết định?"' in page
    assert f'value="{procedure.code}"' in page
    assert 'name="field" value="reason"' in page
    ask(client, subject="Hỏi thêm: Ai quyết định?", page=address, field="reason", procedure=procedure.code)
    second = Ticket.objects.exclude(pk=first.pk).get()
    assert f'href="{reverse("reviews:ticket", args=[second.pk])}"' in client.get(address).content.decode()
    shown = login(appraiser).get(reverse("reviews:ticket", args=[second.pk])).content.decode()
    assert f'href="{address}#reason"' in shown


def test_the_asker_and_his_focal_point_close_a_question_and_nobody_else(login, official, appraiser):
    colleague = UserFactory(organisation=official.organisation)
    focal = UserFactory(organisation=official.organisation, role=Role.FOCAL_POINT)
    first, second = tickets(official.body, official, 1, 2)
    login(appraiser).post(reverse("reviews:ticket", args=[first.pk]), {"answer": "Bộ trưởng."})
    assert Notice.objects.get().read_at is None
    url = reverse("reviews:ticket_close", args=[first.pk])
    assert login(colleague).post(url).status_code == 403
    assert login(appraiser).post(url).status_code == 403
    assert login(official).post(url).status_code == 302
    assert Notice.objects.get().read_at is not None
    assert login(focal).post(reverse("reviews:ticket_close", args=[second.pk])).status_code == 302
    assert set(Ticket.objects.values_list("state", flat=True)) == {TicketState.CLOSED}
    assert "đã được khép từ trước" in login(official).post(url, follow=True).content.decode()
    shown = login(appraiser).get(reverse("reviews:ticket", args=[second.pk])).content.decode()
    assert "khép khi chưa có trả lời" in shown
    assert "Trả lời câu hỏi" not in shown


def test_every_page_names_its_article_and_the_place_to_ask_from(login, official, appraiser):
    review = own_review(official)
    page = login(official).get(f"/reviews/{review.pk}/").content.decode()
    assert page.count(f'href="/support/ask/?page=/reviews/{review.pk}/"') == 2
    assert page.count('href="/support/help/dien-phieu/"') == 2
    for entry in (entry for entries in SECTIONS.values() for entry in entries):
        if entry.field not in ("opinions", "attachments"):
            assert f'?page=/reviews/{review.pk}/&amp;field={entry.field}"' in page, entry.field
    department = login(appraiser).get(f"/reviews/{review.pk}/").content.decode()
    assert "/support/ask/" not in department
    assert 'href="/support/help/dien-phieu/"' in department


# Answers that are no pages: files, and lists for boxes of the form.
NO_PAGES = {
    "jobs:result", "procedures:report", "reviews:scan", "reviews:attachment", "reviews:documents",
    "reviews:upload_file", "reviews:article",
}  # fmt: skip


def test_every_page_a_body_can_open_has_an_article():
    readable = {row[0] for row in READ if row[2] & BODIES} - NO_PAGES
    assert readable - set(guide.PAGES) == set()
    for page in guide.PAGES.values():
        assert page.slug in guide.ARTICLES_BY_SLUG


def test_the_table_of_pages_names_real_addresses():
    assert set(guide.PAGES) - set(names(get_resolver())) == set()
    assert ONE_REVIEW in {str(pattern.pattern) for pattern in resolved_patterns()}


def resolved_patterns():
    for one in get_resolver().url_patterns:
        yield from getattr(one, "url_patterns", ())


def test_each_field_is_explained_once_in_the_help_under_its_own_anchor(login, official):
    page = login(official).get(reverse("reviews:article", args=["giai-thich-muc"])).content.decode()
    entries = [entry for entries in SECTIONS.values() for entry in entries] + [SHORT[0]]
    for entry in entries:
        assert page.count(f'id="{entry.field}"') == 1, entry.field
        assert entry.text[:40] in page
    assert set(LABELS) == {entry.field for entry in entries}


def test_help_in_the_frame_costs_no_query(login, official):
    client = login(official)
    own_review(official)
    url = reverse("reviews:article", args=["thuat-ngu"])
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    tickets(official.body, official, *range(1, 20))
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    # Session, person with organisation, round.
    assert len(one) == len(many) <= 4
