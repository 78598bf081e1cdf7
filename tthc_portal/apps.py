"""What the whole portal needs from a database connection."""

import sqlite3

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from tthc_portal.text import COLLATION, compare


def _give_sqlite_vietnamese_order(sender, connection, **kwargs):
    """SQLite knows no ICU: the collation PostgreSQL ships as ``vi-x-icu`` is registered under the same name."""
    if connection.vendor == "sqlite":
        connection.connection.create_collation(COLLATION, compare)


def _use_all_sqlite_parameters(sender, connection, **kwargs):
    """Django assumes 999 parameters a statement; SQLite takes what it was compiled for, in a twentieth of the trips."""
    if connection.vendor == "sqlite":
        limit = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.features.max_query_params = min(limit, 32_766)


class PortalConfig(AppConfig):
    """The composition root: settings, addresses, frame, text."""

    name = "tthc_portal"
    verbose_name = "Cổng rà soát, phân cấp thủ tục hành chính"

    def ready(self):
        connection_created.connect(_give_sqlite_vietnamese_order, dispatch_uid="vietnamese-collation")
        connection_created.connect(_use_all_sqlite_parameters, dispatch_uid="sqlite-parameters")
