"""The list itself editable: one row at a time, and blocks pasted from a workbook."""

import re
from html import unescape

import pytest

from reviews.actions.filling import save_review
from reviews.forms.quick import read_block
from reviews.models import BulkChange, Phrase, Review, ReviewEvent
from tests.reviews.actions.test_bulk import all_of, fresh
from tests.reviews.cast import REASON, make_cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LEVELS = {"UBND tỉnh": "PROV_PC", "Sở, ban, ngành": "PROV_DEPT"}


@pytest.fixture
def cast():
    return make_cast()


@pytest.fixture
def client(cast, login):
    return login(cast.own["official"])


def post(client, review, version=0, *, htmx=True, **fields):
    address = f"/reviews/quick/{review.pk}/?list=eligible%3D1"
    data = {"version": version, "conclusion": "keep", "level": "", "reason": REASON} | fields
    return client.post(address, data, headers=HTMX if htmx else {})


def test_a_row_is_saved_and_only_the_row_comes_back(cast, client):
    review = fresh(cast)
    answer = post(client, review)
    text = answer.content.decode()
    assert "Đã lưu" in text
    assert "<html" not in text
    assert len(answer.content) <= 5_000
    review.refresh_from_db()
    assert (review.conclusion, review.reason, review.version, review.status) == ("keep", REASON, 1, "draft")
    assert review.current_authorities.get().level_id == "MINISTER"


def test_without_scripts_the_list_comes_back(cast, client):
    review = fresh(cast)
    answer = post(client, review, htmx=False)
    assert answer["Location"] == f"/reviews/quick/?eligible=1#row-{review.pk}"
    answer = post(client, review, 1, htmx=False, conclusion="sell")
    assert answer.status_code == 422
    assert answer.content.decode().count("quick-row") >= 1


def test_a_level_makes_the_transfer_from_the_forms_own_decider(cast, client):
    review = fresh(cast)
    post(client, review, conclusion="decentralize", level="PROV_PC")
    review.refresh_from_db()
    assert review.counted
    assert review.transfers.get().source_level_id == "MINISTER"
    post(client, review, 1, conclusion="keep", level="")
    assert not review.transfers.exists()


def test_what_is_wrong_is_said_in_the_row_and_nothing_typed_is_lost(cast, client):
    review = fresh(cast)
    text = post(client, review, conclusion="decentralize", level="PRIME_MINISTER").content.decode()
    assert "cùng cấp hoặc cao hơn" in text
    assert REASON in text
    assert re.search(r'value="PRIME_MINISTER" selected', text)
    assert not ReviewEvent.objects.exists()


def test_two_people_in_one_row_see_both_texts(cast, client, login):
    review = fresh(cast)
    post(client, review)
    post(login(cast.own["focal_point"]), review, 1, reason="Lý do của đầu mối, đủ dài để gửi đi.")
    text = post(client, review, 1, reason="Lý do của chuyên viên, cũng đủ dài.").content.decode()
    assert "Lý do của đầu mối" in text
    assert "Lý do của chuyên viên" in text
    assert str(cast.own["focal_point"]) in text
    review.refresh_from_db()
    assert review.reason.startswith("Lý do của đầu mối")
    version = int(re.search(r'name="version" value="(\d+)"', text).group(1))
    post(client, review, version, reason="Lý do của chuyên viên, cũng đủ dài.", keep_reason="mine")
    review.refresh_from_db()
    assert review.reason.startswith("Lý do của chuyên viên")


def test_others_edits_of_other_fields_stay(cast, client):
    review = fresh(cast)
    post(client, review)
    data = {"reason": "Lý do mới của đầu mối, đủ dài."}
    save_review(by=cast.own["focal_point"], review_id=review.pk, base_version=1, data=data)
    assert "Đã lưu" in post(client, review, 1, conclusion="abolish").content.decode()
    review.refresh_from_db()
    assert (review.conclusion, review.reason) == ("abolish", "Lý do mới của đầu mối, đủ dài.")


