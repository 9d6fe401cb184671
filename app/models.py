"""The index of every table: import from here, and all of them are known.

Tables refer to each other by name; whoever builds the schema must have seen every one.
"""

from app.domain.awards.models import (
    Award,
    DocumentReport,
    DocumentSettings,
    ExportFile,
    IssuedDocument,
    Notice,
    PaperCopy,
    PrintJob,
    StatusList,
    TemplateVersion,
    VerificationFact,
)
from app.domain.awards.verification.models import VerificationRequest
from app.domain.catalogue.models import (
    AdministeringBody,
    CentreApproval,
    Occupation,
    Package,
    Pathway,
    Price,
    Product,
    Scheme,
    SchemeRequirement,
    StageDefinition,
    Standard,
    StandardVersion,
    VatRate,
)
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.imports.models import (
    CellError,
    HeadMapping,
    Import,
    ImportAction,
    ImportFile,
    ImportPhoto,
    ImportRow,
)
from app.domain.kernel.tables import (
    Counter,
    Event,
    EventSeal,
    IdempotencyToken,
    Job,
    Letter,
    RateCount,
    SavedFilter,
    StoredFile,
)
from app.domain.orders.models import (
    Allocation,
    GatewayEvent,
    Invoice,
    Order,
    OrderLine,
    Payment,
    Receipt,
    Transfer,
)
from app.domain.organisations.models import (
    AccessStamp,
    Membership,
    Organisation,
    OrganisationAncestry,
    OrganisationDetail,
    PortalUser,
)
from app.domain.people.models import Employment, Person, PersonMatch, PersonOrganisation
from app.domain.registrations.assessments.models import (
    AssessmentBooking,
    AssessmentSlot,
    AssessmentVenue,
)
from app.domain.registrations.models import (
    CardApplication,
    CardBatch,
    Registration,
    RegistrationBatch,
    RegistrationStage,
)

__all__ = [
    "AccessStamp", "AdministeringBody", "Allocation", "AssessmentBooking", "AssessmentSlot",
    "AssessmentVenue", "Award", "BatchCandidate", "BatchDraft", "CardApplication", "CardBatch",
    "CellError", "CentreApproval", "Counter", "DocumentReport", "DocumentSettings",
    "Employment", "Event", "EventSeal", "ExportFile", "GatewayEvent",
    "HeadMapping", "IdempotencyToken", "Import", "ImportAction", "ImportFile", "ImportPhoto",
    "ImportRow", "Invoice", "IssuedDocument", "Job", "Letter", "Membership", "Notice",
    "Occupation", "Order", "OrderLine", "Organisation", "OrganisationAncestry",
    "OrganisationDetail", "Package", "PaperCopy", "Pathway", "Payment", "Person", "PersonMatch",
    "PersonOrganisation", "PortalUser", "Price", "PrintJob", "Product", "RateCount", "Receipt",
    "Registration", "RegistrationBatch", "RegistrationStage", "SavedFilter", "Scheme",
    "SchemeRequirement", "StageDefinition", "Standard", "StandardVersion", "StatusList",
    "StoredFile", "TemplateVersion", "Transfer", "VatRate", "VerificationFact",
    "VerificationRequest",
]  # fmt: skip
