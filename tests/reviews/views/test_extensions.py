"""Prolonged deadlines on the page, and what a form opened before the end and saved after it says."""

import datetime
import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.models import Extension, Review, ReviewEvent, Submission
from tests.reviews.cast import form_data, make_cast

pytestmark = pytest.mark.django_db

END = datetime.date(2021, 10, 31)
LAST, FIRST = "2021-10-31T23:59:59+07:00", "2021-11-01T00:00:00+07:00"


@pytest.fixture
def cast():
    return make_cast(deadline=END)


@pytest.fixture
def clock(monkeypatch):
    """A function that sets the time."""

    def at(moment):
        monkeypatch.setattr(timezone, "now", lambda: datetime.datetime.fromisoformat(moment))

    return at


def address(cast):
    return reverse("reviews:extensions", args=[cast.campaign.code])


def data(cast, **facts):
    return {"bodies": [cast.body.pk, cast.rival.pk], "until": "2099-01-31", "reason": "Bão lụt"} | facts


def test_the_department_prolongs_for_many_bodies_at_once(cast, login):
    client = login(cast.other["appraiser"])
    assert "G17 – Bộ Xây dựng (hạn 31/10/2021)" in client.get(address(cast)).content.decode()
    answer = client.post(address(cast), data(cast, document_number="12/VPCP-KSTT"), follow=True)
    assert "Đã gia hạn cho 2 cơ quan đến hết ngày 31/01/2099" in answer.content.decode()
    assert answer.context["page_obj"].paginator.count == 2
    page = client.get(reverse("reviews:campaign", args=[cast.campaign.code])).content.decode()
    assert page.count("31/01/2099") == 2


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"reason": ""}, "phải nêu lý do"),
        ({"until": "2021-10-30"}, "phải sau hạn hiện nay"),
        ({"until": "31/01/2202"}, "Năm 2202 không hợp lý; hãy kiểm tra lại"),
        ({"bodies": []}, "ít nhất một cơ quan"),
        ({"bodies": [999_999]}, "không tham gia"),
    ],
)
def test_something_wrong_is_said_and_nothing_typed_is_lost(cast, login, facts, sentence):
    answer = login(cast.other["appraiser"]).post(address(cast), data(cast, **facts))
    assert sentence in answer.content.decode()
    if "reason" not in facts:
        assert "Bão lụt" in answer.content.decode()
    assert not Extension.objects.exists()


@pytest.mark.parametrize("role", ["official", "focal_point", "leader", "administrator", "auditor"])
def test_nobody_else_prolongs(cast, login, role):
    person = cast.own[role] if role in ("official", "focal_point", "leader") else cast.other[role]
    assert login(person).post(address(cast), data(cast)).status_code == 403
    assert not Extension.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_a_body_reads_its_own_end_and_the_reason_at_home_and_on_the_round(cast, login):
    login(cast.other["appraiser"]).post(address(cast), data(cast, bodies=[cast.body.pk]))
    for role in ("official", "focal_point", "leader"):
        home = login(cast.own[role]).get(reverse("home")).content.decode()
        assert "31/01/2099" in home
        assert "Bão lụt" in home
    rival = login(cast.other["official"])
    assert "31/10/2021" in rival.get(reverse("home")).content.decode()
    assert rival.get(address(cast)).context["page_obj"].paginator.count == 0
    assert login(cast.own["official"]).get(address(cast)).context["page_obj"].paginator.count == 1
    assert (
        "31/01/2099"
        in login(cast.own["official"]).get(reverse("reviews:campaign", args=[cast.campaign.code])).content.decode()
    )


@pytest.mark.parametrize(
    ("page", "roles"),
    [
        ("home", ("official", "focal_point", "appraiser")),
        ("reviews:list", ("official", "leader", "appraiser")),
        ("reviews:dashboard", ("leader", "appraiser")),
        ("reviews:deputies", ("focal_point",)),
        ("review", ("official", "focal_point", "appraiser")),
        ("round", ("official", "appraiser")),
    ],
)
def test_the_head_of_every_page_names_the_end_of_the_readers_own_body(cast, login, page, roles):
    login(cast.other["appraiser"]).post(address(cast), data(cast, bodies=[cast.body.pk]))
    own, foreign = (cast.review(), cast.review("submitted"))
    for role in roles:
        oversees = role == "appraiser"
        person = (cast.other if oversees else cast.own)[role]
        here = {
            "review": lambda seen=foreign if oversees else own: reverse("reviews:detail", args=[seen.pk]),
            "round": lambda: reverse("reviews:campaign", args=[cast.campaign.code]),
        }.get(page, lambda: reverse(page))()
        answer = login(person).get(here, follow=True)
        assert answer.status_code == 200
        day = "31/10/2021" if oversees else "31/01/2099"
        assert f'class="campaign-deadline">Hạn gửi: hết ngày {day}<' in answer.content.decode(), (page, role)


