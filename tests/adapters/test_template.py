"""A template: what openpyxl and LibreOffice find in it, and what comes back filled in."""

import io
from datetime import date

import openpyxl
import pytest

from app.domain.kernel.fields import Field, Subject
from app.domain.registrations.application_fields import card_application
from app.sheets.reading import open_sheet
from app.sheets.reading.refusals import HeaderOnlyError
from app.sheets.template import Dependent, Template, shown_names, write_template
from tests.support import calc

AUTOCARE = "Autocare Technician ST0499 AP01"
SHOWN = "Autocare_Technician_ST0499_AP01"
COACH = "Bus and Coach Engineering Technician Electrical ST0067 AP01"
PACKAGES = {
    AUTOCARE: ["ACAP01D", "ACAP01C", "ACAP01A", "ACAP01B"],
    COACH: ["BCEL01A", "BCEL01B"],
    "ST0072": ["CSP01"],
}
REGISTRATION = Subject(
    "registration",
    (
        Field("standard", "Standard", "lookup", required=True, source="standards"),
        Field("package", "Package", "lookup", required=True, source="packages"),
        Field("surname", "Surname", "name", required=True, max_length=100, example="Dąbrowska"),
        Field("birth_date", "Date of Birth", "date", required=True, example="27/03/2005"),
        Field("uln", "ULN", "uln", required=True, hint="Ten digits", example="9276308686"),
        Field("phone", "Candidate Phone Number", "phone", example="020 7946 0018"),
        Field("ern", "Employer ERN", "ern", required=True, example="100000208"),
        Field("hours", "Hours a week", "number", required=lambda values: True),
        Field("funded", "Funded", "yesno", example="Yes"),
    ),
)
TYPED = {
    "A2": SHOWN, "B2": "ACAP01C", "C2": "O'Brien-Šmíd", "D2": "27/03/2005", "E2": "0123456789",
    "F2": "02079460018", "G2": "100000208", "H2": "37", "I2": "Yes",
    "A3": "_ST0072", "B3": "CSP01", "C3": "=1+1", "D3": "05/04/2006", "E3": "9276308686",
    "F3": "07700900123", "G3": "000123456", "H3": "20", "I3": "No",
}  # fmt: skip
READ = [
    (SHOWN, "ACAP01C", "O'Brien-Šmíd", date(2005, 3, 27), "0123456789", "02079460018",
     "100000208", 37, "Yes"),
    ("_ST0072", "CSP01", "=1+1", date(2006, 4, 5), "9276308686", "07700900123", "000123456", 20,
     "No"),
]  # fmt: skip


def registration(**others):
    return Template(
        title="Registrations on standards", mark="standards-7", subject=REGISTRATION,
        dependents={"package": Dependent("standard", PACKAGES)},
        instructions=["Ask us when a standard is missing."], **others,
    )  # fmt: skip


def cards():
    occupations = [("317", "Electrician"), ("318", "Improver"), ("319", "improver"), ("4", "=1+1")]
    return Template(
        title="Card applications", mark="cards-3", subject=card_application(occupations)
    )


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def offers(sheet):
    """Return type and formula of the check on each range of cells."""
    return {str(each.sqref): (each.type, each.formula1) for each in
            sheet.data_validations.dataValidation}  # fmt: skip


def listed(book, name):
    """Return the texts of a list by its name, as a drop-down shows them."""
    (place,) = [*book.defined_names[name].destinations]
    return [cell.value for (cell,) in book[place[0]][place[1]]]


def all_texts(sheet):
    return {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value}


def test_the_headings_are_bold_frozen_and_locked_and_all_below_is_free():
    book = opened(write_template(registration()))
    rows = book["Rows"]
    assert book.sheetnames[0] == "Rows"
    assert [cell.value for cell in rows[1]] == [one.column for one in REGISTRATION.fields]
    assert rows.freeze_panes == "A2"
    assert rows.max_row == 1
    assert rows.protection.sheet
    assert not rows.protection.password
    for cell in rows[1]:
        assert cell.font.bold
        assert cell.protection.locked
        assert not rows.column_dimensions[cell.column_letter].protection.locked


