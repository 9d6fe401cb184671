"""Tables of the area: awards, documents, what becomes of them, and what anyone may verify."""

from app.domain.awards.models.awards import Award
from app.domain.awards.models.documents import (
    DocumentSettings,
    IssuedDocument,
    PaperCopy,
    PrintJob,
    TemplateVersion,
)
from app.domain.awards.models.facts import (
    StatusList,
    VerificationFact,
)
from app.domain.awards.models.handing import (
    DocumentReport,
    ExportFile,
    Notice,
)

__all__ = [
    "Award",
    "DocumentReport",
    "DocumentSettings",
    "ExportFile",
    "IssuedDocument",
    "Notice",
    "PaperCopy",
    "PrintJob",
    "StatusList",
    "TemplateVersion",
    "VerificationFact",
]
