"""Records which numbered functions of docs/functions.md have a passing test."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

LIST = Path(__file__).parents[1] / "docs" / "functions.md"
KEPT = "function"


def known_functions() -> dict[str, str]:
    """Return the text of every numbered function, in the order of the list."""
    rows = re.findall(r"^- ([A-D]\d+) (.+)$", LIST.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(rows)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-functions", metavar="FILE", help="write which numbered functions passed to FILE"
    )


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--record-functions")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(file)), "functions-recorder")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse numbers that do not exist, and send the others along with each test's report."""
    known = known_functions()
    for item in items:
        for marker in item.iter_markers("function"):
            for number in marker.args:
                if number not in known:
                    raise pytest.UsageError(f"{item.nodeid} names {number}, which is no function")
                item.user_properties.append((KEPT, number))


class Recorder:
    """Listens to the reports of all workers and writes the file at the end."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.tests: dict[str, set[str]] = {}
        self.failed: set[str] = set()
        self.passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        numbers = {value for name, value in report.user_properties if name == KEPT}
        if not numbers:
            return
        self.tests.setdefault(report.nodeid, set()).update(map(str, numbers))
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.passed.add(report.nodeid)

    def rows(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Yield each number that has a test, with the tests that passed and those that did not."""
        good = self.passed - self.failed
        for number in known_functions():
            tests = {test for test, numbers in self.tests.items() if number in numbers}
            if tests:
                yield number, {"passed": sorted(tests & good), "other": sorted(tests - good)}

    def pytest_sessionfinish(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(self.rows()), indent=1)
        self.file.write_text(text + "\n", encoding="utf-8")
