"""Tables of the catalogue; each module is one noun of the field."""

from procedures.models.authority import AuthorityAlias, AuthorityLevel, Branch, Tier
from procedures.models.catalogue import ExecutionLevel, Procedure, ProcedureSector, ProcedureStatus, Sector
from procedures.models.corrections import Correction, CorrectionState
from procedures.models.deciders import DeciderSource, DecidingAuthority, UnresolvedAuthority
from procedures.models.imports import ColumnMapping, ImportBatch, ImportRow, ImportState, RowOutcome
from procedures.models.matching import Matching, MatchingKind
from procedures.models.similar import SimilarProcedure

__all__ = [
    "AuthorityAlias",
    "AuthorityLevel",
    "Branch",
    "ColumnMapping",
    "Correction",
    "CorrectionState",
    "DeciderSource",
    "DecidingAuthority",
    "ExecutionLevel",
    "ImportBatch",
    "ImportRow",
    "ImportState",
    "Matching",
    "MatchingKind",
    "Procedure",
    "ProcedureSector",
    "ProcedureStatus",
    "RowOutcome",
    "Sector",
    "SimilarProcedure",
    "Tier",
    "UnresolvedAuthority",
]
