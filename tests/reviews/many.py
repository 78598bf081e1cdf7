"""Many reviews of one body at once, by bulk statements."""

from procedures.models import Procedure
from reviews.models import Review, ScopeItem

DECIDER = {"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": "khoản 2 Điều 15"}


def many_reviews(cast, number: int, *, first: int = 0) -> list[Review]:
    """``number`` reviews not started of the cast's first body, decided by its minister."""
    made = Procedure.objects.bulk_create(
        Procedure(code=f"3.{first + place:06d}", name=f"Thủ tục cấp phép loại {place}", publisher=cast.body)
        for place in range(number)
    )
    items = ScopeItem.objects.bulk_create(
        ScopeItem(
            campaign=cast.campaign,
            procedure=one,
            code=one.code,
            name=one.name,
            owner=cast.body,
            search_text=f"{one.code} thu tuc cap phep",
            deciders=[DECIDER],
            fingerprint="0" * 64,
            rule="in_base",
            rule_version="1",
            reason="Thuộc diện tính.",
        )
        for one in made
    )
    return Review.objects.bulk_create(
        Review(campaign=cast.campaign, scope_item=item, organisation=cast.body, eligible=True) for item in items
    )
