"""What values hide is noted, whichever program wrote the file."""

import io
import struct
from datetime import date, datetime

import openpyxl
import pytest
import xlwt
from openpyxl.comments import Comment

from app.sheets.reading import Merge, read_sheet
from app.sheets.reading.properties import property_of
from app.sheets.reading.refusals import TooLargeError
from tests.support import calc
from tests.support.corpus import CORPUS
from tests.support.corpus.cells import Failed, Formula, Merged, Shown
from tests.support.corpus.writers import by_calc, by_excel, by_old_excel, by_openpyxl
from tests.support.hostile import opendocument

HEAD = ["Surname", "Phone", "Born", "Sum", "Error"]
PHONE = Shown(2079460018, "00000000000")
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)


def notes_of(content):
    return read_sheet(io.BytesIO(content)).notes


def ods(rows, styles="", table=""):
    """An ods whose rows are written by hand."""
    return opendocument(
        f"<office:document-content {SPACES}>{styles}<office:body><office:spreadsheet>{table}"
        f'<table:table table:name="S"><table:table-row><table:table-cell '
        'office:value-type="string"><text:p>Phone</text:p></table:table-cell></table:table-row>'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )


def a_book():
    """Everything that hides, for LibreOffice to save as what we like."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([None])
    sheet.append([None, *HEAD])
    for _ in range(3):
        sheet.append([None, "Ng", 2079460018, date(2005, 3, 27), "=1+1", "=NA()"])
    for cell, code in [("C3", "0" * 11), ("C4", "0" * 11), ("C5", "0" * 11), ("D3", "dd/mm/yyyy")]:
        sheet[cell].number_format = code
    sheet.append([None, "Ó Sé", 5, datetime.fromisoformat("2024-02-29T13:05:00"), '=""', "=A1/0"])
    sheet["C6"].comment = Comment("0123", "me")
    sheet.append([None, "00123", None, None, '=VALUE("x")', "=nothing(1)"])
    sheet["B7"].number_format = "@"
    sheet["B9"] = "both"
    sheet.merge_cells("B9:C10")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.needs_calc
@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_calc_saves_what_the_reader_notes(kind, tmp_path):
    file = tmp_path / "book.xlsx"
    file.write_bytes(a_book())
    (saved,) = calc.converted([file], kind, tmp_path)
    sheet = read_sheet(io.BytesIO(saved.read_bytes()))
    wrong = "Err:502" if kind == "ods" else "#VALUE!"
    assert sheet.kind == kind
    assert sheet.rows[2][:6] == (None, "Ng", 2079460018, date(2005, 3, 27), 2, None)
    assert sheet.notes.errors == {
        (2, 5): "#N/A", (3, 5): "#N/A", (4, 5): "#N/A", (5, 5): "#DIV/0!",
        (6, 4): "#VALUE!" if kind != "ods" else sheet.notes.errors[6, 4], (6, 5): "#NAME?",
    }  # fmt: skip
    assert sheet.notes.errors[6, 4] in ("#VALUE!", wrong)
    assert sheet.notes.uncalculated == frozenset()
    assert sheet.notes.merged == (Merge(8, 1, 9, 2),)
    assert [sheet.notes.shown_at(row, 2, 2079460018) for row in range(2, 6)] == [
        "02079460018", "02079460018", "02079460018", None,
    ]  # fmt: skip
    if kind != "ods":
        assert sheet.notes.format_at(2, 3) == "dd/mm/yyyy"
        assert sheet.notes.format_at(5, 3).replace("\\", "") == "yyyy-mm-dd h:mm:ss"
        assert sheet.notes.format_at(6, 1) == "@"


@pytest.mark.parametrize("write", [by_openpyxl, by_excel, by_old_excel, by_calc])
def test_a_run_of_formats_ends_where_another_begins(write):
    grid = [["Phone"], [PHONE], [PHONE], ["x"], [Shown(12, "000")], [PHONE], [7]]
    notes = notes_of(write(grid))
    assert notes.formats == {0: [(1, 2, "0" * 11), (4, 4, "000"), (5, 5, "0" * 11)]}
    assert notes.shown_at(2, 0, 2079460018) == "02079460018"
    assert notes.shown_at(3, 0, 5) is None
    assert notes.shown_at(6, 0, 7) is None
    assert notes.shown_at(2, 0, True) is None


def test_a_plain_number_needs_no_format():
    for write in (by_openpyxl, by_excel, by_old_excel):
        grid = [
            ["A", "B"],
            [Shown(1.5, "0.00"), Shown(7, "#,##0")],
            [Shown(8, "0"), Shown(9, "0%")],
        ]
        assert notes_of(write(grid)).formats == {}


def test_a_date_is_told_by_its_format_whatever_the_language():
    codes = ["mm-dd-yy", "[$-809]dd/mm/yyyy", 'd" of "mmmm yyyy', "[Red]yyyy"]
    for write in (by_openpyxl, by_excel, by_old_excel):
        grid = [["Born"], *[[Shown(date(2005, 3, 27), code)] for code in codes]]
        notes = notes_of(write(grid))
        assert [notes.format_at(row, 0) for row in range(1, 5)] == codes


def test_letters_in_quotes_or_colours_make_no_date():
    for write in (by_openpyxl, by_excel, by_old_excel):
        grid = [["Pay"], [Shown(7, '0" days"')], [Shown(8, "[Red]0.00")], [Shown(9, r"0\d")]]
        assert notes_of(write(grid)).formats == {}


def test_one_formula_with_a_value_tells_that_empty_ones_are_meant():
    grid = [["A", "B"], [Formula("1+1", 2), Formula('""', None)]]
    assert notes_of(by_excel(grid)).uncalculated == frozenset()
    never = [Formula("1+1", calculated=False), Formula("A1", calculated=False)]
    grid = [["A", "B", "C"], [*never, "x"]]
    for write in (by_openpyxl, by_excel, by_old_excel, by_calc):
        assert notes_of(write(grid)).uncalculated == {(1, 0), (1, 1)}


def test_an_empty_text_as_the_value_of_a_formula_is_a_value_in_an_ods():
    cell = '<table:table-cell table:formula="of:=&quot;&quot;">{}</table:table-cell>'
    rows = f"<table:table-row>{cell.format('<text:p/>')}{cell.format('')}</table:table-row>"
    filled = '<table:table-cell office:value-type="float" office:value="1"/>'
    notes = notes_of(ods(f"{rows}<table:table-row>{filled}</table:table-row>"))
    assert notes.uncalculated == {(1, 1)}


def test_what_is_repeated_in_an_ods_is_noted_for_each():
    twice = '<table:table-cell table:number-columns-repeated="2" office:value-type='
    end = "</text:p></table:table-cell></table:table-row>"
    cells = f'{twice}"float" office:value="7"><text:p>007</text:p></table:table-cell>'
    cells += f'{twice}"string" table:formula="of:=NA()"><text:p>#N/A{end}'
    many = f'<table:table-row table:number-rows-repeated="3">{cells}'
    notes = notes_of(ods(f"{many}<table:table-row>{cells}"))
    assert notes.errors == {(row, column): "#N/A" for row in range(1, 5) for column in (2, 3)}
    assert notes.formats == {0: [(1, 4, "000")], 1: [(1, 4, "000")]}


def test_a_comment_in_an_ods_is_no_content():
    comment = "<office:annotation><text:p>0123</text:p></office:annotation>"
    number = f'<table:table-cell office:value-type="float" office:value="5">{comment}'
    failed = f"""<table:table-cell table:formula="of:=NA()" office:value-type="string"
        office:string-value="" calcext:value-type="error">{comment}<text:p>#N/A</text:p>"""
    end = "</table:table-cell>"
    sheet = read_sheet(io.BytesIO(ods(
        f"<table:table-row>{number}<text:p>5</text:p>{end}{failed}{end}</table:table-row>"
    )))  # fmt: skip
    assert sheet.rows[1] == (5, None)
    assert sheet.notes.formats == {}
    assert sheet.notes.errors == {(1, 1): "#N/A"}


