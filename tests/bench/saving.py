"""Saving a form with its event: in one process, and by many clients at once against a real server."""

import http.client
import os
import statistics
import threading
import time
from unittest.mock import patch
from urllib.parse import urlencode

from django.conf import settings

from reviews.actions import filling
from reviews.models import Review, Status, WorkingCopy
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


def typing(review: Review, version: int, number: int) -> dict:
    """What a page sends by itself while somebody types: one text, from his tab."""
    told = {"version": version, "revision": 0, "tab": "bench", "number": number, "touched": "conditions"}
    return told | {"conditions": REASON.format(number)}


def run(times: int, server, clients: int = 8, saves: int = 15) -> list[Row]:
    """The lines of saving; ``server`` is (host, port) of a running portal on the same database, None for one process.

    ``BENCH_CLIENTS=32`` has as many people save at once.
    """
    clients = int(os.environ.get("BENCH_CLIENTS", clients))
    user = User.objects.get(username="g15.daumoi")
    review, client = own_reviews(user, 1)[0], signed_in(user.username)
    versions, numbers = iter(range(10_000)), iter(range(1, 10_000))

    def save():
        answer = client.post(f"/reviews/{review.pk}/", form(review, next(versions)))
        if answer.status_code != 302:
            raise RuntimeError(f"save: {answer.status_code}")

    def autosave():
        stored = Review.objects.values_list("version", flat=True).get(pk=review.pk)
        answer = client.post(f"/reviews/{review.pk}/autosave/", typing(review, stored, next(numbers)))
        if answer.status_code != 200:
            raise RuntimeError(f"autosave: {answer.status_code}")

    def save_without_history():
        with patch.object(filling, "compose"):
            save()

    found = medians(
        max(times, 9),
        empty=lambda: opened(client, "/bench/empty/"),
        save=save,
        bare=save_without_history,
        autosave=autosave,
    )
    rows = [
        Row(
            f"{name} ÷ empty page, one process",
            f"{found[key] / found['empty']:.2f}",
            "–",
            "",
            None,
            f"{found[key]:.4g}",
            f"{found['empty']:.4g}",
        )
        for key, name in (("save", "save with event"), ("autosave", "autosave"))
    ]
    rows.append(ratio("save with its event ÷ without", found["save"], found["bare"], 1.6))
    return rows + (_together(server, clients, saves) if server else [])


def _together(server, clients: int, saves: int) -> list[Row]:
    """``clients`` people, each at a form of his own, save and are saved for, all at once."""
    codes = User.objects.filter(username__endswith=".daumoi", organisation__kind="ministry").order_by("username")
    # One form a body first, and further ones of the same bodies only where there are more people than bodies.
    free = [(place, user, one) for user in codes for place, one in enumerate(own_reviews(user, 1 + clients)[1:])]
    chosen = [(user, one) for _, user, one in sorted(free, key=lambda pair: pair[0])][:clients]
    reading, _ = _rush(server, chosen, saves, lambda review, number: ("GET", "/bench/empty/", None))
    writing, statuses = _rush(
        server, chosen, saves, lambda review, number: ("POST", f"/reviews/{review.pk}/", form(review, number))
    )
    errors = sum(status >= 400 for status in statuses)
    stored = Review.objects.in_bulk([review.pk for _, review in chosen])
    kept = sum(review.version for review in stored.values())
    events = sum(review.event_count for review in stored.values())
    lost = statuses.count(302) - min(kept, events)
    title = f"{len(chosen)} clients × {saves}"
    rows = [
        Row(f"{title} saves: errors", str(errors), "0", f"{len(statuses)} requests", errors == 0),
        Row(f"{title} saves: lost", str(lost), "0", f"{kept} versions, {events} events", lost == 0),
        ratio(f"{title} saves: rate ÷ empty page's rate", _rate(writing), _rate(reading), 0.15, at_least=True),
        ratio(f"{title} saves: p99 ÷ p50", _p99(writing), statistics.median(writing[0]), 4),
    ]
    return rows + _typed_together(server, chosen, saves, reading, title)


def _typed_together(server, chosen, saves: int, reading, title: str) -> list[Row]:
    versions = Review.objects.in_bulk([review.pk for _, review in chosen])
    autosaving, statuses = _rush(
        server,
        chosen,
        saves,
        lambda review, number: (
            "POST",
            f"/reviews/{review.pk}/autosave/",
            typing(review, versions[review.pk].version, number + 1),
        ),
    )
    errors = sum(status != 200 for status in statuses)
    copies = WorkingCopy.objects.filter(review__in=[review.pk for _, review in chosen])
    last = REASON.format(saves)
    lost = len(chosen) - sum(copy.data["fields"]["conditions"]["value"] == last for copy in copies)
    rate = _rate(autosaving) / _rate(reading)
    return [
        Row(f"{title} autosaves: errors", str(errors), "0", f"{len(statuses)} requests", errors == 0),
        Row(f"{title} autosaves: lost", str(lost), "0", "the last text of each", lost == 0),
        Row(f"{title} autosaves: rate ÷ empty page's rate", f"{rate:.2f}", "–",
            f"{_rate(autosaving):.4g} / {_rate(reading):.4g}", None),
    ]  # fmt: skip


def _rate(measured) -> float:
    times, whole = measured
    return len(times) / whole


def _p99(measured) -> float:
    return sorted(measured[0])[max(0, int(len(measured[0]) * 0.99) - 1)]


def _rush(server, chosen, number: int, request):
    """((seconds of each request, of all), statuses): everybody sends ``number`` requests for his form, all at once."""
    cookies = {user: signed_in(user.username).cookies[settings.SESSION_COOKIE_NAME].value for user, _ in chosen}
    times, statuses, lock = [], [], threading.Lock()

    def one(user, review):
        for count in range(number):
            method, path, data = request(review, count)
            started = time.perf_counter()
            status = _send(server, method, path, data, cookies[user])
            with lock:
                times.append(time.perf_counter() - started)
                statuses.append(status)

    threads = [threading.Thread(target=one, args=pair) for pair in chosen]
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
