"""The lives of an award, of a document, of its paper, of an export and of a notice."""

from datetime import timedelta
from enum import StrEnum

from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, State, Workflow


class RecordType(StrEnum):
    """What a document is (D24)."""

    CERTIFICATE = "certificate"
    TRANSCRIPT = "transcript"
    LETTER = "letter"


RECORD_TYPES = {
    RecordType.CERTIFICATE: N_("Certificate"),
    RecordType.TRANSCRIPT: N_("Transcript"),
    RecordType.LETTER: N_("Individual Letter"),
}

OUTCOMES = {
    "pass": N_("Pass"),
    "merit": N_("Merit"),
    "distinction": N_("Distinction"),
    "achieved": N_("Achieved"),
    "not_achieved": N_("Not achieved"),
}
"""What a learner reached; only "not achieved" brings no certificate."""
NOT_ACHIEVED = "not_achieved"

# An award ------------------------------------------------------------------------------------

AWAITING_ISSUE = State("awaiting_issue", N_("Awaiting issue"), "todo", "rubber-stamp")
CERTIFICATED = State("certificated", N_("Issued"), "ok", "certificate")
AWARD_WITHDRAWN = State("withdrawn", N_("Withdrawn"), "off", "circle-minus")

AWARD = Workflow(
    N_("an award"),
    (AWAITING_ISSUE, CERTIFICATED, AWARD_WITHDRAWN),
    (
        Move("issue", N_("Issue documents"), "rubber-stamp", (AWAITING_ISSUE,), CERTIFICATED,
             Permission.ISSUE_DOCUMENTS, N_("Documents were issued")),
        Move("withdraw", N_("Withdraw"), "circle-minus", (AWAITING_ISSUE, CERTIFICATED),
             AWARD_WITHDRAWN, Permission.MAKE_AWARDS, N_("Withdrawn")),
    ),
)  # fmt: skip
"""An award waits until its documents are issued; those live on by themselves."""

# A document ----------------------------------------------------------------------------------

PENDING = State("pending", N_("Pending"), "work", "clock")
DOCUMENT_FAILED = State("failed", N_("Failed"), "stop", "alert-triangle")
VALID = State("valid", N_("Valid"), "ok", "rosette-discount-check")
EXPIRED = State("expired", N_("Expired"), "hold", "calendar-off")
DOCUMENT_CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")
REPLACED = State("replaced", N_("Replaced"), "off", "replace")

ISSUED = (VALID, EXPIRED, DOCUMENT_CANCELLED, REPLACED)
"""The document exists: the guide's "Completed" (D26); how it stands now is D59's status."""
COMPLETED = State("completed", N_("Completed"), "ok", "circle-check")

DOCUMENT = Workflow(
    N_("a document"),
    (PENDING, DOCUMENT_FAILED, VALID, EXPIRED, DOCUMENT_CANCELLED, REPLACED),
    (
        Move("complete", N_("Issue"), "rubber-stamp", (PENDING,), VALID, None,
             N_("Rendered, sealed and stored")),
        Move("fail", N_("Give up"), "alert-triangle", (PENDING,), DOCUMENT_FAILED, None,
             N_("Could not be made")),
        Move("retry", N_("Try again"), "refresh", (DOCUMENT_FAILED,), PENDING,
             Permission.ISSUE_DOCUMENTS, N_("Tried again")),
        Move("abandon", N_("Drop"), "trash", (DOCUMENT_FAILED,), DOCUMENT_CANCELLED,
             Permission.ISSUE_DOCUMENTS, N_("Dropped before it was issued")),
        Move("expire", N_("Expire"), "calendar-off", (VALID,), EXPIRED,
             Permission.CANCEL_DOCUMENTS, N_("Expired")),
        Move("cancel", N_("Cancel"), "ban", (VALID, EXPIRED), DOCUMENT_CANCELLED,
             Permission.CANCEL_DOCUMENTS, N_("Cancelled")),
        Move("replace", N_("Replace"), "replace", (VALID, EXPIRED), REPLACED,
             Permission.CANCEL_DOCUMENTS, N_("Replaced")),
    ),
)  # fmt: skip
"""A document: made once by a worker, then valid until something ends that (D26, D59)."""


def in_its_job(state: str) -> State:
    """Return how a document stands in the job that made it: pending, failed or completed."""
    return COMPLETED if state in {each.code for each in ISSUED} else DOCUMENT.state(state)


# Its paper -----------------------------------------------------------------------------------

TO_PRINT = State("to_print", N_("To be printed"), "todo", "printer")
PRINTED = State("printed", N_("Printed"), "work", "file-check")
DISPATCHED = State("dispatched", N_("Dispatched"), "work", "truck-delivery")
DELIVERED = State("delivered", N_("Delivered"), "ok", "home-check")
RETURNED = State("returned", N_("Returned"), "stop", "truck-return")

