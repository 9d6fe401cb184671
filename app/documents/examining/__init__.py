"""Guarded examination of files that claim to be documents of ours: PDFs and pictures.

`examine` copies and hashes what was uploaded and has children with limits look at it: what its
codes and pages say, what is attached, whose seal it bears. `compare` tells where that differs from
what was issued. Whatever is wrong with a file is an `ExaminationRefusedError` with a sentence.
"""

from app.documents.examining.comparing import compare, printed_fields
from app.documents.examining.examiner import examine
from app.documents.examining.findings import (
    Difference,
    Examination,
    FileKind,
    Line,
    Seal,
    SealFinding,
    Source,
)
from app.documents.examining.preview import Preview, pages_as_pictures
from app.documents.examining.refusals import ExaminationRefusedError

__all__ = [
    "Difference",
    "Examination",
    "ExaminationRefusedError",
    "FileKind",
    "Line",
    "Preview",
    "Seal",
    "SealFinding",
    "Source",
    "compare",
    "examine",
    "pages_as_pictures",
    "printed_fields",
]
