"""Similar procedures: all pairs of the catalogue held against rapidfuzz alone, and the panel beside a form."""

import sys
from dataclasses import replace

from django.db import connection
from django.test.utils import CaptureQueriesContext
from rapidfuzz import fuzz, process

from procedures import similarity
from procedures.models import SimilarProcedure
from reviews.models import Review, Status
from tests.bench.measuring import Row, medians, peak_of, ratio, seconds
from tests.bench.pages import opened, signed_in

PROCEDURES = 7_000
MEGABYTES = 600
QUERIES = 25
_CHILD = "import django; django.setup(); from tests.bench import similar; similar.compare()"


def subjects(number: int = PROCEDURES) -> list[similarity.Subject]:
    """``number`` procedures: the catalogue as it stands, then the same ones again a little otherwise named."""
    stored = similarity.catalogue()
    return [
        replace(
            stored[place % len(stored)],
            key=place,
            name=stored[place % len(stored)].name + f" {place // len(stored)}" * (place >= len(stored)),
        )
        for place in range(number)
    ]


def compare() -> None:
    """All pairs, once."""
    sum(1 for _ in similarity.similar(subjects()))


def run(times: int) -> list[Row]:
    """The lines of comparing (goals 2 and 600 MB), of the whole job, and of the panel."""
    compared = subjects()
    names = [one.name for one in compared]
    found = medians(
        times,
        ours=lambda: sum(1 for _ in similarity.similar(compared)),
        floor=lambda: process.cdist(names, names, scorer=fuzz.ratio, workers=1),
    )
    memory, whole = peak_of(sys.executable, "-c", _CHILD), seconds(similarity.refresh)
    title = f"similar procedures, all pairs of {len(compared):,}"
    stored = f"{SimilarProcedure.objects.count():,} pairs stored"
    return [
        ratio(f"{title} ÷ ratio of rapidfuzz", found["ours"], found["floor"], 2),
        Row(f"{title}: MB of the process", f"{memory:.0f}", f"≤ {MEGABYTES}", "", memory <= MEGABYTES),
        Row("the catalogue read, compared and written ÷ ratio of rapidfuzz", f"{whole / found['floor']:.2f}", "–",
            f"{whole:.4g} / {found['floor']:.4g}; {stored}", None),
        *panel(times),
    ]  # fmt: skip


def panel(times: int) -> list[Row]:
    """The lines of the panel: the same queries with nothing to show and with much, and its time."""
    client = signed_in("g15.chuyenvien")
    own = Review.objects.filter(organisation__code="G15", status=Status.NOT_STARTED, eligible=True).order_by("pk")
    counts = {}
    for review in own[:40]:
        path = f"/reviews/{review.pk}/precedents/"
        with CaptureQueriesContext(connection) as queries:
            shown = opened(client, path, **{"HX-Request": "true"}).content.count(b"<details>")
        counts[path] = (shown, len(queries))
    full = max(counts, key=counts.get)
    (most, _), worst = counts[full], max(number for _, number in counts.values())
    found = medians(
        max(times, 9),
        empty=lambda: opened(client, "/bench/empty/"),
        panel=lambda: opened(client, full, **{"HX-Request": "true"}),
    )
    return [
        Row("panel of precedents: SQL statements", str(worst), f"≤ {QUERIES}", f"up to {most} shown", worst <= QUERIES),
        ratio(f"panel of {most} precedents ÷ empty page", found["panel"], found["empty"], 8),
    ]
