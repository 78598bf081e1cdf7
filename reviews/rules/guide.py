"""What the help says of the work, made from the rules themselves: the help cannot contradict what the portal does."""

from dataclasses import dataclass

from reviews.rules import workflow
from reviews.rules.shares import TIER_LABELS, Tier, counts_as
from reviews.rules.workflow import Action, Role, Status


@dataclass(frozen=True, slots=True)
class Article:
    """One page of the help: its address, title, one line of what it answers, and its template."""

    slug: str
    title: str
    summary: str
    template: str


@dataclass(frozen=True, slots=True)
class StatusHelp:
    """One status as the help explains it."""

    code: str
    label: str
    whose_turn: str
    unlocks: str
    editable: bool


@dataclass(frozen=True, slots=True)
class ActionHelp:
    """One action as the help explains it: from which statuses, to which, by whom, with a reason or not."""

    label: str
    sources: str
    target: str
    who: str
    needs_reason: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the field in plain words."""

    word: str
    meaning: str


ARTICLES = (
    Article(
        "dien-phieu",
        "Điền một phiếu rà soát",
        "Các bước từ mở phiếu đến chuyển kiểm tra.",
        "reviews/support/help/filling.html",
    ),
    Article(
        "cach-tinh",
        "Cách tính tỷ lệ phân cấp",
        "Thủ tục nào được tính, thủ tục nào loại trừ, còn thiếu bao nhiêu.",
        "reviews/support/help/counting.html",
    ),
    Article(
        "pham-vi",
        "Chốt danh mục và điều chỉnh",
        "Danh mục của đợt được giữ thế nào; thay đổi sau khi chốt phải qua hai người.",
        "reviews/support/help/scope.html",
    ),
    Article(
        "phan-cong",
        "Phân công và làm thay",
        "Giao phiếu cho đơn vị, cho người; bàn giao khi chuyển việc; làm thay khi vắng.",
        "reviews/support/help/assigning.html",
    ),
    Article(
        "han-gui",
        "Hạn gửi và gia hạn",
        "Hạn tính đến lúc nào, quá hạn thì sao, ai gia hạn.",
        "reviews/support/help/deadlines.html",
    ),
    Article(
        "can-cu",
        "Căn cứ tính và số liệu ngày trước",
        "Vì sao một thủ tục được tính; số liệu theo danh mục chốt, sau điều chỉnh, của một ngày đã qua.",
        "reviews/support/help/proof.html",
    ),
    Article(
        "tinh-thu",
        "Tính thử",
        "Đổi mức, cấp loại trừ để xem tỷ lệ của từng cơ quan trước và sau.",
        "reviews/support/help/what_if.html",
    ),
    Article(
        "trang-thai",
        "Trạng thái của phiếu và ai làm gì",
        "Mỗi trạng thái đang chờ ai, việc gì mở khóa nội dung.",
        "reviews/support/help/workflow.html",
    ),
    Article(
        "nhap-danh-muc",
        "Nhập danh mục và báo sai",
        "Tệp nào nhập được, xem trước, sửa lỗi, hoàn tác; báo một thông tin sai.",
        "reviews/support/help/importing.html",
    ),
    Article(
        "thuat-ngu",
        "Giải thích thuật ngữ",
        "Phân cấp, ủy quyền, phân quyền, thẩm quyền quyết định và các từ khác.",
        "reviews/support/help/glossary.html",
    ),
    Article(
        "ban-phim",
        "Dùng bàn phím",
        "Mọi việc đều làm được mà không cần chuột.",
        "reviews/support/help/keyboard.html",
    ),
)
ARTICLES_BY_SLUG = {article.slug: article for article in ARTICLES}

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


def tiers() -> list[str]:
    """The three tiers of the share, each with the statuses that count in it."""
    return [
        f"{TIER_LABELS[tier]}: phiếu ở trạng thái "
        + ", ".join(workflow.STATUS_LABELS[status] for status in Status if tier in counts_as(status))
        for tier in Tier
    ]


def statuses() -> list[StatusHelp]:
    """Every status in the order of the work."""
    editable = workflow.TRANSITIONS[Action.SAVE].sources
    return [
        StatusHelp(
            status.value,
            workflow.STATUS_LABELS[status],
            workflow.whose_turn(status),
            workflow.unlocks(status),
            status in editable,
        )
        for status in Status
    ]


def actions() -> list[ActionHelp]:
    """Every action in the order of the work."""
    return [
        ActionHelp(
            workflow.ACTION_LABELS[action],
            ", ".join(workflow.STATUS_LABELS[status] for status in Status if status in row.sources),
            workflow.STATUS_LABELS[row.target] if row.target else "giữ trạng thái (lần lưu đầu: Đang rà soát)",
            ", ".join(_who(action, role) for role in Role if role in row.roles),
            row.needs_reason,
        )
        for action, row in workflow.TRANSITIONS.items()
    ]


def _who(action: Action, role: Role) -> str:
    """A role in words; only those who head a unit check what others finished."""
    heads_only = action is Action.CHECK and role is not Role.FOCAL_POINT
    return workflow.ROLE_LABELS[role] + (" phụ trách đơn vị" if heads_only else "")
