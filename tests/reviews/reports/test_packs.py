"""Figures of a pack ready for signing."""

import pytest

from reviews.models import Submission
from reviews.reports.packs import pack_figures, submissions_of
from tests.reviews.cast import make_cast

pytestmark = pytest.mark.django_db


def test_a_pack_says_what_sending_it_would_make_of_the_share():
    cast = make_cast()
    cast.review("submitted")
    for _ in range(2):
        cast.review("checked")
    cast.review("checked", conclusion="keep", counted=False)
    cast.review("draft")
    figures = pack_figures(cast.campaign, cast.body)
    assert (figures.checked, figures.counted) == (3, 2)
    assert figures.conclusions == {"Phân cấp": 2, "Giữ nguyên": 1}
    assert (figures.share_now.n, figures.share_now.e) == (1, 5)
    assert (figures.share_after.n, figures.share_after.e) == (3, 5)
    assert figures.is_reference is False


def test_submissions_of_a_body_carry_how_many_reviews_went():
    cast = make_cast()
    facts = {"campaign": cast.campaign, "door": "signed", "signer_name": "Hùng", "digest": "0" * 64}
    own = Submission.objects.create(organisation=cast.body, sent_by=cast.own["leader"], **facts)
    Submission.objects.create(organisation=cast.rival, sent_by=cast.other["leader"], **facts)
    own.items.create(review=cast.review("submitted"), version=1, event_hash="0" * 64)
    found = submissions_of(Submission.objects.all(), cast.campaign, cast.body)
    assert [(one.pk, one.number) for one in found] == [(own.pk, 1)]
