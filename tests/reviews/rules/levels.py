"""The ladder of deciding authorities: written down for the tests, and read from the reference file."""

import csv
import os
from pathlib import Path

from reviews.rules.transfers import Level

_TABLE = """
NATIONAL_ASSEMBLY      | central  | state    | 10 | Quốc hội
PRESIDENT              | central  | state    | 15 | Chủ tịch nước
GOVERNMENT             | central  | state    | 20 | Chính phủ
PRIME_MINISTER         | central  | state    | 25 | Thủ tướng Chính phủ
MINISTRY               | central  | state    | 30 | Bộ, cơ quan ngang bộ
MINISTER               | central  | state    | 30 | Bộ trưởng
GOV_AGENCY             | central  | vertical | 35 | Cơ quan thuộc Chính phủ
GENERAL_DEPT           | central  | state    | 40 | Tổng cục
DEPARTMENT             | central  | state    | 45 | Cục, Vụ thuộc bộ
REGIONAL_BRANCH        | regional | vertical | 50 | Đơn vị khu vực của ngành dọc
PROV_VERTICAL          | province | vertical | 55 | Cơ quan ngành dọc cấp tỉnh
PROV_COUNCIL           | province | local    | 60 | Hội đồng nhân dân cấp tỉnh
PROV_PC                | province | local    | 60 | Ủy ban nhân dân cấp tỉnh
PROV_PC_CHAIR          | province | local    | 60 | Chủ tịch Ủy ban nhân dân cấp tỉnh
PROV_DEPT              | province | local    | 65 | Sở, ban, ngành
PROV_SUBDEPT           | province | local    | 67 | Chi cục thuộc Sở
INTERDISTRICT_VERTICAL | district | vertical | 68 | Thuế cơ sở
DISTRICT_PC            | district | local    | 70 | Ủy ban nhân dân cấp huyện
DISTRICT_PC_CHAIR      | district | local    | 70 | Chủ tịch Ủy ban nhân dân cấp huyện
DISTRICT_DIV           | district | local    | 72 | Phòng chuyên môn cấp huyện
DISTRICT_VERTICAL      | district | vertical | 72 | Công an huyện
COMMUNE_PC             | commune  | local    | 80 | Ủy ban nhân dân cấp xã
COMMUNE_PC_CHAIR       | commune  | local    | 80 | Chủ tịch Ủy ban nhân dân cấp xã
COMMUNE_DIV            | commune  | local    | 82 | Cơ quan chuyên môn thuộc UBND cấp xã
COMMUNE_VERTICAL       | commune  | vertical | 82 | Công an cấp xã
PUBLIC_SERVICE_UNIT    |          | other    |    | Đơn vị sự nghiệp công lập
SOCIO_POLITICAL        |          | other    |    | Tổ chức chính trị - xã hội
OVERSEAS_MISSION       |          | other    |    | Cơ quan đại diện Việt Nam ở nước ngoài
COURT                  |          | other    |    | Tòa án nhân dân
OTHER                  |          | other    |    | Tổ chức khác
"""


def _level(code: str, tier: str, branch: str, rank: str, label: str) -> Level:
    return Level(code, label, tier or None, branch, int(rank) if rank else None)


LADDER: dict[str, Level] = {
    level.code: level
    for level in (_level(*(cell.strip() for cell in line.split("|"))) for line in _TABLE.strip().splitlines())
}

SAMPLES = Path(os.environ.get("TTHC_SAMPLES") or Path(__file__).resolve().parents[4] / "shared" / "data")
LEVELS_FILE = SAMPLES / "authority_levels.csv"


def levels_of_file() -> dict[str, Level]:
    """Levels of the reference file, by code; empty where the file is not at hand."""
    if not LEVELS_FILE.is_file():
        return {}
    with LEVELS_FILE.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["code"]: _level(row["code"], row["tier"], row["branch"], row["rank"], row["label"])
            for row in csv.DictReader(file)
        }
