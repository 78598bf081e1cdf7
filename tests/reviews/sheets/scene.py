"""Forms with anything in them, and the workbook made of them."""

import io
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from reviews.actions.content import COLUMNS, ROWS, new_rows, rule_levels
from reviews.models import Review
from reviews.rules.criteria import BY_CODE
from reviews.sheets.columns import columns
from reviews.sheets.seals import HIDDEN
from reviews.sheets.writing import write
from tthc_portal.text import tidy

AWKWARD = (
    "=1+1", "'ngoặc đầu", "+84 24 3825", "-5", "@SUM(A1)", "1.004850", "00123", "1/2", "TRUE", "#REF!", "_x000D_",
    "dòng một\ndòng hai\n\ndòng bốn", "Nghị định “15” <b>&amp;</b> 'x' \"y\"", "e\u0302\u0301 dạng rời",
    "😀 biểu tượng", "<r>a & b</r>",
)  # fmt: skip
_LETTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
texts = st.one_of(
    st.sampled_from(["", *AWKWARD]), st.text(_LETTERS, max_size=12), st.text("aê\n\t =", max_size=12)
).map(tidy)
DECIDER = {"level": "MINISTER", "body": "Bộ trưởng", "case": "", "legal_ground": ""}


def moves(number: int):
    """Tables of that many transfers from the minister down."""
    row = st.fixed_dictionaries(
        {
            "source_level": st.just("MINISTER"),
            "target_level": st.sampled_from(["PROV_PC", "PROV_DEPT", "DISTRICT_PC"]),
            "target_body": texts,
            "mode": st.sampled_from(["decentralize", "devolve", "delegate"]),
            "is_partial": st.booleans() if number > 1 else st.just(False),
            "condition": texts if number > 1 else st.just(""),
        }
    )
    return st.lists(row, min_size=number, max_size=number)


def _criteria(answers: dict) -> list[dict]:
    return [{"criterion": code, "answer": answer, "reason": why} for code, (answer, why) in sorted(answers.items())]


def _known(content: dict) -> dict:
    """A number and "no figures" never stand together."""
    known = content["annual_dossiers"] is not None
    return content | {"annual_dossiers_unknown": content["annual_dossiers_unknown"] and not known}


_ANSWERS = st.tuples(st.sampled_from(["yes", "no", "unsure"]), texts)
contents = st.fixed_dictionaries(
    {
        **dict.fromkeys(COLUMNS, texts),
        "conclusion": st.sampled_from(["", "decentralize", "keep", "out_of_scope"]),
        "stance": st.sampled_from(["", "agree", "propose"]),
        "annual_dossiers": st.none() | st.integers(0, 2_147_483_647),
        "annual_dossiers_year": st.none() | st.integers(2000, 2100),
        "annual_dossiers_estimated": st.booleans(),
        "annual_dossiers_unknown": st.booleans(),
        "deciders": st.sampled_from([[], [DECIDER], [DECIDER, DECIDER | {"level": "MINISTRY"}]]),
        "transfers": st.integers(0, 2).flatmap(moves),
        "criteria": st.dictionaries(st.sampled_from(list(BY_CODE)), _ANSWERS, max_size=3).map(_criteria),
    }
).map(_known)
"""The parts of a content that cells come from, with anything in them that a form can hold."""


def put(review: Review, content: dict, *, version: int = 3) -> Review:
    """Let ``content`` stand on ``review`` as if it had been saved."""
    levels = rule_levels()
    columns_only = {name: value for name, value in content.items() if name in COLUMNS}
    Review.objects.filter(pk=review.pk).update(status="draft", version=version, **columns_only)
    review = Review.objects.get(pk=review.pk)
    for name in ("deciders", "transfers", "criteria"):
        rows = ROWS[name]
        rows.model.objects.filter(review=review).delete()
        rows.model.objects.bulk_create(new_rows(review, rows, content[name], levels))
    return review


def book_of(cast, reviews, **more) -> bytes:
    """The workbook of ``reviews`` as the first official of the body takes it out."""
    target = io.BytesIO()
    write(target, reviews, by=cast.own["official"], campaign=cast.campaign, **more)
    return target.getvalue()


class Book:
    """A written workbook under a person's hands: cells by row and key, and saved again."""

    def __init__(self, content: bytes, folder: Path):
        self.book = openpyxl.load_workbook(io.BytesIO(content))
        self.path = folder / "phieu.xlsx"
        self.sheet = self.book.worksheets[1]

    def place(self, key: str) -> int:
        """The number of the column with ``key``."""
        return next(cell.column for cell in self.sheet[1] if cell.value == key)

    def cell(self, row: int, key: str):
        """A cell; ``row`` counts the forms from 1."""
        return self.sheet.cell(row + 2, self.place(key))

    def put(self, row: int, **cells) -> None:
        """Type into cells of a row; a dot in a key is written as two underscores."""
        for key, value in cells.items():
            self.cell(row, key.replace("__", ".")).value = value

    def saved(self) -> Path:
        """The path of the workbook as it stands."""
        self.book.save(self.path)
        return self.path


def keys(*, short: bool = False) -> list[str]:
    """The keys of every column of a form's sheet in order."""
    return [*HIDDEN, *(column.key for column in columns(short, {}))]
