"""What the coordinating department does on the page of a review."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from reviews.actions import appraisal
from reviews.forms.appraisal import ApproveForm, ReopenForm, ReturnForm, RulingForm
from reviews.rules.workflow import Action
from reviews.views.review_page import carry_out, find_review, render_review
from tthc_portal.accounts.access import for_roles
from tthc_portal.accounts.models import Role

APPRAISERS = (Role.APPRAISER, Role.DEPARTMENT_HEAD)


@for_roles(*APPRAISERS)
@require_POST
def return_to_body(request, pk):
    """Send a review back with points to complete."""
    review = find_review(request, pk)
    form = ReturnForm(request.POST, auto_id="id_return_%s")
    small = {Action.RETURN: form}
    if not form.is_valid():
        return render_review(request, review, small=small, status=422)
    return carry_out(
        request,
        review,
        lambda: appraisal.return_to_body(by=request.user, reviews=[review], points=form.cleaned_data["points"]),
        "Đã trả lại phiếu, yêu cầu hoàn thiện.",
        small=small,
    )


@for_roles(*APPRAISERS)
@require_POST
def accept(request, pk):
    """Agree with what was sent."""
    review = find_review(request, pk)
    return carry_out(
        request, review, lambda: appraisal.accept(by=request.user, reviews=[review]), "Đã thống nhất với phiếu."
    )


@for_roles(Role.DEPARTMENT_HEAD)
@require_POST
def reopen(request, pk):
    """Take back an agreement."""
    review = find_review(request, pk)
    form = ReopenForm(request.POST, auto_id="id_reopen_%s")
    small = {Action.REOPEN: form}
    if not form.is_valid():
        return render_review(request, review, small=small, status=422)
    return carry_out(
        request,
        review,
        lambda: appraisal.reopen(by=request.user, reviews=[review], reason=form.cleaned_data["reason"]),
        "Đã mở lại phiếu; phiếu trở về “Đã gửi”.",
        small=small,
    )


@for_roles(Role.DEPARTMENT_HEAD)
@require_POST
def approve(request, pk):
    """Record the Decision that approves a proposal."""
    review = find_review(request, pk)
    form = ApproveForm(request.POST, auto_id="id_approve_%s")
    small = {Action.APPROVE: form}
    if not form.is_valid():
        return render_review(request, review, small=small, status=422)
    return carry_out(
        request,
        review,
        lambda: appraisal.approve(by=request.user, reviews=[review], document=form.cleaned_data["document"]),
        "Đã ghi nhận Quyết định phê duyệt.",
        small=small,
    )


@for_roles(*APPRAISERS)
@require_POST
def rule_transfer(request, pk, transfer_pk):
    """Class a transfer that the ladder of levels cannot class."""
    review = find_review(request, pk)
    transfer = get_object_or_404(review.transfers, pk=transfer_pk)
    form = RulingForm(request.POST, auto_id=f"id_ruling{transfer_pk}_%s")
    rulings = {transfer.pk: form}
    if not form.is_valid():
        return render_review(request, review, rulings=rulings, status=422)
    return carry_out(
        request,
        review,
        lambda: appraisal.rule_transfer(
            by=request.user,
            transfer=transfer,
            ruling=form.cleaned_data["ruling"],
            reason=form.cleaned_data["reason"],
        ),
        "Đã ghi nhận phân loại chuyển thẩm quyền.",
        rulings=rulings,
    )
