"""Texts as a workbook can hold them all: what XML has no place for is written as ``_x000D_``."""

import re

_CODED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_BLANK = re.compile("[\t\n \x85\xa0]")


def exact(text: str) -> str:
    """Return ``text`` in the form that Excel and LibreOffice read back as it is.

    Control characters are coded (ECMA-376, ST_Xstring), as is an underscore that would seem to
    begin a code, and nothing but blanks, which readers drop.
    """
    coded = _UNFIT.sub(_code, _CODED.sub("_x005F_", text))
    return _BLANK.sub(_code, coded) if coded.isspace() else coded


def _code(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"
