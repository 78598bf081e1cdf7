"""Saving a form with its event: in one process, and by many clients at once against a real server."""

import http.client
import statistics
import threading
import time
from urllib.parse import urlencode

from django.conf import settings

from reviews.models import Review, Status
from tests.bench.measuring import Row, medians, ratio
from tests.bench.pages import opened, signed_in
from tests.reviews.cast import form_data
from tthc_portal.accounts.models import User

REASON = "Lần lưu thứ {}: địa phương đã đủ nhân lực và dữ liệu để quyết định thay cho bộ."
TOKEN = "b" * 32


def own_reviews(user: User, number: int) -> list[Review]:
    """Reviews of the person's body that he may fill and nobody has begun."""
    found = Review.objects.filter(organisation=user.organisation, status=Status.NOT_STARTED, eligible=True)
    return list(found.order_by("pk")[:number])


def form(review: Review, version: int) -> dict:
    """What a browser posts to save ``review`` at ``version`` with one text changed."""
    data = form_data(version=version)
    return data | {"reason": REASON.format(version)}


def run(times: int, server, clients: int = 8, saves: int = 15) -> list[Row]:
    """The lines of saving; ``server`` is (host, port) of a running portal on the same database."""
    user = User.objects.get(username="g15.daumoi")
    review, client = own_reviews(user, 1)[0], signed_in(user.username)
    versions = iter(range(10_000))

    def save():
        answer = client.post(f"/reviews/{review.pk}/", form(review, next(versions)))
        if answer.status_code != 302:
            raise RuntimeError(f"save: {answer.status_code}")

    found = medians(max(times, 9), empty=lambda: opened(client, "/bench/empty/"), save=save)
    rows = [
        Row(
            "save with event ÷ empty page, one process",
            f"{found['save'] / found['empty']:.2f}",
            "–",
            "",
            None,
            f"{found['save']:.4g}",
            f"{found['empty']:.4g}",
        )
    ]
    return rows + _together(server, clients, saves)


def _together(server, clients: int, saves: int) -> list[Row]:
    codes = User.objects.filter(username__endswith=".daumoi", organisation__kind="ministry").order_by("username")
    people = [user for user in codes[: clients * 2] if own_reviews(user, 1)][:clients]
    chosen = {user: own_reviews(user, 2)[-1] for user in people}
    reading, _ = _rush(server, people, saves, lambda user, number: ("GET", "/bench/empty/", None))
    writing, statuses = _rush(
        server,
        people,
        saves,
        lambda user, number: ("POST", f"/reviews/{chosen[user].pk}/", form(chosen[user], number)),
    )
    errors = sum(status >= 400 for status in statuses)
    stored = Review.objects.in_bulk([review.pk for review in chosen.values()])
    kept = sum(review.version for review in stored.values())
    events = sum(review.event_count for review in stored.values())
    lost = statuses.count(302) - min(kept, events)
    title = f"{len(people)} clients × {saves} saves"
    return [
        Row(f"{title}: errors", str(errors), "0", f"{len(statuses)} requests", errors == 0),
        Row(f"{title}: saves lost", str(lost), "0", f"{kept} versions, {events} events", lost == 0),
        ratio(f"{title}: rate ÷ empty page's rate", _rate(writing), _rate(reading), 0.15, at_least=True),
        ratio(f"{title}: p99 ÷ p50", _p99(writing), statistics.median(writing[0]), 4),
    ]


def _rate(measured) -> float:
    times, whole = measured
    return len(times) / whole


def _p99(measured) -> float:
    return sorted(measured[0])[max(0, int(len(measured[0]) * 0.99) - 1)]


def _rush(server, people, number: int, request):
    """((seconds of each request, of all), statuses): every person sends ``number`` requests, all at once."""
    cookies = {user: signed_in(user.username).cookies[settings.SESSION_COOKIE_NAME].value for user in people}
    times, statuses, lock = [], [], threading.Lock()

    def one(user):
        for count in range(number):
            method, path, data = request(user, count)
            started = time.perf_counter()
            status = _send(server, method, path, data, cookies[user])
            with lock:
                times.append(time.perf_counter() - started)
                statuses.append(status)

    threads = [threading.Thread(target=one, args=(user,)) for user in people]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (times, time.perf_counter() - started), statuses


def _send(server, method: str, path: str, data, session: str) -> int:
    connection = http.client.HTTPConnection(*server, timeout=120)
    headers = {
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request(method, path, urlencode(data) if data else None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 599
    finally:
        connection.close()
