"""``manage.py worker``: the worker of long work, and of the small work that comes round by itself."""

import threading

from django.urls import get_resolver
from django_tasks_db.management.commands.db_worker import Command as DatabaseWorker

from tthc_portal.jobs import periodic


class Command(DatabaseWorker):
    """The task worker of the database, with :mod:`tthc_portal.jobs.periodic` beside it."""

    help = "Xử lý tác vụ dài và các việc định kỳ (ghi phiên bản nội dung tự lưu đã ngừng sửa)."

    def handle(self, *args, **options):
        """Run until a signal; what is periodic stops with it."""
        # Whatever registers itself does so where its address leads.
        _ = get_resolver().url_patterns
        stop = threading.Event()
        if not options.get("batch"):
            periodic.start(stop)
        try:
            super().handle(*args, **options)
        finally:
            stop.set()
