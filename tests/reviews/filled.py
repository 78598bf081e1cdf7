"""Filled workbooks made by hand: what the reader of a workbook gives, without the workbook."""

from django.utils import timezone

from reviews.actions import uploading
from reviews.actions.content import initial_content, rule_levels, snapshot
from reviews.actions.filling import is_short, save_review
from reviews.models import Review
from reviews.sheets.columns import columns
from reviews.sheets.reading import Filled, FilledRow
from reviews.sheets.values import cells_of


class Sheet:
    """A workbook of the cast's body as it went out, to be filled: ``sheet[review, key] = value``."""

    def __init__(self, cast, reviews):
        levels = rule_levels()
        self.cast = cast
        self.filled = Filled(cast.campaign.pk, cast.body.pk, timezone.now())
        self.rows = {}
        for number, review in enumerate(Review.objects.filter(pk__in=[one.pk for one in reviews]), start=6):
            content = snapshot(review) if review.version else initial_content(review)
            cells = cells_of(content, columns(is_short(review), levels))
            row = FilledRow("Phiếu", number, review.pk, review.version, review.scope_item.code, cells)
            self.rows[review.pk] = row
            self.filled.rows.append(row)

    def __setitem__(self, place, value):
        review, key = place
        self.rows[review.pk].cells[key] = value

    def __getitem__(self, review) -> FilledRow:
        return self.rows[review.pk]

    def hand_in(self, by="official", content=b"x", name="phieu.xlsx"):
        """The upload made of it."""
        return uploading.receive(by=self.cast.own[by], filled=self.filled, content=content, file_name=name)


def plan_of(cast, upload, by="official"):
    """What the upload would do now."""
    return uploading.plan_of(by=cast.own[by], upload=upload)


def write(cast, upload, choices=None, by="official", seal=None):
    """Write the upload as its page does: with the seal of what it showed."""
    seal = plan_of(cast, upload, by).seal if seal is None else seal
    return uploading.apply(by=cast.own[by], upload=upload, choices=choices or {}, seal=seal)


def save(cast, review, by="focal_point", **data):
    """A colleague saves the form on the portal."""
    version = Review.objects.values_list("version", flat=True).get(pk=review.pk)
    return save_review(by=cast.own[by], review_id=review.pk, base_version=version, data=data)


def fates(plan, fate) -> set[tuple[str, str]]:
    """{(code, key)} of the cells that meet ``fate``."""
    return {(row.code, cell.key) for row in plan.rows for cell in row.of(fate)}


def stored(review) -> Review:
    """The review as it stands."""
    return Review.objects.get(pk=review.pk)
