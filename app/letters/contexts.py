"""What each letter must be told: plain JSON, frozen when it is posted.

Days are written "2024-01-05", amounts in pence. A link is an address within the portal, such as
"/orders/17". None has a key for an NI number, a birth date or a photo, so that none can ever
print one.
"""

from typing import Literal, NotRequired, TypedDict


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


class DocumentEnded(TypedDict):
    """A document was cancelled, has expired early, or was replaced."""

    recipient_name: str
    person_name: str
    reference: str
    record_type: str
    title: str
    ended: Literal["cancel", "expire", "replace"]
    reason: str
    replaced_by: str
    link: NotRequired[str]


class DocumentReported(TypedDict):
    """A centre reports that something is wrong with a document, or with an export of several."""

    recipient_name: str
    person_name: str
    reference: str
    record_type: str
    title: str
    number: str
    provider_name: str
    reported_by: str
    wrong: str
    right: str
    link: NotRequired[str]


class DocumentReportAnswered(DocumentReported):
    """The awarding body answers such a report."""

    answer: str


class RecordIssued(TypedDict):
    """A learner's documents were issued; ``notice`` is what the awarding body adds, or empty."""

    recipient_name: str
    person_name: str
    title: str
    enrolment_number: str
    provider_name: str
    notice: str
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


class VerificationLink(TypedDict):
    """Somebody asked for the link by which they confirm their address and send a list."""

    recipient_name: str
    link: NotRequired[str]
