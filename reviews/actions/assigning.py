"""Giving reviews to the units and people who do them: one by one, many at once, all of a leaver's."""

import uuid
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from reviews.actions.actors import round_refusal
from reviews.actions.events import compose, locked, record_many
from reviews.actions.filling import settle
from reviews.actions.moving import Outcome
from reviews.actions.versions import load_locked
from reviews.models import Campaign, CampaignState, Review, Status, WorkingCopy
from tthc_portal.accounts import deputies
from tthc_portal.accounts.models import Organisation, OrganisationKind, Role, User
from tthc_portal.text import tidy

# After sending, the work is the department's; a returned form is work again.
ASSIGNABLE = (Status.NOT_STARTED, Status.DRAFT, Status.READY, Status.CHECKED, Status.RETURNED)
# A leaver's sent forms go over too: should the department return one, it must find somebody.
HANDED_OVER = (*ASSIGNABLE, Status.SUBMITTED, Status.ACCEPTED)
# Who fills forms, so whom reviews are given to.
FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)

# A person, a unit (anyone of the body may still work it), or None: nobody.
Receiver = User | Organisation | None
R = TypeVar("R")


@transaction.atomic
def assign(
    *, by: User, reviews: Iterable[Review], assignee: User | None = None, unit: Organisation | None = None
) -> Outcome:
    """Give ``reviews`` of the focal point's own body to ``assignee``, or to ``unit`` without naming a person.

    Neither given takes them back. A review given to a person also goes to the unit he works in, when it is one. Reviews
    already there are counted as done and get no event. Raises ValidationError when nothing can be given at all; single
    refusals are in the outcome.
    """
    receiver = assignee if assignee is not None else unit
    return distribute(by=by, plan={review.pk: receiver for review in reviews})


@transaction.atomic
def distribute(*, by: User, plan: Mapping[int, Receiver], only_free: bool = False) -> Outcome:
    """Give each review of ``plan`` (by primary key) to its receiver, all under one bulk id.

    With ``only_free`` what has been given to somebody meanwhile is refused. See :func:`assign`.
    """
    _by_focal_point(by)
    for receiver in {(type(one), one.pk): one for one in plan.values() if one is not None}.values():
        _refuse_receiver(by, receiver)
    rows = _locked_rows(Review.objects.filter(pk__in=list(plan)))
    return give(by=by, rows=rows, plan=plan, statuses=ASSIGNABLE, only_free=only_free)


@transaction.atomic
def hand_over(*, by: User, person: User, receivers: Sequence[User | Organisation], reason: str) -> Outcome:
    """Give everything ``person`` has in open rounds to ``receivers`` (evenly over several) with one bulk id.

    Drafts (with what he typed and did not save) and forms already sent go too; approved ones stay, their work is done.
    Whoever stood in for him, or he for others, ceases with today. Raises ValidationError({field: sentences}).
    """
    _by_focal_point(by)
    reason = tidy(reason or "")
    errors = {}
    if person.body != by.body:
        raise ValidationError({"person": [f"{person} không thuộc cơ quan này."]})
    if not reason:
        errors["reason"] = ["Bàn giao phải nêu lý do, ví dụ: chuyển công tác theo Quyết định số …"]
    if not receivers:
        errors["receivers"] = ["Hãy chọn người hoặc đơn vị nhận bàn giao."]
    if person in receivers:
        errors["receivers"] = ["Người nhận bàn giao phải là người khác."]
    if errors:
        raise ValidationError(errors)
    for receiver in receivers:
        _refuse_receiver(by, receiver)
    _save_what_is_typed(person)
    rows = _locked_rows(in_hand(person))
    groups = defaultdict(list)
    for row in rows:
        groups[row.scope_item.sector_name].append(row.pk)
    plan = spread_evenly(groups, receivers)
    outcome = give(by=by, rows=rows, plan=plan, statuses=HANDED_OVER, reason=reason)
    deputies.end_all_of(by=by, user=person)
    return outcome


def _save_what_is_typed(person: User) -> None:
    """Make versions of what a leaver typed and has not saved, while the forms are still his to save."""
    typed = WorkingCopy.objects.filter(user=person, saved_at__isnull=False, review__in=in_hand(person))
    for copy in typed.select_related("user__organisation__parent").order_by("review"):
        settle(load_locked(copy.review_id), copy, final=True)


def in_hand(person: User):
    """Everything a leaver would hand over: his reviews of his body in open rounds, approved ones apart."""
    return Review.objects.filter(
        assignee=person,
        organisation=person.body,
        eligible=True,
        status__in=HANDED_OVER,
        campaign__state=CampaignState.OPEN,
    )


