"""Pages of a round in mid-course, held against an empty signed-in page of the same frame, in one process."""

from django.test import Client

from reviews.models import Review
from tests.bench.measuring import Prepared, Row, against, medians, ratio
from tests.bench.scale import BODY
from tthc_portal.accounts.models import User

LISTING = f"/reviews/?organisation={BODY}&status=not_started&sort=name"


def signed_in(username: str) -> Client:
    """A client in which that person has signed in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.get(username=username), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def opened(client: Client, path: str, **headers):
    """Open ``path``; anything but a page stops the bench."""
    answer = client.get(path, headers=headers)
    if answer.status_code not in {200, 304}:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return answer


def change_one_body() -> None:
    """Move one figure of one body, as any save may."""
    review = Review.objects.filter(organisation__code=BODY, eligible=True, status="not_started").order_by("pk").first()
    Review.objects.filter(pk=review.pk).update(decider_unknown=not review.decider_unknown)


def measured(times: int) -> dict[str, float]:
    """Median seconds of the empty page, the dashboards and the work list."""
    client = signed_in("cuc.chuyenvien")
    tag = opened(client, "/dashboard/").headers.get("ETag", "")
    again = {"if-none-match": tag} if tag else {}
    found = medians(
        max(times, 9),
        empty=lambda: opened(client, "/bench/empty/"),
        nation=lambda: opened(client, "/dashboard/"),
        changed=Prepared(change_one_body, lambda: opened(client, "/dashboard/")),
        unchanged=lambda: opened(client, "/dashboard/", **again),
        body=lambda: opened(client, f"/dashboard/{BODY}/"),
        listing=lambda: opened(client, LISTING),
        code=lambda: opened(client, f"/reviews/?organisation={BODY}"),
    )
    return found | {"answer": opened(client, "/dashboard/", **again).status_code}


def run(found: dict[str, float]) -> list[Row]:
    """The lines of the dashboards and of the work list."""
    title, empty = f"{Review.objects.count():,} reviews", found["empty"]
    own = Review.objects.filter(organisation__code=BODY).count()
    unchanged = f"the same, unchanged since the last visit ({found['answer']})"
    return [
        ratio(f"national dashboard, {title} ÷ empty page", found["nation"], empty, 8),
        ratio("the same, one body changed between visits ÷ empty page", found["changed"], empty, 8),
        ratio(f"{unchanged} ÷ empty page", found["unchanged"], empty, 8),
        ratio("dashboard of one body ÷ empty page", found["body"], empty, 8),
        ratio(f"work list, {own:,} of a body, by status and name ÷ empty page", found["listing"], empty, 5),
        ratio("the same, unfiltered, by code ÷ empty page", found["code"], empty, 5),
    ]


def grown(found: dict[str, float], earlier: dict[str, float]) -> list[Row]:
    """The lines of a table eight times as long, against the same pages before."""
    title = f"with eight rounds ({Review.objects.count():,} reviews) ÷ one"
    return [
        against(f"national dashboard {title}", found, earlier, "nation", 1.2),
        against(f"the same, one body changed, {title}", found, earlier, "changed", 1.2),
        against(f"dashboard of one body {title}", found, earlier, "body", 1.2),
        against(f"work list of one body {title}", found, earlier, "listing", 1.2),
    ]
