"""A ministry's focal point from the pack to the target: 706 procedures, 107 of them excluded, so a base of 599."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from procedures.models import DecidingAuthority, Procedure
from reviews.actions import bulk, filling
from reviews.actions.campaigns import open_campaign
from reviews.models import Review, Submission
from reviews.rules.bulk import Move, Wish
from tests import factories
from tests.e2e.steps import (
    MINISTER,
    PROVINCE,
    REASON,
    accept,
    check,
    expect_status,
    fill,
    finish,
    open_review,
    reason_of,
    save,
    send,
)
from tests.office import sheet_of
from tests.reviews.cast import CONTENT

TOTAL, EXCLUDED, COUNTED, KEPT = 706, 107, 119, 4
PDF_PAGE = re.compile(rb"/Type\s*/Page\b")
SIGNER = {"Người ký": "Nguyễn Khánh Ngọc", "Thẩm quyền ký": "KT. BỘ TRƯỞNG"}
RECORD = "Ghi nhận và gửi các phiếu đã chọn"
LATER = "Lý do viết lại sau khi Cục trả lại: bổ sung số liệu về biên chế của Sở Tư pháp các tỉnh."
STALE = "Gõ vào thẻ còn mở từ trước khi phiếu được ký gửi."


@pytest.fixture
def ministry(people):
    """The open round of a ministry of 706: a pack of 124 forms checked, 119 of them counted, each kind of exception."""
    body = people["official"].body
    made = Procedure.objects.bulk_create(
        Procedure(code=f"1.{number:06d}", name=f"Thủ tục cấp giấy phép số {number}", publisher=body)
        for number in range(1, TOTAL + 1)
    )
    DecidingAuthority.objects.bulk_create(
        DecidingAuthority(
            procedure=one,
            level_id="COMMUNE_PC_CHAIR" if place < EXCLUDED else MINISTER,
            body="Chủ tịch Ủy ban nhân dân cấp xã" if place < EXCLUDED else "Bộ trưởng Bộ Tư pháp",
            legal_ground="khoản 1 Điều 7",
            source="import",
        )
        for place, one in enumerate(made)
    )
    campaign = factories.CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    factories.ParticipationFactory(campaign=campaign, organisation=body)
    open_campaign(by=people["appraiser"], campaign=campaign)
    campaign.refresh_from_db()
    eligible = list(Review.objects.filter(organisation=body, eligible=True).order_by("scope_item__code"))
    assert len(eligible) == TOTAL - EXCLUDED
    wishes = {}
    for place, one in enumerate(eligible[: COUNTED + KEPT]):
        wishes[one.pk] = handed_down(place) if place < COUNTED else Wish({"conclusion": "keep", "reason": REASON})
    # One more goes to a body outside the ladder: it counts only once the department has classed it.
    outside = eligible[COUNTED + KEPT]
    move = CONTENT["transfers"][0] | {"target_level": "SOCIO_POLITICAL"}
    content = CONTENT | {"transfers": [move], "annual_dossiers": 40, "annual_dossiers_year": 2020}
    filling.save_review(
        by=people["official"], review_id=outside.pk, base_version=0, data=content | {"annual_dossiers_unknown": False}
    )
    facts = {"by": people["official"], "campaign": campaign, "reviews": Review.objects.filter(pk__in=wishes)}
    plan = bulk.weigh(wish=wishes, **facts)
    bulk.apply(wish=wishes, seal=plan.seal, reason="Rà soát theo nhóm.", finish=True, **facts)
    filling.finish(by=people["official"], reviews=[outside])
    filling.check(by=people["focal_point"], reviews=Review.objects.filter(organisation=body, status="ready"))
    return eligible


def handed_down(place: int) -> Wish:
    """A form handed down to the province; the first three with an answer against it, the next two without dossiers."""
    answers = {row["criterion"]: (row["answer"], row["reason"]) for row in CONTENT["criteria"]}
    if place < 3:
        answers["C8"] = ("yes", "Bộ ban hành quy trình thống nhất và kiểm tra hằng năm.")
    unknown = 3 <= place < 5
    values = {
        "conclusion": "decentralize",
        "reason": REASON,
        "amendments": CONTENT["amendments"],
        "annual_dossiers_unknown": unknown,
    }
    if not unknown:
        values |= {"annual_dossiers": 100 + place, "annual_dossiers_year": 2020, "annual_dossiers_source": "Báo cáo"}
    return Wish(values, Move(PROVINCE), answers)


@pytest.fixture
def scan(tmp_path):
    """The scan of a signed letter."""
    file = tmp_path / "cong-van.pdf"
    file.write_bytes(b"%PDF-1.4\n%%EOF")
    return file


def letter(number: str) -> dict:
    """A letter signed today."""
    return {"Số công văn": number, "Ngày công văn": f"{timezone.localdate():%d/%m/%Y}", **SIGNER}


def share_of(person) -> str:
    """What the body's own page of progress says beside its bar."""
    page = person.goto("/dashboard/G15/")
    return " ".join(page.locator(".tile-wide").first.inner_text().split())


