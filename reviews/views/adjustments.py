"""The ledger of changes of a frozen scope."""

from django.http import Http404
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD", "POST"])
def ledger(request, code):
    """All changes of a round."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request, code):
    """Propose one."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def candidates(request, code):
    """Procedures that forms or the catalogue suggest to adjust."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def detail(request, code, pk):
    """One change."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def approve(request, code, pk):
    """The second person approves."""
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
def decline(request, code, pk):
    """The second person declines."""
    raise Http404
