"""Contents in words."""

import pytest

from procedures.models import AuthorityLevel
from reviews.views.showing import Wording
from tests.factories import ladder
from tests.reviews.cast import CONTENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def wording():
    ladder()
    return Wording(AuthorityLevel.objects.all())


def test_every_part_of_a_content_is_said_in_words(wording):
    assert wording.text("deciders", CONTENT["deciders"]) == (
        "Bộ trưởng, Thủ trưởng cơ quan ngang bộ (Bộ trưởng); căn cứ: khoản 2 Điều 15"
    )
    moved = [CONTENT["transfers"][0] | {"is_partial": True, "condition": "dự án nhóm C", "target_body": "UBND tỉnh"}]
    assert wording.text("transfers", moved) == (
        "Bộ trưởng, Thủ trưởng cơ quan ngang bộ → Ủy ban nhân dân cấp tỉnh (UBND tỉnh); Phân cấp; "
        "chỉ một phần trường hợp; dự án nhóm C"
    )
    assert wording.text("amendments", CONTENT["amendments"]) == (
        "Sửa đổi Nghị định 15/2021/NĐ-CP ngày 03/03/2021; khoản 2 điều 15; chủ trì soạn thảo: Bộ Xây dựng"
    )
    assert wording.text("conclusion", "keep") == "Giữ nguyên"
    assert wording.text("annual_dossiers_unknown", True) == "Có"
    assert wording.text("annual_dossiers", None) == ""
    criteria = [{"criterion": "C1", "answer": "yes", "reason": "Cần"}]
    assert wording.text("criteria", criteria) == "C1. Thủ tục có còn cần thiết không? Có (Cần)"
    ruled = {"source_level": "MINISTER", "target_level": "GONE", "ruling": "downward", "reason": "Vì thế"}
    assert wording.text("ruling", ruled) == (
        "Bộ trưởng, Thủ trưởng cơ quan ngang bộ → GONE: Chuyển xuống cấp dưới (Vì thế)"
    )


def test_names_of_parts_are_the_words_of_the_form(wording):
    assert wording.label("reason") == "Lý do"
    assert wording.label("deciders") == "Thẩm quyền quyết định hiện nay"
    assert wording.label("answer_7") == "Trả lời điểm cần hoàn thiện"
    assert wording.label("unheard") == "unheard"
