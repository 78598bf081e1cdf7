"""An invented catalogue the size of the real one: names, sectors, deciders as they spread in life."""

import csv
import datetime
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from procedures.models import (
    DecidingAuthority,
    ImportBatch,
    ImportRow,
    ImportState,
    Procedure,
    ProcedureSector,
    RowOutcome,
    Sector,
)
from reviews.demo.wording import (
    ABBREVIATIONS,
    LEVEL_NAMES,
    LOCAL_BODIES,
    LOCAL_SECTORS,
    VERBS,
    VERTICAL_MINISTRIES,
    VERTICAL_SECTORS,
)
from tthc_portal.accounts.models import Organisation, User
from tthc_portal.text import fold

# (procedures, of them decided by the commune alone, share of unknown deciders in percent), by ministry.
SIZES = {
    "G01": (340, 0, 12),
    "G02": (420, 8, 10),
    "G03": (260, 12, 6),
    "G04": (480, 14, 14),
    "G05": (320, 10, 10),
    "G06": (270, 0, 12),
    "G07": (340, 48, 12),
    "G08": (150, 0, 8),
    "G09": (260, 20, 4),
    "G10": (480, 34, 20),
    "G11": (270, 12, 30),
    "G12": (640, 26, 28),
    "G13": (390, 32, 24),
    "G14": (290, 0, 10),
    "G15": (380, 80, 3),
    "G16": (300, 20, 8),
    "G17": (230, 8, 6),
    "G18": (400, 12, 5),
    "G19": (270, 0, 10),
    "G20": (50, 6, 10),
    "G21": (36, 4, 35),
}
# Provinces that have published procedures of their own (đặc thù).
LOCAL_SPECIFIC = {
    "H35": (
        "Hỗ trợ phát triển cây mắc ca trên địa bàn tỉnh",
        "Hỗ trợ học sinh bán trú vùng biên giới theo nghị quyết của tỉnh",
        "Hỗ trợ bảo tồn nhà ở truyền thống của đồng bào dân tộc thiểu số",
    ),
    "H26": (
        "Cấp thẻ đi xe buýt miễn phí cho người cao tuổi",
        "Hỗ trợ di dời cơ sở sản xuất ra khỏi khu vực nội đô",
    ),
    "H29": ("Cấp phép sử dụng tạm thời một phần vỉa hè", "Hỗ trợ lãi suất cho dự án kích cầu đầu tư"),
}
# Numbers of illustrative procedures begin with 9, a series the national database has not given out.
SERIES = 9

