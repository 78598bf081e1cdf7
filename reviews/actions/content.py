"""The content of a form as plain values: one definition for events, versions, merging and the display of conflicts.

A content is a dict: ``version`` (whole number), every editable column of the review under its own name, every table of
rows under the name of its part of the form (``deciders``, ``transfers``, ``criteria``, ``amendments``, ``costs``) as a
list of dicts in order, and ``answer_<pk>`` for every point raised on the review that is not closed. Dates are ISO text,
decimals text, levels their codes: whatever JSON keeps.
"""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import prefetch_related_objects
from django.utils import timezone

from procedures.models import AuthorityLevel
from reviews.models import (
    ComplianceCost,
    CriterionAnswer,
    CurrentAuthority,
    LegalAmendment,
    QueryState,
    Review,
    Transfer,
)
from reviews.rules.eligibility import decide
from reviews.rules.transfers import Level, TransferClass, classify, effective_class, is_counted, is_internal
from tthc_portal.accounts.models import User
from tthc_portal.text import tidy

COLUMNS = (
    "conclusion",
    "stance",
    "text_source",
    "content",
    "reason",
    "conditions",
    "new_steps",
    "transition",
    "receiving_body",
    "coordinating_bodies",
    "delegation_in_force",
    "annual_dossiers",
    "annual_dossiers_year",
    "annual_dossiers_estimated",
    "annual_dossiers_unknown",
    "annual_dossiers_source",
)
ANSWER = "answer_"
VERSION = "version"
# What figures depend on beside the status: kept on the review, and in the changes of every event that moves one of them
# so that a figure can be taken back to any past moment.
FLAGS = ("eligible", "decider_unknown", "counted", "within", "removed", "frozen_standing", "frozen_counted")
# A decider recorded as "not determined" is no decider.
UNDETERMINED = "UNDETERMINED"
MAX_ROWS = 60
MAX_TEXT = 30_000


@dataclass(frozen=True, slots=True)
class Rows:
    """One table of rows on the form: its model, the review's accessor, its columns, and whether rows keep an order."""

    model: type[models.Model]
    accessor: str
    fields: tuple[str, ...]
    ordered: bool = True


ROWS: dict[str, Rows] = {
    "deciders": Rows(CurrentAuthority, "current_authorities", ("level", "body", "case", "legal_ground")),
    "transfers": Rows(
        Transfer, "transfers", ("source_level", "target_level", "target_body", "mode", "is_partial", "condition")
    ),
    "criteria": Rows(CriterionAnswer, "criterion_answers", ("criterion", "answer", "reason"), ordered=False),
    "amendments": Rows(
        LegalAmendment,
        "legal_amendments",
        (
            "document_type",
            "number",
            "issued_on",
            "title",
            "article",
            "clause",
            "point",
            "action",
            "new_wording",
            "drafting_lead",
            "issuing_authority",
            "due_on",
            "progress",
        ),
    ),
    "costs": Rows(
        ComplianceCost,
        "compliance_costs",
        (
            "phase",
            "item",
            "hours",
            "hourly_income",
            "outside_cost",
            "fee",
            "times_per_year",
            "subjects_per_year",
            "source",
        ),
    ),
}
PREFETCHES = (*(rows.accessor for rows in ROWS.values()), "queries")


def rule_levels() -> dict[str, Level]:
    """Every level of authority by code, as the rules know it; one query."""
    return rule_levels_of(AuthorityLevel.objects.all())


def rule_levels_of(levels: Iterable[AuthorityLevel]) -> dict[str, Level]:
    """``levels`` by code, as the rules know them."""
    return {
        level.code: Level(level.code, level.label, level.tier or None, level.branch, level.rank) for level in levels
    }


def with_rows(reviews: list[Review]) -> list[Review]:
    """The same reviews with everything :func:`snapshot` reads, in as many queries for one as for a thousand."""
    prefetch_related_objects(reviews, *map(_in_order, PREFETCHES))
    return reviews


def _in_order(accessor: str) -> models.Prefetch:
    """The rows of one table in their own order within a review.

    The order of the tables themselves begins with the review, and so with its procedure and its body: joins and sorting
    for nothing where each review is handed its own rows.
    """
    table = Review._meta.get_field(accessor).related_model
    return models.Prefetch(accessor, table.objects.order_by(*table._meta.ordering[1:]))


