"""Taking forms out as a workbook: the filters of the list, refusals, and the same number of queries."""

import html
import io
import re

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Review
from reviews.sheets.seals import SHORT_SHEET, WHOLE_SHEET
from reviews.views import sheets
from tests.factories import OrganisationFactory
from tests.reviews.cast import make_cast
from tests.reviews.many import many_reviews
from tests.reviews.province import make_province

pytestmark = pytest.mark.django_db
URL = reverse("reviews:sheets")


@pytest.fixture
def cast():
    return make_cast()


def taken(answer, sheet: str = WHOLE_SHEET) -> list[int]:
    """The reviews of the forms in an answer, by primary key in order."""
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return [row[0].value for row in book[sheet].iter_rows(min_row=3, max_col=1)]


def test_the_file_holds_the_forms_of_the_filter_in_the_order_of_the_list(cast, login):
    made = many_reviews(cast, 4)
    unit = OrganisationFactory(code="G17.01", name="Vụ Pháp chế", kind="unit", parent=cast.body)
    Review.objects.filter(pk__in=[made[0].pk, made[2].pk]).update(unit=unit)
    client = login(cast.own["official"])
    answer = client.get(URL)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="phieu-{cast.campaign.code}-g17.xlsx"'
    assert taken(answer) == [review.pk for review in made]
    assert taken(client.get(f"{URL}?unit={unit.pk}&sort=-code")) == [made[2].pk, made[0].pk]
    assert taken(client.get(f"{URL}?q={made[3].scope_item.code}")) == [made[3].pk]


def test_excluded_procedures_and_other_bodies_forms_are_left_out(cast, login):
    mine, excluded = many_reviews(cast, 2)
    Review.objects.filter(pk=excluded.pk).update(eligible=False)
    settled = cast.review("accepted")
    Review.objects.filter(pk=settled.pk).update(organisation=cast.rival)
    client = login(cast.own["focal_point"])
    assert taken(client.get(URL)) == [mine.pk]
    answer = client.get(f"{URL}?organisation=G09", follow=True)
    assert "Bộ lọc không để lại phiếu nào điền được" in answer.text


def test_a_province_gets_its_short_forms(login):
    province, made = make_province(3)
    answer = login(province.own["official"]).get(URL)
    assert taken(answer, SHORT_SHEET) == [review.pk for review in made]


def test_more_forms_than_a_file_holds_are_refused_with_what_to_do_and_the_filter_stays(cast, login, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_FORMS", 3)
    many_reviews(cast, 4)
    answer = login(cast.own["official"]).get(f"{URL}?sort=name", follow=True)
    assert answer.redirect_chain == [(f"{reverse('reviews:list')}?sort=name", 302)]
    assert "4 phiếu, một tệp chứa tối đa 3 phiếu. Hãy lọc bớt" in answer.text


def test_a_round_that_is_closed_or_none_gives_no_file(cast, login):
    many_reviews(cast, 1)
    client = login(cast.own["official"])
    type(cast.campaign).objects.update(state="closed", closed_at=cast.campaign.opened_at)
    assert "đã đóng" in client.get(URL, follow=True).text


def test_those_who_fill_nothing_get_no_file(cast, login):
    many_reviews(cast, 1)
    for role in ("appraiser", "department_head", "administrator", "auditor"):
        assert login(cast.other[role]).get(URL).status_code == 403
    assert login(cast.own["official"]).post(URL).status_code == 405


def test_the_number_of_queries_is_the_same_for_one_form_and_for_twenty(cast, login):
    client = login(cast.own["official"])
    client.get(URL)
    counts = []
    for number in (1, 19):
        many_reviews(cast, number, first=100 * number)
        with CaptureQueriesContext(connection) as asked:
            found = taken(client.get(URL))
        counts.append((len(found), len(asked)))
    assert [found for found, _ in counts] == [1, 20]
    assert counts[0][1] == counts[1][1] <= 12


def test_the_list_offers_the_file_with_its_filter_to_those_who_fill(cast, login):
    many_reviews(cast, 2)
    page = login(cast.own["official"]).get(f"{reverse('reviews:list')}?sort=name&page=1&eligible=1").text
    assert f'href="{URL}?sort=name&amp;eligible=1"' in page
    assert "Tải phiếu Excel" in page
    assert URL not in login(cast.own["leader"]).get(reverse("reviews:list")).text
    assert URL not in login(cast.other["auditor"]).get(reverse("reviews:list")).text


def test_the_page_of_assignments_gives_each_unit_its_own_file(cast, login):
    made = many_reviews(cast, 3)
    unit = OrganisationFactory(code="G17.01", name="Vụ Pháp chế", kind="unit", parent=cast.body)
    Review.objects.filter(pk=made[1].pk).update(unit=unit)
    client = login(cast.own["focal_point"])
    page = client.get(reverse("reviews:assignments")).text
    addresses = [html.unescape(found) for found in re.findall(rf'href="({re.escape(URL)}[^"]*)"', page)]
    assert [len(taken(client.get(address))) for address in addresses] == [1, 2]
    assert taken(client.get(addresses[0])) == [made[1].pk]
    assert URL not in login(cast.own["leader"]).get(reverse("reviews:assignments")).text
