"""“Căn cứ tính”: why one procedure counts or not in a round."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from procedures.models import Procedure
from reviews.reports.why import explain, outside
from reviews.views.rounds import round_or_404


@require_safe
def procedure(request, code, procedure):
    """The page of one procedure in one round; made to be printed."""
    campaign = round_or_404(request, code)
    why = explain(campaign, procedure, request.user)
    if why is None:
        known = get_object_or_404(Procedure.objects.visible_to(request.user), code__iexact=procedure)
        context = {"campaign": campaign, "procedure": known, "sentence": outside(campaign, known)}
        return render(request, "reviews/why/outside.html", context)
    return render(request, "reviews/why/procedure.html", {"campaign": campaign, "why": why, "item": why.item})
