"""Questions to the department, its answers and its message to all."""

import datetime
import random

from django.urls import reverse

from reviews.demo.moments import Moments
from reviews.demo.people import People
from reviews.models import Announcement, Campaign, Notice, Review, Ticket, TicketState
from tthc_portal.accounts.models import Organisation

# (body, subject, question, answer or nothing yet)
QUESTIONS = (
    (
        "H35",
        "Xác định thẩm quyền khi có nhiều cơ quan",
        "Thủ tục do Ủy ban nhân dân cấp huyện và Ủy ban nhân dân cấp xã cùng quyết định thì có bị loại trừ không?",
        "Không. Chỉ loại trừ khi mọi cấp có thẩm quyền quyết định đều là cấp xã.",
    ),
    (
        "G15",
        "Ủy quyền có được tính là phân cấp không",
        "Đơn vị đề xuất ủy quyền cho Sở Tư pháp thì có được tính vào tỷ lệ 20% không?",
        "Ủy quyền được ghi nhận riêng, không tính vào tỷ lệ phân cấp.",
    ),
    (
        "G12",
        "Chưa xác định được thẩm quyền",
        "Nhiều thủ tục trong danh mục chưa ghi thẩm quyền quyết định, có gửi trước được không?",
        "",
    ),
    (
        "H14",
        "Chuyển từ ngành dọc sang địa phương",
        "Phương án chuyển từ cơ quan ngành dọc cấp tỉnh cho Ủy ban nhân dân cấp tỉnh được xếp loại thế nào?",
        "",
    ),
)


def make_talk(
    rng: random.Random, campaign: Campaign, people: People, by_code: dict[str, Organisation], moments: Moments
) -> None:
    """Write the questions, answers and the announcement."""
    for code, subject, text, answer in QUESTIONS:
        body = by_code[code]
        asked_at, answered_at = moments.between(rng, 2, moments.at(0.3), None)
        review = Review.objects.filter(campaign=campaign, organisation=body).select_related("scope_item").first()
        asker = people.bodies[body.pk].official
        ticket = Ticket.objects.create(
            organisation=body,
            asked_by=asker,
            asked_at=asked_at,
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
