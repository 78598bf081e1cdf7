"""Taking over parts of another review: only what a person chose, by a save like any other, with its source named."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction

from reviews.actions import copies
from reviews.actions.actors import actor_for, verdict
from reviews.actions.content import initial_content, rule_levels, snapshot
from reviews.actions.filling import compose_from, save_review
from reviews.actions.versions import load_locked
from reviews.models import Conclusion, Review
from reviews.rules.transfers import Level, TransferClass, classify
from reviews.rules.workflow import Action
from tthc_portal.accounts.models import User

PARTS = {
    "conclusion": "Kết luận",
    "transfers": "Kết luận và chuyển thẩm quyền",
    "amendments": "Kiến nghị thực thi (văn bản cần sửa)",
    "content": "Nội dung phương án",
    "reason": "Lý do",
    "conditions": "Điều kiện bảo đảm",
    "criteria": "Trả lời tiêu chí",
}
"""What can be taken over, in the order of the form."""

_GOES_NOWHERE = (TransferClass.UPWARD, TransferClass.SAME_LEVEL)
OCCUPIED = "đang có nội dung; đánh dấu “Thay nội dung đang có” nếu muốn thay"


@dataclass(slots=True)
class Taken:
    """What came of it: the parts copied, and the others with the reason; ``source`` is how the form names it."""

    source: str
    copied: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def parts_of(content: Mapping, levels: Mapping[str, Level]) -> list[str]:
    """Which PARTS the content of a review has to give; text that follows from its transfers is none of its own."""
    given = {name for name in ("transfers", "amendments", "reason", "conditions", "criteria") if content[name]}
    if content["conclusion"] and not content["transfers"]:
        given.add("conclusion")
    if content["content"] and content["content"] != compose_from(content["transfers"], levels):
        given.add("content")
    return [name for name in PARTS if name in given]


@transaction.atomic
def take_over(*, by: User, review: Review, source: Review, parts: Collection[str], replace: bool = False) -> Taken:
    """Copy ``parts`` (of PARTS) of ``source`` into ``review``; into blank ones only, unless ``replace``.

    Raises ValidationError when ``by`` may not read the source or may not save the review now, and when nothing of what
    was chosen could be copied; the sentence then says why.
    """
    target = load_locked(review.pk)
    allowed = verdict(Action.SAVE, target, actor_for(by, target), target.campaign)
    if not allowed:
        raise ValidationError(allowed.reason, code="refused")
    readable = Review.objects.readable_by(by).exclude(pk=target.pk).filter(pk=source.pk)
    given = readable.select_related("scope_item", "organisation", "campaign").first()
    if given is None:
        raise ValidationError("Không có phiếu nguồn này, hoặc bạn chưa được xem nội dung của phiếu đó.", code="refused")
    levels = rule_levels()
    standing = snapshot(target) if target.version else initial_content(target)
    content, offered = snapshot(given), parts_of(snapshot(given), levels)
    chosen = [name for name in PARTS if name in parts and name in offered]
    taken = Taken(name_of(given, target))
    data = _taken_data(
        chosen, content, copies.laid_over(copies.find(target, by), standing), levels, taken, replace=replace
    )
    if not data:
        said = [f"{PARTS[name]}: {why}" for name, why in taken.left.items()]
        raise ValidationError(said or ["Chưa chọn phần nào để chép."], code="refused")
    if not target.version:
        # The first save of a form also states the deciders it opened with.
        data.setdefault("deciders", [row for row in standing["deciders"] if row["level"]])
    data["text_source"] = _joined(standing["text_source"], taken.source)
    save_review(by=by, review_id=target.pk, base_version=target.version, data=data)
    return taken


def name_of(source: Review, target: Review) -> str:
    """How the form names where a text came from."""
    text = f"Theo phương án của {source.organisation.name}, TTHC {source.scope_item.code}"
    return text if source.campaign_id == target.campaign_id else f"{text}, {source.campaign.title}"


def _joined(before: str, source: str) -> str:
    if source in before:
        return before
    joined = f"{before}; {source}" if before else source
    # The newest source is the one that must be readable.
    return joined if len(joined) <= 300 else source[:300]


def _taken_data(chosen, source: Mapping, standing: Mapping, levels, taken: Taken, *, replace: bool) -> dict:
    """What is to be saved; ``taken`` learns what is copied and what not."""
    data: dict = {}
    for name in chosen:
        if name == "criteria":
            value, why = _criteria(source, standing, replace)
        elif name in ("transfers", "conclusion"):
            value, why = _moves(name, source, standing, levels, replace)
        else:
            value, why = _plain(name, source, standing, levels, replace)
        if why:
            taken.left[name] = why
        else:
            taken.copied.append(name)
            data |= value
    return data


def _plain(name: str, source: Mapping, standing: Mapping, levels, replace: bool) -> tuple[dict, str]:
    blank = not standing[name]
    if name == "content":
        # The wording the form itself made of the transfers is nobody's text.
        blank = blank or standing[name] == compose_from(standing["transfers"], levels)
    if not blank and not replace:
        return {}, OCCUPIED
    value = source[name]
    if name == "amendments":
        # How far another body has come with a document says nothing of this one.
        value = [row | {"progress": ""} for row in value]
    return {name: value}, ""


def _criteria(source: Mapping, standing: Mapping, replace: bool) -> tuple[dict, str]:
    """Answers question by question: those not yet given, or all."""
    own = {row["criterion"]: row for row in standing["criteria"]}
    given = {row["criterion"]: row for row in source["criteria"]}
    merged = own | given if replace else given | own
    if merged == own:
        return {}, OCCUPIED if own != given else "đã có như vậy"
    return {"criteria": [merged[code] for code in sorted(merged, key=number_of)]}, ""


def number_of(code: str) -> int:
    """The place of a question in the form: 10 for C10; unknown ones last."""
    digits = code.lstrip("C")
    return int(digits) if digits.isdecimal() else 99


def _moves(name: str, source: Mapping, standing: Mapping, levels, replace: bool) -> tuple[dict, str]:
    """Conclusion and transfers go together: a move without its conclusion, or under another one, says nothing."""
    concluded = source["conclusion"]
    if (standing["transfers"] or standing["conclusion"] not in ("", concluded)) and not replace:
        return {}, OCCUPIED
    if name == "conclusion":
        return {"conclusion": concluded}, ""
    rows, why = _adapted(source["transfers"], [row["level"] for row in standing["deciders"]], levels)
    return ({}, why) if why else ({"conclusion": concluded or Conclusion.DECENTRALIZE.value, "transfers": rows}, "")


def _adapted(rows, deciders: list[str], levels: Mapping[str, Level]) -> tuple[list[dict], str]:
    """``rows`` as moves from the review's own deciders, or why they cannot be."""
    own = list(dict.fromkeys(code for code in deciders if code in levels))
    adapted: list[dict] = []
    for row in rows:
        if row["source_level"] not in own:
            if len(own) != 1:
                asked = levels[row["source_level"]].label
                return [], (
                    f"phương án nguồn chuyển từ {asked}, không phải cấp đang quyết định thủ tục này; "
                    "hãy tự chọn “Từ cấp” trong mục chuyển thẩm quyền"
                    if own
                    else "chưa khai cấp có thẩm quyền quyết định hiện nay nên chưa biết chuyển từ cấp nào"
                )
            row = row | {"source_level": own[0]}
            if classify(levels[own[0]], levels[row["target_level"]]) in (
                TransferClass.UPWARD,
                TransferClass.SAME_LEVEL,
            ):
                continue
        if row not in adapted:
            adapted.append(row)
    if not adapted:
        return (
            [],
            f"cấp nhận trong phương án nguồn không thấp hơn {levels[own[0]].label}, cấp đang quyết định thủ tục này",
        )
    return adapted, ""
