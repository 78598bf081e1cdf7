"""Tính thử."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request, code):
    """Every share before and after."""
    raise Http404
