"""Spreadsheets as centres bring them, each with one damage and what has to become of its cells.

``python -m tests.support.corpus FOLDER`` writes them all.
"""

from collections.abc import Mapping

from tests.support.corpus import dates, files, numbers, shapes
from tests.support.corpus.cells import GUESSES, NOTATIONS, TODAY, Entry, Outcome

_ENTRIES = [*numbers.ENTRIES, *dates.ENTRIES, *shapes.ENTRIES, *files.ENTRIES]
CORPUS: dict[str, Entry] = {entry.name: entry for entry in _ENTRIES}
assert len(CORPUS) == len(_ENTRIES), "Two files of the corpus have one name."


def differences(entry: Entry, found: Mapping[tuple[int, str], Outcome]) -> list[str]:
    """Say which cells an engine has dealt with in another way than is declared.

    ``found`` has its outcomes by row of the file and field; errors carry all their words.
    """
    said = []
    for place, expected in entry.expected.items():
        outcome = found.get(place, ("nothing", ""))
        told = outcome[0] == expected[0] == "error" and expected[1].lower() in outcome[1].lower()
        if outcome == expected or told:
            continue
        raw = entry.raw(*place)
        said.append(f"{entry.name}, row {place[0] + 1}, {place[1]}: {raw!r} should be {expected}, "
                    f"and is {outcome}")  # fmt: skip
    strange = [place for place in found if place[0] in entry.passed_over]
    return said + [f"{entry.name}, row {row + 1} is nobody's" for row, _field in strange]


__all__ = ["CORPUS", "GUESSES", "NOTATIONS", "TODAY", "Entry", "differences"]
