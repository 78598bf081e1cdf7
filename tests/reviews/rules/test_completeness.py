import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.rules.completeness import (
    AmendmentRow,
    CriterionRow,
    DeciderRow,
    FormContent,
    TransferRow,
    compose_content,
    conclusion_of,
    gaps,
    stance_of,
)
from reviews.rules.criteria import BY_CODE, CRITERIA, REQUIRED_TO_DECENTRALIZE, speaks_against
from reviews.rules.transfers import Conclusion, TransferClass, TransferMode, is_counted
from tests.reviews.rules.levels import LADDER

REASON = "Giảm khâu trung gian, địa phương đủ điều kiện giải quyết."
DECREE = AmendmentRow("Nghị định", "63/2010/NĐ-CP", "khoản 1 Điều 5", "sửa đổi")


ANSWERS = ("yes", "no", "unsure")


def decider(code: str) -> DeciderRow:
    return DeciderRow(code, LADDER[code].label, "", "")


def move(source: str | None, target: str | None, mode: str = "decentralize", ruling: str | None = None) -> TransferRow:
    return TransferRow(LADDER.get(source), LADDER.get(target), mode, ruling)


COMPLETE = FormContent(
    conclusion="decentralize",
    reason=REASON,
    content="Phân cấp thẩm quyền giải quyết.",
    deciders=[decider("MINISTRY")],
    transfers=[move("MINISTRY", "PROV_PC")],
    amendments=[DECREE],
    criteria=[CriterionRow(code, "no" if code in ("C8", "C9") else "yes") for code in REQUIRED_TO_DECENTRALIZE],
    dossiers_known=True,
)


def fields_of(form: FormContent) -> list[str]:
    return [gap.field for gap in gaps(form)]


def messages_of(form: FormContent, field: str) -> str:
    return "\n".join(gap.message for gap in gaps(form) if gap.field == field)


def test_a_complete_form_has_no_gap():
    assert gaps(COMPLETE) == []


def test_an_empty_form_lists_everything_it_lacks_at_once():
    assert fields_of(FormContent()) == ["conclusion", "deciders", "reason"]
    assert fields_of(FormContent(conclusion="decentralize")) == [
        "deciders",
        "reason",
        "criteria",
        "transfers",
        "amendments",
        "annual_dossiers",
    ]


def test_an_unknown_conclusion_is_a_gap():
    assert fields_of(replace(COMPLETE, conclusion="maybe")) == ["conclusion"]


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_decider_is_needed_whatever_the_conclusion(conclusion):
    for deciders in ([], [DeciderRow("", "", "Sở Tư pháp", "")]):
        form = replace(COMPLETE, conclusion=conclusion, deciders=deciders)
        assert "deciders" in fields_of(form)
    assert fields_of(replace(COMPLETE, conclusion=conclusion)) == []


def test_a_named_body_without_a_level_is_pointed_at_by_its_row():
    form = replace(COMPLETE, deciders=[decider("MINISTRY"), DeciderRow("", "", "Sở Tư pháp", "")])
    assert "dòng 2 (“Sở Tư pháp”)" in messages_of(form, "deciders")
    assert gaps(replace(COMPLETE, deciders=[decider("MINISTRY"), DeciderRow("")])) == []


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_reason_is_always_needed_and_long_enough_to_hand_down_or_to_keep(conclusion):
    form = replace(COMPLETE, conclusion=conclusion)
    assert "reason" in fields_of(replace(form, reason="  \n "))
    long = conclusion in {"decentralize", "keep"}
    assert ("reason" in fields_of(replace(form, reason="x" * 29 + "   "))) is long
    assert "reason" not in fields_of(replace(form, reason="x" * 30))


def test_the_gap_of_a_short_reason_says_how_long_it_must_be():
    message = messages_of(replace(COMPLETE, conclusion="keep", reason="Vì cần thiết"), "reason")
    assert "Giữ nguyên" in message
    assert "ít nhất 30 ký tự (hiện có 12)" in message


def test_separate_accent_marks_do_not_lengthen_a_reason():
    short = unicodedata.normalize("NFD", "Địa phương đủ điều kiện")
    assert len(short) > 30
    assert "reason" in fields_of(replace(COMPLETE, reason=short))


def test_a_hand_down_needs_a_move_with_both_ends():
    assert fields_of(replace(COMPLETE, transfers=[])) == ["transfers"]
    assert "chưa chọn cấp nhận" in messages_of(replace(COMPLETE, transfers=[move("MINISTRY", None)]), "transfers")
    message = messages_of(replace(COMPLETE, transfers=[*COMPLETE.transfers, move(None, "PROV_PC")]), "transfers")
    assert "dòng 2: chưa chọn cấp đang có thẩm quyền" in message
    assert fields_of(replace(COMPLETE, transfers=[move(None, None)])) == ["transfers", "transfers"]


def test_an_upward_move_is_refused_even_beside_a_downward_one():
    form = replace(
        COMPLETE,
        deciders=[decider("MINISTRY"), decider("PROV_PC")],
        transfers=[*COMPLETE.transfers, move("PROV_PC", "MINISTRY")],
    )
    assert fields_of(form) == ["transfers"]
    assert "không được chấp nhận" in messages_of(form, "transfers")


