"""Every pin is exact, explained, and the version that is installed."""

import importlib.metadata
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[a-z0-9,]+\])?==(?P<version>\S+)$")


def lines(file: str) -> list[str]:
    """Return the requirements of a file, in order, with the comment that begins the second part."""
    text = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in text if line and not line.startswith("-r")]


def pins(file: str) -> list[re.Match[str]]:
    return [match for line in lines(file) if (match := PIN.match(line))]


def direct(file: str) -> list[str]:
    text = lines(file)
    end = next(i for i, line in enumerate(text) if "need in turn" in line)
    return [match["name"] for line in text[:end] if (match := PIN.match(line))]


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_to_what_is_installed(file):
    assert all(PIN.match(line) for line in lines(file) if not line.startswith("#"))
    differing = [
        match[0]
        for match in pins(file)
        if importlib.metadata.version(match["name"]) != match["version"]
    ]
    assert not differing


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_direct_dependency_has_its_line(file):
    told = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    words = set(re.findall(r"[a-z0-9._-]+", told))
    assert not [name for name in direct(file) if name.lower() not in words]