PAPER = Workflow(
    N_("a paper copy"),
    (TO_PRINT, PRINTED, DISPATCHED, DELIVERED, RETURNED),
    (
        Move("print", N_("Mark as printed"), "file-check", (TO_PRINT,), PRINTED,
             Permission.ISSUE_DOCUMENTS, N_("Printed")),
        Move("dispatch", N_("Dispatch"), "truck-delivery", (PRINTED, RETURNED), DISPATCHED,
             Permission.ISSUE_DOCUMENTS, N_("Dispatched")),
        Move("deliver", N_("Mark as delivered"), "home-check", (DISPATCHED,), DELIVERED,
             Permission.ISSUE_DOCUMENTS, N_("Delivered")),
        Move("return", N_("Mark as returned"), "truck-return", (DISPATCHED, DELIVERED), RETURNED,
             Permission.ISSUE_DOCUMENTS, N_("Came back")),
    ),
)  # fmt: skip
"""One printed copy, from the print file to the letter box."""


class Copy(StrEnum):
    """Why a paper copy is made."""

    ORIGINAL = "original"
    REPRINT = "reprint"


COPIES = {Copy.ORIGINAL: N_("Original"), Copy.REPRINT: N_("Reprint")}

# An export -----------------------------------------------------------------------------------

EXPORT_PENDING = State("pending", N_("Pending"), "work", "clock")
EXPORT_COMPLETED = State("completed", N_("Completed"), "ok", "circle-check")
EXPORT_FAILED = State("failed", N_("Failed"), "stop", "alert-triangle")
EXPORT_EXPIRED = State("expired", N_("Expired"), "off", "calendar-off")

EXPORT = Workflow(
    N_("an export"),
    (EXPORT_PENDING, EXPORT_COMPLETED, EXPORT_FAILED, EXPORT_EXPIRED),
    (
        Move("complete", N_("Complete"), "circle-check", (EXPORT_PENDING,), EXPORT_COMPLETED, None,
             N_("Ready to download")),
        Move("fail", N_("Give up"), "alert-triangle", (EXPORT_PENDING,), EXPORT_FAILED, None,
             N_("Could not be made")),
        Move("retry", N_("Try again"), "refresh", (EXPORT_FAILED,), EXPORT_PENDING,
             Permission.EXPORT_DOCUMENTS, N_("Tried again")),
        Move("expire", N_("Expire"), "calendar-off", (EXPORT_COMPLETED, EXPORT_FAILED),
             EXPORT_EXPIRED, None, N_("Expired, its file was deleted")),
    ),
)  # fmt: skip
"""A zip of documents (D40): the file goes when it expires, the row stays."""

# A notice ------------------------------------------------------------------------------------

NOTICE_QUEUED = State("queued", N_("Being sent"), "work", "clock")
NOTICE_SENT = State("sent", N_("Email \u2713"), "ok", "mail-check")
NOTICE_REFUSED = State("refused", N_("Refused"), "stop", "mail-x")
NOTICE_BOUNCED = State("bounced", N_("Came back"), "stop", "mail-x")

NOTICE = Workflow(
    N_("a notice"),
    (NOTICE_QUEUED, NOTICE_SENT, NOTICE_REFUSED, NOTICE_BOUNCED),
    (
        Move("deliver", N_("Deliver"), "mail-check",
             (NOTICE_QUEUED, NOTICE_REFUSED, NOTICE_BOUNCED), NOTICE_SENT, None,
             N_("The mail server took the letter")),
        Move("refuse", N_("Refuse"), "mail-x", (NOTICE_QUEUED,), NOTICE_REFUSED, None,
             N_("The mail server refused the letter")),
        Move("bounce", N_("Bounce"), "mail-x", (NOTICE_QUEUED, NOTICE_SENT), NOTICE_BOUNCED,
             None, N_("The letter came back")),
    ),
)  # fmt: skip
"""A letter that tells a learner of their documents (D25, D49).

One that was refused or came back is delivered after all when staff send the letter again.
"""

NOT_NOTIFIED = State("none", N_("Not notified"), "off", "mail")
NOT_DELIVERED = (NOTICE_REFUSED, NOTICE_BOUNCED)
LATELY = timedelta(minutes=10)
"""Whoever was notified so lately is notified again only when that is said once more."""

# A report ------------------------------------------------------------------------------------

REPORT_OPEN = State("open", N_("Awaiting an answer"), "todo", "message-question")
REPORT_ANSWERED = State("answered", N_("Answered"), "ok", "message-check")

REPORT = Workflow(
    N_("a report"),
    (REPORT_OPEN, REPORT_ANSWERED),
    (
        Move("answer", N_("Answer"), "message-check", (REPORT_OPEN,), REPORT_ANSWERED,
             Permission.ISSUE_DOCUMENTS, N_("Answered")),
    ),
)  # fmt: skip
"""Something that is wrong with a document, as a centre reports it (D35)."""
