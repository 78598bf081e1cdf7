"""How the catalogue moved away from the frozen scope of a round: candidates for an adjustment, none of them applied.

The scope itself never moves, so no figure does. Streams ordered by procedure are read side by side (scope, deciders,
imports since the freezing): the number of queries does not grow with the catalogue.
"""

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from procedures.models import (
    AuthorityLevel,
    DecidingAuthority,
    ExecutionLevel,
    ImportBatch,
    ImportRow,
    ImportState,
    Procedure,
    ProcedureStatus,
    RowOutcome,
)
from reviews.actions.freezing import fingerprint
from reviews.models import Campaign, ScopeItem
from reviews.reports.rounds import RULE_LABELS
from reviews.rules.eligibility import decide
from tthc_portal.accounts.models import Organisation
from tthc_portal.accounts.succession import bodies_on

CHUNK = 2_000
KIND_LABELS = {
    "name": "Đổi tên",
    "deciders": "Đổi thẩm quyền quyết định",
    "execution_levels": "Đổi cấp thực hiện",
    "abolished": "Bãi bỏ sau khi chốt",
    "new": "Công bố sau khi chốt",
}
CHANGED_KINDS = ("name", "deciders", "execution_levels")
HEADER = (
    "Mã TTHC",
    "Tên TTHC",
    "Mã cơ quan",
    "Cơ quan quản lý",
    "Thay đổi",
    "Tên khi chốt",
    "Tên hiện nay",
    "Thẩm quyền khi chốt",
    "Thẩm quyền hiện nay",
    "Cấp thực hiện khi chốt",
    "Cấp thực hiện hiện nay",
    "Từ đâu",
    "Căn cứ tính khi chốt",
    "Căn cứ tính nếu điều chỉnh",
)
_EXECUTION = dict(ExecutionLevel.choices)
# The frozen copy keeps only a fingerprint of the execution levels; an import since may tell what they were.
_NOT_KEPT = "(bản chốt không lưu)"


