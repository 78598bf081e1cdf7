"""From the wording of a deciding authority to levels of the ladder."""

import re
from collections.abc import Iterable

from procedures.models import AuthorityAlias, AuthorityLevel
from tthc_portal.text import fold

# Generic wordings, tried in this order on folded text when no alias is known. Each must hold from the first word:
# "Chi cục …" without its owner may stand on three different levels and is left to a person.
_PATTERNS = tuple(
    (re.compile(pattern), level)
    for pattern, level in (
        (r"thu tuong( chinh phu)?$", "PRIME_MINISTER"),
        (r"(bo truong|thong doc|tong thanh tra|thu truong co quan ngang bo)\b", "MINISTER"),
        (r"chu tich (ubnd|uy ban nhan dan) (cap )?(xa|phuong|thi tran|dac khu)\b", "COMMUNE_PC_CHAIR"),
        (r"chu tich (ubnd|uy ban nhan dan) (cap )?(huyen|quan|thi xa)\b", "DISTRICT_PC_CHAIR"),
        (r"chu tich (ubnd|uy ban nhan dan) (cap )?(tinh|thanh pho)\b", "PROV_PC_CHAIR"),
        (r"(ubnd|uy ban nhan dan) (cap )?(xa|phuong|thi tran|dac khu)\b", "COMMUNE_PC"),
        (r"(ubnd|uy ban nhan dan) (cap )?(huyen|quan|thi xa)\b", "DISTRICT_PC"),
        (r"(ubnd|uy ban nhan dan) (cap )?(tinh|thanh pho)\b", "PROV_PC"),
        (r"(hdnd|hoi dong nhan dan) (cap )?(tinh|thanh pho)\b", "PROV_COUNCIL"),
        (r"(cong an|ban chi huy quan su|bch quan su) (cap )?(xa|phuong|thi tran)\b", "COMMUNE_VERTICAL"),
        (r"(cong an|thue|bao hiem xa hoi) (cap )?(tinh|thanh pho)\b", "PROV_VERTICAL"),
        (r"(giam doc )?so\b", "PROV_DEPT"),
        (r"(tong cuc truong )?tong cuc\b", "GENERAL_DEPT"),
        (r"(cuc truong |vu truong )?(cuc|vu)\b", "DEPARTMENT"),
        (r"bo (?!tu lenh|chi huy|phan|mon|tong tham)\w+", "MINISTRY"),
    )
)


class AuthorityResolver:
    """Answers, after two queries at its making, which levels a wording stands for."""

    def __init__(self):
        levels = AuthorityLevel.objects.in_bulk()
        self.labels = {code: level.label for code, level in levels.items()}
        self._known = {fold(level.label): (code,) for code, level in levels.items()}
        for alias in AuthorityAlias.objects.prefetch_related("levels"):
            self._known[alias.folded] = tuple(sorted(level.code for level in alias.levels.all()))

    def resolve(self, wording: str) -> tuple[str, ...]:
        """Codes of the levels that ``wording`` stands for; empty when nobody has said."""
        key = fold(wording).rstrip(".,; ")
        if key in self._known:
            return self._known[key]
        for pattern, level in _PATTERNS:
            if pattern.match(key) and level in self.labels:
                return self._known.setdefault(key, (level,))
        return self._known.setdefault(key, ())

    def resolve_all(self, wordings: Iterable[str]) -> tuple[list[tuple[str, str]], list[str]]:
        """``wordings`` → ([(level code, wording)], [wordings not understood])."""
        found, unknown = [], []
        for wording in wordings:
            levels = self.resolve(wording)
            found += [(level, wording) for level in levels]
            if not levels:
                unknown.append(wording)
        return found, unknown
