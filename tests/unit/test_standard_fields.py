"""The row of a registration on a standard: its columns, what a cell may hold, and its dates."""

from datetime import date

import pytest

from app.domain.kernel.dates import add_months
from app.domain.registrations.standard_fields import (
    FUNDING_CHOICES,
    PackageChoice,
    StandardChoice,
    shortest_months,
    standard_registration,
)

TODAY = date(2026, 11, 25)
AUTOCARE, LIGHT, BUILDER, ELECTRICAL = 11, 12, 13, 14
BUS = "Bus and Coach Engineering Technician"
STANDARDS = (
    StandardChoice(id=AUTOCARE, label="Autocare Technician ST0499 AP01", reference="ST0499",
                   assessment_plan="AP01"),
    StandardChoice(id=LIGHT, label="Light Vehicle ST0033 AP03", reference="ST0033",
                   assessment_plan="AP03", starts_from=date(2025, 1, 1),
                   starts_until=date(2026, 12, 31), minimum_months=10),
    StandardChoice(id=BUILDER, label=f"{BUS} Coach Builder ST0067 AP01", reference="ST0067",
                   assessment_plan="AP01"),
    StandardChoice(id=ELECTRICAL, label=f"{BUS} Mech/Elec ST0067 AP01", reference="ST0067",
                   assessment_plan="AP01"),
)  # fmt: skip
PACKAGES = (
    PackageChoice(id=1, code="ACAP01D", description="Autocare EPA ONLY", standard_id=AUTOCARE),
    PackageChoice(id=2, code="ACAP01A", description="Year 1 Gateway Package", standard_id=AUTOCARE),
    PackageChoice(id=3, code="LVAP03A", description="Year 1 Gateway Package", standard_id=LIGHT),
)
ROW = standard_registration(STANDARDS, PACKAGES)
GOOD = {
    "standard": "Autocare Technician ST0499 AP01", "package": "ACAP01D", "candidate_number": "",
    "title": "Ms", "first_names": "Zofia", "surname": "O’Dąbrowska", "birth_date": "27/03/2005",
    "gender": "F", "uln": "9276308686", "email": "zofia@example.com", "phone": "0113 496 0123",
    "start_date": "07/09/2026", "expected_end_date": "07/09/2028",
    "assessment_start_date": "01/06/2028", "funding_type": "LEVY", "employer_ern": "100000029",
    "employer_name": "Hartley Motors Ltd", "employee_position": "Apprentice",
    "employer_postcode": "LS1 4AP", "employer_phone": "0113 496 0456",
}  # fmt: skip
MANDATORY = (
    "start_date", "expected_end_date", "birth_date", "title", "first_names", "surname", "gender",
    "uln", "email", "phone", "employer_ern", "employer_name", "employee_position",
    "employer_postcode", "employer_phone", "assessment_start_date", "funding_type",
)  # fmt: skip


def read(**more):
    return ROW.read(GOOD | more, TODAY)


def test_a_good_row_is_read_whole():
    reading = read()

    assert reading.is_complete
    assert reading.values["standard"] == AUTOCARE
    assert reading.values["package"] == 1
    assert reading.values["employer_postcode"] == "LS1 4AP"
    assert reading.values["candidate_number"] is None


@pytest.mark.function("C38")
def test_the_columns_stand_in_the_guides_order_under_its_words():
    assert [field.column for field in ROW.fields] == [
        "Standard", "Package", "Candidate Number", "Title", "First Name(s)", "Surname",
        "Date of Birth", "Gender", "ULN", "Email ID", "Candidate Phone Number",
        "Apprenticeship Start Date", "Apprenticeship Expected End Date", "EPA Expected Start Date",
        "Funding Type", "Employer ERN", "Employer Company Name", "Employee Position",
        "Employer Postcode", "Employer Telephone",
    ]  # fmt: skip


@pytest.mark.function("C33")
@pytest.mark.parametrize("name", MANDATORY)
def test_each_of_the_guides_seventeen_facts_is_mandatory(name):
    reading = read(**{name: ""})

    assert set(reading.errors) == {name}
    assert reading.errors[name][:5] in ("Enter", "Choos")


def test_the_candidate_number_may_be_left_out():
    assert "candidate_number" not in read(candidate_number="").errors
    assert read(candidate_number="20000801").values["candidate_number"] == "20000801"
    assert "digits only" in read(candidate_number="EC-1").errors["candidate_number"]


@pytest.mark.function("C23", "C37")
@pytest.mark.parametrize(
    ("typed", "standard"),
    [
        ("Autocare Technician ST0499 AP01", AUTOCARE),
        (" autocare  technician st0499 ap01 ", AUTOCARE),
        ("Autocare_Technician_ST0499_AP01", AUTOCARE),
        ("ST0499 AP01", AUTOCARE),
        ("ST0499/AP01", AUTOCARE),
        ("st0499ap01", AUTOCARE),
        ("Bus_and_Coach_Engineering_Technician_Mech_Elec_ST0067_AP01", ELECTRICAL),
        (str(BUILDER), BUILDER),
    ],
)
def test_a_cell_names_a_standard_in_several_ways(typed, standard):
    assert ROW.field("standard").read(typed, today=TODAY) == standard


