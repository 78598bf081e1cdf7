"""On which basis and as at which moment figures are asked for, and the reviews that stood differently then.

The present figures count rows; those of a past day take back the events since, so their cost grows with what has
happened since that day and not with the size of the round.
"""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from reviews.models import Campaign, CampaignState, Review, ReviewEvent, ReviewKind
from reviews.models.campaign import HANOI
from reviews.rules.rewinding import ADJUST, NAMES, Facts, Happened, by_frozen_catalogue, made_ineligible, rewind
from tthc_portal.accounts.models import Organisation

CHUNK = 2_000


class Basis(StrEnum):
    """Which scope the figures rest on."""

    ADJUSTED = "adjusted"
    FROZEN = "frozen"


BASIS_LABELS = {Basis.ADJUSTED: "Sau điều chỉnh", Basis.FROZEN: "Theo danh mục chốt"}


@dataclass(frozen=True, slots=True)
class AsOf:
    """The basis, and the moment up to which things count (None: now)."""

    basis: Basis = Basis.ADJUSTED
    moment: datetime.datetime | None = None

    @property
    def is_present(self) -> bool:
        """Whether these are the figures of the round as it stands, each the count of a list."""
        return self.basis == Basis.ADJUSTED and self.moment is None


PRESENT = AsOf()


class Change(NamedTuple):
    """One review that stood differently: its body, sector, what it is now and what it was (None: in no figure)."""

    organisation: int
    sector: tuple[int | None, str]
    now: Facts | None
    then: Facts | None


def day_of(typed: str) -> datetime.date:
    """The day of 15/10/2021, as people write it, or 2021-10-15, as addresses carry it; ValueError for anything else."""
    if "/" in typed:
        return datetime.datetime.strptime(typed, "%d/%m/%Y").date()
    return datetime.date.fromisoformat(typed)


def as_of(campaign: Campaign, *, basis: str = "", on: str = "") -> AsOf:
    """The basis and day that an address or a command names; blank: adjusted, now.

    A day means its last moment in Hà Nội; today means now. Raises ValidationError({"basis" | "on": sentence}).
    """
    if basis and basis not in list(Basis):
        raise ValidationError(
            {"basis": "Căn cứ chỉ là “adjusted” (sau điều chỉnh) hoặc “frozen” (theo danh mục chốt)."}
        )
    found = Basis(basis or Basis.ADJUSTED)
    if not on:
        return AsOf(found)
    try:
        day = day_of(on)
    except ValueError as error:
        raise ValidationError({"on": f"Ngày “{on}” không đúng; hãy ghi ngày/tháng/năm, ví dụ 15/10/2021."}) from error
    today = timezone.localtime(timezone=HANOI).date()
    if day > today:
        raise ValidationError({"on": f"Ngày {day:%d/%m/%Y} ở sau ngày hôm nay; chưa có số liệu."})
    if campaign.state == CampaignState.PREPARING:
        raise ValidationError({"on": "Đợt rà soát chưa mở nên chưa có số liệu của ngày nào."})
    if campaign.closes_at(day) < campaign.frozen_at:
        opened = timezone.localtime(campaign.frozen_at, HANOI)
        raise ValidationError(
            {"on": f"Ngày {day:%d/%m/%Y} ở trước ngày chốt danh mục ({opened:%d/%m/%Y}); chưa có số liệu."}
        )
    return AsOf(found, None if day == today else campaign.closes_at(day))


def changes(campaign: Campaign, asked: AsOf, organisation: Organisation | None = None) -> Iterator[Change]:
    """Reviews (of one body, or of all) whose part in the figures differs from the present one; at most three queries.

    Procedures of the provinces' own are in no figure and never come up.
    """
    if asked.is_present:
        return
    mine = {"campaign": campaign} | ({"organisation": organisation} if organisation else {})
    kept = _before_exclusion(mine, asked) if asked.basis == Basis.FROZEN else {}
    seen = set()
    for review, place, now, then in _rewound(campaign, asked, organisation):
        seen.add(review)
        yield Change(*place, _shown(now), _basis(then, asked, kept.get(review)))
    if asked.basis == Basis.FROZEN:
        adjusted = Review.objects.filter(**mine).exclude(frozen_standing="").exclude(kind=ReviewKind.LOCAL)
        rows = adjusted.order_by().values_list("pk", *_PLACE, *NAMES)
        for review, body, sector, sector_name, *values in rows.iterator(chunk_size=CHUNK):
            if review not in seen:
                now = Facts(*values)
                yield Change(body, (sector, sector_name), _shown(now), _basis(now, asked, kept.get(review)))


_PLACE = ("organisation", "scope_item__sector", "scope_item__sector_name")
_EVENT = ("sequence", "action", "status_before", "status_after", "changes")


def _rewound(campaign: Campaign, asked: AsOf, organisation: Organisation | None):
    """(review, (body, sector), facts now, facts then) of every review that something has happened to since."""
    if asked.moment is None:
        return
    # The round is named through the review too: a body's page goes by its reviews, the nation's by time.
    events = ReviewEvent.objects.filter(campaign=campaign, at__gt=asked.moment, review__isnull=False)
    if organisation:
        events = events.filter(review__organisation=organisation)
    rows = (
        events.exclude(review__kind=ReviewKind.LOCAL)
        .order_by("review_id", "-sequence")
        .values_list("review_id", *(f"review__{name}" for name in (*_PLACE, *NAMES)), *_EVENT)
    )
    for review, group in groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row[0]):
        first = next(group)
        body, sector, sector_name = first[1:4]
        now = Facts(*first[4 : 4 + len(NAMES)])
        later = [Happened(*row[4 + len(NAMES) :]) for row in (first, *group)]
        yield review, (body, (sector, sector_name)), now, rewind(now, later)


def _before_exclusion(mine: dict, asked: AsOf) -> dict[int, Facts]:
    """What each review was just before the last adjustment up to then that made it ineligible, by its primary key."""
    adjusted = Review.objects.filter(**mine).exclude(frozen_standing="")
    events = ReviewEvent.objects.filter(review__in=adjusted.order_by().values("pk"), action=ADJUST)
    if asked.moment:
        events = events.filter(at__lte=asked.moment)
    found = {}
    for review, *event in events.order_by("review_id", "sequence").values_list("review_id", *_EVENT):
        before = made_ineligible(Happened(*event))
        if before:
            found[review] = before
    return found


def _shown(facts: Facts | None) -> Facts | None:
    return None if facts is None or facts.removed else facts


def _basis(facts: Facts | None, asked: AsOf, kept: Facts | None) -> Facts | None:
    if facts is None:
        return None
    return by_frozen_catalogue(facts, kept) if asked.basis == Basis.FROZEN else _shown(facts)