def snapshot(review: Review) -> dict:
    """The whole content of ``review`` as plain values, in a stable order."""
    content: dict = {VERSION: review.version}
    content |= {name: _plain(getattr(review, name)) for name in COLUMNS}
    for name, rows in ROWS.items():
        stored = getattr(review, rows.accessor).all()
        content[name] = [{field: _plain(_raw(row, field)) for field in rows.fields} for row in stored]
    for query in review.queries.all():
        if query.state != QueryState.CLOSED:
            content[f"{ANSWER}{query.pk}"] = query.answer
    return content


def forget_rows(review: Review, names: Iterable[str] = PREFETCHES) -> None:
    """Drop rows read before a change, so that the next reading sees what is stored."""
    cache = getattr(review, "_prefetched_objects_cache", {})
    for name in names:
        cache.pop(name, None)


def initial_content(review: Review) -> dict:
    """What the form of a review never saved starts from: nothing, but the deciders frozen with the scope."""
    content: dict = {VERSION: 0}
    content |= {name: _plain(Review._meta.get_field(name).get_default()) for name in COLUMNS}
    content |= {name: [] for name in ROWS}
    content["deciders"] = [
        {
            "level": "" if row.get("level") == UNDETERMINED else row.get("level") or "",
            "body": tidy(row.get("body") or ""),
            "case": tidy(row.get("case") or ""),
            "legal_ground": tidy(row.get("legal_ground") or ""),
        }
        for row in review.scope_item.deciders
    ]
    return content


def clean_content(data: Mapping[str, object], levels: Mapping[str, Level] | None = None) -> dict:
    """``data`` (any part of a content) tidied and checked against the columns it goes to.

    Raises ValidationError({name: sentences}) naming every wrong value; unknown names are refused too.
    """
    levels = rule_levels() if levels is None else levels
    cleaned, errors = {}, {}
    for name, value in data.items():
        try:
            if name in ROWS:
                cleaned[name] = [
                    _clean_row(ROWS[name], row, number, levels) for number, row in enumerate(value, start=1)
                ]
                if len(value) > MAX_ROWS:
                    raise ValidationError(f"Quá nhiều dòng: tối đa {MAX_ROWS} dòng, hiện có {len(value)}.")
            elif name in COLUMNS:
                cleaned[name] = _clean_value(Review._meta.get_field(name), value)
            elif name.startswith(ANSWER):
                cleaned[name] = _clean_text(value)
            else:
                raise ValidationError(f"Phiếu rà soát không có nội dung “{name}”.")
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)
    return cleaned


def apply_content(
    review: Review, data: Mapping[str, object], *, by: User | None = None, levels: Mapping[str, Level] | None = None
) -> dict[str, list]:
    """Put cleaned ``data`` on a locked ``review``: columns on the instance (the caller saves it), rows in their tables.

    Returns {name: [before, after]} of what changed. Rows of a table that does not change are not touched, nor read
    again where they were read before. A ruling of the department stays with a transfer as long as its two levels and
    its receiver stay.
    """
    before = snapshot(review)
    changes = {name: [before.get(name), value] for name, value in data.items() if before.get(name) != value}
    levels = rule_levels() if levels is None else levels
    for name, (_, value) in changes.items():
        if name in ROWS:
            _replace(review, ROWS[name], value, levels)
        elif name.startswith(ANSWER):
            _answer(review, int(name.removeprefix(ANSWER)), value, by)
        else:
            setattr(review, name, value)
    changed = {ROWS[name].accessor if name in ROWS else "queries" for name in changes if name not in COLUMNS}
    forget_rows(review, changed)
    return changes


def refresh_flags(review: Review, levels: Mapping[str, Level] | None = None) -> dict[str, list]:
    """Set ``decider_unknown``, ``counted`` and ``within`` of ``review`` from its content (not saved): {name: [before,
    after]} of those that changed.

    A review never saved stands on the deciders frozen with the scope. A class that the ladder gives is taken as stored.
    """
    deciders = [row.level_id for row in review.current_authorities.all()]
    if review.version == 0 and not deciders:
        deciders = [row["level"] for row in initial_content(review)["deciders"]]
    codes = ["" if code == UNDETERMINED else code for code in deciders]
    before = flags_of(review)
    excluded = review.campaign.rule.excluded_levels
    review.decider_unknown = review.eligible and decide(codes, excluded).unknown
    moves = [
        (effective_class(TransferClass(row.transfer_class), TransferClass(row.ruling) if row.ruling else None), row)
        for row in review.transfers.all()
    ]
    review.counted = is_counted(
        eligible=review.eligible, conclusion=review.conclusion, classes=[found for found, _ in moves]
    )
    review.within = review.counted and all(row.is_internal for found, row in moves if found == TransferClass.DOWNWARD)
    return changed_between(before, flags_of(review))


