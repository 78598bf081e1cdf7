"""What the address of a list means: the filters of reviews and of the frozen scope.

A figure of a dashboard is the number of rows its filters leave; :data:`FIGURES` says which filters those are.
"""

from collections.abc import Mapping
from copy import copy
from functools import partial

import django_filters
from django import forms
from django.db import connection
from django.db.models import Q, QuerySet

from procedures.models import Sector
from reviews.models import (
    Campaign,
    Conclusion,
    LegalAmendment,
    Review,
    ReviewKind,
    ScopeItem,
    Status,
    Submission,
)
from reviews.reports.documents import raw_numbers
from reviews.reports.submissions import reviews_of_pack
from reviews.reports.summary import manual_waiting
from reviews.rules.shares import ACCEPTED_STATUSES, APPROVED_STATUSES, PROPOSED_STATUSES, REVIEWED_STATUSES
from tthc_portal.accounts.deputies import acting_as
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.text import fold, primary_key


def _statuses(statuses) -> str:
    return ",".join(status.value for status in Status if status.value in statuses)


# figure → the filters (beside round and body) of the list it counts.
FIGURES: dict[str, dict[str, str]] = {
    "total": {},
    "excluded": {"eligible": "0"},
    "eligible": {"eligible": "1"},
    "unknown": {"eligible": "1", "unknown": "1"},
    "reviewed": {"eligible": "1", "status": _statuses(REVIEWED_STATUSES)},
    "unreviewed": {"eligible": "1", "status": _statuses(set(Status.values) - REVIEWED_STATUSES)},
    "proposed": {"counted": "1", "status": _statuses(PROPOSED_STATUSES)},
    "accepted": {"counted": "1", "status": _statuses(ACCEPTED_STATUSES)},
    "approved": {"counted": "1", "status": _statuses(APPROVED_STATUSES)},
    "returned": {"counted": "1", "status": Status.RETURNED.value},
    # Counted and finished within the body, not yet sent: what the projection adds.
    "finished": {"counted": "1", "status": _statuses({Status.READY, Status.CHECKED})},
    "within": {"within": "1", "status": _statuses(PROPOSED_STATUSES)},
    "delegated": {"eligible": "1", "conclusion": Conclusion.DELEGATE.value, "status": _statuses(PROPOSED_STATUSES)},
}

ANY = "Tất cả"
YES_NO = [("1", "Có"), ("0", "Không")]
LOCAL_CHOICES = [("0", "Không kể"), ("1", "Chỉ TTHC đặc thù"), ("all", "Tất cả")]
TIERS = [("proposed", "Đề xuất"), ("accepted", "Thống nhất"), ("approved", "Phê duyệt")]
SCOPE_RULES = [
    ("in_base", "Thuộc diện tính"),
    ("commune_only", "Chỉ cấp xã quyết định"),
    ("unknown_decider", "Chưa xác định thẩm quyền"),
]


class StatusListField(forms.MultipleChoiceField):
    """Statuses repeated in the address (status=a&status=b) or joined by commas (status=a,b)."""

    def to_python(self, value):
        """The statuses one by one."""
        return [status for part in super().to_python(value) for status in part.split(",") if status]

    def prepare_value(self, value):
        """The ticked boxes of a list joined by commas."""
        if isinstance(value, (list, tuple)):
            return [status for part in value for status in str(part).split(",")]
        return value


class StatusFilter(django_filters.Filter):
    """Reviews in any of several statuses."""

    field_class = StatusListField

    def filter(self, reviews, value):
        """No status named: all."""
        return reviews.filter(status__in=value) if value else reviews


class _Filters(dict):
    """Filters of which every set of them takes light copies: copying them through and through took as long as a
    statement, and nothing changes what they hold.
    """

    def __deepcopy__(self, memo) -> dict:
        copies = {name: copy(one) for name, one in self.items()}
        for one in copies.values():
            if one.method is not None:
                # A filter with a method asks it by way of the filter it was made for.
                one.method = one.method
        return copies


