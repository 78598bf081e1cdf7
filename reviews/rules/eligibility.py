"""Which procedures stand in the base (denominator) of the share.

The Hội nghị 30/9/2021 asks for at least 20% of all procedures managed by the ministries, except those whose deciding
level is now the commune People's Committee or its Chair ("cấp có thẩm quyền quyết định"). The exclusion looks at who
decides, never at the level of implementation ("Cấp thực hiện") nor at who carries the procedure out ("Cơ quan thực
hiện").
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

DEFAULT_EXCLUDED = ("COMMUNE_PC", "COMMUNE_PC_CHAIR")
"""Codes of the levels that the Hội nghị 30/9/2021 leaves out; a round may set its own."""

RULE_VERSION = "2021-09-30"
"""Day of the rule, frozen with every scope item it decided."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Whether one procedure is in the base, and why.

    `rule` is "commune_only" (excluded), "unknown_decider" (in the base until the decider is known) or "in_base";
    `unknown` is True only for "unknown_decider"; `reason` is a Vietnamese sentence.
    """

    eligible: bool
    unknown: bool
    rule: str
    reason: str


def decide(
    levels: Iterable[str],
    excluded: Collection[str] = DEFAULT_EXCLUDED,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> Eligibility:
    """Eligibility of a procedure from the level codes of its recorded deciding authorities.

    Excluded only when at least one decider is recorded and all stand in `excluded`; one decider outside the set keeps
    the procedure in. No decider keeps it in and flags it. A blank code is a decider whose level is not known: beside
    excluded ones only, it leaves the matter open, so the procedure stays in, flagged. `labels` (code → Vietnamese
    name) lets the reason name the levels. Source: Hội nghị 30/9/2021.
    """
    recorded = list(dict.fromkeys(levels))
    known = [code for code in recorded if code]
    outside = [code for code in known if code not in excluded]
    if outside:
        reason = "Thuộc diện rà soát: có cấp quyết định hiện nay không thuộc diện loại trừ"
        return Eligibility(True, False, "in_base", reason + _named(outside, labels) + ".")
    if not known or len(known) < len(recorded):
        reason = (
            "Tạm tính trong diện rà soát: chưa xác định đủ thẩm quyền quyết định hiện nay, "
            "cần bổ sung trước khi gửi kết quả."
        )
        return Eligibility(True, True, "unknown_decider", reason)
    reason = "Loại trừ: mọi cấp có thẩm quyền quyết định hiện nay đều thuộc diện loại trừ của đợt rà soát"
    return Eligibility(False, False, "commune_only", reason + _named(known, labels) + ".")


def _named(codes: Iterable[str], labels: Mapping[str, str]) -> str:
    names = [labels[code] for code in codes if code in labels]
    return f" ({'; '.join(names)})" if names else ""
