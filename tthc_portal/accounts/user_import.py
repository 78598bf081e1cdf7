"""People from a workbook: what would become of each row, and all of it written or nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from tthc_portal.accounts import people
from tthc_portal.accounts.models import Organisation, OrganisationKind, Role, User, UserImport
from tthc_portal.accounts.user_sheet import COLUMNS, NO, YES, Line
from tthc_portal.text import fold

_TRUTH = {"co": True, "x": True, "1": True, "true": True, "dung": True, "khong": False, "0": False, "false": False}
_ROLES = {fold(str(role.label)): role for role in Role} | {role.value: role for role in Role}
# The column a fault of a person's row is shown in.
_COLUMN_OF = {"organisation": "body"}
_SHOWN = 200


@dataclass(slots=True)
class Verdict:
    """What a workbook would do: people to create and to change ({field: [before, after]} each), and its faults."""

    rows: int = 0
    created: list[tuple[int, User]] = field(default_factory=list)
    changed: list[tuple[int, User, dict[str, list[str]]]] = field(default_factory=list)
    unchanged: int = 0
    errors: list[dict] = field(default_factory=list)

    def report(self) -> dict:
        """The form it is kept in; of those created and changed the first are listed."""
        return {
            "rows": self.rows,
            "created": len(self.created),
            "changed": len(self.changed),
            "unchanged": self.unchanged,
            "errors": sorted(self.errors, key=lambda error: error["row"]),
            "new": [[number, *_shown(user)] for number, user in self.created[:_SHOWN]],
            "changes": [[number, *_shown(user), changes] for number, user, changes in self.changed[:_SHOWN]],
        }


def _shown(user: User) -> list[str]:
    return [user.username, user.full_name, str(user.organisation), str(Role(user.role).label)]


def judge(*, by: User, lines: Iterable[Line], in_hand: Mapping[int, int]) -> Verdict:
    """What ``lines`` would do to the people ``by`` keeps; writes nothing and asks the same few questions of any number.

    ``in_hand``: reviews to hand over, by person, of those who have some.
    """
    lines = list(lines)
    verdict = Verdict(rows=len(lines))
    names = Counter(line.texts["username"].lower() for line in lines)
    existing = {
        user.folded: user
        for user in User.objects.alias(name=Lower("username"))
        .annotate(folded=Lower("username"))
        .filter(name__in=list(names))
        .select_related("organisation__parent")
    }
    places = _Places(by)
    for line in lines:
        _judge_line(by, line, verdict, names, existing, places, in_hand)
    return verdict


class _Places:
    """The bodies and units ``by`` may name, by code and by what units are called; two queries."""

    def __init__(self, by: User):
        self.own = None if by.role == Role.ADMINISTRATOR else by.body
        today = timezone.localdate()
        bodies = Organisation.objects.exclude(kind=OrganisationKind.UNIT).order_by("valid_from")
        # Of bodies with one code the one that stands today, else the latest, is meant.
        self._bodies = {}
        self._named: dict[str, Organisation] = {}
        for body in sorted(bodies, key=lambda body: body.existed_on(today)):
            self._bodies[body.code.lower()] = body
            self._named |= {fold(name): body for name in (body.name, body.short_name) if name}
        if self.own is not None:
            self._bodies[self.own.code.lower()] = self.own
        self._units: dict[int, dict[str, Organisation]] = {}
        for unit in Organisation.objects.filter(kind=OrganisationKind.UNIT).select_related("parent"):
            known = self._units.setdefault(unit.parent_id, {})
            for name in filter(None, (unit.code, unit.name, unit.short_name)):
                known[fold(name)] = unit

    def body(self, code: str, user: User | None) -> Organisation | None:
        """The body that ``code`` names: blank that of the person or of who asks, the person's own where it fits."""
        if not code:
            return user.body if user else self.own
        if user and user.body.code.lower() == code.lower():
            return user.body
        return self._bodies.get(code.lower())

    def why_no_body(self, code: str) -> str:
        """What to write where ``code`` names no body; of one called by its name, its code."""
        if not code:
            return "Phải ghi mã cơ quan, ví dụ G15 (Bộ Tư pháp), H35."
        meant = self._named.get(fold(code))
        if meant is not None:
            return f"Cột này ghi mã của cơ quan: {meant.name} có mã {meant.code}; ghi mã này rồi tải lại."
        return "Không có cơ quan mang mã này. Xem trang “Mã cơ quan” của tệp mẫu."

    def unit(self, body: Organisation, name: str) -> Organisation | None:
        """The unit of ``body`` called ``name``."""
        return self._units.get(body.pk, {}).get(fold(name))

    def units_of(self, body: Organisation) -> list[str]:
        """Names of the units of ``body``."""
        return list(dict.fromkeys(unit.name for unit in self._units.get(body.pk, {}).values()))


