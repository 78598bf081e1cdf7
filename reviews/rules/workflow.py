"""States of a review, the moves between them and who may make each: the table as data.

Ground: Nghị định 63/2010/NĐ-CP, Điều 27 (who reviews) and Điều 31 as amended by Nghị định 48/2013/NĐ-CP (the body
sends its results signed, the controlling agency appraises them, the body accepts or explains).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Status(StrEnum):
    """Where one review stands; the statuses exclude each other and add up to the body's total."""

    NOT_STARTED = "not_started"
    DRAFT = "draft"
    READY = "ready"
    CHECKED = "checked"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    APPROVED = "approved"


STATUS_LABELS: dict[Status, str] = {
    Status.NOT_STARTED: "Chưa rà soát",
    Status.DRAFT: "Đang rà soát",
    Status.READY: "Chờ kiểm tra",
    Status.CHECKED: "Chờ ký",
    Status.SUBMITTED: "Đã gửi",
    Status.RETURNED: "Trả lại, yêu cầu hoàn thiện",
    Status.ACCEPTED: "Đã thống nhất",
    Status.APPROVED: "Đã được phê duyệt",
}


class Role(StrEnum):
    """What a user is; each has one role.

    The first three belong to the reviewing bodies, the next two to the coordinating department.
    """

    OFFICIAL = "official"
    FOCAL_POINT = "focal_point"
    LEADER = "leader"
    APPRAISER = "appraiser"
    DEPARTMENT_HEAD = "department_head"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


ROLE_LABELS: dict[Role, str] = {
    Role.OFFICIAL: "Chuyên viên",
    Role.FOCAL_POINT: "Công chức đầu mối",
    Role.LEADER: "Lãnh đạo",
    Role.APPRAISER: "Chuyên viên xem xét, đánh giá",
    Role.DEPARTMENT_HEAD: "Lãnh đạo cơ quan chủ trì",
    Role.ADMINISTRATOR: "Quản trị hệ thống",
    Role.AUDITOR: "Kiểm tra, giám sát",
}


class Action(StrEnum):
    """What may be done to a review."""

    SAVE = "save"
    FINISH = "finish"
    CHECK = "check"
    RETURN_INTERNAL = "return_internal"
    SEND_SIGNED = "send_signed"
    SEND_RECORDED = "send_recorded"
    RETURN = "return"
    ACCEPT = "accept"
    REOPEN = "reopen"
    APPROVE = "approve"


