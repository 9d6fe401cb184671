"""Write a template with openpyxl, which takes 0.1 s to import: reach it by `write_template`."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.domain.kernel.words import N_, say
from app.sheets.export import SHOWN_AS, harmless
from app.sheets.reading.reader import INSTRUCTIONS
from app.sheets.reading.xlsx import TEMPLATE_PROPERTY
from app.sheets.template import (
    FORMATS,
    REQUIRED_WORDS,
    Column,
    Template,
    Words,
    columns_of,
    example_of,
    hint_of,
    lists_of,
    meaning_of,
    required_of,
)

ROWS, LISTS = "Rows", "Lists"
REQUIRED, CONDITIONAL, OPTIONAL = "FFD966", "FFF2CC", "E7E6E6"
"""Fills of the headings; the comment says the same in words."""
WRONG = "F8CBAD"

_FILLS = {True: REQUIRED, None: CONDITIONAL, False: OPTIONAL}
_DATE = dict(SHOWN_AS)[date]
_TEXT = "@"
_FONT = "Calibri"
_WIDTHS = (30, 64, 64, 24)
_LINE = 16
_LAST_COLUMN = 16_384
_LAST_DAY = 109_574
_FREE = Protection(locked=False)
_TOP = Alignment(vertical="top", wrap_text=True)
_HOW = (
    N_("Fill in the sheet “%(rows)s”: one row for each person, from the second row on."),
    N_("Leave the first row as it is. The columns may stand in any order."),
    N_("A dark yellow heading must be filled in, a light yellow one in some cases."),
    N_("Choose from the lists where a cell offers one. Point at a heading to see what goes there."),
    N_("Write dates with the day first, as in 27/03/2005."),
)
_DEPENDS = N_("Choose one of the list, which depends on what stands in another column of this row.")
_OPENS = N_("The list of “%(column)s” opens once “%(parent)s” is chosen in the same row.")


def write_book(template: Template, words: Words) -> bytes:
    """Return the workbook: the rows to fill in, the instructions, and the hidden lists."""
    book = Workbook()
    columns = columns_of(template)
    rows = book.active
    rows.title = ROWS
    _write_rows(rows, template, columns, words)
    _write_instructions(book.create_sheet(INSTRUCTIONS), template, columns, words)
    _write_lists(book, lists_of(template))
    book.custom_doc_props.append(StringProperty(name=TEMPLATE_PROPERTY, value=template.mark))
    book.properties.title = template.title
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _put(sheet: Worksheet, row: int, column: int, text: object) -> Cell:
    """Write a text that no program takes for a formula."""
    cell: Cell = sheet.cell(row, column, harmless(text) or None)
    if text:
        cell.data_type = "s"
    return cell


def _write_rows(sheet: Worksheet, template: Template, columns: list[Column], words: Words) -> None:
    sheet.freeze_panes = "A2"
    sheet.row_dimensions[1].height = 32
    for place, column in enumerate(columns, 1):
        head = _put(sheet, 1, place, column.field.column)
        head.font, head.alignment = (
            Font(name=_FONT, bold=True),
            Alignment(vertical="center", wrap_text=True),
        )
        head.fill = PatternFill("solid", start_color=_FILLS[required_of(column.field)])
        head.comment = _comment("\n".join(meaning_of(column.field, words)), template.title)
        style = sheet.column_dimensions[get_column_letter(place)]
        style.width = _width_of(column)
        style.number_format = _format_of(column)
        style.protection = _FREE
        _offer(sheet, place, column, template.rows, words)
    _free_the_rest(sheet, len(columns) + 1)
    _protect(sheet)


def _width_of(column: Column) -> int:
    """Return a width at which the longest choice can be read."""
    texts = [len(text) for text in column.texts]
    needed = max(14, column.field.width or 20, len(column.field.column) + 4, *texts)
    return min(needed, 64 if texts else 40)


def _comment(text: str, author: str) -> Comment:
    comment = Comment(text, author)
    comment.width, comment.height = 260, 24 + 20 * (text.count("\n") + 1 + len(text) // 40)
    return comment


def _format_of(column: Column) -> str:
    """Return the number format: as text nothing loses its zeros or turns into a date."""
    if column.field.kind == "date":
        return _DATE
    return "General" if column.field.kind == "number" else _TEXT


def _free_the_rest(sheet: Worksheet, first: int) -> None:
    """Unlock the columns beyond ours, so that whole rows can be deleted and notes be taken."""
    letter = get_column_letter(first)
    rest = ColumnDimension(sheet, index=letter, min=first, max=_LAST_COLUMN, width=14)
    rest.protection = _FREE
    sheet.column_dimensions[letter] = rest


def _protect(sheet: Worksheet) -> None:
    """Lock the headings without a password; rows can still be added, deleted and sorted."""
    sheet.protection.sheet = True
    for allowed in (
        "formatColumns", "formatRows", "insertRows", "deleteRows", "sort", "autoFilter",
    ):  # fmt: skip
        setattr(sheet.protection, allowed, False)


def _offer(sheet: Worksheet, place: int, column: Column, rows: int, words: Words) -> None:
    """Put the drop-down of a column on its cells, or the check that a date is one."""
    if column.parent is not None:
        offer = DataValidation(
            "list", formula1=f"INDIRECT(${get_column_letter(column.parent + 1)}2)"
        )
        told = say(_DEPENDS)
        _mark_strangers(sheet, place, column.parent + 1, rows)
    elif column.list_name:
        offer = DataValidation("list", formula1=column.list_name, allow_blank=True)
        told = say(N_("Choose one of the list."))
    elif column.field.kind == "date":
        offer = DataValidation(
            "date", operator="between", formula1="1", formula2=str(_LAST_DAY), allow_blank=True,
            errorStyle="warning",
        )  # fmt: skip
        told = say(N_("This is not a date. Write the day first, as in 27/03/2005."))
    else:
        return
    offer.showErrorMessage = True
    offer.errorTitle, offer.error = words(column.field.column)[:32], words(told)[:225]
    letter = get_column_letter(place)
    offer.add(f"{letter}2:{letter}{rows + 1}")
    sheet.add_data_validation(offer)


def _mark_strangers(sheet: Worksheet, place: int, parent: int, rows: int) -> None:
    """Colour a choice that its list has not, as when the parent was changed after it."""
    own, other = get_column_letter(place), get_column_letter(parent)
    formula = f'AND(${own}2<>"",ISERROR(MATCH(${own}2,INDIRECT(${other}2),0)))'
    fill = PatternFill("solid", start_color=WRONG, end_color=WRONG)
    rule = FormulaRule(formula=[formula], fill=fill)
    sheet.conditional_formatting.add(f"{own}2:{own}{rows + 1}", rule)


def _write_lists(book: Workbook, lists: Iterator[tuple[str, Iterable[str]]]) -> None:
    """Write each list into a column of a hidden sheet and give it its name."""
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
    for place, (name, texts) in enumerate(lists, 1):
        _put(sheet, 1, place, name)
        last = 1
        for last, text in enumerate(texts, 2):
            _put(sheet, last, place, text)
        letter = get_column_letter(place)
        cells = f"{quote_sheetname(LISTS)}!${letter}$2:${letter}${max(last, 2)}"
        book.defined_names[name] = DefinedName(name, attr_text=cells)


def _write_instructions(
    sheet: Worksheet, template: Template, columns: list[Column], words: Words
) -> None:
    at = _paragraphs(sheet, template, columns, words)
    at = _table(sheet, at + 2, _meanings(columns, words), words)
    _table(sheet, at + 2, _choices(template, columns, words), words)
    for letter, width in zip("ABCD", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.protection.sheet = True


def _paragraphs(sheet: Worksheet, template: Template, columns: list[Column], words: Words) -> int:
    """Write title and paragraphs; return the last row."""
    _put(sheet, 1, 1, words(template.title)).font = Font(name=_FONT, bold=True, size=14)
    told = [say(sentence, rows=ROWS) for sentence in _HOW]
    told += [
        say(_OPENS, column=each.field.column, parent=columns[each.parent].field.column)
        for each in columns
        if each.parent is not None
    ]
    for row, text in enumerate((*told, *template.instructions), 2):
        _put(sheet, row, 1, words(text)).alignment = _TOP
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
        sheet.row_dimensions[row].height = _LINE * (1 + len(text) // 170)
    return int(sheet.max_row)


def _meanings(columns: list[Column], words: Words) -> Iterator[tuple[str, ...]]:
    yield N_("Column"), N_("Required"), N_("What goes into it"), N_("Example")
    for column in columns:
        one = column.field
        what = dict.fromkeys(words(text) for text in (FORMATS[one.kind], hint_of(one), one.help))
        required = words(REQUIRED_WORDS[required_of(one)])
        yield one.column, required, ". ".join(text for text in what if text), example_of(one)


def _choices(template: Template, columns: list[Column], words: Words) -> Iterator[tuple[str, ...]]:
    if any(column.texts or column.parent is not None for column in columns):
        yield N_("Column"), N_("When"), N_("What can be chosen"), ""
    for column in columns:
        depends = template.dependents.get(column.field.name)
        for text in column.texts:
            yield column.field.column, "", text, ""
        if depends and column.parent is not None:
            shows = columns[column.parent].shows
            for choice, texts in depends.choices.items():
                for text in texts:
                    yield column.field.column, shows.get(choice, choice), text, ""


def _table(sheet: Worksheet, at: int, rows: Iterator[tuple[str, ...]], words: Words) -> int:
    """Write a table with a bold first row; return its last row."""
    for count, row in enumerate(rows):
        sheet.row_dimensions[at + count].height = _LINE * max(
            1 + len(text) // (width + 4) for text, width in zip(row, _WIDTHS, strict=True)
        )
        for place, text in enumerate(row, 1):
            cell = _put(sheet, at + count, place, words(text) if count == 0 else text)
            cell.alignment = _TOP
            if count == 0:
                cell.font = Font(name=_FONT, bold=True)
    return int(sheet.max_row)
