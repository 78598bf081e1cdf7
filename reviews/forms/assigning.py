"""Forms of giving work out: a receiver a sector, ticked receivers of a whole set, a leaver's hand-over."""

from collections.abc import Iterable

from django import forms

from reviews.actions.assigning import Receiver, fillers_of, units_of
from reviews.reports.workloads import SectorLoad
from tthc_portal.accounts.models import Organisation, User

TAKE_BACK = "none"


class Receivers:
    """Units and people of a body under the keys that forms post: u<pk> a unit, p<pk> a person, e<pk> the people of a
    unit, evenly.
    """

    def __init__(self, body: Organisation, *, leaver: User | None = None):
        self.units = list(units_of(body))
        self.people = [person for person in fillers_of(body) if person != leaver]
        self.by_key: dict[str, list[User | Organisation]] = {f"u{unit.pk}": [unit] for unit in self.units}
        self.by_key |= {f"p{person.pk}": [person] for person in self.people}
        self.by_key |= {f"e{unit.pk}": people for unit in self.units if (people := self._people_of(unit))}

    def _people_of(self, unit: Organisation) -> list[User]:
        return [person for person in self.people if person.organisation_id == unit.pk]

    def one_choices(self) -> list:
        """Choices of a select that takes one receiver, or takes back."""
        groups = [("Đơn vị", self._unit_choices()), ("Người", self._person_choices())]
        return [("", "Giữ nguyên"), *(group for group in groups if group[1]), (TAKE_BACK, "Thu hồi, không giao cho ai")]

    def many_choices(self) -> list:
        """Choices of ticks over which a set is divided evenly."""
        evenly = [
            (f"e{unit.pk}", f"Mọi người của {unit} ({len(self.by_key[f'e{unit.pk}'])} người)")
            for unit in self.units
            if f"e{unit.pk}" in self.by_key
        ]
        groups = [
            ("Đơn vị (chưa nêu người)", self._unit_choices()),
            ("Chia đều trong đơn vị", evenly),
            ("Người", self._person_choices()),
        ]
        return [group for group in groups if group[1]]

    def chosen(self, keys: Iterable[str]) -> list[User | Organisation]:
        """The receivers behind ticked ``keys``, each once, in the order of the list."""
        found = {(type(one), one.pk): one for key in keys for one in self.by_key.get(key, ())}
        return list(found.values())

    def _unit_choices(self):
        return [(f"u{unit.pk}", unit.name) for unit in self.units]

    def _person_choices(self):
        return [
            (f"p{person.pk}", f"{person} – {person.organisation if person.organisation.parent_id else 'cơ quan'}")
            for person in self.people
        ]


def _again(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


class SectorsForm(forms.Form):
    """One select a sector; blank leaves a sector as it is."""

    again = _again("Giao lại cả phiếu đã giao của các lĩnh vực được chọn")

    def __init__(self, data=None, *, sectors: list[SectorLoad], receivers: Receivers):
        super().__init__(data)
        self.sectors, self.receivers = sectors, receivers
        choices = receivers.one_choices()
        for sector in sectors:
            self.fields[f"sector_{sector.key}"] = forms.ChoiceField(
                label=f"Giao lĩnh vực {sector.name} cho",
                choices=choices,
                required=False,
                error_messages={"invalid_choice": f"Lĩnh vực {sector.name}: người hoặc đơn vị này không còn."},
            )

    def rows(self) -> list[tuple[SectorLoad, forms.BoundField]]:
        """Each sector with its select."""
        return [(sector, self[f"sector_{sector.key}"]) for sector in self.sectors]

    def chosen(self) -> dict[str, Receiver]:
        """{key of the sector: who gets it, None to take back} of the sectors that something was chosen for."""
        found = {}
        for sector in self.sectors:
            key = self.cleaned_data.get(f"sector_{sector.key}")
            if key:
                found[sector.key] = None if key == TAKE_BACK else self.receivers.by_key[key][0]
        return found


class SpreadForm(forms.Form):
    """Who a whole set is divided among."""

    receivers = forms.MultipleChoiceField(
        label="Giao cho",
        widget=forms.CheckboxSelectMultiple,
        help_text="Chọn một: nhận tất cả. Chọn nhiều: chia đều, giữ trọn từng lĩnh vực cho một nơi khi được.",
        error_messages={
            "required": "Hãy chọn ít nhất một đơn vị hoặc một người nhận.",
            "invalid_choice": "Có đơn vị hoặc người không còn nhận được phiếu; hãy chọn lại.",
        },
    )
    again = _again("Giao lại cả phiếu đã có người hoặc đơn vị nhận")

    def __init__(self, data=None, *, receivers: Receivers):
        super().__init__(data)
        self.known = receivers
        self.fields["receivers"].choices = receivers.many_choices()

    def chosen(self) -> list[User | Organisation]:
        """The receivers ticked."""
        return self.known.chosen(self.cleaned_data["receivers"])


class HandOverForm(forms.Form):
    """Who takes over a leaver's work, and why."""

    receivers = forms.MultipleChoiceField(
        label="Người, đơn vị nhận bàn giao",
        widget=forms.CheckboxSelectMultiple,
        help_text="Chọn một: nhận tất cả. Chọn nhiều: chia đều, giữ trọn từng lĩnh vực cho một nơi khi được.",
        error_messages={
            "required": "Hãy chọn người hoặc đơn vị nhận bàn giao.",
            "invalid_choice": "Có đơn vị hoặc người không còn nhận được phiếu; hãy chọn lại.",
        },
    )
    reason = forms.CharField(
        label="Lý do bàn giao",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Ví dụ: chuyển công tác theo Quyết định số 12/QĐ-BXD ngày 05/11/2021.",
        error_messages={"required": "Bàn giao phải nêu lý do, ví dụ: chuyển công tác theo Quyết định số …"},
    )

    def __init__(self, data=None, *, receivers: Receivers):
        super().__init__(data)
        self.known = receivers
        self.fields["receivers"].choices = receivers.many_choices()

    def chosen(self) -> list[User | Organisation]:
        """The receivers ticked."""
        return self.known.chosen(self.cleaned_data["receivers"])
