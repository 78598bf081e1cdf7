"""What the department settles of a round before its catalogue is frozen: who takes part, what provinces are asked."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from procedures.models import Procedure, Sector
from reviews.actions.events import locked, record
from reviews.models import Campaign, CampaignState, Participation, ReceptionRequest
from tthc_portal.accounts.models import Organisation, OrganisationKind, User


def _preparing(by: User | None, campaign: Campaign) -> Campaign:
    """``campaign`` locked, still in preparation, and ``by`` the department (None: the system itself)."""
    if by is not None and not by.is_department:
        raise ValidationError("Đợt rà soát do cơ quan chủ trì (Cục) chuẩn bị; tài khoản này không thực hiện được.")
    campaign = locked(Campaign.objects.filter(pk=campaign.pk)).get()
    if campaign.state != CampaignState.PREPARING:
        raise ValidationError(
            f"Đợt “{campaign.title}” đã chốt danh mục nên không đổi được cơ quan tham gia và nội dung hỏi địa phương."
        )
    return campaign


@transaction.atomic
def choose_bodies(*, by: User | None, campaign: Campaign, bodies: Iterable[Organisation]) -> bool:
    """Make ``bodies`` those that take part in a round in preparation; False when they already were.

    Each must be a ministry or province standing on the round's day. Raises ValidationError.
    """
    campaign = _preparing(by, campaign)
    chosen = {body.pk: body for body in bodies}
    if not chosen:
        raise ValidationError("Chưa chọn cơ quan nào. Đánh dấu ít nhất một bộ hoặc tỉnh tham gia đợt.")
    standing = set(Organisation.objects.on(campaign.bodies_on).taking_part().values_list("pk", flat=True))
    strangers = [body for pk, body in chosen.items() if pk not in standing]
    if strangers:
        raise ValidationError(
            f"{strangers[0].name} không phải bộ hoặc tỉnh đang hoạt động vào ngày {campaign.bodies_on:%d/%m/%Y}; "
            "sửa ngày xác định cơ quan của đợt hoặc bỏ chọn cơ quan này."
        )
    before = {body.pk: body.code for body in Organisation.objects.filter(participations__campaign=campaign)}
    if set(before) == set(chosen):
        return False
    campaign.participations.exclude(organisation__in=chosen).delete()
    Participation.objects.bulk_create(
        Participation(campaign=campaign, organisation=body)
        for pk, body in sorted(chosen.items(), key=lambda pair: pair[1].code)
        if pk not in before
    )
    after = [body.code for body in chosen.values()]
    record(campaign, by=by, action="choose_bodies", changes={"bodies": [sorted(before.values()), sorted(after)]})
    return True


@transaction.atomic
def request_reception(
    *,
    by: User | None,
    campaign: Campaign,
    owner: Organisation | None = None,
    sector: Sector | None = None,
    procedures: Iterable[Procedure] = (),
) -> int:
    """Ask every province about ministry-decided procedures too (ý kiến tiếp nhận); returns how many requests are new.

    Either the procedures of ``owner`` in ``sector`` (one of the two may be missing), or each of ``procedures``. A
    request that stands already is not made twice. Raises ValidationError.
    """
    campaign = _preparing(by, campaign)
    procedures = list(procedures)
    if not (owner or sector or procedures):
        raise ValidationError("Chưa chọn gì để hỏi. Chọn bộ, lĩnh vực, hoặc dán mã thủ tục.")
    if procedures and (owner or sector):
        raise ValidationError("Mỗi lần chỉ thêm theo bộ, lĩnh vực hoặc theo mã thủ tục. Bỏ trống một trong hai phần.")
    if owner and owner.kind != OrganisationKind.MINISTRY:
        raise ValidationError("Ý kiến tiếp nhận chỉ hỏi về thủ tục của bộ, cơ quan ngang bộ.")
    standing = set(campaign.reception_requests.values_list("owner", "sector", "procedure"))
    wanted = [(None, None, one.pk) for one in procedures]
    wanted = wanted or [(owner.pk if owner else None, sector.pk if sector else None, None)]
    fresh = [one for one in dict.fromkeys(wanted) if one not in standing]
    facts = {"campaign": campaign, "made_by": by, "made_at": timezone.now()}
    ReceptionRequest.objects.bulk_create(
        ReceptionRequest(**facts, owner_id=owner_pk, sector_id=sector_pk, procedure_id=procedure_pk)
        for owner_pk, sector_pk, procedure_pk in fresh
    )
    if fresh:
        codes = [one.code for one in procedures if (None, None, one.pk) in fresh]
        said = {"owner": owner and owner.code, "sector": sector and sector.name, "procedures": codes}
        record(campaign, by=by, action="request_reception", changes={"receptions": [None, said]})
    return len(fresh)


@transaction.atomic
def drop_reception(*, by: User | None, campaign: Campaign, requests: Iterable[int]) -> int:
    """Withdraw the requests with these primary keys; returns how many stood. Raises ValidationError."""
    campaign = _preparing(by, campaign)
    gone = list(
        campaign.reception_requests.filter(pk__in=list(requests)).select_related("owner", "sector", "procedure")
    )
    if not gone:
        return 0
    said = [
        {
            "owner": one.owner and one.owner.code,
            "sector": one.sector and one.sector.name,
            "procedure": one.procedure and one.procedure.code,
        }
        for one in gone
    ]
    campaign.reception_requests.filter(pk__in=[one.pk for one in gone]).delete()
    record(campaign, by=by, action="drop_reception", changes={"receptions": [said, None]})
    return len(gone)