def test_rows_in_a_group_of_an_ods_are_counted_as_the_others():
    failed = ('<table:table-cell table:formula="of:=NA()" office:value-type="string" '
              'calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>')  # fmt: skip
    rows = (
        '<table:table-row-group table:display="true"><table:table-row '
        f'table:number-rows-repeated="2">{failed}</table:table-row></table:table-row-group>'
        f"<table:table-row>{failed}</table:table-row>"
    )
    assert set(notes_of(ods(rows)).errors) == {(1, 0), (2, 0), (3, 0)}


def test_more_notes_than_memory_allows_are_refused():
    failed = ('<table:table-cell table:formula="of:=NA()" office:value-type="string" '
              'table:number-columns-repeated="50" calcext:value-type="error"><text:p>#N/A</text:p>'
              "</table:table-cell>")  # fmt: skip
    file = ods(f'<table:table-row table:number-rows-repeated="9000">{failed}</table:table-row>')
    with pytest.raises(TooLargeError):
        notes_of(file)


def test_errors_stand_beside_values_and_merges_beside_both():
    grid = [
        ["A", "B", "C"],
        [Failed("#REF!"), 1, Merged("x", down=2)],
        [2, Failed("#VALUE!"), None],
        [Merged("y", across=2), None, 3],
    ]
    for write in (by_openpyxl, by_excel, by_old_excel, by_calc):
        notes = notes_of(write(grid))
        assert notes.errors == {(1, 0): "#REF!", (2, 1): "#VALUE!"}
        assert set(notes.merged) == {Merge(1, 2, 2, 2), Merge(3, 0, 3, 1)}


