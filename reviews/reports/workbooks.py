"""The two first official tables of a round: Biểu 01 (results by body) and Biểu 02 (what is to be handed down).

Biểu 01 prints the figures of the dashboard; Biểu 02 lists exactly the reviews that a tier of those figures counts.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Collate
from django.urls import reverse

from reviews.models import Campaign, Conclusion, Review, TransferMode
from reviews.models.content import AmendmentAction, DocumentType, LegalAmendment
from reviews.reports.dashboards import NO_SECTOR, bodies_of, body_figures, national_figures
from reviews.reports.official import Column, Heading, Row, Table, roman
from reviews.reports.past import PRESENT, AsOf, changes
from reviews.reports.tallies import in_figures
from reviews.rules.documents import shown_number
from reviews.rules.shares import PROPOSED_STATUSES, REVIEWED_STATUSES, BodyFigures, Share, TargetKind, Tier
from tthc_portal.accounts.models import Organisation, OrganisationKind
from tthc_portal.text import COLLATION

CHUNK = 500
TIER_WORDS = {Tier.PROPOSED: "đã gửi", Tier.ACCEPTED: "đã thống nhất", Tier.APPROVED: "đã được phê duyệt"}
# A counted proposal by its status, as Biểu 02 says it.
STATUS_WORDS = {"submitted": "Đã gửi", "accepted": "Đã thống nhất", "approved": "Đã được phê duyệt"}
# Conclusions with a column of their own in Biểu 01; the others stand under "Khác".
_OWN = (Conclusion.DECENTRALIZE, Conclusion.KEEP, Conclusion.DELEGATE, Conclusion.ABOLISH)
_MET = {True: "Đạt", False: "Chưa đạt", None: ""}

BY_BODY = (
    Column("TT", width=4.5, kind="centre"),
    Column("Bộ, cơ quan, địa phương", width=25, kind="text"),
    Column("Tổng số TTHC", "(1)", width=7),
    Column("TTHC do UBND, Chủ tịch UBND cấp xã quyết định (loại trừ)", "(2)", width=11),
    Column("Số TTHC thuộc diện tính", "(3)=(1)-(2)", width=9),
    Column("Chưa xác định thẩm quyền", "(4)", width=8),
    Column("Số TTHC", "(5)=(7)+ … +(11)", "Đã rà soát (đã gửi)", 9),
    Column("Tỷ lệ (%)", "(6)=(5):(3)", "Đã rà soát (đã gửi)", 8, "percent"),
    Column("Phân cấp", "(7)", "Phương án đã gửi", 6.5),
    Column("Giữ nguyên", "(8)", "Phương án đã gửi", 7),
    Column("Ủy quyền", "(9)", "Phương án đã gửi", 6.5),
    Column("Bãi bỏ", "(10)", "Phương án đã gửi", 6.5),
    Column("Khác", "(11)", "Phương án đã gửi", 6.5),
    Column("Đề xuất", "(12)", "Được tính là phân cấp", 6.5),
    Column("Thống nhất (được chấp nhận)", "(13)", "Được tính là phân cấp", 9),
    Column("Phê duyệt", "(14)", "Được tính là phân cấp", 6.5),
    Column("Tỷ lệ (%)", "(15)", "So với mục tiêu", 7.5, "percent"),
    Column("Số tối thiểu", "(16)", "So với mục tiêu", 7),
    Column("Còn thiếu", "(17)=(16)-n", "So với mục tiêu", 8),
    Column("Đạt, chưa đạt", "(18)", "So với mục tiêu", 8, "centre"),
    Column("Ghi chú", "(19)", width=26, kind="text"),
)
PROPOSALS = (
    Column("TT", "(1)", width=5, kind="centre"),
    Column("Mã TTHC", "(2)", width=11, kind="centre"),
    Column("Tên thủ tục hành chính", "(3)", width=28, kind="text"),
    Column("Thẩm quyền hiện tại", "(4)", width=16, kind="text"),
    Column("Thẩm quyền đề xuất", "(5)", width=16, kind="text"),
    Column("Nội dung phương án", "(6)", width=24, kind="text"),
    Column("Lý do", "(7)", width=28, kind="text"),
    Column("Kiến nghị thực thi", "(8)", width=26, kind="text"),
    Column("Cơ quan chủ trì", "(9)", width=13, kind="text"),
    Column("Lộ trình", "(10)", width=11, kind="date"),
    Column("Tình trạng", "(11)", width=10, kind="centre"),
)


# -- Biểu 01


def by_body_table(campaign: Campaign, heading: Heading, moment: str, source: str) -> Table:
    """Biểu 01 but for its rows; ``moment`` and ``source`` are the words of the dashboard."""
    tier = campaign.rule.get_headline_tier_display().lower()
    column = {"proposed": "(12)", "accepted": "(13)", "approved": "(14)"}[campaign.rule.headline_tier]
    return Table(
        form="Biểu 01",
        title="Tổng hợp kết quả rà soát, phân cấp thủ tục hành chính theo cơ quan",
        heading=heading,
        lines=(campaign.title, f"{moment}. {source}."),
        columns=BY_BODY,
        source=source_line(moment),
        notes=(
            f"Cột (15) tính theo mức {tier}: (15) = {column} : (3), làm tròn xuống hai số lẻ; n là cột {column}.",
            "Cột (7) gồm mọi kết luận phân cấp; cột (12) chỉ gồm phương án có chuyển thẩm quyền xuống cấp dưới.",
            "Mục tiêu bắt buộc đối với các bộ, cơ quan ngang bộ; đối với địa phương là mốc tham chiếu.",
            "Dòng tổng cộng chỉ cộng các bộ, cơ quan ngang bộ vì địa phương rà soát cùng những thủ tục ấy.",
        ),
    )


def by_body_rows(
    campaign: Campaign, body: Organisation | None = None, asked: AsOf = PRESENT, kind: str = ""
) -> list[Row]:
    """Lines of Biểu 01: every body (of ``kind``) by groups and the national line, or ``body`` alone."""
    told = conclusions_by_body(campaign, body, asked)
    keys = dict(Organisation.objects.filter(participations__campaign=campaign).values_list("code", "pk"))
    if body is not None:
        figures, _statuses = body_figures(campaign, body, asked)
        return [Row("row", _by_body_cells(1, figures, told[body.pk]), figures.code)]
    bodies, total = national_figures(campaign, asked)
    rows: list[Row] = []
    groups = (
        (OrganisationKind.MINISTRY, "CÁC BỘ, CƠ QUAN NGANG BỘ"),
        (OrganisationKind.PROVINCE, "CÁC TỈNH, THÀNH PHỐ (mốc tham chiếu)"),
    )
    for place, (one, label) in enumerate([group for group in groups if kind in ("", group[0])], start=1):
        found = [figures for figures in bodies if figures.kind == one]
        rows.append(Row("group", [roman(place), label, *[""] * (len(BY_BODY) - 2)]))
        rows += [
            Row("row", _by_body_cells(number, figures, told[keys[figures.code]]), figures.code)
            for number, figures in enumerate(found, start=1)
        ]
        if one == OrganisationKind.MINISTRY:
            together = sum((told[keys[figures.code]] for figures in found), Counter())
            cells = _by_body_cells("", total, together)
            rows.append(Row("total", [cells[0], "TỔNG CỘNG các bộ, cơ quan ngang bộ", *cells[2:]], total.code))
    return rows


def conclusions_by_body(
    campaign: Campaign, body: Organisation | None = None, asked: AsOf = PRESENT
) -> dict[int, Counter]:
    """How many eligible reviews of each body, sent, have which conclusion: {body: {conclusion: number}}.

    One query, and those of the past where another day or basis is asked for; they add up to what is reviewed.
    """
    found: dict[int, Counter] = {}
    reviews = in_figures(Review.objects.filter(campaign=campaign, eligible=True, status__in=list(REVIEWED_STATUSES)))
    if body is not None:
        reviews = reviews.filter(organisation=body)
    groups = reviews.order_by().values_list("organisation", "conclusion").annotate(number=Count("pk"))
    for organisation, conclusion, number in groups:
        found.setdefault(organisation, Counter())[conclusion] += number
    for change in changes(campaign, asked, body):
        for facts, sign in ((change.now, -1), (change.then, 1)):
            if facts and facts.eligible and facts.status in REVIEWED_STATUSES:
                found.setdefault(change.organisation, Counter())[facts.conclusion] += sign
    return _Known(found)


class _Known(dict):
    """Counts by body; a body without any has none."""

    def __missing__(self, key):
        return Counter()


def _by_body_cells(number, figures: BodyFigures, told: Counter) -> list:
    tally, share = figures.tally, figures.share
    own = [told[conclusion.value] for conclusion in _OWN]
    return [
        number,
        figures.name,
        tally.total,
        tally.excluded,
        tally.eligible,
        tally.unknown,
        tally.reviewed,
        percent(Share(tally.reviewed, tally.eligible, None)),
        *own,
        sum(told.values()) - sum(own),
        tally.proposed,
        tally.accepted,
        tally.approved,
        percent(share),
        share.required,
        share.missing,
        _MET[share.met] if figures.target == TargetKind.BINDING else "",
        _remark(figures),
    ]


def percent(share: Share) -> float | None:
    """The percentage as a number already cut to two decimals, the same that is displayed; None over an empty base."""
    return None if share.text is None else float(share.text)


def _remark(figures: BodyFigures) -> str:
    """What must be known beside the figures of one line."""
    tally, said = figures.tally, []
    if not tally.eligible:
        return "Không có TTHC thuộc diện tính"
    if tally.unknown:
        said.append(f"Tạm tính, còn {tally.unknown} TTHC chưa xác định thẩm quyền")
    if tally.returned_counted:
        said.append(
            f"Đang trả lại {tally.returned_counted} TTHC phân cấp; nếu gửi lại hết: {figures.if_resent.display}"
        )
    return ". ".join(said)


def source_line(moment: str) -> str:
    """Where figures come from, at the foot of every paper."""
    return f"Nguồn: Cổng rà soát, phân cấp thủ tục hành chính. {moment}."


# -- Biểu 02


def proposals(reviews: QuerySet, campaign: Campaign, tier: Tier) -> QuerySet:
    """Those of ``reviews`` that the figure of ``tier`` counts, in the order of Biểu 02: body, sector, code."""
    found = in_figures(reviews.filter(campaign=campaign)).counted_as(tier.value)
    ministry = When(organisation__kind=OrganisationKind.MINISTRY, then=Value(0))
    return found.order_by(
        Case(ministry, default=Value(1)),
        "organisation__code",
        "organisation",
        Case(When(scope_item__sector=None, then=Value(1)), default=Value(0)),
        Collate("scope_item__sector_name", COLLATION),
        "scope_item__code",
    ).select_related("scope_item", "organisation")


def not_counted(reviews: QuerySet, campaign: Campaign) -> int:
    """Sent hand-downs that no figure counts: same level, or waiting for the department to class them."""
    found = in_figures(reviews.filter(campaign=campaign, eligible=True, counted=False))
    return found.filter(conclusion=Conclusion.DECENTRALIZE, status__in=list(PROPOSED_STATUSES)).count()


def proposals_table(campaign: Campaign, tier: Tier, heading: Heading, moment: str, source: str, left: int) -> Table:
    """Biểu 02 but for its rows; ``left``: sent hand-downs that are not counted."""
    notes = [f"Biểu gồm các phương án được tính là phân cấp, {TIER_WORDS[tier]} đến lúc lập biểu."]
    if left:
        notes.append(
            f"Không gồm {left} phương án phân cấp đã gửi nhưng chưa được tính (chờ cơ quan chủ trì xếp loại, hoặc "
            "chuyển cùng cấp)."
        )
    return Table(
        form="Biểu 02",
        title="Danh mục phương án phân cấp trong giải quyết thủ tục hành chính",
        heading=heading,
        lines=(campaign.title, f"Phương án {TIER_WORDS[tier]}. {moment}. {source}."),
        columns=PROPOSALS,
        source=source_line(moment),
        notes=tuple(notes),
    )


def proposals_rows(
    found: Iterable[Review], campaign: Campaign, *, before: Sequence[int] = (), total: int | None = None
) -> Iterator[Row]:
    """Lines of Biểu 02, streamed: each body, its sectors, its procedures, and the total at the end.

    ``found`` comes from :func:`proposals`, whole, or as one page of it: then ``before`` are the bodies of the lines on
    the pages before, so that numbers go on.
    """
    names = {body.pk: body.name for body in bodies_of(campaign)}
    blank = [""] * (len(PROPOSALS) - 3)
    body = sector = None
    bodies = len(set(before))
    number = 0
    for review in _with_rows(found):
        if review.organisation_id != body:
            body, sector, number = review.organisation_id, None, before.count(review.organisation_id)
            bodies += not number
            yield Row("group", [roman(bodies), "", names.get(body, review.organisation.name).upper(), *blank])
        if review.scope_item.sector_name != sector:
            sector = review.scope_item.sector_name
            yield Row("subgroup", ["", "", f"Lĩnh vực: {sector or NO_SECTOR}", *blank])
        number += 1
        yield Row("row", _proposal_cells(number, review), review.scope_item.code, _page(review))
    if total is not None:
        yield Row("total", ["", "", f"TỔNG CỘNG: {total} TTHC", *blank])


def _page(review: Review) -> str:
    return reverse("reviews:detail", args=[review.pk])


def _with_rows(found) -> Iterable[Review]:
    if not isinstance(found, QuerySet):
        return found
    return found.prefetch_related(*PROPOSAL_ROWS).iterator(chunk_size=CHUNK)


PROPOSAL_ROWS = ("current_authorities__level", "transfers__source_level", "transfers__target_level", "legal_amendments")


def _proposal_cells(number: int, review: Review) -> list:
    amendments = list(review.legal_amendments.all())
    leads = dict.fromkeys(row.drafting_lead for row in amendments if row.drafting_lead)
    return [
        number,
        review.scope_item.code,
        review.scope_item.name,
        "\n".join(dict.fromkeys(row.body or row.level.label for row in review.current_authorities.all())),
        "\n".join(dict.fromkeys(transfer_words(row) for row in review.transfers.all())),
        review.content,
        review.reason,
        "\n".join(amendment_words(row) for row in amendments),
        "\n".join(leads),
        _roadmap(amendments),
        STATUS_WORDS.get(review.status, review.get_status_display()),
    ]


def _roadmap(amendments: list[LegalAmendment]) -> datetime.date | str:
    """The day everything is due: a real date when there is one, else each of them in words."""
    days = sorted({row.due_on for row in amendments if row.due_on})
    return days[0] if len(days) == 1 else "\n".join(f"{day:%d/%m/%Y}" for day in days)


def transfer_words(row) -> str:
    """Who is to decide: "Ủy ban nhân dân cấp tỉnh (một phần: …)"."""
    text = row.target_body or row.target_level.label
    said = []
    if row.mode != TransferMode.DECENTRALIZE:
        said.append(row.get_mode_display().lower())
    if row.is_partial:
        said.append("một phần trường hợp")
    if row.condition:
        said.append(row.condition)
    return f"{text} ({'; '.join(said)})" if said else text


def amendment_words(row: LegalAmendment) -> str:
    """What is to be done with a document: "Sửa đổi khoản 2 Điều 15 Nghị định 15/2021/NĐ-CP"."""
    label = "" if row.document_type == DocumentType.OTHER else DocumentType(row.document_type).label
    name = shown_number(row.number)
    if label and name.casefold().startswith(label.casefold()):
        label = ""
    parts = [AmendmentAction(row.action).label, provision_words(row.point, row.clause, row.article), label, name]
    return " ".join(part for part in parts if part)


def provision_words(point: str, clause: str, article: str) -> str:
    """ "điểm a khoản 2 Điều 15"; what people typed with the word already there is not doubled."""
    said = []
    for word, value in (("điểm", point), ("khoản", clause), ("Điều", article)):
        value = value.strip()
        if value:
            said.append(value if value.casefold().startswith(word.casefold()) else f"{word} {value}")
    return " ".join(said)


def list_of(campaign: Campaign, **filters: str) -> str:
    """The address of a list of reviews of ``campaign``; blank filters are left out."""
    given = {"campaign": campaign.code} | {name: value for name, value in filters.items() if value}
    return f"{reverse('reviews:list')}?{urlencode(given, safe=',')}"


def of_reader(body: Organisation | None, kind: str = "") -> Q:
    """The reviews a report speaks of: those of one body, or of all bodies of a kind (blank: of all)."""
    if body is not None:
        return Q(organisation=body)
    return Q(organisation__kind=kind) if kind else Q()
