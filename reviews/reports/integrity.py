"""Proof that what is stored agrees with itself: flags with forms, scope with rule, events with their chains.

Every check streams: memory does not grow with the number of reviews. Findings are plain; nothing is mended here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db import connection
from django.db.models import Count, F, Prefetch, Q

from procedures.models import AuthorityLevel
from reviews.actions.content import refresh_flags, rule_levels
from reviews.actions.events import covered_fields
from reviews.actions.sending import pack_digest
from reviews.actions.standing import standings
from reviews.actions.tallying import kept_tallies
from reviews.models import (
    AdjustmentItem,
    Campaign,
    CampaignRule,
    CampaignState,
    FrozenStanding,
    Participation,
    Review,
    ReviewEvent,
    ReviewKind,
    ScopeItem,
    Status,
    Submission,
    SubmissionItem,
    Transfer,
    tally_guard,
)
from reviews.models.guard import TABLE
from reviews.reports.past import AsOf
from reviews.reports.tallies import BodyTally, tallies_by_body
from reviews.rules.chain import first_break
from reviews.rules.eligibility import RULE_VERSION, decide
from reviews.rules.shares import Tally
from reviews.rules.transfers import classify
from tthc_portal.accounts.models import Organisation
from tthc_portal.text import sort_bytes

CHUNK = 2_000
_OWNERS_KINDS = (ReviewKind.OWN, ReviewKind.LOCAL)
_GUARDS = {"sqlite": ("update", "delete"), "postgresql": ("change", "truncate")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement: the check that found it, the object it is about, and a Vietnamese sentence."""

    check: str
    object: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Plain values for JSON."""
        return {"check": self.check, "object": self.object, "message": self.message}


def findings() -> Iterator[Finding]:
    """Everything that does not agree, check after check."""
    yield from guard_findings()
    yield from scope_findings()
    yield from review_findings()
    yield from flag_findings()
    yield from transfer_findings()
    yield from frozen_findings()
    yield from tally_findings()
    yield from chain_findings()
    yield from submission_findings()


def guard_findings() -> Iterator[Finding]:
    """The triggers that refuse changes of events must stand, and be enabled."""
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A')",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query, [TABLE])
        installed = {name for (name,) in cursor.fetchall()}
    for verb in _GUARDS[connection.vendor]:
        name = f"{TABLE}_no_{verb}"
        if name not in installed:
            yield Finding(
                "event_guard", name, "Thiếu khóa chống sửa, xóa lịch sử trong cơ sở dữ liệu; chạy lại migrate."
            )


def tally_findings() -> Iterator[Finding]:
    """The triggers that mark changed bodies stand, and counts kept without a mark are those of the reviews."""
    with connection.cursor() as cursor:
        cursor.execute(
            {
                "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND tgenabled IN ('O', 'A')",
            }[connection.vendor],
            [tally_guard.TABLE],
        )
        installed = {name for (name,) in cursor.fetchall()}
    for name in sorted(tally_guard.trigger_names() - installed):
        yield Finding("tally_guard", name, "Thiếu phần đánh dấu số liệu cần đếm lại; chạy lại migrate.")
    for campaign in Campaign.objects.order_by("pk"):
        kept, _ = kept_tallies(campaign)
        counted = tallies_by_body(campaign)
        # What changed while we counted bears a mark by now.
        still, _ = kept_tallies(campaign)
        wrong = [pk for pk in kept if still.get(pk) == kept[pk] != counted.get(pk, BodyTally())]
        for code in Organisation.objects.filter(pk__in=wrong).order_by("code").values_list("code", flat=True):
            yield Finding("kept_tally", f"{code}, đợt {campaign.code}", "Số liệu đã đếm khác với các phiếu rà soát.")


def scope_findings() -> Iterator[Finding]:
    """The verdict kept with each frozen procedure is the one its rule gives; its owner takes part in the round."""
    excluded = {(r.campaign_id, r.version): r.excluded_levels for r in CampaignRule.objects.all()}
    labels = dict(AuthorityLevel.objects.values_list("code", "label"))
    items = ScopeItem.objects.order_by("pk").only(
        "campaign_id", "code", "name", "name_key", "deciders", "excluded", "rule", "rule_version", "owner_id"
    )
    asked = set(Participation.objects.values_list("campaign", "organisation"))
    for item in items.iterator(chunk_size=CHUNK):
        if (item.campaign_id, item.owner_id) not in asked:
            yield Finding("scope_owner", f"thủ tục {item.code}", "Cơ quan quản lý khi chốt không tham gia đợt rà soát.")
        if bytes(item.name_key) != sort_bytes(item.name):
            yield Finding("scope_name_key", f"thủ tục {item.code}", "Khóa xếp theo tên khác với tên khi chốt.")
        day, _, version = item.rule_version.partition("/")
        levels = excluded.get((item.campaign_id, int(version) if version.isdigit() else 0))
        if day != RULE_VERSION or levels is None:
            continue  # decided by a wording of the rule that this release does not know
        verdict = decide(_known(item.deciders), levels, labels)
        if verdict.rule != item.rule or verdict.eligible == item.excluded:
            yield Finding(
                "scope_verdict",
                f"thủ tục {item.code}",
                f"Ghi “{item.rule}” nhưng theo thẩm quyền khi chốt phải là “{verdict.rule}”.",
            )


def review_findings() -> Iterator[Finding]:
    """A review stands in the round and under the body of its scope item, eligible exactly when that is not excluded.

    One that adjustments touched is what the ledger makes of it, and was by the frozen catalogue what its item says.
    """
    untouched = Q(frozen_standing="")
    was_eligible, was_excluded = (Q(frozen_standing=one) for one in (FrozenStanding.ELIGIBLE, FrozenStanding.EXCLUDED))
    wrong = {
        "eligible": (
            untouched & (Q(eligible=True, scope_item__excluded=True) | Q(eligible=False, scope_item__excluded=False)),
            "Cờ “thuộc diện tính” khác với danh mục đã chốt.",
        ),
        "campaign": (~Q(campaign=F("scope_item__campaign")), "Phiếu và thủ tục thuộc hai đợt rà soát khác nhau."),
        "owner": (
            untouched & Q(kind=ReviewKind.OWN) & ~Q(organisation=F("scope_item__owner")),
            "Phiếu loại “thuộc phạm vi quản lý” nhưng cơ quan rà soát không phải cơ quan quản lý.",
        ),
        "frozen_standing": (
            (was_eligible & Q(scope_item__excluded=True)) | (was_excluded & Q(scope_item__excluded=False)),
            "Ghi “theo danh mục chốt” khác với danh mục đã chốt.",
        ),
    }
    for check, (condition, message) in wrong.items():
        rows = Review.objects.filter(condition).order_by("pk")
        for review in rows.select_related("scope_item", "organisation").iterator(chunk_size=CHUNK):
            yield Finding(check, _name(review), message)
    yield from _adjusted_findings()
    asked = Participation.objects.values_list("campaign", "organisation")
    having = Review.objects.order_by().values_list("campaign", "organisation").distinct()
    for campaign, organisation in sorted(set(having) - set(asked)):
        yield Finding(
            "participation", f"đợt {campaign}, cơ quan {organisation}", "Có phiếu nhưng không có tên trong đợt rà soát."
        )


def _adjusted_findings() -> Iterator[Finding]:
    """Reviews of what the ledger names are what it makes of them, and no others were touched by an adjustment."""
    for campaign in Campaign.objects.order_by("pk"):
        named = _named_by_ledger(campaign)
        touched = Q(scope_item__procedure__in=named) | ~Q(frozen_standing="")
        found = standings(campaign, named) if named else {}
        rows = Review.objects.filter(touched, campaign=campaign).select_related("scope_item", "organisation")
        for review in rows.order_by("pk").iterator(chunk_size=CHUNK):
            standing = found.get(review.scope_item.procedure_id)
            if standing is None:
                yield Finding("adjustment", _name(review), "Phiếu ghi đã điều chỉnh nhưng không có điều chỉnh nào.")
                continue
            ours = review.kind not in _OWNERS_KINDS or review.organisation_id == standing.owner_id
            removed = not (standing.present and ours)
            eligible = not removed and not standing.excluded
            if (review.removed, review.eligible) != (removed, eligible):
                yield Finding("adjustment", _name(review), "Phiếu khác với các điều chỉnh phạm vi đã duyệt.")
            absent = review.scope_item.admitted_by_id is not None or (
                review.kind in _OWNERS_KINDS and review.organisation_id != review.scope_item.owner_id
            )
            if absent != (review.frozen_standing == FrozenStanding.ABSENT):
                yield Finding("frozen_standing", _name(review), "Ghi “theo danh mục chốt” khác với danh mục đã chốt.")


def _named_by_ledger(campaign: Campaign) -> list[int]:
    """Procedures (by primary key) that approved adjustments of the round name."""
    lines = AdjustmentItem.objects.filter(adjustment__campaign=campaign, adjustment__approved_at__isnull=False)
    pairs = lines.values_list("procedure", "replacement")
    return sorted({pk for pair in pairs for pk in pair if pk is not None})


def flag_findings() -> Iterator[Finding]:
    """``counted``, ``within`` and ``decider_unknown`` are what the form makes them."""
    rules = {campaign.pk: campaign for campaign in Campaign.objects.all()}
    levels = rule_levels()
    rows = (
        Review.objects.select_related("scope_item", "organisation")
        .prefetch_related("current_authorities", "transfers")
        .order_by("pk")
    )
    # A form never saved stands on the frozen deciders alone: the database answers for all of those at once.
    untouched = Q(version=0, current_authorities__isnull=True)
    expected = Q(counted=False, within=False) & (
        Q(decider_unknown=True, eligible=True, scope_item__rule="unknown_decider")
        | (Q(decider_unknown=False) & ~Q(eligible=True, scope_item__rule="unknown_decider"))
    )
    suspects = rows.exclude(pk__in=Review.objects.filter(untouched & expected).values("pk"))
    for review in suspects.iterator(chunk_size=CHUNK):
        stored = {name: getattr(review, name) for name in _FLAG_MESSAGES}
        review.campaign = rules[review.campaign_id]
        refresh_flags(review, levels)
        for name, message in _FLAG_MESSAGES.items():
            if stored[name] != getattr(review, name):
                yield Finding(name, _name(review), message)


_FLAG_MESSAGES = {
    "decider_unknown": "Cờ “chưa xác định thẩm quyền” khác với nội dung phiếu.",
    "counted": "Cờ “được tính là phân cấp” khác với nội dung phiếu.",
    "within": "Cờ “phân cấp trong nội bộ” khác với nội dung phiếu.",
}


def transfer_findings() -> Iterator[Finding]:
    """The class kept with each transfer is the one the ladder gives."""
    levels = rule_levels()
    rows = Transfer.objects.select_related("review__scope_item", "review__organisation").order_by("pk")
    for transfer in rows.iterator(chunk_size=CHUNK):
        expected = classify(levels[transfer.source_level_id], levels[transfer.target_level_id])
        if transfer.transfer_class != expected:
            yield Finding(
                "transfer_class",
                _name(transfer.review),
                f"Chuyển thẩm quyền ghi “{transfer.transfer_class}”, theo thang bậc phải là “{expected}”.",
            )


def frozen_findings() -> Iterator[Finding]:
    """The counts kept when the catalogue was frozen are those of the frozen verdicts, and those that the figures of
    an open round come to when everything since is taken back.
    """
    eligible = Q(scope_item__excluded=False)
    frozen = Review.objects.exclude(kind=ReviewKind.LOCAL).exclude(frozen_standing=FrozenStanding.ABSENT)
    found = {
        (campaign, body): numbers
        for campaign, body, *numbers in frozen.order_by()
        .values_list("campaign", "organisation")
        .annotate(
            n_total=Count("pk"),
            n_excluded=Count("pk", filter=Q(scope_item__excluded=True)),
            n_eligible=Count("pk", filter=eligible),
            n_unknown=Count("pk", filter=eligible & Q(scope_item__rule="unknown_decider")),
        )
    }
    opened = Participation.objects.exclude(campaign__state=CampaignState.PREPARING)
    rewound: dict[int, dict[int, Tally]] = {}
    for part in opened.select_related("campaign", "organisation").order_by("campaign", "pk").iterator(chunk_size=CHUNK):
        kept = [part.frozen_total, part.frozen_excluded, part.frozen_eligible, part.frozen_unknown]
        counted = found.get((part.campaign_id, part.organisation_id), [0, 0, 0, 0])
        where = f"{part.organisation.code}, đợt {part.campaign.code}"
        if kept != counted:
            yield Finding(
                "frozen_counts",
                where,
                f"Số đã chốt (tổng, loại trừ, thuộc diện tính, chưa rõ) {kept} khác với danh mục đã chốt {counted}.",
            )
        if part.campaign.state != CampaignState.OPEN:
            continue
        if part.campaign_id not in rewound:
            rewound = {part.campaign_id: _at_opening(part.campaign)}
        tally = rewound[part.campaign_id].get(part.organisation_id, Tally())
        then = [tally.total, tally.excluded, tally.eligible, tally.unknown]
        if kept != then or tally.reviewed or tally.proposed:
            yield Finding(
                "rewound_counts",
                where,
                f"Số đã chốt (tổng, loại trừ, thuộc diện tính, chưa rõ) {kept} khác với số liệu hiện nay sau khi trừ "
                f"ngược mọi thay đổi trong lịch sử {then}.",
            )


def _at_opening(campaign: Campaign) -> dict[int, Tally]:
    """Every body's tally at the moment of opening, from the present one with all events taken back."""
    tallies = tallies_by_body(campaign, AsOf(moment=campaign.frozen_at))
    return {body: counted.tally for body, counted in tallies.items()}


