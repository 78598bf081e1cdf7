"""A province asked for its opinion on procedures that a ministry manages."""

from reviews.models import Review
from tests.factories import ParticipationFactory, ProvinceFactory, UserFactory
from tests.reviews.cast import Cast, make_cast
from tests.reviews.many import many_reviews
from tthc_portal.accounts.models import BODY_ROLES


def make_province(number: int, *, cast: Cast | None = None) -> tuple[Cast, list[Review]]:
    """(the people of a province, in ``own``; its ``number`` short forms not started, of procedures of the ministry)."""
    national = cast or make_cast()
    body = ProvinceFactory(code="H35", name="Tỉnh Lào Cai")
    ParticipationFactory(campaign=national.campaign, organisation=body)
    made = many_reviews(national, number)
    Review.objects.filter(pk__in=[review.pk for review in made]).update(organisation=body, kind="proposal")
    people = {role: UserFactory(username=f"h35-{role}", organisation=body, role=role) for role in BODY_ROLES}
    province = Cast(national.campaign, body, national.body, national.department, own=people, other=national.own)
    return province, list(Review.objects.filter(organisation=body).order_by("scope_item__code"))
