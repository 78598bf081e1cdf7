"""Words of the illustrative data: names of people, names of procedures, reasons; nothing here is a fact of law."""

FAMILY_NAMES = [
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Đinh",
    "Trịnh",
    "Mai",
    "Cao",
    "Lương",
    "Tạ",
    "Hà",
    "Chu",
    "Quách",
]
MIDDLE_NAMES = (
    ["Văn", "Minh", "Đức", "Quốc", "Thanh", "Hữu", "Ngọc", "Xuân", "Tuấn", "Quang"],
    ["Thị", "Thu", "Ngọc", "Thanh", "Minh", "Hồng", "Kim", "Phương", "Bích", "Mai"],
)
GIVEN_NAMES = (
    [
        "An",
        "Bình",
        "Cường",
        "Dũng",
        "Đạt",
        "Giang",
        "Hải",
        "Hiếu",
        "Hùng",
        "Khánh",
        "Kiên",
        "Long",
        "Nam",
        "Phong",
        "Quân",
        "Sơn",
        "Thành",
        "Toàn",
        "Trung",
        "Việt",
    ],
    [
        "Anh",
        "Châu",
        "Diệp",
        "Dung",
        "Hà",
        "Hạnh",
        "Hiền",
        "Hoa",
        "Hương",
        "Lan",
        "Linh",
        "Loan",
        "Mai",
        "Nga",
        "Nhung",
        "Oanh",
        "Thảo",
        "Trang",
        "Vân",
        "Yến",
    ],
)

# Abbreviations in the numbers of documents, by the body's code in 2021.
ABBREVIATIONS = {
    "G01": "BCA",
    "G02": "BCT",
    "G03": "BGDĐT",
    "G04": "BGTVT",
    "G05": "BKHĐT",
    "G06": "BKHCN",
    "G07": "BLĐTBXH",
    "G08": "BNG",
    "G09": "BNV",
    "G10": "BNN",
    "G11": "BQP",
    "G12": "BTC",
    "G13": "BTNMT",
    "G14": "BTTTT",
    "G15": "BTP",
    "G16": "BVHTTDL",
    "G17": "BXD",
    "G18": "BYT",
    "G19": "NHNN",
    "G20": "TTCP",
    "G21": "UBDT",
}

# The province's and the district's own body of a ministry's field.
LOCAL_BODIES = {
    "G01": ("Công an cấp tỉnh", "Công an cấp huyện", "Công an cấp xã"),
    "G02": ("Sở Công Thương", "Phòng Kinh tế và Hạ tầng", ""),
    "G03": ("Sở Giáo dục và Đào tạo", "Phòng Giáo dục và Đào tạo", ""),
    "G04": ("Sở Giao thông vận tải", "Phòng Kinh tế và Hạ tầng", ""),
    "G05": ("Sở Kế hoạch và Đầu tư", "Phòng Tài chính - Kế hoạch", ""),
    "G06": ("Sở Khoa học và Công nghệ", "Phòng Kinh tế và Hạ tầng", ""),
    "G07": ("Sở Lao động - Thương binh và Xã hội", "Phòng Lao động - Thương binh và Xã hội", ""),
    "G08": ("Sở Ngoại vụ", "Phòng Nội vụ", ""),
    "G09": ("Sở Nội vụ", "Phòng Nội vụ", ""),
    "G10": ("Sở Nông nghiệp và Phát triển nông thôn", "Phòng Nông nghiệp và Phát triển nông thôn", ""),
    "G11": ("Bộ Chỉ huy quân sự cấp tỉnh", "Ban Chỉ huy quân sự cấp huyện", "Ban Chỉ huy quân sự cấp xã"),
    "G12": ("Sở Tài chính", "Phòng Tài chính - Kế hoạch", ""),
    "G13": ("Sở Tài nguyên và Môi trường", "Phòng Tài nguyên và Môi trường", ""),
    "G14": ("Sở Thông tin và Truyền thông", "Phòng Văn hóa và Thông tin", ""),
    "G15": ("Sở Tư pháp", "Phòng Tư pháp", ""),
    "G16": ("Sở Văn hóa, Thể thao và Du lịch", "Phòng Văn hóa và Thông tin", ""),
    "G17": ("Sở Xây dựng", "Phòng Quản lý đô thị", ""),
    "G18": ("Sở Y tế", "Phòng Y tế", ""),
    "G19": ("Ngân hàng Nhà nước chi nhánh tỉnh, thành phố", "", ""),
    "G20": ("Thanh tra tỉnh", "Thanh tra huyện", ""),
    "G21": ("Ban Dân tộc", "Phòng Dân tộc", ""),
}