_EXECUTION = {"B": "ministry", "R": "other", "T": "province", "H": "district", "X": "commune"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One line of objects.csv: things people ask a ministry for in a sector."""

    ministry: str
    sector: str
    department: str
    kind: str
    levels: str
    objects: tuple[str, ...]

    @property
    def is_vertical(self) -> bool:
        """Whether the ministry's own branch settles it in the provinces."""
        vertical = self.ministry in VERTICAL_MINISTRIES or self.sector in VERTICAL_SECTORS
        return vertical and self.sector not in LOCAL_SECTORS


@dataclass(frozen=True, slots=True)
class Draft:
    """One procedure thought of: its name and at which level it is settled."""

    subject: Subject
    name: str
    level: str


def subjects() -> list[Subject]:
    """The invented fields of every ministry."""
    with (Path(__file__).parent / "objects.csv").open(encoding="utf-8", newline="") as file:
        return [
            Subject(**row | {"objects": tuple(one.strip() for one in row["objects"].split(";"))})
            for row in csv.DictReader(file)
        ]


def departments() -> dict[str, list[str]]:
    """Departments of each ministry, in the order of objects.csv."""
    found: dict[str, list[str]] = {}
    for subject in subjects():
        names = found.setdefault(subject.ministry, [])
        if subject.department not in names:
            names.append(subject.department)
    return found


def _drafts(subject: Subject) -> Iterator[Draft]:
    for thing, verb, level in product(subject.objects, VERBS[subject.kind], subject.levels):
        name = verb.format(thing)
        if len(subject.levels) > 1:
            name = f"{name} ({LEVEL_NAMES[level]})"
        yield Draft(subject, f"{name[0].upper()}{name[1:]}", level)


def choose(rng: random.Random) -> list[Draft]:
    """As many drafts a ministry as SIZES says, exactly its number of commune ones among them."""
    pool: dict[str, list[Draft]] = {}
    for subject in subjects():
        pool.setdefault(subject.ministry, []).extend(_drafts(subject))
    chosen = []
    for ministry, (size, commune, _) in SIZES.items():
        drafts = pool[ministry]
        excluded = [one for one in drafts if one.level == "X" and not one.subject.is_vertical]
        others = [one for one in drafts if one.level != "X" or one.subject.is_vertical]
        picked = {*rng.sample(excluded, commune), *rng.sample(others, size - commune)}
        chosen += [draft for draft in drafts if draft in picked]
    return chosen


def deciders_of(draft: Draft, rng: random.Random) -> list[tuple[str, str]]:
    """(level, body) of those who decide such a procedure, one or several, in their order."""
    subject = draft.subject
    province, district, commune = VERTICAL_SECTORS.get(subject.sector, LOCAL_BODIES[subject.ministry])
    vertical = subject.is_vertical
    roll = rng.random()
    several = rng.random() < 0.06
    if draft.level == "B":
        department = "GENERAL_DEPT" if subject.department.startswith(("Tổng cục", "Ủy ban")) else "DEPARTMENT"
        own = (department, subject.department)
        if roll < 0.02:
            return [("PRIME_MINISTER", "Thủ tướng Chính phủ")]
        top = ("MINISTER", "") if roll < 0.55 else ("MINISTRY", "")
        if several:
            return [top, own]
        return [own] if roll > 0.68 else [top]
    if draft.level == "R":
        return [("REGIONAL_BRANCH", "Ngân hàng Nhà nước chi nhánh tỉnh, thành phố")]
    if vertical:
        return [
            {
                "T": ("PROV_VERTICAL", province),
                "H": ("DISTRICT_VERTICAL", district),
                "X": ("COMMUNE_VERTICAL", commune),
            }[draft.level]
        ]
    if draft.level == "T":
        committee = ("PROV_PC", "Ủy ban nhân dân cấp tỉnh")
        chair = ("PROV_PC_CHAIR", "Chủ tịch Ủy ban nhân dân cấp tỉnh")
        own = ("PROV_DEPT", province if province.startswith(("Sở", "Ban", "Thanh tra")) else "Sở, ban, ngành")
        if several:
            return [committee, own]
        return [committee if roll < 0.34 else chair if roll < 0.62 else own]
    if draft.level == "H":
        committee = ("DISTRICT_PC", "Ủy ban nhân dân cấp huyện")
        if several:
            return [committee, ("COMMUNE_PC", "Ủy ban nhân dân cấp xã")]
        chair = ("DISTRICT_PC_CHAIR", "Chủ tịch Ủy ban nhân dân cấp huyện")
        own = ("DISTRICT_DIV", district or "Phòng chuyên môn cấp huyện")
        return [committee if roll < 0.5 else chair if roll < 0.75 else own]
    if roll < 0.3:
        return [("COMMUNE_PC_CHAIR", "Chủ tịch Ủy ban nhân dân cấp xã")]
    return [("COMMUNE_PC", "Ủy ban nhân dân cấp xã")]


def executing_of(draft: Draft) -> list[str]:
    """Who carries such a procedure out, verbatim as a catalogue writes it."""
    subject = draft.subject
    province, district, commune = VERTICAL_SECTORS.get(subject.sector, LOCAL_BODIES[subject.ministry])
    return {
        "B": [subject.department],
        "R": ["Ngân hàng Nhà nước chi nhánh tỉnh, thành phố"],
        "T": [province],
        "H": [district if subject.is_vertical and district else "Ủy ban nhân dân cấp huyện"],
        "X": [commune if subject.is_vertical and commune else "Ủy ban nhân dân cấp xã"],
    }[draft.level]


def make_catalogue(
    rng: random.Random, by_code: dict[str, Organisation], by: User, at: datetime.datetime
) -> ImportBatch:
    """Write the catalogue as one import of ``at``; ``by_code`` are the bodies of the round's day."""
    drafts = choose(rng)
    digest = hashlib.sha256("\n".join(draft.name for draft in drafts).encode()).hexdigest()
    total = len(drafts) + sum(len(names) for names in LOCAL_SPECIFIC.values())
    batch = ImportBatch.objects.create(
        file_name="Dữ liệu minh họa",
        sha256=digest,
        as_of=at.date(),
        sheet="Danh sách TTHC",
        state=ImportState.APPLIED,
        rows_total=total,
        rows_created=total,
        created_by=by,
        created_at=at,
        applied_by=by,
        applied_at=at,
    )
    sectors = _sectors({draft.subject.sector for draft in drafts})
    made = [_procedure(number, draft, by_code, batch, at, rng) for number, draft in enumerate(drafts, start=1)]
    procedures = [*made, *_local_procedures(by_code, batch, at, len(drafts))]
    Procedure.objects.bulk_create(procedures, batch_size=1000)
    ProcedureSector.objects.bulk_create(
        (
            ProcedureSector(procedure=procedure, sector=sectors[draft.subject.sector])
            for procedure, draft in zip(made, drafts, strict=True)
        ),
        batch_size=2000,
    )
    DecidingAuthority.objects.bulk_create(_deciders(made, drafts, procedures, batch, at, rng), batch_size=2000)
    ImportRow.objects.bulk_create((_import_row(procedure, batch) for procedure in procedures), batch_size=2000)
    return batch


def _import_row(procedure: Procedure, batch: ImportBatch) -> ImportRow:
    """The trace an import leaves of a new procedure."""
    return ImportRow(
        batch=batch,
        number=procedure.provenance["name"][1],
        code=procedure.code,
        name=procedure.name,
        procedure=procedure,
        outcome=RowOutcome.CREATED,
        after={"name": procedure.name},
    )


# Every value of the catalogue says which row it came from.
_TRACED = (
    "code",
    "name",
    "publisher",
    "sectors",
    "execution_levels",
    "executing_bodies",
    "publishing_decision",
    "published_on",
    "subjects",
    "status",
)


def _provenance(batch: ImportBatch, row: int) -> dict[str, list[int]]:
    return {name: [batch.pk, row] for name in _TRACED}


def _sectors(names: set[str]) -> dict[str, Sector]:
    stored = {sector.folded: sector for sector in Sector.objects.all()}
    missing = [Sector(name=name, folded=fold(name)) for name in sorted(names) if fold(name) not in stored]
    Sector.objects.bulk_create(missing)
    stored |= {sector.folded: sector for sector in missing}
    return {name: stored[fold(name)] for name in names}


def _procedure(number: int, draft: Draft, by_code, batch: ImportBatch, at, rng: random.Random) -> Procedure:
    subject = draft.subject
    published = datetime.date(2016, 1, 4) + datetime.timedelta(days=rng.randrange(365 * 5))
    row = number + 2
    procedure = Procedure(
        code=f"{SERIES}.{number:06d}",
        name=draft.name,
        publisher=by_code[subject.ministry],
        execution_levels=[_EXECUTION[draft.level]],
        executing_bodies=executing_of(draft),
        publishing_decision=f"{rng.randrange(100, 3900)}/QĐ-{ABBREVIATIONS[subject.ministry]}",
        published_on=published,
        subjects=rng.choice((["Công dân Việt Nam"], ["Tổ chức"], ["Công dân Việt Nam", "Doanh nghiệp"])),
        is_vertical=subject.is_vertical,
        is_illustrative=True,
        provenance=_provenance(batch, row),
        created_at=at,
        updated_at=at,
    )
    procedure.search_text = procedure.compose_search_text([subject.sector])
    return procedure


def _local_procedures(by_code, batch: ImportBatch, at, before: int) -> list[Procedure]:
    made = []
    for code, names in LOCAL_SPECIFIC.items():
        for name in names:
            number = len(made) + 1
            procedure = Procedure(
                code=f"{SERIES}.{900_000 + number:06d}.{code}",
                name=name,
                publisher=by_code[code],
                execution_levels=["province"],
                executing_bodies=["Ủy ban nhân dân cấp tỉnh"],
                publishing_decision=f"{300 + number}/QĐ-UBND",
                published_on=datetime.date(2020, 6, 1) + datetime.timedelta(days=30 * number),
                is_local_specific=True,
                is_illustrative=True,
                provenance=_provenance(batch, before + number + 2),
                created_at=at,
                updated_at=at,
            )
            procedure.search_text = procedure.compose_search_text()
            made.append(procedure)
    return made


def _deciders(made, drafts, procedures, batch: ImportBatch, at, rng: random.Random) -> Iterator[DecidingAuthority]:
    """Rows of those who decide; the commune ones are always known, or the base would be off its plan."""

    def decider(procedure: Procedure, level: str, body: str) -> DecidingAuthority:
        return DecidingAuthority(
            procedure=procedure,
            level_id=level,
            body=body,
            source="import",
            batch=batch,
            batch_row=procedure.provenance["name"][1],
            recorded_at=at,
        )

    for procedure, draft in zip(made, drafts, strict=True):
        commune_alone = draft.level == "X" and not draft.subject.is_vertical
        unknown = SIZES[draft.subject.ministry][2]
        if not commune_alone and rng.randrange(100) < unknown:
            continue
        for level, body in deciders_of(draft, rng):
            name = body or body_of_level(level, procedure.publisher)
            yield decider(procedure, level, name)
    for procedure in procedures[len(made) :]:
        yield decider(procedure, "PROV_PC", "Ủy ban nhân dân cấp tỉnh")


def body_of_level(level: str, ministry: Organisation) -> str:
    """How a ministry's own top is named in its procedures."""
    if level != "MINISTER":
        return ministry.name
    special = {"G19": "Thống đốc Ngân hàng Nhà nước Việt Nam", "G20": "Tổng Thanh tra Chính phủ"}
    special["G21"] = "Bộ trưởng, Chủ nhiệm Ủy ban Dân tộc"
    return special.get(ministry.code, f"Bộ trưởng {ministry.name}")
