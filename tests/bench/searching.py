"""Search without accents over 7,000 procedures: how long the query takes, and that it finds what a plain list finds."""

import statistics
import unicodedata
from collections import defaultdict

from django.db import connection, transaction

from procedures.models import Procedure, ProcedureSector
from tests.bench.measuring import Row, medians, ratio
from tests.bench.pages import opened, signed_in

PROCEDURES = 7_000
MILLISECONDS = 3
# What people type: a few words, one word, with accents and capitals, and what is nowhere.
TYPED = ("dang ky khai sinh", "khai sinh", "Môi trường", "KHOANG SAN", "khong co o dau ca")
# Every how many procedures two words of a name are looked for.
STEP = 70


def plain(text: str) -> str:
    """``text`` in small letters without marks, put together letter by letter and not as the portal does it."""
    apart = unicodedata.normalize("NFKD", text.replace("Đ", "D").replace("đ", "d").lower())
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")


def fill(number: int) -> None:
    """Procedures like those of the catalogue, a little otherwise named, until there are ``number``."""
    stored = list(Procedure.objects.order_by("code"))
    lacking = number - len(stored)
    made = [
        Procedure(
            code=f"8.{place:06d}",
            name=f"{stored[place % len(stored)].name} (mẫu {place})",
            publisher_id=stored[place % len(stored)].publisher_id,
            executing_bodies=stored[place % len(stored)].executing_bodies,
        )
        for place in range(max(0, lacking))
    ]
    for procedure in made:
        procedure.search_text = procedure.compose_search_text()
    Procedure.objects.bulk_create(made, batch_size=1000)


def haystack() -> dict[int, str]:
    """{primary key: everything a procedure is found by, plain}: the Python list that finds all."""
    sectors = defaultdict(list)
    for procedure, name in ProcedureSector.objects.values_list("procedure", "sector__name"):
        sectors[procedure].append(name)
    return {
        pk: plain(" ".join([code, name, *sectors[pk], *bodies]))
        for pk, code, name, bodies in Procedure.objects.values_list("pk", "code", "name", "executing_bodies")
    }


def found(words: str) -> list[int]:
    """Primary keys of what the portal finds."""
    return list(Procedure.objects.matching(words).values_list("pk", flat=True))


def listed(words: str, texts: dict[int, str]) -> set[int]:
    """Primary keys of what a list finds."""
    wanted = plain(words).split()
    return {pk for pk, text in texts.items() if all(word in text for word in wanted)}


def queries() -> list[str]:
    """TYPED, and two words of every STEP-th name: as they stand, without accents, and with the marks apart."""
    wanted = list(TYPED)
    for place, name in enumerate(Procedure.objects.order_by("code").values_list("name", flat=True)[::STEP]):
        words = name.split()
        pair = " ".join(words[place % max(1, len(words) - 1) :][:2])
        wanted += [pair, plain(pair), unicodedata.normalize("NFD", pair.upper())]
    return wanted


def run(times: int) -> list[Row]:
    """The lines of the search (goals 3 ms and everything found), and of the page it stands on."""
    with transaction.atomic():
        fill(PROCEDURES)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        texts = haystack()
        rows = _measured(times, texts)
        transaction.set_rollback(True)
    return rows


def _measured(times: int, texts: dict[int, str]) -> list[Row]:
    spent = medians(max(times, 9), **{words: lambda words=words: found(words) for words in TYPED})
    in_list = medians(max(times, 9), **{words: lambda words=words: listed(words, texts) for words in TYPED})
    slowest = max(spent, key=spent.get)
    asked = queries()
    expected = {words: listed(words, texts) for words in asked}
    right = sum(set(found(words)) == expected[words] for words in asked)
    hits = statistics.median(len(one) for one in expected.values())
    client = signed_in("cuc.chuyenvien")
    pages = medians(
        max(times, 9),
        empty=lambda: opened(client, "/bench/empty/"),
        page=lambda: opened(client, "/procedures/?q=dang+ky+khai+sinh"),
    )
    title = f"search without accents, {len(texts):,} procedures"
    slow = spent[slowest] * 1000
    return [
        Row(f"{title}: ms, the slowest of {len(TYPED)} queries", f"{slow:.2f}", f"≤ {MILLISECONDS}",
            f"“{slowest}”; a Python list {in_list[slowest] * 1000:.2f}", slow <= MILLISECONDS),
        Row(f"{title}: found as in a Python list", f"{right / len(asked):.0%}", "100%",
            f"{len(asked)} queries, {hits:.0f} hits in the middle", right == len(asked)),
        ratio("catalogue page of a search ÷ empty page", pages["page"], pages["empty"], 8),
    ]  # fmt: skip
