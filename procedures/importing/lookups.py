"""Publishers and sectors named in a file, each kind answered from memory after a few queries."""

import datetime
import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db.models import Q

from procedures.models import Matching, MatchingKind, Sector
from tthc_portal.accounts.models import Organisation, OrganisationAlias, OrganisationKind, OrganisationName
from tthc_portal.text import fold

# Parameters of one IN list: below what every SQLite in use was compiled for.
CHUNK = 10_000
# 000.00.00.G12: the long form of a body's code.
_LONG_CODE = re.compile(r"\d{3}\.\d{2}\.\d{2}\.([a-z]\d{2,3})")
# "Bộ Y tế (G18)" and "G18 - Bộ Y tế": a name with its code.
_NAME_AND_CODE = re.compile(r"(?P<name>.+?) ?\((?P<code>[a-z]\d{2,3})\)|(?P<code2>[a-z]\d{2,3}) ?[-–:] ?(?P<name2>.+)")
_PEOPLES_COMMITTEE = re.compile(r"(ubnd|uy ban nhan dan) (tinh|thanh pho|tp)\.? ?")


def chunks(items: Iterable, size: int = CHUNK) -> Iterator[list]:
    """``items`` in lists of at most ``size``."""
    iterator = iter(items)
    while piece := list(islice(iterator, size)):
        yield piece


class Publishers:
    """Which body a wording or code names on a day: three queries, then memory."""

    def __init__(self, as_of: datetime.date):
        self.as_of = as_of
        self.by_id = Organisation.objects.in_bulk()
        self._found: dict[str, list[Organisation]] = {}
        alive = {pk: body for pk, body in self.by_id.items() if body.existed_on(as_of)}
        self._gone = {fold(body.name): body for body in self.by_id.values() if body.pk not in alive}
        then = Q(valid_from__lte=as_of) & (Q(valid_to__isnull=True) | Q(valid_to__gte=as_of))
        # Later kinds of wording never displace earlier ones: an alias is a person's decision, a short name is not.
        self._add((alias.folded, alias.organisation_id) for alias in OrganisationAlias.objects.filter(then))
        self._add((fold(body.code), body.pk) for body in alive.values())
        self._add((fold(body.name), body.pk) for body in alive.values() if body.kind != OrganisationKind.UNIT)
        self._add((fold(name.name), name.organisation_id) for name in OrganisationName.objects.filter(then))
        self._add((fold(body.short_name), body.pk) for body in alive.values() if body.short_name)
        self._add((fold(body.name), body.pk) for body in alive.values() if body.kind == OrganisationKind.UNIT)
        self._answers: dict[str, Organisation | str] = {}

    def _add(self, pairs: Iterable[tuple[str, int]]) -> None:
        fresh: dict[str, list[Organisation]] = {}
        for key, pk in pairs:
            if key not in self._found and self.by_id[pk] not in fresh.setdefault(key, []):
                fresh[key].append(self.by_id[pk])
        self._found |= fresh

    def resolve(self, wording: str) -> Organisation:
        """The body; raises ValueError with a sentence that says what to do."""
        if wording not in self._answers:
            self._answers[wording] = self._look_up(wording)
        answer = self._answers[wording]
        if isinstance(answer, str):
            raise ValueError(answer)
        return answer

    def said_by_hand(self, wordings: Iterable[str]) -> dict[str, int]:
        """How often ``wordings`` hold each wording (folded) that an administrator once said is a body."""
        said = set(
            Matching.objects.in_force().filter(kind=MatchingKind.PUBLISHER).order_by().values_list("folded", flat=True)
        )
        found: Counter[str] = Counter()
        for wording, count in Counter(wordings).items() if said else ():
            key = fold(wording).strip(".,; ")
            if key in said:
                found[key] += count
        return dict(found)

    def _look_up(self, wording: str) -> Organisation | str:
        key = fold(wording).strip(".,; ")
        found = self._found.get(key)
        if not found and (match := _PEOPLES_COMMITTEE.match(key)):
            rest = key[match.end() :]
            found = next(filter(None, (self._found.get(f"{kind} {rest}") for kind in ("tinh", "thanh pho"))), None)
        found = found or self._by_code(key)
        if found and len(found) == 1:
            return found[0]
        day = f"{self.as_of:%d/%m/%Y}"
        if found:
            listed = ", ".join(f"{body.name} ({body.code})" for body in found)
            return f"Tên này chỉ nhiều cơ quan: {listed}. Ghi mã cơ quan thay cho tên."
        if key in self._gone:
            gone = self._gone[key]
            return (
                f"{gone.name} ({gone.code}) không hoạt động vào ngày {day}. "
                "Chọn lại ngày của danh mục hoặc ghi tên cơ quan kế thừa."
            )
        near = difflib.get_close_matches(key, self._found, n=1, cutoff=0.8)
        hint = f" Có phải “{self._found[near[0]][0].name}”?" if near else ""
        return (
            f"Không có cơ quan nào mang tên hoặc mã này vào ngày {day}.{hint} "
            "Sửa ô này, hoặc chọn cơ quan một lần ở trang xem trước."
        )

    def _by_code(self, key: str) -> list[Organisation]:
        """The bodies of a long code, or of a name and a code that agree."""
        if match := _LONG_CODE.fullmatch(key):
            return self._found.get(match[1], [])
        if match := _NAME_AND_CODE.fullmatch(key):
            named = self._found.get(match["name"] or match["name2"], [])
            return named if named == self._found.get(match["code"] or match["code2"]) else []
        return []


class Sectors:
    """Sectors by folded name; those not known yet are made all at once."""

    def __init__(self):
        self._by_key = {sector.folded: sector for sector in Sector.objects.all()}
        self._wanted: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def key(self, name: str) -> str:
        """The folded form under which ``name`` is one sector; names repeat, so it is worked out once each."""
        if name not in self._keys:
            self._keys[name] = fold(name)
        return self._keys[name]

    def want(self, name: str) -> str:
        """Note that ``name`` will be needed; returns its key."""
        key = self.key(name)
        if key not in self._by_key:
            self._wanted.setdefault(key, name)
        return key

    def make_wanted(self) -> list[int]:
        """Create the sectors noted and not known; returns their ids."""
        made = Sector.objects.bulk_create([Sector(name=name, folded=key) for key, name in self._wanted.items()])
        self._by_key |= {sector.folded: sector for sector in made}
        self._wanted.clear()
        return [sector.pk for sector in made]

    def get(self, name: str) -> Sector:
        """The sector named so; it must be known or made."""
        return self._by_key[self.key(name)]
