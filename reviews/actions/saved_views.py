"""Keeping and forgetting named ways of looking at a list."""

from django.core.exceptions import ValidationError
from django.db import transaction

from reviews.models import SavedView
from tthc_portal.accounts.models import User
from tthc_portal.text import tidy

MAX_VIEWS = 50


@transaction.atomic
def save_view(*, by: User, page: str, name: str, query: str, columns: list[str], shared: bool) -> SavedView:
    """Keep ``query`` and ``columns`` of ``page`` under ``name``; a view of one's own of that name is replaced."""
    name = tidy(name)
    if not name:
        raise ValidationError({"name": ["Hãy đặt tên cho cách xem này."]})
    if len(name) > SavedView._meta.get_field("name").max_length:
        raise ValidationError({"name": ["Tên dài quá 100 ký tự; hãy rút gọn."]})
    own = SavedView.objects.filter(user=by, page=page)
    if own.exclude(name=name).count() >= MAX_VIEWS:
        raise ValidationError({"name": [f"Mỗi người giữ tối đa {MAX_VIEWS} cách xem; hãy xóa bớt."]})
    values = {"query": query, "columns": columns, "is_shared": shared}
    return SavedView.objects.update_or_create(user=by, page=page, name=name, defaults=values)[0]


def delete_view(*, by: User, view: SavedView) -> None:
    """Forget a view of one's own."""
    if view.user_id != by.pk:
        raise ValidationError("Chỉ người lưu cách xem này xóa được.", code="refused")
    view.delete()