def test_a_move_from_an_excluded_level_is_refused():
    form = replace(
        COMPLETE,
        deciders=[decider("PROV_PC"), decider("COMMUNE_PC")],
        transfers=[move("PROV_PC", "COMMUNE_PC"), move("COMMUNE_PC", "COMMUNE_DIV")],
    )
    assert fields_of(form) == ["transfers"]
    assert "dòng 2: Ủy ban nhân dân cấp xã thuộc diện loại trừ" in messages_of(form, "transfers")
    assert gaps(replace(form, excluded_levels=())) == []


def test_a_proposal_of_one_level_only_is_refused_with_an_explanation():
    same = move("MINISTRY", "MINISTER")
    form = replace(COMPLETE, transfers=[same])
    assert fields_of(form) == ["transfers"]
    assert "không có cấp thấp hơn nào nhận việc" in messages_of(form, "transfers")
    assert gaps(replace(COMPLETE, transfers=[same, *COMPLETE.transfers])) == []


def test_a_move_must_start_from_a_decider_of_the_form():
    form = replace(COMPLETE, transfers=[move("DEPARTMENT", "PROV_PC")])
    assert "Cục, Vụ thuộc bộ không có trong các cấp" in messages_of(form, "transfers")
    # Without any decider that one gap says it all.
    assert fields_of(replace(form, deciders=[])) == ["deciders"]


def test_delegation_and_unknown_forms_are_no_hand_down():
    delegated = replace(COMPLETE, transfers=[move("MINISTRY", "PROV_PC", "delegate")])
    assert "chọn kết luận “Ủy quyền”" in messages_of(delegated, "transfers")
    assert fields_of(replace(COMPLETE, transfers=[move("MINISTRY", "PROV_PC", "")])) == ["transfers"]
    assert gaps(replace(COMPLETE, transfers=[move("MINISTRY", "PROV_PC", "devolve")])) == []


@pytest.mark.parametrize("ruling", [None, "", "downward"])
def test_a_move_the_rule_cannot_class_may_go_to_the_department(ruling):
    form = replace(COMPLETE, transfers=[move("MINISTRY", "PUBLIC_SERVICE_UNIT", ruling=ruling)])
    assert gaps(form) == []


def test_a_ruling_of_the_department_holds_where_the_rule_left_the_class_open():
    ruled_up = replace(COMPLETE, transfers=[move("MINISTRY", "OTHER", ruling="upward")])
    assert "đã xếp loại là chuyển lên cấp trên" in messages_of(ruled_up, "transfers")
    ruled_same = replace(COMPLETE, transfers=[move("MINISTRY", "OTHER", ruling="same_level")])
    assert "đều cùng cấp" in messages_of(ruled_same, "transfers")
    assert gaps(replace(COMPLETE, transfers=[move("MINISTRY", "PROV_PC", ruling="upward")])) == []


@pytest.mark.parametrize(
    "amendments", [[], [AmendmentRow("Nghị định", " ", "", "")], [AmendmentRow("", "63/2010/NĐ-CP", "", "")]]
)
def test_a_hand_down_names_a_document_to_amend_by_type_and_number(amendments):
    assert fields_of(replace(COMPLETE, amendments=amendments)) == ["amendments"]
    assert gaps(replace(COMPLETE, amendments=[*amendments, DECREE])) == []


@pytest.mark.parametrize("conclusion", [c for c in Conclusion if c != "decentralize"])
def test_only_a_hand_down_needs_moves_and_documents(conclusion):
    assert gaps(replace(COMPLETE, conclusion=conclusion, transfers=[], amendments=[])) == []


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_procedure_only_the_commune_decides_is_to_be_reported(conclusion):
    form = replace(COMPLETE, conclusion=conclusion, deciders=[decider("COMMUNE_PC"), decider("COMMUNE_PC_CHAIR")])
    message = messages_of(form, "deciders")
    assert "Loại trừ" in message
    assert "Ủy ban nhân dân cấp xã; Chủ tịch Ủy ban nhân dân cấp xã" in message
    assert "báo cơ quan chủ trì" in message


@st.composite
def forms(draw):
    codes = st.sampled_from(["", *LADDER])
    texts = st.sampled_from(["", " ", "Nghị định", REASON])
    ends = codes.map(LADDER.get)
    rulings = st.sampled_from([None, "", "downward", "same_level", "upward"])
    return FormContent(
        conclusion=draw(st.sampled_from(["", "maybe", *Conclusion])),
        reason=draw(texts),
        deciders=draw(st.lists(st.builds(DeciderRow, codes, texts, texts, texts), max_size=3)),
        transfers=draw(
            st.lists(st.builds(TransferRow, ends, ends, st.sampled_from(["", *TransferMode]), rulings), max_size=3)
        ),
        amendments=draw(st.lists(st.builds(AmendmentRow, texts, texts, texts, texts), max_size=2)),
        criteria=draw(
            st.lists(
                st.builds(CriterionRow, st.sampled_from(sorted(BY_CODE)), st.sampled_from(["", *ANSWERS]), texts),
                max_size=4,
                unique_by=lambda row: row.code,
            )
        ),
        dossiers_known=draw(st.booleans()),
        short=draw(st.booleans()),
        stance=draw(st.sampled_from(["", "agree", "propose", "no_opinion"])),
    )


