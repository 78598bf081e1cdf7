"""Every page about a round, for those who may open it."""

from dataclasses import dataclass

from django.urls import resolve, reverse

from reviews.models import Campaign, CampaignState
from tthc_portal.accounts.models import User

_ALWAYS = frozenset(CampaignState.values)
_FROZEN = frozenset({CampaignState.OPEN, CampaignState.CLOSED})


@dataclass(frozen=True, slots=True)
class RoundPage:
    """A link of the round's page: what is behind it in one line."""

    name: str
    label: str
    note: str
    icon: str
    states: frozenset[str]
    url: str = ""


# In the order in which a round needs them; opening it is the button of its page. The names are addresses that take the
# code of the round, unless they are of the catalogue.
_PAGES = (
    RoundPage("reviews:campaign_bodies", "Cơ quan tham gia", "chọn bộ, tỉnh; số thủ tục và thẩm quyền chưa xác định "
              "của từng cơ quan", "building-bank", _ALWAYS),
    RoundPage("reviews:campaign_provinces", "Nội dung hỏi địa phương", "kiến nghị mặc định, ý kiến tiếp nhận, TTHC "
              "đặc thù", "message", _ALWAYS),
    RoundPage("procedures:deciders", "Đối chiếu thẩm quyền", "ai quyết định từng thủ tục, xác nhận hàng loạt",
              "list-check", _ALWAYS),
    RoundPage("reviews:scope", "Căn cứ tính", "từng thủ tục được tính hay loại trừ vì sao", "scale", _FROZEN),
    RoundPage("reviews:adjustments", "Sổ điều chỉnh phạm vi", "bổ sung, loại trừ, thay thế sau khi chốt",
              "clipboard-list", _FROZEN),
    RoundPage("reviews:drift", "Danh mục khác bản chốt", "thủ tục đã đổi từ khi chốt, cần xem xét điều chỉnh",
              "git-compare", _FROZEN),
    RoundPage("reviews:extensions", "Gia hạn", "hạn riêng của từng cơ quan, lý do", "clock", _FROZEN),
    RoundPage("reviews:what_if", "Tính thử", "đổi mức, cấp loại trừ và xem tỷ lệ trước, sau", "refresh", _ALWAYS),
)  # fmt: skip


def pages_of(user: User, campaign: Campaign) -> list[RoundPage]:
    """The pages that stand in the round's state and that ``user``'s role lets him open."""
    found = []
    for page in _PAGES:
        args = [campaign.code] if page.name.startswith("reviews:") else []
        url = reverse(page.name, args=args)
        roles = getattr(resolve(url).func, "roles", None)
        if campaign.state in page.states and (roles is None or user.role in roles):
            found.append(RoundPage(page.name, page.label, page.note, page.icon, page.states, url))
    return found
