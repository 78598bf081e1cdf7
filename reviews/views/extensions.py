"""Prolonged deadlines."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request, code):
    """All of a round, and a new one."""
    raise Http404
