"""Vietnamese text, free of any domain: normal form, accent folding, alphabetical order.

Everything stored passes through :func:`tidy`; everything searched through :func:`fold`; everything sorted through
:func:`collation_key`, which PostgreSQL does itself under the collation name ``vi-x-icu``.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

COLLATION = "vi-x-icu"

_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINE_ENDS = re.compile(r" *\n *")
# Control characters have no meaning in a name and break XML workbooks; tab and newline are handled as spaces.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200c\u200d\ufeff]")

# The blocks of combining marks that letters come apart into: one pattern is faster than asking each letter.
_MARKS = re.compile(r"[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER = {letter: index for index, letter in enumerate(_ALPHABET, start=200)}
# Order of tones in Vietnamese dictionaries and in CLDR: level, huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def nfc(text: str) -> str:
    """The composed form (NFC) of ``text``: "ề" is one character, whatever keyboard typed it."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """``text`` in NFC, without control characters, runs of spaces (NBSP included) or spaces at the ends of lines."""
    text = _CONTROL.sub("", nfc(text).replace("\r\n", "\n").replace("\r", "\n"))
    return _BLANK_LINE_ENDS.sub("\n", _SPACES.sub(" ", text)).strip()


def one_line(text: str) -> str:
    """:func:`tidy` with newlines made spaces, for names that must stand on one line."""
    return tidy(text.replace("\n", " "))


def primary_key(text: str) -> int | None:
    """The primary key that ``text`` of an address or a form means; None for what no database would take for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def primary_keys(texts: Iterable[str]) -> list[int]:
    """The primary keys among ``texts``, in their order."""
    return [key for key in map(primary_key, texts) if key is not None]


def fold(text: str) -> str:
    """``text`` for searching: lower case, no accents, đ → d, one space between words.

    >>> fold("Đăng ký  khai sinh")
    'dang ky khai sinh'
    """
    marks_apart = unicodedata.normalize("NFD", text.casefold())
    return " ".join(_MARKS.sub("", marks_apart).replace("đ", "d").split())


# SQLite asks for the same name again at every comparison of a sort.
@lru_cache(maxsize=8192)
def collation_key(text: str) -> tuple:
    """The place of ``text`` in Vietnamese alphabetical order (a ă â … d đ …), as a sort key.

    Letters decide first, tones second, capitals last, as in CLDR's ``vi``.
    """
    letters, tones, cases = [], [], []
    for char in nfc(text):
        lower = char.lower()
        base, tone = lower, 0
        if lower not in _ORDER:
            apart = unicodedata.normalize("NFD", lower)
            tone = next((_TONES[c] for c in apart if c in _TONES), 0)
            base = unicodedata.normalize("NFC", "".join(c for c in apart if c not in _TONES))
        if base in _ORDER:
            letters.append(_ORDER[base])
        elif base.isdigit():
            letters.append(100 + int(base) if base.isascii() else 110)
        elif base.isspace():
            letters.append(0)
        else:
            letters.append(
                1 + min(ord(base[0]), 90) if base and ord(base[0]) < 128 else 1000 + ord(base[0]) if base else 0
            )
        tones.append(tone)
        cases.append(char != lower)
    return tuple(letters), tuple(tones), tuple(cases)


# The same order as one text, which compares in one step where the tuples take many; every number is moved up past the
# two marks that end a part, so that a shorter text still comes first.
@lru_cache(maxsize=8192)
def _sort_text(text: str) -> str:
    return "\x01".join(
        "".join([chr(min(int(number) + 2, 0x10FFFF)) for number in part]) for part in collation_key(text)
    )


def sort_bytes(text: str) -> bytes:
    """The place of ``text`` in Vietnamese alphabetical order as bytes, for a column that is only sorted by."""
    return _sort_text(text).encode("utf-8", "surrogatepass")


def compare(left: str, right: str) -> int:
    """−1, 0 or 1 as ``left`` stands before, with or after ``right``: the form SQLite wants a collation in."""
    a, b = _sort_text(left), _sort_text(right)
    return -1 if a < b else a > b
