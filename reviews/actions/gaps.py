"""What keeps a form from being finished, and the wording its transfers give by themselves."""

from collections.abc import Iterable, Mapping

from reviews.actions.content import UNDETERMINED, initial_content, rule_levels, snapshot
from reviews.models import Review, ReviewKind
from reviews.rules import completeness
from reviews.rules.completeness import Gap
from reviews.rules.transfers import Level


def compose_from(rows: Iterable[Mapping], levels: Mapping[str, Level]) -> str:
    """First wording of the option from the transfer rows of a content."""
    return completeness.compose_content(_transfer_row(row, levels) for row in rows)


def _transfer_row(row: Mapping, levels: Mapping[str, Level], ruling: str = "") -> completeness.TransferRow:
    return completeness.TransferRow(
        source_level=levels.get(row["source_level"]),
        target_level=levels.get(row["target_level"]),
        mode=row["mode"],
        ruling=ruling or None,
    )


def gaps(
    review: Review, levels: Mapping[str, Level] | None = None, content: Mapping[str, object] | None = None
) -> list[Gap]:
    """Everything that keeps ``review`` from being finished, each tied to a part of the form.

    ``content`` is what stands on the form now, half typed values included; by default what is stored.
    """
    levels = rule_levels() if levels is None else levels
    stored = content is None
    if content is None:
        content = snapshot(review) if review.version else initial_content(review)
    ruled = {(row.source_level_id, row.target_level_id, row.target_body): row.ruling for row in review.transfers.all()}
    rulings = [
        ruled.get((row["source_level"], row["target_level"], row["target_body"]), "") for row in content["transfers"]
    ]
    form = completeness.FormContent(
        conclusion=content["conclusion"],
        reason=content["reason"],
        content=content["content"],
        deciders=[
            completeness.DeciderRow(
                level=row["level"],
                level_label=levels[row["level"]].label if row["level"] in levels else "",
                body=row["body"],
                legal_ground=row["legal_ground"],
            )
            for row in content["deciders"]
        ],
        transfers=[
            _transfer_row(row, levels, ruling) for row, ruling in zip(content["transfers"], rulings, strict=True)
        ],
        amendments=[
            completeness.AmendmentRow(row["document_type"], row["number"], row["article"], row["action"])
            for row in content["amendments"]
        ],
        criteria=[
            completeness.CriterionRow(row["criterion"], row["answer"], row["reason"]) for row in content["criteria"]
        ],
        dossiers_known=content["annual_dossiers"] is not None or content["annual_dossiers_unknown"],
        short=is_short(review),
        stance=content["stance"],
        excluded_levels=review.campaign.rule.excluded_levels,
    )
    found = completeness.gaps(form)
    if form.short and form.stance in completeness.STANCES_WITHOUT_PROPOSAL:
        return found
    # Whatever else the conclusion, nothing is sent while it is not known who decides.
    if stored:
        unknown = bool(review.version) and review.decider_unknown
    else:
        unknown = all(row["level"] in ("", UNDETERMINED) for row in content["deciders"])
    if unknown and not any(gap.field == "deciders" for gap in found):
        found.append(
            Gap("deciders", "Chưa xác định cấp có thẩm quyền quyết định hiện nay nên chưa gửi được kết quả rà soát.")
        )
    return found


def is_short(review: Review) -> bool:
    """Whether ``review`` is a province's short form: it speaks of a procedure that others manage."""
    return review.kind in (ReviewKind.PROPOSAL, ReviewKind.RECEPTION)
