"""Pages opened one after the other: each fits its window and its paper, axe finds nothing. And the round they show."""

import datetime

from django.core.management import call_command
from django.urls import resolve
from django.utils import timezone

from reviews.actions import adjusting
from reviews.actions.adjustment_effects import Line
from reviews.actions.campaigns import create_campaign
from reviews.actions.deadlines import extend
from reviews.actions.exception import answer_rest, weigh_rest
from reviews.actions.preparing import request_reception
from reviews.models import Campaign, Review, Status
from tests.e2e.conftest import OFFICE, PHONE
from tthc_portal.accounts.deputies import appoint
from tthc_portal.accounts.models import Organisation, User

WORDY = (
    "Qua phiếu đã gửi, các thủ tục này chỉ do Ủy ban nhân dân cấp xã quyết định theo Nghị định số 23/2015/NĐ-CP; đề "
    "nghị loại khỏi diện tính theo kết luận của Hội nghị ngày 30/9/2021."
)
SIZES = {"office": OFFICE, "phone": PHONE, "zoomed": {"width": 1093, "height": 614}}
# What A4 leaves between its margins, in pixels of 1/96 inch.
PORTRAIT, LANDSCAPE = {"width": 703, "height": 1010}, {"width": 1032, "height": 680}


def show_the_demo():
    """The illustrative round of 2021 in mid-course, with everything on its pages that people can add to it."""
    call_command("demo", verbosity=0)
    campaign = Campaign.objects.get(code="2021")
    official, head, focal, province = (
        User.objects.get(username=name) for name in ("cuc.chuyenvien", "cuc.lanhdao", "g15.daumoi", "h35.daumoi")
    )
    adjust(campaign, official, head)
    prolong(campaign, head)
    prepare(official)
    today = timezone.localdate()
    appoint(by=focal, user=User.objects.get(username="g15.chuyenvien"), deputy=focal, starts_on=today, ends_on=today)
    left = Review.objects.filter(campaign=campaign, organisation__code="H35").order_by("pk")[:40]
    left = Review.objects.filter(pk__in=[review.pk for review in left])
    plan = weigh_rest(by=province, campaign=campaign, reviews=left)
    answer_rest(by=province, campaign=campaign, reviews=left, basis=WORDY, seal=plan.seal, finish=False)


def adjust(campaign, official, head):
    """An adjustment in each state: approved, declined, waiting."""
    reviews = Review.objects.filter(
        campaign=campaign, organisation__code="G15", eligible=True, status__in=[Status.DRAFT, Status.SUBMITTED]
    )
    one, two, three, four = (row.scope_item.procedure for row in reviews.select_related("scope_item__procedure")[:4])
    paper = {"reason": WORDY, "document_number": "1235/TTr-KSTT", "document_date": campaign.opens_on}

    def propose(kind, *procedures):
        lines = [Line(procedure) for procedure in procedures]
        return adjusting.propose(by=official, campaign=campaign, kind=kind, lines=lines, **paper)

    adjusting.approve(by=head, adjustment=propose("exclude", one, two))
    adjusting.decline(by=head, adjustment=propose("remove", three), reason=WORDY)
    propose("exclude", four)


def prolong(campaign, head):
    """A ministry with more time than the others."""
    body = Organisation.objects.get(participations__campaign=campaign, code="G15")
    until = max(campaign.deadline, timezone.localdate()) + datetime.timedelta(days=9)
    extend(by=head, campaign=campaign, bodies=[body], until=until, reason=WORDY, document_number="1234/VPCP-KSTT")


def prepare(official):
    """A round in preparation, with a long title, which asks provinces further."""
    today = timezone.localdate()
    title = "Đợt rà soát, đơn giản hóa và phân cấp giải quyết thủ tục hành chính tại các bộ, tỉnh năm 2026"
    days = {"bodies_on": datetime.date(2021, 9, 30), "opens_on": today, "deadline": today}
    campaign = create_campaign(by=official, code="2026", title=title, **days)
    ministry = Organisation.objects.get(participations__campaign=campaign, code="G15")
    request_reception(by=official, campaign=campaign, owner=ministry)


def faults_here(person, label, *, axe_on=("office", "phone")):
    """What is wrong with the page as it stands: pixels over the edge of window or paper, what axe finds."""
    for name, size in SIZES.items():
        person.page.set_viewport_size(size)
        if wide := person.overflows():
            yield f"{label} {wide} px too wide ({name})"
        if name in axe_on:
            yield from (f"{label} ({name}) {found}" for found in person.axe())
    person.page.emulate_media(media="print")
    lies = person.page.locator("body.print-landscape").count()
    person.page.set_viewport_size(LANDSCAPE if lies else PORTRAIT)
    if wide := person.overflows():
        yield f"{label} {wide} px wider than its paper"
    person.page.emulate_media(media="screen")
    person.page.set_viewport_size(OFFICE)


def faults_of(person, paths):
    """What is wrong with each of ``paths``.

    The structure is the same at every width and for every object: the telephone's axe reads each kind of page once.
    """
    seen = set()
    for path in paths:
        person.goto(path)
        kind = resolve(path.split("?")[0]).view_name
        ends = ("office",) if kind in seen else ("office", "phone")
        seen.add(kind)
        yield from faults_here(person, path, axe_on=ends)


def sweep(visitor, pages):
    """What is wrong with the pages of each person: {name: paths, or a function of the user that gives them}."""
    faults = []
    for name, paths in pages.items():
        user = User.objects.get(username=name)
        person = visitor(user)
        # The preview of an opening works out two hundred thousand forms; a busy machine takes its time.
        person.context.set_default_timeout(60_000)
        faults += [f"{name}: {fault}" for fault in faults_of(person, paths(user) if callable(paths) else paths)]
        person.page.close()
    return faults