@given(forms())
def test_any_form_gets_an_answer_with_known_fields_and_whole_sentences(form):
    for gap in gaps(form):
        assert gap.field in {
            "conclusion",
            "reason",
            "deciders",
            "transfers",
            "amendments",
            "criteria",
            "annual_dossiers",
        }
        assert gap.message.endswith(".")


@given(forms())
def test_a_complete_hand_down_counts_or_waits_for_the_department(form):
    form = replace(COMPLETE, deciders=form.deciders, transfers=form.transfers)
    classes = [row.effective for row in form.transfers]
    if not gaps(form):
        counted = is_counted(eligible=True, conclusion=form.conclusion, classes=classes)
        assert counted or TransferClass.MANUAL in classes


def test_the_content_is_composed_from_the_moves():
    text = compose_content([move("MINISTRY", "PROV_PC"), move("PROV_PC", "PROV_DEPT"), move("MINISTRY", None)])
    assert text == (
        "Phân cấp thẩm quyền giải quyết từ Bộ, cơ quan ngang bộ cho Ủy ban nhân dân cấp tỉnh; "
        "từ Ủy ban nhân dân cấp tỉnh cho Sở, ban, ngành."
    )


def test_the_composed_content_groups_moves_by_legal_form_and_repeats_none():
    rows = [move("MINISTRY", "PROV_PC"), move("MINISTRY", "PROV_PC_CHAIR", "devolve"), move("MINISTRY", "PROV_PC")]
    first, second = compose_content(rows).split(". ")
    assert first == "Phân cấp thẩm quyền giải quyết từ Bộ, cơ quan ngang bộ cho Ủy ban nhân dân cấp tỉnh"
    assert second.startswith("Phân quyền")
    assert compose_content([]) == compose_content([move(None, "PROV_PC")]) == ""


def test_a_procedure_no_longer_needed_ends_the_form():
    unneeded = [CriterionRow("C1", "no", "Không còn đối tượng áp dụng.")]
    assert fields_of(replace(COMPLETE, criteria=unneeded)) == ["criteria"]
    assert "Bãi bỏ" in messages_of(replace(COMPLETE, criteria=unneeded), "criteria")
    assert (
        gaps(FormContent(conclusion="abolish", reason=REASON, deciders=[decider("MINISTRY")], criteria=unneeded)) == []
    )


@pytest.mark.parametrize("missing", REQUIRED_TO_DECENTRALIZE)
def test_a_hand_down_needs_every_question_of_the_receiver_answered(missing):
    rest = [row for row in COMPLETE.criteria if row.code != missing]
    assert (
        missing in messages_of(replace(COMPLETE, criteria=rest), "criteria").replace(".", "").replace(",", "").split()
    )
    assert gaps(replace(COMPLETE, criteria=rest, conclusion="keep")) == []


@pytest.mark.parametrize("criterion", CRITERIA[1:], ids=lambda one: one.code)
def test_an_answer_against_the_hand_down_needs_a_reason(criterion):
    for answer in ANSWERS:
        row = CriterionRow(criterion.code, answer)
        others = [one for one in COMPLETE.criteria if one.code != criterion.code]
        form = replace(COMPLETE, criteria=[*others, row])
        against = bool(criterion.against) and answer == criterion.against
        assert speaks_against(criterion.code, answer, "decentralize") is against
        assert (fields_of(form) == ["criteria"]) is against
        assert gaps(replace(form, criteria=[*others, replace(row, reason="Đã có cách xử lý.")])) == []
        assert not speaks_against(criterion.code, answer, "keep")


def test_dossiers_are_known_or_said_to_be_unknown_before_a_hand_down():
    assert fields_of(replace(COMPLETE, dossiers_known=False)) == ["annual_dossiers"]
    assert gaps(replace(COMPLETE, dossiers_known=False, conclusion="keep")) == []


def test_a_province_says_in_its_short_form_only_what_it_proposes():
    for stance in ("agree", "no_opinion"):
        assert gaps(FormContent(conclusion="keep", short=True, stance=stance)) == []
        assert gaps(FormContent(conclusion="keep", stance=stance)) != []
    asks = replace(COMPLETE, short=True, stance="propose", amendments=[], criteria=[], dossiers_known=False)
    assert gaps(asks) == []
    assert fields_of(replace(asks, transfers=[])) == ["transfers"]


@given(st.sampled_from(["agree", "propose", "no_opinion"]))
def test_stance_and_conclusion_say_the_same(stance):
    conclusion = conclusion_of(stance)
    assert conclusion in ("keep", "decentralize")
    assert conclusion_of(stance_of(conclusion)) == conclusion
