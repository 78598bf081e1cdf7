"""The catalogue in a real browser: files that do not fit at once, a long file, a wrong entry reported and answered."""

import openpyxl
from playwright.sync_api import expect

from procedures.importing.batches import run_import
from procedures.models import Correction, ImportBatch, Procedure
from reviews.actions.campaigns import open_campaign
from tests import factories
from tests.e2e.conftest import OFFICE, PHONE
from tests.procedures.books import OLD_HEADER, book, many


def faults_of(person):
    """What is wrong with the page as it stands, on an office screen and on a telephone."""
    faults = []
    for size in (PHONE, OFFICE):
        person.page.set_viewport_size(size)
        faults += [f"{person.page.url} {size['width']}: {found}" for found in person.axe()]
        if wide := person.overflows():
            faults.append(f"{person.page.url} {wide} px too wide at {size['width']}")
    return faults


def own_sheet(path, publisher):
    """A ministry's own sheet: a title block, a header of two rows with merged cells, a sector's row, a total."""
    workbook = openpyxl.Workbook()
    page = workbook.active
    for row in (
        ["BỘ CÔNG LÝ"],
        ["DANH MỤC THỦ TỤC HÀNH CHÍNH THUỘC PHẠM VI QUẢN LÝ"],
        [],
        ["STT", "Thủ tục hành chính", None, "Cơ quan ban hành"],
        [None, "Mã TTHC", "Tên TTHC", None],
        ["I", "Lĩnh vực Hộ tịch"],
        [1, "1.000001", "Đăng ký khai sinh", publisher],
        [2, "1.000002", "Đăng ký kết hôn", publisher],
        ["Tổng cộng", None, "2 thủ tục"],
    ):
        page.append(row)
    for merged in ("A1:D1", "A2:D2", "A4:A5", "B4:C4", "D4:D5"):
        page.merge_cells(merged)
    workbook.save(path)
    return path


def upload(person, file):
    """Upload ``file`` and wait for the page of its import."""
    page = person.goto("/procedures/import/")
    page.get_by_label("Tệp danh mục").set_input_files(file)
    page.get_by_role("button", name="Xem trước").click()
    page.wait_for_url("**/procedures/import/*/")
    return page


def confirm(page):
    """Write the preview."""
    page.get_by_role("button", name="Xác nhận, ghi vào danh mục").click()


def test_an_unknown_publisher_is_mapped_on_the_preview_and_the_import_taken_back(visitor, people, tmp_path):
    admin, justice = visitor(people["administrator"]), people["official"].body
    page = upload(admin, own_sheet(tmp_path / "bo.xlsx", "Bộ Công lý"))
    expect(page.get_by_text("Chưa ghi được: 2 dòng có lỗi")).to_be_visible()
    assert faults_of(admin) == []
    page.get_by_label("Cơ quan được ghi là Bộ Công lý").select_option(str(justice.pk))
    page.get_by_role("button", name="Ghi và tính lại").click()
    expect(page.get_by_text("Xác nhận để thêm 2 thủ tục mới")).to_be_visible()
    assert faults_of(admin) == []
    confirm(page)
    expect(page.locator("#messages")).to_contain_text("2 thủ tục mới")
    found = Procedure.objects.order_by("code")
    assert [(one.code, one.publisher, one.sectors.get().name) for one in found] == [
        ("1.000001", justice, "Hộ tịch"),
        ("1.000002", justice, "Hộ tịch"),
    ]
    page.get_by_role("button", name="Hoàn tác lượt nhập này").click()
    page.get_by_role("dialog").get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("#messages")).to_contain_text("Đã hoàn tác")
    assert not Procedure.objects.exists()
    # What was learnt stays learnt.
    page = upload(admin, own_sheet(tmp_path / "bo-2.xlsx", "Bộ  công lý"))
    expect(page.get_by_text("Xác nhận để thêm 2 thủ tục mới")).to_be_visible()


def test_a_column_nobody_recognises_is_mapped_once_and_remembered(visitor, people, tmp_path):
    header = ("Mã số", "Tên", "Cơ quan ban hành", "Mảng công tác")
    admin = visitor(people["administrator"])
    page = upload(admin, book(tmp_path / "a.xlsx", ("1.000001", "Đăng ký khai sinh", "G15", "Hộ tịch"), header=header))
    expect(page.get_by_role("heading", name="Cột chưa nhận ra")).to_be_visible()
    assert faults_of(admin) == []
    page.get_by_label("Mảng công tác").select_option("sectors")
    page.get_by_role("button", name="Ghi và tính lại").click()
    expect(page.locator("#messages")).to_contain_text("Đã ghi lựa chọn và tính lại")
    confirm(page)
    expect(page.locator("#messages")).to_contain_text("1 thủ tục mới")
    assert Procedure.objects.get().sectors.get().name == "Hộ tịch"

    page = upload(admin, book(tmp_path / "b.xlsx", ("1.000002", "Đăng ký kết hôn", "G15", "Hôn nhân"), header=header))
    expect(page.get_by_text("Xác nhận để thêm 1 thủ tục mới")).to_be_visible()
    expect(page.get_by_text("bố cục giống một tệp trước")).to_be_visible()
    confirm(page)
    expect(page.locator("#messages")).to_contain_text("1 thủ tục mới")
    assert Procedure.objects.get(code="1.000002").sectors.get().name == "Hôn nhân"


