"""The page of a review: what stands on it for whom, saving, conflicts between two browsers, forged posts."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.models import AuthorityLevel
from reviews.models import CurrentAuthority, LegalAmendment, Query, Review, ReviewEvent, Transfer
from tests.factories import ProcedureFactory, ScopeItemFactory, UserFactory
from tests.reviews.cast import CONTENT, REASON, form_data, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def address(review, name="detail") -> str:
    return reverse(f"reviews:{name}", args=[review.pk])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_the_whole_form_is_saved_by_a_plain_post_without_a_button(cast, login):
    review = cast.review()
    response = login(cast.own["official"]).post(address(review), form_data())
    assert response.status_code == 302
    review.refresh_from_db()
    assert (review.status, review.version, review.counted) == ("draft", 1, True)
    amendment = review.legal_amendments.get()
    assert (amendment.number, amendment.issued_on.isoformat()) == ("15/2021/NĐ-CP", "2021-03-03")
    page = text_of(login(cast.own["official"]).get(address(review)))
    assert 'name="version" value="1"' in page
    assert "Chuyển xuống cấp dưới" in page
    assert "Đã đủ nội dung bắt buộc" in page


def test_the_button_finish_saves_and_finishes(cast, login):
    review = cast.review()
    login(cast.own["official"]).post(address(review), form_data(button="finish"))
    review.refresh_from_db()
    assert review.status == "ready"
    assert list(ReviewEvent.objects.order_by("sequence").values_list("action", flat=True)) == ["save", "finish"]


def test_an_incomplete_form_is_kept_and_every_gap_leads_to_its_part(cast, login):
    review = cast.review()
    response = login(cast.own["official"]).post(
        address(review), form_data({"conclusion": "decentralize", "reason": "Ngắn quá"}, button="finish")
    )
    page = text_of(response)
    for part in ("deciders", "transfers", "reason", "amendments"):
        assert f'href="#{part}"' in page
        assert f'id="{part}"' in page
    assert "Ngắn quá" in page
    review.refresh_from_db()
    assert (review.status, review.reason) == ("draft", "Ngắn quá")


def test_frozen_deciders_stand_in_the_blank_form_and_are_saved_untouched(cast, login):
    deciders = [{"level": "MINISTER", "body": "Bộ trưởng Bộ Xây dựng", "case": "", "legal_ground": ""}]
    item = ScopeItemFactory(campaign=cast.campaign, procedure=ProcedureFactory(publisher=cast.body), deciders=deciders)
    review = cast.review(scope_item=item)
    client = login(cast.own["official"])
    page = text_of(client.get(address(review)))
    assert 'value="Bộ trưởng Bộ Xây dựng"' in page
    assert '<option value="MINISTER" selected>' in page
    data = form_data({"deciders": deciders, "reason": REASON}) | {"deciders-INITIAL_FORMS": "1"}
    client.post(address(review), data)
    assert review.current_authorities.get().body == "Bộ trưởng Bộ Xây dựng"


def test_levels_offered_are_those_of_the_rounds_day(cast, login):
    AuthorityLevel.objects.filter(code="DISTRICT_PC").update(valid_to="2020-06-30")
    review = cast.review("draft")
    client = login(cast.own["official"])
    assert 'value="DISTRICT_PC"' not in text_of(client.get(address(review)))
    CurrentAuthority.objects.create(review=review, level_id="DISTRICT_PC", position=2)
    assert 'value="DISTRICT_PC"' in text_of(client.get(address(review)))


def test_a_row_without_its_level_is_refused_and_everything_typed_stays(cast, login):
    review = cast.review()
    data = form_data(CONTENT | {"conditions": "Điều kiện đã gõ"}) | {"deciders-0-level": ""}
    response = login(cast.own["official"]).post(address(review), data)
    page = text_of(response)
    assert "Hãy chọn cấp có thẩm quyền cho dòng này" in page
    assert "Điều kiện đã gõ" in page
    assert 'href="#id_deciders-0-level"' in page
    review.refresh_from_db()
    assert (review.status, review.version) == ("not_started", 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("annual_dossiers", "nhiều"),
        ("annual_dossiers", "99999999999"),
        ("amendments-0-issued_on", "31/02/2021"),
        ("conclusion", "sell"),
        ("version", "x"),
        ("transfers-TOTAL_FORMS", "bad"),
        ("amendments-TOTAL_FORMS", "5000"),
        ("transfers-0-target_level", "KING"),
    ],
)
def test_a_wrong_value_is_said_and_saves_nothing(cast, login, field, value):
    review = cast.review()
    response = login(cast.own["official"]).post(address(review), form_data() | {field: value})
    assert response.status_code == 422
    assert "data-error-summary" in text_of(response)
    assert REASON in text_of(response)
    assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize("version", [None, "", "x", "-1"])
def test_a_form_that_does_not_say_where_it_began_is_told_what_to_do(cast, login, version):
    review = cast.review()
    data = {name: value for name, value in form_data().items() if name != "version"}
    data |= {} if version is None else {"version": version}
    page = text_of(login(cast.own["official"]).post(address(review), data))
    assert "Không rõ nội dung này được sửa từ phiên bản nào" in page
    assert "Trường này là bắt buộc" not in page
    assert REASON in page


def test_numbers_are_typed_the_vietnamese_way(cast, login):
    review = cast.review()
    client = login(cast.own["official"])
    counted = CONTENT | {"annual_dossiers_unknown": False}
    client.post(address(review), form_data(counted, annual_dossiers="12.500"))
    review.refresh_from_db()
    assert review.annual_dossiers == 12500
    assert 'value="12.500"' in text_of(client.get(address(review)))
    client.post(address(review), form_data(version=1, annual_dossiers="12.500", annual_dossiers_unknown="on"))
    review.refresh_from_db()
    assert review.annual_dossiers_unknown is False


def test_what_a_post_does_not_carry_is_left_as_stored(cast, login):
    review = cast.review("draft")
    login(cast.own["official"]).post(address(review), {"version": "1", "conditions": "Đủ người."})
    review.refresh_from_db()
    assert (review.conditions, review.reason, review.transfers.count()) == ("Đủ người.", REASON, 1)


def test_columns_the_form_does_not_ask_for_survive_a_save(cast, login):
    review = cast.review("draft")
    review.legal_amendments.update(issuing_authority="Chính phủ", new_wording="Khoản 2\nĐiều 15 mới")
    page = login(cast.own["official"]).get(address(review)).content.decode()
    hidden = dict(re.findall(r'name="(amendments-0-(?:issuing_authority|new_wording))" value="([^"]*)"', page))
    assert hidden["amendments-0-issuing_authority"] == "Chính phủ"
    data = form_data(version=1) | hidden
    login(cast.own["official"]).post(address(review), data)
    assert review.legal_amendments.get().issuing_authority == "Chính phủ"
    assert review.legal_amendments.get().new_wording == "Khoản 2\nĐiều 15 mới"


def test_two_browsers_in_different_fields_are_both_kept(cast, login):
    review = cast.review()
    first, second = login(cast.own["official"]), login(cast.own["focal_point"])
    first.post(address(review), form_data())
    first.post(address(review), form_data(version=1, conditions="Của Thảo"))
    response = second.post(
        address(review), form_data(CONTENT | {"reason": REASON + " Của Minh"}, version=1), follow=True
    )
    assert "gộp lại" in text_of(response)
    review.refresh_from_db()
    assert (review.conditions, review.reason) == ("Của Thảo", REASON + " Của Minh")


def test_two_browsers_in_one_field_show_both_texts_and_the_next_save_decides(cast, login):
    review = cast.review()
    first, second = login(cast.own["official"]), login(cast.own["focal_point"])
    first.post(address(review), form_data())
    first.post(address(review), form_data(version=1, conditions="Điều kiện của Thảo"))
    mine = form_data(CONTENT | {"reason": REASON + " Của Minh"}, version=1, conditions="Điều kiện của Minh")
    response = second.post(address(review), mine)
    page = text_of(response)
    assert response.status_code == 409
    assert "Điều kiện của Thảo" in page
    assert re.search(r'<textarea name="conditions"[^>]*> ?Điều kiện của Minh</textarea>', page)
    assert REASON + " Của Minh" in page
    assert 'name="version" value="2"' in page
    assert 'name="keep_conditions" value="theirs"' in page
    review.refresh_from_db()
    assert review.conditions == "Điều kiện của Thảo"
    assert ReviewEvent.objects.get(action="conflict").changes["conditions"][1] == "Điều kiện của Minh"
    again = form_data(CONTENT | {"reason": REASON + " Của Minh"}, version=2, conditions="Điều kiện của Minh")
    theirs = second.post(address(review), again | {"keep_conditions": "theirs"})
    assert theirs.status_code == 302
    review.refresh_from_db()
    assert (review.conditions, review.reason) == ("Điều kiện của Thảo", REASON + " Của Minh")
    second.post(address(review), again | {"version": "3", "keep_conditions": "mine"})
    review.refresh_from_db()
    assert review.conditions == "Điều kiện của Minh"


def test_a_conflict_in_a_table_shows_both_tables(cast, login):
    review = cast.review()
    client = login(cast.own["official"])
    client.post(address(review), form_data())
    other = [CONTENT["amendments"][0] | {"number": "63/2010/NĐ-CP"}]
    login(cast.own["focal_point"]).post(address(review), form_data(CONTENT | {"amendments": other}, version=1))
    mine = [CONTENT["amendments"][0] | {"number": "30/2020/NĐ-CP"}]
    page = text_of(client.post(address(review), form_data(CONTENT | {"amendments": mine}, version=1)))
    assert "63/2010/NĐ-CP ngày 03/03/2021" in page
    assert 'value="30/2020/NĐ-CP"' in page


def test_text_typed_while_the_form_was_locked_stays_on_the_page(cast, login):
    review = cast.review("ready")
    response = login(cast.own["official"]).post(address(review), form_data(version=1, conditions="Vừa gõ xong"))
    assert response.status_code == 409
    page = text_of(response)
    assert "Vừa gõ xong" in page
    assert "Chờ kiểm tra" in page
    assert 'value="finish"' not in page


def test_points_raised_are_answered_on_the_form(cast, login):
    review = cast.review("returned")
    query = Query.objects.create(review=review, text="Nêu rõ điều, khoản.", raised_by=cast.other["appraiser"])
    client = login(cast.own["official"])
    page = text_of(client.get(address(review)))
    assert "Nêu rõ điều, khoản." in page
    assert f'name="answer_{query.pk}"' in page
    client.post(address(review), form_data(version=1) | {f"answer_{query.pk}": "Đã nêu."})
    query.refresh_from_db()
    assert (query.answer, query.state) == ("Đã nêu.", "answered")


def test_a_forged_post_cannot_reach_what_the_form_does_not_hold(cast, login):
    review = cast.review()
    forged = {"status": "approved", "counted": "1", "organisation": str(cast.rival.pk), "ruling": "downward"}
    forged |= {"transfers-0-transfer_class": "downward", "transfers-0-ruling": "downward"}
    manual = [CONTENT["transfers"][0] | {"target_level": "SOCIO_POLITICAL"}]
    login(cast.own["official"]).post(address(review), form_data(CONTENT | {"transfers": manual}) | forged)
    review.refresh_from_db()
    assert (review.status, review.counted, review.organisation) == ("draft", False, cast.body)
    assert (review.transfers.get().transfer_class, review.transfers.get().ruling) == ("manual", "")


def test_the_department_sees_the_status_first_and_the_content_once_sent(cast, login):
    client = login(cast.other["appraiser"])
    for status in ("draft", "ready", "checked"):
        page = text_of(client.get(address(cast.review(status))))
        assert REASON not in page
        assert "chỉ hiển thị sau khi" in page
    for status in ("submitted", "returned", "accepted", "approved"):
        assert REASON in text_of(client.get(address(cast.review(status))))


def test_an_auditor_reads_everything_and_writes_nothing(cast, login):
    review = cast.review("draft")
    client = login(cast.other["auditor"])
    page = text_of(client.get(address(review)))
    assert REASON in page
    assert "<textarea" not in page
    assert client.post(address(review), form_data(version=1)).status_code == 403


def test_strangers_find_nothing_until_a_review_is_settled(cast, login):
    client = login(cast.other["official"])
    for status, code in (("draft", 404), ("submitted", 404), ("accepted", 200)):
        review = cast.review(status)
        assert client.get(address(review)).status_code == code
        assert client.get(address(review, "history")).status_code == code


def test_only_buttons_that_work_are_offered_and_the_rest_says_why(cast, login):
    page = text_of(login(cast.own["focal_point"]).get(address(cast.review("ready"))))
    assert "Đã kiểm tra, chuyển chờ ký" in page
    assert "Trả lại nội bộ" in page
    page = text_of(login(cast.own["leader"]).get(address(cast.review("submitted"))))
    assert "/return-internal/" not in page
    assert "Phiếu đang ở trạng thái “Đã gửi”" in page
    colleague = UserFactory(organisation=cast.body)
    page = text_of(login(cast.own["official"]).get(address(cast.review("draft", assignee=colleague))))
    assert "Phiếu đã được phân công cho người khác" in page
    assert "<textarea" not in page


def test_a_reader_sees_each_answer_on_its_line_and_which_speak_against_the_conclusion(cast, login):
    review = cast.review("submitted")
    review.criterion_answers.filter(criterion="C8").update(answer="yes", reason="Bộ ban hành quy trình thống nhất.")
    page = text_of(login(cast.own["official"]).get(address(review)))
    lines = dict(re.findall(r'<li data-answer="(C\d+)">(.*?)</li>', page, re.DOTALL))
    assert list(lines) == ["C5", "C6", "C7", "C8", "C9", "C10"]
    assert "Bộ ban hành quy trình thống nhất." in lines["C8"]
    assert [code for code, line in lines.items() if "không thuận với kết luận" in line] == ["C8"]
    assert [code for code, line in lines.items() if "<strong>Không" in line] == ["C9"]


def test_rows_of_the_content_are_lines_of_their_own_for_a_reader(cast, login):
    review = cast.review("submitted")
    LegalAmendment.objects.create(review=review, document_type="circular", number="2/2020/TT-BXD", article="5")
    page = text_of(login(cast.own["official"]).get(address(review)))
    shown = re.search(r'<ul class="part-list">(.*?)</ul>', page, re.DOTALL).group(1)
    assert shown.count("<li>") == 2
    assert "2/2020/TT-BXD" in shown


def test_an_internal_return_without_a_reason_comes_back_with_the_form_open(cast, login):
    review = cast.review("ready")
    response = login(cast.own["focal_point"]).post(address(review, "return_internal"), {"reason": " "})
    assert "phải nêu lý do" in text_of(response)
    review.refresh_from_db()
    assert review.status == "ready"


def test_the_history_says_who_changed_what(cast, login):
    review = cast.review()
    client = login(cast.own["official"])
    client.post(address(review), form_data())
    client.post(address(review), form_data(version=1, conditions="Có hậu kiểm."))
    page = text_of(client.get(address(review, "history")))
    assert "Có hậu kiểm." in page
    assert "Đang rà soát" in page
    assert str(cast.own["official"]) in page


def test_work_inside_a_body_is_not_told_outside(cast, login):
    review = cast.review()
    client = login(cast.own["official"])
    client.post(address(review), form_data(CONTENT | {"reason": REASON + " Bản nháp kín."}))
    client.post(address(review), form_data(version=1, button="finish"))
    login(cast.own["focal_point"]).post(address(review, "return_internal"), {"reason": "Nội bộ thôi."})
    page = text_of(login(cast.other["appraiser"]).get(address(review, "history")))
    assert "Bản nháp kín" not in page
    assert "Nội bộ thôi" not in page
    assert "Chờ kiểm tra" in page
    assert "Nội bộ thôi" in text_of(login(cast.other["auditor"]).get(address(review, "history")))


def test_names_of_people_are_not_told_to_other_bodies(cast, login):
    review = cast.review("submitted", assignee=cast.own["official"], edited_by=cast.own["official"])
    login(cast.other["appraiser"]).post(address(review, "return"), {"points": "Điểm riêng với Bộ Xây dựng."})
    Review.objects.filter(pk=review.pk).update(status="accepted")
    for name in ("detail", "history"):
        page = text_of(login(cast.other["official"]).get(address(review, name)))
        for person in (cast.own["official"], cast.other["appraiser"]):
            assert str(person) not in page.replace(str(cast.other["official"]), "")
    assert "Điểm riêng" not in text_of(login(cast.other["official"]).get(address(review, "history")))
    assert "Điểm riêng" in text_of(login(cast.other["auditor"]).get(address(review, "history")))


def test_the_page_takes_as_many_queries_for_one_row_as_for_twenty(cast, login):
    client = login(cast.own["focal_point"])
    counts = []
    for number in (1, 20):
        review = cast.review("draft")
        for place in range(number - 1):
            Transfer.objects.create(
                review=review, source_level_id="MINISTER", target_level_id="PROV_DEPT", transfer_class="downward"
            )
            CurrentAuthority.objects.create(review=review, level_id="PROV_PC", position=place)
            LegalAmendment.objects.create(review=review, document_type="law", number=str(place))
        for place in range(number):
            Query.objects.create(review=review, text=f"Điểm {place}", raised_by=cast.other["appraiser"])
        client.get(address(review))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(review)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 24


def test_a_list_one_came_from_gives_the_neighbours(cast, login):
    reviews = [cast.review("draft") for _ in range(3)]
    cast.review("ready")
    page = text_of(login(cast.own["official"]).get(address(reviews[1]), {"list": "status=draft"}))
    assert f'rel="prev" href="{address(reviews[0])}?list=status%3Ddraft"' in page
    assert f'rel="next" href="{address(reviews[2])}?list=status%3Ddraft"' in page
    last = text_of(login(cast.own["official"]).get(address(reviews[2]), {"list": "status=draft"}))
    assert 'rel="next"' not in last
    assert "/reviews/?status=draft" in last


def test_reading_writes_nothing(cast, login):
    review = cast.review()
    before = Review.objects.values().get(pk=review.pk)
    for person in (*cast.own.values(), *cast.other.values()):
        login(person).get(address(review))
        login(person).get(address(review, "history"))
    assert Review.objects.values().get(pk=review.pk) == before
    assert not ReviewEvent.objects.exists()
