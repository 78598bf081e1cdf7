"""What stands beside the fields: files, opinions, wordings, documents, and what follows from rows being typed."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reviews.models import Attachment, LegalAmendment, Opinion, Review, ReviewEvent
from tests.factories import ProvinceFactory, ReviewFactory, ScopeItemFactory, UserFactory
from tests.reviews.cast import CONTENT, REASON, form_data, make_cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.4\n%%EOF"


@pytest.fixture
def cast():
    return make_cast()


def address(name, *objects) -> str:
    return reverse(f"reviews:{name}", args=[one.pk for one in objects])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def heard(review, **facts):
    """A province's review of the procedure of ``review``, sent."""
    facts = {
        "status": "submitted",
        "stance": "propose",
        "conclusion": "decentralize",
        "reason": "Sở đã thẩm định.",
    } | facts
    return ReviewFactory(
        scope_item=review.scope_item, organisation=ProvinceFactory(), kind="proposal", version=1,
        finished_by=UserFactory(), **facts,
    )  # fmt: skip


def test_a_file_is_downloaded_as_a_file_by_whoever_may_read_the_form(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    client.post(address("attach", review), {"file": SimpleUploadedFile("a.pdf", PDF)})
    row = Attachment.objects.get()
    answer = client.get(address("attachment", row))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert login(cast.other["appraiser"]).get(address("attachment", row)).status_code == 404
    Review.objects.filter(pk=review.pk).update(status="submitted", finished_by=cast.own["official"])
    sent = login(cast.other["appraiser"]).get(address("attachment", row))
    assert sent.status_code == 200
    b"".join(sent.streaming_content)


def test_a_refused_file_is_said_on_the_page_and_in_the_fragment(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    page = client.post(address("attach", review), {"file": SimpleUploadedFile("a.pdf", b"MZ")}, follow=True)
    assert "không phải là PDF" in text_of(page)
    fragment = client.post(address("attach", review), {"file": SimpleUploadedFile("a.pdf", b"MZ")}, headers=HTMX)
    assert "không phải là PDF" in text_of(fragment)
    assert "<html" not in text_of(fragment)
    assert not Attachment.objects.exists()


def test_provinces_sent_opinions_stand_on_the_ministrys_form_and_are_answered(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    source = heard(review)
    heard(review, stance="agree", conclusion="keep", reason="")
    heard(review, status="draft", reason="Còn đang soạn")
    page = text_of(client.get(address("detail", review)))
    assert "Ý kiến của 2 địa phương: Đồng ý với hiện hành 1; Đề nghị phân cấp 1." in page
    assert "Sở đã thẩm định." in page
    assert "Còn đang soạn" not in page
    key = f"source-{source.pk}"
    data = {"source": source.pk, f"kind-{key}": "explained", f"answer-{key}": "Vướng Luật."}
    answered = client.post(address("opinion_answer", review), data, headers=HTMX)
    assert "Giải trình" in text_of(answered)
    assert Opinion.objects.get().answer == "Vướng Luật."


def test_answers_still_being_typed_stay_when_another_is_written_and_when_one_is_refused(cast, login):
    review, client = cast.review("draft"), login(cast.own["official"])
    one, other = (f"source-{heard(review).pk}" for _ in range(2))
    number = one.removeprefix("source-")
    data = {
        "source": number,
        f"answer-{one}": "Đã sửa Điều 3.",
        f"kind-{other}": "explained",
        f"answer-{other}": "Còn vướng Luật <Đất đai>.",
    }
    refused = text_of(client.post(address("opinion_answer", review), data, headers=HTMX))
    assert "Hãy chọn “Tiếp thu” hoặc “Giải trình”." in refused
    assert "Đã sửa Điều 3.</textarea>" in refused
    data[f"kind-{one}"] = "adopted"
    written = text_of(client.post(address("opinion_answer", review), data, headers=HTMX))
    assert Opinion.objects.get().answer == "Đã sửa Điều 3."
    assert "Đã sửa Điều 3.</textarea>" in written
    assert "Còn vướng Luật &lt;Đất đai&gt;.</textarea>" in written
    assert f'id="kind-{other}-e" checked' in written
    # Only what was written is kept: the page opened anew shows no answer to the other.
    assert "Còn vướng" not in text_of(client.get(address("detail", review)))


def test_opinions_take_as_many_queries_for_one_as_for_twenty(cast, login):
    client, counts = login(cast.own["official"]), []
    for number in (1, 20):
        review = cast.review("draft")
        for _ in range(number):
            heard(review)
        client.get(address("detail", review))
        with CaptureQueriesContext(connection) as queries:
            client.get(address("detail", review))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_other_bodies_read_only_settled_opinions_on_a_settled_review(cast, login):
    review = cast.review("accepted")
    heard(review, reason="Chưa được thống nhất")
    heard(review, reason="Đã được thống nhất rồi", status="accepted")
    page = text_of(login(cast.other["official"]).get(address("detail", review)))
    assert "Đã được thống nhất rồi" in page
    assert "Chưa được thống nhất" not in page


def test_wordings_are_kept_listed_and_forgotten_without_a_script(cast, login):
    client = login(cast.own["official"])
    page = client.post(reverse("reviews:phrases"), {"field": "reason", "text": "Giảm khâu."}, follow=True)
    assert "Đã lưu câu hay dùng." in text_of(page)
    assert "Giảm khâu." in text_of(client.get(address("detail", cast.review("draft"))))
    wrong = client.post(reverse("reviews:phrases"), {"field": "reason", "text": " "})
    assert "Chưa có nội dung để lưu" in text_of(wrong)
    fragment = client.post(reverse("reviews:phrases"), {"field": "reason", "text": "Hai."}, headers=HTMX)
    assert 'data-phrase="2"' in text_of(fragment)


def test_documents_come_from_forms_one_may_read(cast, login):
    LegalAmendment.objects.update_or_create(
        review=cast.review("draft"), number="63/2010/NĐ-CP", defaults={"document_type": "decree", "title": "Kiểm soát"}
    )
    own = login(cast.own["official"]).get(reverse("reviews:documents"), {"q": "63/2010/nđ"}).json()["documents"]
    assert [(one["number"], one["document_type"], one["label"]) for one in own] == [
        ("63/2010/NĐ-CP", "decree", "Nghị định: Kiểm soát")
    ]
    other = login(cast.other["official"]).get(reverse("reviews:documents"), {"q": "63/2010/nđ"}).json()["documents"]
    assert other == []


def test_what_follows_from_rows_is_told_and_nothing_is_kept(cast, login):
    client = login(cast.own["official"])
    move = CONTENT["transfers"][0]
    rows = form_data({"transfers": [move, move | {"target_level": "PRIME_MINISTER"}, {"source_level": "MINISTER"}]})
    told = client.post(reverse("reviews:computed"), rows).json()
    assert "Chuyển xuống cấp dưới" in told["moves"][0]
    assert "không được chấp nhận" in told["moves"][1]
    assert told["moves"][2] == ""
    assert told["content"].startswith("Phân cấp thẩm quyền giải quyết từ ")
    assert not ReviewEvent.objects.exists()


def test_costs_are_computed_as_the_worked_example_says(cast, login):
    item = {
        "phase": "now", "item": "Nộp hồ sơ", "hours": "4", "hourly_income": "36.000", "outside_cost": "100.000",
        "fee": "150.000", "times_per_year": "1", "subjects_per_year": "12.000",
    }  # fmt: skip
    after = item | {"phase": "after", "outside_cost": "20.000"}
    client, review = login(cast.own["official"]), cast.review()
    told = client.post(reverse("reviews:computed"), form_data({"costs": [item, after]})).json()["costs"]
    assert told["lines"][:2] == [
        "394.000 đồng một lần; 4.728.000.000 đồng một năm",
        "314.000 đồng một lần; 3.768.000.000 đồng một năm",
    ]
    assert told["total"].endswith("Tiết kiệm 960.000.000 đồng một năm (20,30%).")
    client.post(address("detail", review), form_data(CONTENT | {"costs": [item, after]}))
    assert [(row.phase, row.hourly_income) for row in review.compliance_costs.all()] == [
        ("after", 36000),
        ("now", 36000),
    ]
    assert "(20,30%)" in text_of(client.get(address("detail", review)))


def test_a_whole_form_saved_untouched_changes_nothing(cast, login):
    review, client = cast.review(), login(cast.own["official"])
    item = {"phase": "now", "item": "Nộp hồ sơ", "hours": "1,5", "hourly_income": "36.000", "subjects_per_year": "10"}
    answers = [{"criterion": f"C{n}", "answer": "yes", "reason": ""} for n in (1, 2, 3, 4, 5, 10, 14)]
    content = CONTENT | {"criteria": answers, "costs": [item, item | {"phase": "after"}], "boxes": "1"}
    client.post(address("detail", review), form_data(content))
    page = client.post(address("detail", review), form_data(content, version=1), follow=True)
    assert "Không có thay đổi nào để lưu." in text_of(page)
    review.refresh_from_db()
    assert review.version == 1


def test_a_box_left_unticked_is_taken_back_only_by_the_whole_form(cast, login):
    review, client = cast.review("draft", annual_dossiers=5, annual_dossiers_unknown=False), login(cast.own["official"])
    Review.objects.filter(pk=review.pk).update(annual_dossiers_estimated=True)
    client.post(address("detail", review), {"version": "1", "annual_dossiers": "7"})
    review.refresh_from_db()
    assert (review.annual_dossiers, review.annual_dossiers_estimated) == (7, True)
    client.post(address("detail", review), {"version": "2", "annual_dossiers": "7", "boxes": "1"})
    review.refresh_from_db()
    assert review.annual_dossiers_estimated is False


def test_a_part_saved_first_keeps_the_frozen_deciders(cast, login):
    item = ScopeItemFactory(
        campaign=cast.campaign, procedure__publisher=cast.body,
        deciders=[{"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": ""}],
    )  # fmt: skip
    review = cast.review(scope_item=item)
    login(cast.own["official"]).post(address("detail", review), {"version": "0", "conditions": "Đủ người."})
    review.refresh_from_db()
    assert review.current_authorities.get().level_id == "MINISTER"
    assert review.decider_unknown is False


def test_a_province_says_a_stance_and_is_asked_nothing_long(cast, login):
    province = ProvinceFactory()
    official = UserFactory(organisation=province)
    item = ScopeItemFactory(
        campaign=cast.campaign, deciders=[{"level": "MINISTER", "body": "", "case": "", "legal_ground": ""}]
    )
    review = ReviewFactory(scope_item=item, organisation=province, kind="reception", version=0)
    client = login(official)
    page = text_of(client.get(address("detail", review)))
    for absent in ('id="criteria"', 'id="amendments"', 'id="costs"', 'name="conclusion"', "deciders-TOTAL_FORMS"):
        assert absent not in page
    client.post(address("detail", review), form_data({"stance": "no_opinion"}, button="finish"))
    review.refresh_from_db()
    assert (review.status, review.stance, review.conclusion) == ("ready", "no_opinion", "keep")
    other = cast.review()
    login(cast.own["official"]).post(address("detail", other), form_data({"stance": "agree", "reason": REASON}))
    other.refresh_from_db()
    assert other.stance == ""
