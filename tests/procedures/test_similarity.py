"""Similar procedures: held against every pair compared by hand."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procedures import similarity
from procedures.importing import batches
from procedures.importing.undo import undo
from procedures.models import Procedure, SimilarProcedure
from procedures.similarity import LEAST, MOST, Subject, encode, nearest, similar, weights
from tests.factories import (
    AuthorityLevelFactory,
    DecidingAuthorityFactory,
    OrganisationFactory,
    ProcedureFactory,
    ProcedureSectorFactory,
    SectorFactory,
    UserFactory,
)
from tests.procedures.books import many
from tthc_portal.jobs.models import Job, JobState
from tthc_portal.jobs.runner import run
from tthc_portal.text import fold

WORDS = [
    "cấp",
    "lại",
    "giấy",
    "phép",
    "khai",
    "thác",
    "khoáng",
    "sản",
    "nước",
    "dưới",
    "đất",
    "đăng",
    "ký",
    "tàu",
    "biển",
    "chứng",
    "nhận",
    "xe",
    "máy",
    "chuyên",
    "dùng",
]


def subject(key, name, sectors=(), levels=()):
    return Subject(key, f"1.{key:06d}", fold(name), frozenset(sectors), frozenset(levels))


def dice(one: Counter, other: Counter) -> float:
    """Twice what two share over the sum of what they have, in percent."""
    return 200 * sum((one & other).values()) / (sum(one.values()) + sum(other.values()))


def brute(subjects):
    """For each subject the scores of its most similar others, best first; every pair by hand."""
    weighed = weights(subjects)
    found = []
    for place, one in enumerate(weighed):
        scores = [dice(one, other) for at, other in enumerate(weighed) if at != place]
        found.append(sorted((score for score in scores if score >= LEAST), reverse=True)[:MOST])
    return found


def check(subjects):
    expected = brute(subjects)
    scores, places = nearest(encode(subjects))
    weighed = weights(subjects)
    for place, wanted in enumerate(expected):
        found = [score for score in scores[place].tolist() if score]
        assert found == pytest.approx(wanted, abs=1e-3)
        others = places[place].tolist()[: len(found)]
        assert place not in others
        assert len(set(others)) == len(others)
        assert [dice(weighed[place], weighed[at]) for at in others] == pytest.approx(found, abs=1e-3)


names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join)


@given(st.lists(st.tuples(names, st.sets(st.integers(1, 3), max_size=2), st.sets(st.sampled_from("ABC"))), max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_nearest_are_those_that_comparing_every_pair_by_hand_finds(drawn):
    check([subject(key, *one) for key, one in enumerate(drawn)])


def test_a_catalogue_larger_than_one_block_is_compared_across_blocks(monkeypatch):
    monkeypatch.setattr(similarity, "_BLOCK", 32)
    dice = random.Random(3)  # noqa: S311
    check(
        [
            subject(key, " ".join(dice.choices(WORDS, k=dice.randint(2, 12))), dice.sample(range(4), 1))
            for key in range(150)
        ]
    )


def test_word_order_and_shared_boilerplate_do_not_decide():
    subjects = [
        subject(0, "Thủ tục cấp giấy chứng nhận doanh nghiệp công nghệ cao"),
        subject(1, "Thủ tục cấp giấy xác nhận tình trạng hôn nhân"),
        subject(2, "Xác nhận tình trạng hôn nhân của công dân Việt Nam"),
        *(subject(3 + n, f"Thủ tục cấp giấy chứng nhận loại {n}") for n in range(20)),
    ]
    found = [pair.other.key for pair in similar(subjects) if pair.one.key == 1]
    assert found[0] == 2


def test_the_same_name_in_another_sector_or_of_another_decider_is_less_alike():
    same, elsewhere, decided = (
        subject(1, "Cấp phép thăm dò", [1], ["MINISTER"]),
        subject(2, "Cấp phép thăm dò", [2], ["MINISTER"]),
        subject(3, "Cấp phép thăm dò", [1], ["PROV_PC"]),
    )
    one = subject(0, "Cấp phép thăm dò", [1], ["MINISTER"])
    found = {pair.other.key: pair.score for pair in similar([one, same, elsewhere, decided]) if pair.one.key == 0}
    assert found[1] == 10_000 > found[3] > found[2]


def test_nothing_and_one_procedure_have_no_similar_ones():
    assert list(similar([])) == []
    assert list(similar([subject(0, "Cấp phép")])) == []


@pytest.mark.django_db
def test_the_result_is_stored_with_its_reasons_and_abolished_procedures_are_left_out():
    sector, level = SectorFactory(), AuthorityLevelFactory()
    first = ProcedureFactory(name="Cấp giấy phép khai thác nước dưới đất")
    second = ProcedureFactory(name="Gia hạn giấy phép khai thác nước dưới đất")
    third = ProcedureFactory(name="Cấp lại giấy phép khai thác nước dưới đất")
    ProcedureFactory(name="Cấp giấy phép khai thác nước dưới đất", status="abolished")
    ProcedureFactory(name="Đăng ký kết hôn có yếu tố nước ngoài")
    for procedure in (first, second):
        ProcedureSectorFactory(procedure=procedure, sector=sector)
        DecidingAuthorityFactory(procedure=procedure, level=level)
    told = similarity.refresh()
    rows = {(row.procedure_id, row.similar_id): row for row in SimilarProcedure.objects.all()}
    assert told["fresh"] is True
    assert told["pairs"] == len(rows) == 6
    assert told["procedures"] == 4
    assert (rows[first.pk, second.pk].same_sector, rows[first.pk, second.pk].same_decider) == (True, True)
    assert (rows[first.pk, third.pk].same_sector, rows[first.pk, third.pk].same_decider) == (False, False)
    assert rows[first.pk, second.pk].score > rows[first.pk, third.pk].score


def run_waiting():
    for job in Job.objects.filter(kind=similarity.KIND, state=JobState.WAITING):
        run.func(job.pk)
    return Job.objects.filter(kind=similarity.KIND).order_by("-pk").first()


@pytest.mark.django_db
def test_the_job_sees_that_the_catalogue_has_not_changed_and_that_it_has():
    ProcedureFactory(name="Cấp giấy phép khai thác nước dưới đất")
    procedure = ProcedureFactory(name="Cấp lại giấy phép khai thác nước dưới đất")
    similarity.enqueue(None)
    assert similarity.enqueue(None) == Job.objects.get()
    done = run_waiting()
    assert (done.state, done.result["pairs"], done.result["fresh"]) == (JobState.DONE, 2, True)
    kept = set(SimilarProcedure.objects.values_list("pk", flat=True))
    similarity.enqueue(None)
    again = run_waiting()
    assert again.result["fresh"] is False
    assert "không thay đổi" in again.message
    assert set(SimilarProcedure.objects.values_list("pk", flat=True)) == kept
    procedure.name = "Cấp lại giấy phép khai thác nước mặt"
    procedure.save()
    similarity.enqueue(None)
    assert run_waiting().result["fresh"] is True
    SimilarProcedure.objects.first().delete()
    similarity.enqueue(None)
    assert run_waiting().result["fresh"] is True
    assert SimilarProcedure.objects.count() == 2


@pytest.mark.django_db
def test_an_import_and_its_undoing_have_the_catalogue_compared_again(tmp_path):
    user = UserFactory(role="administrator")
    OrganisationFactory(name="Bộ Tư pháp")
    path = many(tmp_path / "a.xlsx", 5)
    batch = batches.run_import(by=user, path=path).batch
    assert Job.objects.get(kind=similarity.KIND).created_by == user
    run_waiting()
    undo(by=user, batch=batch)
    assert Job.objects.filter(kind=similarity.KIND).count() == 2
    assert Procedure.objects.count() == 0
    assert run_waiting().state == JobState.DONE
    assert SimilarProcedure.objects.count() == 0
