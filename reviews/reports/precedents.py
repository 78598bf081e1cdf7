"""Precedents of a review: what was concluded on the same and on similar procedures, as far as the reader may see it.

A body sees its own forms whatever their status; of others only what is settled (accepted or approved), the department
also what was sent. What a reader may not see is neither listed nor counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from procedures.models import SimilarProcedure
from reviews.actions.content import with_rows
from reviews.models import Review, ReviewKind, Status
from tthc_portal.accounts.models import OrganisationKind, User

# How many are shown: of the very same procedure, of each similar one, and in all.
SAME, EACH, ALL = 6, 2, 12
# The more settled, the better a precedent.
_SETTLED_FIRST = {Status.APPROVED: 0, Status.ACCEPTED: 1, Status.SUBMITTED: 2}
_UNSETTLED = 9


@dataclass(frozen=True, slots=True)
class Precedent:
    """One review to learn from, its rows read; ``score`` in percent, 100 for the very same procedure."""

    review: Review
    same_procedure: bool
    score: int
    same_sector: bool = False
    same_decider: bool = False
    own: bool = False

    @property
    def why(self) -> list[str]:
        """Why it is shown, in words."""
        if self.same_procedure:
            return ["cùng thủ tục này"]
        shared = ["cùng lĩnh vực"] if self.same_sector else []
        shared += ["cùng cấp quyết định"] if self.same_decider else []
        return [f"{'giống' if shared else 'tên giống'} {self.score}%", *shared]


@dataclass(frozen=True, slots=True)
class Precedents:
    """What is shown beside a form: the precedents, how many more there are, and, without any, why."""

    found: list[Precedent] = field(default_factory=list)
    more: int = 0
    why_none: str = ""


def precedents_of(review: Review, reader: User) -> Precedents:
    """Precedents of ``review`` for ``reader``, the closest first; a constant number of queries."""
    links = {link.similar_id: link for link in _similar(review)}
    places = {review.scope_item.procedure_id: 0} | {pk: place for place, pk in enumerate(links, start=1)}
    rows = _ordered(_candidates(review, reader, places), review, places)
    chosen = _choose(rows, review.scope_item.procedure_id)
    if not chosen:
        return Precedents(why_none=_why_none(links))
    related = ("campaign", "organisation", "scope_item__owner")
    loaded = Review.objects.filter(pk__in=chosen).select_related(*related).in_bulk()
    reviews = with_rows([loaded[pk] for pk in chosen if pk in loaded])
    found = [_precedent(one, review, links.get(one.scope_item.procedure_id)) for one in reviews]
    return Precedents(found, len(rows) - len(found))


def _similar(review: Review) -> QuerySet:
    return SimilarProcedure.objects.filter(procedure=review.scope_item.procedure_id).order_by("-score", "pk")


def _candidates(review: Review, reader: User, places: dict[int, int]) -> QuerySet:
    """Readable reviews with a conclusion, of this round and of others, on the procedures in ``places``."""
    found = Review.objects.readable_by(reader).in_scope().exclude(pk=review.pk).exclude(conclusion="")
    found = found.filter(scope_item__procedure__in=places, by_exception=False)
    if review.organisation.kind != OrganisationKind.PROVINCE:
        # What provinces suggest on a ministry's procedure is an opinion on it, shown as such, and no precedent.
        found = found.filter(Q(organisation=review.organisation) | Q(kind__in=(ReviewKind.OWN, ReviewKind.LOCAL)))
    return found


def _ordered(candidates: QuerySet, review: Review, places: dict[int, int]) -> list[tuple[int, int]]:
    """(review, procedure) of ``candidates``: the closest procedure, then one's own body, the settled, the latest."""
    columns = ("pk", "scope_item__procedure", "organisation", "status", "campaign__opens_on")

    def place(row) -> tuple:
        pk, procedure, organisation, status, opened = row
        own = organisation == review.organisation_id
        return places[procedure], not own, _SETTLED_FIRST.get(status, _UNSETTLED), -opened.toordinal(), pk

    rows = sorted(candidates.order_by().values_list(*columns), key=place)
    return [(pk, procedure) for pk, procedure, *_ in rows]


def _choose(rows: Iterable[tuple[int, int]], same: int) -> list[int]:
    """Keys of the reviews to show: no procedure crowds out the others."""
    shown: dict[int, int] = {}
    chosen = []
    for pk, procedure in rows:
        number = shown.get(procedure, 0)
        if number < (SAME if procedure == same else EACH) and len(chosen) < ALL:
            shown[procedure] = number + 1
            chosen.append(pk)
    return chosen


def _precedent(one: Review, review: Review, link: SimilarProcedure | None) -> Precedent:
    own = one.organisation_id == review.organisation_id
    if link is None:
        return Precedent(one, same_procedure=True, score=100, own=own)
    return Precedent(one, False, link.score // 100, link.same_sector, link.same_decider, own)


def _why_none(links: dict) -> str:
    if links:
        return (
            f"Có {len(links)} thủ tục tương tự nhưng chưa phiếu nào có kết luận mà bạn được xem. "
            "Phiếu của cơ quan khác chỉ hiện ở đây khi đã được thống nhất hoặc phê duyệt."
        )
    if not SimilarProcedure.objects.exists():
        return (
            "Danh mục chưa được so sánh để tìm thủ tục tương tự. Việc này tự chạy sau mỗi lần nhập danh mục; "
            "hãy mở lại sau ít phút."
        )
    return "Không có thủ tục nào trong danh mục đủ giống thủ tục này về tên, lĩnh vực và cấp quyết định."
