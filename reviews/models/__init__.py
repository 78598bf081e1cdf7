"""Tables of the review rounds; each module is one noun of the field."""

from reviews.models.bulk import BulkChange, BulkKind, FormUpload
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
    Stance,
    Status,
    TransferClass,
    TransferMode,
)
from reviews.models.scope import AdjustmentItem, AdjustmentKind, ReceptionRequest, ScopeAdjustment, ScopeItem
from reviews.models.submission import Submission, SubmissionItem
from reviews.models.working import Phrase, WorkingCopy

__all__ = [
    "AdjustmentItem",
    "AdjustmentKind",
    "Announcement",
    "Attachment",
    "BulkChange",
    "BulkKind",
    "Campaign",
    "CampaignRule",
    "CampaignState",
    "ComplianceCost",
    "Conclusion",
    "CriterionAnswer",
    "CurrentAuthority",
    "Extension",
    "FormUpload",
    "FrozenStanding",
    "HeadlineTier",
    "LegalAmendment",
    "Notice",
    "Opinion",
    "Participation",
    "Phrase",
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
    "Stance",
    "Status",
    "Submission",
    "SubmissionItem",
    "TargetKind",
    "Ticket",
    "TicketState",
    "Transfer",
    "TransferClass",
    "TransferMode",
    "WorkingCopy",
]
