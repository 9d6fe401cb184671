"""Every letter the portal sends: its code, when it goes to whom, and what its context must hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.kernel.words import N_
from app.letters.contexts import (
    ApplicationDispatched,
    ApplicationOnHold,
    AssessmentBooked,
    AssessmentCancelled,
    AssessmentMoved,
    AssessmentResult,
    BacsAllocated,
    BacsRegistered,
    DocumentEnded,
    DocumentReportAnswered,
    DocumentReported,
    OrderSubmitted,
    PaymentReceived,
    RecordIssued,
    RegistrationErrorReported,
    RegistrationSaved,
    StandardRegistered,
    VerificationLink,
)

Mailbox = Literal["", "registrations", "certifications", "accreditations", "QAP"]
"""The sender's address before the @; none means the general sender (C11)."""


@dataclass(frozen=True, kw_only=True)
class LetterKind:
    """One kind of letter; ``subject`` takes values of the context, such as %(order_reference)s.

    ``to`` and ``purpose`` are for the people who read the list of letters. The templates are
    ``templates/<template>.txt`` and ``.html``.
    """

    code: str
    title: str
    to: str
    purpose: str
    subject: str
    template: str
    context: type
    mailbox: Mailbox = ""


class ContextError(ValueError):
    """A context does not hold what its letter needs."""


