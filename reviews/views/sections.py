"""The sections of a form beside its fields: files, opinions, signatures, usual wordings, help, what a row comes to."""

from collections.abc import Iterable, Mapping

from procedures.models import ExecutionLevel
from reviews.actions import filling
from reviews.forms.filling import ReviewForm
from reviews.models import Attachment, CriterionAnswer, Phrase, Review, SubmissionItem
from reviews.models.review import SENT_STATUSES
from reviews.reports.opinions import opinions_on
from reviews.rules.completeness import DEFAULT_CONDITIONS, Gap
from reviews.rules.criteria import BY_CODE, speaks_against
from reviews.rules.field_help import SECTIONS, SHORT
from reviews.rules.transfers import Level
from reviews.views.computing import cost_line, cost_total, told_of
from tthc_portal.accounts.models import Role

# Where on the page the parts that gaps speak of stand.
PARTS = {
    "deciders": "present",
    "annual_dossiers": "present",
    "criteria": "criteria",
    "conclusion": "proposal",
    "transfers": "proposal",
    "reason": "proposal",
    "amendments": "amendments",
}
# Parts of a content that are rows: a reader sees each row as a line of its own.
ROW_PARTS = ("deciders", "transfers", "amendments", "costs")


def beside(user, review: Review, content: Mapping, gaps: Iterable[Gap]) -> dict:
    """What the templates of the sections need beside the form itself; ``content`` is what the page shows."""
    short = filling.is_short(review)
    procedure = review.scope_item.procedure
    labels = dict(ExecutionLevel.choices)
    return {
        "short": short,
        # A province need not explain the ministry's procedure, unless nobody has said yet who decides it.
        "asks_deciders": not short or not any(row["level"] for row in content["deciders"]),
        "execution_levels": [labels.get(code, code) for code in procedure.execution_levels],
        "attachments": attachments_of(review),
        "opinions": opinions_on(review, user),
        "sent": _last_sent(review),
        "phrases": phrases_of(user) if user.role in (Role.OFFICIAL, Role.FOCAL_POINT) else {},
        "help": SECTIONS | {"short": SHORT},
        "default_conditions": DEFAULT_CONDITIONS,
        "cost_total": cost_total(content["costs"]),
        "answers": answers_of(content),
        "row_parts": ROW_PARTS,
        "missing_in": {PARTS.get(gap.field, gap.field) for gap in gaps},
    }


def answers_of(content: Mapping) -> list[dict]:
    """The questions a content answers, in their order, for a reader.

    Each is a dict: ``code``, ``question``, ``answer`` in words, ``reason``, and ``against``: the answer speaks against
    the conclusion.
    """
    labels = dict(CriterionAnswer.Answer.choices)
    return [
        {
            "code": row["criterion"],
            "question": BY_CODE[row["criterion"]].question if row["criterion"] in BY_CODE else "",
            "answer": labels.get(row["answer"], row["answer"]),
            "reason": row["reason"],
            "against": row["criterion"] in BY_CODE
            and speaks_against(row["criterion"], row["answer"], content["conclusion"]),
        }
        for row in sorted(content["criteria"], key=lambda row: (len(row["criterion"]), row["criterion"]))
    ]


def attachments_of(review: Review) -> list[Attachment]:
    """The files of a review, the oldest first."""
    return list(review.attachments.select_related("uploaded_by").order_by("uploaded_at", "pk"))


def phrases_of(user) -> dict[str, list[Phrase]]:
    """The usual wordings of ``user``'s body by field, the oldest first: a key inserts always the same one."""
    kept: dict[str, list[Phrase]] = {}
    for phrase in Phrase.objects.filter(organisation=user.body).order_by("made_at", "pk"):
        kept.setdefault(phrase.field, []).append(phrase)
    return kept


def _last_sent(review: Review) -> SubmissionItem | None:
    if review.status not in SENT_STATUSES:
        return None
    items = SubmissionItem.objects.filter(review=review).select_related("submission__sent_by")
    return items.order_by("-submission__sent_at").first()


def explain_rows(form: ReviewForm, stored: list[dict], known: Mapping[str, Level]) -> None:
    """Put beside every transfer row what class it is of (a stored one with its ruling), beside a cost what it is."""
    told = {
        (one["transfer"].source_level_id, one["transfer"].target_level_id, one["transfer"].target_body): one
        for one in stored
    }
    for row in form.tables["transfers"].forms:
        ends = tuple(row[name].value() or "" for name in ("source_level", "target_level", "target_body"))
        row.told = told.get(ends) or told_of({"source_level": ends[0], "target_level": ends[1]}, known)
    for row in form.tables["costs"].forms:
        if row.initial.get("item") and not row.is_bound:
            row.line = cost_line(row.initial)
