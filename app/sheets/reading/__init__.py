"""Guarded reading of spreadsheets that anybody may have made: xlsx, xls, ods and csv.

`open_sheet` looks a file over in bounded memory, then a child process with limits reads it and
its rows are streamed back. Whatever is wrong is a `FileRefusedError` with a sentence.
"""

from app.sheets.reading.archives import count_files, is_of_files, open_archive, safe_name
from app.sheets.reading.reader import open_sheet, read_sheet
from app.sheets.reading.refusals import FileRefusedError, NoSuchSheetError, SeveralSheetsError
from app.sheets.reading.results import Cell, Merge, Notes, Place, Row, Sheet

__all__ = [
    "Cell",
    "FileRefusedError",
    "Merge",
    "NoSuchSheetError",
    "Notes",
    "Place",
    "Row",
    "SeveralSheetsError",
    "Sheet",
    "count_files",
    "is_of_files",
    "open_archive",
    "open_sheet",
    "read_sheet",
    "safe_name",
]
