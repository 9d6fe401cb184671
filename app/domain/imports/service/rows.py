"""Rows put right: typed, changed, removed, and equal errors together; all of it undone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.imports import matching, queries
from app.domain.imports.models import CellError, Import, ImportAction, ImportFile, ImportRow
from app.domain.imports.picked import picked_rows
from app.domain.imports.rules import Guess, Notation, RowState
from app.domain.imports.service import drafts, pictured, settling, storing
from app.domain.imports.targets import target_of
from app.domain.kernel import viewer as viewers
from app.domain.kernel.reading import among
from app.domain.kernel.words import say, say_many
from app.errors import ConflictError, FieldErrors, NotFoundError, StaleError
from app.extensions import db

AT_ONCE = 1_000
"""Rows that are read anew while somebody waits; more are left to a worker."""
LONGEST_TYPED = 400
LIVE = matching.LIVE
WAS, NOW = "was", "now"
"""What an action notes of a row: how it stood before, and how it stands since."""


def add_row(import_: Import, typed: Mapping[str, str], at: datetime) -> ImportRow:
    """Add a row that was typed on the screen; it is kept with its errors, too (A77)."""
    drafts.open_for_change(import_, at)
    kind = storing.kind_of(import_)
    known = _known(import_, typed)
    last = select(func.coalesce(func.max(ImportRow.number), 0)).where(
        ImportRow.import_id == import_.id, ImportRow.file_id.is_(None)
    )
    number = (db.session.scalar(last) or 0) + 1
    checked = kind.checker(None).check([], known)
    storing.insert_rows(import_, None, [(number, [], known, checked)])
    row = db.session.scalars(
        select(ImportRow).where(
            ImportRow.import_id == import_.id,
            ImportRow.file_id.is_(None),
            ImportRow.number == number,
        )
    ).one()
    settling.settle_rows(kind, sorted({row.id, *_around(import_, row)}), at)
    pictured.match_photos(import_, at)
    db.session.refresh(row)
    return row


def edit_row(row: ImportRow, typed: Mapping[str, str], version: int, at: datetime) -> ImportRow:
    """Take what somebody typed over a row; only what differs from what stood there counts.

    Raise StaleError, with both versions, when somebody else changed the row meanwhile.
    """
    import_ = _open(row, at)
    db.session.refresh(row)
    subject = target_of(import_).subject()
    stands = queries.shown_texts(subject, row, import_)
    known = _known(import_, typed)
    _refuse_stale(row, version, known, stands, {one.name: one.label for one in subject.fields})
    _refuse_unless_live(row)
    changed = dict(row.typed)
    for name, text in known.items():
        if text != stands[name]:
            changed[name] = text
    before = _around(import_, row)
    storing.type_over([row.id], {row.id: changed})
    kind = storing.kind_of(import_)
    storing.reread(kind, [row.id])
    db.session.refresh(row)
    around = {*before, *_around(import_, row), row.id}
    settling.settle_rows(kind, sorted(around), at)
    pictured.match_photos(import_, at)
    db.session.refresh(row)
    return row


def _around(import_: Import, row: ImportRow) -> set[int]:
    """Return the rows whose errors may depend on what this one says."""
    return {*matching.alike(row), *target_of(import_).beside([row.id])}


def _open(row: ImportRow, at: datetime) -> Import:
    import_ = db.session.get(Import, row.import_id)
    if import_ is None:
        raise NotFoundError
    drafts.open_for_change(import_, at)
    return import_


def _refuse_unless_live(row: ImportRow) -> None:
    if row.state not in LIVE:
        raise ConflictError("This row was finalised or removed; it is not changed any more.")


def _known(import_: Import, typed: Mapping[str, str]) -> dict[str, str]:
    names = set(target_of(import_).subject().names)
    known = {name: " ".join(text.split()) for name, text in typed.items() if name in names}
    errors = {
        name: say("At most %(most)s characters fit.", most=LONGEST_TYPED)
        for name, text in known.items()
        if len(text) > LONGEST_TYPED
    }
    if errors:
        raise FieldErrors(errors)
    return known


def _refuse_stale(
    row: ImportRow,
    version: int,
    wanted: Mapping[str, str],
    stands: Mapping[str, str],
    labels: Mapping[str, str],
) -> None:
    if row.version == version:
        return
    error = StaleError(
        "Somebody else changed this row since you opened it. Nothing of yours was saved yet; both "
        "versions are shown."
    )
    for name, text in wanted.items():
        if text != stands[name]:
            error.theirs[labels[name]], error.yours[labels[name]] = stands[name], text
    raise error


# Many at once -------------------------------------------------------------------------------------


def remove_rows(import_: Import, rows: Sequence[ImportRow], at: datetime) -> ImportAction:
    """Remove rows that are not finalised; it can be undone."""
    drafts.open_for_change(import_, at)
    live = [row for row in picked_rows(import_, [row.id for row in rows]) if row.state in LIVE]
    if not live:
        raise ConflictError("Tick at least one row first; finalised ones stay.")
    ids = [row.id for row in live]
    said = say_many("%(n)s row was removed.", "%(n)s rows were removed.", n=len(ids))
    around = {other for row in live[:AT_ONCE] for other in matching.alike(row)}
    around = (around | target_of(import_).beside(ids)) - set(ids)
    storing.set_states(import_, ids, RowState.REMOVED)
    settling.settle_rows(storing.kind_of(import_), sorted(around), at)
    return _note(import_, "remove", said, {str(each): {} for each in ids}, at)


def fix_all(
    import_: Import, field: str, raw: str, new: str, at: datetime, *, words: str | None = None
) -> ImportAction:
    """Type ``new`` into every cell of a field that has the same error; it can be undone (A82).

    ``words`` say which error is meant: an empty cell may lack a value, or repeat another row's.
    """
    drafts.open_for_change(import_, at)
    known = _known(import_, {field: new})
    if field not in known:
        raise NotFoundError
    statement = (
        select(ImportRow.id, ImportRow.typed)
        .join(CellError, CellError.row_id == ImportRow.id)
        .where(
            CellError.import_id == import_.id,
            CellError.field == field,
            CellError.raw == raw,
            ImportRow.state.in_(LIVE),
            *([CellError.words == words] if words is not None else []),
        )
        .order_by(ImportRow.id)
    )
    found = {row_id: dict(typed) for row_id, typed in db.session.execute(statement)}
    if not found:
        raise ConflictError("These errors were put right meanwhile.")
    wanted = {each: {**typed, **known} for each, typed in found.items()}
    storing.type_over(list(found), wanted)
    read_anew(import_, list(found), at)
    said = _said_of_fix(raw, known[field], len(found))
    before = {
        str(each): {WAS: {"typed": typed}, NOW: {"typed": wanted[each]}}
        for each, typed in found.items()
    }
    return _note(import_, "fix", said, before, at)


def _said_of_fix(raw: str, new: str, count: int) -> str:
    if raw == "":
        return say_many(
            "“%(new)s” was put into %(n)s empty cell.", "“%(new)s” was put into %(n)s empty cells.",
            n=count, new=new,
        )  # fmt: skip
    return say_many(
        "“%(raw)s” was replaced by “%(new)s” in %(n)s row.",
        "“%(raw)s” was replaced by “%(new)s” in %(n)s rows.",
        n=count, raw=raw, new=new,
    )  # fmt: skip


def read_anew(import_: Import, row_ids: Sequence[int], at: datetime) -> None:
    """Read rows anew and settle them: at once when they are few, else by a worker."""
    if len(row_ids) > AT_ONCE:
        drafts.enqueue(drafts.REREAD, import_, at)
        return
    kind, target = storing.kind_of(import_), target_of(import_)
    around = target.beside(row_ids)
    storing.reread(kind, row_ids)
    settling.settle_each(kind, [*row_ids, *around, *target.beside(row_ids)], at)


def undo(action: ImportAction, at: datetime) -> int:
    """Take back what was done to many rows; return how many. What somebody changed since stays."""
    import_ = db.session.get(Import, action.import_id)
    if import_ is None:
        raise NotFoundError
    drafts.open_for_change(import_, at)
    db.session.refresh(action)
    if action.is_undone:
        return 0
    before = {int(row_id): what for row_id, what in action.before.items()}
    ids = _UNDO[action.what](import_, before, at)
    action.is_undone = True
    db.session.flush()
    return len(ids)


def _undo_typed(import_: Import, before: Mapping[int, Any], at: datetime) -> list[int]:
    ids = _untouched(import_, before, ("typed",))
    storing.type_over(ids, {each: before[each][WAS]["typed"] for each in ids})
    read_anew(import_, ids, at)
    return ids


def _undo_removed(import_: Import, before: Mapping[int, Any], at: datetime) -> list[int]:
    ids = _live(import_, before, (RowState.REMOVED.value,))
    storing.set_states(import_, ids, RowState.VALID)
    read_anew(import_, ids, at)
    return ids


def _undo_choice(import_: Import, before: Mapping[int, Any], at: datetime) -> list[int]:
    names = tuple(next(iter(before.values()), {WAS: ()})[WAS])
    ids = _untouched(import_, before, names)
    storing.set_facts({each: before[each][WAS] for each in ids})
    settling.settle_each(storing.kind_of(import_), ids, at)
    storing.expire_rows(import_)
    return ids


_UNDO: dict[str, Callable[[Import, Mapping[int, Any], datetime], list[int]]] = {
    "fix": _undo_typed,
    "remove": _undo_removed,
    "choose": _undo_choice,
}


def _live(import_: Import, before: Mapping[int, Any], states: Sequence[str] = LIVE) -> list[int]:
    statement = select(ImportRow.id).where(
        ImportRow.import_id == import_.id,
        among(ImportRow.id, list(before)),
        ImportRow.state.in_(states),
    )
    return list(db.session.scalars(statement.order_by(ImportRow.id)))


def _untouched(import_: Import, before: Mapping[int, Any], names: Sequence[str]) -> list[int]:
    """Return the rows that stand as the action left them: nobody has changed them since."""
    columns = [getattr(ImportRow, name) for name in names]
    statement = select(ImportRow.id, *columns).where(
        ImportRow.import_id == import_.id,
        among(ImportRow.id, list(before)),
        ImportRow.state.in_(LIVE),
    )
    return [
        row_id
        for row_id, *values in db.session.execute(statement.order_by(ImportRow.id))
        if dict(zip(names, values, strict=True)) == before[row_id][NOW]
    ]


def _note(
    import_: Import, what: str, said: str, before: dict[str, Any], at: datetime
) -> ImportAction:
    action = ImportAction(
        import_id=import_.id, organisation_id=import_.organisation_id, what=what,
        said=said[:300], before=before, count=len(before),
        done_by=viewers.of(db.session()).actor, done_at=at,
    )  # fmt: skip
    db.session.add(action)
    db.session.flush()
    return action


note_action = _note


# Answers about columns ----------------------------------------------------------------------------


def _open_column(file: ImportFile, field: str, at: datetime) -> None:
    """Lock the import of a file; raise NotFoundError for a field that none of its columns is."""
    drafts.open_for_change(file.import_, at)
    db.session.refresh(file)
    if not field or field not in file.mapping:
        raise NotFoundError


def decide(file: ImportFile, field: str, guess: Guess, answer: str, at: datetime) -> None:
    """Say what the cells of a column mean; all that wait for it are read anew."""
    _open_column(file, field, at)
    if answer not in guess.answers:
        raise NotFoundError
    answers = {**file.choices.get(field, {}), guess.value: answer}
    file.choices = {**file.choices, field: answers}
    db.session.flush()
    _read_file_anew(file, at)


def undecide(file: ImportFile, field: str, guess: Guess, at: datetime) -> None:
    """Take back what was said about a column: its cells wait again."""
    _open_column(file, field, at)
    answers = {each: said for each, said in file.choices.get(field, {}).items() if each != guess}
    file.choices = {**file.choices, field: answers}
    db.session.flush()
    _read_file_anew(file, at)


def undo_notation(file: ImportFile, field: str, notation: Notation, at: datetime) -> None:
    """Refuse a way of writing for a whole column: its cells have to be typed."""
    _open_column(file, field, at)
    marks = {*file.plain.get(field, ()), notation.value}
    file.plain = {**file.plain, field: sorted(marks)}
    db.session.flush()
    _read_file_anew(file, at)


def redo_notation(file: ImportFile, field: str, notation: Notation, at: datetime) -> None:
    """Accept a way of writing again."""
    _open_column(file, field, at)
    marks = [each for each in file.plain.get(field, ()) if each != notation]
    file.plain = {**file.plain, field: marks}
    db.session.flush()
    _read_file_anew(file, at)


def undo_notation_of(row: ImportRow, field: str, version: int, at: datetime) -> ImportRow:
    """Refuse how one cell was read: it is shown as it came, and has to be typed."""
    import_ = _open(row, at)
    db.session.refresh(row)
    _refuse_stale(row, version, {}, {}, {})
    _refuse_unless_live(row)
    row.plain = sorted({*row.plain, field})
    db.session.flush()
    read_anew(import_, [row.id], at)
    db.session.refresh(row)
    return row


def _read_file_anew(file: ImportFile, at: datetime) -> None:
    statement = select(ImportRow.id).where(ImportRow.file_id == file.id, ImportRow.state.in_(LIVE))
    ids = list(db.session.scalars(statement.order_by(ImportRow.id).limit(AT_ONCE + 1)))
    if ids:
        read_anew(file.import_, ids, at)


def verify(import_: Import, at: datetime) -> None:
    """Have every row read anew and settled (A83)."""
    drafts.open_for_change(import_, at)
    drafts.enqueue(drafts.REREAD, import_, at)