class ReviewFilter(django_filters.FilterSet):
    """Filters of ``/reviews/``; ``reader`` decides whose conclusions may be asked about; ``bodies`` ({code in small
    letters: primary key} of the round's bodies) saves asking for the one named, where a page has them at hand.

    A value that means nothing leaves no rows: showing everything instead would be a wrong figure.
    """

    q = django_filters.CharFilter(method="with_words", label="Tìm theo mã, tên")
    organisation = django_filters.CharFilter(method="of_body", label="Cơ quan")
    kind = django_filters.ChoiceFilter(
        empty_label=ANY,
        field_name="organisation__kind",
        choices=[(kind.value, kind.label) for kind in (OrganisationKind.MINISTRY, OrganisationKind.PROVINCE)],
        label="Loại cơ quan",
    )
    status = StatusFilter(choices=Status.choices, label="Trạng thái", widget=forms.CheckboxSelectMultiple)
    sector = django_filters.CharFilter(method="in_sector", label="Lĩnh vực")
    conclusion = django_filters.ChoiceFilter(
        empty_label=ANY,
        method="concluded",
        choices=[*Conclusion.choices, ("none", "Chưa có kết luận")],
        label="Kết luận",
    )
    eligible = django_filters.ChoiceFilter(empty_label=ANY, method="flagged", choices=YES_NO, label="Thuộc diện tính")
    counted = django_filters.ChoiceFilter(
        empty_label=ANY, method="is_counted", choices=YES_NO, label="Tính là phân cấp"
    )
    unknown = django_filters.ChoiceFilter(
        empty_label=ANY, method="decider_unknown", choices=YES_NO, label="Chưa xác định thẩm quyền"
    )
    within = django_filters.ChoiceFilter(
        empty_label=ANY, method="is_within", choices=YES_NO, label="Phân cấp trong nội bộ"
    )
    removed = django_filters.ChoiceFilter(
        empty_label=ANY, method="flagged", choices=YES_NO, label="Đã đưa ra khỏi phạm vi"
    )
    unit = django_filters.CharFilter(method="of_unit", label="Đơn vị")
    assignee = django_filters.CharFilter(method="assigned_to", label="Người được giao")
    tier = django_filters.ChoiceFilter(empty_label=ANY, method="at_tier", choices=TIERS, label="Mức")
    document = django_filters.CharFilter(method="amending", label="Văn bản cần sửa")
    submission = django_filters.CharFilter(method="of_pack", label="Lần gửi")
    ruling = django_filters.ChoiceFilter(
        empty_label=ANY, method="waiting_for_ruling", choices=[("waiting", "Chờ xếp loại")], label="Chuyển thẩm quyền"
    )
    local = django_filters.ChoiceFilter(
        empty_label=ANY, method="local_or_not", choices=LOCAL_CHOICES, label="TTHC đặc thù"
    )

    by_exception = django_filters.ChoiceFilter(
        empty_label=ANY, method="answered_together", choices=YES_NO, label="Trả lời chung"
    )

    class Meta:
        model = Review
        fields: list[str] = []

    def __init__(self, data, queryset, *, reader, campaign: Campaign | None, bodies: Mapping[str, int] | None = None):
        self.reader = reader
        self.campaign = campaign
        self.bodies = bodies
        data = data.copy()
        # A body's people see their own body unless they name another.
        if not reader.oversees and not data.get("organisation"):
            data["organisation"] = reader.body.code
        # Figures leave a province's own procedures apart; a person's own work never does.
        if not data.get("local"):
            data["local"] = "all" if data.get("assignee") else "0"
        # What an adjustment took out of the scope is in no figure, so in no list unless asked for.
        if not data.get("removed"):
            data["removed"] = "0"
        super().__init__(data, queryset)

    def get_form_class(self):
        """The form of the filters, made once: each instance copies its fields."""
        if "_form_class" not in ReviewFilter.__dict__:
            ReviewFilter._form_class = super().get_form_class()
        return ReviewFilter._form_class

    def filter_queryset(self, queryset):
        """Rows of the round that every filter leaves; none when a filter's value means nothing."""
        if self.campaign is None or self.form.errors:
            return queryset.none()
        return super().filter_queryset(queryset.filter(campaign=self.campaign))

    def without(self, *names: str) -> "ReviewFilter":
        """The same filters less some, for counting what those would choose from."""
        data = self.data.copy()
        for name in names:
            data.pop(name, None)
        return ReviewFilter(data, self.queryset, reader=self.reader, campaign=self.campaign, bodies=self.bodies)

    def around(self, name: str) -> tuple[QuerySet, QuerySet]:
        """(rows that all filters but ``name`` leave, those of them that it leaves too), each filter asked once."""
        if self.campaign is None or self.form.errors:
            return self.without(name).qs, self.qs
        chosen = self.form.cleaned_data
        others = self.queryset
        for other in [one for one in chosen if one != name]:
            others = self.filters[other].filter(others, chosen[other])
        here = {"scope_item__campaign": self.campaign}
        if connection.vendor == "sqlite":
            here["campaign"] = self.campaign
        in_scope = partial(others.filter, **here)
        self._in_scope = lambda: self.filters[name].filter(in_scope(), chosen[name])
        others = others.filter(campaign=self.campaign)
        return others, self.filters[name].filter(others, chosen[name])

    def in_scope(self) -> QuerySet:
        """The second rows of :meth:`around` once more, known by the catalogue of the round.

        They are the same; but PostgreSQL cannot know that, and where the round of the reviews stood beside it would
        expect an eighth of the rows in a database of eight rounds. SQLite multiplies nothing, and without the round of
        the reviews may read a body's rows of all rounds.
        """
        return self._in_scope()

    def with_words(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Every word of ``q`` stands in the code, name, sector or bodies, accents aside."""
        for word in fold(value).split():
            reviews = reviews.filter(scope_item__search_text__contains=word)
        return reviews

    def of_body(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """The body that a code names in the round."""
        if self.bodies is not None:
            body = self.bodies.get(value.casefold())
            return reviews.filter(organisation=body) if body else reviews.none()
        named = Organisation.objects.filter(participations__campaign=self.campaign, code__iexact=value)
        body = named.values_list("pk", flat=True).first()
        return reviews.filter(organisation=body) if body else reviews.none()

    def in_sector(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """A sector by primary key or by name; "none" for procedures without one."""
        if value == "none":
            return reviews.filter(scope_item__sector=None)
        if value.isascii() and value.isdigit():
            key = primary_key(value)
            return reviews.none() if key is None else reviews.filter(scope_item__sector=key)
        return reviews.filter(scope_item__sector__in=Sector.objects.filter(folded=fold(value)))

    def concluded(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """By conclusion, among forms whose content the reader may read: a filter must not tell what the page hides."""
        return reviews.readable_by(self.reader).filter(conclusion="" if value == "none" else value)

    def is_counted(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Counted or not, among forms whose content the reader may read."""
        return reviews.readable_by(self.reader).filter(counted=value == "1")

    def is_within(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Handed down within one apparatus or not, among forms whose content the reader may read."""
        return reviews.readable_by(self.reader).filter(within=value == "1")

    def answered_together(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Answered by one act for all the rest or singly, among forms whose content the reader may read."""
        return reviews.readable_by(self.reader).filter(by_exception=value == "1")

    def flagged(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """A flag of the same name."""
        return reviews.filter(**{name: value == "1"})

    def of_unit(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Given to a unit by its primary key; "none" for reviews given to no unit."""
        if value == "none":
            return reviews.filter(unit=None)
        key = primary_key(value)
        return reviews.none() if key is None else reviews.filter(unit=key)

    def decider_unknown(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Whether it is still unknown who decides."""
        return reviews.filter(decider_unknown=value == "1")

    def assigned_to(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """ "me" (with those one stands in for today), "none", or the primary key of a person."""
        if value == "me":
            return reviews.filter(assignee__in=acting_as(self.reader))
        if value == "none":
            return reviews.filter(assignee=None)
        key = primary_key(value)
        return reviews.none() if key is None else reviews.filter(assignee=key)

    def at_tier(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Counted reviews that reached a tier."""
        return reviews.counted_as(value)

    def amending(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Whose proposal would amend the document with this key, among forms whose content the reader may read."""
        written = raw_numbers(self.campaign, value)
        if not written:
            return reviews.none()
        asked = Q()
        for stated, number in written:
            asked |= Q(document_type=stated, number=number)
        rows = LegalAmendment.objects.filter(asked, review__campaign=self.campaign)
        return reviews.readable_by(self.reader).filter(pk__in=rows.values("review"))

    def of_pack(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Last sent by a pack that the reader may see, by its primary key."""
        packs = Submission.objects.visible_to(self.reader)
        key = primary_key(value)
        if key is None or not packs.filter(pk=key).exists():
            return reviews.none()
        return reviews_of_pack(reviews, key)

    def waiting_for_ruling(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """With a move the department must still class, among forms whose content the reader may read."""
        return manual_waiting(reviews.readable_by(self.reader))

    def local_or_not(self, reviews: QuerySet, name: str, value: str) -> QuerySet:
        """Provinces' own procedures: left out, alone, or together with the rest."""
        if value == "all":
            return reviews
        return reviews.filter(kind=ReviewKind.LOCAL) if value == "1" else reviews.exclude(kind=ReviewKind.LOCAL)


ReviewFilter.base_filters = _Filters(ReviewFilter.base_filters)


class ScopeFilter(django_filters.FilterSet):
    """Filters of the frozen catalogue of a round."""

    q = django_filters.CharFilter(method="with_words", label="Tìm theo mã, tên")
    organisation = django_filters.CharFilter(method="of_body", label="Cơ quan")
    excluded = django_filters.ChoiceFilter(empty_label=ANY, method="flagged", choices=YES_NO, label="Loại trừ")
    rule = django_filters.ChoiceFilter(empty_label=ANY, choices=SCOPE_RULES, label="Căn cứ tính")

    class Meta:
        model = ScopeItem
        fields: list[str] = []

    def filter_queryset(self, queryset):
        """None when a filter's value means nothing."""
        return queryset.none() if self.form.errors else super().filter_queryset(queryset)

    def with_words(self, items: QuerySet, name: str, value: str) -> QuerySet:
        """Every word of ``q``, accents aside."""
        for word in fold(value).split():
            items = items.filter(search_text__contains=word)
        return items

    def of_body(self, items: QuerySet, name: str, value: str) -> QuerySet:
        """Owned by the body of a code."""
        return items.filter(Q(owner__code__iexact=value))

    def flagged(self, items: QuerySet, name: str, value: str) -> QuerySet:
        """A flag of the same name."""
        return items.filter(**{name: value == "1"})