# Offices of a ministry's vertical branch where the field has its own: (province, district, commune).
VERTICAL_SECTORS = {
    "Thuế": ("Cục Thuế cấp tỉnh", "Chi cục Thuế", ""),
    "Hải quan": ("Cục Hải quan tỉnh, thành phố", "Chi cục Hải quan", ""),
    "Kho bạc": ("Kho bạc Nhà nước cấp tỉnh", "Kho bạc Nhà nước cấp huyện", ""),
    "Thi hành án dân sự": ("Cục Thi hành án dân sự", "Chi cục Thi hành án dân sự", ""),
}
# Fields of a vertical ministry that the local government settles all the same.
LOCAL_SECTORS = frozenset({"Chính sách"})
VERTICAL_MINISTRIES = frozenset({"G01", "G11", "G19"})

# What people ask for, by the kind of object.
VERBS = {
    "licence": (
        "Cấp giấy phép {}",
        "Cấp lại giấy phép {} do bị mất, hư hỏng",
        "Gia hạn giấy phép {}",
        "Sửa đổi, bổ sung giấy phép {}",
        "Cấp giấy phép {} đối với tổ chức có vốn đầu tư nước ngoài",
        "Thu hồi giấy phép {} theo đề nghị của tổ chức, cá nhân",
        "Chấp thuận tạm dừng hoạt động theo giấy phép {}",
    ),
    "certificate": (
        "Cấp giấy chứng nhận {}",
        "Cấp lại giấy chứng nhận {} do bị mất, hư hỏng",
        "Cấp đổi giấy chứng nhận {}",
        "Điều chỉnh nội dung giấy chứng nhận {}",
        "Gia hạn giấy chứng nhận {}",
        "Cấp lại giấy chứng nhận {} khi thay đổi người đại diện theo pháp luật",
        "Công nhận giấy chứng nhận {} do tổ chức nước ngoài cấp",
    ),
    "practice": (
        "Cấp chứng chỉ {}",
        "Cấp lại chứng chỉ {} do bị mất, hư hỏng",
        "Điều chỉnh, bổ sung chứng chỉ {}",
        "Gia hạn chứng chỉ {}",
        "Thu hồi chứng chỉ {} theo đề nghị của cá nhân",
        "Công nhận chứng chỉ {} do nước ngoài cấp",
    ),
    "registration": (
        "Đăng ký {}",
        "Đăng ký thay đổi nội dung đã đăng ký về {}",
        "Đăng ký lại {}",
        "Xóa đăng ký {}",
        "Cấp bản sao thông tin đăng ký {}",
        "Cấp lại giấy xác nhận đăng ký {}",
    ),
    "approval": (
        "Thẩm định, phê duyệt: {}",
        "Phê duyệt điều chỉnh: {}",
        "Chấp thuận: {}",
        "Gia hạn thời gian thực hiện: {}",
        "Lấy ý kiến về: {}",
        "Xác nhận hoàn thành: {}",
    ),
    "establishment": (
        "Thành lập hoặc công nhận {}",
        "Cho phép hoạt động đối với {}",
        "Đổi tên, thay đổi địa điểm của {}",
        "Sáp nhập, chia, tách {}",
        "Giải thể hoặc chấm dứt hoạt động {}",
        "Cho phép hoạt động trở lại đối với {}",
    ),
    "benefit": (
        "Giải quyết {}",
        "Điều chỉnh mức hưởng: {}",
        "Giải quyết hưởng lại: {}",
        "Di chuyển hồ sơ: {}",
        "Thôi giải quyết theo đề nghị: {}",
    ),
    "confirmation": (
        "Đề nghị xác nhận, công nhận: {}",
        "Cấp bản xác nhận: {}",
        "Xác nhận lại do thay đổi thông tin: {}",
        "Thu hồi, hủy bỏ xác nhận: {}",
        "Tiếp nhận đề nghị bằng hình thức trực tuyến: {}",
    ),
}

LEVEL_NAMES = {
    "B": "thực hiện tại cấp trung ương",
    "R": "thực hiện tại chi nhánh",
    "T": "thực hiện tại cấp tỉnh",
    "H": "thực hiện tại cấp huyện",
    "X": "thực hiện tại cấp xã",
}

