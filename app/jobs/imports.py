"""Reads the files of imports, checks and settles their rows: in chunks, resumed when killed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from flask import current_app
from sqlalchemy.exc import DataError, IntegrityError

from app.clock import now
from app.domain.imports import matching, queries
from app.domain.imports.cells import Kept, kept, kept_column
from app.domain.imports.headers import LOOKED_AT, letter
from app.domain.imports.models import Import
from app.domain.imports.photo_matching import match
from app.domain.imports.rules import FINALISING
from app.domain.imports.service import drafts, finalising, reading, settling, storing
from app.domain.imports.service.reading import Numbered, Plan, SheetFacts
from app.domain.imports.tokens import read_row_token
from app.domain.kernel.viewer import SYSTEM, Viewer, seen_by
from app.domain.orders.models import Order
from app.domain.organisations.models import PortalUser
from app.errors import DomainError
from app.extensions import db
from app.jobs.runner import Work
from app.security.access import Remembered, viewer_for
from app.sheets.export import unharmed
from app.sheets.reading import (
    FileRefusedError,
    Notes,
    Row,
    SeveralSheetsError,
    Sheet,
    open_sheet,
)
from app.sheets.reading.reader import INSTRUCTIONS
from app.storage import StoredFileMissingError, storage_of
from app.transaction import transaction

CHUNK = 500
"""Rows of one transaction: on SQLite the web waits for it."""
MERGED = 1_000
"""Rows of one merged block whose cells are marked."""
SHEET_NAME = 120
FIRST_ROWS = LOOKED_AT + 40
TRIES = 6
"""Tries, over an hour and a half; then a file is refused, and an upload being finalised is given
back as it stands."""
UNREAD = "This file could not be read, for a reason of ours. Save it in another format; bring that."


def viewer_of(work: Work) -> Viewer:
    """Return the user for whom a job of an import works; LookupError when they have left."""
    with seen_by(SYSTEM):
        user = db.session.get_one(PortalUser, work.payload["user"])
        return viewer_for(user, work.payload["organisation"])


def reader_of(work: Work) -> Viewer:
    """Return the user for whom rows are read; once they have left, their organisation alone."""
    try:
        return viewer_of(work)
    except LookupError:
        return organisation_alone("Uploads", work.payload["user"], work.payload["organisation"])


def organisation_alone(name: str, user_id: int, organisation_id: int) -> Viewer:
    """Return who goes on with the work of a user who has left: as ``name`` in the audit trail."""
    with seen_by(SYSTEM):
        reach = Remembered().reach(db.session(), organisation_id)
    return Viewer(name, user_id=user_id, organisation_id=organisation_id, reach=reach)


def read_file(work: Work) -> None:
    """Read one file of an import into rows, or record why not, or what is asked."""
    viewer = reader_of(work)
    with seen_by(viewer):
        file = reading.load(work.payload["file"])
        if file is None:
            return
        key = file.stored.key
        # The column may hold less than a long name; the only sheet needs none.
        sheet = next((each for each in file.sheets if file.sheet == each[:SHEET_NAME]), "")
    if work.held.tries > TRIES:
        _refuse(work, viewer, UNREAD)
        return
    try:
        with (
            storage_of(current_app.config).open(key) as stored,
            open_sheet(stored, sheet) as opened,
        ):
            _read(work, viewer, opened)
    except SeveralSheetsError as error:
        with work.chunk(viewer):
            found = reading.load(work.payload["file"])
            if found is not None:
                reading.ask_sheet(found, error.sheets, error.text, now())
    except (FileRefusedError, StoredFileMissingError) as error:
        words = getattr(error, "text", "This file is no longer stored. Bring it again.")
        _refuse(work, viewer, words)


def _refuse(work: Work, viewer: Viewer, words: str) -> None:
    with work.chunk(viewer):
        found = reading.load(work.payload["file"])
        if found is not None:
            reading.refuse(found, words, now())


def _read(work: Work, viewer: Viewer, sheet: Sheet) -> None:
    blocks = kept_blocks(sheet)
    first = next(blocks, [])
    with work.chunk(viewer):
        file = reading.load(work.payload["file"])
        facts = SheetFacts(sheet.name, sheet.kind, sheet.template, _told(sheet))
        plan = None if file is None else reading.look(file, facts, first[:FIRST_ROWS], now())
    if plan is None:
        return
    place = 0
    for block in chain([first], blocks):  # quickly written, since they are checked before
        numbered = reading.rows_of(plan, place, block)
        place += len(block)
        if place > work.done:
            _store(work, viewer, plan, numbered, place)
    with work.chunk(viewer):
        reading.finish(plan, work.done, now())


def _store(work: Work, viewer: Viewer, plan: Plan, numbered: list[Numbered], place: int) -> None:
    """Check rows outside the transaction that stores them: nobody waits for the checking."""
    if plan.is_corrections:
        secret = current_app.config["SECRET_KEY"]
        plain = [
            (number, [unharmed(cell) if isinstance(cell, str) else cell for cell in cells])
            for number, cells in numbered
        ]
        with work.chunk(viewer):
            reading.correct(plan, plain, lambda token: read_row_token(secret, token))
            work.done = place
        return
    checked = reading.check(plan, numbered)
    with work.chunk(viewer):
        reading.store(plan, checked)
        work.done = place


def _told(sheet: Sheet) -> tuple[str, ...]:
    """Return what the values of a sheet hide, in sentences."""
    told = [str(words) for words in sheet.notes.told]
    if sheet.notes.merged:
        told.append(
            f"{len(sheet.notes.merged)} merged cells: only the first of each holds its value; the "
            "others count as empty."
        )
    others = [each for each in sheet.others if not (sheet.template and each == INSTRUCTIONS)]
    if others:
        told.append(f"Other sheets were not read: {', '.join(others)}.")
    return tuple(told)


def kept_blocks(sheet: Sheet) -> Iterator[list[Sequence[Kept]]]:
    """Yield the rows as an import keeps them, many at once: with what formats and errors show."""
    notes = sheet.notes
    zeros = [
        column
        for column, runs in notes.formats.items()
        if any(not code.strip("0") for _first, _last, code in runs)
    ]
    marked = _marked(notes)
    start = 0
    for block in sheet.blocks:
        rows = _kept(block)
        for at, cells in enumerate(rows) if zeros else ():
            rows[at] = _with_zeros(notes, start + at, zeros, cells)
        for at in range(len(rows)) if marked else ():
            if found := marked.get(start + at):
                rows[at] = _with_marks(rows[at], found)
        yield rows
        start += len(rows)


def _with_zeros(
    notes: Notes, number: int, columns: Sequence[int], cells: Sequence[Kept]
) -> Sequence[Kept]:
    """Give numbers the zeros before them that their format shows; a date is no number."""
    shown = {
        column: text
        for column in columns
        if column < len(cells)
        and not isinstance(cells[column], dict)
        and (text := notes.shown_at(number, column, cells[column])) is not None  # type: ignore[arg-type]  # above
    }
    return _with_marks(cells, shown) if shown else cells


def _with_marks(cells: Sequence[Kept], marks: Mapping[int, Kept]) -> list[Kept]:
    changed = [*cells, *[None] * (max(marks) + 1 - len(cells))]
    for column, cell in marks.items():
        changed[column] = cell
    return changed


def _kept(rows: Sequence[Row]) -> list[Sequence[Kept]]:
    """Return rows as they are kept: those of one length column by column, which is quicker."""
    if len(set(map(len, rows))) > 1 or not rows[0]:
        return [[kept(value) for value in row] for row in rows]
    return list(zip(*map(kept_column, zip(*rows, strict=True)), strict=True))


def _marked(notes: Notes) -> dict[int, dict[int, Kept]]:
    """Return by row and column the cells that hold no value although something stands there."""
    found: dict[int, dict[int, Kept]] = {}
    for (at, column), error in notes.errors.items():
        found.setdefault(at, {})[column] = {"e": error}
    for at, column in notes.uncalculated:
        found.setdefault(at, {})[column] = {"f": True}
    for merge in notes.merged:
        first = f"{letter(merge.first_column)}{merge.first_row + 1}"
        for at in range(merge.first_row, min(merge.last_row, merge.first_row + MERGED) + 1):
            for column in range(merge.first_column, merge.last_column + 1):
                found.setdefault(at, {})[column] = {"m": first}
        del found[merge.first_row][merge.first_column]
    return found


# Rows that stand ----------------------------------------------------------------------------------


def reread(work: Work) -> None:
    """Read all rows of an import anew from their cells, then have them settled."""
    viewer = reader_of(work)
    last = work.done
    for ids in _windows(work, viewer, last, CHUNK):
        with work.chunk(viewer):
            import_ = _import(work)
            if import_ is None:
                return
            storing.reread(storing.kind_of(import_), ids)
            work.done = ids[-1]
    with work.chunk(viewer):
        import_ = _import(work)
        if import_ is not None:
            drafts.enqueue(drafts.SETTLE, import_, now())


def settle(work: Work) -> None:
    """Look for known people, repeats and what else only a look around can tell."""
    viewer = reader_of(work)
    if not work.done:
        with work.chunk(viewer):
            import_ = _import(work)
            if import_ is None:
                return
            settling.note_invalid_share(import_)
            match(import_, now())
    for ids in _windows(work, viewer, work.done, settling.WINDOW):
        with work.chunk(viewer):
            import_ = _import(work)
            if import_ is None:
                return
            window = matching.Window(import_.id, ids[0], ids[-1])
            settling.settle(storing.kind_of(import_), window, now())
            work.done = ids[-1]


def _windows(work: Work, viewer: Viewer, last: int, size: int) -> Iterator[Sequence[int]]:
    """Yield the ids of an import's rows, some at a time; the work says how far it is by id."""
    while True:
        with seen_by(viewer), transaction():
            import_ = _import(work)
            ids = matching.ids_after(import_, last, size) if import_ is not None else []
        if not ids:
            return
        yield ids
        last = ids[-1]


