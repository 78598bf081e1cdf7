"""The form by which unknown publishers are mapped, wherever a page of an import shows it."""

from django import template

from procedures.matching_forms import PublisherFormSet
from procedures.models import ImportBatch

register = template.Library()


@register.simple_tag
def publisher_formset(batch: ImportBatch, unknown: list[dict]) -> PublisherFormSet:
    """An unbound formset with a row for each of ``unknown`` ([{wording, rows}])."""
    return PublisherFormSet(batch=batch, unknown=list(unknown))