def test_only_the_sheet_that_is_read_is_noted():
    book = xlwt.Workbook()
    for number in (1, 2):
        sheet = book.add_sheet(f"S{number}")
        sheet.write(0, 0, "A")
        sheet.row(number).set_cell_error(0, 0x2A)
        sheet.write(3, 0, 5)
    out = io.BytesIO()
    book.save(out)
    assert read_sheet(out, "S1").notes.errors == {(1, 0): "#N/A"}
    assert read_sheet(out, "S2").notes.errors == {(2, 0): "#N/A"}


def test_a_csv_tells_how_it_was_read_and_hides_nothing():
    notes = read_sheet(io.BytesIO(CORPUS["text dates, day first"].make())).notes
    assert notes.told == ("Read as text in UTF-8, with cells separated by commas.",)
    assert (notes.errors, notes.uncalculated, notes.merged) == ({}, frozenset(), ())


@pytest.mark.needs_calc
def test_calc_opens_every_workbook_of_the_corpus(tmp_path):
    """They are files as programs leave them, and none that only our reader takes."""
    files = []
    for number, entry in enumerate(CORPUS.values()):
        if entry.kind != "csv":
            files.append(tmp_path / f"book-{number}-.{entry.kind}")
            files[-1].write_bytes(entry.make())
    shown = calc.shown(files, tmp_path)
    assert len(shown) == len(files) > 30
    assert all(len(rows) > 1 for rows in shown.values())


def properties(mark, page=65001, kind=0x1E):
    """The stream of an OLE file in which users keep properties of their own."""
    letters = {1200: "utf-16-le", 65001: "utf-8"}.get(page, f"cp{page}")
    wide = 2 if letters == "utf-16-le" else 1
    name = "Template\0".encode(letters)
    text = f"{mark}\0".encode("utf-16-le" if kind == 0x1F else letters)
    entry = struct.pack("<II", 2, len(name) // wide) + name.ljust(-(-len(name) // 4) * 4, b"\0")
    names = struct.pack("<I", 1) + entry
    pages = struct.pack("<IHH", 2, page, 0)
    length = len(text) // 2 if kind == 0x1F else len(text)
    value = struct.pack("<II", kind, length) + text
    places = (32, 32 + len(names), 32 + len(names) + len(pages))
    pairs = b"".join(struct.pack("<II", at, place) for at, place in enumerate(places))
    section = struct.pack("<II", 32 + len(names + pages + value), 3) + pairs
    users = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
    start = struct.pack("<HHI16sI", 0xFFFE, 0, 0, bytes(16), 1) + users + struct.pack("<I", 48)
    return start + section + names + pages + value


@pytest.mark.parametrize("page", [1252, 65001, 1200])
def test_the_mark_of_a_template_is_found_in_every_kind_of_letters(page):
    assert property_of(properties("café-3", page), "Template") == "café-3"
    assert property_of(properties("café-3", page), "Another") == ""
    assert property_of(properties("café-3", kind=0x1F), "Template") == "café-3"


def test_damaged_properties_are_no_mark_and_no_error():
    whole = properties("cards-3")
    for at in range(len(whole)):
        assert "cards-3".startswith(property_of(whole[:at], "Template"))
        for byte in (0, 0xFF):
            property_of(whole[:at] + bytes([byte]) + whole[at + 1 :], "Template")
