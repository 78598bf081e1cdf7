"""Any interleaving of two people's saves and autosaves, one of them in two tabs, loses nothing anybody typed."""

import datetime
import json

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviews.actions.filling import EditConflict, save_review
from reviews.actions.working import autosave, discard, settle_idle
from reviews.models import Review, ReviewEvent, WorkingCopy
from reviews.rules.merging import Hand
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db

LAW = {
    "document_type": "decree", "number": "", "issued_on": None, "title": "", "article": "", "clause": "", "point": "",
    "action": "amend", "new_wording": "", "drafting_lead": "", "issuing_authority": "", "due_on": None, "progress": "",
}  # fmt: skip
FIELDS = ("reason", "conditions", "amendments")
STEP = st.tuples(
    st.sampled_from(["open", "type", "type", "save", "choose", "leave", "idle", "discard"]),
    st.sampled_from([("official", "a"), ("official", "b"), ("focal_point", "c")]),
    st.sampled_from(FIELDS),
)


class Tab:
    """A page somebody has open: the version and revision it shows, and what it holds."""

    def __init__(self, review, user, tab):
        self.review, self.user, self.tab, self.number = review, user, tab, 0
        self.open()

    def open(self):
        self.review.refresh_from_db()
        copy = WorkingCopy.objects.filter(review=self.review, user=self.user).first()
        self.version, self.revision = self.review.version, copy.revision if copy else 0
        fields = copy.data["fields"] if copy and copy.data else {}
        self.held = {name: getattr(self.review, name) for name in FIELDS[:2]}
        stored = self.review.legal_amendments.values_list("number", flat=True)
        self.held["amendments"] = [LAW | {"number": number} for number in stored]
        self.held |= {name: entry["value"] for name, entry in fields.items() if name in FIELDS}
        self.touched = set()

    def type(self, name, word):
        self.number += 1
        value = [*self.held[name], LAW | {"number": word}][-50:] if name == "amendments" else word
        self.held[name] = value
        self.touched.add(name)
        self._send({name: value})

    def _send(self, data, leaving=False):
        autosave(
            by=self.user,
            review_id=self.review.pk,
            base_version=self.version,
            data=data,
            hand=Hand(self.version, self.revision, self.tab, touched=frozenset(self.touched)),
            number=self.number if data else 0,
            leaving=leaving,
        )

    def save(self, chosen=()):
        self.number += 1
        hand = Hand(self.version, self.revision, self.tab, "", frozenset(self.touched), frozenset(chosen))
        try:
            save_review(
                by=self.user, review_id=self.review.pk, base_version=self.version, data=self.held, hand=hand,
                number=self.number,
            )  # fmt: skip
        except EditConflict as conflict:
            return conflict
        self.open()
        return None

    def save_and_choose(self):
        conflict = self.save()
        if conflict:
            self.held |= {name: conflict.merged[name] for name in FIELDS} | {
                name: one.mine for name, one in conflict.conflicts.items()
            }
            self.version = conflict.version
            self.save(conflict.conflicts)

    def leave(self):
        self._send({}, leaving=True)
        self.open()


def everything_of(review) -> str:
    """All that stands in the form, in the history and in the working copies, as text."""
    events = list(ReviewEvent.objects.filter(review=review).values_list("changes", "content", "reason"))
    form = list(Review.objects.filter(pk=review.pk).values_list("reason", "conditions"))
    rows = list(review.legal_amendments.values_list("number", flat=True))
    return json.dumps([events, form, rows], ensure_ascii=False)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEP, min_size=4, max_size=14))
@example(
    # A tab opened on the other's text types over what it shows.
    steps=[
        ("type", ("official", "a"), "conditions"),
        ("open", ("official", "b"), "conditions"),
        ("type", ("official", "b"), "conditions"),
    ]
)
@example(
    # The tab that saves has joined its row to the other's without ever having shown it.
    steps=[
        ("type", ("official", "b"), "amendments"),
        ("type", ("official", "a"), "amendments"),
        ("save", ("official", "a"), "reason"),
    ]
)
def test_whatever_the_order_every_text_is_in_the_form_or_in_the_history(cast, steps):
    review = cast.review()
    tabs = {key: Tab(review, cast.own[key[0]], key[1]) for _, key, _ in steps}
    typed: dict[tuple, str] = {}
    owed: set[str] = set()
    for number, (what, key, name) in enumerate(steps):
        tab = tabs[key]
        if what == "type":
            word = f"chữ{number:03d}của{key[0]}"
            shown = tab.held[name]
            tab.type(name, word)
            # In a text a person overwrites what he typed before here, or sees here of another tab; a table only grows.
            if name != "amendments":
                owed.discard(typed.get((*key, name)))
                if shown.endswith(f"của{key[0]}"):
                    owed.discard(shown)
            typed[(*key, name)] = word
            owed.add(word)
        elif what == "idle":
            WorkingCopy.objects.filter(saved_at__isnull=False).update(
                saved_at=timezone.now() - datetime.timedelta(minutes=11)
            )
            settle_idle()
        elif what == "discard":
            discard(by=tab.user, review_id=review.pk)
        else:
            {"open": tab.open, "save": tab.save, "choose": tab.save_and_choose, "leave": tab.leave}[what]()
    WorkingCopy.objects.filter(saved_at__isnull=False).update(saved_at=timezone.now() - datetime.timedelta(minutes=11))
    settle_idle()
    text = everything_of(review)
    assert [word for word in owed if word not in text] == []


@pytest.fixture
def cast():
    return make_cast()
