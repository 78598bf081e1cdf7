"""What the whole portal needs from a database connection."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from tthc_portal.text import COLLATION, compare


def _give_sqlite_vietnamese_order(sender, connection, **kwargs):
    """SQLite knows no ICU: the collation PostgreSQL ships as ``vi-x-icu`` is registered under the same name."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, compare)


class PortalConfig(AppConfig):
    """The composition root: settings, addresses, frame, text."""

    name = "tthc_portal"
    verbose_name = "Cổng rà soát, phân cấp thủ tục hành chính"

    def ready(self):
        connection_created.connect(_give_sqlite_vietnamese_order, dispatch_uid="vietnamese-collation")
