"""The form of a review: one main form and its tables of rows, read from a content and giving back a part of one."""

from reviews.forms.filling.main import PHRASED, MainForm
from reviews.forms.filling.rows import RowsFormSet, level_choices
from reviews.forms.filling.tables import AmendmentFormSet, CostFormSet, CriterionFormSet, TransferFormSet
from reviews.forms.filling.whole import ReviewForm

__all__ = [
    "PHRASED",
    "AmendmentFormSet",
    "CostFormSet",
    "CriterionFormSet",
    "MainForm",
    "ReviewForm",
    "RowsFormSet",
    "TransferFormSet",
    "level_choices",
]
