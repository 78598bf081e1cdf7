import json
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviews.rules.eligibility import decide
from reviews.rules.shares import (
    ACCEPTED_STATUSES,
    APPROVED_STATUSES,
    PROPOSED_STATUSES,
    REVIEWED_STATUSES,
    TIER_LABELS,
    BodyFigures,
    Share,
    Tally,
    TargetKind,
    Tier,
    counts_as,
    nation,
)
from reviews.rules.transfers import classify, is_counted
from tests.reviews.rules.levels import LADDER


def tally(n: int, e: int, excluded: int = 0, **counts: int) -> Tally:
    counts = {"proposed": n, "reviewed": n} | counts
    return Tally(total=e + excluded, excluded=excluded, eligible=e, **counts)


def body(code: str, figures: Tally, kind: str = "ministry", target: TargetKind = TargetKind.BINDING, **more):
    return BodyFigures(code, f"Cơ quan {code}", kind, figures, target, **{"target_bp": 2000} | more)


@st.composite
def tallies(draw):
    excluded, eligible = draw(st.integers(0, 2000)), draw(st.integers(0, 2000))
    reviewed = draw(st.integers(0, eligible))
    proposed = draw(st.integers(0, reviewed))
    accepted = draw(st.integers(0, proposed))
    return Tally(
        total=excluded + eligible,
        excluded=excluded,
        eligible=eligible,
        unknown=draw(st.integers(0, eligible)),
        reviewed=reviewed,
        proposed=proposed,
        accepted=accepted,
        approved=draw(st.integers(0, accepted)),
        returned_counted=draw(st.integers(0, eligible - reviewed)),
    )


# -- the worked examples


def test_706_procedures_less_107_of_the_commune_need_120():
    assert Share(0, 599, 2000).required == 120
    assert Share(0, 706, 2000).required == 142  # the wrong reading
    almost, enough = Share(119, 599, 2000), Share(120, 599, 2000)
    assert (almost.display, almost.met, almost.missing) == ("19,86%", False, 1)
    assert (enough.display, enough.met, enough.missing) == ("20,03%", True, 0)


def test_80_of_401_shows_19_95_and_misses_one():
    share = Share(80, 401, 2000)
    assert (share.text, share.met, share.required, share.missing) == ("19.95", False, 81, 1)
    assert Share(81, 401, 2000).text == "20.19"


@pytest.mark.parametrize(
    ("e", "required", "text"),
    [(37, 8, "21.62"), (5, 1, "20.00"), (4, 1, "25.00"), (6, 2, "33.33"), (1, 1, "100.00")],
)
def test_small_bases_round_the_required_number_up(e, required, text):
    share = Share(required, e, 2000)
    assert (share.required, share.text, share.met) == (required, text, True)
    assert Share(required - 1, e, 2000).met is False


def test_an_empty_base_has_no_share_and_nothing_is_missing():
    share = Share(0, 0, 2000)
    assert (share.text, share.percent_floor_bp, share.display) == (None, None, "—")
    assert (share.required, share.missing, share.met) == (0, 0, None)


def test_the_three_tiers_stand_side_by_side():
    figures = body("X", tally(30, 123, accepted=24))
    assert figures.share_of(Tier.PROPOSED).display == "24,39%"
    accepted = figures.share_of(Tier.ACCEPTED)
    assert (accepted.display, accepted.met, accepted.required, accepted.missing) == ("19,51%", False, 25, 1)
    assert figures.share_of(Tier.APPROVED).display == "0,00%"
    assert figures.share == figures.share_of(Tier.PROPOSED)
    assert body("X", tally(30, 123, accepted=24), headline=Tier.ACCEPTED).share == accepted


def test_ten_procedures_from_their_deciders_to_the_share():
    deciders = [["COMMUNE_PC"]] * 2 + [["PROV_PC", "COMMUNE_PC"], []] + [["MINISTRY"]] * 6
    decisions = [decide(levels) for levels in deciders]
    e = sum(decision.eligible for decision in decisions)
    move = classify(LADDER["MINISTRY"], LADDER["PROV_PC"])
    n = sum(is_counted(eligible=d.eligible, conclusion="decentralize", classes=[move]) for d in decisions[4:6])
    figures = body("X", tally(n, e, 10 - e, accepted=n, unknown=sum(d.unknown for d in decisions)))
    assert (e, n, figures.tally.unknown) == (8, 2, 1)
    accepted = figures.share_of(Tier.ACCEPTED)
    assert (accepted.display, accepted.required, accepted.met) == ("25,00%", 2, True)
    assert decide(["COMMUNE_PC"]).eligible is False
    if_commune_only = Share(n, e - 1, 2000)
    assert (if_commune_only.display, if_commune_only.required) == ("28,57%", 2)


