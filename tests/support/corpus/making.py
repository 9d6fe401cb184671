"""Makes an entry of the corpus of what is wrong in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.domain.kernel.fields import Subject
from tests.support.corpus.cells import LEARNER, Around, Entry, Given, Outcome, people
from tests.support.corpus.writers import WRITERS


def damaged(
    name: str,
    kind: str,
    cells: Mapping[str, Sequence[tuple[Given, Outcome]]],
    *,
    subject: Subject = LEARNER,
    around: Around | None = None,
    writer: Callable[..., bytes] | None = None,
    joined: Mapping[str, str] | None = None,
    sheet: str = "",
    told: str = "",
    **options: Any,
) -> Entry:
    """Return an entry; ``cells`` has the damaged columns, as cells with their outcomes.

    ``joined`` are fields that stand in the column of another one.
    """
    grid, columns, expected, passed_over = people(subject, cells, around or Around())
    for field, other in (joined or {}).items():
        columns[field] = columns[other]
        expected |= {(row, field): it for (row, at), it in expected.items() if at == other}
    return Entry(
        name=name, kind=kind, subject=subject, grid=grid, columns=columns, expected=expected,
        header=len((around or Around()).before), passed_over=frozenset(passed_over),
        make=partial(writer or WRITERS[kind], grid, **options), sheet=sheet, told=told,
    )  # fmt: skip
