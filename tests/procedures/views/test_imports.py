"""The pages of an import, by role."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from procedures.importing import longwork
from procedures.importing.batches import preview, run_import
from procedures.models import ImportBatch, Procedure
from tests.factories import DepartmentFactory, UserFactory
from tests.procedures.books import HEADER, book, many
from tthc_portal.accounts.models import Role
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job

pytestmark = pytest.mark.django_db
UPLOAD = reverse("procedures:import")


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def url(name, batch):
    return reverse(f"procedures:{name}", args=[batch.pk])


def send(client, path, **data):
    file = SimpleUploadedFile(path.name, path.read_bytes())
    return client.post(UPLOAD, {"file": file, "as_of": "01/07/2026", **data})


def test_upload_preview_confirm_undo(bodies, tmp_path, admin, login):
    client = login(admin)
    assert client.get(UPLOAD).status_code == 200
    response = send(client, book(tmp_path / "Danh mục.xlsx", ("1.00485", "Tên", "G15", "", "Hộ tịch")))
    batch = ImportBatch.objects.get()
    assert response.url == url("batch", batch)
    assert (batch.file_name, f"{batch.as_of:%d/%m/%Y}") == ("Danh mục.xlsx", "01/07/2026")
    text = client.get(response.url).content.decode()
    assert "Xác nhận để thêm 1 thủ tục mới" in text
    assert not Procedure.objects.exists()
    assert "1.00485" in client.get(response.url, {"outcome": "repaired"}).content.decode()
    assert client.post(url("apply", batch)).url == response.url
    assert Procedure.objects.get().code == "1.004850"
    text = client.get(response.url).content.decode()
    assert "Đã ghi vào danh mục: 1 thủ tục mới" in text
    assert "Hoàn tác lượt nhập này" in text
    client.post(url("undo", batch))
    assert not Procedure.objects.exists()
    assert "Đã hoàn tác" in client.get(response.url).content.decode()


def test_the_same_file_again_says_when_it_was_imported_and_offers_nothing_to_write(bodies, tmp_path, admin, login):
    client = login(admin)
    path = many(tmp_path / "a.xlsx", 2)
    send(client, path)
    client.post(url("apply", ImportBatch.objects.get()))
    text = client.get(send(client, path).url).content.decode()
    assert "0 thay đổi" in text
    assert "Tệp này đã được nhập ngày" in text
    assert "Xác nhận, ghi vào danh mục" not in text


def test_all_invalid_rows_are_listed_and_cannot_be_confirmed(bodies, tmp_path, admin, login):
    client = login(admin)
    response = send(client, book(tmp_path / "a.xlsx", *((f"x{n}", "Tên", "Lạ", "", "") for n in range(60))))
    text = client.get(response.url).content.decode()
    assert 'data-count="60"' in text
    assert "60 dòng có lỗi" in text
    assert "Xác nhận, ghi vào danh mục" not in text
    assert client.get(response.url, {"page": 2}).content.decode().count("Mã TTHC phải có dạng") == 10
    client.post(url("apply", ImportBatch.objects.get()))
    assert not Procedure.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "Tệp trống (0 byte)"), (b"a,b\n1,2", "không phải tệp Excel .xlsx")]
)
def test_a_file_that_cannot_be_read_is_said_on_the_form_and_kept_nowhere(admin, login, tmp_path, content, sentence):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    response = send(login(admin), path)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not ImportBatch.objects.exists()


def test_an_oversized_upload_is_refused(admin, login, tmp_path, settings, bodies):
    settings.UPLOAD_LIMIT_BYTES = 1000
    response = send(login(admin), many(tmp_path / "a.xlsx", 3))
    assert "quá giới hạn" in response.content.decode()


def test_a_preview_can_be_put_aside(bodies, tmp_path, admin, login):
    client = login(admin)
    send(client, many(tmp_path / "a.xlsx", 1))
    batch = ImportBatch.objects.get()
    client.post(url("discard", batch))
    batch.refresh_from_db()
    assert batch.state == "discarded"
    assert not Procedure.objects.exists()


def test_the_report_is_the_uploaded_workbook_with_two_more_columns(bodies, tmp_path, admin, login):
    client = login(admin)
    send(client, book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", ""), ("x", "Tên", "G15", "", "")))
    response = client.get(url("report", ImportBatch.objects.get()))
    page = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert [page["F2"].value, page["F3"].value, page["F4"].value] == ["kết quả", "Mới", "Lỗi"]
    assert "Mã TTHC phải có dạng" in page["G4"].value


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_act_and_only_overseers_read(bodies, tmp_path, admin, login, role):
    batch = preview(by=admin, path=many(tmp_path / "a.xlsx", 1))
    user = UserFactory(organisation=DepartmentFactory(), role=role)
    client = login(user)
    assert client.get(UPLOAD).status_code == 403
    assert send(client, tmp_path / "a.xlsx").status_code == 403
    for name in ("apply", "discard", "undo"):
        assert client.post(url(name, batch)).status_code == 403
    expected = 200 if user.oversees else 403
    assert client.get(url("batch", batch)).status_code == expected
    report = client.get(url("report", batch))
    assert report.status_code == expected
    b"".join(getattr(report, "streaming_content", []))
    batch.refresh_from_db()
    assert batch.state == "previewed"
    assert not Procedure.objects.exists()


def test_reading_a_page_never_writes(bodies, tmp_path, admin, login):
    batch = preview(by=admin, path=many(tmp_path / "a.xlsx", 1))
    client = login(admin)
    for name in ("apply", "discard", "undo"):
        assert client.get(url(name, batch)).status_code == 405
    assert not Procedure.objects.exists()


@pytest.mark.parametrize("outcome", ["created", "changed", "repaired", "kept"])
def test_twenty_rows_cost_the_queries_of_one(bodies, tmp_path, admin, login, outcome):
    client = login(admin)
    run_import(by=None, path=many(tmp_path / "a.xlsx", 20))
    costs = []
    for rows in (1, 20):
        first = 100 if outcome == "created" else 0
        path = book(
            tmp_path / f"{rows}.xlsx",
            *((f"1.{n:06d}", f"Tên  mới {n}", "G15", "", "") for n in range(first, first + rows)),
        )
        batch = preview(by=admin, path=path)
        client.get(url("batch", batch), {"outcome": outcome})
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url("batch", batch), {"outcome": outcome})
        assert f'data-count="{rows}"' in response.content.decode()
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_changes_are_shown_field_by_field_with_the_words_marked(bodies, tmp_path, admin, login):
    client = login(admin)
    run_import(by=None, path=book(tmp_path / "a.xlsx", ("1.000001", "Cấp giấy phép <cũ>", "G15", "", "")))
    response = send(client, book(tmp_path / "b.xlsx", ("1.000001", "Cấp giấy phép <mới>", "G15", "", "")))
    text = client.get(response.url, {"outcome": "changed"}).content.decode()
    assert "Cấp giấy phép <del>&lt;cũ&gt;</del>" in text
    assert "Cấp giấy phép <ins>&lt;mới&gt;</ins>" in text


def test_what_the_file_lacks_is_listed_and_abolished_only_when_chosen(bodies, tmp_path, admin, login):
    client = login(admin)
    run_import(by=None, path=many(tmp_path / "a.xlsx", 3))
    run_import(by=None, path=book(tmp_path / "c.xlsx", ("1.000009", "Tên", "G17", "", "")))
    response = send(client, book(tmp_path / "b.xlsx", ("1.000000", "Mới", "G15", "", "")))
    batch = ImportBatch.objects.get(state="previewed")
    text = client.get(response.url, {"outcome": "missing"}).content.decode()
    assert 'data-count="2"' in text
    assert "1.000009" not in text
    assert text.count("Giữ nguyên</td>") == 2
    client.post(url("choose", batch), {"missing": "abolish"})
    text = client.get(response.url).content.decode()
    assert "đánh dấu bãi bỏ 2 thủ tục không có trong tệp" in text
    client.post(url("apply", batch))
    assert Procedure.objects.filter(status="abolished").count() == 2
    assert "đánh dấu bãi bỏ" in client.get(response.url, {"outcome": "missing"}).content.decode()


def test_abolishing_beside_a_code_that_cannot_be_read_is_refused_on_the_page(bodies, tmp_path, admin, login):
    client = login(admin)
    run_import(by=admin, path=many(tmp_path / "a.xlsx", 2))
    path = book(tmp_path / "b.xlsx", ("1.000000", "Mới", "G15", "", ""), ("1,0000o1", "Tên", "G15", "", ""))
    send(client, path)
    batch = ImportBatch.objects.get(state="previewed")
    wish = {"choices": "1", "missing": "abolish", "only_valid": "on"}
    for name in ("choose", "apply"):
        text = client.post(url(name, batch), wish, follow=True).content.decode()
        assert "1 dòng có mã không đọc được (dòng 4)" in text
    batch.refresh_from_db()
    assert (batch.state, batch.options) == ("previewed", {})


def test_a_choice_that_was_not_saved_goes_with_the_confirmation_and_is_shown_before_anything_is_written(
    bodies, tmp_path, admin, login
):
    client = login(admin)
    run_import(by=admin, path=many(tmp_path / "a.xlsx", 2))
    response = send(client, book(tmp_path / "b.xlsx", ("1.000000", "Mới", "G15", "", "")))
    batch = ImportBatch.objects.get(state="previewed")
    text = client.get(response.url).content.decode()
    assert f'form="choices" formaction="{url("apply", batch)}"' in text
    client.post(url("apply", batch), {"choices": "1", "missing": "abolish"})
    batch.refresh_from_db()
    assert (batch.state, batch.options["missing"]) == ("previewed", "abolish")
    text = client.get(response.url).content.decode()
    assert "Chưa ghi: vừa lưu lựa chọn của bạn" in text
    assert "đánh dấu bãi bỏ 1 thủ tục không có trong tệp" in text
    client.post(url("apply", batch), {"choices": "1", "missing": "abolish"})
    assert Procedure.objects.get(status="abolished").code == "1.000001"
    assert "1 thủ tục không có trong tệp được đánh dấu bãi bỏ." in client.get(response.url).content.decode()


def test_writing_only_the_valid_rows_is_a_choice_with_its_count(bodies, tmp_path, admin, login):
    client = login(admin)
    response = send(client, book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15", "", ""), ("x", "Tên", "G15", "", "")))
    batch = ImportBatch.objects.get()
    text = client.get(response.url).content.decode()
    assert "Chỉ ghi các dòng hợp lệ, bỏ qua 1 dòng lỗi" in text
    assert "Xác nhận, ghi vào danh mục" not in text
    client.post(url("choose", batch), {"missing": "keep", "only_valid": "on"})
    assert "1 dòng có lỗi sẽ bị bỏ qua" in client.get(response.url).content.decode()
    client.post(url("apply", batch), {"choices": "1", "only_valid": "on"})
    assert [p.code for p in Procedure.objects.all()] == ["1.000001"]
    client.post(url("choose", batch), {"missing": "lạ"})
    client.post(url("choose", batch), {"missing": "keep"})
    batch.refresh_from_db()
    assert batch.options["only_valid"] is True


def test_a_long_file_shows_its_progress_and_is_written_by_the_worker(bodies, tmp_path, admin, login, monkeypatch):
    monkeypatch.setattr(longwork, "LONG_ROWS", 2)
    client = login(admin)
    response = send(client, many(tmp_path / "a.xlsx", 5))
    batch = ImportBatch.objects.get()
    text = client.get(response.url).content.decode()
    assert "Đang đọc tệp" in text
    assert f'hx-get="/jobs/{batch.job_id}/"' in text
    assert "Hủy tác vụ" in text
    assert "Tải lại trang" in text
    runner.run.func(batch.job_id)
    assert "Xác nhận để thêm 5 thủ tục mới" in client.get(response.url).content.decode()
    client.post(url("apply", batch))
    text = client.get(response.url).content.decode()
    assert "Đang ghi vào danh mục" in text
    assert "Xác nhận, ghi vào danh mục" not in text
    batch.refresh_from_db()
    Job.objects.filter(pk=batch.job_id).update(state="failed", message="Hỏng")
    assert "Ghi lại vào danh mục" in client.get(response.url).content.decode()
    client.post(url("apply", batch))
    runner.run.func(batch.job_id)
    assert Procedure.objects.count() == 5
    assert "Hoàn tác lượt nhập này" in client.get(response.url).content.decode()


def test_a_long_undo_shows_its_progress_and_is_the_workers(bodies, tmp_path, admin, login, monkeypatch):
    batch = run_import(by=admin, path=many(tmp_path / "a.xlsx", 5)).batch
    monkeypatch.setattr(longwork, "LONG_ROWS", 2)
    client = login(admin)
    text = client.post(url("undo", batch), follow=True).content.decode()
    batch.refresh_from_db()
    assert "Đang hoàn tác. Có thể đóng trang này." in text
    assert f'hx-get="/jobs/{batch.job_id}/"' in text
    assert "Hủy tác vụ" in text
    assert "Hoàn tác lượt nhập này" not in text
    client.post(url("undo", batch))
    assert Job.objects.filter(kind="import_undo").count() == 1
    Job.objects.filter(pk=batch.job_id).update(state="failed", message="Đã vào một đợt rà soát.")
    text = client.get(url("batch", batch)).content.decode()
    assert "<strong>Lần hoàn tác trước không thành; danh mục không thay đổi.</strong> Đã vào một đợt rà soát." in text
    assert "Hoàn tác lượt nhập này" in text
    client.post(url("undo", batch), follow=True)
    batch.refresh_from_db()
    runner.run.func(batch.job_id)
    text = client.get(url("batch", batch)).content.decode()
    assert "Người hoàn tác" in text
    assert "không thành" not in text
    assert "Đang hoàn tác" not in text
    assert not Procedure.objects.exists()


def test_an_undo_whose_worker_fell_silent_can_be_run_again_by_an_administrator_only(bodies, tmp_path, admin, login):
    batch = run_import(by=admin, path=many(tmp_path / "a.xlsx", 1)).batch
    longwork.begin_undoing(by=admin, batch=batch)
    Job.objects.filter(pk=batch.job_id).update(state="running", heartbeat_at=None)
    text = login(admin).get(url("batch", batch)).content.decode()
    assert "Mất tín hiệu" in text
    assert "Chạy lại" in text
    auditor = UserFactory(organisation=DepartmentFactory(), role=Role.AUDITOR)
    text = login(auditor).get(url("batch", batch)).content.decode()
    assert "Mất tín hiệu" in text
    assert "Chạy lại" not in text


def test_a_file_whose_columns_must_be_explained_is_kept_with_the_question(bodies, tmp_path, admin, login):
    client = login(admin)
    header = ("Mã số", "Gọi là gì", "Cơ quan ban hành")
    response = send(client, book(tmp_path / "a.xlsx", ("1.000001", "Tên", "G15"), header=header))
    batch = ImportBatch.objects.get()
    assert response.url == url("batch", batch)
    text = client.get(response.url).content.decode()
    assert "Chưa đọc được bảng danh mục" in text
    assert "Gọi là gì" in text
    assert "Xác nhận, ghi vào danh mục" not in text


def test_a_file_that_brings_only_unmatched_authorities_can_be_confirmed(bodies, tmp_path, admin, login):
    client = login(admin)
    first = book(tmp_path / "a.xlsx", ("1.004850", "Tên", "G15", "", "Hộ tịch"))
    send(client, first)
    client.post(url("apply", ImportBatch.objects.get()))
    header = (*HEADER, "Cơ quan có thẩm quyền")
    second = book(tmp_path / "b.xlsx", ("1.004850", "Tên", "G15", "", "Hộ tịch", "Ông Từ giữ đền"), header=header)
    page = client.get(send(client, second).url).content.decode()
    assert "tên cơ quan có thẩm quyền chưa đối chiếu" in page
    assert "Xác nhận, ghi vào danh mục" in page
    client.post(url("apply", ImportBatch.objects.order_by("-pk").first()))
    assert Procedure.objects.get().unresolved_authorities.get().wording == "Ông Từ giữ đền"
