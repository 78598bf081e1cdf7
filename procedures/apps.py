"""What exists: the catalogue."""

from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    """The catalogue of administrative procedures and the import that fills it."""

    name = "procedures"
    verbose_name = "Danh mục thủ tục hành chính"
