"""How a workbook knows its own rows again: hidden keys, and a seal on each row over what must not change in it.

The seals find slips (rows copied from another file, cells moved or typed over after the protection was lifted). They
are no secret and give no right: who may write what is asked again of every form when the file comes in.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tthc_portal.text import one_line, tidy

MARKER = "phieu-ra-soat-tthc"
"""Stands in the first cell of the hidden sheet; the cell beside it holds the format's number."""
FORMAT = 1
FACTS = ("campaign", "organisation", "made_at")
"""Below the marker, a line each: round and body by primary key, the moment of writing in ISO."""

GUIDE_SHEET = "Hướng dẫn"
LIST_SHEET = "Danh mục chọn"
WHOLE_SHEET = "Phiếu rà soát"
SHORT_SHEET = "Ý kiến của địa phương"

REVIEW, VERSION, SEAL = "review", "version", "seal"
HIDDEN = (REVIEW, VERSION, SEAL)
"""The keys of the hidden columns at the left."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a row's seal says: the procedure's code, and {key: digest} of its locked cells."""

    code: str
    locked: Mapping[str, str]


def sealed(file: tuple[int, int], review: int, version: int, code: str, locked: Mapping[str, str]) -> str:
    """The seal of a row; ``file`` is (round, body), ``locked`` {key: text} of the cells locked in it."""
    digests = [f"{key}={_digest(_said(text), 6)}" for key, text in locked.items()]
    return "|".join([_row_digest(file, review, version, code, locked), code, *digests])


def opened(text: str, file: tuple[int, int], review: int, version: int) -> Seal | None:
    """What a seal says; None where it does not belong to this form, version, round and body."""
    first, *rest = text.split("|")
    if not rest:
        return None
    code, *digests = rest
    locked = dict(entry.partition("=")[::2] for entry in digests)
    return Seal(code, locked) if first == _row_digest(file, review, version, code, locked) else None


def still(seal: Seal, key: str, text: str) -> bool:
    """Whether a locked cell holds what was written into it, line ends and spaces aside."""
    return seal.locked[key] == _digest(_said(text), 6)


def _row_digest(file: tuple[int, int], review: int, version: int, code: str, keys: Iterable[str]) -> str:
    return _digest(":".join(map(str, [*file, review, version, code, *keys])), 12)


def _said(text: str) -> str:
    """A cell's words: another program may break its lines or end it otherwise."""
    return one_line(tidy(text))


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length]
