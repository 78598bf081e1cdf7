"""Forms of “cần đối chiếu tên cơ quan”: the filter of the page, and the unknown publishers of a preview."""

import datetime
import difflib
from collections import Counter

from django import forms
from django.utils.functional import cached_property

from procedures.models import ImportBatch, MatchingKind, RowOutcome
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.text import collation_key, fold

# More than a person settles at one sitting; the next ones come once these are settled.
PUBLISHERS_AT_ONCE = 20


class WordingFilter(forms.Form):
    """Which wordings to list."""

    use_required_attribute = False
    q = forms.CharField(label="Tìm cách ghi", required=False, max_length=200)

    def __init__(self, data):
        super().__init__(data, auto_id="loc_%s")

    def apply(self, wordings):
        """``wordings`` narrowed to those that hold every word typed, accents aside."""
        if not self.is_valid():
            return wordings.none()
        for word in fold(self.cleaned_data["q"]).split():
            wordings = wordings.filter(folded__contains=word)
        return wordings


class MatchingFilter(WordingFilter):
    """Which words of administrators on wordings to list."""

    kind = forms.ChoiceField(label="Loại", choices=[("", "Tất cả"), *MatchingKind.choices], required=False)
    state = forms.ChoiceField(
        label="Tình trạng",
        choices=[("", "Tất cả"), ("used", "Đang dùng"), ("withdrawn", "Đã thu hồi")],
        required=False,
    )

    def apply(self, matchings):
        """``matchings`` narrowed by what the form says."""
        matchings = super().apply(matchings)
        if not self.is_valid():
            return matchings
        if kind := self.cleaned_data["kind"]:
            matchings = matchings.filter(kind=kind)
        if state := self.cleaned_data["state"]:
            matchings = matchings.filter(withdrawn_at__isnull=state == "used")
        return matchings


class WithdrawForm(forms.Form):
    """Why a word is taken back."""

    reason = forms.CharField(
        label="Lý do thu hồi",
        max_length=500,
        error_messages={"required": "Chưa ghi lý do thu hồi. Ghi lý do rồi thu hồi lại."},
    )


class PublisherForm(forms.Form):
    """One wording of a publisher, and the body it names."""

    wording = forms.CharField(widget=forms.HiddenInput, max_length=1000)
    organisation = forms.TypedChoiceField(label="Là cơ quan", coerce=int, empty_value=None, required=False)
    valid_from = forms.DateField(
        label="Chỉ áp dụng từ ngày",
        required=False,
        error_messages={"invalid": "Ghi ngày theo dạng dd/mm/yyyy, ví dụ 05/03/2021."},
    )

    def __init__(self, *args, bodies, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", "Chưa chọn"), *bodies]
        wording = str(self["wording"].value() or "")
        self.rows = rows.get(wording, 0)
        self.fields["organisation"].widget.attrs["aria-label"] = f"Cơ quan được ghi là {wording}"
        self.fields["valid_from"].widget.attrs |= {
            "aria-label": f"Chỉ áp dụng cách ghi {wording} từ ngày",
            "placeholder": "dd/mm/yyyy",
        }


class BasePublisherFormSet(forms.BaseFormSet):
    """The unknown publishers of a preview; those left unchosen stay unknown."""

    def __init__(self, data=None, *, batch: ImportBatch, unknown: list[dict] | None = None):
        self.batch = batch
        unknown = unknown_publishers(batch) if unknown is None else unknown
        bodies = bodies_on(batch.as_of)
        near = _Nearest(bodies)
        initial = [
            {"wording": item["wording"], "organisation": near.of(item["wording"])}
            for item in unknown[:PUBLISHERS_AT_ONCE]
        ]
        self.left = max(0, len(unknown) - PUBLISHERS_AT_ONCE)
        kwargs = {"bodies": bodies, "rows": {item["wording"]: item["rows"] for item in unknown}}
        super().__init__(data, initial=initial, prefix="publishers", form_kwargs=kwargs)

    @property
    def choices(self) -> list[dict]:
        """What was chosen, as the action wants it."""
        chosen = (form.cleaned_data for form in self.forms)
        return [dict(data) for data in chosen if data.get("organisation")]


PublisherFormSet = forms.formset_factory(
    PublisherForm, formset=BasePublisherFormSet, extra=0, max_num=100, absolute_max=100
)


def publishers_on(day: datetime.date) -> list[Organisation]:
    """The bodies that may publish on ``day``, in Vietnamese order."""
    bodies = Organisation.objects.exclude(kind=OrganisationKind.UNIT).on(day)
    return sorted(bodies, key=lambda body: collation_key(body.name))


def bodies_on(day: datetime.date) -> list[tuple[int, str]]:
    """(id, name and code) of the bodies that may publish on ``day``."""
    return [(body.pk, f"{body.name} ({body.code})") for body in publishers_on(day)]


def unknown_publishers(batch: ImportBatch) -> list[dict]:
    """[{wording, rows}] of the publishers of ``batch`` that no body is known by, the most frequent first."""
    column = batch.layout.get("columns", {}).get("publisher")
    found: Counter[str] = Counter()
    for errors in batch.rows.filter(outcome=RowOutcome.INVALID).values_list("errors", flat=True):
        # A broken formula is no wording of a body.
        found.update(e["value"] for e in errors if e["column"] == column and e["value"] and e["value"][0] != "#")
    return [{"wording": wording, "rows": rows} for wording, rows in found.most_common()]


class _Nearest:
    """The body whose name is most like a wording; none is better than a wrong one."""

    def __init__(self, bodies: list[tuple[int, str]]):
        self._bodies = bodies

    @cached_property
    def _by_name(self) -> dict[str, int]:
        return {fold(label.rpartition(" (")[0]): pk for pk, label in self._bodies}

    def of(self, wording: str) -> int | None:
        """The id of the body, or None."""
        near = difflib.get_close_matches(fold(wording), self._by_name, n=1, cutoff=0.75)
        return self._by_name[near[0]] if near else None
