"""The life of a registration and of a card application, and what finalising requires."""

from enum import StrEnum
from typing import Any

from app.domain.kernel.permissions import Permission
from app.domain.kernel.references import order_reference
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Requirement, State, Workflow

ENROLMENT_PREFIX = "AMS"
"""What enrolment numbers begin with (D50)."""


def enrolment_number(number: int) -> str:
    """Return what the learner of registration ``number`` quotes: AMS, digits, check digits."""
    return order_reference(ENROLMENT_PREFIX, number)


class Kind(StrEnum):
    """Whom a registration is for (A17), or that it is on an apprenticeship standard (C15)."""

    APPRENTICE = "apprentice"
    TRAINEE = "trainee"
    STANDARD = "standard"


STARTED = State("started", N_("Something missing"), "todo", "alert-triangle")
AWAITING_FINALISATION = State("awaiting_finalisation", N_("Awaiting finalisation"), "todo", "flag")
READY_FOR_ORDERING = State(
    "ready_for_ordering", N_("Ready for ordering"), "todo", "shopping-cart-plus"
)
ON_ORDER = State("on_order", N_("On order"), "work", "receipt")
IN_PROGRESS = State("in_progress", N_("In progress"), "work", "progress")
COMPLETED = State("completed", N_("Completed"), "ok", "circle-check")
WITHDRAWN = State("withdrawn", N_("Withdrawn"), "off", "circle-minus")
CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

ATTENTION = (STARTED, AWAITING_FINALISATION)
"""Registrations requiring attention (A27): all that wait to be finalised."""

REGISTRATION = Workflow(
    N_("a registration"),
    (STARTED, AWAITING_FINALISATION, READY_FOR_ORDERING, ON_ORDER, IN_PROGRESS, COMPLETED,
     WITHDRAWN, CANCELLED),
    (
        Move("complete_details", N_("Complete"), "check", (STARTED,), AWAITING_FINALISATION,
             None, N_("Everything required is there")),
        Move("reopen_details", N_("Reopen"), "pencil", (AWAITING_FINALISATION,), STARTED,
             None, N_("Something required was taken away")),
        Move("answer_assessment", N_("Answer the assessment"), "clipboard-check", (STARTED,),
             STARTED, None, N_("Passed the health and safety assessment")),
        Move("finalise", N_("Finalise"), "flag", ATTENTION, READY_FOR_ORDERING,
             Permission.FILL_IN_APPLICATIONS, N_("Finalised")),
        Move("return_to_attention", N_("Return to attention"), "arrow-back-up",
             (READY_FOR_ORDERING,), AWAITING_FINALISATION,
             Permission.FILL_IN_APPLICATIONS, N_("Returned to attention")),
        Move("put_on_order", N_("Order"), "shopping-cart-plus", (READY_FOR_ORDERING,), ON_ORDER,
             None, N_("Put on an order")),
        Move("take_off_order", N_("Take off the order"), "shopping-cart-minus", (ON_ORDER,),
             READY_FOR_ORDERING, None, N_("Taken off the order")),
        Move("start", N_("Start"), "player-play", (ON_ORDER,), IN_PROGRESS, None,
             N_("Paid, in progress")),
        Move("reach_stage", N_("Move to the next stage"), "stairs-up", (IN_PROGRESS,),
             IN_PROGRESS, Permission.FILL_IN_APPLICATIONS, N_("Reached a stage")),
        Move("undo_stage", N_("Undo the last stage"), "arrow-back-up", (IN_PROGRESS,),
             IN_PROGRESS, Permission.FILL_IN_APPLICATIONS, N_("Went back a stage")),
        Move("complete", N_("Complete"), "circle-check", (IN_PROGRESS,), COMPLETED,
             Permission.FILL_IN_APPLICATIONS, N_("Completed")),
        Move("resume", N_("Resume"), "arrow-back-up", (COMPLETED,), IN_PROGRESS,
             Permission.FILL_IN_APPLICATIONS, N_("Resumed")),
        Move("withdraw", N_("Withdraw"), "circle-minus", (IN_PROGRESS,), WITHDRAWN,
             Permission.FILL_IN_APPLICATIONS, N_("Withdrawn")),
        Move("cancel", N_("Cancel"), "ban", (*ATTENTION, READY_FOR_ORDERING), CANCELLED,
             Permission.FILL_IN_APPLICATIONS, N_("Cancelled")),
    ),
)  # fmt: skip
"""The registration's states as the guide names them (A27, A34, A69)."""


