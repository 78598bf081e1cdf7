"""Who stands in for whom."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def listing(request):
    """All of the body, and a new one."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def end(request, pk):
    """End one today."""
    raise Http404
