"""People with accounts as their keepers see them: whom they keep, what each has in hand, what was done to each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.utils import timezone

from reviews.actions.assigning import HANDED_OVER
from reviews.models import CampaignState, Review
from tthc_portal.accounts.models import OneTimeCode, Organisation, OrganisationKind, Role, User
from tthc_portal.accounts.user_sheet import COLUMNS, sheet_row
from tthc_portal.text import collation_key, fold

EXPORT_HEADER = (*COLUMNS.values(), "Tên cơ quan", "Tình trạng", "Đăng nhập gần nhất", "Số phiếu đang giữ")
CHANGES_SHOWN = 30
# Every sign-in leaves an entry that changes nothing shown.
LOOKED_THROUGH = 2_000
_TRACKED = ("username", "full_name", "organisation_id", "role", "position", "email", "phone", "is_unit_head",
            "is_active", "is_superuser")  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One entry of a person's history: when, by whom, and [(field, before, after)]; ``made`` for the first."""

    at: object
    by: str
    made: bool
    fields: list[tuple[str, str, str]]


def kept_by(user: User) -> QuerySet:
    """Everybody whose account ``user`` sees on the page of people."""
    return User.objects.visible_to(user).select_related("organisation__parent")


def in_hand_counts(people: Iterable[int] | None = None) -> dict[int, int]:
    """Reviews of open rounds to hand over, by person, of those who have some; of everybody or of those named."""
    rows = Review.objects.filter(eligible=True, status__in=HANDED_OVER, campaign__state=CampaignState.OPEN)
    rows = rows.exclude(assignee=None) if people is None else rows.filter(assignee__in=list(people))
    return dict(rows.order_by().values_list("assignee").annotate(number=Count("pk")))


def matching(people: QuerySet, words: str) -> QuerySet:
    """``people`` whose sign-in name, name, address or position holds every one of ``words``, accents aside."""
    wanted = fold(words).split()
    rows = people.order_by().values_list("pk", "username", "full_name", "email", "position")
    found = [pk for pk, *texts in rows if all(word in text for text in [fold(" ".join(texts))] for word in wanted)]
    return people.filter(pk__in=found)


def places_of(user: User) -> list[tuple[str, str]]:
    """(code, name) of the bodies that have people, for an administrator; of a focal point's body and its units."""
    if user.role == Role.ADMINISTRATOR:
        known = Organisation.objects.exclude(kind=OrganisationKind.UNIT)
        known = known.filter(pk__in=_bodies_with_people())
        found = {code: f"{code} – {name}" for code, name in known.order_by("valid_from").values_list("code", "name")}
        return sorted(found.items(), key=lambda item: collation_key(item[1]))
    body = user.body
    units = Organisation.objects.filter(parent=body, kind=OrganisationKind.UNIT).order_by("code")
    return [(body.code, f"{body} (mọi đơn vị)"), *units.values_list("code", "name")]


def _bodies_with_people() -> set[int]:
    pairs = User.objects.order_by().values_list("organisation", "organisation__parent").distinct()
    return {parent or own for own, parent in pairs}


def units_with_people(body: Organisation) -> list[tuple[Organisation, int]]:
    """(unit, how many active people work in it) of every unit of ``body``."""
    units = Organisation.objects.filter(parent=body, kind=OrganisationKind.UNIT).order_by("code")
    active = User.objects.filter(organisation__parent=body, is_active=True).order_by()
    counts = dict(active.values_list("organisation").annotate(number=Count("pk")))
    return [(unit, counts.get(unit.pk, 0)) for unit in units]


def export_rows(people: QuerySet):
    """Rows under EXPORT_HEADER: the workbook of people, and what else the page shows."""
    held = in_hand_counts()
    for user in people.iterator(chunk_size=2000):
        seen = timezone.localtime(user.last_login).strftime("%d/%m/%Y %H:%M") if user.last_login else ""
        state = "Đang hoạt động" if user.is_active else "Đã ngừng"
        yield (*sheet_row(user), user.body.name, state, seen, held.get(user.pk, 0))


def live_code_of(user: User) -> OneTimeCode | None:
    """The printed code ``user`` may still use."""
    live = user.one_time_codes.filter(used_at=None, expires_at__gt=timezone.now()).select_related("made_by")
    return live.first()


def changes_of(user: User) -> list[PersonChange]:
    """The last changes of the account, newest first."""
    entries = list(
        user.history.select_related("history_user").order_by("-history_date", "-history_id")[:LOOKED_THROUGH]
    )
    places = Organisation.objects.in_bulk({entry.organisation_id for entry in entries})
    changes = []
    for place, entry in enumerate(entries):
        earlier = entries[place + 1] if place + 1 < len(entries) else None
        fields = _differences(earlier, entry, places) if earlier else []
        if fields or entry.history_type == "+":
            by = str(entry.history_user) if entry.history_user else "hệ thống"
            changes.append(PersonChange(entry.history_date, by, entry.history_type == "+", fields))
        if len(changes) == CHANGES_SHOWN:
            break
    return changes


def _differences(earlier, later, places) -> list[tuple[str, str, str]]:
    found = []
    for name in _TRACKED:
        before, after = getattr(earlier, name), getattr(later, name)
        if before != after:
            label = User._meta.get_field(name).verbose_name if name != "is_active" else "đang hoạt động"
            found.append((str(label), _said(name, before, places), _said(name, after, places)))
    return found


def _said(name: str, value, places) -> str:
    if name == "organisation_id":
        return str(places.get(value, ""))
    if isinstance(value, bool):
        return "Có" if value else "Không"
    return str(Role(value).label) if name == "role" and value in Role.values else str(value)
