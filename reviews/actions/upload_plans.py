"""What a filled workbook would do to the forms, cell by cell: alike for the page and, on locked rows, for the act.

Three values meet in a cell: what the form held when the file was made (base), what stands in the file (mine) and what
is stored now (theirs). Only mine changed: it is taken; only theirs: it stays; both, differently: a person is asked.
"""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.core.exceptions import ValidationError

from reviews.actions import filling
from reviews.actions.actors import actors_for, verdict
from reviews.actions.content import (
    ROWS,
    clean_content,
    initial_content,
    rule_levels,
    snapshot,
    with_rows,
)
from reviews.models import FormUpload, Review, ReviewEvent
from reviews.rules import merging
from reviews.rules.transfers import Level
from reviews.rules.workflow import Action
from reviews.sheets.columns import CRITERION, MOVE, REASON, SheetColumn, columns
from reviews.sheets.values import cells_of, content_with, row_of, why_no_move
from tthc_portal.accounts.models import User

MINE, THEIRS = "mine", "theirs"
RELATED = ("scope_item", "organisation", "assignee", "edited_by")
# Cells that are judged together: refusing one leaves the others of its group without sense.
_DOSSIERS = ("annual_dossiers", "annual_dossiers_unknown")


class Fate(StrEnum):
    """What becomes of a cell."""

    TAKE = "take"
    KEEP = "keep"
    ASK = "ask"
    WRONG = "wrong"


