"""Documents that proposals would amend: one however typed, how many procedures each frees, and the list behind it."""

import csv
import io
import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import LegalAmendment, Review
from reviews.reports.documents import documents_of, narrowed, raw_numbers
from reviews.rules.shares import Tier
from tests.office import sheet_of
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db

COUNT = re.compile(r'<output id="result-count" data-count="(\d+)">')
DECREE = "decree:15/2021/ND-CP"


@pytest.fixture
def cast():
    return make_cast()


def needing(cast, *numbers, status="submitted", **facts):
    """A review whose proposal needs the documents with these (type, number)."""
    review = cast.review(status, **facts)
    review.legal_amendments.all().delete()
    LegalAmendment.objects.bulk_create(
        LegalAmendment(
            review=review, document_type=kind, number=number, article=str(place + 1), drafting_lead="Bộ Xây dựng"
        )
        for place, (kind, number) in enumerate(numbers)
    )
    return review


def found(cast, tier=Tier.PROPOSED):
    return documents_of(Review.objects.all(), cast.campaign, tier, organisation="G17")


def test_a_document_is_one_however_it_is_typed_and_frees_each_procedure_once(cast):
    needing(cast, ("decree", "Nghị định số 15/2021/NĐ-CP"), ("decree", "15/2021/nđ-cp"))
    needing(cast, ("other", "15 / 2021/ND–CP"), ("law", "50/2014/QH13"))
    needing(cast, ("decree", "15/2021/NĐ-CP"), status="draft")
    needing(cast, ("decree", "15/2021/NĐ-CP"), counted=False)
    told = found(cast)
    assert [(one.name, one.procedures, one.only) for one in told.documents] == [
        ("Luật 50/2014/QH13", 1, 0),
        ("Nghị định 15/2021/NĐ-CP", 2, 1),
    ]
    assert told.procedures == 2
    assert list(told.documents[1].provisions) == ["Điều 1", "Điều 2"]
    assert len(raw_numbers(cast.campaign, DECREE)) == 4


def test_tiers_narrow_the_list(cast):
    needing(cast, ("decree", "15/2021/NĐ-CP"))
    needing(cast, ("circular", "3/2021/TT-BXD"), status="accepted")
    assert [one.key for one in found(cast, Tier.ACCEPTED).documents] == ["circular:3/2021/TT-BXD"]
    assert found(cast, Tier.APPROVED).documents == []


def test_words_and_type_find_a_document(cast):
    needing(cast, ("decree", "15/2021/NĐ-CP"), ("law", "Luật Xây dựng"))
    documents = found(cast).documents
    assert [one.name for one in documents] == ["Luật Xây dựng", "Nghị định 15/2021/NĐ-CP"]
    assert [one.type for one in narrowed(documents, "luat xay")] == ["law"]
    assert [one.type for one in narrowed(documents, "", "decree")] == ["decree"]
    assert narrowed(documents, "không có") == []


def test_every_number_on_the_page_is_the_length_of_the_list_behind_it(cast, login):
    needing(cast, ("decree", "Nghị định 15/2021/NĐ-CP"))
    needing(cast, ("decree", "15/2021/NĐ-CP"), ("circular", "03/2022/TT-BXD"), status="accepted")
    needing(cast, ("decree", "15/2021/NĐ-CP"), status="returned")
    for person in (cast.own["official"], cast.other["appraiser"], cast.other["auditor"]):
        client = login(person)
        for tier, wanted in (("proposed", 3), ("accepted", 2)):
            page = client.get(f"{reverse('reviews:report_documents')}?tier={tier}").content.decode()
            links = re.findall(r'<a data-figure="document" href="([^"]+)">(\d+)</a>', page)
            assert sum(int(number) for _, number in links) == wanted
            for href, number in links:
                listed = client.get(unescape(href)).content.decode()
                assert COUNT.search(listed)[1] == number
                assert "Văn bản cần sửa: " in listed
    stranger = login(cast.other["official"]).get(reverse("reviews:report_documents")).content.decode()
    assert "Chưa có văn bản nào" in stranger


def test_the_filter_tells_nobody_what_he_may_not_read(cast, login):
    needing(cast, ("decree", "15/2021/NĐ-CP"), status="draft")
    address = f"{reverse('reviews:list')}?document={DECREE}&organisation=G17"
    assert COUNT.search(login(cast.own["official"]).get(address).content.decode())[1] == "1"
    assert COUNT.search(login(cast.other["appraiser"]).get(address).content.decode())[1] == "0"
    unknown = login(cast.own["official"]).get(f"{reverse('reviews:list')}?document=decree:X").content.decode()
    assert COUNT.search(unknown)[1] == "0"


def test_files_hold_the_rows_of_the_page(cast, login):
    needing(cast, ("decree", "15/2021/NĐ-CP"), ("circular", "03/2022/TT-BXD"))
    client = login(cast.other["appraiser"])
    address = reverse("reviews:report_documents")
    text = b"".join(client.get(f"{address}?export=csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["type"], row["document"], row["procedures"]) for row in rows] == [
        ("decree", "15/2021/NĐ-CP", "1"),
        ("circular", "03/2022/TT-BXD", "1"),
    ]
    sheet = sheet_of(client.get(f"{address}?export=xlsx"))
    lines = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[0], int)]
    assert [(row[1], row[6], row[7]) for row in lines] == [
        ("Nghị định 15/2021/NĐ-CP", 1, 0),
        ("Thông tư 03/2022/TT-BXD", 1, 0),
    ]
    assert "NGHỊ ĐỊNH" in {row[1] for row in sheet.iter_rows(values_only=True)}


def test_it_takes_as_many_queries_for_one_document_as_for_twenty(cast, login):
    client, counts = login(cast.other["appraiser"]), []
    for first, number in ((0, 1), (1, 19)):
        for place in range(number):
            needing(cast, ("decree", f"{first + place}/2021/NĐ-CP"))
        client.get(reverse("reviews:report_documents"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("reviews:report_documents"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
