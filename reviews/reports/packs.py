"""What a pack ready for signing holds, what sending it would make of its body's share, and what was signed since."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, Q, QuerySet, prefetch_related_objects

from reviews.actions.content import ANSWER, VERSION, snapshot, with_rows
from reviews.models import Campaign, Conclusion, Review, ReviewEvent, Status, Submission, SubmissionItem
from reviews.reports.dashboards import body_figures
from reviews.reports.official import Column, Heading, Row, Table, roman
from reviews.reports.tallies import in_figures
from reviews.reports.workbooks import PROPOSAL_ROWS, amendment_words, source_line, transfer_words
from reviews.rules.completeness import STANCES_WITHOUT_PROPOSAL
from reviews.rules.criteria import BY_CODE, speaks_against
from reviews.rules.shares import BodyFigures, Share, TargetKind, Tier
from tthc_portal.accounts.models import Organisation, User

# What may be wrong with a form in a pack: (key, label, what to do), the gravest first.
WARNINGS = (
    ("unknown", "Chưa xác định thẩm quyền", "Không gửi được; hãy trả lại nội bộ để bổ sung."),
    ("ruling", "Chuyển thẩm quyền chờ xếp loại", "Chỉ được tính sau khi cơ quan chủ trì xếp loại."),
    ("uncounted", "Kết luận phân cấp nhưng không được tính", "Không có chuyển thẩm quyền nào xuống cấp dưới."),
    ("against", "Có câu trả lời không thuận với kết luận", "Hãy đọc lý do đã nêu ở tiêu chí trước khi ký."),
    ("dossiers", "Chưa có số liệu hồ sơ một năm", "Gửi được; cơ quan chủ trì có thể đề nghị bổ sung."),
)
PACK = (
    Column("TT", "(1)", width=6, kind="centre"),
    Column("Mã TTHC", "(2)", width=12, kind="centre"),
    Column("Tên thủ tục hành chính", "(3)", width=28, kind="text"),
    Column("Lĩnh vực", "(4)", width=18, kind="text"),
    Column("Được tính là phân cấp", "(5)", width=10, kind="centre"),
    Column("Thẩm quyền hiện tại", "(6)", width=16, kind="text"),
    Column("Thẩm quyền đề xuất", "(7)", width=16, kind="text"),
    Column("Lý do", "(8)", width=28, kind="text"),
    Column("Kiến nghị thực thi", "(9)", width=24, kind="text"),
    Column("Số hồ sơ một năm", "(10)", width=10),
    Column("Lưu ý", "(11)", width=20, kind="text"),
)
SENT = (
    Column("TT", "(1)", width=6, kind="centre"),
    Column("Mã TTHC", "(2)", width=12, kind="centre"),
    Column("Tên thủ tục hành chính", "(3)", width=50, kind="text"),
    Column("Kết luận đã ký", "(4)", width=18, kind="centre"),
    Column("Phiên bản đã ký", "(5)", width=10),
    Column("Trạng thái hiện nay", "(6)", width=20, kind="centre"),
    Column("So với bản đã ký", "(7)", width=34, kind="text"),
)
SAME, CHANGED = "Giống bản đã ký", "Nội dung khác bản đã ký"


@dataclass(frozen=True, slots=True)
class PackFigures:
    """Checked reviews of a body: how many, of them by conclusion, and the proposed share now and once all are sent."""

    body: BodyFigures
    checked: int
    counted: int
    conclusions: dict[str, int]
    share_now: Share
    share_after: Share

    @property
    def is_reference(self) -> bool:
        """Whether the target is only a line to compare with."""
        return self.body.target == TargetKind.REFERENCE


def pack_figures(campaign: Campaign, body: Organisation) -> PackFigures:
    """Figures of everything ``body`` has checked in ``campaign`` and not yet sent."""
    figures, _statuses = body_figures(campaign, body)
    # What an adjustment took out of the base while it waited for its signature is not sent any more.
    checked = Review.objects.filter(campaign=campaign, organisation=body, status=Status.CHECKED, eligible=True)
    groups = dict(checked.order_by().values_list("conclusion").annotate(number=Count("pk")))
    counted = in_figures(checked).aggregate(number=Count("pk", filter=Q(counted=True)))["number"]
    now = figures.share_of(Tier.PROPOSED)
    return PackFigures(
        body=figures,
        checked=sum(groups.values()),
        counted=counted,
        conclusions={Conclusion(name).label: number for name, number in sorted(groups.items()) if name},
        share_now=now,
        share_after=Share(now.n + counted, now.e, now.target_bp),
    )


def submissions_of(submissions: QuerySet, campaign: Campaign, body: Organisation) -> QuerySet:
    """Those of ``submissions`` that ``body`` made in ``campaign``, newest first; ``number`` counts their reviews."""
    found = submissions.filter(campaign=campaign, organisation=body).select_related("sent_by")
    return found.annotate(number=Count("items")).order_by("-sent_at")


# -- before sending


@dataclass(frozen=True, slots=True)
class Warned:
    """One kind of exception: its key, label and what to do, and the forms it concerns, each with what is said of it."""

    key: str
    label: str
    advice: str
    forms: list[tuple[Review, str]]


@dataclass(frozen=True, slots=True)
class PackCheck:
    """What a signer should know: exceptions by kind, what is said of each form, and how many were answered at once."""

    warned: list[Warned]
    notes: dict[int, list[str]]
    by_exception: int


def pack_check(waiting: list[Review]) -> PackCheck:
    """Exceptions among the forms of a pack; two queries, however many forms.

    Forms answered by one act for everything left say nothing of their own, so they are only counted.
    """
    prefetch_related_objects(waiting, "transfers", "criterion_answers")
    found: dict[str, list[tuple[Review, str]]] = {key: [] for key, _, _ in WARNINGS}
    notes: dict[int, list[str]] = {}
    labels = {key: label for key, label, _ in WARNINGS}
    for review in waiting:
        for key, said in _exceptions(review):
            found[key].append((review, said))
            notes.setdefault(review.pk, []).append(f"{labels[key]}{f' ({said})' if said else ''}")
    return PackCheck(
        [Warned(key, label, advice, found[key]) for key, label, advice in WARNINGS if found[key]],
        notes,
        sum(1 for review in waiting if review.by_exception),
    )


def _exceptions(review: Review) -> Iterable[tuple[str, str]]:
    """(key, detail) of what is out of the ordinary with one form."""
    if review.decider_unknown and review.stance not in STANCES_WITHOUT_PROPOSAL:
        yield "unknown", ""
    if review.by_exception:
        return
    if review.conclusion == Conclusion.DECENTRALIZE:
        if any(row.transfer_class == "manual" and not row.ruling for row in review.transfers.all()):
            yield "ruling", ""
        elif not review.counted:
            yield "uncounted", ""
    against = [
        row.criterion
        for row in review.criterion_answers.all()
        if row.criterion in BY_CODE and speaks_against(row.criterion, row.answer, review.conclusion)
    ]
    if against:
        yield "against", ", ".join(sorted(against, key=lambda code: int(code[1:])))
    if review.conclusion == Conclusion.DECENTRALIZE and review.annual_dossiers is None:
        yield "dossiers", ""


def pack_table(campaign: Campaign, heading: Heading, moment: str, figures: PackFigures) -> Table:
    """The list that goes to the signer with the letter, but for its rows."""
    now, after = figures.share_now, figures.share_after
    return Table(
        form="Danh sách trình ký",
        title="Danh sách phiếu rà soát trình ký gửi",
        heading=heading,
        lines=(
            campaign.title,
            (
                f"Tỷ lệ đề xuất phân cấp: {now.display} ({now.n}/{now.e}) → sau khi gửi {after.display} "
                f"({after.n}/{after.e}). {moment}."
            ),
        ),
        columns=PACK,
        source=source_line(moment),
    )


def pack_rows(waiting: list[Review], check: PackCheck) -> list[Row]:
    """Lines of the list: by conclusion, then in the order given."""
    prefetch_related_objects(waiting, *PROPOSAL_ROWS)
    rows: list[Row] = []
    groups = 0
    for conclusion in Conclusion:
        forms = [review for review in waiting if review.conclusion == conclusion]
        if not forms:
            continue
        groups += 1
        label = f"{conclusion.label.upper()}: {len(forms)} TTHC"
        rows.append(Row("group", [roman(groups), "", label, *[""] * (len(PACK) - 3)]))
        rows += [
            Row("row", _pack_cells(number, review, check.notes.get(review.pk, [])))
            for number, review in enumerate(forms, start=1)
        ]
    return rows


def _pack_cells(number: int, review: Review, notes: list[str]) -> list:
    said = [*notes, "Trả lời chung cho các TTHC còn lại"] if review.by_exception else notes
    return [
        number,
        review.scope_item.code,
        review.scope_item.name,
        review.scope_item.sector_name,
        "Có" if review.counted else "Không",
        "\n".join(dict.fromkeys(row.body or row.level.label for row in review.current_authorities.all())),
        "\n".join(dict.fromkeys(transfer_words(row) for row in review.transfers.all())),
        review.reason,
        "\n".join(amendment_words(row) for row in review.legal_amendments.all()),
        review.annual_dossiers,
        "\n".join(said),
    ]


# -- after sending


@dataclass(slots=True)
class SentForm:
    """One form of a submission: what was signed, whether the present content differs, and where.

    ``changes``: (name of the part, as signed, as it is now), empty where the reader may not look; ``again``: the last
    later submission that carried it.
    """

    item: SubmissionItem
    signed: dict = field(default_factory=dict)
    differs: bool = False
    readable: bool = True
    changes: list[tuple[str, object, object]] = field(default_factory=list)
    again: Submission | None = None

    @property
    def review(self) -> Review:
        """The form as it stands."""
        return self.item.review

    @property
    def conclusion(self) -> str:
        """The conclusion that was signed, in words."""
        return dict(Conclusion.choices).get(self.signed.get("conclusion", ""), "")

    @property
    def said(self) -> str:
        """How it stands to what was signed, in words."""
        if not self.differs:
            return SAME
        return f"{CHANGED}; đã ký lại ngày {self.again.sent_at:%d/%m/%Y}" if self.again else CHANGED


def sent_forms(submission: Submission, reader: User) -> list[SentForm]:
    """Every form of ``submission`` against what was signed, in the order of codes; at most four queries and the rows
    of those saved since.

    What was signed is the content kept in the event of sending; only a form saved since can differ from it.
    """
    items = submission.items.select_related("review__scope_item", "review__organisation")
    forms = {item.review_id: SentForm(item) for item in items.order_by("review__scope_item__code")}
    for event in ReviewEvent.objects.filter(review__in=list(forms), hash__in=submission.items.values("event_hash")):
        forms[event.review_id].signed = event.content or {}
    saved = [one for one in forms.values() if one.review.version != one.item.version]
    with_rows([one.review for one in saved])
    for one in saved:
        differences = list(_differences(one.signed, snapshot(one.review)))
        one.differs = bool(differences)
        one.readable = one.review.content_visible_to(reader)
        one.changes = differences if one.readable else []
    later = SubmissionItem.objects.filter(
        review__in=[one.review.pk for one in saved], submission__sent_at__gt=submission.sent_at
    )
    for item in later.select_related("submission").order_by("submission__sent_at"):
        forms[item.review_id].again = item.submission
    return list(forms.values())


def _differences(signed: dict, present: dict) -> Iterable[tuple[str, object, object]]:
    """Parts whose content differs; the number of the version and answers to points are no content that was signed."""
    for name, value in present.items():
        if name != VERSION and not name.startswith(ANSWER) and signed.get(name) != value:
            yield name, signed.get(name), value


def saved_since(submissions: QuerySet) -> QuerySet:
    """``submissions`` with ``saved``: how many of their forms were saved after they were signed."""
    moved = Count("items", filter=~Q(items__version=F("items__review__version")))
    return submissions.annotate(saved=moved)


def sent_table(submission: Submission, heading: Heading, moment: str) -> Table:
    """The list of what a submission carried, but for its rows."""
    letter = f"Công văn số {submission.letter_number}" if submission.letter_number else "Ký gửi trên hệ thống"
    if submission.letter_date:
        letter += f" ngày {submission.letter_date:%d/%m/%Y}"
    return Table(
        form="Danh sách đã gửi",
        title="Danh sách phiếu rà soát đã ký gửi",
        heading=heading,
        lines=(submission.campaign.title, f"{letter}. {moment}."),
        columns=SENT,
        source=source_line(moment),
        notes=(f"Mã kiểm tra nội dung: {submission.digest}.",),
    )


def sent_rows(forms: list[SentForm]) -> list[Row]:
    """Lines of that list."""
    return [
        Row(
            "row",
            [
                number,
                one.review.scope_item.code,
                one.review.scope_item.name,
                one.conclusion,
                one.item.version,
                one.review.get_status_display(),
                one.said,
            ],
        )
        for number, one in enumerate(forms, start=1)
    ]
