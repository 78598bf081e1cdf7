"""Answering by exception: a province says once, of everything it has not answered singly, that it has no proposals."""

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from reviews.actions import bulk
from reviews.models import BulkChange, BulkKind, Campaign, ReviewKind, Stance
from reviews.rules.bulk import Wish
from tthc_portal.accounts.models import OrganisationKind, User
from tthc_portal.text import tidy

# Forms on procedures that others manage; a province's own procedures are never answered together.
SHORT_KINDS = (ReviewKind.PROPOSAL, ReviewKind.RECEPTION)
NOTHING = Wish({"stance": Stance.NO_OPINION.value}, fresh=True)


def weigh_rest(*, by: User, campaign: Campaign, reviews: QuerySet) -> bulk.Plan:
    """Which of ``reviews`` would be answered, and why the others would not; reads only."""
    _of_province(by)
    return bulk.weigh(by=by, campaign=campaign, reviews=reviews.filter(kind__in=SHORT_KINDS), wish=NOTHING)


def answer_rest(
    *,
    by: User,
    campaign: Campaign,
    reviews: QuerySet,
    basis: str,
    seal: str,
    filters: str = "",
    finish: bool = True,
) -> BulkChange:
    """Answer "no opinion" on every form of ``reviews`` nobody has begun, as one act marked on each of them.

    ``basis`` is what the answer rests on; ``seal`` that of the plan the asker saw. With ``finish`` they wait for the
    check at once. Raises what :func:`reviews.actions.bulk.apply` raises.
    """
    _of_province(by)
    if not tidy(basis):
        raise ValidationError({"basis": ["Hãy ghi căn cứ, lý do trả lời chung; lịch sử của từng phiếu nêu câu này."]})
    return bulk.apply(
        by=by,
        campaign=campaign,
        reviews=reviews.filter(kind__in=SHORT_KINDS),
        wish=NOTHING,
        reason=basis,
        seal=seal,
        kind=BulkKind.EXCEPTION,
        filters=filters,
        finish=finish,
    )


def _of_province(by: User) -> None:
    if by.body.kind != OrganisationKind.PROVINCE:
        raise ValidationError(
            "Chỉ địa phương trả lời chung cho các TTHC còn lại; bộ, cơ quan ngang bộ rà soát từng thủ tục.",
            code="refused",
        )
