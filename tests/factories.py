"""One factory a model: the least that makes a valid row."""

import datetime

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from procedures.models import AuthorityLevel, DecidingAuthority, Procedure, ProcedureSector, Sector
from reviews.models import Campaign, CampaignRule, Participation, Review, ScopeItem
from tthc_portal.accounts.models import Organisation, OrganisationKind, Role, User

PASSWORD = "mat-khau-kiem-thu"


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"G{100 + n}")
    name = factory.LazyAttribute(lambda o: f"Bộ {o.code}")
    kind = OrganisationKind.MINISTRY


class ProvinceFactory(OrganisationFactory):
    code = factory.Sequence(lambda n: f"H{100 + n}")
    name = factory.LazyAttribute(lambda o: f"Tỉnh {o.code}")
    kind = OrganisationKind.PROVINCE


class DepartmentFactory(OrganisationFactory):
    class Meta:
        model = Organisation
        django_get_or_create = ("code",)

    code = "CUC"
    name = "Cục Kiểm soát thủ tục hành chính"
    kind = OrganisationKind.DEPARTMENT


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"nguoi{n}")
    full_name = factory.Sequence(lambda n: f"Nguyễn Văn {n}")
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.OFFICIAL

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        password = kwargs.pop("password", PASSWORD)
        user = model_class(*args, **kwargs)
        user.set_password(password)
        user.save()
        return user


class AuthorityLevelFactory(DjangoModelFactory):
    class Meta:
        model = AuthorityLevel
        django_get_or_create = ("code",)

    code = "MINISTER"
    label = "Bộ trưởng"
    tier = "central"
    branch = "state"
    rank = 30


# The levels most tests move between: (code, label, tier, branch, rank).
LADDER = (
    ("PRIME_MINISTER", "Thủ tướng Chính phủ", "central", "state", 25),
    ("MINISTRY", "Bộ, cơ quan ngang bộ", "central", "state", 30),
    ("MINISTER", "Bộ trưởng, Thủ trưởng cơ quan ngang bộ", "central", "state", 30),
    ("DEPARTMENT", "Cục, Vụ thuộc bộ", "central", "state", 45),
    ("PROV_VERTICAL", "Cơ quan ngành dọc cấp tỉnh", "province", "vertical", 55),
    ("PROV_PC", "Ủy ban nhân dân cấp tỉnh", "province", "local", 60),
    ("PROV_PC_CHAIR", "Chủ tịch Ủy ban nhân dân cấp tỉnh", "province", "local", 60),
    ("PROV_DEPT", "Sở, ban, ngành", "province", "local", 65),
    ("DISTRICT_PC", "Ủy ban nhân dân cấp huyện", "district", "local", 70),
    ("COMMUNE_PC", "Ủy ban nhân dân cấp xã", "commune", "local", 80),
    ("COMMUNE_PC_CHAIR", "Chủ tịch Ủy ban nhân dân cấp xã", "commune", "local", 80),
    ("SOCIO_POLITICAL", "Tổ chức chính trị - xã hội", "", "other", None),
)


def ladder() -> dict[str, AuthorityLevel]:
    """The levels of LADDER, stored, by code."""
    return {
        code: AuthorityLevel.objects.get_or_create(
            code=code, defaults={"label": label, "tier": tier, "branch": branch, "rank": rank}
        )[0]
        for code, label, tier, branch, rank in LADDER
    }


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = Sector

    name = factory.Sequence(lambda n: f"Lĩnh vực {n}")


class ProcedureFactory(DjangoModelFactory):
    class Meta:
        model = Procedure

    code = factory.Sequence(lambda n: f"1.{n:06d}")
    name = factory.Sequence(lambda n: f"Thủ tục cấp giấy phép số {n}")
    publisher = factory.SubFactory(OrganisationFactory)


class ProcedureSectorFactory(DjangoModelFactory):
    class Meta:
        model = ProcedureSector

    procedure = factory.SubFactory(ProcedureFactory)
    sector = factory.SubFactory(SectorFactory)


class DecidingAuthorityFactory(DjangoModelFactory):
    class Meta:
        model = DecidingAuthority

    procedure = factory.SubFactory(ProcedureFactory)
    level = factory.SubFactory(AuthorityLevelFactory)
    source = "import"


class CampaignFactory(DjangoModelFactory):
    class Meta:
        model = Campaign
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"dot-{n}")
    title = factory.Sequence(lambda n: f"Đợt rà soát {n}")
    state = "open"
    bodies_on = datetime.date(2021, 9, 30)
    opens_on = datetime.date(2021, 9, 30)
    deadline = datetime.date(2099, 12, 31)
    frozen_at = factory.LazyFunction(timezone.now)
    opened_at = factory.LazyFunction(timezone.now)
    rule_v1 = factory.RelatedFactory("tests.factories.CampaignRuleFactory", factory_related_name="campaign")


class CampaignRuleFactory(DjangoModelFactory):
    class Meta:
        model = CampaignRule

    campaign = factory.SubFactory(CampaignFactory, rule_v1=None)
    excluded_levels = ["COMMUNE_PC", "COMMUNE_PC_CHAIR"]


class ParticipationFactory(DjangoModelFactory):
    class Meta:
        model = Participation

    campaign = factory.SubFactory(CampaignFactory)
    organisation = factory.SubFactory(OrganisationFactory)


class ScopeItemFactory(DjangoModelFactory):
    class Meta:
        model = ScopeItem

    campaign = factory.SubFactory(CampaignFactory)
    procedure = factory.SubFactory(ProcedureFactory)
    code = factory.SelfAttribute("procedure.code")
    name = factory.SelfAttribute("procedure.name")
    owner = factory.SelfAttribute("procedure.publisher")
    search_text = factory.SelfAttribute("procedure.search_text")
    fingerprint = "0" * 64
    rule = "in_base"
    rule_version = "1"
    reason = "Thuộc diện tính."


class ReviewFactory(DjangoModelFactory):
    """A review not yet started; its campaign, owner and eligibility follow its scope item."""

    class Meta:
        model = Review

    scope_item = factory.SubFactory(ScopeItemFactory)
    campaign = factory.SelfAttribute("scope_item.campaign")
    organisation = factory.SelfAttribute("scope_item.owner")
    eligible = factory.LazyAttribute(lambda o: not o.scope_item.excluded)
