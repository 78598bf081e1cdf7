"""The legal documents that counted proposals would amend, and how many procedures each of them frees (Biểu 04).

A document is one however its number is typed; a procedure that needs two documents stands under both.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from reviews.models import Campaign
from reviews.models.content import AmendmentAction, DocumentType, LegalAmendment
from reviews.reports.official import Column, Heading, Row, Table, roman
from reviews.reports.tallies import in_figures
from reviews.reports.workbooks import TIER_WORDS, list_of, provision_words, source_line
from reviews.rules.documents import document_key, number_key, shown_number, type_of
from reviews.rules.shares import ACCEPTED_STATUSES, APPROVED_STATUSES, PROPOSED_STATUSES, Tier
from tthc_portal.text import fold

CSV_HEADER = (
    "type",
    "document",
    "title",
    "procedures",
    "only_this",
    "provisions",
    "actions",
    "drafting_lead",
    "due_on",
)
DOCUMENTS = (
    Column("TT", "(1)", width=6, kind="centre"),
    Column("Văn bản", "(2)", width=34, kind="text"),
    Column("Điều, khoản, điểm", "(3)", "Nội dung kiến nghị", 26, "text"),
    Column("Nội dung sửa", "(4)", "Nội dung kiến nghị", 36, "text"),
    Column("Cơ quan chủ trì soạn thảo", "(5)", width=22, kind="text"),
    Column("Thời hạn", "(6)", width=12, kind="date"),
    Column("Liên quan", "(7)", "Số TTHC", 9),
    Column("Chỉ cần sửa văn bản này", "(8)", "Số TTHC", 11),
)
TYPE_ORDER = {choice.value: place for place, choice in enumerate(DocumentType)}
_STATUSES = {
    Tier.PROPOSED: PROPOSED_STATUSES,
    Tier.ACCEPTED: ACCEPTED_STATUSES,
    Tier.APPROVED: APPROVED_STATUSES,
}


@dataclass(slots=True)
class Document:
    """One document: its key, type, number and title, what proposals ask of it, and how many procedures it frees.

    ``procedures``: those that need it; ``only``: those of them that need no other; ``url``: the list of the first.
    """

    key: str
    type: str
    number: str
    title: str = ""
    procedures: int = 0
    only: int = 0
    provisions: dict[str, None] = field(default_factory=dict)
    wordings: dict[str, None] = field(default_factory=dict)
    actions: dict[str, None] = field(default_factory=dict)
    leads: dict[str, None] = field(default_factory=dict)
    days: set[datetime.date] = field(default_factory=set)
    url: str = ""

    @property
    def type_label(self) -> str:
        """The type in words."""
        return DocumentType(self.type).label

    @property
    def name(self) -> str:
        """The document as people name it: "Nghị định 15/2021/NĐ-CP"."""
        label = "" if self.type == DocumentType.OTHER else self.type_label
        return self.number if not label or fold(self.number).startswith(fold(label)) else f"{label} {self.number}"

    @property
    def sorted_days(self) -> list[datetime.date]:
        """When it is due, in order."""
        return sorted(self.days)

    @property
    def due(self) -> datetime.date | str:
        """When it is due: a real date when all say the same day, else the days in words."""
        days = self.sorted_days
        return days[0] if len(days) == 1 else "\n".join(f"{day:%d/%m/%Y}" for day in days)


@dataclass(frozen=True, slots=True)
class DocumentList:
    """Every document, most wanted first within its type, and how many procedures wait for any of them."""

    documents: list[Document]
    procedures: int


def documents_of(
    reviews: QuerySet, campaign: Campaign, tier: Tier, *, organisation: str = "", kind: str = "ministry"
) -> DocumentList:
    """Documents that the counted proposals among ``reviews`` would amend, at ``tier``; one query.

    ``reviews`` are already those of one body (``organisation`` is its code) or of all bodies of ``kind``: the two only
    make the address of the list behind each number, which counts one review a procedure.
    """
    counted = in_figures(reviews.filter(campaign=campaign)).counted_as(tier.value)
    rows = LegalAmendment.objects.filter(review__in=counted.order_by().values("pk"))
    rows = rows.order_by("review__scope_item__code", "review", "position", "pk").values_list(
        "review", "document_type", "number", "title", "point", "clause", "article", "action", "new_wording",
        "drafting_lead", "due_on",
    )  # fmt: skip
    found: dict[str, Document] = {}
    needs: dict[int, set[str]] = {}
    for review, stated, number, title, point, clause, article, action, wording, lead, due_on in rows.iterator():
        if not number_key(number):
            continue
        key = document_key(number, stated)
        document = found.get(key)
        if document is None:
            document = found[key] = Document(key, type_of(number, stated), shown_number(number))
        needs.setdefault(review, set()).add(key)
        document.title = document.title or title
        _add(document.provisions, provision_words(point, clause, article))
        _add(document.wordings, wording)
        _add(document.actions, AmendmentAction(action).label)
        _add(document.leads, lead)
        if due_on:
            document.days.add(due_on)
    for keys in needs.values():
        for key in keys:
            found[key].procedures += 1
            found[key].only += len(keys) == 1
    statuses = _STATUSES[tier]
    shared = {"counted": "1", "status": ",".join(status for status in _ORDERED if status in statuses)}
    shared |= {"organisation": organisation} if organisation else {"kind": kind}
    for document in found.values():
        document.url = list_of(campaign, **shared, document=document.key)
    return DocumentList(sorted(found.values(), key=_place), len(needs))


_ORDERED = ("submitted", "accepted", "approved")


def _add(told: dict[str, None], text: str) -> None:
    if text.strip():
        told[text.strip()] = None


def _place(document: Document) -> tuple:
    return TYPE_ORDER[document.type], -document.procedures, document.key


def narrowed(documents: Iterable[Document], words: str = "", kind: str = "") -> list[Document]:
    """Documents of one type whose name, title or drafting lead has every word, accents aside."""
    wanted = fold(words).split()
    return [
        one
        for one in documents
        if (not kind or one.type == kind)
        and all(word in fold(f"{one.name} {one.key} {one.title} {' '.join(one.leads)}") for word in wanted)
    ]


def raw_numbers(campaign: Campaign, key: str) -> list[tuple[str, str]]:
    """(type, number) as typed, of every writing of the document ``key`` met in the round: what its filter asks for."""
    numbers = LegalAmendment.objects.filter(review__campaign=campaign).order_by()
    rows = numbers.values_list("document_type", "number").distinct()
    return [(stated, number) for stated, number in rows if document_key(number, stated) == key]


def csv_rows(documents: Iterable[Document]) -> Iterable[list]:
    """Rows under CSV_HEADER, in codes."""
    for one in documents:
        yield [
            one.type,
            one.number,
            one.title,
            one.procedures,
            one.only,
            "; ".join(one.provisions),
            "; ".join(one.actions),
            "; ".join(one.leads),
            "; ".join(day.isoformat() for day in sorted(one.days)),
        ]


def documents_table(campaign: Campaign, tier: Tier, heading: Heading, moment: str, procedures: int) -> Table:
    """Biểu 04 but for its rows; ``procedures`` wait for any of the documents."""
    return Table(
        form="Biểu 04",
        title="Văn bản quy phạm pháp luật cần sửa đổi để thực hiện phương án phân cấp",
        heading=heading,
        lines=(campaign.title, f"Phương án được tính là phân cấp, {TIER_WORDS[tier]}. {moment}."),
        columns=DOCUMENTS,
        source=source_line(moment),
        notes=(
            f"{procedures} TTHC cần sửa ít nhất một văn bản.",
            "Một TTHC cần sửa nhiều văn bản được kể ở từng văn bản nên cột (7) không cộng dồn.",
            "Cột (8) là số TTHC chỉ cần sửa riêng văn bản đó.",
        ),
    )


def documents_rows(documents: Iterable[Document]) -> list[Row]:
    """Lines of Biểu 04: a group a type, then its documents."""
    rows: list[Row] = []
    groups = number = 0
    last = ""
    for one in documents:
        if one.type != last:
            last, number = one.type, 0
            groups += 1
            rows.append(Row("group", [roman(groups), one.type_label.upper(), *[""] * (len(DOCUMENTS) - 2)]))
        number += 1
        name = f"{one.name}\n{one.title}" if one.title and one.title not in one.name else one.name
        content = "\n".join((", ".join(one.actions), *one.wordings))
        cells = [number, name, "\n".join(one.provisions), content, "\n".join(one.leads), one.due]
        rows.append(Row("row", [*cells, one.procedures, one.only], one.key, one.url))
    return rows
