"""Help beside the fields of the form: what a field asks, an example, its legal ground; one table for page and help.

Ground: Nghị định 63/2010/NĐ-CP (amended by 48/2013/NĐ-CP and 92/2017/NĐ-CP), Thông tư 02/2017/TT-VPCP, Luật Tổ chức
chính quyền địa phương 2015, Hội nghị 30/9/2021.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """One field: its name in the form (``table.column`` in a table), label, what it asks, an example, its ground."""

    field: str
    label: str
    text: str
    example: str = ""
    ground: str = ""


_ND63 = "Nghị định 63/2010/NĐ-CP"
_LAW = "Luật Tổ chức chính quyền địa phương 2015"

SECTIONS: dict[str, tuple[FieldHelp, ...]] = {
    "present": (
        FieldHelp(
            "deciders.level",
            "Cấp có thẩm quyền",
            "Cấp ký kết quả giải quyết, không phải nơi nhận hay thẩm định hồ sơ. Nhiều cấp thì mỗi cấp một dòng.",
            "Bộ trưởng, Thủ trưởng cơ quan ngang bộ.",
            f"{_ND63}, Phụ lục I, phần tính hợp lý.",
        ),
        FieldHelp(
            "deciders.body", "Cơ quan, người quyết định", "Ghi đúng tên trong văn bản.", "Bộ trưởng Bộ Xây dựng."
        ),
        FieldHelp(
            "deciders.legal_ground",
            "Căn cứ pháp lý",
            "Điểm, khoản, điều và tên văn bản trao thẩm quyền.",
            "khoản 2 Điều 15 Nghị định 15/2021/NĐ-CP.",
        ),
        FieldHelp(
            "deciders.case",
            "Trường hợp áp dụng",
            "Chỉ ghi khi cấp này quyết định một số trường hợp.",
            "công trình cấp I trở lên.",
        ),
        FieldHelp(
            "receiving_body", "Cơ quan tiếp nhận hồ sơ", "Nơi người dân, doanh nghiệp nộp hồ sơ.", "Sở Xây dựng."
        ),
        FieldHelp(
            "coordinating_bodies",
            "Cơ quan phối hợp",
            "Cơ quan phải lấy ý kiến khi giải quyết.",
            "Sở Tài nguyên và Môi trường.",
        ),
        FieldHelp(
            "delegation_in_force",
            "Ủy quyền đang thực hiện",
            "Đang ủy quyền cho ai, theo văn bản nào, đến khi nào.",
            "Ủy quyền cho Cục Hóa chất theo Quyết định 12/QĐ-BCT đến hết năm 2022.",
            f"{_LAW}, Điều 14.",
        ),
        FieldHelp(
            "annual_dossiers",
            "Số hồ sơ một năm",
            "Số hồ sơ giải quyết cả nước (địa phương: trong tỉnh) trong một năm gần nhất; không phát sinh thì ghi 0. "
            "Không có số thì đánh dấu “Chưa có số liệu”.",
            "1.200.",
            f"{_ND63}, Điều 28.",
        ),
        FieldHelp("annual_dossiers_year", "Năm số liệu", "Năm mà số hồ sơ được đếm.", "2020."),
        FieldHelp(
            "annual_dossiers_source", "Nguồn số liệu", "Lấy số từ đâu.", "Hệ thống một cửa điện tử; báo cáo năm 2020."
        ),
    ),
    "criteria": (
        FieldHelp(
            "criteria.answer",
            "Trả lời tiêu chí",
            "Chọn Có, Không hoặc Chưa rõ. “Phân cấp” phải trả lời C5 đến C10; "
            "câu C1 “Không” thì dừng và đề xuất bãi bỏ.",
            "",
            f"{_ND63}, Phụ lục I, II, III và Điều 28.",
        ),
        FieldHelp(
            "criteria.reason",
            "Lý do, cách xử lý",
            "Bắt buộc khi câu trả lời không thuận với kết luận: nêu vì sao vẫn kết luận như vậy, xử lý thế nào.",
            "Thiếu 02 công chức thẩm định; Bộ tập huấn trong quý II và hỗ trợ năm đầu.",
            "Hội nghị 30/9/2021: phân cấp gắn với kiểm tra, giám sát, kiểm soát quyền lực.",
        ),
    ),
    "proposal": (
        FieldHelp(
            "conclusion",
            "Kết luận rà soát",
            "Chỉ “Phân cấp” được tính vào tỷ lệ. “Giữ nguyên” chỉ cần thẩm quyền hiện nay và lý do.",
            "",
            f"{_LAW}, Điều 13 (phân cấp), Điều 14 (ủy quyền).",
        ),
        FieldHelp(
            "transfers.source_level",
            "Từ cấp",
            "Một trong các cấp đã khai ở mục B.",
        ),
        FieldHelp(
            "transfers.target_level",
            "Cho cấp",
            "Phải thấp hơn mới là phân cấp; loại chuyển và lý do hiện ngay dưới dòng.",
            "Ủy ban nhân dân cấp tỉnh.",
            "Hội nghị 30/9/2021: cho cấp dưới trực tiếp, địa phương.",
        ),
        FieldHelp("transfers.target_body", "Cơ quan nhận", "Tên cơ quan cụ thể, có thể để trống.", "Sở Xây dựng."),
        FieldHelp(
            "transfers.mode",
            "Hình thức",
            "Phân cấp bằng văn bản quy phạm; phân quyền bằng luật; ủy quyền có thời hạn và không phải là phân cấp.",
            "",
            f"{_LAW}, Điều 12, 13, 14.",
        ),
        FieldHelp("transfers.condition", "Trường hợp được chuyển", "Ghi khi chỉ chuyển một phần.", "dự án nhóm C."),
        FieldHelp(
            "content",
            "Nội dung phương án",
            "Được soạn sẵn từ các dòng chuyển thẩm quyền; câu bạn tự sửa không bị soạn lại.",
            "Phân cấp thẩm quyền giải quyết từ Bộ trưởng cho Ủy ban nhân dân cấp tỉnh.",
            f"{_ND63}, Điều 31.",
        ),
        FieldHelp(
            "reason",
            "Lý do",
            "Vì sao chuyển (hoặc giữ) thẩm quyền: khâu trung gian, năng lực cấp nhận, số hồ sơ, tác động.",
            "Sở Xây dựng đã tiếp nhận và thẩm định; chuyển cấp quyết định sẽ giảm một khâu trung gian.",
            f"{_ND63}, Điều 28.",
        ),
        FieldHelp(
            "conditions",
            "Điều kiện bảo đảm thực hiện",
            "Nhân lực, dữ liệu, kinh phí, hậu kiểm, báo cáo; nói rõ cơ quan nhận không phân cấp tiếp.",
            "Tập huấn trước khi bàn giao; kiểm tra sáu tháng một lần; không phân cấp tiếp.",
            f"{_LAW}, Điều 13.",
        ),
        FieldHelp(
            "new_steps",
            "Trình tự, thời hạn mới",
            "Chỉ ghi khi các bước hoặc thời hạn thay đổi.",
            "Bỏ bước trình Bộ; thời hạn giảm từ 30 còn 20 ngày.",
        ),
        FieldHelp(
            "transition",
            "Xử lý hồ sơ chuyển tiếp",
            "Hồ sơ đang giải quyết khi văn bản sửa đổi có hiệu lực thì ai làm tiếp.",
            "Hồ sơ nộp trước ngày có hiệu lực được giải quyết theo quy định cũ.",
        ),
    ),
    "amendments": (
        FieldHelp(
            "amendments.number",
            "Số, ký hiệu",
            "Gõ vài ký tự của số hoặc trích yếu: văn bản đã nêu ở phiếu khác hiện ra, "
            "chọn thì các ô còn lại được điền.",
            "15/2021/NĐ-CP.",
            f"{_ND63}, Điều 31 (kiến nghị thực thi).",
        ),
        FieldHelp(
            "amendments.article",
            "Điều, khoản, điểm",
            "Quy định phải sửa; mỗi dòng một quy định.",
            "Điều 15, khoản 2, điểm a.",
        ),
        FieldHelp("amendments.action", "Kiến nghị", "Sửa đổi, bổ sung, thay thế, bãi bỏ hoặc ban hành mới."),
        FieldHelp("amendments.drafting_lead", "Chủ trì soạn thảo", "Cơ quan sẽ soạn văn bản sửa đổi.", "Bộ Xây dựng."),
        FieldHelp("amendments.due_on", "Thời hạn", "Ngày phải trình hoặc ban hành văn bản sửa đổi."),
    ),
    "costs": (
        FieldHelp(
            "costs.item",
            "Công việc, khoản chi",
            "Mỗi việc người dân, doanh nghiệp phải làm là một dòng; khai cả hiện tại và sau khi thực hiện phương án.",
            "Chuẩn bị, nộp hồ sơ và nhận kết quả.",
            "Thông tư 02/2017/TT-VPCP, Điều 27.",
        ),
        FieldHelp("costs.hours", "Số giờ", "Thời gian làm việc đó một lần.", "4 hoặc 1,5."),
        FieldHelp(
            "costs.hourly_income",
            "Thu nhập một giờ",
            "Thu nhập bình quân một giờ của người làm, bằng đồng.",
            "36.000.",
        ),
        FieldHelp(
            "costs.outside_cost",
            "Chi phí khác",
            "Đi lại, sao chụp, thuê tư vấn; không tính chi phí cơ hội.",
            "100.000.",
        ),
        FieldHelp("costs.times_per_year", "Số lần một năm", "Một đối tượng làm mấy lần trong một năm.", "1."),
        FieldHelp("costs.subjects_per_year", "Số đối tượng một năm", "Bao nhiêu người, tổ chức phải làm.", "12.000."),
    ),
    "opinions": (
        FieldHelp(
            "opinions",
            "Tiếp thu, giải trình",
            "“Tiếp thu” khi đưa ý kiến vào phương án; “Giải trình” thì nêu lý do không tiếp thu. Chỉ phương án của bộ "
            "mới được tính vào tỷ lệ.",
            "",
            f"{_ND63}, Điều 31.",
        ),
    ),
    "attachments": (
        FieldHelp(
            "attachments",
            "Tài liệu kèm theo",
            "Văn bản góp ý, thống kê, dự thảo. Không tải lên tài liệu có nội dung bí mật nhà nước.",
            "Báo cáo số hồ sơ năm 2020.xlsx.",
        ),
    ),
}
"""Help by section of the form, in its order."""

_IN_SHORT = (
    "transfers.source_level",
    "transfers.target_level",
    "transfers.target_body",
    "reason",
    "conditions",
    "annual_dossiers",
)
SHORT: tuple[FieldHelp, ...] = (
    FieldHelp(
        "stance",
        "Ý kiến của địa phương",
        "“Đồng ý với hiện hành” và “Không có ý kiến” không phải ghi gì thêm; “Đề nghị phân cấp” thì nêu từ cấp nào "
        "cho cấp nào và lý do.",
        "",
        f"{_ND63}, Điều 31.",
    ),
    *(one for entries in SECTIONS.values() for one in entries if one.field in _IN_SHORT),
)
"""Help of a province's short form."""

SECTION_TITLES = {
    "present": "B. Hiện trạng",
    "criteria": "C. Tiêu chí đánh giá",
    "proposal": "D. Phương án",
    "amendments": "E. Kiến nghị thực thi",
    "costs": "F. Chi phí tuân thủ",
    "opinions": "G. Ý kiến của địa phương, cơ quan khác",
    "attachments": "H. Tài liệu kèm theo",
}
"""What the sections are called on the form."""

LABELS: dict[str, str] = {one.field: one.label for entries in (*SECTIONS.values(), SHORT) for one in entries}
"""Field → what it is called, for every field that is explained."""

# Fields that stand in a part of the form which has a place of its own in the page.
_PARTS = {
    "stance": "conclusion",
    "annual_dossiers_year": "annual_dossiers",
    "annual_dossiers_source": "annual_dossiers",
}


def anchor_of(field: str) -> str:
    """Where ``field`` stands on the page of a review: a column of a table leads to its table; blank when unknown."""
    return _PARTS.get(field, field.partition(".")[0]) if field in LABELS else ""
