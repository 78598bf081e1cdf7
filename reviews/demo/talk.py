"""Questions to the department, its answers and its message to all; wrong entries reported to the administrator."""

import datetime
import random

from django.urls import reverse

from procedures.models import Correction, CorrectionState, Procedure
from reviews.demo.moments import Moments
from reviews.demo.people import People
from reviews.models import Announcement, Campaign, Notice, Review, Ticket, TicketState
from tthc_portal.accounts.models import Organisation

# (body, subject, question, answer or nothing yet, the field it was asked on)
QUESTIONS = (
    (
        "H35",
        "Xác định thẩm quyền khi có nhiều cơ quan",
        "Thủ tục do Ủy ban nhân dân cấp huyện và Ủy ban nhân dân cấp xã cùng quyết định thì có bị loại trừ không?",
        "Không. Chỉ loại trừ khi mọi cấp có thẩm quyền quyết định đều là cấp xã.",
        "deciders.level",
    ),
    (
        "G15",
        "Ủy quyền có được tính là phân cấp không",
        "Đơn vị đề xuất ủy quyền cho Sở Tư pháp thì có được tính vào tỷ lệ 20% không?",
        "Ủy quyền được ghi nhận riêng, không tính vào tỷ lệ phân cấp.",
        "conclusion",
    ),
    (
        "G12",
        "Chưa xác định được thẩm quyền",
        "Nhiều thủ tục trong danh mục chưa ghi thẩm quyền quyết định, có gửi trước được không?",
        "",
        "deciders.level",
    ),
    (
        "H14",
        "Chuyển từ ngành dọc sang địa phương",
        "Phương án chuyển từ cơ quan ngành dọc cấp tỉnh cho Ủy ban nhân dân cấp tỉnh được xếp loại thế nào?",
        "",
        "transfers.target_level",
    ),
)

# (body, field, what is wrong, right value, answer or nothing yet): about a procedure the body itself publishes.
WRONG_ENTRIES = (
    ("G15", "publishing_decision", "Quyết định công bố đã được thay thế.", "", ""),
    ("G12", "execution_levels", "Thủ tục này chỉ thực hiện ở cấp tỉnh.", "Cấp tỉnh", ""),
    (
        "G09",
        "name",
        "Tên thủ tục thiếu cụm từ “gia hạn”.",
        "",
        "Tên trong danh mục đúng với Quyết định công bố; gia hạn là một thủ tục riêng.",
    ),
)


def make_talk(
    rng: random.Random, campaign: Campaign, people: People, by_code: dict[str, Organisation], moments: Moments
) -> None:
    """Write the questions, answers and the announcement."""
    for code, subject, text, answer, field in QUESTIONS:
        body = by_code[code]
        asked_at, answered_at = moments.between(rng, 2, moments.at(0.3), None)
        review = Review.objects.filter(campaign=campaign, organisation=body).select_related("scope_item").first()
        asker = people.bodies[body.pk].official
        ticket = Ticket.objects.create(
            organisation=body,
            asked_by=asker,
            asked_at=asked_at,
            page=reverse("reviews:detail", args=[review.pk]) if review else "",
            field=field if review else "",
            procedure_id=review.scope_item.procedure_id if review else None,
            subject=subject,
            text=text,
            state=TicketState.ANSWERED if answer else TicketState.OPEN,
            answer=answer,
            answered_by=people.appraiser if answer else None,
            answered_at=answered_at if answer else None,
        )
        if answer:
            Notice.objects.create(
                user=asker,
                text=f"Câu hỏi “{subject}” đã được trả lời.",
                url=reverse("reviews:ticket", args=[ticket.pk]),
                created_at=answered_at,
            )
    Announcement.objects.create(
        campaign=campaign,
        title="Hướng dẫn điền biểu mẫu điện tử và hạn gửi kết quả",
        text=(
            f"Đề nghị các cơ quan gửi kết quả rà soát trước 23:59:59 ngày {campaign.deadline:%d/%m/%Y} (giờ Hà Nội). "
            "Thủ tục chưa rõ thẩm quyền quyết định cần được xác định trước khi gửi. Vướng mắc gửi qua mục Hỏi Cục."
        ),
        published_by=people.head,
        published_at=moments.at(0.05),
        until=campaign.deadline + datetime.timedelta(days=1),
    )
    _make_reports(rng, people, by_code, moments)


def _make_reports(rng: random.Random, people: People, by_code: dict[str, Organisation], moments: Moments) -> None:
    """Reports of wrong entries, some answered."""
    for code, field, text, suggestion, answer in WRONG_ENTRIES:
        body = by_code.get(code)
        procedure = body and Procedure.objects.filter(publisher=body).order_by("code").first()
        if procedure is None:
            continue
        raised_at, answered_at = moments.between(rng, 2, moments.at(0.3), None)
        Correction.objects.create(
            procedure=procedure,
            field=field,
            text=text,
            suggestion=suggestion,
            organisation=body,
            raised_by=people.bodies[body.pk].official,
            raised_at=raised_at,
            state=CorrectionState.DECLINED if answer else CorrectionState.OPEN,
            answer=answer,
            answered_by=people.administrator if answer else None,
            answered_at=answered_at if answer else None,
        )
