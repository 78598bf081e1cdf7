"""Which procedures resemble which: every pair of the catalogue compared by name, sector and deciding levels.

Names are compared as Vietnamese is read, by pairs of neighbouring syllables ("giấy phép", "khai thác"), accents and
order aside. Wording that half the catalogue shares weighs less than wording that few names have, so that two procedures
are not alike for both being "thủ tục cấp giấy chứng nhận". A procedure becomes a string with one letter a pair, rare
pairs twice, sectors and deciders as further letters, all in one order; the ratio of two such strings is their Dice
coefficient: twice what they share over the sum of what they have.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from django.db import transaction
from rapidfuzz import fuzz, process

from procedures.importing.copying import insert
from procedures.models import DecidingAuthority, Procedure, ProcedureSector, SimilarProcedure
from tthc_portal.accounts.models import User
from tthc_portal.jobs import runner
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.text import fold

KIND = "similar_procedures"
MOST = 10
"""How many similar procedures are kept of each."""
LEAST = 25.0
"""Below this many percent two procedures share no more than their boilerplate or their sector."""
SECTOR_WEIGHT, DECIDER_WEIGHT = 5, 2
# A pair of syllables is rare, and weighs double, in at most this power of the number of procedures (130 of 7,000).
_RARE = 0.55
# Goes into the fingerprint: another way of comparing makes another result of the same catalogue.
_METHOD = "pairs-1"
_BLOCK = 512
_UNDETERMINED = "UNDETERMINED"
_WORD = re.compile(r"\w+")
_SURROGATES = range(0xD800, 0xE000)

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """One procedure as it is compared: its key, its name folded, the keys of its sectors, the codes of its deciders."""

    key: int
    code: str
    name: str
    sectors: frozenset[int] = frozenset()
    levels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pair:
    """``other`` is among the most similar to ``one``; ``score`` in parts of ten thousand."""

    one: Subject
    other: Subject
    score: int


def catalogue() -> list[Subject]:
    """Every procedure in force, in the order of codes; three queries."""
    sectors: dict[int, list[int]] = {}
    for procedure, sector in ProcedureSector.objects.order_by().values_list("procedure", "sector"):
        sectors.setdefault(procedure, []).append(sector)
    levels: dict[int, list[str]] = {}
    known = DecidingAuthority.objects.exclude(level=_UNDETERMINED).order_by()
    for procedure, level in known.values_list("procedure", "level"):
        levels.setdefault(procedure, []).append(level)
    return [
        Subject(pk, code, fold(name), frozenset(sectors.get(pk, ())), frozenset(levels.get(pk, ())))
        for pk, code, name in Procedure.objects.in_force().order_by("code").values_list("pk", "code", "name")
    ]


def fingerprint(subjects: Iterable[Subject]) -> str:
    """The same for the same catalogue, whatever was imported or undone in between."""
    digest = hashlib.sha256(_METHOD.encode())
    for one in subjects:
        digest.update(repr((one.key, one.code, one.name, sorted(one.sectors), sorted(one.levels))).encode())
    return digest.hexdigest()


def weights(subjects: Sequence[Subject]) -> list[Counter]:
    """What each subject is compared by, and how heavily: pairs of syllables, ("sector", key), ("level", code)."""
    spoken = [_pairs(one.name) for one in subjects]
    spread = Counter(pair for pairs in spoken for pair in set(pairs))
    rare = len(subjects) ** _RARE
    found = []
    for one, pairs in zip(subjects, spoken, strict=True):
        weighed = Counter()
        for pair in pairs:
            weighed[pair] += 2 if spread[pair] <= rare else 1
        weighed |= {("sector", key): SECTOR_WEIGHT for key in one.sectors}
        weighed |= {("level", code): DECIDER_WEIGHT for code in one.levels}
        found.append(weighed)
    return found


def _pairs(name: str) -> list[tuple[str, ...]]:
    words = _WORD.findall(name)
    return list(pairwise(words)) if len(words) > 1 else [(name,)]


def encode(subjects: Sequence[Subject]) -> list[str]:
    """Each subject as the string that is compared; the commonest of its parts are the letters quickest to look up."""
    weighed = weights(subjects)
    common = Counter(part for parts in weighed for part in parts).most_common()
    letters = {part: _letter(place) for place, (part, _) in enumerate(common, start=1)}
    return ["".join(sorted(letters[part] * weight for part, weight in parts.items())) for parts in weighed]


def _letter(place: int) -> str:
    """The ``place``-th character of Unicode, the surrogates, which are no characters, left out."""
    return chr(place if place < _SURROGATES.start else place + len(_SURROGATES))


def nearest(texts: Sequence[str], report: Report = lambda done, total: None) -> tuple[np.ndarray, np.ndarray]:
    """(scores, places): for each of ``texts`` its MOST most similar others, best first; score 0 where there is none.

    Scores are percent. Each pair is compared once; memory is a few dozen megabytes whatever the number of texts.
    """
    number = len(texts)
    best = np.zeros((number, MOST), dtype=np.float32)
    places = np.zeros((number, MOST), dtype=np.int32)
    for start in range(0, number, _BLOCK):
        end = min(start + _BLOCK, number)
        block = process.cdist(
            texts[start:end], texts[start:], scorer=fuzz.ratio, score_cutoff=LEAST, dtype=np.float32, workers=1
        )
        np.fill_diagonal(block, 0)
        _keep(best[start:end], places[start:end], block, start)
        if end < number:
            _keep(best[end:], places[end:], np.ascontiguousarray(block[:, end - start :].T), start)
        report(end, number)
    order = np.argsort(-best, axis=1, kind="stable")
    return np.take_along_axis(best, order, axis=1), np.take_along_axis(places, order, axis=1)


def _keep(best: np.ndarray, places: np.ndarray, block: np.ndarray, start: int) -> None:
    """Let the scores in ``block``, whose columns are the texts from ``start`` on, contend for places in ``best``."""
    # Most rows hold nothing above the least score: they need no sorting.
    rows = np.flatnonzero(block.max(axis=1) > best[:, -1])
    if not rows.size:
        return
    block = block[rows]
    if block.shape[1] > MOST:
        chosen = np.argpartition(block, -MOST, axis=1)[:, -MOST:]
    else:
        chosen = np.tile(np.arange(block.shape[1]), (len(rows), 1))
    scores = np.hstack([best[rows], np.take_along_axis(block, chosen, axis=1)])
    found = np.hstack([places[rows], chosen.astype(np.int32) + start])
    order = np.argsort(-scores, axis=1, kind="stable")[:, :MOST]
    best[rows] = np.take_along_axis(scores, order, axis=1)
    places[rows] = np.take_along_axis(found, order, axis=1)


def similar(subjects: Sequence[Subject], report: Report = lambda done, total: None) -> Iterator[Pair]:
    """The most similar others of every subject, best first."""
    scores, places = nearest(encode(subjects), report)
    for one, row, others in zip(subjects, scores.tolist(), places.tolist(), strict=True):
        for score, place in zip(row, others, strict=True):
            if score:
                yield Pair(one, subjects[place], round(score * 100))


def refresh(report: Report = lambda done, total: None, *, unless: str = "") -> dict:
    """Compare the catalogue anew and write the result in one transaction: {fingerprint, procedures, pairs, fresh}.

    Nothing is compared or written (``fresh`` is False) while the catalogue has the fingerprint ``unless`` of a result
    that still stands whole; see :func:`standing`.
    """
    subjects = catalogue()
    told = {"fingerprint": fingerprint(subjects), "procedures": len(subjects)}
    if told["fingerprint"] == unless:
        return told | {"pairs": SimilarProcedure.objects.count(), "fresh": False}
    rows = [
        SimilarProcedure(
            procedure_id=pair.one.key,
            similar_id=pair.other.key,
            score=pair.score,
            same_sector=not pair.one.sectors.isdisjoint(pair.other.sectors),
            same_decider=not pair.one.levels.isdisjoint(pair.other.levels),
        )
        for pair in similar(subjects, report)
    ]
    with transaction.atomic():
        # One writer at a time, and none for procedures that an undone import has taken away meanwhile.
        Job.objects.select_for_update().filter(kind=KIND).order_by("pk").first()
        alive = set(Procedure.objects.order_by().values_list("pk", flat=True))
        rows = [row for row in rows if row.procedure_id in alive and row.similar_id in alive]
        SimilarProcedure.objects.all().delete()
        insert(rows)
    return told | {"pairs": len(rows), "fresh": True}


def standing() -> str:
    """Fingerprint of the catalogue that the stored result was made from; blank when unknown or no longer whole."""
    last = Job.objects.filter(kind=KIND, state=JobState.DONE).order_by("-finished_at", "-pk").first()
    whole = last is not None and last.result.get("pairs") == SimilarProcedure.objects.count()
    return last.result.get("fingerprint", "") if whole else ""


def enqueue(by: User | None) -> Job:
    """Have the catalogue compared again; one job waits, however often it is asked for."""
    waiting = Job.objects.filter(kind=KIND, state=JobState.WAITING).first()
    return waiting or runner.enqueue(kind=KIND, title="Tìm thủ tục tương tự trong danh mục", by=by)