def _judge_line(by, line: Line, verdict: Verdict, names, existing, places: _Places, in_hand) -> None:
    """Put one row where it belongs in ``verdict``; every fault of it is named."""
    faults: list[tuple[str, str]] = [
        (name, f"Ô chứa công thức chưa có kết quả hoặc lỗi ({shown}); dán giá trị vào ô rồi tải lại.")
        for name, shown in line.unread.items()
    ]
    typed = line.texts["username"]
    user = existing.get(typed.lower())
    if not typed:
        faults.append(("username", "Phải ghi tên đăng nhập."))
    elif names[typed.lower()] > 1:
        faults.append(("username", f"Tên đăng nhập có ở {names[typed.lower()]} dòng của tệp; giữ một dòng."))
    elif user is None:
        try:
            people.clean_username(typed)
        except ValidationError as refusal:
            faults.append(("username", refusal.messages[0]))
    elif refusal := _taken(by, user):
        faults.append(("username", refusal))
        user = None
    values, wrong = _values(by, line, user, places)
    faults += wrong
    named = {name for name, _ in faults}
    for name, sentence in people.faults_of(by, values, user).items():
        column = _COLUMN_OF.get(name, name)
        # Without a place there is nothing more to say of it; a role is judged by its place.
        if column not in named and not (name == "organisation" and "unit" in named):
            faults.append((column, sentence))
    if user is not None and not faults:
        faults += [(_COLUMN_OF.get(n, n), text) for n, text in people.staying_faults(by, user, values).items()]
        if refusal := people.leaving_fault(user, values, in_hand.get(user.pk, 0)):
            faults.append(("unit", refusal.partition(" Hãy bàn giao")[0] + " Bàn giao xong rồi nhập lại."))
    if faults:
        verdict.errors += [
            {"row": line.number, "column": COLUMNS[name], "value": line.texts.get(name, ""), "message": sentence}
            for name, sentence in faults
        ]
    elif user is None:
        made = User(username=people.clean_username(typed), **values)
        made.set_unusable_password()
        verdict.created.append((line.number, made))
    else:
        changes = {name: value for name, value in values.items() if getattr(user, name) != value}
        if not changes:
            verdict.unchanged += 1
            return
        before = {name: getattr(user, name) for name in changes}
        shown = {_label(name): [_said(before[name], name), _said(value, name)] for name, value in changes.items()}
        for name, value in changes.items():
            setattr(user, name, value)
        verdict.changed.append((line.number, user, shown))


def _taken(by: User, user: User) -> str:
    """Why the row may not speak of the person who has this name already."""
    if not people.may_manage(by, user):
        return "Tên đăng nhập này đã có người của cơ quan khác hoặc vai trò khác dùng; chọn tên khác."
    if not user.is_active:
        return "Tài khoản này đã ngừng; mở lại ở trang của người dùng trước, hoặc chọn tên khác."
    return ""


def _values(by: User, line: Line, user: User | None, places: _Places) -> tuple[dict, list[tuple[str, str]]]:
    """(fields of a person that the row sets, faults by column); what is blank or absent keeps what is stored."""
    texts, faults = line.texts, []
    values = {name: texts[name] for name in ("full_name", "position", "email", "phone") if texts.get(name)}
    if not texts["full_name"]:
        values["full_name"] = ""
    organisation, wrong = _place(texts.get("body", ""), texts.get("unit", ""), user, places)
    faults += wrong
    if organisation is not None:
        values["organisation"] = organisation
    role = _ROLES.get(fold(texts["role"]))
    if role is not None:
        values["role"] = role
    elif texts["role"]:
        roles = "; ".join(str(one.label) for one in people.roles_given_by(by))
        faults.append(("role", f"Không có vai trò này. Ghi một trong: {roles}."))
    elif user is None:
        faults.append(("role", "Phải ghi vai trò."))
    head = texts.get("is_unit_head", "")
    if head:
        if fold(head) not in _TRUTH:
            faults.append(("is_unit_head", f"Ghi “{YES}” hoặc “{NO}”, hoặc để trống."))
        values["is_unit_head"] = _TRUTH.get(fold(head), False)
    return values, faults