def test_the_nation_is_a_sum_and_never_a_mean_of_percentages():
    bodies = [
        body("A", tally(120, 599, 107)),
        body("B", tally(40, 213)),
        body("C", tally(0, 3)),
        body("H01", tally(50, 50), "province", TargetKind.REFERENCE, target_bp=1000),
    ]
    row = nation(bodies)
    assert (row.share.n, row.share.e, row.share.display) == (160, 815, "19,63%")
    assert (row.share.required, row.share.missing, row.share.met) == (163, 3, False)
    assert [(b.share.met, b.share.required, b.share.missing) for b in bodies[:3]] == [
        (True, 120, 0),
        (False, 43, 3),
        (False, 1, 1),
    ]
    assert (row.code, row.kind, row.name) == ("VN", "nation", "Tổng các bộ, cơ quan ngang bộ")
    assert row.target is TargetKind.BINDING


def test_an_adjustment_of_the_base_moves_the_share():
    assert Share(40, 200, 2000).met is True
    admitted = Share(40, 210, 2000)
    assert (admitted.required, admitted.display, admitted.met, admitted.missing) == (42, "19,04%", False, 2)
    abolished = Share(39, 199, 2000)
    assert (abolished.required, abolished.display, abolished.met) == (40, "19,59%", False)


# -- the share in general


@pytest.mark.parametrize("target_bp", [2000, 1, 1234, 3333, 9999, 10000])
def test_around_the_limit_no_shown_text_reaches_an_unmet_target(target_bp):
    shown_target = f"{target_bp // 100:03d}.{target_bp % 100:02d}"
    for e in range(1, 5001):
        limit = -(-target_bp * e // 10000)
        for n in range(max(0, limit - 2), min(e, limit + 2) + 1):
            share = Share(n, e, target_bp)
            met = 10000 * n >= target_bp * e
            assert share.met is met
            assert (share.missing == 0) is met
            assert share.required == limit
            assert (share.text.zfill(6) >= shown_target) is met


@given(st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 10000))
def test_a_share_agrees_with_exact_fractions(n, e, target_bp):
    assume(n <= e)
    share = Share(n, e, target_bp)
    exact = Fraction(n, e)
    assert share.met is (exact >= Fraction(target_bp, 10000))
    assert share.required == ceil(Fraction(target_bp * e, 10000))
    assert share.missing == max(0, share.required - n)
    cut = (Decimal(n * 100) / Decimal(e)).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
    assert share.text == str(cut)
    assert share.display == str(cut).replace(".", ",") + "%"


@given(st.integers(1, 5000), st.integers(0, 10000))
def test_reaching_the_required_number_meets_the_target_and_one_less_does_not(e, target_bp):
    required = Share(0, e, target_bp).required
    assert Share(required, e, target_bp).met is True
    if required:
        assert Share(required - 1, e, target_bp).met is False


def test_without_a_target_there_is_a_share_but_nothing_to_meet():
    share = Share(1, 3, None)
    assert (share.text, share.required, share.missing, share.met) == ("33.33", None, None, None)


@pytest.mark.parametrize(
    ("n", "e", "target_bp"), [(-1, 5, 2000), (0, -1, 2000), (6, 5, 2000), (1, 0, None), (1, 5, -1), (1, 5, 10001)]
)
def test_impossible_shares_are_refused_in_vietnamese(n, e, target_bp):
    with pytest.raises(ValueError, match=r"không được|phải trong khoảng"):
        Share(n, e, target_bp)


# -- tallies


@given(tallies(), tallies(), tallies())
def test_adding_tallies_is_associative_and_has_a_zero(a, b, c):
    assert (a + b) + c == a + (b + c)
    assert a + b == b + a
    assert a + Tally() == a
    assert sum([a, b, c], Tally()) == a + b + c


@pytest.mark.parametrize(
    "counts",
    [
        {"total": -1, "eligible": -1},
        {"total": 5, "eligible": 4},
        {"total": 4, "eligible": 4, "reviewed": 5},
        {"total": 4, "eligible": 4, "reviewed": 1, "proposed": 2},
        {"total": 4, "eligible": 4, "reviewed": 2, "proposed": 1, "accepted": 2},
        {"total": 4, "eligible": 4, "reviewed": 2, "proposed": 2, "accepted": 1, "approved": 2},
        {"total": 4, "eligible": 4, "unknown": 5},
        {"total": 4, "eligible": 4, "reviewed": 3, "returned_counted": 2},
    ],
)
def test_counts_that_contradict_each_other_are_refused(counts):
    with pytest.raises(ValueError, match=r"phải|không được"):
        Tally(**counts)


