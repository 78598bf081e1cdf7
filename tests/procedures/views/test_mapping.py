"""Choices on a preview about the file: the sheet, the meaning of columns, repairs refused."""

import unicodedata

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from procedures.importing import batches
from procedures.importing.choices import set_columns, set_refused
from procedures.models import ColumnMapping, ImportBatch, Procedure
from procedures.templatetags.import_choices import repair_reason
from tests.factories import UserFactory
from tests.procedures.books import HEADER, book, sheet

pytestmark = pytest.mark.django_db
STRANGE = ("Mã số", "Tên", "Đơn vị chủ trì", "Phí")
ROW = ("1.000001", "Đăng ký  khai sinh", "Bộ Tư pháp", "", "Hộ tịch")


@pytest.fixture
def strange(bodies, tmp_path):
    """A workbook whose publishers stand in a column of another name."""
    return sheet(tmp_path / "a.xlsx", [STRANGE, ("1.000001", "Tên", "Bộ Tư pháp", "0")])


def uploaded(client, path) -> ImportBatch:
    data = {"file": SimpleUploadedFile(path.name, path.read_bytes()), "as_of": "05/03/2021"}
    assert client.post(reverse("procedures:import"), data).status_code == 302
    return ImportBatch.objects.latest("pk")


def post(client, name, batch, **data):
    return client.post(reverse(f"procedures:{name}", args=[batch.pk]), data)


def page(client, batch, **query) -> str:
    return client.get(reverse("procedures:batch", args=[batch.pk]), query).content.decode()


def test_a_file_that_lacks_a_column_is_kept_until_a_person_says_which_it_is(strange, admin, login):
    client = login(admin)
    batch = uploaded(client, strange)
    shown = page(client, batch)
    assert batch.rows_total == 0
    assert "Tệp còn thiếu: <strong>Cơ quan ban hành</strong>" in shown
    assert 'name="label" value="Đơn vị chủ trì"' in shown
    answer = post(client, "map_columns", batch, label=["Đơn vị chủ trì", "Phí"], field=["publisher", ""])
    assert answer.status_code == 302
    batch.refresh_from_db()
    assert (batch.rows_total, batch.rows_created, batch.rows_invalid) == (1, 1, 0)
    assert batch.options["mapping"] == {"publisher": "Đơn vị chủ trì"}
    assert post(client, "apply", batch).status_code == 302
    assert Procedure.objects.get().publisher.code == "G15"


def test_the_meaning_is_remembered_for_the_next_file_laid_out_alike_and_the_preview_says_so(
    strange, admin, login, tmp_path
):
    client = login(admin)
    first = uploaded(client, strange)
    post(client, "map_columns", first, label=["Đơn vị chủ trì"], field=["publisher"])
    assert ColumnMapping.objects.get().mapping == {"publisher": "Đơn vị chủ trì"}
    second = sheet(tmp_path / "b.xlsx", [STRANGE, ("1.000002", "Tên", "Bộ Công an", "0")])
    batch = uploaded(client, second)
    shown = page(client, batch)
    assert batch.rows_created == 1
    assert "bố cục giống một tệp trước" in shown
    assert "“Đơn vị chủ trì” là Cơ quan ban hành" in shown
    assert '<option value="publisher" selected>' in shown


def test_a_contradiction_gives_the_choices_back_with_a_sentence(strange, admin, login):
    client = login(admin)
    batch = uploaded(client, strange)
    answer = post(client, "map_columns", batch, label=["Đơn vị chủ trì", "Phí"], field=["subjects", "subjects"])
    assert answer.status_code == 422
    content = answer.content.decode()
    assert "cùng được chọn là Đối tượng thực hiện" in content
    assert content.count('<option value="subjects" selected>') == 2
    assert not ColumnMapping.objects.exists()