class Request(StrEnum):
    """What a card application asks for: the guide's RequestType (A55, A81)."""

    INITIAL = "initial"
    RENEWAL = "renewal"
    REPLACEMENT = "replacement"


REQUESTS = {
    Request.INITIAL: N_("Initial"),
    Request.RENEWAL: N_("Renewal"),
    Request.REPLACEMENT: N_("Replacement"),
}
MUST_ACT = {"provider": N_("The organisation that applied"), "staff": N_("The processing team")}
"""Who must act on an application that is on hold."""

APPLICATION_STARTED = State("started", N_("Something missing"), "todo", "alert-triangle")
APPLICATION_VALID = State("valid", N_("Valid"), "todo", "circle-check")
APPLICATION_READY = State("ready", N_("Ready for ordering"), "todo", "shopping-cart-plus")
AWAITING_PAYMENT = State("awaiting_payment", N_("Awaiting Payment"), "todo", "credit-card")
BEING_PRODUCED = State("being_produced", N_("Being produced"), "work", "printer")
VERIFYING = State("verifying", N_("Verifying"), "work", "zoom-check")
PREPARED = State("prepared", N_("Prepared"), "work", "id")
ON_HOLD = State("on_hold", N_("On hold"), "hold", "player-pause")
APPLICATION_COMPLETED = State("completed", N_("Completed"), "ok", "circle-check")
APPLICATION_ARCHIVED = State("archived", N_("Archived"), "off", "archive")
APPLICATION_CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

UNFINISHED = (APPLICATION_STARTED, APPLICATION_VALID)
"""Applications that wait to be completed and finalised."""
IN_HAND = (BEING_PRODUCED, VERIFYING, PREPARED)
"""The processing team has it in hand, and how far it is can be seen (A129)."""

OVER = tuple(
    state.code for state in (APPLICATION_COMPLETED, APPLICATION_ARCHIVED, APPLICATION_CANCELLED)
)
"""Codes of the states in which nothing more is done with an application."""

APPLICATION = Workflow(
    N_("an application"),
    (APPLICATION_STARTED, APPLICATION_VALID, APPLICATION_READY, AWAITING_PAYMENT, *IN_HAND,
     ON_HOLD, APPLICATION_COMPLETED, APPLICATION_ARCHIVED, APPLICATION_CANCELLED),
    (
        Move("complete_details", N_("Complete"), "check", (APPLICATION_STARTED,),
             APPLICATION_VALID, None, N_("Everything required is there")),
        Move("reopen_details", N_("Reopen"), "pencil", (APPLICATION_VALID,),
             APPLICATION_STARTED, None, N_("Something required was taken away")),
        Move("answer_assessment", N_("Answer the assessment"), "clipboard-check",
             (APPLICATION_STARTED,), APPLICATION_STARTED, None,
             N_("Passed the health and safety assessment")),
        Move("finalise", N_("Finalise"), "flag", UNFINISHED, APPLICATION_READY,
             Permission.FILL_IN_APPLICATIONS, N_("Finalised")),
        Move("return_to_attention", N_("Return to attention"), "arrow-back-up",
             (APPLICATION_READY,), APPLICATION_VALID, Permission.FILL_IN_APPLICATIONS,
             N_("Returned to attention")),
        Move("put_on_order", N_("Order"), "shopping-cart-plus", (APPLICATION_READY,),
             AWAITING_PAYMENT, None, N_("Put on an order")),
        Move("take_off_order", N_("Take off the order"), "shopping-cart-minus",
             (AWAITING_PAYMENT,), APPLICATION_READY, None, N_("Taken off the order")),
        Move("produce", N_("Produce"), "printer", (AWAITING_PAYMENT,), BEING_PRODUCED, None,
             N_("Being produced")),
        Move("take", N_("Take in hand"), "zoom-check", (BEING_PRODUCED,), VERIFYING,
             Permission.PROCESS_APPLICATIONS, N_("Taken in hand")),
        Move("prepare", N_("Mark as prepared"), "id", (VERIFYING,), PREPARED,
             Permission.PROCESS_APPLICATIONS, N_("Card prepared")),
        Move("hold", N_("Put on hold"), "player-pause", IN_HAND, ON_HOLD,
             Permission.PROCESS_APPLICATIONS, N_("Put on hold")),
        Move("resume", N_("Resume"), "player-play", (ON_HOLD,), BEING_PRODUCED,
             Permission.PROCESS_APPLICATIONS, N_("Resumed")),
        Move("answer", N_("Supply what is missing"), "message-check", (ON_HOLD,),
             BEING_PRODUCED, Permission.FILL_IN_APPLICATIONS, N_("What was missing was supplied")),
        Move("dispatch", N_("Dispatch"), "truck-delivery", (PREPARED,), APPLICATION_COMPLETED,
             Permission.PROCESS_APPLICATIONS, N_("Dispatched")),
        Move("archive", N_("Archive"), "archive", (APPLICATION_COMPLETED,),
             APPLICATION_ARCHIVED, None, N_("Archived")),
        Move("cancel", N_("Cancel"), "ban", (*UNFINISHED, APPLICATION_READY),
             APPLICATION_CANCELLED, Permission.FILL_IN_APPLICATIONS, N_("Cancelled")),
    ),
)  # fmt: skip
"""The card application's states (A143), from started to archived."""


