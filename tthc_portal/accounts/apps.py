"""Who is asking."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Bodies and people."""

    name = "tthc_portal.accounts"
    label = "accounts"
    verbose_name = "Cơ quan và người dùng"
