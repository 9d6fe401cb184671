"""What a worker does with a file: look at its beginning, store its rows, conclude."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.domain.imports import headers
from app.domain.imports.cells import Kept, text_of
from app.domain.imports.checking import Checker
from app.domain.imports.columns import Layout
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.models import Import, ImportFile, ImportRow
from app.domain.imports.notation import leaves_doubt
from app.domain.imports.queries import shown_texts
from app.domain.imports.rules import DISCARDED, TAKEN_OUT, Guess
from app.domain.imports.service import drafts, files, storing
from app.domain.imports.service.storing import Kind
from app.domain.imports.tokens import ERRORS_HEAD, ROW_ID_HEAD, Token, stamp
from app.domain.kernel import workflow
from app.domain.kernel.fields import Subject
from app.domain.kernel.words import say
from app.extensions import db

CORRECTIONS = "corrections"
EXAMPLES_FROM = 30
PASSED_OVER = 10
"""Rows without people that are named one by one."""
FEW = 3
"""Cells that a row of totals holds at most."""
_HINT = re.compile(
    r"^(?:dd|mm|yyyy)\b|\bdd[ /.-]+mm|\bdigits?\b|\bas on\b|\be\.g\.|\bfor example\b"
    r"|\b(?:required|optional|mandatory|format)\b",
    re.IGNORECASE,
)
TOTALS = ("total", "totals", "sum", "grand total")


@dataclass(frozen=True)
class SheetFacts:
    """What is known of a sheet before its rows are read."""

    name: str
    kind: str
    template: str = ""
    told: tuple[str, ...] = ()


@dataclass
class Plan:
    """How the rows of a file are read, for one run of the worker."""

    file_id: int
    import_id: int
    subject: Subject
    layout: Layout
    head_row: int
    heads: list[str]
    checker: Checker
    is_corrections: bool = False
    is_resumed: bool = False
    """Whether another worker has read its beginning."""
    evidence: dict[str, set[str]] = field(default_factory=dict)
    passed_over: list[int] = field(default_factory=list)
    """Rows that hold something, but no people."""
    head_texts: frozenset[str] = frozenset()
    is_ended: bool = False
    """A row of totals was met: what follows with little in it belongs to it."""

    def __post_init__(self) -> None:
        """Remember how the headings read, by which a row of them is known when it comes again."""
        self.head_texts = frozenset(head.strip().casefold() for head in self.heads if head)

    @property
    def width(self) -> int:
        """How many columns a row keeps."""
        return len(self.heads)


def load(file_id: int) -> ImportFile | None:
    """Return a file that is still to be read; None when it was taken out or put away."""
    # Its import in the same breath: after each chunk both are looked up anew.
    file = db.session.get(ImportFile, file_id, options=[joinedload(ImportFile.import_)])
    if file is None or file.state not in ("waiting", "reading"):
        return None
    return None if file.import_.state == DISCARDED.code else file


def refuse(file: ImportFile, words: str, at: datetime) -> None:
    """Record why a file cannot be read."""
    workflow.lock(db.session(), [file])
    file.words = words[:600]
    db.session.flush()
    workflow.make_moves(db.session(), [file], "refuse", at=at)


def ask_sheet(file: ImportFile, names: Sequence[str], words: str, at: datetime) -> None:
    """Ask which of several sheets is meant."""
    file.sheets = list(names)
    _ask(file, words, at)


def _ask(file: ImportFile, words: str, at: datetime) -> None:
    workflow.lock(db.session(), [file])
    file.words = words[:600]
    db.session.flush()
    workflow.make_moves(db.session(), [file], "ask", at=at)


def look(
    file: ImportFile, sheet: SheetFacts, first: Sequence[Sequence[Kept]], at: datetime
) -> Plan | None:
    """Decide how a file is read; None when somebody has to be asked first."""
    import_ = file.import_
    kind = storing.kind_of(import_)
    file.kind, file.sheet, file.template = sheet.kind, sheet.name[:120], sheet.template[:120]
    file.told = [str(words)[:300] for words in sheet.told]
    if not file.heads:
        _find_heads(file, first, kind.subject)
    if _was_brought_before(file, at):
        return None
    corrections = ROW_ID_HEAD in file.heads
    if corrections:
        file.mapping = _by_column(file.heads, kind.subject)
        file.choices = {**file.choices, "": {**file.choices.get("", {}), CORRECTIONS: "yes"}}
    elif not file.confirmed and not _take_known_heads(file, kind.subject):
        _ask(file, _question(file), at)
        return None
    is_resumed = file.state == "reading"
    if not is_resumed:
        file.seen = {"": file.seen.get("", {})}
        db.session.flush()
        workflow.make_moves(db.session(), [file], "read", at=at)
    return _plan(file, kind, corrections=corrections, is_resumed=is_resumed)


def _plan(file: ImportFile, kind: Kind, *, corrections: bool, is_resumed: bool) -> Plan:
    layout = storing.layout_of(file)
    return Plan(
        file.id, file.import_id, kind.subject, layout, file.head_row, list(file.heads),
        Checker(kind.subject, layout, kind.day), corrections, is_resumed,
        {name: set(found) for name, found in file.seen.items() if name},
    )  # fmt: skip


def _find_heads(file: ImportFile, first: Sequence[Sequence[Kept]], subject: Subject) -> None:
    fields = subject.fields
    at = next((n for n, row in enumerate(first) if ROW_ID_HEAD in row), None)
    if at is None:
        at = headers.find_heads(first, fields)
    if at is None:
        width = max((len(row) for row in first), default=0)
        file.head_row = -1
        file.heads = [headers.letter(column) for column in range(width)]
        at = -1
    else:
        file.head_row = at
        file.heads = headers.names_of(first[at])
    width = len(file.heads)
    examples: dict[str, list[str]] = {}
    for row in first[at + 1 : at + 1 + EXAMPLES_FROM]:
        for column in range(min(width, len(row))):
            text = text_of(row[column])[:60]
            shown = examples.setdefault(str(column), [])
            if text and text not in shown and len(shown) < files.EXAMPLES:
                shown.append(text)
    file.seen = {**file.seen, "": examples}


def _was_brought_before(file: ImportFile, at: datetime) -> bool:
    """Ask about a file whose very bytes were brought before."""
    if file.choices.get("", {}).get(files.REPEAT):
        return False
    stored = file.stored
    statement = (
        select(ImportFile)
        .join(ImportFile.stored)
        .join(ImportFile.import_)
        .where(
            type(stored).key == stored.key,
            Import.organisation_id == file.import_.organisation_id,
            Import.target == file.import_.target,
            Import.state != DISCARDED.code,
            ImportFile.id < file.id,
            ImportFile.state.not_in((TAKEN_OUT.code, "refused")),
        )
        .order_by(ImportFile.id.desc())
        .limit(1)
    )
    before = db.session.scalar(statement)
    if before is None:
        return False
    words = say(
        "The same file was brought before: “%(name)s” into “%(upload)s”. Read it once more?",
        name=before.name, upload=before.import_.name,
    )  # fmt: skip
    _ask(file, words, at)
    return True


def _take_known_heads(file: ImportFile, subject: Subject) -> bool:
    """Take headings that the organisation confirmed before, or that leave no doubt."""
    if file.head_row < 0:
        return False
    known = files.remembered(file)
    if known is not None and len(known) == len(file.heads):
        file.mapping = list(known)
        return True
    proposed = headers.propose(file.heads, subject.fields)
    file.mapping = [each.field for each in proposed]
    return headers.is_certain(proposed, subject.fields)


def _by_column(heads: Sequence[str], subject: Subject) -> list[str | None]:
    names = {each.column: each.name for each in subject.fields}
    return [None if head in (ROW_ID_HEAD, ERRORS_HEAD) else names.get(head) for head in heads]


def _question(file: ImportFile) -> str:
    if file.head_row < 0:
        return say("No row of headings was found. Say what each column holds.")
    return say("Say what each column holds; it is remembered for files with the same headings.")


Numbered = tuple[int, Sequence[Kept]]
"""A row with its number as the spreadsheet counts it."""


def rows_of(plan: Plan, start: int, rows: Sequence[Sequence[Kept]]) -> list[Numbered]:
    """Return the rows that hold data, with their number as the spreadsheet counts it.

    ``start`` is the place of the first of ``rows``, counted from 0. Headings once more and totals
    are no data.
    """
    found, width = [], plan.width
    for at, row in enumerate(rows, start):
        if at <= plan.head_row:
            continue
        cells = row if len(row) == width else [*row[:width], *[None] * (width - len(row))]
        first = next((cell for cell in cells if cell is not None), None)
        if first is None:
            continue
        if _is_decoration(plan, at, cells, first):
            plan.passed_over.append(at + 1)
        else:
            found.append((at + 1, cells))
    return found


def _is_decoration(plan: Plan, at: int, cells: Sequence[Kept], first: Kept) -> bool:
    """Tell whether a row holds totals, what stands below them, headings again, or hints."""
    text = first.strip().casefold() if isinstance(first, str) else ""
    if len(cells) - cells.count(None) <= FEW:
        plan.is_ended = plan.is_ended or text.rstrip(":") in TOTALS
        return plan.is_ended
    is_hinted = at == plan.head_row + 1
    if not is_hinted and text not in plan.head_texts:
        return False  # nearly always
    filled = [cell for cell in cells if cell is not None]
    if is_hinted:
        texts = [cell for cell in filled if isinstance(cell, str)]
        return len(texts) == len(filled) and sum(bool(_HINT.search(each)) for each in texts) >= 2
    again = [
        isinstance(each, str) and each.strip().casefold() in plan.head_texts for each in filled
    ]
    return sum(again) * 2 > len(filled)


def check(plan: Plan, numbered: Sequence[Numbered]) -> list[Any]:
    """Check rows outside any transaction; what they show of dates is kept in the plan."""
    said = plan.checker.check_many([cells for _, cells in numbered])
    for name, seen in plan.checker.evidence.items():
        plan.evidence.setdefault(name, set()).update(seen)
    return [(number, cells, {}, each) for (number, cells), each in zip(numbered, said, strict=True)]


def store(plan: Plan, checked: Sequence[Any]) -> ImportFile | None:
    """Store checked rows; None when the file was taken out meanwhile."""
    file = load(plan.file_id)
    if file is None:
        return None
    _keep_evidence(file, plan)
    there = _there_already(file, [each[0] for each in checked]) if checked else set()
    storing.insert_rows(file.import_, file, [each for each in checked if each[0] not in there])
    return file


def _there_already(file: ImportFile, numbers: Sequence[int]) -> set[int]:
    """Return the numbers of rows that stand: finalised ones of a file that is read anew."""
    statement = select(ImportRow.number).where(
        ImportRow.file_id == file.id, ImportRow.number.between(min(numbers), max(numbers))
    )
    return set(db.session.scalars(statement))


def _keep_evidence(file: ImportFile, plan: Plan) -> None:
    seen = {name: sorted(found) for name, found in plan.evidence.items()}
    new = {name: found for name, found in seen.items() if file.seen.get(name) != found}
    if new:
        file.seen = {**file.seen, **new}


def finish(plan: Plan, count: int, at: datetime) -> None:
    """Conclude a file that was read to its end after ``count`` lines; its rows are then settled."""
    file = load(plan.file_id)
    if file is None:
        return
    if plan.is_corrections:
        file.row_count = max(0, count - plan.head_row - 1)
    else:
        stored = select(func.count()).where(ImportRow.file_id == file.id)
        file.row_count = db.session.scalar(stored) or 0
    db.session.flush()
    workflow.make_moves(db.session(), [file], "finish", at=at)
    if plan.passed_over:
        more = ", …" if len(plan.passed_over) > PASSED_OVER else ""
        numbers = ", ".join(map(str, plan.passed_over[:PASSED_OVER])) + more
        file.told = [*file.told, say("No people stand in these rows: %(rows)s.", rows=numbers)]
    again = _reads_otherwise(file, plan) or files.holds_touched(file)
    drafts.enqueue(drafts.REREAD if again else drafts.SETTLE, file.import_, at)


def _reads_otherwise(file: ImportFile, plan: Plan) -> bool:
    """Tell whether rows stored early may read otherwise, now that all was seen and answered."""
    answered = (file.choices, file.plain) != (plan.layout.choices, plan.layout.plain)
    return (
        plan.is_resumed
        or answered
        or any(
            leaves_doubt(found) and Guess.DAY_MONTH not in file.choices.get(name, {})
            for name, found in plan.evidence.items()
        )
    )


def correct(
    plan: Plan,
    numbered: Sequence[Numbered],
    read_token: Callable[[str], Token | None],
) -> int:
    """Take what somebody changed in a download of rows in error; return how many rows changed.

    A row is known by its signed id; rows of other imports, and finalised ones, are passed over.
    Cells as they were handed out change nothing: a colleague may have put them right meanwhile.
    """
    file = load(plan.file_id)
    if file is None:
        return 0
    at = plan.heads.index(ROW_ID_HEAD)
    wanted: dict[int, tuple[Sequence[Kept], tuple[str, ...]]] = {}
    for _number, cells in numbered:
        token = read_token(text_of(cells[at]))
        if token is not None:
            wanted[token[0]] = cells, token[1]
    typed = _changes(file.import_, plan, wanted)
    storing.type_over(list(typed), typed)
    storing.reread(storing.kind_of(file.import_), list(typed))
    return len(typed)


def _changes(
    import_: Import, plan: Plan, wanted: Mapping[int, tuple[Sequence[Kept], tuple[str, ...]]]
) -> dict[int, dict[str, str]]:
    statement = select(ImportRow).where(
        ImportRow.import_id == import_.id,
        ImportRow.id.in_(wanted),
        ImportRow.state.in_(("error", "asks", "valid")),
    )
    found: dict[int, dict[str, str]] = {}
    for row in db.session.scalars(statement):
        stands = shown_texts(plan.subject, row, import_)
        changed = dict(row.typed)
        cells, stamps = wanted[row.id]
        handed_out = dict(zip(plan.subject.names, stamps, strict=False))
        for column, name in enumerate(plan.layout.mapping):
            if name is None:
                continue
            text = text_of(cells[column])
            if text != stands.get(name, "") and stamp(text) != handed_out.get(name):
                changed[name] = text
        if changed != row.typed:
            found[row.id] = changed
    return found


__all__ = ["FULL_NAME", "Plan", "SheetFacts", "check", "correct", "finish", "look", "store"]
