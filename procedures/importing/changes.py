"""What an import row changed, as a person reads it: field by field, old and new, the words that differ marked."""

import datetime
import difflib
import re

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from procedures.importing.resource import FIELD_LABELS
from procedures.models import ExecutionLevel, ImportRow, ProcedureStatus

_CHOICES = {"execution_levels": dict(ExecutionLevel.choices), "status": dict(ProcedureStatus.choices)}
_WORDS = re.compile(r"\n|[^\S\n]+|[^\s]+")
# Below this likeness two texts share only chance words: the whole of each is marked.
_ALIKE = 0.3
_WORDS_COMPARED = 2_000


def changes_of(row: ImportRow) -> list[dict]:
    """What a row changed, field by field: [{label, before, after}] as text."""
    before, after = row.before or {}, row.after or {}
    return [
        {"label": label, "before": as_text(before.get(name), name), "after": as_text(after.get(name), name)}
        for name, label in FIELD_LABELS.items()
        if name in after
    ]


def as_text(value, name: str = "") -> str:
    """A stored value of field ``name`` of an import row as a person reads it."""
    if not value:
        return ""
    if isinstance(value, dict):
        return value["name"] if "name" in value else _decider(value)
    if isinstance(value, list):
        return "\n".join(as_text(item, name) for item in value)
    if name == "published_on":
        return f"{datetime.date.fromisoformat(value):%d/%m/%Y}"
    return _CHOICES.get(name, {}).get(value, str(value))


def _decider(value: dict) -> str:
    """A deciding authority with all that may change of it, or two values that differ would read the same."""
    more = {"case": "trường hợp", "legal_ground": "căn cứ"}
    beside = "; ".join(f"{label}: {value[name]}" for name, label in more.items() if value.get(name))
    return (value.get("body") or value.get("level", "")) + (f" ({beside})" if beside else "")


def marked(before: str, after: str) -> tuple[SafeString, SafeString]:
    """``before`` and ``after`` as HTML, words that went in <del>, words that came in <ins>; all text escaped."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if max(len(old), len(new)) > _WORDS_COMPARED or matcher.ratio() < _ALIKE:
        return _tagged("del", old), _tagged("ins", new)
    left, right = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        left.append(_html(old[a:b]) if kind == "equal" else _tagged("del", old[a:b]))
        right.append(_html(new[c:d]) if kind == "equal" else _tagged("ins", new[c:d]))
    return mark_safe("".join(left)), mark_safe("".join(right))  # noqa: S308 (every word was escaped)


def _html(words: list[str]) -> str:
    return escape("".join(words)).replace("\n", "<br>")


def _tagged(tag: str, words: list[str]) -> SafeString:
    text = _html(words)
    return mark_safe(f"<{tag}>{text}</{tag}>" if text else "")  # noqa: S308 (every word was escaped)