def warnings(page) -> dict[str, str]:
    """The exceptions on the page of the pack: {kind: how many forms}."""
    found = page.locator("[data-warning]").all()
    return {one.get_attribute("data-warning"): one.locator("strong").first.inner_text() for one in found}


def look_through_the_pack(focal):
    """The pack before it goes: its figures, its exceptions and the forms that want a look; no fault of the page."""
    page = focal.goto("/reviews/sending/")
    expect(page.locator("#result-count")).to_have_attribute("data-count", "124")
    after = page.locator(".tile", has_text="Nếu gửi tất cả phiếu chờ ký")
    for said in ("19,86%", "119 / 599", "Chưa đạt, cần thêm 1 TTHC phân cấp"):
        expect(after).to_contain_text(said)
    assert warnings(page) == {"ruling": "1", "against": "3", "dossiers": "2"}
    against = page.locator("[data-warning=against]")
    against.locator("summary").click()
    expect(against.locator("li")).to_have_count(3)
    expect(against.locator("li").first).to_contain_text("C8")
    assert focal.axe() == []


def take_the_pack_on_paper(page):
    """From the page of the pack: the list for the signer as it prints, and as a workbook."""
    page.get_by_role("link", name="Bản in trình ký").click()
    paper = page.locator(".paper")
    expect(paper).to_contain_text("Tổng số 124 phiếu, trong đó 119 phiếu được tính là phân cấp")
    expect(paper).to_contain_text("19,86% (119/599), cần thêm 1 TTHC phân cấp")
    expect(paper.locator("tbody tr:not(.paper-group)")).to_have_count(124)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Chức năng chính")).to_be_hidden()
    assert 3 <= len(PDF_PAGE.findall(page.pdf(prefer_css_page_size=True))) <= 12
    page.emulate_media(media="screen")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải Excel").click()
    rows = list(sheet_of(download.value.path()).iter_rows(values_only=True))
    assert len([row for row in rows if isinstance(row[0], int)]) == 124


