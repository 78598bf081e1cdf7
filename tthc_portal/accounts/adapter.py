"""How allauth behaves here: nobody signs up by himself."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.shortcuts import redirect

logger = logging.getLogger(__name__)


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are given by administrators and focal points; there is no sign-up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Tên đăng nhập hoặc mật khẩu không đúng. "
        "Kiểm tra phím Caps Lock và bộ gõ tiếng Việt rồi thử lại.",
        "too_many_login_attempts": "Đã nhập sai quá nhiều lần. Vui lòng chờ vài phút rồi thử lại.",
        "account_inactive": "Tài khoản đã ngừng sử dụng. Liên hệ đầu mối của cơ quan để mở lại.",
    }

    def is_open_for_signup(self, request):
        """Closed: an account comes with an organisation and a role."""
        return False

    def respond_user_inactive(self, request, user):
        """Back to the door with the sentence that says whom to call."""
        messages.error(request, self.error_messages["account_inactive"])
        return redirect("account_login")

    def send_mail(self, template_prefix, email, context):
        """A mail server that does not answer is noted in the log; the page says the same to everybody."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError:
            logger.exception("No mail could be sent (%s).", template_prefix)
