"""“Căn cứ tính” of one procedure in one round."""

import datetime

import pytest

from procedures.models import ImportBatch
from reviews.actions.campaigns import create_campaign, open_campaign
from reviews.models import AdjustmentItem, Review, ScopeAdjustment
from tests.factories import (
    DecidingAuthorityFactory,
    DepartmentFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProvinceFactory,
    UserFactory,
    ladder,
)
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 9, 30)


@pytest.fixture
def ministry():
    return OrganisationFactory(code="G15", name="Bộ Tư pháp")


@pytest.fixture
def batch():
    return ImportBatch.objects.create(file_name="danh-muc.xlsx", sha256="ab" * 32)


@pytest.fixture
def campaign(ministry, batch):
    ProvinceFactory(code="H35", name="Tỉnh Lai Châu")
    levels = ladder()
    focal = UserFactory(full_name="Phạm Văn Đức", role=Role.FOCAL_POINT, organisation=ministry)
    facts = {"publisher": ministry, "provenance": {"name": [batch.pk, 7]}, "execution_levels": ["district"]}
    for code, level in (("1.000001", "COMMUNE_PC"), ("1.000002", "MINISTER")):
        DecidingAuthorityFactory(
            procedure=ProcedureFactory(code=code, **facts), level=levels[level], source="confirmed", confirmed_by=focal,
            legal_ground="Điều 5",
        )  # fmt: skip
    ProcedureFactory(code="1.000003", **facts)
    return create_campaign(by=None, code="2021", title="Đợt 2021", bodies_on=DAY, opens_on=DAY, deadline=DAY)


@pytest.fixture
def opened(campaign):
    open_campaign(by=None, campaign=campaign)
    return campaign


@pytest.fixture
def auditor(login):
    return login(UserFactory(role=Role.AUDITOR, organisation=DepartmentFactory()))


def read(client, code):
    answer = client.get(f"/campaigns/2021/scope/{code}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_excluded_procedure_tells_rule_value_file_row_digest_and_who_confirmed(auditor, opened, batch):
    text = read(auditor, "1.000001")
    for told in (
        "Loại trừ: mọi cấp có thẩm quyền quyết định hiện nay",
        "Hội nghị ngày 30/9/2021",
        "phiên bản 1",
        "Ủy ban nhân dân cấp xã",
        "Điều 5",
        "Phạm Văn Đức xác nhận ngày",
        "tệp danh-muc.xlsx, dòng 7",
        f"/procedures/import/{batch.pk}/",
        "ab" * 32,
    ):
        assert told in text


def test_an_unknown_decider_is_counted_for_the_time_being(auditor, opened):
    text = read(auditor, "1.000003")
    assert "Tạm tính" in text
    assert "Chưa ghi thẩm quyền nào" in text


def test_every_body_asked_has_its_form_and_the_sentence_why(auditor, opened, ministry):
    review = Review.objects.get(organisation=ministry, scope_item__code="1.000002")
    assert "Trong mẫu số, chưa vào tử số: chưa rà soát." in read(auditor, "1.000002")
    official = UserFactory(organisation=ministry)
    facts = {"version": 1, "finished_by": official}
    for changes, sentence in (
        ({"status": "submitted", "conclusion": "keep", "counted": False}, "kết luận giữ nguyên"),
        ({"status": "submitted", "conclusion": "decentralize", "counted": False}, "chưa có việc chuyển thẩm quyền nào"),
        ({"status": "returned", "conclusion": "decentralize", "counted": True}, "sẽ vào tử số khi gửi"),
        ({"status": "accepted", "conclusion": "decentralize", "counted": True}, "Trong cả mẫu số và tử số"),
    ):
        Review.objects.filter(pk=review.pk).update(**facts | changes)
        text = read(auditor, "1.000002")
        assert sentence in text
    assert "Đề xuất, Thống nhất" in text
    assert "Tỉnh Lai Châu" in text


def test_a_body_reads_only_its_own_form_and_the_department_no_draft(login, opened, ministry):
    Review.objects.filter(organisation=ministry, scope_item__code="1.000002").update(
        status="draft", version=1, conclusion="keep"
    )
    own = read(login(UserFactory(organisation=ministry)), "1.000002")
    assert "kết luận giữ nguyên" in own
    assert "Tỉnh Lai Châu" not in own
    department = read(login(UserFactory(role=Role.APPRAISER, organisation=DepartmentFactory())), "1.000002")
    assert "giữ nguyên" not in department
    assert "nội dung chưa gửi" in department


def test_an_adjustment_says_what_it_did_and_what_stood_before(auditor, opened, ministry):
    head, other = (UserFactory(role=Role.DEPARTMENT_HEAD, organisation=DepartmentFactory()) for _ in range(2))
    item = opened.scope.get(code="1.000002")
    adjustment = ScopeAdjustment.objects.create(
        campaign=opened, kind="remove", reason="Đã bãi bỏ", document_number="12/QĐ-BTP", document_date=DAY,
        proposed_by=head, approved_by=other, approved_at=opened.created_at,
    )  # fmt: skip
    AdjustmentItem.objects.create(adjustment=adjustment, procedure=item.procedure, scope_item=item)
    item.removed_at = opened.created_at
    item.save()
    item.reviews.update(removed=True, eligible=False, frozen_standing="eligible")
    text = read(auditor, "1.000002")
    assert "12/QĐ-BTP" in text
    assert "Đã đưa ra khỏi phạm vi" in text
    assert "Thuộc diện tính khi chốt" in text
    assert "điều chỉnh phạm vi đã đưa thủ tục ra khỏi đợt" in text


def test_a_round_in_preparation_shows_the_verdict_of_the_preview(auditor, campaign):
    text = read(auditor, "1.000001")
    assert "nếu chốt danh mục bây giờ" in text
    assert "Loại trừ: mọi cấp" in text
    assert "Bộ Tư pháp: TTHC thuộc phạm vi quản lý" in text


def test_a_procedure_outside_the_round_says_why_and_an_unknown_code_is_not_found(auditor, login, opened, ministry):
    ProcedureFactory(code="1.000009", publisher=ministry)
    ProcedureFactory(code="1.000010", publisher=OrganisationFactory(name="Tòa án", kind="other"))
    assert "chỉ vào được bằng điều chỉnh phạm vi" in read(auditor, "1.000009")
    assert "Tòa án không tham gia đợt này" in read(auditor, "1.000010")
    assert auditor.get("/campaigns/2021/scope/9.999999/").status_code == 404
    assert auditor.get("/campaigns/khac/scope/1.000001/").status_code == 404


def test_the_page_is_one_link_from_the_scope_the_review_and_the_catalogue(auditor, opened):
    link = 'href="/campaigns/2021/scope/1.000002/"'
    review = Review.objects.filter(scope_item__code="1.000002").first()
    for address in ("/campaigns/2021/scope/", f"/reviews/{review.pk}/", "/procedures/1.000002/"):
        assert link in auditor.get(address).content.decode()


def test_many_bodies_cost_the_queries_of_few(auditor, opened, django_assert_max_num_queries):
    item = opened.scope.get(code="1.000002")
    for _ in range(20):
        body = ProvinceFactory()
        opened.participations.create(organisation=body)
        Review.objects.create(campaign=opened, scope_item=item, organisation=body, eligible=True, kind="proposal")
    auditor.get("/campaigns/2021/scope/1.000002/")
    with django_assert_max_num_queries(11):
        auditor.get("/campaigns/2021/scope/1.000002/")
