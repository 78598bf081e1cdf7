"""The pages of reports: what each reader gets, previews equal to the sheets, refusals in a sentence."""

import re

import pytest
from django.urls import reverse

from reviews.models import Campaign, Review
from tests.office import sheet_of
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db

PAGES = ("report_by_body", "report_proposals", "report_documents")


@pytest.fixture
def cast():
    return make_cast()


def test_the_index_leads_to_every_report(cast, login):
    for person, code in ((cast.own["official"], "G17"), (cast.other["auditor"], "VN")):
        page = login(person).get(reverse("reviews:reports")).content.decode()
        for name in PAGES:
            assert f'href="{reverse(f"reviews:{name}")}?campaign={cast.campaign.code}"' in page
        assert reverse("reviews:report_summary", args=[code]) in page
    assert "Tóm tắt của từng cơ quan" in page


def test_the_one_page_is_linked_from_home_and_from_the_dashboards(cast, login):
    own = reverse("reviews:report_summary", args=["G17"])
    for role in ("official", "focal_point", "leader"):
        client = login(cast.own[role])
        assert own in client.get("/").content.decode()
        page = client.get("/dashboard/G17/").content.decode()
        assert own in page
        assert "data-print" in client.get(own).content.decode()
    client = login(cast.other["appraiser"])
    nation = reverse("reviews:report_summary", args=["VN"])
    assert nation in client.get("/").content.decode()
    assert nation in client.get("/dashboard/").content.decode()


def test_a_body_gets_its_own_line_and_proposals_whatever_it_names(cast, login):
    mine = cast.review("submitted")
    client = login(cast.other["focal_point"])
    page = client.get(f"{reverse('reviews:report_by_body')}?organisation=G17").content.decode()
    assert re.findall(r'data-body="(\w+)"', page) == ["G09"]
    for query in ("", "?organisation=G17", "?kind=all"):
        assert mine.scope_item.code not in client.get(reverse("reviews:report_proposals") + query).content.decode()
    own = login(cast.own["official"]).get(reverse("reviews:report_proposals")).content.decode()
    assert mine.scope_item.code in own


def test_the_department_narrows_to_a_body_or_a_kind(cast, login):
    cast.review("submitted")
    client = login(cast.other["appraiser"])
    assert re.findall(r'data-body="(\w+)"', client.get("/reports/01/").content.decode()) == ["G09", "G17", "VN"]
    page = client.get("/reports/01/?organisation=G17").content.decode()
    assert re.findall(r'data-body="(\w+)"', page) == ["G17"]
    assert re.findall(r'data-body="(\w+)"', client.get("/reports/01/?kind=province").content.decode()) == []
    assert 'data-count="0"' in client.get("/reports/02/?kind=province").content.decode()
    assert 'data-count="1"' in client.get("/reports/02/?kind=all").content.decode()
    assert client.get("/reports/01/?organisation=G99").status_code == 404


def test_the_preview_shows_the_very_cells_of_the_sheet(cast, login):
    for status in ("submitted", "accepted", "draft"):
        cast.review(status)
    client = login(cast.other["appraiser"])
    page = client.get("/reports/01/").content.decode()
    sheet = sheet_of(client.get("/reports/01/?export=xlsx"))
    shown = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", page, re.DOTALL)]
    for row in sheet.iter_rows(values_only=True):
        if isinstance(row[0], int):
            for value in row:
                text = f"{value:.2f}".replace(".", ",") if isinstance(value, float) else str(value)
                assert value is None or text in shown or text.rstrip("0").rstrip(",") in shown


def test_a_past_day_is_for_bieu_01_only_and_the_others_say_so(cast, login):
    client = login(cast.other["appraiser"])
    assert client.get("/reports/01/?on=2000-01-01").status_code == 400
    assert client.get("/reports/01/?basis=frozen").status_code == 200
    for address in ("/reports/02/", "/reports/documents/", "/reports/summary/VN/"):
        answer = client.get(f"{address}?basis=frozen")
        assert answer.status_code == 400
        assert "chỉ lập theo số liệu hiện tại" in answer.content.decode()


def test_without_a_round_every_report_says_so(cast, login):
    Review.objects.all().delete()
    Campaign.objects.update(state="preparing", opened_at=None)
    client = login(cast.own["leader"])
    for address in ("/reports/", "/reports/01/", "/reports/02/", "/reports/documents/", "/reports/summary/G17/"):
        assert "Chưa có đợt rà soát nào" in client.get(address).content.decode()


def test_a_form_not_known_is_not_found(cast, login):
    client = login(cast.other["appraiser"])
    for address in ("/reports/01/", "/reports/02/", "/reports/documents/"):
        assert client.get(f"{address}?export=pdf").status_code == 404