@dataclass(slots=True)
class Cell:
    """One cell where the sides differ; ``base`` is None where nobody knows what both began from.

    ``choice``: mine or theirs once the question is answered. ``why``: the sentence for a cell that cannot be taken.
    """

    key: str
    base: object
    mine: object
    theirs: object
    fate: Fate
    choice: str = ""
    why: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the value of the file is to be written."""
        return self.fate is Fate.TAKE or (self.fate is Fate.ASK and self.choice == MINE)


@dataclass(slots=True)
class Row:
    """One form of the file: its place there, the review (None: not among the body's), its cells, and why it is refused.

    ``closed``: locked cells that were changed in the file, {key: text}. ``before`` is the stored content, ``data`` the
    parts of it that would be written, ``lost`` the parts as the file would have had them where the portal's value was
    chosen, ``unfit`` those of them that are no parts of a content at all.
    """

    sheet: str
    number: int
    code: str
    review: Review | None
    cells: list[Cell] = field(default_factory=list)
    refusal: str = ""
    closed: dict[str, str] = field(default_factory=dict)
    before: dict = field(default_factory=dict)
    data: dict = field(default_factory=dict)
    lost: dict = field(default_factory=dict)
    unfit: dict = field(default_factory=dict)

    def of(self, *fates: Fate) -> list[Cell]:
        """Its cells of these fates; none of a refused row, whose cells have no fate."""
        return [] if self.refusal else [cell for cell in self.cells if cell.fate in fates]


@dataclass(slots=True)
class Plan:
    """What would happen to every form of a file."""

    rows: list[Row] = field(default_factory=list)

    def number(self, fate: Fate) -> int:
        """How many cells meet this fate."""
        return sum(len(row.of(fate)) for row in self.rows)

    @property
    def writes(self) -> list[Row]:
        """The forms that would be written."""
        return [row for row in self.rows if row.data]

    @property
    def refused(self) -> list[Row]:
        """The forms that can no longer be filled though the file would change them."""
        return [row for row in self.rows if row.refusal]

    @property
    def unanswered(self) -> list[tuple[Row, Cell]]:
        """The questions nobody has answered yet."""
        return [(row, cell) for row, cell in self.questions if not cell.choice]

    @property
    def questions(self) -> list[tuple[Row, Cell]]:
        """Every cell that both sides changed."""
        return [(row, cell) for row in self.rows for cell in row.of(Fate.ASK)]

    @property
    def seal(self) -> str:
        """What the page showed, as it carries it to the act: every change, question and refusal; not the answers."""
        told = [
            [
                row.sheet,
                row.number,
                row.refusal,
                [[cell.key, cell.fate, cell.mine, cell.theirs] for cell in row.of(Fate.TAKE, Fate.ASK)],
            ]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:32]


def question_id(review: Review, key: str) -> str:
    """The name under which the answer to a question is kept."""
    return f"{review.pk}:{key}"


def column_sets(levels: Mapping[str, Level]) -> dict[bool, dict[str, SheetColumn]]:
    """The columns by key, of whole forms (False) and of short ones (True)."""
    return {short: {column.key: column for column in columns(short, levels)} for short in (False, True)}


def weigh(*, by: User, upload: FormUpload, reviews: Iterable[Review], choices: Mapping[str, str]) -> Plan:
    """What ``upload`` would do to ``reviews`` (its forms among the body's) if ``by`` wrote it, ``choices`` made; reads
    only, and asks as few questions of the database for a thousand forms as for one.
    """
    levels = rule_levels()
    sets = column_sets(levels)
    known = {review.pk: review for review in with_rows(list(reviews))}
    for review in known.values():
        review.campaign = upload.campaign
    actors = actors_for(by, known.values())
    made_at = datetime.datetime.fromisoformat(upload.report["made_at"])
    bases = bases_of([(row["review"], row["version"]) for row in upload.report["rows"]], known, made_at)
    settled = _settled(upload)
    twice = _twice(upload.report["rows"])
    plan = Plan()
    for told in upload.report["rows"]:
        review = known.get(told["review"])
        row = Row(told["sheet"], told["row"], told["code"], review, closed=told["locked"])
        if review is None or review.scope_item.code != told["code"] or told["review"] in twice:
            row.refusal = _stranger(row, told["review"] in twice)
            row.cells = [Cell(key, None, value, "", Fate.WRONG) for key, value in told["cells"].items() if _said(value)]
        else:
            column_set = sets[filling.is_short(review)]
            _lay(row, told["cells"], bases[told["review"], told["version"]], column_set, settled)
            allowed = verdict(Action.SAVE, review, actors[review.pk], upload.campaign)
            if not allowed and row.of(Fate.TAKE, Fate.ASK, Fate.WRONG):
                row.refusal = allowed.reason
            elif allowed:
                _decide(row, choices, levels)
        plan.rows.append(row)
    return plan


def bases_of(
    wanted: Iterable[tuple[int, int]], reviews: Mapping[int, Review], made_at: datetime.datetime
) -> dict[tuple[int, int], dict]:
    """The contents of ``reviews`` at the versions a file made at ``made_at`` began from: {(review, version): content}.

    {} where nobody knows: every difference is a question then. A form undone once counted its versions anew (now they
    go on): of several contents under one number the last before the file was made is meant.
    """
    found: dict[tuple[int, int], dict] = {}
    older: dict[tuple[int, int], Review] = {}
    for pk, version in wanted:
        review = reviews.get(pk)
        if review is None:
            found[pk, version] = {}
        elif version == 0:
            found[pk, version] = initial_content(review)
        elif version == review.version and (review.edited_at is None or review.edited_at <= made_at):
            found[pk, version] = snapshot(review)
        else:
            found[pk, version] = {}
            older[pk, version] = review
    if not older:
        return found
    events = ReviewEvent.objects.filter(
        review__in={pk for pk, _ in older}, content__version__in=sorted({version for _, version in older})
    )
    late: dict[tuple[int, int], dict] = {}
    for pk, at, content in events.order_by("review", "sequence").values_list("review", "at", "content"):
        place = (pk, content["version"])
        if place in older:
            (found if at <= made_at else late)[place] = content
    for place, review in older.items():
        content = found[place] or late.get(place)
        # A column the form did not have in those days was blank.
        found[place] = initial_content(review) | {"deciders": []} | content if content else {}
    return found


def _lay(row: Row, mine: Mapping, base: dict, column_set: Mapping[str, SheetColumn], settled: Mapping) -> None:
    """Lay the file's cells over what both began from and what is stored now."""
    review = row.review
    row.before = snapshot(review)
    stored = stored_of(review, row.before)
    theirs, closed = row_of(stored, column_set.values())
    start = cells_of(base, column_set.values()) if base else {}
    merge = merging.merge(start, {key: value for key, value in mine.items() if key in theirs}, theirs)
    for key in dict.fromkeys([*theirs, *mine]):
        before, my_value = start.get(key), mine.get(key, start.get(key))
        if key not in theirs:
            if my_value != before and (start or _said(my_value)):
                why = (why_no_move(stored) if key in MOVE else closed.get(key)) or "Phiếu không có ô này."
                row.cells.append(Cell(key, before, my_value, "", Fate.WRONG, why=why))
        elif key in merge.conflicts:
            answered = [my_value, theirs[key]] in settled.get((review.pk, key), ())
            row.cells.append(Cell(key, before, my_value, theirs[key], Fate.KEEP if answered else Fate.ASK))
        elif merge.merged[key] != theirs[key]:
            row.cells.append(Cell(key, before, my_value, theirs[key], Fate.TAKE))
        elif key in start and theirs[key] != before and my_value == before:
            row.cells.append(Cell(key, before, my_value, theirs[key], Fate.KEEP))


def stored_of(review: Review, content: dict) -> dict:
    """What stands on the form: a form never saved starts from the deciders frozen with the scope."""
    return content if review.version else initial_content(review)


def _decide(row: Row, choices: Mapping[str, str], levels: Mapping[str, Level]) -> None:
    """Work out what would be written with the answers given so far; what cannot be is marked wrong, with its why."""
    review, stored = row.review, stored_of(row.review, row.before)
    for cell in row.of(Fate.ASK):
        cell.choice = choices.get(question_id(review, cell.key), "")
    data, wrong = fit(stored, {cell.key: cell.mine for cell in row.cells if cell.is_taken}, levels)
    for cell in row.cells:
        if cell.key in wrong:
            cell.why = " ".join(wrong[cell.key])
            # A question stays one: another answer may be right.
            cell.fate = cell.fate if cell.fate is Fate.ASK else Fate.WRONG
    dropped = {cell.key: cell.mine for cell in row.of(Fate.ASK) if cell.choice == THEIRS}
    if dropped:
        row.lost, unfit = fit(stored, dropped, levels)
        row.unfit = {key: dropped[key] for key in unfit}
    if not data:
        return
    filling.follow_stance(review, data)
    filling.word_content(stored, data, levels)
    if not review.version:
        # The first save takes over the deciders frozen with the scope, as the form itself does.
        data.setdefault("deciders", [one for one in stored["deciders"] if one["level"] in levels])
    row.data = {name: value for name, value in data.items() if row.before.get(name) != value}


def fit(stored: Mapping, cells: Mapping[str, object], levels: Mapping[str, Level]) -> tuple[dict, dict[str, list[str]]]:
    """(the parts of a content that ``cells`` change, the cells that cannot be and why), the latter left out."""
    cells, wrong = dict(cells), {}
    while cells:
        try:
            return clean_content(content_with(stored, cells, levels), levels), wrong
        except ValidationError as error:
            told = error.message_dict
        groups = {_group(name): sentences for name, sentences in told.items()}
        refused = [key for key in cells if _group(key) in groups or _table(key) in groups]
        for key in refused or list(cells):
            wrong[key] = groups.get(_group(key)) or groups.get(_table(key)) or sum(told.values(), [])
            del cells[key]
    return {}, wrong


def _group(key: str) -> str:
    if key in MOVE:
        return "transfers"
    if key in _DOSSIERS:
        return _DOSSIERS[0]
    return key.removesuffix(REASON) if key.startswith(CRITERION) else key


def _table(key: str) -> str:
    """The table of rows a cell goes to; blank for a column."""
    name = "criteria" if key.startswith(CRITERION) else _group(key)
    return name if name in ROWS else ""


def _said(value) -> bool:
    return value not in ("", None, False)


def _stranger(row: Row, is_twice: bool) -> str:
    """Why a row of the file speaks of no form one could write to."""
    if row.review is None:
        return "Không tìm thấy phiếu này trong các phiếu của cơ quan ở đợt rà soát; tải lại tệp từ cổng rồi điền tiếp."
    if is_twice:
        return "Phiếu này có ở nhiều dòng của tệp nên không biết lấy dòng nào; giữ một dòng rồi nhập lại."
    return (
        f"Mã TTHC của dòng không khớp với phiếu ({row.review.scope_item.code}): dòng đã bị chép hoặc xếp lại một phần; "
        "điền lại vào đúng dòng của mã này."
    )


def _twice(rows: Iterable[Mapping]) -> set[int]:
    seen, twice = set(), set()
    for row in rows:
        (twice if row["review"] in seen else seen).add(row["review"])
    return twice


def _settled(upload: FormUpload) -> dict[tuple[int, str], list]:
    """Questions of the same file answered before in favour of the portal: {(review, key): [[mine, theirs]]}.

    Handing the same file in again asks nothing twice, unless what was written then has been taken back.
    """
    earlier = FormUpload.objects.filter(
        campaign=upload.campaign,
        organisation=upload.organisation,
        sha256=upload.sha256,
        bulk_change__isnull=False,
        bulk_change__undone_at__isnull=True,
    ).exclude(pk=upload.pk)
    found: dict[tuple[int, str], list] = {}
    for outcome in earlier.values_list("report__outcome", flat=True):
        for review, key, mine, theirs, choice in outcome["answers"]:
            if choice == THEIRS:
                found.setdefault((review, key), []).append([mine, theirs])
    return found
