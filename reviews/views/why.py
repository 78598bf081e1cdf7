"""Căn cứ tính."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def procedure(request, code, procedure):
    """Why one procedure counts or not."""
    raise Http404
