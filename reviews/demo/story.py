"""The weeks of one body told in rows: assignments, drafts, letters, returns, agreements, each with its event."""

import datetime
import random
import uuid
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.urls import reverse

from reviews.actions.content import COLUMNS, changed_between, initial_content, refresh_flags, snapshot
from reviews.actions.events import compose
from reviews.actions.sending import pack_digest
from reviews.demo.forms import Filler, fits
from reviews.demo.moments import Moments
from reviews.demo.people import People, Staff, signing_capacity
from reviews.demo.plans import MANUAL, Goal, Plan
from reviews.demo.scan import letter_scan
from reviews.demo.wording import ABBREVIATIONS, POINTS
from reviews.models import (
    ComplianceCost,
    CriterionAnswer,
    CurrentAuthority,
    LegalAmendment,
    Notice,
    Query,
    Review,
    ReviewEvent,
    Status,
    Submission,
    SubmissionItem,
    Transfer,
    TransferClass,
)
from reviews.models.campaign import HANOI
from reviews.models.submission import SubmissionDoor
from reviews.rules.transfers import Level
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import Organisation, OrganisationKind, User

SENT = frozenset({Status.SUBMITTED, Status.RETURNED, Status.ACCEPTED, Status.APPROVED})
APPROVAL = "Quyết định số 1015/QĐ-TTg (bản minh họa)"
ROWS = {
    "current_authorities": CurrentAuthority,
    "transfers": Transfer,
    "criterion_answers": CriterionAnswer,
    "legal_amendments": LegalAmendment,
    "compliance_costs": ComplianceCost,
}
# Everything a story may change on a review; written in one statement a batch.
FIELDS = (
    "unit",
    "assignee",
    "status",
    "status_since",
    "version",
    "decider_unknown",
    "counted",
    "within",
    *COLUMNS,
    "edited_by",
    "edited_at",
    "finished_by",
    "checked_by",
    "approval_document",
    "event_count",
    "head_hash",
)


@dataclass
class Letter:
    """One pack a body sent: when, through which door, and what it carried."""

    at: datetime.datetime
    submission: Submission
    bulk_id: uuid.UUID
    items: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def citation(self) -> str:
        """The letter as histories cite it."""
        one = self.submission
        signer = f"{one.signer_capacity} {one.signer_name}"
        return f"Công văn số {one.letter_number} ngày {one.letter_date:%d/%m/%Y}, người ký: {signer}"


