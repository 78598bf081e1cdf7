"""What the help says of the work, made from the rules themselves: the help cannot contradict what the portal does."""

from dataclasses import dataclass
from enum import StrEnum

from reviews.rules import workflow
from reviews.rules.shares import TIER_LABELS, Tier, counts_as
from reviews.rules.workflow import Action, Role, Status


class Shelf(StrEnum):
    """Where an article stands in the help; the value is the heading."""

    ROLES = "Theo vai trò"
    WORK = "Theo việc"
    RULES = "Cách tính, quy tắc, thuật ngữ"


@dataclass(frozen=True, slots=True)
class Article:
    """One page of the help: its address, title, one line of what it answers, its template, and where it stands."""

    slug: str
    title: str
    summary: str
    template: str
    shelf: Shelf = Shelf.WORK


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the portal: what it is called to people, and the article that explains it."""

    title: str
    slug: str


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


ARTICLES = (
    Article(
        "chuyen-vien",
        "Chuyên viên",
        "Điền phiếu được giao, từ mở đến hoàn thành.",
        "reviews/support/help/role_official.html",
        Shelf.ROLES,
    ),
    Article(
        "dau-moi",
        "Công chức đầu mối",
        "Phân công, kiểm tra, gửi kết quả, giữ tài khoản của cơ quan.",
        "reviews/support/help/role_focal_point.html",
        Shelf.ROLES,
    ),
    Article(
        "lanh-dao",
        "Lãnh đạo cơ quan",
        "Xem một trang, trả lại, ký gửi.",
        "reviews/support/help/role_leader.html",
        Shelf.ROLES,
    ),
    Article(
        "tinh",
        "Cán bộ tỉnh, thành phố",
        "Cho ý kiến về thủ tục do bộ quản lý; rà soát thủ tục đặc thù.",
        "reviews/support/help/role_province.html",
        Shelf.ROLES,
    ),
    Article(
        "cuc",
        "Cơ quan chủ trì (Cục)",
        "Mở đợt, xem xét từng phiếu, trả lời, lập báo cáo.",
        "reviews/support/help/role_department.html",
        Shelf.ROLES,
    ),
    Article(
        "quan-tri",
        "Quản trị",
        "Danh mục, cơ quan, người dùng.",
        "reviews/support/help/role_administrator.html",
        Shelf.ROLES,
    ),
    Article(
        "trang-chinh",
        "Trang chính và tin báo",
        "Việc đang chờ bạn; tin báo phiếu trả lại, hạn gửi, câu trả lời.",
        "reviews/support/help/home.html",
    ),
    Article(
        "danh-sach-phieu",
        "Danh sách phiếu và rà soát nhanh",
        "Lọc, lưu cách xem, nhận phiếu tiếp theo, điền nhiều dòng bằng bàn phím.",
        "reviews/support/help/worklist.html",
    ),
    Article(
        "dien-phieu",
        "Điền một phiếu rà soát",
        "Các bước từ mở phiếu đến chuyển kiểm tra.",
        "reviews/support/help/filling.html",
    ),
    Article(
        "giai-thich-muc",
        "Giải thích từng mục của phiếu",
        "Mỗi mục hỏi gì, ví dụ, căn cứ pháp lý.",
        "reviews/support/help/fields.html",
    ),
    Article(
        "dien-hang-loat",
        "Điền hàng loạt và phương án tương tự",
        "Một nội dung cho nhiều thủ tục; lấy phương án của thủ tục tương tự; hoàn tác.",
        "reviews/support/help/bulk.html",
    ),
    Article(
        "phieu-excel",
        "Phiếu Excel: tải ra, điền, nhập lại",
        "Điền khi không có mạng; hai bên cùng sửa thì hệ thống hỏi từng ô.",
        "reviews/support/help/sheets.html",
    ),
    Article(
        "tra-loi-chung",
        "Trả lời chung các thủ tục còn lại",
        "Tỉnh ghi một lần “Không có ý kiến” cho những thủ tục chưa bắt đầu.",
        "reviews/support/help/exception.html",
    ),
    Article(
        "phan-cong",
        "Phân công và làm thay",
        "Giao phiếu cho đơn vị, cho người; bàn giao khi chuyển việc; làm thay khi vắng.",
        "reviews/support/help/assigning.html",
    ),
    Article(
        "gui-ket-qua",
        "Gửi kết quả",
        "Xem lại trước khi gửi, in, ký hoặc ghi nhận công văn đã ký.",
        "reviews/support/help/sending.html",
    ),
    Article(
        "han-gui",
        "Hạn gửi, tin nhắc và gia hạn",
        "Hạn tính đến lúc nào, nhắc khi nào, quá hạn thì sao, ai gia hạn.",
        "reviews/support/help/deadlines.html",
    ),
    Article(
        "lich-su",
        "Lịch sử và khôi phục",
        "Ai sửa gì, lúc nào; lấy lại nội dung cũ.",
        "reviews/support/help/history.html",
    ),
    Article(
        "tham-quyen",
        "Đối chiếu thẩm quyền quyết định",
        "Ai ký kết quả của từng thủ tục; xác nhận theo nhóm.",
        "reviews/support/help/deciders.html",
    ),
    Article(
        "bao-cao",
        "Báo cáo",
        "Biểu 01, Biểu 02, Biểu 04: chọn biểu nào, tải Excel, in.",
        "reviews/support/help/reports.html",
    ),
    Article(
        "tom-tat",
        "Tóm tắt một trang",
        "Trang A4 cho lãnh đạo: đọc từng dòng thế nào.",
        "reviews/support/help/summary.html",
    ),
    Article(
        "nguoi-dung",
        "Người dùng và mã vào cổng",
        "Thêm người, nhập từ Excel, cấp mã, ngừng tài khoản.",
        "reviews/support/help/people.html",
    ),
    Article(
        "dang-nhap",
        "Đăng nhập và mật khẩu",
        "Vào bằng mã giấy, quên mật khẩu, đổi mật khẩu.",
        "reviews/support/help/signing_in.html",
    ),
    Article(
        "nhap-danh-muc",
        "Nhập danh mục và báo sai",
        "Tệp nào nhập được, xem trước, sửa lỗi, hoàn tác; báo một thông tin sai.",
        "reviews/support/help/importing.html",
    ),
    Article(
        "hoi-cuc",
        "Hỏi Cục",
        "Hỏi ngay ở chỗ vướng; nhận trả lời, hỏi thêm, khép câu hỏi.",
        "reviews/support/help/asking.html",
    ),
    Article(
        "ban-phim", "Dùng bàn phím", "Mọi việc đều làm được mà không cần chuột.", "reviews/support/help/keyboard.html"
    ),
    Article(
        "cach-tinh",
        "Cách tính tỷ lệ phân cấp",
        "Thủ tục nào được tính, thủ tục nào loại trừ, còn thiếu bao nhiêu.",
        "reviews/support/help/counting.html",
        Shelf.RULES,
    ),
    Article(
        "trang-thai",
        "Trạng thái của phiếu và ai làm gì",
        "Mỗi trạng thái đang chờ ai, việc gì mở khóa nội dung.",
        "reviews/support/help/workflow.html",
        Shelf.RULES,
    ),
    Article(
        "pham-vi",
        "Chốt danh mục và điều chỉnh",
        "Danh mục của đợt được giữ thế nào; thay đổi sau khi chốt phải qua hai người.",
        "reviews/support/help/scope.html",
        Shelf.RULES,
    ),
    Article(
        "can-cu",
        "Căn cứ tính và số liệu ngày trước",
        "Vì sao một thủ tục được tính; số liệu theo danh mục chốt, sau điều chỉnh, của một ngày đã qua.",
        "reviews/support/help/proof.html",
        Shelf.RULES,
    ),
    Article(
        "tinh-thu",
        "Tính thử",
        "Đổi mức, cấp loại trừ để xem tỷ lệ của từng cơ quan trước và sau.",
        "reviews/support/help/what_if.html",
        Shelf.RULES,
    ),
    Article(
        "thuat-ngu",
        "Giải thích thuật ngữ",
        "Phân cấp, ủy quyền, phân quyền, thẩm quyền quyết định và các từ khác.",
        "reviews/support/help/glossary.html",
        Shelf.RULES,
    ),
)
ARTICLES_BY_SLUG = {article.slug: article for article in ARTICLES}

# Every page of the portal by the name of its address. The articles themselves, files and pieces of pages are not here.
PAGES = {
    "home": Page("Trang chính", "trang-chinh"),
    "reviews:notices": Page("Tin báo", "trang-chinh"),
    "account_change_password": Page("Đổi mật khẩu", "dang-nhap"),
    "account_logout": Page("Đăng xuất", "dang-nhap"),
    "jobs:detail": Page("Việc đang chạy", "bao-cao"),
    "procedures:list": Page("Danh mục TTHC", "nhap-danh-muc"),
    "procedures:detail": Page("Thủ tục hành chính", "nhap-danh-muc"),
    "procedures:report_wrong": Page("Báo sai danh mục", "nhap-danh-muc"),
    "procedures:corrections": Page("Báo sai danh mục", "nhap-danh-muc"),
    "procedures:correction": Page("Báo sai danh mục", "nhap-danh-muc"),
    "procedures:import": Page("Nhập danh mục", "nhap-danh-muc"),
    "procedures:batch": Page("Lượt nhập danh mục", "nhap-danh-muc"),
    "procedures:map_columns": Page("Lượt nhập danh mục", "nhap-danh-muc"),
    "procedures:map_publishers": Page("Lượt nhập danh mục", "nhap-danh-muc"),
    "procedures:matching": Page("Cần đối chiếu tên cơ quan", "nhap-danh-muc"),
    "procedures:chosen": Page("Cách ghi đã đối chiếu", "nhap-danh-muc"),
    "procedures:chosen_detail": Page("Cách ghi đã đối chiếu", "nhap-danh-muc"),
    "procedures:withdraw_chosen": Page("Cách ghi đã đối chiếu", "nhap-danh-muc"),
    "procedures:deciders": Page("Đối chiếu thẩm quyền quyết định", "tham-quyen"),
    "reviews:list": Page("Danh sách phiếu rà soát", "danh-sach-phieu"),
    "reviews:quick": Page("Rà soát nhanh", "danh-sach-phieu"),
    "reviews:quick_paste": Page("Rà soát nhanh", "danh-sach-phieu"),
    "reviews:detail": Page("Phiếu rà soát", "dien-phieu"),
    "reviews:phrases": Page("Câu hay dùng", "dien-phieu"),
    "reviews:history": Page("Lịch sử phiếu", "lich-su"),
    "reviews:version": Page("Phiên bản của phiếu", "lich-su"),
    "reviews:precedents": Page("Thủ tục tương tự", "dien-hang-loat"),
    "reviews:bulk_changes": Page("Thay đổi hàng loạt", "dien-hang-loat"),
    "reviews:bulk_choose": Page("Điền hàng loạt", "dien-hang-loat"),
    "reviews:bulk_apply": Page("Điền hàng loạt", "dien-hang-loat"),
    "reviews:bulk_change": Page("Thay đổi hàng loạt", "dien-hang-loat"),
    "reviews:sheets": Page("Tải phiếu Excel", "phieu-excel"),
    "reviews:uploads": Page("Nhập phiếu Excel", "phieu-excel"),
    "reviews:upload": Page("Nhập phiếu Excel", "phieu-excel"),
    "reviews:exception": Page("Trả lời chung các TTHC còn lại", "tra-loi-chung"),
    "reviews:assignments": Page("Phân công", "phan-cong"),
    "reviews:spread": Page("Phân công: chia phiếu", "phan-cong"),
    "reviews:hand_over": Page("Bàn giao việc", "phan-cong"),
    "reviews:deputies": Page("Người làm thay", "phan-cong"),
    "reviews:sending": Page("Gửi kết quả", "gui-ket-qua"),
    "reviews:submissions": Page("Các lần gửi kết quả", "gui-ket-qua"),
    "reviews:submission": Page("Lần gửi kết quả", "gui-ket-qua"),
    "reviews:dashboard": Page("Tiến độ", "cach-tinh"),
    "reviews:body_dashboard": Page("Tiến độ của cơ quan", "cach-tinh"),
    "reviews:reports": Page("Báo cáo", "bao-cao"),
    "reviews:report_by_body": Page("Biểu 01", "bao-cao"),
    "reviews:report_proposals": Page("Biểu 02", "bao-cao"),
    "reviews:report_documents": Page("Biểu 04", "bao-cao"),
    "reviews:report_summary": Page("Tóm tắt một trang", "tom-tat"),
    "reviews:campaigns": Page("Đợt rà soát", "pham-vi"),
    "reviews:campaign": Page("Đợt rà soát", "pham-vi"),
    "reviews:campaign_create": Page("Tạo đợt rà soát", "pham-vi"),
    "reviews:campaign_edit": Page("Sửa đợt rà soát", "pham-vi"),
    "reviews:campaign_open": Page("Mở đợt rà soát", "pham-vi"),
    "reviews:campaign_close": Page("Khép đợt rà soát", "pham-vi"),
    "reviews:campaign_bodies": Page("Cơ quan tham gia", "pham-vi"),
    "reviews:campaign_provinces": Page("Nội dung hỏi địa phương", "pham-vi"),
    "reviews:scope": Page("Danh mục đã chốt", "pham-vi"),
    "reviews:drift": Page("Thủ tục cần xem xét", "pham-vi"),
    "reviews:adjustments": Page("Sổ điều chỉnh", "pham-vi"),
    "reviews:adjustment_new": Page("Lập đề nghị điều chỉnh", "pham-vi"),
    "reviews:adjustment_candidates": Page("Thủ tục cần xem xét", "pham-vi"),
    "reviews:adjustment": Page("Điều chỉnh phạm vi", "pham-vi"),
    "reviews:why": Page("Căn cứ tính", "can-cu"),
    "reviews:what_if": Page("Tính thử", "tinh-thu"),
    "reviews:extensions": Page("Gia hạn", "han-gui"),
    "reviews:users": Page("Người dùng", "nguoi-dung"),
    "reviews:user_create": Page("Thêm người dùng", "nguoi-dung"),
    "reviews:user": Page("Người dùng", "nguoi-dung"),
    "reviews:user_import": Page("Nhập người dùng từ Excel", "nguoi-dung"),
    "reviews:user_imported": Page("Nhập người dùng từ Excel", "nguoi-dung"),
    "reviews:user_codes": Page("Mã đặt mật khẩu", "nguoi-dung"),
    "reviews:user_code": Page("Mã đặt mật khẩu", "nguoi-dung"),
    "reviews:support": Page("Hướng dẫn và hỗ trợ", "hoi-cuc"),
    "reviews:ask": Page("Hỏi Cục", "hoi-cuc"),
    "reviews:ticket": Page("Câu hỏi", "hoi-cuc"),
    "reviews:announce": Page("Đăng thông báo", "hoi-cuc"),
}


def shelves() -> list[tuple[str, list[Article]]]:
    """The articles as they stand: (heading, articles in order)."""
    return [(shelf.value, [article for article in ARTICLES if article.shelf is shelf]) for shelf in Shelf]


def article_of(view_name: str) -> Article | None:
    """The article that explains the page of this address; None for what is no page."""
    page = PAGES.get(view_name)
    return ARTICLES_BY_SLUG[page.slug] if page else None


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
