"""Building the illustrative round: facts, accounts, an invented catalogue, and some weeks of work in mid-course."""

import datetime
import gc
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from procedures.reference.loader import load_reference
from reviews.actions.campaigns import open_campaign
from reviews.actions.content import rule_levels
from reviews.actions.events import record
from reviews.demo.catalogue import departments, make_catalogue
from reviews.demo.moments import Moments
from reviews.demo.people import People, make_people, make_units
from reviews.demo.plans import BUSY_PROVINCE, EMPTY_BASE, ministry_plan, province_plan
from reviews.demo.story import Story
from reviews.demo.talk import make_talk
from reviews.demo.wording import GUIDANCE
from reviews.models import Campaign, CampaignRule, Participation, Review, ReviewKind, ScopeItem
from reviews.models.campaign import HANOI
from tthc_portal.accounts.models import Organisation, OrganisationKind

CODE = "2021"
CONFERENCE = datetime.date(2021, 9, 30)
SEED = "đợt rà soát 2021"
# The exercise is that of 2021, but a round people can try must stand open now: its days move with today.
OPENED_AGO = datetime.timedelta(weeks=6)
REMAINING = datetime.timedelta(weeks=3)
SMALL, FULL = "small", "full"
# At full scale the round passes 100,000 reviews.
FULL_ITEMS_A_PROVINCE = 1_530


@dataclass(frozen=True, slots=True)
class Built:
    """What was made."""

    procedures: int
    reviews: int
    touched: int
    events: int


def is_built() -> bool:
    """Whether the database already holds the round of 2021."""
    return Campaign.objects.filter(code=CODE).exists()


@transaction.atomic
def build(
    scale: str = SMALL, *, now: datetime.datetime | None = None, say: Callable[[str], None] = lambda text: None
) -> Built | None:
    """Make everything in one transaction; None when the round is there already and nothing was done."""
    if is_built():
        return None
    with _collecting_seldom():
        return _build(scale, now or timezone.now(), say)


def _build(scale: str, now: datetime.datetime, say: Callable[[str], None]) -> Built:
    rng = random.Random(SEED)  # noqa: S311 (a story, not a secret)
    today = now.astimezone(HANOI).date()
    opens_on = today - OPENED_AGO
    load_reference()
    bodies = list(Organisation.objects.on(CONFERENCE).taking_part().order_by("kind", "code"))
    by_code = {body.code: body for body in bodies}
    department = Organisation.objects.on(CONFERENCE).get(kind=OrganisationKind.DEPARTMENT)
    people = make_people(rng, department, bodies, make_units(bodies, departments()))
    say(f"Đã tạo {len(bodies)} cơ quan và tài khoản.")
    imported = datetime.datetime.combine(opens_on - datetime.timedelta(days=6), datetime.time(9, 20), HANOI)
    batch = make_catalogue(rng, by_code, people.administrator, imported)
    say(f"Đã tạo danh mục {batch.rows_created} thủ tục minh họa.")
    campaign = _prepare(people, bodies, opens_on, today + REMAINING)
    opened_at = datetime.datetime.combine(opens_on, datetime.time(8, 0), HANOI)
    opened = open_campaign(
        by=people.head,
        campaign=campaign,
        at=opened_at,
        province_selection=ProvinceItems(scale),
    )
    say(f"Đã mở đợt, {opened.reviews} phiếu rà soát.")
    campaign = Campaign.objects.get(pk=campaign.pk)
    _measure()
    story = Story(rng, Moments(opens_on, now), people, rule_levels())
    touched = sum(_tell(story, campaign, body) for body in bodies)
    make_talk(rng, campaign, people, by_code, story.moments)
    _measure()
    return Built(batch.rows_created, opened.reviews, touched, campaign.events.count())


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Rows by the hundred thousand live as long as their batch: looking through them for garbage costs a third more."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _measure() -> None:
    """Let PostgreSQL count what was poured in; until it has, it plans as if the tables were empty.

    Table by table: without names ANALYZE would lock the catalogues that all databases of the server share until the
    demo is whole.
    """
    if connection.vendor == "postgresql":
        models = [
            model
            for label in ("accounts", "procedures", "reviews")
            for model in apps.get_app_config(label).get_models()
        ]
        tables = ", ".join(connection.ops.quote_name(model._meta.db_table) for model in models)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {tables}")