def _place(code: str, name: str, user: User | None, places: _Places) -> tuple[Organisation | None, list]:
    """(where the row puts its person, faults by column); None where he stays or the row does not say."""
    body = places.body(code, user)
    if body is None:
        return None, [("body", places.why_no_body(code))]
    if user is not None and user.body != body:
        taken = f"Tên đăng nhập này đang thuộc {user.body}; chọn tên khác, hoặc chuyển cơ quan ở trang của người dùng."
        return None, [("username", taken)]
    if not name:
        return (body if user is None else None), []
    unit = places.unit(body, name)
    if unit is None:
        known = ", ".join(places.units_of(body)[:8])
        remedy = (
            f"Đơn vị đang có: {known}." if known else "Cơ quan chưa có đơn vị nào; để trống hoặc thêm đơn vị trước."
        )
        return None, [("unit", f"{body} không có đơn vị này. {remedy}")]
    return unit, []


def _label(name: str) -> str:
    return "Cơ quan, đơn vị" if name == "organisation" else COLUMNS[name]


def _said(value, name: str) -> str:
    if name == "role":
        return str(Role(value).label)
    return (YES if value else NO) if isinstance(value, bool) else str(value)


@transaction.atomic
def preview(
    *, by: User, content: bytes, file_name: str, lines: Iterable[Line], in_hand: Mapping[int, int]
) -> UserImport:
    """Keep the workbook with what it would do; nobody is created or changed."""
    _by_keeper(by)
    made = UserImport(
        file_name=file_name[:300],
        sha256=hashlib.sha256(content).hexdigest(),
        made_by=by,
        report=judge(by=by, lines=lines, in_hand=in_hand).report(),
    )
    made.file.save("nguoi-dung.xlsx", ContentFile(content), save=False)
    made.save()
    return made


@transaction.atomic
def apply(*, by: User, item: UserImport, lines: Iterable[Line], in_hand: Mapping[int, int]) -> UserImport:
    """Write what the workbook says of everybody, judged once more, or nobody.

    With faults nothing is written but the report that names them, and ``applied_at`` stays empty. Raises
    ValidationError for one already written.
    """
    _by_keeper(by)
    item = UserImport.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if item.applied_at:
        raise ValidationError(f"Tệp này đã được ghi lúc {timezone.localtime(item.applied_at):%H:%M %d/%m/%Y}.")
    verdict = judge(by=by, lines=lines, in_hand=in_hand)
    item.report = verdict.report()
    if not verdict.errors:
        made = [user for _, user in verdict.created]
        if made:
            bulk_create_with_history(made, User, default_user=by)
        if verdict.changed:
            changed = [user for _, user, _ in verdict.changed]
            bulk_update_with_history(changed, User, list(people.FIELDS), default_user=by)
            people.forget_addresses(user for _, user, changes in verdict.changed if COLUMNS["email"] in changes)
        item.report |= {"made": [user.pk for user in made]}
        item.applied_at = timezone.now()
    item.save(update_fields=["report", "applied_at"])
    return item


def _by_keeper(by: User) -> None:
    if not people.roles_given_by(by):
        raise ValidationError("Việc nhập người dùng chỉ dành cho quản trị hệ thống và công chức đầu mối.")


def imports_visible_to(user: User):
    """The workbooks ``user`` may see: an administrator all, a focal point those handed in from his body."""
    found = UserImport.objects.select_related("made_by")
    if user.role == Role.ADMINISTRATOR:
        return found
    own = Q(made_by__organisation=user.body) | Q(made_by__organisation__parent=user.body)
    return found.filter(own, made_by__role=Role.FOCAL_POINT)