class Story:
    """Tells the weeks of bodies, one body at a time, and writes them in bulk."""

    def __init__(self, rng: random.Random, moments: Moments, people: People, levels: dict[str, Level]):
        self.rng = rng
        self.moments = moments
        self.people = people
        self.levels = levels
        self.filler = Filler(rng, levels, moments.all[-1].date())

    def tell(self, body: Organisation, reviews: list[Review], plan: Plan) -> int:
        """Live through ``plan`` with the eligible ``reviews`` of ``body``; how many of them were touched."""
        staff = self.people.bodies[body.pk]
        matched = self._match(reviews, plan)
        self.events: list[ReviewEvent] = []
        touched = [review for review, _ in matched]
        taken = {review.pk for review in touched}
        touched += self._assign(staff, matched, [one for one in reviews if one.pk not in taken], plan)
        queries = self._queries(matched)
        letters = self._letters(body, staff) if any(goal.status in SENT for _, goal in matched) else []
        for review, goal in matched:
            self._live(review, goal, staff, letters, queries.get(review.pk, []))
        self._write(body, staff, matched, touched, letters)
        return len(matched)

    def _match(self, reviews: list[Review], plan: Plan) -> list[tuple[Review, Goal]]:
        """Give every goal a review it fits, at random; goals that fit nothing are dropped."""
        free = list(reviews)
        self.rng.shuffle(free)
        matched = []
        for goal in plan.goals:
            place = next((i for i, review in enumerate(free) if fits(goal.content, review.scope_item)), None)
            if place is not None:
                matched.append((free.pop(place), goal))
        return matched

    def _assign(self, staff: Staff, matched, others: list[Review], plan: Plan) -> list[Review]:
        """The focal point hands work out in the first days; returns further reviews given and not yet begun."""
        early = self.moments.at(0.08)
        waiting = self.rng.sample(others, len(others) // 5) if plan.goals else []
        for review in [*(review for review, _ in matched if self.rng.random() < 0.85), *waiting]:
            person = self._official(staff, review)
            review.assignee = person
            review.unit = person.organisation if person.organisation.kind == OrganisationKind.UNIT else None
            (at,) = self.moments.between(self.rng, 1, None, early)
            changes = {"assignee": ["", f"{person} ({person.username})"]}
            self._event(review, staff.focal_point, "assign", at, changes=changes)
        return waiting

    def _official(self, staff: Staff, review: Review) -> User:
        """The official of the unit that settles it, where there is one."""
        for name in review.scope_item.executing_bodies:
            if name in staff.in_units:
                return staff.in_units[name]
        return staff.official

    def _queries(self, matched) -> dict[int, list[Query]]:
        """Points of the reviews that come back; stored first, since a form's content names them by number."""
        rng, made = self.rng, {}
        for review, goal in matched:
            if goal.status == Status.RETURNED:
                points = rng.sample(POINTS, rng.randrange(1, 4))
                made[review.pk] = [Query(review=review, text=text, raised_by=self.people.appraiser) for text in points]
        Query.objects.bulk_create([query for queries in made.values() for query in queries])
        return made

    def _letters(self, body: Organisation, staff: Staff) -> list[Letter]:
        """Two or three letters over the weeks; ministers rarely sign in, so most are recorded with a scan."""
        rng = self.rng
        suffix = "UBND-KSTT" if body.kind == OrganisationKind.PROVINCE else f"{ABBREVIATIONS[body.code]}-VP"
        made = []
        for share in sorted(rng.sample((0.45, 0.6, 0.75, 0.9), rng.randrange(2, 4))):
            at = self.moments.at(share)
            signed = rng.random() < 0.35
            submission = Submission(
                organisation=body,
                door=SubmissionDoor.SIGNED if signed else SubmissionDoor.RECORDED,
                letter_number=f"{rng.randrange(1200, 6900)}/{suffix}",
                letter_date=at.astimezone(HANOI).date(),
                signer_name=staff.leader.full_name,
                signer_capacity=signing_capacity(body),
                sent_by=staff.leader if signed else staff.focal_point,
                sent_at=at,
            )
            made.append(Letter(at, submission, self._uuid()))
        return made

    def _live(self, review: Review, goal: Goal, staff: Staff, letters: list[Letter], queries: list[Query]) -> None:
        """One review from its first saving to its goal."""
        letter = self.rng.choice(letters) if goal.status in SENT else None
        official = review.assignee or staff.official
        settled = goal.status != Status.DRAFT or goal.detour
        times = iter(self.moments.between(self.rng, 5, self.moments.at(0.08), letter and letter.at))
        self._save(review, goal, official, times, settled=settled)
        if not settled:
            return
        review.finished_by = official
        self._move(review, official, Action.FINISH, Status.READY, next(times))
        if goal.detour:
            reason = "Đề nghị nêu cụ thể căn cứ và điều kiện của cấp nhận trước khi trình ký."
            self._move(review, staff.focal_point, Action.RETURN_INTERNAL, Status.DRAFT, next(times), reason=reason)
        if goal.detour or goal.status == Status.READY:
            return
        review.checked_by = staff.focal_point
        self._move(review, staff.focal_point, Action.CHECK, Status.CHECKED, next(times))
        if letter is None:
            return
        self._send(review, letter)
        self._appraise(review, goal, letter, queries)

    def _save(self, review: Review, goal: Goal, official: User, times, *, settled: bool) -> None:
        """One or two savings; the first of two has no reason yet."""
        before = initial_content(review)
        self.filler.fill(review, goal.content, settled=settled)
        reasons = [review.reason]
        if self.rng.random() < 0.2:
            reasons.insert(0, "")
        for reason in reasons:
            at = next(times)
            status, review.status = review.status, Status.DRAFT.value
            if status != review.status:
                review.status_since = at
            review.reason = reason
            review.version += 1
            review.edited_by, review.edited_at = official, at
            flags = refresh_flags(review, self.levels)
            content = snapshot(review)
            changes = changed_between(before, content) | flags
            self._event(review, official, "save", at, status, Status.DRAFT.value, changes=changes, content=content)
            before = content

    def _send(self, review: Review, letter: Letter) -> None:
        signed = letter.submission.door == SubmissionDoor.SIGNED
        action = Action.SEND_SIGNED if signed else Action.SEND_RECORDED
        facts = {"reason": letter.citation, "bulk_id": letter.bulk_id}
        event = self._move(review, letter.submission.sent_by, action, Status.SUBMITTED, letter.at, **facts)
        letter.items.append((review.pk, review.version, event.hash))

    def _appraise(self, review: Review, goal: Goal, letter: Letter, queries: list[Query]) -> None:
        """What the department has done with it since."""
        first, second = self.moments.between(self.rng, 2, letter.at, None)
        if goal.status == Status.RETURNED:
            for query in queries:
                query.raised_at = first
            review._prefetched_objects_cache["queries"] = queries
            reason = "\n".join(f"{number}. {query.text}" for number, query in enumerate(queries, start=1))
            self._move(review, self.people.appraiser, Action.RETURN, Status.RETURNED, first, reason=reason)
        elif goal.content == MANUAL and goal.ruled:
            self._rule(review, first)
        elif goal.status in {Status.ACCEPTED, Status.APPROVED}:
            self._move(review, self.people.appraiser, Action.ACCEPT, Status.ACCEPTED, first)
            if goal.status == Status.APPROVED:
                review.approval_document = APPROVAL
                self._move(review, self.people.head, Action.APPROVE, Status.APPROVED, second, reason=APPROVAL)

    def _rule(self, review: Review, at: datetime.datetime) -> None:
        """The department classes a move that the ladder cannot."""
        transfer = review._prefetched_objects_cache["transfers"][0]
        reason = "Đơn vị nhận trực thuộc cấp dưới, nhận toàn bộ thẩm quyền quyết định nên xếp là chuyển xuống cấp dưới."
        move = {"source_level": transfer.source_level_id, "target_level": transfer.target_level_id}
        transfer.ruling, transfer.ruling_reason = TransferClass.DOWNWARD.value, reason
        transfer.ruled_by, transfer.ruled_at = self.people.head, at
        flags = refresh_flags(review, self.levels)
        changes = {
            "ruling": [move | {"ruling": "", "reason": ""}, move | {"ruling": transfer.ruling, "reason": reason}],
        } | flags
        facts = {"reason": reason, "changes": changes, "content": snapshot(review)}
        self._event(review, self.people.head, "rule_transfer", at, review.status, review.status, **facts)

    def _move(self, review: Review, by: User, action: Action, target: Status, at: datetime.datetime, **facts):
        """One change of status with its event and the whole content."""
        before, review.status, review.status_since = review.status, target.value, at
        return self._event(review, by, action.value, at, before, target.value, content=snapshot(review), **facts)

    def _event(self, review, by, action: str, at, before: str = "", after: str = "", **facts) -> ReviewEvent:
        event = compose(review, by=by, action=action, at=at, status_before=before, status_after=after, **facts)
        self.events.append(event)
        return event

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.rng.getrandbits(128), version=4)

    def _write(self, body, staff: Staff, matched, touched: list[Review], letters: list[Letter]) -> None:
        for accessor, model in ROWS.items():
            rows = [row for review, _ in matched for row in review._prefetched_objects_cache[accessor]]
            model.objects.bulk_create(rows, batch_size=1000)
        # One upsert instead of a CASE a column: the rows exist, so the insert always becomes an update.
        Review.objects.bulk_create(
            touched, batch_size=1000, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS
        )
        ReviewEvent.objects.bulk_create(self.events, batch_size=1000)
        returned = [review for review, goal in matched if goal.status == Status.RETURNED]
        raised = [query for one in returned for query in one._prefetched_objects_cache["queries"]]
        Query.objects.bulk_update(raised, ["raised_at"])
        self._tell(staff, returned)
        for letter in letters:
            if letter.items:
                self._keep(letter, touched[0].campaign_id)

    def _tell(self, staff: Staff, returned: list[Review]) -> None:
        """The portal's own word to those whose forms came back."""
        if not returned:
            return
        at = max(review.status_since for review in returned)
        url = f"{reverse('reviews:list')}?status={Status.RETURNED.value}"
        text = f"{len(returned)} phiếu bị trả lại, yêu cầu hoàn thiện."
        people = {staff.focal_point, *(review.assignee for review in returned if review.assignee)}
        people = sorted(people, key=lambda person: person.pk)
        Notice.objects.bulk_create(Notice(user=person, text=text, url=url, created_at=at) for person in people)

    def _keep(self, letter: Letter, campaign_id: int) -> None:
        submission = letter.submission
        submission.campaign_id = campaign_id
        submission.digest = pack_digest(letter.items)
        if submission.door == SubmissionDoor.RECORDED:
            scan = ContentFile(letter_scan(submission.letter_number, submission.letter_date))
            submission.scan.save(f"{letter.bulk_id.hex}.pdf", scan, save=False)
        submission.save()
        SubmissionItem.objects.bulk_create(
            SubmissionItem(submission=submission, review_id=review, version=version, event_hash=event_hash)
            for review, version, event_hash in letter.items
        )