def chain_findings() -> Iterator[Finding]:
    """Every chain is whole up to the head kept on its review or round, and ends in the review's status."""
    rounds = ReviewEvent.objects.filter(review=None).order_by("campaign_id", "sequence")
    chains = _chains(rounds, "campaign_id")
    key, events = next(chains, (None, []))
    for campaign in Campaign.objects.order_by("pk"):
        own = events if key == campaign.pk else []
        if key == campaign.pk:
            key, events = next(chains, (None, []))
        yield from _chain(f"đợt {campaign.code}", campaign, own)
    chains = _chains(ReviewEvent.objects.exclude(review=None).order_by("review_id", "sequence"), "review_id")
    key, events = next(chains, (None, []))
    reviews = Review.objects.select_related("scope_item", "organisation").order_by("pk")
    for review in reviews.iterator(chunk_size=CHUNK):
        own = events if key == review.pk else []
        if key == review.pk:
            key, events = next(chains, (None, []))
        yield from _chain(_name(review), review, own)
        last = next((event.status_after for event in reversed(own) if event.status_after), Status.NOT_STARTED)
        if last != review.status:
            yield Finding("status", _name(review), f"Trạng thái “{review.status}” khác với lịch sử (“{last}”).")


def _chains(events, owner: str) -> Iterator[tuple[int, list[ReviewEvent]]]:
    """(owner, its events) one owner at a time."""
    for key, group in groupby(events.iterator(chunk_size=CHUNK), key=lambda event: getattr(event, owner)):
        yield key, list(group)


