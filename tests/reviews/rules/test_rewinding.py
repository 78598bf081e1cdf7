"""Taking back events, one after the other; and undoing adjustments."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.rewinding import FLAG_NAMES, Facts, Happened, by_frozen_catalogue, made_ineligible, rewind

SENT = Facts("submitted", True, counted=True, conclusion="decentralize", annual_dossiers=5)


def event(sequence=2, action="save", before="", after="", **changes):
    return Happened(sequence, action, before, after, changes)


def test_without_later_events_nothing_changes():
    assert rewind(SENT, []) == SENT


def test_status_and_flags_go_back_to_before_the_oldest_of_the_later_events():
    later = [
        event(4, "accept", "submitted", "accepted"),
        event(3, "send", "checked", "submitted"),
        event(
            2, "save", "draft", "draft", counted=[False, True], conclusion=["keep", "decentralize"], reason=["", "x"]
        ),
    ]
    then = rewind(replace(SENT, status="accepted"), later)
    assert then == Facts("draft", True, conclusion="keep", annual_dossiers=5)


def test_a_form_not_yet_begun_was_empty():
    assert rewind(SENT, [event(1, "adjust", "not_started", "submitted", counted=[False, True])]) == Facts(
        "not_started", True
    )


def test_a_review_that_an_adjustment_made_was_not_there_before():
    absent = replace(SENT, frozen_standing="absent")
    assert rewind(absent, [event(3, "save", "draft", "draft"), event(1, "adjust", "not_started", "draft")]) is None
    assert rewind(absent, [event(3, "save", "draft", "draft")]).status == "draft"


def test_the_frozen_catalogue_undoes_what_adjustments_did():
    assert by_frozen_catalogue(SENT) == SENT
    assert by_frozen_catalogue(replace(SENT, frozen_standing="absent")) is None
    admitted = by_frozen_catalogue(replace(SENT, frozen_standing="excluded", within=True))
    assert (admitted.eligible, admitted.counted, admitted.within) == (False, False, False)
    gone = Facts("submitted", False, removed=True, frozen_standing="eligible", frozen_counted=True)
    back = by_frozen_catalogue(gone, Facts("submitted", True, counted=True, within=True))
    assert (back.eligible, back.counted, back.within, back.removed) == (True, True, True, False)
    assert not by_frozen_catalogue(gone).within


def test_what_an_adjustment_made_ineligible_is_known_from_its_event():
    one = event(2, "adjust", "draft", "draft", eligible=[True, False], decider_unknown=[True, False])
    assert made_ineligible(one) == Facts("draft", True, decider_unknown=True)
    assert made_ineligible(event(2, "adjust", eligible=[False, True])) is None
    assert made_ineligible(event(2, "save", eligible=[True, False])) is None


states = st.builds(
    Facts,
    status=st.sampled_from(["draft", "ready", "submitted", "accepted"]),
    eligible=st.booleans(),
    decider_unknown=st.booleans(),
    counted=st.booleans(),
    within=st.booleans(),
    removed=st.booleans(),
    frozen_standing=st.sampled_from(["", "eligible", "excluded"]),
    frozen_counted=st.booleans(),
    conclusion=st.sampled_from(["", "keep", "decentralize"]),
    annual_dossiers=st.none() | st.integers(0, 9),
)


@given(st.lists(states, min_size=1, max_size=12))
def test_every_past_state_comes_back_from_the_last_one_and_the_events_between(story):
    events = [
        Happened(
            number,
            "save",
            one.status if one.status != other.status else "",
            other.status if one.status != other.status else "",
            {
                name: [getattr(one, name), getattr(other, name)]
                for name in FLAG_NAMES
                if getattr(one, name) != getattr(other, name)
            },
        )
        for number, (one, other) in enumerate(zip(story, story[1:], strict=False), start=1)
    ]
    for place, state in enumerate(story):
        assert rewind(story[-1], events[place:][::-1]) == state
