"""Until when a body may send, and who prolongs it."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from reviews.actions.appraisal import return_to_body
from reviews.actions.deadlines import extend, extension_of, last_day, last_days, late_for, lateness, today
from reviews.actions.filling import check, finish, save_review
from reviews.actions.sending import send_signed
from reviews.models import Extension, Notice, Review, ReviewEvent
from tests.factories import ProvinceFactory, UserFactory
from tests.reviews.cast import CONTENT, make_cast
from tthc_portal.accounts.models import Role

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


def prolong(cast, **facts):
    return extend(
        **{
            "by": cast.other["department_head"],
            "campaign": cast.campaign,
            "bodies": [cast.body],
            "until": datetime.date(2021, 11, 15),
            "reason": "Bão lụt",
        }
        | facts
    )


def test_the_last_second_belongs_to_the_day_to_its_last_fraction(cast, clock):
    for moment, late in ((LAST, False), ("2021-10-31T23:59:59.999+07:00", False), (FIRST, True)):
        clock(moment)
        assert bool(lateness(cast.campaign, cast.body)) is late


def test_many_bodies_get_more_time_at_once_and_the_round_keeps_one_event(cast, clock):
    clock(LAST)
    prolong(cast, bodies=[cast.body, cast.rival], document_number="12/VPCP-KSTT")
    assert last_days(cast.campaign) == dict.fromkeys([cast.body.pk, cast.rival.pk], datetime.date(2021, 11, 15))
    event = ReviewEvent.objects.get(review=None)
    assert (event.action, event.reason) == ("extend_deadline", "Bão lụt")
    assert event.changes == {"G17": ["2021-10-31", "2021-11-15"], "G09": ["2021-10-31", "2021-11-15"]}
    assert event.content["document_number"] == "12/VPCP-KSTT"
    prolong(cast, until=datetime.date(2021, 11, 20))
    newest = ReviewEvent.objects.filter(review=None).order_by("-sequence").first()
    assert newest.changes == {"G17": ["2021-11-15", "2021-11-20"]}
    assert extension_of(cast.campaign, cast.body).until == datetime.date(2021, 11, 20)
    assert extension_of(cast.campaign, cast.rival).document_number == "12/VPCP-KSTT"
    told = Notice.objects.values_list("user__username", flat=True)
    assert set(told) == {"own-focal_point", "own-leader", "other-focal_point", "other-leader"}


def test_the_longest_end_counts_and_a_later_end_of_the_round_overtakes_it(cast, clock):
    clock(LAST)
    prolong(cast)
    cast.campaign.deadline = datetime.date(2021, 12, 1)
    cast.campaign.save()
    assert last_day(cast.campaign, cast.body) == datetime.date(2021, 12, 1)
    assert extension_of(cast.campaign, cast.body) is None


@pytest.mark.parametrize(
    ("facts", "field", "sentence"),
    [
        ({"reason": " "}, "reason", "phải nêu lý do"),
        ({"until": END}, "until", "phải sau hạn hiện nay"),
        ({"until": datetime.date(2021, 10, 1)}, "until", "đã qua"),
        ({"until": None}, "until", "Hãy chọn ngày"),
        # An extension is never shortened: a slip of the year would free the body of any end.
        ({"until": datetime.date(2201, 11, 30)}, "until", r"Năm 2201 không hợp lý; hãy kiểm tra lại"),
        ({"bodies": []}, "bodies", "ít nhất một cơ quan"),
        ({"document_number": "x" * 101}, "document_number", "tối đa 100"),
    ],
)
def test_a_wrong_extension_is_refused_for_all(cast, clock, facts, field, sentence):
    clock(LAST)
    with pytest.raises(ValidationError, match=sentence) as refusal:
        prolong(cast, **facts)
    assert field in refusal.value.message_dict
    assert not Extension.objects.exists()
    assert not ReviewEvent.objects.exists()


def test_one_body_that_is_not_asked_or_has_longer_already_keeps_all_from_it(cast, clock):
    clock(LAST)
    with pytest.raises(ValidationError, match="không tham gia"):
        prolong(cast, bodies=[cast.body, ProvinceFactory()])
    prolong(cast, until=datetime.date(2021, 12, 1))
    with pytest.raises(ValidationError, match=r"G17 \(hết ngày 01/12/2021\)"):
        prolong(cast, bodies=[cast.rival, cast.body])
    assert last_day(cast.campaign, cast.rival) == END


def test_only_the_department_grants_and_only_in_an_open_round(cast, clock):
    clock(LAST)
    for role in set(Role.values) - {"appraiser", "department_head"}:
        with pytest.raises(ValidationError, match="Chỉ cơ quan chủ trì"):
            prolong(cast, by=cast.own[role])
    cast.campaign.state, cast.campaign.closed_at = "closed", timezone.now()
    cast.campaign.save()
    with pytest.raises(ValidationError, match="đang mở"):
        prolong(cast)
    assert not Extension.objects.exists()


def test_after_the_end_saving_finishing_and_checking_go_on_and_sending_does_not(cast, clock):
    review = cast.review("not_started", assignee=cast.own["official"])
    Review.objects.update(decider_unknown=False)
    clock(FIRST)
    assert save_review(by=cast.own["official"], review_id=review.pk, base_version=0, data=CONTENT).changed
    finish(by=cast.own["official"], reviews=[review])
    check(by=cast.own["focal_point"], reviews=[review])
    with pytest.raises(ValidationError, match="Đã quá hạn gửi") as refusal:
        send_signed(by=cast.own["leader"], reviews=[review], signer_name="Hùng")
    assert "23:59:59 ngày 31/10/2021" in refusal.value.messages[0]
    clock(LAST)
    send_signed(by=cast.own["leader"], reviews=[review], signer_name="Hùng")


def test_what_the_department_returned_was_sent_in_time_and_goes_again_after_the_end(cast, clock):
    returned, never = cast.review("checked"), cast.review("checked")
    clock(LAST)
    send_signed(by=cast.own["leader"], reviews=[returned], signer_name="Hùng")
    clock(FIRST)
    return_to_body(by=cast.other["appraiser"], reviews=[returned], points=["Nêu rõ khoản."])
    finish(by=cast.own["official"], reviews=[returned])
    check(by=cast.own["focal_point"], reviews=[returned])
    for review in (returned, never):
        review.refresh_from_db()
    assert (late_for(returned), bool(late_for(never))) == ("", True)
    with pytest.raises(ValidationError, match="Đã quá hạn gửi"):
        send_signed(by=cast.own["leader"], reviews=[returned, never], signer_name="Hùng")
    send_signed(by=cast.own["leader"], reviews=[returned], signer_name="Hùng")
    returned.refresh_from_db()
    assert returned.status == "submitted"


def test_today_is_the_day_in_hanoi(clock):
    clock("2021-10-31T16:59:59+00:00")
    assert today() == END
    clock("2021-10-31T17:00:00+00:00")
    assert today() == datetime.date(2021, 11, 1)


def test_people_of_units_are_told_too(cast, clock):
    clock(LAST)
    unit = ProvinceFactory(kind="unit", parent=cast.body, code="G17.1")
    person = UserFactory(organisation=unit, role="leader")
    prolong(cast)
    assert Notice.objects.filter(user=person).count() == 1