@dataclass(frozen=True, slots=True)
class Change:
    """One value of a procedure when frozen and now, as text."""

    field: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Source:
    """What brought a change: a sentence, and the import when it was one."""

    text: str
    batch_id: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One procedure that an adjustment of the scope may take up; ``kinds`` are keys of KIND_LABELS."""

    code: str
    name: str
    owner: Organisation
    kinds: tuple[str, ...]
    sources: list[Source]
    rule_then: str = ""
    rule_now: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def labels(self) -> list[str]:
        """What happened, in words."""
        return [KIND_LABELS[kind] for kind in self.kinds]

    @property
    def events(self) -> list[str]:
        """What happened to the procedure itself, beside its changed values."""
        return [KIND_LABELS[kind] for kind in self.kinds if kind not in CHANGED_KINDS]


class Frozen(NamedTuple):
    """What is read of a frozen item, and of its procedure as it stands now."""

    procedure_id: int
    code: str
    name: str
    owner_id: int
    deciders: list[dict]
    fingerprint: str
    rule: str
    name_now: str
    status_now: str
    levels_now: list[str]
    updated_at: datetime.datetime


_PRESENT = ("name", "status", "execution_levels", "updated_at")


class Decider(NamedTuple):
    """What is read of a deciding authority."""

    procedure_id: int
    level_id: str
    body: str
    case: str
    legal_ground: str
    source: str
    recorded_at: datetime.datetime

    def plain(self) -> dict:
        """The decider as the frozen copy keeps it."""
        return {"level": self.level_id, "body": self.body, "case": self.case, "legal_ground": self.legal_ground}


class _Groups:
    """Rows ordered by an integer key, handed out key by key to a reader who asks in the same order."""

    def __init__(self, rows: Iterable, key: Callable):
        self._groups = groupby(rows, key)
        self._advance()

    def _advance(self) -> None:
        self._key, rows = next(self._groups, (None, ()))
        self._rows = list(rows)

    def of(self, key: int) -> list:
        """The rows of ``key``; those of smaller keys nobody asked for are passed over."""
        while self._key is not None and self._key < key:
            self._advance()
        return self._rows if self._key == key else []


def candidates(campaign: Campaign) -> Iterator[Candidate]:
    """Everything in the catalogue that is no longer as it was frozen; nothing before the round is frozen."""
    if campaign.frozen_at is None:
        return
    rule = campaign.rule
    labels = dict(AuthorityLevel.objects.values_list("code", "label"))
    owners = Organisation.objects.in_bulk()

    def rule_of(deciders: list[Decider]) -> str:
        known = ["" if one.level_id == "UNDETERMINED" else one.level_id for one in deciders]
        return decide(known, rule.excluded_levels, labels).rule

    imports = _Groups(_imports_since(campaign).iterator(chunk_size=CHUNK), lambda row: row.procedure_id)
    for item, deciders in _differing(campaign):
        changes = _changes(item, deciders, imports.of(item.procedure_id), labels)
        abolished = item.status_now == ProcedureStatus.ABOLISHED
        kinds = (("abolished",) if abolished else ()) + tuple(one.field for one in changes)
        yield Candidate(
            code=item.code,
            name=item.name_now,
            owner=owners[item.owner_id],
            kinds=kinds,
            sources=_sources(campaign, item, kinds, imports.of(item.procedure_id), deciders),
            rule_then=RULE_LABELS.get(item.rule, item.rule),
            rule_now="Không còn trong danh mục" if abolished else RULE_LABELS[rule_of(deciders)],
            changes=changes,
        )
    files = dict(ImportBatch.objects.values_list("pk", "file_name"))
    for procedure, owner, deciders in _newcomers(campaign, _bodies(campaign)):
        yield Candidate(
            code=procedure.code,
            name=procedure.name,
            owner=owner,
            kinds=("new",),
            sources=[_origin(procedure, files)],
            rule_now=RULE_LABELS[rule_of(deciders)],
        )


def _bodies(campaign: Campaign) -> dict[int, Organisation]:
    return Organisation.objects.filter(participations__campaign=campaign).in_bulk()


def _differing(campaign: Campaign) -> Iterator[tuple[Frozen, list[Decider]]]:
    """(frozen item, deciders now) of everything abolished or with another fingerprint than when frozen."""
    items = ScopeItem.objects.filter(campaign=campaign, removed_at=None).order_by("procedure_id")
    items = items.values_list(*Frozen._fields[:7], *(f"procedure__{name}" for name in _PRESENT))
    recorded = _deciders(DecidingAuthority.objects.filter(procedure__scope_items__campaign=campaign))
    for item in map(Frozen._make, items.iterator(chunk_size=CHUNK)):
        now = recorded.of(item.procedure_id)
        same = fingerprint(item.name_now, [one.plain() for one in now], item.levels_now) == item.fingerprint
        if not same or item.status_now == ProcedureStatus.ABOLISHED:
            yield item, now


def _deciders(rows: QuerySet) -> _Groups:
    values = rows.order_by("procedure_id", "pk").values_list(*Decider._fields).iterator(chunk_size=CHUNK)
    return _Groups(map(Decider._make, values), lambda one: one.procedure_id)


def _imports_since(campaign: Campaign) -> QuerySet:
    """Rows that imports in force wrote after the freezing, of procedures in the scope, the oldest first."""
    rows = ImportRow.objects.filter(
        procedure__scope_items__campaign=campaign,
        batch__state=ImportState.APPLIED,
        batch__applied_at__gt=campaign.frozen_at,
    ).exclude(outcome__in=[RowOutcome.INVALID, RowOutcome.UNCHANGED])
    rows = rows.select_related("batch").defer("errors", "repairs", "name", "batch__layout", "batch__options")
    return rows.order_by("procedure_id", "batch__applied_at", "pk")


def _changes(item: Frozen, deciders: list[Decider], imports: list[ImportRow], labels: dict[str, str]) -> list[Change]:
    """What differs between the frozen copy and the catalogue of now."""
    changes = []
    if item.name != item.name_now:
        changes.append(Change("name", "Tên TTHC", item.name, item.name_now))
    then, now = item.deciders, [one.plain() for one in deciders]
    if _unordered(then) != _unordered(now):
        texts = ("\n".join(_decider_text(one, labels) for one in side) or "Chưa xác định" for side in (then, now))
        changes.append(Change("deciders", "Thẩm quyền quyết định", *texts))
    if fingerprint(item.name, item.deciders, item.levels_now) != item.fingerprint:
        before = _levels_text(_frozen_levels(item, imports), _NOT_KEPT)
        changes.append(Change("execution_levels", "Cấp thực hiện", before, _levels_text(item.levels_now)))
    return changes


def _unordered(deciders: list[dict]) -> list:
    return sorted(tuple(sorted(one.items())) for one in deciders)


def _decider_text(one: dict, labels: dict[str, str]) -> str:
    level = labels.get(one["level"], one["level"])
    text = f"{one['body']} ({level})" if one["body"] and one["body"] != level else level
    return "; ".join(part for part in (text, one["case"], one["legal_ground"]) if part)


def _frozen_levels(item: Frozen, imports: list[ImportRow]) -> list[str] | None:
    """The execution levels of the frozen copy, where an import since tells them and the fingerprint agrees."""
    for row in imports:
        levels = (row.before or {}).get("execution_levels")
        if levels is not None and fingerprint(item.name, item.deciders, levels) == item.fingerprint:
            return levels
    return None


def _levels_text(levels: list[str] | None, unknown: str = "") -> str:
    if levels is None:
        return unknown
    return "\n".join(_EXECUTION.get(level, level) for level in levels) or "Chưa có"


def _sources(
    campaign: Campaign, item: Frozen, kinds, imports: list[ImportRow], deciders: list[Decider]
) -> list[Source]:
    """Imports that wrote one of the changed values, the latest first; confirmations; else the day of the last edit."""
    written = {"status" if kind == "abolished" else kind for kind in kinds}
    found = [
        Source(f"{_place(row)}, ngày {_day(row.batch.applied_at)}", row.batch_id)
        for row in reversed(imports)
        if written.intersection(row.after or {})
    ]
    confirmed = [one.recorded_at for one in deciders if one.source != "import" and one.recorded_at > campaign.frozen_at]
    if confirmed and "deciders" in written:
        found.append(Source(f"cơ quan xác nhận thẩm quyền ngày {_day(max(confirmed))}"))
    matched = [one.recorded_at for one in deciders if one.source == "import" and one.recorded_at > campaign.frozen_at]
    imported = any("deciders" in (row.after or {}) for row in imports)
    if matched and not imported and "deciders" in written:
        found.append(Source(f"đối chiếu cách ghi thẩm quyền ngày {_day(max(matched))}"))
    if not found and item.updated_at > campaign.frozen_at:
        found.append(Source(f"sửa trên hệ thống ngày {_day(item.updated_at)}"))
    return found or [Source("không rõ")]


def _place(row: ImportRow) -> str:
    """Where in a file a change stands; a procedure marked as abolished because the file lacks it has no row."""
    return (
        f"tệp {row.batch.file_name}, dòng {row.number}" if row.number else f"không có trong tệp {row.batch.file_name}"
    )


def _newcomers(campaign: Campaign, bodies: dict[int, Organisation]):
    """(procedure, body, deciders) of what bodies of the round published since and the scope does not hold."""
    outside = ~Exists(ScopeItem.objects.filter(campaign=campaign, procedure=OuterRef("procedure_id")))
    recorded = _deciders(DecidingAuthority.objects.filter(outside))
    for procedure, owner in _standing_newcomers(campaign, bodies):
        yield procedure, owner, recorded.of(procedure.pk)


def _standing_newcomers(campaign: Campaign, bodies: dict[int, Organisation]) -> Iterator:
    """(procedure, body) by primary key: in force, outside the scope, the publisher answered for by a body of it."""
    standing = bodies_on(campaign.bodies_on)
    inside = ScopeItem.objects.filter(campaign=campaign, procedure=OuterRef("pk"))
    found = Procedure.objects.in_force().filter(~Exists(inside)).order_by("pk")
    found = found.only("code", "name", "publisher_id", "provenance", "created_at")
    for procedure in found.iterator(chunk_size=CHUNK):
        owner = standing.get(procedure.publisher_id)
        if owner is not None and owner.pk in bodies:
            yield procedure, owner


def _origin(procedure: Procedure, files: dict[int, str]) -> Source:
    batch, row = procedure.provenance.get("name", (None, None))
    day = _day(procedure.created_at)
    return (
        Source(f"tệp {files[batch]}, dòng {row}, ngày {day}", batch)
        if batch in files
        else Source(f"nhập trực tiếp ngày {day}")
    )


def _day(at) -> str:
    return f"{timezone.localdate(at):%d/%m/%Y}"


def narrowed(found: Iterable[Candidate], organisation: str = "", kind: str = "") -> list[Candidate]:
    """Candidates of a body (its code) and of a kind ("changed" is any changed value), in the order of their codes."""
    kinds = set(CHANGED_KINDS) if kind == "changed" else {kind}
    return sorted(
        (
            one
            for one in found
            if (not organisation or one.owner.code == organisation) and (not kind or kinds.intersection(one.kinds))
        ),
        key=lambda one: one.code,
    )


def drift_rows(found: Iterable[Candidate]) -> Iterator[list]:
    """Rows under HEADER."""
    for one in found:
        sides = {change.field: (change.before, change.after) for change in one.changes}
        yield [
            one.code,
            one.name,
            one.owner.code,
            one.owner.name,
            "; ".join(one.labels),
            *(text for name in CHANGED_KINDS for text in sides.get(name, ("", ""))),
            "\n".join(source.text for source in one.sources),
            one.rule_then,
            one.rule_now,
        ]
