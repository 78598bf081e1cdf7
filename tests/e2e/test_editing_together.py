"""Two people in one form at once: nothing that either typed is lost."""

from playwright.sync_api import expect

from reviews.models import Review, ReviewEvent
from tests.e2e.steps import open_review, reason_of, save

MINE = "Nội dung của chuyên viên: địa phương đã đủ điều kiện tiếp nhận thẩm quyền này."
THEIRS = "Nội dung của đầu mối: Sở Tư pháp đã thực hiện phần lớn các bước của thủ tục."


def test_different_fields_are_merged_and_the_same_field_is_asked_about(visitor, people, review):
    official, focal = visitor(people["official"]), visitor(people["focal_point"])
    mine, theirs = open_review(official, review), open_review(focal, review)

    # Both opened the same version; they change different fields: both changes stand.
    theirs.get_by_label("Điều kiện bảo đảm thực hiện").fill("Bố trí đủ biên chế.")
    save(theirs)
    expect(theirs.locator("#messages")).to_contain_text("lưu")
    mine.get_by_role("radio", name="Giữ nguyên", exact=True).check()
    save(mine)
    expect(mine.locator("#messages")).to_contain_text("lưu")
    stored = Review.objects.get(pk=review.pk)
    assert (stored.conclusion, stored.conditions) == ("keep", "Bố trí đủ biên chế.")

    # Now the same field.
    mine, theirs = open_review(official, review), open_review(focal, review)
    reason_of(theirs).fill(THEIRS)
    save(theirs)
    expect(theirs.locator("#messages")).to_contain_text("lưu")
    reason_of(mine).fill(MINE)
    save(mine)
    conflict = mine.locator(".conflict")
    expect(conflict).to_contain_text(MINE)
    expect(conflict).to_contain_text(THEIRS)
    assert Review.objects.get(pk=review.pk).reason == THEIRS
    conflict.get_by_role("radio", name="Dùng nội dung của tôi").check()
    save(mine)
    expect(mine.locator("#messages")).to_contain_text("lưu")
    assert Review.objects.get(pk=review.pk).reason == MINE

    # What lost stands in the history, word for word.
    told = str(list(ReviewEvent.objects.filter(review=review).values_list("changes", "content")))
    assert THEIRS in told
    assert MINE in told
