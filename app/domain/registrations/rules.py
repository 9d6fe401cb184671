"""The life of a registration and of a card application, and what finalising requires."""

from enum import StrEnum
from typing import Any

from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.kernel.workflow import Move, Requirement, State, Workflow


class Kind(StrEnum):
    """Whom a registration is for; the guide has the same flow for both (A17)."""

    APPRENTICE = "apprentice"
    TRAINEE = "trainee"


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

APPLICATION_READY = State("ready", N_("Ready for ordering"), "todo", "shopping-cart-plus")
AWAITING_PAYMENT = State("awaiting_payment", N_("Awaiting Payment"), "todo", "credit-card")
BEING_PRODUCED = State("being_produced", N_("Being produced"), "work", "printer")
APPLICATION_CANCELLED = State("cancelled", N_("Cancelled"), "off", "ban")

APPLICATION = Workflow(
    N_("an application"),
    (APPLICATION_READY, AWAITING_PAYMENT, BEING_PRODUCED, APPLICATION_CANCELLED),
    (
        Move("put_on_order", N_("Order"), "shopping-cart-plus", (APPLICATION_READY,),
             AWAITING_PAYMENT, None, N_("Put on an order")),
        Move("take_off_order", N_("Take off the order"), "shopping-cart-minus",
             (AWAITING_PAYMENT,), APPLICATION_READY, None, N_("Taken off the order")),
        Move("produce", N_("Produce"), "printer", (AWAITING_PAYMENT,), BEING_PRODUCED, None,
             N_("Being produced")),
        Move("cancel", N_("Cancel"), "ban", (APPLICATION_READY,), APPLICATION_CANCELLED, None,
             N_("Cancelled")),
    ),
)  # fmt: skip
"""The card application that finalising makes; later states join with their pages (A143)."""


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


def requirements_of(codes: frozenset[str]) -> tuple[Requirement, ...]:
    """Return what a scheme that asks for ``codes`` requires before finalising."""
    return ALWAYS + tuple(each for code, each in BY_CODE.items() if code in codes)
