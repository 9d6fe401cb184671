"""Every letter the portal sends: its code, when it goes to whom, and what its context must hold.

A context is plain JSON, frozen when the letter is posted: days as "2024-01-05", amounts in pence.
A link is an address within the portal, such as "/orders/17".
None has a key for an NI number, a birth date or a photo, so that none can ever print one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

from app.domain.kernel.words import N_


class Brand(TypedDict):
    """Who writes: the scheme's or awarding body's name, how to reach it, and its portal."""

    name: str
    email: str
    telephone: str
    public_url: str


class OrderLineContext(TypedDict):
    """A line of an order as letters list it; amounts in pence."""

    description: str
    quantity: int
    total: int


class BankDetail(TypedDict):
    """One line of bank details, such as "Sort code" and "20-00-00"."""

    label: str
    value: str


class RegistrationSaved(TypedDict):
    """A registration was saved; ``hse_completed`` is the health and safety answer."""

    recipient_name: str
    person_name: str
    kind: Literal["apprentice", "trainee"]
    reference: str
    scheme: str
    pathway: str
    start_date: str
    employer_name: str
    provider_name: str
    hse_completed: bool
    link: NotRequired[str]


class OrderSubmitted(TypedDict):
    """A purchase was submitted and waits for payment."""

    recipient_name: str
    order_reference: str
    customer_reference: str
    organisation_name: str
    raised_by: str
    raised_on: str
    lines: list[OrderLineContext]
    net: int
    vat: int
    total: int
    link: NotRequired[str]


class BacsRegistered(TypedDict):
    """An order was registered to be paid by bank transfer."""

    recipient_name: str
    order_reference: str
    organisation_name: str
    total: int
    invoice_number: str
    bank: list[BankDetail]
    link: NotRequired[str]


class PaymentReceived(TypedDict):
    """An order was paid by card."""

    recipient_name: str
    order_reference: str
    organisation_name: str
    total: int
    paid_on: str
    invoice_number: str
    link: NotRequired[str]


class BacsAllocated(TypedDict):
    """Finance allocated a bank transfer, and the order is paid."""

    recipient_name: str
    order_reference: str
    organisation_name: str
    total: int
    received_on: str
    invoice_number: str
    link: NotRequired[str]


class ApplicationOnHold(TypedDict):
    """A card application is on hold; ``reason`` is what is missing."""

    recipient_name: str
    person_name: str
    reference: str
    request: str
    reason: str
    waits_for_you: bool
    link: NotRequired[str]


class ApplicationDispatched(TypedDict):
    """A card is on its way."""

    recipient_name: str
    person_name: str
    reference: str
    request: str
    link: NotRequired[str]


class AssessmentBooked(TypedDict):
    """Somebody is booked for a health and safety assessment."""

    recipient_name: str
    person_name: str
    reference: str
    provider_name: str
    held_on: str
    held_time: str
    venue: str
    address: str
    link: NotRequired[str]


class AssessmentMoved(AssessmentBooked):
    """A booking is for another date, or its date was changed."""

    was_held_on: str
    was_held_time: str
    was_venue: str


class AssessmentCancelled(AssessmentBooked):
    """A booking, or the whole date, was cancelled."""

    reason: str


class AssessmentResult(AssessmentBooked):
    """The result of an assessment; ``valid_until`` is there when it was passed."""

    passed: bool
    valid_until: NotRequired[str]


class RegistrationErrorReported(TypedDict):
    """Somebody reports an error in a registration: what is wrong, and what would be right."""

    recipient_name: str
    person_name: str
    kind: str
    reference: str
    scheme: str
    provider_name: str
    reported_by: str
    wrong: str
    right: str
    link: NotRequired[str]


class StandardRegistered(TypedDict):
    """A candidate was registered on an apprenticeship standard."""

    recipient_name: str
    person_name: str
    kind: Literal["standard"]
    reference: str
    candidate_number: str
    scheme: str
    package: str
    start_date: str
    expected_end_date: str
    assessment_start_date: str
    employer_name: str
    provider_name: str
    link: NotRequired[str]


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
