"""Print which numbered functions have a passing test: python -m tests.support.functions FILE."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.functions_plugin import known_functions

GUIDES = {
    "A": "Training providers and employers",
    "B": "Employer contacts",
    "C": "Centres: apprenticeship standards",
    "D": "Centres and learners: documents",
}


def spans(numbers: list[int]) -> str:
    """Return 1, 2, 3, 7 as "1-3, 7"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(str(p[0]) if len(p) == 1 else f"{p[0]}-{p[-1]}" for p in parts)


def summary(passed: set[str], failing: set[str]) -> list[str]:
    """Return the lines of the overview, guide by guide."""
    lines = []
    for letter, title in GUIDES.items():
        numbers = [name for name in known_functions() if name.startswith(letter)]

        def those(chosen: set[str], of: list[str] = numbers) -> list[int]:
            return [int(name[1:]) for name in of if name in chosen]

        shown, broken = those(passed), those(failing - passed)
        rest = those(set(numbers) - passed - failing)
        lines.append(f"{letter}  {title}: {len(shown)} of {len(numbers)} shown by a passing test")
        lines += [f"   shown    {spans(shown)}"] if shown else []
        lines += [f"   FAILING  {spans(broken)}"] if broken else []
        lines += [f"   no test  {spans(rest)}"] if rest else []
    total = len(known_functions())
    return [*lines, f"Together {len(passed)} of {total}."]


def details(record: dict[str, Any], numbers: list[str]) -> list[str]:
    """Return the text and tests of ``numbers``."""
    known, lines = known_functions(), []
    for number in numbers:
        found = record.get(number, {"passed": [], "other": []})
        lines.append(f"{number}  {known.get(number, 'is no function of the list')}")
        lines += [f"   passed  {test}" for test in found["passed"]]
        lines += [f"   NOT     {test}" for test in found["other"]]
        if number in known and not (found["passed"] or found["other"]):
            lines.append("   no test")
    return lines


def main(file: str, *numbers: str) -> None:
    """Print the overview, or the details of ``numbers``."""
    record = json.loads(Path(file).read_text(encoding="utf-8"))
    passed = {number for number, tests in record.items() if tests["passed"]}
    failing = {number for number, tests in record.items() if tests["other"]}
    lines = details(record, list(numbers)) if numbers else summary(passed, failing)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
