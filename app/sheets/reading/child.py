"""Read one workbook in a process of its own, with limits; rows go to the parent.

Executed by its path with ``python -I``: it imports nothing of the portal. Standard input is the
file itself. Standard output carries pickles: first a dictionary, then blocks of rows, then None.
"""

import os
import pickle
import resource
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetVisibleEnum,
)

MEMORY = 768 * 2**20
SECONDS = 60
BLOCK = 2_000


def limit() -> None:
    """Take away what reading a file does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def plain(row: Sequence[object], before: list[object]) -> tuple[object, ...]:
    """Make whole numbers int and empty cells None, after the columns left blank ``before`` them."""
    return tuple(
        before
        + [
            (int(value) if value.is_integer() else value)
            if type(value) is float
            else (None if value == "" else value)
            for value in row
        ]
    )


def filled(rows: Iterator[tuple[object, ...]]) -> tuple[int, list[tuple[object, ...]]]:
    """Count filled-in rows up to two, and give back the rows that were looked at."""
    seen: list[tuple[object, ...]] = []
    count = 0
    for row in rows:
        seen.append(row)
        count += any(value is not None for value in row)
        if count == 2:
            break
    return count, seen


def send(message: object) -> None:
    """Hand one message to the parent."""
    pickle.dump(message, sys.stdout.buffer, protocol=5)


def read(wanted: str) -> None:
    """Send the sheet ``wanted``, or the only one with data, or the names of those with data."""
    book = CalamineWorkbook.from_path("/dev/fd/0")
    names = [
        sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible
    ]
    if not wanted:
        names = [name for name in names if book.get_sheet_by_name(name).total_height]
        wanted = names[0] if len(names) == 1 else ""
    if not wanted:
        send({"sheets": names})
        return
    sheet = book.get_sheet_by_name(wanted)
    before: list[object] = [None] * (sheet.start or (0, 0))[1]
    rows = (plain(row, before) for row in sheet.iter_rows())
    count, seen = filled(rows)
    merged = sheet.merged_cell_ranges or []
    send({"sheets": names, "name": wanted, "filled": count, "merged": merged})
    rest = chain(seen, rows)
    while block := list(islice(rest, BLOCK)):
        send(block)
    send(None)


def main() -> None:
    """Answer with the sheet that was asked for, or with why it cannot be read."""
    limit()
    try:
        read(sys.argv[1])
    except PasswordError:
        send({"refused": "password"})
    except MemoryError:
        os._exit(3)
    except (CalamineError, OSError, ValueError):
        send({"refused": "damaged"})
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
