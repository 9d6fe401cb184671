"""What is asked for a registration, in the guides' words for each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.kernel.fieldkinds import Choice
from app.domain.kernel.fields import Field, Subject, Values
from app.domain.kernel.words import N_, say
from app.domain.people.fields import YOUNGEST, age_on
from app.domain.registrations.rules import Kind

EARLIEST = date(2000, 1, 1)
FAR_AHEAD = timedelta(days=366)


@dataclass(frozen=True)
class Words:
    """How the guide speaks of one kind of registration."""

    one: str
    tab: str
    new: str
    attention: str
    in_progress: str
    details: str
    pathway: str
    start_date: str
    health_and_safety: str
    employer_details: str
    finalise: str
    search: str


WORDS: Mapping[Kind, Words] = {
    Kind.APPRENTICE: Words(
        one=N_("Apprentice"),
        tab=N_("Apprenticeships"),
        new=N_("New Apprentice Registration"),
        attention=N_("Apprentice registrations requiring attention"),
        in_progress=N_("Apprenticeships in progress"),
        details=N_("Apprenticeship Details"),
        pathway=N_("Apprenticeship Pathway"),
        start_date=N_("Apprenticeship Start Date"),
        health_and_safety=N_(
            "Has the apprentice completed a Health, Safety and Environmental Assessment?"
        ),
        employer_details=N_("Apprentice Employer Details"),
        finalise=N_("FINALISE APPRENTICE REGISTRATIONS"),
        search=N_("Search for an apprentice already on the portal"),
    ),
    Kind.TRAINEE: Words(
        one=N_("Trainee"),
        tab=N_("Trainees"),
        new=N_("New Trainee Registration"),
        attention=N_("Trainee registrations requiring action"),
        in_progress=N_("Trainees in progress"),
        details=N_("Trainee Details"),
        pathway=N_("Trainee Pathway"),
        start_date=N_("Trainee Start Date"),
        health_and_safety=N_(
            "Has the trainee completed a Health, Safety and Environmental Assessment?"
        ),
        employer_details=N_("Trainee Employer Details"),
        finalise=N_("FINALISE TRAINEE REGISTRATIONS"),
        search=N_("Search for a trainee already on the portal"),
    ),
    Kind.STANDARD: Words(
        one=N_("Standard"),
        tab=N_("Standards"),
        new=N_("New Standard Registration"),
        attention=N_("Standard registrations requiring attention"),
        in_progress=N_("Standards in progress"),
        details=N_("Apprenticeship Standard Details"),
        pathway=N_("Apprenticeship Pathway"),
        start_date=N_("Apprenticeship Start Date"),
        health_and_safety=N_(
            "Has the apprentice completed a Health, Safety and Environmental Assessment?"
        ),
        employer_details=N_("Apprentice Employer Details"),
        finalise=N_("FINALISE STANDARD REGISTRATIONS"),
        search=N_("Search for a candidate already on the portal"),
    ),
}


def _check_start(start: date, today: date) -> str | None:
    if start > today + FAR_AHEAD:
        return say("This is more than a year ahead. Check the year.")
    if start < EARLIEST:
        return say("This is before %(year)s. Check the year.", year=EARLIEST.year)
    return None


def check_age_at_start(values: Values) -> Mapping[str, str]:
    """Refuse a start before the age at which people are registered."""
    born, start = values.get("birth_date"), values.get("start_date")
    if born and start and age_on(born, start) < YOUNGEST:
        return {
            "start_date": say(
                "On this day the person was %(age)s; people are registered from %(least)s. Check "
                "this date and the date of birth.",
                age=max(age_on(born, start), 0), least=YOUNGEST,
            )
        }  # fmt: skip
    return {}


def _check_employer(values: Values) -> Mapping[str, str]:
    if values.get("employer") and values.get("employer_name"):
        return {
            "employer_name": say(
                "Choose a known employer or name a new one, not both: empty one of the two."
            )
        }
    return {}


def subject(kind: Kind, schemes: Sequence[Choice], pathways: Sequence[Choice]) -> Subject:
    """Return the fields of a registration of ``kind``, with what can be chosen at present."""
    words = WORDS[kind]
    return Subject(
        f"{kind} registration",
        (
            Field("scheme", N_("Scheme"), "choice", required=True, choices=schemes, width=40),
            Field("pathway", words.pathway, "choice", choices=pathways, width=40),
            Field("start_date", words.start_date, "date", check=_check_start),
            Field("health_and_safety", words.health_and_safety, "yesno", required=True,
                  missing=N_("Answer yes or no: has the assessment been completed?"),
                  hint=N_("A registration is finalised once the answer is Yes")),
            Field("office_contact", N_("Office Contact"), width=30, max_length=160,
                  hint=N_("Who in your office looks after this registration")),
            Field("employer", N_("Employer"), "lookup", source="employers", width=40,
                  hint=N_("Search for a known employer by name or number")),
            Field("employer_name", N_("Or a new employer's name"), width=40, max_length=160),
            Field("employer_contact_name", N_("Contact name"), width=30, max_length=160),
            Field("employer_contact_email", N_("Contact email"), "email", width=30,
                  max_length=320, hint=N_("We write here when the registration is saved")),
            Field("employer_contact_phone", N_("Contact telephone"), "phone", width=20),
        ),
        checks=(_check_employer,),
    )  # fmt: skip


DETAILS = ("scheme", "pathway", "start_date", "health_and_safety", "office_contact")
EMPLOYER = (
    "employer", "employer_name", "employer_contact_name", "employer_contact_email",
    "employer_contact_phone",
)  # fmt: skip


def stage_text(number: int, reached_on: date | None) -> str:
    """Return "1 - 14/09/2021", as the guide lists a stage; "1" before it is reached."""
    return f"{number} - {reached_on:%d/%m/%Y}" if reached_on else str(number)
