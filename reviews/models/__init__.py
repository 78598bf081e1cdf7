"""Tables of the review rounds; each module is one noun of the field."""

from reviews.models.campaign import (
    Campaign,
    CampaignRule,
    CampaignState,
    Extension,
    HeadlineTier,
    Participation,
    StaleTally,
    TargetKind,
)
from reviews.models.content import (
    Attachment,
    ComplianceCost,
    CriterionAnswer,
    CurrentAuthority,
    LegalAmendment,
    Transfer,
)
from reviews.models.discussion import (
    Announcement,
    Notice,
    Opinion,
    Query,
    QueryState,
    SavedView,
    Ticket,
    TicketState,
)
from reviews.models.events import ReviewEvent
from reviews.models.review import (
    Conclusion,
    FrozenStanding,
    Review,
    ReviewKind,
    Status,
    TransferClass,
    TransferMode,
)
from reviews.models.scope import AdjustmentItem, AdjustmentKind, ReceptionRequest, ScopeAdjustment, ScopeItem
from reviews.models.submission import Submission, SubmissionItem

__all__ = [
    "AdjustmentItem",
    "AdjustmentKind",
    "Announcement",
    "Attachment",
    "Campaign",
    "CampaignRule",
    "CampaignState",
    "ComplianceCost",
    "Conclusion",
    "CriterionAnswer",
    "CurrentAuthority",
    "Extension",
    "FrozenStanding",
    "HeadlineTier",
    "LegalAmendment",
    "Notice",
    "Opinion",
    "Participation",
    "Query",
    "QueryState",
    "ReceptionRequest",
    "Review",
    "ReviewEvent",
    "ReviewKind",
    "SavedView",
    "ScopeAdjustment",
    "ScopeItem",
    "StaleTally",
    "Status",
    "Submission",
    "SubmissionItem",
    "TargetKind",
    "Ticket",
    "TicketState",
    "Transfer",
    "TransferClass",
    "TransferMode",
]
