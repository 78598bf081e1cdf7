"""The terms of the field in plain words, as the help explains them.

Ground: Nghị định 63/2010/NĐ-CP, Luật Tổ chức chính quyền địa phương 2015, Điều 12 to 14.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the field in plain words."""

    word: str
    meaning: str


GLOSSARY = (
    Term(
        "Thủ tục hành chính (TTHC)",
        "Trình tự, cách thức, hồ sơ, yêu cầu do cơ quan nhà nước quy định để giải quyết một việc cụ thể của cá nhân, "
        "tổ chức (Nghị định 63/2010/NĐ-CP, Điều 3).",
    ),
    Term(
        "Thẩm quyền quyết định",
        "Cơ quan hoặc người ký kết quả của thủ tục. Đây là căn cứ duy nhất để xét loại trừ; "
        "“cơ quan thực hiện” và “cấp thực hiện” không thay được.",
    ),
    Term("Cơ quan thực hiện", "Cơ quan nhận và xử lý hồ sơ; có thể khác cơ quan quyết định."),
    Term(
        "Phân cấp",
        "Cấp trên giao hẳn việc và quyền quyết định cho cấp dưới bằng văn bản quy phạm pháp luật; cấp nhận làm "
        "nhân danh mình và chịu trách nhiệm.",
    ),
    Term(
        "Ủy quyền",
        "Giao cho cấp dưới làm thay trong một thời hạn, bằng văn bản; cấp giao vẫn chịu trách nhiệm. "
        "Ủy quyền không được tính vào tỷ lệ phân cấp.",
    ),
    Term("Phân quyền", "Chuyển quyền cho chính quyền địa phương bằng luật, nghị quyết của Quốc hội."),
    Term(
        "Phương án phân cấp",
        "Đề xuất của cơ quan đối với một thủ tục: chuyển thẩm quyền từ cấp nào xuống cấp nào, lý do, "
        "văn bản nào phải sửa.",
    ),
    Term(
        "Kiến nghị thực thi", "Điều, khoản, điểm của văn bản nào phải sửa đổi để thực hiện phương án; ai sửa, khi nào."
    ),
    Term(
        "Chốt danh mục",
        "Khi mở đợt rà soát, danh mục TTHC được giữ nguyên; sau đó chỉ thay đổi qua điều chỉnh có lý do.",
    ),
    Term(
        "Loại trừ do cấp xã quyết định",
        "Thủ tục mà mọi thẩm quyền quyết định đều là Ủy ban nhân dân hoặc Chủ tịch Ủy ban nhân dân cấp xã: "
        "không tính vào mẫu số.",
    ),
    Term(
        "Không thuộc phạm vi rà soát",
        "Thủ tục không có trong danh mục của đợt, hoặc đã được đưa ra khỏi phạm vi: không nằm trong tổng số. "
        "Khác với loại trừ: thủ tục loại trừ vẫn trong tổng số.",
    ),
    Term(
        "Điều chỉnh phạm vi",
        "Thay đổi danh mục sau khi chốt: bổ sung, loại trừ, đưa ra, thay thế, chuyển cơ quan quản lý; một người đề "
        "nghị, người khác duyệt, theo văn bản.",
    ),
    Term(
        "Căn cứ tính", "Vì sao một thủ tục được tính hay loại trừ: quy tắc nào, theo dữ liệu nào, từ tệp nào, dòng nào."
    ),
    Term("Tính thử", "Xem tỷ lệ sẽ ra sao nếu đổi mức, cấp loại trừ; không lưu và không làm đổi số liệu."),
    Term("Ý kiến tiếp nhận", "Ý kiến của tỉnh về việc nhận một thủ tục đang do bộ quyết định."),
    Term(
        "Người làm thay",
        "Người được đầu mối cử làm phiếu của một người vắng, từ ngày đến hết ngày; hết hạn, quyền tự hết.",
    ),
    Term("Thuộc diện tính", "Thủ tục còn lại sau khi loại trừ: mẫu số của tỷ lệ."),
    Term("Chi phí tuân thủ", "Thời gian và tiền mà cá nhân, tổ chức bỏ ra để thực hiện thủ tục."),
    Term(
        "Công chức đầu mối", "Người phụ trách rà soát của cơ quan: phân công, kiểm tra phiếu, ghi nhận công văn đã ký."
    ),
    Term(
        "Ngành dọc",
        "Cơ quan tổ chức theo hệ thống từ trung ương xuống (thuế, hải quan, công an, kho bạc, bảo hiểm xã hội).",
    ),
)
