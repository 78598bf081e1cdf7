"""What the address of the list of packs means."""

import django_filters
from django import forms
from django.db.models import QuerySet

from reviews.models import Campaign, Submission
from reviews.models.submission import SubmissionDoor
from reviews.reports import submissions as packs
from reviews.reports.worklist import bodies_named
from tthc_portal.accounts.models import OrganisationKind

ANY = "Tất cả"
STATES = [("waiting", "Còn phiếu chờ xem xét"), ("changed", "Có phiếu sửa sau khi ký")]


class SubmissionFilter(django_filters.FilterSet):
    """Filters of ``/reviews/submissions/``; a value that means nothing leaves no rows."""

    q = django_filters.CharFilter(method="with_words", label="Số công văn, người ký")
    organisation = django_filters.CharFilter(field_name="organisation__code", lookup_expr="iexact", label="Cơ quan")
    kind = django_filters.ChoiceFilter(
        empty_label=ANY,
        field_name="organisation__kind",
        choices=[(kind.value, kind.label) for kind in (OrganisationKind.MINISTRY, OrganisationKind.PROVINCE)],
        label="Loại cơ quan",
    )
    door = django_filters.ChoiceFilter(empty_label=ANY, choices=SubmissionDoor.choices, label="Hình thức")
    state = django_filters.ChoiceFilter(empty_label=ANY, method="in_state", choices=STATES, label="Tình trạng")

    class Meta:
        model = Submission
        fields: list[str] = []

    def __init__(self, data, queryset, *, reader, campaign: Campaign | None):
        super().__init__(data, queryset)
        self.campaign = campaign
        fields = self.form.fields
        if not reader.oversees:
            del fields["organisation"], fields["kind"]
        elif campaign:
            bodies = [(code, f"{code} – {name}") for _, code, name in bodies_named(campaign)]
            fields["organisation"].widget = forms.Select(choices=[("", ANY), *bodies])
        if data.get("campaign"):
            fields["campaign"] = forms.CharField(widget=forms.HiddenInput)

    def filter_queryset(self, queryset):
        """Packs of the round that every filter leaves."""
        if self.campaign is None or self.form.errors:
            return queryset.none()
        found = queryset.filter(campaign=self.campaign)
        for name, value in self.form.cleaned_data.items():
            if name in self.filters:
                found = self.filters[name].filter(found, value)
        return found

    def with_words(self, submissions: QuerySet, name: str, value: str) -> QuerySet:
        """Every word stands in the letter's number, its signer or the body, accents aside."""
        return packs.matching(submissions, value)

    def in_state(self, submissions: QuerySet, name: str, value: str) -> QuerySet:
        """With forms still waiting, or with forms saved after they were signed."""
        return packs.with_waiting(submissions) if value == "waiting" else packs.with_changes(submissions)
