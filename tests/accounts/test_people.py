"""Who may give, change and stop accounts, and what the last ones of a kind are spared."""

import pytest
from django.core.exceptions import ValidationError

from tests.factories import DepartmentFactory, OrganisationFactory, UserFactory
from tthc_portal.accounts import people
from tthc_portal.accounts.models import BODY_ROLES, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def department():
    return DepartmentFactory()


@pytest.fixture
def body():
    return OrganisationFactory(code="G15")


@pytest.fixture
def unit(body):
    return OrganisationFactory(code="G15.01", kind="unit", parent=body, name="Vụ Pháp chế")


@pytest.fixture
def admin(department):
    return UserFactory(role=Role.ADMINISTRATOR, organisation=department)


@pytest.fixture
def focal(body):
    return UserFactory(role=Role.FOCAL_POINT, organisation=body)


def values(organisation, role=Role.OFFICIAL, **more):
    return {"full_name": "Trần Thị Bình", "organisation": organisation, "role": role} | more


def refused(action, **arguments):
    with pytest.raises(ValidationError) as caught:
        action(**arguments)
    return " ".join(caught.value.messages)


def test_a_new_account_has_no_password_until_its_person_sets_one(focal, unit):
    made = people.create(by=focal, username=" G15.Binh ", **values(unit, full_name="Trần  Thị Bình "))
    assert (made.username, made.full_name, made.body) == ("g15.binh", "Trần Thị Bình", focal.body)
    assert not made.has_usable_password()
    assert made.history.get().history_user == focal


@pytest.mark.parametrize("name", ["ab", "bình", "a b c", ".abc", "abc-", "a" * 51, "a@b.vn", ""])
def test_a_sign_in_name_keeps_to_the_rule(focal, body, name):
    assert "quy tắc" in refused(people.create, by=focal, username=name, **values(body))


def test_a_sign_in_name_is_one_persons_whatever_its_capitals(focal, body):
    UserFactory(username="Nguyen.A")
    assert "đã có người dùng" in refused(people.create, by=focal, username="nguyen.a", **values(body))


@pytest.mark.parametrize("role", Role)
def test_a_focal_point_gives_only_the_roles_of_a_body(focal, body, role):
    if role in BODY_ROLES:
        assert people.create(by=focal, username="moi.1", **values(body, role)).role == role
    else:
        assert "quản trị hệ thống thực hiện" in refused(people.create, by=focal, username="moi.1", **values(body, role))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATOR, Role.FOCAL_POINT)])
def test_the_other_roles_give_nothing(body, role):
    by = UserFactory(role=role, organisation=body)
    refused(people.create, by=by, username="moi.1", **values(body))
    other = UserFactory(organisation=body)
    for action, more in ((people.change, values(body)), (people.deactivate, {}), (people.reopen, {})):
        assert "không quản lý" in refused(action, by=by, user=other, **more)


def test_a_focal_point_never_touches_another_body_or_a_role_above_his_own(focal, body):
    stranger = UserFactory()
    auditor = UserFactory(role=Role.AUDITOR, organisation=body)
    root = UserFactory(organisation=body, is_superuser=True)
    for person in (stranger, auditor, root):
        for action, more in ((people.change, {"email": "toi@x.vn"}), (people.deactivate, {})):
            assert "không quản lý" in refused(action, by=focal, user=person, **more)
    own = UserFactory(organisation=body)
    assert "cơ quan mình" in refused(people.change, by=focal, user=own, organisation=stranger.organisation)
    assert "cơ quan mình" in refused(people.create, by=focal, username="moi.1", **values(stranger.organisation))


def test_nobody_raises_himself(focal, admin):
    UserFactory(role=Role.FOCAL_POINT, organisation=focal.organisation)
    for role in Role:
        if role != Role.FOCAL_POINT:
            refused(people.change, by=focal, user=focal, role=role)
    assert User.objects.get(pk=focal.pk).role == Role.FOCAL_POINT
    assert "của mình" in refused(people.change, by=admin, user=admin, role=Role.AUDITOR)
    assert "của mình" in refused(people.deactivate, by=focal, user=focal)


def test_the_last_focal_point_stays_and_the_sentence_says_why(focal, body):
    UserFactory(role=Role.FOCAL_POINT, organisation=body, is_active=False)
    for action, more in ((people.deactivate, {}), (people.change, {"role": Role.OFFICIAL})):
        assert "duy nhất đang hoạt động" in refused(action, by=focal, user=focal, **more)


def test_roles_stand_where_they_belong(admin, body, department):
    assert "cơ quan điều phối" in refused(people.create, by=admin, username="moi.1", **values(body, Role.APPRAISER))
    assert "chỉ dành cho bộ" in refused(people.create, by=admin, username="moi.1", **values(department))
    assert people.create(by=admin, username="moi.1", **values(department, Role.APPRAISER)).is_department


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "khong-phai-thu"), ("phone", "gọi tôi"), ("full_name", "  "), ("position", "x" * 151)],
)
def test_each_wrong_value_is_named(focal, body, field, value):
    with pytest.raises(ValidationError) as caught:
        people.create(by=focal, username="moi.1", **values(body, **{field: value}))
    assert list(caught.value.message_dict) == [field]


def test_work_in_hand_is_handed_over_before_one_leaves(focal, admin, body, unit):
    person = UserFactory(organisation=body)
    for change in ({"organisation": unit}, {"role": Role.LEADER}):
        assert "đang giữ 3 phiếu" in refused(people.change, by=focal, user=person, in_hand=3, **change)
    assert people.change(by=focal, user=person, in_hand=3, role=Role.FOCAL_POINT, phone="0912 345 678") == [
        "role", "phone",
    ]  # fmt: skip
    assert people.change(by=focal, user=person, in_hand=3, despite=True, organisation=unit) == ["organisation"]
    assert "bàn giao hết" in refused(
        people.change, by=admin, user=person, in_hand=3, despite=True, organisation=OrganisationFactory()
    )
    assert "đang giữ 3 phiếu" in refused(people.deactivate, by=focal, user=person, in_hand=3)
    people.deactivate(by=focal, user=person, in_hand=3, despite=True)
    assert not User.objects.get(pk=person.pk).is_active


def test_stopping_ends_the_sessions_for_good_and_keeps_the_history(focal, body, client):
    person = UserFactory(organisation=body)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/").status_code == 200
    people.deactivate(by=focal, user=person)
    assert client.get("/").status_code == 302
    people.reopen(by=focal, user=person)
    assert client.get("/").status_code == 302
    changes = person.history.order_by("-history_id").values_list("is_active", "history_user")[:2]
    assert list(changes) == [(True, focal.pk), (False, focal.pk)]
    assert "đang hoạt động" in refused(people.reopen, by=focal, user=person)


def test_what_does_not_change_leaves_no_trace(focal, body):
    person = UserFactory(organisation=body, email="a@b.vn")
    assert people.change(by=focal, user=person, email=" a@b.vn ", full_name=person.full_name) == []
    assert person.history.count() == 1


def test_a_focal_point_adds_units_under_his_own_body(focal, admin, unit):
    made = people.add_unit(by=focal, name="  Vụ  Kế hoạch ")
    assert (made.code, made.name, made.parent, made.kind) == ("G15.02", "Vụ Kế hoạch", focal.body, "unit")
    assert "đã có đơn vị" in refused(people.add_unit, by=focal, name="vu ke hoach")
    assert "Phải ghi tên" in refused(people.add_unit, by=focal, name=" ")
    assert "đầu mối" in refused(people.add_unit, by=admin, name="Vụ Khác")