def _import(work: Work) -> Import | None:
    """Return the import of a job, locked, unless it was discarded meanwhile."""
    return drafts.locked(work.payload["import"])


def finalise(work: Work) -> None:
    """Make the valid rows of an import, and complete their order with the last.

    Where that goes wrong again and again, or whoever submitted has left or may not do so any more,
    what was made by then stays on the order, and the other rows are given back.
    """
    size = CHUNK if work.held.tries <= TRIES else 0
    while size:
        viewer = _finaliser(work)
        if viewer is None:
            break
        size = _make_some(work, viewer, size)
    _give_back(work)


def _finaliser(work: Work) -> Viewer | None:
    """Return who submitted, with what they may do at this moment; None where that is too little."""
    try:
        viewer = viewer_of(work)
    except LookupError:
        return None
    with seen_by(viewer):
        import_ = db.session.get(Import, work.payload["import"])
        if import_ is None or not finalising.may_finalise(import_):
            return None
        work.total = work.total or work.done + queries.counts(import_).valid
    return viewer


def _make_some(work: Work, viewer: Viewer, size: int) -> int:
    """Make the next rows, or refuse the one in the way; return how many to try next, at last 0.

    Rows that cannot be made together are tried in ever smaller parts, down to the one at fault.
    """
    done = work.done
    try:
        with work.chunk(viewer):
            found = _being_finalised(work)
            if found is None:
                return 0
            count = finalising.finalise_some(*found, size, now())
            work.done = done + count
            if not count:
                finalising.conclude(*found, now())
    except (DomainError, IntegrityError, DataError) as error:
        work.done = done
        if size > 1:
            return size // 2
        with work.chunk(viewer):
            found = _being_finalised(work)
            if found is not None:
                finalising.refuse_next(found[0], error)
            work.done = done + 1
        return 1
    return min(2 * size, CHUNK) if count else 0


def _give_back(work: Work) -> None:
    """End finalising as far as it came: rows that are not made are a draft once more."""
    with work.chunk(SYSTEM):
        found = _being_finalised(work)
        if found is not None:
            finalising.conclude(*found, now())


def _being_finalised(work: Work) -> tuple[Import, Order | None] | None:
    """Return the import of a job with its order, if it has one; None once that has ended."""
    import_ = _import(work)
    if import_ is None or import_.state != FINALISING.code:
        return None
    if "order" not in work.payload:
        return import_, None
    order = db.session.get(Order, work.payload["order"])
    return None if order is None else (import_, order)
