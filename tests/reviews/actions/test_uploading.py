"""A filled workbook handed in: what is taken, kept, asked and refused, and that nothing typed is lost."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.actions import uploading
from reviews.actions.events import covered_fields
from reviews.actions.undoing import undo
from reviews.actions.upload_plans import Fate
from reviews.models import BulkChange, BulkKind, FormUpload, Review, ReviewEvent
from reviews.rules.chain import event_hash
from tests.factories import UserFactory
from tests.reviews.cast import REASON, make_cast
from tests.reviews.filled import Sheet, fates, plan_of, save, stored, write
from tests.reviews.many import many_reviews
from tests.reviews.province import make_province

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def everything():
    """All that writing could change."""
    return list(Review.objects.order_by("pk").values()), ReviewEvent.objects.count(), BulkChange.objects.count()


def test_handing_in_keeps_the_file_and_changes_no_form(cast):
    one, two = many_reviews(cast, 2)
    sheet = Sheet(cast, [one, two])
    sheet[one, "conclusion"], sheet[one, "reason"] = "keep", "  Giữ   nguyên. "
    before = everything()
    upload = sheet.hand_in(content=b"ruot tep", name="phieu.xlsx")
    assert everything() == before
    with upload.file.open() as file:
        assert file.read() == b"ruot tep"
    assert [row["cells"] for row in upload.report["rows"]] == [{"conclusion": "keep", "reason": "Giữ nguyên."}, {}]
    plan = plan_of(cast, upload)
    assert fates(plan, Fate.TAKE) == {(one.scope_item.code, "conclusion"), (one.scope_item.code, "reason")}
    assert (plan.number(Fate.KEEP), plan.number(Fate.ASK), len(plan.writes)) == (0, 0, 1)
    assert everything() == before


def test_what_only_the_file_changed_is_written_as_one_batch_with_one_event_a_form(cast):
    one, two, three = many_reviews(cast, 3)
    sheet = Sheet(cast, [one, two, three])
    sheet[one, "conclusion"], sheet[one, "reason"] = "decentralize", REASON
    sheet[one, "move.level"], sheet[one, "move.mode"] = "PROV_PC", "decentralize"
    sheet[one, "criterion.C5"], sheet[one, "criterion.C10"] = "yes", "no"
    sheet[one, "annual_dossiers"] = 1200
    sheet[two, "conditions"] = "Đủ người."
    upload = sheet.hand_in()
    change = write(cast, upload)
    assert (change.kind, change.changed, change.skipped) == (BulkKind.WORKBOOK, 2, 0)
    assert FormUpload.objects.get(pk=upload.pk).bulk_change == change
    events = ReviewEvent.objects.filter(bulk_id=change.pk).order_by("review")
    assert [(event.review_id, event.action, event.status_after) for event in events] == [
        (one.pk, "save", "draft"),
        (two.pk, "save", "draft"),
    ]
    filled = stored(one)
    assert (filled.version, filled.status, filled.conclusion, filled.reason) == (1, "draft", "decentralize", REASON)
    assert (filled.counted, filled.annual_dossiers, filled.edited_by) == (True, 1200, cast.own["official"])
    move = filled.transfers.get()
    assert (move.source_level_id, move.target_level_id) == ("MINISTER", "PROV_PC")
    # Worded as the form itself words it.
    assert "cho Ủy ban nhân dân cấp tỉnh" in filled.content
    answers = filled.criterion_answers.values_list("criterion", "answer")
    assert sorted(answers) == [("C10", "no"), ("C5", "yes")]
    assert [row.level_id for row in filled.current_authorities.all()] == ["MINISTER"]
    assert (stored(three).version, stored(three).status) == (0, "not_started")
    assert filled.head_hash == events[0].hash == event_hash(events[0].previous_hash, covered_fields(events[0]))


def test_a_file_never_finishes_or_sends_a_form(cast):
    review = cast.review("draft")
    sheet = Sheet(cast, [review])
    sheet[review, "conditions"] = "Đủ người."
    write(cast, sheet.hand_in())
    assert (stored(review).status, stored(review).finished_by) == ("draft", None)


def test_different_values_ask_and_the_side_that_lost_stays_in_the_history(cast):
    one, two = many_reviews(cast, 2)
    sheet = Sheet(cast, [one, two])
    sheet[one, "reason"], sheet[two, "reason"] = "Lý do một trong tệp.", "Lý do hai trong tệp."
    sheet[two, "criterion.C5"] = "yes"
    save(cast, one, reason="Lý do một trên cổng.")
    save(cast, two, reason="Lý do hai trên cổng.", criteria=[{"criterion": "C5", "answer": "no", "reason": ""}])
    upload = sheet.hand_in()
    plan = plan_of(cast, upload)
    asked = {f"{one.pk}:reason", f"{two.pk}:reason", f"{two.pk}:criterion.C5"}
    assert {f"{row.review.pk}:{cell.key}" for row, cell in plan.questions} == asked
    assert [(cell.base, cell.mine, cell.theirs) for row, cell in plan.questions if row.review == one] == [
        ("", "Lý do một trong tệp.", "Lý do một trên cổng.")
    ]
    before = everything()
    with pytest.raises(uploading.NotYet, match="Còn 3 ô"):
        write(cast, upload)
    choices = {f"{one.pk}:reason": "mine", f"{two.pk}:reason": "theirs", f"{two.pk}:criterion.C5": "theirs"}
    assert everything() == before
    change = write(cast, upload, choices)
    assert change.changed == 1
    assert (stored(one).reason, stored(two).reason) == ("Lý do một trong tệp.", "Lý do hai trên cổng.")
    assert stored(two).criterion_answers.get().answer == "no"
    kept = ReviewEvent.objects.get(review=two, action="conflict")
    assert kept.changes["reason"] == ["Lý do hai trên cổng.", "Lý do hai trong tệp."]
    assert kept.changes["criteria"][1] == [{"criterion": "C5", "answer": "yes", "reason": ""}]
    assert (kept.by, kept.bulk_id) == (cast.own["official"], None)
    lost = ReviewEvent.objects.get(review=one, bulk_id=change.pk).changes["reason"]
    assert lost == ["Lý do một trên cổng.", "Lý do một trong tệp."]


def test_the_same_file_handed_in_again_has_nothing_to_change_and_nothing_to_ask(cast):
    one, two = many_reviews(cast, 2)
    sheet = Sheet(cast, [one, two])
    sheet[one, "reason"], sheet[one, "conclusion"] = "Trong tệp.", "keep"
    sheet[two, "conditions"] = "Trong tệp."
    save(cast, one, reason="Trên cổng.")
    change = write(cast, sheet.hand_in(), {f"{one.pk}:reason": "theirs"})
    assert change.changed == 2
    plan = plan_of(cast, sheet.hand_in())
    assert (len(plan.writes), plan.number(Fate.TAKE), plan.number(Fate.ASK)) == (0, 0, 0)
    with pytest.raises(ValidationError, match="không có ô nào"):
        write(cast, sheet.hand_in())
    assert BulkChange.objects.count() == 1


def test_one_upload_is_written_once(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "reason"] = "Trong tệp."
    upload = sheet.hand_in()
    seal = plan_of(cast, upload).seal
    write(cast, upload, seal=seal)
    before = everything()
    with pytest.raises(ValidationError, match="không ghi lần thứ hai"):
        write(cast, upload, seal=seal)
    assert everything() == before


def test_what_moved_since_the_page_was_made_is_not_written_and_the_answers_are_kept(cast):
    one, two = many_reviews(cast, 2)
    sheet = Sheet(cast, [one, two])
    sheet[one, "reason"], sheet[two, "reason"] = "Một trong tệp.", "Hai trong tệp."
    save(cast, one, reason="Một trên cổng.")
    upload = sheet.hand_in()
    seal = plan_of(cast, upload).seal
    save(cast, two, reason="Hai trên cổng.")
    before = everything()
    with pytest.raises(uploading.NotYet, match="đã thay đổi từ lúc bạn xem trước"):
        write(cast, upload, {f"{one.pk}:reason": "mine"}, seal=seal)
    assert everything() == before
    upload.refresh_from_db()
    assert upload.choices == {f"{one.pk}:reason": "mine"}
    assert [row.review.pk for row, _ in plan_of(cast, upload).unanswered] == [two.pk]
    write(cast, upload, {f"{two.pk}:reason": "theirs"})
    assert (stored(one).reason, stored(two).reason) == ("Một trong tệp.", "Hai trên cổng.")


def test_an_edit_of_another_cell_meanwhile_is_no_reason_to_ask_again(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "reason"] = "Trong tệp."
    upload = sheet.hand_in()
    seal = plan_of(cast, upload).seal
    save(cast, review, conditions="Trên cổng.")
    write(cast, upload, seal=seal)
    assert (stored(review).reason, stored(review).conditions) == ("Trong tệp.", "Trên cổng.")


def test_a_file_of_another_body_or_of_no_round_is_refused_whole(cast):
    reviews = many_reviews(cast, 1)
    sheet = Sheet(cast, reviews)
    sheet.filled.organisation = cast.rival.pk
    with pytest.raises(ValidationError, match="cơ quan khác"):
        sheet.hand_in()
    sheet = Sheet(cast, reviews)
    sheet.filled.campaign += 1000
    with pytest.raises(ValidationError, match="không thuộc đợt rà soát nào"):
        sheet.hand_in()
    with pytest.raises(ValidationError, match="chỉ dành cho chuyên viên"):
        Sheet(cast, reviews).hand_in(by="leader")
    assert FormUpload.objects.count() == 0


def test_only_who_handed_it_in_or_a_focal_point_writes_it(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "reason"] = "Trong tệp."
    upload = sheet.hand_in()
    cast.own["colleague"] = UserFactory(organisation=cast.body, role="official")
    for by in ("colleague", "leader"):
        with pytest.raises(ValidationError, match="Chỉ người nhập tệp"):
            write(cast, upload, by=by)
    with pytest.raises(ValidationError, match="Chỉ người nhập tệp"):
        uploading.apply(by=cast.other["focal_point"], upload=upload, choices={}, seal="x")
    assert stored(review).version == 0
    write(cast, upload, by="focal_point")
    assert stored(review).edited_by == cast.own["focal_point"]


def test_the_batch_is_taken_back_where_nobody_has_changed_the_form_since(cast):
    one, two, three = many_reviews(cast, 3)
    sheet = Sheet(cast, [one, two, three])
    for review in (one, two, three):
        sheet[review, "reason"] = "Trong tệp."
    save(cast, one, reason="Trên cổng.")
    save(cast, three, reason="Trên cổng ba.")
    upload = sheet.hand_in()
    change = write(cast, upload, {f"{one.pk}:reason": "mine", f"{three.pk}:reason": "theirs"})
    done = undo(by=cast.own["official"], change=change)
    assert (done.changed, done.kept) == (2, [])
    assert (stored(one).reason, stored(one).status) == ("Trên cổng.", "draft")
    assert (stored(two).reason, stored(two).status, stored(two).version) == ("", "not_started", 0)
    assert stored(three).reason == "Trên cổng ba."
    # Taken back, the same file asks anew.
    again = plan_of(cast, sheet.hand_in())
    assert len(again.questions) == 2
    assert fates(again, Fate.TAKE) == {(two.scope_item.code, "reason")}


def test_a_short_form_takes_its_conclusion_from_the_stance(cast):
    province, (review, *_) = make_province(2, cast=cast)
    sheet = Sheet(province, [review])
    sheet[review, "stance"], sheet[review, "reason"] = "propose", "Tỉnh làm được."
    write(province, sheet.hand_in())
    assert (stored(review).stance, stored(review).conclusion) == ("propose", "decentralize")


def test_answering_the_rest_at_once_keeps_the_answers_given_and_writes_nothing(cast):
    reviews = many_reviews(cast, 3)
    sheet = Sheet(cast, reviews)
    for review in reviews:
        sheet[review, "reason"] = "Trong tệp."
        save(cast, review, reason="Trên cổng.")
    upload = sheet.hand_in()
    before = everything()
    name = f"{reviews[0].pk}:reason"
    choices = {name: "mine", "999999:reason": "mine", f"{reviews[1].pk}:reason": "x"}
    upload = uploading.choose(by=cast.own["official"], upload=upload, choices=choices, rest="theirs")
    assert everything() == before
    assert upload.choices == {name: "mine"} | {f"{review.pk}:reason": "theirs" for review in reviews[1:]}


def statements(cast, number):
    """Statements of preview and writing of a file of ``number`` forms of each kind of row."""
    reviews = many_reviews(cast, 4 * number, first=Review.objects.count())
    old = reviews[number:]
    for review in old:
        save(cast, review, conditions="Trước.")
    sheet = Sheet(cast, reviews)
    for review in reviews:
        sheet[review, "reason"], sheet[review, "criterion.C5"] = "Trong tệp.", "yes"
        sheet[review, "move.level"], sheet[review, "move.mode"] = "PROV_PC", "decentralize"
    asked = reviews[2 * number :]
    for review in asked:
        save(cast, review, reason="Trên cổng.")
    with CaptureQueriesContext(connection) as received:
        upload = sheet.hand_in(content=str(number).encode())
    with CaptureQueriesContext(connection) as weighed:
        seal = plan_of(cast, upload).seal
    choices = {f"{review.pk}:reason": "mine" if place % 2 else "theirs" for place, review in enumerate(asked)}
    with CaptureQueriesContext(connection) as written:
        change = uploading.apply(by=cast.own["official"], upload=upload, choices=choices, seal=seal)
    assert change.changed == 4 * number
    return len(received), len(weighed), len(written)


def test_twenty_rows_of_each_kind_cost_the_statements_of_one(cast):
    # The stored content type and the like are asked for once.
    statements(cast, 1)
    assert statements(cast, 1) == statements(cast, 20)
