"""What other bodies say of a procedure that one body reviews: provinces' own reviews of it, and opinions on record."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Count, Q

from reviews.models import Opinion, Review, ReviewKind, Stance, Status

# An opinion is heard once its body has sent it, and no longer while the body is asked to complete it.
HEARD = (Status.SUBMITTED, Status.ACCEPTED, Status.APPROVED)
MAX_SHOWN = 100


@dataclass(slots=True)
class Heard:
    """One opinion: whose, what it says, the province's review it stands in, and the row that holds the answer.

    ``kind`` and ``answer`` are what the fields of the answer show: what is on record, or what is still being typed.
    """

    organisation: object
    stance: str
    text: str
    source: Review | None = None
    opinion: Opinion | None = None
    moves: list[str] = field(default_factory=list)
    kind: str = ""
    answer: str = ""

    def __post_init__(self) -> None:
        if self.opinion:
            self.kind, self.answer = self.opinion.answer_kind, self.opinion.answer

    @property
    def key(self) -> str:
        """How the fields of its answer are named: source-12 by the province's review, opinion-3 by the row."""
        return f"source-{self.source.pk}" if self.source else f"opinion-{self.opinion.pk}"


@dataclass(frozen=True, slots=True)
class Opinions:
    """All that is heard on one review: the opinions that say something, and how many say which stance."""

    said: list[Heard]
    counts: list[tuple[str, int]]

    @property
    def total(self) -> int:
        """How many bodies have spoken."""
        return sum(number for _label, number in self.counts)

    def with_typed(self, typed: Mapping[str, str], written: str = "") -> "Opinions":
        """The same with the answers still ``typed`` in the fields, but for the one just ``written`` (by its key)."""
        for one in self.said:
            if one.key != written and f"answer-{one.key}" in typed:
                one.kind, one.answer = typed.get(f"kind-{one.key}", ""), typed[f"answer-{one.key}"]
        return self


def opinions_on(review: Review, user) -> Opinions:
    """What ``user`` may read of the opinions on ``review``; nothing for a review that is itself an opinion.

    The reviewing body reads what is addressed to it; others what they may read of the provinces' reviews anyway.
    """
    if review.kind not in (ReviewKind.OWN, ReviewKind.LOCAL):
        return Opinions([], [])
    found = Review.objects.filter(
        scope_item=review.scope_item_id, kind__in=[ReviewKind.PROPOSAL, ReviewKind.RECEPTION], status__in=HEARD
    )
    if review.organisation_id != user.body.pk:
        found = found.filter(pk__in=Review.objects.readable_by(user).values("pk"))
    counted = found.order_by().values("stance").annotate(number=Count("pk"))
    number = {row["stance"]: row["number"] for row in counted}
    counts = [(label, number[value]) for value, label in Stance.choices if number.get(value)]
    # Who only agrees, or has nothing to say, is counted; what must be answered is shown.
    speaking = found.filter(Q(stance=Stance.PROPOSE) | ~Q(reason="") | ~Q(conditions=""))
    reviews = list(
        speaking.filter(by_exception=False)
        .select_related("organisation")
        .prefetch_related("transfers__source_level", "transfers__target_level")
        .order_by("organisation__name")[:MAX_SHOWN]
    )
    rows = list(review.opinions.select_related("organisation", "answered_by").order_by("organisation__name"))
    by_source = {row.source_review_id: row for row in rows if row.source_review_id}
    said = [_of_review(one, by_source.get(one.pk)) for one in reviews]
    said += [
        Heard(row.organisation, row.get_stance_display(), row.text, opinion=row)
        for row in rows
        if row.source_review_id not in {one.pk for one in reviews}
    ]
    return Opinions(said, counts)


def _of_review(review: Review, opinion: Opinion | None) -> Heard:
    moves = [f"{row.source_level.label} → {row.target_level.label}" for row in review.transfers.all()]
    text = "\n".join(part for part in (review.reason, review.conditions) if part)
    stance = review.get_stance_display() or review.get_conclusion_display()
    return Heard(review.organisation, stance, text, source=review, opinion=opinion, moves=moves)
