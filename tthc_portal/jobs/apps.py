"""Long work."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Work that outlasts a request, with progress and a result."""

    name = "tthc_portal.jobs"
    label = "jobs"
    verbose_name = "Tác vụ dài"

    def ready(self):
        """Let every app's ``tasks.py`` register its kinds: web and worker must know the same ones."""
        autodiscover_modules("tasks")