ACTION_LABELS: dict[Action, str] = {
    Action.SAVE: "Lưu nội dung",
    Action.FINISH: "Hoàn thành",
    Action.CHECK: "Kiểm tra",
    Action.RETURN_INTERNAL: "Trả lại nội bộ",
    Action.SEND_SIGNED: "Ký gửi",
    Action.SEND_RECORDED: "Ghi nhận công văn đã ký",
    Action.RETURN: "Trả lại, yêu cầu hoàn thiện",
    Action.ACCEPT: "Thống nhất",
    Action.REOPEN: "Mở lại",
    Action.APPROVE: "Ghi nhận Quyết định phê duyệt",
}


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    `target` None means that the status stays (but see `next_status`). `own_body` True: the actor must belong to the
    review's body; False: the actor is of the coordinating department, which never appraises a body of its own.
    """

    action: Action
    sources: frozenset[Status]
    target: Status | None
    roles: frozenset[Role]
    needs_reason: bool
    own_body: bool


def _row(
    action: Action,
    sources: tuple[Status, ...],
    target: Status | None,
    roles: tuple[Role, ...],
    *,
    needs_reason: bool = False,
    own_body: bool = True,
) -> tuple[Action, Transition]:
    return action, Transition(action, frozenset(sources), target, frozenset(roles), needs_reason, own_body)


_FILLERS = (Role.OFFICIAL, Role.FOCAL_POINT)
_APPRAISERS = (Role.APPRAISER, Role.DEPARTMENT_HEAD)

TRANSITIONS: dict[Action, Transition] = dict(
    [
        _row(Action.SAVE, (Status.NOT_STARTED, Status.DRAFT, Status.RETURNED), None, _FILLERS),
        _row(Action.FINISH, (Status.DRAFT, Status.RETURNED), Status.READY, _FILLERS),
        # A unit head is an official or a leader by role; `permit` asks for the flag.
        _row(Action.CHECK, (Status.READY,), Status.CHECKED, (Role.FOCAL_POINT, Role.OFFICIAL, Role.LEADER)),
        _row(
            Action.RETURN_INTERNAL,
            (Status.READY, Status.CHECKED),
            Status.DRAFT,
            (Role.FOCAL_POINT, Role.LEADER),
            needs_reason=True,
        ),
        _row(Action.SEND_SIGNED, (Status.CHECKED,), Status.SUBMITTED, (Role.LEADER,)),
        _row(Action.SEND_RECORDED, (Status.CHECKED,), Status.SUBMITTED, (Role.FOCAL_POINT,)),
        _row(Action.RETURN, (Status.SUBMITTED,), Status.RETURNED, _APPRAISERS, needs_reason=True, own_body=False),
        _row(Action.ACCEPT, (Status.SUBMITTED,), Status.ACCEPTED, _APPRAISERS, own_body=False),
        _row(
            Action.REOPEN,
            (Status.ACCEPTED,),
            Status.SUBMITTED,
            (Role.DEPARTMENT_HEAD,),
            needs_reason=True,
            own_body=False,
        ),
        _row(Action.APPROVE, (Status.ACCEPTED,), Status.APPROVED, (Role.DEPARTMENT_HEAD,), own_body=False),
    ]
)

_WHO: dict[Action, str] = {
    Action.SAVE: "người được phân công (chưa phân công thì chuyên viên) hoặc công chức đầu mối của cơ quan có phiếu",
    Action.FINISH: "người được phân công (chưa phân công thì chuyên viên) hoặc công chức đầu mối của cơ quan có phiếu",
    Action.CHECK: "công chức đầu mối hoặc người đứng đầu đơn vị của cơ quan có phiếu",
    Action.RETURN_INTERNAL: "công chức đầu mối hoặc lãnh đạo của cơ quan có phiếu",
    Action.SEND_SIGNED: "lãnh đạo của cơ quan có phiếu",
    Action.SEND_RECORDED: "công chức đầu mối của cơ quan có phiếu",
    Action.RETURN: "người xem xét, đánh giá hoặc lãnh đạo của cơ quan chủ trì đợt rà soát",
    Action.ACCEPT: "người xem xét, đánh giá hoặc lãnh đạo của cơ quan chủ trì đợt rà soát",
    Action.REOPEN: "lãnh đạo của cơ quan chủ trì đợt rà soát",
    Action.APPROVE: "lãnh đạo của cơ quan chủ trì đợt rà soát",
}

_TURNS: dict[Status, str] = {
    Status.NOT_STARTED: "Đến lượt người được phân công (chưa phân công thì mọi chuyên viên) hoặc công chức đầu mối.",
    Status.DRAFT: "Đến lượt người được phân công (chưa phân công thì mọi chuyên viên) hoặc công chức đầu mối.",
    Status.READY: "Đến lượt công chức đầu mối hoặc người đứng đầu đơn vị kiểm tra.",
    Status.CHECKED: "Đến lượt lãnh đạo cơ quan ký gửi, hoặc công chức đầu mối ghi nhận công văn đã ký.",
    Status.SUBMITTED: "Đến lượt cơ quan chủ trì đợt rà soát xem xét, đánh giá.",
    Status.RETURNED: "Đến lượt người được phân công hoặc công chức đầu mối hoàn thiện theo các điểm được nêu.",
    Status.ACCEPTED: "Đến lượt cơ quan chủ trì đợt rà soát tổng hợp, trình phê duyệt.",
    Status.APPROVED: "Không còn việc phải làm với phiếu này.",
}

_UNLOCKS: dict[Status, str] = {
    Status.NOT_STARTED: "Lưu nội dung lần đầu để phiếu chuyển sang “Đang rà soát”.",
    Status.DRAFT: "Điền đủ nội dung rồi chọn “Hoàn thành” để chuyển kiểm tra.",
    Status.READY: (
        "Kiểm tra xong thì phiếu chờ ký. "
        "Nội dung đã khóa; chỉ được sửa tiếp khi công chức đầu mối hoặc lãnh đạo trả lại nội bộ."
    ),
    Status.CHECKED: (
        "Ký gửi hoặc ghi nhận công văn đã ký thì phiếu được gửi. "
        "Nội dung đã khóa; chỉ được sửa tiếp khi công chức đầu mối hoặc lãnh đạo trả lại nội bộ."
    ),
    Status.SUBMITTED: "Nội dung đã khóa; chỉ được sửa khi cơ quan chủ trì đợt rà soát trả lại, yêu cầu hoàn thiện.",
    Status.RETURNED: "Hoàn thiện theo các điểm được nêu rồi chọn “Hoàn thành” để kiểm tra và gửi lại.",
    Status.ACCEPTED: (
        "Nội dung đã khóa; chỉ được sửa khi lãnh đạo cơ quan chủ trì đợt rà soát mở lại, "
        "rồi phiếu được trả lại, yêu cầu hoàn thiện."
    ),
    Status.APPROVED: "Phương án đã được phê duyệt nên phiếu không thay đổi nữa.",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, seen from one review.

    `own_body`: belongs to the review's body. `is_assignee`/`unassigned`: the review is his / is nobody's yet.
    `is_unit_head`: heads the unit that reviews. `finished_it`: was the one to finish the form. `only_focal_point`: is
    the body's one focal point. `eligible`: the review is in the base (a fact of the review, kept here so that one
    value carries the question).
    """

    role: Role
    own_body: bool
    is_assignee: bool = False
    unassigned: bool = False
    is_unit_head: bool = False
    finished_it: bool = False
    only_focal_point: bool = False
    eligible: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no that says why: falsy, with a Vietnamese sentence (or two) in `reason`."""

    reason: str

    def __bool__(self) -> Literal[False]:
        return False


def permit(action: Action, status: Status, actor: Actor) -> Literal[True] | Refusal:
    """Whether `actor` may do `action` to a review in `status`: True, or a Refusal for the first thing in the way.

    Asked in this order: is the review in the base, is it the right person, is it the right state, did the right person
    finish it. An unknown action or status raises ValueError.
    """
    action, status = Action(action), Status(status)
    transition = TRANSITIONS[action]
    if not actor.eligible:
        return Refusal(
            "Thủ tục này không thuộc diện tính (được loại trừ hoặc đã ra khỏi phạm vi rà soát của cơ quan) nên phiếu "
            "chỉ xem, không thao tác được."
        )
    wrong_person = _wrong_person(transition, actor)
    if wrong_person:
        return Refusal(wrong_person)
    if status not in transition.sources:
        needed = " hoặc ".join(f"“{STATUS_LABELS[source]}”" for source in Status if source in transition.sources)
        return Refusal(
            f"Phiếu đang ở trạng thái “{STATUS_LABELS[status]}”; việc “{ACTION_LABELS[action]}” chỉ thực hiện được "
            f"khi phiếu ở trạng thái {needed}. {unlocks(status)}"
        )
    if action is Action.CHECK and actor.finished_it and not (actor.role == Role.FOCAL_POINT and actor.only_focal_point):
        return Refusal(
            "Người đã hoàn thành phiếu không tự kiểm tra; cần một công chức đầu mối hoặc người đứng đầu đơn vị khác."
        )
    return True


def _wrong_person(transition: Transition, actor: Actor) -> str:
    """Sentence naming who may, if the actor is not one of them; otherwise blank."""
    label, who = ACTION_LABELS[transition.action], _WHO[transition.action]
    allowed = f"Việc “{label}” chỉ dành cho {who}."
    if actor.role not in transition.roles:
        return allowed
    if transition.own_body and not actor.own_body:
        return f"Phiếu này thuộc cơ quan khác. {allowed}"
    if not transition.own_body and actor.own_body:
        return f"Cơ quan có phiếu không tự xem xét, đánh giá kết quả của mình. {allowed}"
    if transition.action is Action.CHECK and actor.role != Role.FOCAL_POINT and not actor.is_unit_head:
        return allowed
    # A returned form nobody is assigned to is open to every official of the body, as in the other states: otherwise it
    # would wait for the focal point alone, and the work could stop where no one was ever named.
    filling = transition.action in (Action.SAVE, Action.FINISH)
    if filling and actor.role == Role.OFFICIAL and not (actor.is_assignee or actor.unassigned):
        return f"Phiếu đã được phân công cho người khác. {allowed}"
    return ""


def may_edit(status: Status, actor: Actor) -> Literal[True] | Refusal:
    """Whether the actor may change the content of a review in `status`: the same question as saving it."""
    return permit(Action.SAVE, status, actor)


def available(status: Status, actor: Actor) -> list[Action]:
    """Actions open to the actor now, in the order of the work."""
    return [action for action in Action if permit(action, status, actor)]


def next_status(action: Action, status: Status) -> Status:
    """Status after a permitted action; saving starts a review not yet started and otherwise leaves its status."""
    action, status = Action(action), Status(status)
    if action is Action.SAVE and status is Status.NOT_STARTED:
        return Status.DRAFT
    return TRANSITIONS[action].target or status


def whose_turn(status: Status) -> str:
    """Sentence for the page: who has to act now."""
    return _TURNS[Status(status)]


def unlocks(status: Status) -> str:
    """Sentence for the page: what moves the review on or opens its content again."""
    return _UNLOCKS[Status(status)]
