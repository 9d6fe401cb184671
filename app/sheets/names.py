"""Names of lists in a workbook, made of any words, that no spreadsheet program refuses."""

import re
import unicodedata
from collections.abc import Collection, Iterable

LONGEST = 255
_SIGNS = {"Lu", "Ll", "Lo"}
# A cell (ST0499, AP01), a row or column in the other way of counting (R1C1; Z1S1 in German), or
# one of the letters that mean a whole row or column.
_LIKE_A_CELL = re.compile(r"[A-Za-z]{1,3}[0-9]*|[A-Za-z][0-9]*[A-Za-z][0-9]*")
_RESERVED = re.compile(
    r"_xl.*|true|false|print_.*|auto_.*|criteria|database|extract|consolidate_area|sheet_title"
    r"|recorder|data_form|_filterdatabase|builtin_.*"
)


def list_name(label: str, taken: Collection[str]) -> str:
    """Return a legal name for a list that reads like ``label`` and is none of those ``taken``.

    The words are joined by underscores: ``Autocare Technician ST0499 AP01`` becomes
    ``Autocare_Technician_ST0499_AP01``.
    """
    name = "".join(_fit(sign) for sign in unicodedata.normalize("NFKC", label))
    name = re.sub("__+", "_", name).strip("_") or "List"
    if not name[0].isalpha() or _LIKE_A_CELL.fullmatch(name) or _RESERVED.fullmatch(name.lower()):
        name = "_" + name
    if _RESERVED.fullmatch(name.lower()):
        name = "_" + name
    name = name[:LONGEST]
    used, number, chosen = {_key(each) for each in taken}, 1, name
    while _key(chosen) in used:
        number += 1
        end = f"_{number}"
        chosen = name[: LONGEST - len(end)] + end
    return chosen


def list_names(labels: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Give each of ``labels`` a name of its own, in their order."""
    names: dict[str, str] = {}
    for label in labels:
        if label not in names:
            names[label] = list_name(label, (*taken, *names.values()))
    return names


def _fit(sign: str) -> str:
    if sign.isascii():
        return sign if sign.isalnum() else "_"
    return sign if len(sign.encode("utf-16-le")) == 2 and _is_letter(sign) else "_"


def _is_letter(sign: str) -> bool:
    return unicodedata.category(sign) in _SIGNS


def _key(name: str) -> str:
    """Fold a name until two that a program may take for the same are equal."""
    return unicodedata.normalize("NFKC", name.upper().casefold().lower())
