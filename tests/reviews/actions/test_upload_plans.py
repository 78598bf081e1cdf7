"""What becomes of each cell of a filled workbook: kept, asked or refused with why, whatever the file claims."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from reviews.actions import uploading
from reviews.actions.undoing import undo
from reviews.actions.upload_plans import Fate
from reviews.models import FormUpload, Review
from tests.factories import UserFactory
from tests.reviews.cast import make_cast
from tests.reviews.filled import Sheet, fates, plan_of, save, stored, write
from tests.reviews.many import many_reviews

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def test_what_only_the_portal_changed_stays(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "conclusion"] = "keep"
    save(cast, review, conditions="Trên cổng.", reason="Lý do trên cổng.")
    upload = sheet.hand_in()
    plan = plan_of(cast, upload)
    code = review.scope_item.code
    assert fates(plan, Fate.KEEP) == {(code, "conditions"), (code, "reason")}
    assert fates(plan, Fate.TAKE) == {(code, "conclusion")}
    write(cast, upload)
    now = stored(review)
    assert (now.conclusion, now.conditions, now.reason) == ("keep", "Trên cổng.", "Lý do trên cổng.")


def test_the_same_value_on_both_sides_is_nothing(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "conclusion"] = "keep"
    save(cast, review, conclusion="keep")
    plan = plan_of(cast, sheet.hand_in())
    assert [cell for row in plan.rows for cell in row.cells] == []


def test_a_form_no_longer_fillable_is_refused_with_why_and_its_cells_are_listed(cast):
    ready = cast.review("draft")
    taken, free, excluded = many_reviews(cast, 3)
    sheet = Sheet(cast, [ready, taken, free, excluded])
    for review in (ready, taken, free, excluded):
        sheet[review, "conditions"] = "Điền trong tệp."
    upload = sheet.hand_in()
    Review.objects.filter(pk=ready.pk).update(status="ready", finished_by=cast.own["focal_point"])
    Review.objects.filter(pk=taken.pk).update(assignee=UserFactory(organisation=cast.body, role="official"))
    Review.objects.filter(pk=excluded.pk).update(eligible=False)
    plan = plan_of(cast, upload)
    why = {row.review.pk: row.refusal for row in plan.refused}
    assert why.keys() == {ready.pk, taken.pk, excluded.pk}
    assert "Chờ kiểm tra" in why[ready.pk]
    assert "phân công cho người khác" in why[taken.pk]
    assert "loại trừ" in why[excluded.pk]
    change = write(cast, upload)
    assert (change.changed, change.skipped) == (1, 3)
    assert stored(free).conditions == "Điền trong tệp."
    assert stored(taken).conditions == stored(ready).conditions == ""
    upload.refresh_from_db()
    kept = {one["review"]: one["cells"] for one in upload.report["outcome"]["refused"]}
    assert kept == {pk: {"conditions": ["Điền trong tệp.", ""]} for pk in why}
    # The focal point may fill what is assigned to somebody else.
    assert {row.review.pk for row in plan_of(cast, sheet.hand_in(by="focal_point"), by="focal_point").writes} == {
        taken.pk
    }


def test_in_a_closed_round_every_row_is_refused(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "reason"] = "Trong tệp."
    upload = sheet.hand_in()
    cast.campaign.state, cast.campaign.closed_at = "closed", timezone.now()
    cast.campaign.closed_by = cast.other["department_head"]
    cast.campaign.save()
    upload = FormUpload.objects.get(pk=upload.pk)
    (row,) = plan_of(cast, upload).refused
    assert "đã đóng" in row.refusal
    with pytest.raises(ValidationError, match="không có ô nào"):
        write(cast, upload)
    assert stored(review).version == 0


def test_rows_of_no_form_of_the_body_are_refused_without_a_word_of_whose_they_are(cast):
    own, foreign = many_reviews(cast, 2)
    sheet = Sheet(cast, [own, foreign])
    sheet[foreign, "reason"] = "Trong tệp."
    Review.objects.filter(pk=foreign.pk).update(organisation=cast.rival)
    upload = sheet.hand_in()
    (row,) = plan_of(cast, upload).refused
    assert "Không tìm thấy phiếu" in row.refusal
    assert cast.rival.name not in row.refusal
    assert [cell.mine for cell in row.cells if cell.key == "reason"] == ["Trong tệp."]
    with pytest.raises(ValidationError, match="không có ô nào"):
        write(cast, upload)
    assert stored(foreign).reason == ""


def test_swapped_and_doubled_rows_are_refused(cast):
    one, two, three = many_reviews(cast, 3)
    sheet = Sheet(cast, [one, two, three])
    sheet[one, "reason"] = sheet[two, "reason"] = sheet[three, "reason"] = "Trong tệp."
    sheet[one].code = two.scope_item.code
    sheet.filled.rows.append(sheet[three])
    plan = plan_of(cast, sheet.hand_in())
    assert [row.review.pk for row in plan.writes] == [two.pk]
    assert [row.refusal.partition(":")[0].partition(" nên")[0] for row in plan.refused] == [
        f"Mã TTHC của dòng không khớp với phiếu ({one.scope_item.code})",
        "Phiếu này có ở nhiều dòng của tệp",
        "Phiếu này có ở nhiều dòng của tệp",
    ]


def test_a_value_that_cannot_be_saved_is_refused_and_the_others_of_its_row_are_taken(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "move.level"], sheet[review, "move.mode"] = "PRIME_MINISTER", "decentralize"
    sheet[review, "receiving_body"] = "x" * 600
    sheet[review, "criterion.C5.reason"] = "Lý do mà chưa trả lời."
    sheet[review, "reason"] = "Lý do đúng."
    upload = sheet.hand_in()
    plan = plan_of(cast, upload)
    code = review.scope_item.code
    assert fates(plan, Fate.WRONG) == {
        (code, "move.level"),
        (code, "move.mode"),
        (code, "receiving_body"),
        (code, "criterion.C5.reason"),
    }
    why = {cell.key: cell.why for cell in plan.rows[0].cells}
    assert "500" in why["receiving_body"]
    assert all(why[key] for _, key in fates(plan, Fate.WRONG))
    write(cast, upload)
    now = stored(review)
    assert (now.reason, now.receiving_body, now.transfers.count()) == ("Lý do đúng.", "", 0)
    upload.refresh_from_db()
    (kept,) = upload.report["outcome"]["refused"]
    assert kept["cells"]["receiving_body"][0] == "x" * 600


def test_a_move_made_several_on_the_portal_is_not_overwritten(cast):
    (review,) = many_reviews(cast, 1)
    save(cast, review, conclusion="decentralize")
    sheet = Sheet(cast, [review])
    sheet[review, "move.level"] = "PROV_DEPT"
    row = {"source_level": "MINISTER", "target_body": "", "mode": "decentralize", "is_partial": False, "condition": ""}
    save(cast, review, transfers=[row | {"target_level": level} for level in ("PROV_PC", "DISTRICT_PC")])
    upload = sheet.hand_in()
    (cell,) = [cell for row in plan_of(cast, upload).rows for cell in row.of(Fate.WRONG)]
    assert (cell.key, cell.mine) == ("move.level", "PROV_DEPT")
    assert "nhiều dòng chuyển" in cell.why
    with pytest.raises(ValidationError, match="không có ô nào"):
        write(cast, upload)
    assert stored(review).transfers.count() == 2


def test_an_answer_that_contradicts_what_is_stored_is_asked_again(cast):
    (review,) = many_reviews(cast, 1)
    sheet = Sheet(cast, [review])
    sheet[review, "annual_dossiers"], sheet[review, "reason"] = 12, "Trong tệp."
    save(cast, review, annual_dossiers=15)
    upload = sheet.hand_in()
    save(cast, review, annual_dossiers=None, annual_dossiers_unknown=True)
    name = f"{review.pk}:annual_dossiers"
    plan = plan_of(cast, upload)
    # Blank again on the portal: only the file says a number, which its "no figures" contradicts.
    assert fates(plan, Fate.WRONG) == {(review.scope_item.code, "annual_dossiers")}
    save(cast, review, annual_dossiers=15, annual_dossiers_unknown=True)
    assert [cell.key for _, cell in plan_of(cast, upload).questions] == ["annual_dossiers"]
    with pytest.raises(uploading.NotYet, match="chọn lại"):
        write(cast, upload, {name: "mine"})
    assert stored(review).reason == ""
    write(cast, upload, {name: "theirs"})
    assert (stored(review).reason, stored(review).annual_dossiers) == ("Trong tệp.", 15)


def test_a_base_that_nobody_knows_asks_about_every_difference(cast):
    review = cast.review("draft")
    sheet = Sheet(cast, [review])
    sheet[review].version = 7
    sheet[review, "conditions"] = "Trong tệp."
    plan = plan_of(cast, sheet.hand_in())
    assert [(cell.key, cell.base) for _, cell in plan.questions] == [("conditions", None)]


def test_an_older_version_is_the_one_the_file_was_made_of_though_it_was_undone_since(cast):
    (review,) = many_reviews(cast, 1)
    first = Sheet(cast, [review])
    first[review, "reason"] = "Lần một."
    change = write(cast, first.hand_in())
    sheet = Sheet(cast, [review])
    sheet[review, "conditions"] = "Trong tệp."
    undo(by=cast.own["official"], change=change)
    save(cast, review, reason="Lần hai, viết sau khi hoàn tác.")
    assert stored(review).version == 2
    plan = plan_of(cast, sheet.hand_in())
    # What the file holds untouched is no change of the file.
    assert fates(plan, Fate.TAKE) == {(review.scope_item.code, "conditions")}
    assert fates(plan, Fate.KEEP) == {(review.scope_item.code, "reason")}


@pytest.mark.parametrize("moment", [datetime.timedelta(0), datetime.timedelta(days=400)])
def test_a_hand_made_moment_of_the_file_breaks_nothing(cast, moment):
    (review,) = many_reviews(cast, 1)
    save(cast, review, reason="Một.")
    sheet = Sheet(cast, [review])
    sheet.filled.made_at = timezone.now() - moment
    sheet[review, "reason"] = "Trong tệp."
    assert fates(plan_of(cast, sheet.hand_in()), Fate.TAKE) == {(review.scope_item.code, "reason")}