def flags_of(review: Review) -> dict[str, object]:
    """FLAGS of ``review`` by name, as an event keeps them."""
    return {name: getattr(review, name) for name in FLAGS}


def changed_between(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list]:
    """{name: [before, after]} of what differs between two contents, the version apart."""
    names = dict.fromkeys([*before, *after])
    return {
        name: [before.get(name), after.get(name)]
        for name in names
        if name != VERSION and before.get(name) != after.get(name)
    }


def _plain(value):
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value) if isinstance(value, str) else value


def _raw(row: models.Model, field: str):
    return getattr(row, row._meta.get_field(field).attname)


def _clean_text(value) -> str:
    text = tidy(str(value or ""))
    if len(text) > MAX_TEXT:
        raise ValidationError(f"Nội dung dài {len(text)} ký tự, vượt mức {MAX_TEXT} ký tự; hãy rút gọn.")
    return text


def _clean_value(field: models.Field, value):
    """A plain value fit for ``field``; raises ValidationError."""
    if isinstance(field, models.BooleanField):
        return bool(value)
    if isinstance(field, (models.CharField, models.TextField)):
        value = _clean_text(value)
        if value or not field.blank:
            field.run_validators(value)
        if value and field.choices:
            field.validate(value, None)
        return value
    if value in ("", None):
        if field.null:
            return None
        value = field.get_default()
    return _plain(field.clean(value, None))


def _clean_row(rows: Rows, row: Mapping, number: int, levels: Mapping[str, Level]) -> dict:
    cleaned = {}
    for name in rows.fields:
        field = rows.model._meta.get_field(name)
        try:
            if field.is_relation:
                cleaned[name] = _known_level(str(row.get(name) or ""), levels)
            else:
                cleaned[name] = _clean_value(field, row.get(name, field.get_default()))
        except ValidationError as error:
            label = str(field.verbose_name)
            raise ValidationError([f"Dòng {number}, {label}: {message}" for message in error.messages]) from error
    return cleaned


def _known_level(code: str, levels: Mapping[str, Level]) -> str:
    if not code:
        raise ValidationError("chưa chọn cấp.")
    if code not in levels:
        raise ValidationError(f"cấp “{code}” không có trong danh mục.")
    return code


def _replace(review: Review, rows: Rows, values: list[dict], levels: Mapping[str, Level]) -> None:
    made = new_rows(review, rows, values, levels)
    rows.model.objects.filter(review=review).delete()
    rows.model.objects.bulk_create(made)


def new_rows(review: Review, rows: Rows, values: list[dict], levels: Mapping[str, Level]) -> list[models.Model]:
    """The rows, not yet saved, of one table of ``review``; rulings stay with transfers that stay."""
    made = []
    rulings = {_move(row): row for row in review.transfers.all() if row.ruling} if rows.model is Transfer else {}
    for position, value in enumerate(values):
        columns = {rows.model._meta.get_field(name).attname: item for name, item in value.items()}
        row = rows.model(review=review, **columns)
        if rows.ordered:
            row.position = position
        if rows.model is Transfer:
            source, target = levels[row.source_level_id], levels[row.target_level_id]
            row.transfer_class = classify(source, target).value
            row.is_internal = is_internal(source, target)
            ruled = rulings.get(_move(row))
            if ruled and row.transfer_class == TransferClass.MANUAL:
                row.ruling, row.ruling_reason = ruled.ruling, ruled.ruling_reason
                row.ruled_by_id, row.ruled_at = ruled.ruled_by_id, ruled.ruled_at
        made.append(row)
    return made


def _move(row: Transfer) -> tuple[str, str, str]:
    return row.source_level_id, row.target_level_id, row.target_body


def _answer(review: Review, pk: int, text: str, by: User | None) -> None:
    query = next((one for one in review.queries.all() if one.pk == pk and one.state != QueryState.CLOSED), None)
    if query is None:
        raise ValidationError("Điểm cần hoàn thiện này không còn chờ trả lời; hãy tải lại trang.")
    query.answer = text
    query.state = QueryState.ANSWERED if text else QueryState.OPEN
    query.answered_by = by if text else None
    query.answered_at = timezone.now() if text else None
    query.save(update_fields=["answer", "state", "answered_by", "answered_at"])