def test_several_levels_or_several_lines_are_not_flattened(cast, client):
    review = cast.review("draft", reason="Dòng một\nDòng hai")
    first = review.transfers.get()
    first.pk, first.target_level_id = None, "PROV_DEPT"
    first.save()
    text = client.get("/reviews/quick/").content.decode()
    assert "Nhiều cấp" in text
    assert "<textarea" in text
    client.post(f"/reviews/quick/{review.pk}/", {"version": 1, "conclusion": "decentralize", "reason": review.reason})
    review.refresh_from_db()
    assert (review.transfers.count(), review.version) == (2, 1)


def test_a_provinces_row_asks_for_its_stance(cast, client):
    review = fresh(cast, kind="proposal")
    text = client.get("/reviews/quick/").content.decode()
    assert "Không có ý kiến" in text
    assert "<span>Ý kiến</span>" in text
    assert f'aria-label="Ý kiến {review.scope_item.code}"' in text
    assert "chọn ý kiến" in text
    assert ">— Kết luận —<" not in text
    client.post(f"/reviews/quick/{review.pk}/", {"version": 0, "stance": "no_opinion", "level": "", "reason": ""})
    review.refresh_from_db()
    assert (review.stance, review.conclusion) == ("no_opinion", "keep")


def test_rows_that_cannot_be_edited_say_why(cast, client):
    cast.review("ready")
    assert "Phiếu đang ở trạng thái" not in client.get("/reviews/quick/").content.decode()
    text = client.get("/reviews/quick/?status=ready").content.decode()
    assert "Phiếu đang ở trạng thái" in text
    assert "data-quick data-guard" not in text


def test_phrases_of_the_body_are_offered(cast, client):
    fresh(cast)
    facts = {"field": "reason", "made_by": cast.own["official"]}
    Phrase.objects.create(organisation=cast.body, text="Thực hiện thống nhất toàn quốc.", **facts)
    Phrase.objects.create(organisation=cast.rival, text="Của bộ khác.", **facts)
    text = client.get("/reviews/quick/").content.decode()
    assert "Thực hiện thống nhất toàn quốc." in text
    assert "Của bộ khác." not in text


def test_complete_rows_are_finished_together(cast, client):
    cast.review("draft")
    bare = cast.review("draft", reason="Ngắn")
    answer = client.post("/reviews/quick/?conclusion=decentralize", {"button": "finish"}, follow=True)
    assert "Đã hoàn thành 1 phiếu" in answer.content.decode()
    assert "1 phiếu chưa hoàn thành" in answer.content.decode()
    bare.refresh_from_db()
    assert bare.status == "draft"


def test_the_list_asks_no_more_for_many_rows(cast, client, django_assert_max_num_queries):
    for number in (1, 19):
        for _ in range(number):
            fresh(cast)
        with django_assert_max_num_queries(22):
            client.get("/reviews/quick/")


# -- pasting


def level_of(wording):
    return LEVELS.get(wording, "")


def test_columns_are_known_by_their_labels():
    text = "STT\tMã TTHC\tKết luận\tLý do\tCấp nhận\n1\t1.000001\tPhân cấp\tVì gần dân\tUBND tỉnh"
    block = read_block(text, level_of)
    assert block.headed
    assert block.columns == ["", "code", "conclusion", "reason", "level"]
    assert block.rows[0].values == {
        "code": "1.000001",
        "conclusion": "decentralize",
        "level": "PROV_PC",
        "reason": "Vì gần dân",
    }


def test_columns_are_known_by_what_stands_in_them():
    text = '1.000001\tTên dài\tgiữ nguyên\t\t"Hai\nlý do"\n1.000002\tTên\tBãi bỏ\tUBND tỉnh\tKhông cần'
    block = read_block(text, level_of)
    assert not block.headed
    assert [row.values.get("conclusion") for row in block.rows] == ["keep", "abolish"]
    assert block.rows[0].values["reason"] == "Hai\nlý do"
    assert block.rows[1].values["level"] == "PROV_PC"