def test_a_ministry_of_706_sends_its_pack_and_one_more_meets_the_target(visitor, people, ministry, scan):
    focal = visitor(people["focal_point"])
    page = focal.goto("/dashboard/G15/")
    for figure, number in (("total", TOTAL), ("excluded", EXCLUDED), ("eligible", TOTAL - EXCLUDED)):
        expect(page.locator(f"[data-figure={figure}]").first).to_have_text(str(number))
    look_through_the_pack(focal)
    take_the_pack_on_paper(focal.page)

    # The signed letter is recorded: 119 of 599 is one short.
    send(focal, letter("3456/BTP-VP"), RECORD, scan)
    expect(focal.page.locator("#result-count")).to_have_attribute("data-count", "124")
    first = Submission.objects.get()
    assert (first.letter_number, first.items.count(), first.door) == ("3456/BTP-VP", 124, "recorded")
    said = share_of(focal)
    assert "19,86%" in said
    assert "119 / 599" in said
    assert "Chưa đạt, cần thêm 1 TTHC phân cấp" in said

    # One more, filled, checked and sent, meets it. A tab of its form is still open from before.
    last, official = ministry[-1], visitor(people["official"])
    stale = official.context.new_page()
    stale.goto(f"/reviews/{last.pk}/")
    fill(official, last)
    check(focal, last)
    send(focal, letter("3460/BTP-VP"), RECORD, scan)
    said = share_of(focal)
    assert "20,03%" in said
    assert "120 / 599" in said
    assert "Đạt mục tiêu 20%" in said
    assert "cần thêm" not in said

    # What is signed stands: no form for anybody, and what the old tab sends is refused, its text not lost.
    page = open_review(official, last)
    expect(page.locator("#review-form")).to_have_count(0)
    reason_of(stale).fill(STALE)
    expect(stale.locator("[data-autosave-state]")).to_contain_text("Đã gửi")
    save(stale)
    expect(stale.locator(".error-summary")).to_contain_text("Đã gửi")
    expect(reason_of(stale)).to_have_value(STALE)
    assert Review.objects.get(pk=last.pk).reason == REASON
    stale.close()


def test_a_signed_form_changes_only_once_the_department_has_given_it_back(visitor, people, ministry, scan):
    focal, official, appraiser = (visitor(people[role]) for role in ("focal_point", "official", "appraiser"))
    last = ministry[-1]
    fill(official, last)
    check(focal, last)
    send(focal, letter("3456/BTP-VP"), RECORD, scan)
    signed = focal.page.url.removeprefix(focal.server)
    expect(focal.page.get_by_text("Nội dung khác bản đã ký")).to_have_count(0)
    assert "120 / 599" in share_of(focal)

    # Agreed, reopened by the head with a reason, returned with a point: until then nobody can change it.
    accept(appraiser, last)
    page = open_review(visitor(people["department_head"]), last)
    page.get_by_text("Mở lại phiếu đã thống nhất…").click()
    page.get_by_label("Lý do mở lại").fill("Bộ đề nghị bổ sung số liệu.")
    page.get_by_role("button", name="Mở lại phiếu").click()
    expect_status(page, "Đã gửi")
    expect(open_review(official, last).locator("#review-form")).to_have_count(0)
    page = open_review(appraiser, last)
    page.get_by_text("Trả lại, yêu cầu hoàn thiện…").click()
    page.get_by_label("Các điểm cần hoàn thiện").fill("Bổ sung số liệu về biên chế.")
    page.get_by_role("button", name="Trả lại phiếu").click()
    expect_status(page, "Trả lại, yêu cầu hoàn thiện")
    said = share_of(focal)
    assert "119 / 599" in said
    assert "cần thêm 1 TTHC phân cấp" in said
    assert "Đang trả lại 1 TTHC phân cấp; nếu gửi lại hết: 20,03%" in said

    # Now it is changed, and the pack that was signed says so, both texts side by side.
    page = open_review(official, last)
    reason_of(page).fill(LATER)
    page.get_by_label("Trả lời điểm 1").fill("Đã bổ sung.")
    finish(page)
    page = focal.goto(signed)
    expect(page.get_by_role("heading", name="Nội dung khác bản đã ký: 1 phiếu")).to_be_visible()
    expect(page.locator("[data-differs]")).to_have_text("1")
    expect(page.locator(".diff-list del")).to_have_text(REASON)
    expect(page.locator(".diff-list ins")).to_have_text(LATER)
    expect(page.locator("tr", has_text=last.scope_item.code)).to_contain_text("Nội dung khác bản đã ký")
    assert focal.axe() == []

    # Sent again under a new letter it counts again; the first pack keeps what was signed then.
    check(focal, last)
    send(focal, letter("3470/BTP-VP"), RECORD, scan)
    expect(focal.page.get_by_text("Nội dung khác bản đã ký")).to_have_count(0)
    said = share_of(focal)
    assert "120 / 599" in said
    assert "Đạt mục tiêu 20%" in said
    expect(focal.goto(signed).locator(".pack-warning")).to_contain_text("đã ký lại ngày")
