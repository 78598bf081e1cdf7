"""Reviews that others may learn from, for the tests of precedents."""

from procedures.models import SimilarProcedure
from reviews.actions.filling import save_review
from reviews.models import Review
from tests.factories import ProcedureFactory, ProvinceFactory, ReviewFactory, ScopeItemFactory
from tests.reviews.cast import REASON, fill

MINE = [{"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": "Điều 3"}]


def alike(review, other, score=8000, **reasons):
    """Let the procedure of ``other`` be similar to that of ``review``."""
    SimilarProcedure.objects.create(
        procedure=review.scope_item.procedure, similar=other.scope_item.procedure, score=score, **reasons
    )


def foreign(cast, status, **facts):
    """A review of the rival ministry standing in ``status``, wholly filled."""
    item = ScopeItemFactory(campaign=cast.campaign, procedure=ProcedureFactory(publisher=cast.rival))
    review = ReviewFactory(
        scope_item=item,
        status=status,
        version=1,
        conclusion="decentralize",
        reason=REASON,
        counted=True,
        finished_by=cast.other["official"],
        **facts,
    )
    fill(review)
    return review


def two_provinces(cast):
    """Two provinces asked about one procedure of the ministry: (review of the first, of the second), nothing done."""
    item = ScopeItemFactory(campaign=cast.campaign, procedure=ProcedureFactory(publisher=cast.body), deciders=MINE)
    return [
        ReviewFactory(scope_item=item, organisation=ProvinceFactory(name=name), kind="proposal")
        for name in ("Tỉnh Điện Biên", "Tỉnh Lào Cai")
    ]


def settle(review, cast, status="accepted"):
    """Fill ``review`` of a province and let it stand in ``status``."""
    Review.objects.filter(pk=review.pk).update(
        status=status,
        version=1,
        conclusion="decentralize",
        stance="propose",
        reason=REASON,
        conditions="Tập huấn cho công chức cấp tỉnh.",
        finished_by=cast.other["official"],
    )
    review.refresh_from_db()
    fill(review)


def begun(cast, **data):
    """A review of the first ministry, saved once with the minister deciding."""
    review = cast.review()
    save_review(by=cast.own["official"], review_id=review.pk, base_version=0, data={"deciders": MINE} | data)
    return Review.objects.get(pk=review.pk)


def from_prime_minister(source):
    """Let ``source`` hand down what the prime minister decides."""
    source.current_authorities.update(level_id="PRIME_MINISTER")
    source.transfers.update(source_level_id="PRIME_MINISTER")
