"""Accounts of the illustrative round: one password for all, three people a body, more in the larger ministries."""

import os
import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from reviews.demo.wording import FAMILY_NAMES, GIVEN_NAMES, MIDDLE_NAMES
from tthc_portal.accounts.models import Organisation, OrganisationKind, Role, User

# Ministries with units and an official in each.
LARGER = frozenset({"G02", "G04", "G10", "G12", "G13", "G15", "G16", "G17", "G18"})
UNITS = 3


@dataclass
class Staff:
    """The people of one body: an official, a focal point, a leader, and officials of units by the unit's name."""

    official: User
    focal_point: User
    leader: User
    in_units: dict[str, User] = field(default_factory=dict)

    @property
    def officials(self) -> list[User]:
        """Everyone who fills forms."""
        return [self.official, *self.in_units.values()]


@dataclass
class People:
    """Everyone of the demo."""

    administrator: User
    auditor: User
    appraiser: User
    head: User
    bodies: dict[int, Staff]


def demo_password() -> str:
    """DEMO_PASSWORD, else one made once and kept in ``VAR_DIR/demo-password``, readable by its owner alone."""
    given = os.environ.get("DEMO_PASSWORD")
    if given:
        return given
    path = Path(settings.VAR_DIR) / "demo-password"
    if path.exists():
        kept = path.read_text(encoding="utf-8").strip()
        if kept:
            return kept
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(9)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(made + "\n")
    return made


def person_name(rng: random.Random) -> str:
    """A believable Vietnamese name."""
    woman = rng.randrange(2)
    return f"{rng.choice(FAMILY_NAMES)} {rng.choice(MIDDLE_NAMES[woman])} {rng.choice(GIVEN_NAMES[woman])}"


def make_units(bodies: Iterable[Organisation], departments: dict[str, list[str]]) -> dict[int, list[Organisation]]:
    """Units (vụ, cục) of the larger ministries, from the departments that settle their procedures."""
    made: dict[int, list[Organisation]] = {}
    for body in bodies:
        if body.code not in LARGER:
            continue
        made[body.pk] = [
            Organisation(
                code=f"{body.code}.{number:02d}",
                name=name,
                kind=OrganisationKind.UNIT,
                parent=body,
                valid_from=body.valid_from,
                valid_to=body.valid_to,
            )
            for number, name in enumerate(departments[body.code][:UNITS], start=1)
        ]
    Organisation.objects.bulk_create([unit for units in made.values() for unit in units])
    return made


def make_people(
    rng: random.Random, department: Organisation, bodies: list[Organisation], units: dict[int, list[Organisation]]
) -> People:
    """Every account, sharing one hash: hashing a password a person would take a minute."""
    password = make_password(demo_password())

    def user(username: str, organisation: Organisation, role: str, position: str, **more) -> User:
        return User(
            username=username,
            full_name=person_name(rng),
            organisation=organisation,
            role=role,
            position=position,
            password=password,
            **more,
        )

    people = People(
        administrator=user("admin", department, Role.ADMINISTRATOR, "Quản trị hệ thống"),
        auditor=user("kiemtra", department, Role.AUDITOR, "Thành viên Tổ kiểm tra"),
        appraiser=user("cuc.chuyenvien", department, Role.APPRAISER, "Chuyên viên chính"),
        head=user("cuc.lanhdao", department, Role.DEPARTMENT_HEAD, "Phó Cục trưởng"),
        bodies={},
    )
    for body in bodies:
        code = body.code.lower()
        ministry = body.kind == OrganisationKind.MINISTRY
        staff = Staff(
            official=user(f"{code}.chuyenvien", body, Role.OFFICIAL, "Chuyên viên"),
            focal_point=user(f"{code}.daumoi", body, Role.FOCAL_POINT, "Công chức đầu mối kiểm soát TTHC"),
            leader=user(f"{code}.lanhdao", body, Role.LEADER, leader_position(body)),
        )
        for number, unit in enumerate(units.get(body.pk, ()), start=2):
            head = number == 2 and ministry
            position = "Phó Vụ trưởng" if unit.name.startswith("Vụ") else "Phó Cục trưởng"
            staff.in_units[unit.name] = user(
                f"{code}.chuyenvien{number}",
                unit,
                Role.OFFICIAL,
                position if head else "Chuyên viên",
                is_unit_head=head,
            )
        people.bodies[body.pk] = staff
    everyone = [people.administrator, people.auditor, people.appraiser, people.head]
    for staff in people.bodies.values():
        everyone += [*staff.officials, staff.focal_point, staff.leader]
    User.objects.bulk_create(everyone, batch_size=200)
    return people


def leader_position(body: Organisation) -> str:
    """The office of the one who signs for ``body``."""
    if body.kind == OrganisationKind.PROVINCE:
        return "Phó Chủ tịch Ủy ban nhân dân"
    special = {"G19": "Phó Thống đốc", "G20": "Phó Tổng Thanh tra Chính phủ", "G21": "Thứ trưởng, Phó Chủ nhiệm"}
    return special.get(body.code, "Thứ trưởng")


def signing_capacity(body: Organisation) -> str:
    """The line above the signature of a deputy."""
    if body.kind == OrganisationKind.PROVINCE:
        return "KT. CHỦ TỊCH"
    special = {"G19": "KT. THỐNG ĐỐC", "G20": "KT. TỔNG THANH TRA", "G21": "KT. BỘ TRƯỞNG, CHỦ NHIỆM"}
    return special.get(body.code, "KT. BỘ TRƯỞNG")
