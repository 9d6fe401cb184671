"""Names of cells: B3 is row 2 and column 1, both counted from 0."""

import re

from app.sheets.reading.results import Place

_NAME = re.compile(r"([A-Za-z]{1,3})([0-9]+)")


def column_of(letters: str) -> int:
    """Return the column that ``letters`` name: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def letters_of(column: int) -> str:
    """Return the letters of a column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place_of(name: str) -> Place:
    """Return row and column of a cell such as B3."""
    found = _NAME.fullmatch(name)
    if not found:
        raise ValueError(f"{name!r} names no cell.")
    return int(found[2]) - 1, column_of(found[1])


def name_of(row: int, column: int) -> str:
    """Return the name of a cell, as people say it."""
    return f"{letters_of(column)}{row + 1}"