def test_what_is_said_so_far_is_kept_while_a_column_is_still_lacking(bodies, admin, login, tmp_path):
    client = login(admin)
    path = sheet(tmp_path / "a.xlsx", [("Ký hiệu", "Nội dung", "Đơn vị"), ("1.000001", "Tên", "Bộ Tư pháp")])
    batch = uploaded(client, path)
    labels = ["Ký hiệu", "Nội dung", "Đơn vị"]
    answer = post(client, "map_columns", batch, label=labels, field=["code", "name", ""])
    assert answer.status_code == 422
    assert "thiếu cột “Cơ quan ban hành”" in answer.content.decode()
    shown = page(client, batch)
    assert '<option value="code" selected>' in shown
    assert '<option value="name" selected>' in shown
    post(client, "map_columns", batch, label=labels, field=["code", "name", "publisher"])
    batch.refresh_from_db()
    assert batch.rows_created == 1


def test_a_readable_preview_survives_a_choice_that_cannot_be_read(bodies, admin, tmp_path):
    path = book(tmp_path / "a.xlsx", (*ROW, "Ghi"), header=(*HEADER, "Khác"))
    batch = batches.preview(by=admin, path=path)
    with pytest.raises(batches.ValidationError, match="thiếu|chỉ có"):
        set_columns(by=admin, batch=batch, mapping={"code": "Không có"})
    batch.refresh_from_db()
    assert batch.options.get("mapping") is None
    assert batch.rows_total == 1


def test_a_file_of_several_catalogue_sheets_asks_which(bodies, admin, login, tmp_path):
    client = login(admin)
    workbook = openpyxl.load_workbook(book(tmp_path / "a.xlsx", ROW))
    path = sheet(tmp_path / "a.xlsx", [HEADER, ROW, ("1.000002", *ROW[1:])], name="Bộ Công an", workbook=workbook)
    batch = uploaded(client, path)
    shown = page(client, batch)
    assert '<option value="Danh sách TTHC">' in shown
    assert post(client, "map_columns", batch, sheet="Bộ Công an").status_code == 302
    batch.refresh_from_db()
    assert (batch.sheet, batch.rows_created) == ("Bộ Công an", 2)
    assert "mapping" not in batch.options
    assert "Chọn trang tính" not in page(client, batch)


def test_a_repair_can_be_refused_and_taken_again(bodies, admin, login, tmp_path):
    client = login(admin)
    batch = uploaded(client, book(tmp_path / "a.xlsx", ROW, (1.00485, "Tên", "Bộ Tư pháp", "", "")))
    shown = page(client, batch, outcome="repaired")
    assert 'name="refuse" value="3:Tên"' in shown
    assert post(client, "refuse_repairs", batch, refuse=["3:Tên", "4:Mã số"]).status_code == 302
    batch.refresh_from_db()
    assert (batch.rows_created, batch.rows_invalid, batch.rows_repaired) == (1, 1, 0)
    assert batch.rows.get(number=3).name == "Đăng ký  khai sinh"
    assert "Việc chuẩn hóa ô này đã bị từ chối" in batch.rows.get(number=4).errors[0]["message"]
    shown = page(client, batch)
    assert 'name="restore" value="4:Mã số"' in shown
    post(client, "refuse_repairs", batch, restore=["4:Mã số"])
    batch.refresh_from_db()
    assert (batch.rows_created, batch.rows_invalid, batch.rows_repaired) == (2, 0, 1)
    assert batch.options["refused"] == [[3, "Tên"]]
    assert post(client, "apply", batch).status_code == 302
    assert Procedure.objects.get(code="1.000001").name == "Đăng ký  khai sinh"


def test_nothing_is_decided_once_the_import_is_over(bodies, admin, tmp_path):
    batch = batches.preview(by=admin, path=book(tmp_path / "a.xlsx", ROW))
    batches.discard(by=admin, batch=batch)
    for act in (lambda: set_refused(by=admin, batch=batch), lambda: set_columns(by=admin, batch=batch, mapping={})):
        with pytest.raises(batches.ValidationError, match="không thay đổi lựa chọn được"):
            act()


