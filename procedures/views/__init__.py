"""Pages of the catalogue."""

from procedures.views import catalogue, corrections, deciders, imports, mapping, matching

__all__ = ["catalogue", "corrections", "deciders", "imports", "mapping", "matching"]
