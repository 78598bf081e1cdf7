"""Pages of a round in mid-course, held against an empty signed-in page of the same frame, in one process."""

from django.test import Client

from reviews.models import Review
from tests.bench.measuring import Row, medians, ratio
from tthc_portal.accounts.models import User


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


def run(times: int) -> list[Row]:
    """The lines of the dashboards and of the work list."""
    client = signed_in("cuc.chuyenvien")
    tag = opened(client, "/dashboard/").headers.get("ETag", "")
    again = {"if-none-match": tag} if tag else {}
    found = medians(
        times,
        empty=lambda: opened(client, "/bench/empty/"),
        nation=lambda: opened(client, "/dashboard/"),
        unchanged=lambda: opened(client, "/dashboard/", **again),
        body=lambda: opened(client, "/dashboard/G15/"),
        listing=lambda: opened(client, "/reviews/?organisation=G15&status=submitted&sort=name"),
    )
    title = f"{Review.objects.count():,} reviews"
    answer = opened(client, "/dashboard/", **again).status_code
    return [
        ratio(f"national dashboard, {title} ÷ empty page", found["nation"], found["empty"], 8),
        ratio(
            f"the same, unchanged since the last visit ({answer}) ÷ empty page", found["unchanged"], found["empty"], 8
        ),
        ratio("dashboard of one body ÷ empty page", found["body"], found["empty"], 8),
        ratio("work list of one body, filtered, sorted ÷ empty page", found["listing"], found["empty"], 5),
    ]