REASONS_DECENTRALIZE = (
    "Cấp dưới đang trực tiếp tiếp nhận, thẩm định hồ sơ; phân cấp giúp giảm khâu trung gian và rút ngắn thời gian.",
    "Phạm vi tác động chủ yếu trong một địa bàn, cấp nhận có đủ nhân lực và dữ liệu để quyết định ngay tại chỗ.",
    "Điều kiện, tiêu chuẩn giải quyết đã rõ nên quyết định ở cấp gần dân hơn vẫn bảo đảm thống nhất, dễ hậu kiểm.",
    "Số hồ sơ hằng năm lớn, dồn về cấp trên gây chậm; phân cấp gắn với kiểm tra, giám sát và báo cáo định kỳ.",
    "Thực hiện chủ trương phân cấp cho cấp dưới trực tiếp và địa phương, cá thể hóa trách nhiệm của người quyết định.",
)
REASONS_KEEP = (
    "Kết quả giải quyết có hiệu lực trên toàn quốc, cần một đầu mối quyết định thống nhất nên giữ nguyên thẩm quyền.",
    "Nội dung thẩm định đòi hỏi chuyên môn sâu và thiết bị mà cấp dưới chưa có, trước mắt giữ nguyên thẩm quyền.",
    "Điều ước quốc tế chỉ định cơ quan trung ương là đầu mối thực hiện nên chưa phân cấp trong giai đoạn này.",
    "Số hồ sơ phát sinh rất ít, phân cấp làm tăng chi phí tổ chức mà không thuận lợi hơn cho người dân.",
)
REASONS_OTHER = {
    "simplify": "Cắt bớt thành phần hồ sơ đã có trong cơ sở dữ liệu quốc gia, rút ngắn thời hạn giải quyết.",
    "abolish": "Việc quản lý đã được thực hiện bằng hình thức thông báo và hậu kiểm, thủ tục không còn cần thiết.",
    "delegate": "Đề nghị ủy quyền có thời hạn cho cấp dưới trong lúc chờ sửa đổi văn bản quy định thẩm quyền.",
    "out_of_scope": "Thủ tục đang được đề nghị công bố bãi bỏ theo văn bản mới, không còn thuộc phạm vi rà soát.",
}
CONDITIONS = (
    "Tập huấn cho cấp nhận phân cấp; kiểm tra, giám sát định kỳ sáu tháng; không phân cấp tiếp.",
    "Bàn giao hồ sơ, dữ liệu; bố trí kinh phí; báo cáo kết quả trước ngày 15/12 hằng năm.",
    "Ban hành quy trình nội bộ, công khai người giải quyết; hậu kiểm ít nhất 5% số hồ sơ.",
)
TRANSITIONS = (
    "Hồ sơ nộp trước ngày văn bản sửa đổi có hiệu lực được giải quyết tiếp theo quy định cũ.",
    "Hồ sơ đang giải quyết được bàn giao trong ba tháng, trừ trường hợp người nộp đề nghị giữ nguyên.",
)
POINTS = (
    "Chưa nêu rõ điều, khoản, điểm của văn bản cần sửa đổi; đề nghị bổ sung.",
    "Lý do còn chung, chưa chứng minh cấp nhận có đủ nhân lực và điều kiện thực hiện.",
    "Đề nghị làm rõ phương án xử lý hồ sơ đang giải quyết khi chuyển thẩm quyền.",
    "Căn cứ pháp lý về thẩm quyền hiện nay đã hết hiệu lực, đề nghị rà soát lại.",
    "Đề nghị bổ sung cơ chế kiểm tra, giám sát sau khi phân cấp.",
)
GUIDANCE = (
    "Rà soát từng thủ tục hành chính thuộc phạm vi quản lý, đề xuất phương án phân cấp giải quyết cho cấp dưới trực "
    "tiếp và địa phương, phấn đấu phân cấp tối thiểu 20% tổng số thủ tục hành chính thuộc phạm vi quản lý của bộ, cơ "
    "quan ngang bộ, trừ các thủ tục mà cấp có thẩm quyền quyết định hiện nay là Ủy ban nhân dân hoặc Chủ tịch Ủy ban "
    "nhân dân cấp xã.\n\n"
    "1. Xác định thẩm quyền quyết định hiện nay và căn cứ pháp lý. “Cơ quan thực hiện” không phải là thẩm quyền.\n"
    "2. Đánh giá sự cần thiết, khả năng của cấp nhận, điều kiện kiểm tra, giám sát và kiểm soát quyền lực.\n"
    "3. Chọn kết luận, nêu lý do; nếu phân cấp thì ghi rõ từ cấp nào cho cấp nào và văn bản cần sửa đổi.\n"
    "4. Công chức đầu mối kiểm tra; lãnh đạo ký gửi hoặc đầu mối ghi nhận công văn đã ký.\n\n"
    "Không nhập thông tin thuộc danh mục bí mật nhà nước."
)
