"""Choosing bodies and what provinces are asked."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def bodies(request, code):
    """Bodies taking part."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def provinces(request, code):
    """What provinces review."""
    raise Http404