def _has_health_and_safety(registration: Any) -> bool:
    return registration.health_and_safety is True


def _has_photo(registration: Any) -> bool:
    return registration.person.photo_id is not None


def _has_email(registration: Any) -> bool:
    return bool(registration.person.email)


def _has_employer(registration: Any) -> bool:
    return registration.employer_id is not None


def _has_pathway(registration: Any) -> bool:
    return registration.pathway_id is not None


def _has_start(registration: Any) -> bool:
    return registration.start_date is not None


ALWAYS = (
    Requirement(
        "pathway", N_("Pathway"), N_("Pathway: none has been chosen"), _has_pathway
    ),
    Requirement(
        "start_date", N_("Start Date"), N_("Start date: none has been entered"), _has_start
    ),
    Requirement(
        "email", N_("Email"), N_("Email: none has been entered"), _has_email
    ),
    Requirement(
        "employer", N_("Employer"), N_("Employer: none has been entered"), _has_employer
    ),
)  # fmt: skip
"""What every scheme needs, whatever else it asks for."""

HEALTH_AND_SAFETY = Requirement(
    "health_and_safety",
    N_("H&S Module"),
    N_("H&S: the answer is not Yes; the assessment must be completed first"),
    _has_health_and_safety,
)
PHOTO = Requirement("photo", N_("Photo"), N_("Photo: none has been uploaded"), _has_photo)

BY_CODE = {each.code: each for each in (HEALTH_AND_SAFETY, PHOTO)}
"""The checks that a scheme may ask for, as data (SchemeRequirement.code)."""


def _has_package(registration: Any) -> bool:
    return registration.package_id is not None


ON_A_STANDARD = (
    Requirement(
        "package", N_("Package"), N_("Package: none has been chosen"), _has_package
    ),
    *(each for each in ALWAYS if each.code != "pathway"),
)  # fmt: skip
"""What every standard needs: packages stand where schemes have pathways."""


def requirements_of(codes: frozenset[str], kind: Kind = Kind.APPRENTICE) -> tuple[Requirement, ...]:
    """Return what a scheme of ``kind`` that asks for ``codes`` requires before finalising."""
    always = ON_A_STANDARD if kind is Kind.STANDARD else ALWAYS
    return always + tuple(each for code, each in BY_CODE.items() if code in codes)


def _has_number(application: Any) -> bool:
    if application.kind == Request.INITIAL:
        return True
    return application.person.scheme_number is not None


def _has_occupation(application: Any) -> bool:
    return application.occupation_id is not None


FOR_A_CARD = (
    Requirement(
        "occupation", N_("Occupation"), N_("Occupation: none has been chosen"), _has_occupation
    ),
    Requirement(
        "scheme_number", N_("ECSNumber"),
        N_("ECSNumber: a renewal or replacement needs the number on the present card"),
        _has_number,
    ),
    HEALTH_AND_SAFETY,
    PHOTO,
)  # fmt: skip
"""What an application of its own needs before it is valid (A83 to A86)."""