def test_a_tally_adds_to_tallies_only():
    with pytest.raises(TypeError):
        Tally() + 1


# -- bodies and the nation


@given(st.lists(tallies(), max_size=8), tallies())
def test_the_national_share_is_the_sum_of_n_over_the_sum_of_e(of_ministries, of_province):
    bodies = [body(f"G{i}", figures) for i, figures in enumerate(of_ministries)]
    row = nation([*bodies, body("H01", of_province, "province", TargetKind.REFERENCE)])
    for tier in Tier:
        share = row.share_of(tier)
        assert share.n == sum(b.share_of(tier).n for b in bodies)
        assert share.e == sum(b.share_of(tier).e for b in bodies)
    assert row.share.required == Share(0, row.tally.eligible, 2000).required


def test_the_nation_takes_target_and_headline_from_its_ministries_or_from_the_caller():
    pair = [body(code, tally(5, 10), target_bp=3000, headline=Tier.ACCEPTED) for code in ("A", "B")]
    row = nation(pair)
    assert (row.target_bp, row.headline) == (3000, Tier.ACCEPTED)
    row = nation(pair, target_bp=1000, headline=Tier.APPROVED, name="Cả nước")
    assert (row.target_bp, row.headline, row.name) == (1000, Tier.APPROVED, "Cả nước")
    assert nation([]).share.text is None


def test_ministries_with_different_targets_or_a_ministry_twice_have_no_common_row():
    with pytest.raises(ValueError, match="không cùng chỉ tiêu"):
        nation([body("A", Tally()), body("B", Tally(), target_bp=3000)])
    with pytest.raises(ValueError, match="hai lần"):
        nation([body("A", Tally()), body("A", Tally())])


def test_sending_the_returned_again_raises_the_proposed_share_only():
    counts = tally(3, 20, accepted=1, returned_counted=1)
    assert body("A", counts).if_resent == Share(4, 20, 2000)
    assert body("A", counts, headline=Tier.ACCEPTED).if_resent == Share(4, 20, 2000)
    assert body("A", counts).unreviewed == 17


def test_the_dictionary_has_the_public_keys_in_order():
    row = body("G15", tally(80, 401, 9, reviewed=100, unknown=3)).as_dict()
    assert list(row.items()) == [
        ("code", "G15"),
        ("name", "Cơ quan G15"),
        ("kind", "ministry"),
        ("total", 410),
        ("excluded", 9),
        ("eligible", 401),
        ("unknown", 3),
        ("reviewed", 100),
        ("proposed", 80),
        ("accepted", 0),
        ("approved", 0),
        ("share", "19.95"),
        ("required", 81),
        ("missing", 1),
        ("met", False),
        ("target", "binding"),
    ]
    assert json.loads(json.dumps(row)) == row


def test_a_body_without_a_target_has_nulls_and_one_with_a_reference_has_numbers():
    free = body("X", tally(1, 4), "other", TargetKind.NONE).as_dict()
    assert (free["share"], free["required"], free["missing"], free["met"]) == ("25.00", None, None, None)
    province = body("H01", tally(1, 10), "province", TargetKind.REFERENCE).as_dict()
    assert (province["required"], province["missing"], province["met"]) == (2, 1, False)
    empty = body("G01", Tally()).as_dict()
    assert (empty["share"], empty["required"], empty["missing"], empty["met"]) == (None, 0, 0, None)


def test_a_status_counts_in_its_tier_and_in_those_before():
    assert {s: counts_as(s) for s in ("not_started", "draft", "ready", "checked", "returned")} == dict.fromkeys(
        ("not_started", "draft", "ready", "checked", "returned"), frozenset()
    )
    assert counts_as("submitted") == {"proposed"}
    assert counts_as("accepted") == {"proposed", "accepted"}
    assert counts_as("approved") == {"proposed", "accepted", "approved"}
    assert PROPOSED_STATUSES == REVIEWED_STATUSES == {"submitted", "accepted", "approved"}
    assert sorted(ACCEPTED_STATUSES) == ["accepted", "approved"]
    assert list(APPROVED_STATUSES) == ["approved"]
    assert dict(TIER_LABELS) == {"proposed": "Đề xuất", "accepted": "Thống nhất", "approved": "Phê duyệt"}
