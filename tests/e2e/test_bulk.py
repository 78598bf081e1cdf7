"""Many forms in few clicks: sixty kept with one reason, two edited since, the rest taken back."""

import re

import pytest
from playwright.sync_api import expect

from reviews.actions.filling import save_review
from reviews.models import BulkChange, Review
from tests import factories
from tests.e2e.conftest import PHONE
from tests.reviews.cast import Cast
from tests.reviews.many import many_reviews

REASON = "Thủ tục thực hiện thống nhất toàn quốc, cần giữ cấp quyết định hiện nay."


class Clicks:
    """A page whose clicks are counted."""

    def __init__(self):
        self.number = 0

    def __call__(self, target):
        self.number += 1
        target.click()


@pytest.fixture
def rows(people):
    """Sixty-five forms of Bộ Tư pháp in an open round, five of them already finished."""
    body = people["official"].body
    campaign = factories.CampaignFactory(code="2021")
    factories.ParticipationFactory(campaign=campaign, organisation=body)
    made = many_reviews(Cast(campaign, body, None, None), 65)
    done = {"status": "ready", "version": 1, "conclusion": "keep", "finished_by": people["focal_point"]}
    Review.objects.filter(pk__in=[one.pk for one in made[60:]]).update(**done)
    return made


def test_sixty_rows_are_kept_with_one_reason_in_few_clicks_and_taken_back(visitor, people, rows):
    person, click = visitor(people["official"]), Clicks()
    page = person.goto("/reviews/quick/?status=not_started")
    expect(page.locator("#result-count")).to_have_attribute("data-count", "60")
    click(page.get_by_role("link", name="Điền hàng loạt cả 60 phiếu"))
    click(page.get_by_role("radio", name="Giữ nguyên", exact=True))
    reason = page.locator("[data-part=reason] textarea")
    click(reason)
    page.keyboard.insert_text(REASON)
    expect(page.locator("#part-reason")).to_be_checked()
    assert person.axe() == []
    click(page.get_by_role("button", name="Xem trước"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("60 phiếu sẽ thay đổi")
    assert person.axe() == []
    click(page.get_by_label("Lý do của lần điền này"))
    page.keyboard.insert_text("Cùng nhóm.")
    click(page.get_by_role("button", name="Áp dụng cho 60 phiếu"))
    page.wait_for_url(re.compile(r"/bulk-changes/[0-9a-f-]{36}/$"))
    assert click.number <= 8
    change = BulkChange.objects.get()
    assert (change.changed, Review.objects.filter(status="draft", conclusion="keep").count()) == (60, 60)
    for review in rows[:2]:
        data = {"conditions": "Sửa riêng."}
        save_review(by=people["focal_point"], review_id=review.pk, base_version=1, data=data)
    assert person.axe() == []
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("dialog").get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("#messages")).to_contain_text("Đã hoàn tác 58 phiếu")
    kept = page.get_by_label("Các phiếu giữ nguyên khi hoàn tác")
    for review in rows[:2]:
        expect(kept).to_contain_text(review.scope_item.code)
    expect(kept).to_contain_text("Phạm Văn Đức")
    assert Review.objects.filter(status="not_started", version=0, conclusion="").count() == 58
    page.set_viewport_size(PHONE)
    assert person.overflows() == 0
