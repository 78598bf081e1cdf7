"""Pages of the catalogue."""

from procedures.views import catalogue, chosen, corrections, deciders, imports, mapping, matching

__all__ = ["catalogue", "chosen", "corrections", "deciders", "imports", "mapping", "matching"]