def spread_evenly(groups: Mapping[Hashable, Sequence[int]], receivers: Sequence[R]) -> dict[int, R]:
    """Each item of ``groups`` to one of ``receivers``: their numbers differ by one at most, and a group stays together
    wherever it still fits one receiver. The same input always gives the same answer.
    """
    total = sum(len(items) for items in groups.values())
    base, more = divmod(total, len(receivers))
    room = [base + (place < more) for place in range(len(receivers))]
    plan: dict[int, R] = {}
    torn = []
    for name in sorted(groups, key=lambda name: (-len(groups[name]), str(name))):
        items = list(groups[name])
        place = max(range(len(receivers)), key=lambda place: (room[place], -place))
        if room[place] < len(items):
            torn.append(items)
            continue
        room[place] -= len(items)
        plan |= dict.fromkeys(items, receivers[place])
    for items in torn:
        while items:
            place = max(range(len(receivers)), key=lambda place: (room[place], -place))
            taken, items = items[: room[place]], items[room[place] :]
            room[place] -= len(taken)
            plan |= dict.fromkeys(taken, receivers[place])
    return plan


def units_of(body: Organisation):
    """Units of ``body`` that reviews may be given to: those that did not end before their body did."""
    units = Organisation.objects.filter(parent=body, kind=OrganisationKind.UNIT).select_related("parent")
    return units.exclude(valid_to__lt=min(timezone.localdate(), body.valid_to or timezone.localdate())).order_by("code")


def fillers_of(body: Organisation):
    """Active people of ``body`` that reviews may be given to."""
    people = User.objects.of_body(body).filter(role__in=FILLERS)
    return people.select_related("organisation__parent").order_by("full_name", "username")


def _locked_rows(reviews) -> list[Review]:
    found = locked(reviews).select_related("assignee", "unit", "scope_item")
    return list(found.defer("scope_item__search_text", "scope_item__deciders", "scope_item__executing_bodies"))


def give(*, by, rows, plan, statuses, reason: str = "", only_free: bool = False) -> Outcome:
    """Give locked ``rows`` as ``plan`` says, with an event each; those not in ``statuses`` are refused.

    Whether ``by`` may give at all is the caller's to ask.
    """
    rounds = Campaign.objects.in_bulk({row.campaign_id for row in rows})
    outcome = Outcome(bulk_id=uuid.uuid4() if len(rows) > 1 else None)
    now = timezone.now()
    changed = []
    for row in rows:
        refusal = _refusal(by, row, rounds[row.campaign_id], statuses)
        if not refusal and only_free and (row.assignee_id or row.unit_id):
            refusal = "Phiếu vừa được giao ở nơi khác."
        if refusal:
            outcome.refused.append((row, ValidationError(refusal, code="refused")))
            continue
        outcome.done.append(row)
        receiver = plan[row.pk]
        person = receiver if isinstance(receiver, User) else None
        unit = _unit_of(person) if person else receiver
        changes = _changes(row, person, unit)
        if not changes:
            continue
        row.assignee, row.unit = person, unit
        outcome.events.append(
            compose(row, by=by, action="assign", reason=reason, changes=changes, bulk_id=outcome.bulk_id, at=now),
        )
        changed.append(row)
    record_many(outcome.events, changed, fields=["assignee", "unit"])
    return outcome


def _changes(row: Review, person: User | None, unit: Organisation | None) -> dict[str, list]:
    changes = {}
    if row.assignee_id != (person.pk if person else None):
        changes["assignee"] = [_named(row.assignee), _named(person)]
    if row.unit_id != (unit.pk if unit else None):
        changes["unit"] = [str(row.unit or ""), str(unit or "")]
    return changes


def _refusal(by: User, review: Review, campaign: Campaign, statuses) -> str:
    """Why this review cannot be given to anyone; blank when it can."""
    if review.organisation_id != by.body.pk:
        return "Phiếu này thuộc cơ quan khác."
    if review.removed:
        return "Thủ tục này đã được đưa ra khỏi phạm vi rà soát nên không cần giao."
    if not review.eligible:
        return "Thủ tục này được loại trừ khỏi diện rà soát nên không cần giao."
    if review.status not in statuses:
        return f"Phiếu ở trạng thái “{review.get_status_display()}” không giao lại được."
    return round_refusal(campaign)


def _by_focal_point(by: User) -> None:
    if by.role != Role.FOCAL_POINT:
        raise ValidationError("Việc giao phiếu chỉ dành cho công chức đầu mối của cơ quan có phiếu.")


def _refuse_receiver(by: User, receiver: User | Organisation) -> None:
    """Raise ValidationError unless ``receiver`` works for the body of ``by``."""
    if isinstance(receiver, User):
        if not (receiver.is_active and receiver.body == by.body and receiver.role in FILLERS):
            raise ValidationError(f"{receiver} không phải chuyên viên hoặc đầu mối đang hoạt động của cơ quan.")
    elif receiver.kind != OrganisationKind.UNIT or receiver.body != by.body:
        raise ValidationError(f"{receiver} không phải đơn vị của cơ quan.")


def _unit_of(person: User) -> Organisation | None:
    """The unit a person works in; None for those directly under the body."""
    return person.organisation if person.organisation.kind == OrganisationKind.UNIT else None


def _named(person: User | None) -> str:
    return f"{person} ({person.username})" if person else ""
