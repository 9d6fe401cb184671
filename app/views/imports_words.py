"""What the guides call the pages and buttons of each kind of upload."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.kernel.words import N_

APPLICATIONS, STANDARDS, AWARDS = "applications", "standards", "awards"


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the guides call the pages and buttons of one target."""

    home: str
    home_text: str
    view: str
    add: str
    verify: str
    finalise: str
    endpoint: str
    declaration: str
    """What is declared with the purchase (A89)."""
    number: tuple[str, str]
    """How many of them an order is for; one, and several."""
    going: tuple[str, str] = (
        N_("%(num)d row goes into the order"), N_("%(num)d rows go into the order")
    )  # fmt: skip
    submit: str = N_("SUBMIT PURCHASE")
    fill_in: str = N_("Fill in the application details required")
    then: str = N_("Their order can be paid now.")
    """What follows once all rows are finalised."""


WORDS: Mapping[str, Words] = {
    APPLICATIONS: Words(
        home=N_("Bulk Upload"),
        home_text=N_("Bring the spreadsheet you have. Rows that are right can be ordered now; the "
                     "others wait here until somebody has put them right."),
        view=N_("VIEW YOUR APPLICATIONS"),
        add=N_("ADD APPLICATION"),
        verify=N_("VERIFY APPLICATIONS"),
        finalise=N_("FINALISE VALID APPLICATIONS"),
        endpoint="ImportsView.home",
        declaration=N_(
            "I understand that by completing this form and clicking Submit Purchase my "
            "applications will be finalised using the data and images shown on this page."
        ),
        number=(N_("%(num)d application"), N_("%(num)d applications")),
    ),
    STANDARDS: Words(
        home=N_("Spreadsheet Registrations"),
        home_text=N_("Register candidates for apprenticeship standards in bulk."),
        view=N_("VIEW YOUR REGISTRATIONS"),
        add=N_("ADD REGISTRATION"),
        verify=N_("VERIFY REGISTRATIONS"),
        finalise=N_("FINALISE VALID REGISTRATIONS"),
        endpoint="ImportsView.standards",
        declaration=N_(
            "I understand that by completing this form and clicking Submit Purchase my "
            "registrations will be finalised using the data shown on this page."
        ),
        number=(N_("%(num)d registration"), N_("%(num)d registrations")),
    ),
    AWARDS: Words(
        home=N_("Upload awards"),
        home_text=N_("Record what learners achieved in bulk. Rows that are right can be made into "
                     "awards now; the others wait here until somebody has put them right."),
        view=N_("VIEW YOUR AWARDS"),
        add=N_("ADD A ROW"),
        verify=N_("VERIFY AWARDS"),
        finalise=N_("FINALISE VALID AWARDS"),
        endpoint="ImportsView.awards",
        declaration=N_("The results are correct and were moderated. Awards are made of them "
                       "exactly as they stand on this page."),
        number=(N_("%(num)d award"), N_("%(num)d awards")),
        going=(N_("Awards are made of %(num)d row"), N_("Awards are made of %(num)d rows")),
        submit=N_("MAKE AWARDS"),
        fill_in=N_("Fill in an award, or one of its components"),
        then=N_("Their documents can be issued now."),
    ),
}  # fmt: skip
