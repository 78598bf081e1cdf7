"""Days typed on the forms of a round."""

import datetime

from django import forms

from reviews.actions.deadlines import slip_of_year


def in_plausible_year(day: datetime.date) -> None:
    """Refuse a day whose year can only be a slip of the hand; raises ValidationError."""
    if slip := slip_of_year(day):
        raise forms.ValidationError(slip)
