"""The fourteen questions of the form (C1–C14), what each asks, and which answers speak against a proposal.

Ground: Nghị định 63/2010/NĐ-CP, Phụ lục I, II, III (need, reasonableness, legality; "nếu không cần thiết thì dừng ở
đây"), Điều 7 and Điều 28; the conditions of a safe hand-down after the Hội nghị 30/9/2021 (decentralization tied to
inspection, supervision and control of power).
"""

from dataclasses import dataclass
from types import MappingProxyType

YES, NO, UNSURE = "yes", "no", "unsure"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One question: its code, wording, a line of help, and the answer that speaks against handing down, if any."""

    code: str
    question: str
    help: str
    against: str = ""


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "C1",
        "Thủ tục có còn cần thiết không?",
        "Nếu “Không”: đề xuất bãi bỏ và dừng ở đây, không phải trả lời các câu sau "
        "(Nghị định 63/2010/NĐ-CP, Phụ lục I).",
        NO,
    ),
    Criterion(
        "C2",
        "Văn bản có quy định rõ cơ quan có trách nhiệm giải quyết không?",
        "Nghị định 63/2010/NĐ-CP, Phụ lục I, phần tính hợp lý.",
    ),
    Criterion(
        "C3",
        "Việc quyết định ở cấp hiện nay có phải qua nhiều khâu trung gian không?",
        "Ví dụ: cấp dưới đã tiếp nhận, thẩm định rồi mới trình lên.",
        NO,
    ),
    Criterion(
        "C4",
        "Đối tượng và phạm vi tác động có chủ yếu nằm trong một tỉnh, một huyện hoặc một xã không?",
        "Càng gần dân càng thuận cho phân cấp (Nghị định 63/2010/NĐ-CP, Điều 28).",
        NO,
    ),
    Criterion(
        "C5", "Cấp dự kiến nhận có đủ nhân lực chuyên môn không?", "Số người, trình độ, việc đang kiêm nhiệm.", NO
    ),
    Criterion(
        "C6",
        "Có đủ hạ tầng, thiết bị, dữ liệu, kinh phí không?",
        "Nếu thiếu: ghi vào “Điều kiện bảo đảm thực hiện” cần bố trí gì.",
        NO,
    ),
    Criterion(
        "C7",
        "Có tiêu chuẩn, quy chuẩn, điều kiện đủ rõ để cấp dưới quyết định thống nhất không?",
        "Nghị định 63/2010/NĐ-CP, Điều 7, Điều 8.",
        NO,
    ),
    Criterion(
        "C8",
        "Có nguy cơ mỗi địa phương làm một khác, mất bình đẳng giữa các đối tượng không?",
        "Nghị định 63/2010/NĐ-CP, Điều 7.",
        YES,
    ),
    Criterion(
        "C9",
        "Có rủi ro đáng kể về quốc phòng, an ninh, an toàn, môi trường hoặc tài chính không?",
        "Rủi ro thấp thì trả lời “Không”; trung bình hoặc cao thì “Có” và nêu cách kiểm soát ở lý do.",
        YES,
    ),
    Criterion(
        "C10",
        "Có cơ chế hậu kiểm, thanh tra, báo cáo, thu hồi sau khi phân cấp không?",
        "Phân cấp phải gắn với kiểm tra, giám sát, kiểm soát quyền lực (Hội nghị 30/9/2021).",
        NO,
    ),
    Criterion(
        "C11",
        "Điều ước, cam kết quốc tế có chỉ định cơ quan trung ương giải quyết không?",
        "Nghị định 63/2010/NĐ-CP, Phụ lục III.",
        YES,
    ),
    Criterion(
        "C12", "Có ảnh hưởng liên tỉnh, liên vùng hoặc cần thống nhất toàn quốc không?", "Ví dụ: lưu vực sông.", YES
    ),
    Criterion(
        "C13",
        "Có sửa được văn bản quy định thẩm quyền trong thời hạn của phương án không?",
        "Văn bản nào, cấp nào ban hành; ghi ở “Kiến nghị thực thi”.",
        NO,
    ),
    Criterion(
        "C14",
        "Đã lấy ý kiến cơ quan nhận phân cấp và đối tượng chịu tác động chưa?",
        "Ghi ai đã có ý kiến ở lý do, hoặc đính kèm văn bản.",
        NO,
    ),
)
BY_CODE = MappingProxyType({criterion.code: criterion for criterion in CRITERIA})

REQUIRED_TO_DECENTRALIZE = ("C5", "C6", "C7", "C8", "C9", "C10")
"""What must be answered before a hand-down is proposed: can the receiver carry it, and who watches over it."""

_GOES_DOWN = frozenset({"decentralize", "delegate"})


def speaks_against(code: str, answer: str, conclusion: str) -> bool:
    """Whether this answer argues against this conclusion, so that it needs a reason.

    C1 "Không" (no longer needed) argues against everything but abolition, and "Có" against abolition; the others argue
    against a hand-down only. An unknown code raises KeyError.
    """
    criterion = BY_CODE[code]
    if code == "C1":
        return answer == (YES if conclusion == "abolish" else NO)
    return conclusion in _GOES_DOWN and bool(answer) and answer == criterion.against
