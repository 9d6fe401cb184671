"""Why a file was not read, in words that whoever uploaded it can act on."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.kernel.words import N_, say
from app.errors import DomainError


class FileRefusedError(DomainError):
    """The file cannot be taken; nothing of it was kept."""

    status = 422
    words = N_("This file cannot be read.")

    def __init__(self, text: str = "") -> None:
        super().__init__(text or say(self.words))


class NotASpreadsheetError(FileRefusedError):
    """Something else, whatever its name says."""

    words = N_(
        "This file is not a spreadsheet, whatever its name says. Upload an Excel workbook (xlsx "
        "or xls), an OpenDocument spreadsheet (ods) or a CSV file."
    )


class WebPageError(FileRefusedError):
    """A table of a web page that was named .xls."""

    words = N_(
        "This file is a web page that is named like a spreadsheet. Open it in Excel or "
        "LibreOffice, save it as “Excel Workbook (.xlsx)” and upload that."
    )


class OldXmlError(FileRefusedError):
    """Excel's XML of 2003, or OpenDocument in one flat file."""

    words = N_(
        "This file is a spreadsheet written as one XML file. Open it in Excel or LibreOffice, "
        "save it as “Excel Workbook (.xlsx)” and upload that."
    )


class BinaryWorkbookError(FileRefusedError):
    """An xlsb."""

    words = N_(
        "This is a binary workbook (xlsb). Open it in Excel, save it as “Excel Workbook (.xlsx)” "
        "and upload that."
    )


class EmptyFileError(FileRefusedError):
    """Not one byte."""

    words = N_("This file is empty: it has 0 bytes. Save the spreadsheet again and upload it.")


class NoRowsError(FileRefusedError):
    """A spreadsheet in which no cell is filled in."""

    words = N_("No sheet of this file has a filled-in cell. Check that you chose the right file.")


class HeaderOnlyError(FileRefusedError):
    """One row of headings and nothing below it."""

    words = N_(
        "This file has headings and no rows below them. Fill in at least one row and upload it "
        "again."
    )


class FileTooBigError(FileRefusedError):
    """More bytes than are taken."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            say(
                "This file has %(size)s MB; at most %(most)s MB are read. Split it into several "
                "files, or take pictures out of it.",
                size=-(-size // 2**20),
                most=most // 2**20,
            )
        )


class TooMuchInsideError(FileRefusedError):
    """A small file that unpacks to far too much: a zip bomb, or a very full workbook."""

    words = N_(
        "Unpacked, this file is far larger than a list of people can be, so it was not opened. "
        "Copy the rows into a new workbook, save it and upload that."
    )


class TooManyCellsError(FileRefusedError):
    """Too many rows or columns, often by one stray cell far away."""

    def __init__(self, place: str, rows: int, columns: int) -> None:
        super().__init__(
            say(
                "This sheet reaches as far as cell %(place)s; at most %(rows)s rows and "
                "%(columns)s columns are read. Delete the rows and columns beyond your data "
                "(often one stray cell), save the file and upload it again.",
                place=place,
                rows=f"{rows:,}",
                columns=f"{columns:,}",
            )
        )


class TooLargeError(FileRefusedError):
    """The child ran out of memory, or the sheet is too large altogether."""

    words = N_(
        "This file needs more memory than one file may use. Split it into files of at most "
        "100,000 rows and upload them one after another."
    )


class TooSlowError(FileRefusedError):
    """The child ran out of time."""

    words = N_(
        "Reading this file took too long and was stopped. Copy the rows into a new workbook, "
        "save it and upload that."
    )


class ForbiddenMarkupError(FileRefusedError):
    """A document type or entities, which no spreadsheet program writes."""

    words = N_(
        "This file has a document type definition inside, which no spreadsheet program writes "
        "and which can be used for attacks. Copy the rows into a new workbook and upload that."
    )


class PasswordProtectedError(FileRefusedError):
    """Encrypted."""

    words = N_(
        "This file is protected by a password. Open it, take the password away (in Excel: File, "
        "Info, Protect Workbook, Encrypt with Password), save it and upload it again."
    )


class DamagedFileError(FileRefusedError):
    """It begins as a spreadsheet, but cannot be read to its end."""

    words = N_(
        "This file is damaged: it begins like a spreadsheet but cannot be read. Open it in Excel "
        "or LibreOffice, save it under another name and upload that."
    )


class UnclosedQuoteError(FileRefusedError):
    """A quotation mark in a CSV file that swallows the rest."""

    words = N_(
        "A cell of this CSV file begins with a quotation mark that is never closed. Save the "
        "file again from your spreadsheet program, best as “Excel Workbook (.xlsx)”."
    )


class NotTextError(FileRefusedError):
    """A CSV file in letters that cannot be told."""

    words = N_(
        "The letters of this CSV file cannot be told. Save it again as “CSV UTF-8”, or as "
        "“Excel Workbook (.xlsx)”, and upload that."
    )


class SeveralSheetsError(FileRefusedError):
    """More than one sheet holds data; `sheets` are their names, to choose from."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self.sheets = tuple(sheets)
        super().__init__(
            say(
                "Several sheets of this file hold data: %(sheets)s. Choose the one to read.",
                sheets=", ".join(f"“{name}”" for name in sheets),
            )
        )


class NoSuchSheetError(FileRefusedError):
    """The sheet that was asked for is not there, or is empty; `sheets` are those with data."""

    def __init__(self, name: str, sheets: Sequence[str]) -> None:
        self.sheets = tuple(sheets)
        super().__init__(
            say(
                "This file has no sheet “%(name)s” with data; it has %(sheets)s.",
                name=name,
                sheets=", ".join(f"“{sheet}”" for sheet in sheets),
            )
        )


class ArchiveRefusedError(FileRefusedError):
    """A zip of files that holds too much, or what must not be in it."""
