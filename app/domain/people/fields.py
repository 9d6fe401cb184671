"""What is asked about a person, wherever it is asked."""

from datetime import date

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.words import N_, say

YOUNGEST, OLDEST = 15, 115

TITLES = (
    ("Mr", N_("Mr")), ("Mrs", N_("Mrs")), ("Miss", N_("Miss")), ("Ms", N_("Ms")), ("Mx", N_("Mx")),
    ("Dr", N_("Dr")), ("Prof", N_("Prof")), ("Rev", N_("Rev")),
)  # fmt: skip
GENDERS = (("F", N_("Female")), ("M", N_("Male")), ("X", N_("Another gender")))


def age_on(born: date, day: date) -> int:
    """Return the age of somebody on ``day``."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _check_birth(born: date, today: date) -> str | None:
    if born > today:
        return say("This date of birth is in the future. Check the year.")
    age = age_on(born, today)
    if age < YOUNGEST:
        return say(
            "Somebody born then is %(age)s; people are registered from %(least)s.",
            age=age, least=YOUNGEST,
        )  # fmt: skip
    if age > OLDEST:
        return say("Somebody born then would be %(age)s years old. Check the year.", age=age)
    return None


PERSON = Subject(
    "person",
    (
        Field("title", N_("Title"), "choice", choices=TITLES, width=10),
        Field("first_names", N_("First name(s)"), "name", required=True, width=30, max_length=100,
              missing=N_("Enter the first name.")),
        Field("surname", N_("Last name"), "name", required=True, width=30, max_length=100),
        Field("birth_date", N_("Date of birth"), "date", required=True, personal="identity",
              hint=N_("For example, 27 3 2007"), check=_check_birth),
        Field("gender", N_("Gender"), "choice", choices=GENDERS, width=20),
        Field("ni_number", N_("National Insurance number"), "nino", personal="identity", width=20,
              hint=N_("For example, QQ 12 34 56 C")),
        Field("uln", N_("Unique learner number (ULN)"), "uln", personal="identity", width=20,
              hint=N_("Ten digits")),
        Field("email", N_("Email"), "email", personal="contact", width=30, max_length=320,
              hint=N_("We write here when the registration is saved")),
        Field("phone", N_("Telephone"), "phone", personal="contact", width=20),
    ),
)  # fmt: skip
"""A person, without the photo, which is a file."""
