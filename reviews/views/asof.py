"""Which basis and day a page of figures is asked for, and how the page says so."""

import datetime
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils import timezone

from reviews.models import Campaign
from reviews.models.campaign import HANOI
from reviews.reports.past import BASIS_LABELS, PRESENT, AsOf, Basis, as_of, day_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: as figures take it, as it was typed, and {field: sentence} of what is wrong with it."""

    campaign: Campaign
    as_of: AsOf = PRESENT
    basis: str = ""
    on: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    now: datetime.datetime = field(default_factory=timezone.now)

    @property
    def linked(self) -> bool:
        """Whether each count is the length of a list that can be opened."""
        return self.as_of.is_present

    @property
    def basis_label(self) -> str:
        """The basis in words."""
        return BASIS_LABELS[self.as_of.basis]

    @property
    def shown_moment(self) -> datetime.datetime:
        """The moment up to which things count."""
        return self.as_of.moment or self.now

    @property
    def words(self) -> str:
        """The moment in words."""
        moment = timezone.localtime(self.shown_moment, HANOI)
        if self.as_of.moment:
            return f"Số liệu đến hết ngày {moment:%d/%m/%Y} (23:59:59 giờ Hà Nội)"
        return f"Số liệu lúc {moment:%H:%M %d/%m/%Y}"

    @property
    def source(self) -> str:
        """The basis and what it rests on, in words."""
        frozen_at = self.campaign.frozen_at
        if frozen_at is None:
            return self.basis_label
        frozen = f"{timezone.localtime(frozen_at, HANOI):%H:%M %d/%m/%Y}"
        if self.as_of.basis == Basis.FROZEN:
            return f"Theo danh mục chốt lúc {frozen}, không tính các điều chỉnh phạm vi"
        return f"Sau điều chỉnh: danh mục chốt lúc {frozen} và các điều chỉnh phạm vi đã duyệt"

    @property
    def bases(self) -> list[tuple[str, str, bool]]:
        """(value, label, chosen) of the two bases."""
        return [(basis.value, label, basis == (self.basis or Basis.ADJUSTED)) for basis, label in BASIS_LABELS.items()]

    @property
    def typed(self) -> str:
        """The day as the box shows it: dd/mm/yyyy, or what was typed when it is no day."""
        try:
            return f"{day_of(self.on):%d/%m/%Y}"
        except ValueError:
            return self.on

    @property
    def query(self) -> str:
        """What links between pages of figures add to an address to keep the basis and the day."""
        parts = [f"&basis={self.as_of.basis.value}"] if self.as_of.basis != Basis.ADJUSTED else []
        if self.as_of.moment:
            parts.append(f"&on={day_of(self.on).isoformat()}")
        return "".join(parts)


def asked_of(request, campaign: Campaign) -> Asked:
    """The basis and day in the address of ``request``; what cannot be had is in ``errors``."""
    basis, on = request.GET.get("basis", "").strip(), request.GET.get("on", "").strip()
    try:
        return Asked(campaign, as_of(campaign, basis=basis, on=on), basis, on)
    except ValidationError as error:
        errors = {name: " ".join(messages) for name, messages in error.message_dict.items()}
        return Asked(campaign, basis=basis, on=on, errors=errors)