def _prepare(people: People, bodies: list[Organisation], opens_on, deadline) -> Campaign:
    """The round in preparation, dated in the past as the opening is."""
    made_at = datetime.datetime.combine(opens_on - datetime.timedelta(days=3), datetime.time(14, 5), HANOI)
    campaign = Campaign.objects.create(
        code=CODE,
        title="Đợt rà soát, phân cấp TTHC năm 2021",
        guidance=GUIDANCE,
        bodies_on=CONFERENCE,
        opens_on=opens_on,
        deadline=deadline,
        created_by=people.head,
        created_at=made_at,
    )
    CampaignRule.objects.create(
        campaign=campaign,
        excluded_levels=["COMMUNE_PC", "COMMUNE_PC_CHAIR"],
        reason="Hội nghị trực tuyến ngày 30/9/2021",
        made_by=people.head,
        made_at=made_at,
    )
    Participation.objects.bulk_create(Participation(campaign=campaign, organisation=body) for body in bodies)
    record(campaign, by=people.head, action="create_campaign", at=made_at, changes={"code": [None, CODE]})
    return campaign


class ProvinceItems:
    """What each province is asked: a part of what provinces and districts settle, some commune ones among it."""

    def __init__(self, scale: str):
        self.scale = scale
        self.chosen: dict[int, list[ScopeItem]] = {}
        self.pools: tuple[list[ScopeItem], list[ScopeItem]] | None = None

    def __call__(self, campaign: Campaign, items: list[ScopeItem], province: Organisation) -> list[ScopeItem]:
        """The items of ``province``; asked twice by an opening, so the answer is kept."""
        if province.pk not in self.chosen:
            self.chosen[province.pk] = self._choose(items, province)
        return self.chosen[province.pk]

    def _choose(self, items: list[ScopeItem], province: Organisation) -> list[ScopeItem]:
        if self.pools is None:
            local = {"province", "district"}
            settled = [item for item in items if not item.procedure.is_vertical]
            self.pools = (
                [one for one in settled if not one.excluded and local.intersection(one.procedure.execution_levels)],
                [one for one in settled if one.excluded],
            )
        pool, communal = self.pools
        # Drawn by code, not from the story's own dice: a province asks the same whatever came before it.
        rng = random.Random(f"{SEED} {province.code}")  # noqa: S311
        if province.code == EMPTY_BASE:
            return sorted(rng.sample(communal, 24), key=lambda item: item.code)
        number = 200 if province.code == BUSY_PROVINCE else rng.randrange(30, 61)
        if self.scale == FULL:
            number = FULL_ITEMS_A_PROVINCE
        few = number // 12
        return sorted([*rng.sample(communal, few), *rng.sample(pool, number - few)], key=lambda item: item.code)


def _tell(story: Story, campaign: Campaign, body: Organisation) -> int:
    reviews = list(
        Review.objects.filter(campaign=campaign, organisation=body, eligible=True)
        .exclude(kind=ReviewKind.LOCAL)
        .select_related("scope_item__procedure", "scope_item__owner")
        .order_by("pk")
    )
    for review in reviews:
        review.campaign, review.organisation = campaign, body
    ministry = body.kind == OrganisationKind.MINISTRY
    # Dice of its own: how far a body has come does not hang on the hour of the day the demo is made.
    dice = random.Random(f"{SEED} {body.code} kế hoạch")  # noqa: S311
    plan = (ministry_plan if ministry else province_plan)(body.code, len(reviews), dice)
    return story.tell(body, reviews, plan)