def test_words_not_understood_are_named_with_a_remedy():
    block = read_block("Phân cấp\tỦy ban nào đó\tLý do\nGiữ nguyên\tUBND tỉnh\tLý do\nTừ chối\tUBND tỉnh\tx", level_of)
    assert "Không hiểu cấp nhận “Ủy ban nào đó”" in block.rows[0].problems[0]
    assert "Không hiểu kết luận “Từ chối”; dùng một trong: Phân cấp" in block.rows[2].problems[0]
    assert block.rows[1].problems == []


@pytest.mark.parametrize("text", ["", "\t\t\n", '"không đóng ngoặc\tx\n', "a" * 2000, "1.000001"])
def test_no_block_breaks_the_reading(text):
    read_block(text, level_of)


def fields_of(page):
    return {n: unescape(v) for n, v in re.findall(r'name="(seal|list|start|why)" value="([^"]*)"', page)} | {
        "seal": re.search(r'name="seal" value="([^"]+)"', page).group(1)
    }


@pytest.mark.parametrize("coded", [True, False])
def test_a_block_is_previewed_and_saved_as_one_change(cast, client, coded):
    reviews = [fresh(cast) for _ in range(12)]
    lines = []
    for place, review in enumerate(reviews):
        cells = ["Giữ nguyên", "", REASON] if place % 2 else ["Phân cấp", "UBND tỉnh", REASON]
        lines.append("\t".join([review.scope_item.code, *cells] if coded else cells))
    data = {"block": "\n".join(lines), "list": "eligible=1", "start": reviews[0].pk, "button": "preview"}
    page = client.post("/reviews/quick/paste/", data).content.decode()
    assert "12 phiếu sẽ thay đổi" in page
    assert ("Mã TTHC · " if coded else "") + "Kết luận · Cấp nhận · Lý do</strong>." in page
    assert not BulkChange.objects.exists()
    answer = client.post("/reviews/quick/paste/", data | fields_of(page) | {"button": "apply", "why": "Bảng của Vụ"})
    assert answer["Location"] == "/reviews/quick/?eligible=1"
    change = BulkChange.objects.get()
    assert (change.changed, change.title) == (12, "Dán từ Excel")
    assert all_of(cast).filter(conclusion="keep").count() == 6
    assert all_of(cast).filter(counted=True).count() == 6
    first = Review.objects.get(pk=reviews[0].pk)
    assert first.conclusion == "decentralize"


def test_nothing_pasted_shows_no_table(cast, client):
    answer = client.post("/reviews/quick/paste/", {"block": "", "list": "", "start": "", "button": "preview"})
    assert answer.status_code == 422
    assert "Hiểu các cột" not in answer.content.decode()


def test_unknown_and_doubled_codes_are_named_and_the_rest_is_offered(cast, client):
    review = fresh(cast)
    code = review.scope_item.code
    block = f"{code}\tGiữ nguyên\n{code}\tBãi bỏ\n9.999999\tGiữ nguyên"
    page = client.post("/reviews/quick/paste/", {"block": block, "button": "preview"}).content.decode()
    assert "1 phiếu sẽ thay đổi" in page
    assert f"Mã {code} đã có ở dòng trên" in page
    assert "không có phiếu của TTHC 9.999999" in page


def test_the_list_begins_with_what_can_be_filled_and_shows_the_excluded_only_when_asked(cast, client):
    shown, excluded = fresh(cast), fresh(cast)
    Review.objects.filter(pk=excluded.pk).update(eligible=False)
    page = client.get("/reviews/quick/").content.decode()
    assert 'data-count="1"' in page
    assert f'id="row-{shown.pk}"' in page
    assert f'id="row-{excluded.pk}"' not in page
    assert f'id="row-{excluded.pk}"' in client.get("/reviews/quick/?eligible=0").content.decode()