_KINDS = (
    LetterKind(
        code="registration_saved_person",
        title=N_("Registration saved, to the apprentice or trainee"),
        to=N_("The apprentice or trainee"),
        purpose=N_("Confirms the details that were added"),
        subject=N_("Your registration %(reference)s with %(brand_name)s"),
        template="registration_saved_person",
        context=RegistrationSaved,
    ),
    LetterKind(
        code="registration_saved_employer",
        title=N_("Registration saved, to the employer"),
        to=N_("The employer's contact"),
        purpose=N_("Confirms the details that were added for one of its people"),
        subject=N_("Registration %(reference)s of %(person_name)s"),
        template="registration_saved_employer",
        context=RegistrationSaved,
    ),
    LetterKind(
        code="order_submitted",
        title=N_("Order submitted"),
        to=N_("The accounts contact of the order"),
        purpose=N_("Lists what was ordered and how to pay for it"),
        subject=N_("Order %(order_reference)s is waiting for payment"),
        template="order_submitted",
        context=OrderSubmitted,
    ),
    LetterKind(
        code="bacs_registered",
        title=N_("Order registered for bank transfer"),
        to=N_("The accounts contact of the order"),
        purpose=N_("Gives the bank details and the exact reference to quote"),
        subject=N_("Pay order %(order_reference)s by bank transfer"),
        template="bacs_registered",
        context=BacsRegistered,
    ),
    LetterKind(
        code="payment_received",
        title=N_("Card payment received"),
        to=N_("The accounts contact of the order"),
        purpose=N_("Confirms the payment and names the invoice"),
        subject=N_("Payment received for order %(order_reference)s"),
        template="payment_received",
        context=PaymentReceived,
    ),
    LetterKind(
        code="bacs_allocated",
        title=N_("Bank transfer allocated"),
        to=N_("The accounts contact of the order"),
        purpose=N_("Confirms that the order is paid and its applications start"),
        subject=N_("Bank transfer received for order %(order_reference)s"),
        template="bacs_allocated",
        context=BacsAllocated,
    ),
    LetterKind(
        code="application_on_hold",
        title=N_("Card application on hold"),
        to=N_("Whoever applied"),
        purpose=N_("Says what is missing and who must act"),
        subject=N_("Card application %(reference)s is on hold"),
        template="application_on_hold",
        context=ApplicationOnHold,
    ),
    LetterKind(
        code="application_dispatched",
        title=N_("Card dispatched"),
        to=N_("The person whose card it is"),
        purpose=N_("Says that the card is on its way"),
        subject=N_("Your card is on its way: application %(reference)s"),
        template="application_dispatched",
        context=ApplicationDispatched,
    ),
    LetterKind(
        code="document_ended",
        title=N_("Document no longer valid"),
        to=N_("The centre"),
        purpose=N_("Says which document was cancelled, expired or replaced, and why"),
        subject=N_("%(record_type)s %(reference)s of %(person_name)s is no longer valid"),
        template="document_ended",
        context=DocumentEnded,
    ),
    LetterKind(
        code="document_reported",
        title=N_("Issue with a document"),
        to=N_("The awarding body"),
        purpose=N_("Says what a centre finds wrong with a document, and what would be right"),
        subject=N_("Report %(number)s: an issue with %(reference)s"),
        template="document_reported",
        context=DocumentReported,
    ),
    LetterKind(
        code="document_report_answered",
        title=N_("Answer to a report about a document"),
        to=N_("The centre that reported it"),
        purpose=N_("Says what the awarding body found, and what it did"),
        subject=N_("Answer to report %(number)s about %(reference)s"),
        template="document_report_answered",
        context=DocumentReportAnswered,
    ),
    LetterKind(
        code="record_issued",
        title=N_("Documents issued, to the learner"),
        to=N_("The learner"),
        purpose=N_("Says that there are electronic documents, and gives the enrolment number"),
        subject=N_("Your record: %(title)s"),
        template="record_issued",
        context=RecordIssued,
        mailbox="certifications",
    ),
    LetterKind(
        code="verification_link",
        title=N_("Link to check a list of documents"),
        to=N_("Whoever asked for it on the verify page"),
        purpose=N_("Confirms the address before a list of numbers is taken"),
        subject=N_("Confirm your address to check documents of %(brand_name)s"),
        template="verification_link",
        context=VerificationLink,
    ),
    LetterKind(
        code="assessment_booked",
        title=N_("Assessment booked"),
        to=N_("The person who is to be assessed"),
        purpose=N_("Says when and where the health and safety assessment is"),
        subject=N_("Health and safety assessment of %(person_name)s: booking %(reference)s"),
        template="assessment_booked",
        context=AssessmentBooked,
    ),
    LetterKind(
        code="assessment_moved",
        title=N_("Assessment moved"),
        to=N_("The person and whoever booked"),
        purpose=N_("Gives the new date and place of the health and safety assessment"),
        subject=N_("New date: health and safety assessment of %(person_name)s, %(reference)s"),
        template="assessment_moved",
        context=AssessmentMoved,
    ),
    LetterKind(
        code="assessment_cancelled",
        title=N_("Assessment cancelled"),
        to=N_("The person and whoever booked"),
        purpose=N_("Says that the health and safety assessment does not take place, and why"),
        subject=N_("Cancelled: health and safety assessment of %(person_name)s, %(reference)s"),
        template="assessment_cancelled",
        context=AssessmentCancelled,
    ),
    LetterKind(
        code="assessment_result",
        title=N_("Result of an assessment"),
        to=N_("The person and whoever booked"),
        purpose=N_("Says whether the health and safety assessment was passed"),
        subject=N_("Result: health and safety assessment of %(person_name)s, %(reference)s"),
        template="assessment_result",
        context=AssessmentResult,
    ),
    LetterKind(
        code="registration_error_reported",
        title=N_("Error in a registration"),
        to=N_("The awarding body"),
        purpose=N_("Says what is wrong in a registration and what would be right"),
        subject=N_("Error in registration %(reference)s of %(person_name)s"),
        template="registration_error_reported",
        context=RegistrationErrorReported,
        mailbox="registrations",
    ),
    LetterKind(
        code="standard_registered",
        title=N_("Registration on a standard, to the candidate"),
        to=N_("The candidate"),
        purpose=N_("Confirms the details as registered, and asks to report errors"),
        subject=N_("Your registration %(reference)s on %(scheme)s"),
        template="standard_registered",
        context=StandardRegistered,
        mailbox="registrations",
    ),
)

LETTERS: Mapping[str, LetterKind] = {kind.code: kind for kind in _KINDS}


def letter_kind(code: str) -> LetterKind:
    """Return the kind of letter with this code."""
    try:
        return LETTERS[code]
    except KeyError:
        raise ContextError(f"There is no letter “{code}”.") from None


def required_keys(code: str) -> frozenset[str]:
    """Return the keys that the context of this letter must have."""
    return frozenset(letter_kind(code).context.__required_keys__)  # type: ignore[attr-defined]  # a TypedDict


def known_keys(code: str) -> frozenset[str]:
    """Return the keys that the context of this letter may have."""
    return frozenset(letter_kind(code).context.__annotations__)


def check_context(code: str, context: Mapping[str, Any]) -> None:
    """Raise ContextError when a key is missing or unknown; for tests of those who post letters."""
    missing, unknown = required_keys(code) - set(context), set(context) - known_keys(code)
    if missing or unknown:
        raise ContextError(
            f"Letter {code}: missing {sorted(missing) or 'nothing'}, "
            f"unknown {sorted(unknown) or 'nothing'}."
        )