def _chain(name: str, subject: Review | Campaign, events: list[ReviewEvent]) -> Iterator[Finding]:
    links = [(event.previous_hash, event.hash, covered_fields(event)) for event in events]
    place = first_break(links, subject.head_hash)
    if place is not None:
        yield Finding("chain", name, f"Chuỗi lịch sử bị đứt tại sự kiện thứ {place + 1} (có {len(events)} sự kiện).")
    elif subject.event_count != len(events):
        yield Finding("chain", name, f"Ghi có {subject.event_count} sự kiện nhưng lịch sử có {len(events)}.")


def submission_findings() -> Iterator[Finding]:
    """A pack's digest covers exactly its reviews at the versions signed, and each cites an event of its review."""
    items = Prefetch("items", SubmissionItem.objects.order_by("pk"))
    for pack in Submission.objects.order_by("pk").prefetch_related(items).iterator(chunk_size=50):
        carried = [(item.review_id, item.version, item.event_hash) for item in pack.items.all()]
        if pack_digest(carried) != pack.digest:
            yield Finding("submission_digest", f"lần gửi {pack.pk}", "Mã băm của lần gửi khác với các phiếu trong đó.")
        hashes = {event_hash for _, _, event_hash in carried}
        known = set(
            ReviewEvent.objects.filter(review__submission_items__submission=pack, hash__in=hashes).values_list(
                "review", "hash"
            )
        )
        for review, _, event_hash in carried:
            if (review, event_hash) not in known:
                yield Finding("submission_event", f"lần gửi {pack.pk}", f"Phiếu {review}: không có sự kiện đã ký.")


def _known(deciders: list[dict]) -> list[str]:
    """Level codes as the rule wants them: blank where the level is recorded as not determined."""
    return ["" if decider["level"] == "UNDETERMINED" else decider["level"] for decider in deciders]


def _name(review: Review) -> str:
    return f"phiếu {review.pk} ({review.organisation.code}, {review.scope_item.code})"
