"""Saved views: kept under a name, replaced, limited, forgotten by their owner alone."""

import pytest
from django.core.exceptions import ValidationError

from reviews.actions import saved_views
from reviews.models import SavedView
from reviews.reports.saved_views import views_for
from tests.factories import OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db


def keep(user, name="Đang soạn", query="status=draft", shared=False, columns=()):
    return saved_views.save_view(by=user, page="reviews", name=name, query=query, columns=list(columns), shared=shared)


def test_a_name_used_again_replaces_the_view():
    user = UserFactory()
    keep(user)
    keep(user, name="  Đang   soạn ", query="status=ready", columns=["code", "unit"])
    view = SavedView.objects.get()
    assert (view.query, view.columns) == ("status=ready", ["code", "unit"])


def test_a_view_needs_a_name_and_there_is_a_limit():
    user = UserFactory()
    with pytest.raises(ValidationError, match="đặt tên"):
        keep(user, name=" ")
    for number in range(saved_views.MAX_VIEWS):
        keep(user, name=f"Cách {number}")
    with pytest.raises(ValidationError, match="tối đa"):
        keep(user, name="Thêm")
    assert keep(user, name="Cách 0").pk


def test_shared_ones_reach_the_body_with_its_units_and_nobody_else():
    body = OrganisationFactory()
    unit = OrganisationFactory(parent=body, kind="unit")
    owner, colleague, stranger = UserFactory(organisation=unit), UserFactory(organisation=body), UserFactory()
    keep(owner, name="Của riêng")
    shared = keep(owner, name="Chung", shared=True)
    assert [view.name for view in views_for(owner, "reviews")] == ["Chung", "Của riêng"]
    assert list(views_for(colleague, "reviews")) == [shared]
    assert not list(views_for(stranger, "reviews"))
    with pytest.raises(ValidationError, match="Chỉ người lưu"):
        saved_views.delete_view(by=colleague, view=shared)
    saved_views.delete_view(by=owner, view=shared)
    assert SavedView.objects.count() == 1
