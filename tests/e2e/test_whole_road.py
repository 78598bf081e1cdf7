"""The whole road on a genuine export: import, deciders, round, form, check, both doors of sending, appraisal."""

import datetime
import io
import json

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from procedures.models import Procedure
from reviews.models import Review, Status
from tests.e2e.steps import MINISTER, accept, check, expect_status, fill, fill_day, open_review, send, sign
from tests.factories import PASSWORD

pytestmark = pytest.mark.samples
EXPORT = "exports/danh-sach-tthc-BoTuPhap.xlsx"
COMMUNE = "COMMUNE_PC_CHAIR"
TIERS = {
    "proposed": {Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED},
    "accepted": {Status.ACCEPTED, Status.APPROVED},
    "approved": {Status.APPROVED},
}


def import_export(page, file):
    """Upload ``file`` and stop at its preview."""
    page.goto("/procedures/import/")
    page.get_by_label("Tệp danh mục").set_input_files(file)
    page.get_by_role("button", name="Xem trước").click()
    page.wait_for_url("**/procedures/import/*/")


def confirm_deciders(person, codes, level, name):
    """Tick ``codes`` on the page of deciders and give them one decider."""
    page = person.goto("/procedures/deciders/?decider=unknown")
    for code in codes:
        page.get_by_label(f"Chọn {code}", exact=True).check()
    page.get_by_label("Cấp có thẩm quyền quyết định").first.select_option(level)
    page.get_by_label("Tên cơ quan, người có thẩm quyền").first.fill(name)
    page.get_by_label("Căn cứ pháp lý").first.fill("khoản 1 Điều 7")
    page.get_by_role("button", name="Ghi thẩm quyền").click()
    expect(page.locator("#messages")).to_contain_text(f"của {len(codes)} thủ tục")


def by_hand(code):
    """The figures of a body counted by plain Python over plain rows."""
    rows = list(Review.objects.filter(organisation__code=code).values("status", "eligible", "counted"))
    return {tier: sum(row["counted"] and row["status"] in statuses for row in rows) for tier, statuses in TIERS.items()}


def by_command(code):
    out = io.StringIO()
    call_command("shares", "--json", stdout=out)
    return next(row for row in json.loads(out.getvalue()) if row["code"] == code)


def agreed(person, code="G15"):
    """The counts of ``code`` by tier, the same on the dashboard, in the list behind it, by command and by hand."""
    hand, command = by_hand(code), by_command(code)
    found = {}
    for tier in TIERS:
        page = person.goto("/dashboard/")
        link = page.locator(f'tr[data-body="{code}"] [data-figure="{tier}"]')
        shown = int(link.inner_text())
        link.click()
        expect(page.locator("#result-count")).to_have_attribute("data-count", str(shown))
        assert shown == command[tier] == hand[tier], tier
        found[tier] = shown
    return found


def test_the_whole_road_on_a_genuine_export(visitor, people, samples, tmp_path):
    file = samples / EXPORT
    # Import: upload, preview, confirm; the second time there is nothing to write.
    admin = visitor()
    admin.goto("/accounts/login/?next=/procedures/import/")
    admin.page.get_by_label("Tên đăng nhập").fill("administrator")
    admin.page.get_by_label("Mật khẩu").fill(PASSWORD)
    admin.page.get_by_role("button", name="Đăng nhập").click()
    admin.page.wait_for_url("**/procedures/import/")
    import_export(admin.page, file)
    expect(admin.page.get_by_text("Chưa ghi.")).to_be_visible()
    assert Procedure.objects.count() == 0
    admin.page.get_by_role("button", name="Xác nhận, ghi vào danh mục").click()
    expect(admin.page.locator("#messages")).to_contain_text("Đã ghi vào danh mục")
    total = Procedure.objects.filter(publisher__code="G15").count()
    assert total > 50
    import_export(admin.page, file)
    expect(admin.page.get_by_text("0 thay đổi.")).to_be_visible()
    expect(admin.page.get_by_role("button", name="Xác nhận, ghi vào danh mục")).to_have_count(0)

    # The focal point says who decides: three by the commune alone, three by the minister.
    focal = visitor(people["focal_point"])
    codes = list(Procedure.objects.filter(publisher__code="G15").order_by("code").values_list("code", flat=True)[:6])
    confirm_deciders(focal, codes[:3], COMMUNE, "Chủ tịch Ủy ban nhân dân cấp xã")
    confirm_deciders(focal, codes[3:], MINISTER, "Bộ trưởng Bộ Tư pháp")

    # The department prepares a round and opens it.
    appraiser = visitor(people["appraiser"])
    page = appraiser.goto("/campaigns/new/")
    today = timezone.localdate()
    page.get_by_label("Mã đợt").fill("2021")
    page.get_by_label("Tên đợt rà soát").fill("Rà soát, phân cấp TTHC năm 2021")
    fill_day(page.get_by_label("Ngày xác định cơ quan"), datetime.date(2021, 9, 30))
    fill_day(page.get_by_label("Ngày mở"), today)
    fill_day(page.get_by_label("Hạn gửi"), today + datetime.timedelta(days=60))
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("link", name="Xem trước và mở đợt").click()
    page.get_by_role("button", name="mở đợt").click()
    expect(page.locator("#messages")).to_contain_text("mở đợt")
    ministry = by_command("G15")
    assert (ministry["total"], ministry["excluded"], ministry["unknown"]) == (total, 3, total - 6)
    assert agreed(appraiser) == {"proposed": 0, "accepted": 0, "approved": 0}

    # One goes out through the leader's signature, one through a recorded letter.
    signed, recorded = (Review.objects.get(scope_item__code=code) for code in codes[3:5])
    official, leader = visitor(people["official"]), visitor(people["leader"])
    fill(official, signed)
    assert agreed(appraiser)["proposed"] == 0
    check(focal, signed)
    assert agreed(appraiser)["proposed"] == 0
    sign(leader)
    assert agreed(appraiser) == {"proposed": 1, "accepted": 0, "approved": 0}

    fill(official, recorded)
    check(focal, recorded)
    scan = tmp_path / "cong-van.pdf"
    scan.write_bytes(b"%PDF-1.4\n%%EOF")
    letter = {"Số công văn": "3456/BTP-VP", "Ngày công văn": f"{today:%d/%m/%Y}", "Người ký": "Nguyễn Khánh Ngọc"}
    send(focal, letter, "Ghi nhận và gửi các phiếu đã chọn", scan)
    assert agreed(appraiser) == {"proposed": 2, "accepted": 0, "approved": 0}

    # The department accepts one after the other; each tier rises by exactly one.
    accept(appraiser, signed)
    assert agreed(appraiser) == {"proposed": 2, "accepted": 1, "approved": 0}
    accept(appraiser, recorded)
    assert agreed(appraiser) == {"proposed": 2, "accepted": 2, "approved": 0}
    head = visitor(people["department_head"])
    page = open_review(head, signed)
    page.get_by_text("Ghi nhận Quyết định phê duyệt…").click()
    page.get_by_label("Quyết định phê duyệt").fill("Quyết định số 1015/QĐ-TTg ngày 30/8/2022")
    page.get_by_role("button", name="Ghi nhận Quyết định", exact=True).click()
    expect_status(page, "Đã được phê duyệt")
    assert agreed(appraiser) == {"proposed": 2, "accepted": 2, "approved": 1}
    call_command("integrity")
