"""Whom to call: the department's contact, or one's own focal point where none is set."""

import pytest
from django.urls import reverse

from tests.factories import DepartmentFactory, UserFactory
from tthc_portal.accounts.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def official():
    return UserFactory()


def test_the_contact_of_the_department_is_on_the_page_one_asks_from(login, official, settings):
    settings.SUPPORT_CONTACT = "Ông Trần Văn Hòa, 080 43162"
    page = login(official).get(reverse("reviews:ask")).content.decode()
    assert page.count("Ông Trần Văn Hòa, 080 43162") == 3
    assert "Ông Trần Văn Hòa" in login(official).get("/").content.decode()


@pytest.mark.parametrize("page", ["ask", "support"])
def test_without_a_contact_of_the_department_one_is_sent_to_the_own_focal_point(login, official, settings, page):
    settings.SUPPORT_CONTACT = ""
    place = {"organisation": official.organisation, "role": Role.FOCAL_POINT}
    UserFactory(full_name="Giàng A Páo", phone="0912 345 678", **place)
    UserFactory(full_name="Người Đã Nghỉ", is_active=False, **place)
    text = login(official).get(reverse(f"reviews:{page}")).content.decode()
    assert "Cần trả lời ngay: hỏi công chức đầu mối của cơ quan" in text
    assert "Giàng A Páo, 0912 345 678" in text
    assert "Người Đã Nghỉ" not in text


def test_the_focal_point_without_anybody_to_call_learns_where_the_answer_comes(login, settings):
    settings.SUPPORT_CONTACT = ""
    focal = UserFactory(full_name="Giàng A Páo", role=Role.FOCAL_POINT)
    text = login(focal).get(reverse("reviews:ask")).content.decode()
    assert "Cần trả lời ngay" not in text
    assert "câu trả lời hiện ở Trang chính" in text


def test_the_administrator_is_told_that_no_contact_is_set(login, settings):
    settings.SUPPORT_CONTACT = ""
    person = UserFactory(organisation=DepartmentFactory(), role=Role.ADMINISTRATOR)
    assert "SUPPORT_CONTACT" in login(person).get(reverse("reviews:support")).content.decode()
    settings.SUPPORT_CONTACT = "Ông Trần Văn Hòa, 080 43162"
    assert "SUPPORT_CONTACT" not in login(person).get(reverse("reviews:support")).content.decode()
