"""What is asked for a card application: the columns of the guide's grid (A81), in its words."""

from collections.abc import Sequence
from datetime import date

from app.domain.kernel.fieldkinds import Choice
from app.domain.kernel.fields import Field, Subject, Values
from app.domain.kernel.words import N_, say
from app.domain.people.fields import GENDERS, PERSON, TITLES
from app.domain.registrations.rules import REQUESTS, Request

NUMBER_DIGITS = range(5, 11)


def check_scheme_number(number: str, _today: date) -> str | None:
    """Say what is wrong with the number on somebody's card."""
    if not (number.isascii() and number.isdecimal()):
        return say("The number on the card has digits only, such as 123456.")
    if len(number) not in NUMBER_DIGITS:
        return say(
            "This has %(found)s digits; the number on the card has %(least)s to %(most)s.",
            found=len(number), least=NUMBER_DIGITS[0], most=NUMBER_DIGITS[-1],
        )  # fmt: skip
    return None


def _check_initials(initials: str, _today: date) -> str | None:
    if not initials.replace(" ", "").replace(".", "").isalpha():
        return say("Initials are letters, such as J or J A.")
    return None


def needs_number(values: Values) -> bool:
    """Tell whether the request is for somebody who has a card already (A86)."""
    return values.get("request_type") in (Request.RENEWAL, Request.REPLACEMENT)


def card_application(
    occupations: Sequence[Choice], *, number_label: str = N_("ECSNumber")
) -> Subject:
    """Return the row of a card application, as a spreadsheet has it.

    ``occupations`` are codes with names; ``number_label`` is what the scheme calls its number. A
    cell may hold the code or the name of a choice.
    """
    birth, nino = PERSON.field("birth_date"), PERSON.field("ni_number")
    return Subject(
        "card application",
        (
            Field("title", N_("Title"), "choice", choices=TITLES, width=10, example="Ms"),
            Field("first_names", N_("First name(s)"), "name", column="Firstname", required=True,
                  width=30, max_length=100, missing=N_("Enter the first name."),
                  example="Zofia"),
            Field("initials", N_("Initials"), width=10, max_length=10, check=_check_initials,
                  example="A"),
            Field("surname", N_("Last name"), "name", column="Lastname", required=True, width=30,
                  max_length=100, example="Dąbrowska"),
            Field("birth_date", N_("Date of birth"), "date", column="DateOfBirth", required=True,
                  personal="identity", check=birth.check, example="27/03/2005"),
            Field("gender", N_("Gender"), "choice", choices=GENDERS, width=20, example="F"),
            Field("ni_number", N_("National Insurance number"), "nino", column="NINumber",
                  personal="identity", width=20, hint=nino.hint, example="AB123456C"),
            Field("scheme_number", number_label, column=number_label, required=needs_number,
                  personal="identity", width=20, max_length=20, check=check_scheme_number,
                  missing=N_("A renewal or replacement needs the number on the present card."),
                  example="123456"),
            Field("occupation", N_("Occupation"), "choice", required=True, choices=occupations,
                  width=30, example="317"),
            Field("health_and_safety", N_("Health and safety assessment completed"), "yesno",
                  column="HSAssessment", required=True, check=_check_assessment,
                  missing=N_("Answer yes or no: has the assessment been completed?"),
                  example="yes"),
            Field("request_type", N_("Request type"), "choice", column="RequestType",
                  required=True, choices=tuple((each.value, REQUESTS[each]) for each in Request),
                  width=20, example="Renewal"),
            Field("image", N_("Image"), max_length=200, width=30,
                  hint=N_("The file name of the photo"), example="dabrowska.jpg"),
        ),
    )  # fmt: skip


def _check_assessment(completed: bool, _today: date) -> str | None:
    if not completed:
        return say("The answer is No: the assessment must be completed before the card is made.")
    return None


PERSONAL = ("title", "first_names", "surname", "birth_date", "gender", "ni_number")
"""The fields of a row that belong to the person."""