def test_only_administrators_decide_and_only_by_post(bodies, admin, login, tmp_path):
    batch = batches.preview(by=admin, path=book(tmp_path / "a.xlsx", ROW))
    for name in ("map_columns", "refuse_repairs"):
        assert login(admin).get(reverse(f"procedures:{name}", args=[batch.pk])).status_code == 405
        assert post(login(UserFactory()), name, batch).status_code == 403
        assert post(login(admin), name, ImportBatch(pk=batch.pk + 1)).status_code == 404


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("1,002308", "1.002308", "mã ghi sai dạng"),
        ("000.00.00.G12", "G12", "cách ghi mã cơ quan"),
        ("Đăng  ký", "Đăng ký", "dấu cách thừa"),
        ("Đăng\u00a0ký\n", "Đăng ký", "dấu cách cứng, xuống dòng thừa"),
        ("A\nA", "A", "xuống dòng thừa, ghi lặp trong ô"),
        (unicodedata.normalize("NFD", "Đường"), "Đường", "dấu ghép rời"),
        ("Tên\x07", "Tên", "ký tự điều khiển"),
    ],
)
def test_a_repair_says_what_it_put_right(before, after, reason):
    assert repair_reason({"before": before, "after": after}) == reason


def test_the_publisher_of_a_whole_file_is_chosen_once_and_each_value_says_so(bodies, admin, login, tmp_path):
    client = login(admin)
    batch = uploaded(client, sheet(tmp_path / "a.xlsx", [("Mã số", "Tên"), ("1.000001", "Tên")]))
    shown = page(client, batch)
    assert "Cơ quan ban hành của cả tệp" in shown
    assert '<option value="G15">Bộ Tư pháp (G15)</option>' in shown
    assert 'name="remember_publisher" value="1">' in shown
    refused = post(client, "map_columns", batch, publisher="G99", remember_publisher="1")
    assert refused.status_code == 422
    assert "Không có cơ quan nào mang mã “G99”" in refused.content.decode()
    assert 'name="remember_publisher" value="1" checked' in refused.content.decode()
    assert post(client, "map_columns", batch, publisher="G15").status_code == 302
    shown = page(client, batch)
    assert '<option value="G15" selected>' in shown
    assert f"Bộ Tư pháp (G15): tệp không ghi, {admin} chọn" in shown
    post(client, "apply", batch)
    detail = client.get(reverse("procedures:detail", args=["1.000001"])).content.decode()
    assert f"dòng 2; tệp không ghi, {admin} chọn cho cả tệp" in detail
    assert not ColumnMapping.objects.exists()


def test_what_was_remembered_is_said_and_can_be_changed(bodies, admin, login, tmp_path):
    client = login(admin)
    first = uploaded(client, sheet(tmp_path / "a.xlsx", [("Mã số", "Tên"), ("1.000001", "Tên")]))
    post(client, "map_columns", first, publisher="G15", remember_publisher="1")
    batch = uploaded(client, sheet(tmp_path / "b.xlsx", [("Mã số", "Tên"), ("1.000002", "Tên")]))
    shown = page(client, batch)
    assert "Mọi dòng lấy <strong>Bộ Tư pháp (G15)</strong>" in shown
    assert 'name="remember_publisher" value="1" checked' in shown
    post(client, "map_columns", batch, publisher="G01", remember_publisher="1")
    batch.refresh_from_db()
    assert batch.rows.get().after["publisher"]["code"] == "G01"
    assert ColumnMapping.objects.get().publisher == "G01"


def test_a_file_that_names_its_publishers_is_not_asked(bodies, admin, login, tmp_path):
    client = login(admin)
    shown = page(client, uploaded(client, book(tmp_path / "a.xlsx", ROW)))
    assert 'name="publisher"' not in shown
