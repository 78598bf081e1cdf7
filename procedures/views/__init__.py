"""Pages of the catalogue."""

from procedures.views import catalogue, deciders, imports

__all__ = ["catalogue", "deciders", "imports"]
