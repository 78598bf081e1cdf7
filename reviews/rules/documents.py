"""One legal document however it is written: the key of its number, and its type where the symbol settles it.

The symbol of a normative document names its type and who issued it (Luật Ban hành văn bản quy phạm pháp luật; Nghị
định 34/2016/NĐ-CP), so "Nghị định số 15/2021/NĐ-CP", "15/2021/nđ-cp" and "15 / 2021 / ND–CP" are one document.
"""

import re
import unicodedata

# Words that people write before a number; without accents, the longest first.
_LEADS = (
    "nghi quyet cua quoc hoi",
    "quyet dinh cua thu tuong chinh phu",
    "quyet dinh cua thu tuong",
    "nghi quyet cua hdnd",
    "quyet dinh cua ubnd",
    "thong tu lien tich",
    "van ban",
    "nghi dinh",
    "nghi quyet",
    "phap lenh",
    "quyet dinh",
    "thong tu",
    "bo luat",
    "luat",
    "ttlt",
    "nd",
    "tt",
    "qd",
    "nq",
)
_NUMBERED = re.compile(r"\d+ */")
_DASHES = re.compile(r"[‐-―−]")
_FIRST_NUMBER = re.compile(r"^0+(?=\d)")
# How a symbol ends or what it holds → the type it can only be.
_SYMBOLS = (
    (re.compile(r"/TTLT"), "joint_circular"),
    (re.compile(r"/ND-CP$"), "decree"),
    (re.compile(r"/QD-TTG$"), "pm_decision"),
    (re.compile(r"/TT-"), "circular"),
    (re.compile(r"/PL-UBTVQH|/UBTVQH\d*-PL"), "ordinance"),
    (re.compile(r"/NQ-HDND$"), "council_resolution"),
    (re.compile(r"/QD-UBND$"), "pc_decision"),
)


def number_key(number: str) -> str:
    """What two writings of one number have in common: capitals without accents or spaces ("15/2021/ND-CP").

    A leading type ("Nghị định số") and leading zeros are dropped; wording without a number stays whole.
    """
    plain = unicodedata.normalize("NFD", number.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    plain = " ".join(_DASHES.sub("-", plain).split()).strip(" .,;:")
    if _NUMBERED.search(plain):
        for lead in _LEADS:
            if re.match(rf"{lead}\b", plain):
                plain = plain[len(lead) :]
                break
        plain = re.sub(r"^\W*(?:so\b)?[ :.]*", "", plain)
        plain = plain.replace(" ", "")
    return _FIRST_NUMBER.sub("", plain).upper()


def type_of(number: str, stated: str) -> str:
    """The type of the document with this number: what its symbol says, else the type ``stated``."""
    key = number_key(number)
    return next((name for symbol, name in _SYMBOLS if symbol.search(key)), stated)


def document_key(number: str, stated: str) -> str:
    """One text for a document, as addresses name it: "decree:15/2021/ND-CP"."""
    return f"{type_of(number, stated)}:{number_key(number)}"


def shown_number(number: str) -> str:
    """The number as official papers write it: "Nghị định số 15 / 2021 / nđ-cp" → "15/2021/NĐ-CP".

    Wording without a number is only tidied.
    """
    tidy = " ".join(_DASHES.sub("-", unicodedata.normalize("NFC", number)).split())
    found = re.search(r"\d+ */.*$", tidy)
    if not found:
        return tidy
    text = found[0].replace(" ", "").rstrip(".,;:")
    upper = text.upper()
    for written, official in (("ND-CP", "NĐ-CP"), ("QD-TTG", "QĐ-TTg"), ("QĐ-TTG", "QĐ-TTg"), ("QD-UBND", "QĐ-UBND")):
        upper = upper.replace(written, official)
    return upper.replace("NQ-HDND", "NQ-HĐND")