def test_a_reference_that_several_options_share_asks_for_one_of_them():
    words = read(standard="ST0067 AP01").errors["standard"]
    assert words == "“ST0067 AP01” stands for 2 entries. Choose one of them from the list."


def test_an_unknown_standard_is_named_and_the_nearest_offered():
    words = read(standard="Autocare Technican ST0499 AP01").errors["standard"]
    assert "Did you mean “Autocare Technician ST0499 AP01”?" in words


@pytest.mark.parametrize("typed", ["ACAP01D", "acap01d", "Autocare EPA ONLY", "1"])
def test_a_cell_names_a_package_by_code_or_description(typed):
    assert ROW.field("package").read(typed, today=TODAY) == 1


def test_a_description_that_two_standards_share_asks_for_one():
    assert "2 entries" in read(package="Year 1 Gateway Package").errors["package"]


def test_a_package_of_another_standard_is_refused():
    words = read(package="LVAP03A").errors["package"]
    assert "Choose one of Autocare Technician ST0499 AP01" in words


def test_an_unknown_uln_or_employer_number_is_refused():
    errors = read(uln="9999999999", employer_ern="999999999").errors
    assert set(errors) == {"uln", "employer_ern"}


@pytest.mark.parametrize(
    ("start", "said"),
    [("31/12/2024", "from 01/01/2025"), ("01/01/2027", "until 31/12/2026")],
)
def test_a_start_outside_the_versions_window_is_refused(start, said):
    reading = read(
        standard="ST0033 AP03", package="LVAP03A", start_date=start,
        expected_end_date="01/01/2030", assessment_start_date="01/01/2030",
    )  # fmt: skip
    assert said in reading.errors["start_date"]


def test_a_start_before_the_fifteenth_birthday_is_refused():
    words = read(birth_date="08/09/2011", start_date="07/09/2026").errors["start_date"]
    assert "was 14" in words


@pytest.mark.parametrize(
    ("start", "end", "earliest"),
    [
        ("30/06/2026", "27/02/2027", "28/02/2027"),
        ("01/08/2025", "31/03/2026", "01/04/2026"),
        ("31/07/2025", "30/07/2026", "31/07/2026"),
    ],
)
def test_an_apprenticeship_is_no_shorter_than_the_law_has_it(start, end, earliest):
    short = read(start_date=start, expected_end_date=end)
    assert earliest in short.errors["expected_end_date"]
    just = read(start_date=start, expected_end_date=earliest)
    assert "expected_end_date" not in just.errors


def test_an_end_before_the_start_is_refused():
    words = read(expected_end_date="06/09/2026").errors["expected_end_date"]
    assert words == "The end must come after the start. Check both dates."


def test_assessment_starts_no_earlier_than_the_shortest_length():
    assert "07/05/2027" in read(assessment_start_date="06/05/2027").errors["assessment_start_date"]
    assert read(assessment_start_date="07/05/2027").is_complete


def test_a_versions_own_minimum_counts():
    reading = read(
        standard="ST0033 AP03", package="LVAP03A", start_date="01/09/2026",
        expected_end_date="30/06/2027", assessment_start_date="01/07/2027",
    )  # fmt: skip
    assert "at least 10 months" in reading.errors["expected_end_date"]
    assert shortest_months(date(2025, 7, 31), 10) == 12


def test_the_dates_are_checked_beside_a_standard_that_could_not_be_read():
    errors = read(standard="nothing", expected_end_date="01/10/2026").errors
    assert set(errors) == {"standard", "expected_end_date"}


def test_a_funding_type_counts_from_its_first_day_and_up_to_its_age():
    earlier = read(start_date="31/07/2025", expected_end_date="01/09/2028",
                   funding_type="Foundation apprenticeship")  # fmt: skip
    assert "from 01/08/2025" in earlier.errors["funding_type"]
    older = {"birth_date": "01/01/2003", "expected_end_date": "01/09/2028"}
    assert (
        "at most 21"
        in read(funding_type="FULL_SME_YOUNG", start_date="31/07/2026", **older).errors[
            "funding_type"
        ]
    )
    assert read(funding_type="FULL_SME_YOUNG", start_date="01/08/2026", **older).is_complete


def test_the_funding_types_are_those_of_the_code_list():
    assert [code for code, _ in FUNDING_CHOICES] == [
        "LEVY", "LEVY_TRANSFER", "COINV_LEVY", "COINV_NONLEVY", "FULL_SME_YOUNG", "FULL_OTHER",
        "FOUNDATION", "EMPLOYER", "DEVOLVED", "OTHER",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 6, 30), 8, date(2027, 2, 28)),
        (date(2027, 6, 30), 8, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_months_later_is_the_last_day_of_a_shorter_month(day, months, later):
    assert add_months(day, months) == later