def test_a_dashboard_kept_by_the_browser_is_told_of_the_new_end(cast, login):
    here = reverse("reviews:body_dashboard", args=[cast.body.code])
    client = login(cast.own["leader"])
    kept = client.get(here).headers["ETag"]
    assert client.get(here, headers={"if-none-match": kept}).status_code == 304
    login(cast.other["appraiser"]).post(address(cast), data(cast, bodies=[cast.body.pk]))
    answer = client.get(here, headers={"if-none-match": kept})
    assert "Hạn gửi: hết ngày 31/01/2099" in answer.content.decode()


def test_the_list_goes_out_as_csv_and_xlsx(cast, login):
    client = login(cast.other["appraiser"])
    client.post(address(cast), data(cast, reason="=1+1"))
    text = b"".join(client.get(address(cast), {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert "31/01/2099" in text
    assert "'=1+1" in text
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(address(cast), {"export": "xlsx"}).streaming_content)))
    rows = list(book.active.values)
    assert len(rows) == 3
    assert {row[0] for row in rows[1:]} == {"G17", "G09"}
    assert client.get(address(cast), {"export": "pdf"}).status_code == 404
    assert client.get(address(cast), {"organisation": "g17"}).context["page_obj"].paginator.count == 1


def test_a_form_opened_before_the_end_and_saved_a_second_after_keeps_its_draft_and_says_so(cast, login, clock):
    review = cast.review("not_started", assignee=cast.own["official"])
    client, url = login(cast.own["official"]), reverse("reviews:detail", args=[review.pk])
    clock(LAST)
    page = client.get(url).content.decode()
    assert 'id="late"' not in page
    clock(FIRST)
    answer = client.post(url, form_data(), follow=True)
    said = answer.content.decode()
    assert "Đã lưu nháp, nhưng đã quá hạn gửi của cơ quan (23:59:59 ngày 31/10/2021, giờ Hà Nội)" in said
    assert 'id="late"' in said
    review.refresh_from_db()
    assert (review.status, review.version, review.conclusion) == ("draft", 1, "decentralize")


def test_saved_in_the_last_second_it_says_nothing_of_the_end(cast, login, clock):
    review = cast.review("not_started", assignee=cast.own["official"])
    clock(LAST)
    answer = login(cast.own["official"]).post(reverse("reviews:detail", args=[review.pk]), form_data(), follow=True)
    assert "Đã lưu bản nháp." in answer.content.decode()
    assert "quá hạn" not in answer.content.decode()


@pytest.mark.parametrize(("moment", "sent"), [(LAST, True), (FIRST, False)])
def test_a_signature_forged_past_the_end_sends_nothing(cast, login, clock, moment, sent):
    review = cast.review("checked")
    clock(moment)
    answer = login(cast.own["leader"]).post(
        reverse("reviews:sending"), {"door": "signed", "review": review.pk, "signer_name": "Hùng"}
    )
    assert answer.status_code == (302 if sent else 422)
    review.refresh_from_db()
    assert review.status == ("submitted" if sent else "checked")
    assert Submission.objects.exists() is sent
    if not sent:
        assert "Đã quá hạn gửi" in answer.content.decode()
        assert not ReviewEvent.objects.exists()


@pytest.mark.parametrize("moment", [LAST, FIRST])
def test_wrong_roles_save_nothing_around_the_end(cast, login, clock, moment):
    review = cast.review("not_started", assignee=cast.own["official"])
    clock(moment)
    for person in (cast.own["leader"], cast.other["official"], cast.other["appraiser"], cast.other["auditor"]):
        status = login(person).post(reverse("reviews:detail", args=[review.pk]), form_data()).status_code
        assert status in (403, 404)
    assert Review.objects.get().version == 0
    assert not ReviewEvent.objects.exists()


def test_what_came_back_may_be_sent_again_after_the_end_and_the_page_says_which(cast, login, clock):
    back, never = cast.review("checked"), cast.review("checked")
    submission = Submission.objects.create(
        campaign=cast.campaign, organisation=cast.body, door="signed", signer_name="Hùng",
        sent_by=cast.own["leader"], digest="0" * 64,
    )  # fmt: skip
    submission.items.create(review=back, version=1, event_hash="0" * 64)
    clock(FIRST)
    leader, url = login(cast.own["leader"]), reverse("reviews:sending")
    page = leader.get(url)
    assert page.context["chosen"] == {back.pk}
    assert "Riêng 1 phiếu đã gửi đúng hạn" in page.content.decode()
    assert leader.post(url, {"door": "signed", "review": [back.pk, never.pk], "signer_name": "H"}).status_code == 422
    assert leader.post(url, {"door": "signed", "review": [back.pk], "signer_name": "Hùng"}).status_code == 302
    assert set(Review.objects.values_list("pk", "status")) == {(back.pk, "submitted"), (never.pk, "checked")}