def test_what_must_be_filled_in_is_marked_by_colour_and_words():
    rows = opened(write_template(registration()))["Rows"]
    fills = {cell.value: cell.fill.start_color.rgb for cell in rows[1]}
    said = {cell.value: cell.comment.text for cell in rows[1]}
    assert fills["Surname"] == fills["ULN"] != fills["Candidate Phone Number"]
    assert fills["Hours a week"] not in (fills["Surname"], fills["Candidate Phone Number"])
    assert said["Surname"].splitlines() == [
        "Required", "Format: Text of at most 100 characters", "Example: Dąbrowska",
    ]  # fmt: skip
    assert said["ULN"].splitlines() == [
        "Required", "Format: Ten digits", "Example: 9276308686",
    ]  # fmt: skip
    assert said["Candidate Phone Number"].startswith("May stay empty\n")
    assert said["Hours a week"].startswith("Required in some cases\n")


def test_numbers_are_text_and_dates_are_dates_wherever_the_file_is_opened():
    rows = opened(write_template(registration()))["Rows"]
    formats = {
        cell.value: rows.column_dimensions[cell.column_letter].number_format for cell in rows[1]
    }
    assert formats["ULN"] == formats["Employer ERN"] == formats["Candidate Phone Number"] == "@"
    assert formats["Date of Birth"] == "[$-809]dd/mm/yyyy"
    assert formats["Hours a week"] == "General"


def test_each_choice_has_a_drop_down_and_the_package_waits_for_the_standard():
    book = opened(write_template(registration(rows=50)))
    found = offers(book["Rows"])
    assert found["B2:B51"] == ("list", "INDIRECT($A2)")
    assert listed(book, found["A2:A51"][1]) == [
        SHOWN, "Bus_and_Coach_Engineering_Technician_Electrical_ST0067_AP01", "_ST0072",
    ]  # fmt: skip
    for name, packages in zip(listed(book, found["A2:A51"][1]), PACKAGES.values(), strict=True):
        assert listed(book, name) == packages
    assert listed(book, found["I2:I51"][1]) == ["Yes", "No"]
    assert found["D2:D51"][0] == "date"
    assert book["Lists"].sheet_state == "hidden"


def test_a_card_application_offers_every_choice_by_a_text_that_names_one():
    book = opened(write_template(cards()))
    by_heading = {cell.value: f"{cell.column_letter}2:{cell.column_letter}1001" for cell in
                  book["Rows"][1]}  # fmt: skip
    found = offers(book["Rows"])
    subject = cards().subject
    for one in subject.fields:
        if one.kind != "choice":
            continue
        texts = listed(book, found[by_heading[one.column]][1])
        codes = [one.read(text.removeprefix("'"), today=date(2026, 1, 1)) for text in texts]
        assert codes == [code for code, _label in one.options()]
    assert listed(book, found[by_heading["Occupation"]][1]) == [
        "Electrician", "318", "319", "'=1+1",
    ]  # fmt: skip
    assert listed(book, found[by_heading["RequestType"]][1])
    assert listed(book, found[by_heading["HSAssessment"]][1]) == ["Yes", "No"]


def test_the_instructions_say_how_what_and_which():
    book = opened(write_template(registration()))
    texts = all_texts(book["Instructions"])
    assert "Registrations on standards" in texts
    assert "Ask us when a standard is missing." in texts
    assert any("once “Standard” is chosen" in text for text in texts)
    assert {"Surname", "Dąbrowska", "Required", "Required in some cases", SHOWN, "BCEL01B"} <= texts
    assert book["Instructions"].protection.sheet


def test_no_cell_is_a_formula():
    for template in (registration(), cards()):
        book = opened(write_template(template))
        kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds
        assert not {text for sheet in book for text in all_texts(sheet) if text[0] in "=+-@"}


def test_the_names_shown_lead_back_to_the_choices():
    assert shown_names(registration()) == {
        "standard": {
            AUTOCARE: SHOWN,
            COACH: "Bus_and_Coach_Engineering_Technician_Electrical_ST0067_AP01",
            "ST0072": "_ST0072",
        }
    }


def test_a_parent_that_is_unknown_or_opens_two_lists_is_refused():
    with pytest.raises(ValueError, match="has no field"):
        Template(title="T", mark="1", subject=REGISTRATION,
                 dependents={"package": Dependent("pathway", {})})  # fmt: skip
    with pytest.raises(ValueError, match="opens two"):
        Template(title="T", mark="1", subject=REGISTRATION,
                 dependents={name: Dependent("standard", {}) for name in ("package", "uln")},
                 )  # fmt: skip


