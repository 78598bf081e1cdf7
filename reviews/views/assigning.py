"""The focal point gives work out."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def overview(request):
    """Who has how much."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def spread(request):
    """Give a whole set out."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request):
    """Give one person's work to another."""
    raise Http404
