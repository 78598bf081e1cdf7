"""The frame of every page: navigation by role, the round in hand, help on this page, whom to ask and to call."""

from django.conf import settings
from django.urls import reverse

from reviews.actions.deadlines import last_day
from reviews.models import Campaign
from reviews.rules.guide import article_of
from tthc_portal.accounts.models import BODY_ROLES, Role

# (label, icon, URL name, roles that see it; empty: everybody)
NAVIGATION = (
    ("Trang chính", "home", "home", ()),
    ("Phiếu rà soát", "clipboard-list", "reviews:list", ()),
    ("Phân công", "users", "reviews:assignments", (Role.FOCAL_POINT,)),
    ("Gửi kết quả", "send", "reviews:sending", (Role.FOCAL_POINT, Role.LEADER)),
    ("Tiến độ", "chart-bar", "reviews:dashboard", ()),
    ("Báo cáo", "file-text", "reviews:reports", ()),
    ("Danh mục TTHC", "list-search", "procedures:list", ()),
    ("Đợt rà soát", "calendar-event", "reviews:campaigns", ()),
    ("Người dùng", "user", "reviews:users", (Role.ADMINISTRATOR, Role.FOCAL_POINT)),
    ("Hỗ trợ", "help-circle", "reviews:support", ()),
)
# Pages kept under another address that belong to an entry of the navigation: beginning of the path → its URL name.
BELONGING = {"/reviews/deputies/": "reviews:assignments", "/reviews/submissions/": "reviews:sending"}


def _round_in_hand(request, user) -> Campaign | None:
    """The round the page speaks of, which knows the last day of its reader's body."""
    campaign = getattr(request, "campaign", None)
    if campaign is None:
        return Campaign.objects.for_reader(user).current()
    if user.role in BODY_ROLES and "own_until" not in vars(campaign):
        campaign.own_until = last_day(campaign, user.body)
    return campaign


def frame(request):
    """Context of ``base.html``: ``nav_items``, ``current_campaign``, ``support_contact``, ``mail_ready``.

    ``page_article`` is the article that explains the page, ``asks_from`` its address where its reader may ask about it.
    """
    context = {"support_contact": settings.SUPPORT_CONTACT, "nav_items": [], "current_campaign": None}
    context["mail_ready"] = settings.MAIL_READY
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "htmx", False):
        return context
    view = request.resolver_match.view_name if request.resolver_match else ""
    context["page_article"] = article_of(view)
    if user.role in BODY_ROLES and view != "reviews:ask":
        context["asks_from"] = request.path
    for label, icon, name, roles in NAVIGATION:
        if roles and user.role not in roles:
            continue
        url = reverse(name)
        active = request.path == url or (url != "/" and request.path.startswith(url))
        belongs = any(name == entry and request.path.startswith(start) for start, entry in BELONGING.items())
        item = {"label": label, "icon": icon, "url": url, "active": active or belongs}
        context["nav_items"].append(item)
    # Of two addresses one inside the other, only the longer is where we are.
    where = max((item for item in context["nav_items"] if item["active"]), key=lambda i: len(i["url"]), default=None)
    for item in context["nav_items"]:
        item["active"] = item is where
    context["current_campaign"] = _round_in_hand(request, user)
    return context
