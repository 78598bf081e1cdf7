"""What the columns of a layout mean: recognised by label, said by a person, remembered for the next file alike."""

import hashlib
import re
from functools import lru_cache

from tthc_portal.text import fold


@lru_cache(maxsize=4096)
def normal(label: str) -> str:
    """A label without what people vary: case, accents, spaces, punctuation. "Mã TTHC (*)" → "matthc"."""
    return re.sub(r"[^a-z0-9]", "", fold(label))


def signature(labels: list[str]) -> str:
    """The fingerprint of a layout: SHA-256 of its labels in order, as people vary them."""
    return hashlib.sha256("|".join(normal(label) for label in labels).encode()).hexdigest()


def layout_of(source) -> dict:
    """What an import keeps of a layout, from a SheetTable or from the ImportFileError that refused the sheet."""
    return {
        "kind": getattr(source, "kind", "catalogue"),
        "header_row": source.header_row,
        "columns": {name: label for name, (_, label) in source.columns.items()},
        "unknown_columns": source.unknown_columns,
        "labels": source.labels,
        "mapping": source.mapping,
        "remembered": source.remembered,
    }