def test_a_list_may_open_a_list_that_opens_another():
    chain = Subject("chain", tuple(Field(name, name, "lookup") for name in ("a", "b", "c")))
    template = Template(
        title="Chain", mark="1", subject=chain,
        dependents={
            "b": Dependent("a", {"North": ["ST1", "ST2"], "South": ["ST2"], "Nowhere": []}),
            "c": Dependent("b", {"ST1": ["x"], "ST2": ["y", "z"]}),
        },
    )  # fmt: skip
    book = opened(write_template(template))
    assert offers(book["Rows"])["C2:C1001"] == ("list", "INDIRECT($B2)")
    assert listed(book, "North") == ["_ST1", "_ST2"]
    assert listed(book, "Nowhere") == [None]
    assert listed(book, "_ST2") == ["y", "z"]


def test_a_package_of_another_standard_is_coloured():
    rows = opened(write_template(registration(rows=9)))["Rows"]
    ((place, (rule,)),) = [(str(each.sqref), each.rules) for each in rows.conditional_formatting]
    assert place == "B2:B10"
    assert rule.formula == ['AND($B2<>"",ISERROR(MATCH($B2,INDIRECT($A2),0)))']


def test_an_untouched_template_has_no_rows_and_a_filled_one_is_known_by_its_mark():
    with pytest.raises(HeaderOnlyError), open_sheet(io.BytesIO(write_template(registration()))):
        pass
    book = opened(write_template(registration()))
    book["Rows"]["C2"] = "Ng"
    out = io.BytesIO()
    book.save(out)
    with open_sheet(out) as sheet:
        assert (sheet.name, sheet.template, sheet.others) == (
            "Rows",
            "standards-7",
            ("Instructions",),
        )


@pytest.mark.needs_calc
@pytest.mark.function("C37")
def test_calc_fills_it_in_and_every_kind_of_file_reads_the_same(tmp_path):
    book = tmp_path / "template.xlsx"
    book.write_bytes(write_template(registration()))
    count = '=COUNTA(INDIRECT({}))&" "&INDEX(INDIRECT({});1)'.format

    filled = calc.filled(
        book, TYPED, tmp_path, validated=["A1", "A2", "B2", "C2"],
        tried={
            "A2": count("$A2", "$A2"), "A3": count("$A3", "$A3"),
            "A4": '=IF(ISERROR(INDIRECT($A4));"closed";"open")',
        },
    )  # fmt: skip

    assert filled.protected
    assert filled.locked == {"A1": True, "A2": False, "B2": False, "C2": False}
    assert filled.validations["B2"] == ("LIST", "INDIRECT($A2)")
    assert filled.tried == {"A2": "4 ACAP01D", "A3": "1 CSP01", "A4": "closed"}
    for kind, path in filled.files.items():
        with path.open("rb") as file, open_sheet(file) as sheet:
            assert (sheet.kind, sheet.name, sheet.template) == (kind, "Rows", "standards-7")
            rows = [row[:9] for row in sheet.rows if any(cell is not None for cell in row)]
            assert rows[0] == tuple(one.column for one in REGISTRATION.fields)
            assert rows[1:] == READ, kind
            assert not sheet.notes.errors
            assert not sheet.notes.uncalculated


@pytest.mark.needs_calc
def test_lists_names_and_locks_outlive_being_saved_by_calc(tmp_path):
    path = tmp_path / "template.xlsx"
    path.write_bytes(write_template(registration()))
    (saved,) = calc.converted([path], "xlsx", tmp_path)
    book = openpyxl.load_workbook(saved)
    found = {formula for _kind, formula in offers(book["Rows"]).values()}
    assert "INDIRECT($A2)" in found
    assert "List_standard" in found
    assert listed(book, SHOWN) == PACKAGES[AUTOCARE]
    assert book["Lists"].sheet_state == "hidden"
    assert book["Rows"].protection.sheet
    assert book["Rows"]["A1"].comment.text.startswith("Required")
    assert book.custom_doc_props["Template"].value == "standards-7"


def test_the_mark_survives_a_library_that_names_its_spaces_elsewhere():
    book = opened(write_template(registration()))
    book.worksheets[0]["C2"] = "Dąbrowska"
    again = io.BytesIO()
    book.save(again)

    with open_sheet(again) as sheet:
        assert sheet.template == "standards-7"
