"""From the wording of a deciding authority to levels of the ladder.

A wording stands for a *set* of levels. What people have matched (aliases) and the labels of the levels come first;
general wordings (Cục …, Sở …, UBND …) serve where nobody has said. The comma both separates bodies and stands inside
their names: the longest known wording wins, and a comma separates only where every part is understood.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

from procedures.models import AuthorityAlias, AuthorityLevel
from tthc_portal.text import fold, one_line

_COMMITTEE = r"(ubnd|uy ban nhan dan) (cac )?(cap )?"
_CHAIR = rf"(pho )?chu tich {_COMMITTEE}"
_COMMUNE = r"(xa|phuong|thi tran|dac khu)\b"
_DISTRICT = r"(huyen|quan|thi xa|thanh pho thuoc tinh)\b"
# A city that is not named may stand under the centre or under a province; only the six known ones are provinces.
_PROVINCE = r"(tinh|(thanh pho|tp\.?) (truc thuoc|ha noi|hai phong|hue|da nang|can tho|ho chi minh))\b"
_ARMED = r"(truong )?(cong an|ban chi huy quan su|bch quan su)"
_BRANCHES = (
    r"(cong an|thue|hai quan|bao hiem xa hoi|kho bac nha nuoc|bo chi huy (quan su|bo doi bien phong)"
    r"|cuc (thue|hai quan|thi hanh an dan su|quan ly thi truong|thong ke))"
)

# General wordings, tried in this order on folded text when no alias is known. Each must hold from the first word.
_PATTERNS = tuple(
    (re.compile(pattern), level)
    for pattern, level in (
        (r"thu tuong( chinh phu)?$", "PRIME_MINISTER"),
        (r"(bo truong|thong doc|tong thanh tra|thu truong co quan ngang bo)\b", "MINISTER"),
        (_CHAIR + _COMMUNE, "COMMUNE_PC_CHAIR"),
        (_CHAIR + _DISTRICT, "DISTRICT_PC_CHAIR"),
        (_CHAIR + _PROVINCE, "PROV_PC_CHAIR"),
        (_COMMITTEE + _COMMUNE, "COMMUNE_PC"),
        (_COMMITTEE + _DISTRICT, "DISTRICT_PC"),
        (_COMMITTEE + _PROVINCE, "PROV_PC"),
        (rf"(hdnd|hoi dong nhan dan) (cac )?(cap )?{_PROVINCE}", "PROV_COUNCIL"),
        (rf"(truong )?(cong an|ban chi huy quan su|bch quan su) (cap )?{_COMMUNE}", "COMMUNE_VERTICAL"),
        (
            rf"(truong )?(cong an|ban chi huy quan su|bch quan su|bao hiem xa hoi) (cap )?{_DISTRICT}",
            "DISTRICT_VERTICAL",
        ),
        (rf"(giam doc |chi huy truong )?{_BRANCHES} (cap )?{_PROVINCE}", "PROV_VERTICAL"),
        (r"(giam doc |pho giam doc |lanh dao )?so\b(?! giao dich)", "PROV_DEPT"),
        (r"(truong )?ban quan ly (cac |du an )?(khu|kcn|kkt)\b", "PROV_DEPT"),
        (r"(tong cuc truong |lanh dao )?tong cuc\b", "GENERAL_DEPT"),
        (r"(chi cuc truong )?chi cuc\b.*\b(khu vuc|vung|mien)\b", "REGIONAL_BRANCH"),
        (r"(chi cuc truong )?chi cuc (hai quan|hang hai|duong thuy|dang kiem|du tru)\b", "REGIONAL_BRANCH"),
        (r"(chi cuc truong )?chi cuc (?!(thue|thi hanh an)\b)\w+", "PROV_SUBDEPT"),
        (r"((pho )?cuc truong |(pho )?vu truong |lanh dao )?(cuc|vu)\b(?! truong)", "DEPARTMENT"),
        (r"(truong )?phong (canh sat|an ninh|quan ly xuat nhap canh|tham muu|ho so)\b", "PROV_VERTICAL"),
        (rf"(truong )?phong (?!cong chung|giao dich|tham|kham|thi nghiem).*\bcap {_COMMUNE}", "COMMUNE_DIV"),
        (r"(truong )?phong .*\bthuoc so\b", "PROV_DEPT"),
        (r"(truong )?phong (?!cong chung|giao dich|tham|kham|thi nghiem)\w+", "DISTRICT_DIV"),
        (r"cang vu (hang hai|hang khong|duong thuy)\b", "REGIONAL_BRANCH"),
        (r"bo (?!tu lenh|chi huy|phan|mon|tong tham|tham muu|doi|sung|nhiem|tri)\w+", "MINISTRY"),
    )
)
# Names of offices hold commas of their own ("Sở Văn hóa, Thể thao và Du lịch"); committees hold them only between units
# of territory. Elsewhere a comma is never taken as part of a name: half a list could leave a procedure out of the base.
_OFFICES = {"PROV_DEPT", "PROV_SUBDEPT", "GENERAL_DEPT", "DEPARTMENT", "DISTRICT_DIV", "COMMUNE_DIV", "MINISTRY"}
_TERRITORIES = {
    "COMMUNE_PC": "commune",
    "COMMUNE_PC_CHAIR": "commune",
    "COMMUNE_VERTICAL": "commune",
    "DISTRICT_PC": "district",
    "DISTRICT_PC_CHAIR": "district",
    "DISTRICT_VERTICAL": "district",
    "PROV_PC": "province",
    "PROV_PC_CHAIR": "province",
    "PROV_COUNCIL": "province",
    "PROV_VERTICAL": "province",
}
_UNIT = re.compile(r"(cac |cap )?(?P<unit>xa|phuong|thi tran|dac khu|huyen|quan|thi xa|thanh pho|tp\.?|tinh)\b")
_UNIT_TIERS = {
    "commune": {"xa", "phuong", "thi tran", "dac khu"},
    "district": {"huyen", "quan", "thi xa", "thanh pho"},
    "province": {"tinh", "thanh pho", "tp", "tp."},
}
# Words with which the name of a body or an office-holder begins.
_BEGINS_BODY = re.compile(
    r"(ban (chi huy|quan ly|dan toc|co yeu|to chuc|ton giao|thi dua)|bao hiem xa hoi|benh vien|bhxh"
    r"|bo(?! sung| nhiem| tri)|cang vu|canh sat|cap|chi cuc|chi huy|chi nhanh|chinh phu|chu tich|co quan"
    r"|co so|cong an|cuc|doan|doanh nghiep|doi|dai su|dai dien|don|don vi|giam doc|hai quan|hdnd"
    r"|hieu truong|hoi|kho bac|lanh dao|lien doan|ngan hang|nguoi|phong(?! chong)|pho|quan chung|so"
    r"|tap doan|thanh tra|thong doc|thu truong|thu tuong|thue|to chuc|toa an|tong cuc|tong giam doc"
    r"|tong lanh su|tram|trung tam|truong|trung doan|tu lenh|ubnd|ubtvqh|uy ban|van phong|vien|vu)\b"
)
# What after "và", "hoặc" is surely another body and no part of an office's name.
_SECOND_BODY = re.compile(
    r"(ubnd|uy ban nhan dan|(pho )?chu tich|so(?! huu)|(chi |tong )?cuc|bo(?! tro| sung)|thu tuong|giam doc|cong an"
    r"|nguoi|thu truong|phong(?! chong)|ban quan ly)\b"
)
# How people mark the items of a list inside a cell: "1. Bộ Tư pháp", "- Sở Tư pháp".
_LIST_MARK = re.compile(r"(?:[-\u2013\u2014+*\u2022\u25aa]\s*|(?:\(?\d{1,2}[.)]|[a-zđ]\))\s+)(?=\w)")
_JOINING = re.compile(r" ?(?:/|\b(?:va|hoac)\b) ?")
# Said alone these name nobody: "Cơ quan, đơn vị có thẩm quyền" is one wording.
_BARE = {"co quan", "to chuc", "don vi", "nguoi dung dau"}


@dataclass(slots=True, frozen=True)
class Reading:
    """What a text was understood as: ``found`` is [(level code, wording)], ``unknown`` the wordings nobody has matched.

    ``found`` is only of use when ``unknown`` is empty: half a list of deciders says nothing.
    """

    found: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]


@lru_cache(maxsize=8192)
def key_of(wording: str) -> str:
    """The form under which wordings are the same: folded, one kind of spacing, no full stop at the end."""
    return re.sub(r"\s*([,;/])\s*", r"\1 ", fold(wording)).replace("/ ", "/").strip(".,;: ")


class AuthorityResolver:
    """Answers, after two queries at its making, which levels a wording stands for; an answer is worked out once."""

    def __init__(self):
        levels = AuthorityLevel.objects.in_bulk()
        self.labels = {code: level.label for code, level in levels.items()}
        self._known = {key_of(level.label): (code,) for code, level in levels.items()}
        self._written = {key_of(level.label): level.label for level in levels.values()}
        for alias in AuthorityAlias.objects.prefetch_related("levels"):
            key = key_of(alias.wording)
            self._known[key] = tuple(sorted(level.code for level in alias.levels.all()))
            self._written[key] = alias.wording
        self._readings: dict[str, Reading] = {}

    def known(self, wording: str) -> tuple[str, ...]:
        """Codes of the levels that somebody has said ``wording`` stands for; empty when nobody has."""
        return self._known.get(key_of(wording), ())

    def learn(self, wording: str, levels: Iterable[str]) -> None:
        """From now on ``wording`` stands for ``levels`` (codes)."""
        key = key_of(wording)
        self._known[key], self._written[key] = tuple(sorted(levels)), wording
        self._readings.clear()

    def resolve(self, wording: str) -> tuple[str, ...]:
        """Codes of the levels that ``wording``, one body or office-holder, stands for; empty when not understood."""
        reading = self.resolve_text(wording)
        return () if reading.unknown else tuple(dict.fromkeys(level for level, _ in reading.found))

    def resolve_text(self, text: str) -> Reading:
        """``text``, in which commas may join several bodies, understood as a whole or not at all."""
        if text not in self._readings:
            self._readings[text] = self._read(text)
        return self._readings[text]

    def resolve_all(self, wordings: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
        """The lines of a cell → ([(level code, wording)], [wordings not understood]), each once."""
        found, unknown = {}, {}
        for wording in wordings:
            reading = self.resolve_text(wording)
            found |= dict.fromkeys(reading.found)
            unknown |= dict.fromkeys(reading.unknown)
        return list(found), list(unknown)

    def pieces(self, text: str) -> list[str]:
        """The bodies that ``text`` joins by commas, each as written but for a list's mark; one of a single wording."""
        if self.known(text):
            return [text]
        parts = [_LIST_MARK.sub("", part.strip()) for part in re.split(r"[,;]", text) if part.strip(" .")]
        pieces, at = [], 0
        while at < len(parts):
            width = self._known_width(parts, at)
            if not width:
                tail = takewhile(lambda k: not self._begins(parts, k), range(at + 1, len(parts)))
                width = 1 + sum(1 for _ in tail)
            pieces.append(", ".join(parts[at : at + width]))
            at += width
        return pieces

    def similar(self, wording: str) -> tuple[str, tuple[str, ...], float] | None:
        """The known wording most like ``wording``, its levels and how alike they are (0 to 1); None without one."""
        key = key_of(wording)
        first = key.split(" ")[0]
        # Bodies of one kind begin alike; others must be nearly the same, as a slip of the pen is.
        kin = [known for known in self._known if known.split(" ")[0] == first]
        near = difflib.get_close_matches(key, kin, n=1, cutoff=0.6)
        if not near:
            long_alike = [known for known in self._known if abs(len(known) - len(key)) <= len(key) // 6]
            near = difflib.get_close_matches(key, long_alike, n=1, cutoff=0.85)
        if not near:
            return None
        return self._written[near[0]], self._known[near[0]], difflib.SequenceMatcher(None, near[0], key).ratio()

    def _read(self, text: str) -> Reading:
        found, unknown = [], []
        for piece in self.pieces(one_line(text)):
            levels = self.known(piece) or self._general(piece)
            found += [(level, piece) for level in levels]
            if not levels:
                unknown.append(piece)
        return Reading(tuple(found), tuple(unknown))

    def _known_width(self, parts: list[str], at: int) -> int:
        """How many parts from ``at`` on make the longest known wording; 0 when none does."""
        return next((w for w in range(len(parts) - at, 0, -1) if self.known(", ".join(parts[at : at + w]))), 0)

    def _begins(self, parts: list[str], at: int) -> bool:
        """Whether the part at ``at`` begins the name of a body, and so cannot continue the one before it."""
        if fold(parts[at - 1]) in _BARE:
            return False
        return bool(_BEGINS_BODY.match(fold(parts[at]))) or self._known_width(parts, at) > 0

    def _general(self, piece: str) -> tuple[str, ...]:
        """The level of a general wording, unless its commas could hide another body."""
        key = key_of(piece)
        for pattern, level in _PATTERNS:
            if level in self.labels and pattern.match(key):
                return (level,) if _names_one(level, key) else ()
        return ()


def joins_more(wording: str, known: str) -> bool:
    """Whether ``wording`` joins more bodies than ``known``: then being like it is but half of what it says."""
    return _joined(wording) > _joined(known)


def _joined(wording: str) -> int:
    """How many bodies stand behind a stroke, "và" or "hoặc"."""
    return sum(bool(_BEGINS_BODY.match(part)) for part in _JOINING.split(key_of(wording))[1:])


def _names_one(level: str, key: str) -> bool:
    """Whether the general wording ``key`` of ``level``, folded, hides no second body behind a comma or "hoặc"."""
    if level in _TERRITORIES:
        return all(_same_territory(level, part) for part in re.split(r"[,/] ?| ?\b(?:va|hoac)\b ", key)[1:])
    if level not in _OFFICES and ", " in key:
        return False
    return not any(_SECOND_BODY.match(part) for part in re.split(r" ?\b(?:va|hoac)\b ", key)[1:])


def _same_territory(level: str, part: str) -> bool:
    """Whether ``part`` is another unit of the same storey, or the place in which a unit lies.

    "tỉnh, huyện" names two levels, "xã Tân Lập, huyện Sơn Dương" one place.
    """
    match = _UNIT.match(part)
    return bool(match) and (match["unit"] in _UNIT_TIERS[_TERRITORIES[level]] or match.end() < len(part))