def test_a_large_file_goes_as_a_job_and_says_when_it_is_done(visitor, people, tmp_path):
    admin = visitor(people["administrator"])
    page = upload(admin, many(tmp_path / "lon.xlsx", 3_500))
    batch = ImportBatch.objects.get()
    read = batch.job
    assert (read.kind, read.state) == ("import_read", "done")
    expect(page.get_by_text("Xác nhận để thêm 3.500 thủ tục mới")).to_be_visible()
    page = admin.goto(f"/jobs/{read.pk}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Đọc tệp")
    expect(page.locator("main")).to_contain_text("Đã xong")
    assert faults_of(admin) == []
    page = admin.goto(f"/procedures/import/{batch.pk}/")
    confirm(page)
    expect(page.get_by_role("button", name="Hoàn tác lượt nhập này")).to_be_visible()
    assert Procedure.objects.count() == 3_500
    batch.refresh_from_db()
    assert (batch.job.kind, batch.job.state) == ("import_apply", "done")


def test_an_unknown_authority_is_matched_once_and_a_frozen_round_shows_what_moved(visitor, people, tmp_path):
    admin, appraiser = visitor(people["administrator"]), visitor(people["appraiser"])
    row = ("1.000001", "Đăng ký khai sinh", "G15", "Ban Điều phối vùng", "Điều 1", "Cấp tỉnh")
    run_import(by=people["administrator"], path=book(tmp_path / "a.xlsx", row, header=OLD_HEADER))
    campaign = factories.CampaignFactory(code="2021", state="preparing", opened_at=None, frozen_at=None)
    factories.ParticipationFactory(campaign=campaign, organisation=people["official"].body)
    open_campaign(by=people["appraiser"], campaign=campaign)

    page = admin.goto("/")
    expect(page.locator('[data-figure="wordings"]')).to_have_text("1")
    page.locator('[data-figure="wordings"]').click()
    expect(page.locator("#result-count")).to_have_attribute("data-count", "1")
    assert faults_of(admin) == []
    page.locator("select[name=level]").first.select_option("PROV_DEPT")
    page.get_by_role("button", name="Ghi", exact=True).click()
    expect(page.locator("#result-count")).to_have_attribute("data-count", "0")
    assert Procedure.objects.get().deciders.get().level_id == "PROV_DEPT"

    # The round was frozen before: its scope stays, the department sees the candidate.
    page = appraiser.goto("/campaigns/2021/")
    page.get_by_role("link", name="Danh mục khác bản chốt").click()
    expect(page.locator("#result-count")).to_have_attribute("data-count", "1")
    expect(page.locator("main")).to_contain_text("Ban Điều phối vùng")
    assert faults_of(appraiser) == []
    assert campaign.scope.get().deciders == []


def test_a_wrong_entry_is_reported_corrected_and_the_answer_read(visitor, people, tmp_path):
    run_import(by=people["administrator"], path=book(tmp_path / "cu.xlsx", ("1.000001", "Đăng ký khai sin", "G15")))
    official, admin = visitor(people["official"]), visitor(people["administrator"])

    page = official.goto("/procedures/1.000001/")
    page.get_by_role("link", name="Báo sai", exact=True).click()
    page.get_by_label("Thông tin sai").select_option("name")
    page.get_by_label("Giá trị đúng").fill("Đăng ký khai sinh")
    assert faults_of(official) == []
    page.get_by_label("Nội dung báo sai").fill("Tên thiếu một chữ.")
    page.get_by_role("button", name="Gửi báo sai").click()
    expect(page.locator("#messages")).to_contain_text("Đã gửi báo sai")
    expect(page.get_by_text("Đang chờ quản trị trả lời")).to_be_visible()
    report = Correction.objects.get()

    # The next one who means to report it sees that it waits already.
    page = official.goto("/procedures/1.000001/report-wrong/")
    expect(page.get_by_text("Đã có 1 báo sai đang chờ")).to_be_visible()

    # The administrator finds it at home, imports the right name, and answers naming that import.
    page = admin.goto("/")
    expect(page.locator('[data-figure="corrections"]')).to_have_text("1")
    batch = run_import(
        by=people["administrator"], path=book(tmp_path / "sua.xlsx", ("1.000001", "Đăng ký khai sinh", "G15"))
    ).batch
    page.locator('[data-figure="corrections"]').click()
    expect(page.locator("#result-count")).to_have_attribute("data-count", "1")
    assert faults_of(admin) == []
    page.get_by_role("link", name=f"#{report.pk}").click()
    assert faults_of(admin) == []
    page.get_by_role("radio", name="Đã sửa").check()
    page.get_by_label("Lượt nhập đã sửa").select_option(str(batch.pk))
    page.get_by_role("button", name="Gửi trả lời").click()
    expect(page.locator("#messages")).to_contain_text("Đã trả lời")

    page = official.goto("/procedures/1.000001/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đăng ký khai sinh")
    expect(page.get_by_text(f"sửa theo báo sai #{report.pk}")).to_be_visible()
    assert faults_of(official) == []
    page = official.goto("/procedures/corrections/?state=corrected")
    expect(page.locator("#result-count")).to_have_attribute("data-count", "1")
