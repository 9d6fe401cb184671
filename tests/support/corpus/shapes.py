"""What stands where it is not looked for: names, headings, rows, columns, sheets, formulas."""

from tests.support.corpus.cells import (
    CARDS,
    LEARNER,
    Around,
    Failed,
    Formula,
    Merged,
    Shown,
    asks,
    error,
    value,
)
from tests.support.corpus.making import damaged
from tests.support.corpus.writers import by_excel

PLAIN = {"surname": [("O'Brien", value("O'Brien")), ("Ng", value("Ng")), ("Ó Sé", value("Ó Sé"))]}
NAMES = LEARNER.names
ONE_NAME = [name for name in NAMES if name != "first_names"]
SURNAME_ERROR, EMAIL_ERROR = Failed("#N/A", "NA()"), Failed("#REF!", "#REF!+1")
FAILED = {
    "surname": [(SURNAME_ERROR, error("#N/A")), ("Ng", value("Ng"))],
    "email": [("a@example.org", value("a@example.org")), (EMAIL_ERROR, error("#REF!"))],
    "start_date": [(Failed("#VALUE!", 'VALUE("x")'), error("#VALUE!"))],
}
UNCALCULATED = {
    "surname": [("Ng", value("Ng")), (Formula("A1", calculated=False), error("formula"))],
    "uln": [(Formula("9276308600+86", calculated=False), error("formula"))],
}
CALCULATED = {
    "surname": [(Formula('"O\'"&"Brien"', "O'Brien"), value("O'Brien"))],
    "uln": [(Formula("9276308600+86", 9276308686), value("9276308686"))],
    "email": [(Formula('IF(1=1,"","x")', None), value(None))],
}
MERGED = {
    "surname": [(Merged("Ng", down=2), value("Ng")), (None, error("merged"))],
    "email": [("a@example.org", value("a@example.org"))] * 2,
}
THRICE = {
    "surname": [("Ng", value("Ng"))] * 3,
    "first_names": [("Wei-Ling", value("Wei-Ling"))] * 3,
    "birth_date": [("27/03/05", asks("two_digit_year"))] * 3,
    "uln": [("9276308686", value("9276308686"))] * 3,
    "email": [(None, value(None))] * 3,
    "phone": [(Shown(2079460018, "00000000000"), value("+442079460018"))] * 3,
    "ern": [(100000207, value("100000207"))] * 3,
    "postcode": [("m1 1aa", value("M1 1AA", "letter_case"))] * 3,
}

ENTRIES = [
    damaged("one column for the whole name", "xlsx", {
        "surname": [("O'Brien, Siân", asks("joined_names")), ("Siân O'Brien", asks("joined_names")),
                    ("NG Wei-Ling", asks("joined_names"))],
    }, around=Around(order=ONE_NAME, headings={"surname": "Name"}),
        joined={"first_names": "surname"}),
    damaged("last name and first name change places", "xlsx", PLAIN,
            around=Around(order=["first_names", "surname", *NAMES[2:]])),
    damaged("headings in another order", "csv", PLAIN, around=Around(order=NAMES[::-1])),
    damaged("headings by other names", "xlsx", PLAIN, around=Around(headings={
        "surname": "Family name", "first_names": "Forename", "birth_date": "D.O.B.",
        "uln": "Learner Ref", "email": "E-mail address", "phone": "Tel. no",
        "ern": "EDRS number", "postcode": "Post code"})),
    damaged("headings of a card list by other names", "csv", PLAIN, subject=CARDS,
            around=Around(headings={"first_names": "Forename", "surname": "Surname",
                                    "birth_date": "DOB", "ni_number": "NI No", "gender": "Sex"})),
    damaged("headings in odd dress", "xlsx", PLAIN, around=Around(headings={
        "surname": "  LAST NAME * ", "first_names": "First\nname(s)", "birth_date": "date_of_birth",
        "uln": "ULN:", "email": "e-mail", "phone": "Telephone (required)",
        "start_date": "START DATE"})),
    damaged("a title above the headings", "xlsx", PLAIN, around=Around(before=[
        ["Apprentices of Borough College, autumn 2025"], [None], ["Printed 15/09/2025"]])),
    damaged("a merged title above the headings", "xlsx", PLAIN, around=Around(before=[
        [Merged("Apprentices 2025", across=6), None, None, None, None, None]])),
    damaged("two rows of headings", "xlsx", PLAIN, around=Around(before=[
        [Merged("Candidate", across=6), None, None, None, None, None,
         Merged("Employer", across=2), None, "Dates"]])),
    damaged("a row of hints below the headings", "csv", PLAIN, around=Around(second=[
        "as on passport", "as on passport", "dd/mm/yyyy", "10 digits", "work or home", "",
        "9 digits", "", "dd/mm/yyyy"])),
    damaged("blank rows between", "xlsx", PLAIN, around=Around(gaps=frozenset({0, 1}))),
    damaged("blank lines between", "csv", PLAIN, around=Around(gaps=frozenset({0, 1}))),
    damaged("a row of totals at the end", "xlsx", PLAIN, around=Around(after=[
        [None], ["Total", None, None, 3], ["Checked by A. Clerk"]])),
    damaged("merged cells", "xlsx", MERGED),
    damaged("merged cells of old Excel", "xls", MERGED),
    damaged("merged cells of LibreOffice", "ods", MERGED),
    damaged("hidden columns", "xlsx", PLAIN, hidden="DE"),
    damaged("columns without a heading", "xlsx", PLAIN, around=Around(extra=[
        (None, ["ask her", None, 12.5]), (None, []), (None, [None, "late"])])),
    damaged("two columns of one name", "xlsx", PLAIN, around=Around(extra=[
        ("Email", ["other@example.org"]), ("Surname (old)", ["Smith"])])),
    damaged("several sheets", "xlsx", PLAIN, sheet="2025", sheets=("2024", "2025")),
    damaged("it begins far from the corner", "xls", PLAIN, around=Around(
        before=[[None], [None], [None]])),
    damaged("formulas with their results", "xlsx", CALCULATED, writer=by_excel),
    damaged("formulas with their results, LibreOffice", "ods", {
        name: cells for name, cells in CALCULATED.items() if name != "email"}),
    damaged("formulas that were never calculated", "xlsx", UNCALCULATED),
    damaged("formulas that were never calculated, in a file without any style", "xlsx",
            UNCALCULATED, writer=by_excel),
    damaged("formulas that were never calculated, old Excel", "xls", UNCALCULATED),
    damaged("formulas that were never calculated, LibreOffice", "ods", UNCALCULATED),
    damaged("cells that show errors", "xlsx", FAILED),
    damaged("cells that show errors, as Excel writes them", "xlsx", FAILED, writer=by_excel),
    damaged("cells that show errors, old Excel", "xls", FAILED),
    damaged("cells that show errors, LibreOffice", "ods", FAILED),
    damaged("the same row three times", "ods", THRICE),
]  # fmt: skip
