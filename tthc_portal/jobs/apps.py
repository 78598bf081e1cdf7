"""Long work."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Work that outlasts a request, with progress and a result."""

    name = "tthc_portal.jobs"
    label = "jobs"
    verbose_name = "Tác vụ dài"
